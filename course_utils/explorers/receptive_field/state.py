"""The explorer of receptive fields without its widgets: stacks, and what they see."""

from dataclasses import dataclass, replace

import numpy as np

from course_utils.sizes import conv_output_size, receptive_field

INPUT_SIZE = 28
"""Cells of the input: one row of a FashionMNIST image."""

SLOTS = tuple(f"layer{number}" for number in range(1, 7))
NONE, OWN = "none", "your own"

KINDS = {
    "conv 3": (3, 1, 1),
    "conv 3, stride 2": (3, 2, 1),
    "conv 3, dilation 2": (3, 1, 2),
    "conv 3, dilation 4": (3, 1, 4),
    "conv 5": (5, 1, 1),
    "pool 2": (2, 2, 1),
    "pool 3, stride 2": (3, 2, 1),
}
"""Kernel size, stride and dilation of each kind of layer; none of them pads."""

NETWORKS = {
    "conv 3, stride 2: three times": ("conv 3, stride 2",) * 3,
    "conv 5, pool 2: twice": ("conv 5", "pool 2") * 2,
    "conv 5: once": ("conv 5",),
    "conv 3: twice": ("conv 3",) * 2,
    "VGG style: conv 3, conv 3, pool 2: twice": ("conv 3", "conv 3", "pool 2") * 2,
    "conv 3 with dilation 1, 2, 4": (
        "conv 3",
        "conv 3, dilation 2",
        "conv 3, dilation 4",
    ),
}
"""Kinds of layers, the one on the input first; slots that are left have no layer."""

Run = tuple[int, int]
"""The first and the last of neighbouring cells."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    network
        A name from `NETWORKS`, or `OWN`.
    layers
        What each of `SLOTS` holds: a kind from `KINDS`, or `NONE`.
    cell
        Index of the output cell that is looked at.
    """

    network: str
    layers: tuple[str, ...]
    cell: int = 0


@dataclass(frozen=True)
class Level:
    """A row of cells: the input, or what a layer makes of the row below.

    Parameters
    ----------
    name
        ``"input"``, or the layer with its number.
    layer
        Kernel size, stride and dilation; for the input those that change nothing.
    cells
        How many there are.
    size
        Input cells from the first to the last that one cell sees.
    jump
        Input cells between two neighbours.
    """

    name: str
    layer: tuple[int, int, int] = (1, 1, 1)
    cells: int = INPUT_SIZE
    size: int = 1
    jump: int = 1


def initial_state() -> State:
    """Return the state to begin with: the first of `NETWORKS`.

    Returns
    -------
    State
    """
    name, kinds = next(iter(NETWORKS.items()))
    return State(name, _filled(kinds))


def change(state: State, name: str, value: str | int) -> State:
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        ``"network"``, ``"cell"``, or one of `SLOTS`.
    value
        A network, a cell, or a kind of layer.

    Returns
    -------
    State
        A valid state: fewer output cells may move the one that is looked at.
    """
    if name in SLOTS:
        layers = list(state.layers)
        layers[SLOTS.index(name)] = value
        state = replace(state, network=OWN, layers=tuple(layers))
    else:
        state = replace(state, **{name: value})
        if name == "network" and value != OWN:
            state = replace(state, layers=_filled(NETWORKS[value]))
    return replace(state, cell=min(state.cell, levels(state)[-1].cells - 1))


def levels(state: State) -> list[Level]:
    """Return the rows of cells, the input first, as far as the layers fit.

    Parameters
    ----------
    state
        Its cell does not matter.

    Returns
    -------
    list of Level
        At least the input.
    """
    rows, layers = [Level("input")], []
    for name, layer in _chosen(state):
        if _span(layer) > rows[-1].cells:
            break
        layers.append(layer)
        size, stride, dilation = layer
        cells = conv_output_size(rows[-1].cells, size, stride=stride, dilation=dilation)
        rows.append(Level(name, layer, cells, *receptive_field(layers)))
    return rows


def missing(state: State) -> str:
    """Say which layer does not fit, if there is one, and which are above it.

    Parameters
    ----------
    state
        Its cell does not matter.

    Returns
    -------
    str
        Empty if all of them fit.
    """
    rows = levels(state)
    without = _chosen(state)[len(rows) - 1 :]
    if not without:
        return ""
    (name, layer), *above = [(name.partition(":")[0], kind) for name, kind in without]
    waiting = f" Waiting above it: {', '.join(name for name, _ in above)}."
    room = f"it spans {_span(layer)} cells, {rows[-1].cells} left."
    return f"No room for {name}: {room}{waiting if above else ''}"


def sight(rows: list[Level], cell: int) -> list[list[Run]]:
    """Follow a cell of the last row down to the input.

    Parameters
    ----------
    rows
        The input first.
    cell
        Index of the cell in the last row.

    Returns
    -------
    list of list of Run
        For each row, the cells that count; dilation may leave holes between runs.
    """
    cells, seen = [cell], [[(cell, cell)]]
    for row in reversed(rows[1:]):
        size, stride, dilation = row.layer
        cells = sorted({c * stride + k * dilation for c in cells for k in range(size)})
        seen.append(_runs(cells))
    return seen[::-1]


def as_pixels(image: np.ndarray | None) -> np.ndarray | None:
    """Check an image, and scale it to 0 to 1.

    Parameters
    ----------
    image
        As in `receptive_field_explorer`.

    Returns
    -------
    ndarray or None
        Shape (28, 28), float64.

    Raises
    ------
    ValueError
        If `image` has another shape.
    """
    if image is None:
        return None
    pixels = np.asarray(image, float)
    if pixels.shape != (INPUT_SIZE, INPUT_SIZE) or not np.isfinite(pixels).all():
        raise ValueError(
            f"image has shape {pixels.shape}; expected ({INPUT_SIZE}, {INPUT_SIZE}) "
            "with finite numbers, such as data.train_images[0, 0]"
        )
    low, high = pixels.min(), pixels.max()
    return (pixels - low) / ((high - low) or 1)


def _filled(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return (*kinds, *[NONE] * (len(SLOTS) - len(kinds)))


def _chosen(state: State) -> list[tuple[str, tuple[int, int, int]]]:
    return [
        (f"layer {number}: {kind}", KINDS[kind])
        for number, kind in enumerate(state.layers, start=1)
        if kind != NONE
    ]


def _span(layer: tuple[int, int, int]) -> int:
    size, _, dilation = layer
    return dilation * (size - 1) + 1


def _runs(cells: list[int]) -> list[Run]:
    starts = [c for c in cells if c - 1 not in cells]
    ends = [c for c in cells if c + 1 not in cells]
    return list(zip(starts, ends, strict=True))
