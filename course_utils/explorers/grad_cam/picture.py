"""The picture of the explorer of Grad-CAM: a pure function of its state."""

import numpy as np

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.explorers.grad_cam.state import (
    Found,
    State,
    find,
    position,
    sentences,
)
from course_utils.explorers.inspected import Inspected
from course_utils.explorers.painting import enlarge, paint, write_scale
from course_utils.explorers.sheet import Sheet

WIDTH, HEIGHT = 800, 322
"""Of the picture on the page, in pixels."""

SIDE, PITCH, TOP = 192, 200, 42
"""Of a panel, from one panel to the next, and where they start."""

BARS, NAME, LONGEST = 606, 84, 60
"""Where the bars' names start, the room for a name, and the longest bar."""

SHOWN = 10
"""Classes that get a bar, at most."""

DARKEST = 0.15
"""How bright the image stays where there is no heat."""


def draw(state: State, among: Inspected) -> bytes:
    """Draw an image, the heat map of a class, both together, and all probabilities.

    Parameters
    ----------
    state
        A valid state.
    among
        The network and its images.

    Returns
    -------
    bytes
        A PNG file, always of the same size.
    """
    sheet, found = Sheet(WIDTH, HEIGHT), find(state, among)
    height, width = found.heat.shape
    name = found.name(found.explained)
    about = f"{found.name(found.target)}, {position(state, among)}"
    panels = [
        (f"test image {found.number:,}", about, found.image),
        (
            f"heat for {name}",
            f"layer {found.layer}, {height} × {width} cells",
            paint(found.heat, found.limit, signed=False),
        ),
        ("lit by the heat", f"where it finds {name}", lit(found)),
    ]
    for number, (title, words, picture) in enumerate(panels):
        left = number * PITCH
        sheet.write(title, left, 12, size=14, bold=True, room=SIDE, anchor="start")
        sheet.write(words, left, 30, size=12, colour=QUIET, room=SIDE, anchor="start")
        sheet.paste(picture, left + SIDE / 2, TOP + SIDE / 2, side=SIDE)
    write_scale(sheet, PITCH, TOP + SIDE + 14, SIDE, found.limit, signed=False)
    _draw_bars(sheet, found)
    for line, text in enumerate(sentences(found)):
        sheet.write(text, 0, HEIGHT - 38 + 24 * line, size=14, anchor="start")
    return sheet.png()


def lit(found: Found) -> np.ndarray:
    """Darken an image where there is little heat.

    Parameters
    ----------
    found
        Image and heat.

    Returns
    -------
    ndarray
        Shape (C, H, W), uint8: the image itself at the hottest cell's middle.
    """
    heat = enlarge(found.heat / found.limit, found.image.shape[1:], smooth=True)
    return (found.image * (DARKEST + (1 - DARKEST) * heat)).astype(np.uint8)


def _draw_bars(sheet: Sheet, found: Found) -> None:
    sheet.write("probability", BARS, 12, size=14, bold=True, anchor="start")
    sheet.write("orange: explained", BARS, 30, size=12, colour=WINDOW, anchor="start")
    shown = np.arange(len(found.probabilities))
    if len(shown) > SHOWN:
        shown = np.argsort(-found.probabilities, kind="stable")[:SHOWN]
    for row, number in enumerate(shown):
        y, share = TOP + SIDE / SHOWN * (row + 0.5), found.probabilities[number]
        here, right = number == found.explained, number == found.target
        mark = {"colour": WINDOW if here else INK, "bold": bool(right)}
        name = found.name(number)
        sheet.write(name, BARS, y, size=12, room=NAME - 4, anchor="start", **mark)
        length = max(1, LONGEST * share)
        fill = WINDOW if here else SERIES[0]
        sheet.box(BARS + NAME, y - 6, length, 12, fill=fill)
        end = BARS + NAME + length + 5
        sheet.write(f"{share:.0%}", end, y, size=12, colour=QUIET, anchor="start")
    sheet.write("bold: what it is", BARS, TOP + SIDE + 14, size=12, anchor="start")
