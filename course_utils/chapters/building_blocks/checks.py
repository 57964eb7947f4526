"""Checks for *Building blocks*."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from course_utils import models
from course_utils.chapters.building_blocks.design import check_design, design
from course_utils.chapters.building_blocks.dropout import check_dropout, dropout
from course_utils.convolution import conv2d
from course_utils.kit.check import Check, Hint, Number, Numbers, drawn
from course_utils.kit.compare import shown
from course_utils.kit.networks import (
    BEFORE_LAYERS,
    ClassCheck,
    Demand,
    Make,
    layers,
    made_ready,
    network_demands,
    other_logits,
    three_classes,
    touches_images,
    touches_logits,
)
from course_utils.kit.probes import mistreated, state, unregistered
from course_utils.kit.verdict import Verdict, wrong
from course_utils.sizes import conv_output_size

# What stands in a file of its own is found here by `own`, too.
__all__ = ["check_design", "check_dropout", "design", "dropout"]

# ------------------------------------------------------------- two networks to repair

FEW = "how many layers there are, and for each what goes in and what comes out"


def in_train_mode(image: tuple[int, int, int]) -> list[Demand]:
    mode = {"image": image, "training": True}
    first, last = partial(touches_images, **mode), partial(touches_logits, **mode)
    behind = "what happens behind the last layer: the loss expects all logits"
    return [
        Demand("at its beginning, in train mode", first, BEFORE_LAYERS),
        Demand("at its end, in train mode", last, behind),
    ]


def ann_demands() -> list[Demand]:
    image = (1, 28, 28)
    # `view(-1, 784)` refuses them, too; the sides that it takes are the CNN's matter.
    demands = network_demands(models.FashionANN, image, other_sides=(30, 27))
    relu = "the activation: a ReLU makes negative numbers 0, and leaves the others"
    complaint = "a ReLU gives other logits with the same weights"
    about = {"reference": models.FashionANN, "image": image, "complaint": complaint}
    activation = Demand("and its activation", partial(other_logits, **about), relu)
    demands.insert(1, too_few(2, image))
    return [*demands, *in_train_mode(image), activation]


def too_few(wanted: int, image: tuple[int, int, int]) -> Demand:
    """Tell a network that lacks layers from one that hides some."""

    def lacks(make: Make) -> str:
        try:
            model = made_ready(make, image)
            found, output = len(layers(model)), model(torch.zeros(2, *image))
        except Exception:  # the demands that follow say more
            return ""
        lacking = 0 < found < wanted and not unregistered(model, output)
        return f"expected {wanted} layers with weights, it has {found}" * lacking

    return Demand("and its layers", lacks, FEW)


def cnn_demands() -> list[Demand]:
    image = (3, 32, 32)
    # These sides leave maps of 4 and of 2 cells, whose 9 · 128 · 4 · 4 and
    # 9 · 128 · 2 · 2 numbers fill whole rows of 128 · 3 · 3.
    demands = network_demands(models.CifarCNN, image, other_sides=(40, 24))
    demands.insert(6, three_classes(image))
    demands.insert(1, too_few(5, image))
    demands.insert(2, Demand("and its layers", others, "the layers that are asked for"))
    return [*demands, *in_train_mode(image)]


def others(make: Make) -> str:
    found = re.search(r"(\w*(Pool|Norm)\w*)\(", repr(make()))
    return f"it has {found[1]}, which is not asked for" if found else ""


check_ann = ClassCheck("ANN", ann_demands)
check_cnn = ClassCheck("CNN", cnn_demands, seconds=8)

# ------------------------------------------------------------- four networks with a gap


@dataclass(frozen=True)
class Window:
    """A layer that slides a window: a convolution, or max-pooling if it has no maps."""

    kernel_size: int
    stride: int = 1
    padding: int = 0
    maps: int | None = None

    def shrink(self, side: int) -> int:
        options = {"stride": self.stride, "padding": self.padding}
        return conv_output_size(side, self.kernel_size, **options)

    def words(self, channels: int) -> str:
        """Write it as a learner does, for images with so many channels."""
        if self.maps is None:
            return f"MaxPool2d({self.kernel_size})"
        step = f", stride={self.stride}" if self.stride > 1 else ""
        margin = f", padding={self.padding}" if self.padding else ""
        size = f"kernel_size={self.kernel_size}{step}{margin}"
        return f"Conv2d({channels}, {self.maps}, {size}), ReLU"


Shrink = Callable[[Window, int], float]


@dataclass(frozen=True)
class Network:
    """Square images, and the windows before the linear layer with the gap."""

    channels: int
    side: int
    windows: tuple[Window, ...]

    def sides(self, shrink: Shrink = Window.shrink) -> list[float]:
        """Return the side of the image, and of the maps after each window."""
        sides = [self.side]
        for window in self.windows:
            sides.append(shrink(window, sides[-1]))
        return sides

    def words(self) -> list[str]:
        lines = [f"images {self.channels} × {self.side} × {self.side}"]
        channels = self.channels
        for window in self.windows:
            lines.append(window.words(channels))
            channels = window.maps or channels
        return [*lines, "Flatten, Linear(?, 10)"]


STRIDED, POOL = Window(3, stride=2, padding=1), Window(2, stride=2)
NETWORKS = {
    "A": Network(3, 32, tuple(replace(STRIDED, maps=maps) for maps in (32, 64, 128))),
    "B": Network(1, 28, (Window(5, maps=10), POOL, Window(5, maps=20), POOL)),
    "C": Network(3, 32, (Window(3, 1, 1, maps=32), POOL, Window(5, maps=64), POOL)),
    "D": Network(1, 28, (Window(3, maps=32), POOL, Window(3, maps=64), POOL)),
}


def networks_with_gaps() -> str:
    """Write the networks whose ``?`` is asked for, one line per layer."""
    texts = {letter: "\n   ".join(n.words()) for letter, n in NETWORKS.items()}
    return "\n\n".join(f"{letter}  {text}" for letter, text in texts.items())


def rounded_up(window: Window, side: float) -> float:
    room = side + 2 * window.padding - window.kernel_size
    return math.ceil(room / window.stride + 1)


def padded_once(window: Window, side: int) -> int:
    return replace(window, padding=0).shrink(side + window.padding)


SLIPS: list[tuple[Shrink, str]] = [
    (rounded_up, "the rounding: a step that does not fit is no step"),
    (
        lambda window, side: replace(window, stride=1).shrink(side),
        "the stride, and the pooling, which has one, too",
    ),
    (padded_once, "the padding: it is on both sides"),
    (lambda window, side: replace(window, padding=0).shrink(side), "the padding"),
    (
        lambda window, side: window.shrink(side) if window.maps else side,
        "the pooling layers",
    ),
]


def in_features(network: Network) -> Number:
    *_, before, side = network.sides()
    *earlier, maps = network.channels, *(w.maps for w in network.windows if w.maps)
    last = "the channels: those of the last convolution count"
    causes = {channels * side**2: last for channels in earlier}
    causes |= {maps * network.sides(slip)[-1] ** 2: hint for slip, hint in SLIPS}
    causes |= {
        maps * before**2: "the number of layers: one more shrinks the maps",
        10 * (maps * side**2 + 1): "the ?: a number of inputs, not of parameters",
        maps * network.side**2: "what shrinks the maps: strides, and pooling",
        maps * side: "both sides of a map: it has rows and columns",
        side**2: "the channels: each of them has a map of its own",
        maps: "the size of a map",
        side: "what is flattened: all cells of all maps",
    }
    otherwise = "the side of a map after each layer"
    return Number(maps * side**2, causes, otherwise=otherwise)


GAPS = {letter: in_features(network) for letter, network in NETWORKS.items()}
SIZES = Numbers(
    GAPS,
    what="four numbers",
    called="network {}",
    causes=[([GAPS[letter].expected for letter in "ABDC"], "C and D: which is which?")],
)


def check_linear_sizes(answer: Sequence | Mapping | None) -> Verdict:
    """Check the ``in_features`` of each of `NETWORKS`, in order or letter → number."""
    if isinstance(answer, Mapping):
        if set(answer) != set(NETWORKS):
            return wrong(f"the letters should be A, B, C, D, got {shown(answer)}")
        answer = [answer[letter] for letter in NETWORKS]
    return SIZES(answer)


# -------------------------------------------------------------------- shapes to note


class Reordered(nn.Module):
    """Calls its parts in another order than it made them, and one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.dense, self.bend = nn.Linear(3, 3), nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        return self.bend(self.dense(self.bend(images)))


class Reshaped(nn.Module):
    """Flattens by a function, which is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense = nn.Conv2d(2, 4, 3), nn.Linear(4 * 2 * 3, 5)

    def forward(self, images: Tensor) -> Tensor:
        return self.dense(torch.flatten(self.conv(images), 1))


def normed() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout())


def traced_models() -> list[tuple[nn.Module, tuple[int, ...], str]]:
    """Return models of all kinds, a shape of images, and where to look."""
    pair = "the pairs: one for each direct part that is run: class name, output's shape"
    every = "which layers are noted: each one, also without weights, by its own name"
    batch = "the whole shape: its first number is how many images there are"
    order = "the order: that in which the layers are called, not made; each call counts"
    direct = "the layers: the model's direct parts, not the parts of these"
    mode = "the mode while you trace: dropout and BatchNorm act when they train"
    mixed = nn.Sequential(normed(), nn.ReLU())
    mixed[0][1].eval()
    return [
        (nn.Sequential(nn.Linear(3, 2)), (1, 3), pair),
        (nn.Sequential(nn.Linear(3, 2)), (2, 3), batch),
        (nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (2, 3), every),
        (nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)), (3, 3), every),
        (nn.Sequential(nn.Conv2d(1, 2, 3, stride=2)), (2, 1, 7, 9), pair),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), (1, 1, 4, 5), every),
        (Reordered(), (2, 3), order),
        (Reshaped(), (2, 2, 4, 5), order),
        (nn.Sequential(nn.Sequential(nn.Linear(3, 2), nn.ReLU())), (2, 3), direct),
        (normed(), (4, 3), mode),
        (normed(), (1, 3), mode),
        (normed().eval(), (4, 3), mode),
        (mixed, (4, 3), mode),
        (models.FashionANN(), (2, 1, 28, 28), batch),
        (models.FashionCNN(), (3, 1, 28, 28), batch),
        (models.SmallFashionCNN().eval(), (1, 1, 28, 28), batch),
    ]


# The right class, and the right number of images.
OTHER_SHAPE = r"expected (\(\S+ \(\d+, ).*yours is tuple \1"


def trace_demands() -> list[Demand]:
    line = "the line that is named: a model need not have a len, nor parts by number"
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        return [
            Demand(f"on {in_words(*tried)}", partial(traced, *tried), hint, error)
            for *tried, hint in traced_models()
            for error in [hint if hint.startswith("the mode") else line]
        ]


def traced(
    model: nn.Module, shape: tuple[int, ...], trace_shapes: Callable
) -> str | tuple[str, str]:
    """Say how the shapes differ, or how model or images were mistreated."""
    images = torch.linspace(-1, 1, math.prod(shape)).reshape(shape)
    given = images.clone()
    for weights in model.parameters():
        weights.grad = torch.zeros_like(weights)
    model.apply(lambda part: part.register_forward_hook(lambda *_: None))
    expected, before = models.trace_shapes(model, images), state(model)
    with torch.enable_grad():  # The learner may have switched gradients off before.
        other = other_shapes(expected, trace_shapes(model, images))
        modes, _, hooks, _ = state(model)
        changed = mistreated(model, before)
        if modes != before[0] and modes[0] == before[0][0]:
            changed = "changed the mode of one of the model's parts"
        if hooks < before[2]:
            changed = "took a hook off the model that it came with"
    with torch.no_grad():
        trace_shapes(model, images)
        if torch.is_grad_enabled():
            changed = changed or "gradients were off before, and are on afterwards"
    if not torch.equal(images, given):
        changed = changed or "changed the images"
    if re.search(OTHER_SHAPE, other):
        return other, "each layer's own output; what a hook returns takes its place"
    return other or (changed, "what must stay as it was")


check_trace_shapes = ClassCheck("trace_shapes", trace_demands, "function")


def other_shapes(expected: list, result: object) -> str:
    if result is None:
        return "returned None: does it end with a return?"
    if not isinstance(result, list):
        return f"expected a list of pairs, yours returned {shown(result)}"
    if not result:
        return "the list is empty: no hook was called"
    others = len(result) - len(expected)
    if others > 0 and result[others:] == expected:
        return f"the right pairs come last, behind {others} that were there before"
    for place, (pair, yours) in enumerate(zip(expected, result)):
        if not isinstance(yours, tuple) or pair != yours:
            return f"at [{place}] expected {pair}, yours is {shown(yours)}"
    return f"expected length {len(expected)}, yours is {len(result)}" * (others != 0)


def in_words(model: nn.Module, shape: tuple[int, ...]) -> str:
    parts = ", ".join(type(part).__name__ for part in model.children())
    mode = "train" if model.training else "eval"
    return f"{type(model).__name__}({parts}) in {mode} mode, images {shape}"


# ----------------------------------------------------------------- one kernel for two


def collapse(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    # Full cross-correlation with the turned kernel adds up the places of both.
    return conv2d(first, second[::-1, ::-1], padding="full")


def any_kernels(rng: np.random.Generator, number: int) -> tuple:
    rows, columns = rng.integers(1, 4, (2, 2))
    return rng.integers(-9, 10, rows), rng.integers(-9, 10, columns)


TURN = "where a pair adds: places in the two kernels add up"
MEET = "all pairs of weights: each adds to one weight of the result"
AXES = "rows and columns: each has a size of its own"
SIZE = "the size: the docstring has it, for rows and for columns"
ROOM = "what becomes of decimals, and of large numbers, whichever kernel has them"
BYTES = np.array([[1, 2]], np.uint8)
PAIRS = f"{AXES}; and @ is another product"
check_collapse = Check(
    "collapse",
    collapse,
    ["two kernels with one weight each", ([[2]], [[3]])],
    [Hint(TURN, SIZE, PAIRS), ([[1, 2]], [[3]]), ([[3]], [[1, 10]])],
    ["the size, and the place where two pairs of weights meet", ([[1, 2]], [[1, 3]])],
    [TURN, ([[1, 2]], [[0, 1]])],
    [MEET, ([[1, 2]], [[1, 10]]), ([[1, 2, 3]], [[1, 10]])],
    [Hint(MEET, at_shape=SIZE), ([[1], [2]], [[1], [10]])],
    [AXES, ([[1, 2]], [[1], [10]])],
    ([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 0], [0, 10]]),
    [TURN, ([[1, 2], [3, 4]], [[0, 1], [0, 0]])],
    [MEET, ([[1, 2], [3, 4]], [[1, 10], [100, 1000]])],
    [Hint(ROOM, at_error=ROOM), ([[0.5, 0.123]], [[1, 2]]), ([[1, 2]], [[0.5, 0.25]])],
    [(BYTES, [[300]]), ([[300]], BYTES)],
    [MEET, *drawn(12, any_kernels)],
    slips={"expected 30, yours is 0$": MEET},
    ready_made=("convolve", "convolve2d", "oaconvolve"),
)
