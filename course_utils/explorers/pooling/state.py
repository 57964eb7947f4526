"""The pooling explorer without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from course_utils.convolution import pad, pool2d
from course_utils.examples import Matrix

SEVEN: Matrix = (
    (8, 9, 9, 9, 7, 0, 0, 0),
    (0, 0, 0, 4, 9, 0, 0, 0),
    (0, 0, 1, 9, 2, 0, 0, 0),
    (0, 0, 7, 5, 0, 0, 0, 0),
    (0, 0, 9, 1, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0, 0, 0),
)
"""A figure seven, with room to move down and to the right."""

MODES = ("max", "average", "global max", "global average")
LARGEST_IMAGE = 8
"""Rows and columns; more numbers could not be read."""

LARGEST_WINDOW, LARGEST_STRIDE, LARGEST_SHIFT = 4, 4, 3
SLIDERS = ("kernel_size", "stride", "padding", "right", "down")


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    image
        Rows of numbers, 2 to 8 by 2 to 8.
    mode
        One of `MODES`. A global one has a single window, as large as the image;
        `kernel_size`, `stride` and `padding` then wait.
    kernel_size
        Rows and columns of a window, at most those of the image.
    padding
        At most half of `kernel_size`.
    right, down
        Cells by which the image is moved, zeros following.
    """

    image: Matrix = SEVEN
    mode: str = "max"
    kernel_size: int = 2
    stride: int = 2
    padding: int = 0
    right: int = 0
    down: int = 0

    @property
    def is_global(self) -> bool:
        """Whether one window covers the whole image."""
        return self.mode.startswith("global")

    @property
    def is_moved(self) -> bool:
        """Whether the image is shifted."""
        return bool(self.right or self.down)

    @property
    def operation(self) -> str:
        """What a window is summarised by: ``"max"`` or ``"average"``."""
        return self.mode.removeprefix("global ")


@dataclass(frozen=True)
class Result:
    """The pooling that a state stands for.

    Parameters
    ----------
    state
        A valid state.
    """

    state: State

    @cached_property
    def still_image(self) -> np.ndarray:
        """The image before it was moved, shape (H, W)."""
        return np.array(self.state.image)

    @cached_property
    def image(self) -> np.ndarray:
        """The moved image, shape (H, W)."""
        moved = np.zeros_like(self.still_image)
        rows, columns = moved.shape
        down, right = self.state.down, self.state.right
        moved[down:, right:] = self.still_image[: rows - down, : columns - right]
        return moved

    @cached_property
    def padded(self) -> np.ndarray:
        """The moved image with its padding: minus infinity for max, else zeros."""
        value = -np.inf if self.state.operation == "max" else 0
        image = self.image.astype(float)
        return pad(image, self.window_size, padding=self.padding, value=value)

    @cached_property
    def output(self) -> np.ndarray:
        """What pooling makes of the moved image, shape (OH, OW)."""
        return self._pool(self.image)

    @cached_property
    def still_output(self) -> np.ndarray:
        """What it makes of the image before it was moved, same shape."""
        return self._pool(self.still_image)

    @cached_property
    def changed(self) -> np.ndarray:
        """Which output cells the move has changed, shape (OH, OW)."""
        return ~np.isclose(self.output, self.still_output)

    @cached_property
    def changed_unpooled(self) -> np.ndarray:
        """Which cells change if every window only keeps its first cell."""
        step = self.state.stride
        before, after = (
            pool2d(image, 1, stride=step) for image in (self.still_image, self.image)
        )
        return before != after

    @property
    def window_size(self) -> tuple[int, int]:
        """Rows and columns of a window."""
        size = self.state.kernel_size
        return self.still_image.shape if self.state.is_global else (size, size)

    @property
    def padding(self) -> int:
        """Cells added on each side."""
        return 0 if self.state.is_global else self.state.padding

    @cached_property
    def reads(self) -> np.ndarray:
        """How many windows contain each cell of the image, shape (H, W)."""
        counts = np.zeros(self.padded.shape, int)
        for place in np.ndindex(self.output.shape):
            counts[self.window(*place)] += 1
        rows, columns = self.image.shape
        return counts[self.padding :, self.padding :][:rows, :columns]

    def window(self, row: int, column: int) -> tuple[slice, slice]:
        """Return where the padded image holds the window of an output cell.

        Parameters
        ----------
        row, column
            The output cell.

        Returns
        -------
        tuple of slice
        """
        corner = row * self.state.stride, column * self.state.stride
        sides = zip(corner, self.window_size, strict=True)
        return tuple(slice(start, start + side) for start, side in sides)

    def winner(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell of the padded image that holds a window's maximum.

        Parameters
        ----------
        row, column
            The output cell.

        Returns
        -------
        tuple of int
            The first of several in reading order, as in PyTorch.
        """
        rows, columns = self.window(row, column)
        cells = self.padded[rows, columns]
        top, left = np.unravel_index(cells.argmax(), cells.shape)
        return rows.start + int(top), columns.start + int(left)

    def _pool(self, image: np.ndarray) -> np.ndarray:
        return pool2d(
            image,
            self.window_size,
            mode=self.state.operation,
            stride=self.state.stride,
            padding=self.padding,
        )


def initial_state(image: np.ndarray | None) -> State:
    """Return the state to begin with.

    Parameters
    ----------
    image
        As in `pooling_explorer`.

    Returns
    -------
    State

    Raises
    ------
    ValueError
        If `image` has another shape, or numbers that are not finite.
    """
    if image is None:
        return State()
    image = np.asarray(image)
    if image.ndim != 2 or min(image.shape) < 2 or max(image.shape) > LARGEST_IMAGE:
        raise ValueError(
            f"image has shape {image.shape}; expected (H, W) with 2 to {LARGEST_IMAGE} "
            "rows and columns. Cut out a part, such as image[:8, :8]."
        )
    if image.dtype.kind not in "iuf" or not np.isfinite(image).all():
        raise ValueError(
            f"image holds {image.dtype}, or NaN or infinity; expected finite numbers"
        )
    return State(image=tuple(map(tuple, image.tolist())))


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`.
    value
        One of `MODES`, or one of the values that `choices` allows.

    Returns
    -------
    State
        A valid state: a smaller window may leave room for less padding.
    """
    state = replace(state, **{name: value})
    return replace(state, padding=min(state.padding, state.kernel_size // 2))


def choices(state: State, name: str) -> list[int]:
    """Return the values that a slider may take while the others stay as they are.

    Parameters
    ----------
    state
        A valid state.
    name
        One of `SLIDERS`.

    Returns
    -------
    list of int
        Consecutive integers, the present value among them.
    """
    if state.is_global and name in ("kernel_size", "stride", "padding"):
        return [getattr(state, name)]
    rows, columns = len(state.image), len(state.image[0])
    first, last = {
        "kernel_size": (1, min(LARGEST_WINDOW, rows, columns)),
        "stride": (1, LARGEST_STRIDE),
        "padding": (0, state.kernel_size // 2),
        "right": (0, min(LARGEST_SHIFT, columns - 1)),
        "down": (0, min(LARGEST_SHIFT, rows - 1)),
    }[name]
    return list(range(first, last + 1))
