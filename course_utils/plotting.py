"""Figures: every function that begins with `plot` returns one and does nothing else."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from course_utils.arguments import (
    as_array,
    as_count,
    as_finite,
    as_named,
    as_names,
    as_text,
    as_texts,
    said,
)
from course_utils.colours import INK, MAGNITUDE, PAPER, SERIES, SIGNED
from course_utils.figures import (
    LOOKS,
    add_legend,
    figure_png,
    legend_text,
    new_figure,
    written,
)
from course_utils.lettering import told_apart
from course_utils.training import History

MOST_MAPS, MOST_BLOCKS = 12, 6  # side by side
NUMBERED, MOST_CLASSES = 20, 40  # classes in a confusion matrix, with and without text
STRAY = 0.1  # beyond [0, 1], as noise is: drawn black or white


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
    1]. titles: one for each image. columns: images in a row, 32 at most. title: above
    all of them. TypeError or ValueError for anything else.
    """
    images = _pictures(images)
    columns = min(as_count("columns", columns, most=32), len(images))
    rows = -(-len(images) // columns)
    titles = [""] * len(images) if titles is None else titles
    titles = as_texts("titles", titles, len(images), "images")
    lines = max(text.count("\n") + 1 if text else 0 for text in titles)
    tall = images.shape[2] / images.shape[3]
    height = rows * (8 / columns * tall + 0.14 * lines) + 0.5
    figure, axes = new_figure(8, height, rows=rows, columns=columns)
    for ax in axes.flat:
        ax.set_axis_off()
    size = 9 if columns <= 4 else 7.5
    top = 255 if images.dtype == np.uint8 else 1
    look = {"cmap": "gray", "vmin": 0, "vmax": top, "interpolation": "nearest"}
    for ax, image, text in zip(axes.flat, images, titles):  # the last row may be short
        ax.imshow(image[0] if len(image) == 1 else np.moveaxis(image, 0, -1), **look)
        text = written("titles", text, size, 8 / columns)
        ax.set_title(text, fontsize=size, color=INK)
    figure.headline(title)
    return figure


def _pictures(images: object) -> np.ndarray:
    images = as_finite("images", images, "NCHW")
    low, high = float(images.min()), float(images.max())
    most = 255 if images.dtype == np.uint8 else 1 + STRAY
    if images.shape[1] not in (1, 3) or low < -STRAY or high > most:
        raise ValueError(
            f"images has shape {images.shape}, {images.dtype} from {low:.4g} to "
            f"{high:.4g}; expected (N, 1, H, W) or (N, 3, H, W), uint8 or from 0 to 1. "
            "np.moveaxis(np.asarray(images), -1, 1) brings channels to their place, "
            "images * std + mean undoes a normalisation."
        )
    return images if images.dtype == np.uint8 else images.astype(float)


def plot_maps(
    maps: Mapping[str, np.ndarray], *, signed: bool = True, title: str = ""
) -> Figure:
    """Show matrices of numbers as colours, all on one scale.

    The scale leaves out the most extreme 0.5 % of the numbers, which would pale the
    others; they get the colour of its end.

    maps: name → array, shape (H, W), 12 at most. signed: centre the colours on zero;
    otherwise they go from zero to the largest value, and none may be below. title:
    above all of them. TypeError or ValueError for anything else.
    """
    maps = as_named("maps", maps, MOST_MAPS, partial(as_finite, axes="HW"))
    if not signed and min(values.min() for values in maps.values()) < 0:
        raise ValueError("maps holds numbers below 0; they need signed=True")
    magnitudes = abs(np.concatenate([m.ravel().astype(float) for m in maps.values()]))
    limit = np.quantile(magnitudes, 0.995) or 1.0
    tall = max(rows / columns for rows, columns in map(np.shape, maps.values()))
    room = 6.9 / len(maps)  # what the colour bar leaves for the width of each
    height = min(room * tall, 5) + (0.7 if title else 0.4)
    figure, axes = new_figure(8, height, columns=len(maps))
    figure.set_layout_engine("compressed")  # the colour bar as high as the maps
    names = told_apart([*maps], lambda name: written("maps", name, 12, room))
    for ax, name, values in zip(axes.flat, names, maps.values(), strict=True):
        look = {"cmap": SIGNED if signed else MAGNITUDE, "interpolation": "nearest"}
        low = -limit if signed else 0
        picture = ax.imshow(values, vmin=low, vmax=limit, **look)
        ax.set(title=name, xticks=[], yticks=[])
    ends = "neither" if magnitudes.max() <= limit else "both" if signed else "max"
    figure.colorbar(picture, ax=axes, label="value", extend=ends, panchor=(0.5, 1))
    figure.headline(title)
    return figure


def plot_blocks(
    blocks: Mapping[str, tuple[int, int, int]],
    *,
    signs: Sequence[str] | None = None,
    title: str = "",
) -> Figure:
    """Draw volumes as stacks of planes, side by side and to one scale.

    blocks: name → shape (C, H, W), C planes of H rows and W columns, 6 blocks at most.
    signs: what stands between two, such as ``("∗", "=")`` for three. title: above all
    of them. TypeError or ValueError for anything else.
    """
    blocks = as_named("blocks", blocks, MOST_BLOCKS, _shape)
    signs = [""] * (len(blocks) - 1) if signs is None else signs
    signs = [*signs] if isinstance(signs, str) else signs
    signs = [*as_texts("signs", signs, len(blocks) - 1, "gaps"), ""]
    figure, [[axes]] = new_figure(8, 3)
    unit = max(max(rows, columns) for _, rows, columns in blocks.values()) / 30
    words = {"ha": "center", "va": "center", "color": INK}
    left, look = 0.0, {"fc": PAPER, "ec": SERIES[0]}
    for (name, shape), sign in zip(blocks.items(), signs):
        planes, rows, columns = shape
        step = unit * min(1.5, 8 / planes)
        width = columns + (planes - 1) * step
        slot = max(width, 14 * unit)
        corner = left + (slot - width) / 2, -(rows + (planes - 1) * step) / 2
        lw = 1 if planes <= 16 else 0.3
        for place in reversed(range(planes)):
            at = corner[0] + place * step, corner[1] + place * step
            axes.add_patch(Rectangle(at, columns, rows, lw=lw, **look))
        text = f"{written('blocks', name, 10, 7 / len(blocks))}\n{shape}"
        axes.text(left + slot / 2, -24 * unit, text, fontsize=10, **words)
        left += slot + 8 * unit
        sign = written("signs", sign, 16, 1)
        axes.text(left - 4 * unit, 0, sign, fontsize=16, **words)
    axes.set(aspect="equal", xlim=(-unit, left), ylim=(-28 * unit, 23 * unit))
    axes.set_axis_off()
    figure.headline(title)
    return figure


def _shape(name: str, value: Sequence[int]) -> tuple[int, ...]:
    if not isinstance(value, tuple | list) or len(value) != 3:
        raise TypeError(f"{name} is {said(value)}; expected (C, H, W)")
    return tuple(as_count(name, size) for size in value)


# ------------------------------------------------------------------------ training


def plot_history(
    histories: History | Mapping[str, History], *, title: str = ""
) -> Figure:
    """Draw loss and accuracy against epochs, one colour for each run.

    Dashed: training; solid: validation. histories: one run, or name → run, 24 at most.
    title: say the data set here. TypeError or ValueError for anything else.
    """
    if isinstance(histories, Mapping):
        runs = as_named("histories", histories, len(LOOKS), _as_history)
    else:
        runs = {"": _as_history("histories", histories)}
    figure, [[loss, accuracy]] = new_figure(8, 3.4, columns=2)
    for number, (name, history) in enumerate(runs.items()):
        marker, colour = LOOKS[number]
        for part, style in (("train", "--"), ("val", "-")):
            for axes, measure, unit in ((loss, "loss", 1), (accuracy, "accuracy", 100)):
                values = unit * np.array(getattr(history, f"{part}_{measure}"))
                marked = number >= len(SERIES) or len(values) == 1
                look = {"color": colour, "marker": marker if marked else None}
                if part == "val" and len(values) == 1:  # no line that could tell it
                    look["markerfacecolor"] = "none"
                look["label"] = legend_text("histories", name, part)
                axes.plot(range(1, len(values) + 1), values, style, **look)
    lowest = 0 if loss.dataLim.y0 >= 0 else None  # some losses go below
    loss.set(xlabel="epoch", ylabel="mean loss per image", ylim=(lowest, None))
    accuracy.set(xlabel="epoch", ylabel="accuracy in percent")
    accuracy.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    for axes in (loss, accuracy):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(color="#EEEEEE")
    add_legend(figure, accuracy, fontsize=8)
    figure.headline(title)
    return figure


def _as_history(name: str, value: History) -> History:
    if not isinstance(value, History) or not value.train_loss:
        words = "expected a History with an epoch, as fit returns it, or a dict of such"
        raise TypeError(f"{name} is {said(value)}; {words}")
    for measure, numbers in vars(value).items():
        if isinstance(numbers, list) and numbers:
            as_finite(f"{measure} of {name}", numbers, "N")
    return value


def plot_curves(
    curves: Mapping[str, Sequence[float]], *, xlabel: str, ylabel: str, title: str = ""
) -> Figure:
    """Draw named series of numbers against their place, counted from 1.

    curves: name → numbers, NaN for a gap; 24 at most. xlabel, ylabel: with their units.
    title: say the data set here. TypeError or ValueError for anything else.
    """
    curves = as_named("curves", curves, len(LOOKS), _with_gaps)
    figure, [[axes]] = new_figure(8, 3.6)
    for (marker, colour), (name, values) in zip(LOOKS, curves.items()):
        look = {"marker": marker, "ms": 4, "color": colour}
        look["label"] = legend_text("curves", name)
        axes.plot(range(1, len(values) + 1), values, **look)
    axes.set_title(written("title", title, 12, 7))
    axes.set_xlabel(written("xlabel", xlabel, 10, 7))
    axes.set_ylabel(written("ylabel", ylabel, 10, 3))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(color="#EEEEEE")
    add_legend(figure, axes)
    return figure


def _with_gaps(name: str, values: Sequence[float]) -> np.ndarray:
    array = as_array(name, values, "N")
    if np.isinf(array).any() or np.isnan(array).all():
        words = "holds infinity, or nothing but NaN; expected numbers, NaN for a gap"
        raise ValueError(f"{name} {words}")
    return array


def live_history(*, title: str = "") -> Callable[[History], None]:
    """Return a callback for `fit` that keeps one picture of the history up to date.

    ``fit(..., on_epoch_end=live_history())`` works in a notebook. title: say the data
    set here.
    """
    from IPython.display import Image, Pretty, display

    as_text("title", title)  # at once, and not after the first epoch
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
    TypeError or ValueError for anything else.
    """
    rows = as_named("rows", rows, 150, partial(as_finite, axes="N"))
    if from_zero and min(values.min() for values in rows.values()) < 0:
        raise ValueError("rows holds numbers below 0; they need from_zero=False")
    figure, [[axes]] = new_figure(8, 1.1 + 0.32 * len(rows))
    for place, values in enumerate(rows.values()):
        at = np.full(len(values), place)
        axes.plot(values, at, "o", ms=8, alpha=0.7, mec="none", color=SERIES[0])
        if from_zero:
            axes.hlines(at, 0, values, color=SERIES[0], lw=2)
        if len(values) > 1:
            axes.plot(np.mean(values), place, "|", ms=18, mew=2, color=INK)
    axes.set_yticks(range(len(rows)), [written("rows", name, 10, 3) for name in rows])
    axes.set_title(written("title", title, 12, 7))
    axes.set_xlabel(written("xlabel", xlabel, 10, 5))
    axes.set_ylim(len(rows) - 0.5, -0.5)
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
    counts, floats as percentages. K is 40 at most; above 20 colours stand alone.
    class_names: one for each class. title: say the data set here. TypeError or
    ValueError for anything else.
    """
    shown, names = _confusions(matrix, class_names)
    counts, classes = shown.dtype.kind in "iu", len(shown)
    mistakes = np.where(np.eye(classes, dtype=bool), np.nan, shown)
    wider = max(0, classes - 10) * (0.5 if classes <= NUMBERED else 0.12)
    figure, [[axes]] = new_figure(7.2 + wider, 6.4 + wider)
    picture = axes.imshow(mistakes, cmap=MAGNITUDE, vmin=0)
    middle = (shown * ~np.eye(classes, dtype=bool)).max() / 2
    look = {"ha": "center", "va": "center", "fontsize": 8}
    for (row, column), value in np.ndenumerate(shown if classes <= NUMBERED else ()):
        right, text = row == column, f"{value}" if counts else f"{value:.1f}"
        if right or value:
            look["color"] = PAPER if not right and value <= middle else INK
            look["fontweight"] = "bold" if right else "normal"
            axes.text(column, row, text, **look)
    axes.set_xticks(range(classes), names, rotation=45, ha="right")
    axes.set_yticks(range(classes), names)
    axes.tick_params(labelsize=10 if classes <= NUMBERED else 8)
    axes.set(xlabel="predicted class", ylabel="true class")
    unit = "images" if counts else "% of the true class"
    figure.colorbar(picture, shrink=0.8, label=f"mistakes, {unit}")
    figure.headline(title)
    return figure


def _confusions(matrix: object, class_names: object) -> tuple[np.ndarray, list[str]]:
    """Return counts or percentages, and the names to write beside them."""
    matrix = as_finite("matrix", matrix, "KK")
    sums = matrix.sum(axis=1)
    fits = matrix.dtype.kind in "iu" or np.all((sums == 0) | (abs(sums - 1) < 0.02))
    if len(matrix) != len(matrix.T) or matrix.min() < 0 or not fits:
        raise ValueError(
            f"matrix has shape {matrix.shape}, {matrix.dtype} from {matrix.min()} to "
            f"{matrix.max()}, {sums.min():.4g} to {sums.max():.4g} in a row; expected "
            "(K, K), counts as integers, or shares that add up to 1 in each row, as "
            "confusion_matrix(..., normalize=True) gives them"
        )
    if len(matrix) > MOST_CLASSES:
        raise ValueError(
            f"matrix has {len(matrix)} classes; there is room for {MOST_CLASSES}. Draw "
            "a part, matrix[:40, :40], or name the worst confusions: "
            "largest_confusions(matrix, class_names, count=20)"
        )
    names = as_names("class_names", class_names, len(matrix))
    names = told_apart(names, lambda name: written("class_names", name, 10, 1.5))
    return matrix if matrix.dtype.kind in "iu" else 100 * matrix, names
