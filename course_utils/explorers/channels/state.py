"""The channel explorer without its widgets: what is shown, and how it changes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

CHANNELS = "RGB"
LAYOUTS = {"NHWC: channels last": "NHWC", "NCHW: channels first": "NCHW"}
LARGEST_PHOTO = 256

PATCH = (2, 3)
"""Rows and columns of the pixels whose numbers are shown."""


@dataclass(frozen=True)
class View:
    """A way to make the three numbers that the screen gets.

    Parameters
    ----------
    label
        What it is called.
    mix
        What each number of the screen, R, G, B, takes of a pixel's three.
    words
        What it does, in two short lines.
    """

    label: str
    mix: tuple[tuple[float, float, float], ...]
    words: tuple[str, str]


_R, _G, _B, _NONE = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)
_MEAN = (1 / 3, 1 / 3, 1 / 3)

VIEWS = {
    "RGB": View(
        "RGB, as it is",
        (_R, _G, _B),
        ("The screen gets the three numbers", "as they are."),
    ),
    "BGR": View(
        "BGR: first and last swapped",
        (_B, _G, _R),
        ("Red and blue have changed places.", "Green stays where it was."),
    ),
    "R": View(
        "only R",
        (_R, _NONE, _NONE),
        ("Planes G and B are set to 0.", "What is left is red light."),
    ),
    "G": View(
        "only G",
        (_NONE, _G, _NONE),
        ("Planes R and B are set to 0.", "What is left is green light."),
    ),
    "B": View(
        "only B",
        (_NONE, _NONE, _B),
        ("Planes R and G are set to 0.", "What is left is blue light."),
    ),
    "grey": View(
        "grey: the mean of the three",
        (_MEAN, _MEAN, _MEAN),
        ("Their mean, rounded, three times:", "equal numbers look grey."),
    ),
}


@dataclass(frozen=True)
class State:
    """All that the pictures depend on, besides the photo.

    Parameters
    ----------
    view
        A key of `VIEWS`.
    layout
        The order of the axes in memory: ``"NHWC"`` or ``"NCHW"``.
    row, column
        The chosen pixel.
    """

    view: str = "RGB"
    layout: str = "NHWC"
    row: int = 0
    column: int = 0


@dataclass(frozen=True)
class Number:
    """One number of the patch, and where it is.

    Parameters
    ----------
    value
        From 0 to 255.
    channel
        0, 1 or 2.
    row, column
        In the photo.
    patch_row, patch_column
        In the patch.
    place, place_in_photo
        How many numbers lie before it in memory: of the patch, of the whole photo.
    """

    value: int
    channel: int
    row: int
    column: int
    patch_row: int
    patch_column: int
    place: int
    place_in_photo: int


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        A field of `State`.
    value
        Its new value.

    Returns
    -------
    State
    """
    return replace(state, **{name: value})


def as_photo(photo: np.ndarray | None) -> np.ndarray:
    """Check a photo, or bring one.

    Parameters
    ----------
    photo
        Array, shape (H, W, 3), uint8, 2 to 256 rows and 3 to 256 columns. None is the
        dahlia that comes with scikit-learn.

    Returns
    -------
    ndarray
        The same, in one piece of memory.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    photo = _dahlia() if photo is None else np.asarray(photo)
    if photo.ndim != 3 or photo.shape[2] != len(CHANNELS):
        raise ValueError(
            f"photo has shape {photo.shape}; expected (H, W, 3). Channels that come "
            "first go to the end with photo.transpose(1, 2, 0)."
        )
    rows, columns = photo.shape[:2]
    if rows < PATCH[0] or columns < PATCH[1] or max(rows, columns) > LARGEST_PHOTO:
        raise ValueError(
            f"photo has shape {photo.shape}; expected {PATCH[0]} to {LARGEST_PHOTO} "
            f"rows and {PATCH[1]} to {LARGEST_PHOTO} columns. Make a large one smaller "
            "by keeping every 2nd pixel, photo[::2, ::2], or every 3rd."
        )
    if photo.dtype != np.uint8:
        raise ValueError(
            f"photo holds {photo.dtype}; expected uint8. Floats in [0, 1] become that "
            "with (255 * photo).astype(np.uint8)."
        )
    return np.ascontiguousarray(photo)


def seen(pixels: np.ndarray, view: str) -> np.ndarray:
    """Return what the screen gets.

    Parameters
    ----------
    pixels
        Array, shape (..., 3), uint8.
    view
        A key of `VIEWS`.

    Returns
    -------
    ndarray
        The same shape, uint8.
    """
    mix = np.array(VIEWS[view].mix, dtype=np.float32)
    return np.rint(pixels.astype(np.float32) @ mix.T).astype(np.uint8)


def patch_corner(state: State, photo: np.ndarray) -> tuple[int, int]:
    """Return the first row and column of the patch around the chosen pixel.

    It begins with this pixel, or ends at the edge of the photo.

    Parameters
    ----------
    state
        The chosen pixel.
    photo
        Array, shape (H, W, 3).

    Returns
    -------
    tuple of int
    """
    row, column = (size - side for size, side in zip(photo.shape, PATCH, strict=False))
    return min(state.row, row), min(state.column, column)


def patch(state: State, photo: np.ndarray) -> np.ndarray:
    """Return the pixels whose numbers are shown.

    Parameters
    ----------
    state
        The chosen pixel.
    photo
        Array, shape (H, W, 3).

    Returns
    -------
    ndarray
        Shape (2, 3, 3).
    """
    top, left = patch_corner(state, photo)
    return photo[top : top + PATCH[0], left : left + PATCH[1]]


def arranged(image: np.ndarray, layout: str) -> np.ndarray:
    """Lay a batch of one image out in memory.

    Parameters
    ----------
    image
        Array, shape (H, W, C).
    layout
        ``"NHWC"`` or ``"NCHW"``.

    Returns
    -------
    ndarray
        Shape (1, H, W, C) or (1, C, H, W), in one piece: its numbers follow one another
        as they do in `numpy.ravel`.
    """
    order = ["NHWC".index(axis) for axis in layout]
    return np.array(image[None].transpose(order), order="C")


def in_memory(state: State, photo: np.ndarray) -> Iterator[Number]:
    """Go through the patch's numbers in the order in which they lie in memory.

    Parameters
    ----------
    state
        The chosen pixel and the layout.
    photo
        Array, shape (H, W, 3).

    Yields
    ------
    Number
    """
    top, left = patch_corner(state, photo)
    steps = dict(zip(state.layout, arranged(photo, state.layout).strides, strict=True))
    pixels = arranged(patch(state, photo), state.layout)
    for number, (index, value) in enumerate(np.ndenumerate(pixels)):
        at = dict(zip(state.layout, index, strict=True))
        row, column = top + at["H"], left + at["W"]
        yield Number(
            value=int(value),
            channel=at["C"],
            row=row,
            column=column,
            patch_row=at["H"],
            patch_column=at["W"],
            place=number,
            place_in_photo=row * steps["H"]
            + column * steps["W"]
            + at["C"] * steps["C"],
        )


def _dahlia() -> np.ndarray:
    from sklearn.datasets import load_sample_image

    return load_sample_image("flower.jpg")[52:388:4, 64:576:4]
