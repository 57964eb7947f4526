"""The picture of the savings explorer: a pure function of its state."""

from math import log10, prod

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.drawing import Box, Label, Scene
from course_utils.explorers.savings.state import (
    Counts,
    State,
    count,
    in_bytes,
    times,
)
from course_utils.explorers.writing import lines

WIDTH = 800
LEFT, DECADE = 24, 50
"""Where the bars start, and the length of a factor of ten."""

DECADES = 15
TOP, ROW, BAR = 84, 84, 22
"""Where the first bar starts, from bar to bar, and a bar's height, in pixels."""

AXIS = TOP + 2 * ROW + BAR + 12
TICKS = {
    0: "1",
    3: "thousand, 10³",
    6: "million, 10⁶",
    9: "billion, 10⁹",
    12: "trillion, 10¹²",
    15: "10¹⁵",
}
"""What is written at the powers of ten."""

FAINT = "#DDDDDD"

Shapes = tuple[Box | Label, ...]


def scene(state: State) -> Scene:
    """Draw the weights of three layers as bars on a logarithmic axis.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
    """
    counts = count(state)
    heads, savings, ends = _heads(state, counts), _savings(counts), _ends(counts)
    bars = _bars(counts)
    words = (*(f"{name}: {weights:,} weights" for name, weights, _ in bars), *savings)
    return Scene(
        width=WIDTH,
        height=AXIS + 108,
        shapes=(
            *lines(heads[:1], 8, 14, font_size=15, bold=True),
            *lines(heads[1:], 8, 38, font_size=13, colour=QUIET),
            *_axis(),
            *(part for row, bar in enumerate(bars) for part in _bar(row, *bar)),
            *(
                Label(LEFT, TOP + row * ROW + 40, saving, 13, anchor="start")
                for row, saving in enumerate(savings)
            ),
            *lines(ends[:1], 8, AXIS + 68, font_size=16),
            *lines(ends[1:], 8, AXIS + 92, font_size=13, colour=QUIET),
        ),
        description=" ".join([*heads, ". ".join(words), *ends]),
    )


def _heads(state: State, counts: Counts) -> tuple[str, str]:
    channels = f"{state.in_channels}, {state.out_channels}"
    sides = f"input {counts.input}, output {counts.output}"
    return (
        f"Conv2d({channels}, kernel_size={state.kernel_size}): {sides}",
        f"{_product(counts.input)} inputs, {_product(counts.output)} units",
    )


def _savings(counts: Counts) -> tuple[str, str]:
    if counts.places == 1:
        return (
            "÷ 1: the window covers the whole image.",
            "÷ 1: a plane has one cell only, and nothing to share.",
        )
    inputs, cells = prod(counts.input), _product(counts.output[1:])
    return (
        f"÷ {times(counts.dense / counts.local)}: small windows. A unit sees "
        f"{_product(counts.window)} inputs, not all {inputs:,}.",
        f"÷ {counts.places:,}: sharing. All {cells} cells of a plane use one kernel.",
    )


def _ends(counts: Counts) -> tuple[str, str]:
    kernels, units = counts.output[0], prod(counts.output)
    compared = (
        "The kernel fits in one place only: all three are the same layer."
        if counts.places == 1
        else f"The dense layer has {times(counts.dense / counts.conv)} times as many "
        "weights as the convolution."
    )
    biases = f"{kernels:,} for the convolution, {units:,} for each of the others"
    return compared, f"Biases come on top: {biases}."


def _bars(counts: Counts) -> tuple[tuple[str, int, str], ...]:
    return (
        ("dense: each unit sees all inputs", counts.dense, SERIES[0]),
        ("locally connected: each unit sees its window", counts.local, SERIES[5]),
        ("convolution: the units of a plane share weights", counts.conv, WINDOW),
    )


def _bar(row: int, name: str, weights: int, colour: str) -> Shapes:
    y, length = TOP + row * ROW, max(2, DECADE * log10(weights))
    memory = f"{weights:,} weight{'s' if weights > 1 else ''}, {in_bytes(weights)}"
    return (
        Label(LEFT, y - 14, name, bold=True, anchor="start"),
        Label(WIDTH - 8, y - 14, memory, bold=True, anchor="end"),
        Box(LEFT, y, length, BAR, fill=colour),
    )


def _axis() -> Shapes:
    shapes: list[Box | Label] = []
    for power in range(DECADES + 1):
        x = LEFT + power * DECADE
        # Behind the bars only: lines through text would make it hard to read.
        shapes += [Box(x, TOP + r * ROW - 4, 1, BAR + 8, FAINT) for r in range(3)]
        if power in TICKS:
            shapes.append(Box(x, AXIS - 4, 1, 8, fill=INK))
            shapes.append(Label(x, AXIS + 16, TICKS[power], 13))
    note = "weights: ten times as many from line to line"
    return (
        *shapes,
        Box(LEFT, AXIS, DECADES * DECADE, 1, fill=INK),
        Label(LEFT, AXIS + 38, note, 13, QUIET, anchor="start"),
    )


def _product(shape: tuple[int, ...]) -> str:
    return f"{' × '.join(map(str, shape))} = {prod(shape):,}"
