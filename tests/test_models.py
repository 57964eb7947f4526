"""The networks have the weights, the sizes and the layers that the course says."""

import pytest
import torch
from torch import nn

from course_utils.models import (
    FashionANN,
    FashionCNN,
    SmallFashionCNN,
    count_parameters,
    trace_shapes,
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


def test_shapes_are_those_that_the_layers_give_one_by_one():
    maps, expected = torch.zeros(3, 1, 28, 28), []
    model = SmallFashionCNN()
    for layer in model:
        maps = layer(maps)
        expected.append((type(layer).__name__, tuple(maps.shape)))
    assert trace_shapes(model, torch.zeros(3, 1, 28, 28)) == expected


class Twice(nn.Module):
    """Calls its parts in another order than it made them, one of them twice."""

    def __init__(self):
        super().__init__()
        self.narrow = nn.Linear(4, 2)
        self.blocks = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 4))

    def forward(self, images):
        return self.narrow(self.blocks(self.blocks(images)))


def test_shapes_come_in_the_order_of_the_calls():
    names = [name for name, _ in trace_shapes(Twice(), torch.zeros(1, 4))]
    assert names == ["Sequential", "Sequential", "Linear"]


def test_tracing_leaves_the_model_and_the_random_state_alone():
    model, images = Twice(), torch.ones(5, 4)
    model.blocks[0].eval()
    modes = [part.training for part in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    trace_shapes(model, images)
    assert [part.training for part in model.modules()] == modes
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(part._forward_hooks for part in model.modules())
