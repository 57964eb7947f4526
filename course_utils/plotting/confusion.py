"""The figure of a confusion matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from course_utils.colours import INK, MAGNITUDE, PAPER
from course_utils.plotting.figures import new_figure


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
