"""Pictures of a failing case: matrices side by side, cells framed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.colours import QUIET
from course_utils.kit.page import Grid
from course_utils.kit.scene import Label, Part, Scene, format_number

_WIDTH, _HEIGHT = 780, 560
_LARGEST, _SMALLEST = 44, 22
_GAP, _HEAD, _NARROWEST, _LETTER = 28, 46, 84, 7
_FRAME = 10  # of a cell's width, on both sides together: numbers keep clear of it


@dataclass(frozen=True)
class Panel:
    """One matrix of a picture: below its title a note, by default its shape.

    values: any number of axes, drawn as planes of rows and columns, from four axes on
    in groups, one for each place on the first; NaN leaves a cell empty, None draws no
    matrix. framed: cells.
    """

    title: str
    values: np.ndarray | None
    framed: Sequence[tuple[int, ...]] = ()
    note: str = ""


def side_by_side(
    panels: Sequence[Panel], description: str, *, caption: str = ""
) -> Scene | None:
    """Draw panels next to each other, with a line below; None if too small to read."""
    stacks = [_planes(panel.values) for panel in panels]
    columns = sum(stack.shape[2] for stack in stacks)
    rows = max(map(_height, panels, stacks))
    room = _WIDTH - _GAP * (len(panels) + 1)
    cell = int(min(_LARGEST, room / max(columns, 1), (_HEIGHT - _HEAD) / max(rows, 1)))
    if cell < _SMALLEST:
        return None
    shapes, x = [], _GAP
    for panel, stack in zip(panels, stacks):
        shapes += _drawn(panel, stack, x, cell)
        x += max(stack.shape[2] * cell, _NARROWEST) + _GAP
    height = int(_HEAD + rows * cell)
    if caption:
        shapes.append(Label(_GAP, height, caption, 12, QUIET, anchor="start"))
        x, height = max(x, 2 * _GAP + _LETTER * len(caption)), height + 20
    return Scene(x, height, tuple(shapes), description)


def _drawn(panel: Panel, stack: np.ndarray, x: int, cell: int) -> list[Part]:
    shape = "" if panel.values is None else " × ".join(map(str, panel.values.shape))
    shapes: list[Part] = [
        Label(x, 12, panel.title, bold=True, anchor="start"),
        Label(x, 31, panel.note or shape, 12, QUIET, anchor="start"),
    ]
    tops, group = [], _group_size(panel, stack)
    for plane in range(len(stack)):
        heads = 1 + plane // group if group else 0
        tops.append(_HEAD + int((plane * (stack.shape[1] + 0.5) + heads) * cell))
        if group and plane % group == 0:
            middle, number = tops[-1] - 0.4 * cell, f"[{plane // group}]"
            shapes.append(Label(x, middle, number, 12, QUIET, anchor="start"))
    letters = max([len(format_number(v)) for v in stack.flat if v == v], default=1)
    size = min(0.38 * cell, (cell - _FRAME) / (0.58 * letters))
    grids = [
        Grid(plane, largest=size).place(x, top, cell) for top, plane in zip(tops, stack)
    ]
    shapes += [part for grid in grids for part in grid.numbers()]
    for index in panel.framed:
        place = np.ravel_multi_index(index, panel.values.shape)
        plane, row, column = np.unravel_index(place, stack.shape)
        shapes += grids[plane].frame([row], [column])
    return shapes


def _height(panel: Panel, stack: np.ndarray) -> float:
    group = _group_size(panel, stack)
    return len(stack) * (stack.shape[1] + 0.5) + (len(stack) // group if group else 0)


def _group_size(panel: Panel, stack: np.ndarray) -> int:
    """Return how many planes share a place on the first axis; 0 without such groups."""
    return panel.values.shape[-3] if len(stack) and panel.values.ndim > 3 else 0


def _planes(values: np.ndarray | None) -> np.ndarray:
    if values is None or not values.size:
        return np.empty((0, 0, 0))
    return values.reshape(-1, *(1, 1, *values.shape)[-2:])
