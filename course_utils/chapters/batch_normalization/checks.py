"""Checks of *Batch Normalisation*."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from course_utils.chapters.batch_normalization.demands import ROWS, norm_demands
from course_utils.kit.check import Check, Hint, Number
from course_utils.kit.networks import ClassCheck

check_norm_1d = ClassCheck("Norm1d", partial(norm_demands, nn.BatchNorm1d))
check_norm_2d = ClassCheck("Norm2d", partial(norm_demands, nn.BatchNorm2d))

# ------------------------------------------------------------------------------- rows


def batch_norm_1d(rows: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    # By hand: PyTorch's own layers refuse an ε of zero.
    mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)
    return gamma * (rows - mean) / (variance + eps).sqrt() + beta


def whole_numbers(*shapes: tuple[int, ...]) -> Iterator[tuple]:
    generator = torch.Generator().manual_seed(1)
    for shape in shapes:
        values = torch.randint(-9, 10, shape, generator=generator)
        gamma = torch.randint(1, 5, shape[1:2], generator=generator)
        beta = torch.randint(-5, 5, shape[1:2], generator=generator)
        yield values.double(), gamma.double(), beta.double(), 0.5


FEATURES = "the axis: each feature has its own mean and variance, over the rows"
DIVISION = "the variance: squares are divided by n here"
ROOT = "what the distance from the mean is divided by: the root of the variance"
EPSILON = "where ε stands: it is added to the variance, before the root"
SCALE = "γ and β: they come after the division, and each feature has its own"
CONSTANT = "a feature that is the same in all rows: nothing to divide by but ε"

# Variances and ε add up to squares, so that the first results are whole numbers. In
# the first of them every axis gives the same: only the division can be wrong.
check_batch_norm_1d = Check(
    "batch_norm_1d",
    batch_norm_1d,
    [DIVISION, ([[1, 3], [3, 1]], [1, 1], [0, 0], 0.0)],
    [FEATURES, ([[1, 5], [3, 7]], [1, 1], [0, 0], 0.0)],
    [ROOT, ([[1], [5]], [1], [0], 0.0)],
    [DIVISION, ([[1], [1], [5], [5]], [1], [0], 0.0)],
    [EPSILON, ([[1], [3]], [1], [0], 3.0)],
    SCALE,
    ([[1], [3]], [2], [0], 0.0),
    ([[1], [3]], [1], [10], 0.0),
    ([[1], [3]], [2], [10], 3.0),
    [CONSTANT, ([[4], [4], [4]], [1], [0], 1.0)],
    [FEATURES, ([[1, 10], [3, 30]], [1, 1], [0, 0], 0.0)],
    ([[1, 10, 5], [3, 30, 1]], [1, 1, 1], [0, 0, 0], 0.0),
    [DIVISION, (ROWS, [1, 1], [0, 0], 1e-5)],
    [SCALE, (ROWS, [1, 3], [5, 0], 1e-5)],
    [CONSTANT, ([[1, 4], [3, 4]], [1, 1], [0, 7], 1e-5)],
    FEATURES,
    *whole_numbers((2, 5), (5, 2), (3, 3), (6, 1)),
    as_array=torch.Tensor,
)

# ----------------------------------------------------------------------------- images


def batch_norm_2d(images: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    # Each channel's numbers become a feature's, and go back to their places.
    rows = images.movedim(1, -1)
    flat = batch_norm_1d(rows.reshape(-1, len(gamma)), gamma, beta, eps)
    return flat.reshape(rows.shape).movedim(-1, 1)


def counted(*shape: int) -> Tensor:
    return torch.arange(1.0, 1 + torch.Size(shape).numel()).reshape(shape)


PLACES = "the places of a channel: all rows and columns share one mean"
IMAGES = "the images: they share the mean of a channel"
CHANNELS = "the channels: each has its own mean and variance"
WIDTH = "γ and β: one of each for a channel, whatever the width of the images"
SAME = "a channel that is the same everywhere: nothing to divide by but ε"

check_batch_norm_2d = Check(
    "batch_norm_2d",
    batch_norm_2d,
    [PLACES, (counted(1, 1, 1, 2), [1], [0], 0.0)],
    [IMAGES, (counted(2, 1, 1, 1), [1], [0], 0.0)],
    (counted(2, 1, 1, 2), [1], [0], 0.0),
    [PLACES, (counted(1, 1, 2, 3), [1], [0], 0.0)],
    [CHANNELS, (counted(1, 2, 1, 2), [1, 1], [0, 0], 0.0)],
    [WIDTH, (counted(2, 2, 1, 2), [1, 2], [0, 10], 0.0)],
    [CHANNELS, (counted(2, 2, 1, 1), [1, 1], [0, 0], 0.0)],
    [WIDTH, (counted(2, 3, 1, 1), [1, 2, 3], [0, 10, 20], 0.0)],
    (counted(2, 3, 2, 3), [1, 2, 3], [0, 10, 20], 0.0),
    [EPSILON, (counted(1, 1, 1, 2), [1], [0], 3.75)],
    [CHANNELS, (counted(3, 2, 2, 1), [1, 1], [0, 0], 1e-5)],
    [Hint(SAME), (torch.full((2, 1, 1, 2), 4.0), [1], [1], 1e-5)],
    Hint(CHANNELS),
    *whole_numbers((2, 3, 4, 3), (3, 2, 2, 5), (4, 4, 4, 4)),
    at_shape=f"{WIDTH}; and the result has the shape of the images",
    as_array=torch.Tensor,
)

# ------------------------------------------------------- the memory after one batch


def remembered(old: float, new: float, momentum: float = 0.1) -> float:
    return (1 - momentum) * old + momentum * new


def slips(feature: Tensor) -> dict[float, str]:
    """Return what slips lead to, with the hint for each."""
    mean, unbiased = feature.mean().item(), feature.var().item()
    biased, std = feature.var(correction=0).item(), feature.std().item()
    distances, squares = (feature - mean).square().sum(), feature.square().sum()
    division = "the division: by n to normalise, by n − 1 to remember"
    shares = "the two shares: the batch gets 0.1 and the value before gets 0.9"
    one = "the two shares: they add up to 1"
    kept = "what is kept of the value before"
    start = "what it starts from: not from 0"
    quantity = "what is remembered here: a variance, not its root"
    asked = "which of the two is asked for"
    return {
        remembered(1, biased): division,
        remembered(1, unbiased, 0.9): shares,
        remembered(1, biased, 0.9): f"{shares}; then {division}",
        unbiased: kept,
        biased: kept,
        1 + 0.1 * unbiased: one,
        1 + 0.1 * biased: one,
        remembered(0, unbiased): start,
        remembered(0, biased): f"{start}; then {division}",
        remembered(1, std): quantity,
        remembered(1, biased**0.5): quantity,
        remembered(0, mean): f"{asked}: this is the running mean",
        remembered(1, mean): f"{asked}: the variance",
        remembered(
            1, squares.item() / 4
        ): "the squares: of the distances from the mean",
        remembered(1, distances.item()): "the squares: their sum is divided",
    }


def running_var() -> Number:
    layer = nn.BatchNorm1d(2)
    layer(ROWS)
    first, second = layer.running_var.tolist()
    causes = slips(ROWS[:, 0]) | {
        second: "the first feature: it is the first number of each row",
        remembered(1, ROWS.var().item()): "one feature alone: each has its own "
        "variance",
        round(first, 2): "the decimals: three are asked for",
    }
    parts = "the two parts of the sum: what is kept of 1, and what is added"
    return Number(first, causes, otherwise=parts, tolerance=1e-3)


check_running_var = running_var()
