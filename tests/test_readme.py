"""The README's numbers are the measured ones, its addresses those of the course."""

import re
from pathlib import Path
from statistics import median

import pytest
from notebook_reader import ROOT
from PIL import Image, ImageChops

from course_utils.chapters.convolution_by_hand.convolution import convolution_explorer
from course_utils.kit.scene import png
from course_utils.measured import Table, mean_and_spread, read_result
from tools.notebooks import BRANCH, CLONE, REPOSITORY, with_rows

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
    assert repr(table) in README, f"README.md should have\n\n{table}"


def test_the_second_look_is_the_measured_one() -> None:
    final = read_result("cifar10_mistakes")["models"]["DeepCifarCNN, final"]
    words = f"it reaches {mean_and_spread(final['with_mirror_image'])}."
    assert words in README, f"README.md should have: {words}"


def test_what_the_fast_network_reaches_is_what_was_measured():
    measured = read_result("fast_cifar10")
    (runs,) = measured["final"].values()
    one, six = (
        mean_and_spread([run[views] for run in runs.values()])
        for views in ("one_view", "six_views")
    )
    share = f"In {measured['times']['training_over_notes']:.2f} times the training time"
    assert share in README
    assert f"reaches {one}, and {six} with six views" in README


def test_the_times_are_the_measured_ones() -> None:
    table = Table(
        {"network": name} | {number: f"{seconds:.0f}" for number, seconds in by.items()}
        for name, by in read_result("epoch_time")["seconds_per_epoch"].items()
    )
    assert repr(table) in README, f"README.md should have\n\n{table}"


def test_what_others_take_is_what_was_measured() -> None:
    result = read_result("bench")
    tasks, release = result["tasks"], result["versions"]["torch"]
    assert f"with PyTorch {release.rpartition('.')[0]}" in README
    table = Table(
        {"an epoch by": way}
        | {
            heading: f"{median(tasks[task]['ways'][way]['seconds']):.1f} s, "
            f"{tasks[task]['ways'][way]['median_ratio']:.2f}"
            for task, heading in (("fashion", "FashionMNIST"), ("cifar", "CIFAR-10"))
        }
        for way in tasks["fashion"]["ways"]
    )
    assert repr(table) in README, f"README.md should have\n\n{table}"
    for task in tasks.values():
        for peer, version in task["peers"].items():
            assert f"{peer} {version}" in README.lower(), f"README.md: {peer} {version}"
        assert f"{task['images']:,} images" in README
        assert f"Medians of {task['rounds']} rounds" in README
        assert task["hardware"].split(",")[0] in README


def test_its_minutes_are_those_that_notebooks_promise() -> None:
    assert with_rows(README, ROOT) == README, "README.md: run `make format`"


def test_the_address_is_that_of_pyproject() -> None:
    for words in (CLONE, f"({REPOSITORY}/issues)"):
        assert words in README, f"README.md should have {words!r}: run `make format`"


def test_workflows_run_on_the_branch_of_pyproject() -> None:
    for path in ROOT.glob(".github/workflows/*.yml"):
        assert f'branches: ["{BRANCH}"]' in path.read_text("utf-8"), "run `make format`"


def test_its_picture_is_what_the_explorer_draws(tmp_path: Path) -> None:
    state = convolution_explorer().state.after("mode", "same").after("step", 7)
    saved, new = ROOT / ".github" / "explorer.png", tmp_path / "explorer.png"
    new.write_bytes(png(state.scene()))
    old, drawn = (Image.open(p).convert("L").reduce(10) for p in (saved, new))
    differ = ImageChops.difference(old, drawn).getextrema()[1]
    # Another matplotlib draws the edges of letters otherwise: that makes about 50.
    assert old.size == drawn.size and differ < 80, f"look at {new}, copy it to {saved}"


def test_the_index_for_processors_is_the_makefiles() -> None:
    """And PyTorch's own: `make lab CPU=1` and those without make get the same."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (arguments,) = re.findall(r"^CPU_ARGS := \$\(if \$\(CPU\),(.*)\)$", makefile, re.M)
    assert arguments == "--extra-index-url https://download.pytorch.org/whl/cpu"
    assert f"`{arguments}`" in README and "make lab CPU=1" in README
    install = re.search(r"pip install \$\(PIP_ARGS\) (\S+) -e", makefile)
    assert install[1] == "$(CPU_ARGS)", "Makefile: the environment is made without it"
