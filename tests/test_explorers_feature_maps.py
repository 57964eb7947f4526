"""The explorer of feature maps: pure functions over all layers, then its widgets."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from explorer_moves import random_data, small_network
from PIL import Image
from torch import nn

from course_utils.explorers.feature_maps import feature_map_explorer
from course_utils.explorers.feature_maps.picture import HEIGHT, WIDTH, draw
from course_utils.explorers.feature_maps.state import (
    SHEET,
    Seen,
    State,
    about_image,
    change,
    first_state,
    see,
    sentences,
)
from course_utils.explorers.inspected import COUNT, inspect
from course_utils.explorers.sheet import DOTS

MODEL, DATA = small_network(), random_data()
AMONG = inspect(MODEL, DATA)


def seen(maps: np.ndarray, chosen: int = 0) -> Seen:
    return Seen(maps, State(0, "0", chosen))


def test_maps_are_what_the_network_computes_from_normalised_images():
    model = small_network().eval()
    images = (DATA.test_images / 255 - 0.5) / 0.3
    for number, layer in enumerate(AMONG.layers):
        with torch.no_grad():
            expected = model[: number + 1](images)
        for image in range(len(images)):
            maps = see(State(image, layer, 0), AMONG).maps
            np.testing.assert_allclose(maps, expected[image], atol=1e-5)
            assert maps.shape == AMONG.layers[layer]


def test_every_state_draws_a_picture_of_the_same_size():
    for layer, (count, _, _) in AMONG.layers.items():
        for chosen in range(count):
            for over in (False, True):
                picture = draw(State(1, layer, chosen, over), AMONG)
                size = Image.open(io.BytesIO(picture)).size
                assert size == (WIDTH * DOTS, HEIGHT * DOTS)
    assert WIDTH <= 800


def test_the_chosen_map_stays_within_the_layer():
    state = change(State(0, "0", 3), "layer", "4", among=AMONG)
    assert state == State(0, "4", 0)
    assert change(state, "image", 7, among=AMONG) == replace(state, image=7)
    assert first_state(AMONG).layer == "1"


@pytest.mark.parametrize(
    ("maps", "chosen", "words"),
    [
        ([[[0, 2], [0, 0]], [[5, 0], [0, 0]]], 0, "largest at row 0, column 1: 2."),
        ([[[0, 2], [0, 0]], [[5, 0], [0, 0]]], 0, "75% of the numbers are 0"),
        ([[[0, 2], [0, 0]], [[5, 0], [0, 0]]], 1, "of all is in map 1."),
        ([[[0, 0], [0, 0]], [[5, 0], [0, 0]]], 0, "Map 0: 0 everywhere."),
        ([[[0, 0], [0, 0]], [[5, 0], [0, 0]]], 1, "1 map is 0 everywhere."),
        ([[[-1, 2], [0, -3]]], 0, "The only map: 50% of the numbers are negative"),
    ],
)
def test_sentences(maps, chosen, words):
    assert words in " ".join(sentences(seen(np.float32(maps), chosen)))


def test_one_scale_for_all_maps_with_a_sign_only_where_there_is_one():
    assert seen(np.zeros((2, 3, 3))).limit == 1
    assert seen(np.full((2, 3, 3), 4.0)).limit == 4
    assert not seen(np.full((2, 3, 3), 4.0)).signed
    assert seen(np.full((2, 3, 3), -4.0)).signed


def test_a_contact_sheet_holds_the_maps_around_the_chosen_one():
    many = np.zeros((300, 2, 2))
    assert seen(many, 0).on_sheet == range(SHEET)
    assert seen(many, SHEET).on_sheet == range(SHEET, 2 * SHEET)
    assert seen(many, 299).on_sheet == range(2 * SHEET, 300)


def test_it_says_what_the_image_is_and_what_the_network_says():
    for image in range(12):
        label, said = about_image(State(image, "0", 0), AMONG)
        assert label == f"test image {image}: {DATA.class_names[image % 3]}"
        assert DATA.class_names[AMONG.predicted[image]] in said


def test_images_come_from_all_over_the_test_split():
    numbers = inspect(MODEL, random_data(count=3 * COUNT)).numbers
    assert len(numbers) == COUNT == len(set(numbers))
    assert (numbers[0], numbers[-1]) == (0, 3 * COUNT - 1)


def test_training_goes_on_without_changing_what_is_shown():
    model = small_network().train()
    explorer = feature_map_explorer(model, DATA)
    before = explorer.widgets["picture"].value
    with torch.no_grad():
        model[0].weight.zero_()
    explorer.widgets["image"].value = 1
    explorer.widgets["image"].value = 0
    assert explorer.widgets["picture"].value == before
    assert all(module.training for module in model.modules())
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), "no layer of this Sequential"),
        (small_network()[:-1].append(nn.Linear(4, 5)), "5 logits but .* 3 classes"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(model, words):
    with pytest.raises(ValueError, match=words):
        feature_map_explorer(model, DATA)
