"""Find every explorer, and move its controls as a user would."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
from ipywidgets import HTML, Image, Play, Widget

from course_utils import explorers
from course_utils.evaluation import Predictions
from course_utils.explorers.view import Explorer

RANDOM = np.random.default_rng(0)
PHOTO = RANDOM.integers(0, 256, (24, 32), dtype=np.uint8)
MISTAKES = (
    RANDOM.integers(0, 256, (90, 1, 4, 4), dtype=np.uint8),
    Predictions(*RANDOM.integers(0, 3, (2, 90)), RANDOM.random(90, np.float32)),
    ("shirt", "coat", "bag"),
)
ARGUMENTS = {"photo_explorer": (PHOTO,), "mistake_explorer": MISTAKES}
"""For those that cannot be made without."""


def all_explorers() -> dict[str, Callable[[], Explorer]]:
    """How to make each explorer of the course, by name."""
    makers = {}
    for module in pkgutil.iter_modules(explorers.__path__, "course_utils.explorers."):
        for name, member in vars(importlib.import_module(module.name)).items():
            if name.endswith("_explorer") and inspect.isfunction(member):
                makers[name] = lambda make=member, name=name: make(
                    *ARGUMENTS.get(name, ())
                )
    return dict(sorted(makers.items()))


def pictures_of(explorer: Explorer) -> dict[str, Widget]:
    """The widgets that only show something."""
    shown = (HTML, Image)
    return {n: w for n, w in explorer.widgets.items() if isinstance(w, shown)}


def controls_of(explorer: Explorer) -> dict[str, Widget]:
    """The widgets that a user moves."""
    shown = pictures_of(explorer)
    return {n: w for n, w in explorer.widgets.items() if n not in shown}


def settings_of(widget: Widget) -> list[Any]:
    """What a control can be set to: all of a list, else both ends and the middle."""
    if getattr(widget, "disabled", False):
        return [widget.value]
    if hasattr(widget, "_options_full"):
        return [value for _, value in widget._options_full]
    if isinstance(widget.value, bool):
        return [not widget.value, widget.value]
    whole = isinstance(widget.value, int) or isinstance(widget, Play)
    middle = (widget.min + widget.max) / 2
    return [widget.max, widget.min, int(middle) if whole else middle]
