"""Charts of lines and points: where numbers lie in a picture, and their axes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor, inf, log10

from course_utils.colours import INK, PAPER, QUIET
from course_utils.kit.scene import Box, Label, Line, Part

GRID, TEXT = "#E4E4E4", 12

Numbers = Iterable[float]
Ticks = Numbers | Mapping[float, str]  # what is written, if not the numbers


@dataclass(frozen=True)
class Chart:
    """A rectangle in a picture, showing numbers from x[0] to x[1] and y[0] to y[1].

    The axes' texts take about 48 pixels on its left and 40 below it.
    """

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def across(self, x: float) -> float:
        """Return where a number lies; one beyond the edges, at the nearer one."""
        return round(self.left + self.width * _share(x, *self.x), 1)

    def down(self, y: float) -> float:
        return round(self.bottom - self.height * _share(y, *self.y), 1)

    def shows(self, y: float) -> bool:
        return self.y[0] <= y <= self.y[1]

    def axes(
        self, x_ticks: Ticks, y_ticks: Ticks, *, xlabel: str = "", base: float = -inf
    ) -> list[Part]:
        """Draw the numbers at the edges, their lines, and the name of the x axis.

        base: the number where the x axis lies, if not at the lower edge.
        """
        shapes: list[Part] = []
        bottom, look = self.bottom, (TEXT, QUIET)
        for value, text in _texts(y_ticks):
            y = self.down(value)
            shapes.append(Line(((self.left, y), (self.right, y)), GRID))
            shapes.append(Label(self.left - 8, y, text, *look, anchor="end"))
        for value, text in _texts(x_ticks):
            x = self.across(value)
            shapes.append(Line(((x, bottom), (x, bottom + 5)), QUIET))
            shapes.append(Label(x, bottom + 14, text, *look))
        level = self.down(base)
        shapes.append(Line(((self.left, level), (self.right, level)), QUIET))
        if xlabel:
            shapes.append(Label(self.left + self.width / 2, bottom + 31, xlabel, *look))
        return shapes

    def curve(
        self,
        xs: Numbers,
        ys: Numbers,
        *,
        colour: str = INK,
        width: float = 2,
        dashed: bool = False,
    ) -> Line:
        """Draw a line, which runs along the edge where it would leave the chart."""
        points = tuple((self.across(x), self.down(y)) for x, y in zip(xs, ys))
        return Line(points, colour, width, dashed)

    def points(
        self, xs: Numbers, ys: Numbers, *, colours: Iterable[str], side: float = 7
    ) -> list[Box]:
        """Draw small squares, hollow at the edge where a number lies beyond it."""
        boxes = []
        for x, y, colour in zip(xs, ys, colours):
            at = self.across(x) - side / 2, self.down(y) - side / 2
            look = (colour, "none") if self.shows(y) else (PAPER, colour)
            boxes.append(Box(*(round(a, 1) for a in at), side, side, *look))
        return boxes


def ticks(low: float, high: float, most: int = 6, whole: bool = False) -> list[float]:
    """Return round numbers around a range, one, two or five of a power of ten apart.

    >>> ticks(0, 0.53), ticks(82.1, 92.9)
    ([0.0, 0.2, 0.4, 0.6], [80.0, 85.0, 90.0, 95.0])
    """
    smallest = 0 if whole else floor(log10((high - low) or 1)) - 2
    for step in (n * 10.0**power for power in range(smallest, 99) for n in (1, 2, 5)):
        # Rounded, or 0.6 / 0.2 would be a little less than 3.
        first, last = floor(round(low / step, 9)), ceil(round(high / step, 9))
        last = max(last, first + 1)
        if last - first < most:
            break
    return [round(number * step, 12) for number in range(first, last + 1)]


def _texts(ticks: Ticks) -> Iterable[tuple[float, str]]:
    if isinstance(ticks, Mapping):
        return ticks.items()
    return [(number, f"{number:g}".replace("-", "−")) for number in ticks]


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
