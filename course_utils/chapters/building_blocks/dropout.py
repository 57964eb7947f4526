"""Dropout, and the check of the learner's."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from course_utils.kit.compare import shown
from course_utils.kit.networks import ClassCheck, Demand


def dropout(values: Tensor, p: float, training: bool) -> Tensor:
    """Set numbers to 0 at random, and divide the rest by 1 - p; in training only."""
    if not training:
        return values
    return values * (torch.rand_like(values) >= p) / (1 - p)


def dropout_demands() -> list[Demand]:
    many = torch.ones(100, 100)
    ramp = torch.arange(1.0, 10_001).reshape(100, 100) - 500.5
    calls = [
        (torch.ones(10), 0.5, False),
        (many, 0.5, True),
        (torch.ones(10, 10, 10, 10), 0.5, True),
        (many, 0.2, True),
        (many, 0.75, True),
        (ramp, 0.2, True),
        (ramp, 0.2, False),
        (torch.ones(2, 3, 4), 0.0, True),
    ]
    what = "on {:,} numbers, p={}, training={}"
    return [
        Demand(what.format(x.numel(), p, t), partial(dropped, x, p, t))
        for x, p, t in calls
    ]


def dropped(
    values: Tensor, p: float, training: bool, dropout: Callable
) -> tuple[str, str]:
    """Say what is wrong with some calls, and where to look."""
    results = []
    for _ in range(4):
        given = values.clone()
        result = dropout(given, p, training)
        if not torch.equal(given, values):
            return "changed the values it was given; work on a copy", ""
        if not isinstance(result, Tensor) or result.shape != values.shape:
            wanted = f"a tensor of shape {tuple(values.shape)}"
            return f"expected {wanted}, got {shown(result)}", "what is returned"
        results.append(result := result.to(values.dtype))
    if not training:
        hint = "evaluation: nothing happens there"
        problem = "the numbers did not come out as they went in"
        return ("", "") if torch.equal(result, values) else (problem, hint)
    zeros = torch.stack(results) == 0
    gone, share = zeros[-1], zeros.float().mean().item()
    alike = [not zeros.diff(dim=axis).any() for axis in range(1, zeros.ndim)]
    if 0 < share < 1 and any(alike):
        return "whole rows or columns go or stay", "each number's own chance"
    if abs(share - p) > 0.03:
        problem = f"expected about {p:.0%} to be zero, got {share:.0%}"
        return problem, "which numbers go: p is their share"
    if p and torch.equal(*results[:2]):
        return "the same numbers go the second time", "when chance is asked"
    if p and len({int((draw == 0).sum()) for draw in results}) == 1:
        return "exactly as many go each time", "each number's own chance"
    other = ~torch.isclose(result, values / (1 - p)) & ~gone
    if other.any():
        place = tuple(other.nonzero()[0].tolist())
        texts = [f"{t[place].item():.6g}" for t in (values, values / (1 - p), result)]
        problem = f"{texts[0]} stayed and should be {texts[1]}, yours is {texts[2]}"
        return problem, "what becomes of the numbers that stay"
    return "", ""


check_dropout = ClassCheck(
    "dropout", dropout_demands, "function", ready_made=("dropout", "Dropout")
)
