"""Bars that tell whether a network is as often right as it is sure."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from course_utils.arguments import as_finite, as_named, said
from course_utils.colours import INK, PAPER, QUIET, SERIES
from course_utils.figures import new_figure

Row = tuple[float, float, int]


def plot_reliability(networks: Mapping[str, Sequence[Row]], *, title: str) -> Figure:
    """Draw a bar for each row: how sure answers are, and how many of these are right.

    networks: name → rows of mean confidence, share right, and count, from 0 to 1 the
    first two. On the dashed line both are equal.
    """
    networks = as_named("networks", networks, 4, _as_rows)
    figure, axes = new_figure(8, 3.4, columns=len(networks))
    for panel, (name, rows) in zip(axes[0], networks.items()):
        for sure, right, count in rows:
            panel.bar(sure, right, 0.08, color=SERIES[0])
            look = {"size": 7, "ha": "center", "color": PAPER if right > 0.1 else QUIET}
            panel.text(sure, 0.02, f"{count:,.0f}", rotation=90, **look)
        panel.plot((0, 1), (0, 1), "--", color=INK, lw=1)
        panel.set(title=name, xlim=(0, 1.05), ylim=(0, 1.08), xlabel="confidence")
    axes[0, 0].set_ylabel("share that is right")
    figure.headline(title)
    return figure


def _as_rows(name: str, value: Sequence[Row]) -> np.ndarray:
    rows = as_finite(name, value, "RC")
    if rows.shape[1] != 3 or rows.min() < 0 or rows[:, :2].max() > 1:
        expected = "rows of confidence and share, from 0 to 1, and a count"
        raise ValueError(f"{name} is {said(value)}; expected {expected}")
    return rows
