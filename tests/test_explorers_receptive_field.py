"""The explorer of receptive fields: pure functions over many stacks of layers."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from text_room import labels_of, outside
from torch import nn

from course_utils.drawing import Hover, Line, Resting, svg
from course_utils.explorers.receptive_field import receptive_field_explorer
from course_utils.explorers.receptive_field.picture import PIXEL, as_backdrop, scene
from course_utils.explorers.receptive_field.state import (
    INPUT_SIZE,
    KINDS,
    NETWORKS,
    NONE,
    OWN,
    SLOTS,
    State,
    as_pixels,
    change,
    initial_state,
    levels,
    missing,
    sight,
)
from course_utils.explorers.receptive_field.words import facts, headline, summary
from course_utils.models import FashionCNN, SmallFashionCNN
from course_utils.sizes import receptive_field

SVG = "{http://www.w3.org/2000/svg}"


def stack(*kinds: str, cell: int = 0) -> State:
    return State(OWN, (*kinds, *[NONE] * (len(SLOTS) - len(kinds))), cell)


def many_states() -> list[State]:
    """All stacks of up to two layers, all networks, and some others."""
    random = np.random.default_rng(0)
    kinds = [NONE, *KINDS]
    short = [stack(*pair) for pair in itertools.product(kinds, repeat=2)]
    tall = [stack(*random.choice(kinds, 6).tolist()) for _ in range(60)]
    same = [stack(*[kind] * 6) for kind in KINDS]
    return [
        *short,
        *tall,
        *same,
        *(change(State("", ()), "network", n) for n in NETWORKS),
    ]


STATES = many_states()
SOME = STATES[::6]


def traced(state: State) -> list[np.ndarray]:
    """Which input cells each output cell of PyTorch's layers depends on, by layer."""
    x = torch.eye(INPUT_SIZE, dtype=torch.float64)[:, None]
    maps = [x]
    for row in levels(state)[1:]:
        size, stride, dilation = row.layer
        ones = torch.ones(1, 1, size, dtype=torch.float64)
        x = nn.functional.conv1d(x, ones, stride=stride, dilation=dilation)
        maps.append(x)
    return [values[:, 0].T.numpy() > 0 for values in maps]


def test_every_stack_agrees_with_pytorch():
    for state in STATES:
        rows, maps = levels(state), traced(state)
        assert [row.cells for row in rows] == [len(seen) for seen in maps]
        for number, seen in enumerate(maps):
            for cell in {0, len(seen) // 2, len(seen) - 1}:
                runs = sight(rows[: number + 1], cell)[0]
                cells = [c for a, b in runs for c in range(a, b + 1)]
                assert cells == np.flatnonzero(seen[cell]).tolist()
                assert cells[-1] - cells[0] + 1 == rows[number].size
                assert cells[0] == rows[number].jump * cell


def test_sizes_are_those_of_the_course():
    for state in STATES:
        rows = levels(state)
        for number, row in enumerate(rows):
            layers = [other.layer for other in rows[1 : number + 1]]
            assert (row.size, row.jump) == receptive_field(layers)


@pytest.mark.parametrize(
    ("name", "cells", "size", "jump"),
    [
        ("conv 3, stride 2: three times", [28, 13, 6, 2], 15, 8),
        ("conv 5, pool 2: twice", [28, 24, 12, 8, 4], 16, 4),
        ("conv 5: once", [28, 24], 5, 1),
        ("conv 3: twice", [28, 26, 24], 5, 1),
        ("VGG style: conv 3, conv 3, pool 2: twice", [28, 26, 24, 12, 10, 8, 4], 16, 4),
        ("conv 3 with dilation 1, 2, 4", [28, 26, 22, 14], 15, 1),
    ],
)
def test_networks(name, cells, size, jump):
    rows = levels(change(initial_state(), "network", name))
    assert [row.cells for row in rows] == cells
    assert (rows[-1].size, rows[-1].jump) == (size, jump)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (FashionCNN, "conv 3, stride 2: three times"),
        (SmallFashionCNN, "conv 5, pool 2: twice"),
    ],
)
def test_two_networks_are_the_first_layers_of_the_courses_models(model, name):
    layers = [p for p in model() if isinstance(p, nn.Conv2d | nn.MaxPool2d)]
    kinds = NETWORKS[name]
    for layer, kind in zip(layers, kinds, strict=True):
        pair = nn.modules.utils._pair
        assert pair(layer.kernel_size)[0] == KINDS[kind][0]
        assert pair(layer.stride)[0] == KINDS[kind][1]
        assert isinstance(layer, nn.Conv2d) == ("conv" in kind)


def test_two_small_kernels_see_as_far_as_a_large_one_with_fewer_weights():
    twice, once = stack("conv 3", "conv 3"), stack("conv 5")
    assert "9 + 9 = 18 weights" in facts(levels(twice))[-1]
    assert "25 weights" in facts(levels(once))[-1]
    assert "0 weights" in facts(levels(stack("pool 2")))[-1]


def test_facts():
    assert facts(levels(initial_state()))[:3] == [
        "output’s receptive field: 1 + all D(K − 1)·jump = 1 + 2·1 + 2·2 + 2·4 = 15",
        "output’s jump: the product of the strides = 2 · 2 · 2 = 8",
        "in 2-D: 15 × 15 of 28 × 28 pixels, 29%",
    ]
    for state in STATES:
        rows = levels(state)
        if len(rows) > 1:
            rule, total = facts(rows)[0].rsplit(" = ", 1)
            terms = rule.rsplit(" = ", 1)[1].replace("·", "*")
            assert eval(terms) == int(total) == rows[-1].size
            product, jump = facts(rows)[1].split(" = ")[1:]
            assert eval(product.replace("·", "*")) == int(jump) == rows[-1].jump


@pytest.mark.parametrize(
    ("state", "cell", "words"),
    [
        (initial_state(), 1, "Cell 1 of layer 3 sees 15 input cells: 8 to 22."),
        (
            stack("conv 3, dilation 4"),
            2,
            "Cell 2 of layer 1 sees 3 of 9 input cells: 2 to 10.",
        ),
        (stack(), 5, "Without layers, cell 5 sees itself."),
    ],
)
def test_headlines(state, cell, words):
    rows = levels(state)
    assert headline(rows, cell, sight(rows, cell)[0]) == words


def test_summaries():
    rows = levels(stack("conv 3, dilation 2", *["conv 3, stride 2"] * 4))
    said = [summary(row, sight(rows[: n + 1], 0)[0]) for n, row in enumerate(rows)]
    assert said[1] == "24 cells, each sees 3 of 5, jump 1"
    assert said[-1] == "2 cells, each sees 19, jump 8"
    rows = levels(stack(*["pool 2"] * 4))
    assert summary(rows[-1], [(0, 15)]) == "1 cell, it sees 16, jump 16"


def test_layers_that_do_not_fit_are_named_and_kept():
    state = stack(*["conv 3, stride 2"] * 5)
    assert len(levels(state)) == 4
    assert missing(state) == (
        "No room for layer 4: it spans 3 cells, 2 left. Waiting above it: layer 5."
    )
    roomy = change(state, "layer1", NONE)
    assert len(levels(roomy)) == 4 and missing(roomy).startswith("No room for layer 5:")
    assert missing(change(roomy, "layer5", NONE)) == ""
    assert missing(stack()) == ""


def test_every_picture_fits_its_sheet_and_can_be_read():
    backdrop = as_backdrop(np.eye(INPUT_SIZE))
    for state in SOME:
        picture = scene(state, backdrop)
        assert picture.width <= 800
        assert picture.height <= 620
        assert not outside(picture), state
        assert min(label.size for label in labels_of(picture)) >= 12
        tree = ElementTree.fromstring(svg(picture, scope="one"))
        cells = sum(row.cells for row in levels(state)[1:])
        assert len(tree.findall(f"{SVG}g[@class='target']")) == cells


def test_the_longest_lines_fit():
    for state in STATES:
        picture = scene(state)
        rests = tuple(s for s in picture.shapes if not isinstance(s, Hover))
        assert not outside(replace(picture, shapes=rests)), state


def test_pointing_lights_up_what_a_cell_sees():
    for state in SOME:
        rows = levels(state)
        hovers = [s for s in scene(state).shapes if isinstance(s, Hover)]
        places = [(n, c) for n, r in enumerate(rows) if n for c in range(r.cells)]
        for (number, cell), hover in zip(places, hovers, strict=True):
            seen = sight(rows[: number + 1], cell)
            lit = [p for p in hover.shown if getattr(p, "fill", "") == "#D55E0090"]
            assert len(lit) == sum(map(len, seen))
            below = [box for box in lit if box.y == max(b.y for b in lit)]
            assert [(box.x - 8) / 19 for box in below] == [run[0] for run in seen[0]]
            lengths = [last - first + 1 for first, last in seen[0]]
            assert [box.width / 19 for box in below] == lengths


def test_brackets_are_a_jump_apart():
    for state in SOME:
        rows = levels(state)
        (rest,) = [s for s in scene(state).shapes if isinstance(s, Resting)]
        _, *brackets = [part for part in rest.shown if isinstance(part, Line)]
        assert len(brackets) == min(2, rows[-1].cells)
        widths = [line.points[2][0] - line.points[1][0] for line in brackets]
        assert {round(width + 4) for width in widths} == {rows[-1].size * 19}
        if len(brackets) == 2:
            apart = brackets[1].points[0][0] - brackets[0].points[0][0]
            assert abs(round(apart)) == rows[-1].jump * 19


def test_rows_lie_inside_the_input():
    for state in SOME:
        for hover in (s for s in scene(state).shapes if isinstance(s, Hover)):
            box = hover.target[0]
            assert 8 <= box.x and box.x + box.width <= 8 + INPUT_SIZE * 19


def test_the_square_shows_the_image():
    pixels = as_pixels(np.arange(784).reshape(28, 28) % 11)
    drawn = np.full((28, 28), np.nan)
    for box in as_backdrop(pixels):
        row, first = int(box.y / PIXEL), int(box.x / PIXEL)
        last = first + int(box.width / PIXEL)
        drawn[row, first:last] = int(box.fill[1:3], 16) / 255
    assert np.abs(drawn - pixels).max() < 0.06
    assert len(as_backdrop(np.zeros((28, 28)))) == 28


def test_a_network_fills_the_slots_and_a_layer_makes_it_your_own():
    explorer = receptive_field_explorer()
    explorer.widgets["network"].value = "conv 5, pool 2: twice"
    kinds = [explorer.widgets[name].value for name in SLOTS]
    assert kinds == ["conv 5", "pool 2", "conv 5", "pool 2", NONE, NONE]
    explorer.widgets["cell"].value = 3
    explorer.widgets["layer5"].value = "pool 2"
    assert explorer.widgets["network"].value == OWN
    assert explorer.state.cell == explorer.widgets["cell"].value == 1
    assert "Cell 1 of layer 5 sees 20" in explorer.widgets["picture"].value
    explorer.widgets["network"].value = OWN
    assert explorer.state.layers == (*kinds[:4], "pool 2", NONE)


def test_any_sequence_of_moves_leaves_a_cell_that_exists():
    random = np.random.default_rng(1)
    explorer = receptive_field_explorer()
    controls = controls_of(explorer)
    for _ in range(120):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        state = explorer.state
        assert explorer.error.value == ""
        assert 0 <= state.cell < levels(state)[-1].cells
        assert controls["cell"].value == state.cell
        assert tuple(controls[name].value for name in SLOTS) == state.layers


@pytest.mark.parametrize(
    ("image", "match"),
    [
        (np.zeros((32, 32)), r"\(32, 32\); expected \(28, 28\)"),
        (np.zeros((1, 28, 28)), r"\(1, 28, 28\)"),
        (np.full((28, 28), np.nan), "finite"),
    ],
)
def test_unsuitable_image_is_refused(image, match):
    with pytest.raises(ValueError, match=match):
        receptive_field_explorer(image)


def test_uint8_images_and_tensors_are_taken():
    ramp = np.arange(784, dtype=np.uint8).reshape(28, 28)
    for image in (ramp, torch.as_tensor(ramp), ramp / 255):
        explorer = receptive_field_explorer(image)
        assert 'fill="#FFFFFF"' in explorer.widgets["picture"].value
