"""Figures of images, matrices of numbers and volumes."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_utils.colours import INK, MAGNITUDE, PAPER, SERIES, SIGNED
from course_utils.plotting.figures import new_figure


def plot_images(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    title: str = "",
) -> Figure:
    """Show images side by side, in reading order.

    Parameters
    ----------
    images
        Array or tensor, shape (N, 1, H, W) or (N, 3, H, W); uint8, or float in [0, 1].
    titles
        One for each image.
    columns
        Images in a row.
    title
        Above all of them.

    Returns
    -------
    Figure
    """
    images = np.asarray(images)
    columns = min(columns, max(len(images), 1))
    rows = -(-len(images) // columns)
    lines = max((text.count("\n") + 1 for text in titles), default=0) if titles else 0
    tall = images.shape[2] / images.shape[3]
    height = rows * (8 / columns * tall + 0.14 * lines) + 0.5
    figure, axes = new_figure(8, height, rows=rows, columns=columns)
    for ax in axes.flat:
        ax.set_axis_off()
    for index, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        show_image(ax, image)
        if titles:
            size = 9 if columns <= 4 else 7.5
            ax.set_title(titles[index], fontsize=size, color=INK)
    figure.suptitle(title, fontsize=11)
    return figure


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Draw one image, its smallest possible value black and its largest white.

    Parameters
    ----------
    axes
        Where to draw.
    image
        Shape (1, H, W) or (3, H, W); uint8, or float in [0, 1].
    """
    top = 255 if image.dtype == np.uint8 else 1
    pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=top, interpolation="nearest")


def plot_maps(
    maps: Mapping[str, np.ndarray], *, signed: bool = True, title: str = ""
) -> Figure:
    """Show matrices of numbers as colours, all on one scale.

    The scale leaves out the most extreme 0.5 % of the numbers, which would pale the
    others; they get the colour of its end.

    Parameters
    ----------
    maps
        Name → array, shape (H, W).
    signed
        Centre the colours on zero; otherwise they go from zero to the largest value.
    title
        Above all of them.

    Returns
    -------
    Figure
    """
    magnitudes = np.concatenate([np.abs(values).ravel() for values in maps.values()])
    limit = np.quantile(magnitudes, 0.995) or 1.0
    tall = max(rows / columns for rows, columns in map(np.shape, maps.values()))
    room = 6.9 / len(maps)  # what the colour bar leaves for the width of each
    height = min(room * tall, 5) + (0.7 if title else 0.4)
    figure, axes = new_figure(8, height, columns=len(maps))
    figure.set_layout_engine("compressed")  # the colour bar as high as the maps
    for ax, (name, values) in zip(axes.flat, maps.items(), strict=True):
        picture = ax.imshow(
            values,
            cmap=SIGNED if signed else MAGNITUDE,
            vmin=-limit if signed else 0,
            vmax=limit,
            interpolation="nearest",
        )
        ax.set(title=name, xticks=[], yticks=[])
    ends = "both" if signed else "max"
    figure.colorbar(picture, ax=axes, label="value", extend=ends, panchor=(0.5, 1))
    figure.suptitle(title, fontsize=11)
    return figure


def plot_blocks(
    blocks: Mapping[str, tuple[int, int, int]],
    *,
    signs: Sequence[str] = (),
    title: str = "",
) -> Figure:
    """Draw volumes as stacks of planes, side by side and to one scale.

    Parameters
    ----------
    blocks
        Name → shape (C, H, W): C planes of H rows and W columns.
    signs
        What stands between them, such as ``("∗", "=")``.
    title
        Above all of them.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(8, 3, squeeze=True)
    unit = max(max(rows, columns) for _, rows, columns in blocks.values()) / 30
    words = {"ha": "center", "va": "center", "color": INK}
    left, look = 0.0, {"fc": PAPER, "ec": SERIES[0]}
    for (name, shape), sign in zip_longest(blocks.items(), signs, fillvalue=""):
        planes, rows, columns = shape
        step = unit * min(1.5, 8 / planes)
        width = columns + (planes - 1) * step
        slot = max(width, 14 * unit)
        corner = left + (slot - width) / 2, -(rows + (planes - 1) * step) / 2
        lw = 1 if planes <= 16 else 0.3
        for place in reversed(range(planes)):
            at = corner[0] + place * step, corner[1] + place * step
            axes.add_patch(Rectangle(at, columns, rows, lw=lw, **look))
        axes.text(left + slot / 2, -24 * unit, f"{name}\n{shape}", fontsize=10, **words)
        left += slot + 8 * unit
        axes.text(left - 4 * unit, 0, sign, fontsize=16, **words)
    axes.set(aspect="equal", xlim=(-unit, left), ylim=(-28 * unit, 23 * unit))
    axes.set_axis_off()
    figure.suptitle(title, fontsize=11)
    return figure
