"""What is counted is what PyTorch's layers hold, and bars are as long as that."""

import itertools
from math import log10, prod

import pytest
import torch
from torch import nn

from course_utils.chapters.channels_and_batches.savings import (
    BAR,
    DECADE,
    Savings,
    in_bytes,
    times,
)
from course_utils.kit.scene import Box, Label

GIVEN = itertools.product((1, 5, 32, 224), (1, 2, 5, 11), (1, 3, 512), (1, 512))
STATES = [Savings(*given) for given in GIVEN if given[1] <= given[0]]


def texts_of(state):
    return [shape.text for shape in state.scene().shapes if isinstance(shape, Label)]


def test_every_layer_holds_what_pytorchs_does():
    for state in STATES:
        channels, kernels, size = state.in_channels, state.out_channels, state.size
        layer = nn.Conv2d(channels, kernels, state.kernel_size, device="meta")
        images = torch.empty(1, channels, size, size, device="meta")
        assert state.output == layer(images).shape[1:]
        assert state.conv == layer.weight.numel()
        outputs = prod(state.output)
        dense = nn.Linear(images.numel(), outputs, device="meta")
        assert state.dense == dense.weight.numel()
        assert state.local == outputs * layer.weight[0].numel()


def test_bars_are_as_long_as_their_logarithms():
    for state in STATES:
        boxes = [shape for shape in state.scene().shapes if isinstance(shape, Box)]
        bars = [box for box in boxes if box.height == BAR]
        counts = state.dense, state.local, state.conv
        wanted = [max(2, DECADE * log10(weights)) for weights in counts]
        assert [bar.width for bar in bars] == pytest.approx(wanted)


def test_the_case_of_the_course():
    texts = texts_of(Savings())
    assert "154,140,672 weights, 617 MB" in texts
    assert "4,800 weights, 19.2 kB" in texts
    many = "The dense layer has 32,112.6 times as many weights as the convolution."
    assert many in texts
    assert any("64 for the convolution, 50,176 for each" in text for text in texts)
    assert any(text.startswith("÷ 40.96: small windows") for text in texts)
    assert any(text.startswith("÷ 784: sharing") for text in texts)


def test_kernel_as_large_as_the_input_saves_nothing():
    state = Savings(size=5, kernel_size=5)
    assert state.dense == state.local == state.conv
    assert sum(text.startswith("÷ 1: ") for text in texts_of(state)) == 2
    assert any("same layer" in text for text in texts_of(state))
    assert state.choices("size")[0] == 5
    assert Savings(size=4, kernel_size=2).choices("kernel_size") == [1, 2, 3, 4]


def test_numbers_are_written_with_few_digits():
    written = {1: "4 bytes", 249: "996 bytes", 250: "1 kB", 249_900: "1 MB"}
    written |= {249_800: "999 kB", 10**15: "4 PB"}
    assert {weights: in_bytes(weights) for weights in written} == written
    ratios = {1: "1", 10: "10", 100: "100", 1000.0: "1,000", 1.5: "1.5", 99.999: "100"}
    assert {ratio: times(ratio) for ratio in ratios} == ratios
