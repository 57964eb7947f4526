"""Small pictures of boxes, lines and labels: state in, SVG string or PNG bytes out.

A `Scene` is drawn twice from the same shapes: as SVG where a live page shows it, where
`Hover` shapes react to pointing through CSS alone, and as PNG where there is no kernel.
"""

from course_utils.drawing.grids import format_number, grid, outline
from course_utils.drawing.raster import compact, png
from course_utils.drawing.shapes import (
    Box,
    Hover,
    Label,
    Line,
    Part,
    Resting,
    Scene,
    Shape,
)
from course_utils.drawing.vector import svg

__all__ = [
    "Box",
    "Hover",
    "Label",
    "Line",
    "Part",
    "Resting",
    "Scene",
    "Shape",
    "compact",
    "format_number",
    "grid",
    "outline",
    "png",
    "svg",
]
