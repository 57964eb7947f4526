"""What is built is PyTorch's, with PyTorch's errors; what is said of it is true."""

import itertools
import random
import re
from dataclasses import replace

import torch
from torch import nn

from course_utils import models
from course_utils.chapters.building_blocks import layer_stack as stacks
from course_utils.models import count_parameters
from course_utils.sizes import conv_output_size

NAMES, KINDS, START = [*stacks.PRESETS], stacks.KINDS, stacks.LayerStack()
CANNOT, WRONG, MISSING = "mat1 and mat2 shapes cannot be multiplied", NAMES[4], NAMES[5]
SAYS = [
    (START.after("preset", WRONG), f"{CANNOT} (1x2048 and 1152x1024)"),
    (START.after("preset", WRONG), "2,048 numbers arrive"),
    (START.after("preset", MISSING), f"{CANNOT} (384x3 and 1152x1024)"),
    (START.after("preset", MISSING), "Flatten must come before"),
    (START.after("preset", MISSING), "5 Linear(?, 10) waits"),
]


def a_state(draw, image, kinds):
    values = {f"kind_{row}": kind for row, kind in zip(stacks.ROWS, kinds)}
    values |= {f"outputs_{row}": draw.choice(stacks.OUTPUTS[:6]) for row in stacks.ROWS}
    taken = draw.choice([None, None, *stacks.TAKEN])
    return stacks.LayerStack(image=image, in_features=taken, **values)


def many_states():
    """All pairs of kinds, then longer stacks at random: small enough to be run."""
    draw, kinds = random.Random(0), [*KINDS, stacks.NOTHING]
    yield from (START.after("preset", name) for name in NAMES)
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
        assert len(state.layers) == len(state.rows) or state.layers[-1].error


def test_what_is_said_of_a_layer_is_computed_right():
    for layer in (layer for state in STATES for layer in state.layers):
        lines = layer.in_words()
        if layer.parameters and layer.after:
            formula, count = re.search(r": ([^:]+) = ([\d,]+)\.", lines[0]).groups()
            python = formula.replace("·", "*").replace(",", "")
            assert eval(python) == int(count.replace(",", "")) == layer.parameters
        if len(lines) == 2:
            k, stride, padding = layer.window
            side = conv_output_size(layer.before[1], k, stride=stride, padding=padding)
            assert lines[1].endswith(f" = {side}.") and layer.after[1:] == (side, side)


def test_presets_are_the_courses_networks():
    names = "CifarCNN", "FashionCNN", "SmallFashionCNN", "FashionANN"
    for preset, name in zip(NAMES, names):
        state, network = START.after("preset", preset), getattr(models, name)()
        assert f"{count_parameters(network):,} parameters" in " ".join(state.summary())
        traced = models.trace_shapes(network, torch.zeros(2, *state.image))
        traced = [line for line in traced if line[0] not in ("ReLU", "Dropout")]
        layers = [(layer.code.split("(")[0], layer.after) for layer in state.layers]
        assert layers == [(kind, shape[1:]) for kind, shape in traced]


def test_a_huge_layer_costs_nothing():
    state = replace(START.after("preset", NAMES[0]), image=(3, 224, 224))
    padded = {f"kind_{row}": "Conv 3×3, padding 1" for row in (1, 2, 3)}
    state = replace(state, **padded, **{f"outputs_{row}": 1024 for row in (1, 2, 3)})
    assert state.layers[-1].error.endswith("(1x51380224 and 1152x1024)")
    free = replace(state, in_features=None)
    assert free.layers[4].parameters == (1024 * 224 * 224 + 1) * 1024


def test_own_networks_are_called_your_own_and_what_waits_is_listed():
    state = START.after("preset", MISSING)
    moved = state.after("kind_1", "Flatten")
    assert moved.preset == stacks.OWN and moved.after("preset", MISSING) == state
    waiting = [label.text for label in moved.table_end()][1::3]
    conv = "Conv 3×3, stride 2: 128 channels"
    assert waiting == [conv, "Linear(1152, 1024)", "Linear(?, 10)"]
    assert moved.choices("outputs_1") == [32]
    assert state.choices("outputs_1") == [*stacks.OUTPUTS]
