"""What the matrix explorer says about its picture."""

from textwrap import wrap

import numpy as np

from course_utils.drawing import format_number
from course_utils.explorers.matrix.state import Result
from course_utils.explorers.writing import products, size

LONGEST_LINE = 96
"""Characters of a sum that fit on one line."""


def extents(result: Result) -> tuple[str, str, str]:
    """Say how large padded image, kernel and output are.

    Parameters
    ----------
    result
        What is shown.

    Returns
    -------
    tuple of str
    """
    state = result.state
    arrays = result.padded, state.kernel, result.output
    first = "padded to" if state.padding else state.name
    if state.axes == 2:
        image, kernel, output = map(size, arrays)
        return f"{first} {image}", f"kernel {kernel}", f"output {output}"
    image, kernel, output = (size(array[0]) for array in arrays)
    of = "" if state.padding else "of "
    return f"{first} {of}{image}", f"kernel of {kernel}", f"output of {output}"


def explain(result: Result, row: int) -> list[str]:
    """Write out what one row of the matrix computes.

    Parameters
    ----------
    result
        What is shown.
    row
        A row of its matrix.

    Returns
    -------
    list of str
        A heading, then one line or two.
    """
    used, place = result.used[row], result.place(row)
    terms = products(result.matrix[row, used], result.state.image.ravel()[used])
    zeros = used.size - np.count_nonzero(used)
    others = f"; its other {zeros} entries are zeros" if zeros else ""
    cell = list(place[2 - result.state.axes :])
    return [
        f"Row {row} of the matrix computes output cell {cell}{others}:",
        *wrap(f"{terms} = {format_number(result.output[place])}", LONGEST_LINE),
    ]


def notes(result: Result) -> list[str]:
    """Count the entries of the matrix, then say how its rows follow one another.

    Parameters
    ----------
    result
        What is shown.

    Returns
    -------
    list of str
    """
    matrix, weights = result.matrix, result.state.kernel.size
    source = f"the same {weights} weights" if weights > 1 else "one and the same weight"
    padding = " Zeros of padding need no column." if result.state.padding else ""
    return [
        f"{size(matrix)} matrix: {np.count_nonzero(matrix)} of {matrix.size} entries "
        f"are not zero, and all come from {source}.",
        f"A fully connected layer from {matrix.shape[1]} numbers to {matrix.shape[0]} "
        f"would learn all {matrix.size}.{padding}",
        _pattern(result),
    ]


def _pattern(result: Result) -> str:
    (rows, columns), stride = result.output.shape, result.state.stride
    if rows * columns == 1:
        return "There is one window only, so the matrix has one row."
    if columns == 1:
        return f"From row to row the weights move on by {_count(stride, 'image row')}."
    moves = f"From row to row the weights move {_count(stride, 'column')} to the right"
    if result.state.axes == 1:
        toeplitz = ": each diagonal holds one weight (Toeplitz)"
        return f"{moves}{toeplitz if stride == 1 else ''}."
    # The next window then begins stride · (width - columns + 1) pixels further on.
    width = result.state.image.shape[1]
    if rows == 1 or columns == width:
        return f"{moves}."
    if columns > width:
        return f"{moves}, until a row of the output ends."
    return f"{moves}, and jump where a row of the output ends."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("s" if number > 1 else "")
