"""Watch BatchNorm's running mean and variance follow batch after batch."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, log, sqrt
from typing import NamedTuple

import numpy as np

from course_utils.colours import QUIET, SERIES, WINDOW
from course_utils.kit.charts import Chart
from course_utils.kit.explorer import Explorer, State, menu, slider, stops
from course_utils.kit.page import Page, bracketed
from course_utils.kit.scene import Box, Label, Line, Part, Scene
from course_utils.lettering import SUPERSCRIPTS

TRUE_MEAN, TRUE_STD = 3, 2  # of the stream of numbers that the batches come from
TRUE_VARIANCE = TRUE_STD**2
START_MEAN, START_VARIANCE = 0, 1  # of a BatchNorm layer, whatever the data are
EPSILON = 1e-5  # what BatchNorm adds to the variance before it takes the root
FORGOTTEN = 0.01  # the share of the start below which it no longer matters

BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
MOMENTA = {f"{m:g}": m for m in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)}
DIVISIONS = {"by n − 1, as PyTorch": True, "by n": False}
BATCHES, STREAMS = 100, 10

# The same numbers at the edges whatever is set, or nothing could be compared.
MEANS = Chart(44, 64, 640, 155, (0, BATCHES), (-2, 8))
VARIANCES = Chart(44, 274, 640, 155, (0, BATCHES), (0, 16))
RUNNING, BATCH = SERIES[0], WINDOW
FAINTEST = 56  # how opaque a batch is that no longer counts, of 255
SITE_MOVES = "momentum", "step"


def running_statistics_explorer() -> Explorer:
    """Show how fast and how steadily running statistics find the true ones."""
    return Explorer("Explorer of running statistics", RunningStatistics())


class Followed(NamedTuple):
    """A statistic of each batch, and the running one: its start, then after each."""

    seen: list[float]
    running: list[float]


@dataclass(frozen=True)
class RunningStatistics(State):
    batch_size: int = stops("batch size n", BATCH_SIZES, start=8)
    momentum: float = stops("momentum", MOMENTA, start=0.1)
    stream: int = slider("stream", range(STREAMS))
    unbiased: bool = menu("divide squares", DIVISIONS, start=True)
    step: int = slider("batches seen", range(BATCHES + 1), start=12, play=250)

    @cached_property
    def batches(self) -> np.ndarray:
        """All batches, shape (BATCHES, batch_size)."""
        shape = BATCHES, self.batch_size
        return np.random.default_rng(self.stream).normal(TRUE_MEAN, TRUE_STD, shape)

    @cached_property
    def mean(self) -> Followed:
        return self.follow(START_MEAN, self.batches.mean(axis=1))

    @cached_property
    def variance(self) -> Followed:
        return self.follow(START_VARIANCE, self.batches.var(axis=1, ddof=self.unbiased))

    def follow(self, start: float, seen: np.ndarray) -> Followed:
        running = [float(start)]
        for value in seen.tolist():
            running.append((1 - self.momentum) * running[-1] + self.momentum * value)
        return Followed(seen.tolist(), running)

    @property
    def normalised(self) -> float:
        """What the layer, in evaluation, makes of a number equal to the true mean."""
        spread = sqrt(self.variance.running[self.step] + EPSILON)
        return (TRUE_MEAN - self.mean.running[self.step]) / spread

    def scene(self) -> Scene:
        page, seen, known = Page(), self.headline(), self.facts()
        mean = f"running mean: {self.sum_in_words(self.mean)}"
        variance = f"running variance: {self.sum_in_words(self.variance)}"
        tens = range(0, BATCHES + 1, 10)
        page.add(_legend(), MEANS.axes(tens, range(-2, 9, 2)))
        page.add(self.drawn(MEANS, mean, TRUE_MEAN, self.mean))
        page.add(VARIANCES.axes(tens, range(0, 17, 4), xlabel="batches seen"))
        page.add(self.drawn(VARIANCES, variance, TRUE_VARIANCE, self.variance))
        page.put(seen, 488, size=15)
        page.put(known, 540, size=13, colour=QUIET)
        return page.scene(mean, variance, *seen, *known, height=628)

    def drawn(
        self, chart: Chart, title: str, truth: float, followed: Followed
    ) -> list[Part]:
        step, now = self.step, followed.running[self.step]
        seen, left = followed.seen[:step], 1 - self.momentum
        counts = (left**age for age in reversed(range(step)))
        shades = (round(FAINTEST + (255 - FAINTEST) * count) for count in counts)
        colours = [f"{BATCH}{shade:02X}" for shade in shades]
        beyond, title_y = sum(not chart.shows(value) for value in seen), chart.top - 18
        look = f"□ beyond the edge: {beyond}", 13, BATCH, False, "end"
        return [
            *Page.text([title], title_y, chart.left, bold=True),
            chart.curve(chart.x, (truth, truth), width=1, dashed=True),
            chart.curve(range(step + 1), followed.running, colour=RUNNING, width=3),
            *chart.points(range(1, step + 1), seen, colours=colours),
            *chart.points([step], [now], colours=[RUNNING], side=10),
            *_ends(chart, truth, now),
            *[Label(chart.right, title_y, *look)] * bool(beyond),
        ]

    def sum_in_words(self, followed: Followed) -> str:
        """Write out how the last batch changed a running statistic."""
        if not self.step:
            return f"starts at {followed.running[0]:g}"
        old, new = followed.running[self.step - 1 : self.step + 1]
        kept = f"{1 - self.momentum:g} · {bracketed(_written(old))}"
        seen = bracketed(_written(followed.seen[self.step - 1]))
        return f"{kept} + {self.momentum:g} · {seen} ≈ {_written(new)}"

    def headline(self) -> list[str]:
        start, step, mean = START_MEAN, self.step, self.mean.running[self.step]
        if not step:
            begins = f"No batch yet: mean {start}, variance {START_VARIANCE}"
            near = f"how many batches until the running mean is near {TRUE_MEAN}"
            return [f"{begins}, whatever the data are.", f"Predict: {near}?"]
        if self.momentum == 1:
            last = f"the last batch’s mean, {mean:.2f}, and nothing else"
            jumps = "it jumps as much as the points do"
            first = f"Momentum 1: the running mean is {last}."
            return [first, f"All earlier batches are forgotten: {jumps}."]
        after = f"After {step} batch{'es' if step > 1 else ''}"
        power = f"{1 - self.momentum:g}{f'{step}'.translate(SUPERSCRIPTS)}"
        miss = f"it is {mean:.2f}, {abs(mean - TRUE_MEAN):.2f} from {TRUE_MEAN}"
        left = (1 - self.momentum) ** step
        if left < FORGOTTEN:
            few = f"{power} is less than {FORGOTTEN:.0%}"
            follows = f"The running mean follows the batches: {miss}."
            return [f"{after} the start is forgotten: {few}.", follows]
        still = f"{left:.0%} of the running mean is still the {start} it began with"
        expect = f"{1 - left:.2f} · {TRUE_MEAN} = {(1 - left) * TRUE_MEAN:.2f}"
        return [f"{after}, {power} = {still}.", f"So expect {expect}; {miss}."]

    def facts(self) -> list[str]:
        speed = "Speed: one batch is enough to forget the start."
        if self.momentum < 1:
            batches = ceil(log(FORGOTTEN) / log(1 - self.momentum))
            left = f"less than {FORGOTTEN:.0%} of the start is left"
            speed = f"Speed: {batches} batches until {left}."
        mean, variance = (f.running[self.step] for f in (self.mean, self.variance))
        ratio = f"({TRUE_MEAN} − {bracketed(_written(mean))}) / √({variance:.3f} + ε)"
        into = f"{TRUE_MEAN} into {ratio} ≈ {_written(self.normalised)}"
        there = f"eval() turns {into}; with the true mean it would be 0."
        return [speed, self.noise(), self.division(), there]

    def noise(self) -> str:
        scatter = TRUE_STD / sqrt(self.batch_size)
        # So many batches, counting the same, would have as steady a mean.
        count = (2 - self.momentum) / self.momentum
        points = f"batch means scatter by {TRUE_STD}/√{self.batch_size} = {scatter:.2f}"
        settled = f"the settled running mean by {scatter / sqrt(count):.2f}"
        batches = f"{count:.0f} batch" + "es" * (count > 1)
        return f"Noise: {points}; {settled}, like a mean of {batches}."

    def division(self) -> str:
        n, average = self.batch_size, "that of a batch is"
        if self.unbiased:
            return f"Variance: divided by n − 1, {average} {TRUE_VARIANCE} on average."
        share = f"{TRUE_VARIANCE} · {n - 1}/{n} = {TRUE_VARIANCE * (n - 1) / n:.4g}"
        return f"Variance: divided by n, {average} {share} on average: too small."


def _legend() -> list[Part]:
    left, y, texts = MEANS.left, 16, []
    names = {16: "a batch: the darker, the more it counts", 366: "running statistic"}
    for x, text in (names | {530: "truth"}).items():
        texts += Page.text([text], y, left + x, size=13)
    running, truth = (((left + x, y), (left + x + 24, y)) for x in (336, 500))
    lines = Line(running, RUNNING, 3), Line(truth, dashed=True)
    return [Box(left, y - 4, 8, 8, BATCH), *lines, *texts]


def _ends(chart: Chart, truth: float, value: float) -> list[Label]:
    """Name truth and running statistic at the right edge, neither upon the other."""
    x, y, at, room = chart.right + 8, chart.down(truth), chart.down(value), 18
    beside = min(at, y - room) if at < y else max(at, y + room)
    return [
        Label(x, y, f"true {truth}", 13, anchor="start"),
        Label(x, beside, f"running {value:.2f}", 13, RUNNING, True, "start"),
    ]


def _written(value: float) -> str:
    return f"{value:z.3f}".replace("-", "−")
