"""Walk down the loss of one weight: the parabola, the tangent, and the steps."""

from dataclasses import dataclass
from functools import cached_property

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.kit.charts import Chart
from course_utils.kit.explorer import Explorer, State, slider, stops
from course_utils.kit.page import Page, bracketed
from course_utils.kit.scene import Label, Part, Scene
from course_utils.lettering import decimals, equals

BEST = 3
STEPS = 8
# Powers of two keep the numbers short.
RATES = {"1/64": 1 / 64, "1/16": 1 / 16, "1/8": 1 / 8, "1/4": 1 / 4}
RATES |= {"1/2": 1 / 2, "3/4": 3 / 4, "1": 1.0, "5/4": 5 / 4}
CHART = Chart(56, 60, 390, 290, x=(-6, 12), y=(0, 90))
TABLE = {"step": 522, "w": 600, "loss": 694, "slope": 788}
TABLE_TOP, ROW = 70, 28


def number_line_explorer() -> Explorer:
    """Show a loss on a number line, and the steps down from a weight."""
    return Explorer("Number line explorer", NumberLine())


@dataclass(frozen=True)
class NumberLine(State):
    start: int = slider("start at w", range(-6, 13), start=-5)
    rate: float = stops("learning rate η", RATES, start=1 / 4)
    steps: int = slider("steps", range(STEPS + 1), play=700)

    @cached_property
    def walk(self) -> list[float]:
        places = [float(self.start)]
        for _ in range(self.steps):
            places.append(places[-1] - self.rate * slope(places[-1]))
        return places

    def scene(self) -> Scene:
        page, lines = Page(), self.lines()
        page.put([f"loss (w − {BEST})²"], 20, size=16, bold=True)
        page.add(CHART.axes(range(-6, 13, 3), range(0, 91, 30), xlabel="weight w"))
        weights = [n / 4 for n in range(-24, 49)]
        page.add(CHART.curve(weights, map(loss, weights), colour=SERIES[0]))
        page.add(self.way(), self.here(), self.table())
        page.write(lines, y=CHART.bottom + 66, size=14)
        return page.scene(" ".join(lines))

    def way(self) -> list[Part]:
        """Join the points from step to step; one beyond the edge lies at the edge."""
        losses = [loss(w) for w in self.walk]
        colours = [SERIES[5]] * len(losses)
        path = CHART.curve(self.walk, losses, colour=QUIET, width=1, dashed=True)
        return [path, *CHART.points(self.walk, losses, colours=colours)]

    def here(self) -> list[Part]:
        """Draw the tangent where w is now, or say that it has left the picture."""
        w, left, right = self.walk[-1], *CHART.x
        if not left <= w <= right:
            x, text = CHART.left + CHART.width / 2, f"w = {decimals(w)}"
            where = f"← {text}" if w < left else f"{text} →"
            return [Label(x, CHART.top - 16, where, 15, WINDOW, True)]
        ends = _tangent(w)
        levels = [loss(w) + slope(w) * (x - w) for x in ends]
        line = CHART.curve(ends, levels, colour=WINDOW)
        return [line, *CHART.points([w], [loss(w)], colours=[WINDOW], side=11)]

    def table(self) -> list[Label]:
        y = TABLE_TOP
        labels = [Label(x, y, h, 13, QUIET, anchor="end") for h, x in TABLE.items()]
        for number, w in enumerate(self.walk):
            y, is_last = y + ROW, number == self.steps
            texts = f"{number}", *map(decimals, (w, loss(w), slope(w)))
            look = (14, WINDOW if is_last else INK, is_last, "end")
            labels += [Label(x, y, t, *look) for x, t in zip(TABLE.values(), texts)]
        return labels

    def lines(self) -> list[str]:
        w = self.walk[-1]
        step = self.rate * slope(w)
        here = f"At w = {decimals(w)} the slope is 2 · ({decimals(w)} − {BEST})"
        way = "w should grow." if w < BEST else "w should shrink."
        way = way if slope(w) else "the lowest place, and no step leads away."
        difference = f"{decimals(w)} − {bracketed(decimals(step))}"
        after = f"{equals(w, step)} {decimals(w - step)}"
        return [
            f"{here} {equals(w)} {decimals(slope(w))}: {way}",
            f"next w = w − η · slope = {difference} {after}",
        ]


def loss(w: float) -> float:
    return (w - BEST) ** 2


def slope(w: float) -> float:
    return 2 * (w - BEST)


def _tangent(w: float) -> tuple[float, float]:
    """Return the weights between which a tangent stays in the chart, 2 at most away."""
    low, high = max(w - 2, CHART.x[0]), min(w + 2, CHART.x[1])
    if slope(w):
        first, last = sorted(w + (y - loss(w)) / slope(w) for y in CHART.y)
        low, high = max(low, first), min(high, last)
    return low, high
