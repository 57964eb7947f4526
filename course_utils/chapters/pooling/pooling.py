"""Pool a small image; shift it, and count what changes."""

import textwrap
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_utils.colours import INK, QUIET, SERIES, within
from course_utils.convolution import Matrix, pad, pool2d
from course_utils.kit.explorer import Explorer, State, menu, slider
from course_utils.kit.matrices import small_matrix
from course_utils.kit.page import LINE, Grid, Page, Place, by_side, signed, size
from course_utils.kit.scene import Line, Part, Scene
from course_utils.lettering import format_number

SEVEN: Matrix = (
    (8, 9, 9, 9, 7, 0, 0, 0),
    (0, 0, 0, 4, 9, 0, 0, 0),
    (0, 0, 1, 9, 2, 0, 0, 0),
    (0, 0, 7, 5, 0, 0, 0, 0),
    (0, 0, 9, 1, 0, 0, 0, 0),
    *[(0,) * 8] * 3,  # room to move down, as to the right
)
SITE_MOVES = "mode", "kernel_size", "stride", "right"
MODES = "max", "average", "global max", "global average"


def pooling_explorer(image: np.ndarray | None = None) -> Explorer:
    """Show how pooling summarises windows, and how little a shift changes.

    image: shape (H, W), 2 to 8 on each side; None is a figure seven. ValueError for
    any other.
    """
    advice = "Cut out a part, such as image[:8, :8]."
    image = SEVEN if image is None else image
    image = small_matrix(image, "image", most=8, advice=advice)
    note = "Point at an output cell: its window is framed, the largest of max in blue."
    return Explorer("Pooling explorer", Pooling(image=image), note=note, room=614)


@dataclass(frozen=True)
class Pooling(State):
    mode: str = menu("pooling", MODES, start="max")
    padding: int = slider("padding P", lambda self: self.free("padding"))
    kernel_size: int = slider("kernel size K", lambda s: s.free("kernel_size"), start=2)
    stride: int = slider("stride S", lambda self: self.free("stride"), start=2)
    right: int = slider("shift right", lambda self: range(min(4, self.shape[1])))
    down: int = slider("shift down", lambda self: range(min(4, self.shape[0])))
    image: Matrix = SEVEN

    def free(self, name: str) -> list[int]:
        """Offer no choice to global pooling: one window, as large as the image."""
        if self.is_global:
            return [getattr(self, name)]
        most = {"padding": self.kernel_size // 2, "kernel_size": min(4, *self.shape)}
        return [*range(name != "padding", most.get(name, 4) + 1)]

    @property
    def is_global(self) -> bool:
        return self.mode.startswith("global")

    @property
    def operation(self) -> str:
        return self.mode.removeprefix("global ")

    @property
    def shape(self) -> tuple[int, int]:
        return np.shape(self.image)

    @property
    def window_size(self) -> tuple[int, int]:
        return self.shape if self.is_global else (self.kernel_size, self.kernel_size)

    @property
    def margin(self) -> int:
        return 0 if self.is_global else self.padding

    @cached_property
    def moved(self) -> np.ndarray:
        rows, columns = self.shape
        return np.pad(self.image, ((self.down, 0), (self.right, 0)))[:rows, :columns]

    @cached_property
    def padded(self) -> np.ndarray:
        value = -np.inf if self.operation == "max" else 0
        return pad(self.moved * 1.0, self.window_size, padding=self.margin, value=value)

    @cached_property
    def output(self) -> np.ndarray:
        options = {"stride": self.stride, "padding": self.margin}
        return pool2d(self.moved, self.window_size, mode=self.operation, **options)

    @cached_property
    def before(self) -> np.ndarray:
        """What pooling makes of the image before it was moved."""
        return replace(self, right=0, down=0).output

    @cached_property
    def changed(self) -> np.ndarray:
        return ~np.isclose(self.output, self.before)

    @cached_property
    def reads(self) -> np.ndarray:
        """How many windows contain each cell of the image."""
        counts = np.zeros(self.padded.shape, int)
        for place in np.ndindex(self.output.shape):
            counts[np.ix_(*self.window(place))] += 1
        rows, columns = self.shape
        return counts[self.margin :, self.margin :][:rows, :columns]

    def window(self, place: Place) -> list[range]:
        """Return the rows and columns of the padded image under an output cell."""
        tops = [i * self.stride for i in place]
        return [range(top, top + n) for top, n in zip(tops, self.window_size)]

    def winner(self, place: Place) -> list[list[int]]:
        """Return the row and column of a maximum: the first of several, as PyTorch."""
        cells = self.padded[np.ix_(*self.window(place))]
        first = np.unravel_index(cells.argmax(), cells.shape)
        return [[span[int(i)]] for span, i in zip(self.window(place), first)]

    def scene(self) -> Scene:
        page, (image, output) = Page(), self.grids
        page.row(image, "→", output, height=408, largest=44)
        unread = (np.argwhere(self.reads == 0) + self.margin).tolist()
        struck = ((image.at(i + 1, j), image.at(i, j + 1)) for i, j in unread)
        page.add(image.numbers(), (Line(ends, QUIET, 1.5) for ends in struck))
        page.add(self.frames())
        interesting = self.changed if self.changed.any() else self.output
        rest = np.unravel_index(interesting.argmax(), interesting.shape)
        page.point_at(output, self.words, self.marks, on=self.underline, rest=rest)
        page.write(self.rules(), size=13, colour=QUIET)
        page.put(self.findings(), page.y)
        return page.scene(*self.rules(), *self.findings(), height=page.y + 2 * LINE)

    @property
    def inside(self) -> list[range]:
        """The rows and columns that padding did not add."""
        return [range(self.margin, self.margin + n) for n in self.shape]

    @cached_property
    def grids(self) -> tuple[Grid, Grid]:
        limit = 2 * float(np.abs(self.image).max()) or 1.0  # frames stand out on it
        shades = within(self.inside, signed(self.padded, limit))
        padded = f", padded to {size(self.padded)}" if self.margin else ""
        image = Grid(self.padded, f"input {size(self.moved)}{padded}", shades)
        title = f"output {size(self.output)}"
        return image, Grid(self.output, title, signed(self.output, limit))

    def frames(self) -> list[Part]:
        """Frame the image, and all windows at once where they do not overlap."""
        image, look, frames = self.grids[0], {"colour": INK, "inset": 0}, []
        for place in np.ndindex(self.output.shape) if self.reads.max() == 1 else []:
            frames += image.frame(*self.window(place), width=1.5, **look)
        return frames + image.frame(*self.inside, width=2, **look)

    def marks(self, place: Place) -> list[Part]:
        """Frame the window of an output cell, and in blue the maximum."""
        image = self.grids[0]
        frames, blue = image.frame(*self.window(place)), SERIES[0]
        if self.operation == "max":
            frames += image.frame(*self.winner(place), colour=blue, width=3, inset=6)
        return frames

    def underline(self, place: Place) -> list[Line]:
        """Underline an output cell that the shift changed."""
        (x, y), side = self.grids[1].at(place[0] + 1, place[1]), self.grids[1].width
        line = Line(((x + 4, y - 4), (x + side - 4, y - 4)), INK, 3)
        return [line] * bool(self.changed[place])

    def words(self, place: Place) -> list[str]:
        was = f", which was {format_number(self.before[place])} before the shift"
        was = was if self.right or self.down else ""
        cells = self.padded[np.ix_(*self.window(place))].ravel()
        listed = ", ".join(map(format_number, cells))
        listed = f"all {cells.size} numbers" if self.is_global else listed
        mean = f"mean of {listed} = {format_number(cells.sum())} / {cells.size}"
        said = f"max of {listed}" if self.operation == "max" else mean
        said = textwrap.wrap(f"{said} = {format_number(self.output[place])}", 78)
        return [f"Output cell [{place[0]}, {place[1]}]{was}:", *said]

    def rules(self) -> list[str]:
        count = f": {self.moved.size} numbers become {self.output.size}"
        if self.is_global:
            whole = "One window covers the whole input, whatever its size"
            return [whole + count, "It needs no kernel size, no stride and no padding."]
        k, s, p = self.kernel_size, self.stride, self.padding
        sides = zip(self.shape, self.output.shape)
        rules = [f"⌊({n} + 2·{p} − {k}) / {s}⌋ + 1 = {fits}" for n, fits in sides]
        *rules, last = by_side("output size = ⌊(N + 2P − K) / S⌋ + 1", rules)
        return [*rules, last + count, self.reading()]

    def reading(self) -> str:
        unread = np.count_nonzero(self.reads == 0)
        note = "Stride = kernel size: windows touch and do not overlap."
        if self.stride < self.kernel_size:
            most = f"a cell is in up to {self.reads.max()} of them"
            note = f"Stride < kernel size: windows overlap, {most}."
        if self.stride > self.kernel_size:
            note = "Stride > kernel size: there are gaps between the windows."
        note = note if self.output.size > 1 else "There is one window only."
        return note + f" In no window, struck through: {unread} cells." * bool(unread)

    def findings(self) -> list[str]:
        if not (self.right or self.down):
            return ["Predict: how many output cells change when the input shifts by 1?"]
        ways = ("right", self.right), ("down", self.down)
        moves = " and ".join(f"{way} by {cells}" for way, cells in ways if cells)
        share = _share(self.changed, " output cells changed")
        marked, more = " (underlined)" * bool(self.changed.any()), []
        if not self.is_global and self.kernel_size > 1:
            differ = (self.moved != self.image)[:: self.stride, :: self.stride]
            without = "Without pooling, K = 1 with the same stride"
            more.append(f"{without}: {_share(differ)}.")
        lost = np.count_nonzero(self.image) - np.count_nonzero(self.moved)
        more += [f"Numbers that fell off the edge: {lost}."] * bool(lost)
        return [f"Shifted {moves}: {share}{marked}.", " ".join(more)]


def _share(cells: np.ndarray, what: str = "") -> str:
    return f"{np.count_nonzero(cells)} of {cells.size}{what}, {np.mean(cells):.0%}"
