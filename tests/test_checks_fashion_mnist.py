"""What the checks of notebook 07 know beyond right and wrong."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.checks.fashion_mnist import (
    check_accuracy,
    check_confusion_matrix,
    check_flatten_size,
)
from course_utils.checks.fashion_mnist_cases import accuracy_cases
from course_utils.models import FashionCNN
from course_utils.training import evaluate


def accuracy(model, loader):
    return evaluate(model, loader).accuracy


def test_the_size_is_that_of_the_padded_network():
    layers = [*FashionCNN()]
    layers = layers[: layers.index(next(x for x in layers if isinstance(x, nn.Linear)))]
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            layer.padding = (1, 1)
    flat = nn.Sequential(*layers)(torch.zeros(1, 1, 28, 28))
    assert check_flatten_size(flat.shape[1]).status == "right"


def test_every_wrong_size_gets_one_hint():
    for size in range(0, 4000):
        verdict = check_flatten_size(size)
        assert verdict.status == ("right" if size == 2048 else "wrong")
        assert bool(verdict.look_at) == (size != 2048)


@pytest.mark.parametrize("enabled", [True, False])
def test_gradients_and_random_numbers_go_on_as_if_nothing_had_been(enabled):
    def careless(model, loader):
        torch.manual_seed(1)
        torch.set_grad_enabled(not torch.is_grad_enabled())
        return accuracy(model, loader)

    before = torch.get_rng_state()
    with torch.set_grad_enabled(enabled):
        assert check_accuracy(accuracy).status == "right"
        assert check_accuracy(careless).status == "wrong"
        assert torch.is_grad_enabled() == enabled
    assert torch.equal(torch.get_rng_state(), before)


def test_recorded_gradients_are_told_even_where_they_were_switched_off():
    def recording(model, loader):
        result = accuracy(model, loader)
        model.eval()(torch.zeros(1, 1, 1, 3))
        return result

    with torch.no_grad():
        assert "gradients were recorded" in repr(check_accuracy(recording))


def test_the_loader_says_what_it_has():
    def with_its_data_set(model, loader):
        return len(loader.dataset)

    words = "the loader has no dataset: it yields batches of images and targets"
    assert words in check_accuracy(with_its_data_set).message


def test_a_matrix_that_is_too_small_is_told_of_absent_classes():
    def counted_by_bincount(y_true, y_pred, num_classes):
        counts = np.bincount(num_classes * y_true + y_pred)
        return counts.reshape(num_classes, num_classes)

    verdict = check_confusion_matrix(counted_by_bincount)
    assert "cannot reshape" in verdict.message
    assert verdict.look_at.startswith("classes that never occur")


def test_a_function_that_fails_the_second_time_is_wrong():
    calls = []

    def tired(model, loader):
        calls.append(0)
        if len(calls) > len(accuracy_cases()):
            raise RuntimeError
        return accuracy(model, loader)

    assert repr(check_accuracy(tired)).endswith("it failed when it was called again")


def test_the_models_and_loaders_are_of_every_kind():
    calls = [
        f"{model!r}, {loader!r}" for model, loader in (c.args for c in accuracy_cases())
    ]
    for kind in ("plain", "dropout", "BatchNorm", "shuffled", "batches of 2, 2, 1$"):
        assert any(re.search(kind, call) for call in calls)
    for mode in ("in train mode", "in eval mode"):
        assert sum(mode in call for call in calls) > 3
