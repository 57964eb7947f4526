"""Right and wrong answers to the exercises of notebook 01.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np

from course_utils.checks.convolution_by_hand import (
    check_conv2d,
    check_conv2d_modes,
    check_conv2d_valid,
    check_conv_output_size,
    check_output_cell,
    check_pseudocode,
    check_repaired,
)


def slide(image, kernel, *, stride=1, padding=0, dilation=1, dtype=None):
    """Convolve window by window, as the notebook teaches it."""
    image = np.pad(image, padding)
    (height, width), (rows, columns) = image.shape, kernel.shape
    tall, wide = dilation * (rows - 1) + 1, dilation * (columns - 1) + 1
    size = (height - tall) // stride + 1, (width - wide) // stride + 1
    output = np.zeros(size, dtype=dtype or np.result_type(image, kernel))
    for i in range(size[0]):
        for j in range(size[1]):
            top, left = i * stride, j * stride
            pixels = image[top : top + tall : dilation, left : left + wide : dilation]
            output[i, j] = (pixels * kernel).sum()
    return output


def slide_in_mode(image, kernel, mode):
    rows, columns = (size - 1 for size in kernel.shape)
    margins = {
        "valid": ((0, 0), (0, 0)),
        "same": ((rows // 2, -(-rows // 2)), (columns // 2, -(-columns // 2))),
        "full": ((rows, rows), (columns, columns)),
    }
    return slide(np.pad(image, margins[mode]), kernel)


# Valid convolution


def one_window_short(image, kernel):
    return slide(image, kernel)[:-1, :-1]


def one_column_short(image, kernel):
    return slide(image, kernel)[:, : image.shape[1] - kernel.shape[1]]


def swapped_axes(image, kernel):
    return slide(image, kernel).T


def flipped_kernel(image, kernel):
    return slide(image, kernel[::-1, ::-1])


def transposed_kernel(image, kernel):
    return (
        slide(image, kernel.T) if len(set(kernel.shape)) == 1 else slide(image, kernel)
    )


def output_as_large_as_input(image, kernel):
    output = np.zeros_like(image, dtype=np.result_type(image, kernel))
    right = slide(image, kernel)
    output[: right.shape[0], : right.shape[1]] = right
    return output


def square_output(image, kernel):
    size = image.shape[0] - kernel.shape[0] + 1
    output = np.zeros((size, size), dtype=np.result_type(image, kernel))
    for i in range(size):
        for j in range(size):
            pixels = image[i : i + kernel.shape[0], j : j + kernel.shape[1]]
            if pixels.shape == kernel.shape:
                output[i, j] = (pixels * kernel).sum()
    return output


def always_floats(image, kernel):
    return slide(image, kernel, dtype=float)


def always_integers(image, kernel):
    return slide(image, kernel, dtype=int)


def as_the_image(image, kernel):
    return slide(image, kernel, dtype=image.dtype)


def as_the_kernel(image, kernel):
    return slide(image, kernel, dtype=kernel.dtype)


def total_never_reset(image, kernel):
    output = slide(image, kernel)
    return output.cumsum().reshape(output.shape)


def rows_for_columns(image, kernel, *, stride=1, padding=0, dilation=1):
    """Take the kernel's rows for its columns, too, where that can be computed."""
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    right = slide(image, kernel, **options)
    if len(kernel) > 1:
        return right
    first = slide(image, kernel.sum(keepdims=True), **options)
    return first[:, : right.shape[1]]


def size_turned(image, kernel, *, stride=1, padding=0, dilation=1):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    columns, rows = kernel.shape
    turned = np.resize(kernel, (rows, columns))
    if rows > image.shape[0] + 2 * padding or columns > image.shape[1] + 2 * padding:
        return np.zeros((0, 2))
    return slide(image, turned, **options)


def no_sum(image, kernel):
    products = image[: kernel.shape[0], : kernel.shape[1]] * kernel
    return products


def no_return(image, kernel):
    slide(image, kernel)


def only_the_first_window(image, kernel):
    return (image[: kernel.shape[0], : kernel.shape[1]] * kernel).sum()


# The size of an output


def sizes_by(rule):
    def conv_output_size(input_size, kernel_size, *, stride=1, padding=0, dilation=1):
        span = dilation * (kernel_size - 1) + 1
        if span > input_size + 2 * padding:
            raise ValueError("the kernel does not fit")
        return rule(input_size, kernel_size, stride, padding, dilation)

    return conv_output_size


def never_raises(input_size, kernel_size, *, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


# Modes


def mode_ignored(image, kernel, mode):
    return slide(image, kernel)


def extra_zeros_top_left(image, kernel, mode):
    if mode != "same":
        return slide_in_mode(image, kernel, mode)
    rows, columns = (size - 1 for size in kernel.shape)
    margins = (-(-rows // 2), rows // 2), (-(-columns // 2), columns // 2)
    return slide(np.pad(image, margins), kernel)


def same_padded_by_half_on_each_side(image, kernel, mode):
    if mode != "same":
        return slide_in_mode(image, kernel, mode)
    rows, columns = (size // 2 for size in kernel.shape)
    return slide(np.pad(image, ((rows, rows), (columns, columns))), kernel)


def same_by_cutting_full(image, kernel, mode):
    full = slide_in_mode(image, kernel, "full")
    if mode == "same":
        return full[: image.shape[0], : image.shape[1]]
    return slide_in_mode(image, kernel, mode)


def full_one_short(image, kernel, mode):
    output = slide_in_mode(image, kernel, mode)
    return output[:-1, :-1] if mode == "full" else output


def full_flipped(image, kernel, mode):
    return slide_in_mode(image, kernel[::-1, ::-1] if mode == "full" else kernel, mode)


def flipped_in_every_mode(image, kernel, mode):
    return slide_in_mode(image, kernel[::-1, ::-1], mode)


def transposed_in_every_mode(image, kernel, mode):
    square = len(set(kernel.shape)) == 1
    return slide_in_mode(image, kernel.T if square else kernel, mode)


def rows_for_columns_in_every_mode(image, kernel, mode):
    right = slide_in_mode(image, kernel, mode)
    return rows_for_columns(image, kernel) if mode == "valid" else right


def same_with_edge_pixels(image, kernel, mode):
    if mode != "same":
        return slide_in_mode(image, kernel, mode)
    rows, columns = (size - 1 for size in kernel.shape)
    margins = (rows // 2, -(-rows // 2)), (columns // 2, -(-columns // 2))
    return slide(np.pad(image, margins, mode="edge"), kernel)


def mode_as_the_image(image, kernel, mode):
    return slide_in_mode(image, kernel, mode).astype(image.dtype)


# Options


def stride_ignored(image, kernel, *, stride=1, padding=0, dilation=1):
    return slide(image, kernel, padding=padding, dilation=dilation)


def padding_ignored(image, kernel, *, stride=1, padding=0, dilation=1):
    return slide(image, kernel, stride=stride, dilation=dilation)


def dilation_ignored(image, kernel, *, stride=1, padding=0, dilation=1):
    return slide(image, kernel, stride=stride, padding=padding)


def stride_on_columns_only(image, kernel, *, stride=1, padding=0, dilation=1):
    return slide(image, kernel, padding=padding, dilation=dilation)[:, ::stride]


def size_strided_but_not_windows(image, kernel, *, stride=1, padding=0, dilation=1):
    output = slide(image, kernel, padding=padding, dilation=dilation)
    rows, columns = (-(-size // stride) for size in output.shape)
    return output[:rows, :columns]


def padding_on_one_side(image, kernel, *, stride=1, padding=0, dilation=1):
    padded = np.pad(image, ((padding, 0), (padding, 0)))
    return slide(padded, kernel, stride=stride, dilation=dilation)


def padding_with_ones(image, kernel, *, stride=1, padding=0, dilation=1):
    padded = np.pad(image, padding, constant_values=1)
    return slide(padded, kernel, stride=stride, dilation=dilation)


def dilated_size_only(image, kernel, *, stride=1, padding=0, dilation=1):
    output = slide(image, kernel, stride=stride, padding=padding)
    rows, columns = slide(
        image, kernel, stride=stride, padding=padding, dilation=dilation
    ).shape
    return output[:rows, :columns]


def options_as_the_image(image, kernel, *, stride=1, padding=0, dilation=1):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    return slide(image, kernel, dtype=image.dtype, **options)


def one_short_with_options(image, kernel, *, stride=1, padding=0, dilation=1):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    return slide(image, kernel, **options)[:-1, :-1]


def flipped_with_options(image, kernel, *, stride=1, padding=0, dilation=1):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    return slide(image, kernel[::-1, ::-1], **options)


def stride_for_dilation(image, kernel, *, stride=1, padding=0, dilation=1):
    right = slide(image, kernel, stride=stride, padding=padding, dilation=dilation)
    if stride == 1 or kernel.shape[1] == 1:
        return right
    first = slide(image, kernel[:, :1].repeat(2, axis=1), stride=stride)
    return first.astype(right.dtype)


# The repair, half done


def from_notes(image, kernel):
    size = image.shape[0] - kernel.shape[0] + 1
    output = np.zeros((size, size), dtype=int)
    for i in range(size):
        for j in range(size):
            window = image[i : i + 2, j : j + 2]
            output[i, j] = (window * kernel.T).sum()
    return output


def still_square(image, kernel):
    return square_output(image, kernel)


def still_whole(image, kernel):
    return slide(image, kernel, dtype=int)


def still_two_by_two(image, kernel):
    rows, columns = (i - k + 1 for i, k in zip(image.shape, kernel.shape, strict=True))
    output = np.zeros((rows, columns), dtype=np.result_type(image, kernel))
    for i in range(rows):
        for j in range(columns):
            output[i, j] = (image[i : i + 2, j : j + 2] * kernel).sum()
    return output


def square_kernels_only(image, kernel):
    size = kernel.shape[0]
    padded = np.zeros((size, size), dtype=kernel.dtype)
    padded[:, : kernel.shape[1]] = kernel[:, :size]
    return slide(image, padded)


def worked_example_broken(image, kernel):
    return slide(image, kernel[::-1, ::-1])


RIGHT = {
    check_output_cell: 51,
    check_pseudocode: "F C G A H B E D",
    check_conv2d_valid: slide,
    check_conv_output_size: sizes_by(
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s + 1
    ),
    check_conv2d_modes: slide_in_mode,
    check_conv2d: slide,
    check_repaired: slide,
}

WRONG = {
    check_output_cell: [
        (9, "without turning it around"),
        (60, "rows come first"),
        (29, "where counting starts"),
        (43, "another cell"),
        (31, "the sum of the pixels alone"),
        (71, "the signs"),
        (69, "its rows lie along"),
        (1000, "the framed pixels"),
        ([0, 1, -10, 60], "the four products"),
        ("51", "should be one number, got str '51'"),
        ([51], "should be one number"),
        (True, "should be one number"),
        (float("nan"), "the framed pixels"),
    ],
    check_pseudocode: [
        ("FCAGHBED", "at [0, 1] expected 32, yours is 53"),
        ("FCGADHBE", "expected 4321, yours is 0"),
        ("FCGADHBE", "look at: what stands above what"),
        ("FCGHABED", "expected 4321, yours is 4300"),
        ("FCGHBAED", "expected 4321, yours is 4000"),
        ("AFCGHBED", "expected 32, yours is 53"),
        ("AFCGHBED", "look at: how often each line runs"),
        ("CFGAHBED", "yours is 0"),
        ("FHBACGED", "yours is"),
        ("FCGAHBDE", "the loop of line B has nothing in it"),
        ("FCGADEHB", "the loop of line B has nothing in it"),
        ("CGAHBEDF", "line D uses output"),
        (
            "FCGHBEDA",
            "line E uses total, which no line above it has made\n"
            "look at: what stands above what",
        ),
        ("FEACGHBD", "the loop of line B has nothing in it"),
        ("FCGAHBE", "missing: line D"),
        ("FCGAHBEDD", "more than once: line D"),
        ("FCGAHBEDX", "there is no line X"),
        (["F", "C"], "letters in quotes"),
        ("", "missing: line A, B"),
    ],
    check_conv2d_valid: [
        (one_window_short, "expected shape (1, 1), yours has shape (0, 0)"),
        (one_window_short, "look at: how many windows fit"),
        (one_column_short, "expected shape (1, 1), yours has shape (1, 0)"),
        (swapped_axes, "expected shape (1, 2), yours has shape (2, 1)"),
        (flipped_kernel, "which weight meets which pixel"),
        (transposed_kernel, "expected 4321, yours is 4231"),
        (output_as_large_as_input, "yours has shape (2, 2)"),
        (output_as_large_as_input, "look at: how many windows fit"),
        (square_output, "look at: how many windows fit"),
        (always_floats, "should be whole numbers; yours are floating-point numbers"),
        (always_integers, "what becomes of decimals"),
        (as_the_image, "expected 1.25, yours is 1\nlook at: what becomes of decimals"),
        (as_the_kernel, "what becomes of decimals"),
        (total_never_reset, "at [0, 1] expected 32, yours is 53"),
        (total_never_reset, "its sum is new"),
        (rows_for_columns, "look at: each window: as large as the kernel"),
        (size_turned, "look at: how many windows fit"),
        (no_sum, "yours has shape (2, 2)"),
        (no_return, "returned None: does it end with a return?"),
        (only_the_first_window, "expected shape (1, 1), yours has one number"),
        ([[1]], "conv2d_valid should be a function, got list [[1]]"),
    ],
    check_conv_output_size: [
        (sizes_by(lambda n, k, s, p, d: n - k), "expected 3, yours is 2"),
        (
            sizes_by(lambda n, k, s, p, d: n + 2 * p - d * (k - 1)),
            "the step from one window to the next",
        ),
        (
            sizes_by(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1),
            "should be whole numbers; yours are floating-point numbers",
        ),
        (
            sizes_by(lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1),
            "do not come out even",
        ),
        (
            sizes_by(
                lambda n, k, s, p, d: round((n + 2 * p - d * (k - 1) - 1) / s) + 1
            ),
            "do not come out even",
        ),
        (
            sizes_by(lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1),
            "on each side",
        ),
        (sizes_by(lambda n, k, s, p, d: (n + 2 * p - k) // s + 1), "span"),
        (sizes_by(lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1), "span"),
        (
            sizes_by(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s + 1),
            "expected 3, yours is 4",
        ),
        (never_raises, "expected a ValueError, yours returned int 0"),
    ],
    check_conv2d_modes: [
        (mode_ignored, "mode='same'"),
        (mode_ignored, "look at: the size of the output in this mode"),
        (flipped_in_every_mode, "which weight meets which pixel"),
        (transposed_in_every_mode, "which weight meets which pixel"),
        (rows_for_columns_in_every_mode, "look at: rows and columns"),
        (extra_zeros_top_left, "on which side"),
        (same_padded_by_half_on_each_side, "expected shape (1, 3), yours has"),
        (same_padded_by_half_on_each_side, "the size of the output in this mode"),
        (same_by_cutting_full, "the zeros around the image"),
        (full_one_short, "mode='full'"),
        (full_flipped, "mode='full'"),
        (same_with_edge_pixels, "the zeros around the image"),
        (mode_as_the_image, "what becomes of decimals"),
    ],
    check_conv2d: [
        (stride_ignored, "how far the window moves"),
        (padding_ignored, "on all four sides"),
        (dilation_ignored, "gaps"),
        (stride_on_columns_only, "expected shape (2, 1), yours has shape (3, 1)"),
        (size_strided_but_not_windows, "at [0, 1] expected 15, yours is 10"),
        (padding_on_one_side, "expected shape (3, 3), yours has shape (2, 2)"),
        (padding_with_ones, "on all four sides"),
        (dilated_size_only, "gaps"),
        (flipped_with_options, "which weight meets which pixel"),
        (one_short_with_options, "how many windows fit"),
        (rows_for_columns, "look at: rows and columns"),
        (size_turned, "look at: how many windows fit"),
        (stride_for_dilation, "look at: what stride changes"),
        (options_as_the_image, "what becomes of decimals"),
    ],
    check_repaired: [
        (from_notes, "stays the same when transposed"),
        (still_square, "it is square"),
        (still_whole, "whole numbers"),
        (as_the_image, "whole numbers"),
        (still_two_by_two, "it is 2 × 2"),
        (square_kernels_only, "and square"),
        (worked_example_broken, "which was right before the repair"),
    ],
}
