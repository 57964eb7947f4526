"""What the accuracy ladders share: train a list of networks, several seeds each.

A finished seed is kept in benchmarks/runs/, so an interrupted run goes on where it
stopped. The test set is looked at once, when a network's training has ended.
"""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from report import complete, hardware, kept, write_result
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from course_utils.data import ImageData
from course_utils.models import count_parameters
from course_utils.precision import InPrecision
from course_utils.runtime import autocast_dtype, best_device, set_seed
from course_utils.training import History, evaluate, fit

SEEDS = (0, 1, 2)
RUNS = Path(__file__).parent / "runs"


@dataclass(frozen=True)
class Entry:
    """One line of the table: a network, how it is trained, and for how long.

    `peak_lr` is the largest learning rate of a one-cycle schedule (Smith and Topin,
    "Super-Convergence", 2018, section 3); None means that the learning rate stays what
    `settings` says. With `all_images` the network also trains on the validation images,
    and so is not validated.
    """

    model: Callable[[], nn.Module]
    optimizer: Callable[..., torch.optim.Optimizer]
    settings: dict[str, float]
    batch_size: int = 128
    epochs: int = 15
    augment: nn.Module | None = None
    peak_lr: float | None = None
    precision: str = "float32"
    label_smoothing: float = 0.0
    all_images: bool = False


def train(
    entry: Entry, data: ImageData, seed: int, path: Path
) -> tuple[nn.Module, History]:
    """Train one network from one seed, or go on where that was interrupted."""
    generator = set_seed(seed)
    model = entry.model()
    validation = None if entry.all_images else data.loader("val", batch_size=1000)
    data = with_validation_images(data) if entry.all_images else data
    loader = data.loader(
        "train",
        batch_size=entry.batch_size,
        augment=entry.augment,
        generator=generator,
    )
    optimizer = entry.optimizer(model.parameters(), **entry.settings, fused=True)
    steps = {"epochs": entry.epochs, "steps_per_epoch": len(loader)}
    history = fit(
        model,
        loader,
        validation,
        epochs=entry.epochs,
        optimizer=optimizer,
        scheduler=entry.peak_lr and OneCycleLR(optimizer, entry.peak_lr, **steps),
        loss_fn=nn.CrossEntropyLoss(label_smoothing=entry.label_smoothing),
        precision=entry.precision,
        checkpoint=path,
    )
    if history.interrupted:
        sys.exit("interrupted; the same command goes on from the last whole epoch")
    return model, history


def with_validation_images(data: ImageData) -> ImageData:
    """Return the data with the validation images among those to train on."""
    return replace(
        data,
        train_images=torch.cat((data.train_images, data.val_images)),
        train_targets=torch.cat((data.train_targets, data.val_targets)),
    )


def as_trained(model: nn.Module, entry: Entry) -> nn.Module:
    """Return the network, computing in the number format that it was trained in."""
    return InPrecision(model, autocast_dtype(entry.precision, best_device()))


def checkpoint_path(dataset: str, name: str, seed: int) -> Path:
    """Return the file that keeps one network's training from one seed."""
    return RUNS / f"{dataset}_{name.replace(' ', '_')}_{seed}.pt"


def climb(
    entries: dict[str, Entry],
    data: ImageData,
    measure: Callable[[nn.Module, ImageData, int], dict] | None = None,
) -> None:
    """Train every network from every seed; write the numbers after each whole seed.

    Names on the command line choose networks; the others keep their numbers, each line
    with the hardware it comes from. `measure` adds what else a script wants to know of
    a trained network.
    """
    complete(data)
    chosen = sys.argv[1:] or list(entries)
    if unknown := set(chosen) - set(entries):
        sys.exit(f"no network is called {sorted(unknown)}; there are {list(entries)}")
    dataset = Path(sys.argv[0]).stem
    runs = {name: [] for name in chosen}
    for seed in SEEDS:
        for name in chosen:
            print(f"{name}, seed {seed}", flush=True)
            entry, path = entries[name], checkpoint_path(dataset, name, seed)
            model, history = train(entry, data, seed, path)
            test_loader = data.loader("test", batch_size=1000)
            test = evaluate(as_trained(model, entry), test_loader)
            print(f"{name}, seed {seed}: test accuracy {test.accuracy:.1%}", flush=True)
            runs[name].append(
                {
                    "test_accuracy": test.accuracy,
                    "parameters": count_parameters(model),
                    "mistakes": measure(model, data, seed) if measure else None,
                    "history": asdict(history),
                }
            )
        lines = {name: _line(entries[name], runs[name]) for name in chosen}
        before = {"hardware": kept("hardware")}
        models = {n: before | line for n, line in kept("models").items()} | lines
        models = {name: models[name] for name in entries if name in models}
        most = max(len(line["test_accuracy"]) for line in models.values())
        seeds = SEEDS[:most]
        print(write_result({"seeds": seeds, "models": models}, data=data.source))


def _line(entry: Entry, runs: list[dict]) -> dict:
    schedule = {"peak_lr": entry.peak_lr} if entry.peak_lr else {}
    return {
        "hardware": hardware(),
        "parameters": runs[0]["parameters"],
        "epochs": entry.epochs,
        "batch_size": entry.batch_size,
        "optimizer": f"{entry.optimizer.__name__} {entry.settings | schedule}",
        "precision": str(autocast_dtype(entry.precision, best_device())),
        "label_smoothing": entry.label_smoothing,
        "all_images": entry.all_images,
        "test_accuracy": [run["test_accuracy"] for run in runs],
        "mistakes": [run["mistakes"] for run in runs],
        "histories": [run["history"] for run in runs],
    }
