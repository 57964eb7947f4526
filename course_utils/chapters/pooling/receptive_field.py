"""Stack layers, and see which input cells an output cell depends on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from course_utils.arguments import as_array
from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.page import LEFT, LINE, Page
from course_utils.kit.scene import Box, Label, Line, Part, Scene
from course_utils.sizes import conv_output_size, receptive_field

INPUT_SIZE = 28  # one row of a FashionMNIST image
NONE, OWN = "none", "your own"
KINDS = {  # kernel size, stride and dilation; none of them pads
    "conv 3": (3, 1, 1),
    "conv 3, stride 2": (3, 2, 1),
    "conv 3, dilation 2": (3, 1, 2),
    "conv 3, dilation 4": (3, 1, 4),
    "conv 5": (5, 1, 1),
    "pool 2": (2, 2, 1),
    "pool 3, stride 2": (3, 2, 1),
}
DILATED = "conv 3", "conv 3, dilation 2", "conv 3, dilation 4"
NETWORKS = {  # the layer on the input first
    "conv 3, stride 2: three times": ("conv 3, stride 2",) * 3,
    "conv 5, pool 2: twice": ("conv 5", "pool 2") * 2,
    "conv 5: once": ("conv 5",),
    "conv 3: twice": ("conv 3",) * 2,
    "conv 3, conv 3, pool 2: twice": ("conv 3", "conv 3", "pool 2") * 2,
    "conv 3 with dilation 1, 2, 4": DILATED,
}
SLOTS = tuple(f"layer{number}" for number in range(1, 7))
SITE_MOVES = "network", "cell", "layer1"

TOP, CELL, ROWS_HEIGHT, LARGEST_PITCH = 8, 19, 330, 100
NAMES_LEFT = LEFT + INPUT_SIZE * CELL + 12
PIXEL, SHADES = 5, 10  # of the square: side of a pixel, and how many greys
SQUARE = INPUT_SIZE * PIXEL
WORDS_LEFT = LEFT + SQUARE + 24
# What is seen is see-through: the cells below it can still be told apart.
UNSEEN, SEEN = "#EEEEEE", f"{WINDOW}90"
BRACKETS = {"receptive field": WINDOW, "its neighbour’s, a jump away": SERIES[0]}

Run = tuple[int, int]  # the first and the last of neighbouring cells
Sight = Sequence[list[Run]]  # what counts in each row, from the input up


def receptive_field_explorer(image: np.ndarray | None = None) -> Explorer:
    """Show what one output cell of a stack of layers sees of a row of 28 cells.

    image: shape (28, 28), to frame the receptive field on; None is blank paper.
    ValueError for another shape, or numbers that are not finite.

    After the figures of Araujo, Norris and Sim, "Computing Receptive Fields of
    Convolutional Neural Networks", Distill (2019).
    """
    state = ReceptiveField(backdrop=() if image is None else _backdrop(image))
    note = "Layer 1 stands on the input. Point at a cell of any layer."
    return Explorer("Explorer of receptive fields", state, note=note, room=602)


def _backdrop(image: np.ndarray) -> tuple[Box, ...]:
    """Draw an image on the square, as few boxes as show it."""
    pixels = as_array("image", image).astype(float)
    if pixels.shape != (INPUT_SIZE, INPUT_SIZE) or not np.isfinite(pixels).all():
        raise ValueError(
            f"image has shape {pixels.shape}; expected ({INPUT_SIZE}, {INPUT_SIZE}) "
            "with finite numbers, such as data.train_images[0, 0]"
        )
    share = (pixels - pixels.min()) / (np.ptp(pixels) or 1)
    boxes, greys = [], np.rint(share * (SHADES - 1)).astype(int)
    for y, row in enumerate(greys):
        starts = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), INPUT_SIZE]
        for start, end in pairwise(starts):
            grey = f"#{f'{255 * row[start] // (SHADES - 1):02X}' * 3}"
            place = LEFT + start * PIXEL, y * PIXEL, (end - start) * PIXEL, PIXEL
            boxes.append(Box(*place, grey))
    return tuple(boxes)


class Level(NamedTuple):
    """A row of cells: the input, or what a layer makes of the row below.

    size, jump: input cells that one cell spans, and between two neighbours. seen: what
    the first cell sees.
    """

    name: str = "input"
    layer: tuple[int, int, int] = (1, 1, 1)
    cells: int = INPUT_SIZE
    size: int = 1
    jump: int = 1
    seen: Sight = ([(0, 0)],)

    def left(self, cell: int) -> float:
        """Return a cell's edge; its middle is that of what it sees."""
        return LEFT + CELL * (self.jump * cell + (self.size - self.jump) / 2)

    @property
    def count(self) -> int:
        return sum(last - first + 1 for first, last in self.seen[0])

    @property
    def amount(self) -> str:
        return f"{self.count}" + f" of {self.size}" * (self.count < self.size)

    def summary(self) -> str:
        if self.name == "input":
            return f"{self.cells} cells"
        cells = "1 cell, it" if self.cells == 1 else f"{self.cells} cells, each"
        return f"{cells} sees {self.amount}, jump {self.jump}"


def _slot(number: int, kind: str = NONE) -> Any:
    return menu(f"layer {number}", [NONE, *KINDS], start=kind, width=260)


@dataclass(frozen=True)
class ReceptiveField(State):
    network: str = menu("network", [*NETWORKS, OWN], start=next(iter(NETWORKS)))
    cell: int = slider("output cell", lambda self: range(self.levels[-1].cells))
    layer1: str = _slot(1, "conv 3, stride 2")
    layer2: str = _slot(2, "conv 3, stride 2")
    layer3: str = _slot(3, "conv 3, stride 2")
    layer4: str = _slot(4)
    layer5: str = _slot(5)
    layer6: str = _slot(6)
    backdrop: tuple[Box, ...] = given(())

    def settled(self, moved: str) -> "ReceptiveField":
        if moved in SLOTS:
            return replace(self, network=OWN)
        if moved == "cell" or self.network == OWN:
            return self
        kinds = NETWORKS[self.network] + (NONE,) * len(SLOTS)
        return replace(self, **dict(zip(SLOTS, kinds)))

    @property
    def chosen(self) -> list[tuple[str, tuple[int, int, int]]]:
        kinds = enumerate((getattr(self, slot) for slot in SLOTS), start=1)
        return [(f"layer {n}: {k}", KINDS[k]) for n, k in kinds if k != NONE]

    @cached_property
    def levels(self) -> list[Level]:
        """The rows of cells, the input first, as far as the layers fit."""
        rows, layers = [Level()], []
        for name, layer in self.chosen:
            below, (k, stride, dilation) = rows[-1].cells, layer
            if _span(layer) > below:
                break
            layers.append(layer)
            cells = conv_output_size(below, k, stride=stride, dilation=dilation)
            sizes = receptive_field(layers)
            rows.append(Level(name, layer, cells, *sizes, _sight(layers)))
        return rows

    def sight(self, row: int, cell: int) -> Sight:
        seen, first = self.levels[row].seen, cell * self.levels[row].jump
        shifts = [first // level.jump for level in self.levels]
        return [[(a + by, b + by) for a, b in runs] for runs, by in zip(seen, shifts)]

    def scene(self) -> Scene:
        page, rows, y = Page(), len(self.levels), self.square_top
        page.add(self.names(), (replace(box, y=y + box.y) for box in self.backdrop))
        page.add(Box(LEFT, y, SQUARE, SQUARE, stroke=INK), *self.input())
        for row, level in enumerate(self.levels[1:], start=1):
            for cell in range(level.cells):
                shown, words = self.explained(row, cell), self.headline(row, cell)
                page.hover([self.box(row, cell)], shown, words)
        page.rest(self.explained(rows - 1, self.cell))
        facts, missing = self.facts(), self.missing()
        page.write(facts, y=y + TOP + LINE, x=WORDS_LEFT, size=13, colour=QUIET)
        page.write([missing], x=WORDS_LEFT, size=13, colour=WINDOW, bold=True)
        said = [self.headline(rows - 1, self.cell), *facts, missing]
        return page.scene(" ".join(filter(None, said)), height=y + SQUARE + TOP)

    def y(self, row: int) -> int:
        """Return the upper edge of a row."""
        above = len(self.levels) - 1
        return TOP + (above - row) * min(LARGEST_PITCH, ROWS_HEIGHT // max(1, above))

    @property
    def bottom(self) -> int:
        return self.y(0) + CELL

    @property
    def square_top(self) -> int:
        return self.bottom + 4 * LINE

    def names(self) -> list[Label]:
        """Name each row, and the two brackets below the input."""
        labels, look = [], {"x": NAMES_LEFT, "size": 12}
        for row, level in enumerate(self.levels):
            y = self.y(row) + CELL / 2
            labels += Page.text([level.name], y - 8, bold=True, **look)
            labels += Page.text([level.summary()], y + 8, colour=QUIET, **look)
        names = [*BRACKETS.items()][: self.levels[-1].cells]
        for line, (text, colour) in enumerate(names, start=1):
            y = self.bottom + LINE * line + 4
            labels += Page.text([text], y, colour=colour, **look)
        return labels

    def input(self) -> tuple[list[Box], list[Label]]:
        """Draw the row of the input, and its numbers below."""
        cells, y = range(INPUT_SIZE), self.bottom + 10
        numbers = ((LEFT + CELL * (c + 0.5), y, f"{c}", 12, QUIET) for c in cells)
        return [self.box(0, cell) for cell in cells], [Label(*n) for n in numbers]

    def box(self, row: int, cell: int) -> Box:
        level = self.levels[row]
        x, width = level.left(cell) + 1, level.jump * CELL - 2
        return Box(x, self.y(row), width, CELL, UNSEEN, "#AAAAAA")

    def explained(self, row: int, cell: int) -> list[Part]:
        # Every cell has this of its own: what can be said once is not here.
        level, words = self.levels[row], self.headline(row, cell)
        place, side = PIXEL * level.jump * cell, PIXEL * level.size
        square = LEFT + place, self.square_top + place, side, side
        parts = self.lit(self.sight(row, cell)) + self.brackets(level, cell)
        parts.append(Box(*square, stroke=WINDOW, stroke_width=3))
        return parts + Page.text([words], self.square_top + TOP, WORDS_LEFT)

    def lit(self, seen: Sight) -> list[Part]:
        """Colour what is seen in each row, and join its ends from row to row."""
        boxes, left, right = [], [], []
        for row, (runs, level) in enumerate(zip(seen, self.levels)):
            y, runs = self.y(row), [(level.left(a), level.left(b + 1)) for a, b in runs]
            boxes += [Box(x, y, end - x, CELL, SEEN) for x, end in runs]
            left += [(runs[0][0], y + CELL), (runs[0][0], y)]
            right += [(runs[-1][1], y + CELL), (runs[-1][1], y)]
        return [*boxes, Line((*left, *reversed(right), left[0]), WINDOW, 2)]

    def brackets(self, level: Level, cell: int) -> list[Line]:
        """Mark what a cell sees of the input, and what a neighbour sees, if any."""
        beside = cell + 1 if cell + 1 < level.cells else cell - 1
        lines, y = [], self.bottom + 6
        for c, colour in zip([cell, beside][: level.cells], BRACKETS.values()):
            y, left = y + LINE, LEFT + CELL * level.jump * c + 2
            right = left + CELL * level.size - 4
            points = (left, y - 5), (left, y), (right, y), (right, y - 5)
            lines.append(Line(points, colour, 2))
        return lines

    def headline(self, row: int, cell: int) -> str:
        if not row:
            return f"Without layers, cell {cell} sees itself."
        level = self.levels[row]
        first, where = cell * level.jump, level.name.partition(":")[0]
        which = f"{first} to {first + level.size - 1}"
        return f"Cell {cell} of {where} sees {level.amount} input cells: {which}."

    def facts(self) -> list[str]:
        rows, size, jump = self.levels, self.levels[-1].size, self.levels[-1].jump
        if len(rows) == 1:
            return ["Choose a layer, or a whole network."]
        terms = [f"{_span(r.layer) - 1}·{below.jump}" for below, r in pairwise(rows)]
        strides = " · ".join(str(row.layer[1]) for row in rows[1:])
        areas = [row.layer[0] ** 2 for row in rows if "conv" in row.name] or [0]
        weights = " + ".join(map(str, areas)) + f" = {sum(areas)}" * (len(areas) > 1)
        seen, spread = rows[-1].count, f", spread over {size} × {size}"
        pixels, share = f"{INPUT_SIZE} × {INPUT_SIZE}", (seen / INPUT_SIZE) ** 2
        spread *= seen != size
        rule = "output’s receptive field: 1 + all D(K − 1)·jump"
        return [
            f"{rule} = {' + '.join(['1', *terms])} = {size}",
            f"output’s jump: the product of the strides = {strides} = {jump}",
            f"in 2-D: {seen} × {seen} of {pixels} pixels{spread}, {share:.0%}",
            f"kernels in 2-D: {weights} weights for each pair of channels",
        ]

    def missing(self) -> str:
        """Say which layer does not fit, if there is one, and which are above it."""
        without = self.chosen[len(self.levels) - 1 :]
        if not without:
            return ""
        name, *above = (name.partition(":")[0] for name, _ in without)
        waiting = f" Waiting above it: {', '.join(above)}." if above else ""
        spans, left = _span(without[0][1]), self.levels[-1].cells
        return f"No room for {name}: it spans {spans} cells, {left} left.{waiting}"


def _span(layer: tuple[int, int, int]) -> int:
    return receptive_field([layer])[0]


def _sight(layers: list[tuple[int, int, int]]) -> Sight:
    """Follow the first cell of the last row down to the input; dilation leaves gaps."""
    cells, seen = [0], [[(0, 0)]]
    for size, stride, dilation in reversed(layers):
        cells = sorted({c * stride + k * dilation for c in cells for k in range(size)})
        starts = [c for c in cells if c - 1 not in cells]
        ends = [c for c in cells if c + 1 not in cells]
        seen.append(list(zip(starts, ends)))
    return seen[::-1]
