"""Every filter bank is a layer of PyTorch's; every cell is the sum that it says."""

import itertools

import numpy as np
import torch
from explorer_moves import drawn

from course_utils.chapters.channels_and_batches.filter_bank import FilterBank
from course_utils.convolution import COLOUR_IMAGE, COLOUR_KERNELS
from course_utils.kit.scene import Hover

SIZES = itertools.product(range(1, 4), range(1, 5), range(1, 4))
STATES = list(itertools.starmap(FilterBank, SIZES))
SAYS = [(FilterBank(), "output[0, 0, 0] = R: 7 + G: -1 + B: 2 + bias 1 = 9")]


def test_every_output_is_pytorchs_and_its_shapes_are_said():
    for state in STATES:
        kernels, size = state.out_channels, state.kernel_size
        layer = torch.nn.Conv2d(state.in_channels, kernels, size)
        with torch.no_grad():
            layer.weight[:] = torch.tensor(state.weight)
            layer.bias[:] = torch.tensor(state.biases[:kernels])
            expected = layer(torch.tensor(state.image, dtype=torch.float32)[None])[0]
        np.testing.assert_array_equal(state.output, expected.numpy(), str(state))
        image, weight, bias, output = state.shapes()
        assert weight.startswith(f"weight {tuple(layer.weight.shape)}: ")
        assert f" = {layer.weight.numel()} weight" in weight
        assert image == f"input {state.image.shape}"
        assert bias == f"bias {tuple(layer.bias.shape)}"
        assert output == f"output {tuple(expected.shape)}"


def test_every_output_cell_is_the_sum_it_says_and_shows_a_window_in_every_plane():
    for state in STATES:
        places = np.ndindex(state.output.shape)
        for place, cell in zip(places, drawn(state, Hover), strict=True):
            name, terms, total = cell.description.split(" = ")
            numbers = [int(term.split()[-1]) for term in terms.split(" + ")]
            assert name == f"output{list(map(int, place))}"
            assert len(numbers) == state.in_channels + 1
            assert sum(numbers) == int(total) == state.output[place]
            frames = [s for s in cell.shown if getattr(s, "stroke_width", 0) == 4]
            assert len(frames) == 2 * state.in_channels + 1


def test_it_begins_with_the_colour_example():
    np.testing.assert_array_equal(FilterBank().image, COLOUR_IMAGE)
    np.testing.assert_array_equal(FilterBank().weight, COLOUR_KERNELS)


def test_kernel_bias_and_step_move_together():
    for start in STATES:
        for step in start.choices("step"):
            state = start.after("step", step)
            assert state.step == step
            assert state.kernel * state.output[0].size + state.cell == step
            assert state.bias == state.biases[state.kernel]
    state = FilterBank().after("kernel", 1)
    moved = state.after("bias", 9).output - state.output
    assert (moved[0] == 0).all() and (moved[1] == 9).all()


def test_kernel_and_cell_that_are_gone_give_way():
    state = FilterBank(out_channels=4, kernel_size=1).after("step", 47)
    assert (state.kernel, state.cell) == (3, 11)
    assert state.after("out_channels", 2).kernel == 1
    assert state.after("kernel_size", 3).cell == 1
    assert state.after("kernel", 0).step == 11
