"""The picture of the explorer of mistakes: a pure function of its state."""

import io
from functools import cache

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from course_utils.colours import INK, PAPER, QUIET, WINDOW
from course_utils.explorers.mistakes.state import (
    PAGE,
    Predicted,
    State,
    advice,
    headline,
)

WIDTH, HEIGHT = 800, 360
"""Of the picture on the page, in pixels."""

DOTS = 2
"""Dots for each of these pixels, along each axis."""

COLUMNS = PAGE // 2
COLUMN, SIDE, LINE = WIDTH // COLUMNS, 84, 16
"""Room for an image, the image itself, and a line of text."""

TOP, ROW = 58, 152
"""Where the first row starts, and the room for a row."""


def draw(state: State, among: Predicted) -> bytes:
    """Draw the images of a page, each with its label and what the network said.

    Parameters
    ----------
    state
        A valid state.
    among
        What there is to see.

    Returns
    -------
    bytes
        A PNG file, always of the same size.
    """
    sheet = _Sheet()
    sheet.write(headline(state, among), WIDTH / 2, 14, size=17, bold=True)
    sheet.write(among.title, WIDTH / 2, 36, size=12, colour=QUIET)
    shown = among.shown(state)
    if not len(shown):
        sheet.write(advice(state, among), WIDTH / 2, HEIGHT / 2, size=14, colour=QUIET)
    for place, index in enumerate(shown):
        row, column = divmod(place, COLUMNS)
        _draw_mistake(sheet, among, index, column * COLUMN, TOP + row * ROW)
    return sheet.png()


def _draw_mistake(
    sheet: "_Sheet", among: Predicted, index: int, left: int, top: int
) -> None:
    said, names = among.predictions, among.class_names
    label, guess = names[said.targets[index]], names[said.predicted[index]]
    middle, room = left + COLUMN / 2, COLUMN - 6
    lines = [
        (label, INK),
        (f"said {guess}", WINDOW),
        (f"{among.percent[index]}% sure", QUIET),
    ]
    for number, (text, colour) in enumerate(lines):
        y, bold = top + (number + 0.5) * LINE, number == 0
        sheet.write(text, middle, y, size=11, colour=colour, bold=bold, room=room)
    sheet.paste(among.images[index], middle, top + len(lines) * LINE + 3 + SIDE / 2)


class _Sheet:
    """White paper to write and paste on, in pixels of the page."""

    def __init__(self) -> None:
        self.paper = Image.new("RGB", (WIDTH * DOTS, HEIGHT * DOTS), PAPER)
        self.pen = ImageDraw.Draw(self.paper)

    def write(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: int,
        colour: str = INK,
        bold: bool = False,
        room: float = WIDTH,
    ) -> None:
        """Write a line with its middle at (x, y), small enough for the room."""
        wide = _font(size, bold).getlength(text)
        size = max(8, min(size, int(size * room * DOTS / max(wide, 1))))
        font = _font(size, bold)
        while text and font.getlength(text) > room * DOTS:
            text = f"{text[:-2]}…" if len(text) > 2 else ""
        self.pen.text((x * DOTS, y * DOTS), text, colour, font, anchor="mm")

    def paste(self, image: np.ndarray, x: float, y: float) -> None:
        """Paste an image, shape (C, H, W), as large as fits, with its middle there."""
        pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
        picture = Image.fromarray(pixels)
        largest = max(picture.size)
        # Whole dots for each pixel, where there is room for that.
        scale = SIDE * DOTS // largest or SIDE * DOTS / largest
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
        corner = (round(x * DOTS - size[0] / 2), round(y * DOTS - size[1] / 2))
        self.paper.paste(picture.resize(size, how), corner)

    def png(self) -> bytes:
        """Return it as a file."""
        file = io.BytesIO()
        self.paper.save(file, "PNG", compress_level=1)
        return file.getvalue()


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    weight = "bold" if bold else "normal"
    properties = font_manager.FontProperties(family="DejaVu Sans", weight=weight)
    return ImageFont.truetype(font_manager.findfont(properties), size * DOTS)
