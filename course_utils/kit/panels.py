"""Pictures of a failing case: matrices side by side, cells framed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.colours import QUIET
from course_utils.kit.page import Grid
from course_utils.kit.scene import Label, Part, Scene

_WIDTH, _HEIGHT = 780, 560
_LARGEST, _SMALLEST = 44, 22
_GAP, _HEAD, _NARROWEST, _LETTER = 28, 46, 84, 7


@dataclass(frozen=True)
class Panel:
    """One matrix of a picture: below its title a note, by default its shape.

    values: any number of axes, drawn as planes of rows and columns; NaN leaves a cell
    empty, None draws no matrix. framed: cells.
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
    rows = max(stack.shape[0] * (stack.shape[1] + 0.5) for stack in stacks)
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
    tops = [_HEAD + int(i * (stack.shape[1] + 0.5) * cell) for i in range(len(stack))]
    grids = [Grid(plane).place(x, top, cell) for top, plane in zip(tops, stack)]
    shapes += [part for grid in grids for part in grid.numbers()]
    for index in panel.framed:
        place = np.ravel_multi_index(index, panel.values.shape)
        plane, row, column = np.unravel_index(place, stack.shape)
        shapes += grids[plane].frame([row], [column])
    return shapes


def _planes(values: np.ndarray | None) -> np.ndarray:
    if values is None or not values.size:
        return np.empty((0, 0, 0))
    return values.reshape(-1, *(1, 1, *values.shape)[-2:])
