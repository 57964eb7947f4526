"""Every walk is PyTorch's, and what is drawn and said of it is true."""

import itertools

import numpy as np
import pytest
import torch
from explorer_moves import all_said, drawn

from course_utils.chapters.training_loop.gradient_steps import RATES, GradientSteps
from course_utils.colours import WINDOW
from course_utils.kit.scene import Line

GIVEN = itertools.product(RATES.values(), range(-1, 12), [12], (False, True))
WALKS = list(itertools.starmap(GradientSteps, GIVEN))
SAYS = [
    (GradientSteps(step=3), "1 3 16 −16 −1"),  # a row of the lesson's table
    (GradientSteps(step=3), "next w = w − η · w.grad = 4.5 − (−0.25) = 4.75"),
    (GradientSteps(step=2, forgets=True), "w.grad = old + new = −48 + 8 = −40"),
]


def test_every_walk_is_pytorchs():
    for state in WALKS[::5]:
        weight = torch.tensor(float(state.start), dtype=float, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=state.rate)
        for step in state.walk:
            if not state.forgets:
                optimizer.zero_grad()
            loss = (weight * 2 - 10) ** 2
            loss.backward()
            theirs = weight.item(), loss.item(), weight.grad.item()
            assert (step.weight, step.loss, step.gradient) == pytest.approx(theirs)
            optimizer.step()


def test_what_is_said_of_a_walk_is_true_of_it():
    shares = {" a quarter ": 1 / 4, " half ": 1 / 2, " 7/8 ": 7 / 8, " 1.25 ": 1.25}
    for state in WALKS:
        gaps, said = [step.weight - 5 for step in state.walk], state.seen()
        far, falls = np.abs(gaps), np.diff(np.abs(gaps))
        sides = {np.sign(a * b) for a, b in itertools.pairwise(gaps)}
        holds = {
            "nothing moves": state.start == 5 and not far.any(),
            "past 5 and back": min(gaps) < 0 < max(gaps) and far[-3:].sum() > 0.5,
            "exactly": far[0] > 0 == far[1:].max(),
            "diverges": far[-1] > 10 and min(falls) > 0 and sides == {-1},
            "never gets better": not falls.any() and sides == {-1},
            "other side of 5": max(falls) < 0 and sides == {-1},
            "of the distance to 5": max(falls) < 0 and sides == {1},
        }
        assert [true for words, true in holds.items() if words in said] == [True]
        assert ("and back" in said) == (state.forgets and state.start != 5)
        assert all(far[1] == s * far[0] for name, s in shares.items() if name in said)


def test_the_slope_drawn_is_the_gradient_and_far_weights_are_written():
    for state in WALKS:
        step, lines = state.walk[12], drawn(state, Line)
        slopes = [line for line in lines if line.stroke == WINDOW]
        for (x, y), (right, down) in (line.points for line in slopes):
            slope = (y - down) / 300 * 200 / ((right - x) / 336 * 14)
            assert slope == pytest.approx(step.own, abs=1e-6)
        assert bool(slopes) == (-2 <= step.weight <= 12)
        assert ("← w = −" in all_said(state)) == (step.weight < -2)
