"""Right and wrong answers to the exercises of notebook 04.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np

from course_utils.checks.pooling import (
    check_changed_cells,
    check_global_pool,
    check_pool2d,
    check_pooled_by_hand,
    check_receptive_field,
)


def pool(image, kernel_size, *, mode="max", stride=None, padding=0):
    """Pool window by window, as the notebook teaches it."""
    stride = kernel_size if stride is None else stride
    fill = image.min() if mode == "max" else 0
    padded = np.pad(image, padding, constant_values=fill)
    size = [(n - kernel_size) // stride + 1 for n in padded.shape]
    output = np.zeros(size, dtype=image.dtype if mode == "max" else float)
    for i, j in np.ndindex(*size):
        rows = slice(i * stride, i * stride + kernel_size)
        columns = slice(j * stride, j * stride + kernel_size)
        pixels = padded[rows, columns]
        output[i, j] = pixels.max() if mode == "max" else pixels.mean()
    return output


# Global pooling


def pool_globally(images, mode):
    return images.max((2, 3)) if mode == "max" else images.mean((2, 3))


def always_the_maximum(images, mode):
    return images.max((2, 3))


def over_everything(images, mode):
    return images.max() if mode == "max" else images.mean()


def over_images_too(images, mode):
    return images.max((0, 2, 3)) if mode == "max" else images.mean((0, 2, 3))


def images_and_channels(images, mode):
    return images.max((0, 1)) if mode == "max" else images.mean((0, 1))


def over_channels_too(images, mode):
    return images.max((1, 2, 3)) if mode == "max" else images.mean((1, 2, 3))


def one_axis_only(images, mode):
    return images.max(-1) if mode == "max" else images.mean(-1)


def axes_kept(images, mode):
    options = {"axis": (2, 3), "keepdims": True}
    return images.max(**options) if mode == "max" else images.mean(**options)


def channels_last(images, mode):
    return images.max((1, 2)) if mode == "max" else images.mean((1, 2))


def sum_for_mean(images, mode):
    return images.max((2, 3)) if mode == "max" else images.sum((2, 3)).astype(float)


def divided_by_height_squared(images, mode):
    if mode == "max":
        return images.max((2, 3))
    return images.sum((2, 3)) / images.shape[2] ** 2


def median_for_mean(images, mode):
    return images.max((2, 3)) if mode == "max" else np.median(images, axis=(2, 3))


def largest_from_zero(images, mode):
    return np.maximum(images.max((2, 3)), 0) if mode == "max" else images.mean((2, 3))


def whole_means(images, mode):
    return images.max((2, 3)) if mode == "max" else images.mean((2, 3)).astype(int)


# Pooling with windows


def mode_ignored(image, kernel_size, *, mode="max", stride=None, padding=0):
    return pool(image, kernel_size, stride=stride, padding=padding)


def stride_one_by_default(image, kernel_size, *, mode="max", stride=None, padding=0):
    options = {"mode": mode, "stride": stride or 1, "padding": padding}
    return pool(image, kernel_size, **options)


def none_means_no_pooling(image, kernel_size, *, mode="max", stride=None, padding=0):
    if stride is None:
        return image
    return pool(image, kernel_size, mode=mode, stride=stride, padding=padding)


def stride_ignored(image, kernel_size, *, mode="max", stride=None, padding=0):
    return pool(image, kernel_size, mode=mode, padding=padding)


def padding_ignored(image, kernel_size, *, mode="max", stride=None, padding=0):
    return pool(image, kernel_size, mode=mode, stride=stride)


def zeros_in_both_modes(image, kernel_size, *, mode="max", stride=None, padding=0):
    padded = np.pad(image, padding)
    return pool(padded, kernel_size, mode=mode, stride=stride)


def padding_of_one(image, kernel_size, *, mode="max", stride=None, padding=0):
    margin = 1 if padding else 0
    return pool(image, kernel_size, mode=mode, stride=stride, padding=margin)


def padded_twice(image, kernel_size, *, mode="max", stride=None, padding=0):
    fill = image.min() if mode == "max" else 0
    padded = np.pad(image, padding, constant_values=fill)
    return pool(padded, kernel_size, mode=mode, stride=stride, padding=padding)


def a_number_thought_small(image, kernel_size, *, mode="max", stride=None, padding=0):
    fill = -999 if mode == "max" else 0
    padded = np.pad(image, padding, constant_values=fill)
    return pool(padded, kernel_size, mode=mode, stride=stride)


def largest_starts_from_zero(image, kernel_size, *, mode="max", stride=None, padding=0):
    output = pool(image, kernel_size, mode=mode, stride=stride, padding=padding)
    return np.maximum(output, 0) if mode == "max" else output


def padding_left_out_of_means(
    image, kernel_size, *, mode="max", stride=None, padding=0
):
    options = {"stride": stride, "padding": padding}
    if mode == "max":
        return pool(image, kernel_size, **options)
    sums = pool(image.astype(float), kernel_size, mode="average", **options)
    return sums / pool(np.ones(image.shape), kernel_size, mode="average", **options)


def square_output(image, kernel_size, *, mode="max", stride=None, padding=0):
    right = pool(image, kernel_size, mode=mode, stride=stride, padding=padding)
    output = np.zeros((len(right), len(right)), dtype=right.dtype)
    columns = min(right.shape)
    output[:, :columns] = right[:, :columns]
    return output


def rounded_up(image, kernel_size, *, mode="max", stride=None, padding=0):
    step = stride or kernel_size
    size = [-(-(n + 2 * padding - kernel_size) // step) + 1 for n in image.shape]
    padded = np.pad(image, padding, constant_values=image.min() if mode == "max" else 0)
    output = np.zeros(size, dtype=image.dtype if mode == "max" else float)
    for i, j in np.ndindex(*size):
        rows = slice(i * step, i * step + kernel_size)
        pixels = padded[rows, j * step : j * step + kernel_size]
        if pixels.size:
            output[i, j] = pixels.max() if mode == "max" else pixels.mean()
    return output


def swapped_axes(image, kernel_size, *, mode="max", stride=None, padding=0):
    return pool(image, kernel_size, mode=mode, stride=stride, padding=padding).T


def size_divided_by_stride(image, kernel_size, *, mode="max", stride=None, padding=0):
    step = stride or kernel_size
    padded = np.pad(image, padding, constant_values=image.min() if mode == "max" else 0)
    size = [n // step for n in padded.shape]
    output = np.zeros(size, dtype=image.dtype if mode == "max" else float)
    for i, j in np.ndindex(*size):
        rows = slice(i * step, i * step + kernel_size)
        pixels = padded[rows, j * step : j * step + kernel_size]
        output[i, j] = pixels.max() if mode == "max" else pixels.mean()
    return output


def always_floats(image, kernel_size, *, mode="max", stride=None, padding=0):
    options = {"mode": mode, "stride": stride, "padding": padding}
    return pool(image.astype(float), kernel_size, **options)


def always_integers(image, kernel_size, *, mode="max", stride=None, padding=0):
    options = {"mode": mode, "stride": stride, "padding": padding}
    return pool(image, kernel_size, **options).astype(int)


def dtype_of_the_image(image, kernel_size, *, mode="max", stride=None, padding=0):
    options = {"mode": mode, "stride": stride, "padding": padding}
    return pool(image, kernel_size, **options).astype(image.dtype)


def blocks_by_reshaping(image, kernel_size, *, mode="max", stride=None, padding=0):
    k = kernel_size
    height, width = (n // k * k for n in image.shape)
    blocks = image[:height, :width].reshape(height // k, k, width // k, k)
    return blocks.max((1, 3)) if mode == "max" else blocks.mean((1, 3))


# Receptive field


def follow(layers):
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump


def jump_ignored(layers):
    _, jump = follow(layers)
    return 1 + sum(d * (k - 1) for k, _, d in layers), jump


def jump_updated_first(layers):
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        jump *= stride
        size += dilation * (kernel_size - 1) * jump
    return size, jump


def dilation_ignored(layers):
    return follow([(k, s, 1) for k, s, _ in layers])


def dilation_before_stride(layers):
    return follow([(k, s, d) for k, d, s in layers])


def strides_added(layers):
    size, _ = follow(layers)
    return size, 1 + sum(s - 1 for _, s, _ in layers)


def dilation_times_kernel(layers):
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += (dilation * kernel_size - 1) * jump
        jump *= stride
    return size, jump


def last_layer_first(layers):
    return follow(layers[::-1])


def starts_from_zero(layers):
    size, jump = follow(layers)
    return size - 1, jump


def sizes_multiplied(layers):
    _, jump = follow(layers)
    return int(np.prod([d * (k - 1) + 1 for k, _, d in layers])), jump


def jump_first(layers):
    return follow(layers)[::-1]


def size_alone(layers):
    return follow(layers)[0]


def dilation_in_the_jump(layers):
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride * dilation
    return size, jump


# Cells that change


def changed(image, kernel_size, *, by=1, axis=1):
    pooled = pool(image, kernel_size)
    moved = pool(np.roll(image, by, axis=axis), kernel_size)
    return moved, pooled


def fraction_changed(image, kernel_size):
    moved, pooled = changed(image, kernel_size)
    return float((moved != pooled).mean())


def from_notes(image, kernel_size):
    moved, pooled = changed(image, kernel_size, by=kernel_size, axis=None)
    return (moved - pooled).mean()


def still_signed(image, kernel_size):
    moved, pooled = changed(image, kernel_size)
    return (moved - pooled).mean()


def still_by_a_window(image, kernel_size):
    moved, pooled = changed(image, kernel_size, by=kernel_size)
    return (moved != pooled).mean()


def still_across_rows(image, kernel_size):
    moved, pooled = changed(image, kernel_size, axis=None)
    return (moved != pooled).mean()


def down_instead_of_right(image, kernel_size):
    moved, pooled = changed(image, kernel_size, axis=0)
    return (moved != pooled).mean()


def left_instead_of_right(image, kernel_size):
    moved, pooled = changed(image, kernel_size, by=-1)
    return (moved != pooled).mean()


def in_percent(image, kernel_size):
    return 100 * fraction_changed(image, kernel_size)


def windows_that_move_by_one(image, kernel_size):
    moved, pooled = (
        pool(x, kernel_size, stride=1) for x in (np.roll(image, 1, axis=1), image)
    )
    return float((moved != pooled).mean())


def by_how_much(image, kernel_size):
    moved, pooled = changed(image, kernel_size)
    return abs(moved - pooled).mean()


def how_many(image, kernel_size):
    moved, pooled = changed(image, kernel_size)
    return float((moved != pooled).sum())


def unchanged_instead(image, kernel_size):
    return 1 - fraction_changed(image, kernel_size)


def before_pooling(image, kernel_size):
    return float((np.roll(image, 1, axis=1) != image).mean())


def pooled_moved(image, kernel_size):
    pooled = pool(image, kernel_size)
    return float((np.roll(pooled, 1, axis=1) != pooled).mean())


def any_change(image, kernel_size):
    return float(fraction_changed(image, kernel_size) > 0)


RIGHT = {
    check_pooled_by_hand: [[6, 6], [8, 9]],
    check_global_pool: pool_globally,
    check_pool2d: pool,
    check_receptive_field: follow,
    check_changed_cells: fraction_changed,
}

WRONG = {
    check_pooled_by_hand: [
        ([[6]], "the stride"),
        ([[6, 6, 6], [5, 7, 7], [8, 7, 9]], "the stride"),
        ([[4, 6], [3, 7]], "the size of a window"),
        ([[6, 8], [6, 9]], "from left to right first"),
        ([6, 6, 8, 9], "the brackets"),
        ([[0, 0], [0, 0]], "the largest number"),
        ([[21 / 9, 20 / 9], [20 / 9, 26 / 9]], "the largest number"),
        ([[6, 6], [8, 7]], "cell [1, 1] is not right"),
        ([[6, 5], [8, 9]], "cell [0, 1] is not right"),
        ([[6, 6]], "expected 2 rows of 2 numbers, yours has shape (1, 2)"),
        (6, "how many windows fit"),
        ("6 6 8 9", "rows of numbers, got str"),
        ([[6, 6], [8]], "rows of numbers, got list"),
    ],
    check_global_pool: [
        (always_the_maximum, "mode='average'): at [0, 0] expected 2.5, yours is 4"),
        (over_everything, "look at: which axes are pooled away"),
        (images_and_channels, "look at: which axes are pooled away"),
        (over_images_too, "expected shape (1, 1), yours has shape (1,)"),
        (over_channels_too, "expected shape (1, 1), yours has shape (1,)"),
        (one_axis_only, "yours has shape (1, 1, 2)"),
        (axes_kept, "yours has shape (1, 1, 1, 1)"),
        (channels_last, "yours has shape (1, 2)"),
        (sum_for_mean, "expected 2.5, yours is 10"),
        (divided_by_height_squared, "divided by the number of its pixels"),
        (median_for_mean, "divided by the number of its pixels"),
        (largest_from_zero, "negative numbers"),
        (whole_means, "expected 2.5, yours is 2"),
    ],
    check_pool2d: [
        (mode_ignored, "what this mode keeps"),
        (stride_one_by_default, "windows just touch"),
        (none_means_no_pooling, "windows just touch"),
        (stride_ignored, "how far the window moves"),
        (padding_ignored, "the padding: once on each side"),
        (zeros_in_both_modes, "padding=1): at [0, 0] expected -5, yours is 0"),
        (padding_of_one, "on each side as it says"),
        (padded_twice, "expected shape (1, 1), yours has shape (2, 2)"),
        (a_number_thought_small, "does it lose against every number"),
        (largest_starts_from_zero, "with what does your search"),
        (padding_left_out_of_means, "they count in an average"),
        (square_output, "how many windows fit, for each by itself"),
        (rounded_up, "the last window that still fits"),
        (swapped_axes, "how many windows fit, for each by itself"),
        (size_divided_by_stride, "expected shape (1, 2), yours has shape (2, 3)"),
        (always_floats, "should be whole numbers"),
        (always_integers, "mode='average'"),
        (dtype_of_the_image, "expected 2.5, yours is 2"),
        (blocks_by_reshaping, "how far the window moves"),
    ],
    check_receptive_field: [
        (jump_ignored, "lie apart"),
        (jump_updated_first, "the one from the layers before"),
        (dilation_before_stride, "what is what in a layer"),
        (dilation_ignored, "spans when it is dilated"),
        (strides_added, "how two strides work together"),
        (dilation_times_kernel, "spans when it is dilated"),
        (last_layer_first, "the one from the layers before"),
        (starts_from_zero, "at [0] expected 3, yours is 2"),
        (sizes_multiplied, "how much a second layer adds"),
        (jump_first, "at [0] expected 3, yours is 1"),
        (size_alone, "expected shape (2,), yours has one number"),
        (dilation_in_the_jump, "spans when it is dilated"),
    ],
    check_changed_cells: [
        (from_notes, "gains and losses"),
        (still_signed, "gains and losses"),
        (still_by_a_window, "how far the image moves"),
        (still_across_rows, "in which rows"),
        (down_instead_of_right, "which way the image moves"),
        (left_instead_of_right, "which way the image moves"),
        (by_how_much, "gains and losses"),
        (how_many, "of all pooled cells, the fraction"),
        (in_percent, "of all pooled cells, the fraction"),
        (windows_that_move_by_one, "of all pooled cells, the fraction"),
        (unchanged_instead, "looks the same when moved"),
        (before_pooling, "of all pooled cells, the fraction"),
        (pooled_moved, "of all pooled cells, the fraction"),
        (any_change, "of all pooled cells, the fraction"),
    ],
}
