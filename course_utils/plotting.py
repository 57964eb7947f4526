"""Figures: every function that begins with `plot` returns one and does nothing else."""

import io
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from course_utils.colours import INK, MAGNITUDE, PAPER, SERIES, SIGNED
from course_utils.training import History


class NotebookFigure(Figure):
    """A figure that a notebook shows by itself, without pyplot's global state."""

    def _repr_png_(self) -> bytes:
        return figure_png(self)


def figure_png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def new_figure(
    width: float,
    height: float,
    *,
    rows: int = 1,
    columns: int = 1,
    squeeze: bool = False,
) -> tuple[Figure, np.ndarray]:
    """Make a figure, 100 pixels an inch in a notebook, and its axes."""
    figure = NotebookFigure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=squeeze)


# ----------------------------------------------------------------- images and maps


def plot_images(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    title: str = "",
) -> Figure:
    """Show images side by side, in reading order.

    images: array or tensor, shape (N, 1, H, W) or (N, 3, H, W); uint8, or float in [0,
    1]. titles: one for each image. columns: images in a row. title: above all of them.
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
    """Draw one image, (1, H, W) or (3, H, W): its smallest possible value black."""
    top = 255 if image.dtype == np.uint8 else 1
    pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=top, interpolation="nearest")


def plot_maps(
    maps: Mapping[str, np.ndarray], *, signed: bool = True, title: str = ""
) -> Figure:
    """Show matrices of numbers as colours, all on one scale.

    The scale leaves out the most extreme 0.5 % of the numbers, which would pale the
    others; they get the colour of its end.

    maps: name → array, shape (H, W). signed: centre the colours on zero; otherwise they
    go from zero to the largest value. title: above all of them.
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

    blocks: name → shape (C, H, W), C planes of H rows and W columns. signs: what stands
    between them, such as ``("∗", "=")``. title: above all of them.
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


# ------------------------------------------------------------------------ training


def plot_history(
    histories: History | Mapping[str, History], *, title: str = ""
) -> Figure:
    """Draw loss and accuracy against epochs, one colour for each run.

    Dashed: training; solid: validation. histories: one run, or name → run. title: say
    the data set here.
    """
    runs = {"": histories} if isinstance(histories, History) else histories
    figure, (loss, accuracy) = new_figure(8, 3.4, columns=2, squeeze=True)
    for colour, (name, history) in zip(SERIES, runs.items(), strict=False):
        for part, style in (("train", "--"), ("val", "-")):
            label = f"{name} {part}".strip()
            for axes, measure, unit in ((loss, "loss", 1), (accuracy, "accuracy", 100)):
                values = unit * np.array(getattr(history, f"{part}_{measure}"))
                epochs = range(1, len(values) + 1)
                marker = "o" if len(values) == 1 else None
                axes.plot(
                    epochs, values, style, color=colour, label=label, marker=marker
                )
    loss.set(xlabel="epoch", ylabel="mean loss per image", ylim=(0, None))
    accuracy.set(xlabel="epoch", ylabel="accuracy in percent")
    accuracy.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    for axes in (loss, accuracy):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(color="#EEEEEE")
    accuracy.legend(fontsize=8, frameon=False)
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

    curves: name → numbers. xlabel, ylabel: with their units. title: say the data set
    here.
    """
    figure, axes = new_figure(8, 3.6, squeeze=True)
    for colour, (name, values) in zip(SERIES, curves.items(), strict=False):
        places = range(1, len(values) + 1)
        axes.plot(places, values, marker="o", ms=4, color=colour, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(color="#EEEEEE")
    axes.legend(frameon=False)
    return figure


def live_history(*, title: str = "") -> Callable[[History], None]:
    """Return a callback for `fit` that keeps one picture of the history up to date.

    ``fit(..., on_epoch_end=live_history())`` works in a notebook. title: say the data
    set here.
    """
    from IPython.display import Image, Pretty, display

    # Shown before the first epoch, so that it stands above all that `fit` prints.
    handle = display(Pretty("No epoch is finished yet."), display_id=True)

    def show(history: History) -> None:
        picture = Image(figure_png(plot_history(history, title=title)), width=800)
        if handle:  # There is none outside a notebook.
            handle.update(picture)

    return show


# ------------------------------------------------------------------------- results


def plot_dots(
    rows: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    title: str = "",
    from_zero: bool = False,
) -> Figure:
    """Draw each number as a dot, one row for each name, the first on top.

    rows: name → its numbers, such as one for each seed; a black bar marks the mean of
    several. xlabel: what they are, with their unit. title: say the data set here.
    from_zero: begin the axis at zero and draw a line from there, for sizes and counts.
    """
    figure, axes = new_figure(8, 1.1 + 0.32 * len(rows), squeeze=True)
    for place, values in enumerate(rows.values()):
        at = np.full(len(values), place)
        axes.plot(values, at, "o", ms=8, alpha=0.7, mec="none", color=SERIES[0])
        if from_zero:
            axes.hlines(at, 0, values, color=SERIES[0], lw=2)
        if len(values) > 1:
            axes.plot(np.mean(values), place, "|", ms=18, mew=2, color=INK)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(xlabel=xlabel, title=title, ylim=(len(rows) - 0.5, -0.5))
    if from_zero:
        axes.set_xlim(0)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x", color="#EEEEEE")
    axes.set_axisbelow(True)
    return figure


def plot_confusion_matrix(
    matrix: np.ndarray, class_names: Sequence[str], *, title: str = ""
) -> Figure:
    """Draw a confusion matrix, counts or row fractions.

    The diagonal is left white: it would outshine the mistakes, which are the point.

    matrix: shape (K, K), from `evaluation.confusion_matrix`; integers are shown as
    counts, floats as percentages. class_names: one for each class. title: say the data
    set here.
    """
    counts = np.issubdtype(matrix.dtype, np.integer)
    shown = matrix if counts else 100 * matrix
    mistakes = np.where(np.eye(len(matrix), dtype=bool), np.nan, shown)
    figure, axes = new_figure(7.2, 6.4, squeeze=True)
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
