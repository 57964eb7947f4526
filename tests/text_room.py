"""How much room text takes, measured with the font that pictures are drawn in."""

from functools import cache
from pathlib import Path

import matplotlib
from PIL import ImageFont

from course_utils.drawing import Hover, Label, Resting, Scene

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SHIFT = {"start": 0, "middle": -0.5, "end": -1}


def labels_of(scene: Scene) -> list[Label]:
    """All the text that a scene can show."""
    parts = []
    for shape in scene.shapes:
        match shape:
            case Hover():
                parts += [*shape.target, *shape.shown]
            case Resting():
                parts += shape.shown
            case _:
                parts.append(shape)
    return [part for part in parts if isinstance(part, Label)]


def outside(scene: Scene) -> list[str]:
    """The labels that leave the sheet."""
    found = []
    for label in labels_of(scene):
        left = label.x + SHIFT[label.anchor] * width_of(label)
        inside = 0 <= left and left + width_of(label) <= scene.width
        half = label.size / 2
        if not inside or not half <= label.y <= scene.height - half:
            found.append(label.text)
    return found


def width_of(label: Label) -> float:
    """How wide a label is, in pixels."""
    return _width(label.text, label.bold) * label.size / 100


@cache
def _width(text: str, bold: bool) -> float:
    return _font("DejaVuSans-Bold" if bold else "DejaVuSans").getlength(text)


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"{name}.ttf", 100)
