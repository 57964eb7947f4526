"""What explorers write under their grids: sums of products, sizes, lines of text."""

from collections.abc import Iterable

import numpy as np

from course_utils.colours import INK
from course_utils.drawing import Label, format_number

LINE = 24
"""From one line of text to the next, in pixels."""


def products(weights: Iterable[float], pixels: Iterable[float]) -> str:
    """Write out the products that add up to an output cell.

    Parameters
    ----------
    weights, pixels
        As many of one as of the other.

    Returns
    -------
    str

    Examples
    --------
    >>> products([1, -2], [30, 0])
    '1·30 + (-2)·0'
    """
    pairs = zip(weights, pixels, strict=True)
    return " + ".join(f"{_factor(weight)}·{_factor(pixel)}" for weight, pixel in pairs)


def size(values: np.ndarray) -> str:
    """Write how large an array is.

    Parameters
    ----------
    values
        Array of any shape.

    Returns
    -------
    str

    Examples
    --------
    >>> size(np.zeros((9, 16)))
    '9 × 16'
    """
    return " × ".join(map(str, values.shape))


def lines(
    texts: Iterable[str],
    x: float,
    y: float,
    *,
    font_size: float = 14,
    colour: str = INK,
    bold: bool = False,
) -> tuple[Label, ...]:
    """Place lines of text below one another.

    Parameters
    ----------
    texts
        One for each line.
    x, y
        Where the first line starts, and its middle, in pixels.
    font_size
        In pixels.
    colour
        ``"#rrggbb"``.
    bold
        Whether the text is bold.

    Returns
    -------
    tuple of Label
    """
    return tuple(
        Label(x, y + number * LINE, text, font_size, colour, bold, anchor="start")
        for number, text in enumerate(texts)
    )


def _factor(value: float) -> str:
    return f"({format_number(value)})" if value < 0 else format_number(value)
