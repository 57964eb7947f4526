"""The filter bank explorer without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from math import prod

import numpy as np

from course_utils.convolution import conv2d
from course_utils.examples import COLOUR_IMAGE, Planes
from course_utils.sizes import conv_output_size

CHANNELS = "RGB"

BANK: tuple[Planes, ...] = (
    (
        ((1, 0, 1), (0, 2, 0), (1, 0, 1)),
        ((-1, 0, 0), (0, -1, 0), (0, 0, -1)),
        ((0, 1, 0), (1, 0, 1), (0, 1, 0)),
    ),
    (
        ((1, -1, 0), (1, -1, 0), (1, -1, 0)),
        ((1, -1, 0), (1, -1, 0), (1, -1, 0)),
        ((1, -1, 0), (1, -1, 0), (1, -1, 0)),
    ),
    (
        ((1, 1, 1), (1, 1, 1), (1, 1, 1)),
        ((-1, -1, -1), (-1, -1, -1), (-1, -1, -1)),
        ((0, 0, 0), (0, 0, 0), (0, 0, 0)),
    ),
    (
        ((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
        ((2, 0, 0), (0, 0, 0), (0, 0, -1)),
        ((1, 1, 1), (0, 0, 0), (-1, -1, -1)),
    ),
)
"""Four kernels of three planes; a smaller kernel is the upper left corner of these.

At size 2 the first two are those of the colour example.
"""

CHOICES = {
    "in_channels": (1, 2, 3),
    "out_channels": (1, 2, 3, 4),
    "kernel_size": (1, 2, 3),
    "bias": tuple(range(-9, 10)),
}
"""What the sliders offer, whatever the others are."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    in_channels, out_channels, kernel_size
        As in ``torch.nn.Conv2d``, each one of its `CHOICES`.
    kernel
        Which kernel, and so which output plane, is explained; counted from 0.
    cell
        Which cell of that plane, in reading order; counted from 0.
    biases
        One number for each kernel of `BANK`, used or not.
    """

    in_channels: int = 3
    out_channels: int = 2
    kernel_size: int = 2
    kernel: int = 0
    cell: int = 0
    biases: tuple[int, ...] = (1, 0, -2, 3)


@dataclass(frozen=True)
class Result:
    """The convolution that a state stands for, computed.

    Parameters
    ----------
    image
        Array, shape (C, H, W).
    weight
        Array, shape (F, C, K, K).
    bias
        Array, shape (F,).
    sums
        Array, shape (F, C, OH, OW): each channel by itself.
    output
        Array, shape (F, OH, OW): the sums added up over the channels, with the bias.
    """

    image: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    sums: np.ndarray
    output: np.ndarray


def compute(state: State) -> Result:
    """Compute the convolution that a state stands for.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Result
    """
    image = np.array(COLOUR_IMAGE[: state.in_channels])
    size = slice(state.kernel_size)
    weight = np.array(BANK)[: state.out_channels, : state.in_channels, size, size]
    bias = np.array(state.biases[: state.out_channels])
    by_channel = [
        conv2d(image[[channel]], weight[:, [channel]])
        for channel in range(state.in_channels)
    ]
    return Result(
        image=image,
        weight=weight,
        bias=bias,
        sums=np.stack(by_channel, axis=1),
        output=conv2d(image, weight, bias),
    )


def change(state: State, name: str, value: int) -> State:
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`; ``"bias"``, that of the present kernel; ``"step"`` or
        ``"play"``, which count the output cells from 1, plane after plane.
    value
        A value that the control offers.

    Returns
    -------
    State
        A valid state. If its kernel or cell is gone, the last one takes its place.
    """
    if name in ("step", "play"):
        kernel, cell = divmod(value - 1, cells_of_plane(state))
        return replace(state, kernel=kernel, cell=cell)
    if name == "bias":
        biases = list(state.biases)
        biases[state.kernel] = value
        return replace(state, biases=tuple(biases))
    state = replace(state, **{name: value})
    return replace(
        state,
        kernel=min(state.kernel, state.out_channels - 1),
        cell=min(state.cell, cells_of_plane(state) - 1),
    )


def cells_of_plane(state: State) -> int:
    """Count the cells of one output plane.

    Parameters
    ----------
    state
        Its kernel and cell do not matter.

    Returns
    -------
    int
    """
    _, *sides = np.shape(COLOUR_IMAGE)
    return prod(conv_output_size(side, state.kernel_size) for side in sides)


def step(state: State) -> int:
    """Return the number of the present output cell among all planes, counted from 1.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    int
    """
    return state.kernel * cells_of_plane(state) + state.cell + 1
