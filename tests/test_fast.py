"""The fast network begins as it says, and six views are weighed as it says."""

import pytest
import torch
from fast_cifar10 import SixViews, weight_groups
from torch import nn

from course_utils.fast import FastCifarCNN, Muon, nearest_orthogonal, whiten


def test_what_whitens_makes_outputs_uncorrelated_and_equally_large():
    torch.manual_seed(0)
    images = torch.randn(40, 3, 12, 12).cumsum(dim=3)
    conv = nn.Conv2d(3, 24, 2)
    whiten(conv, images)
    half, other = (conv(images) - conv.bias.view(-1, 1, 1)).split(12, dim=1)
    torch.testing.assert_close(half, -other)
    covariance = half.transpose(0, 1).flatten(1).cov()
    torch.testing.assert_close(covariance, torch.eye(12), atol=2e-2, rtol=0)
    assert not conv.weight.requires_grad and conv.bias.requires_grad


@pytest.mark.parametrize("side", [17, 24, 32])
@pytest.mark.parametrize("residual", [False, True])
def test_it_takes_images_of_several_sizes(side, residual):
    model = FastCifarCNN(7, channels=(30, 8), residual=residual)
    assert model(torch.rand(2, 3, side, side)).shape == (2, 7)


def test_a_convolution_begins_by_copying_its_inputs():
    conv, maps = FastCifarCNN()[2], torch.randn(1, 24, 9, 9)
    torch.testing.assert_close(conv(maps)[:, :24], maps)
    plain = FastCifarCNN(identity=False)[2]
    assert not torch.allclose(plain(maps)[:, :24], maps, atol=0.1)


@pytest.mark.parametrize("residual", [False, True])
def test_each_weight_that_trains_is_in_one_group_and_decays_as_much(residual):
    model = FastCifarCNN(residual=residual)
    model[0].weight.requires_grad_(False)
    groups = weight_groups(model, 0.5, 0.01)
    found = [id(weight) for group in groups for weight in group["params"]]
    wanted = [id(weight) for weight in model.parameters() if weight.requires_grad]
    assert sorted(found) == sorted(wanted)
    assert [group["lr"] for group in groups] == [0.5, 32, 0.5 / 81]
    assert all(weight.ndim == 4 for weight in groups[0]["params"])  # Muon's matrices
    assert [g["lr"] * g["weight_decay"] for g in groups] == pytest.approx([0.005] * 3)


def moved(make_optimizer, steps=3):
    torch.manual_seed(0)
    layer = nn.Linear(5, 3)
    optimizer = make_optimizer([{"params": layer.parameters(), "lr": 0.1}])
    for _ in range(steps):
        optimizer.zero_grad()
        layer(torch.randn(4, 5)).square().sum().backward()
        optimizer.step()
    return layer.weight.detach()


def test_steps_that_are_not_orthogonal_are_those_of_sgd():
    how = {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}
    ours = moved(lambda groups: Muon([groups[0] | {"weight_decay": 0.1}], momentum=0.8))
    torch.testing.assert_close(ours, moved(lambda gs: torch.optim.SGD(gs, **how)))


@pytest.mark.parametrize("shape", [(16, 90), (90, 16), (12, 12)])
def test_an_orthogonal_matrix_keeps_its_directions(shape):
    u, values, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    found = u.T @ nearest_orthogonal(u * values.clamp_min(0.5) @ v) @ v.T
    assert found.diagonal().min() > 0.6 and found.diagonal().max() < 1.3
    torch.testing.assert_close(found, found.diagonal().diag(), atol=1e-4, rtol=0)


def test_an_orthogonal_step_is_as_long_in_each_direction_and_keeps_the_norm():
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 8, 3, bias=False)
    optimizer = Muon([{"params": [conv.weight], "lr": 0.1, "orthogonal": True}])
    conv(torch.randn(20, 3, 9, 9)).square().sum().backward()
    before = conv.weight.detach() * 8**0.5 / conv.weight.detach().norm()
    optimizer.step()
    lengths = torch.linalg.svdvals((conv.weight.detach() - before).flatten(1))
    assert 0.07 < lengths.min() and lengths.max() < 0.13


def test_weights_of_zeros_move_and_those_with_one_axis_are_refused():
    layer = nn.Linear(3, 2)
    nn.init.zeros_(layer.weight)
    group = {"params": [layer.weight], "lr": 0.1, "orthogonal": True}
    layer(torch.ones(1, 3)).sum().backward()
    Muon([group]).step()
    assert layer.weight.isfinite().all() and layer.weight.any()
    with pytest.raises(ValueError, match="holds a bias; expected matrices only"):
        Muon([group | {"params": layer.parameters()}])


class Corner(nn.Module):
    def forward(self, images):
        return images[:, :, 1, 1]


def test_the_image_itself_counts_twice():
    images = torch.arange(16.0).view(1, 1, 4, 4)
    # Its 5 and its mirror's 6; those of the two that are moved, 0 and 3, 10 and 9.
    expected = (2 * (5 + 6) + (0 + 3) + (10 + 9)) / 8
    assert SixViews(Corner())(images).item() == expected
