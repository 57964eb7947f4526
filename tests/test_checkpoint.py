"""A run that was cut short goes on as if nothing had happened, or says why not."""

import functools
import os
import random
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from test_training import Interrupted, network, on_cpu, weights
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim import SGD, lr_scheduler
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from course_utils.checkpoint import Checkpoint
from course_utils.data.loader import Loader

KILLS = int(os.environ.get("KILLS", 3))  # `make properties` asks for 20
PIXELS = torch.randint(0, 256, (20, 2, 4, 4), dtype=torch.uint8)
CLASSES = torch.arange(20) % 2
IMAGES = TensorDataset(PIXELS / 255, CLASSES)
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
    each=lambda sgd: None,
    **options,
):
    torch.manual_seed(seed)
    model = model() if model else network(seed, dropout=0.5)
    moved = optimizer(model.parameters(), lr=lr)

    def stop(history):
        each(moved)
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


def drawing():
    """Augment with numbers that NumPy and Python draw, from all over the place."""
    own = np.random.default_rng(1)

    def augment(images):
        factor = np.random.rand() + random.random() + own.random()  # noqa: NPY002
        return images * factor

    return loader(augment=augment)


def sampled():
    sampler = RandomSampler(IMAGES, generator=torch.Generator().manual_seed(1))
    return DataLoader(IMAGES, batch_size=8, sampler=sampler)


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


class Noting(nn.Linear):
    def get_extra_state(self):
        return {"note": np.float64(1)}

    def set_extra_state(self, state): ...


class Warmth(nn.Module):
    def __init__(self):
        super().__init__()
        self.warmth = nn.Parameter(torch.ones(1))

    def forward(self, logits, targets):
        return nn.functional.cross_entropy(logits * self.warmth, targets)


def learned_loss():
    loss = Warmth()
    both = {"optimizer": lambda model, lr: SGD([*model, *loss.parameters()], lr)}
    return FIXED | both | {"loss_fn": loss}


def test_the_default_optimizer_holds_the_weights_of_the_loss_too():
    loss = Warmth()
    on_cpu(network(), sampled(), epochs=1, loss_fn=loss)
    assert loss.warmth != 1


def halve(sgd):
    sgd.param_groups[0]["lr"] *= 0.5


def scheduled(kind, *numbers, **told):
    return told | {"schedule": lambda sgd: kind(sgd, *numbers)}


FIXED = {"schedule": lambda sgd: None}
EPOCH = {"step_scheduler": "epoch"}
NINE = np.float32(0.9)
KEPT = {
    "learning rate": lambda: FIXED | {"lr": np.float64(0.1)},
    "momentum": lambda: FIXED | {"optimizer": functools.partial(SGD, momentum=NINE)},
    "peak": lambda: scheduled(lr_scheduler.OneCycleLR, np.float64(0.1), 12),
    "steps": lambda: scheduled(lr_scheduler.MultiStepLR, np.array([1, 3]), **EPOCH),
    "extra state": lambda: {
        "model": lambda: nn.Sequential(nn.Flatten(), Noting(32, 2))
    },
    "loss": learned_loss,
    "callback": lambda: FIXED | {"each": halve},
}


@pytest.mark.parametrize("options", KEPT.values(), ids=KEPT)
def test_all_that_a_run_goes_on_from_is_kept(tmp_path, options):
    with pytest.raises(InterruptedError):
        run(tmp_path / "run.pt", stop_after=2, **options())
    resumed, whole = run(tmp_path / "run.pt", **options()), run(None, **options())
    assert torch.equal(resumed[1], whole[1])


def test_an_older_file_whose_tensors_lie_channels_last_goes_on_as_well(halfway):
    state = torch.load(halfway, weights_only=True)
    del state["parts"]["loss_fn"]
    momentum = state["parts"]["optimizer"]["state"][0]
    for tensors in (state["parts"]["model"], momentum):
        for name, value in tensors.items():
            if value is not None and value.ndim == 4:
                tensors[name] = value.contiguous(memory_format=torch.channels_last)
    torch.save(state, halfway)
    assert torch.equal(run(halfway)[1], run(None)[1])


@pytest.mark.filterwarnings("ignore:train_loader.begun was")
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


class Caching(TensorDataset):
    def __init__(self):
        super().__init__(PIXELS / 255, CLASSES)
        self.cache = {}

    def __getitem__(self, index):
        return self.cache.setdefault(index, super().__getitem__(index))


class Keeping(nn.Linear):
    def forward(self, images):
        self.maps = super().forward(images.flatten(1))
        return self.maps


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (network, scheduled(lr_scheduler.OneCycleLR, 0.1, 12)),
        (network, scheduled(lr_scheduler.CosineAnnealingWarmRestarts, 3, **EPOCH)),
        (lambda: spectral_norm(Keeping(32, 2)), FIXED),
    ],
)
def test_with_the_same_objects_a_longer_run_goes_on(tmp_path, make, options):
    def trained(*epochs, checkpoint=None):
        torch.manual_seed(1)
        model, batches, call = make(), DataLoader(Caching(), 8), dict(options)
        sgd = SGD(model.parameters(), lr=0.1, momentum=0.9)
        call |= {"optimizer": sgd, "scheduler": call.pop("schedule")(sgd)}
        for number in epochs:
            on_cpu(model, batches, epochs=number, checkpoint=checkpoint, **call)
        return weights(model)

    assert torch.equal(trained(2, 4, checkpoint=tmp_path / "run.pt"), trained(4))


def test_killed_at_any_moment_a_run_ends_with_the_same_weights(tmp_path):
    (tmp_path / ".fit-old").mkdir()  # as a run that is killed may leave it
    os.utime(tmp_path / ".fit-old", (0, 0))
    script = Path(__file__).with_name("train_until_killed.py")
    command = [sys.executable, script, tmp_path, str(KILLS)]
    said = subprocess.check_output(command, text=True).splitlines()
    first, *others = [line for line in said if line.startswith("weights")]
    assert others and {*others} == {first}, said
    left = {path.name for path in tmp_path.iterdir()}
    assert ".fit-old" not in left
    assert {name for name in left if name[0] != "."} == {"run.pt", "whole.pt"}


@pytest.mark.parametrize("content", ["notes", network()])
def test_a_file_that_is_no_checkpoint_is_told_and_kept(tmp_path, content):
    path = tmp_path / "run.pt"
    torch.save(content, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"no checkpoint of fit.*\(\w+\)\. Give ano"):
        run(path)
    assert path.read_bytes() == before
    path.unlink()
    with pytest.warns(UserWarning, match="no checkpoint of fit.*is as it was"):
        run(path, each=lambda _: torch.save(content, path))
    assert path.read_bytes() == before


def test_a_file_that_does_not_fit_changes_nothing(halfway):
    state = torch.load(halfway, weights_only=True)
    state["parts"]["optimizer"]["param_groups"] *= 2
    torch.save(state, halfway)
    model = network(5, dropout=0.5)
    with pytest.raises(ValueError, match=r"does not fit this optimizer.*or delete it"):
        run(halfway, model=lambda: model)
    assert torch.equal(weights(model), weights(network(5)))


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
    lasting = {"num_workers": 1, "persistent_workers": True}
    last = DataLoader(IMAGES, 8, **lasting)
    for part in ({"train": lambda: last}, {"val_loader": last}):
        with pytest.raises(ValueError, match="leave out persistent_workers"):
            run(tmp_path / "run.pt", **part)
    assert never.begun == 0


class Counting(nn.Linear):
    def __init__(self):
        super().__init__(32, 2)
        self.steps = 0

    def forward(self, images):
        self.steps += 1
        return super().forward(images.flatten(1))


class Reseeded(RandomSampler):
    def __init__(self):
        super().__init__(IMAGES)
        self.seed = 0

    def __iter__(self):
        self.seed += 1
        return iter(torch.randperm(20).tolist())


def half_frozen():
    model = network()
    model[0].weight.requires_grad_(False)
    return model


def thaw(sgd):
    sgd.param_groups[0]["params"][0].requires_grad_(True)


def counted(sgd, steps=()):
    sgd.register_step_post_hook(lambda *_, made=[]: made.append(1))


LOST = {
    "optimizer._optimizer_step_post_hooks.* was": {"schedule": counted},
    "model.steps was 0": {"model": Counting},
    "train_loader.sampler.seed was 0": {
        "train": lambda: DataLoader(IMAGES, 8, sampler=Reseeded())
    },
    "model.0.weight was .*False": {"model": half_frozen, "each": thaw},
    "a scheduler, .* else": {"schedule": lambda s: lr_scheduler.StepLR(s, 3) and None},
}


@pytest.mark.parametrize(("words", "options"), LOST.items(), ids=LOST)
def test_what_a_file_does_not_keep_is_told(tmp_path, words, options):
    with pytest.warns(UserWarning, match=f"{words}.* does not keep it") as told:
        run(tmp_path / "run.pt", epochs=2, optimizer=SGD, **FIXED | options)
    assert len(told) == 1


class Warmer:
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self): ...


def unreadable(parameters, lr):
    return SGD([{"params": parameters, "name": frozenset()}], lr=lr)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (scheduled(Warmer, **EPOCH), TypeError, "expected one with state_dict"),
        (FIXED | {"optimizer": unreadable}, OSError, "no file gives a builtins.frozen"),
    ],
)
def test_what_no_file_can_hold_is_told_at_once(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        run(tmp_path / "run.pt", **options)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("words", ["No space left on device", "another fault"])
def test_a_full_disk_or_another_fault_leaves_the_file_and_does_not_end_the_run(
    halfway, monkeypatch, words
):
    def fail(state, file, save=torch.save):
        if "fault" in words:
            raise EOFError(words)
        save(state, Mock(**{"write.side_effect": OSError(28, words)}))

    before = halfway.read_bytes()
    monkeypatch.setattr(torch, "save", fail)
    with pytest.warns(UserWarning, match=f"{words}.*file is as it was"):
        history, _ = run(halfway)
    assert (len(history), halfway.read_bytes()) == (4, before)
    assert [path.name for path in halfway.parent.iterdir()] == ["run.pt"]
