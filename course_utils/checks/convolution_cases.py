"""Cases for checks of convolution: hand-written tiny ones first, then random ones."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from course_utils.checks.judging import Case
from course_utils.examples import WORKED_IMAGE, WORKED_KERNEL
from course_utils.sizes import Padding, padding_margins

# With these weights, each digit of a sum shows which pixel met which weight.
_ROW, _COLUMN, _SQUARE = [[1, 2, 3]], [[1], [2], [3]], [[1, 2], [3, 4]]
_DIGITS = [[1, 10], [100, 1000]]
_DECIMALS = "what becomes of decimals in the output"
_MEETING = "which weight meets which pixel"
_AXES = "rows and columns: each by itself"
_FIT = "how many windows fit below one another (rows) and side by side (columns)"


def valid_cases() -> list[Case]:
    """Return images and kernels of all shapes for valid convolution.

    Returns
    -------
    list of Case
    """
    move = "each window: as large as the kernel, and one step further; its sum is new"
    only = "the only window: as many rows and columns as the kernel"
    cases = [
        _case(_SQUARE, _DIGITS, _MEETING),
        _case([[1, 2, 3], [4, 5, 6]], [[1, 10, 100], [0, 0, -1]], only),
        _case(_ROW, [[1, 10]], move),
        _case(_COLUMN, [[1], [10]], move),
        _case(_SQUARE, [[5]], "a kernel with one weight: its windows"),
        _case([[1, 2, 3], [4, 5, 6]], _DIGITS, _AXES),
        _case([[1, 2], [3, 4], [5, 6]], _DIGITS, _AXES),
        _case(WORKED_IMAGE, WORKED_KERNEL, "the worked example"),
        _case([[0.5, 1]], [[1, 10]], _DECIMALS),
        _case([[1, 3]], [[0.5, 0.25]], _DECIMALS),
        *random_cases(15, _AXES),
    ]
    return [replace(case, at_shape=_FIT) for case in cases]


def repair_cases() -> list[Case]:
    """Return cases that lack, one by one, what the worked example has.

    Returns
    -------
    list of Case
    """
    worked = "the worked example, which was right before the repair"
    wide = "the shape of the image: in the worked example it is square"
    swapped = "the kernel: the worked example's stays the same when transposed"
    size = "the size of the kernel: in the worked example it is 2 × 2"
    decimals = "decimals: the worked example has only whole numbers"
    return [
        _case(WORKED_IMAGE, WORKED_KERNEL, worked),
        _case(_SQUARE, _DIGITS, swapped),
        _case([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 10]], wide),
        _case([[1, 2], [3, 4], [5, 6]], [[1, 0], [0, 10]], wide),
        _case(_SQUARE, [[5]], size),
        _case(np.arange(9).reshape(3, 3), np.diag([1, 10, 100]), size),
        _case(_SQUARE, [[1, 10]], f"{size}, and square"),
        _case(_SQUARE, [[1], [10]], f"{size}, and square"),
        _case([[0.5, 1], [1, 2]], [[1, 0], [0, 1]], decimals),
        _case([[1, 2], [3, 4]], [[0.5, 0], [0, 0.25]], decimals),
        *random_cases(12, "image and kernel: they may have any shape"),
    ]


def mode_cases() -> list[Case]:
    """Return cases with a third argument: valid, same or full.

    Returns
    -------
    list of Case
    """
    size = "the size of the output in this mode"
    corner = "on which side an even kernel needs the extra zeros"
    edge = "the zeros around the image in this mode"
    table = [
        ([[5]], [[2]], "valid", "one pixel, one weight"),
        (_SQUARE, _DIGITS, "valid", _MEETING),
        (_ROW, [[1, 10]], "valid", _AXES),
        ([[5]], [[2]], "same", edge),
        (_ROW, [[1, 10, 100]], "same", edge),
        (_COLUMN, [[1], [10], [100]], "same", edge),
        (_ROW, [[1, 10]], "same", corner),
        (_COLUMN, [[1], [10]], "same", corner),
        (_ROW, [[1, 10, 100, 1000]], "same", corner),
        (_SQUARE, [[5]], "same", "a kernel with one weight"),
        ([[5]], [[1, 10]], "full", edge),
        (_ROW, [[1, 10]], "full", edge),
        (_COLUMN, [[1], [10]], "full", edge),
        (_SQUARE, _DIGITS, "full", edge),
        ([[0.5, 1]], [[1, 10]], "full", _DECIMALS),
        ([[1, 3]], [[0.5, 0.25]], "full", _DECIMALS),
    ]
    cases = [_case(image, kernel, hint, mode) for image, kernel, mode, hint in table]
    for mode in ("valid", "same", "full"):
        cases += random_cases(4, _AXES, mode)
    return [replace(case, at_shape=size) for case in cases]


def option_cases() -> list[Case]:
    """Return cases with stride, padding and dilation.

    Returns
    -------
    list of Case
    """
    step, rest = "how far the window moves", "the last window that still fits"
    zeros = "the zeros: on all four sides"
    inside = "what stride changes: where a window begins, and nothing inside it"
    gap = "which pixels meet the weights when there are gaps between these"
    cases = [
        replace(_case(_SQUARE, _DIGITS, _MEETING), at_shape=_FIT),
        replace(_case(_ROW, [[1, 10]], _AXES), at_shape=_FIT),
        replace(_case(_COLUMN, [[1], [10]], _AXES), at_shape=_FIT),
        _case(_ROW, [[5]], step, stride=2),
        _case(_COLUMN, [[5]], step, stride=2),
        _case([[1, 2, 3, 4]], [[1, 10]], inside, stride=2),
        _case([[1, 2, 3, 4]], [[1, 10]], rest, stride=3),
        _case([[5]], [[2]], zeros, padding=1),
        _case(_SQUARE, _DIGITS, zeros, padding=1),
        _case(_ROW, [[1, 10]], gap, dilation=2),
        _case(_COLUMN, [[1], [10]], gap, dilation=2),
        _case([[0.5, 1]], [[1]], _DECIMALS, padding=1),
        _case([[1, 3]], [[0.5]], _DECIMALS, padding=1),
    ]
    generator = np.random.default_rng(1)
    together = "how stride, padding and dilation work together"
    for case in random_cases(14, together):
        drawn = generator.integers([1, 1, 1], [4, 3, 3])
        options = zip(("stride", "padding", "dilation"), map(int, drawn), strict=True)
        cases.append(replace(case, options=dict(options)))
    return cases


def random_cases(count: int, look_at: str, *more: str) -> list[Case]:
    """Return the same random images and kernels each time; every third has decimals.

    Parameters
    ----------
    count
        How many.
    look_at
        The hint of each case.
    more
        Arguments after image and kernel.

    Returns
    -------
    list of Case
    """
    generator, cases = np.random.default_rng(0), []
    for number in range(count):
        shapes = generator.integers([3, 3, 1, 1], [7, 7, 4, 4])
        image = generator.integers(-9, 10, shapes[:2])
        kernel = generator.integers(-9, 10, shapes[2:])
        scale = 0.5 if number % 3 == 2 else 1
        cases.append(_case(scale * image, kernel, look_at, *more))
    return cases


def window(
    cell: tuple[int, int],
    *,
    image: np.ndarray,
    kernel: np.ndarray,
    stride: int = 1,
    padding: Padding = 0,
    dilation: int = 1,
) -> list[list[int]]:
    """Return the rows and the columns of the image that an output cell depends on.

    Parameters
    ----------
    cell
        Row and column in the output.
    image, kernel, stride, padding, dilation
        As in `course_utils.convolution.conv2d`.

    Returns
    -------
    list of list of int
    """
    margins = padding_margins(padding, kernel.shape)
    places = zip(cell, margins, image.shape, kernel.shape, strict=True)
    return [
        [
            place
            for weight in range(weights)
            if 0 <= (place := start * stride - before + weight * dilation) < pixels
        ]
        for start, (before, _), pixels, weights in places
    ]


def _case(
    image: ArrayLike,
    kernel: ArrayLike,
    look_at: str,
    *more: str,
    **options: int,
) -> Case:
    return Case((np.array(image), np.array(kernel), *more), options, look_at)
