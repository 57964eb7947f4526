"""The explorer's running statistics are BatchNorm's, and its words are true."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from explorer_moves import drawn
from torch import nn

from course_utils.chapters.batch_normalization import running_statistics as running
from course_utils.colours import SERIES, WINDOW
from course_utils.kit.scene import Box, Label

RunningStatistics = running.RunningStatistics
SETTINGS = list(itertools.product(running.BATCH_SIZES, running.MOMENTA.values()))
STATES = [
    RunningStatistics(size, momentum, step % 10, unbiased, step)
    for size, momentum in SETTINGS
    for step, unbiased in zip((0, 1, 12, 59, 100), (True, False) * 3)
]


def test_running_statistics_are_those_of_pytorch():
    for size, momentum in SETTINGS:
        state = RunningStatistics(size, momentum, stream=3, step=100)
        layer, theirs = nn.BatchNorm1d(1, momentum=momentum).double(), [(0, 1)]
        for batch in torch.tensor(state.batches):
            layer(batch[:, None])
            theirs.append((layer.running_mean.item(), layer.running_var.item()))
        ours = state.mean.running, state.variance.running
        np.testing.assert_allclose(np.transpose(ours), theirs)
        three = layer.eval()(torch.tensor([[3.0]]).double()).item()
        assert state.normalised == pytest.approx(three)


def test_batches_are_consecutive_parts_of_one_stream():
    small, large = (RunningStatistics(size).batches for size in (2, 256))
    assert small.shape == (100, 2) and large.shape == (100, 256)
    np.testing.assert_array_equal(large.flat[:200], small.flat)
    assert (large.mean(), large.std()) == pytest.approx((3, 2), abs=0.1)


def test_the_start_is_forgotten_as_the_words_say():
    for state in STATES:
        now, said = state.mean.running[state.step], " ".join(state.headline())
        other = state.follow(1.0, np.array(state.mean.seen)).running[state.step] - now
        if not state.step:
            assert "No batch yet" in said
        elif state.momentum == 1:
            assert f"mean, {state.mean.seen[state.step - 1]:.2f}, and nothing" in said
        elif other >= 0.01:
            assert f"= {other:.0%} of the running mean is still" in said
            assert f"= {3 * (1 - other):.2f}; it is {now:.2f}" in said
        else:
            assert "the start is forgotten" in said


def test_the_sum_in_the_title_can_be_checked_by_hand():
    for state in (state for state in STATES if state.step):
        said = state.sum_in_words(state.mean).replace("−", "-")
        keep, old, take, new, total = map(float, re.findall(r"-?\d+(?:\.\d+)?", said))
        assert keep + take == pytest.approx(1) and take == state.momentum
        assert total == pytest.approx(keep * old + take * new, abs=0.0011)


def test_speed_noise_and_division_are_what_the_words_say():
    for size, momentum in SETTINGS:
        state = RunningStatistics(size, momentum, unbiased=False)
        speed, noise, division, _ = state.facts()
        if momentum < 1:
            batches = int(re.search(r"\d+", speed)[0])
            assert (1 - momentum) ** batches < 0.01 <= (1 - momentum) ** (batches - 1)
        weights = momentum * (1 - momentum) ** np.arange(5000)
        settled = np.sqrt((weights**2).sum()) * 2 / size**0.5
        assert f"2/√{size} = {2 / size**0.5:.2f}; " in noise
        assert f"mean by {settled:.2f}, like" in noise
        unbiased = replace(state, unbiased=True).variance.seen
        ratio = np.divide(state.variance.seen, unbiased).mean()
        assert f"= {4 * ratio:.4g} on average" in division


def test_one_point_for_each_batch_the_last_one_darkest_those_beyond_counted():
    for state in STATES:
        _, *boxes = drawn(state, Box)
        fills = [box.fill if box.stroke == "none" else box.stroke for box in boxes]
        shades = [fill[7:] for fill in fills if fill.startswith(WINDOW)]
        assert shades == sorted(shades[: state.step]) * 2
        assert shades[-1:] == ["FF"] * bool(state.step)
        assert fills.count(SERIES[0]) == 2
        beyond = sum(value > 16 for value in state.variance.seen[: state.step])
        texts = [label.text for label in drawn(state, Label)]
        assert (f"□ beyond the edge: {beyond}" in texts) == (beyond > 0)
