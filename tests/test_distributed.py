"""Two processes train as one does, go on where they stopped, and end together."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from test_training import network
from torch import nn
from two_processes import EPOCHS, hundred_steps, uneven_batches

from course_utils.checkpoint import Checkpoint
from course_utils.distributed import Team

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
TORCHRUN += ["--nproc-per-node=2", str(Path(__file__).with_name("two_processes.py"))]


def test_what_is_left_over_from_others_makes_no_team_and_is_said_once(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "3")
    with warnings.catch_warnings(record=True, action="default") as told:
        assert Team(torch.device("cpu")).leads
        Team(torch.device("cpu"))
    assert len(told) == 1


def in_two_processes(folder, dies_at):
    options = {"capture_output": True, "text": True, "timeout": 300}
    env = os.environ | {"DIES_AT": f"{dies_at}"}
    return subprocess.run([*TORCHRUN, str(folder)], env=env, **options)


def test_two_processes_are_one_and_go_on_where_one_of_them_died(tmp_path, monkeypatch):
    died = in_two_processes(tmp_path, dies_at=3)
    assert died.returncode != 0
    assert "Signal 9 (SIGKILL)" in died.stderr and "rank      : 1" in died.stderr
    run = tmp_path / "run.pt"
    assert len(torch.load(run, weights_only=True)["history"]["train_loss"]) == 2
    done = in_two_processes(tmp_path, dies_at=0)
    assert done.returncode == 0, done.stderr
    assert f"run.pt: going on after epoch 2 of {EPOCHS}" in done.stdout
    together = torch.load(run, weights_only=True)["history"]["train_loss"]
    alone = hundred_steps().train_loss
    assert together == pytest.approx(alone, abs=1e-4)
    assert alone[-1] < 0.7 * alone[0]
    # As torchrun starts a single one:
    single = {"TORCHELASTIC_RUN_ID": "1", "RANK": "0", "WORLD_SIZE": "1"}
    for name, value in single.items():
        monkeypatch.setenv(name, value)
    alone, files = uneven_batches(tmp_path), [tmp_path / f"{n}.pt" for n in (0, 1)]
    first, second = (torch.load(file, weights_only=True) for file in files)
    assert torch.equal(first["weights"], second["weights"])
    torch.testing.assert_close(first["weights"], alone["weights"])
    assert first["losses"] == pytest.approx(alone["losses"])
    assert torch.equal(first["orders"], second["orders"])
    for found in (first, second):
        assert found["loss"] == pytest.approx(found["expected"], abs=1e-6)


def test_a_loss_with_weights_that_nobody_would_share_is_refused():
    team = Team(torch.device("cpu"))
    team.size = 2
    with pytest.raises(ValueError, match="loss_fn has weights, .* part of the model"):
        team.share(network(), loss_fn=nn.PReLU())


def test_two_runs_may_write_to_one_path_at_once(tmp_path, monkeypatch):
    path, parts = tmp_path / "run.pt", {"model": network()}
    one, other = (Checkpoint(path, parts, {"epochs": 1}) for _ in range(2))

    def meanwhile(state, file, save=torch.save):
        save(state, file)
        monkeypatch.undo()
        other.write({})

    monkeypatch.setattr(torch, "save", meanwhile)
    one.write({})
    assert one.read() and [*tmp_path.iterdir()] == [path]
