"""The command line finds data and fails in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from data_files import write_fashion_mnist

from course_utils.__main__ import main
from course_utils.data import sources

pytestmark = pytest.mark.usefixtures("data_dir")


def test_complete_data_is_located(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    tiny = sources.FASHION_MNIST._replace(sizes=(24, 10))
    monkeypatch.setattr(sources, "FASHION_MNIST", tiny)
    raw = write_fashion_mnist(data_dir)
    assert main(["data", "fashion_mnist"]) == 0
    out = capsys.readouterr().out
    assert "FashionMNIST, complete" in out
    assert str(raw) in out
    assert "CIFAR" not in out


def test_a_substitute_is_no_success(capsys: pytest.CaptureFixture) -> None:
    assert main(["data"]) == 1
    out = capsys.readouterr().out
    assert "bundled sample" in out
    assert "not CIFAR-10" in out


def test_a_broken_copy_is_told_in_one_line(
    data_dir: Path, capsys: pytest.CaptureFixture
) -> None:
    (write_fashion_mnist(data_dir) / "train-labels-idx1-ubyte").unlink()
    assert main(["data", "fashion_mnist", "cifar10"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "train-labels-idx1-ubyte is missing. Delete" in err
    assert err.count("\n") == 1


def test_train_trains_and_resumes(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    words = ["train", "FashionANN", "--epochs=2", f"--checkpoint={data_dir / 'run.pt'}"]
    assert main(words) == 0
    first = capsys.readouterr().out.splitlines()
    assert "bundled sample: test accuracy" in first[-1]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first[-1]
    assert main([*words, "--epochs=0"]) == 1


@pytest.mark.parametrize("words", [[], ["data", "imagenet"], ["nothing"]])
def test_unknown_words_are_refused(
    words: list[str], capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: python -m course_utils" in capsys.readouterr().err


def test_a_profile_that_does_not_exist_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    assert main(["data"]) == 1
    assert "COURSE_PROFILE is 'fast'" in capsys.readouterr().err


def test_it_runs_as_a_module() -> None:
    environment = {**os.environ, "COURSE_PROFILE": "ci"}
    run = subprocess.run(
        [sys.executable, "-m", "course_utils", "data", "fashion_mnist"],
        capture_output=True,
        env=environment,
        cwd=Path(__file__).parents[1],
    )
    assert run.returncode == 1
    assert b"bundled sample" in run.stdout
    assert run.stderr == b""
