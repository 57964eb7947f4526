"""Every transform changes each image as torchvision changes one, by its own draw."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import pad
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as torchvision

from course_utils import augment
from course_utils.augment import ColorJitter, Cutout, RandomCrop, RandomHorizontalFlip

COUNT = 24
TRANSFORMS = {
    "crop": RandomCrop(6, padding=4),
    "mirrored border": RandomCrop(6, padding=3, padding_mode="reflect"),
    "flip": RandomHorizontalFlip(0.3),
    "vertical flip": augment.RandomVerticalFlip(),
    "translation": augment.RandomTranslation((0.5, 0.2)),
    "rotation": augment.RandomRotation((-20, 90)),
    "colours": ColorJitter(0.5, 0.4, (0.5, 2), 0.1),
    "cutout": Cutout(5, value=0.5),
    "chain": nn.Sequential(RandomCrop(9, 4), RandomHorizontalFlip(), Cutout(4)),
}
each_transform = pytest.mark.parametrize("name", TRANSFORMS)
each_shape = pytest.mark.parametrize(
    "shape", [(3, 32, 32), (1, 28, 28), (3, 7, 12), (1, 9, 4), (3, 1, 1)], ids=str
)


def seeded(*shape):
    """Numbers in [0, 1], the same in every run; the first images black and white."""
    generator = torch.Generator().manual_seed(sum(shape))
    images = torch.rand(shape, generator=generator)
    images[: len(images) // 4].round_()
    return images


def between(least, most):
    return least + (most - least) * seeded(COUNT, 2)[:, 0]


def whole(least, most):
    """Whole numbers with both ends among them."""
    return between(least, most + 1).floor().clamp(least, most).long()


def erase(image, top, left):
    first = max(top, 0), max(left, 0)
    last = min(top + 5, image.shape[1]), min(left + 5, image.shape[2])
    sides = (max(0, end - start) for start, end in zip(first, last))
    return torchvision.erase(image, *first, *sides, torch.tensor(0.3))


THEIRS = {
    "crop": lambda image, top, left: torchvision.crop(image, top, left, 1, 1),
    "horizontal_flip": lambda x, yes: torchvision.horizontal_flip(x) if yes else x,
    "vertical_flip": lambda x, yes: torchvision.vertical_flip(x) if yes else x,
    "translate": lambda image, *shift: torchvision.affine(image, 0, shift, 1, [0, 0]),
    "rotate": lambda *call: torchvision.rotate(*call, InterpolationMode.BILINEAR),
    "erase": erase,
}


def numbers(name, height, width):
    """With which numbers each image is changed."""
    right, down = whole(-width - 2, width + 2), whole(-height - 2, height + 2)
    return {
        "crop": (whole(0, height - 1), whole(0, width - 1)),
        "horizontal_flip": (between(0, 1) < 0.5,),
        "vertical_flip": (between(0, 1) < 0.5,),
        "translate": (right, down.flip(0)),
        "rotate": (between(-400, 400),),
        "erase": (whole(-5, height), whole(-5, width).flip(0)),
        "adjust_hue": (between(-0.5, 0.5),),
    }.get(name, (between(0, 3),))


COLOURS = "adjust_brightness", "adjust_contrast", "adjust_saturation", "adjust_hue"
MORE = {"crop": (1,), "erase": (5, 0.3)}
CHANGES = [*THEIRS, *COLOURS]
TOLERANCE = {"rotate": 3e-5, "adjust_hue": 1e-5}


@each_shape
@pytest.mark.parametrize("name", CHANGES)
def test_each_image_is_what_torchvision_makes_of_it(name, shape):
    assert_theirs(name, shape)


@given(st.sampled_from(CHANGES), *[st.integers(1, 20)] * 2, st.sampled_from([1, 3]))
def test_images_of_any_size_are_what_torchvision_makes_of_them(name, h, w, channels):
    assert_theirs(name, (channels, h, w), count=5)


def assert_theirs(name, shape, count=COUNT):
    images, drawn = seeded(COUNT, *shape)[:count], numbers(name, *shape[1:])
    drawn = [of_each[:count] for of_each in drawn]
    theirs = THEIRS.get(name) or getattr(torchvision, name)
    rows = zip(images, *(of_each.tolist() for of_each in drawn), strict=True)
    expected = torch.stack([theirs(image, *own) for image, *own in rows])
    ours, more = getattr(augment, name), MORE.get(name, ())
    off = TOLERANCE.get(name, 1e-6)
    torch.testing.assert_close(ours(images, *drawn, *more), expected, atol=off, rtol=0)
    with pytest.raises(
        ValueError, match=rf"\({count},\); expected one number for each"
    ):
        ours(images[:3], *drawn, *more)


def integer(below):
    return torch.randint(below, (64,))


def even(least, most):
    return torch.empty(64).uniform_(least, most)


def colours(images):
    images = augment.adjust_brightness(images, even(0.5, 1.5))
    images = augment.adjust_contrast(images, even(0.6, 1.4))
    images = augment.adjust_saturation(images, even(0.5, 2))
    return augment.adjust_hue(images, even(-0.1, 0.1))


DRAWN = {  # for 64 images of 8 x 12 pixels
    "crop": lambda x: augment.crop(pad(x, [4] * 4), integer(11), integer(15), 6),
    "mirrored border": lambda x: augment.crop(
        pad(x, [3] * 4, "reflect"), integer(9), integer(13), 6
    ),
    "flip": lambda x: augment.horizontal_flip(x, torch.rand(64) < 0.3),
    "vertical flip": lambda x: augment.vertical_flip(x, torch.rand(64) < 0.5),
    "translation": lambda x: augment.translate(
        x, even(-6, 6).round().long(), even(-1.6, 1.6).round().long()
    ),
    "rotation": lambda x: augment.rotate(x, even(-20, 90)),
    "colours": colours,
    "cutout": lambda x: augment.erase(x, integer(8) - 2, integer(12) - 2, 5, 0.5),
}


@pytest.mark.parametrize("name", DRAWN)
def test_draws_are_those_that_committed_networks_were_trained_with(name):
    images = seeded(64, 3, 8, 12)
    torch.manual_seed(3)
    changed, after = TRANSFORMS[name](images), torch.get_rng_state()
    torch.manual_seed(3)
    assert torch.equal(changed, DRAWN[name](images))
    assert torch.equal(torch.get_rng_state(), after)
    assert torch.equal(ColorJitter()(images), images)
    assert torch.equal(torch.get_rng_state(), after), "it draws what nobody asked for"


@each_transform
@each_shape
def test_shape_type_layout_and_range(name, shape):
    images = seeded(COUNT, *shape)
    before = images.clone()
    if name == "mirrored border" and min(shape[1:]) < 4:
        with pytest.raises(ValueError, match="padding is 3, .* mirrored .* narrower"):
            TRANSFORMS[name](images)
        return
    changed = TRANSFORMS[name](images)
    side = {"crop": 6, "mirrored border": 6, "chain": 9}.get(name)
    assert changed.shape[:2] == (COUNT, shape[0])
    assert changed.shape[2:] == ((side, side) if side else shape[1:])
    assert changed.dtype == torch.float32 and changed.is_contiguous()
    assert -1e-6 <= changed.min() and changed.max() <= 1 + 1e-6
    assert torch.equal(images, before), "the images given were changed"


@pytest.mark.parametrize("name", ["mirrored border", "flip", "translation"])
def test_moving_pixels_works_on_bytes(name):
    images = torch.arange(4 * 3 * 8 * 8).reshape(4, 3, 8, 8).to(torch.uint8)
    torch.manual_seed(1)
    bytes_ = TRANSFORMS[name](images)
    torch.manual_seed(1)
    assert torch.equal(bytes_.float(), TRANSFORMS[name](images.float()))


@pytest.mark.parametrize(
    ("transform", "arguments", "match"),
    [
        ("RandomTranslation", (0.1,), r"translate is 0.1; expected a pair \(a, b\)"),
        ("RandomTranslation", ((0.1, 4),), "translate is 4; expected .* 0 to 1"),
        ("RandomRotation", (-5,), "degrees is -5; expected a number ≥ 0 or a pair"),
        ("RandomRotation", ((5, -5),), "degrees is"),
        ("RandomRotation", ((1, 2, 3),), "degrees is"),
        ("ColorJitter", (-1,), "brightness is -1"),
        ("ColorJitter", (0, (-1, 1)), r"contrast is .* within \[0, inf\]"),
        ("ColorJitter", (0, 0, (2, 1)), "saturation is"),
        ("ColorJitter", (0, 0, 0, 0.6), r"hue is 0.6; .* within \[-0.5, 0.5\]"),
        ("Cutout", (0,), "size is 0"),
        ("Cutout", (4, 255), "value is 255; expected a number from 0 to 1"),
    ],
)
def test_arguments_out_of_range_are_refused(transform, arguments, match):
    with pytest.raises(ValueError, match=match):
        getattr(augment, transform)(*arguments)


@each_transform
def test_what_is_no_batch_of_images_is_refused(name):
    with pytest.raises(ValueError, match=r"\(3, 8, 8\); expected \(N, C, H, W\)"):
        TRANSFORMS[name](torch.rand(3, 8, 8))
    with pytest.raises(TypeError, match="must be a tensor, not ndarray"):
        TRANSFORMS[name](torch.rand(2, 3, 8, 8).numpy())
    if name in ("rotation", "colours", "cutout"):
        with pytest.raises(TypeError, match=r"uint8; expected floats in \[0, 1\]"):
            TRANSFORMS[name](torch.zeros(2, 3, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: 255 * x, "to 255; expected"),
        (lambda x: (x - 0.5) / 0.25, "from -2 to 2; expected floats"),
        (lambda x: x * torch.nan, "nan"),
    ],
)
def test_colours_out_of_range_are_refused(change, words):
    images = torch.linspace(0, 1, 64).expand(2, 3, 1, 64)
    with pytest.raises(ValueError, match=words):
        ColorJitter(0.5)(change(images))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="size is 33, but .* only 12 × 32"):
        RandomCrop(33, padding=2)(torch.rand(2, 3, 8, 28))
    with pytest.raises(ValueError, match="2 channels; expected 1, or 3"):
        ColorJitter(0.1)(torch.rand(2, 2, 8, 8))
