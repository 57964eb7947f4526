"""Checks for notebook 03, *Channels and Batches*."""

import math
from collections.abc import Callable
from itertools import combinations, product

import numpy as np

from course_utils import convolution
from course_utils.checks.channels_and_batches_cases import (
    batch_cases,
    count_cases,
    pixel_cases,
    repair_cases,
    window,
)
from course_utils.checks.judging import judge_function, judge_number
from course_utils.checks.picturing import Panel, side_by_side
from course_utils.checks.verdict import Verdict, wrong
from course_utils.drawing import Scene
from course_utils.examples import COLOUR_IMAGE
from course_utils.sizes import Pair, as_pair, conv_output_size

CELL_KERNEL = (((2, 0), (0, 1)), ((1, 1), (0, -1)), ((0, 1), (-1, 0)))
"""The kernel for the exercise with one output cell: a plane for each channel."""

CELL_BIAS = 10
"""Its bias."""

CELL = (1, 2)
"""The output cell of that exercise: row 1, column 2, counted from 0."""

PATIENCE = 10.0
"""Seconds for counting, which may begin with loading parts of PyTorch."""


def check_channel_cell(answer: float | None) -> Verdict:
    """Check one output cell over three channels that was worked out by hand.

    The exercise: `CELL` of the valid cross-correlation of `COLOUR_IMAGE` with
    `CELL_KERNEL` and `CELL_BIAS`.

    Parameters
    ----------
    answer
        The learner's number.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`. A wrong number with a known
        cause, such as a channel left out, gets a hint at that cause.
    """
    image, kernel = np.array(COLOUR_IMAGE), np.array(CELL_KERNEL)
    row, column = CELL
    pixels = image[:, row : row + 2, column : column + 2]
    sums = (pixels * kernel).sum(axis=(1, 2))
    if isinstance(answer, list) and np.array_equal(answer, sums):
        return wrong("these are the three channels", look_at="the step after channels")
    output = convolution.conv2d(image, kernel[None], CELL_BIAS)[0]
    return judge_number(
        answer,
        output[CELL],
        causes=_causes(output, sums, pixels, kernel),
        otherwise="the framed pixels: each channel meets its own plane of the kernel",
        scene=_question(image, kernel, output.shape),
    )


def check_conv2d_batch(conv2d: Callable | None) -> Verdict:
    """Check convolution of a batch, with channels, several kernels and a bias.

    Parameters
    ----------
    conv2d
        ``conv2d(images, weight, bias=None)``: arrays of shape (N, C, H, W),
        (F, C, KH, KW) and (F,) to one of shape (N, F, H - KH + 1, W - KW + 1). Integers
        stay integers.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    return judge_function(conv2d, _conv2d, batch_cases(), name="conv2d", window=window)


def check_count_both_ways(count_both_ways: Callable | None) -> Verdict:
    """Check the parameters of a convolution, and of the dense layer in its place.

    Parameters
    ----------
    count_both_ways
        ``count_both_ways(input_shape, out_channels, kernel_size, bias=True)``: (C, H,
        W), a number, a number or a pair of them, and whether there are biases, to a
        pair: the parameters of a convolution without padding, and those of a fully
        connected layer with the same inputs and outputs.

    Returns
    -------
    Verdict
    """
    return judge_function(
        count_both_ways,
        _count_both_ways,
        count_cases(),
        name="count_both_ways",
        seconds=PATIENCE,
    )


def check_conv1x1(conv1x1: Callable | None) -> Verdict:
    """Check a convolution with kernels of one pixel.

    Parameters
    ----------
    conv1x1
        ``conv1x1(images, weight)``: arrays of shape (N, C, H, W) and (F, C) to one of
        shape (N, F, H, W). Integers stay integers.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    cases = pixel_cases()
    return judge_function(
        conv1x1, _conv1x1, cases, name="conv1x1", window=_pixel_window
    )


def check_repaired_layer(repaired: Callable | None) -> Verdict:
    """Check the repair of a layer that is right for one example by luck.

    It sees two channels and the first image only, and adds the biases along the columns
    instead of one to each plane.

    Parameters
    ----------
    repaired
        ``repaired(images, weight, bias)``, as `check_conv2d_batch` describes it.

    Returns
    -------
    Verdict
        The hints name what is special about the example.
    """
    cases = repair_cases()
    return judge_function(repaired, _conv2d, cases, name="repaired", window=window)


def _conv2d(
    images: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None
) -> np.ndarray:
    return convolution.conv2d(images, weight, bias)


def _conv1x1(images: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return convolution.conv2d(images, weight[:, :, None, None])


def _pixel_window(
    cell: tuple[int, ...], *, images: np.ndarray, weight: np.ndarray
) -> list[list[int]]:
    return window(cell, images=images, weight=weight[:, :, None, None])


def _count_both_ways(
    input_shape: tuple[int, int, int],
    out_channels: int,
    kernel_size: Pair,
    bias: bool = True,
) -> tuple[int, int]:
    size = as_pair(kernel_size, "kernel_size", 1)
    sides = map(conv_output_size, input_shape[1:], size)
    units, inputs = out_channels * math.prod(sides), math.prod(input_shape)
    weights = out_channels * input_shape[0] * math.prod(size)
    return weights + bias * out_channels, units * inputs + bias * units


def _causes(
    output: np.ndarray, sums: np.ndarray, pixels: np.ndarray, kernel: np.ndarray
) -> dict[float, str]:
    row, column = CELL
    causes = dict.fromkeys(output.ravel(), "the window: this is another cell's value")
    parts = [[*some] for count in (1, 2) for some in combinations(range(3), count)]
    for part in parts:
        causes[sums[part].sum() + CELL_BIAS] = "the channels: all three count"
    turned, swapped = kernel[:, ::-1, ::-1], kernel.transpose(0, 2, 1)
    return causes | {
        output[row - 1, column - 1]: "where counting starts: at row 0 and column 0",
        sums.sum(): "the bias",
        sums.sum() + 3 * CELL_BIAS: "the bias: it is added once, not once per channel",
        sums.mean() + CELL_BIAS: "how the channels are put together: they are added",
        (pixels * turned).sum() + CELL_BIAS: "the kernel: it is not turned around",
        (pixels * swapped).sum() + CELL_BIAS: "the kernel: its rows lie along the "
        "image's rows",
        (pixels * abs(kernel)).sum() + CELL_BIAS: "the signs of the products",
        (pixels * kernel[0]).sum() + CELL_BIAS: "the kernel: each channel has a plane "
        "of its own",
    }


def _question(
    image: np.ndarray, kernel: np.ndarray, shape: tuple[int, int]
) -> Scene | None:
    places = window(
        (0, 0, *CELL), images=image[None], weight=kernel[None], bias=CELL_BIAS
    )
    panels = [
        Panel("image", image, [*product(*places[1:])]),
        Panel("kernel", kernel),
        Panel("output", np.full(shape, np.nan), [CELL], note=f"bias {CELL_BIAS}"),
    ]
    return side_by_side(panels, "the windows of the cell, the kernel, and the cell")
