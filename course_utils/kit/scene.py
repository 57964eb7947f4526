"""Pictures as data: a `Scene` of shapes, written as SVG for a live page or as PNG.

Lengths are pixels, y counts downwards. Pointing works through CSS alone, so a picture
reacts at once, and in every notebook.
"""

import io
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from zlib import Z_RLE

import numpy as np
from PIL import Image

from course_utils.colours import INK, PAPER


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    fill: str = "none"
    stroke: str = "none"
    stroke_width: float = 1
    dashed: bool = False


@dataclass(frozen=True)
class Label:
    """A line of text; `y` is the middle of its height."""

    x: float
    y: float
    text: str
    size: float = 14
    colour: str = INK
    bold: bool = False
    anchor: str = "middle"


@dataclass(frozen=True)
class Line:
    points: tuple[tuple[float, float], ...]
    stroke: str = INK
    stroke_width: float = 1
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class Photo:
    """Pixels, shape (H, W) or (H, W, 3), uint8, stretched to a rectangle."""

    x: float
    y: float
    width: float
    height: float
    pixels: np.ndarray


Part = Box | Label | Line | Photo


@dataclass(frozen=True)
class Hover:
    """Shapes to point at, or to reach with Tab, and what pointing shows."""

    target: tuple[Part, ...]
    shown: tuple[Part, ...]
    description: str = ""


@dataclass(frozen=True)
class Resting:
    """Shapes that give way while a `Hover` before them is pointed at."""

    shown: tuple[Part, ...]


@dataclass(frozen=True)
class Scene:
    width: int
    height: int
    shapes: tuple[Part | Hover | Resting, ...]
    description: str = ""


# ------------------------------------------------------------------------- as SVG


def svg(scene: Scene, *, scope: str = "scene") -> str:
    """Write a scene as one ``<svg>``; `scope` keeps its style apart from others'."""
    role = "group" if any(isinstance(s, Hover) for s in scene.shapes) else "img"
    return (
        f'<svg class="{scope}" xmlns="http://www.w3.org/2000/svg" role="{role}" '
        f'aria-label="{escape(scene.description)}" width="{scene.width}" '
        f'height="{scene.height}" viewBox="0 0 {scene.width} {scene.height}" '
        f'style="max-width:100%;height:auto;background:{PAPER}" '
        f'font-family="DejaVu Sans, Verdana, sans-serif" '
        # What most shapes share stands once: browsers take longer over longer text.
        f'fill="{INK}" text-anchor="middle"><style>{_STYLE.replace("&", f".{scope}")}'
        f"</style>{''.join(map(markup, scene.shapes))}</svg>"
    )


# Not merely invisible: browsers then spend no time on laying it out. Not :focus, which
# a click would leave behind on a cell that is no longer pointed at.
_STYLE = (
    "& .target{cursor:crosshair;outline:none}& .shown,& .resting{pointer-events:none}"
    "& .shown{display:none}& .target:focus-visible+.shown{display:inline}"
    "&:has(.target:hover) .shown{display:none}& .target:hover+.shown{display:inline}"
    "& .target:hover~.resting,& .target:focus-visible~.resting{display:none}"
)


def markup(shape: Part | Hover | Resting) -> str:
    """Write one shape of a scene as SVG."""
    match shape:
        case Box(x, y, width, height, fill):
            rect = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
            return f'{rect} fill="{fill}"{_stroke(shape)}/>'
        case Line(points):
            pairs = " ".join(f"{x:g},{y:g}" for x, y in points)
            return f'<polyline points="{pairs}" fill="none"{_stroke(shape)}/>'
        case Label(x, y, text, size, colour, bold, anchor):
            look = f' fill="{colour}"' if colour != INK else ""
            look += f' text-anchor="{anchor}"' if anchor != "middle" else ""
            look += ' font-weight="bold"' if bold else ""
            at = f'<text x="{x:g}" y="{y:g}" dy=".35em" font-size="{size:g}"'
            return f"{at}{look}>{escape(text)}</text>"
        case Photo(x, y, width, height, pixels):
            at = f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
            how = "pixelated" if len(pixels) <= height else "auto"
            look = f'preserveAspectRatio="none" style="image-rendering:{how}"'
            return f'{at} {look} href="data:image/png;base64,{_base64(pixels)}"/>'
        case Resting(shown):
            return f'<g class="resting">{"".join(map(markup, shown))}</g>'
        case Hover(target, shown, description):
            label = f'tabindex="0" role="img" aria-label="{escape(description)}"'
            return (
                f'<g class="target" {label}>{"".join(map(markup, target))}</g>'
                f'<g class="shown">{"".join(map(markup, shown))}</g>'
            )


def _stroke(shape: Box | Line) -> str:
    if shape.stroke == "none":
        return ""
    width = f' stroke-width="{shape.stroke_width:g}"' if shape.stroke_width != 1 else ""
    dash = ' stroke-dasharray="4 3"' if shape.dashed else ""
    return f' stroke="{shape.stroke}"{width}{dash}'


def _base64(pixels: np.ndarray) -> str:
    file = io.BytesIO()  # run lengths alone: a quarter faster, and no larger
    Image.fromarray(pixels).save(file, "PNG", compress_level=1, compress_type=Z_RLE)
    return b64encode(file.getvalue()).decode()


# ------------------------------------------------------------------------- as PNG


def png(scene: Scene) -> bytes:
    """Draw a scene as it looks before anything is pointed at, in 256 colours."""
    from course_utils.figures import NotebookFigure

    figure = NotebookFigure((scene.width / 100, scene.height / 100), dpi=200)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, scene.width), ylim=(scene.height, 0), autoscale_on=False)
    axes.set_axis_off()
    for shape in scene.shapes:
        _draw(axes, shape)
    file, small = io.BytesIO(), io.BytesIO()
    figure.savefig(file, format="png", dpi=200)
    Image.open(file).convert("RGB").quantize().save(small, "PNG", optimize=True)
    return small.getvalue()


def _draw(axes: "Axes", shape: Part | Hover | Resting) -> None:  # noqa: F821
    from matplotlib.patches import Polygon, Rectangle

    point, level = 72 / 100, {"zorder": 1}  # a patch's: what comes last is on top
    match shape:
        case Hover(target=parts) | Resting(shown=parts):
            for part in parts:
                _draw(axes, part)
        case Label(x, y, text, size, colour, bold, anchor):
            side = {"start": "left", "middle": "center", "end": "right"}[anchor]
            at = {"ha": side, "va": "center_baseline", **level}
            look = {"size": size * point, "weight": "bold" if bold else "normal"}
            axes.text(x, y, text.replace("$", r"\$"), color=colour, **look, **at)
        case Photo(x, y, width, height, pixels):
            look = {"interpolation": "nearest", "aspect": "auto", **level}
            grey = {"cmap": "gray", "vmin": 0, "vmax": 255}
            axes.imshow(pixels, extent=(x, x + width, y + height, y), **grey, **look)
        case Line(points, stroke, stroke_width, dashed):
            edge = {"ec": stroke, "lw": stroke_width * point, "ls": ["-", "--"][dashed]}
            axes.add_patch(Polygon(points, closed=False, fill=False, **edge))
        case Box(x, y, width, height, fill, stroke, stroke_width, dashed):
            edge = {"ec": stroke, "lw": stroke_width * point, "ls": ["-", "--"][dashed]}
            axes.add_patch(Rectangle((x, y), width, height, fc=fill, **edge))
