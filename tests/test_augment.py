"""Every transform changes each image as torchvision changes one, by its own draw."""

import pytest
import torch
from torch import Tensor, nn
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional as torchvision

from course_utils import augment
from course_utils.augment import (
    ColorJitter,
    Cutout,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomTranslation,
    RandomVerticalFlip,
)
from course_utils.data.datasets import ImageData

SHAPES = [(3, 32, 32), (1, 28, 28), (3, 7, 12), (1, 9, 4), (3, 1, 1)]
COUNT = 24
TRANSFORMS = {
    "crop": RandomCrop(6, padding=4),
    "mirrored border": RandomCrop(6, padding=3, padding_mode="reflect"),
    "flip": RandomHorizontalFlip(),
    "vertical flip": RandomVerticalFlip(),
    "translation": RandomTranslation((0.5, 0.5)),
    "rotation": RandomRotation(90),
    "colours": ColorJitter(0.5, 0.5, 0.5, 0.5),
    "cutout": Cutout(5, value=0.5),
    "chain": nn.Sequential(RandomCrop(9, 4), RandomHorizontalFlip(), Cutout(4)),
}
# Sides of what comes out, and of the smallest images that may go in.
SIZES = {"crop": 6, "mirrored border": 6, "chain": 9}
FITS = {"mirrored border": 4}

each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_transform = pytest.mark.parametrize("name", TRANSFORMS)


def seeded(*shape: int) -> Tensor:
    """Numbers in [0, 1], the same in every run; the first images black and white."""
    generator = torch.Generator().manual_seed(sum(shape))
    images = torch.rand(shape, generator=generator)
    images[: len(images) // 4].round_()
    return images


def between(least: float, most: float, count: int = COUNT) -> Tensor:
    return least + (most - least) * seeded(count, 2)[:, 0]


def whole_between(least: int, most: int) -> Tensor:
    """Whole numbers with both ends among them."""
    return between(least, most + 1).floor().clamp(least, most).long()


def image_by_image(function, images: Tensor, *numbers: Tensor) -> Tensor:
    rows = zip(images, *(n.tolist() for n in numbers), strict=True)
    return torch.stack([function(image, *own) for image, *own in rows])


@each_shape
def test_crop_is_torchvisions(shape):
    images, size = seeded(COUNT, *shape), max(1, min(shape[1:]) - 2)
    top, left = (whole_between(0, side - size) for side in shape[1:])
    expected = image_by_image(
        lambda image, i, j: torchvision.crop(image, i, j, size, size), images, top, left
    )
    assert torch.equal(augment.crop(images, top, left, size), expected)


@each_shape
@pytest.mark.parametrize("name", ["horizontal_flip", "vertical_flip"])
def test_flips_are_torchvisions(name, shape):
    images, chosen = seeded(COUNT, *shape), between(0, 1) < 0.5
    flip = getattr(torchvision, name)
    expected = image_by_image(
        lambda image, flipped: flip(image) if flipped else image, images, chosen
    )
    assert torch.equal(getattr(augment, name)(images, chosen), expected)


@each_shape
def test_translate_is_torchvisions(shape):
    images, (height, width) = seeded(COUNT, *shape), shape[1:]
    right = whole_between(-width - 2, width + 2)
    down = whole_between(-height - 2, height + 2).flip(0)
    expected = image_by_image(
        lambda image, x, y: torchvision.affine(image, 0, [x, y], 1, [0, 0]),
        images,
        right,
        down,
    )
    assert torch.equal(augment.translate(images, right, down), expected)


@each_shape
def test_rotate_is_torchvisions(shape):
    images, degrees = seeded(COUNT, *shape), between(-400, 400)
    degrees[:6] = torch.tensor([0.0, 90, 180, 270, -90, 45])
    expected = image_by_image(
        lambda image, a: torchvision.rotate(image, a, InterpolationMode.BILINEAR),
        images,
        degrees,
    )
    rotated = augment.rotate(images, degrees)
    torch.testing.assert_close(rotated, expected, atol=3e-5, rtol=0)


@each_shape
def test_erase_is_torchvisions(shape):
    images, (height, width), size = seeded(COUNT, *shape), shape[1:], 5
    top = whole_between(-size, height)
    left = whole_between(-size, width).flip(0)

    def erase(image: Tensor, top: int, left: int) -> Tensor:
        first = max(top, 0), max(left, 0)
        sides = (
            max(0, min(start + size, side) - begin)
            for start, begin, side in zip((top, left), first, shape[1:], strict=True)
        )
        return torchvision.erase(image, *first, *sides, torch.tensor(0.3))

    expected = image_by_image(erase, images, top, left)
    assert torch.equal(augment.erase(images, top, left, size, 0.3), expected)


@each_shape
@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_blends_are_torchvisions(name, shape):
    images, factor = seeded(COUNT, *shape), between(0, 3)
    factor[:2] = torch.tensor([0.0, 1.0])
    expected = image_by_image(getattr(torchvision, f"adjust_{name}"), images, factor)
    adjusted = getattr(augment, f"adjust_{name}")(images, factor)
    torch.testing.assert_close(adjusted, expected, atol=1e-6, rtol=0)


@each_shape
def test_hue_is_torchvisions(shape):
    images, shift = seeded(COUNT, *shape), between(-0.5, 0.5)
    shift[:3] = torch.tensor([0.0, 0.5, -0.5])
    expected = image_by_image(torchvision.adjust_hue, images, shift)
    adjusted = augment.adjust_hue(images, shift)
    torch.testing.assert_close(adjusted, expected, atol=1e-5, rtol=0)


def test_hue_of_every_corner_edge_and_grey():
    levels = torch.tensor([0, 0.25, 0.5, 1])
    colours = torch.cartesian_prod(levels, levels, levels).T.reshape(1, 3, 8, 8)
    images, shift = colours.expand(9, -1, -1, -1), torch.linspace(-0.5, 0.5, 9)
    expected = image_by_image(torchvision.adjust_hue, images, shift)
    adjusted = augment.adjust_hue(images, shift)
    torch.testing.assert_close(adjusted, expected, atol=1e-5, rtol=0)


def test_half_a_turn_makes_red_cyan():
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    turned = augment.adjust_hue(red, torch.tensor([0.5])).flatten()
    torch.testing.assert_close(turned, torch.tensor([0.0, 1, 1]))


@each_transform
@each_shape
def test_shape_type_layout_and_range(name, shape):
    images = seeded(COUNT, *shape)
    before, size = images.clone(), SIZES.get(name)
    if min(shape[1:]) < FITS.get(name, 1):
        with pytest.raises(ValueError, match="mirrored border must be narrower"):
            TRANSFORMS[name](images)
        return
    changed = TRANSFORMS[name](images)
    sides = (size, size) if size else shape[1:]
    assert changed.shape == (COUNT, shape[0], *sides)
    assert changed.dtype == torch.float32 and changed.is_contiguous()
    assert -1e-6 <= changed.min() and changed.max() <= 1 + 1e-6
    assert torch.equal(images, before), "the images given were changed"


@each_transform
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_floats_stay_what_they_are(name, dtype):
    assert TRANSFORMS[name](seeded(4, 3, 8, 8).to(dtype)).dtype == dtype


@pytest.mark.parametrize(
    "name", ["crop", "mirrored border", "flip", "vertical flip", "translation"]
)
def test_moving_pixels_works_on_bytes(name):
    images = torch.arange(4 * 3 * 8 * 8).reshape(4, 3, 8, 8).to(torch.uint8)
    torch.manual_seed(1)
    bytes_ = TRANSFORMS[name](images)
    torch.manual_seed(1)
    assert torch.equal(bytes_.float(), TRANSFORMS[name](images.float()))


@each_transform
def test_each_image_gets_its_own_draw_and_a_seed_repeats_them(name):
    images = seeded(1, 3, 12, 12).expand(64, -1, -1, -1).contiguous()
    torch.manual_seed(3)
    first = TRANSFORMS[name](images)
    second = TRANSFORMS[name](images)
    torch.manual_seed(3)
    assert torch.equal(TRANSFORMS[name](images), first)
    assert not torch.equal(first, second)
    different = len(first.flatten(1).unique(dim=0))
    assert different == 2 if "flip" in name else different > 30


@pytest.mark.parametrize("mode", ["constant", "reflect"])
def test_draws_of_crop_and_flip_are_those_of_the_committed_networks(mode):
    images = torch.arange(3 * 36.0).view(3, 1, 6, 6) / 108
    torch.manual_seed(0)
    crop = RandomCrop(6, padding=2, padding_mode=mode)
    changed = nn.Sequential(crop, RandomHorizontalFlip())(images)
    torch.manual_seed(0)
    top, left = torch.randint(5, (3,)), torch.randint(5, (3,))
    chosen = torch.rand(3) < 0.5
    padded = torchvision.pad(images, [2] * 4, padding_mode=mode)
    expected = image_by_image(
        lambda image, i, j, flipped: (
            torchvision.horizontal_flip(torchvision.crop(image, i, j, 6, 6))
            if flipped
            else torchvision.crop(image, i, j, 6, 6)
        ),
        padded,
        top,
        left,
        chosen,
    )
    assert torch.equal(changed, expected)


MARK = torch.zeros(8000, 1, 9, 9)
MARK[:, :, 4, 4] = 1


def positions(images: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of the one white pixel of each image."""
    return torch.unravel_index(images.flatten(1).argmax(dim=1), images.shape[2:])


def shares(numbers: Tensor) -> list[float]:
    return [(numbers == n).float().mean().item() for n in numbers.unique().tolist()]


def test_crops_are_spread_evenly_over_rows_and_over_columns():
    torch.manual_seed(0)
    rows, columns = positions(RandomCrop(9, padding=2)(MARK))
    for places in (rows, columns):
        assert places.unique().tolist() == [2, 3, 4, 5, 6]
        assert shares(places) == pytest.approx([0.2] * 5, abs=0.02)
    together = torch.corrcoef(torch.stack((rows, columns)).float())[0, 1]
    assert abs(together) < 0.05


def test_shifts_reach_what_torchvisions_random_affine_reaches():
    torch.manual_seed(0)
    rows, columns = positions(RandomTranslation((0.3, 0.1))(MARK))
    # 0.3 of 9 is 2.7: -2, ..., 2 each take 1 of 5.4, and ±3 the 0.2 from 2.5 on.
    expected = [0.2 / 5.4, *[1 / 5.4] * 5, 0.2 / 5.4]
    assert shares(columns - 4) == pytest.approx(expected, abs=0.02)
    assert shares(rows - 4) == pytest.approx([0.4 / 1.8, 1 / 1.8, 0.4 / 1.8], abs=0.02)
    affine = v2.RandomAffine(0, translate=(0.3, 0.1))
    theirs = [affine.make_params([MARK[0]])["translate"] for _ in range(2000)]
    for ours, found in zip((columns, rows), zip(*theirs, strict=True), strict=True):
        assert {*(ours - 4).tolist()} == {*found}


@pytest.mark.parametrize("kind", [RandomHorizontalFlip, RandomVerticalFlip])
@pytest.mark.parametrize("p", [0, 0.2, 0.5, 1])
def test_flips_are_as_frequent_as_asked(kind, p):
    images = torch.zeros(8000, 1, 2, 2)
    images[:, :, 0, 0] = 1
    torch.manual_seed(0)
    flipped = kind(p)(images)[:, 0, 0, 0] == 0
    assert flipped.float().mean().item() == pytest.approx(p, abs=0.02 * (0 < p < 1))


def test_cutouts_are_centred_on_every_pixel_alike():
    torch.manual_seed(0)
    images = Cutout(3)(torch.ones(8000, 1, 5, 7))
    erased = (images == 0).flatten(1).sum(dim=1)
    # In the middle 9 pixels; beside a border 6, in a corner 4.
    corners, inside = 4 / 35, 15 / 35
    expected = [corners, 1 - corners - inside, inside]
    assert erased.unique().tolist() == [4, 6, 9]
    assert shares(erased) == pytest.approx(expected, abs=0.02)


def test_angles_and_colours_stay_within_their_bounds():
    torch.manual_seed(0)
    grey = torch.full((4000, 3, 1, 1), 0.5)
    factors = ColorJitter(brightness=(0.5, 1.5))(grey)[:, 0, 0, 0] / 0.5
    assert 0.5 <= factors.min() < 0.51 and 1.49 < factors.max() <= 1.5
    assert factors.mean().item() == pytest.approx(1, abs=0.02)
    bars = torch.zeros(2000, 1, 41, 41)
    bars[:, :, 20, 21:] = 1
    bars = RandomRotation((10, 20))(bars)[:, 0]
    rows, columns = torch.arange(41.0) - 20, torch.arange(41.0) - 20
    up = -(bars * rows[:, None]).sum((1, 2)) / (bars * columns).sum((1, 2))
    angles = torch.rad2deg(up.atan())
    assert 9.7 < angles.min() < 10.3 and 19.7 < angles.max() < 20.3


def test_what_is_not_asked_for_changes_nothing_and_draws_nothing():
    images = seeded(4, 3, 8, 8)
    state = torch.get_rng_state()
    assert torch.equal(ColorJitter()(images), images)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: RandomCrop(0), "size is 0; expected 1, 2"),
        (lambda: RandomCrop(2.5), "size is 2.5"),
        (lambda: RandomCrop(4, padding=-1), "padding is -1; expected 0, 1"),
        (lambda: RandomHorizontalFlip(1.2), "p is 1.2; expected a number from 0 to 1"),
        (lambda: RandomVerticalFlip(-0.1), "p is -0.1"),
        (lambda: RandomTranslation(0.1), r"translate is 0.1; expected a pair \(a, b\)"),
        (lambda: RandomTranslation((0.1, 4)), "translate is 4; expected .* 0 to 1"),
        (lambda: RandomRotation(-5), "degrees is -5; expected a number ≥ 0 or a pair"),
        (lambda: RandomRotation((5, -5)), "degrees is"),
        (lambda: RandomRotation((1, 2, 3)), "degrees is"),
        (lambda: ColorJitter(brightness=-1), "brightness is -1"),
        (lambda: ColorJitter(contrast=(-1, 1)), r"contrast is .* within \[0, inf\]"),
        (lambda: ColorJitter(saturation=(2, 1)), "saturation is"),
        (lambda: ColorJitter(hue=0.6), r"hue is 0.6; .* within \[-0.5, 0.5\]"),
        (lambda: Cutout(0), "size is 0"),
        (lambda: Cutout(4, value=255), "value is 255; expected a number from 0 to 1"),
    ],
)
def test_arguments_out_of_range_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


@each_transform
def test_what_is_no_batch_of_images_is_refused(name):
    with pytest.raises(ValueError, match=r"\(3, 8, 8\); expected \(N, C, H, W\)"):
        TRANSFORMS[name](torch.rand(3, 8, 8))
    with pytest.raises(TypeError, match="must be a tensor, not ndarray"):
        TRANSFORMS[name](torch.rand(2, 3, 8, 8).numpy())


@pytest.mark.parametrize("name", ["rotation", "colours", "cutout"])
def test_arithmetic_on_bytes_is_refused(name):
    with pytest.raises(TypeError, match=r"uint8; expected floats in \[0, 1\]"):
        TRANSFORMS[name](torch.zeros(2, 3, 8, 8, dtype=torch.uint8))


def test_a_border_that_cannot_be_made_is_refused():
    with pytest.raises(ValueError, match="'edge'; expected 'constant' or 'reflect'"):
        RandomCrop(6, padding=2, padding_mode="edge")
    mirrored = RandomCrop(6, padding=4, padding_mode="reflect")
    with pytest.raises(ValueError, match="padding is 4, .* narrower .* has 4 pixels"):
        mirrored(torch.rand(2, 3, 4, 9))


def test_a_crop_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="size is 33, but .* only 12 × 32"):
        RandomCrop(33, padding=2)(torch.rand(2, 3, 8, 28))


@pytest.mark.parametrize(
    "call",
    [
        lambda images, n: augment.crop(images, n, n, 2),
        lambda images, n: augment.horizontal_flip(images, n > 0),
        lambda images, n: augment.vertical_flip(images, n > 0),
        lambda images, n: augment.translate(images, n, n),
        lambda images, n: augment.rotate(images, n),
        lambda images, n: augment.erase(images, n, n, 2),
        lambda images, n: augment.adjust_brightness(images, n),
        lambda images, n: augment.adjust_hue(images, n),
    ],
)
def test_functions_want_one_number_for_each_image(call):
    images = torch.rand(3, 3, 8, 8)
    with pytest.raises(ValueError, match=r"shape \(2,\); expected one number for each"):
        call(images, torch.ones(2, dtype=torch.int64))


def test_colours_want_one_or_three_channels():
    with pytest.raises(ValueError, match="2 channels; expected 1, or 3"):
        ColorJitter(0.1)(torch.rand(2, 2, 8, 8))


def test_a_loader_augments_its_training_batches():
    images = torch.randint(0, 256, (10, 3, 8, 8), dtype=torch.uint8)
    targets = torch.arange(10) % 2
    data = ImageData(
        *(images, targets) * 3,
        class_names=("a", "b"),
        mean=torch.full((3,), 0.5),
        std=torch.full((3,), 0.25),
        name="test",
        source="test",
        is_complete=True,
    )
    for transform in TRANSFORMS.values():
        loader = data.loader("train", batch_size=4, augment=transform, shuffle=False)
        torch.manual_seed(2)
        batches = list(loader)
        torch.manual_seed(2)
        for start, (batch, labels) in zip((0, 4, 8), batches, strict=True):
            own = slice(start, start + 4)
            expected = (transform(images[own] / 255) - 0.5) / 0.25
            torch.testing.assert_close(batch, expected, atol=1e-5, rtol=0)
            assert torch.equal(labels, targets[own])
