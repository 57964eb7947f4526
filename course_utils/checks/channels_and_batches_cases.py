"""Cases for the checks of notebook 03: hand-written tiny ones first, then random ones.

Weights of 1, 10, 100 make the digits of a sum show which pixel met which weight.
"""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.checks.judging import Case
from course_utils.examples import COLOUR_IMAGE, COLOUR_KERNELS

_ADDED = "the channels: what becomes of their sums"
_AXES = "the order of the axes: kernels, channels, rows, columns"
_BATCH = "the batch: each image by itself"
_BIAS = "the bias: one number for a whole output plane"
_BYTES = "pixels that are stored as bytes: a sum of them needs more room"
_DECIMALS = "what becomes of decimals in the output"
_FORM = "what comes out: the shape in the docstring, and integers for integers"
_FIT = "rows and columns: how many windows fit, for each by itself"
_PLANES = "the output planes: one for each kernel, in their order"
_SQUARE, _DIGITS = [[1, 2], [3, 4]], [[1, 10], [100, 1000]]


def batch_cases() -> list[Case]:
    """Return images, kernels and biases: one of each first, then more and more.

    Returns
    -------
    list of Case
    """
    one, meeting = np.ones((1, 1)), "which weight meets which pixel"
    deep, both = [[[1]], [[2]]], [[[1]], [[10]]]
    wide = [[1, 2, 3], [4, 5, 6]]
    return [
        _case([[[[3]]]], [[[[5]]]], _FORM),
        _case([[_SQUARE]], [[_DIGITS]], meeting),
        _case([[[[1, 2, 3]]]], [[[[1, 10]]]], _FIT),
        _case([[[[1], [2], [3]]]], [[[[1], [10]]]], _FIT),
        _case([deep], [both], _ADDED),
        _case([[_SQUARE, _SQUARE]], [[_DIGITS, [[0, 0], [0, -1000]]]], _ADDED),
        _case([[[[3]]]], [[[[1]]], [[[10]]]], _PLANES),
        _case([deep], [both, [[[100]], [[1000]]]], _AXES),
        _case([deep], [both, [[[3]], [[5]]], [[[7]], [[9]]]], _AXES),
        _case([[[[1]]], [[[2]]]], [[[[5]]]], _BATCH),
        _case([deep, [[[3]], [[4]]]], [both, [[[100]], [[1000]]]], _BATCH),
        _case([[[[1]]]], [[[[5]]]], "the bias", [10]),
        _case([deep], [both], "the bias: how often it is added", [100]),
        _case([[_SQUARE]], [[[[1]]], [[[10]]]], _BIAS, [100, 200]),
        _case([[wide]], [[[[1]]], [[[2]]], [[[3]]]], _BIAS, [100, 200, 300]),
        _case([[wide]], [[one]] * 2, _DECIMALS, [0.5, 0.25]),
        _case([[[[5]]]], [[[[0.5]]]], _DECIMALS),
        _case([[[[0.5]]]], [[[[5]]]], _DECIMALS),
        _case(np.array([[[[200, 100]]]], np.uint8), [[[[1, 1]]]], _BYTES),
        *_random_cases(12, "all of it: batch, kernels, channels, rows and columns"),
    ]


def repair_cases() -> list[Case]:
    """Return cases that lack, one by one, what the example of the broken layer has.

    Returns
    -------
    list of Case
    """
    worked = "the example, which was right before the repair"
    channels = "the channels: in the example there are two, but there may be any number"
    biases = "the biases: in the example they are zero"
    batch = "the batch: in the example it holds one image"
    zero = [0, 0]
    image, weight = np.array(COLOUR_IMAGE)[:, :, :3], np.array(COLOUR_KERNELS)
    pair, kernels = image[None, :2], weight[:, :2]
    digits = np.array([[1, 10, 100, 1000], [1, 1, 1, 1]])[:, :, None, None]
    three = digits[[0, 1, 1], :2]
    return [
        _case(pair, kernels, worked, zero),
        _case([[[[1, 2]], [[3, 4]], [[5, 6]]]], digits[:, :3], channels, zero),
        _case([[[[1, 2]]]], digits[:, :1], channels, zero),
        _case([[[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]]], digits, channels, zero),
        _case(pair, kernels, f"{biases}, and as many as output columns", [100, 200]),
        _case([[[[1, 2, 3]], [[4, 5, 6]]]], digits[:, :2], biases, [100, 200]),
        _case([[[[1, 2]], [[3, 4]]]], three, "the biases: how many", [100, 200, 300]),
        _case([[[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, 8]]]], digits[:, :2], batch, zero),
        _case([image, -image], weight, batch, zero),
        *_random_cases(9, "all three: batch, channels and biases"),
    ]


def pixel_cases() -> list[Case]:
    """Return images (N, C, H, W) and weights (F, C) for kernels of one pixel.

    Returns
    -------
    list of Case
    """
    mixing = "how the channels are mixed: a row of the weight for each output plane"
    places = "rows and columns: every pixel stays where it is"
    axes = "the order of the axes: images, output planes, rows, columns"
    table = [
        ([[[[3]]]], [[5]], _FORM),
        ([[[[1]], [[2]]]], [[1, 10]], mixing),
        ([[[[3]]]], [[1], [10]], mixing),
        ([[[[1]], [[2]]]], [[1, 10], [100, 1000]], mixing),
        ([[[[1, 2, 3]]]], [[10]], places),
        ([[[[1, 2, 3]], [[4, 5, 6]]]], [[1, 10]], places),
        ([[_SQUARE, [[5, 6], [7, 8]]]], [[1, 10], [100, 0]], places),
        ([[[[1]], [[2]]]], [[1, 10], [100, 0], [0, 100]], axes),
        ([[[[1]]], [[[2]]]], [[5], [7]], axes),
        ([[_SQUARE], [_DIGITS]], [[1], [10]], _BATCH),
        ([[[[0.5]], [[1.5]]]], [[0.5, 1]], _DECIMALS),
        ([[[[5]]]], [[0.5]], _DECIMALS),
        ([[[[0.5]]]], [[5]], _DECIMALS),
        (np.array([[[[200]], [[100]]]], np.uint8), [[1, 1]], _BYTES),
    ]
    generator = np.random.default_rng(2)
    for _ in range(9):
        n, c, h, w, f = generator.integers(1, 5, 5)
        images = generator.integers(-9, 10, (n, c, h, w))
        table.append((images, generator.integers(-9, 10, (f, c)), axes))
    return [_case(*row) for row in table]


def count_cases() -> list[Case]:
    """Return input shapes, numbers of kernels and kernel sizes.

    Returns
    -------
    list of Case
    """
    biases = "the biases: one for each kernel, one for each unit of the dense layer"
    channels = "the channels, first in input_shape: a kernel has a plane for each"
    dense = "the dense layer, second in the pair: each unit has a weight for each input"
    size = "the size of an output plane: the rule from notebook 01"
    pair = "a kernel that is not square: rows first, then columns"
    table = [
        ((1, 1, 1), 1, 1, False, "what comes out: two integers; here without biases"),
        ((1, 2, 1), 1, 1, False, dense),
        ((2, 1, 1), 1, 1, False, channels),
        ((1, 3, 3), 1, 3, False, "a kernel as large as the image: how often it fits"),
        ((1, 3, 3), 1, 2, False, size),
        ((1, 3, 5), 1, 2, False, size),
        ((1, 3, 3), 4, 2, False, "the kernels: each gives a plane of its own"),
        ((2, 3, 3), 1, 2, False, channels),
        ((3, 4, 4), 2, 3, False, channels),
        ((1, 1, 1), 1, 1, True, biases),
        ((1, 3, 3), 1, 2, True, biases),
        ((3, 4, 4), 2, 2, True, biases),
        ((1, 4, 4), 1, (1, 3), False, pair),
        ((2, 5, 7), 3, (3, 2), False, pair),
        ((2, 5, 7), 3, (2, 3), True, pair),
        ((3, 28, 20), 8, (5, 3), True, pair),
        ((1, 28, 28), 32, 3, True, biases),
        ((64, 14, 14), 128, 1, False, "kernels of one pixel"),
    ]
    return [
        Case((shape, kernels, kernel_size), {"bias": bias}, hint)
        for shape, kernels, kernel_size, bias, hint in table
    ]


def window(
    cell: tuple[int, ...],
    *,
    images: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
) -> list[list[int]]:
    """Return which images, channels, rows and columns an output cell depends on.

    Parameters
    ----------
    cell
        Image, kernel, row and column of the output.
    images, weight, bias
        As in `course_utils.convolution.conv2d`, with all axes.

    Returns
    -------
    list of list of int
    """
    image, _, row, column = cell
    rows, columns = weight.shape[2:]
    channels = [*range(images.shape[1])]
    return [
        [image],
        channels,
        [*range(row, row + rows)],
        [*range(column, column + columns)],
    ]


def _random_cases(count: int, look_at: str) -> list[Case]:
    generator, cases = np.random.default_rng(0), []
    for number in range(count):
        n, c, f, rows, columns = generator.integers(1, 4, 5)
        h, w = generator.integers([rows, columns], 6)
        images = generator.integers(-9, 10, (n, c, h, w))
        weight = generator.integers(-9, 10, (f, c, rows, columns))
        bias = generator.integers(-9, 10, f)
        scale = 0.5 if number % 3 == 2 else 1
        cases.append(_case(scale * images, weight, look_at, bias))
    return cases


def _case(
    images: ArrayLike,
    weight: ArrayLike,
    look_at: str,
    bias: ArrayLike | None = None,
) -> Case:
    more = () if bias is None else (np.array(bias),)
    return Case((np.array(images), np.array(weight), *more), look_at=look_at)
