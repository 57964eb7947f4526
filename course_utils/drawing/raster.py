"""Scenes as PNG, for readers without a kernel."""

import io

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
    return compact(file.getvalue())


def compact(png: bytes) -> bytes:
    """Reduce a picture to 256 colours, so that notebooks which hold it stay small.

    Parameters
    ----------
    png
        A PNG file.

    Returns
    -------
    bytes
        A PNG file, a third as large for pictures of boxes and text.
    """
    from PIL import Image

    file = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize().save(file, "PNG", optimize=True)
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
