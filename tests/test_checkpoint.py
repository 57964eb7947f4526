"""A run that was cut short goes on as if nothing had happened."""

from pathlib import Path

import pytest
import torch
from test_training import Interrupted, network, on_cpu, weights
from torch import nn

from course_utils.data.loader import Loader


def run(path, *, epochs=4, stop_after=None, lr=0.1, precision="float32", **options):
    torch.manual_seed(5)
    images = torch.randint(0, 256, (20, 2, 4, 4), dtype=torch.uint8)
    order = {"shuffle": True, "generator": torch.Generator().manual_seed(5)}
    loader = Loader(images, torch.arange(20) % 2, batch_size=8, **order)
    model = network(dropout=0.5)
    sgd = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, lr, total_steps=3 * epochs)

    def stop(history):
        if len(history) == stop_after:
            raise InterruptedError

    options |= {"optimizer": sgd, "scheduler": schedule, "on_epoch_end": stop}
    options |= {"epochs": epochs, "precision": precision, "checkpoint": path}
    return on_cpu(model, loader, loader, **options), weights(model)


@pytest.fixture
def halfway(tmp_path):
    """The file of a run that stopped after two of four epochs."""
    path = tmp_path / "run.pt"
    with pytest.raises(InterruptedError):
        run(path, stop_after=2)
    return path


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_resumed_run_ends_with_the_same_weights(tmp_path, precision):
    path, options = tmp_path / "run.pt", {"precision": precision}
    whole, expected = run(None, **options)
    with pytest.raises(InterruptedError):
        run(path, stop_after=2, **options)
    torch.rand(7)
    resumed, actual = run(path, **options)
    assert torch.equal(actual, expected)
    assert (resumed.train_loss, resumed.val_loss) == (whole.train_loss, whole.val_loss)


def test_a_file_whose_tensors_lie_channels_last_goes_on_as_well(halfway):
    state = torch.load(halfway, weights_only=True)
    momentum = state["parts"]["optimizer"]["state"][0]
    for tensors in (state["parts"]["model"], momentum):
        for name, value in tensors.items():
            if value is not None and value.ndim == 4:
                tensors[name] = value.contiguous(memory_format=torch.channels_last)
    torch.save(state, halfway)
    assert torch.equal(run(halfway)[1], run(None)[1])


def test_a_file_keeps_its_form_so_that_those_of_earlier_versions_are_read(halfway):
    state = torch.load(halfway, weights_only=True)
    assert list(state) == ["arguments", "history", "parts", "random"]
    assert list(state["parts"]) == ["model", "optimizer", "scheduler", "scaler"]
    said = "\n".join(state["arguments"].values())
    assert said.startswith("Sequential(\n  (0): Conv2d(2, 3, kernel_size=(2, 2), str")
    assert said.endswith(
        "\nOneCycleLR(cycle_momentum=True, total_steps=12, use_beta1=False)"
        "\nGradScaler()\ntorch.float32\n4\nCrossEntropyLoss(ignore_index=-100, "
        "label_smoothing=0.0, reduction=mean)\n8\n3"
    )


def test_a_run_that_ctrl_c_cut_short_goes_on_from_its_last_whole_epoch(tmp_path):
    batches = [(torch.rand(8, 2, 4, 4), torch.arange(8) % 2) for _ in range(2)]
    path, model, straight = tmp_path / "run.pt", network(), network()
    loader = Interrupted(batches, epoch=2)
    assert on_cpu(model, loader, epochs=3, checkpoint=path).interrupted
    history = on_cpu(model, loader, epochs=3, checkpoint=path)
    assert (len(history), history.interrupted) == (3, False)
    on_cpu(straight, Interrupted(batches, epoch=None), epochs=3)
    assert torch.equal(weights(model), weights(straight))


def test_a_finished_run_returns_its_history_and_weights(tmp_path, capsys):
    first, expected = run(tmp_path / "deep" / "run.pt")
    capsys.readouterr()
    second, actual = run(tmp_path / "deep" / "run.pt")
    assert second == first
    assert torch.equal(actual, expected)
    assert "epoch " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epochs": 5}, "epochs was '4' and is '5'"),
        ({"lr": 0.2}, "optimizer was"),
        ({"precision": "float16"}, "precision was"),
        ({"loss_fn": nn.CrossEntropyLoss(label_smoothing=0.1)}, "loss_fn was"),
    ],
)
def test_changed_arguments_on_the_same_path_are_refused(halfway, changed, words):
    before = halfway.read_bytes()
    with pytest.raises(ValueError, match=words):
        run(halfway, **changed)
    assert halfway.read_bytes() == before


def test_a_file_that_is_no_checkpoint_is_told_and_kept(tmp_path):
    path = tmp_path / "run.pt"
    path.write_text("notes")
    with pytest.raises(ValueError, match="not a checkpoint of fit"):
        run(path)
    assert path.read_text() == "notes"


def test_a_failed_save_leaves_the_old_file(halfway, monkeypatch):
    before = halfway.read_bytes()

    def fail(state, file):
        Path(file).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="no space"):
        run(halfway)
    assert halfway.read_bytes() == before
    assert list(halfway.parent.iterdir()) == [halfway]
