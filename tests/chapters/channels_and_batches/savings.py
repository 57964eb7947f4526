"""What is counted is what PyTorch's layers hold, and bars are as long as that."""

import itertools
from math import log10, prod

import pytest
import torch
from explorer_moves import drawn
from torch import nn

from course_utils.chapters.channels_and_batches import savings
from course_utils.kit.scene import Box
from course_utils.lettering import decimals, with_unit

Savings = savings.Savings
GIVEN = itertools.product((1, 5, 32, 224), (1, 2, 5, 11), (1, 3, 512), (1, 512))
STATES = [Savings(*given) for given in GIVEN if given[1] <= given[0]]


SMALL = Savings(size=5, kernel_size=5)
MANY = "The dense layer has 32,112.6 times as many weights as the convolution."
SAYS = [
    (Savings(), "154,140,672 weights, 617 MB"),
    (Savings(), "4,800 weights, 19.2 kB"),
    (Savings(), MANY),
    (Savings(), "64 for the convolution, 50,176 for each"),
    (Savings(), "÷ 40.96: small windows"),
    (Savings(), "÷ 784: sharing"),
    (SMALL, "÷ 1: the window covers the whole image. ÷ 1: a plane has one cell only"),
    (SMALL, "same layer"),
]


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
        bars = [box for box in drawn(state, Box) if box.height == savings.BAR]
        counts = state.dense, state.local, state.conv
        wanted = [max(2, savings.DECADE * log10(weights)) for weights in counts]
        assert [bar.width for bar in bars] == pytest.approx(wanted)


def test_a_kernel_fits_into_the_input():
    assert SMALL.dense == SMALL.local == SMALL.conv
    assert SMALL.choices("size")[0] == 5
    assert Savings(size=4, kernel_size=2).choices("kernel_size") == [1, 2, 3, 4]


def test_numbers_are_written_with_few_digits():
    written = {1: "4 bytes", 249: "996 bytes", 250: "1 kB", 249_900: "1 MB"}
    written |= {249_800: "999 kB", 10**15: "4 PB"}
    assert {w: with_unit(4 * w, savings.UNITS) for w in written} == written
    ratios = {1: "1", 10: "10", 100: "100", 1000.0: "1,000", 1.5: "1.5", 99.999: "100"}
    assert {ratio: decimals(ratio, 2) for ratio in ratios} == ratios
