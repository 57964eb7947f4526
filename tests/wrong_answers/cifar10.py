"""Right and wrong answers to the exercises of notebook 08.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import models
from course_utils.checks.cifar10 import (
    check_cifar_cnn,
    check_early_stop,
    check_most_confused_pair,
    check_repaired_cnn,
    check_statistics,
)
from course_utils.training import stopping

# Mean and deviation from counts


def statistics(counts):
    levels = np.arange(counts.shape[1]) / (counts.shape[1] - 1)
    total = counts.sum(axis=1)
    mean = counts @ levels / total
    return mean, np.sqrt(counts @ levels**2 / total - mean**2)


def of_the_counts(counts):
    return counts.mean(axis=1), counts.std(axis=1)


def each_level_once(counts):
    return statistics(counts > 0)


def divided_by_the_number_of_levels(counts):
    mean, std = statistics(counts)
    scale = (counts.shape[1] - 1) / counts.shape[1]
    return scale * mean, scale * std


def of_bytes(counts):
    mean, std = statistics(counts)
    scale = (counts.shape[1] - 1) / 255
    return scale * mean, scale * std


def in_levels(counts):
    mean, std = statistics(counts)
    return (counts.shape[1] - 1) * mean, (counts.shape[1] - 1) * std


def variance(counts):
    mean, std = statistics(counts)
    return mean, std**2


def root_of_the_mean_square(counts):
    mean, std = statistics(counts)
    return mean, np.sqrt(std**2 + mean**2)


def mean_distance(counts):
    mean, _ = statistics(counts)
    distance = np.abs(np.linspace(0, 1, counts.shape[1]) - mean[:, None])
    return mean, (counts * distance).sum(axis=1) / counts.sum(axis=1)


def of_a_sample(counts):
    mean, std = statistics(counts)
    total = counts.sum(axis=1)
    return mean, std * np.sqrt(total / (total - 1))


def of_all_pixels(counts):
    values = np.linspace(0, 1, counts.shape[1])
    pixels = [np.repeat(values, row) for row in counts]
    return [p.mean() for p in pixels], [p.std() for p in pixels]


def of_all_channels(counts):
    mean, std = statistics(counts.sum(axis=0, keepdims=True))
    return mean.repeat(len(counts)), std.repeat(len(counts))


def swapped(counts):
    return statistics(counts)[::-1]


def mean_alone(counts):
    return statistics(counts)[0]


def divided_in_place(counts):
    counts[:] = 0
    return statistics(counts + 1)


# The network


class CifarCNN(nn.Sequential):
    def __init__(
        self,
        num_classes=10,
        *,
        channels=3,
        side=3,
        drop=(0.5, 0.2),
        end=nn.Identity,
        stride=2,
        padding=0,
    ):
        super().__init__(
            nn.Conv2d(channels, 32, 3, stride=2, padding=padding),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=stride, padding=padding),
            nn.ReLU(),
            nn.Conv2d(64, 128, 3, stride=2, padding=padding),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(drop[0]),
            nn.Linear(128 * side * side, 1024),
            nn.ReLU(),
            nn.Dropout(drop[1]),
            nn.Linear(1024, num_classes),
            end(),
        )


class ReluOnImages(nn.Sequential):
    def __init__(self, num_classes=10):
        super().__init__(nn.ReLU(), *models.CifarCNN(num_classes))


class Inherited(models.CifarCNN):
    pass


class GreyChannels(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, channels=1)


class SizeOfPadded(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, side=4)


class WithoutStride(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, stride=1)


class Padded(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, padding=1)


class PaddedWithItsSize(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, padding=1, side=4)


class WithoutDropout(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, drop=(0, 0))


class SwappedDropout(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, drop=(0.2, 0.5))


class SameDropout(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, drop=(0.5, 0.5))


class KeptInsteadOfDropped(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, drop=(0.5, 0.8))


class DropoutAtTheEnd(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, end=nn.Dropout)


class DropoutOfPixels(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.insert(0, nn.Dropout(0.2))


class Softmax(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, end=lambda: nn.Softmax(dim=1))


class WithoutRelu(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self[3] = nn.Identity()


class AlwaysTen(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__()


class WithoutFlatten(CifarCNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self[6] = nn.Identity()


# The repaired network


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layers = nn.Sequential(*[*models.CifarCNN()][:6])
        self.linear1, self.linear2 = nn.Linear(128 * 3 * 3, 1024), nn.Linear(1024, 10)
        self.dropout1, self.dropout2 = nn.Dropout(0.5), nn.Dropout(0.2)

    def flat(self, images):
        return torch.flatten(self.conv_layers(images), 1)

    def forward(self, images):
        values = self.dropout1(self.flat(images))
        values = torch.relu(self.linear1(values))
        return self.linear2(self.dropout2(values))


class Functional(CNN):
    def forward(self, images):
        values = F.dropout(self.flat(images), p=0.5, training=self.training)
        values = torch.relu(self.linear1(values))
        return self.linear2(F.dropout(values, p=0.2, training=self.training))


class AsInTheNotes(CNN):
    def forward(self, images):
        values = F.dropout(self.conv_layers(images).view(-1, 128 * 3 * 3), p=0.5)
        values = torch.relu(self.linear1(values))
        return self.linear2(F.dropout(values, p=0.2))


class OnlyTheFirstRepaired(CNN):
    def forward(self, images):
        values = torch.relu(self.linear1(self.dropout1(self.flat(images))))
        return self.linear2(F.dropout(values, p=0.2))


class OnlyTheSecondRepaired(CNN):
    def forward(self, images):
        values = torch.relu(self.linear1(F.dropout(self.flat(images), p=0.5)))
        return self.linear2(self.dropout2(values))


class StillViewed(CNN):
    def flat(self, images):
        return self.conv_layers(images).view(-1, 128 * 3 * 3)


class NeverDropping(CNN):
    def forward(self, images):
        values = F.dropout(self.flat(images), p=0.5, training=False)
        values = torch.relu(self.linear1(values))
        return self.linear2(F.dropout(values, p=0.2, training=False))


class UpsideDown(CNN):
    def forward(self, images):
        values = F.dropout(self.flat(images), p=0.5, training=not self.training)
        return self.linear2(torch.relu(self.linear1(values)))


class MadeInForward(CNN):
    def forward(self, images):
        values = nn.Dropout(0.5)(self.flat(images))
        values = torch.relu(self.linear1(values))
        return self.linear2(nn.Dropout(0.2)(values))


class OneDropoutForBoth(CNN):
    def forward(self, images):
        values = torch.relu(self.linear1(self.dropout1(self.flat(images))))
        return self.linear2(self.dropout1(values))


class DropoutForgotten(CNN):
    def forward(self, images):
        values = torch.relu(self.linear1(self.dropout1(self.flat(images))))
        return self.linear2(values)


class DroppedBeforeRelu(CNN):
    def forward(self, images):
        values = self.linear1(self.dropout1(self.flat(images)))
        return self.linear2(self.dropout2(values))


# Early stopping


def early_stop(val_losses, patience):
    return stopping.early_stop(val_losses, patience)


def first_rise(val_losses, patience):
    rises = 0
    for epoch in range(1, len(val_losses)):
        rises = rises + 1 if val_losses[epoch] > val_losses[epoch - 1] else 0
        if rises == patience:
            return epoch + 1, epoch + 1 - patience
    return len(val_losses), len(val_losses) - rises


def from_zero(val_losses, patience):
    stop, best = early_stop(val_losses, patience)
    return stop - 1, best - 1


def lowest_of_all(val_losses, patience):
    stop, _ = early_stop(val_losses, patience)
    return stop, val_losses.index(min(val_losses)) + 1


def one_too_late(val_losses, patience):
    return early_stop(val_losses, patience + 1)


def equal_is_better(val_losses, patience):
    best = 1
    for epoch, loss in enumerate(val_losses, 1):
        if loss <= val_losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(val_losses), best


def waits_in_all(val_losses, patience):
    best, waited = 1, 0
    for epoch, loss in enumerate(val_losses, 1):
        if loss < val_losses[best - 1]:
            best = epoch
        elif epoch > 1:
            waited += 1
        if waited == patience:
            return epoch, best
    return len(val_losses), best


def never_stops(val_losses, patience):
    return len(val_losses), val_losses.index(min(val_losses)) + 1


def always_after_patience(val_losses, patience):
    _, best = early_stop(val_losses, patience)
    return best + patience, best


def stop_alone(val_losses, patience):
    return early_stop(val_losses, patience)[0]


def reversed_order(val_losses, patience):
    return early_stop(val_losses, patience)[::-1]


# The most confused pair


def most_confused_pair(counts):
    sizes = counts.sum(axis=1, keepdims=True)
    shares = counts / np.where(sizes == 0, 1, sizes)
    both = np.triu(shares + shares.T, k=1)
    return divmod(int(both.argmax()), len(counts))


def without_guard(counts):
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
    both = np.triu(shares + shares.T, k=1)
    return divmod(int(both.argmax()), len(counts))


def counts_alone(counts):
    return divmod(int(np.triu(counts + counts.T, k=1).argmax()), len(counts))


def one_direction(counts):
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    return tuple(sorted(divmod(int(shares.argmax()), len(counts))))


def true_class_first(counts):
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    return divmod(int(shares.argmax()), len(counts))


def with_diagonal(counts):
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return divmod(int((shares + shares.T).argmax()), len(counts))


def above_the_diagonal_only(counts):
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return divmod(int(np.triu(shares, k=1).argmax()), len(counts))


def shares_of_columns(counts):
    shares = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    both = np.triu(shares + shares.T, k=1)
    return divmod(int(both.argmax()), len(counts))


def row_sums_in_columns(counts):
    shares = counts / np.maximum(counts.sum(axis=1), 1)
    both = np.triu(shares + shares.T, k=1)
    return divmod(int(both.argmax()), len(counts))


def larger_number_first(counts):
    return most_confused_pair(counts)[::-1]


def diagonal_removed_in_place(counts):
    np.fill_diagonal(counts, 0)
    return most_confused_pair(counts)


def flat_place(counts):
    first, second = most_confused_pair(counts)
    return first * len(counts) + second


RIGHT = {
    check_statistics: of_all_pixels,
    check_cifar_cnn: CifarCNN,
    check_early_stop: early_stop,
    check_repaired_cnn: CNN,
    check_most_confused_pair: most_confused_pair,
}

WRONG = {
    check_statistics: [
        (of_the_counts, "look at: the levels"),
        (each_level_once, "yours is 0.5; 2 of 2 cells are wrong\nlook at: how often"),
        (divided_by_the_number_of_levels, "expected 1, yours is 0.5\nlook at: the lev"),
        (of_bytes, "look at: the levels: black is 0, white is 1"),
        (in_levels, "expected 0.5, yours is 1\nlook at: the levels"),
        (variance, "expected 0.5, yours is 0.25\nlook at: the deviation"),
        (root_of_the_mean_square, "expected 0, yours is 1\nlook at: the levels: black"),
        (mean_distance, "look at: how often"),
        (of_a_sample, "yours is 0.7071068\nlook at: the deviation"),
        (of_all_channels, "look at: the channels"),
        (swapped, "look at: the levels"),
        (mean_alone, "expected shape (2, 1), yours has shape (1,)"),
        (divided_in_place, "changed the counts it was given"),
    ],
    check_cifar_cnn: [
        (Inherited, "it takes over the ready-made CifarCNN"),
        (ReluOnImages, "its first layer does not get the images as they are"),
        (
            GreyChannels,
            "expected weights of shape (32, 3, 3, 3), it has (32, 1, 3, 3)",
        ),
        (WithoutStride, "Conv2d(32, 64) on 32 × 32 cells: expected a map of 15 × 15"),
        (Padded, "expected a map of 15 × 15, got 16 × 16\nlook at: what the"),
        (PaddedWithItsSize, "look at: what the table says of each convolution"),
        (SizeOfPadded, "expected weights of shape (1024, 1152), it has (1024, 2048)"),
        (
            WithoutDropout,
            "expected 50% of what enters Linear(1152, 1024) to be dropped, got 0%",
        ),
        (SwappedDropout, "look at: where dropout stands"),
        (SameDropout, "expected 20% of what enters Linear(1024, 10) to be dropped"),
        (KeptInsteadOfDropped, "expected 20% of what enters Linear(1024, 10)"),
        (DropoutAtTheEnd, "expected 0% of the logits to be dropped"),
        (DropoutOfPixels, "expected 0% of what enters Conv2d(3, 32) to be dropped"),
        (Softmax, "look at: what the loss expects: logits"),
        (WithoutRelu, "no activation between Conv2d(32, 64) and Conv2d(64, 128)"),
        (AlwaysTen, "for 3 classes: expected (2, 3), got (2, 10)"),
        (CifarCNN(), "give the class CifarCNN itself"),
    ],
    check_repaired_cnn: [
        (AsInTheNotes, "look at: flattening"),
        (OnlyTheFirstRepaired, "the same images get other logits the second time"),
        (OnlyTheSecondRepaired, "the same images get other logits the second time"),
        (StillViewed, "of 40 × 40, which do not fit: expected an error, got 16 rows"),
        (
            NeverDropping,
            "expected 50% of what enters Linear(1152, 1024) to be dropped, got 0%",
        ),
        (UpsideDown, "the same images get other logits the second time"),
        (MadeInForward, "the same images get other logits the second time"),
        (OneDropoutForBoth, "expected 20% of what enters Linear(1024, 10)"),
        (DropoutForgotten, "expected 20% of what enters Linear(1024, 10)"),
        (
            DroppedBeforeRelu,
            "no activation between Linear(1152, 1024) and Linear(1024, 10)",
        ),
    ],
    check_early_stop: [
        (first_rise, "look at: which loss the others are compared with"),
        (from_zero, "look at: how epochs are counted"),
        (lowest_of_all, "look at: what is known when training stops"),
        (one_too_late, "look at: how long to wait"),
        (equal_is_better, "look at: equal losses"),
        (waits_in_all, "look at: what a new lowest loss does"),
        (never_stops, "look at: how long to wait"),
        (always_after_patience, "look at: how epochs are counted"),
        (stop_alone, "expected shape (2,), yours has one number"),
        (reversed_order, "at [0] expected 2, yours is 1; 2 of 2 cells"),
    ],
    check_most_confused_pair: [
        (without_guard, "look at: a class without images"),
        (counts_alone, "look at: the sizes of the classes"),
        (one_direction, "look at: both directions"),
        (true_class_first, "look at: the two numbers and their order"),
        (larger_number_first, "look at: the two numbers and their order"),
        (with_diagonal, "look at: mistakes only"),
        (above_the_diagonal_only, "look at: both directions"),
        (shares_of_columns, "look at: the sizes of the classes"),
        (row_sums_in_columns, "look at: the sizes of the classes"),
        (diagonal_removed_in_place, "changed the counts it was given"),
        (flat_place, "expected shape (2,), yours has one number"),
    ],
}
