"""Grad-CAM explains the class that is asked for, and lights the image by its heat."""

import copy
import itertools
from dataclasses import replace

import numpy as np
import torch
from explorer_moves import random_data, small_network

from course_utils.chapters.improving_cifar10.grad_cam import grad_cam_explorer
from course_utils.evaluation import class_heat_maps, predict

ARGUMENTS = MODEL, DATA = small_network(), random_data()
SAID = predict(MODEL, DATA.loader("test"))
FIRST_CAM = grad_cam_explorer(MODEL, DATA).state
CORNER = [[1, 3], [0, 0]]
ALL = replace(FIRST_CAM, mistakes=False, layer="0")


def found(heat, *, target=0):
    """Return a state with this heat for class 1, which the network names."""
    inside = copy.copy(FIRST_CAM.inside)
    inside.said = lambda image: np.array([0.2, 0.7, 0.1])
    inside.heat = lambda image, number, layer: np.float32(heat)
    inside.image = lambda image: np.full((3, 8, 8), 200, np.uint8)
    inside.target = lambda image: target
    return replace(ALL, inside=inside)


SAYS = [
    (found(CORNER), "says coat, 70% sure. Right would be shirt: 20%."),
    (found(CORNER, target=1), "says coat, 70% sure, and is right."),
    (found(CORNER), "Half of the heat for coat lies in 1 of 4 cells."),
    (found(CORNER), "Hottest: row 0, column 1, 3."),
    (found([[1, 1], [1, 1]]), "in 2 of 4 cells"),
    (found([[0, 0], [0, 0]]), "Nothing here speaks for coat"),
]


def test_every_state_explains_the_class_it_names():
    images, _ = DATA.loader("test").batch(torch.arange(12))
    choices = FIRST_CAM.inside.layers, (-1, -2, 0, 1, 2), range(12)
    for layer, explained, place in itertools.product(*choices):
        state = replace(ALL, layer=layer, place=place, explained=explained)
        special = {-1: SAID.predicted[place], -2: place % 3}
        assert state.number == special.get(explained, explained)
        assert (state.predicted, state.target) == (SAID.predicted[place], place % 3)
        heat = class_heat_maps(MODEL, images[[place]], [state.number], layer)
        np.testing.assert_allclose(state.heat, heat[0], atol=1e-6)


def test_only_mistakes_are_the_mistakes():
    listed = FIRST_CAM.listed
    assert listed == sorted(SAID.mistakes()) and 0 < len(listed) < 12
    for place in range(12):
        state = replace(ALL, place=place)
        there = state.after("mistakes", True)
        later = [image for image in listed if image >= place]
        assert there.image == (later or listed[-1:])[0]
        assert place not in listed or there.after("mistakes", False) == state
        assert state.after("mistakes", False) == state


def test_the_image_is_lit_where_it_is_hot():
    lit = found([[0, 0], [0, 4]]).lit
    assert lit[:, -1, -1].tolist() == [200] * 3 and (lit[:, 0, 0] < 40).all()
    assert (found([[0, 0], [0, 0]]).lit < 40).all()


def test_it_begins_with_a_mistake_in_the_last_convolution():
    assert (FIRST_CAM.layer, FIRST_CAM.place, FIRST_CAM.mistakes) == ("4", 0, True)
    right = replace(DATA, test_targets=torch.as_tensor(SAID.predicted))
    explorer = grad_cam_explorer(MODEL, right)
    assert not explorer.state.mistakes and explorer.widgets["mistakes"].disabled
