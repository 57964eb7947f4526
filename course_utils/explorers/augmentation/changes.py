"""The changes that can be chosen: how they draw, and what they say about it.

Each gets numbers drawn evenly from [0, 1), the same at every strength, so that a
stronger change is more of the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_utils import augment

Changed = tuple[Tensor, list[str]]
"""Images, shape (N, C, H, W), and what was drawn for each in words."""

LUCK = 4
"""Numbers drawn for each image."""


@dataclass(frozen=True)
class Change:
    """A random change of images.

    Parameters
    ----------
    unit
        What the strength is.
    start, most
        The strength to begin with, and the largest.
    says
        What it does at a strength, as a template; ``hue`` is that in degrees of hue.
    safety
        Two lines: when the label holds, and when it does not.
    make
        ``make(images, luck, strength)``: images, shape (N, C, H, W), float in [0, 1];
        luck, shape (N, `LUCK`).
    """

    unit: str
    start: int
    most: int
    says: str
    safety: tuple[str, str]
    make: Callable[[Tensor, Tensor, int], Changed]


def _crop(images: Tensor, luck: Tensor, padding: int) -> Changed:
    padded = torch.nn.functional.pad(images, [padding] * 4)
    size = min(images.shape[2:])
    top, left = (
        (luck[:, axis] * (padded.shape[2 + axis] - size + 1)).long() for axis in (0, 1)
    )
    cut = augment.crop(padded, top, left, size)
    return cut, _shifts(padding - left, padding - top)


def _translate(images: Tensor, luck: Tensor, percent: int) -> Changed:
    height, width = images.shape[2:]
    share = (2 * luck - 1) * percent / 100
    down, right = (share[:, 0] * height).round(), (share[:, 1] * width).round()
    moved = augment.translate(images, right.long(), down.long())
    return moved, _shifts(right.long(), down.long())


def _flip(images: Tensor, luck: Tensor, percent: int) -> Changed:
    chosen = luck[:, 0] < percent / 100
    return augment.horizontal_flip(images, chosen), _flips(chosen, "left ↔ right")


def _flip_vertically(images: Tensor, luck: Tensor, percent: int) -> Changed:
    chosen = luck[:, 0] < percent / 100
    return augment.vertical_flip(images, chosen), _flips(chosen, "top ↔ bottom")


def _rotate(images: Tensor, luck: Tensor, most: int) -> Changed:
    degrees = ((2 * luck[:, 0] - 1) * most).round()
    words = ["clockwise", "not turned", "anticlockwise"]
    captions = [
        f"{abs(angle)}° {words[1 + (angle > 0) - (angle < 0)]}" if angle else words[1]
        for angle in degrees.int().tolist()
    ]
    return augment.rotate(images, degrees), captions


def _colours(images: Tensor, luck: Tensor, percent: int) -> Changed:
    share = (2 * luck - 1) * percent / 100
    brightness, contrast, saturation = 1 + share[:, :3].T
    images = augment.adjust_brightness(images, brightness)
    images = augment.adjust_contrast(images, contrast)
    captions = [f"B {b:.2f}   C {c:.2f}" for b, c in zip(brightness, contrast)]
    if images.shape[1] == 1:
        return images, captions
    hue = share[:, 3] / 2
    images = augment.adjust_hue(augment.adjust_saturation(images, saturation), hue)
    more = [f"S {s:.2f}   H {_signed(360 * h)}°" for s, h in zip(saturation, hue)]
    return images, [f"{one}\n{two}" for one, two in zip(captions, more)]


def _cutout(images: Tensor, luck: Tensor, percent: int) -> Changed:
    size = round(min(images.shape[2:]) * percent / 100)
    row, column = (
        (luck[:, axis] * side).long() for axis, side in enumerate(images.shape[2:])
    )
    corner = row - size // 2, column - size // 2
    erased = augment.erase(torch.ones_like(images[:, :1]), *corner, size) == 0
    captions = [
        f"row {i}, column {j}\n{share:.0%} erased"
        for i, j, share in zip(
            row.tolist(), column.tolist(), erased.float().mean((1, 2, 3)).tolist()
        )
    ]
    return augment.erase(images, *corner, size), captions


def _shifts(right: Tensor, down: Tensor) -> list[str]:
    """Say how far each picture moved."""
    captions = []
    for x, y in zip(right.tolist(), down.tolist()):
        parts = [f"{'right' if x > 0 else 'left'} {abs(x)}"] * bool(x)
        parts += [f"{'down' if y > 0 else 'up'} {abs(y)}"] * bool(y)
        captions.append(", ".join(parts) or "not moved")
    return captions


def _flips(chosen: Tensor, words: str) -> list[str]:
    return [words if flipped else "as it was" for flipped in chosen.tolist()]


def _signed(number: Tensor) -> str:
    return f"{number:+.0f}".replace("-", "−")


CHANGES = {
    "crop with padding": Change(
        "padding, pixels",
        4,
        16,
        "up to {} black pixels around it, then cut to its size again",
        (
            "The label holds as long as enough of the object is left.",
            "A crop of a close-up may show a background that belongs to no class.",
        ),
        _crop,
    ),
    "horizontal flip": Change(
        "probability, %",
        50,
        100,
        "left and right change places with a probability of {} %",
        (
            "A cat in a mirror is a cat: the label holds for most photos.",
            "Letters, digits, arrows and traffic signs have a side: b becomes d.",
        ),
        _flip,
    ),
    "vertical flip": Change(
        "probability, %",
        50,
        100,
        "top and bottom change places with a probability of {} %",
        (
            "Seen from above, nothing has a top: fine for cells and stars.",
            "A b becomes a p; and a house upside down never comes up in the test.",
        ),
        _flip_vertically,
    ),
    "translation": Change(
        "at most, % of side",
        10,
        60,
        "shifted by up to {} % of its width and height",
        (
            "Where the object stands is not what it is: the label holds.",
            "What leaves the picture is lost, though, and black takes its place.",
        ),
        _translate,
    ),
    "rotation": Change(
        "at most, degrees",
        30,
        180,
        "turned about its centre by up to {}° to either side",
        (
            "A few degrees happen to every camera: the label holds.",
            "By half a turn a 6 becomes a 9 and a b a q: then the label is wrong.",
        ),
        _rotate,
    ),
    "colour jitter": Change(
        "at most, %",
        40,
        100,
        "brightness, contrast, saturation ± {} %, hue ± {hue}°",
        (
            "Light changes, objects stay: the label holds where colour says nothing.",
            "A ripe and an unripe tomato, or traffic lights, differ in little else.",
        ),
        _colours,
    ),
    "cutout": Change(
        "square, % of side",
        50,
        100,
        "a black square, {} % of its side, around a random pixel",
        (
            "The network has to look at the rest too: good, while there is a rest.",
            "A square over all that tells a 6 from a 0 leaves a wrong label.",
        ),
        _cutout,
    ),
}
"""By name, in the order of the menu."""
