"""Checks for notebook 10, *Batch Normalisation*."""

from collections.abc import Callable

from torch import Tensor, nn

from course_utils.checks.batch_normalization_cases import (
    ROWS,
    image_cases,
    row_cases,
)
from course_utils.checks.batch_normalization_demands import norm_demands
from course_utils.checks.demanding import judge_class
from course_utils.checks.judging import judge_function, judge_number
from course_utils.checks.verdict import Verdict

MOMENTUM = 0.1
"""Of `nn.BatchNorm1d`, unless told otherwise."""


def check_batch_norm_1d(batch_norm_1d: Callable | None) -> Verdict:
    """Check the normalising of each feature over the rows.

    Parameters
    ----------
    batch_norm_1d
        ``batch_norm_1d(rows, gamma, beta, eps)``: tensors of shape (N, D), (D,), (D,)
        and a number, to a tensor of shape (N, D).

    Returns
    -------
    Verdict
        Compared with the formula; PyTorch's own layers refuse an ε of zero.
    """
    return judge_function(
        batch_norm_1d, _batch_norm_1d, row_cases(), name="batch_norm_1d"
    )


def check_batch_norm_2d(batch_norm_2d: Callable | None) -> Verdict:
    """Check the normalising of each channel over images, rows and columns.

    Parameters
    ----------
    batch_norm_2d
        ``batch_norm_2d(images, gamma, beta, eps)``: tensors of shape (N, C, H, W),
        (C,), (C,) and a number, to a tensor of shape (N, C, H, W).

    Returns
    -------
    Verdict
        Compared with the formula; PyTorch's own layers refuse an ε of zero.
    """
    return judge_function(
        batch_norm_2d, _batch_norm_2d, image_cases(), name="batch_norm_2d"
    )


def check_running_var(answer: float | None) -> Verdict:
    """Check the first feature's `running_var` after the first batch, `ROWS`.

    Parameters
    ----------
    answer
        The learner's number, to three decimals or more.

    Returns
    -------
    Verdict
        Compared with `torch.nn.BatchNorm1d`. A wrong number with a known cause, such
        as a division by n, gets a hint at that cause.
    """
    layer = nn.BatchNorm1d(2, momentum=MOMENTUM)
    layer(ROWS)
    expected, second = layer.running_var.tolist()
    causes = _causes(ROWS[:, 0]) | {
        second: "the first feature: it is the first number of each row",
        _step(1, ROWS.var().item()): "one feature alone: each has its own variance",
        round(expected, 2): "the decimals: three are asked for",
    }
    causes.pop(expected, None)
    return judge_number(
        answer,
        expected,
        causes=causes,
        otherwise="the two parts of the sum: what is kept of 1, and what is added",
        tolerance=1e-3,
    )


def check_norm_1d(norm: type[nn.Module] | None) -> Verdict:
    """Check a layer that normalises rows and remembers their statistics.

    Parameters
    ----------
    norm
        ``norm(num_features, eps=1e-5, momentum=0.1)`` maps (N, D) to (N, D).

    Returns
    -------
    Verdict
        Compared with `torch.nn.BatchNorm1d`.
    """
    return judge_class(norm, norm_demands(nn.BatchNorm1d), name="Norm1d")


def check_norm_2d(norm: type[nn.Module] | None) -> Verdict:
    """Check the repair of a layer that normalises images channel by channel.

    Parameters
    ----------
    norm
        ``norm(num_features, eps=1e-5, momentum=0.1)`` maps (N, C, H, W) to the same.

    Returns
    -------
    Verdict
        Compared with `torch.nn.BatchNorm2d`.
    """
    return judge_class(norm, norm_demands(nn.BatchNorm2d), name="Norm2d")


def _batch_norm_1d(rows: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)
    return gamma * (rows - mean) / (variance + eps).sqrt() + beta


def _batch_norm_2d(images: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    # Each channel's numbers become a feature's, and go back to their places.
    rows = images.movedim(1, -1)
    flat = _batch_norm_1d(rows.reshape(-1, len(gamma)), gamma, beta, eps)
    return flat.reshape(rows.shape).movedim(-1, 1)


def _step(old: float, new: float, momentum: float = MOMENTUM) -> float:
    return (1 - momentum) * old + momentum * new


def _causes(feature: Tensor) -> dict[float, str]:
    """Return what slips lead to, with the hint for each."""
    mean, unbiased = feature.mean().item(), feature.var().item()
    biased, std = feature.var(correction=0).item(), feature.std().item()
    division = "the division: by n to normalise, by n − 1 to remember"
    shares = "the two shares: the batch gets 0.1 and the value before gets 0.9"
    kept = "what is kept of the value before"
    start = "what it starts from: not from 0"
    quantity = "what is remembered here: a variance, not its root"
    return {
        _step(1, biased): division,
        _step(1, unbiased, 0.9): shares,
        _step(1, biased, 0.9): f"{shares}; then {division}",
        unbiased: kept,
        biased: kept,
        1 + MOMENTUM * unbiased: "the two shares: they add up to 1",
        1 + MOMENTUM * biased: "the two shares: they add up to 1",
        _step(0, unbiased): start,
        _step(0, biased): f"{start}; then {division}",
        _step(1, std): quantity,
        _step(1, biased**0.5): quantity,
        _step(0, mean): "which of the two is asked for: this is the running mean",
        _step(1, mean): "which of the two is asked for: the variance",
        _step(1, feature.square().sum().item() / 4): "the squares: of the distances "
        "from the mean",
        _step(1, (feature - mean).square().sum().item()): "the squares: their sum is "
        "divided",
    }
