"""Many kernels over many channels: multiply in each channel, then add.

The picture is laid out as a column addition. Each row is a channel, each column a
kernel; under the line stand the output planes.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_utils.colours import CHANNEL_TINTS, INK, QUIET
from course_utils.convolution import COLOUR_IMAGE, conv2d
from course_utils.kit.explorer import Explorer, State, given, slider
from course_utils.kit.page import Grid, Page, signed, size
from course_utils.kit.scene import Box, Label, Part, Scene
from course_utils.lettering import format_number

CHANNELS = "RGB"
PLAYED = {"play": 700, "hint": "or point at an output cell"}
IMAGE = np.array(COLOUR_IMAGE)
# Four kernels of three planes. A smaller kernel is their upper left corner: at size 2
# the first two are those of the colour example.
BANK = np.array(
    [
        [
            [[1, 0, 1], [0, 2, 0], [1, 0, 1]],
            [[-1, 0, 0], [0, -1, 0], [0, 0, -1]],
            [[0, 1, 0], [1, 0, 1], [0, 1, 0]],
        ],
        [[[1, -1, 0], [1, -1, 0], [1, -1, 0]]] * 3,
        [[[1] * 3] * 3, [[-1] * 3] * 3, [[0] * 3] * 3],
        [
            [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
            [[2, 0, 0], [0, 0, 0], [0, 0, -1]],
            [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
        ],
    ]
)
LIMIT = abs(BANK).max()  # the same whichever weights are shown

LEFT, TOP, CELL, GAP = 32, 52, 32, 10
SIGN, SUM = 40, 40  # room before the first kernel, and for a channel's sum
RIGHT = LEFT + IMAGE.shape[2] * CELL  # where the input planes end
FIRST_KERNEL, ROW = RIGHT + SIGN, IMAGE.shape[1] * CELL + GAP
SITE_MOVES = "kernel_size", "kernel", "step"

Place = tuple[int, int, int]


def filter_bank_explorer() -> Explorer:
    """Show how kernels with several planes turn channels into output planes.

    After the convolution demo of the Stanford course CS231n, "Convolutional Neural
    Networks for Visual Recognition".
    """
    return Explorer("Filter bank explorer", FilterBank(), columns=3, room=590)


@dataclass(frozen=True)
class FilterBank(State):
    in_channels: int = slider("in_channels", range(1, 4), start=3)
    out_channels: int = slider("out_channels", range(1, 5), start=2)
    kernel_size: int = slider("kernel_size", range(1, 4), start=2)
    kernel: int = slider("kernel", lambda self: range(self.out_channels))
    bias: int = slider("its bias", range(-9, 10), start=1)
    step: int = slider("output cell", lambda s: range(s.output.size), **PLAYED)
    cell: int = given(0)  # of the kernel's output plane
    biases: tuple[int, ...] = given((1, 0, -2, 3))

    def settled(self, moved: str) -> "FilterBank":
        """Keep the kernel, its bias and the step through all planes together."""
        cells, biases = self.output[0].size, [*self.biases]
        kernel = min(self.kernel, self.out_channels - 1)
        cell = min(self.cell, cells - 1)
        if moved == "step":
            kernel, cell = divmod(self.step, cells)
        if moved == "bias":
            biases[kernel] = self.bias
        where = {"kernel": kernel, "cell": cell, "step": kernel * cells + cell}
        return replace(self, **where, bias=biases[kernel], biases=tuple(biases))

    @property
    def image(self) -> np.ndarray:
        return IMAGE[: self.in_channels]

    @property
    def weight(self) -> np.ndarray:
        side = slice(self.kernel_size)
        return BANK[: self.out_channels, : self.in_channels, side, side]

    @cached_property
    def sums(self) -> np.ndarray:
        """Each channel by itself, shape (F, C, OH, OW)."""
        pairs = zip(self.image, self.weight.swapaxes(0, 1))
        maps = [conv2d(plane[None], kernels[:, None]) for plane, kernels in pairs]
        return np.stack(maps, axis=1)

    @cached_property
    def output(self) -> np.ndarray:
        return conv2d(self.image, self.weight, self.biases[: self.out_channels])

    def scene(self) -> Scene:
        page = Page()
        here = self.kernel, *np.unravel_index(self.cell, self.output.shape[1:])
        page.add(self.titles(), self.input_planes())
        page.add(*(plane.numbers() for planes in self.kernels for plane in planes))
        page.add(self.addition())
        for place in np.ndindex(self.output.shape):
            target = self.outputs[place[0]].number(place[1:])
            page.hover(target, self.explained(place), self.words(place))
        page.rest(self.explained(here))
        page.write(self.notes(), y=self.outputs[0].bottom + 50, size=13, colour=QUIET)
        return page.scene(*self.shapes(), self.words(here))

    @property
    def line(self) -> int:
        """Where the biases stand, above the line of the addition."""
        return TOP + self.in_channels * ROW + 6

    @property
    def pitch(self) -> int:
        """From one column of planes to the next."""
        return max(self.kernel_size * CELL + SUM, self.output.shape[2] * CELL) + GAP

    @cached_property
    def inputs(self) -> list[Grid]:
        planes = enumerate(map(Grid, self.image))
        return [grid.place(LEFT, TOP + c * ROW, CELL) for c, grid in planes]

    @cached_property
    def kernels(self) -> list[list[Grid]]:
        kernels, side = [], self.kernel_size * CELL
        tops = [(image.y + image.bottom - side) / 2 for image in self.inputs]
        for number, planes in enumerate(self.weight):
            x = FIRST_KERNEL + number * self.pitch
            grids = [Grid(plane, fill=signed(plane, LIMIT)) for plane in planes]
            kernels.append([grid.place(x, y, CELL) for grid, y in zip(grids, tops)])
        return kernels

    @cached_property
    def outputs(self) -> list[Grid]:
        planes, y = zip(map(Grid, self.output), self.kernels), self.line + 20
        return [grid.place(kernel[0].x, y, CELL) for grid, kernel in planes]

    def titles(self) -> list[Label]:
        (image, weight, bias, output), y = self.shapes(), self.line
        labels = Page.text([image], 12, LEFT, bold=True)
        labels += Page.text([weight], 12, FIRST_KERNEL, bold=True)
        ends = (y, f"+ {bias}"), (y + 34, f"= {output}")
        return labels + [Label(RIGHT, *end, bold=True, anchor="end") for end in ends]

    def input_planes(self) -> list[Part]:
        parts: list[Part] = []
        for plane, name, tint in zip(self.inputs, CHANNELS, CHANNEL_TINTS):
            middle, height = (plane.y + plane.bottom) / 2, plane.bottom - plane.y
            parts.append(Box(8, plane.y, LEFT - 8, height, tint, "#AAAAAA"))
            parts.append(Label(LEFT / 2 + 4, middle, name, 16, bold=True))
            parts += plane.numbers()
            parts.append(Label(RIGHT + SIGN / 2, middle, "∗", 24, QUIET))
        return parts

    def addition(self) -> list[Part]:
        parts: list[Part] = []
        for number, (kernel, bias) in enumerate(zip(self.kernels, self.biases)):
            x, y, end = kernel[0].x, self.line, kernel[0].right + SUM - 4
            parts += Page.text([f"kernel {number}"], TOP - 17, x, size=13, colour=QUIET)
            parts.append(Label(end, y, format_number(bias), anchor="end"))
            parts.append(Box(x, y + 13, self.pitch - GAP, 1, INK))
        return parts

    def explained(self, place: Place) -> list[Part]:
        """Frame the window in every plane, and show the sum of each channel."""
        (kernel, row, column), side = place, self.kernel_size
        window = range(row, row + side), range(column, column + side)
        parts, y = self.outputs[kernel].frame([row], [column]), self.outputs[0].bottom
        sums = map(format_number, self.sums[kernel, :, row, column])
        for image, plane, total in zip(self.inputs, self.kernels[kernel], sums):
            parts += image.frame(*window) + plane.frame(range(side), range(side))
            at = plane.right + SUM - 4, (plane.y + plane.bottom) / 2
            parts.append(Label(*at, total, bold=True, anchor="end"))
        return parts + Page.text([self.words(place)], y + 24, size=16)

    def shapes(self) -> list[str]:
        weights = f"{self.weight.size} weight{'s' if self.weight.size > 1 else ''}"
        return [
            f"input {self.image.shape}",
            f"weight {self.weight.shape}: {size(self.weight)} = {weights}",
            f"bias ({self.out_channels},)",
            f"output {self.output.shape}",
        ]

    def words(self, place: Place) -> str:
        kernel, row, column = place
        sums = map(format_number, self.sums[kernel, :, row, column])
        terms = [f"{name}: {total}" for name, total in zip(CHANNELS, sums)]
        added = " + ".join([*terms, f"bias {self.biases[kernel]}"])
        return f"output[{kernel}, {row}, {column}] = {added} = {self.output[place]}"

    def notes(self) -> list[str]:
        c, f = self.in_channels, self.out_channels
        planes = f"{c} planes, so each kernel has {c}. Their {c} sums and the bias"
        if c == 1:
            planes = "one plane, so each kernel has one. Its sum and its bias"
        outputs = f"{f} kernels make {f} output planes."
        outputs = "One kernel makes one output plane." if f == 1 else outputs
        if self.kernel_size == 1 and c > 1:
            outputs += " Kernel size 1: no neighbours, only a mix of the channels."
        return [f"The input has {planes} add up to one output cell.", outputs]
