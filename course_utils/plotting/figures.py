"""Figures that a notebook shows by itself, and their PNG files."""

import io

import numpy as np
from matplotlib.figure import Figure


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


def new_figure(
    width: float,
    height: float,
    *,
    rows: int = 1,
    columns: int = 1,
    squeeze: bool = False,
) -> tuple[Figure, np.ndarray]:
    """Make a figure with a grid of axes.

    Parameters
    ----------
    width, height
        In inches, of which a notebook shows 100 pixels each.
    rows, columns
        How many axes.
    squeeze
        Drop the axes' array where it has length 1, as in ``Figure.subplots``.

    Returns
    -------
    tuple
        The figure and its axes.
    """
    figure = NotebookFigure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=squeeze)
