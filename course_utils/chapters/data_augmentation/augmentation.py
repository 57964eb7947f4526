"""Change one picture at random, eight times, and ask whether its label still holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import NamedTuple

import numpy as np
import torch
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from course_utils import augment
from course_utils.arguments import as_names
from course_utils.colours import QUIET, WINDOW
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.page import LEFT, LINE, ROOM, Page, photo
from course_utils.kit.photos import as_images
from course_utils.kit.scene import Scene

DRAWS, LUCK = 8, 4  # times that the picture is changed, and numbers drawn for each
MOST = 100  # pictures that a menu can list
SIDE = 64  # of the course's own pictures, in pixels
ORIGINAL, RIGHT = 160, 184  # side of the picture itself; where its versions begin

# --------------------------------------------------- what can be done to a picture
# Each change gets numbers drawn evenly from [0, 1), the same at every strength, so that
# a stronger change is more of the same. It says what was drawn for each picture.

Changed = tuple[Tensor, list[str]]


def _crop(images: Tensor, luck: Tensor, padding: int) -> Changed:
    down, right = padding - (luck[:, :2] * (2 * padding + 1)).long().T
    return _moved(images, right, down)


def _translate(images: Tensor, luck: Tensor, percent: int) -> Changed:
    share = (2 * luck[:, :2] - 1) * percent / 100
    down, right = (share * torch.tensor(images.shape[2:])).round().long().T
    return _moved(images, right, down)


def _moved(images: Tensor, right: Tensor, down: Tensor) -> Changed:
    """Move each picture, and say how far."""
    captions = []
    for x, y in zip(right.tolist(), down.tolist()):
        parts = [f"{'right' if x > 0 else 'left'} {abs(x)}"] if x else []
        parts += [f"{'down' if y > 0 else 'up'} {abs(y)}"] if y else []
        captions.append(", ".join(parts) or "not moved")
    return augment.translate(images, right, down), captions


def _flip(
    images: Tensor, luck: Tensor, percent: int, flip: Callable, words: str
) -> Changed:
    chosen = luck[:, 0] < percent / 100
    captions = [words if flipped else "as it was" for flipped in chosen.tolist()]
    return flip(images, chosen), captions


def _rotate(images: Tensor, luck: Tensor, most: int) -> Changed:
    degrees, captions = ((2 * luck[:, 0] - 1) * most).round(), []
    for angle in degrees.int().tolist():
        way = "anticlockwise" if angle > 0 else "clockwise"
        captions.append(f"{abs(angle)}° {way}" if angle else "not turned")
    return augment.rotate(images, degrees), captions


def _colours(images: Tensor, luck: Tensor, percent: int) -> Changed:
    share = (2 * luck - 1) * percent / 100
    brightness, contrast, saturation = 1 + share[:, :3].T
    images = augment.adjust_brightness(images, brightness)
    images = augment.adjust_contrast(images, contrast)
    captions = [f"B {b:.2f}   C {c:.2f}" for b, c in zip(brightness, contrast)]
    if images.shape[1] == 3:
        hue = share[:, 3] / 2
        images = augment.adjust_hue(augment.adjust_saturation(images, saturation), hue)
        more = [f"S {s:.2f}   H {360 * h:+.0f}°" for s, h in zip(saturation, hue)]
        captions = ["\n".join(lines).replace("-", "−") for lines in zip(captions, more)]
    return images, captions


def _cutout(images: Tensor, luck: Tensor, percent: int) -> Changed:
    size = round(min(images.shape[2:]) * percent / 100)
    centres = (luck[:, :2] * torch.tensor(images.shape[2:])).long()
    corner = (centres - size // 2).T
    erased = augment.erase(torch.ones_like(images[:, :1]), *corner, size) == 0
    found = zip(centres.tolist(), erased.float().mean((1, 2, 3)).tolist())
    captions = [f"row {y}, column {x}\n{share:.0%} erased" for (y, x), share in found]
    return augment.erase(images, *corner, size), captions


class Change(NamedTuple):
    """A random change of images: ``make(images, luck, strength)``.

    unit, start, most: of the strength. says: what it does; ``hue`` is the strength in
    degrees: 180 for 100 %. safe, unsafe: when the label holds, and when it does not.
    """

    make: Callable[[Tensor, Tensor, int], Changed]
    unit: str
    start: int
    most: int
    says: str
    safe: str
    unsafe: str


MIRROR = partial(_flip, flip=augment.horizontal_flip, words="left ↔ right")
TOPPLE = partial(_flip, flip=augment.vertical_flip, words="top ↔ bottom")
SITE_MOVES = "change", "image"
CHANGES = {
    "crop with padding": Change(
        *(_crop, "padding, pixels", 4, 16),
        "up to {} black pixels around it, then cut to its size again",
        "The label holds as long as enough of the object is left.",
        "A crop of a close-up may show a background that belongs to no class.",
    ),
    "horizontal flip": Change(
        *(MIRROR, "probability, %", 50, 100),
        "left and right change places with a probability of {} %",
        "A cat in a mirror is a cat: the label holds for most photos.",
        "Letters, digits, arrows and traffic signs have a side: b becomes d.",
    ),
    "vertical flip": Change(
        *(TOPPLE, "probability, %", 50, 100),
        "top and bottom change places with a probability of {} %",
        "Seen from above, nothing has a top: fine for cells and stars.",
        "A b becomes a p; and a house upside down never comes up in the test.",
    ),
    "translation": Change(
        *(_translate, "at most, % of side", 10, 60),
        "shifted by up to {} % of its width and height",
        "Where the object stands is not what it is: the label holds.",
        "What leaves the picture is lost, though, and black takes its place.",
    ),
    "rotation": Change(
        *(_rotate, "at most, degrees", 30, 180),
        "turned about its centre by up to {}° to either side",
        "A few degrees happen to every camera: the label holds.",
        "By half a turn a 6 becomes a 9 and a b a q: then the label is wrong.",
    ),
    "colour jitter": Change(
        *(_colours, "at most, %", 40, 100),
        "brightness, contrast, saturation ± {} %, hue ± {hue}°",
        "Light changes, objects stay: the label holds where colour says nothing.",
        "A ripe and an unripe tomato, or traffic lights, differ in little else.",
    ),
    "cutout": Change(
        *(_cutout, "square, % of side", 50, 100),
        "a black square, {} % of its side, around a random pixel",
        "The network has to look at the rest too: good, while there is a rest.",
        "A square over all that tells a 6 from a 0 leaves a wrong label.",
    ),
}

# ------------------------------------------------------------------- the pictures


@cache
def own_pictures() -> dict[str, np.ndarray]:
    """Make two characters and two photos, (3, 64, 64) each, by what they show.

    The photos are scikit-learn's flower.jpg and china.jpg; its
    ``sklearn/datasets/images/README.txt`` names their authors.
    """
    # scikit-learn takes a second to import, and only this needs it.
    from sklearn.datasets import load_sample_image

    pictures = {
        "the digit 6": _character("6"),
        "the letter b": _character("b"),
        "a dahlia": _square(load_sample_image("flower.jpg"), 230, 30, 360),
        "a temple": _square(load_sample_image("china.jpg"), 180, 60, 300),
    }
    return {name: np.moveaxis(image, -1, 0) for name, image in pictures.items()}


def _character(text: str) -> np.ndarray:
    """Draw one character in the middle, in a light colour on a dark one."""
    picture = Image.new("RGB", (SIDE, SIDE), "#1F4E79")
    file = font_manager.findfont(font_manager.FontProperties(weight="bold"))
    font = ImageFont.truetype(file, round(0.8 * SIDE))
    pen, middle = ImageDraw.Draw(picture), SIDE / 2
    left, top, right, bottom = pen.textbbox((0, 0), text, font)
    corner = middle - (left + right) / 2, middle - (top + bottom) / 2
    pen.text(corner, text, "#F6C85F", font)
    return np.asarray(picture)


def _square(photo: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    part = Image.fromarray(photo[top : top + side, left : left + side])
    return np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BOX))


# ------------------------------------------------------------------- the explorer


def augmentation_explorer(
    images: np.ndarray | Tensor | None = None, names: Sequence[str] | None = None
) -> Explorer:
    """Show what random transforms make of a picture.

    images: shape (N, 1, H, W) or (N, 3, H, W), uint8, a few of them; None are two
    characters and two photos. names: what each shows; None numbers them. ValueError for
    anything else.
    """
    if images is None:
        if names is not None:
            raise ValueError("there are names, but no images to give them to")
        images, names = np.stack([*own_pictures().values()]), [*own_pictures()]
    images = as_images(images, ": data.train_images[:8]")
    count = len(images)
    if count > MOST:
        raise ValueError(f"there are {count} images; choose 1 to {MOST}: images[:8]")
    names = [f"number {i}" for i in range(count)] if names is None else names
    state = Augmented(images=images, names=as_names("names", names, count))
    return Explorer("Explorer of augmentation", state)


@dataclass(frozen=True)
class Augmented(State):
    change: str = menu("change", list(CHANGES), start="rotation")
    image: int = menu("picture", lambda s: zip(s.names, range(len(s.names))), start=0)
    strength: int = slider(
        lambda self: self.how.unit, lambda self: range(self.how.most + 1), start=30
    )
    seed: int = slider("draw again (seed)", range(100))
    images: np.ndarray = given()
    names: tuple[str, ...] = given(())

    @property
    def how(self) -> Change:
        return CHANGES[self.change]

    def settled(self, moved: str) -> "Augmented":
        """Begin another change with a strength of its own."""
        return replace(self, strength=self.how.start) if moved == "change" else self

    @cached_property
    def draws(self) -> tuple[np.ndarray, list[str]]:
        """The changed versions, uint8 (8, C, H, W), and what was drawn for each."""
        generator = torch.Generator().manual_seed(self.seed)
        luck = torch.rand(DRAWS, LUCK, generator=generator)
        images = (torch.tensor(self.images[self.image]) / 255).expand(DRAWS, -1, -1, -1)
        images, captions = self.how.make(images, luck, self.strength)
        return (images * 255).round().to(torch.uint8).numpy(), captions

    def scene(self) -> Scene:
        page, (images, captions) = Page(), self.draws
        page.write([self.headline()], y=16, size=16, bold=True, width=ROOM)
        words = f"the same picture {DRAWS} times, each with a draw of its own"
        page.put([words], page.y, RIGHT + 12, size=13, colour=QUIET)
        self.draw_original(page)
        page.y += LINE
        # Two lines each, the first one empty where one is enough.
        lines = [[(t, QUIET) for t in c.rpartition("\n")[::2]] for c in captions]
        page.gallery(images, lines, columns=4, side=128, x=RIGHT, size=12)
        page.write([self.how.safe], y=page.y + 370)
        page.write([self.how.unsafe], colour=WINDOW)
        return page.scene(self.headline(), self.how.safe, self.how.unsafe)

    def draw_original(self, page: Page) -> None:
        image, top = self.images[self.image], page.y + 52
        below, (height, width) = top + ORIGINAL + 16, image.shape[1:]
        look = {"size": 13, "colour": QUIET, "width": ORIGINAL}
        page.put(["the picture itself"], page.y, **look)
        page.add(photo(image, LEFT, top, ORIGINAL))
        page.put([f"label: {self.names[self.image]}"], below, bold=True, width=ORIGINAL)
        page.put([f"{height} × {width} pixels"], below + LINE, **look)

    def headline(self) -> str:
        says = self.how.says.format(self.strength, hue=round(1.8 * self.strength))
        return f"{self.change.capitalize()}: {says}"
