"""The explorer of augmentation: what it shows is what its captions say."""

import io
import itertools
import re

import numpy as np
import pytest
import torch
from PIL import Image
from text_room import FONTS
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as torchvision

from course_utils.explorers.augmentation import augmentation_explorer
from course_utils.explorers.augmentation.changes import CHANGES
from course_utils.explorers.augmentation.picture import (
    COLUMN,
    COLUMNS,
    HEIGHT,
    LEFT,
    SIDE,
    TOP,
    WIDTH,
    draw,
)
from course_utils.explorers.augmentation.pictures import (
    MOST,
    as_pictures,
    own_pictures,
)
from course_utils.explorers.augmentation.state import (
    DRAWS,
    SEEDS,
    State,
    change,
    eight_draws,
    headline,
    luck,
)
from course_utils.explorers.sheet import DOTS

SHAPES = [(3, 32, 32), (1, 28, 28), (3, 12, 20), (1, 1, 1)]
RANDOM = np.random.default_rng(0)
PICTURES = {
    shape: as_pictures(RANDOM.integers(0, 256, (2, *shape), dtype=np.uint8), None)
    for shape in SHAPES
}
STATES = [
    State(name, strength, image, seed)
    for name, own in CHANGES.items()
    for strength in (0, 1, own.start, own.most)
    for image, seed in ((0, 0), (1, SEEDS - 1))
]


def opened(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def numbers(caption: str) -> list[float]:
    return [float(n) for n in re.findall(r"[-+]?\d+\.?\d*", caption.replace("−", "-"))]


def shift(caption: str) -> list[int]:
    """How far right and how far down a caption says."""
    said = {word: int(n) for word, n in re.findall(r"(\w+) (\d+)", caption)}
    return [
        said.get("right", 0) - said.get("left", 0),
        said.get("down", 0) - said.get("up", 0),
    ]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_state_changes_the_picture_and_says_how(shape):
    pictures = PICTURES[shape]
    for state in STATES:
        images, captions = eight_draws(state, pictures)
        side = min(shape[1:])
        sides = (side, side) if state.change == "crop with padding" else shape[1:]
        assert images.shape == (DRAWS, shape[0], *sides) and images.dtype == np.uint8
        assert len(captions) == DRAWS and all(captions)
        if state.strength == 0 and side == max(shape[1:]):
            close = np.abs(images.astype(int) - pictures.images[state.image]) <= 1
            assert close.all(), state


def own_image(shape):
    return torch.tensor(PICTURES[shape].images[0])


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", ["crop with padding", "translation"])
def test_shifts_are_as_the_captions_say(name, seed):
    state = State(name, CHANGES[name].most, 0, seed)
    for shape in SHAPES[:2]:
        images, captions = eight_draws(state, PICTURES[shape])
        for found, caption in zip(images, captions, strict=True):
            expected = torchvision.affine(
                own_image(shape), 0, shift(caption), 1, [0, 0]
            )
            np.testing.assert_array_equal(found, expected.numpy())


@pytest.mark.parametrize(
    ("name", "flip"),
    [
        ("horizontal flip", torchvision.horizontal_flip),
        ("vertical flip", torchvision.vertical_flip),
    ],
)
def test_flips_are_as_the_captions_say(name, flip):
    image = own_image(SHAPES[2])
    images, captions = eight_draws(State(name, 50, 0, 3), PICTURES[SHAPES[2]])
    assert {*captions} >= {"as it was"} and len({*captions}) == 2
    for found, caption in zip(images, captions, strict=True):
        expected = image if caption == "as it was" else flip(image)
        np.testing.assert_array_equal(found, expected.numpy())


def test_rotations_are_as_the_captions_say():
    image = own_image(SHAPES[2]) / 255
    images, captions = eight_draws(State("rotation", 180, 0, 3), PICTURES[SHAPES[2]])
    for found, caption in zip(images, captions, strict=True):
        degrees = numbers(caption)[0] * (1 if "anticlockwise" in caption else -1)
        expected = torchvision.rotate(image, degrees, InterpolationMode.BILINEAR)
        assert np.abs(found - 255 * expected.numpy()).max() < 1


@pytest.mark.parametrize("shape", SHAPES[:2], ids=str)
def test_colours_are_as_the_captions_say(shape):
    images, captions = eight_draws(State("colour jitter", 40, 0, 3), PICTURES[shape])
    for found, caption in zip(images, captions, strict=True):
        said = numbers(caption)
        assert len(said) == (4 if shape[0] == 3 else 2)
        expected = torchvision.adjust_brightness(own_image(shape) / 255, said[0])
        expected = torchvision.adjust_contrast(expected, said[1])
        if shape[0] == 3:
            expected = torchvision.adjust_saturation(expected, said[2])
            expected = torchvision.adjust_hue(expected, said[3] / 360)
        # Captions have two decimals.
        assert np.abs(found - 255 * expected.numpy()).max() < 8


def test_cutouts_are_as_the_captions_say():
    shape = SHAPES[2]
    images, captions = eight_draws(State("cutout", 50, 0, 3), PICTURES[shape])
    size = 6
    for found, caption in zip(images, captions, strict=True):
        row, column, percent = map(int, numbers(caption))
        expected = own_image(shape).numpy().copy()
        rows = slice(max(0, row - size // 2), max(0, row + size // 2))
        columns = slice(max(0, column - size // 2), max(0, column + size // 2))
        expected[:, rows, columns] = 0
        np.testing.assert_array_equal(found, expected)
        hidden = np.zeros(shape[1:])
        hidden[rows, columns] = 1
        assert percent == round(100 * hidden.mean())


def test_draws_differ_and_a_seed_repeats_them():
    state = torch.get_rng_state()
    for name, own in CHANGES.items():
        states = (State(name, own.start, 0, seed) for seed in (0, 1))
        shown = [eight_draws(each, own_pictures()) for each in states]
        again = eight_draws(State(name, own.start, 0, 0), own_pictures())
        np.testing.assert_array_equal(shown[0][0], again[0])
        assert shown[0][1] == again[1] != shown[1][1]
        assert len({*again[1]}) >= (2 if "flip" in name else 5)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_stronger_change_is_more_of_the_same():
    def shifts(percent: int) -> np.ndarray:
        state = State("translation", percent)
        return np.array([shift(c) for c in eight_draws(state, own_pictures())[1]])

    np.testing.assert_allclose(shifts(60), 2 * shifts(30), atol=1.5)


def test_seeds_are_even():
    together = torch.cat([luck(seed).flatten() for seed in range(SEEDS)])
    assert 0 <= together.min() and together.max() < 1
    assert together.mean().item() == pytest.approx(0.5, abs=0.02)


def test_another_change_begins_with_its_own_strength():
    state = change(State(strength=180, image=2, seed=5), "change", "cutout")
    assert state == State("cutout", CHANGES["cutout"].start, 2, 5)
    assert change(state, "strength", 7) == State("cutout", 7, 2, 5)


def test_headlines_say_the_strength():
    assert headline(State("rotation", 45)) == (
        "Rotation: turned about its centre by up to 45° to either side"
    )
    assert headline(State("colour jitter", 50)).endswith("± 50 %, hue ± 90°")
    for name, own in CHANGES.items():
        assert str(own.most) in headline(State(name, own.most))


def test_all_words_have_room():
    from PIL import ImageFont

    def wide(text, size, bold=False):
        name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
        return ImageFont.truetype(FONTS / name, size).getlength(text)

    for state in STATES:
        assert wide(headline(state), 16, bold=True) < WIDTH
        assert max(wide(line, 14) for line in CHANGES[state.change].safety) < WIDTH
        _, captions = eight_draws(state, own_pictures())
        lines = list(itertools.chain.from_iterable(c.splitlines() for c in captions))
        assert max(wide(line, 12) for line in lines) <= COLUMN - 4, lines
        assert all(len(caption.splitlines()) <= 2 for caption in captions)
    assert LEFT + COLUMNS * COLUMN <= WIDTH <= 800


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (3, 256, 200)], ids=str)
def test_the_changed_pictures_are_drawn_in_reading_order(shape):
    pictures = as_pictures(np.full((1, *shape), 200, np.uint8), None)
    state = State("colour jitter", 60)
    images, _ = eight_draws(state, pictures)
    picture = opened(draw(state, pictures))
    assert picture.shape == (HEIGHT * DOTS, WIDTH * DOTS, 3)
    middles = ((np.arange(COLUMNS) + 0.5) * COLUMN + LEFT) * DOTS
    drawn = picture[(TOP + SIDE // 2) * DOTS, middles.astype(int)]
    middle = images[:COLUMNS, :, shape[1] // 2, shape[2] // 2]
    np.testing.assert_array_equal(drawn, np.broadcast_to(middle, drawn.shape))


def test_own_pictures_show_what_a_label_does_not_survive():
    pictures = own_pictures()
    assert pictures.images.shape == (4, 3, 64, 64)
    six, b = pictures.images[:2]
    for character in (six, b):
        light = (character[0] > 128).mean()
        assert 0.1 < light < 0.5
        mirrored = character[:, :, ::-1]
        assert (np.abs(mirrored.astype(int) - character) > 64).mean() > 0.05
    assert [name.split()[-1] for name in pictures.names[:2]] == ["6", "b"]


@pytest.mark.parametrize(
    ("images", "names", "match"),
    [
        (np.zeros((2, 28, 28), np.uint8), None, r"\(2, 28, 28\).*\(N, 1, H, W\)"),
        (np.zeros((2, 4, 8, 8), np.uint8), None, r"\(2, 4, 8, 8\)"),
        (np.zeros((2, 1, 8, 8)), None, "float64; expected .* uint8"),
        (np.zeros((0, 1, 8, 8), np.uint8), None, "0 images; choose 1 to"),
        (np.zeros((MOST + 1, 1, 8, 8), np.uint8), None, r"images\[:8\]"),
        (np.zeros((2, 1, 8, 8), np.uint8), ["a"], "2 images but 1 names"),
        (None, ["a"], "names, but no images"),
    ],
)
def test_what_cannot_be_shown_is_refused(images, names, match):
    with pytest.raises(ValueError, match=match):
        augmentation_explorer(images, names)


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_controls_follow_one_another(kind):
    images = kind(PICTURES[1, 28, 28].images)
    explorer = augmentation_explorer(images, ["shirt", "shirt"])
    widgets = explorer.widgets
    assert widgets["image"].options == (("shirt", 0), ("shirt", 1))
    for name, own in CHANGES.items():
        widgets["change"].value = name
        strength = widgets["strength"]
        assert (strength.max, strength.value) == (own.most, own.start)
        assert strength.description == own.unit
        for value in (0, own.most):
            strength.value = value
            assert explorer.error.value == "" and explorer.state.strength == value
    widgets["image"].value = 1
    widgets["seed"].value = 7
    assert explorer.state == State(name, own.most, 1, 7)
    assert explorer.error.value == ""
