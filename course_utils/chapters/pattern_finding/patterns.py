"""Look for a motif in a picture, by the dot product and by the cosine."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course_utils.colours import QUIET, SERIES, WINDOW
from course_utils.convolution import Matrix, conv2d, cosine_map
from course_utils.kit.explorer import Explorer, State, menu, slider
from course_utils.kit.page import LEFT, LINE, Grid, Page, Place, products, signed, size
from course_utils.kit.scene import Box, Scene
from course_utils.lettering import format_number

# Each is the kernel, too; the square differs from the patch in brightness only.
MOTIFS: dict[str, Matrix] = {
    "cross": ((0, 1, 0), (1, 1, 1), (0, 1, 0)),
    "corner": ((1, 0, 0), (1, 0, 0), (1, 1, 1)),
    "diagonal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "letter T": ((1, 1, 1), (0, 1, 0), (0, 1, 0)),
    "ring": ((1, 1, 1), (1, 0, 1), (1, 1, 1)),
    "square": ((1, 1, 1), (1, 1, 1), (1, 1, 1)),
}
SIDE, MOTIF_SIDE, BRIGHTEST = 8, 3, 9
LAST = SIDE - MOTIF_SIDE  # the last row and column where a motif may begin
PATCH = (4, 4)  # corner of the bright patch, which is as large as a motif

CELL, TOP, GAP = 36, 34, 32
KERNEL_TOP = TOP + SIDE * CELL + 44
WORDS_LEFT, WORDS_TOP = LEFT + MOTIF_SIDE * CELL + 28, KERNEL_TOP + CELL / 2
ROOTS = "The roots are the lengths of kernel and window."
FOUND = SERIES[0], SERIES[2]  # by the dot product, and by the cosine
SITE_MOVES = "motif", "row", "column"


def pattern_explorer() -> Explorer:
    """Show what a kernel finds: by the dot product, and by the cosine."""
    note = "Point at a score to see its window."
    return Explorer("Pattern explorer", Patterns(), note=note)


@dataclass(frozen=True)
class Patterns(State):
    motif: str = menu("motif", [*MOTIFS], start="cross")
    brightness: int = slider("its brightness", range(1, BRIGHTEST + 1), start=3)
    row: int = slider("its row", range(LAST + 1), start=1)
    column: int = slider("its column", range(LAST + 1), start=1)

    @property
    def kernel(self) -> np.ndarray:
        return np.array(MOTIFS[self.motif])

    @property
    def place(self) -> Place:
        return self.row, self.column

    @cached_property
    def pixels(self) -> np.ndarray:
        """The picture; where motif and patch overlap, the brighter one is seen."""
        pixels = np.zeros((SIDE, SIDE), dtype=int)
        _window(pixels, PATCH)[:] = BRIGHTEST
        under = _window(pixels, self.place)
        np.maximum(under, self.brightness * self.kernel, out=under)
        return pixels

    @cached_property
    def dots(self) -> np.ndarray:
        return conv2d(self.pixels, self.kernel)

    @cached_property
    def cosines(self) -> np.ndarray:
        return cosine_map(self.pixels, self.kernel)

    @cached_property
    def winners(self) -> list[list[Place]]:
        """Where each score is highest: in several places if equal up to rounding."""
        maps = self.dots, self.cosines
        highest = [np.argwhere(np.isclose(scores, scores.max())) for scores in maps]
        return [list(map(tuple, places.tolist())) for places in highest]

    def scene(self) -> Scene:
        page, (picture, kernel, dots, cosines) = Page(), self.grids
        page.title(picture, dots, cosines, kernel)
        page.add(picture.numbers(), kernel.numbers())
        for place in np.ndindex(self.dots.shape):
            self.draw_scores(page, place)
        page.y = dots.bottom + LINE
        for text, colour in zip(self.headlines(), FOUND):
            page.write([text], x=dots.x, size=15, colour=colour, bold=True)
        words, note = page.text(self.comparison(), WORDS_TOP, WORDS_LEFT), 2 * LINE
        words += page.text([ROOTS], WORDS_TOP + note, WORDS_LEFT, size=13, colour=QUIET)
        # The inner frame stays visible where both scores find the same window.
        found = zip(self.winners, FOUND, (1.5, 6))
        frames = [self.frame(spot, *look) for spots, *look in found for spot in spots]
        page.rest([*frames, *words])
        return page.scene(" ".join(self.headlines()), height=kernel.bottom + 8)

    @cached_property
    def grids(self) -> tuple[Grid, Grid, Grid, Grid]:
        """The picture, the kernel below it, and beside it both scores."""
        kernel, dots, cosines = self.kernel, self.dots, self.cosines
        shades = signed(dots, BRIGHTEST * kernel.sum()), signed(cosines, 1)

        def grey(*place: int) -> str:
            return "#" + f"{30 + 225 * int(self.pixels[place]) // BRIGHTEST:02x}" * 3

        def written(*place: int) -> str:
            return f"{cosines[place]:.2f}" if cosines[place] else "0"

        grids = (
            Grid(self.pixels, f"picture {size(self.pixels)}", grey),
            Grid(kernel, f"kernel {size(kernel)}", signed(kernel)),
            Grid(dots, f"dot product {size(dots)}", shades[0], largest=13),
            Grid(cosines, f"cosine {size(cosines)}", shades[1], written, largest=13),
        )
        x = grids[0].place(LEFT, TOP, CELL).right + GAP
        grids[1].place(LEFT, KERNEL_TOP, CELL)
        grids[3].place(grids[2].place(x, TOP, CELL).right + GAP, TOP, CELL)
        return grids

    def draw_scores(self, page: Page, place: Place) -> None:
        """Draw both scores of a window, framed where they are the highest."""
        words, spot, target, shown = self.words(place), [[i] for i in place], [], []
        for grid, colour, winners in zip(self.grids[2:], FOUND, self.winners):
            target += grid.number(place)
            if place in winners:
                target += grid.frame(*spot, colour=colour, width=3)
            shown += grid.frame(*spot, width=3)
        shown += page.text(words, WORDS_TOP, WORDS_LEFT)
        page.hover(target, [self.frame(place), *shown], *words)

    def frame(self, place: Place, colour: str = WINDOW, inset: float = 1.5) -> Box:
        spans = (range(i, i + MOTIF_SIDE) for i in place)
        return self.grids[0].frame(*spans, colour=colour, width=3, inset=inset)[0]

    def headlines(self) -> list[str]:
        scores = f"{self.dots.max()}", f"{self.cosines.max():.2f}"
        names = zip(("Dot product", "Cosine"), self.winners, scores)
        return [f"{name}: {self.names(found)} {score}." for name, found, score in names]

    def names(self, winners: list[Place]) -> str:
        # The patch comes last, since it covers the motif where both are in one place.
        known = {self.place: "the motif", PATCH: "the bright patch"}
        names = [known.get(place, f"window {list(place)}") for place in winners]
        found = f"{len(names)} windows" if len(names) > 2 else " and ".join(names)
        return f"{found} tie at" if names[1:] else f"{found} wins with"

    def comparison(self) -> list[str]:
        lines = []
        for name, place in (("Bright patch", PATCH), ("Motif", self.place)):
            scores = f"dot product {self.dots[place]}; {self.cosine_in_words(place)}"
            lines.append(f"{name}, window {list(place)}: {scores}")
        covered = "The patch covers the motif."
        return [lines[0], covered if self.place == PATCH else lines[1]]

    def words(self, place: Place) -> list[str]:
        terms = products(self.kernel.flat, _window(self.pixels, place).flat)
        return [
            f"Window {list(place)}:",
            f"dot product {terms} = {self.dots[place]}",
            self.cosine_in_words(place),
        ]

    def cosine_in_words(self, place: Place) -> str:
        a, b = (np.vdot(v, v) for v in (self.kernel, _window(self.pixels, place)))
        if not b:
            return "cosine 0: a window of zeros has no direction"
        dot, cosine = self.dots[place], f"{self.cosines[place]:.2f}"
        lengths = format_number(round(float(np.sqrt(a * b)), 9))
        return f"cosine {dot} / (√{a} · √{b}) = {dot} / {lengths} = {cosine}"


def _window(pixels: np.ndarray, place: Place) -> np.ndarray:
    row, column = place
    return pixels[row : row + MOTIF_SIDE, column : column + MOTIF_SIDE]
