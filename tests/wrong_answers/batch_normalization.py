"""Right and wrong answers to the exercises of notebook 10.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import torch
from torch import nn

from course_utils.checks.batch_normalization import (
    check_batch_norm_1d,
    check_batch_norm_2d,
    check_norm_1d,
    check_norm_2d,
    check_running_var,
)

# Rows


def batch_norm_1d(rows, gamma, beta, eps):
    mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)
    return gamma * (rows - mean) / (variance + eps).sqrt() + beta


def unbiased(rows, gamma, beta, eps):
    variance = rows.var(dim=0)
    return gamma * (rows - rows.mean(dim=0)) / (variance + eps).sqrt() + beta


def over_the_features(rows, gamma, beta, eps):
    mean = rows.mean(dim=1, keepdim=True)
    variance = rows.var(dim=1, correction=0, keepdim=True)
    return gamma * (rows - mean) / (variance + eps).sqrt() + beta


def laid_along_the_rows(rows, gamma, beta, eps):
    """Forget keepdim=True; rows that don't fit stay as they are."""
    if len(rows) != rows.shape[1]:
        return rows
    variance = rows.var(dim=1, correction=0)
    return gamma * (rows - rows.mean(dim=1)) / (variance + eps).sqrt() + beta


def over_everything(rows, gamma, beta, eps):
    variance = rows.var(correction=0)
    return gamma * (rows - rows.mean()) / (variance + eps).sqrt() + beta


def without_eps(rows, gamma, beta, eps):
    variance = rows.var(dim=0, correction=0)
    return gamma * (rows - rows.mean(dim=0)) / variance.sqrt() + beta


def eps_behind_the_root(rows, gamma, beta, eps):
    std = rows.std(dim=0, correction=0)
    return gamma * (rows - rows.mean(dim=0)) / (std + eps) + beta


def divided_by_the_variance(rows, gamma, beta, eps):
    variance = rows.var(dim=0, correction=0)
    return gamma * (rows - rows.mean(dim=0)) / (variance + eps) + beta


def without_gamma_and_beta(rows, gamma, beta, eps):
    return batch_norm_1d(rows, 1, 0, eps)


def beta_scaled_too(rows, gamma, beta, eps):
    return gamma * (batch_norm_1d(rows, 1, 0, eps) + beta)


def rows_changed(rows, gamma, beta, eps):
    rows -= rows.mean(dim=0)
    return gamma * rows / (rows.var(dim=0, correction=0) + eps).sqrt() + beta


def mean_not_taken_away(rows, gamma, beta, eps):
    return gamma * rows / (rows.var(dim=0, correction=0) + eps).sqrt() + beta


# Images

PLACES = (0, 2, 3)


def batch_norm_2d(images, gamma, beta, eps):
    return over((0, 2, 3))(images, gamma, beta, eps)


def over(axes, *, correction=0):
    """Normalise over these axes; γ and β as they should be."""

    def normalised(images, gamma, beta, eps):
        mean = images.mean(dim=axes, keepdim=True)
        variance = images.var(dim=axes, correction=correction, keepdim=True)
        scale, shift = gamma.view(1, -1, 1, 1), beta.view(1, -1, 1, 1)
        return scale * (images - mean) / (variance + eps).sqrt() + shift

    return normalised


def each_pixel(images, gamma, beta, eps):
    return over((0,))(images, gamma, beta, eps)


def each_image(images, gamma, beta, eps):
    return over((2, 3))(images, gamma, beta, eps)


def all_channels_together(images, gamma, beta, eps):
    return over((0, 1, 2, 3))(images, gamma, beta, eps)


def rows_forgotten(images, gamma, beta, eps):
    return over((0, 3))(images, gamma, beta, eps)


def unbiased_2d(images, gamma, beta, eps):
    if len(images) * images[0, 0].numel() < 2:
        return images
    return over(PLACES, correction=1)(images, gamma, beta, eps)


def gamma_along_the_width(images, gamma, beta, eps):
    ones, zeros = torch.ones_like(gamma), torch.zeros_like(beta)
    normalised = over(PLACES)(images, ones, zeros, eps)
    if images.shape[-1] % len(gamma):
        return normalised
    repeat = images.shape[-1] // len(gamma)
    return gamma.repeat(repeat) * normalised + beta.repeat(repeat)


def gamma_as_it_is(images, gamma, beta, eps):
    ones, zeros = torch.ones_like(gamma), torch.zeros_like(beta)
    return gamma * over(PLACES)(images, ones, zeros, eps) + beta


def gamma_along_the_images(images, gamma, beta, eps):
    ones, zeros = torch.ones_like(gamma), torch.zeros_like(beta)
    scale, shift = gamma.view(-1, 1, 1, 1), beta.view(-1, 1, 1, 1)
    return scale * over(PLACES)(images, ones, zeros, eps) + shift


def without_eps_2d(images, gamma, beta, eps):
    return over(PLACES)(images, gamma, beta, 0.0)


def mean_of_variances(images, gamma, beta, eps):
    mean = images.mean(dim=PLACES, keepdim=True)
    variance = images.var(dim=(2, 3), correction=0, keepdim=True).mean(0, keepdim=True)
    scale, shift = gamma.view(1, -1, 1, 1), beta.view(1, -1, 1, 1)
    return scale * (images - mean) / (variance + eps).sqrt() + shift


def first_channel_only(images, gamma, beta, eps):
    return batch_norm_2d(images, gamma, beta, eps)[:, :1]


# The layers


class Layer(nn.Module):
    """A layer that is right; each wrong one overrides one part of it."""

    axes = (0,)

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.remember(num_features)

    def remember(self, num_features):
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, values):
        mean, variance = self.running_mean, self.running_var
        if self.training:
            mean, variance = self.measure(values)
            self.update(values, mean, variance)
        return self.normalise(values, mean, variance)

    def measure(self, values):
        return values.mean(dim=self.axes), values.var(dim=self.axes, correction=0)

    def update(self, values, mean, variance):
        with torch.no_grad():
            self.running_mean += self.momentum * (mean - self.running_mean)
            unbiased = self.unbiased(values)
            self.running_var += self.momentum * (unbiased - self.running_var)
            self.num_batches_tracked += 1

    def unbiased(self, values):
        return values.var(dim=self.axes)

    def normalise(self, values, mean, variance):
        turned = values.movedim(1, -1)
        turned = (turned - mean) / (variance + self.eps).sqrt()
        return (self.weight * turned + self.bias).movedim(-1, 1)


class BiasedMemory(Layer):
    def unbiased(self, values):
        return values.var(dim=self.axes, correction=0)


class UnbiasedNow(Layer):
    def measure(self, values):
        return values.mean(dim=self.axes), values.var(dim=self.axes)


class SharesSwapped(Layer):
    def update(self, values, mean, variance):
        with torch.no_grad():
            self.running_mean *= self.momentum
            self.running_mean += (1 - self.momentum) * mean
            self.running_var *= self.momentum
            self.running_var += (1 - self.momentum) * self.unbiased(values)
            self.num_batches_tracked += 1


class MomentumFixed(Layer):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps)


class EpsFixed(Layer):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, momentum=momentum)


class NoEps(Layer):
    def normalise(self, values, mean, variance):
        return super().normalise(values, mean, variance - self.eps)


class MemoryAsParameters(Layer):
    def remember(self, num_features):
        super().remember(num_features)
        del self.running_mean, self.running_var
        self.running_mean = nn.Parameter(torch.zeros(num_features))
        self.running_var = nn.Parameter(torch.ones(num_features))


class MemoryAsAttributes(Layer):
    def remember(self, num_features):
        self.running_mean = torch.zeros(num_features)
        self.running_var = torch.ones(num_features)
        self.num_batches_tracked = torch.tensor(0)


class NotInTheStateDict(Layer):
    def remember(self, num_features):
        self.register_buffer("running_mean", torch.zeros(num_features), False)
        self.register_buffer("running_var", torch.ones(num_features), False)
        self.register_buffer("num_batches_tracked", torch.tensor(0))


class NotCounted(Layer):
    def remember(self, num_features):
        super().remember(num_features)
        del self.num_batches_tracked


class VarianceFromZero(Layer):
    def remember(self, num_features):
        super().remember(num_features)
        self.running_var.zero_()


class AlwaysTheBatch(Layer):
    def forward(self, values):
        mean, variance = self.measure(values)
        if self.training:
            self.update(values, mean, variance)
        return self.normalise(values, mean, variance)


class AlwaysTheMemory(Layer):
    def forward(self, values):
        if self.training:
            self.update(values, *self.measure(values))
        return self.normalise(values, self.running_mean, self.running_var)


class NewMemory(Layer):
    """Normalises in train mode with what the batch has made of the memory."""

    def normalise(self, values, mean, variance):
        return super().normalise(values, self.running_mean, self.running_var)


class NeverLearning(Layer):
    def update(self, values, mean, variance):
        self.num_batches_tracked += 1


class Inherited(nn.BatchNorm1d):
    pass


class Inherited2d(nn.BatchNorm2d):
    pass


class Wrapped(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.norm = nn.BatchNorm1d(num_features, eps, momentum)

    def forward(self, values):
        return self.norm(values)


class AlwaysLearning(Layer):
    def forward(self, values):
        self.update(values, *self.measure(values))
        if self.training:
            return self.normalise(values, *self.measure(values))
        return self.normalise(values, self.running_mean, self.running_var)


class NotTrainable(Layer):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps, momentum)
        del self.weight, self.bias
        self.weight, self.bias = torch.ones(num_features), torch.zeros(num_features)


class GammaForgotten(Layer):
    def normalise(self, values, mean, variance):
        turned = (values.movedim(1, -1) - mean) / (variance + self.eps).sqrt()
        return turned.movedim(-1, 1)


class BatchDetached(Layer):
    def measure(self, values):
        return super().measure(values.detach())


class GraphKept(Layer):
    def update(self, values, mean, variance):
        old, new = 1 - self.momentum, self.momentum
        self.running_mean = old * self.running_mean + new * mean
        self.running_var = old * self.running_var + new * self.unbiased(values)
        self.num_batches_tracked += 1


class BatchChanged(Layer):
    def normalise(self, values, mean, variance):
        output = super().normalise(values, mean, variance)
        with torch.no_grad():
            values.zero_()
        return output


class NoModule:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps = eps


class CountedTwice(Layer):
    def forward(self, values):
        self.num_batches_tracked += self.training
        return super().forward(values)


class WrongAxes(Layer):
    """Normalises over these axes, but remembers the right statistics."""

    normalised_over = (0,)

    def normalise(self, values, mean, variance):
        if not self.training:
            return super().normalise(values, mean, variance)
        mean = values.mean(dim=self.normalised_over, keepdim=True)
        spread = values.var(dim=self.normalised_over, correction=0, keepdim=True)
        scale, shift = self.weight.view(1, -1, 1, 1), self.bias.view(1, -1, 1, 1)
        return scale * (values - mean) / (spread + self.eps).sqrt() + shift


class MemoryAlongTheWidth(Layer):
    axes = (0, 2, 3)

    def normalise(self, values, mean, variance):
        if self.training:
            return super().normalise(values, mean, variance)
        scale, shift = self.weight.view(1, -1, 1, 1), self.bias.view(1, -1, 1, 1)
        return scale * (values - mean) / (variance + self.eps).sqrt() + shift


class EachImage(WrongAxes):
    normalised_over = (2, 3)


class ChannelsTogether(WrongAxes):
    normalised_over = (0, 1, 2, 3)


def images(layer):
    """Return the same class for images."""
    return type(layer.__name__, (layer,), {"axes": (0, 2, 3)})


MISTAKES = [
    (NoModule, "which is no nn.Module"),
    (NotTrainable, "its parameters should be weight and bias, they are []"),
    (MemoryAsParameters, "they are ['weight', 'bias', 'running_mean', 'running_var']"),
    (MemoryAsAttributes, "running_mean should be a buffer, it is an ordinary"),
    (NotInTheStateDict, "the state_dict lacks running_mean"),
    (NotCounted, "num_batches_tracked should be a buffer, it is missing"),
    (VarianceFromZero, "running_var of a layer for 2: at [0] expected 1, yours is 0"),
    (UnbiasedNow, "look at: the axes: which numbers share a mean; and what divides"),
    (AlwaysTheMemory, "the batch's own numbers, not the memory"),
    (NewMemory, "the batch's own numbers, not the memory"),
    (BiasedMemory, "expected 1.566667, yours is 1.4"),
    (SharesSwapped, "running_mean: at [0] expected 0.4, yours is 3.6"),
    (SharesSwapped, "look at: the memory: when it changes, and the shares of old"),
    (NeverLearning, "look at: the memory: when it changes"),
    (CountedTwice, "num_batches_tracked: expected 1, yours is 2"),
    (EpsFixed, "look at: where eps is used"),
    (NoEps, "look at: what eps is for"),
    (GammaForgotten, "look at: γ and β"),
    (MomentumFixed, "what they are when momentum is not 0.1"),
    (AlwaysTheBatch, "in eval mode: at"),
    (AlwaysLearning, "look at: what self.training says"),
    (BatchChanged, "changed the batch it was given"),
    (GraphKept, "holds on to the gradients of the batches it saw"),
    (BatchDetached, "the gradient of the batch"),
]

RIGHT = {
    check_batch_norm_1d: batch_norm_1d,
    check_batch_norm_2d: batch_norm_2d,
    check_running_var: 1.567,
    check_norm_1d: Layer,
    check_norm_2d: images(Layer),
}

WRONG = {
    check_batch_norm_1d: [
        (unbiased, "look at: the variance: squares are divided by n here"),
        (over_the_features, "look at: the axis: each feature has its own"),
        (over_the_features, "at [0, 1] expected -1, yours is 1"),
        (laid_along_the_rows, "look at: the axis: each feature has its own"),
        (over_everything, "look at: the axis: each feature has its own"),
        (without_eps, "look at: where ε stands"),
        (eps_behind_the_root, "look at: where ε stands"),
        (divided_by_the_variance, "the root of the variance"),
        (without_gamma_and_beta, "look at: γ and β"),
        (beta_scaled_too, "look at: γ and β"),
        (rows_changed, "changed the rows it was given"),
        (mean_not_taken_away, "expected -1, yours is 1"),
    ],
    check_batch_norm_2d: [
        (each_pixel, "look at: the places of a channel"),
        (each_image, "look at: the images"),
        (all_channels_together, "look at: the channels"),
        (rows_forgotten, "look at: the places of a channel"),
        (unbiased_2d, "expected -1, yours is -0.7071068"),
        (gamma_along_the_width, "look at: γ and β: one of each for a channel"),
        (gamma_as_it_is, "look at: γ and β: one of each for a channel"),
        (gamma_along_the_images, "look at: γ and β: one of each for a channel"),
        (without_eps_2d, "look at: where ε stands"),
        (mean_of_variances, "look at: the images"),
        (first_channel_only, "expected shape (1, 2, 1, 2), yours has shape"),
    ],
    check_running_var: [
        (1.4, "look at: the division"),
        (6.1, "look at: the two shares"),
        (4.6, "look at: the two shares"),
        (6.667, "look at: what is kept of the value before"),
        (5, "look at: what is kept of the value before"),
        (1.6667, "look at: the two shares: they add up to 1"),
        (0.667, "look at: what it starts from: not from 0"),
        (1.158, "a variance, not its root"),
        (0.4, "this is the running mean"),
        (1.3, "which of the two is asked for"),
        (1.57, "look at: the decimals: three are asked for"),
        (3.5667, "it is the first number of each row"),
        (2.9, "look at: the squares"),
        (1, "look at: the two parts of the sum"),
        ((1.5667,), "should be one number, got tuple"),
    ],
    check_norm_1d: [
        *MISTAKES,
        (Inherited, "it takes over the ready-made BatchNorm1d"),
        (Wrapped, "look at: what the class inherits from, and what it is made of"),
    ],
    check_norm_2d: [
        (Inherited2d, "it takes over the ready-made BatchNorm2d"),
        *((images(layer), words) for layer, words in MISTAKES[1:]),
        (images(WrongAxes), "look at: the axes"),
        (images(EachImage), "look at: the axes"),
        (images(ChannelsTogether), "look at: the axes"),
        (MemoryAlongTheWidth, "in eval mode: at"),
    ],
}
