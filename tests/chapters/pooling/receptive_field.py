"""What every stack of layers sees is what PyTorch's layers depend on."""

import itertools

import numpy as np
import torch
from explorer_moves import drawn
from torch.nn import functional as F

from course_utils.chapters.pooling import receptive_field as field
from course_utils.kit.scene import Hover
from course_utils.models import FashionCNN, SmallFashionCNN

START, NONE = field.ReceptiveField(), field.NONE


def stack(*kinds):
    layers = dict(zip(field.SLOTS, [*kinds, *[NONE] * len(field.SLOTS)]))
    return field.ReceptiveField(network=field.OWN, **layers)


def many_stacks():
    kinds, draw = [NONE, *field.KINDS], np.random.default_rng(0)
    yield from itertools.starmap(stack, itertools.product(kinds, repeat=2))
    yield from (stack(*draw.choice(kinds, 6).tolist()) for _ in range(60))
    yield from (stack(*[kind] * 6) for kind in field.KINDS)
    yield from (START.after("network", name) for name in field.NETWORKS)


STATES, STRIDED = list(many_stacks()), "conv 3, stride 2"
FULL, DILATED = stack(*[STRIDED] * 5), stack("conv 3, dilation 2", *[STRIDED] * 4)
SPANS = "it spans 3 cells, 2 left. Waiting above it: layer 5."
SAYS = [
    (stack("conv 3", "conv 3"), "9 + 9 = 18 weights"),
    (stack("pool 2"), "0 weights"),
    (START, "Cell 1 of layer 3 sees 15 input cells: 8 to 22."),
    (DILATED, "Cell 2 of layer 1 sees 3 of 5 input cells: 2 to 6."),
    (DILATED, "2 cells, each sees 19, jump 8"),
    (FULL, f"No room for layer 4: {SPANS}"),
    (FULL.after("layer1", NONE), "No room for layer 5:"),
]
REFUSED = [
    (r"expected \(28, 28\).*finite", [np.zeros((32, 32))]),
    (r"expected \(28, 28\).*finite", [np.full((28, 28), np.nan)]),
]


def traced(state):
    """Which input cells each output cell of PyTorch's layers depends on, by layer."""
    maps = [torch.eye(field.INPUT_SIZE)[:, None]]
    for level in state.levels[1:]:
        k, stride, dilation = level.layer
        ones = torch.ones(1, 1, k)
        maps.append(F.conv1d(maps[-1], ones, stride=stride, dilation=dilation))
    return [values[:, 0].T.numpy() > 0 for values in maps]


def test_every_stack_sees_what_pytorchs_layers_depend_on():
    for state in STATES:
        for row, depends in enumerate(traced(state)):
            level = state.levels[row]
            assert level.cells == len(depends)
            for cell in {0, len(depends) // 2, len(depends) - 1}:
                runs = state.sight(row, cell)[0]
                cells = [c for first, last in runs for c in range(first, last + 1)]
                assert cells == np.flatnonzero(depends[cell]).tolist()
                assert cells[0] == level.jump * cell
                assert cells[-1] - cells[0] + 1 == level.size


def test_pointing_lights_up_what_a_cell_sees():
    for state in STATES[::6]:
        rows = enumerate(state.levels[1:], start=1)
        places = [(row, cell) for row, level in rows for cell in range(level.cells)]
        for (row, cell), hover in zip(places, drawn(state, Hover), strict=True):
            lit = [p for p in hover.shown if getattr(p, "fill", "") == field.SEEN]
            runs = [((b.x - 8) / 19, b.width / 19) for b in lit]
            seen = state.sight(row, cell)[0]
            assert runs[: len(seen)] == [(a, b + 1 - a) for a, b in seen]


def test_two_networks_are_the_first_layers_of_the_courses_models():
    pair, seen = torch.nn.modules.utils._pair, torch.nn.Conv2d | torch.nn.MaxPool2d
    names = "conv 3, stride 2: three times", "conv 5, pool 2: twice"
    for name, model in zip(names, (FashionCNN(), SmallFashionCNN())):
        layers = [layer for layer in model if isinstance(layer, seen)]
        sizes = [(pair(m.kernel_size)[0], pair(m.stride)[0]) for m in layers]
        assert sizes == [field.KINDS[kind][:2] for kind in field.NETWORKS[name]]


def test_the_arithmetic_that_is_said_is_right():
    for state in (state for state in STATES if len(state.levels) > 1):
        rule, size = state.facts()[0].rsplit(" = ", 1)
        terms = rule.rsplit(" = ", 1)[1].replace("·", "*")
        assert eval(terms) == int(size) == state.levels[-1].size
        strides, jump = state.facts()[1].split(" = ")[1:]
        assert eval(strides.replace("·", "*")) == int(jump) == state.levels[-1].jump


def test_a_network_fills_the_slots_and_a_layer_makes_it_your_own():
    state = START.after("network", "conv 5, pool 2: twice").after("cell", 3)
    own = state.after("layer5", "pool 2")
    assert (state.layer1, state.layer4, state.layer5) == ("conv 5", "pool 2", NONE)
    assert (own.network, own.cell) == (field.OWN, 1)
    assert own.after("network", field.OWN) == own


def test_the_square_shows_the_image():
    image = np.arange(784, dtype=np.uint8).reshape(28, 28) % 11
    pixels, side = np.full((28, 28), np.nan), field.PIXEL
    explorer = field.receptive_field_explorer(torch.as_tensor(image))
    for box in explorer.state.backdrop:
        row, first = int(box.y / side), int((box.x - 8) / side)
        pixels[row, first : first + int(box.width / side)] = int(box.fill[1:3], 16)
    assert np.abs(pixels / 255 - image / 10).max() < 0.06
