"""Find every explorer, and what each of its controls can be set to."""

import importlib
import importlib.util
import pkgutil

import numpy as np
import torch
from ipywidgets import BoundedFloatText, Checkbox, IntSlider
from text_room import labels_of
from torch import nn

from course_utils import chapters
from course_utils.data import ImageData
from course_utils.evaluation import Predictions
from course_utils.kit.scene import Hover

CLASSES = ("shirt", "coat", "bag")


def small_network() -> nn.Module:
    """A random network for three classes, the same each time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        maps = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4)
        more = nn.MaxPool2d(2), nn.Conv2d(4, 1, 3), nn.Flatten(), nn.Dropout()
        return nn.Sequential(*maps, *more, nn.Linear(4, 3))


def random_data(count: int = 12) -> ImageData:
    """Random colour images in three classes, the same ones in each split."""
    random = torch.Generator().manual_seed(0)
    images = torch.randint(256, (count, 3, 8, 8), generator=random, dtype=torch.uint8)
    splits, half = (images, torch.arange(count) % 3) * 3, torch.full((3,), 0.5)
    return ImageData(*splits, CLASSES, half, half, "random", "random", False)


RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (90, 1, 4, 4), dtype=np.uint8)
SAID = Predictions(*RANDOM.integers(0, 3, (2, 90)), RANDOM.random(90, np.float32))


FILES = {}
for found in pkgutil.walk_packages(chapters.__path__, f"{chapters.__name__}."):
    members = vars(importlib.import_module(found.name)).items()
    makers = [make for name, make in members if name.endswith("_explorer")]
    if makers := [make for make in makers if make.__module__ == found.name]:
        FILES[found.name.replace(".", "/") + ".py"] = makers
assert FILES, "no chapter has an explorer"


def maker(file):
    names = [make.__name__ for make in FILES[file]]
    assert len(names) == 1, f"{file} defines {names}: give each a file of its own"
    return FILES[file][0]


def own(file, name):
    """What an explorer's own tests say of it: ARGUMENTS, SAYS or REFUSED."""
    module = file.removeprefix("course_utils/").removesuffix(".py").replace("/", ".")
    found = importlib.util.find_spec(module)
    return getattr(found and importlib.import_module(module), name, ())


def explorer_of(file):
    return maker(file)(*own(file, "ARGUMENTS"))


def drawn(state, kind):
    """All shapes of a kind."""
    return [shape for shape in state.scene().shapes if isinstance(shape, kind)]


def all_said(state):
    """What can be read, and what a screen reader says."""
    hovers, labels = drawn(state, Hover), labels_of(state.scene())
    texts = [hover.description for hover in hovers] + [label.text for label in labels]
    return " ".join([state.scene().description, *texts])


def settings(state, name):
    """All that a menu offers; of numbers both ends, 0 and the middle."""
    kind, now = state.controls()[name].kind, getattr(state, name)
    if kind is Checkbox:
        return [not now, now]
    if kind is BoundedFloatText:
        low, high = state.controls()[name].values
        return [high, low, min(max(0, low), high), (low + high) / 2]
    values = state.choices(name)
    ends = [values[-1], values[0], values[len(values) // 2], *[0] * (0 in values)]
    return ends if kind is IntSlider else values
