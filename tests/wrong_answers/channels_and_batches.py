"""Right and wrong answers to the exercises of notebook 03.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import math

import numpy as np

from course_utils.checks.channels_and_batches import (
    check_channel_cell,
    check_conv1x1,
    check_conv2d_batch,
    check_count_both_ways,
    check_repaired_layer,
)


def slide(images, weight, bias=None, *, dtype=None):
    """Convolve window by window, as the notebook teaches it."""
    (count, _, height, width), (kernels, _, rows, columns) = images.shape, weight.shape
    shape = (count, kernels, height - rows + 1, width - columns + 1)
    output = np.zeros(shape, dtype=dtype or np.result_type(images, weight))
    for n, f, i, j in np.ndindex(shape):
        pixels = images[n, :, i : i + rows, j : j + columns]
        output[n, f, i, j] = (pixels * weight[f]).sum()
    return output if bias is None else output + bias[:, None, None]


# Channels, kernels and batches


def channels_not_added(images, weight, bias=None):
    channels = range(images.shape[1])
    planes = [slide(images[:, [c]], weight[:, [c]], bias) for c in channels]
    return np.concatenate(planes, axis=1)


def channels_averaged(images, weight, bias=None):
    output = slide(images, weight) // images.shape[1]
    return output if bias is None else output + bias[:, None, None]


def first_channel_only(images, weight, bias=None):
    return slide(images[:, :1], weight[:, :1], bias)


def last_channel_only(images, weight, bias=None):
    return slide(images[:, -1:], weight[:, -1:], bias)


def one_plane_for_all_channels(images, weight, bias=None):
    return slide(images, np.repeat(weight[:, :1], images.shape[1], axis=1), bias)


def kernels_added_up(images, weight, bias=None):
    output = slide(images, weight, bias)
    return np.broadcast_to(output.sum(axis=1, keepdims=True), output.shape).copy()


def weight_axes_swapped(images, weight, bias=None):
    if weight.shape[0] == weight.shape[1]:
        weight = weight.transpose(1, 0, 2, 3)
    return slide(images, weight, bias)


def kernels_before_images(images, weight, bias=None):
    return slide(images, weight, bias).transpose(1, 0, 2, 3)


def first_image_only(images, weight, bias=None):
    output = slide(images, weight, bias)
    return np.repeat(output[:1], len(output), axis=0)


def one_image_at_all(images, weight, bias=None):
    return slide(images, weight, bias)[:1]


def bias_ignored(images, weight, bias=None):
    return slide(images, weight)


def bias_for_each_channel(images, weight, bias=None):
    times = images.shape[1]
    return slide(images, weight, None if bias is None else times * bias)


def bias_along_the_columns(images, weight, bias=None):
    output = slide(images, weight)
    if bias is None:
        return output
    return output + np.resize(bias, output.shape[-1])


def bias_along_the_rows(images, weight, bias=None):
    output = slide(images, weight)
    if bias is None:
        return output
    return output + np.resize(bias, output.shape[-2])[:, None]


def flipped(images, weight, bias=None):
    return slide(images, weight[:, :, ::-1, ::-1], bias)


def square_windows(images, weight, bias=None):
    output = slide(images, weight, bias)
    side = min(output.shape[2:])
    return output[:, :, :side, :side]


def always_floats(images, weight, bias=None):
    return slide(images, weight, bias, dtype=float)


def always_integers(images, weight, bias=None):
    return slide(images, weight, bias, dtype=int).astype(int)


def integers_before_the_bias(images, weight, bias=None):
    return slide(images, weight, bias, dtype=int)


def dtype_of_the_images(images, weight, bias=None):
    return slide(images, weight, bias, dtype=images.dtype)


def dtype_of_the_weight(images, weight, bias=None):
    return slide(images, weight, bias, dtype=weight.dtype)


def integers_like_the_pixels(images, weight, bias=None):
    whole = images.dtype.kind in "iu" and weight.dtype.kind in "iu"
    return slide(images, weight, bias, dtype=images.dtype if whole else float)


def no_return(images, weight, bias=None):
    slide(images, weight, bias)


# Counting parameters


def count(input_shape, out_channels, kernel_size, bias=True):
    (channels, height, width) = input_shape
    is_pair = isinstance(kernel_size, tuple)
    rows, columns = kernel_size if is_pair else (kernel_size, kernel_size)
    units = out_channels * (height - rows + 1) * (width - columns + 1)
    weights = out_channels * channels * rows * columns
    inputs = math.prod(input_shape)
    return weights + bias * out_channels, units * inputs + bias * units


def counting(change):
    """Count with something changed: `change` gets the right numbers and arguments."""

    def count_both_ways(input_shape, out_channels, kernel_size, bias=True):
        right = count(input_shape, out_channels, kernel_size, bias)
        return change(right, input_shape, out_channels, kernel_size, bias)

    return count_both_ways


def channels_forgotten(right, shape, kernels, size, bias):
    return count((1, *shape[1:]), kernels, size, bias)[0], right[1]


def kernels_forgotten(right, shape, kernels, size, bias):
    return count(shape, 1, size, bias)[0], right[1]


def one_bias(right, shape, kernels, size, bias):
    return right[0] - bias * (kernels - 1), right[1]


def bias_for_each_plane_of_a_kernel(right, shape, kernels, size, bias):
    return right[0] + bias * kernels * (shape[0] - 1), right[1]


def dense_has_the_biases_of_the_convolution(right, shape, kernels, size, bias):
    return right[0], count(shape, kernels, size, False)[1] + bias * kernels


def biases_always(right, shape, kernels, size, bias):
    return count(shape, kernels, size)


def biases_never(right, shape, kernels, size, bias):
    return count(shape, kernels, size, False)


def rows_only(right, shape, kernels, size, bias):
    return count(shape, kernels, size if isinstance(size, int) else size[0], bias)


def pair_turned_around(right, shape, kernels, size, bias):
    pair = size if isinstance(size, int) else size[::-1]
    return right[0], count(shape, kernels, pair, bias)[1]


def output_as_large_as_input(right, shape, kernels, size, bias):
    units = kernels * shape[1] * shape[2]
    return right[0], units * math.prod(shape) + bias * units


def one_plane_of_units(right, shape, kernels, size, bias):
    return right[0], right[1] // kernels


def inputs_forgotten(right, shape, kernels, size, bias):
    units = right[1] // (math.prod(shape) + bias)
    return right[0], units + bias * units


def weights_for_each_window(right, shape, kernels, size, bias):
    units = right[1] // (math.prod(shape) + bias)
    weights = count(shape, 1, size, False)[0]
    return right[0], units * weights + bias * units


def channels_last_in_the_shape(right, shape, kernels, size, bias):
    height, width, channels = shape
    return count((channels, height, width), kernels, size, bias)


def square_images(right, shape, kernels, size, bias):
    return right[0], count((shape[0], shape[1], shape[1]), kernels, size, bias)[1]


def dense_first(right, *_):
    return right[::-1]


def convolution_only(right, *_):
    return right[0]


# Kernels of one pixel


def mix(images, weight):
    return np.einsum("fc, nchw -> nfhw", weight, images)


def mixed_by_columns(images, weight):
    return mix(images, weight.T if len(set(weight.shape)) == 1 else weight)


def channels_last(images, weight):
    return mix(images, weight).transpose(0, 2, 3, 1)


def images_behind_planes(images, weight):
    return np.tensordot(weight, images, axes=(1, 1))


def not_added(images, weight):
    return images * weight[0][:, None, None]


def reshaped_instead_of_moved(images, weight):
    pixels = images.reshape(-1, images.shape[1])
    shape = (len(images), len(weight), *images.shape[2:])
    return (pixels @ weight.T).reshape(shape)


def first_kernel_only(images, weight):
    return mix(images, weight[:1])


def first_image_mixed(images, weight):
    return mix(images, weight)[:1]


def turned_image(images, weight):
    return mix(images, weight)[..., ::-1, ::-1]


def mixed_to_floats(images, weight):
    return mix(images, weight.astype(float))


def mixed_to_integers(images, weight):
    return mix(images, weight).astype(int)


def mixed_to_the_kind_of_the_images(images, weight):
    return mix(images, weight).astype(images.dtype)


def mixed_to_the_kind_of_the_weight(images, weight):
    return mix(images, weight).astype(weight.dtype)


def mixed_to_bytes(images, weight):
    mixed = mix(images, weight)
    return mixed.astype(images.dtype) if mixed.dtype.kind == "i" else mixed


# The repair, half done


def from_notes(images, weight, bias):
    total = slide(images[:1, :2], weight[:, :2])
    return total + np.resize(bias, total.shape[-1])


def still_two_channels(images, weight, bias):
    return slide(images[:, :2], weight[:, :2], bias)


def still_the_first_image(images, weight, bias):
    return slide(images[:1], weight, bias)


def still_along_the_columns(images, weight, bias):
    return bias_along_the_columns(images, weight, bias)


def bias_left_out(images, weight, bias):
    return slide(images, weight)


def biases_of_two_kernels(images, weight, bias):
    return slide(images, weight, np.resize(bias[:2], len(bias)))


def three_channels_only(images, weight, bias):
    return slide(images[:, :3], weight[:, :3], bias)


def example_broken(images, weight, bias):
    return flipped(images, weight, bias)


RIGHT = {
    check_channel_cell: 29,
    check_conv2d_batch: slide,
    check_count_both_ways: count,
    check_conv1x1: mix,
    check_repaired_layer: slide,
}

WRONG = {
    check_channel_cell: [
        (19, "the bias"),
        (49, "once, not once per channel"),
        (24, "all three count"),
        (15, "all three count"),
        (13, "another cell"),
        (21, "where counting starts"),
        (16 + 1 / 3, "they are added"),
        ([14, 1, 4], "these are the three channels"),
        (1000, "the framed pixels"),
        ("29", "should be one number, got str '29'"),
        (True, "should be one number"),
        (float("nan"), "the framed pixels"),
    ],
    check_conv2d_batch: [
        (channels_not_added, "expected shape (1, 1, 1, 1), yours has shape (1, 2"),
        (channels_averaged, "what becomes of their sums"),
        (first_channel_only, "at [0, 0, 0, 0] expected 21, yours is 1"),
        (last_channel_only, "at [0, 0, 0, 0] expected 21, yours is 20"),
        (one_plane_for_all_channels, "expected 21, yours is 3"),
        (kernels_added_up, "one for each kernel, in their order"),
        (weight_axes_swapped, "the order of the axes"),
        (kernels_before_images, "expected shape (1, 2, 1, 1), yours has"),
        (first_image_only, "each image by itself"),
        (one_image_at_all, "expected shape (2, 1, 1, 1), yours has"),
        (bias_ignored, "expected 15, yours is 5"),
        (bias_for_each_channel, "how often it is added"),
        (bias_along_the_columns, "one number for a whole output plane"),
        (bias_along_the_rows, "one number for a whole output plane"),
        (flipped, "which weight meets which pixel"),
        (square_windows, "how many windows fit"),
        (always_floats, "should be whole numbers"),
        (always_integers, "what becomes of decimals"),
        (integers_before_the_bias, "what becomes of decimals"),
        (dtype_of_the_images, "what becomes of decimals"),
        (dtype_of_the_weight, "what becomes of decimals"),
        (integers_like_the_pixels, "stored as bytes"),
        (no_return, "returned None: does it end with a return?"),
    ],
    check_count_both_ways: [
        (counting(channels_forgotten), "a plane for each"),
        (counting(channels_last_in_the_shape), "first in input_shape"),
        (counting(kernels_forgotten), "each gives a plane of its own"),
        (counting(one_bias), "one for each kernel"),
        (counting(bias_for_each_plane_of_a_kernel), "one for each kernel"),
        (counting(dense_has_the_biases_of_the_convolution), "one for each unit"),
        (counting(biases_always), "expected 1, yours is 2"),
        (counting(biases_never), "expected 2, yours is 1"),
        (counting(rows_only), "a kernel that is not square"),
        (counting(pair_turned_around), "rows first, then columns"),
        (counting(output_as_large_as_input), "how often it fits"),
        (counting(one_plane_of_units), "each gives a plane of its own"),
        (counting(square_images), "at [1] expected 4, yours is 16"),
        (counting(dense_first), "second in the pair"),
        (counting(inputs_forgotten), "a weight for each input"),
        (counting(weights_for_each_window), "a weight for each input"),
        (counting(convolution_only), "expected shape (2,), yours has one number"),
    ],
    check_conv1x1: [
        (mixed_by_columns, "a row of the weight for each output plane"),
        (channels_last, "expected shape (1, 2, 1, 1), yours has shape (1, 1, 1, 2)"),
        (images_behind_planes, "yours has shape (2, 1"),
        (not_added, "expected shape (1, 1, 1, 1), yours has shape (1, 2"),
        (reshaped_instead_of_moved, "every pixel stays where it is"),
        (first_kernel_only, "expected shape (1, 2, 1, 1), yours has"),
        (first_image_mixed, "expected shape (2, 2, 1, 1), yours has"),
        (turned_image, "every pixel stays where it is"),
        (mixed_to_floats, "should be whole numbers"),
        (mixed_to_integers, "what becomes of decimals"),
        (mixed_to_the_kind_of_the_images, "what becomes of decimals"),
        (mixed_to_the_kind_of_the_weight, "what becomes of decimals"),
        (mixed_to_bytes, "stored as bytes"),
    ],
    check_repaired_layer: [
        (from_notes, "in the example there are two"),
        (still_two_channels, "in the example there are two"),
        (still_the_first_image, "in the example it holds one image"),
        (still_along_the_columns, "as many as output columns"),
        (bias_left_out, "in the example they are zero"),
        (biases_of_two_kernels, "the biases: how many"),
        (three_channels_only, "there may be any number"),
        (example_broken, "which was right before the repair"),
    ],
}
