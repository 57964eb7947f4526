"""The layers of the layer-stack explorer, built: shapes, counts, and errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor, nn

from course_utils.explorers.layer_stack.state import KINDS, NOTHING, Shape, State
from course_utils.models import count_parameters

MANY = 10_000_000
"""More numbers than that are not allocated, not even for an error message."""


@dataclass(frozen=True)
class Layer:
    """One layer, built and run.

    Parameters
    ----------
    row
        Where it stands, counted from 1.
    kind
        A key of `KINDS`.
    text
        The layer as it is written in code.
    before, after
        Shape of one image's numbers going in, and coming out; None if it failed.
    parameters
        How many numbers it learns.
    error
        What PyTorch said, if the layer does not fit.
    """

    row: int
    kind: str
    text: str
    before: Shape
    after: Shape | None
    parameters: int
    error: str = ""


@lru_cache(maxsize=256)
def build(state: State) -> tuple[Layer, ...]:
    """Build the layers of a state, and send zeros through, until one does not fit.

    Parameters
    ----------
    state
        Any state.

    Returns
    -------
    tuple of Layer
        One for each row that holds a layer, up to the first that fails.

    Notes
    -----
    The layers are on PyTorch's device ``"meta"``: all shapes, no numbers.
    """
    layers, shape, said = [], state.image, state.in_features
    for row, (kind, outputs) in enumerate(zip(state.kinds, state.outputs, strict=True)):
        if kind == NOTHING:
            continue
        features = shape[0]
        if kind == "Linear":
            features, said = said or math.prod(shape), None
        layer = _run(kind, features, outputs, shape)
        layers.append(replace(layer, row=row + 1))
        if layer.after is None:
            break
        shape = layer.after
    return tuple(layers)


def waiting(state: State, layers: Sequence[Layer]) -> list[tuple[int, str]]:
    """Return the rows that were not built, because one above them does not fit.

    Parameters
    ----------
    state
        Any state.
    layers
        What `build` made of it.

    Returns
    -------
    list of tuple
        Number of the row, and what it holds, in words.
    """
    built = layers[-1].row if layers else 0
    said, left = state.in_features, []
    for row, (kind, outputs) in enumerate(zip(state.kinds, state.outputs, strict=True)):
        words = kind
        if kind == "Linear":
            words, said = f"Linear({said or '?'}, {outputs})", None
        elif kind != NOTHING and KINDS[kind].has_outputs:
            words = f"{kind}: {outputs} channels"
        if row >= built and kind != NOTHING:
            left.append((row + 1, words))
    return left


def _run(kind: str, features: int, outputs: int, before: Shape) -> Layer:
    with torch.device("meta"), torch.no_grad():
        layer = KINDS[kind].make(features, outputs)
        row = Layer(0, kind, _written(layer), before, None, count_parameters(layer))
        try:
            after = layer(torch.zeros(1, *before)).shape[1:]
        except (RuntimeError, IndexError):
            after = None
    if after is None:
        return replace(row, error=_error_on_cpu(layer, before))
    return replace(row, after=tuple(after))


def _error_on_cpu(layer: nn.Module, before: Shape) -> str:
    # "meta" words some errors in its own way, and learners will meet those of "cpu".
    for name, values in [*layer.named_parameters()]:
        setattr(layer, name, nn.Parameter(_zeros(values.shape)))
    try:
        layer(_zeros(torch.Size((1, *before))))
    except (RuntimeError, IndexError) as error:
        return " ".join(str(error).split())
    raise AssertionError(f"{layer} fails on meta only")


def _zeros(shape: torch.Size) -> Tensor:
    # There may be billions of them: then one zero stands for all.
    small = shape.numel() <= MANY
    return torch.zeros(shape) if small else torch.zeros(()).expand(shape)


def _written(layer: nn.Module) -> str:
    match layer:
        case nn.Conv2d():
            options = {"stride": layer.stride[0], "padding": layer.padding[0]}
            plain = {"stride": 1, "padding": 0}
            parts = [layer.in_channels, layer.out_channels, layer.kernel_size[0]]
            parts += [f"{k}={v}" for k, v in options.items() if v != plain[k]]
            return f"Conv2d({', '.join(map(str, parts))})"
        case nn.Linear():
            return f"Linear({layer.in_features}, {layer.out_features})"
        case nn.MaxPool2d():
            return f"MaxPool2d({layer.kernel_size})"
    return f"{type(layer).__name__}()"
