"""Figures of what happens in the course of a training run."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.colours import SERIES
from course_utils.plotting.figures import figure_png, new_figure
from course_utils.training.history import History


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

    Parameters
    ----------
    title
        Say the data set here.

    Returns
    -------
    callable
        ``fit(..., on_epoch_end=live_history())``. Works in a notebook.
    """
    from IPython.display import Image, Pretty, display

    # Shown before the first epoch, so that it stands above all that `fit` prints.
    handle = display(Pretty("No epoch is finished yet."), display_id=True)

    def show(history: History) -> None:
        picture = Image(figure_png(plot_history(history, title=title)), width=800)
        if handle:  # There is none outside a notebook.
            handle.update(picture)

    return show
