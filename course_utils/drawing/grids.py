"""Matrices of numbers as shapes."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from course_utils.colours import PAPER, WINDOW, readable_on
from course_utils.drawing.shapes import Box, Label, Shape


def grid(
    values: np.ndarray,
    *,
    x: float,
    y: float,
    cell: float = 40,
    fill: Callable[[int, int], str] | None = None,
) -> list[Shape]:
    """Draw a matrix of numbers as boxes with the numbers inside.

    Parameters
    ----------
    values
        Array, shape (H, W). NaN leaves its cell empty.
    x, y
        Upper left corner, in pixels.
    cell
        Side of one cell, in pixels.
    fill
        ``fill(row, column)`` gives a cell's colour; white without it.

    Returns
    -------
    list of Shape
        A box for each cell, and a label for each number.
    """
    shapes: list[Shape] = []
    for (row, column), value in np.ndenumerate(values):
        left, top = x + column * cell, y + row * cell
        colour = fill(row, column) if fill else PAPER
        shapes.append(Box(left, top, cell, cell, fill=colour, stroke="#AAAAAA"))
        if text := format_number(value):
            # Long numbers shrink so that they stay inside their cell.
            size = min(0.38 * cell, 1.45 * cell / len(text))
            middle = left + cell / 2, top + cell / 2
            shapes.append(Label(*middle, text, size, readable_on(colour)))
    return shapes


# A picture writes the same few numbers thousands of times.
@lru_cache(maxsize=1024)
def format_number(value: float) -> str:
    """Write a number as short as a grid cell needs it.

    Parameters
    ----------
    value
        Any number. NaN gives an empty string.

    Returns
    -------
    str

    Examples
    --------
    >>> format_number(3.0), format_number(-0.3333), format_number(float("nan"))
    ('3', '-0.33', '')
    >>> format_number(float("-inf"))
    '−∞'
    """
    if np.isnan(value):
        return ""
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    if float(value).is_integer():
        return f"{int(value)}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def outline(
    rows: Iterable[int], columns: Iterable[int], *, x: float, y: float, cell: float
) -> list[Box]:
    """Frame cells of a grid, one frame each, in the colour of the window.

    Parameters
    ----------
    rows, columns
        Indices of the cells: every row with every column.
    x, y, cell
        The grid's corner and cell side, in pixels.

    Returns
    -------
    list of Box
    """
    columns = list(columns)
    return [
        Box(
            x + column * cell + 2,
            y + row * cell + 2,
            cell - 4,
            cell - 4,
            stroke=WINDOW,
            stroke_width=4,
        )
        for row in rows
        for column in columns
    ]
