"""Figures: every function returns a matplotlib `Figure` and does nothing else."""

import io
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from course_utils.colours import INK, MAGNITUDE, PAPER, SERIES, SIGNED
from course_utils.training.history import History

Images = np.ndarray


class NotebookFigure(Figure):
    """A figure that a notebook shows by itself, without pyplot's global state."""

    def _repr_png_(self) -> bytes:
        return figure_png(self)


def figure_png(figure: Figure) -> bytes:
    """Draw a figure as a PNG file.

    Parameters
    ----------
    figure
        Any figure.

    Returns
    -------
    bytes
    """
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def plot_images(
    images: Images,
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
    figure, axes = _figure(8, height, rows=rows, columns=columns)
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
    height = 8 / len(maps) * max(v.shape[0] / v.shape[1] for v in maps.values())
    figure, axes = _figure(8, height + 0.8, columns=len(maps))
    for ax, (name, values) in zip(axes.flat, maps.items(), strict=True):
        picture = ax.imshow(
            values,
            cmap=SIGNED if signed else MAGNITUDE,
            vmin=-limit if signed else 0,
            vmax=limit,
            interpolation="nearest",
        )
        ax.set(title=name, xticks=[], yticks=[])
    figure.colorbar(
        picture, ax=axes, shrink=0.8, label="value", extend="both" if signed else "max"
    )
    figure.suptitle(title, fontsize=11)
    return figure


def plot_history(
    histories: History | Mapping[str, History], *, title: str = ""
) -> Figure:
    """Draw loss and accuracy against epochs, one colour for each run.

    Parameters
    ----------
    histories
        One run, or name → run.
    title
        Say the data set here.

    Returns
    -------
    Figure
        Dashed: training; solid: validation.
    """
    runs = {"": histories} if isinstance(histories, History) else histories
    figure, (loss, accuracy) = _figure(8, 3.4, columns=2, squeeze=True)
    for colour, (name, history) in zip(SERIES, runs.items(), strict=False):
        for part, style in (("train", "--"), ("val", "-")):
            label = f"{name} {part}".strip()
            for axes, measure in ((loss, "loss"), (accuracy, "accuracy")):
                values = getattr(history, f"{part}_{measure}")
                epochs = range(1, len(values) + 1)
                marker = "o" if len(values) == 1 else None
                axes.plot(
                    epochs, values, style, color=colour, label=label, marker=marker
                )
    loss.set(xlabel="epoch", ylabel="mean loss per image", ylim=(0, None))
    accuracy.set(xlabel="epoch", ylabel="accuracy")
    accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for axes in (loss, accuracy):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(color="#EEEEEE")
    accuracy.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=11)
    return figure


def plot_confusion_matrix(
    matrix: np.ndarray, class_names: Sequence[str], *, title: str = ""
) -> Figure:
    """Draw a confusion matrix, counts or row fractions.

    The diagonal is left white: it would outshine the mistakes, which are the point.

    Parameters
    ----------
    matrix
        Shape (K, K), from `course_utils.evaluation.confusion_matrix`; integers are
        shown as counts, floats as percentages.
    class_names
        One for each class.
    title
        Say the data set here.

    Returns
    -------
    Figure
    """
    counts = np.issubdtype(matrix.dtype, np.integer)
    shown = matrix if counts else 100 * matrix
    mistakes = np.where(np.eye(len(matrix), dtype=bool), np.nan, shown)
    figure, axes = _figure(7.2, 6.4, squeeze=True)
    picture = axes.imshow(mistakes, cmap=MAGNITUDE, vmin=0)
    middle = np.nanmax(mistakes) / 2
    for (row, column), value in np.ndenumerate(shown):
        dark = row != column and value <= middle
        text = f"{value}" if counts else f"{value:.1f}"
        if row == column or value:
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=8,
                color=PAPER if dark else INK,
                fontweight="bold" if row == column else "normal",
            )
    ticks = range(len(class_names))
    axes.set_xticks(ticks, class_names, rotation=45, ha="right")
    axes.set_yticks(ticks, class_names)
    axes.set(xlabel="predicted class", ylabel="true class")
    unit = "images" if counts else "% of the true class"
    figure.colorbar(picture, shrink=0.8, label=f"mistakes, {unit}")
    figure.suptitle(title, fontsize=11)
    return figure


def plot_curves(
    curves: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
) -> Figure:
    """Draw named series of numbers against their place, counted from 1.

    Parameters
    ----------
    curves
        Name → numbers.
    xlabel, ylabel
        With their units.
    title
        Say the data set here.

    Returns
    -------
    Figure
    """
    figure, axes = _figure(8, 3.6, squeeze=True)
    for colour, (name, values) in zip(SERIES, curves.items(), strict=False):
        places = range(1, len(values) + 1)
        axes.plot(places, values, marker="o", ms=4, color=colour, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(color="#EEEEEE")
    axes.legend(frameon=False)
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
    figure, axes = _figure(8, 3, squeeze=True)
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


def live_history(*, title: str = "") -> Callable[[History], None]:
    """Return a callback for `fit` that keeps one picture of the history up to date.

    Parameters
    ----------
    title
        Say the data set here.

    Returns
    -------
    callable
        ``fit(..., on_epoch_end=live_history())``. Works in a notebook.
    """
    from IPython.display import Image, display

    handle = None

    def show(history: History) -> None:
        nonlocal handle
        picture = Image(figure_png(plot_history(history, title=title)), width=800)
        if handle is None:
            handle = display(picture, display_id=True)
        else:
            handle.update(picture)

    return show


def _figure(
    width: float,
    height: float,
    *,
    rows: int = 1,
    columns: int = 1,
    squeeze: bool = False,
) -> tuple[Figure, np.ndarray]:
    figure = NotebookFigure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=squeeze)
