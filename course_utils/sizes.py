"""The arithmetic of sizes: how many windows fit, and what one of them sees."""

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from course_utils.arguments import as_choice, as_count, is_whole, said, takes

Pair = int | Sequence[int]
Padding = int | Sequence[int] | str


@takes(
    input_size=as_count,
    kernel_size=as_count,
    stride=as_count,
    padding=partial(as_count, least=0),
    dilation=as_count,
)
def conv_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> int:
    """Count the places where a kernel fits along one axis.

    input_size, kernel_size: cells and weights along the axis. stride, dilation: cells
    from one window, and from one weight, to the next. padding: cells added on each
    side. ValueError if the kernel does not fit, or a size is out of range.

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
    relationship 15; floored as in ``torch.nn.Conv2d``. Taught in *Convolution by hand*.

    >>> conv_output_size(4, 2), conv_output_size(28, 3, stride=2)
    (3, 13)
    """
    window = dilation * (kernel_size - 1) + 1
    room = input_size + 2 * padding - window
    if room < 0:
        raise ValueError(
            f"kernel_size is {kernel_size}, which does not fit: its window spans "
            f"{window} cells, but the padded input has {input_size + 2 * padding}. Add "
            "padding, or use a smaller kernel or dilation."
        )
    return room // stride + 1


def _as_layers(name: str, layers: Iterable[Sequence[int]]) -> list[tuple[int, ...]]:
    rows, parts = [], ("kernel_size", "stride", "dilation")
    for place, row in enumerate(layers if isinstance(layers, Iterable) else [layers]):
        if not isinstance(row, Sequence) or len(row) != len(parts):
            raise ValueError(
                f"{name} holds {said(row)}; expected ({', '.join(parts)}) for each"
            )
        named = [f"{part} of {name}[{place}]" for part in parts]
        rows.append(tuple(map(as_count, named, row)))
    return rows


@takes(layers=_as_layers)
def receptive_field(layers: Iterable[tuple[int, int, int]]) -> tuple[int, int]:
    """Follow one output cell of a stack of layers back to the input.

    layers: ``(kernel_size, stride, dilation)`` of each along one axis, first layer
    first; pooling counts as a layer. Returns size and jump: the input cells that one
    output cell can see, and those from one output cell to the next.

    Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
    Networks", Distill (2019). Taught in *Pooling*.

    >>> receptive_field([(3, 2, 1), (3, 2, 1), (3, 2, 1)])
    (15, 8)
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump


def padding_margins(
    padding: Padding, kernel_size: Pair, *, stride: Pair = 1, dilation: Pair = 1
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Translate `padding` into cells: ``((top, bottom), (left, right))``.

    >>> padding_margins("same", 2), padding_margins("full", 2)
    (((0, 1), (0, 1)), ((1, 1), (1, 1)))
    """
    size, gap = as_pair("kernel_size", kernel_size), as_pair("dilation", dilation)
    overhang = tuple(d * (k - 1) for d, k in zip(gap, size))
    if not isinstance(padding, str):
        return tuple((cells, cells) for cells in as_pair("padding", padding, least=0))
    as_choice("padding", padding, "valid", "same", "full")
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "full":
        return tuple((total, total) for total in overhang)
    if max(as_pair("stride", stride)) > 1:
        raise ValueError(
            'padding="same" keeps the size, so it needs stride=1. Give the padding as '
            "a number to use another stride."
        )
    return tuple((total // 2, total - total // 2) for total in overhang)


def as_pair(name: str, value: Pair, *, least: int = 1) -> tuple[int, int]:
    """Return `value` for rows and for columns, or raise a ValueError."""
    pair = value if isinstance(value, Sequence) else (value, value)
    if len(pair) != 2 or not all(map(is_whole, pair)) or min(pair) < least:
        raise ValueError(
            f"{name} is {said(value)}; expected an integer of at least {least}, or a "
            "pair of them for rows and columns"
        )
    return int(pair[0]), int(pair[1])


def window(
    cell: tuple[int, int],
    *,
    image: np.ndarray,
    kernel: np.ndarray,
    stride: int = 1,
    padding: Padding = 0,
    dilation: int = 1,
) -> list[list[int]]:
    """Return the rows and the columns of the image that an output cell depends on."""
    margins = padding_margins(padding, kernel.shape, dilation=dilation)
    if min(cell) < 0:
        raise ValueError(f"cell is {cell}; expected a row and a column, from 0")
    return [
        [
            place
            for weight in range(weights)
            if 0 <= (place := start * stride - before + weight * dilation) < pixels
        ]
        for start, (before, _), pixels, weights in zip(
            cell, margins, image.shape, kernel.shape
        )
    ]
