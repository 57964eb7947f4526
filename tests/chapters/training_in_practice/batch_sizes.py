"""Every walk is PyTorch's, and what is said of it is true."""

import numpy as np
import pytest
import torch
from explorer_moves import all_said

from course_utils.chapters.training_in_practice import batch_sizes as walks
from course_utils.colours import WINDOW
from course_utils.kit.scene import Line

BatchSizes = walks.BatchSizes
SAYS = [
    (BatchSizes(passes=0), "No step yet."),
    (BatchSizes(size=1, passes=3), "3 passes, 24 steps"),
    (BatchSizes(size=8, passes=3), "3 passes, 3 steps"),
    (BatchSizes(size=1, rate=1 / 2, passes=3), "have left the picture"),
]
STATES = [
    BatchSizes(size=size, rate=rate, passes=walks.PASSES, shuffled=shuffled)
    for size in walks.SIZES.values()
    for rate in walks.RATES.values()
    for shuffled in BatchSizes(size=size).orders.values()
]


@pytest.mark.parametrize("size", walks.SIZES.values())
def test_unshuffled_walks_are_pytorchs(size):
    state = BatchSizes(size=size, passes=walks.PASSES, shuffled=False)
    w, b = (torch.tensor(value, requires_grad=True) for value in walks.START)
    optimizer = torch.optim.SGD([w, b], lr=state.rate)
    xs, ys = (torch.tensor(values).split(size) for values in (walks.X, walks.Y))
    places = [[w.item(), b.item()]]
    for x, y in walks.PASSES * list(zip(xs, ys)):
        optimizer.zero_grad()
        ((w * x + b - y) ** 2).mean().backward()
        optimizer.step()
        places.append([w.item(), b.item()])
    np.testing.assert_allclose(state.walk, places)


def test_each_pass_sees_every_point_once_and_all_at_once_needs_no_order():
    for state in STATES:
        assert len(state.walk) == walks.PASSES * 8 // state.size + 1
    for rate in walks.RATES.values():
        ways = [BatchSizes(size=8, rate=rate, shuffled=s).walk for s in (False, True)]
        np.testing.assert_allclose(*ways)


def test_no_line_is_better_than_the_best_and_lost_ones_are_said_to_be():
    for state in STATES:
        assert (walks.loss(state.walk) >= walks.loss(walks.BEST) - 1e-9).all()
        assert ("have left" in all_said(state)) == state.is_lost


def test_a_step_is_drawn_where_it_enters_or_leaves_the_picture():
    for state in STATES:
        ends = walks.inside(state.taken)
        shown = sum(type(p) is Line and p.stroke == WINDOW for p in state.map())
        assert (ends[1:] | ends[:-1]).sum() <= shown <= len(state.taken) - 1


def test_the_lesson_holds():
    def after(size, passes, rate=1 / 16, shuffled=True):
        state = BatchSizes(size=size, rate=rate, passes=passes, shuffled=shuffled)
        return walks.loss(state.taken[-1])

    assert after(1, 2) < after(8, 2)  # more steps from the same points
    assert abs(after(8, 12, 1 / 4) - walks.loss(walks.BEST)) < 1e-3  # comes to rest
    assert after(1, 12, 1 / 8) > 1.05 * walks.loss(walks.BEST)  # does not
