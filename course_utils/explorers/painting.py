"""Numbers as colours, for explorers whose pictures are photographs and maps."""

from functools import cache

import numpy as np
from matplotlib import colormaps
from PIL import Image

from course_utils.colours import MAGNITUDE, QUIET, SIGNED
from course_utils.drawing import format_number
from course_utils.explorers.sheet import Sheet

HALF = 127
"""Colours on each side of zero, so that zero itself has the middle one."""


def paint(values: np.ndarray, limit: float, *, signed: bool) -> np.ndarray:
    """Turn numbers into colours; those beyond the scale get its end colours.

    Parameters
    ----------
    values
        Array of any shape.
    limit
        What gets the last colour; positive.
    signed
        False: the colours of magnitudes, from 0. True: those of signed numbers, from
        minus the limit.

    Returns
    -------
    ndarray
        Shape (3, *values.shape), uint8.
    """
    low = -limit if signed else 0
    shades = np.rint((values - low) / (limit - low) * 2 * HALF)
    return _palette(signed)[:, np.clip(shades, 0, 2 * HALF).astype(int)]


def enlarge(values: np.ndarray, shape: tuple[int, int], *, smooth: bool) -> np.ndarray:
    """Bring an array of numbers to another size.

    Parameters
    ----------
    values
        Array, shape (h, w).
    shape
        Height and width wanted.
    smooth
        Whether to interpolate between the numbers instead of repeating them.

    Returns
    -------
    ndarray
        Of that shape, float32.
    """
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    picture = Image.fromarray(values.astype(np.float32))
    return np.asarray(picture.resize(shape[::-1], how))


def write_scale(
    sheet: Sheet, x: float, y: float, width: float, limit: float, *, signed: bool
) -> None:
    """Draw the colour scale of `paint`, with the numbers at its ends.

    Parameters
    ----------
    sheet
        To draw on.
    x, y
        Its left end and its middle, in pixels.
    width
        Its length with the numbers, in pixels.
    limit, signed
        As in `paint`.
    """
    low = -limit if signed else 0
    room, height = 44, 12
    colours = paint(
        np.linspace(low, limit, round(width) - 2 * room), limit, signed=signed
    )
    bar = np.repeat(colours[:, None], height, axis=1)
    sheet.write(
        format_number(low), x + room - 6, y, size=12, colour=QUIET, anchor="end"
    )
    sheet.paste(bar, x + width / 2, y, side=width - 2 * room)
    end = x + width - room + 6
    sheet.write(format_number(limit), end, y, size=12, colour=QUIET, anchor="start")


@cache
def _palette(signed: bool) -> np.ndarray:
    colours = colormaps[SIGNED if signed else MAGNITUDE]
    return colours(np.linspace(0, 1, 2 * HALF + 1), bytes=True)[:, :3].T
