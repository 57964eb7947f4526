"""Photographs reach the page pixel by pixel, and numbers in the right colours."""

import io
import re
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from course_utils.colours import MAGNITUDE, SIGNED
from course_utils.kit.page import photo
from course_utils.kit.photos import enlarge, paint
from course_utils.kit.scene import Scene, png, svg

RANDOM = np.random.default_rng(0)


def opened(file):
    return np.asarray(Image.open(io.BytesIO(file)))


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 28, 28), (1, 5, 9), (3, 64, 40)])
def test_a_picture_holds_the_pixels_themselves(shape):
    image = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    scene = Scene(90, 90, (photo(image, 3, 5, 80),))
    (href,) = re.findall(r"base64,([^\"]+)", svg(scene))
    np.testing.assert_array_equal(
        opened(b64decode(href)), np.moveaxis(image, 0, -1).squeeze()
    )


def test_pixels_get_whole_dots_and_stay_in_the_square():
    for shape in [(28, 28), (32, 32), (20, 28), (300, 7), (160, 160), (161, 80)]:
        placed = photo(RANDOM.integers(0, 256, (3, *shape), np.uint8), 10, 20, 80)
        height, width, _ = placed.pixels.shape
        assert 10 <= placed.x and placed.x + placed.width <= 90
        assert 20 <= placed.y and placed.y + placed.height <= 100
        assert (2 * placed.width % width, 2 * placed.height % height) == (0, 0)
        assert max(height, width) <= 160


def test_a_large_image_is_shrunk_to_the_means_of_its_pixels():
    image = np.zeros((1, 320, 320), np.uint8)
    image[:, ::2] = 200
    assert (photo(image, 0, 0, 80).pixels == 100).all()


def test_the_still_picture_shows_it_where_it_lies():
    image = np.array([[[255, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0], [255, 0]]])
    still = Image.open(
        io.BytesIO(png(Scene(60, 40, (photo(image.astype(np.uint8), 10, 0, 40),))))
    ).convert("RGB")
    corners = [still.getpixel((2 * x, 2 * y)) for x, y in [(20, 10), (20, 30), (5, 20)]]
    assert corners == [(255, 0, 0), (0, 0, 255), (255, 255, 255)]


def test_zero_is_white_and_ends_have_the_last_colours():
    blue, white, red = paint(np.array([-9.0, 0, 2]), 2, SIGNED).T.astype(int)
    assert blue[2] > blue[0] + 50 and red[0] > red[2] + 50
    assert white.min() > 240 and np.ptp(white) <= 2
    colours = paint(np.array([[-1.0, 0, 2, 7]]), 2, MAGNITUDE)
    assert colours.shape == (3, 1, 4) and colours.dtype == np.uint8
    assert (colours[..., 0] == colours[..., 1]).all()
    assert (colours[..., 2] == colours[..., 3]).all()


def test_numbers_are_repeated_or_interpolated():
    values = np.array([[0.0, 4]])
    assert enlarge(values, (2, 4), smooth=False).tolist() == [[0, 0, 4, 4]] * 2
    assert enlarge(values, (1, 4), smooth=True).tolist() == [[0, 1, 3, 4]]
