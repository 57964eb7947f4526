"""Every matrix computes what PyTorch's convolution does; what is said of it is true."""

import itertools
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from course_utils.chapters.one_matrix_product import matrix
from course_utils.convolution import toeplitz_1d

MatrixState, matrix_explorer = matrix.MatrixState, matrix.matrix_explorer
FOUR = MatrixState(kernel_size=4, padding=1)
NAMES, RANDOM = ("kernel_size", "stride", "padding"), np.random.default_rng(0)
SAYS = [
    (MatrixState(), "output cell [1, 1]; its other 12 entries are zeros: 1·1 +"),
    (MatrixState(padding=1), "output cell [0, 0]; its other 15 entries are zeros: 2·"),
    (FOUR, "Row 4 of the matrix computes output cell [1, 1]: "),
    (MatrixState(axes=1, kernel_size=3), "(-1)·10 + 0·20 + 1·30 = 20"),
    (MatrixState(axes=1), "Row 2 of the matrix computes output cell [2]; its"),
    (MatrixState(padding=1), "25 × 16 matrix: 32 of 400 entries are not"),
    (MatrixState(stride=2), "4 × 16 matrix: 8 of 64 entries are not zero"),
    (MatrixState(kernel_size=1), "With K = 1, padding adds only zeros."),
    (MatrixState(kernel_size=4), "the matrix has one row. S stays at 1."),
    (MatrixState(axes=1, kernel_size=1), "come from one and the same weight."),
]
REFUSED = [
    (r"\(5, 5\).*image\[:4, :4\]", [np.zeros((5, 5))]),
    ("3 axes", [np.zeros((1, 3, 3))]),
    (r"\(2, 3\).*\(2, 2\)", [None, np.zeros((2, 3))]),
    (r"\(5,\).*\(4,\)", [None, np.zeros(5)]),
    (r"\(4, 4\).*\(3, 3\)", [np.zeros((3, 3)), np.zeros((4, 4))]),
]


def every_setting(state):
    grid = itertools.product(range(1, 5), range(1, 4), range(2))
    states = (replace(state, **dict(zip(NAMES, values))) for values in grid)
    return [s for s in states if all(getattr(s, n) in s.choices(n) for n in NAMES)]


IMAGES = [RANDOM.integers(-99, 100, shape) for shape in matrix.SHAPES]
OWN = [matrix_explorer(image).state for image in IMAGES]
STARTS = [MatrixState(axes=1), MatrixState(axes=2), *OWN]
STATES = [state for start in STARTS for state in every_setting(start)]


def with_torch(state):
    arrays = state.image, state.kernel
    image, kernel = (torch.tensor(a, dtype=float)[None, None] for a in arrays)
    options = {"stride": state.stride, "padding": state.padding}
    if state.axes == 1:
        return F.conv1d(image[0], kernel[0], **options)[0]
    return F.conv2d(image, kernel, **options)[0, 0]


def test_every_output_is_pytorchs_and_each_row_holds_its_window():
    assert len(STATES) > 150
    for state in STATES:
        np.testing.assert_array_equal(state.output, with_torch(state), str(state))
        margins = [(margin, margin) for margin in state.margins]
        inside = np.pad(np.ones_like(state.image), margins) > 0
        for row, used in enumerate(state.used):
            window = np.ix_(*state.window(row))
            pixels = state.padded[window][inside[window]]
            np.testing.assert_array_equal(state.image.ravel()[used], pixels)
        if state.axes == 1 and state.stride == 1 and not state.padding:
            expected = toeplitz_1d(state.kernel[0], state.image.size)
            np.testing.assert_array_equal(state.matrix, expected)


def test_what_is_said_of_the_rows_is_true():
    for state in STATES:
        rows, stride, said = state.matrix, state.stride, state.notes()[-1]
        if "Toeplitz" in said:
            np.testing.assert_array_equal(rows[1:, 1:], rows[:-1, :-1])
        step = stride if "column" in said else stride * state.image.shape[1]
        for row in range(1, 0 if state.padding else len(rows)):
            moved = np.array_equal(rows[row, step:], rows[row - 1, :-step])
            jumps = "jump" in said and state.place(row)[1] == 0
            assert moved != jumps or not rows[row].any()


def test_every_stride_gives_another_matrix_and_none_is_left_out():
    for state in STATES:
        strides = range(1, state.largest_stride + 2)
        matrices = [replace(state, stride=s).matrix.tobytes() for s in strides]
        assert len({*matrices}) == len(strides) - 1
        assert matrices[-1] == matrices[-2]


def test_rows_keep_the_numbers_that_they_had_without_a_stride():
    for state in STATES:
        full = replace(state, stride=1).matrix
        numbers = [state.number(row) for row in range(len(state.matrix))]
        np.testing.assert_array_equal(state.matrix, full[numbers], str(state))
    assert [MatrixState(stride=2).number(row) for row in range(4)] == [0, 2, 6, 8]


def test_own_image_and_kernel_are_shown():
    state = matrix_explorer(np.arange(5, dtype=np.uint8), np.array([1, 0, -1])).state
    assert state.output.tolist() == [[-2, -2, -2]]
    assert state.after("axes", 2).after("axes", 1) == state
