"""The explorer of running statistics: its numbers are BatchNorm's, its words true."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from text_room import labels_of, outside
from torch import nn

from course_utils.colours import WINDOW
from course_utils.drawing import Box
from course_utils.explorers.running_statistics import running_statistics_explorer
from course_utils.explorers.running_statistics.picture import RUNNING, scene
from course_utils.explorers.running_statistics.state import (
    BATCH_SIZES,
    BATCHES,
    MOMENTA,
    TRUE_MEAN,
    TRUE_STD,
    Result,
    State,
    change,
)
from course_utils.explorers.running_statistics.words import facts, headline, mean_sum

SETTINGS = [*itertools.product(BATCH_SIZES, MOMENTA)]
STATES = [
    State(size, momentum, step, stream=step % 10, unbiased=unbiased)
    for size, momentum in SETTINGS
    for step, unbiased in zip((0, 1, 12, 59, 100), (True, False) * 3, strict=False)
]


@pytest.mark.parametrize("size", BATCH_SIZES)
def test_running_statistics_are_those_of_pytorch(size):
    for momentum in MOMENTA:
        result = Result(State(size, momentum, stream=3))
        layer = nn.BatchNorm1d(1, momentum=momentum).double()
        assert result.running_means[0] == layer.running_mean
        assert result.running_variances[0] == layer.running_var
        for step, batch in enumerate(torch.tensor(result.batches), 1):
            layer(batch[:, None])
            for ours, theirs in (
                (result.running_means, layer.running_mean),
                (result.running_variances, layer.running_var),
            ):
                assert ours[step] == pytest.approx(theirs.item(), rel=1e-12)
        layer.eval()
        theirs = layer(torch.tensor([[float(TRUE_MEAN)]], dtype=torch.double)).item()
        assert Result(replace(result.state, step=BATCHES)).normalised == pytest.approx(
            theirs, rel=1e-12
        )


def test_batches_are_consecutive_parts_of_one_stream():
    small, large = Result(State(batch_size=2)), Result(State(batch_size=256))
    assert small.batches.shape == (BATCHES, 2) and large.batches.shape == (BATCHES, 256)
    np.testing.assert_array_equal(large.batches.flat[:200], small.batches.flat)
    assert large.batches.mean() == pytest.approx(TRUE_MEAN, abs=0.1)
    assert large.batches.std() == pytest.approx(TRUE_STD, abs=0.1)
    assert Result(State(stream=1)).means != Result(State(stream=2)).means


def test_division_by_n_gives_the_smaller_variance():
    for size in BATCH_SIZES:
        by_n, unbiased = (Result(State(size, unbiased=way)) for way in (False, True))
        ratio = np.array(by_n.variances) / unbiased.variances
        np.testing.assert_allclose(ratio, (size - 1) / size)
        assert by_n.centre == pytest.approx(4 * (size - 1) / size)


def test_the_start_is_forgotten_as_the_words_say():
    for state in STATES:
        result, step = Result(state), state.step
        other = replace_start(result, 1.0)[step] - result.running_means[step]
        assert result.start_left == pytest.approx(other, abs=1e-9)
        said = " ".join(headline(result))
        if not step:
            assert "No batch yet" in said
        elif state.momentum == 1:
            assert f"mean, {result.means[step - 1]:.2f}, and nothing else" in said
        elif result.start_left >= 0.01:
            assert f"= {result.start_left:.0%} of the running mean is still" in said
            expected = TRUE_MEAN * (1 - result.start_left)
            assert f"= {expected:.2f}; it is {result.running_means[step]:.2f}" in said
        else:
            assert "the start is forgotten" in said


def replace_start(result: Result, start: float) -> list[float]:
    return result._run(start, result.means)


def test_the_sum_in_the_title_can_be_checked_by_hand():
    assert mean_sum(Result(State(step=0))) == "starts at 0"
    for state in STATES:
        if not state.step:
            continue
        said = mean_sum(Result(state)).replace("−", "-")
        keep, old, take, new, total = map(float, re.findall(r"-?\d+(?:\.\d+)?", said))
        assert keep + take == pytest.approx(1) and take == state.momentum
        assert total == pytest.approx(keep * old + take * new, abs=0.0011)


def test_speed_and_noise_are_what_the_words_say():
    for size, momentum in SETTINGS:
        result = Result(State(size, momentum))
        speed, noise, *_ = facts(result)
        if momentum < 1:
            batches = int(re.search(r"\d+", speed)[0])
            assert (1 - momentum) ** batches < 0.01 <= (1 - momentum) ** (batches - 1)
        assert f"2/√{size} = {2 / size**0.5:.2f}" in noise
        weights = momentum * (1 - momentum) ** np.arange(5000)
        settled = np.sqrt((weights**2).sum()) * result.scatter
        assert result.running_scatter == pytest.approx(settled)
        assert result.remembered == pytest.approx(round(result.remembered))


def test_settled_running_means_scatter_as_much_as_said():
    for momentum in (0.1, 0.5, 1.0):
        results = [Result(State(8, momentum, stream=seed)) for seed in range(10)]
        settled = [mean for r in results for mean in r.running_means[50:]]
        assert np.std(settled) == pytest.approx(results[0].running_scatter, rel=0.25)


def test_everything_can_be_read():
    for state in STATES:
        picture = scene(state)
        assert picture.width <= 800
        assert outside(picture) == []
        assert min(label.size for label in labels_of(picture)) >= 12


def test_names_at_the_right_edge_keep_apart():
    for state in STATES:
        names = [s for s in labels_of(scene(state)) if s.text[:5] in ("true ", "runni")]
        at_edge = [label.y for label in names if label.x > 690]
        assert len(at_edge) == 4
        assert abs(at_edge[0] - at_edge[1]) >= 18 <= abs(at_edge[2] - at_edge[3])


def test_one_point_for_each_batch_the_last_one_darkest():
    for state in STATES:
        boxes = [s for s in scene(state).shapes if isinstance(s, Box)]
        fills = [box.fill if box.stroke == "none" else box.stroke for box in boxes[1:]]
        shades = [fill[7:] for fill in fills if fill.startswith(WINDOW)]
        assert len(shades) == 2 * state.step
        assert shades == sorted(shades[: state.step]) * 2
        assert not state.step or shades[-1] == "FF"
        assert fills.count(RUNNING) == 2


def test_batches_beyond_the_edge_are_counted():
    state = State(batch_size=2, step=100)
    beyond = sum(value > 16 for value in Result(state).variances)
    texts = [label.text for label in labels_of(scene(state))]
    assert f"□ beyond the edge: {beyond}" in texts and beyond
    assert not [text for text in map(str, texts_of(State())) if "beyond" in text]


def texts_of(state: State) -> list[str]:
    return [label.text for label in labels_of(scene(state))]


def test_controls_stay_together():
    assert change(State(), "play", 7).step == 7
    random, explorer = np.random.default_rng(1), running_statistics_explorer()
    controls = controls_of(explorer)
    for _ in range(60):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        assert explorer.error.value == ""
        assert controls["play"].value == controls["step"].value == explorer.state.step
        for name, value in vars(explorer.state).items():
            assert controls[name].value == value
