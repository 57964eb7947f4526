"""Fit a line to eight points in small batches or large ones, and watch the way."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise

import numpy as np

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.kit.explorer import Explorer, State, explore, menu, slider, stops
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

LEFT, TOP, SIDE = 48, 84, 330  # the map of losses; where the plot of points begins
LOW, HIGH = np.array([-1.5, -2.0]), np.array([4.5, 3.0])  # w and b at its edges
RIGHT, WIDE = 470, 300


def batch_sizes_explorer() -> Explorer:
    """Show how two weights move when a step looks at 1, 2, 4 or all 8 points."""
    return explore("Batch size explorer", BatchSizes())


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
            return {"all at once" if self.passes else "no step yet": True}
        return {"shuffled": True, "as they stand": False}

    def settled(self, moved: str) -> "BatchSizes":
        return replace(self, shuffled=self.shuffled or len(self.orders) == 1)

    @cached_property
    def walk(self) -> np.ndarray:
        """Return w and b at the start and after each step; (steps + 1, 2)."""
        rng, weights = np.random.default_rng(0), START
        walk = [weights]
        for _ in range(PASSES):
            order = rng.permutation(8) if self.shuffled else np.arange(8)
            for part in order.reshape(-1, self.size):
                inputs = INPUTS[part]
                errors = inputs @ weights - Y[part]
                weights = weights - self.rate * 2 * errors @ inputs / self.size
                walk.append(weights)
        return np.array(walk)

    @property
    def taken(self) -> np.ndarray:
        return self.walk[: self.passes * 8 // self.size + 1]

    @cached_property
    def is_lost(self) -> bool:
        return not (inside(self.taken[-1]) and loss(self.taken[-1]) < 100)

    def scene(self) -> Scene:
        page, lines = Page(), self.seen()
        page.add(page.text(lines[:1], 14, size=16, bold=True))
        page.add(page.text(lines[1:], 40, size=13))
        heads = "loss over w and b: dark is small", "the points, and the line so far"
        page.add(page.text(heads[:1], TOP - 14, LEFT, size=13, colour=QUIET))
        page.add(page.text(heads[1:], TOP - 14, RIGHT, size=13, colour=QUIET))
        page.add(self.map(), self.line())
        page.y = TOP + SIDE + 52
        return page.scene(" ".join(lines))

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
        return [f"{count}: {now}".replace("-", "−"), f"The best line: {_best()}."]

    def map(self) -> list[Part]:
        """Draw the losses, the way, and the best place."""
        parts = [Photo(LEFT, TOP, SIDE, SIDE, _losses())]
        parts += _axes(LEFT, "w", LOW[0], HIGH[0]) + _upright(
            LEFT, "b", LOW[1], HIGH[1]
        )
        places = [_at(p) if inside(p) else () for p in self.taken]
        parts += [Line(pair, WINDOW, 2) for pair in pairwise(places) if all(pair)]
        shown = filter(None, places[:: max(1, 8 // self.size)])  # one for each pass
        parts += [Box(x - 4, y - 4, 8, 8, WINDOW) for x, y in shown]
        x, y = _at(BEST)
        parts += [Box(x - 7, y - 1, 14, 2, INK), Box(x - 1, y - 7, 2, 14, INK)]
        return parts

    def line(self) -> list[Part]:
        """Draw the points and the line that w and b make."""
        high = SIDE / 12  # of one unit; from −6 to 6
        wide = WIDE / 4
        middle_x, middle_y = RIGHT + WIDE / 2, TOP + SIDE / 2
        parts = [Box(RIGHT, TOP, WIDE, SIDE, "none", "#AAAAAA")]
        parts += _axes(RIGHT, "x", -2, 2, WIDE) + _upright(RIGHT, "y", -6, 6)
        for x, y in zip(X, Y):
            where = middle_x + x * wide, middle_y - y * high
            parts.append(Box(where[0] - 4, where[1] - 4, 8, 8, SERIES[0]))
        if self.is_lost:
            return parts
        w, b = self.taken[-1]
        xs = np.linspace(-2, 2, 161)
        ys = w * xs + b
        ends = [(x, y) for x, y in zip(xs, ys) if abs(y) <= 6]
        points = [(middle_x + x * wide, middle_y - y * high) for x, y in ends]
        return [*parts, Line((points[0], points[-1]), WINDOW, 3)]


def inside(weights: np.ndarray) -> bool:
    return bool((weights >= LOW).all() and (weights <= HIGH).all())


def _at(weights: np.ndarray) -> tuple[float, float]:
    x, y = (weights - LOW) / (HIGH - LOW)
    return LEFT + SIDE * float(x), TOP + SIDE * (1 - float(y))


def _best() -> str:
    return f"w = {BEST[0]:.2f}, b = {BEST[1]:.2f}, loss {loss(BEST):.2f} (the cross)"


def _axes(x: float, name: str, low: float, high: float, wide: int = SIDE) -> list[Part]:
    y = TOP + SIDE + 16
    ends = Label(x + 12, y, f"{low:g}".replace("-", "−"), 13, QUIET)
    middle = Label(x + wide / 2, y, name, 14)
    return [ends, middle, Label(x + wide - 10, y, f"{high:g}", 13, QUIET)]


def _upright(x: float, name: str, low: float, high: float) -> list[Part]:
    texts = {TOP + SIDE - 8: f"{low:g}".replace("-", "−"), TOP + 10: f"{high:g}"}
    labels = [Label(x - 8, y, t, 13, QUIET, anchor="end") for y, t in texts.items()]
    return [*labels, Label(x - 12, TOP + SIDE / 2, name, 14, anchor="end")]


@cache
def _losses() -> np.ndarray:
    """Return the map's grey: bands of equal loss, dark where it is small."""
    share = (np.arange(SIDE) + 0.5) / SIDE
    w, b = (LOW[i] + share * (HIGH - LOW)[i] for i in (0, 1))
    field = loss(np.stack(np.meshgrid(w, b[::-1]), axis=-1))
    bands = np.floor(3 * np.log2(field / loss(BEST)))
    return np.clip(120 + 8 * bands, 120, 250).astype(np.uint8)
