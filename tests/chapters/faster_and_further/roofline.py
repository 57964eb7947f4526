"""What is counted is what PyTorch counts, and no layer lies above its roofs."""

from math import log10

import pytest
import torch
from explorer_moves import drawn
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_utils.chapters.faster_and_further import roofline
from course_utils.chapters.faster_and_further.roofline import Machine, Roofline
from course_utils.kit.scene import Box

SLOW = Machine("slow", 1e11, None, 1e10)
ONE = Roofline(batch=1, in_channels=1, out_channels=1, kernel_size=3)
LAYERS = [
    Roofline(),
    ONE,
    Roofline(in_channels=128, out_channels=128, depthwise=True, kernel_size=5),
    Roofline(batch=512, size=7, in_channels=512, out_channels=8, kernel_size=1),
]
SAYS = [
    (Roofline(), "Conv2d(64, 64, kernel_size=3, padding=1) on (32, 64, 32, 32)"),
    (
        Roofline(),
        "2.42 G operations, 16.9 MB to move at least: 143 operations per byte",
    ),
    (Roofline(), "Right of the ridge: computing is what takes the time."),
    (Roofline().after("depthwise", True), "groups=64) on (32, 64, 32, 32)"),
    (ONE, "Left of the ridge: it waits for memory, and computes at 9% of the flat"),
    (Roofline(precision="half precision"), "the ridge is at 203"),
]


@pytest.mark.parametrize("state", LAYERS)
def test_operations_and_bytes_are_those_of_pytorchs_layer(state):
    channels, size = (state.in_channels, state.out_channels), state.kernel_size
    options = {"padding": size // 2, "groups": state.groups, "bias": False}
    layer = nn.Conv2d(*channels, size, **options, device="meta")
    images = torch.empty(state.batch, channels[0], *[state.size] * 2, device="meta")
    with FlopCounterMode(display=False) as counter:
        result = layer(images)
    numbers = images.numel() + layer.weight.numel() + result.numel()
    assert state.counted == (counter.get_total_flops(), 4 * numbers)


def test_a_layer_lies_on_the_lower_roof():
    for state in LAYERS:
        both = state.flat, state.machine.bandwidth * state.intensity
        assert state.speed == min(both)
        assert (state.speed < state.flat) == (state.intensity < state.ridge)
        (point,) = (box for box in drawn(state, Box) if box.width == 14)
        y = roofline.CHART.down(log10(state.speed))
        assert point.y + 7 == pytest.approx(y, abs=0.1)


def test_a_machine_without_half_precision_offers_none():
    state = roofline.roofline_explorer(SLOW).state
    assert state.machine is SLOW and state.choices("precision") == ["float32"]
    other = state.after("machine", roofline.MACHINES[0])
    half = other.after("precision", "half precision")
    assert half.after("machine", SLOW).precision == "float32"


def test_depthwise_keeps_both_channels_equal():
    state = Roofline().after("depthwise", True).after("in_channels", 128)
    assert state.out_channels == 128
    assert state.after("out_channels", 16).in_channels == 16
