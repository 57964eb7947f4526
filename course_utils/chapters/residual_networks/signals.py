"""See how large the maps are behind each block, and the gradient that comes back."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import floor, log10, sqrt
from typing import NamedTuple, Self

import torch
from torch import Tensor
from torch.nn.functional import batch_norm, conv2d

from course_utils.colours import PAPER, QUIET, SERIES, WINDOW
from course_utils.kit.charts import Chart
from course_utils.kit.explorer import Explorer, State, menu, slider, switch
from course_utils.kit.page import LINE, Page
from course_utils.kit.scene import Box, Label, Scene
from course_utils.lettering import SUPERSCRIPTS

CHANNELS, SIDE, IMAGES = 8, 4, 8  # small, so that each move is answered at once
INITIALISATIONS = {"PyTorch's default": False, "Kaiming": True}
POWERS = -28, 4  # of ten: the edges of both charts, whatever is set
MAPS = Chart(64, 36, 720, 140, (0, 1), POWERS)
GRADIENTS = Chart(64, 222, 720, 140, (0, 1), POWERS)


def signal_explorer() -> Explorer:
    """Show how large maps and gradients are along a stack that has not been trained."""
    return Explorer("Explorer of signals", Signals())


class Sizes(NamedTuple):
    """Root mean squares: of the input and behind each block."""

    maps: list[float]
    gradients: list[float]


@dataclass(frozen=True)
class Signals(State):
    depth: int = slider("layers", range(8, 57, 6), start=20)
    kaiming: bool = menu("initialisation", INITIALISATIONS, start=False)
    shortcut: bool = switch("shortcuts")
    norm: bool = switch("BatchNorm")
    zero: bool = switch("last weights begin at 0", width=240)

    def settled(self, moved: str) -> Self:
        """Let nothing begin at 0 but a BatchNorm in front of a sum."""
        if moved == "zero" and self.zero:
            return replace(self, shortcut=True, norm=True)
        return replace(self, zero=self.zero and self.shortcut and self.norm)

    @property
    def blocks(self) -> int:
        return (self.depth - 2) // 2  # two layers are none of a block's

    @cached_property
    def sizes(self) -> Sizes:
        rng = torch.Generator().manual_seed(0)
        shape = IMAGES, CHANNELS, SIDE, SIDE
        with torch.enable_grad():
            maps = torch.rand(shape, generator=rng).requires_grad_()
            passed = [maps]
            for kernels in self.kernels(rng):
                around = maps if self.shortcut else 0
                maps = (self.branch(maps, *kernels) + around).relu()
                passed.append(maps)
            back = torch.autograd.grad(maps, passed, torch.randn(shape, generator=rng))
        return Sizes([*map(_size, passed)], [*map(_size, back)])

    def kernels(self, rng: torch.Generator) -> Tensor:
        """Draw two convolutions a block, evenly between two bounds."""
        shape = self.blocks, 2, CHANNELS, CHANNELS, 3, 3
        bound = sqrt((6 if self.kaiming else 1) / (9 * CHANNELS))
        return bound * (2 * torch.rand(shape, generator=rng) - 1)

    def branch(self, maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
        maps = self.normalised(conv2d(maps, first, padding=1)).relu()
        maps = self.normalised(conv2d(maps, second, padding=1))
        return 0 * maps if self.zero else maps

    def normalised(self, maps: Tensor) -> Tensor:
        return batch_norm(maps, None, None, training=True) if self.norm else maps

    def scene(self) -> Scene:
        page, titles = Page(), ("size of the maps", "size of the gradient")
        series = (MAPS, self.sizes.maps, SERIES[0]), (GRADIENTS, self.sizes[1], WINDOW)
        ticks = {power: ten_to(power) for power in range(POWERS[0], POWERS[1] + 1, 4)}
        for title, (chart, sizes, colour) in zip(titles, series):
            page.put([title], chart.top - 18, chart.left, bold=True)
            page.add(chart.axes((), ticks, base=0))
            page.add(self.bar(chart, *pair, colour) for pair in enumerate(sizes))
        below, last = GRADIENTS.bottom + 16, "behind the last block"
        page.add(Label(MAPS.left, below, "input", 12, QUIET, anchor="start"))
        page.add(Label(MAPS.right, below, last, 12, QUIET, anchor="end"))
        y = below + 32
        for place in range(self.blocks + 1):
            words = self.words(place)
            columns = [self.column(chart, place) for chart in (MAPS, GRADIENTS)]
            framed = [replace(column, stroke=QUIET) for column in columns]
            page.hover(columns, [*framed, *page.text(words, y)], *words)
        page.rest(page.text(self.headline(), y))
        return page.scene(*titles, *self.headline(), height=y + 1.5 * LINE)

    def column(self, chart: Chart, place: int) -> Box:
        """Return where a block may be pointed at: all of the chart's height."""
        width = chart.width / (self.blocks + 1)
        x = round(chart.left + place * width, 1)
        return Box(x, chart.top, round(width, 1), chart.height, f"{PAPER}00")

    def bar(self, chart: Chart, place: int, size: float, colour: str) -> Box:
        """Draw a bar up or down from the line of size 1."""
        column, level = self.column(chart, place), chart.down(0)
        end = chart.down(log10(size)) if size else chart.bottom
        gap, top = 0.15 * column.width, min(level, end)
        height = max(abs(level - end), 1.5)
        return Box(column.x + gap, top, column.width - 2 * gap, height, colour)

    def words(self, place: int) -> list[str]:
        where = f"Behind block {place} of {self.blocks}" if place else "The input"
        maps, gradients = (written(sizes[place]) for sizes in self.sizes)
        first = f"{where}: maps of size {maps}, a gradient of size {gradients}."
        if not place:
            whole = "The gradient of the first block's input has come all the way."
            return [first, whole]
        maps, gradients = (sizes[place - 1 : place + 1] for sizes in self.sizes)
        back = f"gradient, on its way back, × {gradients[0] / gradients[1]:.2g}"
        return [first, f"This block: maps × {maps[1] / maps[0]:.2g}; {back}."]

    def headline(self) -> list[str]:
        maps, gradients = ([*map(written, sizes)] for sizes in self.sizes)
        forward = f"{self.blocks} blocks, from left to right: the maps go from"
        backward = "From right to left: the gradient goes from"
        return [
            f"{forward} {maps[0]} to {maps[-1]}.",
            f"{backward} {gradients[-1]} to {gradients[0]}.",
        ]


def written(size: float) -> str:
    """Write a size with two digits, and a power of ten where it is far from 1.

    >>> written(0.53), written(31.2), written(0.00012)
    ('0.53', '31', '1.2 · 10⁻⁴')
    """
    power = floor(log10(size)) if size else 0
    if -3 < power < 3:
        return f"{float(f'{size:.2g}'):g}"
    return f"{size / 10**power:.1f} · {ten_to(power)}"


def ten_to(power: int) -> str:
    return f"10{f'{power}'.translate(SUPERSCRIPTS)}" if power else "1"


def _size(values: Tensor) -> float:
    return values.double().square().mean().sqrt().item()
