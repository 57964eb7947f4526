"""The taught loop, and everything that fit puts around it."""

import copy
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_utils.data.loader import Loader
from course_utils.training import eval_mode, evaluate, fit, train_one_epoch
from course_utils.training.history import History

CPU = torch.device("cpu")


@pytest.fixture
def data():
    """Images whose brightness is their class, 20 of them in batches of 8, 8 and 4."""
    targets = torch.arange(20) % 2
    images = targets[:, None, None, None] + 0.1 * torch.rand(20, 1, 4, 4)
    return DataLoader(TensorDataset(images, targets), batch_size=8)


def network(seed=0, dropout=0.0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 3, 2),
        nn.BatchNorm2d(3),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(27, 2),
    )


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def on_cpu(*args, **kwargs):
    return fit(*args, device="cpu", **kwargs)


# ---------------------------------------------------------------- one epoch


def test_one_epoch_is_the_steps_written_out(data):
    model, by_hand = network(), network()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    result = train_one_epoch(
        model, data, optimizer=sgd, loss_fn=nn.CrossEntropyLoss(), device=CPU
    )
    losses, correct = [], 0
    sgd = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    for images, targets in data:
        logits = by_hand(images)
        loss = nn.functional.cross_entropy(logits, targets, reduction="sum")
        losses.append(loss.item())
        correct += (logits.argmax(1) == targets).sum().item()
        sgd.zero_grad()
        (loss / len(targets)).backward()
        sgd.step()
    assert torch.equal(weights(model), weights(by_hand))
    assert result.loss == pytest.approx(sum(losses) / 20)
    assert (result.accuracy, result.samples) == (correct / 20, 20)


def test_evaluate_weighs_every_image_the_same(data):
    model = network()
    whole = next(iter(DataLoader(data.dataset, batch_size=20)))
    result = evaluate(model, data)
    expected = evaluate(model, [whole])
    assert result.loss == pytest.approx(expected.loss)
    assert result.accuracy == expected.accuracy
    assert result.samples == 20


def test_evaluate_changes_nothing(data):
    model = network(dropout=0.5).train()
    model[1].eval()
    # A DataLoader itself draws from the global random state; a list does not.
    data = list(data)
    before = copy.deepcopy(model.state_dict())
    random_state = torch.get_rng_state()
    assert evaluate(model, data) == evaluate(model, data)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert [m.training for m in model] == [True, False, True, True, True]
    assert torch.equal(random_state, torch.get_rng_state())
    assert not any(p.grad is not None for p in model.parameters())


def test_the_mode_is_restored_after_an_error():
    model = network().train()
    with pytest.raises(ZeroDivisionError), eval_mode(model):
        assert not model[3].training
        1 / 0  # noqa: B018
    assert model.training
    assert model[3].training


def test_an_empty_loader_is_told(data):
    model = network()
    with pytest.raises(ValueError, match="no batch"):
        evaluate(model, [])
    with pytest.raises(ValueError, match="no batch"):
        on_cpu(model, [], epochs=1)


# ---------------------------------------------------------------- fit


def test_fit_in_float32_is_the_taught_loop(data):
    model, by_hand = network(), network()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    history = on_cpu(model, data, data, epochs=2, optimizer=sgd, precision="float32")
    sgd = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    for epoch in range(2):
        train = train_one_epoch(
            by_hand, data, optimizer=sgd, loss_fn=nn.CrossEntropyLoss(), device=CPU
        )
        val = evaluate(by_hand, data)
        assert history.train_loss[epoch] == pytest.approx(train.loss, rel=1e-4)
        assert history.val_accuracy[epoch] == val.accuracy
    # Channels-last adds up in another order.
    torch.testing.assert_close(weights(model), weights(by_hand))


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16", "float16"])
def test_fit_learns_in_every_precision(data, precision):
    model = network()
    adam = torch.optim.Adam(model.parameters(), lr=0.05)
    history = on_cpu(model, data, data, epochs=6, optimizer=adam, precision=precision)
    assert history.val_accuracy[-1] == 1
    assert weights(model).dtype == torch.float32
    assert not history.interrupted


def test_fit_repeats_itself_for_a_seed():
    images = torch.randint(0, 256, (30, 1, 4, 4), dtype=torch.uint8)
    targets = torch.arange(30) % 2

    def run():
        model = network(seed=3, dropout=0.5)
        generator = torch.Generator().manual_seed(3)
        loader = Loader(
            images, targets, batch_size=8, shuffle=True, generator=generator
        )
        return on_cpu(model, loader, epochs=2), weights(model)

    (first, a), (second, b) = run(), run()
    assert first.train_loss == second.train_loss
    assert torch.equal(a, b)


def test_fit_takes_any_iterable_and_needs_no_validation(data):
    batches = [tuple(batch) for batch in data]
    history = on_cpu(network(), batches, epochs=1)
    assert len(history) == 1
    assert history.val_loss == []


def test_the_scheduler_moves_after_every_batch(data):
    model = network()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.1, total_steps=6)
    on_cpu(model, data, epochs=2, optimizer=sgd, scheduler=schedule)
    assert schedule.last_epoch == 6


def test_one_line_is_printed_for_each_epoch(data, capsys):
    on_cpu(network(), data, data, epochs=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:9] for line in lines] == ["epoch  1/", "epoch  2/"]
    assert all("val loss" in line for line in lines)


def test_on_epoch_end_sees_the_history_grow(data):
    seen = []
    on_cpu(network(), data, epochs=3, on_epoch_end=lambda h: seen.append(len(h)))
    assert seen == [1, 2, 3]


def test_a_history_tells_its_last_epoch():
    assert repr(History()) == "History: finished 0 epochs"
    history = History([0.5], [0.75], [0.25], [0.875], [2.0], interrupted=True)
    assert "interrupted after 1 epoch;" in repr(history)
    assert "train loss 0.500 75.0% · val loss 0.250 87.5% · 2.0 s" in repr(history)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "at least 1"),
        ({"epochs": 1, "precision": "double"}, "expected one of float32"),
    ],
)
def test_bad_arguments_are_told(data, options, words):
    with pytest.raises(ValueError, match=words):
        on_cpu(network(), data, **options)


def test_targets_out_of_range_are_told(data):
    batches = [(images, targets + 1) for images, targets in data]
    with pytest.raises(ValueError, match="reach from 1 to 2.*2 logits"):
        on_cpu(network(), batches, epochs=1)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_weights(data):
    batches = [tuple(batch) for batch in data]
    batches[1] = (batches[1][0] * torch.nan, batches[1][1])
    model = network()
    with pytest.raises(FloatingPointError, match=r"nan in epoch 1, batch 2.*learning"):
        on_cpu(model, batches, epochs=1)
    assert weights(model).isfinite().all()


# ---------------------------------------------------------------- Ctrl-C


def interrupting(batches, at, times=1):
    """Yield batches, and press Ctrl-C before one of them."""
    for number, batch in enumerate(batches, start=1):
        for _ in range(times if number == at else 0):
            signal.raise_signal(signal.SIGINT)
        yield batch


class Interrupted:
    """A loader during whose given epoch Ctrl-C is pressed before the second batch."""

    def __init__(self, batches, *, epoch, times=1):
        self.batches, self.epoch, self.times, self.begun = batches, epoch, times, 0

    def __iter__(self):
        self.begun += 1
        at = 2 if self.begun == self.epoch else None
        return interrupting(self.batches, at, self.times)


def test_ctrl_c_stops_after_the_batch_and_keeps_what_there_is(data):
    handler = signal.getsignal(signal.SIGINT)
    model = network()
    before = weights(model)
    history = on_cpu(model, Interrupted(data, epoch=2), data, epochs=5)
    assert history.interrupted
    assert len(history) == 1
    assert not torch.equal(before, weights(model))
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_second_ctrl_c_raises(data):
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        on_cpu(network(), Interrupted(data, epoch=1, times=2), epochs=5)
    assert signal.getsignal(signal.SIGINT) is handler


# ---------------------------------------------------------------- checkpoints


def run_with_checkpoint(path, *, epochs=4, stop_after=None, lr=0.1, **options):
    torch.manual_seed(5)
    targets = torch.arange(20) % 2
    images = torch.randint(0, 256, (20, 1, 4, 4), dtype=torch.uint8)
    generator = torch.Generator().manual_seed(5)
    loader = Loader(images, targets, batch_size=8, shuffle=True, generator=generator)
    model = network(dropout=0.5)
    sgd = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, lr, total_steps=3 * epochs)

    def stop(history):
        if len(history) == stop_after:
            raise InterruptedError

    options = {"optimizer": sgd, "scheduler": schedule, "on_epoch_end": stop} | options
    history = on_cpu(model, loader, loader, epochs=epochs, checkpoint=path, **options)
    return history, weights(model)


def test_a_resumed_run_ends_with_the_same_weights(tmp_path):
    whole, expected = run_with_checkpoint(None)
    with pytest.raises(InterruptedError):
        run_with_checkpoint(tmp_path / "run.pt", stop_after=2)
    torch.rand(7)
    resumed, actual = run_with_checkpoint(tmp_path / "run.pt")
    assert torch.equal(actual, expected)
    assert resumed.train_loss == whole.train_loss
    assert resumed.val_loss == whole.val_loss


def test_a_run_that_ctrl_c_cut_short_goes_on_from_its_last_whole_epoch(tmp_path, data):
    path = tmp_path / "run.pt"
    model = network()
    loader = Interrupted(data, epoch=2)
    assert on_cpu(model, loader, epochs=3, checkpoint=path).interrupted
    history = on_cpu(model, loader, epochs=3, checkpoint=path)
    assert (len(history), history.interrupted) == (3, False)
    straight = network()
    on_cpu(straight, Interrupted(data, epoch=99), epochs=3)
    assert torch.equal(weights(model), weights(straight))


def test_a_finished_run_returns_its_history_and_weights(tmp_path, capsys):
    first, expected = run_with_checkpoint(tmp_path / "deep" / "run.pt")
    capsys.readouterr()
    second, actual = run_with_checkpoint(tmp_path / "deep" / "run.pt")
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
def test_changed_arguments_on_the_same_path_are_refused(tmp_path, changed, words):
    run_with_checkpoint(tmp_path / "run.pt", precision="float32")
    before = (tmp_path / "run.pt").read_bytes()
    with pytest.raises(ValueError, match=words):
        run_with_checkpoint(tmp_path / "run.pt", **{"precision": "float32"} | changed)
    assert (tmp_path / "run.pt").read_bytes() == before


def test_a_file_that_is_no_checkpoint_is_told_and_kept(tmp_path):
    path = tmp_path / "run.pt"
    path.write_text("notes")
    with pytest.raises(ValueError, match="not a checkpoint of fit"):
        run_with_checkpoint(path)
    assert path.read_text() == "notes"


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    with pytest.raises(InterruptedError):
        run_with_checkpoint(path, stop_after=1)
    before = path.read_bytes()

    def fail(state, file):
        Path(file).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="no space"):
        run_with_checkpoint(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# ---------------------------------------------------------------- imports, processes


def test_training_imports_nothing_heavy():
    code = (
        "import sys, course_utils.training, course_utils.data\n"
        "print([m for m in ('torchvision', 'matplotlib', 'sklearn', 'IPython')"
        " if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True).strip() == "[]"


def test_the_package_itself_imports_no_torch():
    code = "import sys, course_utils; print('torch' in sys.modules)"
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True).strip() == "False"


def test_two_processes_train_one_model(tmp_path):
    script = Path(__file__).with_name("train_together.py")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    for processes in (1, 2):
        subprocess.run(
            [*command, f"--nproc-per-node={processes}", script, tmp_path],
            check=True,
            capture_output=True,
            timeout=120,
        )
    alone, first, second = (
        torch.load(tmp_path / f"{name}.pt", weights_only=True)
        for name in ("1-0", "2-0", "2-1")
    )
    assert torch.equal(first["weights"], second["weights"])
    torch.testing.assert_close(first["weights"], alone["weights"])
    assert first["loss"] == pytest.approx(alone["loss"])
    assert first["val_loss"] == pytest.approx(alone["val_loss"])
