"""Time an epoch of `fit` against the notes' own loop and against ready-made batches.

    python benchmarks/speed.py

FashionCNN on FashionMNIST, batches of 128, float32, one epoch of 60,000 images and an
evaluation on 10,000. The three take turns, 20 batches each, so that a busy machine
slows all of them; each lives in a process of its own, so that the notes' loop runs as
its readers run it.
The ready-made batches get the memory setting that `fit` makes: what is left between
these two is what loading, checking and counting cost.
"""

import sys
from collections.abc import Callable
from statistics import median

import torch
from report import write_result
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor
from turns import Turns, TurnsBetween, in_turns

from course_utils.data import load_fashion_mnist
from course_utils.data.sources import data_folder
from course_utils.models import FashionCNN
from course_utils.runtime import keep_freed_memory, set_seed
from course_utils.training import fit

ROUNDS = 9
BATCHES_A_TURN = 20
SEED = 0
CPU = torch.device("cpu")
NOTES, READY, FIT = "the notes' loop", "ready-made batches", "fit"


def plain_epoch(train_batches: object, test_batches: object, *, fused: bool) -> None:
    """Train and evaluate as the notes do, with nothing around it."""
    model = FashionCNN()
    optimizer = torch.optim.Adam(model.parameters(), fused=fused)
    loss_fn = nn.CrossEntropyLoss()
    model.train()
    for images, targets in train_batches:
        optimizer.zero_grad()
        loss = loss_fn(model(images), targets)
        loss.backward()
        optimizer.step()
        loss.item()
    model.eval()
    with torch.no_grad():
        for images, targets in test_batches:
            logits = model(images)
            loss_fn(logits, targets).item()
            (logits.argmax(dim=1) == targets).sum().item()


def prepare(name: str, turns: Turns) -> Callable[[], object]:
    """Load the data for one way through an epoch, and return that way."""
    set_seed(SEED)
    if name == NOTES:
        _, folder = data_folder()
        train = FashionMNIST(folder, train=True, transform=ToTensor())
        test = FashionMNIST(folder, train=False, transform=ToTensor())
        loaders = [DataLoader(train, 128, shuffle=True), DataLoader(test, 128)]
    else:
        data = load_fashion_mnist(val_size=0)
        loaders = [data.loader("train", device=CPU), data.loader("test", device=CPU)]
    if name == READY:
        keep_freed_memory()
        loaders = [list(loader) for loader in loaders]
    train_batches, test_batches = [
        TurnsBetween(loader, turns, BATCHES_A_TURN) for loader in loaders
    ]
    if name == FIT:
        return lambda: fit(
            FashionCNN(),
            train_batches,
            test_batches,
            epochs=1,
            device=CPU,
            precision="float32",
        )
    return lambda: plain_epoch(train_batches, test_batches, fused=name == READY)


def main() -> None:
    """Time everything in turns, and keep the numbers."""
    data = load_fashion_mnist(val_size=0)
    if not data.is_complete:
        sys.exit("this needs the complete FashionMNIST: set COURSE_DATA_DIR")
    seconds, _ = in_turns(prepare, (NOTES, READY, FIT), ROUNDS)
    ratios = {
        f"{FIT} / {name}": median(
            ours / theirs for ours, theirs in zip(seconds[FIT], times, strict=True)
        )
        for name, times in seconds.items()
        if name != FIT
    }
    for name, times in seconds.items():
        print(f"{name}: median {median(times):.2f} s of {ROUNDS}")
    for name, ratio in ratios.items():
        print(f"{name}: median {ratio:.2f} of {ROUNDS}")
    measured = {"seed": SEED, "seconds": seconds, "median_ratios": ratios}
    print(write_result(measured, data=data.source))


if __name__ == "__main__":
    main()
