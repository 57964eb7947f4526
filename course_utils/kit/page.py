"""Write a picture from top to bottom, and no coordinates: grids in a row, then text.

`Page.row` puts matrices side by side, as large as there is room. `Page.point_at` lets
each cell of one explain itself, below the row. `Page.write` adds lines of text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from PIL import Image

from course_utils.colours import INK, PAPER, QUIET, WINDOW, readable_on, signed_colour
from course_utils.kit.scene import Box, Hover, Label, Part, Photo, Resting, Scene
from course_utils.lettering import fitted, format_number

WIDTH, LEFT, LINE = 800, 8, 24
ROOM = WIDTH - 2 * LEFT  # for a line of text
TITLE, SIGN = 34, 64  # room above a row of grids, and for a sign between two
CLEAR = "#FFFFFF00"  # not seen, but can be pointed at
DOTS = 2  # in a pixel of the page, along each axis, on a fine screen

Place = tuple[int, int]


@dataclass(eq=False)
class Grid:
    """A matrix of numbers. Once it has a place, it draws itself and marks.

    fill: ``fill(row, column)`` is a cell's colour; white without it. text: what it
    says instead of its number. bold: whether in bold type. largest: size of the type.
    """

    values: np.ndarray
    title: str = ""
    fill: Callable[[int, int], str] = lambda row, column: PAPER
    text: Callable[[int, int], str] | None = None
    bold: Callable[[int, int], bool] = lambda row, column: False
    largest: float = 0

    def place(self, x: float, y: float, width: float, height: float = 0) -> Self:
        """Say where the upper left corner is, and how large a cell; return the grid."""
        self.x, self.y, self.width, self.height = x, y, width, height or width
        return self

    @property
    def right(self) -> float:
        return self.x + self.values.shape[1] * self.width

    @property
    def bottom(self) -> float:
        return self.y + len(self.values) * self.height

    def at(self, row: float, column: float) -> tuple[float, float]:
        return self.x + column * self.width, self.y + row * self.height

    def number(self, place: Place) -> tuple[Part, ...]:
        """Draw one cell: its box, and its number unless that is NaN."""
        (x, y), width, height = self.at(*place), self.width, self.height
        colour = self.fill(*place)
        box = Box(x, y, width, height, colour, "#AAAAAA")
        text = self.text(*place) if self.text else format_number(self.values[place])
        if not text:
            return (box,)
        wanted = self.largest or 0.38 * height
        size = min(wanted, 1.45 * width / len(text), 0.67 * height)  # to stay inside
        middle, ink = (x + width / 2, y + height / 2), readable_on(colour)
        return box, Label(*middle, text, size, ink, self.bold(*place))

    def numbers(self) -> list[Part]:
        places = np.ndindex(self.values.shape)
        return [part for place in places for part in self.number(place)]

    def frame(
        self,
        rows: Sequence[int],
        columns: Sequence[int],
        *,
        colour: str = WINDOW,
        width: float = 4,
        inset: float | None = None,
        dashed: bool = False,
    ) -> list[Box]:
        """Frame cells: one frame, or one for each cell where there are gaps."""
        if any(cells[-1] - cells[0] >= len(cells) for cells in (rows, columns)):
            look = {"colour": colour, "width": width, "inset": inset, "dashed": dashed}
            return [self.frame([r], [c], **look)[0] for r in rows for c in columns]
        inset = width / 2 if inset is None else inset
        x, y = self.at(rows[0], columns[0])
        across = len(columns) * self.width - 2 * inset
        down = len(rows) * self.height - 2 * inset
        return [Box(x + inset, y + inset, across, down, "none", colour, width, dashed)]


class Page:
    """A picture being written. `y` is the middle of the next line of text."""

    def __init__(self) -> None:
        self.y = 0.0
        self.shapes: list[Part | Hover | Resting] = []
        self.said: list[str] = []

    def add(self, *parts: Part | Hover | Resting | Iterable[Part | Hover]) -> None:
        for part in parts:
            self.shapes += part if isinstance(part, Iterable) else [part]

    def hover(self, target: Iterable[Part], shown: Iterable[Part], *words: str) -> None:
        self.add(Hover(tuple(target), tuple(shown), " ".join(words)))

    def rest(self, shown: Iterable[Part]) -> None:
        self.add(Resting(tuple(shown)))

    def title(self, *grids: Grid) -> None:
        for grid in grids:
            self.put([grid.title], grid.y - 16, grid.x, bold=True)

    def row(
        self, *items: Grid | str, height: float, largest: float = 60, level: int = 0
    ) -> None:
        """Place grids side by side, in one size, and signs at the middle of one.

        largest: size of a cell, where there is room. level: that one's number.
        """
        grids = [item for item in items if isinstance(item, Grid)]
        room = ROOM - SIGN * (len(items) - len(grids))
        tall = max(len(grid.values) for grid in grids)
        wide = sum(grid.values.shape[1] for grid in grids)
        cell, top, x = min(largest, height // tall, room // wide), self.y + TITLE, LEFT
        middle = top + len(grids[level].values) * cell / 2
        for item in items:
            if isinstance(item, str):
                self.add(Label(x + SIGN / 2, middle, item, 30, QUIET))
                x += SIGN
            else:
                x = item.place(x, top, cell).right
                self.title(item)
                self.said.append(item.title)
        self.y = top + cell * tall + LINE

    def point_at(
        self,
        grid: Grid,
        words: Callable[[Place], Sequence[str]],
        marks: Callable[[Place], Iterable[Part]],
        *,
        on: Callable[[Place], Iterable[Part]] = lambda place: (),
        rest: Place,
        hidden: Callable[[Place], bool] = lambda place: False,
    ) -> None:
        """Draw a grid whose cells explain themselves when they are pointed at.

        words, marks: what a cell then says, and frames elsewhere. on: what is drawn on
        it. rest: the cell explained while none is pointed at. hidden: whether its
        number is kept back until then.
        """
        said = {place: words(place) for place in np.ndindex(grid.values.shape)}
        shown = {}
        for place, (first, *more) in said.items():
            box, *number = grid.number(place)
            shown[place] = [*marks(place), *grid.frame(*([i] for i in place))]
            shown[place] += self.text([first], self.y, size=13, colour=QUIET)
            shown[place] += self.text(more, self.y + LINE, size=16)
            if hidden(place):
                self.hover([box], [*number, *shown[place]], first, *more)
            else:
                self.hover([box, *on(place), *number], shown[place], first, *more)
        self.rest(shown[rest])
        self.said.append(" ".join(said[rest]))
        self.y += (max(map(len, said.values())) + 0.5) * LINE

    def put(self, texts: Iterable[str], *place: float, **look: Any) -> None:
        """Write lines of text, placed as `text` does, and do not move on."""
        self.add(self.text(texts, *place, **look))

    def write(self, texts: Sequence[str], *, y: float = 0, **look: Any) -> None:
        """Write lines of text, the first one at y if not at the next line."""
        self.y = y or self.y
        self.put(texts, self.y, **look)
        self.y += len(texts) * LINE

    def gallery(
        self,
        images: Sequence[np.ndarray],
        captions: Sequence[Sequence[tuple[str, str]]],
        *,
        columns: int,
        side: float,
        x: float = 0,
        size: float = 11,
    ) -> None:
        """Draw images in rows, each below its lines of text, given with their colours.

        images: shape (1, H, W) or (3, H, W), uint8. size: of the text.
        """
        pitch, top = (WIDTH - x) / columns, self.y - 8
        rise = 16 * max(map(len, captions), default=0) + 4
        for number, (image, lines) in enumerate(zip(images, captions, strict=True)):
            row, column = divmod(number, columns)
            middle, y = x + (column + 0.5) * pitch, top + row * (rise + side + 16)
            for i, (text, colour) in enumerate(lines):
                fits, text = fitted(text, size, pitch - 6, colour == INK)
                at = middle, y + 16 * i + 8
                self.add(Label(*at, text, fits, colour, colour == INK))
            self.add(photo(image, middle - side / 2, y + rise, side))

    @staticmethod
    def text(
        texts: Iterable[str], y: float, x: float = LEFT, width: float = 0, **look: Any
    ) -> list[Label]:
        """Place lines below one another; with a `width` each is made to fit into it."""
        labels = []
        for line, text in enumerate(texts):
            label = Label(x, y + line * LINE, text, anchor="start", **look)
            if width:
                size, text = fitted(text, label.size, width, bold=label.bold)
                label = replace(label, text=text, size=size)
            labels.append(label)
        return labels

    def scene(self, *more: str, height: float = 0) -> Scene:
        """Return the picture, down to the next line, or so high.

        more: what it says to screen readers, after the titles.
        """
        said = ". ".join(line.removesuffix(".") for line in [*self.said, *more])
        return Scene(WIDTH, int(height or self.y), tuple(self.shapes), said)


def photo(image: np.ndarray, x: float, y: float, side: float) -> Photo:
    """Place an image, shape (1, H, W) or (3, H, W), in the middle of a square.

    Each pixel gets whole dots where there is room for that; else there is one for each
    dot, so that large images do not make a picture slow.
    """
    pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
    room, largest = int(DOTS * side), max(pixels.shape[:2])
    scale = room // largest or room / largest
    height, width = (max(1, round(scale * n)) for n in pixels.shape[:2])
    if scale < 1:
        small = Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX)
        pixels = np.asarray(small)
    height, width = height / DOTS, width / DOTS
    return Photo(x + (side - width) / 2, y + (side - height) / 2, width, height, pixels)


def signed(values: np.ndarray, limit: float = 0) -> Callable[[int, int], str]:
    """Fill a `Grid` by its numbers; `limit`, or the largest, gets the full colour."""
    limit = limit or abs(values).max() or 1
    return lambda *place: signed_colour(values[place], limit)


def by_side(rule: str, worked: Sequence[str]) -> list[str]:
    """Work a rule out for rows and for columns, once if that is the same."""
    rows, columns = (f"{rule} = {side}" for side in worked)
    return [rows] if rows == columns else [f"rows: {rows}", f"columns: {columns}"]


def products(weights: Iterable[float], pixels: Iterable[float]) -> str:
    """Write out a sum of products.

    >>> products([1, -2], [30, 0])
    '1·30 + (-2)·0'
    """
    pairs = [map(format_number, pair) for pair in zip(weights, pixels)]
    return " + ".join("·".join(map(bracketed, pair)) for pair in pairs)


def bracketed(number: str) -> str:
    return f"({number})" if number[0] in "-−" else number


def size(values: np.ndarray) -> str:
    return " × ".join(map(str, values.shape))
