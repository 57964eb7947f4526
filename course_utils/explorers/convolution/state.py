"""The convolution explorer without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.convolution import conv2d, pad
from course_utils.examples import WORKED_IMAGE, WORKED_KERNEL, Matrix
from course_utils.sizes import Padding, padding_margins

LETTER: Matrix = (
    (0, 0, 0, 0, 0, 0, 0),
    (0, 9, 9, 9, 9, 9, 0),
    (0, 0, 0, 9, 0, 0, 0),
    (0, 0, 0, 9, 0, 0, 0),
    (0, 0, 0, 9, 0, 0, 0),
    (0, 0, 0, 9, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0),
)
IMAGES = {"worked example, 4 × 4": WORKED_IMAGE, "letter T, 7 × 7": LETTER}
KERNELS: tuple[Matrix, ...] = (
    ((2,),),
    WORKED_KERNEL,
    ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    ((1, 0, 0, -1), (0, 1, -1, 0), (0, -1, 1, 0), (-1, 0, 0, 1)),
)
"""One kernel of each size."""

MODES = ("valid", "same", "full", "custom")
CHOICES = {
    "kernel_size": (1, 2, 3, 4),
    "stride": (1, 2, 3),
    "padding": (0, 1, 2, 3),
    "dilation": (1, 2, 3),
}
"""What the sliders offer, as far as the kernel then fits into the picture."""

MOST_PADDING = max(CHOICES["padding"])
"""On a side, in any mode; more would make the cells unreadable."""

LARGEST_IMAGE = 8
"""Rows and columns; more numbers could not be read."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    image
        Rows of numbers, 2 to 8 by 2 to 8.
    kernels
        Square kernels of size 1, 2, 3 and 4, of which `kernel_size` picks one.
    mode
        One of `MODES`; ``"custom"`` means `padding` cells on each side.
    padding
        Cells above and to the left, whatever the mode.
    step
        How many output cells are filled in, at least 1.
    """

    image: Matrix = WORKED_IMAGE
    kernels: tuple[Matrix, ...] = KERNELS
    kernel_size: int = 2
    stride: int = 1
    mode: str = "valid"
    padding: int = 0
    dilation: int = 1
    step: int = 1


def initial_state(image: np.ndarray | None, kernel: np.ndarray | None) -> State:
    """Return the state to begin with.

    Parameters
    ----------
    image, kernel
        As in `convolution_explorer`.

    Returns
    -------
    State

    Raises
    ------
    ValueError
        If `image` or `kernel` has another shape, or the kernel exceeds the image.
    """
    image = np.asarray(State.image if image is None else image)
    kernel = np.asarray(KERNELS[State.kernel_size - 1] if kernel is None else kernel)
    if image.ndim != 2 or min(image.shape) < 2 or max(image.shape) > LARGEST_IMAGE:
        raise ValueError(
            f"image has shape {image.shape}; expected (H, W) with 2 to {LARGEST_IMAGE} "
            "rows and columns. Cut out a part, image[:6, :6], or use photo_explorer."
        )
    size = len(kernel) if kernel.ndim else 0
    if kernel.shape != (size, size) or size not in CHOICES["kernel_size"]:
        raise ValueError(
            f"kernel has shape {kernel.shape}; expected (K, K) with K from 1 to "
            f"{max(CHOICES['kernel_size'])}"
        )
    if size > min(image.shape):
        raise ValueError(
            f"the kernel, shape {kernel.shape}, is larger than the image, shape "
            f"{image.shape}; give a smaller kernel or a larger image"
        )
    kernels = (*KERNELS[: size - 1], _as_matrix(kernel), *KERNELS[size:])
    return State(image=_as_matrix(image), kernels=kernels, kernel_size=size)


@dataclass(frozen=True)
class Result:
    """The convolution that a state stands for, computed."""

    image: np.ndarray
    padded: np.ndarray
    margins: tuple[int, int]
    kernel: np.ndarray
    output: np.ndarray
    stride: int
    dilation: int

    @property
    def grids(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three matrices of the picture: padded image, kernel, output."""
        return self.padded, self.kernel, self.output

    def window(self, row: int, column: int) -> tuple[range, range]:
        """Return the rows and columns of the padded image under one output cell."""
        span = self.dilation * (len(self.kernel) - 1) + 1
        tops = row * self.stride, column * self.stride
        return tuple(range(top, top + span, self.dilation) for top in tops)


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
    image, kernel = np.array(state.image), np.array(_kernel(state))
    options = {
        "stride": state.stride,
        "padding": _padding(state),
        "dilation": state.dilation,
    }
    return Result(
        image=image,
        padded=pad(image, kernel.shape, **options),
        margins=_margins(state),
        kernel=kernel,
        output=conv2d(image, kernel, **options),
        stride=state.stride,
        dilation=state.dilation,
    )


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`, or ``"play"``, which moves the step.
    value
        One of the values that `choices` allows.

    Returns
    -------
    State
        A valid state. A padding mode or an image may leave no room for the kernel:
        then dilation gives way, and after it the kernel's size.
    """
    if name == "padding":
        state = replace(state, mode="custom")
    state = replace(state, **{"step" if name == "play" else name: value})
    return settle(state)


def settle(state: State) -> State:
    """Make a state valid by changing as little as possible.

    Parameters
    ----------
    state
        Any state.

    Returns
    -------
    State
    """
    if state.mode == "same":
        state = replace(state, stride=1)
    for name in ("dilation", "kernel_size"):
        while not _fits(state) and getattr(state, name) > 1:
            state = replace(state, **{name: getattr(state, name) - 1})
    return replace(
        state,
        padding=_margins(state)[0],
        step=min(state.step, compute(state).output.size),
    )


def choices(state: State, name: str) -> list[int]:
    """Return the values that a slider may take while the others stay as they are.

    Parameters
    ----------
    state
        A valid state.
    name
        A key of `CHOICES`.

    Returns
    -------
    list of int
        Consecutive integers, the present value among them.
    """
    moved = {"mode": "custom"} if name == "padding" else {}
    return [v for v in CHOICES[name] if _fits(replace(state, **moved, **{name: v}))]


def limits(state: State) -> list[str]:
    """Say why a slider of the kernel goes no further.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    list of str
        A sentence each for the kernel's size and the dilation, if it stops early.
    """
    sentences = []
    for name, letter in {"kernel_size": "K", "dilation": "D"}.items():
        last = choices(state, name)[-1]
        if last < CHOICES[name][-1]:
            needs = _needs(replace(state, **{name: last + 1}))
            sentences.append(
                f"{letter} stops at {last}: {letter} = {last + 1} would need {needs}."
            )
    return sentences


def _needs(state: State) -> str:
    before, after = _margins(state)
    if after > MOST_PADDING:
        return f"{after} cells of padding, and the picture has room for {MOST_PADDING}"
    image = "padded image" if after else "image"
    return f"{_span(state)} cells, and the {image} has {before + _side(state) + after}"


def _fits(state: State) -> bool:
    before, after = _margins(state)
    return (
        _span(state) <= before + _side(state) + after
        and after <= MOST_PADDING
        and not (state.mode == "same" and state.stride > 1)
    )


def _span(state: State) -> int:
    return state.dilation * (state.kernel_size - 1) + 1


def _side(state: State) -> int:
    return min(len(state.image), len(state.image[0]))


def _margins(state: State) -> tuple[int, int]:
    rows, _ = padding_margins(
        _padding(state), state.kernel_size, dilation=state.dilation
    )
    return rows


def _padding(state: State) -> Padding:
    return state.padding if state.mode == "custom" else state.mode


def _kernel(state: State) -> Matrix:
    return state.kernels[state.kernel_size - 1]


def _as_matrix(values: np.ndarray) -> Matrix:
    return tuple(map(tuple, values.tolist()))
