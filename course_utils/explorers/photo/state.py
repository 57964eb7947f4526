"""The photo explorer without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.convolution import conv2d

Weights = tuple[float, ...]

WHITE = 255
"""Pixels run from 0, black, to 255, white."""

LARGEST_PHOTO = 256


@dataclass(frozen=True)
class Preset:
    """A kernel with a name.

    Parameters
    ----------
    weights
        Nine numbers, row by row.
    divisor
        What their sum of products is divided by.
    hint
        What to look for in the output.
    """

    weights: Weights
    divisor: float
    hint: str


PRESETS = {
    "identity": Preset(
        (0, 0, 0, 0, 1, 0, 0, 0, 0), 1, "The output is the photo, less its rim."
    ),
    "box blur": Preset(
        (1, 1, 1, 1, 1, 1, 1, 1, 1), 9, "Each number is the mean of nine pixels."
    ),
    "Gaussian blur": Preset(
        (1, 2, 1, 2, 4, 2, 1, 2, 1), 16, "A mean in which near pixels count more."
    ),
    "sharpen": Preset(
        (0, -1, 0, -1, 5, -1, 0, -1, 0),
        1,
        "What differs from its neighbours stands out.",
    ),
    "horizontal edges (Sobel)": Preset(
        (-1, -2, -1, 0, 0, 0, 1, 2, 1), 1, "Red: brighter below. Blue: brighter above."
    ),
    "vertical edges (Sobel)": Preset(
        (-1, 0, 1, -2, 0, 2, -1, 0, 1), 1, "Red: brighter right. Blue: brighter left."
    ),
    "outline (Laplacian)": Preset(
        (0, 1, 0, 1, -4, 1, 0, 1, 0), 1, "Red and blue: the two sides of each edge."
    ),
    "emboss": Preset(
        (-2, -1, 0, -1, 1, 1, 0, 1, 2), 1, "As if light fell from one corner."
    ),
}
CUSTOM = "custom"


@dataclass(frozen=True)
class State:
    """All that the output depends on, besides the photo.

    Parameters
    ----------
    preset
        A key of `PRESETS`, or ``"custom"``.
    weights
        The kernel's nine numbers, row by row.
    divisor
        What the sum of products is divided by; not 0.
    bias
        What is then added, in units of pixels.
    """

    preset: str = "identity"
    weights: Weights = PRESETS["identity"].weights
    divisor: float = PRESETS["identity"].divisor
    bias: float = 0

    @property
    def is_signed(self) -> bool:
        """Whether flat areas become 0, so that the output's sign is what matters."""
        return abs(sum(self.weights)) < 1e-9


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        ``"preset"``, ``"divisor"``, ``"bias"``, or ``"weight0"`` to ``"weight8"``.
    value
        Its new value.

    Returns
    -------
    State
    """
    if name == "preset" and value != CUSTOM:
        preset = PRESETS[value]
        return replace(
            state, preset=value, weights=preset.weights, divisor=preset.divisor
        )
    if name.startswith("weight"):
        weights = list(state.weights)
        weights[int(name.removeprefix("weight"))] = value
        return replace(state, preset=CUSTOM, weights=tuple(weights))
    if name == "divisor":
        state = replace(state, preset=CUSTOM)
    return replace(state, **{name: value})


def as_pixels(photo: np.ndarray) -> np.ndarray:
    """Check a photo and scale it to 0 … 255.

    Parameters
    ----------
    photo
        Array, shape (H, W), 3 to 256 on each side: uint8, or floats in [0, 1].

    Returns
    -------
    ndarray
        Shape (H, W), float32.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    photo = np.asarray(photo)
    if photo.ndim != 2:
        raise ValueError(
            f"photo has shape {photo.shape}; expected grey (H, W). For a colour photo "
            "(H, W, 3) of uint8, pass photo.mean(axis=2) / 255."
        )
    if not 3 <= min(photo.shape) <= max(photo.shape) <= LARGEST_PHOTO:
        step = -(-max(photo.shape) // LARGEST_PHOTO)
        remedy = f"; keep every {step}th pixel: photo[::{step}, ::{step}]"
        raise ValueError(
            f"photo has shape {photo.shape}; expected 3 to {LARGEST_PHOTO} pixels a "
            f"side{remedy if step > 1 else ''}"
        )
    if photo.dtype == np.uint8:
        return photo.astype(np.float32)
    if photo.dtype.kind != "f" or not (photo.min() >= 0 and photo.max() <= 1):
        raise ValueError(
            f"photo holds {photo.dtype} from {photo.min()} to {photo.max()}; expected "
            "uint8, or floats from 0 to 1. Divide by 255, perhaps."
        )
    return photo.astype(np.float32) * WHITE


def convolve(pixels: np.ndarray, state: State) -> np.ndarray:
    """Compute the output: sum of products, divided by the divisor, plus the bias.

    Parameters
    ----------
    pixels
        Array, shape (H, W), 0 to 255.
    state
        The kernel.

    Returns
    -------
    ndarray
        Shape (H - 2, W - 2), not clipped.
    """
    kernel = np.reshape(state.weights, (3, 3)) / state.divisor
    return conv2d(pixels, kernel, state.bias)
