"""The picture of the convolution explorer: a pure function of its state."""

from dataclasses import dataclass

import numpy as np

from course_utils.colours import INK, PADDING, PAPER, QUIET, WINDOW, signed_colour
from course_utils.drawing import (
    Box,
    Hover,
    Label,
    Resting,
    Scene,
    format_number,
    grid,
    outline,
)
from course_utils.explorers.convolution.state import (
    KERNELS,
    Result,
    State,
    compute,
    limits,
)
from course_utils.explorers.writing import LINE, lines, products, size
from course_utils.sizes import conv_output_size

WIDTH, GRIDS_HEIGHT = 800, 320
LEFT, TOP, GAP = 8, 34, 64
"""Where the first grid starts, and the room for a sign between two grids."""
LARGEST_CELL = 60

MODE_NOTES = {
    "valid": "“valid”: no padding, the window stays inside the image.",
    "same": "“same”: the output is as large as the image, so the stride stays 1; "
    "an odd cell goes to the bottom and right.",
    "full": "“full”: D(K − 1) cells on each side, for every overlap with the image.",
    "custom": "“custom”: P cells of zeros on each side.",
}

KERNEL_NOTES = (
    "a kernel of the explorer's own, which doubles each pixel",
    "the kernel of the worked example",
    "a kernel of the explorer's own, for upright edges",
    "a kernel of the explorer's own, for diagonal lines",
)
"""What to say of each of `KERNELS`."""

Shapes = tuple[Box | Label, ...]


def scene(state: State) -> Scene:
    """Draw padded input, kernel and output, with the window at the present step.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
        With one `Hover` for each output cell, which shows its window and its products.
    """
    sheet = _arrange(compute(state))
    places = list(np.ndindex(sheet.result.output.shape))
    here = places[state.step - 1]
    words = _words(sheet.result, here)
    notes = [*_size_rule(sheet.result), MODE_NOTES[state.mode]]
    notes += [*_kernel_note(state), *limits(state)]
    notes_y = sheet.bottom + (len(words) + 1.5) * LINE
    return Scene(
        width=WIDTH,
        height=int(notes_y) + len(notes) * LINE,
        shapes=(
            *_titles(sheet),
            *_input_grid(sheet),
            *_kernel_grid(sheet),
            *(
                _output_cell(sheet, place, filled=step <= state.step)
                for step, place in enumerate(places, start=1)
            ),
            Resting(_explanation(sheet, here, words)),
            *lines(notes, LEFT, notes_y, font_size=13, colour=QUIET),
        ),
        description=". ".join([*_title_texts(sheet.result), " ".join(words)]),
    )


@dataclass(frozen=True)
class _Sheet:
    result: Result
    cell: int

    @property
    def lefts(self) -> tuple[int, int, int]:
        kernel = LEFT + self.result.padded.shape[1] * self.cell + GAP
        return LEFT, kernel, kernel + self.result.kernel.shape[1] * self.cell + GAP

    @property
    def bottom(self) -> int:
        return TOP + self.cell * max(map(len, self.result.grids))


def _arrange(result: Result) -> _Sheet:
    rows = max(len(values) for values in result.grids)
    columns = sum(values.shape[1] for values in result.grids)
    room = WIDTH - 2 * LEFT - 2 * GAP
    return _Sheet(result, min(LARGEST_CELL, GRIDS_HEIGHT // rows, room // columns))


def _title_texts(result: Result) -> tuple[str, str, str]:
    padded, kernel, output = map(size, result.grids)
    image = size(result.image)
    return (
        f"image {image}" + (f", padded to {padded}" if padded != image else ""),
        f"kernel {kernel}",
        f"output {output}",
    )


def _titles(sheet: _Sheet) -> Shapes:
    titles = (
        Label(left, TOP - 16, text, bold=True, anchor="start")
        for left, text in zip(sheet.lefts, _title_texts(sheet.result), strict=True)
    )
    middle = TOP + len(sheet.result.kernel) * sheet.cell / 2
    signs = (
        Label(left - GAP / 2, middle, sign, size=30, colour=QUIET)
        for left, sign in zip(sheet.lefts[1:], "∗=", strict=True)
    )
    return (*titles, *signs)


def _input_grid(sheet: _Sheet) -> Shapes:
    before, _ = sheet.result.margins
    height, width = sheet.result.image.shape
    cell, padded = sheet.cell, sheet.result.padded

    def fill(row: int, column: int) -> str:
        inside = 0 <= row - before < height and 0 <= column - before < width
        return PAPER if inside else PADDING

    def frame(start: int, rows: int, columns: int, *, dashed: bool) -> Box:
        corner = LEFT + start * cell, TOP + start * cell
        sides = columns * cell, rows * cell
        return Box(*corner, *sides, stroke=INK, stroke_width=2, dashed=dashed)

    return (
        *grid(padded, x=LEFT, y=TOP, cell=cell, fill=fill),
        frame(0, *padded.shape, dashed=True),
        frame(before, height, width, dashed=False),
    )


def _kernel_grid(sheet: _Sheet) -> Shapes:
    kernel = sheet.result.kernel
    limit = np.abs(kernel).max() or 1

    def fill(row: int, column: int) -> str:
        return signed_colour(kernel[row, column], limit)

    return tuple(grid(kernel, x=sheet.lefts[1], y=TOP, cell=sheet.cell, fill=fill))


def _output_cell(sheet: _Sheet, place: tuple[int, int], *, filled: bool) -> Hover:
    row, column = place
    x, y = sheet.lefts[2] + column * sheet.cell, TOP + row * sheet.cell
    value = np.array([[sheet.result.output[place]]])
    box, number = grid(value, x=x, y=y, cell=sheet.cell)
    words = _words(sheet.result, place)
    explanation = _explanation(sheet, place, words)
    return Hover(
        target=(box, number) if filled else (box,),
        shown=explanation if filled else (number, *explanation),
        description=" ".join(words),
    )


def _explanation(sheet: _Sheet, place: tuple[int, int], words: list[str]) -> Shapes:
    row, column = place
    y = sheet.bottom + LINE
    return (
        *_window(sheet, place),
        *outline([row], [column], x=sheet.lefts[2], y=TOP, cell=sheet.cell),
        *lines(words[:1], LEFT, y, font_size=13, colour=QUIET),
        *lines(words[1:], LEFT, y + LINE, font_size=16),
    )


def _window(sheet: _Sheet, place: tuple[int, int]) -> Shapes:
    rows, columns = sheet.result.window(*place)
    cell = sheet.cell
    if sheet.result.dilation > 1:
        return tuple(outline(rows, columns, x=LEFT, y=TOP, cell=cell))
    return (
        Box(
            LEFT + columns[0] * cell + 2,
            TOP + rows[0] * cell + 2,
            len(columns) * cell - 4,
            len(rows) * cell - 4,
            stroke=WINDOW,
            stroke_width=4,
        ),
    )


def _words(result: Result, place: tuple[int, int]) -> list[str]:
    row, column = place
    pixels = result.padded[np.ix_(*result.window(*place))]
    sums = list(map(products, result.kernel.tolist(), pixels.tolist()))
    # Two rows of products fit on one line, more do not.
    sums = [" + ".join(sums)] if len(sums) <= 2 else sums
    sums[1:] = [f"+ {line}" for line in sums[1:]]
    sums[-1] += f" = {format_number(result.output[place])}"
    return [f"Output cell [{row}, {column}]:", *sums]


def _size_rule(result: Result) -> list[str]:
    height, width = result.image.shape
    sides = {"": height} if height == width else {"rows: ": height, "columns: ": width}
    rule = "output size = ⌊(N + 2P − D(K − 1) − 1) / S⌋ + 1"
    return [f"{side}{rule} = {_with_numbers(result, n)}" for side, n in sides.items()]


def _kernel_note(state: State) -> list[str]:
    place = state.kernel_size - 1
    is_ours = state.kernels[place] == KERNELS[place]
    return [f"K = {state.kernel_size}: {KERNEL_NOTES[place]}."] if is_ours else []


def _with_numbers(result: Result, side: int) -> str:
    before, after = result.margins
    padding = f"2·{before}" if before == after else f"{before} + {after}"
    k, gap, stride = len(result.kernel), result.dilation, result.stride
    cells = conv_output_size(side + before + after, k, stride=stride, dilation=gap)
    return f"⌊({side} + {padding} − {gap}·({k} − 1) − 1) / {stride}⌋ + 1 = {cells}"
