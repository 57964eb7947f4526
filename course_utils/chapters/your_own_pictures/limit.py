"""A network that may say *I don't know*: how many answers are left, and how good."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from course_utils.colours import QUIET, SERIES, WINDOW
from course_utils.evaluation import Predictions
from course_utils.kit import shipped
from course_utils.kit.charts import Chart
from course_utils.kit.explorer import Explorer, State, given, slider
from course_utils.kit.page import LEFT, Page, photo
from course_utils.kit.photos import as_predicted
from course_utils.kit.scene import Box, Line, Part, Scene

LIMITS = range(0, 100, 5)
MOST, ACROSS, SIDE = 99, 11, 32  # pictures that are drawn, in a row, and their size
CHART = Chart(56, 104, 270, 220, (0, 95), (0, 100))
RIGHT, TOP, PITCH = 396, 84, 36
ANSWERED, GOOD = SERIES[0], SERIES[2]
HEIGHT, LARGE = 480, 96
SITE_NOTE = shipped.NOTE


def limit_explorer(
    predictions: Predictions, images: np.ndarray | Tensor, class_names: Sequence[str]
) -> Explorer:
    """Let a network answer only when it is sure enough; see what is left.

    predictions: of `predict`, for these images. images: uint8, shape (N, 3, H, W).
    """
    images, names = as_predicted(images, predictions, class_names)
    state = Limit(images=images, answers=predictions, names=names)
    return Explorer("Explorer of the limit", state)


def on_site() -> Explorer:
    data = shipped.pictures(200)
    return limit_explorer(shipped.predictions(data), data.test_images, data.class_names)


@dataclass(frozen=True)
class Limit(State):
    limit: int = slider("limit in percent", LIMITS, start=50, play=700)
    images: np.ndarray = given()
    answers: Predictions = given()
    names: Sequence[str] = given(())

    @cached_property
    def order(self) -> np.ndarray:
        """Return the places of the answers, the surest first."""
        return np.argsort(-self.answers.confidence, kind="stable")

    @cached_property
    def is_right(self) -> np.ndarray:
        return self.answers.predicted == self.answers.targets

    def given_at(self, limit: float) -> np.ndarray:
        """Return which answers are given, bool (N,)."""
        return self.answers.confidence >= limit / 100

    def counts(self, limit: float) -> tuple[int, int]:
        """Return how many answers are given, and how many of these are right."""
        given_now = self.given_at(limit)
        return int(given_now.sum()), int((given_now & self.is_right).sum())

    def lines(self) -> list[str]:
        total, (count, right) = len(self.order), self.counts(self.limit)
        share = f", {right} of these right: {right / count:.0%}" if count else ""
        silent = f"{total - count} times it says: I don't know."
        lost = f"{self.is_right.sum() - right} of these answers would have been right."
        return [f"{count} of {total} pictures are answered{share}.", f"{silent} {lost}"]

    def scene(self) -> Scene:
        page, lines = Page(), self.lines()
        page.put(lines[:1], 16, size=16, bold=True)
        page.put(lines[1:], 42, size=14)
        self.draw_chart(page)
        self.draw_pictures(page)
        return page.scene(*lines, height=HEIGHT)

    def draw_chart(self, page: Page) -> None:
        total, xs = len(self.order), [*LIMITS]
        counts = [self.counts(limit) for limit in xs]
        shares = [(x, 100 * r / n) for x, (n, r) in zip(xs, counts) if n]
        page.add(CHART.axes(range(0, 100, 20), range(0, 101, 20), xlabel="limit in %"))
        page.add(CHART.curve(xs, [100 * n / total for n, _ in counts], colour=ANSWERED))
        page.add(CHART.curve(*zip(*shares), colour=GOOD, dashed=True))
        page.add(CHART.curve([self.limit] * 2, (100, 0), colour=WINDOW))
        for y, colour, dashed, words in (
            (CHART.top - 36, ANSWERED, False, "answered, in % of all"),
            (CHART.top - 18, GOOD, True, "right, in % of the answered"),
        ):
            page.add(Line(((LEFT + 48, y), (LEFT + 76, y)), colour, 3, dashed))
            page.put([words], y, LEFT + 84, size=12, colour=QUIET)

    def draw_pictures(self, page: Page) -> None:
        """Draw those that are answered, then the others; each says what it was."""
        every, point, y = self.order, "Point at a picture.", TOP
        if len(every) > MOST:
            every = every[np.linspace(0, len(every) - 1, MOST).astype(int)]
            point = f"Point at one: {MOST} of the pictures are shown."
        given_now = self.given_at(self.limit)
        blocks = {"it answers": given_now, "it says: I don't know": ~given_now}
        for words, belongs in blocks.items():
            places, total = every[belongs[every]], int(belongs.sum())
            shown = f" ({len(places)} of {total} shown)" * (len(places) < total)
            page.put([words + shown], y - 14, RIGHT, bold=True, size=13)
            for number, place in enumerate(places):
                row, column = divmod(number, ACROSS)
                at = RIGHT + column * PITCH, y + row * PITCH
                page.hover(self.tile(place, *at), self.told(place), self.said(place))
            y += max(1, -(-len(places) // ACROSS)) * PITCH + 28
        page.rest(page.text([point], HEIGHT - 56, size=13, colour=QUIET))

    def tile(self, place: int, x: float, y: float) -> list[Part]:
        look = (GOOD, 2) if self.is_right[place] else (WINDOW, 3, True)
        frame = Box(x, y, SIDE, SIDE, "none", *look)
        return [photo(self.images[place], x, y, SIDE), frame]

    def told(self, place: int) -> list[Part]:
        """Show a picture in large, below the chart, and what it was taken for."""
        at, words = (HEIGHT - LARGE + 24, LEFT + LARGE + 12), self.said(place)
        large = photo(self.images[place], LEFT, HEIGHT - LARGE - 8, LARGE)
        return [large, *Page.text(words.split("; "), *at, width=270)]

    def said(self, place: int) -> str:
        names, answers = self.names, self.answers
        name, truth = names[answers.predicted[place]], names[answers.targets[place]]
        verdict = "right" if self.is_right[place] else f"it is {truth}"
        return f"{name}, {answers.confidence[place]:.0%} sure; {verdict}"
