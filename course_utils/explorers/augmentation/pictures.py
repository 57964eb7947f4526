"""The pictures that the explorer of augmentation changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

MOST = 100
"""Pictures that a menu can list."""

SIDE = 64
"""Of the course's own pictures, in pixels."""


@dataclass(frozen=True)
class Pictures:
    """What can be changed.

    Parameters
    ----------
    images
        Array, shape (N, C, H, W), uint8.
    names
        What each shows.
    """

    images: np.ndarray = field(repr=False)
    names: tuple[str, ...]


def as_pictures(
    images: np.ndarray | Tensor | None, names: Sequence[str] | None
) -> Pictures:
    """Check images and names, or make some.

    Parameters
    ----------
    images, names
        As in `augmentation_explorer`.

    Returns
    -------
    Pictures

    Raises
    ------
    ValueError
        If they are anything else, or do not belong together.
    """
    if images is None:
        if names is not None:
            raise ValueError("there are names, but no images to give them to")
        return own_pictures()
    images = np.asarray(images.cpu() if isinstance(images, Tensor) else images)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.dtype != np.uint8:
        raise ValueError(
            f"images have shape {images.shape} and type {images.dtype}; expected "
            "(N, 1, H, W) or (N, 3, H, W) of uint8: data.train_images[:8]"
        )
    if not 1 <= len(images) <= MOST:
        raise ValueError(
            f"there are {len(images)} images; choose 1 to {MOST}: images[:8]"
        )
    if names is None:
        names = [f"number {i}" for i in range(len(images))]
    if len(names) != len(images):
        raise ValueError(
            f"there are {len(images)} images but {len(names)} names; give each its own"
        )
    return Pictures(images, tuple(names))


@cache
def own_pictures() -> Pictures:
    """Make two characters and two photos.

    Returns
    -------
    Pictures
        Shape (4, 3, 64, 64).
    """
    # scikit-learn takes a second to import, and only this needs it.
    from sklearn.datasets import load_sample_image

    pictures = {
        "the digit 6": _character("6"),
        "the letter b": _character("b"),
        "a dahlia": _square(load_sample_image("flower.jpg"), 230, 30, 360),
        "a temple": _square(load_sample_image("china.jpg"), 180, 60, 300),
    }
    images = np.stack([np.moveaxis(image, -1, 0) for image in pictures.values()])
    return Pictures(images, tuple(pictures))


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
