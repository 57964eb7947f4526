"""What of a photograph reaches the network, and what it answers then."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from course_utils.arguments import as_count, as_names, as_targets, instance_of, takes
from course_utils.chapters.your_own_pictures.own_pictures import class_shares
from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.data import Loader
from course_utils.guards import check_logits
from course_utils.kit.explorer import Explorer, State, given, menu, slider, stops
from course_utils.kit.page import LEFT, Page, photo
from course_utils.kit.photos import as_images
from course_utils.kit.scene import Box, Label, Scene
from course_utils.lettering import fitted
from course_utils.models import as_model, explained
from course_utils.transfer import Known

WAYS = "the middle, cut out", "all of it, squashed", "all of it, with a grey border"
WHICH = "all pictures", "wrong answers, the surest first"
SIZES = 8, 16, 32, 64
LARGE, TOP, SEEN, BARS, LONGEST, ROW, MOST = 256, 44, 290, 640, 110, 26, 10


@takes(model=as_model, known=instance_of(Known, "a Known"))
def seen_explorer(
    model: nn.Module,
    images: np.ndarray | Tensor,
    targets: Sequence[int] | Tensor,
    known: Known,
) -> Explorer:
    """Show what of each photograph a trained network gets, and its answer.

    model: takes square pictures of any size; a copy is shown. images: uint8, shape
    (N, 3, H, W). known: how it was trained to read them, and what classes are called.
    """
    images = as_images(images, ", such as test_images")
    if images.shape[1] != 3:
        raise ValueError(f"images have shape {images.shape}; expected (N, 3, H, W)")
    as_count("known.size", known.size)  # of squares
    none = torch.zeros(len(images), dtype=torch.int64)  # `Loader` checks mean and std
    loader = Loader(torch.as_tensor(images), none, mean=known.mean, std=known.std)
    known = known._replace(mean=loader.mean, std=loader.std)
    model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    for size in {*SIZES, known.size}:  # all that its control offers
        picture = torch.zeros(1, 3, size, size)
        with explained(model, picture):
            logits = model(picture)
    check_logits(logits, 1)
    names = as_names("known.class_names", known.class_names, logits.shape[1])
    targets = as_targets(targets, len(images), len(names))
    about = {"images": images, "targets": targets, "model": model, "known": known}
    first = Seen(**about, size=known.size)
    said = [first.says(squared(image, WAYS[0], known.size)) for image in images]
    wrong = [i for i, t in enumerate(targets) if said[i].argmax() != t]
    wrong.sort(key=lambda i: -said[i].max())
    return Explorer("Explorer of what reaches the network", replace(first, wrong=wrong))


def squared(image: np.ndarray, way: str, size: int) -> np.ndarray:
    """Bring an image, (3, H, W), to a square of `size` pixels in one of the `WAYS`."""
    picture = Image.fromarray(np.ascontiguousarray(np.moveaxis(image, 0, -1)))
    if way == WAYS[0]:
        picture = ImageOps.fit(picture, (size, size))
    elif way == WAYS[1]:
        picture = picture.resize((size, size))
    else:
        picture = ImageOps.pad(picture, (size, size), color=(128, 128, 128))
    return np.moveaxis(np.asarray(picture), -1, 0)


@dataclass(frozen=True)
class Seen(State):
    which: str = menu("pictures", WHICH, start=WHICH[0])
    place: int = slider("picture", lambda self: range(len(self.listed)))
    way: str = menu("what is taken", WAYS, start=WAYS[0])
    size: int = stops(
        "pixels on a side", lambda self: sorted({*SIZES, self.known.size}), start=32
    )
    images: np.ndarray = given()
    targets: Sequence[int] = given(())
    model: nn.Module = given()
    known: Known = given()
    wrong: Sequence[int] = given(())

    @property
    def listed(self) -> Sequence[int]:
        """Which pictures the slider goes through, by their numbers."""
        wrong = self.wrong if self.which == WHICH[1] else ()
        return wrong or range(len(self.images))

    @property
    def number(self) -> int:
        return self.listed[self.place]

    @cached_property
    def seen(self) -> np.ndarray:
        return squared(self.images[self.number], self.way, self.size)

    def says(self, picture: np.ndarray) -> np.ndarray:
        return class_shares(self.model, torch.tensor(picture), self.known).numpy()

    def lines(self) -> list[str]:
        names, shares = self.known.class_names, self.says(self.seen)
        truth, best = self.targets[self.number], int(shares.argmax())
        verdict = "right" if best == truth else "wrong"
        said = f"It says {names[best]}, {shares[best]:.0%} sure: {verdict}."
        return [f"Picture {self.number} shows {names[truth]}. {said}", self.lost()]

    def lost(self) -> str:
        height, width = self.images.shape[2:]
        share = 1 - min(height, width) / max(height, width)
        said = {
            WAYS[0]: f"{share:.0%} of the photograph is cut off.",
            WAYS[1]: f"Nothing is cut off, but {width} × {height} became a square.",
            WAYS[2]: f"Nothing is cut off; {share:.0%} of the square is border.",
        }
        return said[self.way] if share else "The photograph is a square already."

    def scene(self) -> Scene:
        page, lines, image = Page(), self.lines(), self.images[self.number]
        page.put(["the photograph"], 20, bold=True)
        page.add(shown := photo(image, LEFT, TOP, LARGE))
        if self.way == WAYS[0]:
            side = min(shown.width, shown.height)
            at = LEFT + (LARGE - side) / 2, TOP + (LARGE - side) / 2
            page.add(Box(*at, side, side, "none", WINDOW, 3))
        page.put(["what the network gets"], 20, SEEN, bold=True)
        page.add(photo(self.seen, SEEN, TOP, LARGE - 20))
        self.draw_answers(page)
        page.write(lines, y=TOP + LARGE + 30, size=15)
        return page.scene(*lines)

    def draw_answers(self, page: Page) -> None:
        shares, names = self.says(self.seen), self.known.class_names
        first = np.sort(np.argsort(-shares, kind="stable")[:MOST])
        head = "what it says" + f": the {MOST} surest" * (len(names) > MOST)
        page.put([head], 20, BARS - 88, bold=True)
        for row, number in enumerate(first):
            y, best = TOP + 10 + row * ROW, bool(number == shares.argmax())
            size, name = fitted(names[number], 13, BARS - SEEN - LARGE, best)
            page.add(Label(BARS - 6, y, name, size, INK, best, "end"))
            length = round(LONGEST * float(shares[number]), 1)
            page.add(Box(BARS, y - 8, length, 16, WINDOW if best else SERIES[0]))
            page.add(Label(796, y, f"{shares[number]:.0%}", 12, QUIET, anchor="end"))
