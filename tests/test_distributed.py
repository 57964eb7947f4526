"""Two processes train as one does, go on where they stopped, and end together."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hundred_steps import STEPS_AN_EPOCH, train

EPOCHS = 100 // STEPS_AN_EPOCH
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
TORCHRUN += ["--nproc-per-node=2", str(Path(__file__).with_name("hundred_steps.py"))]


def in_two_processes(*words):
    command = [*TORCHRUN, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_a_hundred_steps_are_those_of_one_process_and_go_on_where_they_stopped(
    tmp_path,
):
    run = tmp_path / "run.pt"
    for epochs in (EPOCHS // 2, EPOCHS):
        done = in_two_processes(epochs, run, 0)
        assert done.returncode == 0, done.stderr
    assert f"run.pt: going on after epoch {EPOCHS // 2} of {EPOCHS}" in done.stdout
    together = torch.load(run, weights_only=True)["history"]["train_loss"]
    alone = train(EPOCHS).train_loss
    assert together == pytest.approx(alone, abs=1e-4)
    assert alone[-1] < 0.7 * alone[0]


def test_a_process_that_dies_ends_the_others_and_is_named(tmp_path):
    run = tmp_path / "run.pt"
    done = in_two_processes(EPOCHS, run, 3)
    assert done.returncode != 0
    assert "Signal 9 (SIGKILL)" in done.stderr and "rank      : 1" in done.stderr
    assert len(torch.load(run, weights_only=True)["history"]["train_loss"]) == 2
