"""The layer-stack explorer: what it builds is PyTorch's, and what it says is true."""

import itertools
import random
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import torch
from explorer_moves import controls_of, settings_of
from torch import nn

from course_utils.checks.building_blocks_cases import reference_cnn
from course_utils.drawing import Hover, svg
from course_utils.explorers.layer_stack import built as built
from course_utils.explorers.layer_stack import layer_stack_explorer
from course_utils.explorers.layer_stack import state as stack
from course_utils.explorers.layer_stack.picture import (
    HEIGHT,
    explain,
    scene,
    summarise,
)
from course_utils.models import (
    FashionANN,
    FashionCNN,
    SmallFashionCNN,
    count_parameters,
    trace_shapes,
)
from course_utils.sizes import conv_output_size

SVG = "{http://www.w3.org/2000/svg}"
EVERY = [*stack.KINDS, stack.NOTHING]


def states() -> list[stack.State]:
    """All pairs of kinds, then longer stacks at random: small enough to be run."""
    draw = random.Random(0)
    found = [*stack.PRESETS.values()]
    images = [(1, 28, 28), (3, 32, 32)]
    for pair in itertools.product(EVERY, EVERY):
        found.append(a_state(draw, images[0], [*pair, *[stack.NOTHING] * 5]))
    for _ in range(150):
        kinds = draw.choices(EVERY, k=stack.ROWS)
        found.append(a_state(draw, draw.choice(images), kinds))
    return found


def a_state(draw: random.Random, image: stack.Shape, kinds: list) -> stack.State:
    outputs = draw.choices(stack.OUTPUTS[:6], k=stack.ROWS)
    said = draw.choice([None, None, *stack.IN_FEATURES.values()])
    return stack.State(stack.OWN, image, tuple(kinds), tuple(outputs), said)


STATES = states()


def on_cpu(layer: built.Layer) -> nn.Module:
    """The layer, made from the code that the picture shows."""
    return eval(f"nn.{layer.text}", {"nn": nn})


def test_every_layer_does_what_it_does_on_the_cpu():
    for state in STATES:
        maps = torch.zeros(1, *state.image)
        for layer in built.build(state):
            assert layer.before == tuple(maps.shape[1:])
            real = on_cpu(layer)
            assert layer.parameters == count_parameters(real)
            try:
                maps = real(maps)
            except (RuntimeError, IndexError) as error:
                assert layer.error == " ".join(str(error).split())
                assert layer.after is None
            else:
                assert (layer.after, layer.error) == (tuple(maps.shape[1:]), "")


def test_building_stops_at_the_first_layer_that_does_not_fit():
    for state in STATES:
        layers = built.build(state)
        assert not any(layer.error for layer in layers[:-1])
        wanted = [kind for kind in state.kinds if kind != stack.NOTHING]
        done = [layer.kind for layer in layers]
        assert done == wanted[: len(done)]
        assert len(done) == len(wanted) or layers[-1].error
        rows = [row for row, kind in enumerate(state.kinds, 1) if kind != stack.NOTHING]
        left = [row for row, _ in built.waiting(state, layers)]
        assert [layer.row for layer in layers] + left == rows


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("three convolutions, 32 × 32 colour", reference_cnn),
        ("three convolutions, 28 × 28 grey", FashionCNN),
        ("two convolutions with pooling, 28 × 28 grey", SmallFashionCNN),
        ("no convolution, 28 × 28 grey", FashionANN),
    ],
)
def test_presets_are_the_courses_networks(name, model):
    state, network = stack.PRESETS[name], model()
    layers = built.build(state)
    total = sum(layer.parameters for layer in layers)
    assert total == count_parameters(network)
    left_out = {"ReLU", "Dropout"}
    traced = trace_shapes(network, torch.zeros(2, *state.image))
    pairs = [(name, shape[1:]) for name, shape in traced if name not in left_out]
    assert [(layer.text.split("(")[0], layer.after) for layer in layers] == pairs
    assert any(f"{total:,} parameters" in line for line in summarise(state, layers))


@pytest.mark.parametrize(
    ("name", "error", "meaning"),
    [
        ("padding came", "(1x2048 and 1152x1024)", "2,048 numbers arrive"),
        ("Flatten is missing", "(384x3 and 1152x1024)", "Flatten must come before"),
    ],
)
def test_broken_presets_show_pytorchs_words(name, error, meaning):
    state = next(s for key, s in stack.PRESETS.items() if name in key)
    words = " ".join(summarise(state, built.build(state)))
    assert f"mat1 and mat2 shapes cannot be multiplied {error}" in words
    assert meaning in words


def test_a_huge_layer_costs_nothing():
    state = stack.initial_state()
    for row in range(1, 4):
        state = stack.change(state, f"kind {row}", "Conv 3×3, padding 1")
        state = stack.change(state, f"outputs {row}", 1024)
    state = stack.change(state, "image", (3, 224, 224))
    assert built.build(state)[-1].error.endswith("(1x51380224 and 1152x1024)")
    state = stack.change(state, "in_features", None)
    assert built.build(state)[4].parameters == (1024 * 224 * 224 + 1) * 1024
    state = stack.change(state, "kind 4", stack.NOTHING)
    assert "Flatten must come before" in scene(state).description


def test_every_state_is_drawn():
    for state in STATES:
        picture, layers = scene(state), built.build(state)
        tree = ElementTree.fromstring(svg(picture, scope="one"))
        assert (picture.width, picture.height) == (800, HEIGHT)
        pointed = [s.description for s in picture.shapes if isinstance(s, Hover)]
        assert pointed == [" ".join(explain(layer)) for layer in layers]
        for text in tree.iter(f"{SVG}text"):
            assert float(text.get("font-size")) >= 12
            assert 0 <= float(text.get("y")) <= HEIGHT - 8
            assert len("".join(text.itertext())) <= 100


def test_what_is_said_of_a_layer_is_computed_right():
    for state in STATES:
        for layer in built.build(state):
            lines = explain(layer)
            if layer.parameters and layer.after:
                formula, count = re.search(r": ([^:]+) = ([\d,]+)\.", lines[0]).groups()
                python = formula.replace("·", "*").replace(",", "")
                assert eval(python) == int(count.replace(",", "")) == layer.parameters
            if len(lines) == 2:
                kind = stack.KINDS[layer.kind]
                options = {"stride": kind.stride, "padding": kind.padding}
                size = conv_output_size(layer.before[1], kind.kernel_size, **options)
                assert lines[1].endswith(f" = {size}.")
                assert layer.after[1:] == (size, size)


def test_own_networks_are_called_your_own():
    state = stack.initial_state()
    for name, value in {
        "image": (1, 28, 28),
        "in_features": 2048,
        "kind 7": "Flatten",
        "outputs 1": 64,
        "preset": stack.OWN,
    }.items():
        moved = stack.change(state, name, value)
        assert moved.preset == stack.OWN and moved != state
        assert stack.change(moved, "preset", state.preset) == state
    again = stack.change(state, "outputs 3", state.outputs[2])
    assert again == replace(state, preset=stack.OWN)


def test_controls_follow_through_any_sequence_of_moves():
    draw = random.Random(1)
    explorer = layer_stack_explorer()
    controls = controls_of(explorer)
    for _ in range(120):
        widget = draw.choice([w for w in controls.values() if not w.disabled])
        widget.value = draw.choice(settings_of(widget))
        state = explorer.state
        assert explorer.error.value == ""
        rows = range(1, stack.ROWS + 1)
        assert state.kinds == tuple(controls[f"kind {row}"].value for row in rows)
        assert state.outputs == tuple(controls[f"outputs {row}"].value for row in rows)
        assert controls["in_features"].disabled == ("Linear" not in state.kinds)


def test_what_waits_is_shown_too():
    state = next(s for key, s in stack.PRESETS.items() if "Flatten is missing" in key)
    assert built.waiting(state, built.build(state)) == [(5, "Linear(?, 10)")]
    state = stack.change(state, "kind 1", "Flatten")
    texts = [text for _, text in built.waiting(state, built.build(state))]
    assert texts == [
        "Conv 3×3, stride 2: 128 channels",
        "Linear(1152, 1024)",
        "Linear(?, 10)",
    ]
    assert svg(scene(state)).count("waits") == 3
