"""What is built is PyTorch's, with PyTorch's errors; what is said of it is true."""

import itertools
import random
import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from course_utils.chapters.building_blocks.layer_stack import (
    KINDS,
    NOTHING,
    OUTPUTS,
    OWN,
    PRESETS,
    ROWS,
    TAKEN,
    LayerStack,
)
from course_utils.models import (
    CifarCNN,
    FashionANN,
    FashionCNN,
    SmallFashionCNN,
    count_parameters,
    trace_shapes,
)
from course_utils.sizes import conv_output_size

NAMES = list(PRESETS)


def a_state(draw, image, kinds):
    values = {f"kind_{row}": kind for row, kind in zip(ROWS, kinds)}
    values |= {f"outputs_{row}": draw.choice(OUTPUTS[:6]) for row in ROWS}
    taken = draw.choice([None, None, *TAKEN])
    return LayerStack(image=image, in_features=taken, **values)


def many_states():
    """All pairs of kinds, then longer stacks at random: small enough to be run."""
    draw, kinds = random.Random(0), [*KINDS, NOTHING]
    yield from (LayerStack().after("preset", name) for name in NAMES)
    for pair in itertools.product(kinds, kinds):
        yield a_state(draw, (1, 28, 28), pair)
    for _ in range(60):
        image = draw.choice([(1, 28, 28), (3, 32, 32)])
        yield a_state(draw, image, draw.choices(kinds, k=7))


STATES = list(many_states())


def test_every_layer_does_what_its_code_does_on_the_cpu():
    for state in STATES:
        maps = torch.zeros(1, *state.image)
        for layer in state.layers:
            assert layer.before == tuple(maps.shape[1:])
            real = eval(f"nn.{layer.code}", {"nn": nn})
            assert layer.parameters == count_parameters(real)
            try:
                maps = real(maps)
            except (RuntimeError, IndexError) as error:
                assert layer.error == " ".join(str(error).split())
                assert layer.after is None and layer is state.layers[-1]
            else:
                assert (layer.after, layer.error) == (tuple(maps.shape[1:]), "")
        complete = len(state.layers) == len(state.rows)
        assert complete or state.layers[-1].error


def test_what_is_said_of_a_layer_is_computed_right():
    for layer in (layer for state in STATES for layer in state.layers):
        lines = layer.in_words()
        if layer.parameters and layer.after:
            formula, count = re.search(r": ([^:]+) = ([\d,]+)\.", lines[0]).groups()
            python = formula.replace("·", "*").replace(",", "")
            assert eval(python) == int(count.replace(",", "")) == layer.parameters
        if len(lines) == 2:
            k, stride, padding = layer.window
            sizes = {"stride": stride, "padding": padding}
            side = conv_output_size(layer.before[1], k, **sizes)
            assert lines[1].endswith(f" = {side}.") and layer.after[1:] == (side, side)


@pytest.mark.parametrize(
    ("name", "model"),
    [*zip(NAMES, (CifarCNN, FashionCNN, SmallFashionCNN, FashionANN))],
)
def test_presets_are_the_courses_networks(name, model):
    state, network = LayerStack().after("preset", name), model()
    total, images = count_parameters(network), torch.zeros(2, *state.image)
    assert any(f"{total:,} parameters" in line for line in state.summary())
    traced = trace_shapes(network, images)
    layers = [(layer.code.split("(")[0], layer.after) for layer in state.layers]
    left_out = ("ReLU", "Dropout")
    assert layers == [(kind, s[1:]) for kind, s in traced if kind not in left_out]


@pytest.mark.parametrize(
    ("name", "error", "meaning"),
    [
        (NAMES[4], "(1x2048 and 1152x1024)", "2,048 numbers arrive"),
        (NAMES[5], "(384x3 and 1152x1024)", "Flatten must come before"),
    ],
)
def test_broken_presets_show_pytorchs_words(name, error, meaning):
    words = " ".join(LayerStack().after("preset", name).summary())
    assert f"mat1 and mat2 shapes cannot be multiplied {error}" in words
    assert meaning in words


def test_a_huge_layer_costs_nothing():
    state = replace(LayerStack().after("preset", NAMES[0]), image=(3, 224, 224))
    padded = {f"kind_{row}": "Conv 3×3, padding 1" for row in (1, 2, 3)}
    state = replace(state, **padded, **{f"outputs_{row}": 1024 for row in (1, 2, 3)})
    assert state.layers[-1].error.endswith("(1x51380224 and 1152x1024)")
    free = replace(state, in_features=None)
    assert free.layers[4].parameters == (1024 * 224 * 224 + 1) * 1024


def test_own_networks_are_called_your_own_and_what_waits_is_listed():
    state = LayerStack().after("preset", NAMES[5])
    texts = [label.text for label in state.table_end()]
    assert texts == ["5", "Linear(?, 10)", "waits"]
    moved = state.after("kind_1", "Flatten")
    assert moved.preset == OWN and moved.after("preset", NAMES[5]) == state
    waiting = [label.text for label in moved.table_end()][1::3]
    conv = "Conv 3×3, stride 2: 128 channels"
    assert waiting == [conv, "Linear(1152, 1024)", "Linear(?, 10)"]
    assert moved.choices("outputs_1") == [32]
    assert len(state.choices("outputs_1")) == len(OUTPUTS)
