"""Right and wrong answers to the exercises of notebook 00.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np

from course_utils.checks.start_here import (
    check_brighten,
    check_flat_index,
    check_negative,
    check_swap_bgr,
    check_to_nchw,
)

# The negative


def wrong_way_round(image):
    return image - 255


def with_the_sign_turned(image):
    return -image


def one_too_many(image):
    return 256 - image


def from_the_brightest(image):
    return image.max() - image


def as_fractions(image):
    return 1 - image / 255


def turned_upside_down(image):
    return image[::-1]


def first_row_only(image):
    return 255 - image[0]


def black_and_white_only(image):
    return np.where(image > 127, 0, 255)


def decimals_kept(image):
    return 255.0 - image


def without_the_sign(image):
    return np.abs(image - 255)


def changed_in_place(image):
    image[:] = 255 - image
    return image


# BGR


def swap_by_list(image):
    return image[..., [2, 1, 0]]


def flipped_upside_down(image):
    return image[::-1]


def flipped_left_to_right(image):
    return image[..., ::-1, :] if image.ndim > 1 else image


def swap_third_axis(image):
    return image[:, :, ::-1] if image.ndim > 2 else image[::-1]


def axis_for_each_count(image):
    if image.ndim == 2:
        return image[::-1]
    return swap_third_axis(image) if image.ndim < 4 else image[:, :, :, ::-1]


def pixels_in_a_row_forgotten(image):
    return image[::-1] if image.ndim == 2 else image[..., ::-1]


def four_axes_at_most(image):
    return image[..., ::-1] if image.ndim < 5 else image[:, :, :, ::-1]


def channels_to_the_front(image):
    return np.moveaxis(image, -1, 0)[::-1]


def last_channel_only(image):
    return image[..., -1]


def flipped_everywhere(image):
    return np.flip(image)


def turned_in_a_circle(image):
    return image[..., [1, 2, 0]]


def first_two_swapped(image):
    return image[..., [1, 0, 2]]


def lost_on_the_way(image):
    swapped = image.copy()
    swapped[..., 0] = swapped[..., 2]
    swapped[..., 2] = swapped[..., 0]
    return swapped


def swapped_in_place(image):
    image[...] = image[..., ::-1].copy()
    return image


def nothing_swapped(image):
    return image


# NHWC


def in_the_right_shape(images):
    n, h, w, c = images.shape
    return images.reshape(n, c, h, w)


def with_sides_swapped(images):
    return images.swapaxes(1, 3)


def moved_on_once_more(images):
    return np.transpose(images, (0, 2, 3, 1))


def batch_at_the_end(images):
    return images.T


def batch_second(images):
    return images.transpose(3, 0, 1, 2)


def three_channels_only(images):
    return np.stack([images[..., c] for c in range(min(3, images.shape[3]))], axis=1)


def batch_forgotten(images):
    return np.moveaxis(images[0], 2, 0)


def squeezed(images):
    return np.squeeze(np.transpose(images, (0, 3, 1, 2)))


def first_image_only(images):
    return np.transpose(images[:1], (0, 3, 1, 2))


def flipped_channels(images):
    return np.transpose(images, (0, 3, 1, 2))[:, ::-1]


def axes_named_but_not_moved(images):
    return images


# Brighter


def too_late(image, amount):
    return np.clip(image + amount, 0, 255)


def without_stop(image, amount):
    return image.astype(int) + amount


def around_the_clock(image, amount):
    return (image.astype(int) + amount) % 256


def stopped_above_only(image, amount):
    return np.minimum(image.astype(int) + amount, 255)


def stopped_below_only(image, amount):
    return np.maximum(image.astype(int) + amount, 0)


def stopped_then_cut(image, amount):
    return np.clip(image.astype(int) + amount, 0, 256).astype(np.uint8)


def right_but_large(image, amount):
    return np.clip(image.astype(int) + amount, 0, 255)


def right_but_small_numbers(image, amount):
    return np.clip(image.astype(int) + amount, 0, 255).astype(np.int16)


def right_but_floats(image, amount):
    return np.clip(image.astype(float) + amount, 0, 255)


def times_instead(image, amount):
    return np.clip(image * (1 + amount / 255), 0, 255).astype(np.uint8)


def white_wherever_it_grows(image, amount):
    return np.where(image.astype(int) + amount > 255, 255, image)


def brightened_in_place(image, amount):
    image[...] = np.clip(image.astype(int) + amount, 0, 255)
    return image


RIGHT = {
    check_negative: lambda image: 255 - image,
    check_swap_bgr: swap_by_list,
    check_to_nchw: lambda images: np.moveaxis(images, -1, 1),
    check_flat_index: lambda row, column, width: row * width + column,
    check_brighten: lambda image, amount: np.uint8(
        np.clip(image.astype(int) + amount, 0, 255)
    ),
}

WRONG = {
    check_negative: [
        (wrong_way_round, "expected 255, yours is -255"),
        (with_the_sign_turned, "expected 255, yours is 0"),
        (one_too_many, "expected 255, yours is 256"),
        (from_the_brightest, "the greys in between"),
        (as_fractions, "expected 255, yours is 1"),
        (turned_upside_down, "black, 0, becomes white"),
        (first_row_only, "expected shape (1, 3), yours has shape (3,)"),
        (black_and_white_only, "expected 155, yours is 255"),
        (decimals_kept, "should be whole numbers"),
        (without_the_sign, "look at: pixels of dtype uint8"),
        (changed_in_place, "changed the image it was given"),
    ],
    check_swap_bgr: [
        (flipped_upside_down, "look at: the axis that holds the channels"),
        (flipped_left_to_right, "look at: the axis that holds the channels"),
        (axis_for_each_count, "a list of pixels, shape (N, 3)"),
        (pixels_in_a_row_forgotten, "a list of pixels, shape (N, 3)"),
        (four_axes_at_most, "any number of axes in front"),
        (channels_to_the_front, "look at: the shape, which stays as it is"),
        (last_channel_only, "look at: the shape, which stays as it is"),
        (swap_third_axis, "a batch, shape (N, H, W, 3)"),
        (flipped_everywhere, "the last one"),
        (turned_in_a_circle, "which two of the three numbers"),
        (first_two_swapped, "which two of the three numbers"),
        (lost_on_the_way, "which two of the three numbers"),
        (swapped_in_place, "changed the image it was given"),
        (nothing_swapped, "expected 3, yours is 1"),
    ],
    check_to_nchw: [
        (in_the_right_shape, "tens count pixels, ones channels"),
        (with_sides_swapped, "expected shape (1, 1, 2, 3), yours has shape"),
        (moved_on_once_more, "yours has shape (1, 3, 1, 2)"),
        (batch_at_the_end, "channels, then rows and columns"),
        (batch_second, "look at: the shape: images, channels"),
        (three_channels_only, "which need not be 3"),
        (batch_forgotten, "yours has shape (1, 2, 3)"),
        (squeezed, "expected shape (1, 1, 2, 3), yours has shape (2, 3)"),
        (first_image_only, "the images of the batch"),
        (flipped_channels, "tens count pixels, ones channels"),
        (axes_named_but_not_moved, "yours has shape (1, 2, 3, 1)"),
    ],
    check_flat_index: [
        (lambda row, column, width: row + column, "how many pixels stand"),
        (lambda row, column, width: row * column, "the first row"),
        (lambda row, column, width: column * width + row, "the first row"),
        (lambda row, column, width: row * width, "the first row"),
        (
            lambda row, column, width: row * width + column + 1,
            "expected 3, yours is 4",
        ),
        (
            lambda row, column, width: row * (width - 1) + column,
            "expected 5, yours is 4",
        ),
        (
            lambda row, column, width: (row - 1) * width + column,
            "expected 3, yours is -2",
        ),
        (lambda row, column, width: [row, column], "one number"),
        (
            lambda row, column, width: row * float(width) + column,
            "should be whole numbers",
        ),
    ],
    check_brighten: [
        (too_late, "at [0, 0] expected 255, yours is 4"),
        (without_stop, "at [0, 0] expected 255, yours is 260"),
        (around_the_clock, "it should stop at 255"),
        (stopped_above_only, "it should stop at 0"),
        (stopped_below_only, "it should stop at 255"),
        (stopped_then_cut, "expected 255, yours is 0"),
        (right_but_large, "they are int64 and should be uint8"),
        (right_but_small_numbers, "they are int16 and should be uint8"),
        (right_but_floats, "should be whole numbers"),
        (times_instead, "at [0, 1] expected 110, yours is 103"),
        (white_wherever_it_grows, "at [0, 1] expected 110, yours is 100"),
        (brightened_in_place, "changed the image it was given"),
    ],
}
