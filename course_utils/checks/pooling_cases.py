"""Cases for checks of pooling: hand-written tiny ones first, then random ones."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_utils.checks.judging import Case

_SQUARE = [[1, 2], [4, 3]]
_DECIMALS = "what becomes of decimals"


def pool_cases() -> list[Case]:
    """Return images, window sizes and options for pooling.

    Returns
    -------
    list of Case
    """
    kept = "what this mode keeps of a window, and as what kind of number"
    touch = "the stride when none is given: windows just touch"
    axes = "rows and columns: how many windows fit, for each by itself"
    step, rest = "how far the window moves", "the last window that still fits"
    negative = "negative numbers: with what does your search for the largest begin?"
    wide = "the padding: as many rows and columns on each side as it says"
    margin = "the padding: once on each side, and filled with what in this mode?"
    loses = "the padding: does it lose against every number, however small?"
    zeros = "the zeros of the padding: they count in an average"
    table = [
        (_SQUARE, 2, {"stride": 2}, kept),
        (_SQUARE, 2, {"mode": "average", "stride": 2}, kept),
        ([[1, 2, 8, 3], [4, 5, 6, 7]], 2, {"stride": 2}, axes),
        ([[1, 2], [4, 3], [5, 9], [7, 8]], 2, {"stride": 2}, axes),
        (_SQUARE, 1, {"stride": 1}, "a window of one cell"),
        ([[1, 2, 8, 3], [4, 5, 6, 7]], 2, {}, touch),
        ([[1, 5, 2], [0, 3, 4]], 2, {"stride": 1}, step),
        ([[1, 2, 3, 4, 5]], 1, {"stride": 2}, step),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2, {}, rest),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 3, {}, "a window as large as the image"),
        ([[-3, -1], [-4, -2]], 2, {}, negative),
        ([[-5]], 2, {"padding": 1}, margin),
        ([[-5, -7], [-2, -9]], 2, {"padding": 1}, margin),
        ([[5, 7], [2, 9]], 3, {"padding": 1, "stride": 1}, margin),
        (np.arange(16).reshape(4, 4), 4, {"padding": 2}, wide),
        ([[-20_000]], 2, {"padding": 1}, loses),
        ([[-8]], 2, {"mode": "average", "padding": 1}, zeros),
        ([[8, 4], [12, 16]], 2, {"mode": "average", "padding": 1}, zeros),
        ([[1, 2], [2, 2]], 2, {"mode": "average"}, _DECIMALS),
        ([[0.5, 1.5], [1.25, 0]], 2, {}, _DECIMALS),
    ]
    drawn = _random_options(15, "how mode, stride and padding work together")
    return [
        Case((np.array(image), size), options, look_at)
        for image, size, options, look_at in [*table, *drawn]
    ]


def global_cases() -> list[Case]:
    """Return batches of images with a mode for global pooling.

    Returns
    -------
    list of Case
    """
    kept = "which axes are pooled away, and what this mode keeps of them"
    mean = "what an average is: the sum, divided by the number of its pixels"
    channels = "channels: each has a number of its own"
    images = "images: each has numbers of its own"
    cases = [
        _batch([[_SQUARE]], "max", kept),
        _batch([[_SQUARE]], "average", kept),
        _batch([[[[1, 2, 6]]]], "average", mean),
        _batch([[[[5]]]], "max", "an image of one cell"),
        _batch([[[[1, 2]], [[4, 3]]]], "max", channels),
        _batch([[[[1, 2]], [[4, 3]]]], "average", channels),
        _batch([[[[1, 2]]], [[[4, 3]]]], "max", images),
        _batch([[[[1, 2]]], [[[4, 3]]]], "average", images),
        _batch([[[[-3, -1], [-4, -2]]]], "max", "negative numbers"),
        _batch([[[[0.5], [1.25], [1]]]], "max", _DECIMALS),
    ]
    generator, shape = np.random.default_rng(0), "the shape of the batch: (N, C, H, W)"
    for number in range(8):
        drawn = generator.integers(-9, 10, generator.integers(2, 5, 4))
        cases.append(_batch(drawn, ("max", "average")[number % 2], shape))
    return cases


def stack_cases() -> list[Case]:
    """Return stacks of layers, each layer (kernel_size, stride, dilation).

    Returns
    -------
    list of Case
    """
    jump = "by how many input cells the layer's own inputs lie apart"
    order = "which jump counts: the one from the layers before this one"
    parts = "what is what in a layer: kernel size, stride, dilation"
    span = "how many cells a kernel spans when it is dilated"
    table: list[tuple[list, str]] = [
        ([(3, 1, 1)], "one layer: its cell sees its window"),
        ([(1, 1, 1)], "a kernel with one weight"),
        ([(1, 2, 1)], parts),
        ([(3, 1, 1), (3, 1, 1)], "how much a second layer adds"),
        ([(2, 2, 1)], order),
        ([(3, 1, 1), (2, 2, 1)], order),
        ([(2, 2, 1), (3, 1, 1)], jump),
        ([(1, 2, 1), (1, 2, 1)], "how two strides work together"),
        ([(1, 3, 1), (2, 2, 1), (2, 1, 1)], "how two strides work together"),
        ([(3, 1, 2)], span),
        ([(2, 1, 4)], span),
        ([(3, 2, 1), (3, 1, 2)], span),
        ([(3, 2, 1), (3, 2, 1), (3, 2, 1)], jump),
        ([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)], jump),
        ([], "a stack without layers: a cell sees itself"),
    ]
    generator, all_three = np.random.default_rng(0), "kernel, stride and dilation"
    for depth in (2, 3, 3, 4, 4, 5):
        drawn = generator.integers(1, [6, 4, 4], (depth, 3)).tolist()
        table.append(([tuple(layer) for layer in drawn], all_three))
    return [Case((layers,), look_at=look_at) for layers, look_at in table]


def move_cases() -> list[Case]:
    """Return images that move right by one pixel, and windows to pool them with.

    Returns
    -------
    list of Case
    """
    fraction = "what comes out: of all pooled cells, the fraction that changes"
    direction = "which way the image moves"
    signs = "gains and losses: a cell that gains 9 and one that loses 9 both changed"
    far = "how far the image moves: one pixel"
    rows = "in which rows pixels end up that leave the image on the right"
    change = "a cell has changed, or it has not: by how much does not matter"
    together = "pixels that leave on the right, and what counts as a change"
    wrapped = np.zeros((4, 4), dtype=int)
    wrapped[1, 3] = wrapped[2, 0] = 9
    # The first three are right even with the three mistakes of the exercise's function.
    table = [
        ([[0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]], 2, fraction),
        ([[5, 5, 5, 5], [5, 5, 5, 5]], 2, "an image that looks the same when moved"),
        ([[0, 0, 0, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]], 3, direction),
        ([[0, 9, 0, 0], [0, 0, 0, 0]], 2, signs),
        ([[9, 0, 0, 0], [0, 0, 0, 0]], 2, far),
        ([[0, 0, 9, 0, 0, 0], [0, 0, 9, 0, 0, 0]], 2, far),
        (wrapped, 2, rows),
        (np.diag([1, 1, 1, 1]), 1, rows),
        ([[0, 9, 9, 0], [0, 0, 0, 0]], 2, change),
        ([[9, 0, 5, 2], [1, 1, 1, 1]], 2, change),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 3, "one window that holds everything"),
        ([[0.5, 0.75], [0.5, 0.25]], 1, change),
    ]
    generator = np.random.default_rng(0)
    for number in range(8):
        size = (2, 3, 1, 4)[number % 4]
        shape = size * generator.integers(1, 4, 2) + generator.integers(0, 2, 2)
        table.append((generator.integers(0, 5, shape), size, together))
    return [
        Case((np.array(image), size), look_at=look_at) for image, size, look_at in table
    ]


def _batch(images: ArrayLike, mode: str, look_at: str) -> Case:
    return Case((np.array(images), mode), look_at=look_at)


def _random_options(count: int, look_at: str) -> list[tuple[Any, ...]]:
    generator, drawn = np.random.default_rng(0), []
    for number in range(count):
        height, width, size = map(int, generator.integers([3, 3, 1], [8, 8, 4]))
        image = generator.integers(-9, 10, (height, width))
        options = {
            "mode": ("max", "average")[number % 2],
            "stride": (None, 1, 2, 3)[generator.integers(4)],
            "padding": int(generator.integers(size // 2 + 1)),
        }
        scale = 0.5 if number % 3 == 2 else 1
        drawn.append((scale * image, size, options, look_at))
    return drawn
