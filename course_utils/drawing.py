"""Small pictures of boxes, lines and labels: state in, SVG string or PNG bytes out.

A `Scene` is drawn twice from the same shapes: as SVG where a live page shows it, where
`Hover` shapes react to pointing through CSS alone, and as PNG where there is no kernel.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import numpy as np

from course_utils.colours import INK, PAPER, WINDOW, readable_on


@dataclass(frozen=True)
class Box:
    """A rectangle; lengths in pixels, `y` counted downwards."""

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
    """A line through points, each ``(x, y)`` in pixels."""

    points: tuple[tuple[float, float], ...]
    stroke: str = INK
    stroke_width: float = 1
    dashed: bool = False


Part = Box | Label | Line


@dataclass(frozen=True)
class Hover:
    """Shapes to point at (or to reach with Tab), and what pointing shows."""

    target: tuple[Part, ...]
    shown: tuple[Part, ...]
    description: str = ""


@dataclass(frozen=True)
class Resting:
    """Shapes that give way while a `Hover` before them is pointed at."""

    shown: tuple[Part, ...]


Shape = Part | Hover | Resting


@dataclass(frozen=True)
class Scene:
    """Shapes on a sheet of `width` by `height` pixels, described for screen readers."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    description: str = ""


def svg(scene: Scene, *, scope: str = "scene") -> str:
    """Draw a scene as SVG.

    Parameters
    ----------
    scene
        What to draw.
    scope
        A CSS class name; give each explorer on a page its own.

    Returns
    -------
    str
        One ``<svg>`` element, with its style sheet inside.
    """
    body = "".join(map(_svg_shape, scene.shapes))
    role = "group" if any(isinstance(s, Hover) for s in scene.shapes) else "img"
    return (
        f'<svg class="{scope}" xmlns="http://www.w3.org/2000/svg" role="{role}" '
        f'aria-label="{escape(scene.description)}" width="{scene.width}" '
        f'height="{scene.height}" viewBox="0 0 {scene.width} {scene.height}" '
        f'style="max-width:100%;height:auto;background:{PAPER}" '
        f'font-family="DejaVu Sans, Verdana, sans-serif" '
        # What most shapes share stands once: browsers take longer over longer text.
        f'fill="{INK}" text-anchor="middle">'
        f"<style>{_style(scope)}</style>{body}</svg>"
    )


def _style(scope: str) -> str:
    shown, target = f".{scope} .shown", f".{scope} .target"
    return (
        f"{target}{{cursor:crosshair;outline:none}}"
        f"{shown},.{scope} .resting{{pointer-events:none}}"
        # Not merely invisible: browsers then spend no time on laying it out.
        f"{shown}{{display:none}}"
        # Not :focus, which a click would leave behind on a cell no longer pointed at.
        f"{target}:focus-visible+.shown{{display:inline}}"
        f".{scope}:has(.target:hover) .shown{{display:none}}"
        f"{target}:hover+.shown{{display:inline}}"
        f"{target}:hover~.resting,{target}:focus-visible~.resting{{display:none}}"
    )


def _svg_shape(shape: Shape) -> str:
    if isinstance(shape, Box):
        return (
            f'<rect x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" '
            f'height="{shape.height:g}" fill="{shape.fill}"{_stroke(shape)}/>'
        )
    if isinstance(shape, Line):
        points = " ".join(f"{x:g},{y:g}" for x, y in shape.points)
        return f'<polyline points="{points}" fill="none"{_stroke(shape)}/>'
    if isinstance(shape, Label):
        colour = f' fill="{shape.colour}"' if shape.colour != INK else ""
        anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "middle" else ""
        weight = ' font-weight="bold"' if shape.bold else ""
        return (
            f'<text x="{shape.x:g}" y="{shape.y:g}" dy=".35em" font-size="'
            f'{shape.size:g}"{colour}{anchor}{weight}>{escape(shape.text)}</text>'
        )
    shown = "".join(map(_svg_shape, shape.shown))
    if isinstance(shape, Resting):
        return f'<g class="resting">{shown}</g>'
    return (
        f'<g class="target" tabindex="0" role="img" '
        f'aria-label="{escape(shape.description)}">'
        f'{"".join(map(_svg_shape, shape.target))}</g><g class="shown">{shown}</g>'
    )


def _stroke(shape: Box | Line) -> str:
    if shape.stroke == "none":
        return ""
    width = f' stroke-width="{shape.stroke_width:g}"' if shape.stroke_width != 1 else ""
    dash = ' stroke-dasharray="4 3"' if shape.dashed else ""
    return f' stroke="{shape.stroke}"{width}{dash}'


def png(scene: Scene) -> bytes:
    """Draw a scene as PNG, as it looks before anything is pointed at.

    Parameters
    ----------
    scene
        What to draw.

    Returns
    -------
    bytes
        A PNG file.
    """
    from matplotlib.figure import Figure

    dots_per_inch = 100
    figure = Figure((scene.width / dots_per_inch, scene.height / dots_per_inch))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_axis_off()
    for shape in scene.shapes:
        for part in _at_rest(shape):
            _draw_on(axes, part, points_per_pixel=72 / dots_per_inch)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=2 * dots_per_inch)
    return file.getvalue()


def _at_rest(shape: Shape) -> tuple[Part, ...]:
    match shape:
        case Hover():
            return shape.target
        case Resting():
            return shape.shown
        case _:
            return (shape,)


def _draw_on(axes: "Axes", shape: Part, *, points_per_pixel: float) -> None:  # noqa: F821
    if isinstance(shape, Label):
        axes.text(
            shape.x,
            shape.y,
            shape.text.replace("$", r"\$"),
            size=shape.size * points_per_pixel,
            color=shape.colour,
            weight="bold" if shape.bold else "normal",
            ha={"start": "left", "middle": "center", "end": "right"}[shape.anchor],
            va="center_baseline",
        )
        return
    patch = _patch(shape)
    patch.set(
        edgecolor=shape.stroke,
        linewidth=shape.stroke_width * points_per_pixel,
        linestyle="--" if shape.dashed else "-",
    )
    axes.add_patch(patch)


def _patch(shape: Box | Line) -> "Patch":  # noqa: F821
    from matplotlib.patches import Polygon, Rectangle

    if isinstance(shape, Line):
        return Polygon(shape.points, closed=False, fill=False)
    return Rectangle(
        (shape.x, shape.y), shape.width, shape.height, facecolor=shape.fill
    )


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
