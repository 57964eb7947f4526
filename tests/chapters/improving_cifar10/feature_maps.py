"""The maps are what the network computes, and the words say what they show."""

import copy
from dataclasses import replace

import numpy as np
import torch
from explorer_moves import random_data, small_network
from torch import nn

from course_utils.chapters.improving_cifar10 import feature_maps
from course_utils.chapters.improving_cifar10.inspected import Inspected
from course_utils.colours import MAGNITUDE, SIGNED

ARGUMENTS = MODEL, DATA = small_network(), random_data()
FIRST_MAPS = feature_maps.feature_map_explorer(MODEL, DATA).state
TWO, ONE = [[[0, 2], [0, 0]], [[5, 0], [0, 0]]], [[[0, 0], [0, 0]], [[5, 0], [0, 0]]]


def shown(maps, chosen=0):
    """Return a state with these maps."""
    inside = copy.copy(FIRST_MAPS.inside)
    inside.maps = lambda image, layer: np.float32(maps)
    return replace(FIRST_MAPS, chosen=chosen, inside=inside)


SAYS = [
    (shown(TWO), "largest at row 0, column 1: 2."),
    (shown(TWO), "75% of the numbers are 0"),
    (shown(TWO, 1), "of all is in map 1."),
    (shown(ONE), "Map 0: 0 everywhere."),
    (shown(ONE, 1), "1 map is 0 everywhere."),
    (shown([[[-1, 2], [0, -3]]]), "The only map: 50% of the numbers are negative"),
]
REFUSED = [
    ("no layer of this Seq", [nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), DATA]),
    ("5 logits but .* 3 classes", [MODEL[:-1].append(nn.Linear(4, 5)), DATA]),
]


def test_maps_are_what_the_network_computes_from_normalised_images():
    images = (DATA.test_images / 255 - 0.5) / 0.5
    for number, (layer, shape) in enumerate(FIRST_MAPS.inside.layers.items()):
        expected = small_network().eval()[: number + 1](images).detach()
        for image in range(len(images)):
            maps = replace(FIRST_MAPS, image=image, layer=layer).maps
            np.testing.assert_allclose(maps, expected[image], atol=1e-5)
            assert maps.shape == shape


def test_it_begins_after_the_first_relu_and_stays_within_the_layer():
    assert FIRST_MAPS.layer == "1"
    assert FIRST_MAPS.map.mean() == FIRST_MAPS.maps.mean(axis=(1, 2)).max()
    assert FIRST_MAPS.after("chosen", 3).after("layer", "4").chosen == 0


def test_one_scale_for_all_maps_with_a_sign_only_where_there_is_one():
    for value, limit in {0: 1, 4: 4, -4: 4}.items():
        state = shown(np.full((2, 3, 3), value))
        colours = SIGNED if value < 0 else MAGNITUDE
        assert (state.limit, state.colours) == (limit, colours)


def test_a_contact_sheet_holds_the_maps_around_the_chosen_one():
    many = np.zeros((300, 2, 2))
    assert shown(many, 127).on_sheet == range(128)
    assert shown(many, 299).on_sheet == range(256, 300)
    pictures = np.arange(5, dtype=np.uint8)[None, :, None, None] * np.ones((3, 1, 9, 8))
    sheet, share = feature_maps.contact_sheet(pictures, 3)
    assert sheet.shape == (3, 20, 30) and share == 0.9
    np.testing.assert_array_equal(sheet[0, ::10, ::10], [[0, 1, 2], [3, 4, 255]])


def test_training_goes_on_without_changing_what_is_shown():
    model = small_network().train()
    state = feature_maps.feature_map_explorer(model, DATA).state
    with torch.no_grad():
        model[0].weight.zero_()
    maps = replace(state, image=1).maps
    np.testing.assert_array_equal(maps, FIRST_MAPS.inside.maps(1, "1"))
    assert all(module.training for module in model.modules())
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_images_come_from_all_over_the_test_split():
    numbers = Inspected(MODEL, random_data(900)).numbers
    assert (len(set(numbers)), numbers[0], numbers[-1]) == (300, 0, 899)
