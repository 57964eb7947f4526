"""The pictures of the photo explorer: pure functions of numbers and state."""

import io
from functools import cache

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from course_utils.colours import SIGNED
from course_utils.drawing import compact, format_number
from course_utils.explorers.photo.state import PRESETS, WHITE, State, convolve
from course_utils.plotting import figure_png

SHADES = 127
"""Colours on each side of zero, so that zero itself is exactly white."""


def draw(values: np.ndarray, *, signed: bool, zoom: int = 1) -> bytes:
    """Draw numbers as colours; numbers beyond the scale get its end colours.

    Parameters
    ----------
    values
        Array, shape (H, W).
    signed
        False: from 0, black, to 255, white. True: from -255, blue, over 0, white, to
        255, red.
    zoom
        Pixels of the picture per number, along each axis.

    Returns
    -------
    bytes
        A PNG file.
    """
    shades = (values / WHITE + 1) * SHADES if signed else values
    limit = 2 * SHADES if signed else WHITE
    picture = Image.fromarray(np.clip(np.rint(shades), 0, limit).astype(np.uint8))
    if signed:
        picture.putpalette(_palette())
    height, width = values.shape
    picture = picture.resize((width * zoom, height * zoom), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)  # small enough, and four times as fast
    return file.getvalue()


def describe_photo(pixels: np.ndarray) -> str:
    """Say what the photo shows.

    Parameters
    ----------
    pixels
        Array, shape (H, W), 0 to 255.

    Returns
    -------
    str
    """
    return _size_and_range("photo", pixels)


def describe_output(output: np.ndarray, state: State) -> str:
    """Say what the output's numbers and colours are.

    Parameters
    ----------
    output
        Array, shape (H, W).
    state
        What it was computed with.

    Returns
    -------
    str
    """
    lines = [
        _size_and_range("output", output),
        f"each: sum of nine products ÷ {format_number(state.divisor)} + bias",
        _colours_in_words(output, state),
    ]
    if state.preset in PRESETS:
        lines.append(PRESETS[state.preset].hint)
    return "<br>".join(lines)


def legend(*, signed: bool) -> str:
    """Draw the colour scale of `draw`.

    Parameters
    ----------
    signed
        As in `draw`.

    Returns
    -------
    str
        HTML.
    """
    scale = colormaps[_colour_map(signed)](np.linspace(0, 1, 9))
    gradient = f"linear-gradient(to right,{','.join(map(to_hex, scale))})"
    bar = "display:inline-block;width:150px;height:12px;border:1px solid #AAAAAA"
    return f'{_low(signed)} <span style="{bar};background:{gradient}"></span> {WHITE}'


def still(pixels: np.ndarray, state: State) -> bytes:
    """Draw photo, kernel and output side by side.

    Parameters
    ----------
    pixels
        Array, shape (H, W), 0 to 255.
    state
        The kernel.

    Returns
    -------
    bytes
        A PNG file.
    """
    figure = Figure((8, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(4, 1, 4))
    _paint(left, pixels, signed=False)
    left.set_title("photo", size="medium")
    _write(middle, state)
    _paint(right, convolve(pixels, state), signed=state.is_signed)
    right.set_title(f"output: {state.preset}", size="medium")
    return compact(figure_png(figure))


def _paint(axes: Axes, values: np.ndarray, *, signed: bool) -> None:
    image = axes.imshow(values, cmap=_colour_map(signed), vmin=_low(signed), vmax=WHITE)
    axes.figure.colorbar(image, ax=axes, orientation="horizontal", aspect=40, pad=0.02)
    axes.set_axis_off()


def _write(axes: Axes, state: State) -> None:
    axes.imshow(np.zeros((3, 3)), cmap="binary")
    axes.set(xticks=(), yticks=())
    axes.set_title("kernel", size="medium")
    axes.set_xlabel(
        f"÷ {format_number(state.divisor)}\nbias {format_number(state.bias)}"
    )
    for i, weight in enumerate(state.weights):
        axes.text(i % 3, i // 3, format_number(weight), ha="center", va="center")


def _colours_in_words(output: np.ndarray, state: State) -> str:
    if state.is_signed:
        return "Weights that add up to 0 turn even areas into the bias."
    clipped = np.mean((output < 0) | (output > WHITE))
    return f"{clipped:.0%} of them lie below 0, black, or above 255, white."


def _size_and_range(name: str, values: np.ndarray) -> str:
    height, width = values.shape
    return (
        f"<b>{name}</b> {height} × {width}, "
        f"numbers from {values.min():.0f} to {values.max():.0f}"
    )


def _colour_map(signed: bool) -> str:
    return SIGNED if signed else "gray"


def _low(signed: bool) -> int:
    return -WHITE if signed else 0


@cache
def _palette() -> bytes:
    colours = colormaps[SIGNED](np.linspace(0, 1, 2 * SHADES + 1), bytes=True)
    return colours[:, :3].tobytes()
