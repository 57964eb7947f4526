"""What the checks of notebook 05 know beyond right and wrong."""

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.checks.building_blocks import (
    check_ann,
    check_cnn,
    check_collapse,
    check_linear_sizes,
    check_trace_shapes,
    networks_with_gaps,
)
from course_utils.checks.building_blocks_cases import NETWORKS, reference_cnn
from course_utils.models import FashionANN, trace_shapes

SIZES = [2048, 320, 2304, 1600]


@pytest.mark.parametrize(
    ("network", "size"), [*zip(NETWORKS.values(), SIZES)], ids=[*NETWORKS]
)
def test_the_sizes_are_pytorchs(network, size):
    images = torch.zeros(1, network.channels, network.side, network.side)
    maps = network.layers()(images)
    assert maps.shape[1:] == (network.maps[-1], *2 * [network.sides()[-1]])
    assert maps.numel() == size


def test_the_networks_read_like_their_layers():
    lines = networks_with_gaps().splitlines()
    made = [layer for network in NETWORKS.values() for layer in network.layers()]
    written = [line for line in lines if "2d(" in line]
    for line, layer in zip(written, made, strict=True):
        twin = eval(f"nn.{line.strip().removesuffix(', ReLU')}", {"nn": nn})
        assert repr(twin) == repr(layer)
    assert len([line for line in lines if "Linear(?, 10)" in line]) == len(NETWORKS)


def test_every_wrong_size_gets_one_hint():
    for place, right in enumerate(SIZES):
        for size in range(0, 3000, 7):
            answer = [None] * len(SIZES)
            answer[place] = size
            verdict = check_linear_sizes(answer)
            assert verdict.status == ("to do" if size == right else "wrong")
            assert bool(verdict.look_at) == (size != right)


def test_sizes_are_found_by_their_letters():
    answer = {"B": 320, "A": 2048, "D": 1600, "C": 2304}
    assert repr(check_linear_sizes(answer)) == "right: 2048, 320, 2304, 1600"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ((None, None, None, None), "A, B, C, D"),
        ([2048, None, 2304, None], "B, D"),
        ({"A": 2048, "B": 320, "C": 2304, "D": None}, "D"),
    ],
)
def test_sizes_may_be_given_one_by_one(answer, left):
    assert repr(check_linear_sizes(answer)).startswith(
        f"to do: replace the None for {left}, then"
    )


class HalfDone(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1, self.layer2 = nn.Linear(784, 128), nn.Linear(128, 10)

    def forward(self, images):
        raise NotImplementedError


def test_a_class_may_be_written_step_by_step():
    class Stub(nn.Module):
        def __init__(self):
            super().__init__()
            raise NotImplementedError

    assert repr(check_ann(Stub)) == "to do: write ANN, then run this cell again"
    words = "to do: finish ANN, which meets 6 of 19 demands so far"
    assert repr(check_ann(HalfDone)).startswith(words)


def test_what_pytorch_says_is_passed_on():
    class Unflattened(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))

    class NoInit(nn.Module):
        def __init__(self):
            self.layer1 = nn.Linear(784, 128)

        def forward(self, images):
            return images

    words = "mat1 and mat2 shapes cannot be multiplied (252x28 and 784x128)"
    assert words in check_ann(Unflattened).message
    assert "before Module.__init__() call" in check_ann(NoInit).message
    assert "super().__init__()" in check_ann(NoInit).look_at


def test_an_error_in_forward_is_looked_for_in_forward():
    class Layers(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer1, self.layer2 = nn.Linear(784, 128), nn.Linear(128, 10)

    class LayerMadeOfValues(Layers):
        def forward(self, images):
            return self.layer2(nn.ReLU(self.layer1(images.flatten(1))))

    class NoSuchFunction(Layers):
        def forward(self, images):
            return self.layer2(torch.ReLU(self.layer1(images.flatten(1))))

    class SelfForgotten(Layers):
        def forward(images):
            return images

    for model in (LayerMadeOfValues, NoSuchFunction, SelfForgotten):
        verdict = check_ann(model)
        assert "ANN on 9 images: stopped with" in verdict.message
        assert verdict.look_at.startswith("forward: ")


def test_kinds_of_numbers_may_be_mixed():
    def in_place(first, second):
        shape = np.add(first.shape, second.shape) - 1
        kernel = np.zeros(shape, dtype=first.dtype)
        for m, n in np.ndindex(second.shape):
            kernel[m : m + len(first), n : n + len(first[0])] += second[m, n] * first
        return kernel

    verdict = check_collapse(in_place)
    assert "Cannot cast" in verdict.message
    assert verdict.look_at.startswith("what becomes of decimals")


def test_any_spelling_of_the_network_will_do():
    class Dropping(nn.Module):
        def __init__(self, num_classes=10):
            super().__init__()
            layers = [*reference_cnn(num_classes)]
            self.layers = nn.ModuleList([*layers[:-1], nn.Dropout(), layers[-1]])

        def forward(self, images):
            for layer in self.layers:
                images = layer(images)
            return images

    class Smooth(nn.Sequential):
        def __init__(self, num_classes=10):
            swapped = {nn.ReLU: nn.Tanh}
            layers = reference_cnn(num_classes)
            super().__init__(*(swapped.get(type(x), lambda x=x: x)() for x in layers))

    for right in (reference_cnn, Dropping, Smooth):
        assert check_cnn(right).status == "right", check_cnn(right)
    assert check_ann(FashionANN).status == "right"


def test_random_numbers_go_on_as_if_nothing_had_been():
    def careless(model, images):
        torch.manual_seed(1)
        return trace_shapes(model, images)

    before = torch.get_rng_state()
    for check, answer in {
        check_ann: FashionANN,
        check_cnn: reference_cnn,
        check_trace_shapes: careless,
    }.items():
        with torch.no_grad():
            assert check(answer).status == "right"
        assert torch.equal(torch.get_rng_state(), before)
