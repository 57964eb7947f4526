"""Checks of *One matrix product*."""

import numpy as np

from course_utils import convolution
from course_utils.convolution import WORKED_IMAGE, WORKED_KERNEL
from course_utils.kit.check import ByHand, Check, Hint, drawn, image_and_kernel
from course_utils.kit.matrices import COLUMN, DIGITS, ROW, SQUARE, TALL, WIDE
from course_utils.kit.ready_made import CONVOLUTIONS
from course_utils.sizes import conv_output_size, window

# ------------------------------------------------------------- convolution as a matrix

ROWS = "the number of rows: one for each output cell"
START = "where the kernel stands in each row"
FORM = "the shape: a row for each output cell, a column for each input cell"
ONLY = Hint("the only row: it holds the kernel as it stands", at_shape=FORM)
MISFIT = "what should happen when the kernel does not fit even once"

check_toeplitz_1d = Check(
    "toeplitz_1d",
    convolution.toeplitz_1d,
    [ONLY, ([1, 2], 2)],
    [START, ([1, 2], 3), ([1, 2], 4)],
    ["a kernel with one weight", ([5], 3)],
    [START, ([1, 2, 3], 4)],
    [ROWS, ([1, 2, 3], 3)],
    ["zeros inside the kernel: they keep their place", ([1, 0, -1], 5)],
    [START, ([1, 2, 3, 4], 6)],
    [ROWS, ([1, 2], 7)],
    ["what becomes of decimals in the matrix", ([0.5, 0.123], 3), ([1.0, 2], 3)],
    [MISFIT, ([1, 2, 3], 2), ([1, 2, 3, 4], 2)],
    ready_made=["toeplitz_1d", "convolution_matrix"],
    slips={"case 1 .*ValueError: (?!could)": "whether it fits: here it does, once"},
)

image, kernel = np.array(WORKED_IMAGE), np.array(WORKED_KERNEL)
rows = convolution.convolution_matrix(kernel, image.shape)
BELOW = "the pixels below: an image row has four, and there the list goes on"
MEETING = "which weight stands on which pixel: the kernel lies as it is"
PIXELS = "the row holds weights; the pixels come later"
WEIGHTS = f"the weights: {kernel[0, 0]} and {kernel[1, 1]}"
last = np.isin(np.arange(16), [10, 11, 14, 15])  # the pixels of the last window

check_last_row = ByHand(
    rows[-1],
    (lambda row: row.size == 16 and row.ndim > 1, "the brackets: one list of numbers"),
    (rows[0], "which window is asked for: the one of output cell [2, 2]"),
    (rows[-1][::-1], "the order of the weights: the first meets the upper left pixel"),
    (rows[-1] * image.ravel(), PIXELS),
    (last * image.ravel(), PIXELS),
    (last, "what stands there: the kernel's four weights, one on each pixel"),
    ([0] * 10 + [2, 0, 0, 0, 0, 1], MEETING),
    ([0] * 10 + [0, 1, 0, 0, 2, 0], MEETING),
    ([0] * 10 + [0, 2, 0, 0, 1, 0], MEETING),
    (np.roll(rows[-1], -1), "counting: places and pixels begin with 0"),
    ([0] * 12 + [1, 0, 0, 2], BELOW),
    ([0] * 10 + [1, 0, 0, 2, 0, 0], BELOW),
    (lambda row: np.array_equal(row != 0, rows[-1] != 0), WEIGHTS),
    what="16 numbers",
    missing="a list of 16 numbers",
    otherwise="which four pixels the last window holds, and their places in the list",
    at_shape="one number for each of the 16 pixels, also for those outside the window",
)

# ------------------------------------------------------ one product with all windows

ACROSS = "the order of the windows: row by row"
COUNT = "how many windows fit: rows and columns, each by itself"
INSIDE = "the order inside a window: row by row"
ONE_LIST = "the shape: a column for each window, which becomes one list of numbers"
STEP = "the step from one window to the next: windows overlap"
TWELVE = np.arange(12)


def im2col(image: np.ndarray, kernel_size: tuple[int, int]) -> np.ndarray:
    return convolution.im2col(image[None, None], kernel_size)[0]


check_im2col = Check(
    "im2col",
    im2col,
    [Hint("one pixel, one window", at_shape=ONE_LIST), ([[5]], (1, 1))],
    ["the only window: one column, read row by row", (SQUARE, (2, 2))],
    [Hint(ACROSS, at_shape=COUNT), (SQUARE, (1, 1)), (WIDE, (1, 1))],
    # Windows that only touch are too few: there the shape is wrong.
    [Hint("the columns: each of them is one window", STEP), (WIDE, (2, 2))],
    ["kernel_size: rows come first, then columns", (SQUARE, (1, 2)), (SQUARE, (2, 1))],
    [STEP, (ROW, (1, 2)), (COLUMN, (2, 1))],
    [ACROSS, (TALL, (2, 2)), (TWELVE[:9].reshape(3, 3), (2, 2))],
    [INSIDE, (TWELVE.reshape(3, 4), (2, 3)), (TWELVE.reshape(4, 3), (3, 2))],
    ["what becomes of decimals", ([[0.5, 1.123]], (1, 1))],
    [INSIDE, *((image, kernel.shape) for image, kernel in drawn(12, image_and_kernel))],
    ready_made=["im2col", "unfold", "Unfold"],
)


def any_bank(rng: np.random.Generator, number: int) -> tuple:
    image, kernel = image_and_kernel(rng, number)
    return image, np.stack([kernel, kernel[::-1]]) * [1, 1.0][number % 2]


def conv2d_by_matmul(image: np.ndarray, bank: np.ndarray) -> np.ndarray:
    height = conv_output_size(len(image), bank.shape[1])
    maps = bank.reshape(len(bank), -1) @ im2col(image, bank.shape[1:])
    return maps.reshape(len(bank), height, -1)


FLAT = "how a kernel becomes a row: weight by weight, as its window became a column"
DECIMALS = "what becomes of decimals, in the image or in the bank"
MAPS = "the maps: one for each kernel, its cells in the order of the windows"
LAST = "the last step: each row of the product becomes a map, row by row, as it is"
SIZE = "the size of the kernels: rows come first, then columns"

check_conv2d_by_matmul = Check(
    "conv2d_by_matmul",
    conv2d_by_matmul,
    [LAST, ([[5]], [[[2]]]), (ROW, [[[5]]]), (WIDE, [[[1, 1], [1, 1]]])],
    [LAST, (COLUMN, [[[5]]])],
    [FLAT, (SQUARE, [DIGITS])],
    [SIZE, (ROW, [[[1, 10]]])],
    [MAPS, (ROW, [[[1, 0]], [[0, 10]]])],
    [FLAT, (ROW, [[[1, 10]], [[100, 1000]]])],
    [MAPS, (SQUARE, [[[1]], [[10]], [[100]]])],
    [SIZE, (COLUMN, [[[1], [10]]])],
    [LAST, (WIDE, [[[1]], [[10]]]), (TALL, [[[1, 10]], [[100, 0]]])],
    [DECIMALS, ([[0.5, 1.5]], [[[0.5]]]), ([[3]], [[[0.125]]]), ([[0.1, 2]], [[[3]]])],
    ["pixels as bytes: sums need more room", (np.uint8([[200, 99]]), [[[1, 1]]])],
    [MAPS, *drawn(10, any_bank)],
    window=lambda cell, image, bank: window(cell[1:], image=image, kernel=bank[0]),
    ready_made=CONVOLUTIONS,
    slips={
        "matmul: |which does not fit": SIZE,
        "cannot reshape": LAST,
        "broadcast": "one matrix product: @, not *",
    },
)
