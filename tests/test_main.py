"""The command line finds data, trains, and fails in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from data_files import write_fashion_mnist

from course_utils import training
from course_utils.__main__ import main
from course_utils.data import sources

pytestmark = pytest.mark.usefixtures("data_dir")


def test_complete_data_is_located_and_a_broken_copy_told_in_one_line(
    data_dir, monkeypatch, capsys
):
    tiny = sources.FASHION_MNIST._replace(sizes=(24, 10))
    monkeypatch.setattr(sources, "FASHION_MNIST", tiny)
    raw = write_fashion_mnist(data_dir)
    assert main(["data", "fashion_mnist"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"COURSE_DATA_DIR\n    {data_dir}\nFashionMNIST, complete (")
    assert out.endswith(f"FashionMNIST, complete\n    {raw}\n") and "CIFAR" not in out
    (raw / "train-labels-idx1-ubyte").unlink()
    assert main(["data", "fashion_mnist", "cifar10"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1
    assert "train-labels-idx1-ubyte is missing. Delete" in err


def test_train_trains_and_resumes(data_dir, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    words = ["train", "FashionANN", "--epochs=2", f"--checkpoint={data_dir / 'run.pt'}"]
    assert main(words) == 0
    first = capsys.readouterr().out.splitlines()
    assert "bundled sample: test accuracy" in first[-1]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first[-1]
    assert main([*words, "--epochs=0"]) == 1
    assert main(words[:2]) == 0 and "epoch  1/1 " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--device=meta", "--device is meta, which holds shapes only"),
        (f"--checkpoint={__file__}/run.pt", "can't be written"),
    ],
)
def test_what_cannot_train_is_told_in_one_line(word, said, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    assert main(["train", "FashionANN", "--epochs=1", word]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ") and said in err and err.count("\n") == 1


def test_a_run_cut_short_says_how_to_go_on(monkeypatch, capsys):
    history = training.History(interrupted=True)
    monkeypatch.setattr(training, "fit", lambda *_, **__: history)
    assert main(["train", "FashionANN"]) == 130
    assert "With --checkpoint FILE the same command goes on" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [[], ["data", "imagenet"], ["nothing"], ["data", "--port=1"], ["progress", "~x?y"]],
)
def test_unknown_words_are_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: python -m course_utils" in capsys.readouterr().err


def test_it_runs_as_a_module_and_a_substitute_is_no_success():
    run = subprocess.run(
        [sys.executable, "-m", "course_utils", "data", "fashion_mnist"],
        capture_output=True,
        env={**os.environ, "COURSE_PROFILE": "ci"},
        cwd=Path(__file__).parents[1],
    )
    assert run.returncode == 1
    assert b"bundled sample" in run.stdout and run.stderr == b""
    assert b"COURSE_PROFILE is ci, which downloads nothing: unset it" in run.stdout
