"""The explorer of Grad-CAM: pure functions over all states, then its widgets."""

import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from explorer_moves import random_data, small_network
from PIL import Image

from course_utils.data import Loader
from course_utils.evaluation import predict
from course_utils.explorers.grad_cam import grad_cam_explorer
from course_utils.explorers.grad_cam.picture import HEIGHT, WIDTH, draw, lit
from course_utils.explorers.grad_cam.state import (
    PREDICTED,
    TRUE,
    Found,
    State,
    change,
    find,
    first_state,
    places,
    sentences,
)
from course_utils.explorers.inspected import inspect
from course_utils.explorers.sheet import DOTS
from course_utils.inside import class_heat_maps

MODEL, DATA = small_network(), random_data()
AMONG = inspect(MODEL, DATA)
LOADER = Loader(DATA.test_images, DATA.test_targets, mean=DATA.mean, std=DATA.std)
SAID = predict(small_network(), LOADER)


def found(heat, *, target=0, explained=1, probabilities=(0.2, 0.7, 0.1)) -> Found:
    return Found(
        np.full((3, 8, 8), 200, np.uint8),
        5,
        target,
        explained,
        np.array(probabilities),
        np.float32(heat),
        ("shirt", "coat", "bag"),
        "0",
    )


def test_every_state_explains_the_class_it_names():
    images, _ = LOADER.batch(torch.arange(12))
    choices = (PREDICTED, TRUE, 0, 1, 2)
    for layer, explained, image in itertools.product(AMONG.layers, choices, range(12)):
        seen = find(State(layer, image, explained=explained), AMONG)
        special = {PREDICTED: SAID.predicted[image], TRUE: image % 3}
        assert seen.explained == special.get(explained, explained)
        assert (seen.predicted, seen.target) == (SAID.predicted[image], image % 3)
        heat = class_heat_maps(
            small_network(), images[[image]], [seen.explained], layer
        )
        np.testing.assert_allclose(seen.heat, heat[0], atol=1e-6)


def test_only_mistakes_are_the_mistakes():
    listed = places(State("0", mistakes=True), AMONG)
    assert listed == sorted(SAID.mistakes())
    assert 0 < len(listed) < 12
    for image in range(12):
        there = change(State("0", image), "mistakes", True, among=AMONG)
        later = [place for place in listed if place >= image]
        assert listed[there.place] == (later or listed[-1:])[0]
        if image in listed:
            back = change(there, "mistakes", False, among=AMONG)
            assert back == State("0", image)


def test_every_picture_has_the_same_size():
    for layer, explained in itertools.product(AMONG.layers, (PREDICTED, TRUE, 2)):
        picture = draw(State(layer, 3, explained=explained), AMONG)
        size = Image.open(io.BytesIO(picture)).size
        assert size == (WIDTH * DOTS, HEIGHT * DOTS)
    assert WIDTH <= 800


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (found([[1, 3], [0, 0]]), "says coat, 70% sure. Right would be shirt: 20%."),
        (found([[1, 3], [0, 0]], target=1), "says coat, 70% sure, and is right."),
        (found([[1, 3], [0, 0]]), "Half of the heat for coat lies in 1 of 4 cells."),
        (found([[1, 3], [0, 0]]), "Hottest: row 0, column 1, 3."),
        (found([[1, 1], [1, 1]]), "in 2 of 4 cells"),
        (found([[0, 0], [0, 0]]), "Nothing here speaks for coat"),
    ],
)
def test_sentences(seen, words):
    assert words in " ".join(sentences(seen))


def test_the_image_is_lit_where_it_is_hot():
    picture = lit(found([[0, 0], [0, 4]]))
    assert picture[:, -1, -1].tolist() == [200] * 3
    assert (picture[:, 0, 0] < 40).all()
    assert (lit(found([[0, 0], [0, 0]])) < 40).all()


def test_it_begins_with_a_mistake_in_the_last_convolution():
    assert first_state(AMONG) == State("4", mistakes=True)
    right = replace(DATA, test_targets=torch.as_tensor(SAID.predicted))
    explorer = grad_cam_explorer(MODEL, right)
    assert explorer.state == State("4")
    assert explorer.widgets["mistakes"].disabled
