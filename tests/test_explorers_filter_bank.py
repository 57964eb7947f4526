"""The filter bank explorer: pure functions over the whole grid of controls."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import torch
from explorer_moves import controls_of, settings_of
from torch import nn

from course_utils.drawing import Hover, svg
from course_utils.examples import COLOUR_IMAGE, COLOUR_KERNELS
from course_utils.explorers.filter_bank import filter_bank_explorer
from course_utils.explorers.filter_bank.picture import scene
from course_utils.explorers.filter_bank.state import (
    BANK,
    CHOICES,
    State,
    cells_of_plane,
    change,
    compute,
    step,
)

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = ("in_channels", "out_channels", "kernel_size")
STATES = [
    State(*sizes) for sizes in itertools.product(*(CHOICES[name] for name in LAYERS))
]


def words(state: State) -> dict[str, list[str]]:
    """What the picture says of each output cell, and what is written in it."""
    picture = scene(state)
    tree = ElementTree.fromstring(svg(picture))
    said = [shape.description for shape in picture.shapes if is_hover(shape)]
    cells = tree.findall(f"{SVG}g[@class='target']")
    texts = ["".join(text.itertext()) for text in tree.findall(f"{SVG}text")]
    return {
        "said": said,
        "cells": [cell.findtext(f"{SVG}text") for cell in cells],
        "texts": texts,
    }


def is_hover(shape) -> bool:
    return isinstance(shape, Hover)


def layer_of(state: State) -> nn.Conv2d:
    """The PyTorch layer with the kernels and biases of a state."""
    layer = nn.Conv2d(state.in_channels, state.out_channels, state.kernel_size)
    result = compute(state)
    with torch.no_grad():
        layer.weight[:] = torch.tensor(result.weight)
        layer.bias[:] = torch.tensor(result.bias)
    return layer


def test_every_state_agrees_with_pytorch():
    for state in STATES:
        result, layer = compute(state), layer_of(state)
        with torch.no_grad():
            expected = layer(torch.tensor(result.image, dtype=torch.float32)[None])[0]
        np.testing.assert_array_equal(result.output, expected.numpy(), str(state))
        added = result.sums.sum(axis=1) + result.bias[:, None, None]
        np.testing.assert_array_equal(added, result.output)


def test_every_state_shows_the_shapes_of_the_layer():
    for state in STATES:
        layer, texts = layer_of(state), words(state)["texts"]
        weight, bias = tuple(layer.weight.shape), tuple(layer.bias.shape)
        output = compute(state).output.shape
        total = f" = {layer.weight.numel()} weight"
        assert any(t.startswith(f"weight {weight}: ") and total in t for t in texts)
        assert f"+ bias {bias}" in texts
        assert f"= output {output}" in texts
        assert texts.count("∗") == state.in_channels


def test_every_output_cell_is_the_sum_it_says():
    for state in STATES:
        result, shown = compute(state), words(state)
        assert shown["cells"] == [str(value) for value in result.output.flat]
        for place, text in zip(
            np.ndindex(result.output.shape), shown["said"], strict=True
        ):
            name, terms, total = text.split(" = ")
            numbers = [int(term.split()[-1]) for term in terms.split(" + ")]
            assert name == f"output{list(map(int, place))}"
            assert len(numbers) == state.in_channels + 1
            assert sum(numbers) == int(total) == result.output[place]


def test_every_explanation_shows_a_window_in_every_plane():
    for state in STATES:
        for hover in filter(is_hover, scene(state).shapes):
            frames = [s for s in hover.shown if getattr(s, "stroke_width", 0) == 4]
            assert len(frames) == 2 * state.in_channels + 1


def test_everything_lies_on_the_sheet():
    for state in STATES:
        state = replace(state, kernel=state.out_channels - 1)
        picture = scene(state)
        assert picture.width <= 800
        tree = ElementTree.fromstring(svg(picture))
        for box in tree.iter(f"{SVG}rect"):
            assert float(box.get("x")) + float(box.get("width")) <= picture.width
            assert float(box.get("y")) + float(box.get("height")) <= picture.height
        sizes = [float(text.get("font-size")) for text in tree.iter(f"{SVG}text")]
        assert min(sizes) >= 12


def test_it_begins_with_the_colour_example():
    result = compute(State())
    np.testing.assert_array_equal(result.image, COLOUR_IMAGE)
    np.testing.assert_array_equal(result.weight, COLOUR_KERNELS)
    expected = "output[0, 0, 0] = R: 7 + G: -1 + B: 2 + bias 1 = 9"
    assert scene(State()).description.endswith(expected)


def test_a_smaller_kernel_is_the_corner_of_a_larger_one():
    for state in STATES:
        size = state.kernel_size
        full = np.array(BANK)[: state.out_channels, : state.in_channels]
        np.testing.assert_array_equal(compute(state).weight, full[..., :size, :size])


def test_step_counts_the_cells_of_all_planes():
    for state in STATES:
        total = compute(state).output.size
        assert total == state.out_channels * cells_of_plane(state)
        reached = [change(state, "step", value) for value in range(1, total + 1)]
        assert [step(s) for s in reached] == list(range(1, total + 1))
        said = [scene(s).description.split(". ")[-1] for s in reached[-3:]]
        assert said == words(state)["said"][-3:]


def test_bias_belongs_to_one_kernel():
    before = replace(State(), kernel=1)
    after = change(before, "bias", 9)
    moved = compute(after).output - compute(before).output
    assert (moved[0] == 0).all() and (moved[1] == 9).all()


def test_kernel_and_cell_that_are_gone_give_way():
    state = State(out_channels=4, kernel_size=1, kernel=3, cell=11)
    assert change(state, "out_channels", 2).kernel == 1
    assert change(state, "kernel_size", 3).cell == 1
    assert change(state, "kernel", 0).cell == 11


def test_any_sequence_of_moves_keeps_the_controls_together():
    random = np.random.default_rng(1)
    explorer = filter_bank_explorer()
    controls = controls_of(explorer)
    for _ in range(150):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        state = explorer.state
        assert explorer.error.value == ""
        assert state.kernel < state.out_channels and state.cell < cells_of_plane(state)
        assert controls["step"].value == controls["play"].value == step(state)
        assert controls["kernel"].value == state.kernel
        assert controls["bias"].value == state.biases[state.kernel]
