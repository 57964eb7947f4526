"""The savings explorer: pure functions over its controls, and what PyTorch counts."""

import itertools
from math import log10, prod
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from torch import nn

from course_utils.drawing import Box, Label, Scene, svg
from course_utils.explorers.savings import savings_explorer
from course_utils.explorers.savings.picture import (
    BAR,
    DECADE,
    DECADES,
    FAINT,
    LEFT,
    scene,
)
from course_utils.explorers.savings.state import (
    CHOICES,
    State,
    choices,
    count,
    in_bytes,
    times,
)

SVG = "{http://www.w3.org/2000/svg}"
STATES = [
    State(size, channels, kernel, kernels)
    for size, channels, kernel, kernels in itertools.product(
        (1, 2, 5, 11, 32, 224), (1, 3, 512), (1, 2, 3, 5, 10, 11), (1, 64, 512)
    )
    if kernel <= size
]


def texts_of(state: State) -> list[str]:
    return [shape.text for shape in scene(state).shapes if isinstance(shape, Label)]


def bar_labels(picture: Scene) -> list[list[Label]]:
    """What stands at the left and at the right end above each bar."""
    bold = [s for s in picture.shapes if isinstance(s, Label) and s.bold][1:]
    return [[s for s in bold if s.anchor == anchor] for anchor in ("start", "end")]


def bars_of(state: State) -> list[Box]:
    boxes = [shape for shape in scene(state).shapes if isinstance(shape, Box)]
    return [box for box in boxes if box.height == BAR and box.fill != FAINT]


def test_every_state_counts_as_pytorch_does():
    for state in STATES:
        counts = count(state)
        layer = nn.Conv2d(
            state.in_channels, state.out_channels, state.kernel_size, device="meta"
        )
        images = torch.empty(1, *counts.input, device="meta")
        assert counts.output == layer(images).shape[1:]
        assert counts.conv == layer.weight.numel()
        outputs, inputs = prod(counts.output), prod(counts.input)
        dense = nn.Linear(inputs, outputs, device="meta")
        assert counts.dense == dense.weight.numel()
        columns = nn.Unfold(state.kernel_size)(images)
        assert counts.local == columns.numel() * state.out_channels
        assert (
            counts.dense >= counts.local >= counts.conv == counts.local / counts.places
        )


def test_the_case_of_the_course():
    counts, texts = count(State()), texts_of(State())
    assert (counts.conv, prod(counts.output)) == (4_800, 50_176)
    assert counts.dense == 154_140_672 == 50_176 * 3_072
    assert "154,140,672 weights, 617 MB" in texts
    assert "4,800 weights, 19.2 kB" in texts
    assert "The dense layer has 32,112.6 times as many weights as the convolution." in (
        texts
    )
    assert any("64 for the convolution, 50,176 for each" in text for text in texts)
    assert any(text.startswith("÷ 40.96: small windows") for text in texts)
    assert any(text.startswith("÷ 784: sharing") for text in texts)


def test_bars_are_as_long_as_their_logarithms():
    for state in STATES:
        counts = count(state)
        for bar, weights in zip(
            bars_of(state), (counts.dense, counts.local, counts.conv), strict=True
        ):
            assert bar.width == pytest.approx(max(2, DECADE * log10(weights)))
            assert weights <= 10**DECADES


def test_everything_lies_on_the_sheet():
    largest = State(*(CHOICES[name][-1] for name in vars(State())))
    for state in (*STATES, largest):
        picture = scene(state)
        assert picture.width <= 800
        assert LEFT + DECADES * DECADE <= picture.width
        tree = ElementTree.fromstring(svg(picture))
        for text in tree.iter(f"{SVG}text"):
            assert float(text.get("font-size")) >= 12
            assert float(text.get("y")) < picture.height - 8
        for name, weights in zip(*bar_labels(picture), strict=True):
            assert 0.68 * name.size * len(name.text + weights.text) < picture.width - 32


def test_kernel_as_large_as_the_input_saves_nothing():
    state = State(size=5, kernel_size=5)
    counts = count(state)
    assert counts.dense == counts.local == counts.conv
    assert sum(text.startswith("÷ 1: ") for text in texts_of(state)) == 2
    assert any("same layer" in text for text in texts_of(state))


def test_input_and_kernel_bound_one_another():
    assert choices(State(), "kernel_size") == list(range(1, 12))
    assert choices(State(size=4, kernel_size=2), "kernel_size") == [1, 2, 3, 4]
    assert choices(State(), "size")[0] == 5
    assert choices(State(size=1, kernel_size=1), "kernel_size") == [1]


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (1, "4 bytes"),
        (249, "996 bytes"),
        (250, "1 kB"),
        (249_900, "1 MB"),
        (249_800, "999 kB"),
        (10**15, "4 PB"),
    ],
)
def test_bytes_have_three_digits_and_a_unit(weights, text):
    assert in_bytes(weights) == text


def test_ratios_lose_only_zeros_after_the_point():
    written = {1: "1", 10: "10", 100: "100", 1000.0: "1,000", 1.5: "1.5", 99.999: "100"}
    assert {ratio: times(ratio) for ratio in written} == written


def test_any_sequence_of_moves_leaves_a_kernel_that_fits():
    random = np.random.default_rng(1)
    explorer = savings_explorer()
    controls = controls_of(explorer)
    for _ in range(100):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        state = explorer.state
        assert explorer.error.value == ""
        assert state.kernel_size <= state.size
        for name, control in controls.items():
            assert control.value == getattr(state, name)
            assert control.min == choices(state, name)[0]
