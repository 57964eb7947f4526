"""The picture of the pooling explorer: a pure function of its state."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course_utils.colours import (
    INK,
    PADDING,
    QUIET,
    SERIES,
    WINDOW,
    signed_colour,
)
from course_utils.drawing import (
    Box,
    Hover,
    Label,
    Line,
    Part,
    Resting,
    Scene,
    grid,
    outline,
)
from course_utils.explorers.pooling.state import Result, State
from course_utils.explorers.pooling.words import calculation, findings, rules
from course_utils.explorers.writing import LINE, lines, size

WIDTH, GRIDS_HEIGHT = 800, 408
LEFT, TOP, GAP = 8, 34, 64
"""Where the first grid starts, and the room for a sign between two grids."""
LARGEST_CELL = 44

WINNER = SERIES[0]

Place = tuple[int, int]
Parts = tuple[Part, ...]


def scene(state: State) -> Scene:
    """Draw the image and what pooling leaves of it, with one window in words.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
        With one `Hover` for each output cell, which shows its window.
    """
    sheet = _Sheet(Result(state))
    result, here = sheet.result, _worth_a_look(sheet.result)
    quiet, loud = rules(result), findings(result)
    quiet_y = sheet.bottom + (max(map(len, sheet.words.values())) + 1.5) * LINE
    loud_y = quiet_y + len(quiet) * LINE
    return Scene(
        width=WIDTH,
        height=int(loud_y) + 2 * LINE,
        shapes=(
            *_titles(sheet),
            *_input_grid(sheet),
            *(_output_cell(sheet, place) for place in sheet.words),
            Resting(_explanation(sheet, here)),
            *lines(quiet, LEFT, quiet_y, font_size=13, colour=QUIET),
            *lines(loud, LEFT, loud_y),
        ),
        description=". ".join(
            [*_title_texts(result), *sheet.words[here], *quiet, *loud]
        ),
    )


@dataclass(frozen=True)
class _Sheet:
    result: Result

    @cached_property
    def cell(self) -> int:
        grids = self.result.padded, self.result.output
        rows = max(len(values) for values in grids)
        columns = sum(values.shape[1] for values in grids)
        room = WIDTH - 2 * LEFT - GAP
        return min(LARGEST_CELL, GRIDS_HEIGHT // rows, room // columns)

    @property
    def output_left(self) -> int:
        return LEFT + self.result.padded.shape[1] * self.cell + GAP

    @property
    def bottom(self) -> int:
        return TOP + self.cell * max(len(self.result.padded), len(self.result.output))

    @cached_property
    def words(self) -> dict[Place, list[str]]:
        """What is said about each output cell, the first cell first."""
        places = np.ndindex(self.result.output.shape)
        return {place: calculation(self.result, place) for place in places}

    @cached_property
    def limit(self) -> float:
        """What gets the full colour: so large that frames stand out on all cells."""
        return 2 * float(np.abs(self.result.still_image).max()) or 1.0


def _title_texts(result: Result) -> tuple[str, str]:
    image, padded = size(result.image), size(result.padded)
    return (
        f"input {image}" + (f", padded to {padded}" if padded != image else ""),
        f"output {size(result.output)}",
    )


def _titles(sheet: _Sheet) -> Parts:
    left, right = _title_texts(sheet.result)
    middle = TOP + len(sheet.result.padded) * sheet.cell / 2
    return (
        Label(LEFT, TOP - 16, left, bold=True, anchor="start"),
        Label(sheet.output_left, TOP - 16, right, bold=True, anchor="start"),
        Label(sheet.output_left - GAP / 2, middle, "→", size=30, colour=QUIET),
    )


def _input_grid(sheet: _Sheet) -> Parts:
    result, cell, before = sheet.result, sheet.cell, sheet.result.padding
    height, width = result.image.shape

    def fill(row: int, column: int) -> str:
        inside = 0 <= row - before < height and 0 <= column - before < width
        value = result.padded[row, column]
        return signed_colour(value, sheet.limit) if inside else PADDING

    unread = np.argwhere(result.reads == 0) + before
    return (
        *grid(result.padded, x=LEFT, y=TOP, cell=cell, fill=fill),
        *(_strike(sheet, row, column) for row, column in unread.tolist()),
        *_separate_windows(sheet),
        Box(
            LEFT + before * cell,
            TOP + before * cell,
            width * cell,
            height * cell,
            stroke=INK,
            stroke_width=2,
        ),
    )


def _strike(sheet: _Sheet, row: int, column: int) -> Line:
    left, bottom = LEFT + column * sheet.cell, TOP + (row + 1) * sheet.cell
    return Line(((left, bottom), (left + sheet.cell, bottom - sheet.cell)), QUIET, 1.5)


def _separate_windows(sheet: _Sheet) -> Parts:
    """Frame all windows at once, where they do not overlap."""
    if sheet.result.reads.max() > 1:
        return ()
    return tuple(
        _framed(sheet, sheet.result.window(*place), inset=0, stroke=INK, width=1.5)
        for place in sheet.words
    )


def _framed(
    sheet: _Sheet, window: tuple[slice, slice], *, inset: int, stroke: str, width: float
) -> Box:
    rows, columns = window
    return Box(
        LEFT + columns.start * sheet.cell + inset,
        TOP + rows.start * sheet.cell + inset,
        (columns.stop - columns.start) * sheet.cell - 2 * inset,
        (rows.stop - rows.start) * sheet.cell - 2 * inset,
        stroke=stroke,
        stroke_width=width,
    )


def _output_cell(sheet: _Sheet, place: Place) -> Hover:
    row, column = place
    x, y = sheet.output_left + column * sheet.cell, TOP + row * sheet.cell
    value = np.array([[sheet.result.output[place]]])
    colour = signed_colour(value[0, 0], sheet.limit)
    box, number = grid(value, x=x, y=y, cell=sheet.cell, fill=lambda *_: colour)
    return Hover(
        target=(box, *_mark_of_change(sheet, place), number),
        shown=_explanation(sheet, place),
        description=" ".join(sheet.words[place]),
    )


def _mark_of_change(sheet: _Sheet, place: Place) -> Parts:
    if not sheet.result.changed[place]:
        return ()
    left = sheet.output_left + place[1] * sheet.cell
    y = TOP + (place[0] + 1) * sheet.cell - 4
    return (Line(((left + 4, y), (left + sheet.cell - 4, y)), stroke_width=3),)


def _explanation(sheet: _Sheet, place: Place) -> Parts:
    row, column = place
    words, y = sheet.words[place], sheet.bottom + LINE
    window = sheet.result.window(row, column)
    return (
        _framed(sheet, window, inset=2, stroke=WINDOW, width=4),
        *_winner(sheet, place),
        *outline([row], [column], x=sheet.output_left, y=TOP, cell=sheet.cell),
        *lines(words[:1], LEFT, y, font_size=13, colour=QUIET),
        *lines(words[1:], LEFT, y + LINE, font_size=16),
    )


def _winner(sheet: _Sheet, place: Place) -> Parts:
    if sheet.result.state.operation != "max":
        return ()
    row, column = sheet.result.winner(*place)
    cell = slice(row, row + 1), slice(column, column + 1)
    return (_framed(sheet, cell, inset=6, stroke=WINNER, width=3),)


def _worth_a_look(result: Result) -> Place:
    """Return the first cell that the move has changed, else the largest."""
    interesting = result.changed if result.changed.any() else result.output
    return np.unravel_index(interesting.argmax(), interesting.shape)
