"""Pictures of a failing case: matrices side by side, cells framed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course_utils.colours import QUIET
from course_utils.kit.page import Grid
from course_utils.kit.scene import Label, Part, Scene
from course_utils.lettering import format_number

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

    @cached_property
    def planes(self) -> np.ndarray:
        if self.values is None or not self.values.size:
            return np.empty((0, 0, 0))
        return self.values.reshape(-1, *(1, 1, *self.values.shape)[-2:])

    @property
    def group(self) -> int:
        """How many planes share a place on the first axis; 0 without such groups."""
        return self.values.shape[-3] if len(self.planes) and self.values.ndim > 3 else 0

    def top(self, plane: int) -> float:
        """Return how many cells lie above a plane: others, gaps, and groups' heads."""
        heads = 1 + plane // self.group if self.group else 0
        return plane * (self.planes.shape[1] + 0.5) + heads


def side_by_side(
    panels: Sequence[Panel], description: str, *, caption: str = ""
) -> Scene | None:
    """Draw panels next to each other, with a line below; None if too small to read."""
    columns = sum(panel.planes.shape[2] for panel in panels)
    rows = max(panel.top(len(panel.planes)) - bool(panel.group) for panel in panels)
    room = _WIDTH - _GAP * (len(panels) + 1)
    cell = int(min(_LARGEST, room / max(columns, 1), (_HEIGHT - _HEAD) / max(rows, 1)))
    if cell < _SMALLEST:
        return None
    shapes, x = [], _GAP
    for panel in panels:
        shapes += _drawn(panel, x, cell)
        x += max(panel.planes.shape[2] * cell, _NARROWEST) + _GAP
    height = int(_HEAD + rows * cell)
    if caption:
        shapes.append(Label(_GAP, height, caption, 12, QUIET, anchor="start"))
        x, height = max(x, 2 * _GAP + _LETTER * len(caption)), height + 20
    return Scene(x, height, tuple(shapes), description)


def _drawn(panel: Panel, x: int, cell: int) -> list[Part]:
    planes, small = panel.planes, {"size": 12, "colour": QUIET, "anchor": "start"}
    shape = "" if panel.values is None else " × ".join(map(str, panel.values.shape))
    shapes: list[Part] = [Label(x, 12, panel.title, bold=True, anchor="start")]
    shapes.append(Label(x, 31, panel.note or shape, **small))
    tops = [_HEAD + int(panel.top(plane) * cell) for plane in range(len(planes))]
    for number, top in enumerate(tops[:: panel.group] if panel.group else []):
        shapes.append(Label(x, top - 0.4 * cell, f"[{number}]", **small))
    letters = max([len(format_number(v)) for v in planes.flat if v == v], default=1)
    size = min(0.38 * cell, (cell - _FRAME) / (0.58 * letters))
    grids = [Grid(plane, largest=size) for plane in planes]
    for grid, top in zip(grids, tops):
        shapes += grid.place(x, top, cell).numbers()
    for index in panel.framed:
        place = np.ravel_multi_index(index, panel.values.shape)
        plane, row, column = np.unravel_index(place, planes.shape)
        shapes += grids[plane].frame([row], [column])
    return shapes
