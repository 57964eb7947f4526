"""A run that was cut short goes on as if nothing had happened, or says why not."""

import functools
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from test_training import Interrupted, network, on_cpu, weights
from torch import nn
from torch.optim import SGD, Adam, lr_scheduler
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from course_utils.checkpoint import Checkpoint
from course_utils.data.loader import Loader

KILLS = int(os.environ.get("KILLS", 3))  # `make properties` asks for 20
PIXELS = torch.randint(0, 256, (20, 2, 4, 4), dtype=torch.uint8)
CLASSES = torch.arange(20) % 2


ONE_BRIGHTER = PIXELS.clone()
ONE_BRIGHTER[0, 0, 0, 0] ^= 1
MOMENTUM = functools.partial(SGD, momentum=0.9, fused=True)


def loader(images=PIXELS, targets=CLASSES, seed=5, **options):
    order = {"shuffle": True, "generator": torch.Generator().manual_seed(seed)}
    return Loader(images, targets, **{"batch_size": 8} | order | options)


def run(
    path,
    *,
    epochs=4,
    stop_after=None,
    lr=0.1,
    seed=5,
    model=None,
    optimizer=MOMENTUM,
    schedule=lambda sgd: lr_scheduler.OneCycleLR(sgd, 0.1, total_steps=12),
    train=loader,
    **options,
):
    torch.manual_seed(seed)
    model = model() if model else network(seed, dropout=0.5)
    moved = optimizer(model.parameters(), lr=lr)

    def stop(history):
        if len(history) == stop_after:
            raise InterruptedError

    options = {"val_loader": loader(shuffle=False)} | options
    options |= {"optimizer": moved, "scheduler": schedule(moved), "on_epoch_end": stop}
    history = on_cpu(model, train(), epochs=epochs, checkpoint=path, **options)
    return history, weights(model)


@pytest.fixture
def halfway(tmp_path):
    """The file of a run that stopped after two of four epochs."""
    path = tmp_path / "run.pt"
    with pytest.raises(InterruptedError):
        run(path, stop_after=2)
    return path


# ------------------------------------------------------------------------- going on


def drawing():
    """Augment with numbers that NumPy and Python draw, from all over the place."""
    own = np.random.default_rng(1)

    def augment(images):
        factor = np.random.rand() + random.random() + own.random()  # noqa: NPY002
        return images * factor

    return loader(augment=augment)


def sampled():
    images = TensorDataset(PIXELS / 255, CLASSES)
    sampler = RandomSampler(images, generator=torch.Generator().manual_seed(1))
    return DataLoader(images, batch_size=8, sampler=sampler)


@pytest.mark.parametrize("train", [loader, drawing, sampled])
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_resumed_run_ends_with_the_same_weights(tmp_path, precision, train):
    def seeded(path, **options):
        np.random.seed(3)  # noqa: NPY002
        random.seed(3)
        return run(path, precision=precision, train=train, **options)

    path = tmp_path / "run.pt"
    whole, expected = seeded(None)
    with pytest.raises(InterruptedError):
        seeded(path, stop_after=2)
    torch.rand(7)
    resumed, actual = seeded(path)
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


@pytest.mark.parametrize("epoch", [1, 2])
def test_the_same_call_after_ctrl_c_finishes_the_run(tmp_path, epoch):
    def made():
        model = network(dropout=0.5)
        sgd = SGD(model.parameters(), lr=0.1)
        cycle = lr_scheduler.OneCycleLR(sgd, 0.1, total_steps=6)
        return model, {"optimizer": sgd, "scheduler": cycle, "epochs": 3}

    batches = [(torch.rand(8, 2, 4, 4), torch.arange(8) % 2) for _ in range(2)]
    model, call = made()
    straight, other = made()
    torch.manual_seed(9)
    on_cpu(straight, Interrupted(batches, epoch=None), **other)
    torch.manual_seed(9)
    cut, call["checkpoint"] = Interrupted(batches, epoch=epoch), tmp_path / "run.pt"
    assert on_cpu(model, cut, **call).interrupted
    history = on_cpu(model, cut, **call)
    assert (len(history), history.interrupted) == (3, False)
    assert torch.equal(weights(model), weights(straight))


def test_a_finished_run_returns_its_history_and_weights(tmp_path, capsys):
    first, expected = run(tmp_path / "deep" / "run.pt")
    capsys.readouterr()
    second, actual = run(tmp_path / "deep" / "run.pt")
    assert second == first
    assert torch.equal(actual, expected)
    assert capsys.readouterr().out == "run.pt: all 4 epochs were trained before\n"


def test_a_longer_run_goes_on_from_a_shorter_one(tmp_path, capsys):
    run(tmp_path / "run.pt", epochs=2, **FIXED)
    capsys.readouterr()
    longer, actual = run(tmp_path / "run.pt", epochs=3, **FIXED)
    assert "run.pt: going on after epoch 2 of 3\n" in capsys.readouterr().out
    assert (len(longer), torch.equal(actual, run(None, epochs=3, **FIXED)[1])) == (3, 1)


def test_killed_at_any_moment_a_run_ends_with_the_same_weights(tmp_path):
    script = Path(__file__).with_name("train_until_killed.py")
    command = [sys.executable, script, tmp_path / "run.pt"]
    began = time.monotonic()
    expected = subprocess.check_output([sys.executable, script, tmp_path / "whole.pt"])
    seconds, moments = time.monotonic() - began, random.Random(0)
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1) * seconds)
        process.kill()
        process.wait()
    assert (
        subprocess.check_output(command).splitlines()[-1] == expected.splitlines()[-1]
    )
    assert {path.name for path in tmp_path.iterdir()} == {"run.pt", "whole.pt"}


# -------------------------------------------------------------------------- refusing

BRIGHTER = 2.0


def darker(images):
    return images / BRIGHTER


def with_layer(layer):
    return lambda: nn.Sequential(nn.Flatten(), layer(), nn.Linear(32, 2))


class Bent(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(32, 2)

    def forward(self, images):
        return self.last(torch.relu(images.flatten(1)))


class Otherwise(Bent):
    def forward(self, images):
        return self.last(torch.tanh(images.flatten(1)))


def bent(kind):
    kind.__qualname__ = "Bent"
    return kind


def groups(parameters, lr):
    first, *rest = parameters
    return SGD([{"params": [first], "lr": lr / 2}, {"params": rest}], lr=lr)


def step(**options):
    return {"schedule": lambda sgd: lr_scheduler.StepLR(sgd, **options)}


FIXED = {"schedule": lambda sgd: None}
EPOCH = {"step_scheduler": "epoch"}
CHANGED = {  # what is changed → how the first call differs from `run`, and the second
    "images": ({}, {"train": lambda: loader(255 - PIXELS)}),
    "one pixel": ({}, {"train": lambda: loader(ONE_BRIGHTER)}),
    "targets": ({}, {"train": lambda: loader(targets=1 - CLASSES)}),
    "fewer images": ({}, {"train": lambda: loader(PIXELS[:18], CLASSES[:18])}),
    "batch size": ({}, {"train": lambda: loader(batch_size=7)}),
    "order": ({}, {"train": lambda: loader(shuffle=False)}),
    "seed of the order": ({}, {"train": lambda: loader(seed=6)}),
    "mean": ({}, {"train": lambda: loader(mean=[0.5, 0.4], std=[1.0, 1.0])}),
    "augmentation": ({}, {"train": lambda: loader(augment=lambda x: x.flip(3))}),
    "its code": (
        {"train": lambda: loader(augment=lambda x: x.flip(2))},
        {"train": lambda: loader(augment=lambda x: x.flip(3))},
    ),
    "its settings": (
        {"train": lambda: loader(augment=nn.Dropout2d(0.1))},
        {"train": lambda: loader(augment=nn.Dropout2d(0.2))},
    ),
    "kind of loader": ({}, {"train": lambda: sampled()}),
    "validation images": ({}, {"val_loader": loader(255 - PIXELS, shuffle=False)}),
    "no validation": ({}, {"val_loader": None}),
    "learning rate": (FIXED, {"lr": 0.2}),
    "momentum": (FIXED, {"optimizer": functools.partial(SGD, momentum=0.8)}),
    "weight decay": ({}, {"optimizer": functools.partial(SGD, weight_decay=0.1)}),
    "optimizer": ({}, {"optimizer": Adam}),
    "groups": ({"optimizer": SGD}, {"optimizer": groups}),
    "rate of a group": (FIXED | {"optimizer": groups}, {"lr": 0.2}),
    "no schedule": ({}, {"schedule": lambda sgd: None}),
    "peak": ({}, {"schedule": lambda s: lr_scheduler.OneCycleLR(s, 0.2, 12)}),
    "length": ({}, {"schedule": lambda s: lr_scheduler.OneCycleLR(s, 0.1, 24)}),
    "step size": (step(step_size=2) | EPOCH, step(step_size=3) | EPOCH),
    "what it counts": (
        step(step_size=2) | EPOCH,
        step(step_size=2) | {"step_scheduler": "batch"},
    ),
    "rule": (
        EPOCH | {"schedule": lambda s: lr_scheduler.LambdaLR(s, lambda n: 0.9**n)},
        EPOCH | {"schedule": lambda s: lr_scheduler.LambdaLR(s, lambda n: 0.8**n)},
    ),
    "class weights": ({}, {"loss_fn": nn.CrossEntropyLoss(torch.tensor([1.0, 9]))}),
    "smoothing": ({}, {"loss_fn": nn.CrossEntropyLoss(label_smoothing=0.1)}),
    "loss": ({}, {"loss_fn": nn.functional.cross_entropy}),
    "precision": ({}, {"precision": "float16"}),
    "seed": ({}, {"seed": 6}),
    "fewer epochs": ({}, {"epochs": 1}),
    "longer cycle": (
        {},
        {"epochs": 5, "schedule": lambda s: lr_scheduler.OneCycleLR(s, 0.1, 15)},
    ),
    "dropout": (
        {"model": with_layer(lambda: nn.Dropout(0.1))},
        {"model": with_layer(lambda: nn.Dropout(0.2))},
    ),
    "activation": (
        {"model": with_layer(nn.ReLU)},
        {"model": with_layer(nn.Tanh)},
    ),
    "forward": ({"model": bent(Bent)}, {"model": bent(Otherwise)}),
}


@pytest.mark.parametrize(("first", "changed"), CHANGED.values(), ids=CHANGED)
def test_a_changed_call_on_the_same_path_is_refused(tmp_path, first, changed):
    path = tmp_path / "run.pt"
    with pytest.raises(InterruptedError):
        run(path, stop_after=2, **first)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"another run: [\w.]+ was .+ and is .+Delete"):
        run(path, **first | changed)
    assert path.read_bytes() == before


def test_a_global_that_an_augmentation_uses_is_part_of_the_call(halfway, monkeypatch):
    path = halfway.with_name("other.pt")
    with pytest.raises(InterruptedError):
        run(path, stop_after=1, train=lambda: loader(augment=darker))
    monkeypatch.setitem(globals(), "BRIGHTER", 3.0)
    with pytest.raises(ValueError, match=r"augment\.BRIGHTER was 2\.0 and is 3\.0"):
        run(path, train=lambda: loader(augment=darker))


def test_a_file_that_is_no_checkpoint_is_told_and_kept(tmp_path):
    path = tmp_path / "run.pt"
    path.write_text("notes")
    with pytest.raises(ValueError, match="no checkpoint of fit"):
        run(path)
    assert path.read_text() == "notes"


def test_a_damaged_file_never_loads_other_weights(halfway):
    whole, bits = halfway.read_bytes(), random.Random(0)
    expected = repr(Checkpoint(halfway, {}, {}).read())
    refused = 0
    for _ in range(250):
        place, damaged = bits.randrange(len(whole)), bytearray(whole)
        damaged[place] ^= 1 << bits.randrange(8)
        halfway.write_bytes(damaged)
        try:
            assert repr(Checkpoint(halfway, {}, {}).read()) == expected
        except ValueError:
            refused += 1
    assert refused > 100  # the others are bits of names and of padding
    halfway.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="damaged"):
        run(halfway)


def test_what_cannot_be_kept_is_told_before_the_first_epoch(tmp_path):
    (tmp_path / "file").write_text("")
    never = Interrupted([], epoch=None)
    for path, error, words in (
        (tmp_path, ValueError, "is a folder"),
        (tmp_path / "file" / "run.pt", OSError, "can't be written"),
    ):
        with pytest.raises(error, match=words):
            run(path, train=lambda: never)
    images = TensorDataset(PIXELS / 255, CLASSES)
    lasting = {"num_workers": 1, "persistent_workers": True}
    with pytest.raises(ValueError, match="leave out persistent_workers"):
        run(tmp_path / "run.pt", train=lambda: DataLoader(images, 8, **lasting))
    assert never.begun == 0


def test_a_full_disk_leaves_the_old_file_and_does_not_end_the_run(halfway, monkeypatch):
    before = halfway.read_bytes()

    def fail(state, file):
        Path(file).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.warns(UserWarning, match="no space left.*keeps the epoch before"):
        history, _ = run(halfway)
    assert (len(history), halfway.read_bytes()) == (4, before)
    assert [path.name for path in halfway.parent.iterdir()] == ["run.pt"]


def test_weights_that_are_not_finite_never_overwrite_a_checkpoint(halfway):
    before = halfway.read_bytes()
    model = network()
    model[0].weight.data[0] = torch.inf
    with pytest.raises(FloatingPointError, match=r"0\.weight is not finite"):
        Checkpoint(halfway, {"model": model}, {}).write({})
    assert halfway.read_bytes() == before
    assert list(halfway.parent.iterdir()) == [halfway]
