"""How much room text takes, measured with the font that pictures are drawn in."""

from functools import cache

from matplotlib.font_manager import findfont
from PIL import ImageFont

from course_utils.kit.scene import Hover, Label, Resting, Scene

FILES = findfont("DejaVu Sans"), findfont("DejaVu Sans:bold")
FONTS = [ImageFont.truetype(file, 100) for file in FILES]
SHIFT = {"start": 0, "middle": -0.5, "end": -1}


def labels_of(scene: Scene) -> list[Label]:
    """All the text that a scene can show."""
    parts = []
    for shape in scene.shapes:
        parts += shape.target if isinstance(shape, Hover) else ()
        parts += shape.shown if isinstance(shape, Hover | Resting) else [shape]
    return [part for part in parts if isinstance(part, Label)]


def outside(scene: Scene) -> list[str]:
    """The labels that leave the sheet."""
    found = []
    for label in labels_of(scene):
        width, half = _width(label.text, label.bold) * label.size, label.size / 2
        left = label.x + SHIFT[label.anchor] * width
        across = 0 <= left and left + width <= scene.width
        if not across or not half <= label.y <= scene.height - half:
            found.append(label.text)
    return found


@cache
def _width(text: str, bold: bool) -> float:
    return FONTS[bold].getlength(text) / 100
