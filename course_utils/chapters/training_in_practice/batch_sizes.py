"""Fit a line to eight points in small batches or large ones, and watch the way."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.kit.charts import Chart
from course_utils.kit.explorer import Explorer, State, menu, slider, stops
from course_utils.kit.page import Page
from course_utils.kit.scene import Box, Label, Line, Part, Photo, Scene

X = np.array([-1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75])
Y = np.array([-2.5, -1.0, -1.5, 0.75, 0.25, 2.25, 1.75, 4.0])
INPUTS = np.stack([X, np.ones(8)], axis=1)  # one column for w, one for b
BEST = np.linalg.lstsq(INPUTS, Y, rcond=None)[0]
START = np.array([-1.0, -1.5])
PASSES = 12
SIZES = {"1": 1, "2": 2, "4": 4, "8 (all)": 8}
RATES = {f"1/{below}": 1 / below for below in (64, 32, 16, 8, 4, 2)}

MAP = Chart(48, 84, 330, 330, x=(-1.5, 4.5), y=(-2, 3))  # the losses, by w and b
LOW, HIGH = np.array([MAP.x, MAP.y]).T
PLOT = Chart(470, 84, 300, 330, x=(-2, 2), y=(-6, 6))  # the points, and the line


def batch_sizes_explorer() -> Explorer:
    """Show how two weights move when a step looks at 1, 2, 4 or all 8 points."""
    return Explorer("Batch size explorer", BatchSizes())


def loss(weights: np.ndarray) -> np.ndarray:
    """Return the mean squared error over all points; weights: (..., 2)."""
    return ((weights @ INPUTS.T - Y) ** 2).mean(axis=-1)


@dataclass(frozen=True)
class BatchSizes(State):
    size: int = stops("batch size", SIZES, start=1)
    rate: float = stops("learning rate η", RATES, start=1 / 16)
    passes: int = slider("passes (epochs)", range(PASSES + 1), start=2, play=700)
    shuffled: bool = menu("order", lambda self: self.orders, start=True)

    @property
    def orders(self) -> dict[str, bool]:
        if self.size == 8 or not self.passes:
            return {"all at once" if self.passes else "no step yet": self.shuffled}
        return {"shuffled": True, "as they stand": False}

    @cached_property
    def walk(self) -> np.ndarray:
        """Return w and b at the start and after each step; (steps + 1, 2)."""
        rng, walk = np.random.default_rng(0), [START]
        for _ in range(PASSES):
            order = rng.permutation(8) if self.shuffled else np.arange(8)
            for part in order.reshape(-1, self.size):
                inputs = INPUTS[part]
                errors = inputs @ walk[-1] - Y[part]
                walk.append(walk[-1] - self.rate * 2 * errors @ inputs / self.size)
        return np.array(walk)

    @property
    def taken(self) -> np.ndarray:
        return self.walk[: self.passes * 8 // self.size + 1]

    @cached_property
    def is_lost(self) -> bool:
        return not (inside(self.taken[-1]) and loss(self.taken[-1]) < 100)

    def scene(self) -> Scene:
        page, lines = Page(), self.seen()
        page.put(lines[:1], 14, size=16, bold=True)
        page.put(lines[1:], 40, size=13)
        heads = "loss over w and b: dark is small", "the points, and the line so far"
        for head, chart in zip(heads, (MAP, PLOT)):
            page.put([head], chart.top - 14, chart.left, size=13, colour=QUIET)
        page.add(self.map(), self.line())
        return page.scene(" ".join(lines), height=MAP.bottom + 52)

    def seen(self) -> list[str]:
        steps = len(self.taken) - 1
        if not steps:
            one = "all 8 points at once" if self.size == 8 else f"{self.size} of 8"
            return ["No step yet.", f"A step will look at {one}."]
        passes = f"{self.passes} pass{'es' if self.passes > 1 else ''}"
        count = f"{passes}, {steps} step{'s' if steps > 1 else ''}"
        if self.is_lost:
            return [f"{count}: w and b have left the picture.", "η is too large."]
        w, b = self.taken[-1]
        now = f"loss {loss(self.taken[-1]):.2f}, at w = {w:.2f} and b = {b:.2f}"
        best = f"w = {BEST[0]:.2f}, b = {BEST[1]:.2f}, loss {loss(BEST):.2f}"
        now = f"{count}: {now}".replace("-", "−")
        return [now, f"The best line: {best} (the cross)."]

    def map(self) -> list[Part]:
        parts = _axes(MAP, "w", "b")
        parts.append(Photo(MAP.left, MAP.top, MAP.width, MAP.height, _losses()))
        steps = np.linspace(self.taken[:-1], self.taken[1:], 321, axis=1)
        ways = [_at(way[inside(way)][[0, -1]]) for way in steps if inside(way).any()]
        parts += [Line(way, WINDOW, 2) for way in ways]
        shown = self.taken[:: 8 // self.size]  # one for each pass
        parts += [Box(x - 4, y - 4, 8, 8, WINDOW) for x, y in _at(shown[inside(shown)])]
        ((x, y),) = _at([BEST])
        return [*parts, Box(x - 7, y - 1, 14, 2, INK), Box(x - 1, y - 7, 2, 14, INK)]

    def line(self) -> list[Part]:
        parts = _axes(PLOT, "x", "y")
        parts += PLOT.points(X, Y, colours=[SERIES[0]] * 8, side=8)
        if self.is_lost:
            return parts
        w, b = self.taken[-1]
        seen = [x for x in np.linspace(*PLOT.x, 161) if PLOT.shows(w * x + b)]
        ends = np.array([seen[0], seen[-1]])
        return [*parts, PLOT.curve(ends, w * ends + b, colour=WINDOW, width=3)]


def inside(weights: np.ndarray) -> np.ndarray:
    return ((weights >= LOW) & (weights <= HIGH)).all(axis=-1)


def _at(weights: np.ndarray) -> tuple[tuple[float, float], ...]:
    return tuple((MAP.across(w), MAP.down(b)) for w, b in weights)


def _axes(chart: Chart, across: str, up: str) -> list[Part]:
    """Frame a chart, name its axes, and write the numbers at their ends."""
    return [
        *chart.axes(chart.x, chart.y),
        Label(chart.left + chart.width / 2, chart.bottom + 16, across),
        Label(chart.left - 12, chart.top + chart.height / 2, up, anchor="end"),
        Box(chart.left, chart.top, chart.width, chart.height, "none", "#AAAAAA"),
    ]


@cache
def _losses() -> np.ndarray:
    """Return the map's grey: bands of equal loss, dark where it is small."""
    share = (np.arange(MAP.width) + 0.5) / MAP.width
    w, b = (low + share * (high - low) for low, high in (MAP.x, MAP.y))
    field = loss(np.stack(np.meshgrid(w, b[::-1]), axis=-1))
    bands = np.floor(3 * np.log2(field / loss(BEST)))
    return np.clip(120 + 8 * bands, 120, 250).astype(np.uint8)
