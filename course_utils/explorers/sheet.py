"""White paper that explorers paste images on and write beside."""

import io
from functools import cache

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from course_utils.colours import INK, PAPER

DOTS = 2
"""Dots for each pixel of the page, along each axis."""


class Sheet:
    """White paper to write and paste on, in pixels of the page.

    Parameters
    ----------
    width, height
        In pixels of the page; each is `DOTS` dots wide and high.

    Attributes
    ----------
    paper
        The picture so far, a Pillow image.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.paper = Image.new("RGB", (width * DOTS, height * DOTS), PAPER)
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
        room: float | None = None,
        anchor: str = "middle",
    ) -> None:
        """Write a line at (x, y), small or short enough for the room.

        Parameters
        ----------
        text
            One line.
        x, y
            Where its `anchor` is, and the middle of its height.
        size
            Of the font, in pixels.
        colour
            ``"#rrggbb"``.
        bold
            Whether it is bold.
        room
            How wide it may be; by default as wide as the paper.
        anchor
            ``"start"``, ``"middle"`` or ``"end"``.
        """
        room = (room or self.width) * DOTS
        wide = _font(size, bold).getlength(text)
        size = max(8, min(size, int(size * room / max(wide, 1))))
        font = _font(size, bold)
        while text and font.getlength(text) > room:
            text = f"{text[:-2]}…" if len(text) > 2 else ""
        where = {"start": "lm", "middle": "mm", "end": "rm"}[anchor]
        self.pen.text((x * DOTS, y * DOTS), text, colour, font, anchor=where)

    def paste(self, image: np.ndarray, x: float, y: float, *, side: float) -> None:
        """Paste an image as large as fits.

        Parameters
        ----------
        image
            Shape (1, H, W) or (3, H, W), uint8.
        x, y
            Where its middle is.
        side
            Of the square that it has to fit into.
        """
        pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
        picture = Image.fromarray(pixels)
        largest, dots = max(picture.size), side * DOTS
        # Whole dots for each pixel, where there is room for that.
        scale = dots // largest or dots / largest
        size = tuple(max(1, round(length * scale)) for length in picture.size)
        how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
        corner = (round(x * DOTS - size[0] / 2), round(y * DOTS - size[1] / 2))
        self.paper.paste(picture.resize(size, how), corner)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        stroke_width: float = 1,
    ) -> None:
        """Draw a rectangle.

        Parameters
        ----------
        x, y, width, height
            Its upper left corner and its size.
        fill, stroke
            ``"#rrggbb"``; None leaves it out.
        stroke_width
            Of its line, which lies inside.
        """
        corners = [x * DOTS, y * DOTS, (x + width) * DOTS - 1, (y + height) * DOTS - 1]
        line = round(stroke_width * DOTS)
        self.pen.rectangle(corners, fill=fill, outline=stroke, width=line)

    def png(self) -> bytes:
        """Return it as a file.

        Returns
        -------
        bytes
            A PNG file.
        """
        file = io.BytesIO()
        self.paper.save(file, "PNG", compress_level=1)
        return file.getvalue()


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    weight = "bold" if bold else "normal"
    properties = font_manager.FontProperties(family="DejaVu Sans", weight=weight)
    return ImageFont.truetype(font_manager.findfont(properties), size * DOTS)
