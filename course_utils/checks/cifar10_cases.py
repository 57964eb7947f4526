"""Cases for the checks of notebook 08: counts, losses, matrices, and dropout."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from course_utils.checks.demanding import Make
from course_utils.checks.judging import Case
from course_utils.models import CifarCNN


def counts_cases() -> list[Case]:
    """Return how often each level of brightness occurs in each channel.

    Returns
    -------
    list of Case
        With the argument ``(counts,)``.
    """
    levels = "the levels: black is 0, white is 1; if all are alike, the deviation is 0"
    often = "how often each level occurs"
    spread = "the deviation: the root of the mean square distance from the mean"
    channels = "the channels: each row has its own mean and deviation"
    large = "large counts: they must not lose digits"
    table = [
        ([[0, 3]], levels),
        ([[0, 3, 0]], levels),
        ([[1, 1]], spread),
        ([[3, 1]], often),
        ([[2, 0, 2]], spread),
        ([[1, 2, 1]], often),
        ([[0, 4, 1, 3, 2]], often),
        ([[1, 1], [3, 1]], channels),
        ([[1, 2, 1], [4, 0, 0], [0, 1, 3]], channels),
        ([[1, 1, 2, 0], [0, 0, 0, 4], [2, 1, 0, 1]], channels),
        ([[0, 2_000_000], [1_000_000, 1_000_000]], large),
    ]
    cases = [Case((np.array(counts),), look_at=hint) for counts, hint in table]
    photo = np.random.default_rng(0).integers(0, 40, (3, 256))
    return [*cases, Case((photo,), look_at="all 256 levels of a photo")]


def losses_cases() -> list[Case]:
    """Return validation losses with the patience to wait.

    Returns
    -------
    list of Case
        With the arguments ``(val_losses, patience)``.
    """
    count = "how epochs are counted: from 1"
    falls = "what happens if the loss keeps falling: nobody stops"
    waits = "how long to wait: patience counts the epochs since the best one"
    best = "which loss the others are compared with: the lowest so far"
    later = "what is known when training stops: nothing of later epochs"
    equal = "equal losses: only a lower one is an improvement"
    resets = "what a new lowest loss does: the waiting begins again"
    table = [
        ([5], 1, count),
        ([5, 4, 3], 1, falls),
        ([3, 4], 1, waits),
        ([3, 4, 5, 6], 2, waits),
        ([4, 3, 5, 6, 7], 3, waits),
        ([5, 3, 4, 4.5], 3, waits),
        ([3, 9, 8, 7, 6], 3, best),
        ([5, 4, 6, 6, 1], 2, later),
        ([3, 3, 3, 3], 2, equal),
        ([5, 4, 4.5, 3, 3.5, 2, 2.5, 2.25], 2, resets),
        ([9, 8, 8.5, 7, 7.5, 7.25, 6], 2, resets),
        ([0.9, 0.7, 0.8, 0.75, 0.71, 0.6], 4, waits),
    ]
    cases = [Case((list(losses), wait), look_at=at) for losses, wait, at in table]
    generator = np.random.default_rng(0)
    for patience in (1, 2, 3, 5):
        losses = generator.uniform(0.5, 2, 15).round(2).tolist()
        cases.append(Case((losses, patience), look_at=best))
    return cases


def matrix_cases() -> list[Case]:
    """Return confusion matrices.

    Returns
    -------
    list of Case
        With the argument ``(counts,)``.
    """
    wrong = "mistakes only: the diagonal holds what is right"
    both = "both directions: a taken for b, and b taken for a"
    share = "the sizes of the classes: take shares of each row, not counts"
    empty = "a class without images: its row has the sum 0"
    order = "the two numbers and their order: the smaller one comes first"
    table = [
        ([[1, 9], [10, 0]], order),
        ([[8, 2], [1, 9]], wrong),
        ([[9, 0, 1], [0, 10, 0], [0, 0, 10]], wrong),
        ([[10, 0, 0], [3, 7, 0], [0, 0, 10]], both),
        ([[10, 0, 0], [0, 8, 2], [0, 3, 7]], both),
        ([[6, 4, 0], [0, 7, 3], [0, 3, 7]], both),
        ([[5, 0, 5], [0, 10, 0], [0, 6, 4]], share),
        ([[90, 10, 0], [0, 10, 0], [0, 4, 6]], share),
        ([[50, 50, 0], [0, 10, 0], [8, 0, 2]], share),
        ([[10, 0, 0], [0, 0, 0], [3, 0, 7]], empty),
        ([[0, 0, 0], [1, 5, 4], [0, 0, 0]], empty),
        ([[0, 0, 0, 0], [0, 7, 3, 0], [0, 4, 6, 0], [9, 0, 0, 1]], share),
    ]
    cases = [Case((np.array(counts),), look_at=hint) for counts, hint in table]
    generator = np.random.default_rng(0)
    for classes in (4, 6, 10):
        counts = generator.integers(0, 50, (classes, classes))
        sizes = generator.integers(1, 9, (classes, 1))
        cases.append(Case((counts * sizes,), look_at=share))
    return cases


def other_classes(make: Make, *, num_classes: int) -> str:
    """Complain about a network that does not return the asked number of logits.

    Parameters
    ----------
    make
        ``make(num_classes=…)`` is a network for images (N, 3, 32, 32).
    num_classes
        Another number than 10.

    Returns
    -------
    str
        Empty if all is well.
    """
    got = tuple(make(num_classes=num_classes)(torch.zeros(2, 3, 32, 32)).shape)
    return "" if got == (2, num_classes) else f"expected (2, {num_classes}), got {got}"


def other_maps(make: Make) -> str:
    """Complain about a convolution whose maps have not the size of `CifarCNN`'s.

    Parameters
    ----------
    make
        Makes a network for images (N, 3, 32, 32).

    Returns
    -------
    str
        Empty if all is well. Kernels of another shape are left to other demands.
    """
    wanted = {layer.weight.shape: _side(layer) for layer in _convolutions(CifarCNN())}
    for layer in _convolutions(make()):
        side = _side(layer)
        expected = wanted.get(layer.weight.shape, side)
        if side != expected:
            call = f"Conv2d({layer.in_channels}, {layer.out_channels})"
            sizes = f"{expected} × {expected}, got {side} × {side}"
            return f"{call} on 32 × 32 cells: expected a map of {sizes}"
    return ""


def _convolutions(model: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]


def _side(layer: nn.Conv2d) -> int:
    return layer(torch.zeros(1, layer.in_channels, 32, 32)).shape[-1]


def wrong_dropout(make: Make, *, expected: Sequence[float]) -> str:
    """Complain about dropout that acts in other places, or drops another share.

    Parameters
    ----------
    make
        Makes a network for images (N, 3, 32, 32).
    expected
        The share to drop before each layer with weights, and of the logits.

    Returns
    -------
    str
        Empty if all is well.
    """
    for (place, share), wanted in zip(_dropped(make().train()), expected, strict=True):
        if abs(share - wanted) > 0.06:
            return f"expected {wanted:.0%} of {place} to be dropped, got {share:.0%}"
    return ""


def _dropped(model: nn.Module) -> list[tuple[str, float]]:
    """Measure the share of zeros in each place of a network that computes only ones."""
    found: list[tuple[str, float]] = []

    def look(layer: nn.Module, inputs: tuple[Tensor]) -> None:
        outputs, width = layer.weight.shape[:2]
        name = f"{type(layer).__name__}({width}, {outputs})"
        found.append((f"what enters {name}", _zeros(inputs[0])))

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_pre_hook(look)
            layer.register_forward_hook(lambda *call: torch.ones_like(call[-1]))
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()  # In train mode it would turn ones into zeros.
    with torch.no_grad():
        logits = model(torch.ones(128, 3, 32, 32))
    return [*found, ("the logits", _zeros(logits))]


def _zeros(values: Tensor) -> float:
    return (values == 0).float().mean().item()


def shares(counts: ArrayLike) -> np.ndarray:
    """Divide each row by its sum; a row of zeros stays as it is.

    Parameters
    ----------
    counts
        Shape (K, K), numbers that are not negative.

    Returns
    -------
    ndarray
        Shape (K, K), float64.
    """
    counts = np.asarray(counts, dtype=float)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
