"""Scenes as SVG, which reacts to pointing through CSS alone."""

from html import escape

from course_utils.colours import INK, PAPER
from course_utils.drawing.shapes import Box, Hover, Label, Line, Resting, Scene, Shape


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
