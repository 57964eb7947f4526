"""Arrows on small signs: photographed in the middle, and met anywhere."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_utils import augment

SIDE, SHIFT = 20, 4  # of a sign, and how far it may lie from the middle, in pixels
DARKEST, BRIGHTEST = 0.6, 1.4  # times as bright as it was
NAMES = "left", "right", "up"
LEFT = (
    "....#....",
    "...##....",
    "..###....",
    ".########",
    "#########",
    ".########",
    "..###....",
    "...##....",
    "....#....",
)


class Signs(NamedTuple):
    """Images (N, 3, 20, 20), float32 in [0, 1], with targets (N,): which of `NAMES`."""

    images: Tensor
    targets: Tensor


@cache
def arrows() -> Tensor:
    """Return the three arrows in the middle of a sign, shape (3, 1, 20, 20), 0 or 1."""
    left = torch.tensor([[float(dot == "#") for dot in row] for row in LEFT])
    each = torch.stack([left, left.flip(1), left.rot90(-1)])[:, None]
    return functional.pad(each, (5, 6, 5, 6))


def draw_signs(count: int, *, seed: int, anywhere: bool) -> Signs:
    """Draw signs in any two colours: in the middle, or moved, darker and brighter."""
    seeded = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=seeded)

    targets = torch.arange(count) % 3
    ink, paper = uniform(0.55, 0.7, count, 3, 1, 1), uniform(0, 0.25, count, 3, 1, 1)
    images = torch.lerp(paper, ink, arrows()[targets])
    images += 0.04 * torch.randn(images.shape, generator=seeded)
    images = images.clamp(0, 1)
    if anywhere:
        right, down = torch.randint(-SHIFT, SHIFT + 1, (2, count), generator=seeded)
        padded = functional.pad(images, [SHIFT] * 4, "replicate")
        images = augment.crop(padded, SHIFT - down, SHIFT - right, SIDE)
        images = augment.adjust_brightness(images, uniform(DARKEST, BRIGHTEST, count))
    return Signs(images, targets)


def few_signs() -> Signs:
    """Return the 60 signs to learn from: all in the middle, all in the same light."""
    return draw_signs(60, seed=0, anywhere=False)


def many_signs() -> Signs:
    """Return the 300 signs that a car meets."""
    return draw_signs(300, seed=1, anywhere=True)


def sign_network() -> nn.Sequential:
    """Two small convolutions, and a layer that knows each place of the picture."""
    return nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 3),
    )


def batches(
    images: Tensor, targets: Tensor, batch_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield slices of both, in order."""
    for start in range(0, len(images), batch_size):
        end = start + batch_size
        yield images[start:end], targets[start:end]


def make_changes() -> nn.Module:
    """Move as far as the signs do, change their light, and mirror nothing."""
    return nn.Sequential(
        augment.RandomCrop(SIDE, padding=SHIFT, padding_mode="reflect"),
        augment.ColorJitter(brightness=0.4),
    )
