"""What a kernel makes of a photo agrees with PyTorch, and is coloured as said."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from explorer_moves import GREY
from torch.nn import functional as F

from course_utils.chapters.convolution_by_hand.photo import (
    HINTS,
    PRESETS,
    photo_explorer,
)
from course_utils.kit.scene import Photo

ARGUMENTS = (GREY[:48].reshape(24, 32),)

PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32), dtype=np.uint8)
PHOTO_STATE = photo_explorer(PHOTO).state


@pytest.mark.parametrize("preset", PRESETS)
def test_output_agrees_with_pytorch(preset):
    state = PHOTO_STATE.after("bias", -20).after("preset", preset)
    kernel = torch.tensor(PRESETS[preset], dtype=torch.float64).reshape(1, 1, 3, 3)
    divisor = {"box blur": 9, "Gaussian blur": 16}.get(preset, 1)
    expected = F.conv2d(torch.tensor(PHOTO)[None, None].double(), kernel)[0, 0]
    np.testing.assert_allclose(state.output, expected / divisor - 20, atol=1e-3)
    assert HINTS[preset] in state.scene().description


def test_flat_areas_stay_flat_or_vanish():
    flat = replace(PHOTO_STATE, pixels=np.full((5, 5), 100.0))
    for preset in PRESETS:
        state = flat.after("preset", preset)
        left = 0 if state.is_signed else 100
        np.testing.assert_allclose(state.output, left, atol=1e-9)


def test_other_numbers_make_the_kernel_custom():
    blurred = PHOTO_STATE.after("preset", "box blur")
    assert (blurred.kernel == 1).all() and blurred.divisor == 9
    own = blurred.after("weight5", -3.5)
    assert own.kernel[1, 2] == -3.5 and own.kernel.sum() == 4.5
    assert own.preset == own.after("bias", 5).preset == "custom"
    assert blurred.after("divisor", 2).preset == "custom"
    assert blurred.after("bias", 5).preset == "box blur"
    assert own.after("preset", "box blur") == blurred


def test_colours_of_numbers():
    signs = dict.fromkeys([f"weight{i}" for i in range(9)], 0)
    signs |= {"weight3": 9, "weight5": -9}
    pixels = np.array([[0] * 5, [255, 0, 0, 0, 255], [0] * 5], float)
    state = replace(PHOTO_STATE, pixels=pixels, **signs)
    output = [s.pixels for s in state.scene().shapes if isinstance(s, Photo)][2]
    red, white, blue = output[0].astype(int)
    assert red[0] > red[2] + 50 and blue[2] > blue[0] + 50 and white.min() > 240
    grey = replace(state, weight3=9, weight5=0, bias=5)
    output = [s.pixels for s in grey.scene().shapes if isinstance(s, Photo)][2]
    assert output.tolist() == [[255, 5, 5]]
    assert "33% of them lie below 0, black, or above 255" in grey.scene().description
    assert "numbers from 5 to 2300" in grey.scene().description


def test_float_photo_means_the_same_as_integers():
    pixels = photo_explorer(PHOTO / 255).state.pixels
    np.testing.assert_allclose(pixels, PHOTO_STATE.pixels, atol=1e-4)


@pytest.mark.parametrize(
    ("photo", "match"),
    [
        (np.zeros((4, 4, 3)), "mean"),
        (np.zeros((600, 30)), r"photo\[::3, ::3\]"),
        (np.zeros((2, 9)), "3 to 256"),
        (np.full((4, 4), 200.0), "Divide by 255"),
        (np.full((4, 4), np.nan), "from nan"),
        (np.zeros((4, 4), int), "expected uint8"),
    ],
)
def test_unsuitable_photo_is_refused(photo, match):
    with pytest.raises(ValueError, match=match):
        photo_explorer(photo)
