"""The networks have the weights, the sizes and the layers that the course says."""

import pytest
import torch

from course_utils.models import (
    FashionANN,
    FashionCNN,
    SmallFashionCNN,
    count_parameters,
)


@pytest.mark.parametrize(
    ("model", "parameters"),
    [(FashionANN, 101_770), (FashionCNN, 360_458), (SmallFashionCNN, 21_840)],
)
def test_parameters_and_logits(model, parameters):
    network = model()
    assert count_parameters(network) == parameters
    assert network(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


@pytest.mark.parametrize(
    ("model", "sides"),
    [(FashionCNN, [13, 6, 2]), (SmallFashionCNN, [24, 12, 8, 4])],
)
def test_maps_shrink_as_the_course_says(model, sides):
    maps, seen = torch.zeros(1, 1, 28, 28), []
    for layer in model():
        maps = layer(maps)
        if maps.ndim == 4 and maps.shape[-1] not in seen:
            seen.append(maps.shape[-1])
    assert seen == sides


def test_frozen_weights_are_not_counted():
    model = FashionANN()
    model[1].weight.requires_grad_(False)
    assert count_parameters(model) == 101_770 - 784 * 128
