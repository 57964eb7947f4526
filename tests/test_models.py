"""The networks have the weights, the sizes and the layers that the course says."""

from functools import partial

import pytest
import torch
from torch import nn

from course_utils.kit.networks import multiplications
from course_utils.models import (
    CifarCNN,
    DeepCifarCNN,
    FashionANN,
    FashionCNN,
    ResidualBlock,
    ResNet,
    SmallFashionCNN,
    block_cnn,
    count_parameters,
    trace_shapes,
)
from course_utils.training import fit

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
NETWORKS = [
    (FashionANN, 101_770, GREY, []),
    (FashionCNN, 360_458, GREY, [13, 6, 2]),
    (SmallFashionCNN, 21_840, GREY, [24, 12, 8, 4]),
    (CifarCNN, 1_284_170, COLOUR, [15, 7, 3]),
    (DeepCifarCNN, 2_396_330, COLOUR, [32, 16, 8, 4]),
    (partial(DeepCifarCNN, batch_norm=False), 2_395_434, COLOUR, [32, 16, 8, 4]),
    (partial(DeepCifarCNN, max_pool=False), 2_396_330, COLOUR, [32, 16, 8, 4]),
    (partial(DeepCifarCNN, pooled=True), 289_194, COLOUR, [32, 16, 8, 4, 1]),
    (ResNet, 269_722, COLOUR, [32, 16, 8, 1]),
    (partial(ResNet, shortcut="projection"), 272_474, COLOUR, [32, 16, 8, 1]),
    (partial(ResNet, shortcut="none"), 269_722, COLOUR, [32, 16, 8, 1]),
    (partial(ResNet, depth=56, stride=2), 853_018, COLOUR, [16, 8, 4, 1]),
    (block_cnn, 32_250, GREY, [14, 7]),
    (partial(block_cnn, "conv relu"), 32_058, GREY, [14, 7]),
]


@pytest.mark.parametrize(("model", "parameters", "image", "sides"), NETWORKS)
def test_networks_are_as_large_as_the_course_says(model, parameters, image, sides):
    network = model()
    assert count_parameters(network) == parameters
    shapes = [shape for _, shape in trace_shapes(network, torch.zeros(3, *image))]
    assert shapes[-1] == (3, 10)
    seen = dict.fromkeys(shape[-1] for shape in shapes if len(shape) == 4)
    assert list(seen) == (sides or list(seen))


def test_batch_norm_keeps_a_mean_and_a_variance_for_each_map():
    buffers = dict(DeepCifarCNN().named_buffers())
    running = [name for name in buffers if "running" in name]
    assert sum(buffers[name].numel() for name in running) == 896
    assert not dict(DeepCifarCNN(batch_norm=False).named_buffers())


def test_a_resnet_does_the_work_of_a_network_nine_times_as_large():
    work = [multiplications(m(), COLOUR) for m in (ResNet, DeepCifarCNN)]
    assert work == [40_551_040, 40_740_864]


@pytest.mark.parametrize("shortcut", ["projection", "pad", "none"])
@pytest.mark.parametrize(("channels", "stride"), [(3, 1), (4, 1), (3, 2), (4, 2)])
def test_a_block_adds_what_its_branch_makes_of_the_input(shortcut, channels, stride):
    torch.manual_seed(0)
    images = torch.randn(5, 3, 7, 6)
    block = ResidualBlock(3, channels, stride, shortcut=shortcut)
    beginning = block(images)
    assert beginning.shape == (5, channels, -(-7 // stride), -(-6 // stride))
    if shortcut == "none":
        assert torch.equal(beginning, block.branch(images).relu())
        return
    around = block.shortcut(images)
    assert torch.equal(beginning, around.relu())  # at first the branch adds nothing
    nn.init.constant_(block.branch[-1].weight, 2.0)
    assert torch.equal(block(images), (block.branch(images) + around).relu())
    if shortcut == "pad":
        assert torch.equal(around[:, :3], images[:, :, ::stride, ::stride])
        assert not around[:, 3:].any()


def test_a_gradient_of_any_depth_reaches_the_first_layer_as_it_came():
    first_size = nn.Sequential(*list(ResNet(depth=56, width=4))[3:12])
    maps = torch.rand(2, 4, 4, 4, requires_grad=True)
    first_size(maps).sum().backward()
    assert torch.equal(maps.grad, torch.ones_like(maps))


def test_what_makes_no_residual_network_is_refused():
    with pytest.raises(ValueError, match="cannot take 2 channels away"):
        ResidualBlock(4, 2, shortcut="pad")
    with pytest.raises(ValueError, match="depth is 18; expected 6n"):
        ResNet(depth=18)


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


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_lazy_layers_are_refused_until_they_have_sizes():
    model, images = nn.Sequential(nn.LazyLinear(2)), torch.zeros(1, 4)
    statistics = nn.Sequential(nn.LazyBatchNorm1d(affine=False), nn.Linear(4, 2))
    with pytest.raises(ValueError, match="has lazy layers"):
        count_parameters(statistics)
    for use, given in ((trace_shapes, [images]), (count_parameters, []), (fit, [[]])):
        options = {"epochs": 1} if use is fit else {}
        with pytest.raises(ValueError, match=r"has lazy layers.*model\(images\) once"):
            use(model, *given, **options)


class Keeping(nn.Linear):
    """Keeps what it computed, as many do to look at it."""

    def forward(self, images):
        self.seen = super().forward(images)
        return self.seen


class Rows(nn.Module):
    def forward(self, images):
        return images.view(-1, 40)


@pytest.mark.parametrize(
    ("model", "advice"),
    [
        (nn.Linear(5, 2), r"view\(x.size\(0\), -1\); images of another size"),
        (nn.BatchNorm2d(7), r"3 elements not 7\.$"),
        (nn.Module(), r'"forward" function\.$'),
        (Keeping(4, 2), r"weight_norm does: keep x\.detach\(\)\. Or it was pruned"),
        (Rows(), r"input of size 96\. Flatten by view\(x\.size\(0\), -1\): 48 feat.*"),
        (nn.MaxPool2d(2, return_indices=True), r"as LSTM does: wrap it.*one\.$"),
    ],
    ids=["sizes", "norm", "no forward", "kept", "view", "a pair"],
)
def test_advice_is_given_only_where_it_fits(model, advice):
    images = torch.zeros(2, 3, 4, 4)
    if isinstance(model, Keeping):
        model(images)
    with pytest.raises(ValueError, match=rf"cannot take images.*{advice}"):
        trace_shapes(nn.Sequential(model), images)
