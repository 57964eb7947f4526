"""The picture of the explorer of mistakes: a pure function of its state."""

from course_utils.colours import INK, QUIET, WINDOW
from course_utils.explorers.mistakes.state import (
    PAGE,
    Predicted,
    State,
    advice,
    headline,
)
from course_utils.explorers.sheet import Sheet

WIDTH, HEIGHT = 800, 360
"""Of the picture on the page, in pixels."""

COLUMNS = PAGE // 2
COLUMN, SIDE, LINE = WIDTH // COLUMNS, 84, 16
"""Room for an image, the image itself, and a line of text."""

TOP, ROW = 58, 152
"""Where the first row starts, and the room for a row."""


def draw(state: State, among: Predicted) -> bytes:
    """Draw the images of a page, each with its label and what the network said.

    Parameters
    ----------
    state
        A valid state.
    among
        What there is to see.

    Returns
    -------
    bytes
        A PNG file, always of the same size.
    """
    sheet = Sheet(WIDTH, HEIGHT)
    sheet.write(headline(state, among), WIDTH / 2, 14, size=17, bold=True)
    sheet.write(among.title, WIDTH / 2, 36, size=12, colour=QUIET)
    shown = among.shown(state)
    if not len(shown):
        sheet.write(advice(state, among), WIDTH / 2, HEIGHT / 2, size=14, colour=QUIET)
    for place, index in enumerate(shown):
        row, column = divmod(place, COLUMNS)
        _draw_mistake(sheet, among, index, column * COLUMN, TOP + row * ROW)
    return sheet.png()


def _draw_mistake(
    sheet: Sheet, among: Predicted, index: int, left: int, top: int
) -> None:
    said, names = among.predictions, among.class_names
    label, guess = names[said.targets[index]], names[said.predicted[index]]
    middle, room = left + COLUMN / 2, COLUMN - 6
    lines = [
        (label, INK),
        (f"said {guess}", WINDOW),
        (f"{among.percent[index]}% sure", QUIET),
    ]
    for number, (text, colour) in enumerate(lines):
        y, bold = top + (number + 0.5) * LINE, number == 0
        sheet.write(text, middle, y, size=11, colour=colour, bold=bold, room=room)
    below = top + len(lines) * LINE + 3 + SIDE / 2
    sheet.paste(among.images[index], middle, below, side=SIDE)
