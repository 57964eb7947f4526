"""What pictures are made of: boxes, lines, labels, and shapes to point at."""

from dataclasses import dataclass

from course_utils.colours import INK


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
