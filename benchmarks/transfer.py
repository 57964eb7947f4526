"""Measure what a trained trunk is worth where there are few pictures, five seeds each.

    python benchmarks/transfer.py

Three ways with one network, by how many pictures of each class there are: a new last
layer on a frozen trunk; the trunk trained too, at a tenth of the rate; and all of it
trained from random weights. 100 steps of Adam each time, in batches of 16; with
TrashNet also 1,000, from the start again and at the same learning rate.

First the last three classes of CIFAR-10: the trunk has three convolutions and was
trained on 15,000 images of the other seven, for 4 epochs (one training, kept in
benchmarks/runs/). Then all of TrashNet's photographs, from COURSE_DATA_DIR/trashnet, at
32 x 32 pixels, with the trunk that ships; and how much of that network is worth taking.
A seed draws the pictures, their order and the new weights. The learning rate of each
way is chosen on validation pictures, with 20 pictures of a class and a seed of its own;
the test pictures are looked at once. Takes an hour and a half on one core. *Your own
pictures* reads the numbers.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import ceil
from pathlib import Path

import numpy as np
import torch
from fast_cifar10 import SHIPPED
from ladder import RUNS
from report import chosen, complete, together, write_result
from torch import nn

from course_utils.augment import RandomCrop, RandomHorizontalFlip
from course_utils.chapters.your_own_pictures.own_pictures import photo_network
from course_utils.data import (
    ImageData,
    Loader,
    hold_out,
    load_cifar10,
    load_image_folder,
)
from course_utils.data.folder import Split
from course_utils.evaluation import Predictions, predict
from course_utils.measured import load_weights
from course_utils.runtime import set_seed
from course_utils.training import fit, train_one_epoch
from course_utils.transfer import COURSE_TRUNK, TransferNet, Trunk, load_trunk, trunk_of

SEEDS, SEED_OF_CHOICE = (0, 1, 2, 3, 4), 100
STEPS, BATCH_SIZE = 100, 16
WAYS = ("frozen", "fine-tuned", "from nothing")
LEARNING_RATES = (0.003, 0.01, 0.03)
NEW_CLASSES = 3
IMAGES, EPOCHS, WIDTHS = 15_000, 4, (32, 64, 128)  # of the trunk that knows seven
AUGMENT = nn.Sequential(
    RandomCrop(32, padding=4, padding_mode="reflect"), RandomHorizontalFlip()
)


@dataclass(frozen=True)
class Task:
    """Pictures to tell apart, a trunk that knows others, and how many to show.

    fresh: makes the trunk's layers anew, with random weights. steps: of each training.
    """

    trunk: Trunk
    fresh: Callable[[], nn.Sequential]
    class_names: tuple[str, ...]
    splits: dict[str, Split]
    counts: tuple[int, ...]
    steps: tuple[int, ...] = (STEPS,)

    def loader(self, split: Split, **options: object) -> Loader:
        """Normalise as the trunk's pictures were."""
        return Loader(*split, mean=self.trunk.mean, std=self.trunk.std, **options)

    def few(self, count: int, generator: torch.Generator) -> Split:
        """Draw so many training pictures of each class."""
        images, targets = self.splits["train"]
        shuffled = torch.randperm(len(targets), generator=generator)
        each = range(len(self.class_names))
        places = [shuffled[targets[shuffled] == number][:count] for number in each]
        return Split(images[torch.cat(places)], targets[torch.cat(places)])


# ---------------------------------------------------------------------- the two tasks


def headless(network: nn.Sequential) -> nn.Sequential:
    """Return a network without its dropout and its last layer."""
    return nn.Sequential(*[*network][:-2])


def cifar10() -> Task:
    """Tell the last three classes apart, by a trunk that has seen the others only."""
    data = complete(load_cifar10())
    known = len(data.class_names) - NEW_CLASSES
    splits = {}
    for part in ("train", "val", "test"):
        images, targets = (getattr(data, f"{part}_{k}") for k in ("images", "targets"))
        is_new = targets >= known
        splits[part] = Split(images[is_new], targets[is_new] - known)
    trunk = Trunk(
        name=f"trained on the first {known} classes",
        features=headless(trained_trunk(data, known)).eval(),
        num_features=WIDTHS[-1],
        size=32,
        mean=data.mean,
        std=data.std,
    )
    fresh = lambda: headless(photo_network(known, WIDTHS))  # noqa: E731
    return Task(trunk, fresh, data.class_names[known:], splits, counts=(5, 20, 50))


def trained_trunk(data: ImageData, known: int) -> nn.Sequential:
    """Train on the first classes only, or take what was trained before."""
    generator = set_seed(0)
    network = photo_network(known, WIDTHS)
    old = (data.train_targets < known).nonzero()[:IMAGES, 0]
    how = {"batch_size": 128, "augment": AUGMENT, "generator": generator}
    loader = chosen(data, "train", old).loader("train", **how)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.1, epochs=EPOCHS, steps_per_epoch=len(loader)
    )
    how = {"optimizer": optimizer, "scheduler": scheduler, "precision": "float32"}
    path = RUNS / "transfer_trunk.pt"
    history = fit(network, loader, epochs=EPOCHS, checkpoint=path, **how)
    if history.interrupted:
        sys.exit("interrupted; the same command goes on from the last whole epoch")
    return network


def trashnet() -> Task:
    """Tell six kinds of waste apart, by the trunk that ships; equal pictures once."""
    folder = Path(os.environ.get("COURSE_DATA_DIR", ""), "trashnet")
    data = load_image_folder(folder, size=32, val_fraction=0, test_fraction=0)
    pixels = [image.numpy().tobytes() for image in data.train_images]
    first = torch.tensor([pixels.index(one) == i for i, one in enumerate(pixels)])
    every = Split(data.train_images[first], data.train_targets[first])
    others, test = hold_out(every, 0.25)
    train, val = hold_out(others, 0.2)
    splits = {"train": train, "val": val, "test": test}
    fresh = lambda: trunk_of(SHIPPED.network())  # noqa: E731
    counts, steps = (5, 20, 40), (STEPS, 1000)
    return Task(load_trunk(), fresh, data.class_names, splits, counts, steps)


# ----------------------------------------------------------------------- the three ways


def trained(
    way: str, task: Task, count: int, seed: int, rate: float, steps: int = STEPS
) -> nn.Module:
    """Train in one of the ways, on pictures that the seed draws."""
    generator = set_seed(seed)
    pictures = task.few(count, generator)
    sizes = task.trunk.num_features, len(task.class_names)
    if way == "from nothing":
        model = nn.Sequential(task.fresh(), nn.Linear(*sizes))
        groups = [{"params": model.parameters(), "lr": rate}]
    else:
        model = TransferNet(task.trunk.features, *sizes)
        groups = [{"params": model.last.parameters(), "lr": rate}]
    if way == "fine-tuned":
        model.requires_grad_(True)
        groups.append({"params": model.trunk.parameters(), "lr": rate / 10})
    drawn = {"shuffle": True, "augment": AUGMENT, "generator": generator}
    loader = task.loader(pictures, batch_size=BATCH_SIZE, **drawn)
    model.to(memory_format=torch.channels_last)  # faster, and the same numbers
    how = {"loss_fn": nn.functional.cross_entropy, "device": torch.device("cpu")}
    optimizer = torch.optim.Adam(groups)
    for _ in range(ceil(steps / len(loader))):
        train_one_epoch(model, loader, optimizer=optimizer, **how)
    return model


def choose(way: str, task: Task) -> dict[str, float]:
    """Return the validation accuracy of each learning rate."""
    val, found = task.loader(task.splits["val"], batch_size=500), {}
    for rate in LEARNING_RATES:
        model = trained(way, task, 20, SEED_OF_CHOICE, rate)
        found[str(rate)] = predict(model, val).accuracy
        print(f"{way}, rate {rate}: {found[str(rate)]:.1%} of validation", flush=True)
    return found


def by_cut(way: str, task: Task) -> dict[str, list[float]]:
    """Return validation accuracies with trunks that end after 1, 2 and 3 sizes.

    Three seeds each, at the learning rate that is best in the mean.
    """
    network = load_weights(SHIPPED.network(), COURSE_TRUNK)
    val, found = task.loader(task.splits["val"], batch_size=500), {}
    for sizes, channels in enumerate(SHIPPED.channels, start=1):
        features = trunk_of(network, sizes).eval()
        cut = replace(task.trunk, features=features, num_features=channels)
        tried = partial(trained, way, replace(task, trunk=cut), 20)
        rows = [
            [predict(tried(SEED_OF_CHOICE + n, rate), val).accuracy for n in range(3)]
            for rate in LEARNING_RATES
        ]
        found[str(sizes)] = max(rows, key=sum)
        print(f"{way}, a trunk of {sizes} sizes: {found[str(sizes)]}", flush=True)
    return found


def longer(task: Task, rate: float) -> float:
    """Return the validation accuracy from nothing with twice the steps."""
    model = trained("from nothing", task, 20, SEED_OF_CHOICE, rate, 2 * STEPS)
    return predict(model, task.loader(task.splits["val"], batch_size=500)).accuracy


def by_confidence(answers: Predictions) -> dict[str, list]:
    """Count, in ten ranges of confidence: pictures, their confidences, right ones."""
    tenth = np.minimum((10 * answers.confidence).astype(int), 9)
    right = answers.predicted == answers.targets
    add_up = partial(np.bincount, tenth, minlength=10)
    return {
        "pictures": add_up().tolist(),
        "confidence": add_up(weights=answers.confidence).round(3).tolist(),
        "right": add_up(weights=right).astype(int).tolist(),
    }


def measure(task: Task, seed: int, rates: dict[str, float]) -> dict:
    """Return the test accuracy by way and count; the last count's confidences too."""
    test = task.loader(task.splits["test"], batch_size=500)
    accuracy, confidence = {}, {}
    for steps, way in product(task.steps, WAYS):
        name = way if steps == STEPS else f"{way}, {steps:,} steps"
        accuracy[name] = {}
        for count in task.counts:
            model = trained(way, task, count, seed, rates[way], steps)
            answers = predict(model, test)
            accuracy[name][str(count)] = answers.accuracy
            words = f"seed {seed}, {count} each, {name}: {answers.accuracy:.1%}"
            print(words, flush=True)
        confidence[name] = by_confidence(answers)
    return {"test_accuracy": accuracy, "confidence": confidence}


def prepare(task: Task) -> dict:
    """Choose the learning rates, and describe the task."""
    found = {way: choose(way, task) for way in WAYS}
    rates = {way: float(max(one, key=one.get)) for way, one in found.items()}
    return {
        "class_names": task.class_names,
        "trunk": task.trunk.name,
        "pictures": {part: len(split.targets) for part, split in task.splits.items()},
        "val_accuracy_by_learning_rate": found,
        "learning_rate": rates,
        "val_accuracy_from_nothing_in_200_steps": longer(task, rates["from nothing"]),
    }


def main() -> None:
    """Measure seed by seed; write the numbers after each."""
    torch.set_num_threads(1)
    tasks = {"cifar10": cifar10(), "trashnet": trashnet()}
    about = {name: prepare(task) for name, task in tasks.items()}
    cuts = {way: by_cut(way, tasks["trashnet"]) for way in WAYS[:2]}
    about["trashnet"]["val_accuracy_by_sizes_of_the_trunk"] = cuts
    runs: dict[str, list] = {name: [] for name in tasks}
    for seed in SEEDS:
        for name, task in tasks.items():
            runs[name].append(measure(task, seed, about[name]["learning_rate"]))
        found = {name: about[name] | together(runs[name]) for name in tasks}
        measured = {"seeds": SEEDS[: seed + 1], "steps": STEPS, **found}
        data = "CIFAR-10 as JPEG, complete; TrashNet, complete, equal pictures once"
        print(write_result(measured, data=data), flush=True)


if __name__ == "__main__":
    main()
