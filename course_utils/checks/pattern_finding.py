"""Checks for notebook 02, *Pattern Finding*."""

from collections.abc import Callable
from functools import wraps

import numpy as np

from course_utils import convolution, patterns
from course_utils.checks.comparing import numbers, shown
from course_utils.checks.convolution_cases import window
from course_utils.checks.judging import Case, judge_function
from course_utils.checks.pattern_finding_cases import (
    backward_cases,
    cosine_cases,
    im2col_cases,
    matmul_cases,
    shift_cases,
    toeplitz_cases,
)
from course_utils.checks.running import run
from course_utils.checks.verdict import Verdict, wrong


def check_cosine_map(cosine_map: Callable | None) -> Verdict:
    """Check the cosine between the kernel and each window.

    Parameters
    ----------
    cosine_map
        ``cosine_map(image, kernel)``: arrays of shape (H, W) and (KH, KW) to one of
        shape (H - KH + 1, W - KW + 1); 0 where the window or the kernel is all zeros.

    Returns
    -------
    Verdict
        Compared with `course_utils.patterns.cosine_map`.
    """
    reference = patterns.cosine_map
    cases = cosine_cases()
    cosines = _zeros_as_floats(cosine_map)
    return judge_function(cosines, reference, cases, name="cosine_map", window=window)


def check_toeplitz_1d(toeplitz_1d: Callable | None) -> Verdict:
    """Check the matrix of a convolution of one axis.

    Parameters
    ----------
    toeplitz_1d
        ``toeplitz_1d(kernel, input_size)``: an array of shape (K,) and N to one of
        shape (N - K + 1, N); ValueError where the kernel does not fit.

    Returns
    -------
    Verdict
        Compared with `course_utils.patterns.toeplitz_1d`.
    """
    cases = toeplitz_cases()
    return judge_function(toeplitz_1d, patterns.toeplitz_1d, cases, name="toeplitz_1d")


def check_im2col(im2col: Callable | None) -> Verdict:
    """Check the windows of one image, laid out as columns.

    Parameters
    ----------
    im2col
        ``im2col(image, kernel_size)``: an array of shape (H, W) and the pair (KH, KW)
        to one of shape (KH * KW, OH * OW).

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.im2col`.
    """
    return judge_function(im2col, _im2col, im2col_cases(), name="im2col")


def check_conv2d_by_matmul(conv2d_by_matmul: Callable | None) -> Verdict:
    """Check convolution with several kernels as one matrix product.

    Parameters
    ----------
    conv2d_by_matmul
        ``conv2d_by_matmul(image, bank)``: arrays of shape (H, W) and (F, KH, KW) to one
        of shape (F, OH, OW).

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    return judge_function(
        conv2d_by_matmul,
        _conv2d_with_bank,
        matmul_cases(),
        name="conv2d_by_matmul",
        window=_window_of_map,
    )


def check_shift_error(shift_error: Callable | None) -> Verdict:
    """Check the measure of whether a map moved along with its picture.

    Parameters
    ----------
    shift_error
        ``shift_error(before, after, shift)``: two arrays of shape (H, W) and a number
        of columns, 0 to W - 1, to the largest difference between `after` and what
        `before` becomes when it moves to the right. Columns that have no partner are
        left out.

    Returns
    -------
    Verdict
    """
    error = _zeros_as_floats(shift_error)
    return judge_function(error, _shift_error, shift_cases(), name="shift_error")


def check_conv2d_backward(conv2d_backward: Callable | None) -> Verdict:
    """Check the two gradients of valid convolution, the kernel's first.

    Parameters
    ----------
    conv2d_backward
        ``conv2d_backward(image, kernel, grad_output)``: arrays of shape (H, W),
        (KH, KW) and (OH, OW) to the pair ``grad_image, grad_kernel``, of shapes (H, W)
        and (KH, KW).

    Returns
    -------
    Verdict
    """
    cases = backward_cases("which pixels a weight meets, and in which output cells")
    if problem := _not_a_pair(conv2d_backward, cases[0]):
        return problem
    verdict = judge_function(
        _part(conv2d_backward, 1),
        _grad_kernel,
        cases,
        name="grad_kernel of conv2d_backward",
        window=_met_by_weight,
    )
    if verdict.status != "right":
        return verdict
    return judge_function(
        _part(conv2d_backward, 0),
        _grad_image,
        backward_cases("through which weights a pixel reaches which output cells"),
        name="grad_image of conv2d_backward",
    )


def _im2col(image: np.ndarray, kernel_size: tuple[int, int]) -> np.ndarray:
    return convolution.im2col(image[None, None], kernel_size)[0]


def _conv2d_with_bank(image: np.ndarray, bank: np.ndarray) -> np.ndarray:
    return np.stack([convolution.conv2d(image, kernel) for kernel in bank])


def _window_of_map(
    cell: tuple[int, int, int], *, image: np.ndarray, bank: np.ndarray
) -> list[list[int]]:
    return window(cell[1:], image=image, kernel=bank[cell[0]])


def _shift_error(before: np.ndarray, after: np.ndarray, shift: int) -> np.ndarray:
    partners = before.shape[1] - shift
    return np.abs(after[:, shift:] - before[:, :partners]).max()


def _grad_kernel(
    image: np.ndarray,
    kernel: np.ndarray,
    grad_output: np.ndarray,
) -> np.ndarray:
    return convolution.conv2d(image, grad_output)


def _grad_image(
    image: np.ndarray,
    kernel: np.ndarray,
    grad_output: np.ndarray,
) -> np.ndarray:
    columns = patterns.convolution_matrix(kernel, image.shape).T
    return (columns @ grad_output.ravel()).reshape(image.shape)


def _met_by_weight(
    cell: tuple[int, int],
    *,
    image: np.ndarray,
    kernel: np.ndarray,
    grad_output: np.ndarray,
) -> list[list[int]]:
    return window(cell, image=image, kernel=grad_output)


def _not_a_pair(conv2d_backward: object, case: Case) -> Verdict | None:
    if not callable(conv2d_backward):
        return None
    value = run(conv2d_backward, case.args).value
    if value is None or _is_pair(value):
        return None
    return wrong(
        "conv2d_backward should return two arrays, grad_image and grad_kernel; yours "
        f"returned {shown(value)}",
        look_at="the last line: two names, with a comma between them",
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def _zeros_as_floats(function: object) -> object:
    """Make a function return 0.0 for 0: a sum or a maximum may begin with either."""
    if not callable(function):
        return function

    @wraps(function)
    def in_floats(*args: object) -> object:
        result = function(*args)
        values = numbers(result)
        whole = values is not None and values.dtype.kind in "iu"
        return values.astype(float) if whole and not values.any() else result

    return in_floats


def _part(function: object, index: int) -> object:
    """Make a function return one of its two results; leave anything else as it is."""
    if not callable(function):
        return function

    @wraps(function)
    def part(*args: object) -> object:
        pair = function(*args)
        if not _is_pair(pair):
            return pair
        if pair[index] is None:
            raise NotImplementedError
        return pair[index]

    return part
