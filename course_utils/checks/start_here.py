"""Checks for notebook 00, *Start Here*."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from course_utils.checks.comparing import numbers
from course_utils.checks.judging import Case, judge_function
from course_utils.checks.running import run
from course_utils.checks.verdict import Verdict, wrong

WHITE = 255
"""Pixels run from 0, black, to 255, white."""


def check_negative(negative: Callable | None) -> Verdict:
    """Check the negative of an image: what was dark is bright.

    Parameters
    ----------
    negative
        ``negative(image)``: array of any shape, 0 to 255, to one of the same shape.

    Returns
    -------
    Verdict
    """
    return judge_function(negative, _negative, _negative_cases(), name="negative")


def check_swap_bgr(swap_bgr: Callable | None) -> Verdict:
    """Check the exchange of the first and the third channel.

    Parameters
    ----------
    swap_bgr
        ``swap_bgr(image)``: array, shape (..., 3), to one of the same shape, which may
        be a view. It leaves its input as it was.

    Returns
    -------
    Verdict
    """
    return judge_function(swap_bgr, _swap_bgr, _swap_cases(), name="swap_bgr")


def check_to_nchw(to_nchw: Callable | None) -> Verdict:
    """Check the step from NHWC to NCHW.

    Parameters
    ----------
    to_nchw
        ``to_nchw(images)``: array, shape (N, H, W, C), to one of shape (N, C, H, W).

    Returns
    -------
    Verdict
        Compared with `numpy.transpose`.
    """
    return judge_function(to_nchw, _to_nchw, _axes_cases(), name="to_nchw")


def check_flat_index(flat_index: Callable | None) -> Verdict:
    """Check where a pixel ends up when an image is flattened.

    Parameters
    ----------
    flat_index
        ``flat_index(row, column, width)``: integers, counted from 0, to an integer.

    Returns
    -------
    Verdict
    """
    return judge_function(flat_index, _flat_index, _index_cases(), name="flat_index")


def check_brighten(brighten: Callable | None) -> Verdict:
    """Check arithmetic with pixels that must not wrap around.

    Parameters
    ----------
    brighten
        ``brighten(image, amount)``: array of any shape, uint8, and an integer, which
        may be negative, to an array of the same shape, uint8. Below 0 is 0, above 255
        is 255.

    Returns
    -------
    Verdict
    """
    cases = _brighten_cases()
    verdict = judge_function(brighten, _brighten, cases, name="brighten")
    if verdict.status != "right":
        return verdict
    return _not_bytes(brighten, cases[0]) or verdict


def _negative(image: np.ndarray) -> np.ndarray:
    return WHITE - image


def _swap_bgr(image: np.ndarray) -> np.ndarray:
    return image[..., ::-1]


def _to_nchw(images: np.ndarray) -> np.ndarray:
    return np.transpose(images, (0, 3, 1, 2))


def _flat_index(row: int, column: int, width: int) -> int:
    return row * width + column


def _brighten(image: np.ndarray, amount: int) -> np.ndarray:
    return np.clip(image.astype(int) + amount, 0, WHITE).astype(np.uint8)


def _not_bytes(brighten: Callable, case: Case) -> Verdict | None:
    kind = numbers(run(brighten, case.args).value)
    if kind is not None and kind.dtype == np.uint8:
        return None
    return wrong(
        f"all values are right, but they are {getattr(kind, 'dtype', None)} and should "
        "be uint8",
        look_at="the last step, back to one byte per pixel",
    )


def _negative_cases() -> list[Case]:
    ends = "the ends: black, 0, becomes white, 255, and white becomes black"
    middle = "the greys in between"
    axes = "the shape, which stays as it is"
    table = [
        ([[0, 100, 255]], ends),
        ([[0, 100], [200, 255]], middle),
        ([[10, 20, 30]], middle),
        ([[10], [20]], axes),
        ([[127]], middle),
        ([[0, 0], [0, 0]], ends),
    ]
    photo = "pixels of dtype uint8: they wrap around below 0 and above 255"
    shapes = [(2, 3), (3, 2), (4, 4), (2, 2, 3)]
    return [
        *_images(table),
        Case((np.array([[0, 100, 255]], np.uint8),), look_at=photo),
        *_random_images(shapes, axes),
    ]


def _swap_cases() -> list[Case]:
    ends = "which two of the three numbers change places"
    axis = "the axis that holds the channels: the last one"
    shape = "the shape, which stays as it is"
    grey = np.array([[1, 2], [3, 4]])[..., None]
    pixel = [[[1, 2, 3]]]
    table = [
        # Grey pixels stay the same in any order of channels: here the axis is wrong.
        (grey.repeat(3, axis=2), axis),
        (pixel, ends),
        ([[[1, 2, 3], [10, 20, 30]]], axis),
        ([[[1, 2, 3]], [[10, 20, 30]]], axis),
        (_digits(3, 3, 3), "rows and columns, which keep their order"),
        ([[[0.5, 0.25, 1]]], ends),
        ([_digits(1, 2, 3), 100 + _digits(1, 2, 3)], "a batch, shape (N, H, W, 3)"),
        (pixel[0][0], "a single pixel, shape (3,)"),
        ([[1, 2, 3], [10, 20, 30]], "a list of pixels, shape (N, 3)"),
        ([[_digits(1, 2, 3)], [_digits(1, 2, 3)]], "any number of axes in front"),
    ]
    shapes = [(2, 4, 3), (3, 2, 3), (5, 3), (2, 3, 2, 3)]
    cases = [*_images(table), *_random_images(shapes, axis)]
    return [replace(case, at_shape=shape) for case in cases]


def _axes_cases() -> list[Case]:
    shape = "the shape: images, channels, then rows and columns"
    order = "which numbers belong together: tens count pixels, ones channels"
    sides = "rows and columns, which keep their order"
    channels = "the number of channels, which need not be 3"
    batch = "the images of the batch, which stay apart"
    table = [
        # With one channel `reshape` is right: what is wrong here is the shape.
        ([_digits(2, 3, 1)], shape),
        ([_digits(1, 2, 3)], order),
        ([_digits(2, 2, 3)], order),
        ([_digits(2, 1, 3)], sides),
        ([_digits(2, 3, 3)], sides),
        ([_digits(2, 3, 4)], channels),
        ([_digits(1, 2, 3), 100 + _digits(1, 2, 3)], batch),
        ([[[[0.5, 0.25, 1]]]], order),
    ]
    shapes = [(3, 2, 4, 3), (1, 4, 2, 1), (2, 3, 3, 3), (3, 3, 2, 2)]
    cases = [*_images(table), *_random_images(shapes, sides)]
    return [
        replace(case, at_shape=shape) if case.look_at in (order, sides) else case
        for case in cases
    ]


def _index_cases() -> list[Case]:
    first = "the first row: its pixels keep their places"
    below = "how many pixels stand before the first one of the row"
    both = "both steps: down the rows, then along the row"
    table = [
        (0, 3, 5, first),
        (1, 0, 5, below),
        (2, 0, 5, below),
        (2, 3, 5, both),
        (0, 0, 1, "counting from 0"),
        (3, 0, 1, below),
        (1, 2, 3, both),
        (4, 1, 2, both),
        (7, 7, 8, "the last pixel of an 8 × 8 image"),
        (0, 27, 28, first),
        (27, 0, 28, below),
        (27, 27, 28, both),
    ]
    return [Case(tuple(sizes), look_at=hint) for *sizes, hint in table]


def _brighten_cases() -> list[Case]:
    top = "what is too bright: it should stop at 255"
    bottom = "what is too dark: it should stop at 0"
    room = "pixels that have room: nothing is cut off there"
    table = [
        ([[250, 100]], 10, top),
        ([[0, 100]], 50, room),
        ([[5, 100]], -10, bottom),
        ([[0, 255]], 0, room),
        ([[0, 128, 255]], 255, top),
        ([[0, 128, 255]], -255, bottom),
        ([[245], [246]], 10, top),
        ([[10], [9]], -10, bottom),
        ([[0, 100]], 300, "an amount that does not fit into one byte"),
        ([[[250, 100, 0]]], 30, "a colour image: shape (H, W, 3)"),
    ]
    cases = [
        Case((np.array(image, np.uint8), amount), look_at=hint)
        for image, amount, hint in table
    ]
    amounts = ((80, top), (-80, bottom), (1, room))
    for case, (amount, hint) in zip(_random_images([(3, 4)] * 3), amounts, strict=True):
        cases.append(Case((case.args[0].astype(np.uint8), amount), look_at=hint))
    return cases


def _digits(rows: int, columns: int, channels: int) -> np.ndarray:
    """Return an image of shape (H, W, C): tens count its pixels, ones its channels."""
    pixels = 10 * np.arange(rows * columns).reshape(rows, columns, 1)
    return pixels + np.arange(channels)


def _images(table: list[tuple[ArrayLike, str]]) -> list[Case]:
    return [Case((np.array(image),), look_at=hint) for image, hint in table]


def _random_images(shapes: list[tuple[int, ...]], look_at: str = "") -> list[Case]:
    generator = np.random.default_rng(0)
    images = (generator.integers(0, WHITE + 1, shape) for shape in shapes)
    return [Case((image.astype(np.uint8),), look_at=look_at) for image in images]
