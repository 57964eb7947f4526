"""Walk down the loss of a single weight, and see what the learning rate does."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.kit.explorer import Explorer, State, slider, stops, switch
from course_utils.kit.page import Page, bracketed
from course_utils.kit.scene import Box, Label, Line, Part, Scene
from course_utils.lettering import decimals, equals

INPUT, TARGET = 2, 10  # the one example: the prediction w · 2 should be 10
BEST = TARGET / INPUT
CURVATURE = 2 * INPUT**2  # by how much the gradient grows when w grows by 1
STEPS = 12
# Powers of two keep the first numbers whole.
RATES = {f"1/{below}": 1 / below for below in (64, 32, 16, 8)}
RATES |= {"3/16": 3 / 16, "7/32": 7 / 32, "1/4": 1 / 4, "9/32": 9 / 32}
SHARES = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 0.875: "7/8"}

LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 46, 74, 336, 300
LOWEST, HIGHEST, LARGEST_LOSS = -2, 12, 200  # the weights and losses in the plot
COLUMNS = {"step": 424, "w": 504, "loss": 594, "w.grad": 688, "η · w.grad": 788}
ROWS, ROW, TABLE_TOP = 9, 26, 112


def gradient_steps_explorer() -> Explorer:
    """Show gradient descent on one weight, step by step."""
    return Explorer("Gradient steps explorer", GradientSteps())


class Step(NamedTuple):
    """`own`: the gradient at this weight; `gradient`: what stands in ``w.grad``."""

    weight: float
    loss: float
    own: float
    gradient: float
    move: float

    @property
    def is_inside(self) -> bool:
        return LOWEST <= self.weight <= HIGHEST


@dataclass(frozen=True)
class GradientSteps(State):
    rate: float = stops("learning rate η", RATES, start=1 / 16)
    start: int = slider("start at w", range(-1, 12), start=1)
    step: int = slider("steps taken", range(STEPS + 1), start=2, play=700)
    forgets: bool = switch("zero_grad forgotten", width=200)

    @cached_property
    def walk(self) -> list[Step]:
        """Return all steps, taken or not, and the next after the last."""
        steps, weight, kept = [], float(self.start), 0.0
        for _ in range(STEPS + 1):
            own = 2.0 * (weight * INPUT - TARGET) * INPUT
            kept = own + (kept if self.forgets else 0.0)
            steps.append(Step(weight, _loss(weight), own, kept, self.rate * kept))
            weight -= self.rate * kept
        return steps

    @property
    def taken(self) -> list[Step]:
        return self.walk[: self.step + 1]

    def scene(self) -> Scene:
        page, seen, next_step = Page(), self.seen(), self.next_step()
        loss = f"loss (w · {INPUT} − {TARGET})²: smallest at w = {BEST:g}"
        page.put([seen], 14, size=16, bold=True)
        page.put([loss], TOP - 22, LEFT, size=13, colour=QUIET)
        page.add(_plot(), self.way(), self.here(), self.table())
        page.put(next_step, TABLE_TOP + ROWS * ROW + 6, 394, size=13)
        return page.scene(" ".join([seen, loss, *next_step]), height=436)

    def way(self) -> list[Part]:
        """Join the points from step to step, where both lie in the plot."""
        points = [_at(s.weight, s.loss) if s.is_inside else () for s in self.taken]
        pairs = filter(all, pairwise(points))
        lines = [Line(pair, QUIET, dashed=True) for pair in pairs]
        return lines + [Box(p[0] - 4, p[1] - 4, 8, 8, SERIES[5]) for p in points if p]

    def here(self) -> list[Part]:
        """Draw the present point and its tangent, or say on which side it is."""
        step = self.walk[self.step]
        if step.is_inside:
            (x, y), (left, level) = _at(step.weight, step.loss), _at(0, 0)
            right, end = _at(1, step.own)
            scale = 46 / hypot(right - left, end - level)  # as long for every slope
            dx, dy = scale * (right - left), scale * (end - level)
            tangent = Line(((x - dx, y - dy), (x + dx, y + dy)), WINDOW, 3)
            return [tangent, Box(x - 6, y - 6, 12, 12, WINDOW)]
        text, y, look = f"w = {decimals(step.weight)}", TOP + 30, (15, WINDOW, True)
        if step.weight < LOWEST:
            return [Label(LEFT + 30, y, f"← {text}", *look, "start")]
        return [Label(LEFT + PLOT_WIDTH - 30, y, f"{text} →", *look, "end")]

    def table(self) -> list[Label]:
        y, heads = TABLE_TOP - ROW, COLUMNS.items()
        labels = [Label(x, y, head, 13, QUIET, anchor="end") for head, x in heads]
        for number, (weight, loss, _, *rest) in list(enumerate(self.taken))[-ROWS:]:
            y, is_last = y + ROW, number == self.step
            texts = f"{number}", *map(decimals, (weight, loss, *rest))
            look = (14, WINDOW if is_last else INK, is_last, "end")
            labels += [Label(x, y, t, *look) for x, t in zip(COLUMNS.values(), texts)]
        return labels

    def seen(self) -> str:
        if self.start == BEST:
            return "The gradient is 0 where the loss is smallest: nothing moves."
        if self.forgets and self.step < 2:
            return "Step 1 is right: there is no older gradient yet."
        if self.forgets:
            swings = "w swings past 5 and back, without rest"
            return f"Old gradients add to new ones: {swings}."
        left = 1 - self.rate * CURVATURE
        if left > 0:
            return f"Each step leaves {SHARES[left]} of the distance to 5."
        if left == 0:
            return "The first step meets 5 exactly: here, this rate is the best one."
        side = "Each step lands on the other side"
        if left > -1:
            return f"{side} of 5, {SHARES[-left]} as far away."
        if left == -1:
            return f"{side}, as far away: it never gets better."
        return f"Too large: each step lands {-left:g} times as far away. It diverges."

    def next_step(self) -> list[str]:
        w, _, own, gradient, move = self.walk[self.step]
        difference = f"{decimals(w)} − {bracketed(decimals(move))}"
        after = f"{equals(w, move)} {decimals(w - move)}"
        texts = [f"next w = w − η · w.grad = {difference} {after}"]
        if self.forgets and self.step:
            added = f"{decimals(gradient - own)} + {bracketed(decimals(own))}"
            texts.append(f"w.grad = old + new = {added} = {decimals(gradient)}")
        return texts


def _plot() -> list[Part]:
    shapes, (right, bottom) = [], _at(HIGHEST, 0)
    for weight in range(LOWEST, HIGHEST + 1, 2):
        x, text = _at(weight, 0)[0], decimals(weight)
        shapes += [Box(x, bottom, 1, 5, INK), Label(x, bottom + 17, text, 13)]
    for loss in range(0, LARGEST_LOSS + 1, 50):
        x, y = _at(LOWEST, loss)
        shapes.append(Box(x, y, PLOT_WIDTH, 1, "#DDDDDD"))
        shapes.append(Label(x - 6, y, f"{loss}", 13, anchor="end"))
    shapes.append(Box(LEFT, bottom, PLOT_WIDTH, 1, INK))
    shapes.append(Label((LEFT + right) / 2, bottom + 40, "weight w", 13, QUIET))
    weights = [LOWEST + n / 4 for n in range(4 * (HIGHEST - LOWEST) + 1)]
    curve = tuple(_at(weight, _loss(weight)) for weight in weights)
    return [*shapes, Line(curve, SERIES[0], 2)]


def _at(weight: float, loss: float) -> tuple[float, float]:
    x = LEFT + PLOT_WIDTH * (weight - LOWEST) / (HIGHEST - LOWEST)
    return x, TOP + PLOT_HEIGHT * (1 - loss / LARGEST_LOSS)


def _loss(weight: float) -> float:
    return (weight * INPUT - TARGET) ** 2
