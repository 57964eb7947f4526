"""The figure of a few numbers for each of several names."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.colours import INK, SERIES
from course_utils.plotting.figures import new_figure


def plot_dots(
    rows: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    title: str = "",
    from_zero: bool = False,
) -> Figure:
    """Draw each number as a dot, one row for each name, the first on top.

    Parameters
    ----------
    rows
        Name → its numbers, such as one for each seed. A black bar marks the mean of
        several.
    xlabel
        What the numbers are, with their unit.
    title
        Say the data set here.
    from_zero
        Begin the axis at zero and draw a line from there: for sizes and counts.

    Returns
    -------
    Figure
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
