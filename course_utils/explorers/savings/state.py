"""The savings explorer without its widgets: what is counted, and how it changes."""

from dataclasses import dataclass, replace
from math import prod

from course_utils.sizes import conv_output_size

CHOICES = {
    "size": range(1, 225),
    "in_channels": range(1, 513),
    "kernel_size": range(1, 12),
    "out_channels": range(1, 513),
}
"""What the sliders offer, as far as the kernel then fits into the input."""

BYTES = 4
"""Of one weight in float32."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    size
        Height and width of the input.
    in_channels, out_channels, kernel_size
        As in ``torch.nn.Conv2d``; the kernel is not larger than the input.
    """

    size: int = 32
    in_channels: int = 3
    kernel_size: int = 5
    out_channels: int = 64


@dataclass(frozen=True)
class Counts:
    """How many numbers three layers with the same inputs and outputs hold.

    Parameters
    ----------
    input, output
        Shapes (C, H, W) and (F, OH, OW).
    window
        Shape (C, K, K): the inputs that an output of the convolution depends on.
    """

    input: tuple[int, int, int]
    output: tuple[int, int, int]
    window: tuple[int, int, int]

    @property
    def dense(self) -> int:
        """Weights if each unit has one for every input."""
        return prod(self.output) * prod(self.input)

    @property
    def local(self) -> int:
        """Weights if each unit has one for every input in its window."""
        return prod(self.output) * prod(self.window)

    @property
    def conv(self) -> int:
        """Weights if, besides, all cells of a plane share one kernel."""
        return self.output[0] * prod(self.window)

    @property
    def places(self) -> int:
        """Where a kernel fits: the cells of one output plane."""
        return prod(self.output[1:])


def count(state: State) -> Counts:
    """Count what the layers of a state hold, without stride and padding.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Counts

    Examples
    --------
    >>> count(State()).conv, count(State()).dense
    (4800, 154140672)
    """
    side = conv_output_size(state.size, state.kernel_size)
    return Counts(
        input=(state.in_channels, state.size, state.size),
        output=(state.out_channels, side, side),
        window=(state.in_channels, state.kernel_size, state.kernel_size),
    )


def change(state: State, name: str, value: int) -> State:
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`.
    value
        One of the values that `choices` allows.

    Returns
    -------
    State
    """
    return replace(state, **{name: value})


def choices(state: State, name: str) -> list[int]:
    """Return the values that a slider may take while the others stay as they are.

    Parameters
    ----------
    state
        A valid state.
    name
        A field of `State`.

    Returns
    -------
    list of int
        Consecutive integers, the present value among them.
    """
    states = (replace(state, **{name: value}) for value in CHOICES[name])
    return [getattr(s, name) for s in states if s.kernel_size <= s.size]


def in_bytes(weights: int) -> str:
    """Say how much memory weights take in float32.

    Parameters
    ----------
    weights
        How many.

    Returns
    -------
    str
        Three digits and a unit; each unit is a thousand of the one before.

    Examples
    --------
    >>> in_bytes(4_800), in_bytes(154_140_672)
    ('19.2 kB', '617 MB')
    """
    size, units = float(weights * BYTES), ["bytes", "kB", "MB", "GB", "TB", "PB"]
    # What would be rounded to 1,000 belongs to the next unit.
    while size >= 999.5:
        size /= 1000
        del units[0]
    return f"{size:.3g} {units[0]}"


def times(ratio: float) -> str:
    """Write how many times more, with few digits.

    Parameters
    ----------
    ratio
        At least 1.

    Returns
    -------
    str

    Examples
    --------
    >>> times(784.0), times(40.96), times(32112.64)
    ('784', '40.96', '32,112.6')
    """
    text = f"{ratio:,.2f}" if ratio < 100 else f"{ratio:,.1f}"
    return text.rstrip("0").rstrip(".")
