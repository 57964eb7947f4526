"""The picture of the matrix explorer: a pure function of its state."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.colours import (
    INK,
    PADDING,
    PAPER,
    QUIET,
    WINDOW,
    readable_on,
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
    format_number,
)
from course_utils.explorers.matrix.state import Result, State, compute
from course_utils.explorers.matrix.words import explain, extents, notes
from course_utils.explorers.writing import LINE, lines, size

WIDTH, LARGEST_HEIGHT = 800, 450
LEFT, TOP, MATRIX_TOP = 8, 34, 58
GAP, SIGN, TITLE = 30, 26, 40
"""Room before the matrix, for a sign, and for a title, in pixels."""

LARGEST_CELL, LARGEST_ENTRY = 34, 26
"""Sides of the cells on the left, and heights of the rows beside them."""

ENTRY, NUMBER = 28, 40
"""Widths of an entry of the matrix, and of a number of a column."""

EDGE, FAINT, EMPTY = "#AAAAAA", "#FAFAFA", "#EBEBEB"
"""Around numbers and weights, around the matrix's zeros, and behind these."""

Shapes = tuple[Part, ...]


def scene(state: State) -> Scene:
    """Draw a convolution twice: with its window, and as matrix times column.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
        With one `Hover` for each row of the matrix, shown by pointing at the row or at
        its output cell.
    """
    sheet = _arrange(compute(state))
    words = [explain(sheet.result, row) for row in range(len(sheet.result.matrix))]
    counts, *others = notes(sheet.result)
    y = sheet.bottom + (max(map(len, words)) + 1.5) * LINE
    return Scene(
        width=WIDTH,
        height=int(y + (len(others) + 0.5) * LINE),
        shapes=(
            *_titles(sheet),
            *_inputs(sheet),
            *(_row(sheet, row, words[row]) for row in range(len(words))),
            Resting(_explanation(sheet, state.cell - 1, words[state.cell - 1])),
            *lines([counts], LEFT, y, font_size=15, bold=True),
            *lines(others, LEFT, y + LINE, font_size=13, colour=QUIET),
        ),
        description=" ".join([counts, *words[state.cell - 1]]),
    )


@dataclass(frozen=True)
class _Sheet:
    """Where everything is: three grids on the left, the matrix product beside them."""

    result: Result
    cell: int
    height: int

    @property
    def tops(self) -> tuple[int, int, int]:
        """Where padded image, kernel and output begin, below one another."""
        kernel = TOP + len(self.result.padded) * self.cell + TITLE
        return TOP, kernel, kernel + len(self.result.state.kernel) * self.cell + TITLE

    @property
    def lefts(self) -> tuple[int, int, int]:
        """Where the matrix begins, the image as a column, and the output."""
        matrix = LEFT + self.result.padded.shape[1] * self.cell + GAP
        column = matrix + self.result.matrix.shape[1] * ENTRY + SIGN
        return matrix, column, column + NUMBER + SIGN

    @property
    def bottom(self) -> int:
        grids = self.tops[2] + len(self.result.output) * self.cell
        return max(grids, MATRIX_TOP + self.height * max(self.result.matrix.shape))


def _arrange(result: Result) -> _Sheet:
    grids = result.padded, result.state.kernel, result.output
    taken = result.matrix.shape[1] * ENTRY + 2 * (SIGN + NUMBER) + GAP + 2 * LEFT
    across = (WIDTH - taken) // result.padded.shape[1]
    down = (LARGEST_HEIGHT - 2 * TITLE) // sum(map(len, grids))
    return _Sheet(
        result,
        cell=min(LARGEST_CELL, across, down),
        height=min(LARGEST_ENTRY, LARGEST_HEIGHT // max(result.matrix.shape)),
    )


def _titles(sheet: _Sheet) -> Shapes:
    result, (matrix, column, output) = sheet.result, sheet.lefts
    middle = MATRIX_TOP + len(result.matrix) * sheet.height / 2
    return (
        *(
            Label(LEFT, top - 16, text, bold=True, anchor="start")
            for top, text in zip(sheet.tops, extents(result))
        ),
        Label(
            matrix, TOP - 16, f"matrix {size(result.matrix)}", 14, INK, True, "start"
        ),
        *_block_titles(sheet),
        Label(column - SIGN / 2, middle, "@", size=20, colour=QUIET),
        Label(output - SIGN / 2, middle, "=", size=24, colour=QUIET),
        Label(column + NUMBER / 2, MATRIX_TOP - 14, result.state.name, bold=True),
        Label(output + NUMBER / 2, MATRIX_TOP - 14, "output", bold=True),
    )


def _block_titles(sheet: _Sheet) -> Shapes:
    rows, columns = sheet.result.state.image.shape
    width = columns * ENTRY
    return tuple(
        Label(
            sheet.lefts[0] + (row + 0.5) * width,
            MATRIX_TOP - 14,
            f"image row {row}",
            size=12,
            colour=QUIET,
        )
        for row in range(rows)
        if rows > 1
    )


def _inputs(sheet: _Sheet) -> Shapes:
    result, kernel = sheet.result, sheet.result.state.kernel
    (top, left), (height, width) = result.state.margins, result.state.image.shape
    limit = np.abs(kernel).max() or 1

    def outside(row: int, column: int) -> str:
        inside = 0 <= row - top < height and 0 <= column - left < width
        return PAPER if inside else PADDING

    def weight(row: int, column: int) -> str:
        return signed_colour(kernel[row, column], limit)

    cell, pixels = sheet.cell, result.state.image.reshape(-1, 1)
    return (
        *_numbers(result.padded, LEFT, sheet.tops[0], cell, cell, outside),
        *_numbers(kernel, LEFT, sheet.tops[1], cell, cell, weight),
        *_numbers(pixels, sheet.lefts[1], MATRIX_TOP, NUMBER, sheet.height),
    )


def _row(sheet: _Sheet, row: int, words: list[str]) -> Hover:
    return Hover(
        target=(*_entries(sheet, row), *_output_cell(sheet, row)),
        shown=_explanation(sheet, row, words),
        description=" ".join(words),
    )


def _entries(sheet: _Sheet, row: int) -> Shapes:
    result, left, height = sheet.result, sheet.lefts[0], sheet.height
    y, limit = MATRIX_TOP + row * height, np.abs(result.state.kernel).max() or 1
    zeros, weights = [], []
    for column, entry in enumerate(result.matrix[row].tolist()):
        x = left + column * ENTRY
        if result.used[row, column]:
            fill = signed_colour(entry, limit)
            weights += _number(entry, x, y, ENTRY, height, fill)
        else:
            zeros.append(Box(x, y, ENTRY, height, EMPTY, FAINT))
    number = Label(left - 6, y + height / 2, str(row), 12, QUIET, anchor="end")
    return (number, *zeros, *_separators(sheet, row), *weights)


def _separators(sheet: _Sheet, row: int) -> Shapes:
    """Mark where a row of the image begins, and a row of the output."""
    matrix, left = sheet.result.matrix, sheet.lefts[0]
    y = MATRIX_TOP + row * sheet.height
    width = sheet.result.state.image.shape[1]
    upright = range(width, matrix.shape[1], width)
    xs = [left + column * ENTRY for column in upright]
    shapes = [Line(((x, y), (x, y + sheet.height)), QUIET) for x in xs]
    if row and not sheet.result.place(row)[1]:
        shapes.append(Line(((left, y), (left + matrix.shape[1] * ENTRY, y)), QUIET))
    return tuple(shapes)


def _output_cell(sheet: _Sheet, row: int) -> Shapes:
    i, j = sheet.result.place(row)
    value, cell = sheet.result.output[i, j], sheet.cell
    y = MATRIX_TOP + row * sheet.height
    return (
        *_number(value, sheet.lefts[2], y, NUMBER, sheet.height),
        *_number(value, LEFT + j * cell, sheet.tops[2] + i * cell, cell, cell),
    )


def _explanation(sheet: _Sheet, row: int, words: list[str]) -> Shapes:
    y = sheet.bottom + LINE
    return (
        *_frames(sheet, row),
        *lines(words[:1], LEFT, y, font_size=13, colour=QUIET),
        *lines(words[1:], LEFT, y + LINE, font_size=15),
    )


def _frames(sheet: _Sheet, row: int) -> Shapes:
    """Frame the window, the row, the pixels that it meets, and the output cell."""
    result, cell, height = sheet.result, sheet.cell, sheet.height
    (i, j), (rows, columns) = result.place(row), result.window(row)
    matrix, column, output = sheet.lefts
    y = MATRIX_TOP + row * height
    met = np.flatnonzero(result.used[row])
    runs = np.split(met, np.flatnonzero(np.diff(met) > 1) + 1)
    window = LEFT + columns[0] * cell, TOP + rows[0] * cell
    return (
        _frame(*window, len(columns) * cell, len(rows) * cell),
        _frame(matrix, y, result.matrix.shape[1] * ENTRY, height),
        *(
            _frame(column, MATRIX_TOP + run[0] * height, NUMBER, len(run) * height)
            for run in runs
        ),
        _frame(output, y, NUMBER, height),
        _frame(LEFT + j * cell, sheet.tops[2] + i * cell, cell, cell),
    )


def _frame(x: float, y: float, width: float, height: float) -> Box:
    x, y, width, height = x + 1.5, y + 1.5, width - 3, height - 3
    return Box(x, y, width, height, stroke=WINDOW, stroke_width=3)


def _numbers(
    values: np.ndarray,
    x: float,
    y: float,
    width: float,
    height: float,
    fill: Callable[[int, int], str] = lambda row, column: PAPER,
) -> list[Part]:
    return [
        part
        for (row, column), value in np.ndenumerate(values)
        for part in _number(
            value,
            x + column * width,
            y + row * height,
            width,
            height,
            fill(row, column),
        )
    ]


def _number(
    value: float, x: float, y: float, width: float, height: float, fill: str = PAPER
) -> Shapes:
    text = format_number(value)
    # Long numbers shrink so that they stay inside their cell, and inside its frame.
    font_size = min(13, 1.45 * width / len(text), 0.67 * height)
    middle = x + width / 2, y + height / 2
    return (
        Box(x, y, width, height, fill, EDGE),
        Label(*middle, text, font_size, readable_on(fill)),
    )
