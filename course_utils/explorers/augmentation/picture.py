"""The picture of the explorer of augmentation: a pure function of its state."""

from course_utils.colours import QUIET, WINDOW
from course_utils.explorers.augmentation.changes import CHANGES
from course_utils.explorers.augmentation.pictures import Pictures
from course_utils.explorers.augmentation.state import (
    DRAWS,
    State,
    eight_draws,
    headline,
)
from course_utils.explorers.sheet import Sheet

WIDTH, HEIGHT = 800, 478
"""Of the picture on the page, in pixels."""

ORIGINAL = 160
"""Side of the picture itself."""

COLUMNS, LEFT, TOP = DRAWS // 2, 184, 68
"""Of its changed versions, and where they start."""

COLUMN, SIDE, ROW, LINE = 154, 128, 172, 17
"""Room for one of them, its side, room for a row, and a line of text."""


def draw(state: State, pictures: Pictures) -> bytes:
    """Draw the picture and its changed versions, each with what was drawn for it.

    Parameters
    ----------
    state
        A valid state.
    pictures
        What can be changed.

    Returns
    -------
    bytes
        A PNG file, always of the same size.
    """
    sheet = Sheet(WIDTH, HEIGHT)
    sheet.write(headline(state), WIDTH / 2, 16, size=16, bold=True)
    words = f"the same picture {DRAWS} times, each with a draw of its own"
    middle = LEFT + COLUMNS * COLUMN / 2
    sheet.write(words, middle, 44, size=13, colour=QUIET)
    _draw_original(sheet, state, pictures)
    images, captions = eight_draws(state, pictures)
    for place, (image, caption) in enumerate(zip(images, captions)):
        row, column = divmod(place, COLUMNS)
        x, y = LEFT + (column + 0.5) * COLUMN, TOP + row * ROW
        sheet.paste(image, x, y + SIDE / 2, side=SIDE)
        for number, line in enumerate(caption.splitlines()):
            below = y + SIDE + (number + 0.6) * LINE
            sheet.write(line, x, below, size=12, room=COLUMN - 4)
    safe, unsafe = CHANGES[state.change].safety
    sheet.write(safe, WIDTH / 2, HEIGHT - 44, size=14)
    sheet.write(unsafe, WIDTH / 2, HEIGHT - 20, size=14, colour=WINDOW)
    return sheet.png()


def _draw_original(sheet: Sheet, state: State, pictures: Pictures) -> None:
    middle, name = ORIGINAL / 2 + 4, pictures.names[state.image]
    sheet.write("the picture itself", middle, 44, size=13, colour=QUIET)
    image = pictures.images[state.image]
    sheet.paste(image, middle, TOP + ORIGINAL / 2, side=ORIGINAL)
    below = TOP + ORIGINAL + 14
    sheet.write(f"label: {name}", middle, below, size=14, bold=True, room=ORIGINAL)
    height, width = image.shape[1:]
    size = f"{height} × {width} pixels"
    sheet.write(size, middle, below + 20, size=12, colour=QUIET)
