"""Checks of *Pattern finding*."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from course_utils import convolution
from course_utils.kit.check import Check, Hint, drawn, image_and_kernel
from course_utils.kit.compare import numbers, shown
from course_utils.kit.run import run
from course_utils.kit.verdict import Verdict, wrong
from course_utils.sizes import window

# With such weights, each digit of a sum shows which number met which weight.
ROW, COLUMN, SQUARE = [[1, 2, 3]], [[1], [2], [3]], [[1, 2], [3, 4]]
WIDE, TALL = [[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4], [5, 6]]
DIGITS = [[1, 10], [100, 1000]]
MEETING = "which weight meets which pixel"

floats = partial(np.array, dtype=float)


def zeros_as_floats(result: object) -> object:
    """Return 0.0 for 0: a sum or a maximum may begin with either."""
    values = numbers(result)
    whole = values is not None and values.dtype.kind in "iu"
    return values.astype(float) if whole and not values.any() else result


# ------------------------------------------------------------------------- the cosine

LENGTHS = "the two lengths: square, add up, take the root"
OWN = "each window by itself: its pixels, and their length"
NO_DIRECTION = "when there is no direction: not one number differs from 0"
FIT = "rows and columns: how many windows fit, for each"
BYTES = "pixels of dtype uint8: their products do not fit into it"
BRIGHT = np.array([[200, 250], [0, 100]], dtype=np.uint8)

check_cosine_map = Check(
    "cosine_map",
    convolution.cosine_map,
    ["one pixel, one weight: what the product is divided by", ([[5]], [[2]])],
    [LENGTHS, ([[2, 2], [2, 2]], [[1, 1], [1, 1]])],
    [LENGTHS, ([[1, 1], [1, 1]], [[2, 2], [2, 2]])],
    [MEETING, ([[3, 4]], [[1, 0]])],
    [LENGTHS, ([[6, 8]], [[3, 4]])],
    ["the sign: opposite directions have a cosine of −1", ([[-3, -4]], [[3, 4]])],
    ["vectors at a right angle", ([[4, -3]], [[3, 4]])],
    [OWN, ([[3, 4, 0]], [[4, 3]]), ([[3], [4], [0]], [[4], [3]])],
    ["windows of zeros: they have no direction", ([[0, 0, 3, 4]], [[3, 4]])],
    ["a kernel of zeros: it has no direction", ([[3, 4]], [[0, 0]])],
    [NO_DIRECTION, ([[4, -3, 1, -1]], [[2, 1]]), ([[4, -3]], [[1, -1]])],
    ["a kernel with one weight: only the sign is left", ([[2, -3, 0]], [[5]])],
    [MEETING, (SQUARE, DIGITS)],
    [FIT, (WIDE, [[1, 0], [0, 2]]), (TALL, [[1, 0], [0, 2]])],
    ["faint windows: they have a direction, too", ([[0.003, 0.004]], [[3, 4]])],
    [BYTES, (BRIGHT, np.array([[1, 2], [0, 2]])), (BRIGHT, BRIGHT.T.copy())],
    [OWN, *drawn(8, image_and_kernel)],
    window=window,
    view=zeros_as_floats,
    at_shape=FIT,
    as_array=floats,
)

# ------------------------------------------------------------- convolution as a matrix

ROWS = "the number of rows: one for each output cell"
START = "where the kernel stands in each row"
MISFIT = "what should happen when the kernel does not fit even once"

check_toeplitz_1d = Check(
    "toeplitz_1d",
    convolution.toeplitz_1d,
    ["a kernel as large as the input", ([1, 2], 2)],
    [START, ([1, 2], 3), ([1, 2], 4)],
    ["a kernel with one weight", ([5], 3)],
    [START, ([1, 2, 3], 4)],
    [ROWS, ([1, 2, 3], 3)],
    ["zeros inside the kernel: they keep their place", ([1, 0, -1], 5)],
    [START, ([1, 2, 3, 4], 6)],
    [ROWS, ([1, 2], 7)],
    ["what becomes of decimals in the matrix", ([0.5, 0.25], 3)],
    [MISFIT, ([1, 2, 3], 2), ([1, 2, 3, 4], 2)],
)

ACROSS = "the order of the windows: row by row"
INSIDE = "the order inside a window: row by row"
STEP = "the step from one window to the next: windows overlap"
TWELVE = np.arange(12)

check_im2col = Check(
    "im2col",
    lambda image, kernel_size: convolution.im2col(image[None, None], kernel_size)[0],
    ["one pixel, one window", ([[5]], (1, 1))],
    ["the only window: one column, read row by row", (SQUARE, (2, 2))],
    [ACROSS, (SQUARE, (1, 1))],
    # Windows that only touch are too few: there the shape is wrong.
    [Hint("the columns: each of them is one window", STEP), (WIDE, (2, 2))],
    ["kernel_size: rows come first, then columns", (SQUARE, (1, 2)), (SQUARE, (2, 1))],
    [STEP, (ROW, (1, 2)), (COLUMN, (2, 1))],
    [ACROSS, (TALL, (2, 2)), (TWELVE[:9].reshape(3, 3), (2, 2))],
    [INSIDE, (TWELVE.reshape(3, 4), (2, 3)), (TWELVE.reshape(4, 3), (3, 2))],
    ["what becomes of decimals", ([[0.5, 1.5]], (1, 1))],
    [INSIDE, *((image, kernel.shape) for image, kernel in drawn(12, image_and_kernel))],
)


def any_bank(rng: np.random.Generator, number: int) -> tuple:
    image, kernel = image_and_kernel(rng, number)
    return image, np.stack([kernel, kernel[::-1]])


FLAT = "how a kernel becomes a row: weight by weight, as its window became a column"
MAPS = "the maps: one for each kernel, its cells in the order of the windows"
LAST = "the last step: each row of the product becomes a map, row by row"
SIZE = "the size of the kernels: rows come first, then columns"

check_conv2d_by_matmul = Check(
    "conv2d_by_matmul",
    lambda image, bank: convolution.conv2d(image[None], bank[:, None]),
    [LAST, ([[5]], [[[2]]]), (ROW, [[[5]]]), (WIDE, [[[1, 1], [1, 1]]])],
    [FLAT, (SQUARE, [DIGITS])],
    [SIZE, (ROW, [[[1, 10]]])],
    [MAPS, (ROW, [[[1, 0]], [[0, 10]]])],
    [FLAT, (ROW, [[[1, 10]], [[100, 1000]]])],
    [MAPS, (SQUARE, [[[1]], [[10]], [[100]]])],
    [SIZE, (COLUMN, [[[1], [10]]])],
    [LAST, (WIDE, [[[1]], [[10]]]), (TALL, [[[1, 10]], [[100, 0]]])],
    ["what becomes of decimals", ([[0.5, 1.5]], [[[1]], [[0.5]]])],
    [MAPS, *drawn(10, any_bank)],
    window=lambda cell, image, bank: window(
        cell[1:], image=image, kernel=bank[cell[0]]
    ),
)

# ------------------------------------------------------------ did the map move along?


def shift_error(before: np.ndarray, after: np.ndarray, shift: int) -> np.ndarray:
    partners = before.shape[1] - shift
    return np.abs(after[:, shift:] - before[:, :partners]).max()


def any_move(rng: np.random.Generator, number: int) -> tuple:
    shift, before = (0, 1, 1, 2, 3)[number], floats(rng.integers(-9, 10, (3, 5)))
    after = np.roll(before, shift, axis=1)
    after[1, 4] -= rng.integers(0, 2) * 4
    return before, after, shift


AXIS = "the direction: along the rows, to the right"
BORDER = "the border: what comes in at the left, and what leaves at the right"
SIGN = "differences below zero: they count as much as those above"

check_shift_error = Check(
    "shift_error",
    shift_error,
    ["a map that moved along: it has no error", ([[1, 2, 0]], [[0, 1, 2]], 1)],
    ["which difference is asked for: the largest", ([[4, 4, 0]], [[0, 6, 7]], 1)],
    ["which cells belong together after the move", ([[1, 2, 0]], [[0, 1, 5]], 1)],
    [SIGN, ([[1, 2, 0]], [[0, 1, -1]], 1), ([[1, 1, 0]], [[0, 3, -1]], 1)],
    [AXIS, ([[1, 0, 0], [0, 0, 0]], [[0, 1, 0], [0, 0, 0]], 1)],
    [AXIS, ([[1, 0], [0, 0]], [[0, 0], [1, 0]], 1), ([[0, 1, 2]], [[1, 2, 0]], 1)],
    [BORDER, ([[1, 2, 3]], [[9, 1, 2]], 1), ([[1, 2, 9]], [[0, 1, 2]], 1)],
    ["shift: it may be larger than 1", ([[1, 2, 3, 4]], [[0, 0, 1, 2]], 2)],
    [BORDER, ([[1, 2, 3, 4]], [[7, 8, 1, 5]], 2)],
    ["shift: without a move every cell is compared", ([[1, 2]], [[1, 4]], 0)],
    ["how the cells are paired", *drawn(5, any_move)],
    view=zeros_as_floats,
    as_array=floats,
)

# ------------------------------------------------------------------- the two gradients


def grad_image(
    image: np.ndarray, kernel: np.ndarray, grad_output: np.ndarray
) -> np.ndarray:
    matrix = convolution.convolution_matrix(kernel, image.shape)
    return (matrix.T @ grad_output.ravel()).reshape(image.shape)


def any_gradients() -> Iterator[tuple]:
    rng = np.random.default_rng(2)
    for image, kernel in drawn(12, image_and_kernel):
        size = np.subtract(image.shape, kernel.shape) + 1
        yield floats(image), floats(kernel), floats(rng.integers(-9, 10, size))


def is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def one_of_two(pair: object, index: int) -> object:
    if is_pair(pair) and pair[index] is None:
        raise NotImplementedError
    return pair[index] if is_pair(pair) else pair


NUMBERS = "the shape: a gradient has one number for each of those it belongs to"
GRADIENTS = "grad_image", "grad_kernel"
FIRST = "which gradient comes first, and the product of what"


def gradient_check(index: int, reference: Callable, hint: str, **more: Any) -> Check:
    return Check(
        f"{GRADIENTS[index]} of conv2d_backward",
        reference,
        [FIRST, ([[3]], [[2]], [[5]])],
        [hint, (ROW, [[5]], [[1, 10, 100]]), (ROW, [[1, 2]], [[1, 10]])],
        [hint, (COLUMN, [[1], [2]], [[1], [10]])],
        [hint, ([[1, 2, 3, 4]], [[1, 10]], [[1, 0, 0]]), (SQUARE, DIGITS, [[1]])],
        [NUMBERS, (SQUARE, [[5]], DIGITS)],
        [hint, (WIDE, DIGITS, [[1, 2]]), (TALL, DIGITS, [[1], [2]])],
        [hint, *any_gradients()],
        view=partial(one_of_two, index=index),
        at_shape=NUMBERS,
        as_array=floats,
        **more,
    )


judged_grad_image = gradient_check(
    0, grad_image, "through which weights a pixel reaches which output cells"
)
judged_grad_kernel = gradient_check(
    1,
    lambda image, kernel, grad_output: convolution.conv2d(image, grad_output),
    "which pixels a weight meets, and in which output cells",
    window=lambda cell, image, kernel, grad_output: window(
        cell, image=image, kernel=grad_output
    ),
)


def check_conv2d_backward(conv2d_backward: Callable | None) -> Verdict:
    """Check that a pair comes out, then the kernel's gradient, then the image's."""
    if callable(conv2d_backward):
        value = run(conv2d_backward, judged_grad_kernel.cases[0].args).value
        if value is not None and not is_pair(value):
            expected = f"should return two arrays, {' and '.join(GRADIENTS)}"
            message = f"conv2d_backward {expected}; yours returned {shown(value)}"
            comma = "the last line: two names, with a comma between them"
            return wrong(message, look_at=comma)
    verdict = judged_grad_kernel(conv2d_backward)
    return verdict if verdict.status != "right" else judged_grad_image(conv2d_backward)
