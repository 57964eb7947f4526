"""Cases for the checks of notebook 05: networks with a gap, models, kernels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from course_utils.checks.judging import Case
from course_utils.models import FashionANN, FashionCNN, SmallFashionCNN
from course_utils.sizes import conv_output_size


@dataclass(frozen=True)
class Window:
    """One layer that slides a window: a convolution, or max-pooling if it has no maps.

    Parameters
    ----------
    kernel_size, stride, padding
        As in `conv_output_size`.
    maps
        Output channels of a convolution.
    """

    kernel_size: int
    stride: int = 1
    padding: int = 0
    maps: int | None = None

    def shrink(self, side: int) -> int:
        """Return the side of the output maps."""
        options = {"stride": self.stride, "padding": self.padding}
        return conv_output_size(side, self.kernel_size, **options)

    def layer(self, channels: int) -> nn.Module:
        """Return the layer, for images with so many channels."""
        if self.maps is None:
            return nn.MaxPool2d(self.kernel_size, self.stride)
        options = {"stride": self.stride, "padding": self.padding}
        return nn.Conv2d(channels, self.maps, self.kernel_size, **options)

    def words(self, channels: int) -> str:
        """Return the layer as a learner writes it."""
        if self.maps is None:
            return f"MaxPool2d({self.kernel_size})"
        step = f", stride={self.stride}" if self.stride > 1 else ""
        margin = f", padding={self.padding}" if self.padding else ""
        size = f"kernel_size={self.kernel_size}{step}{margin}"
        return f"Conv2d({channels}, {self.maps}, {size}), ReLU"


@dataclass(frozen=True)
class Network:
    """Layers before the linear layer whose ``in_features`` are asked for.

    Parameters
    ----------
    channels, side
        Of the images, which are square.
    windows
        From first to last.
    """

    channels: int
    side: int
    windows: tuple[Window, ...]

    def sides(self, shrink: Callable[[Window, int], float] = Window.shrink) -> list:
        """Return the side of the image and of each layer's maps.

        Parameters
        ----------
        shrink
            The rule; another than PyTorch's shows what a slip leads to.
        """
        sides = [self.side]
        for window in self.windows:
            sides.append(shrink(window, sides[-1]))
        return sides

    @property
    def maps(self) -> list[int]:
        """Channels of the image and of each layer's output."""
        maps = [self.channels]
        for window in self.windows:
            maps.append(window.maps or maps[-1])
        return maps

    def layers(self) -> nn.Sequential:
        """Return the layers, for a comparison with PyTorch."""
        pairs = zip(self.windows, self.maps, strict=False)
        return nn.Sequential(*(window.layer(maps) for window, maps in pairs))

    def words(self) -> list[str]:
        """Return the lines that a learner reads."""
        pairs = zip(self.windows, self.maps, strict=False)
        image = f"images {self.channels} × {self.side} × {self.side}"
        lines = [window.words(maps) for window, maps in pairs]
        return [image, *lines, "Flatten, Linear(?, 10)"]


def _strided(maps: int) -> Window:
    return Window(3, stride=2, padding=1, maps=maps)


_POOL = Window(2, stride=2)

NETWORKS = {
    "A": Network(3, 32, (_strided(32), _strided(64), _strided(128))),
    "B": Network(1, 28, (Window(5, maps=10), _POOL, Window(5, maps=20), _POOL)),
    "C": Network(
        3, 32, (Window(3, padding=1, maps=32), _POOL, Window(5, maps=64), _POOL)
    ),
    "D": Network(1, 28, (Window(3, maps=32), _POOL, Window(3, maps=64), _POOL)),
}
"""The four networks with a gap."""


class Reordered(nn.Module):
    """Calls its parts in another order than it made them, and one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.dense, self.bend = nn.Linear(3, 3), nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 3) to (N, 3)."""
        return self.bend(self.dense(self.bend(images)))


class Reshaped(nn.Module):
    """Flattens by a function, which is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense = nn.Conv2d(2, 4, 3), nn.Linear(4 * 2 * 3, 5)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 2, 4, 5) to (N, 5)."""
        return self.dense(torch.flatten(self.conv(images), 1))


def reference_cnn(num_classes: int = 10) -> nn.Sequential:
    """Return the network that the last exercise asks for.

    Parameters
    ----------
    num_classes
        Logits to return.

    Returns
    -------
    nn.Sequential
        Maps images (N, 3, 32, 32) to logits (N, num_classes).
    """
    return nn.Sequential(
        nn.Conv2d(3, 32, kernel_size=3, stride=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, kernel_size=3, stride=2),
        nn.ReLU(),
        nn.Conv2d(64, 128, kernel_size=3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(128 * 3 * 3, 1024),
        nn.ReLU(),
        nn.Linear(1024, num_classes),
    )


def trace_cases() -> list[Case]:
    """Return models of all kinds with images for them.

    Returns
    -------
    list of Case
        With the arguments ``(model, images)``.
    """
    pair = (
        "the pairs: one for each direct part of the network that is run, its class "
        "name, then its output's shape"
    )
    every = "which layers are noted: each one, also those without weights"
    batch = "the whole shape: its first number is how many images there are"
    order = "the order: that in which the layers are called, not made"
    direct = "the layers: the model's direct parts, not the parts of these"
    mode = "the mode while you trace: dropout and BatchNorm act when they train"
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        table = [
            (nn.Sequential(nn.Linear(3, 2)), (1, 3), pair),
            (nn.Sequential(nn.Linear(3, 2)), (2, 3), batch),
            (nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (2, 3), every),
            (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), (3, 3), batch),
            (nn.Sequential(nn.Conv2d(1, 2, 3, stride=2)), (2, 1, 7, 9), pair),
            (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), (1, 1, 4, 5), every),
            (Reordered(), (2, 3), order),
            (Reshaped(), (2, 2, 4, 5), order),
            (nn.Sequential(nn.Sequential(nn.Linear(3, 2), nn.ReLU())), (2, 3), direct),
            (_normed(), (4, 3), mode),
            (_normed(), (1, 3), mode),
            (_normed().eval(), (4, 3), mode),
            (FashionANN(), (2, 1, 28, 28), batch),
            (FashionCNN(), (3, 1, 28, 28), batch),
            (SmallFashionCNN().eval(), (1, 1, 28, 28), batch),
        ]
    return [
        Case((model, torch.linspace(-1, 1, int(np.prod(shape))).reshape(shape)), {}, at)
        for model, shape, at in table
    ]


def collapse_cases() -> list[Case]:
    """Return pairs of kernels.

    Returns
    -------
    list of Case
        With the arguments ``(first, second)``.
    """
    one = "two kernels with one weight each"
    size = "the size, and the place where two pairs of weights meet"
    meet = "all pairs of weights: each adds to one weight of the result"
    turn = "where a pair adds: places in the two kernels add up"
    axes = "rows and columns: each has a size of its own"
    decimals = "what becomes of decimals in the result, whichever kernel has them"
    table = [
        ([[2]], [[3]], one),
        ([[1, 2]], [[3]], turn),
        ([[3]], [[1, 10]], turn),
        ([[1, 2]], [[1, 3]], size),
        ([[1, 2]], [[0, 1]], turn),
        ([[1, 2]], [[1, 10]], meet),
        ([[1, 2, 3]], [[1, 10]], meet),
        ([[1], [2]], [[1], [10]], axes),
        ([[1, 2]], [[1], [10]], axes),
        ([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 0], [0, 10]], axes),
        ([[1, 2], [3, 4]], [[0, 1], [0, 0]], turn),
        ([[1, 2], [3, 4]], [[1, 10], [100, 1000]], meet),
        ([[0.5, 0.25]], [[1, 2]], decimals),
        ([[1, 2]], [[0.5, 0.25]], decimals),
    ]
    cases = [_kernels(first, second, hint) for first, second, hint in table]
    generator = np.random.default_rng(0)
    for _ in range(12):
        rows, columns = generator.integers(1, 4, (2, 2))
        kernels = (generator.integers(-9, 10, shape) for shape in (rows, columns))
        cases.append(_kernels(*kernels, meet))
    return cases


def _normed() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout())


def _kernels(first: ArrayLike, second: ArrayLike, look_at: str) -> Case:
    return Case((np.array(first), np.array(second)), look_at=look_at)
