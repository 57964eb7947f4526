"""Checks for notebook 01, *Convolution by Hand*."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np

from course_utils import convolution, sizes
from course_utils.checks.convolution_cases import (
    mode_cases,
    option_cases,
    repair_cases,
    valid_cases,
    window,
)
from course_utils.checks.judging import Case, judge_function, judge_number
from course_utils.checks.ordering import Line, assemble
from course_utils.checks.picturing import Panel, side_by_side
from course_utils.checks.verdict import Verdict, to_do, wrong
from course_utils.drawing import Scene
from course_utils.examples import WORKED_IMAGE

CELL_KERNEL = ((0, 1), (-1, 3))
"""The kernel for the exercise with one output cell."""

CELL = (1, 2)
"""The output cell of that exercise: row 1, column 2, counted from 0."""

PSEUDOCODE = {
    "A": Line("total = 0", "total = 0"),
    "B": Line("for each kernel column n:", "for n in range(KW):"),
    "C": Line("for each output row i:", "for i in range(H - KH + 1):"),
    "D": Line(
        "when the kernel's loops are done: output[i][j] = total",
        "output[i, j] = total",
        loops=2,
    ),
    "E": Line(
        "add image[i + m][j + n] * kernel[m][n] to total",
        "total += image[i + m, j + n] * kernel[m, n]",
    ),
    "F": Line(
        "make output, with H - KH + 1 rows and W - KW + 1 columns",
        "output = np.zeros((H - KH + 1, W - KW + 1), dtype=int)",
    ),
    "G": Line("for each output column j:", "for j in range(W - KW + 1):"),
    "H": Line("for each kernel row m:", "for m in range(KH):"),
}
"""Valid convolution, its lines shuffled."""


def check_output_cell(answer: float | None) -> Verdict:
    """Check one output cell that was worked out by hand.

    The exercise: `CELL` of the valid cross-correlation of `WORKED_IMAGE` with
    `CELL_KERNEL`.

    Parameters
    ----------
    answer
        The learner's number.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`. A wrong number with a known
        cause, such as a flipped kernel, gets a hint at that cause.
    """
    image, kernel = np.array(WORKED_IMAGE), np.array(CELL_KERNEL)
    row, column = CELL
    pixels = image[row : row + 2, column : column + 2]
    if isinstance(answer, list) and np.array_equal(answer, (pixels * kernel).ravel()):
        return wrong("these are the four products", look_at="the step after products")
    output = convolution.conv2d(image, kernel)
    causes = dict.fromkeys(output.ravel(), "the window: this is another cell's value")
    causes |= {
        output[column, row]: "the order of [1, 2]: rows come first",
        output[row - 1, column - 1]: "where counting starts: at row 0 and column 0",
        (pixels * kernel[::-1, ::-1]).sum(): "the kernel: it is used as it stands, "
        "without turning it around",
        (pixels * kernel.T).sum(): "the kernel: its rows lie along the image's rows",
        (pixels * abs(kernel)).sum(): "the signs of the products",
        pixels.sum(): "the weights: this is the sum of the pixels alone",
    }
    return judge_number(
        answer,
        output[CELL],
        causes=causes,
        otherwise="the framed pixels: each meets the weight at the same place",
        scene=_question(image, kernel),
    )


def pseudocode_lines() -> str:
    """Return the shuffled lines of the pseudocode exercise.

    Returns
    -------
    str
        One line per letter, such as ``"A  total = 0"``.
    """
    return "\n".join(f"{letter}  {line.words}" for letter, line in PSEUDOCODE.items())


def check_pseudocode(answer: str | None) -> Verdict:
    """Check the order of the lines of `PSEUDOCODE`, by running them.

    A line with "for each" holds all lines below it, except that D stands after the
    kernel's loops. Any order that computes valid convolution is right.

    Parameters
    ----------
    answer
        The letters in order; lower case, spaces and commas are fine.

    Returns
    -------
    Verdict
    """
    if answer is None:
        return to_do("replace None by the letters in order")
    try:
        execute = assemble(answer, PSEUDOCODE)
    except ValueError as problem:
        return wrong(str(problem))

    def your_order(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        (H, W), (KH, KW) = image.shape, kernel.shape
        names = {"np": np, "H": H, "W": W, "KH": KH, "KW": KW}
        return execute(image=image, kernel=kernel, **names)["output"]

    whole = [c for c in valid_cases() if np.result_type(*c.args).kind == "i"]
    cases = [replace(case, look_at="how often each line runs") for case in whole]
    # With a single output cell, what is wrong is the place of a line.
    place = "what stands above what, and inside which loop"
    cases[0] = replace(cases[0], look_at=place)
    return judge_function(your_order, _conv2d, cases, name="your order", window=window)


def check_conv2d_valid(conv2d_valid: Callable | None) -> Verdict:
    """Check valid convolution of one image with one kernel.

    Parameters
    ----------
    conv2d_valid
        ``conv2d_valid(image, kernel)``: arrays of shape (H, W) and (KH, KW) to one of
        shape (H - KH + 1, W - KW + 1). Integers stay integers.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    return judge_function(
        conv2d_valid, _conv2d, valid_cases(), name="conv2d_valid", window=window
    )


def check_conv_output_size(conv_output_size: Callable | None) -> Verdict:
    """Check the rule for the size of an output.

    Parameters
    ----------
    conv_output_size
        ``conv_output_size(input_size, kernel_size, *, stride=1, padding=0,
        dilation=1)``: an integer; ValueError where the kernel does not fit.

    Returns
    -------
    Verdict
        Compared with `course_utils.sizes.conv_output_size`.
    """
    cases = _size_cases()
    reference = sizes.conv_output_size
    return judge_function(conv_output_size, reference, cases, name="conv_output_size")


def check_conv2d_modes(conv2d_mode: Callable | None) -> Verdict:
    """Check convolution in the modes ``"valid"``, ``"same"`` and ``"full"``.

    Parameters
    ----------
    conv2d_mode
        ``conv2d_mode(image, kernel, mode)``. Where an even kernel makes "same" uneven,
        the extra zeros are at the bottom and right.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    return judge_function(
        conv2d_mode, _conv2d_mode, mode_cases(), name="conv2d_mode", window=_mode_window
    )


def check_conv2d(conv2d: Callable | None) -> Verdict:
    """Check convolution with stride, padding and dilation.

    Parameters
    ----------
    conv2d
        ``conv2d(image, kernel, *, stride=1, padding=0, dilation=1)``, with integers for
        all three.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    return judge_function(conv2d, _conv2d, option_cases(), name="conv2d", window=window)


def check_repaired(repaired: Callable | None) -> Verdict:
    """Check the repair of a function that is right for the worked example by luck.

    It takes images for square, kernels for 2 × 2 and symmetric, and pixels for whole
    numbers.

    Parameters
    ----------
    repaired
        ``repaired(image, kernel)``, as `check_conv2d_valid` describes it.

    Returns
    -------
    Verdict
        The hints name what is special about the worked example.
    """
    cases = repair_cases()
    return judge_function(repaired, _conv2d, cases, name="repaired", window=window)


def _conv2d(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> np.ndarray:
    return convolution.conv2d(
        image, kernel, stride=stride, padding=padding, dilation=dilation
    )


def _conv2d_mode(image: np.ndarray, kernel: np.ndarray, mode: str) -> np.ndarray:
    return convolution.conv2d(image, kernel, padding=mode)


def _mode_window(
    cell: tuple[int, int], *, image: np.ndarray, kernel: np.ndarray, mode: str
) -> list[list[int]]:
    return window(cell, image=image, kernel=kernel, padding=mode)


def _size_cases() -> list[Case]:
    rest = "the last window when the steps do not come out even"
    span = "how many cells the window spans from its first weight to its last"
    misfit = "what should happen when the window does not fit even once"
    table = [
        (4, 2, 1, 0, 1, "the last place where the kernel still fits"),
        (4, 4, 1, 0, 1, "a kernel as large as the input"),
        (5, 1, 1, 0, 1, "a kernel with one weight"),
        (5, 3, 2, 0, 1, "the step from one window to the next"),
        (4, 2, 3, 0, 1, rest),
        (8, 3, 2, 0, 1, rest),
        (4, 3, 1, 1, 1, "where padding is added: on each side"),
        (5, 2, 1, 0, 2, span),
        (5, 3, 1, 0, 2, span),
        (2, 3, 1, 0, 1, misfit),
        (4, 3, 1, 0, 2, misfit),
        (2, 5, 3, 1, 1, misfit),
        (1, 3, 1, 1, 1, "padding, which can make room for the window"),
        (28, 3, 2, 1, 1, rest),
        (32, 5, 3, 2, 2, "the order of the steps in your rule"),
        (7, 3, 2, 0, 3, span),
    ]
    names = ("stride", "padding", "dilation")
    return [
        Case((size, kernel), dict(zip(names, options, strict=True)), look_at)
        for size, kernel, *options, look_at in table
    ]


def _question(image: np.ndarray, kernel: np.ndarray) -> Scene | None:
    rows, columns = window(CELL, image=image, kernel=kernel)
    empty = np.full_like(convolution.conv2d(image, kernel), np.nan, dtype=float)
    panels = [
        Panel("image", image, [*product(rows, columns)]),
        Panel("kernel", kernel),
        Panel("output", empty, [CELL], note=f"cell {[*CELL]}"),
    ]
    return side_by_side(panels, "the window of the cell, the kernel, and the cell")
