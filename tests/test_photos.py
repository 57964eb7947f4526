"""Photographs reach the page pixel by pixel, and numbers in the right colours."""

import io
import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explorer_moves import GREY, SAID, random_data, settings, small_network
from PIL import Image
from text_room import labels_of, outside

from course_utils.chapters.cifar10.confusion import confusion_explorer
from course_utils.chapters.cifar10.learning_curves import learning_curve_explorer
from course_utils.chapters.data_augmentation.augmentation import augmentation_explorer
from course_utils.chapters.fashion_mnist.mistakes import mistake_explorer
from course_utils.chapters.improving_cifar10.feature_maps import feature_map_explorer
from course_utils.chapters.improving_cifar10.grad_cam import grad_cam_explorer
from course_utils.chapters.start_here.looking import looking_explorer
from course_utils.chapters.your_own_pictures.calibration import plot_reliability
from course_utils.chapters.your_own_pictures.own_pictures import photo_network
from course_utils.chapters.your_own_pictures.seen import seen_explorer
from course_utils.colours import MAGNITUDE, SIGNED
from course_utils.fast import Muon
from course_utils.kit.page import photo
from course_utils.kit.photos import enlarge, paint
from course_utils.kit.scene import Scene, png, svg
from course_utils.kit.shipped import trained_network
from course_utils.training import History
from course_utils.transfer import Known, trunk_of

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 28, 28), (1, 5, 9), (3, 64, 40)])
def test_a_picture_holds_the_pixels_themselves(shape):
    image = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    scene = Scene(90, 90, (photo(image, 3, 5, 80),))
    (href,) = re.findall(r"base64,([^\"]+)", svg(scene))
    found = Image.open(io.BytesIO(b64decode(href)))
    np.testing.assert_array_equal(found, np.moveaxis(image, 0, -1).squeeze())


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


RUN = History([3, 2.0, 1, 1], [0.1] * 4, [3, 2, 2.5, 3], [0.1] * 4, [1.0] * 4)
EXPLORERS = {
    "mistakes": lambda names: mistake_explorer(GREY, SAID, names, title=names[0]),
    "confusion": lambda names: confusion_explorer(GREY, SAID, names, title=names[0]),
    "augmentation": lambda names: augmentation_explorer(GREY[:3], names),
    "curves": lambda names: learning_curve_explorer(dict.fromkeys(names, RUN)),
    "maps": lambda names: feature_map_explorer(small_network(), data(names)),
    "heat": lambda names: grad_cam_explorer(small_network(), data(names)),
}


def data(names):
    return replace(random_data(), class_names=names)


@pytest.mark.filterwarnings("ignore:no font")
@pytest.mark.parametrize(
    "names",
    [
        ("$5 to $10", "<b>&\"'</b>", "a\\foo_b"),
        ("a name that is very long " * 20, "고양이" * 40, "x\n\t\x00\udcffy"),
        ("", "cat", "cat "),
    ],
    ids=["signs", "long", "alike"],
)
@pytest.mark.parametrize("name", EXPLORERS)
def test_explorers_take_names_as_people_give_them(name, names):
    first = EXPLORERS[name](names).state
    assert png(first.scene())
    for control in first.controls():
        for value in settings(first, control):
            scene = first.after(control, value).scene()
            ElementTree.fromstring(svg(scene))
            assert not outside(scene), f"{control} = {value!r}"


def test_photographs_of_a_phone_are_refused_with_what_to_do():
    photos = np.zeros((90, 3, 1, 1), np.uint8)
    large = np.broadcast_to(photos, (90, 3, 3000, 4000))
    whole = torch.zeros(1, 3, 1, 1, dtype=torch.uint8).expand(3, 3, 3000, 4000)
    own = replace(random_data(), test_images=whole, test_targets=torch.arange(3))
    for show in (
        lambda: mistake_explorer(large, SAID, "abc"),
        lambda: augmentation_explorer(large[:2]),
        lambda: grad_cam_explorer(small_network(), own),
    ):
        with pytest.raises(ValueError, match=r"3000 × 4000 .*images\[..., ::8, ::8\]"):
            show()


def test_an_explorer_says_that_it_shows_a_part():
    layers = torch.nn.Conv2d(3, 200, 8), torch.nn.Flatten(), torch.nn.Linear(200, 30)
    network = torch.nn.Sequential(*layers)
    own = data([f"class {n}" for n in range(30)])
    scene = feature_map_explorer(network, own).state.after("chosen", 199).scene()
    texts = [label.text for label in labels_of(scene)]
    assert "layer 0: maps 128 to 199 of the 200 maps of 1 × 1" in texts
    scene = grad_cam_explorer(network, own).state.scene()
    assert "the 10 likeliest" in [label.text for label in labels_of(scene)]


KNOWN = Known(("ant", "bee", "cat"), [0.5] * 3, [0.25] * 3, 16)
PHOTOS = np.zeros((3, 3, 16, 16), np.uint8)
FLAT = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 3))


def test_explorers_of_networks_take_lists_and_tensors():
    numbers = torch.tensor([0, 1, 2])
    first = seen_explorer(photo_network(3), PHOTOS, numbers, KNOWN).state
    assert "shows ant" in first.scene().description
    digits = np.zeros((3, 1, 28, 28), np.uint8)
    looking = looking_explorer(trained_network(), digits, [*"abcdefghij"], numbers)
    assert looking.state.targets == [0, 1, 2]
    first = seen_explorer(photo_network(3), PHOTOS, [*numbers.numpy()], KNOWN).state
    assert first.targets == [0, 1, 2]


@pytest.mark.parametrize(
    ("show", "words"),
    [
        (lambda: grad_cam_explorer(small_network(), PHOTOS), "data is .*load_image_fo"),
        (lambda: seen_explorer(FLAT, PHOTOS, [0, 1, 2], KNOWN), "another size"),
        (lambda: seen_explorer(FLAT, PHOTOS, [0, 1, 2], {}), "known is .*a Known"),
        (lambda: seen_explorer(photo_network(3), GREY, [0], KNOWN), "N, 3, H, W"),
        (lambda: seen_explorer(photo_network(3), PHOTOS, [0, 1, 3], KNOWN), "holds 3"),
        (lambda: seen_explorer(photo_network(4), PHOTOS, [0, 1, 2], KNOWN), "class_na"),
        (lambda: plot_reliability({"a": [(30, 25, 9)]}, title=""), "from 0 to 1"),
        (lambda: plot_reliability([(0.3, 0.2, 9)], title=""), "expected a dict"),
        (lambda: trunk_of(small_network()), "expected a FastCifarCNN"),
        (lambda: Muon(small_network().parameters()), "without .lr."),
    ],
    ids=range(10),
)
def test_what_people_bring_is_told(show, words):
    with pytest.raises((TypeError, ValueError), match=words):
        show()
