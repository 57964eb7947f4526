"""The fast network begins as it says, and six views are weighed as it says."""

import pytest
import torch
from torch import nn

from course_utils.fast import FastCifarCNN, SixViews, weight_groups, whiten


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
def test_it_takes_images_of_several_sizes(side):
    assert FastCifarCNN(7)(torch.rand(2, 3, side, side)).shape == (2, 7)


def test_a_convolution_begins_by_copying_its_inputs():
    conv, maps = FastCifarCNN()[2], torch.randn(1, 24, 9, 9)
    torch.testing.assert_close(conv(maps)[:, :24], maps)
    plain = FastCifarCNN(identity=False)[2]
    assert not torch.allclose(plain(maps)[:, :24], maps, atol=0.1)


def test_each_weight_that_trains_is_in_one_group_and_decays_as_much():
    model = FastCifarCNN()
    model[0].weight.requires_grad_(False)
    groups = weight_groups(model, 0.5, 0.01)
    found = [id(weight) for group in groups for weight in group["params"]]
    wanted = [id(weight) for weight in model.parameters() if weight.requires_grad]
    assert sorted(found) == sorted(wanted)
    assert [group["lr"] for group in groups] == [0.5, 32, 0.5 / 81]
    assert [g["lr"] * g["weight_decay"] for g in groups] == pytest.approx([0.005] * 3)


class Corner(nn.Module):
    def forward(self, images):
        return images[:, :, 1, 1]


def test_the_image_itself_counts_twice():
    images = torch.arange(16.0).view(1, 1, 4, 4)
    # Its 5 and its mirror's 6; those of the two that are moved, 0 and 3, 10 and 9.
    expected = (2 * (5 + 6) + (0 + 3) + (10 + 9)) / 8
    assert SixViews(Corner())(images).item() == expected
