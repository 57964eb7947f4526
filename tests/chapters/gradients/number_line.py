"""Every walk is PyTorch's, and the tangent that is drawn has the gradient's slope."""

import itertools

import pytest
import torch
from explorer_moves import all_said, drawn

from course_utils.chapters.gradients.number_line import CHART, RATES, NumberLine
from course_utils.colours import WINDOW
from course_utils.kit.scene import Line

WALKS = [
    NumberLine(*given)
    for given in itertools.product(range(-6, 13), RATES.values(), (0, 1, 8))
]
SAYS = [
    (NumberLine(), "At w = −5 the slope is 2 · (−5 − 3) = −16: w should grow."),
    (NumberLine(), "next w = w − η · slope = −5 − (−4) = −1"),
    (NumberLine(steps=3), "3 2 1 −2"),  # a row of the table
    (NumberLine(start=3), "the lowest place"),
    (NumberLine(start=11, rate=1.25, steps=1), "w should grow"),
]


def test_every_walk_is_pytorchs():
    for state in WALKS:
        weight = torch.tensor(float(state.start), dtype=float, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=state.rate)
        for _ in range(state.steps):
            optimizer.zero_grad()
            ((weight - 3) ** 2).backward()
            optimizer.step()
        assert state.walk[-1] == pytest.approx(weight.item())


def test_the_tangent_has_the_slope_of_the_loss_or_the_weight_is_written():
    for state in WALKS:
        w = state.walk[-1]
        lines = [line for line in drawn(state, Line) if line.stroke == WINDOW]
        for (x, y), (right, down) in (line.points for line in lines):
            across = (right - x) / CHART.width * 18
            slope = (y - down) / CHART.height * 90 / across
            assert slope == pytest.approx(2 * (w - 3), abs=1.5 / across)
        assert bool(lines) == (-6 <= w <= 12)
        assert ("← w = −" in all_said(state)) == (w < -6)
