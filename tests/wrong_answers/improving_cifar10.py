"""Right and wrong answers to the exercises of notebook 11.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import models
from course_utils.checks.improving_cifar10 import (
    check_collect_feature_maps,
    check_deep_cnn,
    check_difference,
    check_grad_cam,
    check_momentum_steps,
)
from course_utils.training import eval_mode

# The deep network


def block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(out_channels),
        nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(out_channels),
        nn.MaxPool2d(2),
    )


class DeepCNN(nn.Module):
    make_block = staticmethod(block)
    shares = 0.5, 0.2

    def __init__(self, num_classes=10):
        super().__init__()
        pairs = (3, 32), (32, 64), (64, 128)
        self.blocks = nn.Sequential(*(self.make_block(*pair) for pair in pairs))
        self.dense = nn.Sequential(
            nn.Dropout(self.shares[0]),
            nn.Linear(128 * 4 * 4, 1024),
            nn.ReLU(),
            nn.Dropout(self.shares[1]),
            nn.Linear(1024, num_classes),
        )

    def forward(self, images):
        return self.dense(torch.flatten(self.blocks(images), 1))


def changed(place, layer):
    """A block with another layer at one place."""

    def make(in_channels, out_channels):
        layers = block(in_channels, out_channels)
        layers[place] = layer(in_channels, out_channels)
        return layers

    return staticmethod(make)


class NormOfTheInput(DeepCNN):
    make_block = changed(2, lambda i, o: nn.BatchNorm2d(i))


class TwoInputs(DeepCNN):
    make_block = changed(3, lambda i, o: nn.Conv2d(i, o, kernel_size=3, padding=1))


class NoBatchNorm(DeepCNN):
    make_block = changed(2, lambda i, o: nn.Identity())


class NoSecondRelu(DeepCNN):
    make_block = changed(4, lambda i, o: nn.Identity())


class NoFirstRelu(DeepCNN):
    make_block = changed(1, lambda i, o: nn.Identity())


class MeanPool(DeepCNN):
    make_block = changed(6, lambda i, o: nn.AvgPool2d(2))


class NormFirst(DeepCNN):
    @staticmethod
    def make_block(in_channels, out_channels):
        conv, relu, norm, conv2, relu2, norm2, pool = block(in_channels, out_channels)
        return nn.Sequential(conv, norm, relu, conv2, norm2, relu2, pool)


class Viewed(DeepCNN):
    def forward(self, images):
        return self.dense(self.blocks(images).view(-1, 128 * 4 * 4))


class AlwaysDropping(DeepCNN):
    def forward(self, images):
        values = torch.flatten(self.blocks(images), 1)
        return self.dense(F.dropout(values, p=0.5))


class WithoutDropout(DeepCNN):
    def forward(self, images):
        values = torch.flatten(self.blocks(images), 1)
        return self.dense[4](self.dense[2](self.dense[1](values)))


class SwappedDropout(DeepCNN):
    shares = 0.2, 0.5


class KeptInsteadOfDropped(DeepCNN):
    shares = 0.5, 0.8


class AlmostNoDropout(DeepCNN):
    shares = 0.01, 0.01


class OneDropout(DeepCNN):
    shares = 0.5, 0.0


class DropoutInTheBlocks(DeepCNN):
    make_block = changed(1, lambda i, o: nn.Sequential(nn.ReLU(), nn.Dropout(0.2)))


class Inherited(models.DeepCifarCNN):
    pass


class Wrapped(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.layers = models.DeepCifarCNN(num_classes)

    def forward(self, images):
        return self.layers(images)


class TenClasses(DeepCNN):
    def __init__(self, num_classes=10):
        super().__init__(10)


class WithSoftmax(DeepCNN):
    def forward(self, images):
        return super().forward(images).log_softmax(dim=1)


class BlocksInAList(DeepCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        blocks = self.blocks
        del self.blocks
        self.listed = [*blocks]

    def forward(self, images):
        for part in self.listed:
            images = part(images)
        return self.dense(torch.flatten(images, 1))


# Momentum


def momentum_steps(gradients, lr, momentum, nesterov):
    velocity, steps = 0.0, []
    for gradient in gradients:
        velocity = momentum * velocity + gradient
        ahead = gradient + momentum * velocity
        steps.append(lr * (ahead if nesterov else velocity))
    return steps


def without_momentum(gradients, lr, momentum, nesterov):
    return [lr * gradient for gradient in gradients]


def without_nesterov(gradients, lr, momentum, nesterov):
    return momentum_steps(gradients, lr, momentum, False)


def always_nesterov(gradients, lr, momentum, nesterov):
    return momentum_steps(gradients, lr, momentum, True)


def without_rate(gradients, lr, momentum, nesterov):
    return momentum_steps(gradients, 1, momentum, nesterov)


def rate_kept_too(gradients, lr, momentum, nesterov):
    velocity, steps = 0.0, []
    for gradient in gradients:
        velocity = lr * (momentum * velocity + gradient)
        steps.append(velocity)
    return steps


def weighted_mean(gradients, lr, momentum, nesterov):
    """Take BatchNorm's rule, in which the new number counts less."""
    scaled = [(1 - momentum) * gradient for gradient in gradients]
    return momentum_steps(scaled, lr, momentum, nesterov)


def last_gradient_kept(gradients, lr, momentum, nesterov):
    before = [0, *gradients[:-1]]
    return [lr * (momentum * b + g) for b, g in zip(before, gradients, strict=True)]


def all_kept(gradients, lr, momentum, nesterov):
    return [lr * total for total in np.cumsum(gradients)]


def first_gradient_shrunk(gradients, lr, momentum, nesterov):
    velocity, steps = 0.0, []
    for gradient in gradients:
        velocity = momentum * (velocity + gradient)
        steps.append(lr * velocity)
    return steps


def lengths(gradients, lr, momentum, nesterov):
    return np.abs(momentum_steps(gradients, lr, momentum, nesterov))


def places(gradients, lr, momentum, nesterov):
    return np.cumsum(momentum_steps(gradients, lr, momentum, nesterov))


def uphill(gradients, lr, momentum, nesterov):
    return [-step for step in momentum_steps(gradients, lr, momentum, nesterov)]


def nesterov_without_gradient(gradients, lr, momentum, nesterov):
    share = momentum if nesterov else 1
    return [share * s for s in momentum_steps(gradients, lr, momentum, False)]


def nesterov_adds_the_whole(gradients, lr, momentum, nesterov):
    steps = momentum_steps(gradients, lr, momentum, False)
    more = lr if nesterov else 0
    return [s + more * g for s, g in zip(steps, gradients, strict=True)]


# Differences


def paired_difference(one, other):
    differences = other - one
    return differences.mean(), differences.std(ddof=1)


def wrong_sign(one, other):
    return paired_difference(other, one)


def divided_by_all(one, other):
    return (other - one).mean(), (other - one).std()


def standard_error(one, other):
    mean, spread = paired_difference(one, other)
    return mean, spread / np.sqrt(len(one))


def unpaired(one, other):
    variances = one.var(ddof=1) + other.var(ddof=1)
    return other.mean() - one.mean(), variances**0.5


def difference_of_spreads(one, other):
    return other.mean() - one.mean(), other.std(ddof=1) - one.std(ddof=1)


def spread_of_the_second(one, other):
    return other.mean() - one.mean(), other.std(ddof=1)


def from_smallest_to_largest(one, other):
    return (other - one).mean(), np.ptp(other - one)


def magnitudes(one, other):
    return abs(other - one).mean(), (other - one).std(ddof=1)


def sorted_first(one, other):
    return paired_difference(np.sort(one), np.sort(other))


def only_the_mean(one, other):
    return (other - one).mean()


def the_differences(one, other):
    return other - one


def in_place(one, other):
    other -= one
    return other.mean(), other.std(ddof=1)


# Feature maps


def collect_feature_maps(model, images, layer):
    collected = []
    handle = layer.register_forward_hook(
        lambda layer, inputs, output: collected.append(output.clone())
    )
    with eval_mode(model), torch.no_grad():
        model(images)
    handle.remove()
    return collected[0]


def collecting(keep=lambda inputs, output: output.clone(), *, remove=True):
    """Collect something of the layer, in whatever mode the model is."""

    def collect(model, images, layer):
        collected = []

        def hook(layer, inputs, output):
            collected.append(keep(inputs, output))

        handle = layer.register_forward_hook(hook)
        model(images)
        if remove:
            handle.remove()
        return collected[0]

    return collect


def in_eval_mode(collect):
    def collect_then(model, images, layer):
        with eval_mode(model), torch.no_grad():
            return collect(model, images, layer)

    return collect_then


def with_gradients(model, images, layer):
    with eval_mode(model):
        return collecting()(model, images, layer)


def stays_in_eval(model, images, layer):
    model.eval()
    with torch.no_grad():
        return collecting()(model, images, layer)


def goes_to_train(model, images, layer):
    result = stays_in_eval(model, images, layer)
    model.train()
    return result


def gradients_off(model, images, layer):
    torch.set_grad_enabled(False)
    return collect_feature_maps(model, images, layer)


def last_output(model, images, layer):
    with eval_mode(model), torch.no_grad():
        return model(images)


def layer_on_images(model, images, layer):
    return collect_feature_maps(model, images, model[0])


def child_by_child(model, images, layer):
    """Find only what lies directly in the model."""
    for part in model.children():
        images = part(images)
        if part is layer:
            return images.clone()


def child_by_child_to_the_end(model, images, layer):
    for part in model.children():
        images = part(images)
        if part is layer:
            break
    return images.clone()


def leaf_by_leaf(model, images, layer):
    """Call what has no parts of its own, one after the other."""
    for part in model.modules():
        if not list(part.children()):
            images = part(images)
        if part is layer:
            return images.clone()


def named_child(model, images, layer):
    """Run the model, but look for the layer among its direct parts only."""
    for part in model.children():
        if part is layer:
            return collect_feature_maps(model, images, part)
    return model(images)


# Grad-CAM


def grad_cam(feature_maps, gradients):
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    return (weights * feature_maps).sum(dim=1).relu()


def gradients_not_averaged(feature_maps, gradients):
    return (gradients * feature_maps).sum(dim=1).relu()


def gradients_summed(feature_maps, gradients):
    weights = gradients.sum(dim=(2, 3), keepdim=True)
    return (weights * feature_maps).sum(dim=1).relu()


def averaged_over_maps(feature_maps, gradients):
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    return (weights * feature_maps).mean(dim=1).relu()


def without_relu(feature_maps, gradients):
    return (gradients.mean(dim=(2, 3), keepdim=True) * feature_maps).sum(dim=1)


def relu_of_each_map(feature_maps, gradients):
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    return (weights * feature_maps).relu().sum(dim=1)


def relu_of_weights(feature_maps, gradients):
    weights = gradients.mean(dim=(2, 3), keepdim=True).relu()
    return (weights * feature_maps).sum(dim=1).relu()


def relu_of_maps(feature_maps, gradients):
    return grad_cam(feature_maps.relu(), gradients)


def magnitude(feature_maps, gradients):
    return without_relu(feature_maps, gradients).abs()


def one_weight_for_all_images(feature_maps, gradients):
    weights = gradients.mean(dim=(0, 2, 3))[:, None, None]
    return (weights * feature_maps).sum(dim=1).relu()


def weights_of_maps(feature_maps, gradients):
    return grad_cam(gradients, feature_maps)


def scaled_to_one(feature_maps, gradients):
    heat = grad_cam(feature_maps, gradients)
    return heat / heat.max()


def scaled_to_one_each(feature_maps, gradients):
    heat = grad_cam(feature_maps, gradients)
    return heat / heat.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)


def still_one_channel(feature_maps, gradients):
    return grad_cam(feature_maps, gradients)[:, None]


def images_added_up(feature_maps, gradients):
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    return (weights * feature_maps).sum(dim=0).relu()


RIGHT = {
    check_deep_cnn: DeepCNN,
    check_momentum_steps: momentum_steps,
    check_difference: paired_difference,
    check_collect_feature_maps: collect_feature_maps,
    check_grad_cam: grad_cam,
}

WRONG = {
    check_deep_cnn: [
        (NormOfTheInput, "[3, 32, 32, 64, 64, 128]"),
        (NoBatchNorm, "look at: the channels of each BatchNorm"),
        (TwoInputs, "expected weights of shape"),
        (Viewed, "expected an error, got 36 rows without a word"),
        (AlwaysDropping, "the same images get other logits the second time"),
        (
            WithoutDropout,
            "expected 50% of what enters Linear(2048, 1024) to be dropped, got 0%",
        ),
        (SwappedDropout, "look at: dropout: where it stands, and how much"),
        (KeptInsteadOfDropped, "expected 20% of what enters Linear(1024, 10)"),
        (AlmostNoDropout, "to be dropped, got 1%"),
        (OneDropout, "expected 20% of what enters Linear(1024, 10)"),
        (DropoutInTheBlocks, "expected 0% of what enters Conv2d(32, 32)"),
        (Inherited, "it takes over the ready-made DeepCifarCNN"),
        (Wrapped, "look at: what the class inherits from, and what it is made of"),
        (TenClasses, "expected (2, 3), got (2, 10)"),
        (WithSoftmax, "look at: what the loss expects: logits"),
        (BlocksInAList, "expected 8 layers with weights, PyTorch finds 2"),
        (NoFirstRelu, "there is no activation between Conv2d(3, 32)"),
        (NoSecondRelu, "look at: the order in a block"),
        (NormFirst, "look at: the order in a block"),
        (MeanPool, "the same weights give other logits"),
        (DeepCNN(), "give the class DeepCNN itself"),
    ],
    check_momentum_steps: [
        (without_momentum, "look at: what is kept"),
        (without_nesterov, "look at: Nesterov"),
        (always_nesterov, "look at: the first step"),
        (without_rate, "expected 1.5, yours is 3"),
        (rate_kept_too, "look at: the learning rate: once for each step"),
        (weighted_mean, "look at: the first step"),
        (last_gradient_kept, "not only of the last one"),
        (all_kept, "look at: a momentum of 0"),
        (first_gradient_shrunk, "look at: the first step"),
        (lengths, "look at: the signs"),
        (places, "look at: a momentum of 0"),
        (uphill, "expected 1, yours is -1"),
        (nesterov_without_gradient, "look at: Nesterov"),
        (nesterov_adds_the_whole, "look at: Nesterov"),
    ],
    check_difference: [
        (wrong_sign, "look at: the sign"),
        (divided_by_all, "by what is the sum of squares divided?"),
        (standard_error, "look at: the spread"),
        (unpaired, "look at: the pairs: subtract first"),
        (difference_of_spreads, "look at: the pairs"),
        (spread_of_the_second, "look at: the pairs"),
        (from_smallest_to_largest, "look at: the spread"),
        (magnitudes, "look at: the sign"),
        (sorted_first, "look at: the pairs"),
        (only_the_mean, "expected shape (2,), yours has one number"),
        (the_differences, "look at: the sign"),
        (in_place, "changed the other it was given"),
    ],
    check_collect_feature_maps: [
        (collecting(), "look at: the mode while you watch"),
        (
            in_eval_mode(collecting(lambda inputs, output: output)),
            "it may write into the maps you hold",
        ),
        (
            in_eval_mode(collecting(lambda inputs, output: inputs[0].clone())),
            "look at: what is returned: the layer's whole output",
        ),
        (
            in_eval_mode(collecting(lambda inputs, output: output[0].clone())),
            "look at: ",
        ),
        (
            in_eval_mode(collecting(remove=False)),
            "left a hook on the model, which would go on taking notes",
        ),
        (with_gradients, "still carry what is needed for gradients"),
        (stays_in_eval, "came in train mode, and was not left in it"),
        (goes_to_train, "came in eval mode, and was not left in it"),
        (gradients_off, "gradients stay switched off afterwards"),
        (last_output, "look at: which layer is watched"),
        (layer_on_images, "look at: which layer is watched"),
        (in_eval_mode(child_by_child), "layer=Conv2d(1, 2, kernel_size=(2, 2)"),
        (in_eval_mode(child_by_child_to_the_end), "look at: the way to the layer"),
        (in_eval_mode(leaf_by_leaf), "look at: the way to the layer"),
        (in_eval_mode(named_child), "look at: the way to the layer"),
    ],
    check_grad_cam: [
        (gradients_not_averaged, "look at: the weight of a map: one number"),
        (gradients_summed, "look at: the weight of a map: one number"),
        (averaged_over_maps, "their weights are not averaged"),
        (without_relu, "look at: what is below zero"),
        (magnitude, "look at: what is below zero"),
        (relu_of_each_map, "look at: when the ReLU comes"),
        (relu_of_weights, "look at: when the ReLU comes"),
        (relu_of_maps, "look at: when the ReLU comes"),
        (one_weight_for_all_images, "look at: the images"),
        (weights_of_maps, "look at: the weight of a map"),
        (scaled_to_one, "look at: what is returned: the heat itself"),
        (scaled_to_one_each, "expected 2, yours is 1"),
        (
            still_one_channel,
            "yours has shape (1, 1, 1, 1)\nlook at: the axes of what is returned",
        ),
        (images_added_up, "look at: the axes of what is returned"),
    ],
}
