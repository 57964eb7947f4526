"""The README's numbers are those that the benchmarks measured."""

import pytest
from notebook_reader import ROOT

from course_utils.measured import Table, mean_and_spread, read_result

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("data_set", ["fashion_mnist", "cifar10"])
def test_the_accuracies_are_the_measured_ones(data_set: str) -> None:
    table = Table(
        {
            "network": name,
            "weights": f"{model['parameters']:,}",
            "epochs": model["epochs"],
            "test accuracy": mean_and_spread(model["test_accuracy"]),
        }
        for name, model in read_result(data_set)["models"].items()
    )
    assert repr(table) in README, f"the README should have\n\n{table}"


def test_the_second_look_is_the_measured_one() -> None:
    final = read_result("cifar10_mistakes")["models"]["DeepCifarCNN, final"]
    assert f"it reaches {mean_and_spread(final['with_mirror_image'])}." in README


def test_the_times_are_the_measured_ones() -> None:
    table = Table(
        {"network": name} | {number: f"{seconds:.0f}" for number, seconds in by.items()}
        for name, by in read_result("epoch_time")["seconds_per_epoch"].items()
    )
    assert repr(table) in README, f"the README should have\n\n{table}"
