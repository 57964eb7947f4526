"""Each changed picture is what its caption says, as torchvision makes it."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as torchvision

from course_utils.chapters.data_augmentation.augmentation import augmentation_explorer

RANDOM = np.random.default_rng(0)
COLOUR, GREY, WIDE, TINY = [
    augmentation_explorer(RANDOM.integers(0, 256, (2, *s), dtype=np.uint8)).state
    for s in [(3, 32, 32), (1, 28, 28), (3, 12, 20), (1, 1, 1)]
]
OWN = augmentation_explorer().state
JITTER = "brightness, contrast, saturation ± 50 %, hue ± 90°"
SAYS = [(replace(OWN, change="colour jitter", strength=50), f"Colour jitter: {JITTER}")]
PAIR = np.zeros((2, 1, 8, 8), np.uint8)
REFUSED = [
    (r"\(2, 28, 28\).*\(N, 1, H, W\)", [np.zeros((2, 28, 28), np.uint8)]),
    ("float64; expected .* uint8", [PAIR / 1]),
    ("there are no images", [PAIR[:0]]),
    (r"images\[:8\]", [PAIR[:1].repeat(101, 0)]),
    ("1 names, expected 2", [PAIR, ["a"]]),
    ("names, but no images", [None, ["a"]]),
]


def numbers(caption):
    return [float(n) for n in re.findall(r"[-+]?\d+\.?\d*", caption.replace("−", "-"))]


def shift(caption):
    """How far right and how far down a caption says."""
    said = {word: int(n) for word, n in re.findall(r"(\w+) (\d+)", caption)}
    right = said.get("right", 0) - said.get("left", 0)
    return [right, said.get("down", 0) - said.get("up", 0)]


def moved(image, caption):
    return torchvision.affine(image, 0, shift(caption), 1, [0, 0])


def flipped(image, caption):
    axes = {"left ↔ right": [2], "top ↔ bottom": [1], "as it was": []}
    return image.flip(axes[caption])


def turned(image, caption):
    degrees = numbers(caption)[0] * (1 if "anticlockwise" in caption else -1)
    return torchvision.rotate(image, degrees, InterpolationMode.BILINEAR)


def coloured(image, caption):
    brightness, contrast, *more = numbers(caption)
    image = torchvision.adjust_brightness(image, brightness)
    image = torchvision.adjust_contrast(image, contrast)
    if not more:
        return image
    image = torchvision.adjust_saturation(image, more[0])
    return torchvision.adjust_hue(image, more[1] / 360)


def erased(image, caption):
    row, column, percent = map(int, numbers(caption))
    kept = torch.ones_like(image)
    kept[:, max(0, row - 3) : row + 3, max(0, column - 3) : column + 3] = 0
    assert percent == round(100 * (1 - kept).mean().item())
    return image * kept


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize(
    ("first", "change", "strength", "expected", "apart"),
    [
        (COLOUR, "crop with padding", 16, moved, 0.5),
        (GREY, "crop with padding", 4, moved, 0.5),
        (WIDE, "crop with padding", 4, moved, 0.5),
        (GREY, "translation", 60, moved, 0.5),
        (WIDE, "horizontal flip", 50, flipped, 0.5),
        (WIDE, "vertical flip", 50, flipped, 0.5),
        (WIDE, "rotation", 180, turned, 1),
        (COLOUR, "colour jitter", 40, coloured, 8),  # captions have two decimals
        (GREY, "colour jitter", 40, coloured, 8),
        (WIDE, "cutout", 50, erased, 0.5),
    ],
)
def test_draws_are_as_captions_say(first, change, strength, expected, apart, seed):
    state = replace(first, change=change, strength=strength, seed=seed)
    image, (images, captions) = torch.tensor(first.images[0]) / 255, state.draws
    assert len(set(captions)) > 1
    for found, caption in zip(images, captions, strict=True):
        wanted = 255 * expected(image, caption).numpy()
        assert np.abs(found - wanted).max() < apart, caption


def test_strength_0_leaves_the_picture():
    for first in (COLOUR, GREY, TINY):
        for change in first.choices("change"):
            images, captions = replace(first, change=change, strength=0).draws
            assert images.dtype == np.uint8 and len(images) == len(captions) == 8
            assert np.abs(images - first.images[0].astype(int)).max() <= 1


def test_draws_differ_by_their_seed_only():
    before = torch.get_rng_state()
    for change in OWN.choices("change"):
        state = OWN.after("change", change)
        (images, captions), (again, same) = state.draws, replace(state).draws
        np.testing.assert_array_equal(images, again)
        assert captions == same != state.after("seed", 99).draws[1]
    assert torch.equal(torch.get_rng_state(), before)


def test_a_stronger_change_is_more_of_the_same_and_another_starts_with_its_own():
    states = [replace(OWN, change="translation", strength=s) for s in (30, 60)]
    weak, strong = (np.array([shift(c) for c in s.draws[1]]) for s in states)
    np.testing.assert_allclose(strong, 2 * weak, atol=1.5)
    state = replace(OWN, strength=180, image=2, seed=5).after("change", "cutout")
    assert (state.strength, state.image, state.seed) == (50, 2, 5)
    assert state.after("strength", 7).strength == 7


def test_own_pictures_show_what_a_label_does_not_survive():
    assert OWN.images.shape == (4, 3, 64, 64)
    assert OWN.names[:2] == ("the digit 6", "the letter b")
    for character in OWN.images[:2].astype(int):
        assert 0.1 < (character[0] > 128).mean() < 0.5
        assert (np.abs(character[:, :, ::-1] - character) > 64).mean() > 0.05
