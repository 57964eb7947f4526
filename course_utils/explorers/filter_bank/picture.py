"""The picture of the filter bank explorer: a pure function of its state.

It is laid out as a column addition. Each row is a channel, each column a kernel; under
the line stand the output planes.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.colours import CHANNEL_TINTS, INK, QUIET, WINDOW, signed_colour
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
from course_utils.explorers.filter_bank.state import (
    BANK,
    CHANNELS,
    Result,
    State,
    compute,
)
from course_utils.explorers.writing import LINE, lines

WIDTH = 800
LEFT, TOP, CELL = 32, 52, 32
"""Where the first input plane starts, and a cell's side, in pixels."""

GAP = 10
"""Between two rows of planes, and between two columns."""

SIGN, SUM = 40, 40
"""Room for the sign before the first kernel, and for a channel's sum after a plane."""

LIMIT = int(np.abs(BANK).max())
"""The weight that gets the full colour: the same whichever weights are shown."""

Shapes = tuple[Box | Label, ...]
Place = tuple[int, int, int]


def scene(state: State) -> Scene:
    """Draw the input planes, all kernels and all output planes.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
        With one `Hover` for each output cell, which shows its window in every plane,
        and the sum of each channel.
    """
    sheet = _Sheet(compute(state))
    output = sheet.result.output
    here = (state.kernel, *np.unravel_index(state.cell, output.shape[1:]))
    notes = _notes(sheet.result)
    return Scene(
        width=WIDTH,
        height=sheet.bottom + 50 + len(notes) * LINE,
        shapes=(
            *_titles(sheet),
            *_input_planes(sheet),
            *_kernels(sheet),
            *_addition(sheet),
            *(_output_cell(sheet, place) for place in np.ndindex(output.shape)),
            Resting(_explanation(sheet, here)),
            *lines(notes, 8, sheet.bottom + 50, font_size=13, colour=QUIET),
        ),
        description=". ".join([*_shapes_in_words(sheet.result), _words(sheet, here)]),
    )


@dataclass(frozen=True)
class _Sheet:
    result: Result

    @property
    def pitch(self) -> tuple[int, int]:
        """From one row of planes to the next, and from one column to the next."""
        size, columns = self.result.weight.shape[-1], self.result.output.shape[-1]
        height = self.result.image.shape[1] * CELL
        return height + GAP, max(size * CELL + SUM, columns * CELL) + GAP

    @property
    def first_column(self) -> int:
        return LEFT + self.result.image.shape[2] * CELL + SIGN

    @property
    def bias_line(self) -> int:
        return TOP + len(self.result.image) * self.pitch[0] + 6

    @property
    def outputs_top(self) -> int:
        return self.bias_line + 20

    @property
    def bottom(self) -> int:
        return self.outputs_top + self.result.output.shape[1] * CELL

    def column(self, kernel: int) -> int:
        """Where a kernel, and its output plane, start."""
        return self.first_column + kernel * self.pitch[1]

    def plane(self, kernel: int, channel: int) -> dict[str, float]:
        """Where one plane of a kernel starts: the middle of its row."""
        margin = (self.result.image.shape[1] - self.result.weight.shape[-1]) * CELL / 2
        row = TOP + channel * self.pitch[0]
        return {"x": self.column(kernel), "y": row + margin, "cell": CELL}

    def input(self, channel: int) -> dict[str, float]:
        """Where an input plane starts."""
        return {"x": LEFT, "y": TOP + channel * self.pitch[0], "cell": CELL}


def _shapes_in_words(result: Result) -> tuple[str, str, str, str]:
    weight = result.weight
    factors = " × ".join(map(str, weight.shape))
    weights = f"{weight.size} weight{'s' if weight.size > 1 else ''}"
    return (
        f"input {result.image.shape}",
        f"weight {weight.shape}: {factors} = {weights}",
        f"bias {result.bias.shape}",
        f"output {result.output.shape}",
    )


def _titles(sheet: _Sheet) -> Shapes:
    image, weight, bias, output = _shapes_in_words(sheet.result)
    column, right = sheet.first_column, LEFT + sheet.result.image.shape[2] * CELL
    return (
        Label(LEFT, 12, image, bold=True, anchor="start"),
        Label(column, 12, weight, bold=True, anchor="start"),
        Label(right, sheet.bias_line, f"+ {bias}", bold=True, anchor="end"),
        Label(right, sheet.outputs_top + 14, f"= {output}", bold=True, anchor="end"),
    )


def _input_planes(sheet: _Sheet) -> Shapes:
    shapes: list[Box | Label] = []
    for channel, values in enumerate(sheet.result.image):
        place = sheet.input(channel)
        middle = place["y"] + len(values) * CELL / 2
        tint = CHANNEL_TINTS[channel]
        shapes += [
            Box(8, place["y"], LEFT - 8, len(values) * CELL, tint, stroke="#AAAAAA"),
            Label(LEFT / 2 + 4, middle, CHANNELS[channel], 16, bold=True),
            *grid(values, **place),
            Label(sheet.first_column - SIGN / 2, middle, "∗", 24, QUIET),
        ]
    return tuple(shapes)


def _kernels(sheet: _Sheet) -> Shapes:
    weight = sheet.result.weight
    shapes: list[Box | Label] = []
    for kernel, channel in np.ndindex(weight.shape[:2]):
        values = weight[kernel, channel]

        def fill(row: int, column: int, values: np.ndarray = values) -> str:
            return signed_colour(values[row, column], LIMIT)

        shapes += grid(values, **sheet.plane(kernel, channel), fill=fill)
    return tuple(shapes)


def _addition(sheet: _Sheet) -> Shapes:
    shapes: list[Box | Label] = []
    width = sheet.pitch[1] - GAP
    for kernel, bias in enumerate(sheet.result.bias):
        x, y = sheet.column(kernel), sheet.bias_line
        shapes += [
            Label(x, TOP - 17, f"kernel {kernel}", 13, QUIET, anchor="start"),
            Label(_sum_end(sheet, kernel), y, format_number(bias), anchor="end"),
            Box(x, sheet.outputs_top - 7, width, 1, fill=INK),
        ]
    return tuple(shapes)


def _sum_end(sheet: _Sheet, kernel: int) -> float:
    """Where the numbers that are added up end, one below the other."""
    return sheet.column(kernel) + sheet.result.weight.shape[-1] * CELL + SUM - 4


def _output_cell(sheet: _Sheet, place: Place) -> Hover:
    kernel, row, column = place
    x, y = sheet.column(kernel) + column * CELL, sheet.outputs_top + row * CELL
    value = np.array([[sheet.result.output[place]]])
    return Hover(
        target=tuple(grid(value, x=x, y=y, cell=CELL)),
        shown=_explanation(sheet, place),
        description=_words(sheet, place),
    )


def _explanation(sheet: _Sheet, place: Place) -> Shapes:
    kernel, row, column = place
    size = sheet.result.weight.shape[-1]
    corner = {"x": sheet.column(kernel), "y": sheet.outputs_top, "cell": CELL}
    shapes: list[Box | Label] = [*outline([row], [column], **corner)]
    for channel, total in enumerate(sheet.result.sums[kernel, :, row, column]):
        image, plane = sheet.input(channel), sheet.plane(kernel, channel)
        middle = plane["y"] + size * CELL / 2
        shapes += [
            _frame(image["x"] + column * CELL, image["y"] + row * CELL, size),
            _frame(plane["x"], plane["y"], size),
            Label(
                _sum_end(sheet, kernel),
                middle,
                format_number(total),
                bold=True,
                anchor="end",
            ),
        ]
    words = lines([_words(sheet, place)], 8, sheet.bottom + 24, font_size=16)
    return (*shapes, *words)


def _frame(x: float, y: float, cells: int) -> Box:
    side = cells * CELL - 4
    return Box(x + 2, y + 2, side, side, stroke=WINDOW, stroke_width=4)


def _words(sheet: _Sheet, place: Place) -> str:
    kernel, row, column = place
    sums = [
        f"{CHANNELS[channel]}: {format_number(total)}"
        for channel, total in enumerate(sheet.result.sums[kernel, :, row, column])
    ]
    bias = f"bias {format_number(sheet.result.bias[kernel])}"
    total = format_number(sheet.result.output[place])
    return f"output[{kernel}, {row}, {column}] = {' + '.join([*sums, bias])} = {total}"


def _notes(result: Result) -> list[str]:
    kernels, channels, size, _ = result.weight.shape
    planes = (
        "The input has one plane, so each kernel has one. "
        "Its sum and its bias add up to one output cell."
        if channels == 1
        else f"The input has {channels} planes, so each kernel has {channels}. "
        f"Their {channels} sums and the bias add up to one output cell."
    )
    outputs = (
        "One kernel makes one output plane."
        if kernels == 1
        else f"{kernels} kernels make {kernels} output planes."
    )
    mix = " Kernel size 1: no neighbours, only a mix of the channels."
    return [planes, outputs + (mix if size == 1 and channels > 1 else "")]
