"""Browse what a network gets wrong, the surest mistakes first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from torch import Tensor

from course_utils.arguments import as_text
from course_utils.colours import INK, QUIET, WINDOW
from course_utils.evaluation import Predictions, confusion_matrix
from course_utils.kit import shipped
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.page import LINE, ROOM, Page
from course_utils.kit.photos import as_predicted
from course_utils.kit.scene import Scene

ANY = -1  # stands for every class
PAGE = 16  # images on a page
SITE_MOVES = "true", "predicted", "page"
SITE_NOTE = shipped.NOTE


def mistake_explorer(
    images: np.ndarray | Tensor,
    predictions: Predictions,
    class_names: Sequence[str],
    *,
    title: str = "",
) -> Explorer:
    """Show the images that a network takes for something else.

    images: shape (N, 1, H, W) or (N, 3, H, W), uint8. predictions: for these, in this
    order, from `evaluation.predict`. title: say the data set here. ValueError if they
    do not belong together. It begins with the most frequent confusion.
    """
    images, names = as_predicted(images, predictions, class_names)
    about = images, predictions, names, as_text("title", title)
    state = Mistakes(*_most_frequent(predictions, len(names)), 0, 1, *about)
    return Explorer("Explorer of mistakes", state)


def on_site() -> Explorer:
    data = shipped.pictures()
    shown = data.test_images, shipped.predictions(data), data.class_names
    return mistake_explorer(*shown)


def _most_frequent(said: Predictions, classes: int) -> tuple[int, int]:
    counts = confusion_matrix(said.targets, said.predicted, num_classes=classes)
    np.fill_diagonal(counts, 0)
    true, predicted = map(int, np.unravel_index(counts.argmax(), counts.shape))
    return (true, predicted) if counts.any() else (ANY, ANY)


def _classes(state: "Mistakes") -> list[tuple[str, int]]:
    return [("any", ANY), *((name, i) for i, name in enumerate(state.names))]


@dataclass(frozen=True)
class Mistakes(State):
    true: int = menu("true class", _classes, start=ANY)
    predicted: int = menu("predicted as", _classes, start=ANY)
    sure: int = slider("sure at least, in %", range(0, 101, 5))
    page: int = slider("page", lambda self: range(1, self.pages + 1), start=1)
    images: np.ndarray = given()
    said: Predictions = given()
    names: tuple[str, ...] = given(())
    title: str = given("")

    @cached_property
    def percent(self) -> np.ndarray:
        """How sure the network was of each prediction."""
        return np.rint(100 * self.said.confidence).astype(int)

    @cached_property
    def chosen(self) -> np.ndarray:
        """Indices of the mistakes that are asked for, the surest first."""
        found, said = self.said.mistakes(), self.said
        keep = self.percent[found] >= self.sure
        keep &= (self.true == ANY) | (said.targets[found] == self.true)
        keep &= (self.predicted == ANY) | (said.predicted[found] == self.predicted)
        return found[keep]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.chosen) // PAGE))

    @property
    def shown(self) -> np.ndarray:
        return self.chosen[PAGE * (self.page - 1) : PAGE * self.page]

    def settled(self, moved: str) -> "Mistakes":
        return self if moved == "page" else replace(self, page=1)

    def scene(self) -> Scene:
        page, shown = Page(), self.shown
        page.write([self.headline()], y=14, size=17, bold=True, width=ROOM)
        page.write([self.title], size=12, colour=QUIET, width=ROOM)
        captions = [self.caption(i) for i in shown]
        page.gallery(self.images[shown], captions, columns=PAGE // 2, side=84)
        page.put([] if len(shown) else [self.advice()], page.y)
        return page.scene(self.headline(), height=page.y + 13 * LINE)

    def caption(self, i: int) -> list[tuple[str, str]]:
        true, said = self.said.targets[i], self.said.predicted[i]
        return [
            (self.names[true], INK),
            (f"said {self.names[said]}", WINDOW),
            (f"{self.percent[i]}% sure", QUIET),
        ]

    def headline(self) -> str:
        count, first = len(self.chosen), PAGE * (self.page - 1) + 1
        images = {0: "no image", 1: "1 image"}.get(count, f"{count:,} images")
        sure = f", at least {self.sure}% sure" if self.sure else ""
        part = f", showing {first}–{first + len(self.shown) - 1}" * (count > PAGE)
        return f"{self.confusion()}{sure}: {images}{part}"

    def confusion(self) -> str:
        if self.true == self.predicted == ANY:
            return "All mistakes"
        true = "Anything else" if self.true == ANY else self.names[self.true]
        said = "anything else" if self.predicted == ANY else self.names[self.predicted]
        return f"{true} taken for {said}"

    def advice(self) -> str:
        if not len(self.said.mistakes()):
            return f"All {len(self.images):,} predictions are right."
        if self.true == self.predicted != ANY:
            return "A class taken for itself is no mistake: choose two classes."
        if len(replace(self, sure=0).chosen):
            move = "move “sure at least” to the left"
            return f"Nowhere was the network that sure: {move}."
        return "This never happened: choose another class, or any."
