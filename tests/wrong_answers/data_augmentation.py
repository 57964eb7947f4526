"""Answers to the exercises of notebook 09: one right, and bugs learners write."""

import torch
from torchvision.transforms import v2

from course_utils import augment
from course_utils.checks.data_augmentation import (
    check_batches,
    check_crop,
    check_horizontal_flip,
    check_make_transforms,
    check_safe_changes,
)

# Batches


def batches(images, targets, batch_size):
    for start in range(0, len(images), batch_size):
        end = start + batch_size
        yield images[start:end], targets[start:end]


def yield_outside_the_loop(images, targets, batch_size):
    batch = images, targets
    for start in range(0, len(images), batch_size):
        end = start + batch_size
        batch = images[start:end], targets[start:end]
    yield batch


def rows(images, targets, batch_size):
    for place in range(len(images)):
        yield images[place], targets[place]


def return_in_the_loop(images, targets, batch_size):
    for start in range(0, len(images), batch_size):
        end = start + batch_size
        return images[start:end], targets[start:end]


def a_list(images, targets, batch_size):
    return list(batches(images, targets, batch_size))


def last_one_dropped(images, targets, batch_size):
    for start in range(0, len(images) - batch_size + 1, batch_size):
        end = start + batch_size
        yield images[start:end], targets[start:end]


def whole_batches_alone(images, targets, batch_size):
    for number in range(len(images) // batch_size):
        here = slice(number * batch_size, (number + 1) * batch_size)
        yield images[here], targets[here]


def an_empty_one_at_the_end(images, targets, batch_size):
    for start in range(0, len(images) + 1, batch_size):
        end = start + batch_size
        yield images[start:end], targets[start:end]


def an_empty_one_without_images(images, targets, batch_size):
    yield from zip(images.split(batch_size), targets.split(batch_size), strict=True)


def step_of_one(images, targets, batch_size):
    for start in range(len(images)):
        end = start + batch_size
        yield images[start:end], targets[start:end]


def all_targets(images, targets, batch_size):
    for start in range(0, len(images), batch_size):
        yield images[start : start + batch_size], targets


def swapped(images, targets, batch_size):
    for some, labels in batches(images, targets, batch_size):
        yield labels, some


def images_alone(images, targets, batch_size):
    for some, _ in batches(images, targets, batch_size):
        yield some


def the_first_again(images, targets, batch_size):
    for _ in range(0, len(images), batch_size):
        yield images[:batch_size], targets[:batch_size]


def end_is_the_size(images, targets, batch_size):
    for start in range(0, len(images), batch_size):
        yield images[start:batch_size], targets[start:batch_size]


def not_divided(images, targets, batch_size):
    for some, labels in batches(images, targets, batch_size):
        yield some / 255, labels


# The flip


def horizontal_flip(images, chosen):
    return augment.horizontal_flip(images, chosen)


def upside_down(images, chosen):
    return torch.where(chosen.view(-1, 1, 1, 1), images.flip(2), images)


def turned(images, chosen):
    return torch.where(chosen.view(-1, 1, 1, 1), images.flip(2, 3), images)


def all_of_them(images, chosen):
    return images.flip(3)


def first_decides(images, chosen):
    return images.flip(3) if chosen[0] else images


def others_flipped(images, chosen):
    return horizontal_flip(images, ~chosen)


def in_place(images, chosen):
    images[chosen] = images[chosen].flip(3)
    return images


def only_the_chosen(images, chosen):
    return images[chosen].flip(3)


def channels_flipped(images, chosen):
    return torch.where(chosen.view(-1, 1, 1, 1), images.flip(1), images)


def batch_flipped(images, chosen):
    return torch.where(chosen.view(-1, 1, 1, 1), images.flip(0), images)


def decimals(images, chosen):
    return horizontal_flip(images, chosen) * 1.0


def added(images, chosen):
    return images + chosen.view(-1, 1, 1, 1) * images.flip(3)


# The crop


def crop(images, top, left, size):
    return augment.crop(images, top, left, size)


def crop_in_a_loop(images, top, left, size):
    squares = [
        image[:, t : t + size, c : c + size]
        for image, t, c in zip(images, top, left, strict=True)
    ]
    return torch.stack(squares)


def top_for_left(images, top, left, size):
    return crop(torch.nn.functional.pad(images, [0, 9, 0, 9]), left, top, size)


def one_for_all(images, top, left, size):
    t, c = int(top[0]), int(left[0])
    return images[:, :, t : t + size, c : c + size]


def one_too_far(images, top, left, size):
    padded = torch.nn.functional.pad(images, [0, 1, 0, 1])
    return crop(padded, top + 1, left + 1, size)


def one_too_large(images, top, left, size):
    return crop(torch.nn.functional.pad(images, [0, 1, 0, 1]), top, left, size + 1)


def in_the_middle(images, top, left, size):
    t, c = (images.shape[2] - size) // 2, (images.shape[3] - size) // 2
    return images[:, :, t : t + size, c : c + size]


def from_the_other_side(images, top, left, size):
    rows, columns = images.shape[2] - size, images.shape[3] - size
    return crop(images, rows - top, columns - left, size)


def transposed(images, top, left, size):
    return crop(images, top, left, size).transpose(2, 3)


def channels_last(images, top, left, size):
    return crop(images, top, left, size).permute(0, 2, 3, 1)


def first_channel(images, top, left, size):
    return crop(images, top, left, size)[:, :1]


def rows_alone(images, top, left, size):
    return crop(images, top, torch.zeros_like(left), size)


def blackened(images, top, left, size):
    squares = crop(images, top, left, size).clone()
    images.zero_()
    return squares


# The two transforms


def as_tensor(mean, std, *, scale=True):
    to_dtype = v2.ToDtype(torch.float32, scale=scale)
    return [v2.ToImage(), to_dtype, v2.Normalize(mean, std)]


def chained(*changes, mean, std):
    test = as_tensor(mean, std)
    return v2.Compose([*changes, *test]), v2.Compose(test)


CROP, FLIP = v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(p=0.5)
MOVE = v2.RandomAffine(0, translate=(0.1, 0.1))


def make_transforms(mean, std):
    return chained(CROP, FLIP, mean=mean, std=std)


def tested_as_trained(mean, std):
    train, _ = make_transforms(mean, std)
    return train, train


def moved_twice(mean, std):
    return chained(CROP, FLIP, MOVE, mean=mean, std=std)


def without_normalize(mean, std):
    to_tensor = as_tensor(mean, std)[:2]
    return v2.Compose([CROP, FLIP, *to_tensor]), v2.Compose(to_tensor)


def without_scale(mean, std):
    to_tensor = as_tensor(mean, std, scale=False)
    return v2.Compose([CROP, FLIP, *to_tensor]), v2.Compose(to_tensor)


def only_trained_normalised(mean, std):
    to_tensor = as_tensor(mean, std)
    return v2.Compose([CROP, FLIP, *to_tensor]), v2.Compose(to_tensor[:2])


def only_tested_normalised(mean, std):
    to_tensor = as_tensor(mean, std)
    return v2.Compose([CROP, FLIP, *to_tensor[:2]]), v2.Compose(to_tensor)


def padded_after_normalising(mean, std):
    to_tensor = as_tensor(mean, std)
    return v2.Compose([*to_tensor, CROP, FLIP]), v2.Compose(to_tensor)


def numbers_of_the_course(mean, std):
    return make_transforms([0.5, 0.4, 0.3], [0.25, 0.2, 0.1])


def without_flip(mean, std):
    return chained(CROP, mean=mean, std=std)


def without_crop(mean, std):
    return chained(FLIP, mean=mean, std=std)


def on_its_head(mean, std):
    return chained(CROP, FLIP, v2.RandomVerticalFlip(), mean=mean, std=std)


def small_padding(mean, std):
    return chained(v2.RandomCrop(32, padding=2), FLIP, mean=mean, std=std)


def exchanged(mean, std):
    return make_transforms(mean, std)[::-1]


def train_alone(mean, std):
    return make_transforms(mean, std)[0]


def lists(mean, std):
    to_tensor = as_tensor(mean, std)
    return [CROP, FLIP, *to_tensor], to_tensor


def crop_without_padding(mean, std):
    return chained(v2.RandomCrop(28), FLIP, mean=mean, std=std)


def test_flipped(mean, std):
    train, test = make_transforms(mean, std)
    return train, v2.Compose([v2.RandomHorizontalFlip(p=1), test])


SAFE = ["unsafe", "safe", "unsafe", "unsafe", "safe", "safe", "unsafe", "safe"]


def with_one_changed(letter):
    """The right words, but for one of them."""
    answer = list(SAFE)
    place = "ABCDEFGH".index(letter)
    answer[place] = "unsafe" if answer[place] == "safe" else "safe"
    return tuple(answer)


RIGHT = {
    check_batches: batches,
    check_safe_changes: tuple(SAFE),
    check_horizontal_flip: horizontal_flip,
    check_crop: crop_in_a_loop,
    check_make_transforms: make_transforms,
}

WRONG = {
    check_batches: [
        (yield_outside_the_loop, "yours yields 1\nlook at: where yield stands"),
        (rows, "look at: a batch: many images at once"),
        (return_in_the_loop, "expected a generator, yours returned tuple"),
        (a_list, "expected a generator, yours returned list"),
        (last_one_dropped, "3 images, batch_size=2: expected 2 batches, yours yields"),
        (whole_batches_alone, "yours yields 1\nlook at: where the loop ends"),
        (an_empty_one_at_the_end, "expected 2 batches, yours yields 3\nlook at: where"),
        (an_empty_one_without_images, "0 images, batch_size=4: expected 0 batches"),
        (step_of_one, "batch 2: images: at [0, 0, 0, 0] expected 2, yours is 1"),
        (all_targets, "targets: expected shape (2,), yours has shape (4,)"),
        (swapped, "images: expected shape (2, 1, 1, 1), yours has shape (2,)"),
        (images_alone, "expected a pair of tensors, got"),
        (the_first_again, "batch 2: images: at"),
        (end_is_the_size, "batch 2: images: expected shape"),
        (not_divided, "batch 1: images: at [1, 0, 0, 0] expected 1"),
    ],
    check_safe_changes: [
        (with_one_changed("A"), "A is not safe\nlook at: a 6"),
        (with_one_changed("B"), "B is not unsafe\nlook at: a horse"),
        (with_one_changed("C"), "C is not safe\nlook at: a b in the mirror"),
        (with_one_changed("D"), "D is not safe\nlook at: what the label says"),
        (with_one_changed("E"), "E is not unsafe\nlook at: whether cells"),
        (with_one_changed("F"), "F is not unsafe"),
        (with_one_changed("G"), "G is not safe"),
        (with_one_changed("H"), "H is not unsafe"),
        (("safe", None, None, None, None, None, None, None), "A is not safe"),
        ((True,) * 8, 'A should be "safe" or "unsafe", got bool True'),
        (tuple(SAFE[:7]), "should be eight words"),
    ],
    check_horizontal_flip: [
        (upside_down, "at [0, 0, 0, 0] expected 1, yours is 0"),
        (turned, "look at: left and right"),
        (all_of_them, "look at: which images are chosen"),
        (first_decides, "look at: which images are chosen"),
        (others_flipped, "at [0, 0, 0, 0] expected 1, yours is 0"),
        (in_place, "changed the images it was given"),
        (only_the_chosen, "expected shape (1, 1, 1, 2), yours has shape (0, 1, 1, 2)"),
        (channels_flipped, "look at: left and right"),
        (batch_flipped, "look at: left and right"),
        (decimals, "should be whole numbers; yours are floating-point"),
        (added, "look at: left and right"),
    ],
    check_crop: [
        (top_for_left, "look at: the first row"),
        (one_for_all, "look at: the places: each image has its own"),
        (one_too_far, "look at: the first row"),
        (one_too_large, "expected shape (1, 1, 1, 1), yours has shape (1, 1, 2, 2)"),
        (in_the_middle, "look at: the first row"),
        (from_the_other_side, "look at: the first row"),
        (transposed, "look at: the first column"),
        (channels_last, "expected shape (1, 1, 2, 2), yours has shape (1, 2, 2, 1)"),
        (first_channel, "look at: the shape"),
        (rows_alone, "look at: the first column"),
        (blackened, "changed the images it was given"),
    ],
    check_make_transforms: [
        (tested_as_trained, "look at: the test transform: nothing in it"),
        (moved_twice, "look at: what moves the picture: one such transform"),
        (without_normalize, "expected a pixel [-2.0, -2.0, -3.0], got [0.0, 0.0, 0.0]"),
        (without_scale, "look at: the range"),
        (only_trained_normalised, "look at: normalising"),
        (only_tested_normalised, "look at: training pictures: they are normalised"),
        (padded_after_normalising, "look at: the order: a black frame"),
        (numbers_of_the_course, "for another mean and std: expected a pixel"),
        (without_flip, "0 of 100 were mirrored left and right"),
        (without_crop, "moved up or down by at most 0 pixels; expected up to 4"),
        (on_its_head, "stood on their heads"),
        (small_padding, "by at most 2 pixels"),
        (exchanged, "the same picture comes out in different ways"),
        (train_alone, "expected a pair of transforms"),
        (lists, "Compose makes a transform of a list; got list"),
        (crop_without_padding, "and a training picture: expected shape (3, 32, 32)"),
        (test_flipped, "the dots are not where they were"),
    ],
}
