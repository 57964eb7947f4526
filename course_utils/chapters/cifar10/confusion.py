"""Choose a cell of the confusion matrix and see the images in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from torch import Tensor

from course_utils.arguments import as_text
from course_utils.colours import MAGNITUDE, PAPER, QUIET
from course_utils.evaluation import Predictions, confusion_matrix
from course_utils.kit import shipped
from course_utils.kit.explorer import Explorer, State, given, menu, slider, switch
from course_utils.kit.page import CLEAR, LEFT, LINE, WIDTH, Grid, Page, Place
from course_utils.kit.photos import as_predicted
from course_utils.kit.scene import Label, Line, Part, Scene
from course_utils.lettering import fitted, shortened, told_apart

PAGE = 16  # images shown at most
MOST_CLASSES = 20  # more would not leave room for the numbers
AREA, ACROSS, TOP = 384, 92, 56  # the side of the matrix, and its corner
RIGHT, BELOW = 492, TOP + AREA + 22  # where the images begin, and a cell's words
SHADES = [to_hex(c) for c in colormaps[MAGNITUDE](np.linspace(0, 1, 256))]
SITE_MOVES = "rank", "by_row", "unsure"
SITE_NOTE = shipped.NOTE


def confusion_explorer(
    images: np.ndarray | Tensor,
    predictions: Predictions,
    class_names: Sequence[str],
    *,
    title: str = "",
) -> Explorer:
    """Show a confusion matrix, and the images behind each of its cells.

    images: shape (N, 1, H, W) or (N, 3, H, W), uint8. predictions: for these, in this
    order, from `evaluation.predict`. class_names: 20 at most. title: say the data set
    here. ValueError if they do not belong together. It begins with the most frequent
    confusion.
    """
    images, names = as_predicted(images, predictions, class_names)
    if len(names) > MOST_CLASSES:
        raise ValueError(
            f"there are {len(names)} classes; the grid has room for "
            f"{MOST_CLASSES}. Look at the largest confusions instead: "
            "course_utils.evaluation.largest_confusions"
        )
    said, k = predictions, len(names)
    counts = confusion_matrix(said.targets, said.predicted, num_classes=k)
    state = Confusion(images=images, said=said, names=names, counts=counts)
    note = f"<b>{escape(as_text('title', title))}</b>" if title else ""
    return Explorer("Confusion explorer", state.after("rank", 1), note=note)


def on_site() -> Explorer:
    data = shipped.pictures()
    shown = data.test_images, shipped.predictions(data), data.class_names
    return confusion_explorer(*shown)


def _classes(state: "Confusion") -> list[tuple[str, int]]:
    return [(name, i) for i, name in enumerate(state.names)]


@dataclass(frozen=True)
class Confusion(State):
    true: int = menu("true class", _classes, start=0)
    predicted: int = menu("predicted class", _classes, start=0)
    rank: int = slider(
        "most confused", lambda self: range(1, max(len(self.ranked), 1) + 1), start=1
    )
    by_row: bool = switch("in % of the row")
    unsure: bool = switch("least sure first")
    images: np.ndarray = given()
    said: Predictions = given()
    names: tuple[str, ...] = given(())
    counts: np.ndarray = given()  # row: the true class

    @cached_property
    def shares(self) -> np.ndarray:
        """The counts as fractions of their row; 0 in a row without images."""
        return self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)

    @cached_property
    def mistakes(self) -> np.ndarray:
        """What the colours and the ranking go by: counts or shares, no diagonal."""
        values = self.shares if self.by_row else self.counts
        return values * ~np.eye(len(self.names), dtype=bool)

    @property
    def cell(self) -> Place:
        return self.true, self.predicted

    @cached_property
    def ranked(self) -> list[Place]:
        """The confusions that happened, the most frequent first."""
        order = np.argsort(-self.mistakes, axis=None, kind="stable")
        places = zip(*np.unravel_index(order, self.mistakes.shape))
        return [(int(i), int(j)) for i, j in places if self.mistakes[i, j]]

    @cached_property
    def chosen(self) -> np.ndarray:
        """Indices of the images in the chosen cell, in the order wanted."""
        true, sign = self.said.targets == self.true, 1 if self.unsure else -1
        found = np.flatnonzero(true & (self.said.predicted == self.predicted))
        return found[np.argsort(sign * self.said.confidence[found], kind="stable")]

    def settled(self, moved: str) -> "Confusion":
        """Keep the stepper and the chosen cell together."""
        if moved == "rank" and self.ranked:
            true, predicted = self.ranked[self.rank - 1]
            return replace(self, true=true, predicted=predicted)
        if self.cell in self.ranked:
            return replace(self, rank=self.ranked.index(self.cell) + 1)
        return self

    def scene(self) -> Scene:
        page, unit = Page(), "% of the row" if self.by_row else "images"
        self.draw_matrix(page)
        legend = [
            f"rows: what it is; columns: what the network says; in {unit}",
            "Point at a cell to read it; choose it above to see its images.",
        ]
        page.put(legend, BELOW + 2 * LINE, size=12, colour=QUIET)
        self.draw_images(page)
        said = ": ".join(self.words(*self.cell))
        return page.scene("Confusion matrix", said, height=BELOW + 4 * LINE)

    def draw_matrix(self, page: Page) -> None:
        """Draw the matrix; a cell pointed at frames its row and column, and speaks."""
        side, every = AREA / len(self.names), range(len(self.names))
        look = {"bold": lambda i, j: i == j, "largest": 0.36 * side}
        matrix = Grid(self.counts, "", self.colour, text=self.number, **look)
        matrix.place(ACROSS, TOP, side)
        page.add(*(self.name(matrix, i) for i in every), matrix.numbers())
        for i, j in np.ndindex(self.counts.shape):  # over all cells: frames stay whole
            target = replace(matrix.number((i, j))[0], fill=CLEAR, stroke="none")
            row = matrix.frame([i], every, width=3, inset=0)
            column = matrix.frame(every, [j], width=3, inset=0)
            shown = (*row, *column, *self.said_below(i, j))
            page.hover([target], shown, ": ".join(self.words(i, j)))
        page.add(matrix.frame([self.true], [self.predicted], inset=0))
        page.rest(self.said_below(*self.cell))

    def draw_images(self, page: Page) -> None:
        title, count = self.words(*self.cell)
        room = {"x": RIGHT, "width": WIDTH - RIGHT - LEFT}
        page.put([title], 14, size=15, bold=True, **room)
        page.put([count], 34, size=13, **room)
        page.put([self.about_images()], 54, size=12, colour=QUIET, **room)
        page.y, shown = 76, self.chosen[:PAGE]
        captions = [[(f"{100 * self.said.confidence[i]:.0f}%", QUIET)] for i in shown]
        look = {"columns": 4, "side": 72, "x": RIGHT - 4, "size": 12}
        page.gallery(self.images[shown], captions, **look)

    def name(self, matrix: Grid, i: int) -> list[Part]:
        """Name a row, and a column: these by turns on two lines, for want of room."""
        (x, _), (_, y) = matrix.at(0, i + 0.5), matrix.at(i + 0.5, 0)
        above = 12 if i % 2 == 0 else 32
        row_size, row = fitted(self.short(ACROSS - 8)[i], 12, ACROSS - 8)
        room = min(2 * matrix.width, 2 * (RIGHT - 2 - x))
        column_size, column = fitted(self.short(room)[i], 12, room)
        return [
            Label(ACROSS - 8, y, row, row_size, anchor="end"),
            Label(x, above, column, column_size),
            Line(((x, above + 9), (x, TOP - 3)), QUIET),
        ]

    def short(self, room: float) -> list[str]:
        return told_apart(self.names, lambda name: shortened(name, 8, room))

    def colour(self, i: int, j: int) -> str:
        # The diagonal would outshine the mistakes, which are the point.
        most = self.mistakes.max() or 1
        return PAPER if i == j else SHADES[round(self.mistakes[i, j] / most * 255)]

    def number(self, i: int, j: int) -> str:
        count, share = self.counts[i, j], self.shares[i, j]
        number = f"{100 * share:.1f}" if self.by_row else f"{count}"
        return number if count else ""

    def said_below(self, i: int, j: int) -> list[Label]:
        return Page.text(self.words(i, j), BELOW, bold=True, width=RIGHT - 2 * LEFT)

    def words(self, i: int, j: int) -> tuple[str, str]:
        names, count, row = self.names, self.counts[i, j], self.counts[i].sum()
        title = names[i] + (", recognised" if i == j else f" taken for {names[j]}")
        if not row:
            return title, f"No image is of the class {names[i]}."
        return title, f"{count:,} of {row:,} ({self.shares[i, j]:.1%})"

    def about_images(self) -> str:
        count, which = len(self.chosen), "least sure" if self.unsure else "surest"
        if count > PAGE:
            return f"the {PAGE} {which}, with the network's confidence"
        few = {0: "no picture here", 1: "the only one, with the network's confidence"}
        return few.get(count, f"all {count}, the {which} first, with confidence")
