"""What the pooling explorer says about its picture: pure functions of a result."""

import textwrap

import numpy as np

from course_utils.drawing import format_number
from course_utils.explorers.pooling.state import Result
from course_utils.sizes import conv_output_size

ROW = 78
"""Characters on a line of text."""


def calculation(result: Result, place: tuple[int, int]) -> list[str]:
    """Say where an output cell is, and how its value comes about.

    Parameters
    ----------
    result
        The pooling.
    place
        Row and column of the output cell.

    Returns
    -------
    list of str
        At least two lines.
    """
    row, column = place
    before = format_number(result.still_output[place])
    was = f", which was {before} before the shift" if result.state.is_moved else ""
    return [
        f"Output cell [{row}, {column}]{was}:",
        *textwrap.wrap(_as_equation(result, place), ROW),
    ]


def rules(result: Result) -> list[str]:
    """Say how many windows fit, and how they lie.

    Parameters
    ----------
    result
        The pooling.

    Returns
    -------
    list of str
        Two lines; three for an image that is not square.
    """
    return [*_size_rules(result), _reading_note(result)]


def findings(result: Result) -> list[str]:
    """Say what the shift has changed.

    Parameters
    ----------
    result
        The pooling.

    Returns
    -------
    list of str
        At most two lines.
    """
    state, changed = result.state, result.changed
    if not state.is_moved:
        return ["Predict: how many output cells change when the input shifts by 1?"]
    ways = ("right", state.right), ("down", state.down)
    moves = " and ".join(f"{way} by {cells}" for way, cells in ways if cells)
    marked = " (underlined)" if changed.any() else ""
    found = [
        f"Shifted {moves}: {_count(changed)} output cells changed, "
        f"{np.mean(changed):.0%}{marked}."
    ]
    if not state.is_global and state.kernel_size > 1:
        unpooled = result.changed_unpooled
        found.append(
            f"Without pooling, K = 1 with the same stride: {_count(unpooled)}, "
            f"{np.mean(unpooled):.0%}."
        )
    lost = np.count_nonzero(result.still_image) - np.count_nonzero(result.image)
    if lost:
        found.append(f"Numbers that fell off the edge: {lost}.")
    return [found[0], " ".join(found[1:])]


def _as_equation(result: Result, place: tuple[int, int]) -> str:
    cells = result.padded[result.window(*place)].ravel()
    value = format_number(result.output[place])
    listed = ", ".join(map(format_number, cells))
    if result.state.is_global:
        listed = f"all {cells.size} numbers"
    if result.state.operation == "max":
        return f"max of {listed} = {value}"
    return f"mean of {listed} = {format_number(cells.sum())} / {cells.size} = {value}"


def _size_rules(result: Result) -> list[str]:
    count = f": {result.image.size} numbers become {result.output.size}"
    if result.state.is_global:
        return [f"One window covers the whole input, whatever its size{count}"]
    height, width = result.image.shape
    sides = {"": height} if height == width else {"rows: ": height, "columns: ": width}
    rule = "output size = ⌊(N + 2P − K) / S⌋ + 1"
    rules = [f"{s}{rule} = {_with_numbers(result, n)}" for s, n in sides.items()]
    return [*rules[:-1], rules[-1] + count]


def _with_numbers(result: Result, side: int) -> str:
    size, stride, padding = (
        getattr(result.state, name) for name in ("kernel_size", "stride", "padding")
    )
    cells = conv_output_size(side, size, stride=stride, padding=padding)
    return f"⌊({side} + 2·{padding} − {size}) / {stride}⌋ + 1 = {cells}"


def _reading_note(result: Result) -> str:
    state, most = result.state, result.reads.max()
    if state.is_global:
        return "It needs no kernel size, no stride and no padding."
    if state.stride < state.kernel_size:
        note = (
            f"Stride < kernel size: windows overlap, a cell is in up to {most} of them."
        )
    elif state.stride == state.kernel_size:
        note = "Stride = kernel size: windows touch and do not overlap."
    else:
        note = "Stride > kernel size: there are gaps between the windows."
    unread = np.count_nonzero(result.reads == 0)
    return note + (f" In no window, struck through: {unread} cells." if unread else "")


def _count(changed: np.ndarray) -> str:
    return f"{np.count_nonzero(changed)} of {changed.size}"
