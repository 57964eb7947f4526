"""The pictures of the channel explorer: pure functions of state and photo."""

import io

import numpy as np
from PIL import Image, ImageDraw

from course_utils.colours import CHANNEL_TINTS, PAPER, QUIET, WINDOW
from course_utils.drawing import Box, Label, Scene, compact, grid, outline, png
from course_utils.explorers.channels.memory import (
    LEFT,
    WIDTH,
    Shapes,
    letters_above,
    memory_scene,
    text_lines,
)
from course_utils.explorers.channels.state import (
    CHANNELS,
    PATCH,
    VIEWS,
    State,
    patch,
    patch_corner,
    seen,
)

SIDE = 384
"""The longest side of the photo on the page, in pixels."""

PANEL_WIDTH, PANEL_HEIGHT = WIDTH - SIDE - 16, 256

SQUARE, CELL = 78, 44
"""Sides of a magnified pixel, and of a number."""

TRIPLE_LEFT = LEFT + PATCH[1] * SQUARE + 18


def draw_photo(state: State, photo: np.ndarray) -> bytes:
    """Draw the photo as the screen gets it, with a frame around the patch.

    Parameters
    ----------
    state
        What to show.
    photo
        Array, shape (H, W, 3), uint8.

    Returns
    -------
    bytes
        A PNG file.
    """
    factor = zoom(photo)
    picture = Image.fromarray(seen(photo, state.view))
    size = picture.width * factor, picture.height * factor
    picture = picture.resize(size, Image.Resampling.NEAREST)
    top, left = (factor * corner for corner in patch_corner(state, photo))
    bottom, right = top + factor * PATCH[0], left + factor * PATCH[1]
    pen = ImageDraw.Draw(picture)
    # White on both sides of the frame, so that it stands out from every colour.
    for margin, thickness, colour in ((10, 8, PAPER), (8, 4, WINDOW)):
        frame = (left - margin, top - margin, right + margin, bottom + margin)
        pen.rectangle(frame, outline=colour, width=thickness)
    return _file(picture)


def zoom(photo: np.ndarray) -> int:
    """Return how many dots a pixel of the photo gets, along each axis.

    Parameters
    ----------
    photo
        Array, shape (H, W, 3).

    Returns
    -------
    int
    """
    return max(1, SIDE // max(photo.shape))


def pixel_scene(state: State, photo: np.ndarray) -> Scene:
    """Draw the patch magnified, and the chosen pixel's numbers.

    Parameters
    ----------
    state
        What to show.
    photo
        Array, shape (H, W, 3), uint8.

    Returns
    -------
    Scene
    """
    stored = photo[state.row, state.column]
    shown = seen(stored, state.view)
    title = f"pixel [{state.row}, {state.column}] and its neighbours"
    shapes = (
        *text_lines([title], 14, bold=True),
        *_squares(state, photo),
        *_triple("in the array", stored, 30),
        *_triple("on the screen", shown, 116),
        *text_lines(VIEWS[state.view].words, 220),
    )
    words = f"{title}: {stored.tolist()} in the array, {shown.tolist()} on the screen"
    return Scene(PANEL_WIDTH, PANEL_HEIGHT, shapes, words)


def still(state: State, photo: np.ndarray) -> bytes:
    """Draw everything on one sheet.

    Parameters
    ----------
    state
        What to show.
    photo
        Array, shape (H, W, 3), uint8.

    Returns
    -------
    bytes
        A PNG file.
    """
    panel, memory = (
        Image.open(io.BytesIO(png(scene(state, photo))))
        for scene in (pixel_scene, memory_scene)
    )
    scale = memory.width // WIDTH
    picture = Image.open(io.BytesIO(draw_photo(state, photo)))
    picture = picture.resize((picture.width * scale, picture.height * scale), 0)
    above = max(picture.height, panel.height) + 8 * scale
    sheet = Image.new("RGB", (memory.width, above + memory.height), PAPER)
    sheet.paste(picture, (0, 0))
    sheet.paste(panel, (sheet.width - panel.width, 0))
    sheet.paste(memory, (0, above))
    return compact(_file(sheet))


def _squares(state: State, photo: np.ndarray) -> Shapes:
    top, left = patch_corner(state, photo)
    here = {"x": LEFT, "y": 32, "cell": SQUARE}
    pixels = seen(patch(state, photo), state.view)

    def fill(row: int, column: int) -> str:
        return f"#{bytes(pixels[row, column]).hex()}"

    row, column = state.row - top, state.column - left
    # White inside the frame, so that it stands out from a pixel of its own colour.
    corner = LEFT + column * SQUARE + 5, 32 + row * SQUARE + 5
    inner = Box(*corner, SQUARE - 10, SQUARE - 10, stroke=PAPER, stroke_width=2)
    return (
        *grid(np.full(PATCH, np.nan), fill=fill, **here),
        *outline([row], [column], **here),
        inner,
    )


def _triple(name: str, numbers: np.ndarray, y: float) -> Shapes:
    def fill(_: int, column: int) -> str:
        return CHANNEL_TINTS[column]

    return (
        Label(TRIPLE_LEFT, y + 7, name, 13, QUIET, anchor="start"),
        *letters_above(CHANNELS, TRIPLE_LEFT, y + 36, CELL),
        *grid(numbers[None], x=TRIPLE_LEFT, y=y + 36, cell=CELL, fill=fill),
    )


def _file(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)  # four times as fast
    return file.getvalue()
