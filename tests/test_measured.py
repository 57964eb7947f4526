"""What ships with the course is whole, small, and says where it comes from."""

import json
from functools import partial
from xml.etree import ElementTree

import mistune
import pytest
import torch

from course_utils import measured
from course_utils.fast import FastCifarCNN
from course_utils.kit.shipped import LookingCNN
from course_utils.measured import Table, load_weights, mean_and_spread, read_result
from course_utils.models import CifarCNN, DeepCifarCNN

NAMES = sorted(path.stem for path in measured.RESULTS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_each_result_says_where_it_comes_from(name):
    result = read_result(name)
    assert result["command"] == f"python benchmarks/{name}.py"
    for key in ("data", "hardware", "versions"):
        assert result[key]
    assert result.get("seeds") or "seed" in result
    assert "/" not in result["data"].replace(" / ", "")
    assert not result.get("provisional")


def test_fractions_become_percentages_with_one_decimal():
    assert mean_and_spread([0.5, 0.7]) == "60.0 ± 14.1 %"


def test_a_table_is_markdown():
    table = Table({"n": n, "square": n * n} for n in (2, 3))
    assert repr(table).splitlines()[2:] == ["| 2 | 4 |", "| 3 | 9 |"]
    assert table._repr_markdown_() == repr(table)
    assert json.dumps(table.rows) == '[{"n": 2, "square": 4}, {"n": 3, "square": 9}]'


def test_cells_say_what_they_were_given_in_markdown_and_html():
    odd = "a|b <script>x</script> $1$ *x* _y_ __z__ [t](u) `c` \\ &amp;"
    table = Table([dict.fromkeys([odd, "two\nlines"], "<b>&</b>")])
    page = mistune.create_markdown(escape=False, plugins=["table", "math"])
    found = ElementTree.fromstring(page(table._repr_markdown_()))
    read = ["".join(part.itertext()).strip() for part in found.iter() if not len(part)]
    assert read == [odd, "two lines", "<b>&</b>", "<b>&</b>"]


NETWORKS = {
    "cifar_cnn": CifarCNN,
    "deep_cifar_cnn": DeepCifarCNN,
    "fast_cifar_cnn": partial(FastCifarCNN, channels=(88, 128, 160), residual=True),
    "looking_cnn": LookingCNN,
}


def test_each_file_has_its_network():
    assert {path.stem for path in measured.WEIGHTS.glob("*.pt")} == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_are_small_finite_and_trained(name):
    model = NETWORKS[name]()
    untrained = model[0].weight.detach().clone()
    assert load_weights(model, name) is model
    assert not model.training
    assert not torch.equal(model[0].weight, untrained)
    assert all(torch.isfinite(v).all() for v in model.state_dict().values())
    assert (measured.WEIGHTS / f"{name}.pt").stat().st_size < 5.5e6


def test_saving_halves_matrices_and_keeps_statistics(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "WEIGHTS", tmp_path)
    model = DeepCifarCNN()
    model(torch.rand(4, 3, 32, 32))
    saved = torch.load(measured.save_weights(model, "mine"), weights_only=True)
    assert saved["0.weight"].dtype == torch.float16
    assert saved["2.running_var"].dtype == torch.float32
    again = load_weights(DeepCifarCNN(), "mine")
    assert torch.equal(again[2].running_var, model[2].running_var)
    assert torch.allclose(again[0].weight, model[0].weight, atol=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.pt"]
