"""What a kernel makes of a photo agrees with PyTorch, and is coloured as said."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from explorer_moves import drawn
from torch.nn import functional as F

from course_utils.chapters.convolution_by_hand import photo
from course_utils.kit.scene import Photo

PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32), dtype=np.uint8)
STATE, ARGUMENTS = photo.photo_explorer(PHOTO).state, [PHOTO]
SPOTS = {f"weight{i}": {3: 9, 5: -9}.get(i, 0) for i in range(9)}
SPOTS["pixels"] = np.array([[0] * 5, [255, 0, 0, 0, 255], [0] * 5], float)
COLOURED = replace(STATE, **SPOTS)
CLIPPED = replace(COLOURED, weight5=0, bias=5)
SAYS = [
    *((STATE.after("preset", preset), hint) for preset, hint in photo.HINTS.items()),
    (CLIPPED, "33% of them lie below 0, black, or above 255"),
    (CLIPPED, "numbers from 5 to 2300"),
]
REFUSED = [
    (r"\[\.\.\., :3\]\.mean", [np.zeros((4, 4, 4))]),
    (r"Try photo\.astype\(float\)", [np.zeros((4, 4), bool)]),
    (r"photo\[::3, ::3\]", [np.zeros((600, 30))]),
    ("3 to 256", [np.zeros((2, 9))]),
    ("Try photo / 255", [np.full((4, 4), 200.0)]),
    ("from nan", [np.full((4, 4), np.nan)]),
    ("expected uint8", [np.zeros((4, 4), int)]),
]


@pytest.mark.parametrize("preset", photo.PRESETS)
def test_output_agrees_with_pytorch(preset):
    state = STATE.after("bias", -20).after("preset", preset)
    kernel = torch.tensor(photo.PRESETS[preset]).double().reshape(1, 1, 3, 3)
    divisor = {"box blur": 9, "Gaussian blur": 16}.get(preset, 1)
    expected = F.conv2d(torch.tensor(PHOTO)[None, None].double(), kernel)[0, 0]
    np.testing.assert_allclose(state.output, expected / divisor - 20, atol=1e-3)


def test_flat_areas_stay_flat_or_vanish():
    flat = replace(STATE, pixels=np.full((5, 5), 100.0))
    for preset in photo.PRESETS:
        state = flat.after("preset", preset)
        left = 0 if state.is_signed else 100
        np.testing.assert_allclose(state.output, left, atol=1e-9)


def test_other_numbers_make_the_kernel_custom():
    blurred = STATE.after("preset", "box blur")
    assert (blurred.kernel == 1).all() and blurred.divisor == 9
    own = blurred.after("weight5", -3.5)
    assert own.kernel[1, 2] == -3.5 and own.kernel.sum() == 4.5
    assert own.preset == own.after("bias", 5).preset == "custom"
    assert blurred.after("divisor", 2).preset == "custom"
    assert blurred.after("bias", 5).preset == "box blur"
    assert own.after("preset", "box blur") == blurred


def test_colours_of_numbers():
    coloured, grey = (drawn(state, Photo)[2].pixels for state in (COLOURED, CLIPPED))
    red, white, blue = coloured[0].astype(int)
    assert red[0] > red[2] + 50 and blue[2] > blue[0] + 50 and white.min() > 240
    assert grey.tolist() == [[255, 5, 5]]


def test_float_photo_means_the_same_as_integers():
    pixels = photo.photo_explorer(PHOTO / 255).state.pixels
    np.testing.assert_allclose(pixels, STATE.pixels, atol=1e-4)
