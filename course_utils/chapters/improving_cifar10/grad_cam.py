"""See where in an image a network finds what speaks for a class: Grad-CAM."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from torch import nn

from course_utils.chapters.improving_cifar10.inspected import Inspected
from course_utils.colours import INK, MAGNITUDE, QUIET, SERIES, WINDOW
from course_utils.data import ImageData
from course_utils.kit import shipped
from course_utils.kit.explorer import Explorer, State, given, menu, slider, switch
from course_utils.kit.page import LEFT, ROOM, Page, photo
from course_utils.kit.photos import colour_scale, enlarge, paint
from course_utils.kit.scene import Box, Scene

PREDICTED, TRUE = -1, -2  # the class that the network names, and the right one
SIDE, PITCH, TOP = 192, 200, 42  # of a panel, from one to the next, where they start
BARS, NAME, LONGEST = 610, 82, 60  # where bars begin, a name's room, the longest bar
SHOWN = 10  # classes that get a bar, at most
DARKEST = 0.15  # how bright the image stays where there is no heat
SITE_MOVES = "place", "explained"
SITE_NOTE = shipped.NOTE


def grad_cam_explorer(model: nn.Module, data: ImageData) -> Explorer:
    """Show which parts of an image speak for a class, in any layer of a network.

    model: maps normalised images (N, C, H, W) to logits (N, K); a copy is shown. data:
    300 of its test images can be chosen. ValueError if they do not belong together, or
    no layer returns maps. It begins with the first mistake, in the last convolution.
    Selvaraju et al., "Grad-CAM" (2017), section 3.
    """
    inside = Inspected(model, data)
    convolutions = [name for name, kind in inside.kinds.items() if "Conv" in kind]
    layer, found = (convolutions or [*inside.layers])[-1], bool(inside.mistakes)
    state = GradCam(layer=layer, mistakes=found, inside=inside)
    explorer = Explorer("Explorer of Grad-CAM", state)
    explorer.widgets["mistakes"].disabled = not found
    return explorer


def on_site() -> Explorer:
    return grad_cam_explorer(shipped.trained_network(), shipped.pictures(120))


@dataclass(frozen=True)
class GradCam(State):
    place: int = slider("image", lambda self: range(len(self.listed)))
    mistakes: bool = switch("only mistakes")
    explained: int = menu("class", lambda self: self.classes(), start=PREDICTED)
    layer: str = menu("layer", lambda self: self.inside.menu(), start="")
    inside: Inspected = given()

    def after(self, name: str, value: Any) -> "GradCam":
        """Stay at the same image, or the next one listed, where the list changes."""
        after = super().after(name, value)
        if name != "mistakes":
            return after
        place = int(np.searchsorted(after.listed, self.image))
        return replace(after, place=min(place, len(after.listed) - 1))

    def classes(self) -> list[tuple[str, int]]:
        special = [("the predicted one", PREDICTED), ("the true one", TRUE)]
        return special + [(name, i) for i, name in enumerate(self.inside.class_names)]

    @property
    def listed(self) -> Sequence[int]:
        """The images that the slider runs over."""
        return self.inside.mistakes if self.mistakes else range(self.inside.count)

    @property
    def image(self) -> int:
        return self.listed[self.place]

    @property
    def target(self) -> int:
        return self.inside.target(self.image)

    @property
    def probabilities(self) -> np.ndarray:
        return self.inside.said(self.image)

    @property
    def predicted(self) -> int:
        return int(self.probabilities.argmax())

    @property
    def number(self) -> int:
        """The class that is explained."""
        special = {PREDICTED: self.predicted, TRUE: self.target}
        return special.get(self.explained, self.explained)

    @property
    def heat(self) -> np.ndarray:
        """Where the class is found, shape (h, w), not negative."""
        return self.inside.heat(self.image, self.number, self.layer)

    @property
    def limit(self) -> float:
        """The end of the colour scale: the hottest cell."""
        return float(self.heat.max()) or 1.0

    @cached_property
    def lit(self) -> np.ndarray:
        """The image, darkened where there is little heat."""
        image = self.inside.image(self.image)
        heat = enlarge(self.heat / self.limit, image.shape[1:], smooth=True)
        return (image * (DARKEST + (1 - DARKEST) * heat)).astype(np.uint8)

    def scene(self) -> Scene:
        page, panels = Page(), self.panels()
        for i, (title, words, picture) in enumerate(panels):
            x = LEFT + i * PITCH
            page.put([title], 12, x, bold=True, width=SIDE)
            page.put([words], 30, x, size=12, colour=QUIET, width=SIDE)
            page.add(photo(picture, x, TOP, SIDE))
        page.y = TOP + SIDE + 14
        page.add(colour_scale(LEFT + PITCH, page.y, SIDE, self.limit, MAGNITUDE))
        self.draw_bars(page)
        sentences = [self.verdict(), self.about_heat()]
        page.write(sentences, y=page.y + 36, width=ROOM)
        return page.scene(*(title for title, *_ in panels), *sentences)

    def panels(self) -> list[tuple[str, str, np.ndarray]]:
        name, (height, width) = self.name(self.number), self.heat.shape
        number, image = self.inside.numbers[self.image], self.inside.image(self.image)
        kind = "mistake" if self.mistakes else "image"
        place = f"{kind} {self.place + 1} of {len(self.listed)}"
        where = f"layer {self.layer}, {height} × {width} cells"
        return [
            (f"test image {number:,}", f"{self.name(self.target)}, {place}", image),
            (f"heat for {name}", where, paint(self.heat, self.limit, MAGNITUDE)),
            ("lit by the heat", f"where it finds {name}", self.lit),
        ]

    def draw_bars(self, page: Page) -> None:
        head, shown, x = "probability", range(len(self.probabilities)), BARS + NAME
        if len(shown) > SHOWN:
            head = f"the {SHOWN} likeliest"
            shown = np.argsort(-self.probabilities, kind="stable")[:SHOWN]
        page.put([head], 12, BARS, bold=True)
        page.put(["orange: explained"], 30, BARS, size=12, colour=WINDOW)
        for row, number in enumerate(shown):
            y, share = TOP + SIDE / SHOWN * (row + 0.5), self.probabilities[number]
            ink, fill = (WINDOW,) * 2 if number == self.number else (INK, SERIES[0])
            look = {"size": 12, "bold": number == self.target, "width": NAME - 4}
            page.put([self.name(number)], y, BARS, colour=ink, **look)
            length = max(1, LONGEST * float(share))
            page.add(Box(x, y - 6, length, 12, fill))
            page.put([f"{share:.0%}"], y, x + length + 5, size=12, colour=QUIET)
        page.put(["bold: what it is"], page.y, BARS, size=12)

    def name(self, number: int) -> str:
        return self.inside.class_names[number]

    def verdict(self) -> str:
        said, right = self.predicted, self.target
        sure, share = (f"{self.probabilities[i]:.0%}" for i in (said, right))
        verdict = f"The network says {self.name(said)}, {sure} sure"
        if said == right:
            return f"{verdict}, and is right."
        return f"{verdict}. Right would be {self.name(right)}: {share}."

    def about_heat(self) -> str:
        heat, name = self.heat, self.name(self.number)
        if not heat.any():
            return f"Nothing here speaks for {name}: every weighted sum is 0 or less."
        falling = np.sort(heat, axis=None)[::-1].cumsum()
        half = int(np.searchsorted(falling, falling[-1] / 2)) + 1
        row, column = np.unravel_index(heat.argmax(), heat.shape)
        where = f"Half of the heat for {name} lies in {half} of {heat.size} cells"
        return f"{where}. Hottest: row {row}, column {column}, {heat.max():.2g}."
