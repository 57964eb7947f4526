"""Charts of lines and points: where numbers lie on a sheet, and their axes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from course_utils.colours import INK, PAPER, QUIET
from course_utils.drawing.shapes import Box, Label, Line, Part

GRID = "#E4E4E4"
TEXT = 12
"""Of the numbers at the axes, in pixels."""


@dataclass(frozen=True)
class Chart:
    """A rectangle on the sheet, with the numbers at its edges.

    Parameters
    ----------
    left, top, width, height
        In pixels, without the axes' texts: these take about 48 pixels on the left and
        40 below.
    x, y
        The smallest and the largest number shown.
    """

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def right(self) -> float:
        """Where the rectangle ends, in pixels."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where the rectangle ends, in pixels."""
        return self.top + self.height

    def across(self, x: float) -> float:
        """Return where a number lies, in pixels from the left of the sheet.

        Parameters
        ----------
        x
            Beyond the edges it is moved to the nearer one.

        Returns
        -------
        float
        """
        return round(self.left + self.width * _share(x, *self.x), 1)

    def down(self, y: float) -> float:
        """Return where a number lies, in pixels from the top of the sheet.

        Parameters
        ----------
        y
            Beyond the edges it is moved to the nearer one.

        Returns
        -------
        float
        """
        return round(self.bottom - self.height * _share(y, *self.y), 1)

    def shows(self, y: float) -> bool:
        """Return whether a number lies between the lower and the upper edge.

        Parameters
        ----------
        y
            Any number.

        Returns
        -------
        bool
        """
        return self.y[0] <= y <= self.y[1]


def ticks(
    low: float, high: float, *, most: int = 6, whole: bool = False
) -> list[float]:
    """Return round numbers around a range, one, two or five of a power of ten apart.

    Parameters
    ----------
    low, high
        The range; `high` is not less than `low`.
    most
        How many numbers at most, 3 or more.
    whole
        Whether only whole numbers are wanted.

    Returns
    -------
    list of float
        At least two; the first is not above `low`, the last not below `high`.

    Examples
    --------
    >>> ticks(0, 0.53)
    [0.0, 0.2, 0.4, 0.6]
    >>> ticks(82.1, 92.9)
    [80.0, 85.0, 90.0, 95.0]
    """
    smallest = 0 if whole else floor(log10((high - low) or 1)) - 2
    for step in (
        one * 10.0**power for power in range(smallest, 99) for one in (1, 2, 5)
    ):
        # Rounded, or 0.6 / 0.2 would be a little less than 3.
        first, last = floor(round(low / step, 9)), ceil(round(high / step, 9))
        last = max(last, first + 1)
        if last - first < most:
            break
    return [round(number * step, 12) for number in range(first, last + 1)]


def axes(
    chart: Chart,
    x_ticks: Iterable[float],
    y_ticks: Iterable[float],
    *,
    xlabel: str = "",
) -> list[Part]:
    """Draw what stands around a chart: numbers, their lines, the name of its x axis.

    Parameters
    ----------
    chart
        Where it is.
    x_ticks, y_ticks
        The numbers written at its edges.
    xlabel
        With its unit; nothing where a chart below shares the axis.

    Returns
    -------
    list of Part
    """
    shapes: list[Part] = []
    for value in y_ticks:
        y = chart.down(value)
        shapes.append(Line(((chart.left, y), (chart.right, y)), GRID))
        shapes.append(Label(chart.left - 8, y, f"{value:g}", TEXT, QUIET, anchor="end"))
    bottom = chart.bottom
    for value in x_ticks:
        x = chart.across(value)
        shapes.append(Line(((x, bottom), (x, bottom + 5)), QUIET))
        shapes.append(Label(x, bottom + 14, f"{value:g}", TEXT, QUIET))
    shapes.append(Line(((chart.left, bottom), (chart.right, bottom)), QUIET))
    if xlabel:
        middle = chart.left + chart.width / 2
        shapes.append(Label(middle, bottom + 31, xlabel, TEXT, QUIET))
    return shapes


def curve(
    chart: Chart,
    xs: Iterable[float],
    ys: Iterable[float],
    *,
    colour: str = INK,
    width: float = 2,
    dashed: bool = False,
) -> Line:
    """Draw a line through points.

    Parameters
    ----------
    chart
        Where it is; the line runs along its edge where it would leave it.
    xs, ys
        As many of one as of the other.
    colour
        ``"#rrggbb"``.
    width
        In pixels.
    dashed
        Whether the line has gaps.

    Returns
    -------
    Line
    """
    places = zip(xs, ys, strict=True)
    points = tuple((chart.across(x), chart.down(y)) for x, y in places)
    return Line(points, colour, width, dashed)


def points(
    chart: Chart,
    xs: Iterable[float],
    ys: Iterable[float],
    *,
    colours: Sequence[str],
    side: float = 7,
) -> list[Box]:
    """Draw points as small squares, hollow at the edge where a number lies beyond it.

    Parameters
    ----------
    chart
        Where it is.
    xs, ys, colours
        As many of each.
    side
        Of a square, in pixels.

    Returns
    -------
    list of Box
        As many.
    """
    return [
        Box(
            round(chart.across(x) - side / 2, 1),
            round(chart.down(y) - side / 2, 1),
            side,
            side,
            fill=colour if chart.shows(y) else PAPER,
            stroke="none" if chart.shows(y) else colour,
        )
        for x, y, colour in zip(xs, ys, colours, strict=True)
    ]


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
