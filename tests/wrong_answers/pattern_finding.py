"""Right and wrong answers to the exercises of notebook 02.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np
import torch
import torch.nn.functional as F

from course_utils.checks.pattern_finding import (
    check_conv2d_backward,
    check_conv2d_by_matmul,
    check_cosine_map,
    check_im2col,
    check_shift_error,
    check_toeplitz_1d,
)

# PyTorch imports more when `backward` first gets a gradient: no check should wait.
torch.zeros(1, requires_grad=True).backward(torch.zeros(1))

# The cosine in each window


def slide_cosines(image, kernel, cosine, dtype=float):
    """Fill a map with what `cosine` makes of each window and the kernel."""
    rows, columns = kernel.shape
    size = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    output = np.zeros(size, dtype=dtype)
    for i, j in np.ndindex(size):
        output[i, j] = cosine(image[i : i + rows, j : j + columns], kernel)
    return output


def cosines_by(lengths):
    """Divide the dot product by `lengths`; 0 where that is 0."""

    def cosine(window, kernel):
        length = lengths(window, kernel)
        return (window * kernel).sum() / length if length else 0

    def cosine_map(image, kernel):
        return slide_cosines(image.astype(float), kernel.astype(float), cosine)

    return cosine_map


def both_lengths(window, kernel):
    return np.linalg.norm(window) * np.linalg.norm(kernel)


right_cosines = cosines_by(both_lengths)


def whole_zeros(image, kernel):
    rows, columns = right_cosines(image, kernel).shape
    tall, wide = kernel.shape
    image, kernel = image.astype(float), kernel.astype(float)

    def cell(i, j):
        window = image[i : i + tall, j : j + wide]
        length = both_lengths(window, kernel)
        return (window * kernel).sum() / length if length else 0

    return np.array([[cell(i, j) for j in range(columns)] for i in range(rows)])


def zero_where_the_kernel_sums_to_zero(image, kernel):
    return right_cosines(image, kernel) * (kernel.sum() != 0)


def zero_where_a_window_sums_to_zero(image, kernel):
    return cosines_by(lambda w, k: w.sum() and both_lengths(w, k))(image, kernel)


def as_many_columns_as_rows(image, kernel):
    size = max(image.shape[0] - kernel.shape[0] + 1, 0)
    return right_cosines(image, kernel)[:, :size]


def zeros_forgotten(image, kernel):
    def cosine(window, kernel):
        with np.errstate(invalid="ignore"):
            return (window * kernel).sum() / both_lengths(window, kernel)

    return slide_cosines(image.astype(float), kernel.astype(float), cosine)


def one_for_windows_of_zeros(image, kernel):
    def cosine(window, kernel):
        length = both_lengths(window, kernel)
        return (window * kernel).sum() / length if length else 1

    return slide_cosines(image.astype(float), kernel.astype(float), cosine)


def length_of_the_whole_image(image, kernel):
    whole = np.linalg.norm(image.astype(float))
    return cosines_by(lambda w, k: whole * np.linalg.norm(k))(image, kernel)


def cut_to_integers(image, kernel):
    return right_cosines(image, kernel).astype(int)


def flipped_cosines(image, kernel):
    return right_cosines(image, kernel[::-1, ::-1])


def swapped_cosines(image, kernel):
    return right_cosines(image, kernel).T


def absolute_cosines(image, kernel):
    return abs(right_cosines(image, kernel))


def one_row_short(image, kernel):
    return right_cosines(image, kernel)[:-1]


def products_of_bytes(image, kernel):
    def cosine(window, kernel):
        length = np.sqrt((window * window).sum()) * np.sqrt((kernel * kernel).sum())
        return (window * kernel).sum() / length if length else 0

    return slide_cosines(image, kernel, cosine)


def pad_the_length(window, kernel):
    return both_lengths(window, kernel) + 0.01


# The matrix of a convolution of one axis


def shifted_rows(kernel, input_size):
    """Move the kernel one place further from row to row."""
    rows = input_size - len(kernel) + 1
    if rows < 1:
        raise ValueError("the kernel does not fit")
    row = [*kernel, *[0] * (input_size - len(kernel))]
    return np.array([np.roll(row, start) for start in range(rows)])


def never_raises(kernel, input_size):
    rows = max(input_size - len(kernel) + 1, 0)
    matrix = np.zeros((rows, input_size), dtype=kernel.dtype)
    for row in range(rows):
        matrix[row, row : row + len(kernel)] = kernel
    return matrix


def flipped_rows(kernel, input_size):
    return shifted_rows(kernel[::-1], input_size)


def transposed_matrix(kernel, input_size):
    return shifted_rows(kernel, input_size).T


def one_row_less(kernel, input_size):
    return shifted_rows(kernel, input_size)[:-1]


def wraps_around(kernel, input_size):
    shifted_rows(kernel, input_size)
    row = [*kernel, *[0] * (input_size - len(kernel))]
    return np.array([np.roll(row, start) for start in range(input_size)])


def steps_of_the_kernels_size(kernel, input_size):
    matrix = np.zeros_like(shifted_rows(kernel, input_size))
    for row in range(input_size // len(kernel)):
        matrix[row, row * len(kernel) : (row + 1) * len(kernel)] = kernel
    return matrix


def the_kernel_in_one_place(kernel, input_size):
    matrix = np.zeros_like(shifted_rows(kernel, input_size))
    matrix[:, : len(kernel)] = kernel
    return matrix


def matrix_of_floats(kernel, input_size):
    return shifted_rows(kernel, input_size).astype(float)


def matrix_of_integers(kernel, input_size):
    return shifted_rows(kernel, input_size).astype(int)


# Windows as columns


def windows_as_columns(image, kernel_size, step=(1, 1)):
    """Lay out every window as a column."""
    rows, columns = kernel_size
    tops = range(0, image.shape[0] - rows + 1, step[0])
    lefts = range(0, image.shape[1] - columns + 1, step[1])
    windows = [image[i : i + rows, j : j + columns] for i in tops for j in lefts]
    return np.stack([window.ravel() for window in windows], axis=1)


def windows_as_rows(image, kernel_size):
    return windows_as_columns(image, kernel_size).T


def windows_read_column_by_column(image, kernel_size):
    return windows_as_columns(image.T, kernel_size[::-1])


def columns_inside_a_window(image, kernel_size):
    order = np.arange(np.prod(kernel_size)).reshape(kernel_size).T.ravel()
    return windows_as_columns(image, kernel_size)[order]


def windows_that_touch(image, kernel_size):
    return windows_as_columns(image, kernel_size, step=kernel_size)


def size_swapped(image, kernel_size):
    return windows_as_columns(image, kernel_size[::-1])


def without_the_last_window(image, kernel_size):
    return windows_as_columns(image, kernel_size)[:, :-1]


def stacked_then_reshaped(image, kernel_size):
    columns = windows_as_columns(image, kernel_size)
    return columns.T.reshape(columns.shape)


def reshaped_only(image, kernel_size):
    columns = windows_as_columns(image, kernel_size)
    return np.resize(image.ravel(), columns.shape)


def columns_of_floats(image, kernel_size):
    return windows_as_columns(image, kernel_size).astype(float)


# Did the map move along?


def pairs_that_meet(before, after, shift):
    """Difference of all cells that have a partner."""
    return after[:, shift:] - before[:, : before.shape[1] - shift]


def largest_difference(before, after, shift):
    return np.abs(pairs_that_meet(before, after, shift)).max()


def largest_in_a_loop(before, after, shift):
    largest = 0
    for difference in pairs_that_meet(before, after, shift).flat:
        largest = max(largest, abs(difference))
    return largest


def largest_as_an_integer(before, after, shift):
    return int(largest_difference(before, after, shift))


def left_filled_with_zeros(before, after, shift):
    moved = np.pad(before, ((0, 0), (shift, 0)))[:, : before.shape[1]]
    return np.abs(after - moved).max()


def from_notes(before, after, shift):
    return (after - np.roll(before, shift, axis=0)).sum()


def axis_repaired_only(before, after, shift):
    return (after - np.roll(before, shift, axis=1)).sum()


def wrong_axis_still(before, after, shift):
    return np.abs(after - np.roll(before, shift, axis=0)).max()


def border_still_wraps(before, after, shift):
    return np.abs(after - np.roll(before, shift, axis=1)).max()


def without_abs(before, after, shift):
    return pairs_that_meet(before, after, shift).max()


def sum_of_differences(before, after, shift):
    return np.abs(pairs_that_meet(before, after, shift)).sum()


def mean_of_differences(before, after, shift):
    return np.abs(pairs_that_meet(before, after, shift)).mean()


def moved_to_the_left(before, after, shift):
    return np.abs(after[:, : before.shape[1] - shift] - before[:, shift:]).max()


def not_moved(before, after, shift):
    return np.abs(after - before).max()


def always_one_column(before, after, shift):
    return np.abs(after[:, 1:] - before[:, :-1]).max()


def rows_instead_of_columns(before, after, shift):
    rows = max(before.shape[0] - shift, 0)
    return np.abs(after[shift:] - before[:rows]).max(initial=0)


def always_zero(before, after, shift):
    return 0.0


# Gradients


def by_autograd(image, kernel, grad_output):
    """Leave it to PyTorch."""
    inputs = [torch.tensor(a)[None, None].requires_grad_() for a in (image, kernel)]
    output = F.conv2d(*inputs)
    output.backward(torch.tensor(grad_output)[None, None])
    return tuple(tensor.grad[0, 0].numpy() for tensor in inputs)


def swapped_pair(image, kernel, grad_output):
    return by_autograd(image, kernel, grad_output)[::-1]


def kernel_flipped(image, kernel, grad_output):
    grad_image, grad_kernel = by_autograd(image, kernel, grad_output)
    return grad_image, grad_kernel[::-1, ::-1]


def grad_output_ignored(image, kernel, grad_output):
    return by_autograd(image, kernel, np.ones_like(grad_output))


def image_not_flipped(image, kernel, grad_output):
    turned = kernel[::-1, ::-1].copy()
    pairs = (by_autograd(image, weights, grad_output) for weights in (turned, kernel))
    (grad_image, _), (_, grad_kernel) = pairs
    return grad_image, grad_kernel


def image_transposed_kernel(image, kernel, grad_output):
    grad_image, grad_kernel = by_autograd(image, kernel, grad_output)
    if len(set(kernel.shape)) == 1:
        grad_image = by_autograd(image, kernel.T.copy(), grad_output)[0]
    return grad_image, grad_kernel


def valid_for_the_image(image, kernel, grad_output):
    grad_image, grad_kernel = by_autograd(image, kernel, grad_output)
    rows, columns = grad_output.shape
    return grad_image[:rows, :columns], grad_kernel


def windows_overwrite(image, kernel, grad_output):
    grad_image = np.zeros(image.shape)
    rows, columns = kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        grad_image[i : i + rows, j : j + columns] = kernel * grad_output[i, j]
    return grad_image, by_autograd(image, kernel, grad_output)[1]


def mean_over_cells(image, kernel, grad_output):
    grad_image, grad_kernel = by_autograd(image, kernel, grad_output)
    return grad_image, grad_kernel / grad_output.size


def kernel_only(image, kernel, grad_output):
    return by_autograd(image, kernel, grad_output)[1]


def image_only(image, kernel, grad_output):
    return by_autograd(image, kernel, grad_output)[0]


def padded_by_one(image, kernel, grad_output):
    grad_image, grad_kernel = by_autograd(image, kernel, grad_output)
    return grad_image, np.pad(grad_kernel, 1)


def nothing_returned(image, kernel, grad_output):
    by_autograd(image, kernel, grad_output)


# One product


def product_with_columns(image, bank):
    count, *size = bank.shape
    columns = windows_as_columns(image, size)
    height, width = (n - k + 1 for n, k in zip(image.shape, size, strict=True))
    return (bank.reshape(count, -1) @ columns).reshape(count, height, width)


def product_left_flat(image, bank):
    return bank.reshape(len(bank), -1) @ windows_as_columns(image, bank.shape[1:])


def windows_times_kernels(image, bank):
    right = product_with_columns(image, bank)
    return product_left_flat(image, bank).T.reshape(right.shape)


def map_with_sides_swapped(image, bank):
    return product_with_columns(image, bank).swapaxes(1, 2)


def first_kernel_only(image, bank):
    return product_with_columns(image, bank[:1])


def all_kernels_added(image, bank):
    return product_with_columns(image, bank.sum(axis=0, keepdims=True))


def kernels_turned(image, bank):
    return product_with_columns(image, bank[:, ::-1, ::-1])


def kernels_read_column_by_column(image, bank):
    count, rows, columns = bank.shape
    read = bank.swapaxes(1, 2).reshape(count, rows, columns)
    return product_with_columns(image, read)


def kernels_reshaped_the_other_way(image, bank):
    count, *size = bank.shape
    rows = bank.reshape(-1, count).T.reshape(count, -1)
    return product_with_columns(image, rows.reshape(count, *size))


def maps_as_large_as_the_image(image, bank):
    maps = product_with_columns(image, bank)
    return np.resize(maps, (len(bank), *image.shape))


def size_of_kernels_swapped(image, bank):
    turned = bank.reshape(len(bank), *bank.shape[:0:-1])
    if any(k > n for n, k in zip(image.shape, turned.shape[1:], strict=True)):
        return np.zeros((len(bank), 0, 0))
    return product_with_columns(image, turned)


def product_in_floats(image, bank):
    return product_with_columns(image.astype(float), bank)


RIGHT = {
    check_cosine_map: whole_zeros,
    check_toeplitz_1d: shifted_rows,
    check_im2col: windows_as_columns,
    check_conv2d_by_matmul: product_with_columns,
    check_shift_error: largest_in_a_loop,
    check_conv2d_backward: by_autograd,
}

WRONG = {
    check_cosine_map: [
        (cosines_by(lambda w, k: 1), "expected 1, yours is 10"),
        (
            cosines_by(lambda w, k: np.linalg.norm(w) ** 2),
            "what the product is divided by",
        ),
        (
            cosines_by(lambda w, k: np.linalg.norm(k) ** 2),
            "what the product is divided by",
        ),
        (cosines_by(lambda w, k: np.linalg.norm(k)), "what the product is divided by"),
        (
            cosines_by(lambda w, k: abs(w).sum() * abs(k).sum()),
            "square, add up, take the root",
        ),
        (
            cosines_by(lambda w, k: (w**2).sum() * (k**2).sum()),
            "what the product is divided by",
        ),
        (cosines_by(pad_the_length), "expected 1, yours is 0.999001"),
        (length_of_the_whole_image, "expected 0.8, yours is 0.64"),
        (length_of_the_whole_image, "look at: each window by itself"),
        (zero_where_the_kernel_sums_to_zero, "look at: when there is no direction"),
        (zero_where_a_window_sums_to_zero, "look at: when there is no direction"),
        (as_many_columns_as_rows, "look at: rows and columns: how many windows"),
        (zeros_forgotten, "expected 0, yours is nan"),
        (one_for_windows_of_zeros, "expected 0, yours is 1"),
        (cut_to_integers, "should be floating-point numbers"),
        (flipped_cosines, "which weight meets which pixel"),
        (swapped_cosines, "yours has shape"),
        (absolute_cosines, "opposite directions"),
        (one_row_short, "expected shape (1, 1), yours has shape (0, 1)"),
        (products_of_bytes, "uint8"),
    ],
    check_toeplitz_1d: [
        (never_raises, "expected a ValueError, yours returned ndarray"),
        (flipped_rows, "expected 1, yours is 2"),
        (transposed_matrix, "expected shape (1, 2), yours has shape (2, 1)"),
        (one_row_less, "yours has shape (0, 2)"),
        (wraps_around, "expected shape (1, 2), yours has shape (2, 2)"),
        (steps_of_the_kernels_size, "where the kernel stands in each row"),
        (the_kernel_in_one_place, "where the kernel stands in each row"),
        (matrix_of_floats, "should be whole numbers"),
        (matrix_of_integers, "what becomes of decimals"),
        (np.array([[1, 2]]), "toeplitz_1d should be a function"),
    ],
    check_im2col: [
        (windows_as_rows, "expected shape (4, 1), yours has shape (1, 4)"),
        (windows_read_column_by_column, "read row by row"),
        (columns_inside_a_window, "expected 2, yours is 3"),
        (windows_that_touch, "windows overlap"),
        (stacked_then_reshaped, "look at: the columns: each of them is one window"),
        (size_swapped, "rows come first, then columns"),
        (without_the_last_window, "one pixel, one window"),
        (reshaped_only, "each of them is one window"),
        (columns_of_floats, "should be whole numbers"),
    ],
    check_conv2d_by_matmul: [
        (product_left_flat, "expected shape (1, 1, 1), yours has shape (1, 1)"),
        (windows_times_kernels, "its cells in the order of the windows"),
        (map_with_sides_swapped, "expected shape (1, 1, 3), yours has shape (1, 3, 1)"),
        (first_kernel_only, "one for each kernel"),
        (all_kernels_added, "one for each kernel"),
        (kernels_turned, "expected 4321, yours is 1234"),
        (kernels_read_column_by_column, "weight by weight"),
        (kernels_reshaped_the_other_way, "look at: how a kernel becomes a row"),
        (maps_as_large_as_the_image, "look at: the last step"),
        (size_of_kernels_swapped, "look at: the size of the kernels"),
        (product_in_floats, "should be whole numbers"),
    ],
    check_shift_error: [
        (from_notes, "expected 3, yours is 5"),
        (axis_repaired_only, "which difference is asked for: the largest"),
        (wrong_axis_still, "expected 0, yours is"),
        (border_still_wraps, "expected 0, yours is"),
        (without_abs, "differences below zero"),
        (sum_of_differences, "the largest"),
        (mean_of_differences, "look at: which difference is asked for: the largest"),
        (largest_as_an_integer, "should be floating-point numbers"),
        (left_filled_with_zeros, "look at: the border"),
        (moved_to_the_left, "expected 0, yours is"),
        (not_moved, "expected 0, yours is"),
        (always_one_column, "it may be larger than 1"),
        (rows_instead_of_columns, "expected 3, yours is 0"),
        (always_zero, "expected 3, yours is 0"),
    ],
    check_conv2d_backward: [
        (swapped_pair, "which gradient comes first"),
        (kernel_flipped, "which pixels a weight meets"),
        (grad_output_ignored, "expected 15, yours is 3"),
        (mean_over_cells, "expected 321, yours is 107"),
        (image_not_flipped, "grad_image of conv2d_backward"),
        (image_transposed_kernel, "expected 10, yours is 100"),
        (valid_for_the_image, "expected shape"),
        (windows_overwrite, "through which weights a pixel reaches"),
        (kernel_only, "should return two arrays, grad_image and grad_kernel"),
        (image_only, "should return two arrays, grad_image and grad_kernel"),
        (padded_by_one, "look at: the shape: a gradient"),
        (nothing_returned, "returned None: does it end with a return?"),
    ],
}
