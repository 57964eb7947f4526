"""Count the weights that a convolution saves against a dense layer."""

from dataclasses import dataclass
from math import log10, prod

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.kit.explorer import Explorer, State, slider
from course_utils.kit.page import Page
from course_utils.kit.scene import Box, Label, Part, Scene
from course_utils.lettering import decimals, with_unit
from course_utils.sizes import conv_output_size

LEFT, DECADE, DECADES = 24, 50, 15  # where bars start, and the length of a tenfold
TOP, ROW, BAR = 84, 84, 22
AXIS = TOP + 2 * ROW + BAR + 12
TICKS = {0: "1", 3: "thousand, 10³", 6: "million, 10⁶", 9: "billion, 10⁹"}
TICKS |= {12: "trillion, 10¹²", 15: "10¹⁵"}  # what is written at powers of ten
UNITS = "bytes", "kB", "MB", "GB", "TB", "PB"  # of memory, 4 bytes a weight
SITE_MOVES = "size", "kernel_size"


def savings_explorer() -> Explorer:
    """Show how many weights a dense layer needs in the place of a convolution."""
    return Explorer("Savings explorer", Savings())


@dataclass(frozen=True)
class Savings(State):
    size: int = slider("height = width", lambda s: range(s.kernel_size, 225), start=32)
    kernel_size: int = slider(
        "kernel_size", lambda self: range(1, min(11, self.size) + 1), start=5
    )
    in_channels: int = slider("in_channels", range(1, 513), start=3)
    out_channels: int = slider("out_channels", range(1, 513), start=64)

    @property
    def input(self) -> tuple[int, ...]:
        return self.in_channels, self.size, self.size

    @property
    def output(self) -> tuple[int, ...]:
        side = conv_output_size(self.size, self.kernel_size)
        return self.out_channels, side, side

    @property
    def window(self) -> tuple[int, ...]:
        """The inputs that an output of the convolution depends on."""
        return self.in_channels, self.kernel_size, self.kernel_size

    @property
    def dense(self) -> int:
        """Weights if each unit has one for every input."""
        return prod(self.output) * prod(self.input)

    @property
    def local(self) -> int:
        """Weights if each unit has one for every input in its window."""
        return prod(self.output) * prod(self.window)

    @property
    def conv(self) -> int:
        """Weights if, besides, all cells of a plane share one kernel."""
        return self.out_channels * prod(self.window)

    def scene(self) -> Scene:
        page, (layer, sides, compared, biases) = Page(), self.words()
        page.put([layer], 14, size=15, bold=True)
        page.put([sides], 38, size=13, colour=QUIET)
        page.add(_axis())
        bars = (
            ("dense: each unit sees all inputs", self.dense, SERIES[0]),
            ("locally connected: each unit sees its window", self.local, SERIES[5]),
            ("convolution: the units of a plane share weights", self.conv, WINDOW),
        )
        said, savings = [], self.savings()
        for row, (name, weights, colour) in enumerate(bars):
            y, many = TOP + row * ROW, f"{weights:,} weight{'s' if weights > 1 else ''}"
            amount = f"{many}, {with_unit(4 * weights, UNITS)}"
            page.put([name], y - 14, LEFT, bold=True)
            page.add(Label(792, y - 14, amount, bold=True, anchor="end"))
            page.add(Box(LEFT, y, max(2, DECADE * log10(weights)), BAR, colour))
            said.append(f"{name}: {weights:,} weights")
        for row, saving in enumerate(savings):
            page.put([saving], TOP + row * ROW + 40, LEFT, size=13)
        page.put([compared], AXIS + 68, size=16)
        page.put([biases], AXIS + 92, size=13, colour=QUIET)
        page.y, said = AXIS + 108, " ".join([*(f"{s}." for s in said), *savings])
        return page.scene(" ".join([layer, sides, said, compared, biases]))

    def words(self) -> list[str]:
        kernels, units = self.out_channels, prod(self.output)
        layer = f"Conv2d({self.in_channels}, {kernels}, kernel_size={self.kernel_size})"
        compared = "The kernel fits in one place only: all three are the same layer."
        if units > kernels:
            many = f"{decimals(self.dense / self.conv, 2)} times as many weights"
            compared = f"The dense layer has {many} as the convolution."
        biases = f"{kernels:,} for the convolution, {units:,} for each of the others"
        return [
            f"{layer}: input {self.input}, output {self.output}",
            f"{_product(self.input)} inputs, {_product(self.output)} units",
            compared,
            f"Biases come on top: {biases}.",
        ]

    def savings(self) -> list[str]:
        cells, saved = self.output[1:], decimals(self.dense / self.local, 2)
        local = "÷ 1: the window covers the whole image."
        shared = "÷ 1: a plane has one cell only, and nothing to share."
        if prod(cells) > 1:
            sees = f"{_product(self.window)} inputs, not all {prod(self.input):,}"
            local = f"÷ {saved}: small windows. A unit sees {sees}."
            uses = f"All {_product(cells)} cells of a plane use one kernel"
            shared = f"÷ {prod(cells):,}: sharing. {uses}."
        return [local, shared]


def _axis() -> list[Part]:
    parts: list[Part] = []
    for power in range(DECADES + 1):
        x = LEFT + power * DECADE
        # Behind the bars only: lines through text would make it hard to read.
        parts += [Box(x, TOP + r * ROW - 4, 1, BAR + 8, "#DDDDDD") for r in range(3)]
        if power in TICKS:
            parts.append(Box(x, AXIS - 4, 1, 8, INK))
            parts.append(Label(x, AXIS + 16, TICKS[power], 13))
    parts.append(Box(LEFT, AXIS, DECADES * DECADE, 1, INK))
    note = "weights: ten times as many from line to line"
    return parts + Page.text([note], AXIS + 38, LEFT, size=13, colour=QUIET)


def _product(shape: tuple[int, ...]) -> str:
    return f"{' × '.join(map(str, shape))} = {prod(shape):,}"
