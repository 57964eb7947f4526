"""The picture of the pattern explorer: a pure function of its state."""

import numpy as np

from course_utils.colours import QUIET, SERIES, WINDOW, readable_on, signed_colour
from course_utils.drawing import (
    Box,
    Hover,
    Label,
    Part,
    Resting,
    Scene,
    format_number,
    grid,
)
from course_utils.explorers.patterns.state import (
    BRIGHTEST,
    MOTIF_SIDE,
    PATCH,
    SIDE,
    Place,
    Result,
    State,
    compute,
)
from course_utils.explorers.writing import LINE, lines, products, size

CELL, LEFT, TOP, GAP = 36, 8, 34, 32
DOT_LEFT = LEFT + SIDE * CELL + GAP
COSINE_LEFT = DOT_LEFT + (SIDE - MOTIF_SIDE + 1) * CELL + GAP
HEADLINES_TOP = TOP + (SIDE - MOTIF_SIDE + 1) * CELL + LINE
KERNEL_TOP = TOP + SIDE * CELL + 44
WORDS_LEFT = LEFT + MOTIF_SIDE * CELL + 28
WIDTH, HEIGHT = 800, KERNEL_TOP + MOTIF_SIDE * CELL + 8

MAPS = DOT_LEFT, COSINE_LEFT
FOUND = SERIES[0], SERIES[2]
"""What the dot product finds, and what the cosine finds."""

Shapes = tuple[Part, ...]


def scene(state: State) -> Scene:
    """Draw the picture, the kernel, and the two maps of scores.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
        With one `Hover` for each window, shown by pointing at either of its scores.
    """
    result = compute(state)
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        shapes=(
            *_titles(result),
            *_pixels(result),
            *_kernel(result),
            *(_scores(result, place) for place in np.ndindex(result.dots.shape)),
            *_headlines(result),
            Resting(_at_rest(result)),
        ),
        description=" ".join(result.headlines),
    )


def _titles(result: Result) -> Shapes:
    titles = (
        (LEFT, TOP, f"picture {size(result.picture)}"),
        (DOT_LEFT, TOP, f"dot product {size(result.dots)}"),
        (COSINE_LEFT, TOP, f"cosine {size(result.cosines)}"),
        (LEFT, KERNEL_TOP, f"kernel {size(result.kernel)}"),
    )
    return tuple(
        Label(left, top - 16, text, bold=True, anchor="start")
        for left, top, text in titles
    )


def _pixels(result: Result) -> list[Part]:
    def grey(row: int, column: int) -> str:
        level = 30 + 225 * int(result.picture[row, column]) // BRIGHTEST
        return f"#{level:02x}{level:02x}{level:02x}"

    return grid(result.picture, x=LEFT, y=TOP, cell=CELL, fill=grey)


def _kernel(result: Result) -> list[Part]:
    def fill(row: int, column: int) -> str:
        return signed_colour(result.kernel[row, column], 1)

    return grid(result.kernel, x=LEFT, y=KERNEL_TOP, cell=CELL, fill=fill)


def _scores(result: Result, place: Place) -> Hover:
    dot, cosine = result.dots[place], result.cosines[place]
    largest = BRIGHTEST * result.kernel.sum()
    words = _words(result, place)
    return Hover(
        target=(
            *_score(DOT_LEFT, place, format_number(dot), dot / largest),
            *_score(COSINE_LEFT, place, f"{cosine:.2f}" if cosine else "0", cosine),
            *(
                _frame(left, place, colour)
                for left, colour, winners in zip(MAPS, FOUND, result.winners)
                if place in winners
            ),
        ),
        shown=(
            _frame(LEFT, place, WINDOW, cells=MOTIF_SIDE),
            *(_frame(left, place, WINDOW) for left in MAPS),
            *lines(words, WORDS_LEFT, KERNEL_TOP + CELL / 2),
        ),
        description=" ".join(words),
    )


def _score(left: float, place: Place, text: str, share: float) -> Shapes:
    x, y = _corner(left, place)
    fill = signed_colour(share, 1)
    return (
        Box(x, y, CELL, CELL, fill=fill, stroke="#AAAAAA"),
        Label(x + CELL / 2, y + CELL / 2, text, 13, readable_on(fill)),
    )


def _headlines(result: Result) -> Shapes:
    style = {"size": 15, "bold": True, "anchor": "start"}
    return tuple(
        Label(DOT_LEFT, HEADLINES_TOP + number * LINE, text, colour=colour, **style)
        for number, (text, colour) in enumerate(zip(result.headlines, FOUND))
    )


def _at_rest(result: Result) -> Shapes:
    # The inner frame stays visible where both scores find the same window.
    frames = (
        _frame(LEFT, place, colour, cells=MOTIF_SIDE, inset=inset)
        for colour, winners, inset in zip(FOUND, result.winners, (1.5, 6))
        for place in winners
    )
    y = KERNEL_TOP + CELL / 2
    note = "The roots are the lengths of kernel and window."
    return (
        *frames,
        *lines(_comparison(result), WORDS_LEFT, y),
        *lines([note], WORDS_LEFT, y + 2 * LINE, font_size=13, colour=QUIET),
    )


def _comparison(result: Result) -> list[str]:
    patch = f"Bright patch, window {list(PATCH)}: {_scored(result, PATCH)}"
    if result.hidden:
        return [patch, "The patch covers the motif."]
    motif = result.motif
    return [patch, f"Motif, window {list(motif)}: {_scored(result, motif)}"]


def _scored(result: Result, place: Place) -> str:
    return f"dot product {result.dots[place]}; {_cosine_words(result, place)}"


def _words(result: Result, place: Place) -> list[str]:
    terms = products(result.kernel.flat, result.window(place).flat)
    return [
        f"Window {list(place)}:",
        f"dot product {terms} = {result.dots[place]}",
        _cosine_words(result, place),
    ]


def _cosine_words(result: Result, place: Place) -> str:
    squares = [np.vdot(v, v) for v in (result.kernel, result.window(place))]
    if not squares[1]:
        return "cosine 0: a window of zeros has no direction"
    lengths = format_number(round(float(np.sqrt(squares[0] * squares[1])), 9))
    dot, cosine = result.dots[place], result.cosines[place]
    roots = f"√{squares[0]} · √{squares[1]}"
    return f"cosine {dot} / ({roots}) = {dot} / {lengths} = {cosine:.2f}"


def _frame(
    left: float, place: Place, colour: str, *, cells: int = 1, inset: float = 1.5
) -> Box:
    x, y = _corner(left, place)
    side = cells * CELL - 2 * inset
    return Box(x + inset, y + inset, side, side, stroke=colour, stroke_width=3)


def _corner(left: float, place: Place) -> tuple[float, float]:
    row, column = place
    return left + column * CELL, TOP + row * CELL
