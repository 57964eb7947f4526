"""The picture of the explorer of feature maps: a pure function of its state."""

import math

import numpy as np

from course_utils.colours import PAPER, QUIET, WINDOW
from course_utils.explorers.feature_maps.state import (
    Seen,
    State,
    about_image,
    see,
    sentences,
)
from course_utils.explorers.inspected import Inspected
from course_utils.explorers.painting import enlarge, paint, write_scale
from course_utils.explorers.sheet import Sheet

WIDTH, HEIGHT = 800, 652
"""Of the picture on the page, in pixels."""

LARGE = 256
"""Side of the image, and of the map below it."""

TOP, LEFT, AREA = 44, 296, 504
"""Where the contact sheet starts, and its side: six maps of 32 × 32, five-fold."""

EDGE = 3
"""Left of the image, where the frame of the map below it runs."""

MAP_TOP = TOP + LARGE + 28
"""Where the large map starts."""


def draw(state: State, among: Inspected) -> bytes:
    """Draw an image, all maps of a layer, and one of them large.

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
    sheet, seen = Sheet(WIDTH, HEIGHT), see(state, among)
    image = among.image(state.image)
    _draw_image(sheet, image, about_image(state, among))
    _draw_chosen(sheet, seen, image)
    _draw_contact_sheet(sheet, seen)
    write_scale(sheet, LEFT, TOP + AREA + 26, AREA, seen.limit, signed=seen.signed)
    for line, text in enumerate(sentences(seen)):
        sheet.write(text, EDGE, HEIGHT - 36 + 24 * line, size=14, anchor="start")
    return sheet.png()


def _draw_image(sheet: Sheet, image: np.ndarray, words: tuple[str, str]) -> None:
    label, said = words
    sheet.write(label, EDGE, 12, size=14, bold=True, room=LARGE, anchor="start")
    sheet.write(said, EDGE, 31, size=13, colour=QUIET, room=LARGE, anchor="start")
    sheet.paste(image, EDGE + LARGE / 2, TOP + LARGE / 2, side=LARGE)


def _draw_chosen(sheet: Sheet, seen: Seen, image: np.ndarray) -> None:
    title = f"map {seen.state.chosen}" + (", over the image" if seen.state.over else "")
    look = {"size": 14, "colour": WINDOW, "bold": True, "anchor": "start"}
    sheet.write(title, EDGE, MAP_TOP - 13, **look)
    side = LARGE + 2 * EDGE
    sheet.box(0, MAP_TOP - EDGE, side, side, stroke=WINDOW, stroke_width=2)
    colours = paint(seen.chosen, seen.limit, signed=seen.signed)
    if seen.state.over:
        colours = _blend(image, seen)
    sheet.paste(colours, EDGE + LARGE / 2, MAP_TOP + LARGE / 2, side=LARGE)


def _blend(image: np.ndarray, seen: Seen) -> np.ndarray:
    """Colour a grey version of the image with the map."""
    values = enlarge(seen.chosen, image.shape[1:], smooth=False)
    colours = paint(values, seen.limit, signed=seen.signed)
    return (0.5 * image.mean(axis=0) + 0.5 * colours).astype(np.uint8)


def _draw_contact_sheet(sheet: Sheet, seen: Seen) -> None:
    count, (height, width) = len(seen.maps), seen.chosen.shape
    title = f"layer {seen.state.layer}: {count} maps of {height} × {width}"
    sheet.write(title, LEFT, 12, size=14, bold=True, anchor="start")
    words = "all in one colour scale; the number before a row is its first map's"
    sheet.write(words, LEFT, 31, size=12, colour=QUIET, room=AREA, anchor="start")
    columns = math.ceil(math.sqrt(len(seen.on_sheet)))
    pitch = AREA // columns
    colours = paint(seen.maps[seen.on_sheet], seen.limit, signed=seen.signed)
    for place, number in enumerate(seen.on_sheet):
        row, column = divmod(place, columns)
        x, y = LEFT + column * pitch, TOP + row * pitch
        if column == 0:
            middle = y + pitch / 2
            sheet.write(f"{number}", x - 6, middle, size=12, colour=QUIET, anchor="end")
        if number == seen.state.chosen:
            sheet.box(x, y, pitch, pitch, fill=WINDOW)
            sheet.box(x + 2, y + 2, pitch - 4, pitch - 4, fill=PAPER)
        middle = x + pitch / 2, y + pitch / 2
        sheet.paste(colours[:, place], *middle, side=pitch - 4)
