"""The pictures of the confusion explorer: pure functions of its state."""

import io
from functools import cache

import numpy as np
from PIL import Image

from course_utils.colours import MAGNITUDE, PAPER, QUIET, WINDOW, readable_on
from course_utils.drawing import Box, Hover, Label, Line, Part, Resting, Scene, png
from course_utils.explorers.confusion.state import (
    Counted,
    State,
    about_images,
    cell_in_words,
)
from course_utils.explorers.sheet import DOTS, Sheet
from course_utils.explorers.writing import LINE, lines

GRID_WIDTH, IMAGES_WIDTH, HEIGHT = 484, 316, 544
"""Of the two pictures on the page, side by side, in pixels."""

LEFT, TOP, AREA = 92, 56, 384
"""Where the grid starts, and its side."""

CLEAR = "#FFFFFF00"
"""Not seen, but can be pointed at."""

COLUMNS, SIDE, PITCH = 4, 72, (78, 100)
"""Images in a row, an image's side, and from one to the next: across and down."""


def scene(state: State, counted: Counted) -> Scene:
    """Draw the confusion matrix.

    Parameters
    ----------
    state
        A valid state.
    counted
        What there is to see.

    Returns
    -------
    Scene
        With one `Hover` for each cell, which shows its row, its column and its words.
    """
    cells = list(np.ndindex(counted.counts.shape))
    here = (state.true, state.predicted)
    return Scene(
        width=GRID_WIDTH,
        height=HEIGHT,
        shapes=(
            *_names(counted),
            *(part for cell in cells for part in _cell(*cell, state, counted)),
            # After all cells, which would else cover the frames of row and column.
            *(_pointed_at(*cell, counted) for cell in cells),
            Box(*_corner(*here, counted), *_sides(counted), "none", WINDOW, 4),
            Resting(_words(*here, counted)),
            *_legend(state),
        ),
        description="Confusion matrix. " + ": ".join(cell_in_words(*here, counted)),
    )


def draw_images(state: State, counted: Counted) -> bytes:
    """Draw images of the chosen cell, each with the network's confidence.

    Parameters
    ----------
    state
        A valid state.
    counted
        What there is to see.

    Returns
    -------
    bytes
        A PNG file, always of the same size.
    """
    sheet, among = Sheet(IMAGES_WIDTH, HEIGHT), counted.among
    title, words = cell_in_words(state.true, state.predicted, counted)
    middle = IMAGES_WIDTH / 2
    sheet.write(title, middle, 14, size=15, bold=True)
    sheet.write(words, middle, 34, size=13)
    sheet.write(about_images(state, counted), middle, 54, size=12, colour=QUIET)
    for place, index in enumerate(counted.shown(state)):
        row, column = divmod(place, COLUMNS)
        x = 2 + (column + 0.5) * PITCH[0]
        y = 72 + row * PITCH[1] + SIDE / 2
        sheet.paste(among.images[index], x, y, side=SIDE)
        sure = f"{among.percent[index]}%"
        sheet.write(sure, x, y + SIDE / 2 + 11, size=12, colour=QUIET)
    return sheet.png()


def still(state: State, counted: Counted) -> bytes:
    """Draw matrix and images side by side.

    Parameters
    ----------
    state
        A valid state.
    counted
        What there is to see.

    Returns
    -------
    bytes
        A PNG file.
    """
    both = Sheet(GRID_WIDTH + IMAGES_WIDTH, HEIGHT)
    parts = (png(scene(state, counted)), draw_images(state, counted))
    for part, left in zip(parts, (0, GRID_WIDTH), strict=True):
        both.paper.paste(Image.open(io.BytesIO(part)).convert("RGB"), (left * DOTS, 0))
    file = io.BytesIO()
    both.paper.quantize(256).save(file, "PNG", optimize=True)
    return file.getvalue()


def _sides(counted: Counted) -> tuple[float, float]:
    side = AREA / len(counted.names)
    return side, side


def _corner(row: int, column: int, counted: Counted) -> tuple[float, float]:
    side, _ = _sides(counted)
    return LEFT + column * side, TOP + row * side


def _names(counted: Counted) -> list[Part]:
    """Name rows, and columns: these by turns on two lines, for want of room."""
    side, _ = _sides(counted)
    shapes: list[Part] = []
    for number, name in enumerate(counted.names):
        x, y = LEFT + (number + 0.5) * side, TOP + (number + 0.5) * side
        upper = number % 2 == 0
        above = 12 if upper else 32
        shapes += [
            Label(LEFT - 8, y, _cut(name, LEFT - 8), 12, anchor="end"),
            Label(x, above, _cut(name, 2 * side), 12),
            Line(((x, above + 9), (x, TOP - 3)), QUIET),
        ]
    return shapes


def _cut(name: str, room: float) -> str:
    """Shorten a name to about what there is room for, 12 pixels high."""
    letters = max(2, int(room / 7.4))
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def _cell(row: int, column: int, state: State, counted: Counted) -> list[Part]:
    x, y = _corner(row, column, counted)
    side, _ = _sides(counted)
    colour = _colour(row, column, state, counted)
    parts: list[Part] = [Box(x, y, side, side, fill=colour, stroke="#AAAAAA")]
    if text := _number(row, column, state, counted):
        size = min(0.36 * side, 1.45 * side / len(text))
        ink = readable_on(colour)
        middle = x + side / 2, y + side / 2
        parts.append(Label(*middle, text, size, ink, bold=row == column))
    return parts


def _pointed_at(row: int, column: int, counted: Counted) -> Hover:
    x, y = _corner(row, column, counted)
    side, _ = _sides(counted)
    shown = (
        Box(LEFT, y, AREA, side, stroke=WINDOW, stroke_width=3),
        Box(x, TOP, side, AREA, stroke=WINDOW, stroke_width=3),
        *_words(row, column, counted),
    )
    words = ": ".join(cell_in_words(row, column, counted))
    return Hover((Box(x, y, side, side, fill=CLEAR),), shown, words)


def _number(row: int, column: int, state: State, counted: Counted) -> str:
    if not counted.counts[row, column]:
        return ""
    if state.by_row:
        return f"{100 * counted.shares[row, column]:.1f}"
    return f"{counted.counts[row, column]}"


def _colour(row: int, column: int, state: State, counted: Counted) -> str:
    # The diagonal would outshine the mistakes, which are the point.
    if row == column:
        return PAPER
    values = counted.shares if state.by_row else counted.counts
    mistakes = values[~np.eye(len(values), dtype=bool)]
    largest = mistakes.max(initial=0) or 1
    return _shades()[round(values[row, column] / largest * 255)]


def _words(row: int, column: int, counted: Counted) -> tuple[Label, ...]:
    title, words = cell_in_words(row, column, counted)
    # Bold letters are wider, and these are larger than what `_cut` reckons with.
    texts = [_cut(title, 0.75 * GRID_WIDTH), _cut(words, 0.75 * GRID_WIDTH)]
    return lines(texts, 4, TOP + AREA + 22, font_size=14, bold=True)


def _legend(state: State) -> tuple[Label, ...]:
    unit = "% of the row" if state.by_row else "images"
    notes = [
        f"rows: what it is; columns: what the network says; in {unit}",
        "Point at a cell to read it; choose it above to see its images.",
    ]
    return lines(notes, 4, TOP + AREA + 22 + 2 * LINE, font_size=12, colour=QUIET)


@cache
def _shades() -> tuple[str, ...]:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return tuple(map(to_hex, colormaps[MAGNITUDE](np.linspace(0, 1, 256))))
