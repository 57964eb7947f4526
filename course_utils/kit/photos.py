"""Photographs and maps: which images are fit to show, and numbers as colours."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from matplotlib import colormaps
from PIL import Image
from torch import Tensor

from course_utils.arguments import as_array, as_names, instance_of
from course_utils.colours import QUIET, SIGNED
from course_utils.evaluation import Predictions
from course_utils.kit.scene import Box, Label, Part, Photo
from course_utils.lettering import format_number

GREY = "gray"  # a map, as MAGNITUDE and SIGNED are: from black to white
LARGEST = 512  # pixels on a side: more would make an explorer slow
HALF = 127  # colours on each side of zero, so that zero itself has the middle one


def as_images(images: np.ndarray | Tensor, such_as: str) -> np.ndarray:
    """Return images as an array, or raise if they cannot be shown."""
    images = getattr(images, "cpu", lambda: images)()
    is_array = hasattr(images, "__array__")
    images = np.asarray(images) if is_array else as_array("images", images)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.dtype != np.uint8:
        raise ValueError(
            f"images have shape {images.shape} and type {images.dtype}; expected "
            f"(N, 1, H, W) or (N, 3, H, W) of uint8{such_as}"
        )
    if not images.size:
        raise ValueError("there are no images; look at how they were chosen")
    if max(images.shape[2:]) > LARGEST:
        step = -(-max(images.shape[2:]) // LARGEST)
        raise ValueError(
            f"images have {images.shape[2]} × {images.shape[3]} pixels; expected "
            f"{LARGEST} on a side at most: images[..., ::{step}, ::{step}], or "
            "load_image_folder(path, size=64)"
        )
    return images


def as_predicted(
    images: np.ndarray | Tensor, predictions: Predictions, class_names: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return images and names, or raise if they are not the predictions' own."""
    images = as_images(images, ", such as data.test_images")
    instance_of(Predictions, "predict(model, loader)")("predictions", predictions)
    predictions.check_images(images)
    names = as_names("class_names", class_names, None)
    largest = max(predictions.targets.max(), predictions.predicted.max())
    if largest >= len(names):
        raise ValueError(
            f"there are {len(names)} class names, but class numbers up to {largest}; "
            "give a name for each class, counted from 0"
        )
    return images, names


def paint(values: np.ndarray, limit: float, colours: str) -> np.ndarray:
    """Colour numbers from 0 (`SIGNED`: from -limit) to limit: uint8, shape (3, ...)."""
    low = _low(limit, colours)
    shades = np.rint((values - low) / (limit - low) * 2 * HALF).clip(0, 2 * HALF)
    return np.moveaxis(_palette(colours).take(shades.astype(int), axis=0), -1, 0)


def enlarge(values: np.ndarray, shape: tuple[int, int], *, smooth: bool) -> np.ndarray:
    """Bring numbers, shape (h, w), to another shape: repeated, or interpolated."""
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    small = Image.fromarray(values.astype(np.float32))
    return np.asarray(small.resize(shape[::-1], how))


def colour_scale(
    x: float, y: float, width: float, limit: float, colours: str
) -> list[Part]:
    """Draw the colours of `paint` about the height y, and the numbers at their ends."""
    low, room = _low(limit, colours), 44
    text = format_number if limit >= 0.1 else "{:.2g}".format
    shades = paint(np.linspace(low, limit, 2 * HALF + 1)[None], limit, colours)
    bar = x + room, y - 6, width - 2 * room, 12
    look = {"size": 12, "colour": QUIET}
    return [
        Label(x + room - 6, y, text(low), anchor="end", **look),
        Photo(*bar, np.moveaxis(shades, 0, -1)),
        Box(*bar, stroke="#AAAAAA"),
        Label(x + width - room + 6, y, text(limit), anchor="start", **look),
    ]


def _low(limit: float, colours: str) -> float:
    return -limit if colours == SIGNED else 0


@cache
def _palette(colours: str) -> np.ndarray:
    shades = colormaps[colours](np.linspace(0, 1, 2 * HALF + 1), bytes=True)
    return np.ascontiguousarray(shades[:, :3])
