"""Figures: every function returns a matplotlib `Figure` and does nothing else."""

from course_utils.plotting.confusion import plot_confusion_matrix
from course_utils.plotting.curves import live_history, plot_curves, plot_history
from course_utils.plotting.dots import plot_dots
from course_utils.plotting.figures import NotebookFigure, figure_png
from course_utils.plotting.images import (
    plot_blocks,
    plot_images,
    plot_maps,
    show_image,
)

__all__ = [
    "NotebookFigure",
    "figure_png",
    "live_history",
    "plot_blocks",
    "plot_confusion_matrix",
    "plot_curves",
    "plot_dots",
    "plot_history",
    "plot_images",
    "plot_maps",
    "show_image",
]
