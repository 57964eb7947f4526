"""The gradient steps explorer: pure functions over its controls, against PyTorch."""

import itertools

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from text_room import labels_of, outside, width_of

from course_utils.colours import WINDOW
from course_utils.drawing import Box, Label, Line
from course_utils.explorers.gradient_steps import gradient_steps_explorer
from course_utils.explorers.gradient_steps.picture import (
    HIGHEST,
    LARGEST_LOSS,
    LEFT,
    LOWEST,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    TOP,
    scene,
)
from course_utils.explorers.gradient_steps.state import (
    BEST,
    RATES,
    STARTS,
    STEPS,
    State,
    change,
    seen,
    squared_error,
    walk,
)

WALKS = [State(*given) for given in itertools.product(RATES, STARTS, (False, True))]
STATES = [
    State(rate, start, forgets, step)
    for rate, start, forgets, step in itertools.product(
        RATES, (-1, 1, 5, 11), (False, True), (0, 2, 11, STEPS)
    )
]


def texts_of(state: State) -> list[str]:
    return [label.text for label in labels_of(scene(state))]


def rows_of(state: State) -> list[list[str]]:
    """The table's rows, as they are written."""
    table = [s for s in labels_of(scene(state)) if s.anchor == "end" and s.size == 14]
    return [
        [label.text for label in row]
        for _, row in itertools.groupby(table, key=lambda label: label.y)
    ]


def pytorch_walk(state: State) -> list[tuple[float, float, float]]:
    """Weight, loss and w.grad of each step, by autograd and SGD, in float64."""
    weight = torch.tensor(float(state.start), dtype=torch.float64, requires_grad=True)
    optimizer, found = torch.optim.SGD([weight], lr=state.rate), []
    for _ in range(STEPS + 1):
        if not state.forgets:
            optimizer.zero_grad()
        value = (weight * 2 - 10) ** 2
        value.backward()
        found.append((weight.item(), value.item(), weight.grad.item()))
        optimizer.step()
    return found


def test_every_walk_is_pytorchs():
    for state in WALKS:
        ours = [(step.weight, step.loss, step.gradient) for step in walk(state)]
        np.testing.assert_allclose(ours, pytorch_walk(state), rtol=1e-9)
        for one, other in itertools.pairwise(walk(state)):
            assert one.after == other.weight


def test_what_is_said_of_a_walk_is_true_of_it():
    for state in WALKS:
        far = [abs(step.weight - BEST) for step in walk(state)]
        sides = [np.sign(step.weight - BEST) for step in walk(state)]
        crosses = {one * other for one, other in itertools.pairwise(sides)}
        said = seen(state)
        if state.start == BEST:
            assert "nothing moves" in said and not any(far)
        elif state.forgets:
            assert "past 5 and back" in said
            assert -1 in sides and 1 in sides and sum(far[-3:]) > 0.5
        elif "diverges" in said:
            assert far == sorted(far) and far[-1] > 10 and crosses == {-1}
        elif "never gets better" in said:
            assert len(set(far)) == 1 and crosses == {-1}
        elif "exactly" in said:
            assert far[0] > 0 == max(far[1:])
        elif "other side" in said:
            assert far == sorted(far, reverse=True) and crosses == {-1}
        else:
            assert "of the distance to 5" in said
            assert far == sorted(far, reverse=True) and crosses == {1}


def test_shares_of_the_distance_are_right():
    names = {"a quarter": 0.25, "half": 0.5, "three quarters": 0.75, "7/8": 0.875}
    for state in WALKS:
        shares = [share for name, share in names.items() if f" {name} " in seen(state)]
        if shares:
            one, other, *_ = (abs(step.weight - BEST) for step in walk(state))
            assert other == shares[0] * one
    assert "1.25 times" in seen(State(rate=9 / 32))


def test_forgetting_makes_no_difference_to_the_first_step():
    for state in WALKS:
        if state.forgets:
            proper = change(state, "forgets", False)
            assert walk(state)[:2][0] == walk(proper)[0]
            assert walk(state)[1].weight == walk(proper)[1].weight
            early = seen(change(state, "step", 1))
            assert "Step 1 is right" in early or state.start == BEST


def test_the_numbers_of_the_lesson():
    assert rows_of(State(step=3)) == [
        ["0", "1", "64", "−32", "−2"],
        ["1", "3", "16", "−16", "−1"],
        ["2", "4", "4", "−8", "−0.5"],
        ["3", "4.5", "1", "−4", "−0.25"],
    ]
    assert "next w = w − η · w.grad = 4.5 − (−0.25) = 4.75" in texts_of(State(step=3))
    forgot = State(forgets=True, step=2)
    assert rows_of(forgot)[1:] == [
        ["1", "3", "16", "−48", "−3"],
        ["2", "6", "4", "−40", "−2.5"],
    ]
    assert "w.grad = old + new = −48 + 8 = −40" in texts_of(forgot)


def test_points_lie_on_the_curve_and_in_the_plot():
    for state in STATES:
        shapes = scene(state).shapes
        points = [s for s in shapes if isinstance(s, Box) and s.width in (8, 12)]
        inside = [
            step
            for step in walk(state)[: state.step + 1]
            if LOWEST <= step.weight <= HIGHEST
        ]
        assert len(points) >= len(inside)
        for box in points:
            weight = LOWEST + (box.x + box.width / 2 - LEFT) * 14 / PLOT_WIDTH
            height = (TOP + PLOT_HEIGHT - box.y - box.width / 2) / PLOT_HEIGHT
            assert LARGEST_LOSS * height == pytest.approx(
                squared_error(weight), abs=1e-6
            )


def test_the_slope_drawn_is_the_gradient():
    for state in STATES:
        step = walk(state)[state.step]
        slopes = [
            s for s in scene(state).shapes if isinstance(s, Line) and s.stroke == WINDOW
        ]
        assert len(slopes) == (LOWEST <= step.weight <= HIGHEST)
        for line in slopes:
            (x, y), (right, down) = line.points
            per_weight, per_loss = PLOT_WIDTH / 14, PLOT_HEIGHT / LARGEST_LOSS
            slope = -(down - y) / per_loss / ((right - x) / per_weight)
            assert slope == pytest.approx(step.own, abs=1e-6)


def test_a_weight_outside_the_plot_is_written_there():
    state = State(rate=9 / 32, step=STEPS)
    assert any(text.startswith("← w = −5") for text in texts_of(state))
    assert any(text.endswith(" →") for text in texts_of(change(state, "play", 11)))


def test_everything_has_its_room():
    for state in STATES:
        picture = scene(state)
        assert picture.width <= 800
        assert not outside(picture)
        assert all(label.size >= 12 for label in labels_of(picture))
        # In a row of the table, no number touches its neighbour.
        rows: dict[float, list[Label]] = {}
        for label in labels_of(picture):
            if label.anchor == "end" and label.x > LEFT + PLOT_WIDTH:
                rows.setdefault(label.y, []).append(label)
        for row in rows.values():
            for left, right in itertools.pairwise(row):
                assert left.x + 8 < right.x - width_of(right), state


def test_any_sequence_of_moves_keeps_slider_and_play_together():
    random = np.random.default_rng(1)
    explorer = gradient_steps_explorer()
    controls = controls_of(explorer)
    for _ in range(60):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        assert explorer.error.value == ""
        assert controls["step"].value == controls["play"].value == explorer.state.step
