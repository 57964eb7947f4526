"""The matrix explorer: pure functions over the whole grid of controls."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from text_room import labels_of, outside
from torch.nn import functional as F

from course_utils.drawing import Hover, svg
from course_utils.explorers.matrix import matrix_explorer
from course_utils.explorers.matrix.picture import scene
from course_utils.explorers.matrix.state import (
    CHOICES,
    INPUT_SHAPES,
    State,
    change,
    choices,
    compute,
    initial_state,
)
from course_utils.explorers.matrix.words import notes
from course_utils.patterns import toeplitz_1d

SVG = "{http://www.w3.org/2000/svg}"
RANDOM = np.random.default_rng(0)


def every_setting(state: State) -> list[State]:
    names = ("axes", *CHOICES)
    grid = itertools.product((1, 2), *CHOICES.values())
    states = (replace(state, **dict(zip(names, values))) for values in grid)
    return [state for state in states if change(state, "cell", state.cell) == state]


DEFAULTS = every_setting(State())
OWN = [
    state
    for shape in INPUT_SHAPES
    for state in every_setting(initial_state(RANDOM.integers(-99, 100, shape), None))
    if state.axes == len(shape)
]
STATES = [*DEFAULTS, *OWN]


def with_torch(state: State) -> np.ndarray:
    image, kernel = (
        torch.tensor(values, dtype=torch.float64)[None, None]
        for values in (state.image, state.kernel)
    )
    options = {"stride": state.stride, "padding": state.padding}
    if state.axes == 1:
        return F.conv1d(image[0], kernel[0], **options)[0].numpy()
    return F.conv2d(image, kernel, **options)[0, 0].numpy()


def test_every_state_agrees_with_pytorch():
    for state in STATES:
        result = compute(state)
        np.testing.assert_array_equal(result.output, with_torch(state), str(state))
        assert result.matrix.shape == (result.output.size, state.image.size)
        assert not result.matrix[~result.used].any()
        weights = [*state.kernel.flat]
        for row in result.matrix:
            assert set(row[row != 0]) <= set(weights)


def test_each_row_holds_its_window():
    for state in STATES:
        result = compute(state)
        rows, columns = state.margins
        inside = np.pad(np.ones_like(state.image), ((rows,) * 2, (columns,) * 2))
        for row, used in enumerate(result.used):
            window = np.ix_(*result.window(row))
            pixels = result.padded[window][inside[window] > 0]
            np.testing.assert_array_equal(state.image.ravel()[used], pixels)


def test_a_signal_gives_a_toeplitz_matrix():
    for state in STATES:
        if state.axes == 1 and state.stride == 1 and not state.padding:
            expected = toeplitz_1d(state.kernel[0], state.image.size)
            np.testing.assert_array_equal(compute(state).matrix, expected)


def test_what_is_said_about_the_rows_is_true():
    for state in STATES:
        result = compute(state)
        *_, said = notes(result)
        matrix, stride = result.matrix, state.stride
        if "Toeplitz" in said:
            np.testing.assert_array_equal(matrix[1:, 1:], matrix[:-1, :-1])
        if state.padding or len(matrix) == 1:
            continue
        step = stride if "column" in said else stride * state.image.shape[1]
        for row in range(1, len(matrix)):
            moved = np.array_equal(matrix[row, step:], matrix[row - 1, :-step])
            jumps = "jump" in said and result.place(row)[1] == 0
            assert moved != jumps or not matrix[row].any()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(), "9 × 16 matrix: 18 of 144 entries are not zero, and all come from "),
        (State(padding=1), "25 × 16 matrix: 32 of 400 entries are not zero"),
        (State(stride=2), "4 × 16 matrix: 8 of 64 entries are not zero"),
        (State(axes=1), "7 × 8 matrix: 14 of 56 entries are not zero"),
        (State(axes=1, kernel_size=1), "all come from one and the same weight."),
    ],
)
def test_entries_are_counted(state, words):
    assert words in notes(compute(state))[0]
    assert f"all {compute(state).matrix.size}." in notes(compute(state))[1]


def hovers(state: State) -> list[str]:
    return [s.description for s in scene(state).shapes if isinstance(s, Hover)]


def test_pointing_writes_a_row_out():
    assert hovers(State())[4] == (
        "Row 4 of the matrix computes output cell [1, 1]; its other 12 entries are "
        "zeros: 1·1 + 0·0 + 0·0 + 2·10 = 21"
    )
    assert hovers(State(padding=1))[0].endswith("other 15 entries are zeros: 2·10 = 20")
    assert "output cell [2]; its" in hovers(State(axes=1))[2]
    assert hovers(State(axes=1, kernel_size=3))[0].endswith(
        "(-1)·10 + 0·20 + 1·30 = 20"
    )
    assert "; its" not in hovers(State(kernel_size=4, padding=1))[4]


def test_every_picture_fits_its_sheet():
    for state in STATES:
        state = replace(state, cell=int(np.prod(state.output_shape)))
        picture = scene(state)
        assert picture.width <= 800
        assert picture.height <= 660
        assert not outside(picture), state
        tree = ElementTree.fromstring(svg(picture, scope="one"))
        assert len(tree.findall(f"{SVG}g[@class='target']")) == state.cell
        assert tree.get("aria-label").endswith(hovers(state)[-1])


def test_text_can_be_read():
    for state in DEFAULTS:
        assert min(label.size for label in labels_of(scene(state))) >= 12


def test_every_slider_keeps_what_the_user_chose():
    for state in STATES:
        for name in CHOICES:
            allowed = choices(state, name)
            assert getattr(state, name) in allowed
            assert allowed == list(range(allowed[0], allowed[-1] + 1))
            for value in allowed:
                moved = change(state, name, value)
                wanted = replace(state, **{name: value})
                stride = min(wanted.stride, wanted.largest_stride)
                assert moved == replace(wanted, stride=stride, cell=moved.cell)


def test_every_stride_gives_another_matrix_and_none_is_left_out():
    for state in STATES:
        last = state.largest_stride
        matrices = [
            compute(replace(state, stride=stride)).matrix.tobytes()
            for stride in range(1, last + 2)
        ]
        assert len({*matrices}) == last
        assert matrices[-1] == matrices[-2]


def test_another_input_shrinks_the_kernel_and_its_padding():
    small = initial_state(np.ones((3, 3)), None)
    signal = change(replace(small, axes=1), "kernel_size", 4)
    assert change(signal, "axes", 2).kernel_size == 3
    assert change(State(stride=1, cell=9), "stride", 2).cell == 4


@pytest.mark.parametrize(
    ("image", "kernel", "match"),
    [
        (np.zeros((5, 5)), None, r"\(5, 5\).*image\[:4, :4\]"),
        (np.zeros(3), None, r"\(3,\)"),
        (np.zeros((1, 3, 3)), None, "3 axes"),
        (None, np.float64(1), "0 axes"),
        (None, np.zeros((2, 3)), r"\(2, 3\).*\(2, 2\)"),
        (None, np.zeros(5), r"\(5,\).*\(4,\)"),
        (np.zeros(8), np.zeros((2, 2)), r"\(2, 2\).*\(2,\)"),
        (np.zeros((3, 3)), np.zeros((4, 4)), r"\(4, 4\).*\(3, 3\)"),
    ],
)
def test_unsuitable_image_or_kernel_is_refused(image, kernel, match):
    with pytest.raises(ValueError, match=match):
        matrix_explorer(image, kernel)


@pytest.mark.parametrize(
    ("image", "kernel"),
    [
        (np.arange(9).reshape(3, 3), np.array([[0.5]])),
        (np.arange(5), np.array([1, 0, -1])),
        (None, np.array([3, 4])),
        (np.arange(12).reshape(3, 4), None),
    ],
)
def test_own_image_and_kernel_are_shown(image, kernel):
    state = matrix_explorer(image, kernel).state
    if image is not None:
        np.testing.assert_array_equal(state.image, np.atleast_2d(image))
    if kernel is not None:
        np.testing.assert_array_equal(state.kernel, np.atleast_2d(kernel))


def test_sliders_bound_one_another_through_any_sequence_of_moves():
    explorer = matrix_explorer()
    controls = controls_of(explorer)
    for _ in range(150):
        widget = controls[RANDOM.choice(list(controls))]
        values = settings_of(widget) or [widget.value]
        widget.value = values[RANDOM.integers(len(values))]
        state = explorer.state
        assert explorer.error.value == ""
        assert state == change(state, "cell", state.cell)
        assert controls["play"].value == controls["cell"].value == state.cell
        for name in CHOICES:
            allowed, slider = choices(state, name), controls[name]
            assert slider.value == getattr(state, name)
            assert slider.min == allowed[0] and slider.min < slider.max
            assert slider.disabled or slider.max == allowed[-1]
