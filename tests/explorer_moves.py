"""Find every explorer, and move its controls as a user would."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from ipywidgets import HTML, Image, Play, Widget
from torch import nn

from course_utils import explorers
from course_utils.data import ImageData
from course_utils.evaluation import Predictions
from course_utils.explorers.view import Explorer


def small_network() -> nn.Module:
    """A random network for three classes, the same each time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(4),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 1, 3),
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(4, 3),
        )


def random_data(*, count: int = 12, side: int = 8) -> ImageData:
    """Random colour images in three classes, the same ones in each split."""
    random = torch.Generator().manual_seed(0)
    shape = (count, 3, side, side)
    images = torch.randint(256, shape, generator=random, dtype=torch.uint8)
    targets = torch.arange(count) % 3
    return ImageData(
        *(images, targets) * 3,
        class_names=("shirt", "coat", "bag"),
        mean=torch.full((3,), 0.5),
        std=torch.full((3,), 0.3),
        name="random images",
        source="random images",
        is_complete=False,
    )


RANDOM = np.random.default_rng(0)
PHOTO = RANDOM.integers(0, 256, (24, 32), dtype=np.uint8)
MISTAKES = (
    RANDOM.integers(0, 256, (90, 1, 4, 4), dtype=np.uint8),
    Predictions(*RANDOM.integers(0, 3, (2, 90)), RANDOM.random(90, np.float32)),
    ("shirt", "coat", "bag"),
)
ARGUMENTS = {
    "photo_explorer": (PHOTO,),
    "mistake_explorer": MISTAKES,
    "confusion_explorer": MISTAKES,
    "feature_map_explorer": (small_network(), random_data()),
    "grad_cam_explorer": (small_network(), random_data()),
}
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
