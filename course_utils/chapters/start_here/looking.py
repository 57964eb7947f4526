"""A small trained network looks at a picture; cover, shift or change what it sees."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.arguments import as_names, as_targets
from course_utils.colours import INK, MAGNITUDE, QUIET, SERIES, SIGNED, WINDOW
from course_utils.data import read_image
from course_utils.kit import shipped
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.page import LEFT, Grid, Page, photo
from course_utils.kit.photos import as_images, paint
from course_utils.kit.scene import Box, Label, Line, Scene
from course_utils.measured import ASSETS
from course_utils.models import as_model, explained

SIDE, MIDDLE = 28, 14
WAYS = "as they are", "mirrored", "upside down", "inverted: black for white", "shuffled"
PIXELS = {words: words.partition(":")[0] for words in WAYS}
LARGE, TOP, MAP, BARS = 224, 44, 256, 604  # side and top of pictures; left edges
LONGEST, ROW = 140, 24
KERNEL, PITCH = 54, 60
SITE_MOVES = "image", "pixels", "right"


def looking_explorer(
    model: nn.Module,
    images: np.ndarray | Tensor,
    class_names: Sequence[str],
    targets: Sequence[int | None] = (),
) -> Explorer:
    """Show what a trained network sees and says, while its picture is changed.

    model: begins with a convolution and a ReLU, maps (N, 1, 28, 28) in [0, 1] to
    logits; a copy is shown. images: uint8, shape (N, 1, 28, 28). targets: the class of
    each, None where it has none. ValueError if they do not belong together.
    """
    as_model("model", model)
    images = as_images(images, ", such as data.test_images")
    if images.shape[1:] != (1, SIDE, SIDE):
        raise ValueError(f"images have shape {images.shape}; expected (N, 1, 28, 28)")
    layers = [*model][:2] if isinstance(model, nn.Sequential) else [model]
    found = [type(layer) for layer in layers]
    if found != [nn.Conv2d, nn.ReLU] or layers[0].in_channels != 1:
        begins = " and ".join(kind.__name__ for kind in found)
        expected = "expected an nn.Sequential that begins with Conv2d(1, …) and ReLU"
        raise ValueError(f"the model begins with {begins}; {expected}")
    model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    names = as_names("class_names", class_names, None)
    if isinstance(targets, tuple) and not targets:
        targets = [None] * len(images)
    targets = as_targets(targets, len(images), len(names))
    state = Looking(images=images, model=model, names=names, targets=targets)
    with explained(model, inputs(images[0, 0])):
        state.before  # noqa: B018
    if len(state.before) != len(names):
        raise ValueError(
            f"the model has {len(state.before)} logits but there are {len(names)} names"
        )
    return Explorer("Explorer of a network that looks", state)


def on_site() -> Explorer:
    data, network = shipped.pictures(9), shipped.trained_network()
    bottle = 255 - read_image(ASSETS / "pictures" / "bottle.jpg", size=SIDE, channels=1)
    chosen = [*range(6), 8]  # The last one it takes for something else.
    pictures = torch.cat([bottle[None], data.test_images[chosen]])
    targets = [None, *data.test_targets[chosen].tolist()]
    return looking_explorer(network, pictures, data.class_names, targets)


@dataclass(frozen=True)
class Looking(State):
    image: int = slider("image", lambda self: range(len(self.images)))
    kernel: int = slider("kernel", lambda self: range(len(self.kernels)))
    pixels: str = menu("pixels", PIXELS, start="as they are")
    right: int = slider("shift right", range(-12, 13))
    cover: int = slider("cover: side", range(0, 21, 2))
    row: int = slider("cover: row", lambda self: self.places, start=MIDDLE)
    column: int = slider("cover: column", lambda self: self.places, start=MIDDLE)
    images: np.ndarray = given()
    model: nn.Module = given()
    names: tuple[str, ...] = given(())
    targets: Sequence[int | None] = given(())

    @property
    def places(self) -> range:
        return range(SIDE) if self.cover else range(MIDDLE, MIDDLE + 1)

    @property
    def kernels(self) -> np.ndarray:
        return self.model[0].weight[:, 0].numpy()

    @cached_property
    def seen(self) -> np.ndarray:
        """What the network gets, shape (28, 28), uint8."""
        pixels = changed(self.images[self.image, 0], self.pixels)
        padded = np.pad(pixels, ((0, 0), (SIDE, SIDE)))  # What comes in is black.
        seen = padded[:, SIDE - self.right : 2 * SIDE - self.right]
        seen[np.ix_(*self.covered)] = 0
        return seen

    @property
    def covered(self) -> list[range]:
        """The rows and the columns of the square that is black."""
        half, middle = self.cover // 2, (self.row, self.column)
        return [range(max(0, at - half), min(SIDE, at + half)) for at in middle]

    def says(self, image: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.model(inputs(image)).softmax(dim=1)[0].numpy()

    @cached_property
    def before(self) -> np.ndarray:
        return self.says(self.images[self.image, 0])

    @cached_property
    def now(self) -> np.ndarray:
        return self.says(self.seen)

    @cached_property
    def maps(self) -> np.ndarray:
        """Where each first kernel finds its pattern, after ReLU, shape (K, h, w)."""
        with torch.no_grad():
            return self.model[1](self.model[0](inputs(self.seen)))[0].numpy()

    def scene(self) -> Scene:
        page, lines = Page(), self.lines()
        page.put(["what the network gets"], 20, bold=True)
        page.add(photo(self.seen[None], LEFT, TOP, LARGE))
        if self.cover:
            seen = Grid(self.seen).place(LEFT, TOP, LARGE / SIDE)
            page.add(seen.frame(*self.covered, width=2, inset=0))
        title = f"what kernel {self.kernel} finds in it"
        page.put([title], 20, MAP, colour=WINDOW, bold=True)
        most = float(np.quantile(self.maps, 0.995)) or 1.0
        page.add(photo(paint(self.maps[self.kernel], most, MAGNITUDE), MAP, TOP, LARGE))
        self.draw_answers(page)
        self.draw_kernels(page, TOP + LARGE + 28)
        page.write(lines, y=TOP + LARGE + 130, size=15)
        return page.scene(*lines)

    def draw_answers(self, page: Page) -> None:
        """Draw a bar for each class, and a line where it ended before the changes."""
        page.put(["what it says"], 20, BARS - 92, bold=True)
        for number, name in enumerate(self.names):
            y, best = TOP + 10 + number * ROW, number == self.now.argmax()
            length, mark = (LONGEST * float(p[number]) for p in (self.now, self.before))
            colour = WINDOW if best else SERIES[0]
            page.add(Label(BARS - 6, y, name, 13, INK, bool(best), "end"))
            page.add(Box(BARS, y - 8, round(length, 1), 16, colour))
            x = round(BARS + mark, 1)
            page.add(Line(((x, y - 10), (x, y + 10)), INK, 2))
            page.add(Label(798, y, f"{self.now[number]:.0%}", 12, QUIET, anchor="end"))

    def draw_kernels(self, page: Page, top: float) -> None:
        words = "the first layer's kernels: red adds, blue subtracts"
        page.put([words], top, size=13, colour=QUIET)
        words = "black line: the answer before you touched anything"
        page.put([words], top, BARS - 140, size=12, colour=QUIET)
        for number, kernel in enumerate(self.kernels):
            limit = float(np.abs(kernel).max()) or 1.0
            x, y = LEFT + number * PITCH, top + 18
            page.add(photo(paint(kernel, limit, SIGNED), x, y, KERNEL))
            if number == self.kernel:
                page.add(Box(x - 1, y - 1, KERNEL + 2, KERNEL + 2, "none", WINDOW, 3))

    def lines(self) -> list[str]:
        names, answers = self.names, (self.before, self.now)
        said, says = (f"{names[p.argmax()]}, {p.max():.0%} sure" for p in answers)
        has_changed = self.before.argmax() != self.now.argmax()
        verdict = "It has changed its mind." if has_changed else "It stays with that."
        target, image = self.targets[self.image], f"Image {self.image}"
        if target is not None:
            image += f" ({self.names[target]})"
        if np.array_equal(self.seen, self.images[self.image, 0]):
            return [f"{image}: {said}.", "Nothing is changed yet."]
        return [f"{image} as it is: {said}.", f"Now: {says}. {verdict}"]


def inputs(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image / np.float32(255))[None, None]


def changed(image: np.ndarray, pixels: str) -> np.ndarray:
    """Return an image's pixels in another order, or in the opposite greys."""
    if pixels == "shuffled":
        order = np.random.default_rng(0).permutation(image.size)
        return image.ravel()[order].reshape(image.shape)
    ways = {"mirrored": image[:, ::-1], "upside down": image[::-1]}
    return (ways | {"inverted": 255 - image}).get(pixels, image)
