"""The photo explorer: its numbers, colours and words."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from course_utils.explorers.photo import photo_explorer
from course_utils.explorers.photo import state as photo_state
from course_utils.explorers.photo.picture import describe_output, draw

PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32), dtype=np.uint8)


@pytest.mark.parametrize("preset", photo_state.PRESETS)
def test_photo_output_agrees_with_pytorch(preset: str):
    state = photo_state.change(photo_state.State(bias=-20), "preset", preset)
    pixels = photo_state.as_pixels(PHOTO)
    kernel = torch.tensor(state.weights, dtype=torch.float64).reshape(1, 1, 3, 3)
    expected = F.conv2d(torch.tensor(PHOTO)[None, None].double(), kernel)[0, 0]
    np.testing.assert_allclose(
        photo_state.convolve(pixels, state),
        expected.numpy() / state.divisor - 20,
        atol=1e-3,
    )


def test_flat_areas_stay_flat_or_vanish():
    flat = np.full((5, 5), 100.0)
    for name, preset in photo_state.PRESETS.items():
        state = photo_state.change(photo_state.State(), "preset", name)
        left = 0 if state.is_signed else 100
        np.testing.assert_allclose(photo_state.convolve(flat, state), left, atol=1e-9)
        assert preset.hint in describe_output(flat, state)


def test_weights_are_numbered_row_by_row():
    state = photo_state.change(photo_state.State(), "weight5", -3.5)
    assert state.weights == (0, 0, 0, 0, 1, -3.5, 0, 0, 0)
    assert state.preset == "custom"


def test_colours_of_numbers():
    values = np.array([[-1000.0, 0, 1000]])
    grey = Image.open(io.BytesIO(draw(values, signed=False, zoom=2)))
    assert grey.size == (6, 2)
    assert list(grey.resize((3, 1), 0).tobytes()) == [0, 0, 255]
    blue, white, red = np.asarray(
        Image.open(io.BytesIO(draw(values, signed=True))).convert("RGB")
    )[0].astype(int)
    assert blue[2] > blue[0] + 50 and red[0] > red[2] + 50
    assert white.min() > 240 and np.ptp(white) <= 2


def test_caption_counts_clipped_numbers():
    output = np.array([[-5.0, 100, 300, 200]])
    assert "50%" in describe_output(output, photo_state.State())
    assert "from -5 to 300" in describe_output(output, photo_state.State())


def test_float_photo_means_the_same_as_integers():
    np.testing.assert_allclose(
        photo_state.as_pixels(PHOTO / 255), photo_state.as_pixels(PHOTO), atol=1e-4
    )


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


def test_editing_a_weight_makes_the_kernel_custom():
    widgets = photo_explorer(PHOTO).widgets
    widgets["preset"].value = "box blur"
    assert [widgets[f"weight{i}"].value for i in range(9)] == [1] * 9
    assert widgets["divisor"].value == 9
    widgets["weight0"].value = 4
    assert widgets["preset"].value == "custom"
    widgets["preset"].value = "box blur"
    assert widgets["weight0"].value == 1


def test_still_leaves_room_in_a_notebook_of_one_megabyte():
    noise = np.random.default_rng(0).integers(0, 256, (256, 256), dtype=np.uint8)
    bundle = photo_explorer(noise)._repr_mimebundle_()
    assert len(bundle["image/png"]) < 400_000
