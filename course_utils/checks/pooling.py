"""Checks for notebook 04, *Pooling*."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from course_utils import convolution, sizes
from course_utils.checks.comparing import differing, numbers, shown
from course_utils.checks.convolution_cases import window
from course_utils.checks.judging import judge_function
from course_utils.checks.picturing import Panel, side_by_side
from course_utils.checks.pooling_cases import (
    global_cases,
    move_cases,
    pool_cases,
    stack_cases,
)
from course_utils.checks.verdict import Verdict, right, to_do, wrong
from course_utils.drawing import Scene

HAND_IMAGE = (
    (1, 0, 6, 2, 3),
    (4, 2, 0, 1, 1),
    (0, 3, 5, 0, 2),
    (2, 1, 0, 7, 0),
    (8, 0, 1, 2, 9),
)
"""The image of the exercise on paper."""

HAND_SIZE, HAND_STRIDE = 3, 2
"""The windows of that exercise: they overlap by one row or one column."""


def check_pooled_by_hand(answer: Sequence[Sequence[float]] | None) -> Verdict:
    """Check a small max pooling that was worked out by hand.

    The exercise: `HAND_IMAGE`, windows of `HAND_SIZE`, stride `HAND_STRIDE`.

    Parameters
    ----------
    answer
        The learner's numbers, as a list of rows.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.pool2d`. Wrong numbers with a known
        cause, such as another stride, get a hint at that cause.
    """
    if answer is None:
        return to_do("replace None by the rows of the output")
    image, result = np.array(HAND_IMAGE), numbers(answer)
    expected = convolution.pool2d(image, HAND_SIZE, stride=HAND_STRIDE)
    if result is None or result.dtype.kind not in "iuf":
        problem = f"the answer should be rows of numbers, got {shown(answer)}"
        return wrong(problem, scene=_question(image, expected, (0, 0)))
    cells = differing(expected, result)
    if result.shape == expected.shape and not cells:
        return right(f"{expected.tolist()}")
    cell = cells[0] if cells else (0, 0)
    message = f"cell {[*cell]} is not right"
    if result.shape != expected.shape:
        message = f"expected {len(expected)} rows of {len(expected[0])} numbers, "
        message += f"yours has shape {result.shape}"
    picture = _question(image, expected, cell)
    return wrong(message, look_at=_cause(image, result), scene=picture)


def check_global_pool(global_pool: Callable | None) -> Verdict:
    """Check global pooling of a batch.

    Parameters
    ----------
    global_pool
        ``global_pool(images, mode)``: shape (N, C, H, W) to (N, C); mode ``"max"`` or
        ``"average"``. Maxima of integers stay integers.

    Returns
    -------
    Verdict
        Compared with one window of `course_utils.convolution.pool2d` as large as the
        image.
    """
    cases = global_cases()
    return judge_function(global_pool, _global_pool, cases, name="global_pool")


def check_pool2d(pool2d: Callable | None) -> Verdict:
    """Check pooling of one image.

    Parameters
    ----------
    pool2d
        ``pool2d(image, kernel_size, *, mode="max", stride=None, padding=0)``: shape
        (H, W) to (OH, OW), with an integer for each number. Maxima of integers stay
        integers, averages are floating point.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.pool2d`.
    """
    cases = pool_cases()
    return judge_function(pool2d, _pool2d, cases, name="pool2d", window=_window)


def check_receptive_field(receptive_field: Callable | None) -> Verdict:
    """Check the receptive field of a stack of layers.

    Parameters
    ----------
    receptive_field
        ``receptive_field(layers)``: a list of (kernel_size, stride, dilation), first
        layer first, to the pair (size, jump).

    Returns
    -------
    Verdict
        Compared with `course_utils.sizes.receptive_field`.
    """
    cases, reference = stack_cases(), sizes.receptive_field
    return judge_function(receptive_field, reference, cases, name="receptive_field")


def check_changed_cells(changed_cells: Callable | None) -> Verdict:
    """Check the measuring of how much a pooled image changes when the image moves.

    Parameters
    ----------
    changed_cells
        ``changed_cells(image, kernel_size)``: the fraction of cells of the max-pooled
        image that change when the image moves right by one pixel; what leaves it
        there comes back on the left.

    Returns
    -------
    Verdict
        Compared cell by cell.
    """
    cases = move_cases()
    return judge_function(changed_cells, _changed_cells, cases, name="changed_cells")


def _cause(image: np.ndarray, result: np.ndarray) -> str:
    def pooled(size: int, stride: int, mode: str = "max") -> np.ndarray:
        return convolution.pool2d(image, size, stride=stride, mode=mode)

    expected = pooled(HAND_SIZE, HAND_STRIDE)
    step = f"the stride: from one window to the next it is {HAND_STRIDE} cells"
    size = f"the size of a window: {HAND_SIZE} rows and {HAND_SIZE} columns"
    largest = "what max pooling keeps: the largest number"
    causes = [
        (pooled(HAND_SIZE, 1), step),
        (pooled(HAND_SIZE, HAND_SIZE), step),
        (pooled(2, HAND_STRIDE), size),
        (pooled(2, 1), size),
        (pooled(HAND_SIZE, HAND_STRIDE, "average"), largest),
        (-convolution.pool2d(-image, HAND_SIZE, stride=HAND_STRIDE), largest),
        (expected.T, "rows and columns: the windows go from left to right first"),
        (expected.ravel(), "the brackets: a list of rows, and each row is a list"),
    ]
    otherwise = "the framed window: which of its numbers is the largest?"
    if result.shape != expected.shape:
        otherwise = "how many windows fit side by side, and below one another"
    hints = (
        hint
        for wrong_one, hint in causes
        if wrong_one.shape == result.shape and not differing(wrong_one, result)
    )
    return next(hints, otherwise)


def _question(
    image: np.ndarray, expected: np.ndarray, cell: tuple[int, int]
) -> Scene | None:
    rows, columns = _window(cell, image, HAND_SIZE, stride=HAND_STRIDE)
    empty = np.full(expected.shape, np.nan)
    panels = [
        Panel("image", image, [*product(rows, columns)]),
        Panel("pooled", empty, [cell], note=f"cell {[*cell]}"),
    ]
    return side_by_side(panels, "the window of one cell, and that cell")


def _window(
    cell: tuple[int, int],
    image: np.ndarray,
    kernel_size: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    mode: str = "max",
) -> list[list[int]]:
    # A window of pooling is one of convolution: the weights don't matter here.
    weights = np.empty((kernel_size, kernel_size))
    step = kernel_size if stride is None else stride
    return window(cell, image=image, kernel=weights, stride=step, padding=padding)


def _global_pool(images: np.ndarray, mode: str) -> np.ndarray:
    return convolution.pool2d(images, images.shape[-2:], mode=mode)[..., 0, 0]


def _pool2d(
    image: np.ndarray,
    kernel_size: int,
    *,
    mode: str = "max",
    stride: int | None = None,
    padding: int = 0,
) -> np.ndarray:
    return convolution.pool2d(
        image, kernel_size, mode=mode, stride=stride, padding=padding
    )


def _changed_cells(image: np.ndarray, kernel_size: int) -> float:
    pooled = convolution.pool2d(image, kernel_size)
    moved = convolution.pool2d(np.roll(image, 1, axis=1), kernel_size)
    return float(np.mean(moved != pooled))
