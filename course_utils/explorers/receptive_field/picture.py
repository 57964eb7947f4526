"""The picture of the explorer of receptive fields: a pure function of its state."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.drawing import Box, Hover, Label, Line, Part, Resting, Scene
from course_utils.explorers.receptive_field.state import (
    INPUT_SIZE,
    Level,
    Run,
    State,
    levels,
    missing,
    sight,
)
from course_utils.explorers.receptive_field.words import facts, headline, summary
from course_utils.explorers.writing import LINE, lines

WIDTH, LEFT, TOP, CELL = 800, 8, 8, 19
ROWS_HEIGHT, LARGEST_PITCH = 330, 100
"""Room for all layers, and for one of them."""

NAMES_LEFT = LEFT + INPUT_SIZE * CELL + 12
PIXEL, SHADES = 5, 10
"""Side of a pixel of the square, and the greys that it may have."""

SQUARE = INPUT_SIZE * PIXEL
WORDS_LEFT = LEFT + SQUARE + 24

UNSEEN, SEEN, NEIGHBOUR = "#EEEEEE", f"{WINDOW}90", SERIES[0]
"""What is seen is see-through: the cells below it can still be told apart."""

Parts = tuple[Part, ...]


def scene(state: State, backdrop: Parts = ()) -> Scene:
    """Draw the rows of cells one above the other, and what one cell sees.

    Parameters
    ----------
    state
        A valid state.
    backdrop
        The picture in the square of 28 × 28 pixels, from `as_backdrop`.

    Returns
    -------
    Scene
        With one `Hover` for each cell of a layer, which shows what the cell sees.
    """
    sheet = _Sheet(levels(state), backdrop)
    top = len(sheet.rows) - 1
    texts = [*facts(sheet.rows), missing(state)]
    looked_at = _headline(sheet, top, state.cell)
    return Scene(
        width=WIDTH,
        height=sheet.square_top + SQUARE + LEFT,
        shapes=(
            *_names(sheet),
            *_legend(sheet),
            *_square(sheet),
            *(_cell(sheet, 0, cell) for cell in range(INPUT_SIZE)),
            *_ticks(sheet),
            *(_pointed_at(sheet, *place) for place in sheet.places),
            Resting(_explanation(sheet, top, state.cell)),
            *_facts(sheet, texts),
        ),
        description=" ".join([looked_at, *filter(None, texts)]),
    )


def as_backdrop(pixels: np.ndarray) -> Parts:
    """Draw an image for the square, as few boxes as show it.

    Parameters
    ----------
    pixels
        Array, shape (28, 28), 0 to 1.

    Returns
    -------
    tuple of Box
        With the upper left corner at (0, 0).
    """
    boxes, greys = [], np.rint(pixels * (SHADES - 1)).astype(int)
    for y, row in enumerate(greys):
        starts = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist()]
        for start, end in zip(starts, [*starts[1:], len(row)], strict=True):
            grey = f"{255 * row[start] // (SHADES - 1):02X}" * 3
            place = start * PIXEL, y * PIXEL, (end - start) * PIXEL, PIXEL
            boxes.append(Box(*place, fill=f"#{grey}"))
    return tuple(boxes)


@dataclass(frozen=True)
class _Sheet:
    rows: list[Level]
    backdrop: Parts

    @cached_property
    def pitch(self) -> float:
        return min(LARGEST_PITCH, ROWS_HEIGHT // max(1, len(self.rows) - 1))

    @property
    def bottom(self) -> int:
        return self.y(0) + CELL

    @property
    def square_top(self) -> int:
        return self.bottom + 4 * LINE

    @property
    def places(self) -> list[tuple[int, int]]:
        """Row and index of each cell above the input."""
        rows = enumerate(self.rows[1:], start=1)
        return [(number, cell) for number, row in rows for cell in range(row.cells)]

    def bracket_y(self, line: int) -> int:
        """Return where one of the two brackets below the input lies."""
        return self.bottom + LINE * (line + 1) + 6

    def y(self, row: int) -> int:
        """Return the upper edge of a row."""
        return TOP + (len(self.rows) - 1 - row) * self.pitch

    def x(self, row: int, cell: int) -> float:
        """Return the left edge of a cell; the middle is that of what it sees."""
        level = self.rows[row]
        return LEFT + CELL * (level.jump * cell + (level.size - level.jump) / 2)

    def sight(self, row: int, cell: int) -> list[list[Run]]:
        """Return what a cell sees in each row up to its own."""
        shifts = [cell * self.rows[row].jump // level.jump for level in self.rows]
        return [
            [(first + shift, last + shift) for first, last in runs]
            for runs, shift in zip(self._first_sights[row], shifts, strict=False)
        ]

    @cached_property
    def _first_sights(self) -> list[list[list[Run]]]:
        return [sight(self.rows[: n + 1], 0) for n in range(len(self.rows))]


def _names(sheet: _Sheet) -> Parts:
    parts = []
    for number, row in enumerate(sheet.rows):
        seen = sheet.sight(number, 0)[0]
        words = summary(row, seen) if number else f"{row.cells} cells"
        middle, at = sheet.y(number) + CELL / 2, {"anchor": "start"}
        parts.append(Label(NAMES_LEFT, middle - 8, row.name, 12, bold=True, **at))
        parts.append(Label(NAMES_LEFT, middle + 8, words, 12, QUIET, **at))
    return tuple(parts)


def _ticks(sheet: _Sheet) -> Parts:
    y = sheet.bottom + 10
    return tuple(
        Label(sheet.x(0, cell) + CELL / 2, y, f"{cell}", 12, QUIET)
        for cell in range(INPUT_SIZE)
    )


def _legend(sheet: _Sheet) -> Parts:
    words = ("receptive field", WINDOW), ("its neighbour’s, a jump away", NEIGHBOUR)
    return tuple(
        Label(NAMES_LEFT, sheet.bracket_y(n) - 2, text, 12, colour, anchor="start")
        for n, (text, colour) in enumerate(words)
    )


def _square(sheet: _Sheet) -> Parts:
    left, top = LEFT, sheet.square_top
    moved = (
        Box(left + box.x, top + box.y, box.width, box.height, fill=box.fill)
        for box in sheet.backdrop
    )
    return (*moved, Box(left, top, SQUARE, SQUARE, stroke=INK))


def _cell(sheet: _Sheet, row: int, cell: int) -> Box:
    width = sheet.rows[row].jump * CELL - 2
    x, y = sheet.x(row, cell) + 1, sheet.y(row)
    return Box(x, y, width, CELL, fill=UNSEEN, stroke="#AAAAAA")


def _pointed_at(sheet: _Sheet, row: int, cell: int) -> Hover:
    return Hover(
        target=(_cell(sheet, row, cell),),
        shown=_explanation(sheet, row, cell),
        description=_headline(sheet, row, cell),
    )


def _headline(sheet: _Sheet, row: int, cell: int) -> str:
    return headline(sheet.rows[: row + 1], cell, sheet.sight(row, cell)[0])


def _explanation(sheet: _Sheet, row: int, cell: int) -> Parts:
    seen = sheet.sight(row, cell)
    # Every cell has an explanation of its own, so what can be said once is not here.
    return (
        *_lit(sheet, seen),
        _cone(sheet, seen),
        *_brackets(sheet, row, cell),
        _framed_pixels(sheet, seen[0]),
        *lines([_headline(sheet, row, cell)], WORDS_LEFT, sheet.square_top + 8),
    )


def _lit(sheet: _Sheet, seen: list[list[Run]]) -> Parts:
    boxes = []
    for row, runs in enumerate(seen):
        y, width = sheet.y(row), CELL * sheet.rows[row].jump
        for first, last in runs:
            x = sheet.x(row, first)
            boxes.append(Box(x, y, width * (last + 1 - first), CELL, fill=SEEN))
    return tuple(boxes)


def _cone(sheet: _Sheet, seen: list[list[Run]]) -> Line:
    left, right = [], []
    for row, runs in enumerate(seen):
        bottom, ends = sheet.y(row) + CELL, (runs[0][0], runs[-1][1] + 1)
        for side, cell in zip((left, right), ends, strict=True):
            x = sheet.x(row, cell)
            side += [(x, bottom), (x, bottom - CELL)]
    return Line((*left, *reversed(right), left[0]), WINDOW, 2)


def _brackets(sheet: _Sheet, row: int, cell: int) -> Parts:
    cells = sheet.rows[row].cells
    other = cell + 1 if cell + 1 < cells else cell - 1
    own = _bracket(sheet, row, cell, sheet.bracket_y(0), WINDOW)
    if cells == 1:
        return (own,)
    return own, _bracket(sheet, row, other, sheet.bracket_y(1), NEIGHBOUR)


def _bracket(sheet: _Sheet, row: int, cell: int, y: float, colour: str) -> Line:
    level = sheet.rows[row]
    left = LEFT + CELL * level.jump * cell + 2
    right = left + CELL * level.size - 4
    return Line(((left, y - 5), (left, y), (right, y), (right, y - 5)), colour, 2)


def _framed_pixels(sheet: _Sheet, runs: list[Run]) -> Box:
    first, last = runs[0][0], runs[-1][1]
    side = (last + 1 - first) * PIXEL
    x, y = LEFT + first * PIXEL, sheet.square_top + first * PIXEL
    return Box(x, y, side, side, stroke=WINDOW, stroke_width=3)


def _facts(sheet: _Sheet, texts: list[str]) -> Parts:
    first = sheet.square_top + 8 + LINE
    *quiet, warning = texts
    return (
        *lines(quiet, WORDS_LEFT, first, font_size=13, colour=QUIET),
        Label(
            WORDS_LEFT,
            first + len(quiet) * LINE,
            warning,
            13,
            WINDOW,
            bold=True,
            anchor="start",
        ),
    )
