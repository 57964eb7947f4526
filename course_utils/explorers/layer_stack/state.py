"""The layer-stack explorer without its widgets: which layers, and how they change."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

Shape = tuple[int, ...]
ROWS = 7
NOTHING = "—"


@dataclass(frozen=True)
class Kind:
    """A kind of layer that a row can hold.

    Parameters
    ----------
    make
        ``make(features, outputs)`` is the layer for an input with so many channels, or
        numbers if it is flat.
    kernel_size, stride, padding
        Of a layer that slides a window.
    has_outputs
        Whether the user chooses how many channels or numbers come out.
    """

    make: Callable[[int, int], nn.Module]
    kernel_size: int = 0
    stride: int = 1
    padding: int = 0
    has_outputs: bool = True


def _conv(kernel_size: int, stride: int = 1, padding: int = 0) -> Kind:
    sizes = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    return Kind(lambda c, outputs: nn.Conv2d(c, outputs, **sizes), **sizes)


KINDS = {
    "Conv 3×3": _conv(3),
    "Conv 3×3, padding 1": _conv(3, padding=1),
    "Conv 3×3, stride 2": _conv(3, stride=2),
    "Conv 3×3, stride 2, padding 1": _conv(3, stride=2, padding=1),
    "Conv 5×5": _conv(5),
    "MaxPool 2": Kind(lambda *_: nn.MaxPool2d(2), 2, 2, has_outputs=False),
    "Flatten": Kind(lambda *_: nn.Flatten(), has_outputs=False),
    "Linear": Kind(nn.Linear),
}
"""What a row can hold, besides nothing."""

OUTPUTS = (10, 16, 20, 32, 50, 64, 128, 256, 512, 1024)
IMAGES = {
    f"{c} × {side} × {side}": (c, side, side)
    for c, side in ((1, 28), (3, 32), (3, 40), (3, 64), (3, 224))
}
IN_FEATURES = {"as many as arrive": None} | {
    f"{number}": number for number in (320, 512, 784, 1152, 2048)
}
"""What the first Linear says it takes; None: what really comes in."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    preset
        A key of `PRESETS`, or `OWN` once something was changed.
    image
        Shape (C, H, W) of an image.
    kinds
        A key of `KINDS` or `NOTHING` for each row.
    outputs
        Channels or numbers that come out of each row, where it has a choice.
    in_features
        What the first Linear says it takes; None for what comes in.
    """

    preset: str
    image: Shape
    kinds: tuple[str, ...]
    outputs: tuple[int, ...]
    in_features: int | None = None


OWN = "your own"


def _stack(
    image: Shape, *rows: tuple[str, int], in_features: int | None = None
) -> State:
    filled = (*rows, *[(NOTHING, OUTPUTS[0])] * (ROWS - len(rows)))
    kinds, outputs = zip(*filled, strict=True)
    return State("", image, kinds, outputs, in_features)


def _three_convolutions(kind: str) -> tuple[tuple[str, int], ...]:
    return (kind, 32), (kind, 64), (kind, 128)


_FLAT, _POOL = ("Flatten", 10), ("MaxPool 2", 10)
_STRIDED, _PADDED = "Conv 3×3, stride 2", "Conv 3×3, stride 2, padding 1"
_COLOUR, _GREY = (3, 32, 32), (1, 28, 28)
_DENSE = ("Linear", 1024), ("Linear", 10)

PRESETS = {
    name: replace(state, preset=name)
    for name, state in {
        "three convolutions, 32 × 32 colour": _stack(
            _COLOUR, *_three_convolutions(_STRIDED), _FLAT, *_DENSE, in_features=1152
        ),
        "three convolutions, 28 × 28 grey": _stack(
            _GREY,
            *_three_convolutions(_STRIDED),
            _FLAT,
            ("Linear", 512),
            ("Linear", 10),
            in_features=512,
        ),
        "two convolutions with pooling, 28 × 28 grey": _stack(
            _GREY,
            ("Conv 5×5", 10),
            _POOL,
            ("Conv 5×5", 20),
            _POOL,
            _FLAT,
            ("Linear", 50),
            ("Linear", 10),
            in_features=320,
        ),
        "no convolution, 28 × 28 grey": _stack(
            _GREY, _FLAT, ("Linear", 128), ("Linear", 10)
        ),
        "broken: padding came, 1152 stayed": _stack(
            _COLOUR, *_three_convolutions(_PADDED), _FLAT, *_DENSE, in_features=1152
        ),
        "broken: Flatten is missing": _stack(
            _COLOUR, *_three_convolutions(_STRIDED), *_DENSE, in_features=1152
        ),
    }.items()
}


def initial_state() -> State:
    """Return the state to begin with.

    Returns
    -------
    State
    """
    return next(iter(PRESETS.values()))


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        ``"preset"``, ``"image"``, ``"in_features"``, or ``"kind 1"``, ``"outputs 1"``
        and so on.
    value
        One of the values that the control offers.

    Returns
    -------
    State
    """
    if name == "preset":
        return PRESETS.get(value, replace(state, preset=OWN))
    own = replace(state, preset=OWN)
    field, _, row = name.partition(" ")
    if not row:
        return replace(own, **{name: value})
    field = {"kind": "kinds", "outputs": "outputs"}[field]
    values = [*getattr(own, field)]
    values[int(row) - 1] = value
    return replace(own, **{field: tuple(values)})
