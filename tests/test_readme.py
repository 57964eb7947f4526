"""The README's numbers are those that the benchmarks measured."""

from notebook_reader import ROOT

from course_utils.results import Table, mean_and_spread, read_result


def test_the_results_are_the_measured_ones() -> None:
    models = read_result("fashion_mnist")["models"]
    table = Table(
        {
            "network": name,
            "weights": f"{model['parameters']:,}",
            "epochs": model["epochs"],
            "test accuracy": mean_and_spread(model["test_accuracy"]),
        }
        for name, model in models.items()
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert repr(table) in readme, f"the README should have\n\n{table}"
