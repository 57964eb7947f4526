"""The matrix explorer without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.convolution import pad
from course_utils.examples import WORKED_IMAGE, Matrix
from course_utils.explorers.convolution.state import KERNELS
from course_utils.patterns import convolution_matrix
from course_utils.sizes import conv_output_size

SIGNAL: Matrix = (WORKED_IMAGE[0] + WORKED_IMAGE[1],)
SIGNAL_KERNELS: tuple[Matrix, ...] = (
    ((2,),),
    ((1, 2),),
    ((-1, 0, 1),),
    ((1, -2, 2, -1),),
)
"""One kernel of each size; what has one axis is a matrix of one row here."""

CHOICES = {"kernel_size": (1, 2, 3, 4), "stride": (1, 2, 3), "padding": (0, 1)}
"""What the sliders offer, as far as it fits together."""

INPUT_SHAPES = [(n,) for n in range(4, 11)] + [
    (3, 3),
    (3, 4),
    (3, 5),
    (4, 3),
    (4, 4),
    (5, 3),
]
"""A larger matrix could not be read."""

Pair = tuple[int, int]


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    axes
        1 for the signal, 2 for the image.
    inputs
        The signal as one row, and the image.
    kernels
        For the signal and for the image: kernels of size 1, 2, 3 and 4, of which
        `kernel_size` picks one.
    stride
        At most `largest_stride`.
    padding
        Zeros on each side, fewer than `kernel_size`.
    cell
        The output cell that is explained, counted row by row from 1.
    """

    axes: int = 2
    inputs: tuple[Matrix, ...] = (SIGNAL, WORKED_IMAGE)
    kernels: tuple[tuple[Matrix, ...], ...] = (SIGNAL_KERNELS, KERNELS)
    kernel_size: int = 2
    stride: int = 1
    padding: int = 0
    cell: int = 1

    @property
    def name(self) -> str:
        """What the input is called."""
        return "signal" if self.axes == 1 else "image"

    @property
    def image(self) -> np.ndarray:
        """The input: an image, or a signal as an image of one row."""
        return np.array(self.inputs[self.axes - 1])

    @property
    def kernel(self) -> np.ndarray:
        """The kernel, with one row for a signal."""
        return np.array(self.kernels[self.axes - 1][self.kernel_size - 1])

    @property
    def largest_kernel(self) -> int:
        """The size of the largest kernel that fits without padding."""
        return min(self.image.shape[-self.axes :])

    @property
    def largest_stride(self) -> int:
        """The stride that leaves one window: a larger one would change nothing."""
        return max(replace(self, stride=1).output_shape)

    @property
    def steps(self) -> Pair:
        """Stride for rows and for columns; a signal has one row only."""
        return (self.stride if self.axes == 2 else 1), self.stride

    @property
    def margins(self) -> Pair:
        """Padding above and to the left; a signal has none above."""
        return (self.padding if self.axes == 2 else 0), self.padding

    @property
    def output_shape(self) -> Pair:
        """Rows and columns of the output."""
        sides = zip(self.image.shape, self.kernel.shape, self.steps, self.margins)
        return tuple(
            conv_output_size(n, k, stride=s, padding=p) for n, k, s, p in sides
        )


def initial_state(image: np.ndarray | None, kernel: np.ndarray | None) -> State:
    """Return the state to begin with.

    Parameters
    ----------
    image, kernel
        As in `matrix_explorer`.

    Returns
    -------
    State

    Raises
    ------
    ValueError
        If `image` or `kernel` has another shape, or they do not fit together.
    """
    axes = next((np.ndim(a) for a in (image, kernel) if a is not None), 2)
    if axes not in (1, 2):
        raise ValueError(f"expected a signal (N,) or an image (H, W), got {axes} axes")
    state = State(axes=axes)
    if image is not None:
        if np.shape(image) not in INPUT_SHAPES:
            raise ValueError(
                f"image has shape {np.shape(image)}; expected one of {INPUT_SHAPES}. "
                "Cut out a part: image[:4, :4]."
            )
        state = replace(state, inputs=_put(state.inputs, axes - 1, _rows(image)))
    return state if kernel is None else _with_kernel(state, kernel)


@dataclass(frozen=True)
class Result:
    """The convolution that a state stands for, computed as a matrix product.

    Parameters
    ----------
    state
        Where it comes from.
    padded
        The image with its padding.
    matrix
        Shape (cells of the output, pixels of the image).
    used
        Where the matrix holds a weight, which may be 0 itself.
    output
        Shape (OH, OW).
    """

    state: State
    padded: np.ndarray
    matrix: np.ndarray
    used: np.ndarray
    output: np.ndarray

    def place(self, row: int) -> Pair:
        """Return the output cell that a row of the matrix computes."""
        return divmod(row, self.output.shape[1])

    def window(self, row: int) -> tuple[range, range]:
        """Return the rows and columns of the padded image that it looks at."""
        sides = zip(self.place(row), self.state.steps, self.state.kernel.shape)
        return tuple(range(i * step, i * step + size) for i, step, size in sides)


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
    image, kernel = state.image, state.kernel
    matrix = _matrix(state, kernel)
    return Result(
        state=state,
        padded=pad(image, kernel.shape, padding=state.margins),
        matrix=matrix,
        used=_matrix(state, np.ones_like(kernel)) > 0,
        output=(matrix @ image.ravel()).reshape(state.output_shape),
    )


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`, or ``"play"``, which moves the output cell.
    value
        One of the values that `choices` allows.

    Returns
    -------
    State
        A valid state: kernel, padding and stride shrink where they do not fit.
    """
    state = replace(state, **{"cell" if name == "play" else name: value})
    size = min(state.kernel_size, state.largest_kernel)
    state = replace(state, kernel_size=size, padding=min(state.padding, size - 1))
    state = replace(state, stride=min(state.stride, state.largest_stride))
    return replace(state, cell=min(state.cell, int(np.prod(state.output_shape))))


def choices(state: State, name: str) -> list[int]:
    """Return the values that a slider may take; the stride gives way to the others.

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
    allowed = {
        "kernel_size": range(state.padding + 1, state.largest_kernel + 1),
        "stride": range(1, state.largest_stride + 1),
        "padding": range(state.kernel_size),
    }
    return [value for value in CHOICES[name] if value in allowed[name]]


def _matrix(state: State, kernel: np.ndarray) -> np.ndarray:
    height, width = state.image.shape
    (top, left), (down, right) = state.margins, state.steps
    padded = height + 2 * top, width + 2 * left
    cells = replace(state, stride=1).output_shape
    matrix = convolution_matrix(kernel, padded).reshape(*cells, *padded)
    # A stride leaves windows out, and the zeros of padding need no columns.
    matrix = matrix[::down, ::right, top : top + height, left : left + width]
    return matrix.reshape(-1, height * width)


def _with_kernel(state: State, kernel: np.ndarray) -> State:
    shapes = [(size,) * state.axes for size in choices(state, "kernel_size")]
    if np.shape(kernel) not in shapes:
        raise ValueError(
            f"kernel has shape {np.shape(kernel)}; expected one of {shapes} for an "
            f"image of shape {state.image.shape[-state.axes :]}"
        )
    size, axis = len(kernel), state.axes - 1
    own = _put(state.kernels[axis], size - 1, _rows(kernel))
    return replace(state, kernels=_put(state.kernels, axis, own), kernel_size=size)


def _put(items: tuple, index: int, item: tuple) -> tuple:
    return (*items[:index], item, *items[index + 1 :])


def _rows(values: np.ndarray) -> Matrix:
    return tuple(map(tuple, np.atleast_2d(values).tolist()))
