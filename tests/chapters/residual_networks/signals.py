"""The explorer's sizes are those of PyTorch's layers, and its words say them."""

import itertools
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import torch
from explorer_moves import all_said, drawn
from torch import nn

from course_utils.chapters.residual_networks import signals
from course_utils.kit.scene import Box, Hover

Signals, CHANNELS = signals.Signals, signals.CHANNELS
SWITCHES = list(itertools.product((False, True), repeat=3))
STATES = [Signals(20, *switches) for switches in SWITCHES]
STATES.append(Signals(20, True, True, True, True))
PLAIN = Signals(56)
SAYS = [
    (PLAIN, "27 blocks, from left to right: the maps go from 0.58 to 1.7 · 10⁻²⁶."),
    (PLAIN, "Behind block 27 of 27: maps of size 1.7 · 10⁻²⁶, a gradient of size 1"),
    (Signals(56, True, True, True, True), "maps × 1; gradient, on its way back, × 1."),
]


def layers_of(state, kernels):
    """The same blocks, made of layers."""
    for pair in kernels:
        layers = []
        for kernel in pair:
            conv = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
            conv.weight.data = kernel
            norms = [nn.BatchNorm2d(CHANNELS)] if state.norm else []
            layers += [conv, *norms, nn.ReLU()]
        if state.zero:
            nn.init.zeros_(layers[-2].weight)
        yield nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("state", STATES, ids=str)
def test_sizes_are_those_of_pytorchs_layers(state):
    generator = torch.Generator().manual_seed(0)
    shape = signals.IMAGES, CHANNELS, signals.SIDE, signals.SIDE
    start = torch.rand(shape, generator=generator).requires_grad_()
    maps = start
    for branch in layers_of(state, state.kernels(generator)):
        maps = (branch(maps) + (maps if state.shortcut else 0)).relu()
    maps.backward(torch.randn(shape, generator=generator))
    ends = [
        values.double().square().mean().sqrt().item() for values in (maps, start.grad)
    ]
    sizes = state.sizes.maps[-1], state.sizes.gradients[0]
    np.testing.assert_allclose(sizes, ends, rtol=1e-4)
    assert len(state.sizes.maps) == len(state.sizes.gradients) == state.blocks + 1 == 10


def test_the_default_is_pytorchs_and_kaiming_is_root_six_times_as_large():
    torch.manual_seed(0)
    theirs = nn.Conv2d(CHANNELS, CHANNELS, 3).weight
    default, kaiming = (
        replace(PLAIN, kaiming=k).kernels(torch.Generator().manual_seed(0))
        for k in (False, True)
    )
    assert default.abs().max() == pytest.approx(theirs.abs().max().item(), rel=0.02)
    torch.testing.assert_close(kaiming, sqrt(6) * default)
    assert kaiming.std() == pytest.approx(sqrt(2 / (9 * CHANNELS)), rel=0.02)


def test_what_begins_at_0_stands_in_front_of_a_sum():
    zero = PLAIN.after("zero", True)
    assert (zero.shortcut, zero.norm, zero.zero) == (True, True, True)
    assert not zero.after("norm", False).zero
    assert not zero.after("shortcut", False).zero
    assert np.ptp(zero.sizes.maps) == 0
    np.testing.assert_allclose(zero.sizes.gradients[1:-1], zero.sizes.gradients[1])


def test_a_bar_ends_where_its_size_lies_and_each_place_can_be_pointed_at():
    for state in (PLAIN, STATES[0], STATES[-1]):
        bars = [box for box in drawn(state, Box) if len(box.fill) == 7]
        assert len(bars) == 2 * (state.blocks + 1)
        for chart, sizes in zip((signals.MAPS, signals.GRADIENTS), state.sizes):
            mine, bars = bars[: len(sizes)], bars[len(sizes) :]
            for bar, size in zip(mine, sizes):
                end = bar.y + bar.height if size < 1 else bar.y
                assert end == pytest.approx(chart.down(np.log10(size)), abs=1.6)
        assert len(drawn(state, Hover)) == state.blocks + 1
        assert "The input: maps of size 0.58" in all_said(state)
