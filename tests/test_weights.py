"""Shipped weights are small, fit their networks, and survive being saved."""

import pytest
import torch

from course_utils import weights
from course_utils.models import CifarCNN, DeepCifarCNN, FashionANN
from course_utils.weights import FOLDER, load_weights, save_weights

NETWORKS = {"cifar_cnn": CifarCNN, "deep_cifar_cnn": DeepCifarCNN}


def test_each_file_has_its_network():
    assert {path.stem for path in FOLDER.glob("*.pt")} == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_are_small_finite_and_trained(name):
    model = NETWORKS[name]()
    untrained = model[0].weight.detach().clone()
    assert load_weights(model, name) is model
    assert not model.training
    assert not torch.equal(model[0].weight, untrained)
    assert all(torch.isfinite(v).all() for v in model.state_dict().values())
    assert (FOLDER / f"{name}.pt").stat().st_size < 5.5e6


def test_saving_halves_matrices_and_keeps_statistics(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    model = DeepCifarCNN()
    model(torch.rand(4, 3, 32, 32))
    saved = torch.load(save_weights(model, "mine"), weights_only=True)
    assert saved["0.weight"].dtype == torch.float16
    assert saved["2.running_var"].dtype == torch.float32
    again = load_weights(DeepCifarCNN(), "mine")
    assert torch.equal(again[2].running_var, model[2].running_var)
    assert torch.allclose(again[0].weight, model[0].weight, atol=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.pt"]


def test_a_wrong_name_or_network_is_told():
    with pytest.raises(FileNotFoundError, match="there are: cifar_cnn"):
        load_weights(CifarCNN(), "vgg")
    with pytest.raises(ValueError, match="do not fit FashionANN"):
        load_weights(FashionANN(), "cifar_cnn")
