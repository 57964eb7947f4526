"""What every figure is: shown by notebooks, its text whole, and in its room."""

import io
import warnings
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from course_utils.arguments import as_text
from course_utils.colours import SERIES
from course_utils.lettering import families, shortened

LOOKS = [*product("os^D", SERIES)]  # of the lines that can be told apart
HIGHEST = 60  # inches


class NotebookFigure(Figure):
    """A figure that a notebook shows by itself, without pyplot's global state."""

    def _repr_png_(self) -> bytes:
        return figure_png(self)

    def draw(self, renderer: Any) -> None:
        """Draw all text in fonts that have its letters."""
        for text in self.findobj(Text):
            text.set_fontfamily(families(text.get_text()))
        with warnings.catch_warnings():
            # What no font has is said once, with a cure: see `families`.
            warnings.filterwarnings("ignore", "Glyph")
            super().draw(renderer)

    def headline(self, title: str) -> None:
        self.suptitle(written("title", title, 11, 7.8), fontsize=11)


def figure_png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def new_figure(
    width: float, height: float, *, rows: int = 1, columns: int = 1
) -> tuple[NotebookFigure, np.ndarray]:
    """Make a figure, 100 pixels an inch in a notebook, and its axes, row by row."""
    if height > HIGHEST:
        raise ValueError(
            f"the figure would be {height:,.0f} inches high; expected {HIGHEST} at "
            "most: draw a part of it, such as images[:64]"
        )
    figure = NotebookFigure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def written(argument: str, given: str, size: float, inches: float) -> str:
    """Write a text as it is, `$` included; lines that are too wide are cut."""
    lines = as_text(argument, given).split("\n")
    text = "\n".join(shortened(line, size, 72 * inches) for line in lines)
    return text.replace("$", r"\$")


def legend_text(argument: str, name: str, part: str = "") -> str:
    text = f"{written(argument, name, 9, 2)} {part}".strip()
    # Matplotlib leaves out what begins with an underscore.
    return f" {text}" if text.startswith("_") else text


def add_legend(figure: Figure, axes: Axes, **look: Any) -> None:
    """Say which line is which: beside them, or below where there are many."""
    lines, names = axes.get_legend_handles_labels()
    if len(names) <= 2 * len(SERIES):
        axes.legend(frameon=False, **look)
    else:
        look = {"loc": "outside lower center", "ncols": 3, "frameon": False}
        figure.legend(lines, names, fontsize=8, **look)
        figure.set_figheight(figure.get_figheight() + 0.2 * len(names) / 3)
