"""The memory picture of the channel explorer: a pure function of state and photo."""

from collections.abc import Iterator, Sequence

import numpy as np

from course_utils.colours import CHANNEL_TINTS, INK, QUIET
from course_utils.drawing import Box, Hover, Label, Resting, Scene, grid, outline
from course_utils.explorers.channels.state import (
    CHANNELS,
    PATCH,
    Number,
    State,
    arranged,
    in_memory,
    patch,
)

WIDTH, HEIGHT = 800, 322

CELL, STRIP_CELL, AXIS_CELL = 44, 43, 50
"""Sides of a number in its plane, in memory, and in the table of axes."""

LEFT, PLANES_TOP, STRIP_TOP, WORDS_TOP, TABLE_LEFT = 8, 48, 204, 284, 580
_PLANE = PATCH[1] * CELL + 26

Shapes = tuple[Box | Label, ...]


def memory_scene(state: State, photo: np.ndarray) -> Scene:
    """Draw the patch as planes and in memory, and the axes of the whole photo.

    Parameters
    ----------
    state
        What to show.
    photo
        Array, shape (H, W, 3), uint8.

    Returns
    -------
    Scene
        With one `Hover` for each number, which shows it in both places.
    """
    numbers = list(in_memory(state, photo))
    chosen = [n for n in numbers if (n.row, n.column) == (state.row, state.column)]
    words = _words(state, chosen)
    frames = tuple(frame for number in chosen for frame in _frames(number))
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        shapes=(
            *_titles(state, photo),
            *_axes(state, photo),
            *map(_number, numbers),
            Resting((*frames, *text_lines(words, WORDS_TOP))),
        ),
        description=" ".join(words),
    )


def text_lines(texts: Sequence[str], y: float, *, bold: bool = False) -> Shapes:
    """Write lines below one another, from the left edge on.

    Parameters
    ----------
    texts
        One for each line.
    y
        The middle of the first line.
    bold
        Whether they are headings.

    Returns
    -------
    tuple of Label
    """
    return tuple(
        Label(LEFT, y + 22 * i, text, 14, INK, bold, anchor="start")
        for i, text in enumerate(texts)
    )


def letters_above(letters: str, x: float, y: float, cell: float) -> Iterator[Label]:
    """Write letters above columns of numbers.

    Parameters
    ----------
    letters
        One for each column.
    x, y
        Upper left corner of the first column.
    cell
        Width of a column.

    Yields
    ------
    Label
    """
    for i, letter in enumerate(letters):
        yield Label(x + (i + 0.5) * cell, y - 12, letter, 12, QUIET)


def _titles(state: State, photo: np.ndarray) -> Shapes:
    pixels = arranged(patch(state, photo), state.layout)
    order = f"in memory, {state.layout}: shape {pixels.shape}"
    above = STRIP_TOP - 34
    return (
        *text_lines(["these six pixels, plane by plane"], 14, bold=True),
        *text_lines([f"the same {pixels.size} numbers {order}"], above, bold=True),
        Label(TABLE_LEFT, 14, "the whole photo", bold=True, anchor="start"),
        *letters_above(CHANNELS, _plane_left(0), PLANES_TOP, _PLANE),
    )


def _axes(state: State, photo: np.ndarray) -> Shapes:
    whole = arranged(photo, state.layout)
    # One byte a number, so that NumPy's strides are what PyTorch's are.
    table = np.array([whole.shape, whole.strides])
    names = (
        Label(
            TABLE_LEFT - 8, PLANES_TOP + (i + 0.5) * AXIS_CELL, name, 12, anchor="end"
        )
        for i, name in enumerate(("size", "step"))
    )
    note, below = "step: places to the next number", PLANES_TOP + 2 * AXIS_CELL + 14
    return (
        *names,
        *letters_above(state.layout, TABLE_LEFT, PLANES_TOP, AXIS_CELL),
        *grid(table, x=TABLE_LEFT, y=PLANES_TOP, cell=AXIS_CELL),
        Label(TABLE_LEFT, below, note, 12, QUIET, anchor="start"),
    )


def _number(number: Number) -> Hover:
    letter = CHANNELS[number.channel]
    value, tint = np.array([[number.value]]), CHANNEL_TINTS[number.channel]
    look = {"fill": lambda row, column: tint}
    (left, top, cell), (x, y, strip_cell) = _places(number)
    words = [
        f"Row {number.row}, column {number.column}, {letter}: {number.value} "
        f"is at place {number.place} of these, counted from 0,",
        f"and at place {number.place_in_photo} of the whole photo.",
    ]
    return Hover(
        target=(
            *grid(value, x=left, y=top, cell=cell, **look),
            *grid(value, x=x, y=y, cell=strip_cell, **look),
            *letters_above(letter, x, y, strip_cell),
            Label(
                x + strip_cell / 2, y + strip_cell + 11, str(number.place), 12, QUIET
            ),
        ),
        shown=(*_frames(number), *text_lines(words, WORDS_TOP)),
        description=" ".join(words),
    )


def _frames(number: Number) -> Shapes:
    return tuple(
        frame
        for x, y, cell in _places(number)
        for frame in outline([0], [0], x=x, y=y, cell=cell)
    )


def _places(number: Number) -> tuple[tuple[float, float, float], ...]:
    """Return x, y and cell side of a number in its plane, and of the same in memory."""
    x = _plane_left(number.channel) + number.patch_column * CELL
    y = PLANES_TOP + number.patch_row * CELL
    return (x, y, CELL), (LEFT + number.place * STRIP_CELL, STRIP_TOP, STRIP_CELL)


def _plane_left(channel: int) -> int:
    return LEFT + channel * _PLANE


def _words(state: State, chosen: Sequence[Number]) -> list[str]:
    where = [number.place_in_photo for number in chosen]
    step, far = chosen[1].place - chosen[0].place, where[1] - where[0]
    order = {
        "NHWC": "NHWC: pixel after pixel. The three numbers of one lie side by side.",
        "NCHW": "NCHW: plane after plane. The three numbers of one pixel lie "
        f"{step} places apart.",
    }[state.layout]
    apart = f", {far} apart" if state.layout == "NCHW" else ""
    return [
        order,
        f"In the whole photo, pixel [{state.row}, {state.column}] is at places "
        f"{where[0]}, {where[1]} and {where[2]}{apart}.",
    ]
