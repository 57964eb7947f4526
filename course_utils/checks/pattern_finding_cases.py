"""Cases for the checks of notebook 02: tiny ones first, then random ones."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from course_utils.checks.convolution_cases import random_cases
from course_utils.checks.judging import Case

# With such weights, each digit of a sum shows which number met which weight.
_ROW, _COLUMN, _SQUARE = [[1, 2, 3]], [[1], [2], [3]], [[1, 2], [3, 4]]
_TALL, _WIDE = [[1, 2], [3, 4], [5, 6]], [[1, 2, 3], [4, 5, 6]]


def cosine_cases() -> list[Case]:
    """Return images and kernels for the cosine in each window.

    Returns
    -------
    list of Case
    """
    both = "the two lengths: square, add up, take the root"
    meeting = "which weight meets which pixel"
    sign = "the sign: opposite directions have a cosine of −1"
    nothing = "windows of zeros: they have no direction"
    faint = "faint windows: they have a direction, too"
    own = "each window by itself: its pixels, and their length"
    fit = "rows and columns: how many windows fit, for each"
    empty = "when there is no direction: not one number differs from 0"
    bytes_ = "pixels of dtype uint8: their products do not fit into it"
    table = [
        ([[5]], [[2]], "one pixel, one weight: what the product is divided by"),
        ([[2, 2], [2, 2]], [[1, 1], [1, 1]], both),
        ([[1, 1], [1, 1]], [[2, 2], [2, 2]], both),
        ([[3, 4]], [[1, 0]], meeting),
        ([[6, 8]], [[3, 4]], both),
        ([[-3, -4]], [[3, 4]], sign),
        ([[4, -3]], [[3, 4]], "vectors at a right angle"),
        ([[3, 4, 0]], [[4, 3]], own),
        ([[3], [4], [0]], [[4], [3]], own),
        ([[0, 0, 3, 4]], [[3, 4]], nothing),
        ([[3, 4]], [[0, 0]], "a kernel of zeros: it has no direction"),
        ([[4, -3, 1, -1]], [[2, 1]], empty),
        ([[4, -3]], [[1, -1]], empty),
        ([[2, -3, 0]], [[5]], "a kernel with one weight: only the sign is left"),
        (_SQUARE, [[1, 10], [100, 1000]], meeting),
        (_WIDE, [[1, 0], [0, 2]], fit),
        (_TALL, [[1, 0], [0, 2]], fit),
        ([[0.003, 0.004]], [[3, 4]], faint),
    ]
    cases = [_case(look_at, image, kernel) for image, kernel, look_at in table]
    bright = np.array([[200, 250], [0, 100]], dtype=np.uint8)
    cases.append(Case((bright, np.array([[1, 2], [0, 2]])), look_at=bytes_))
    cases.append(Case((bright, bright.T.copy()), look_at=bytes_))
    cases += random_cases(8, own)
    return [replace(case, at_shape=fit) for case in cases]


def toeplitz_cases() -> list[Case]:
    """Return kernels and input sizes, some of which do not fit.

    Returns
    -------
    list of Case
    """
    rows = "the number of rows: one for each output cell"
    start = "where the kernel stands in each row"
    misfit = "what should happen when the kernel does not fit even once"
    table = [
        ([1, 2], 2, "a kernel as large as the input"),
        ([1, 2], 3, start),
        ([1, 2], 4, start),
        ([5], 3, "a kernel with one weight"),
        ([1, 2, 3], 4, start),
        ([1, 2, 3], 3, rows),
        ([1, 0, -1], 5, "zeros inside the kernel: they keep their place"),
        ([1, 2, 3, 4], 6, start),
        ([1, 2], 7, rows),
        ([0.5, 0.25], 3, "what becomes of decimals in the matrix"),
        ([1, 2, 3], 2, misfit),
        ([1, 2, 3, 4], 2, misfit),
    ]
    return [
        Case((np.array(kernel), size), look_at=hint) for kernel, size, hint in table
    ]


def im2col_cases() -> list[Case]:
    """Return images and kernel sizes.

    Returns
    -------
    list of Case
    """
    inside = "the order inside a window: row by row"
    across = "the order of the windows: row by row"
    column = "the columns: each of them is one window"
    axes = "kernel_size: rows come first, then columns"
    step = "the step from one window to the next: windows overlap"
    table = [
        ([[5]], (1, 1), "one pixel, one window"),
        (_SQUARE, (2, 2), "the only window: one column, read row by row"),
        (_SQUARE, (1, 1), across),
        (_WIDE, (2, 2), column),
        (_SQUARE, (1, 2), axes),
        (_SQUARE, (2, 1), axes),
        (_ROW, (1, 2), step),
        (_COLUMN, (2, 1), step),
        (_TALL, (2, 2), across),
        (np.arange(9).reshape(3, 3), (2, 2), across),
        (np.arange(12).reshape(3, 4), (2, 3), inside),
        (np.arange(12).reshape(4, 3), (3, 2), inside),
        ([[0.5, 1.5]], (1, 1), "what becomes of decimals"),
    ]
    cases = [
        # Windows that only touch are too few: there the shape is wrong.
        Case((np.array(image), size), look_at=h, at_shape=step if h == column else "")
        for image, size, h in table
    ]
    for case in random_cases(12, inside):
        image, kernel = case.args
        cases.append(Case((image, kernel.shape), look_at=inside))
    return cases


def matmul_cases() -> list[Case]:
    """Return images and banks of kernels of one size.

    Returns
    -------
    list of Case
    """
    flat = "how a kernel becomes a row: weight by weight, as its window became a column"
    maps = "the maps: one for each kernel, its cells in the order of the windows"
    shape = "the last step: each row of the product becomes a map, row by row"
    size = "the size of the kernels: rows come first, then columns"
    table = [
        ([[5]], [[[2]]], shape),
        (_ROW, [[[5]]], shape),
        (_WIDE, [[[1, 1], [1, 1]]], shape),
        (_SQUARE, [[[1, 10], [100, 1000]]], flat),
        (_ROW, [[[1, 10]]], size),
        (_ROW, [[[1, 0]], [[0, 10]]], maps),
        (_ROW, [[[1, 10]], [[100, 1000]]], flat),
        (_SQUARE, [[[1]], [[10]], [[100]]], maps),
        (_COLUMN, [[[1], [10]]], size),
        (_WIDE, [[[1]], [[10]]], shape),
        (_TALL, [[[1, 10]], [[100, 0]]], shape),
        ([[0.5, 1.5]], [[[1]], [[0.5]]], "what becomes of decimals"),
    ]
    cases = [Case((np.array(i), np.array(bank)), look_at=h) for i, bank, h in table]
    for case in random_cases(10, shape):
        image, kernel = case.args
        cases.append(Case((image, np.stack([kernel, kernel[::-1]])), look_at=maps))
    return cases


def shift_cases() -> list[Case]:
    """Return maps before and after a move to the right, and by how much.

    Returns
    -------
    list of Case
    """
    largest = "which difference is asked for: the largest"
    sign = "differences below zero: they count as much as those above"
    axis = "the direction: along the rows, to the right"
    border = "the border: what comes in at the left, and what leaves at the right"
    table = [
        ([[1, 2, 0]], [[0, 1, 2]], 1, "a map that moved along: it has no error"),
        ([[4, 4, 0]], [[0, 6, 7]], 1, largest),
        ([[1, 2, 0]], [[0, 1, 5]], 1, "which cells belong together after the move"),
        ([[1, 2, 0]], [[0, 1, -1]], 1, sign),
        ([[1, 1, 0]], [[0, 3, -1]], 1, sign),
        ([[1, 0, 0], [0, 0, 0]], [[0, 1, 0], [0, 0, 0]], 1, axis),
        ([[1, 0], [0, 0]], [[0, 0], [1, 0]], 1, axis),
        ([[0, 1, 2]], [[1, 2, 0]], 1, axis),
        ([[1, 2, 3]], [[9, 1, 2]], 1, border),
        ([[1, 2, 9]], [[0, 1, 2]], 1, border),
        ([[1, 2, 3, 4]], [[0, 0, 1, 2]], 2, "shift: it may be larger than 1"),
        ([[1, 2, 3, 4]], [[7, 8, 1, 5]], 2, border),
        ([[1, 2]], [[1, 4]], 0, "shift: without a move every cell is compared"),
    ]
    cases = [_case(hint, before, after, shift) for before, after, shift, hint in table]
    generator = np.random.default_rng(0)
    for shift in (0, 1, 1, 2, 3):
        before = generator.integers(-9, 10, (3, 5))
        after = np.roll(before, shift, axis=1)
        after[1, 4] -= generator.integers(0, 2) * 4
        cases.append(_case("how the cells are paired", before, after, shift))
    return cases


def backward_cases(look_at: str) -> list[Case]:
    """Return images, kernels, and what the loss makes of each output cell.

    Parameters
    ----------
    look_at
        The hint of cases that do not have one of their own.

    Returns
    -------
    list of Case
    """
    shape = "the shape: a gradient has one number for each of those it belongs to"
    table = [
        ([[3]], [[2]], [[5]], "which gradient comes first, and the product of what"),
        (_ROW, [[5]], [[1, 10, 100]], look_at),
        (_ROW, [[1, 2]], [[1, 10]], look_at),
        (_COLUMN, [[1], [2]], [[1], [10]], look_at),
        ([[1, 2, 3, 4]], [[1, 10]], [[1, 0, 0]], look_at),
        (_SQUARE, [[1, 10], [100, 1000]], [[1]], look_at),
        (_SQUARE, [[5]], [[1, 10], [100, 1000]], shape),
        (_WIDE, [[1, 10], [100, 1000]], [[1, 2]], look_at),
        (_TALL, [[1, 10], [100, 1000]], [[1], [2]], look_at),
    ]
    cases = [_case(hint, *arrays) for *arrays, hint in table]
    generator = np.random.default_rng(2)
    for case in random_cases(12, look_at):
        image, kernel = case.args
        size = [n - k + 1 for n, k in zip(image.shape, kernel.shape, strict=True)]
        grad_output = generator.integers(-9, 10, size)
        cases.append(_case(look_at, image, kernel, grad_output))
    return [replace(case, at_shape=shape) for case in cases]


def _case(look_at: str, *args: ArrayLike) -> Case:
    # Floats, so that either kind of zero to start a sum from is right; shift is none.
    arrays = (np.array(a, dtype=float) if np.ndim(a) else a for a in args)
    return Case(tuple(arrays), look_at=look_at)
