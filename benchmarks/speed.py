"""Time an epoch of `fit` against the notes' own loop and against ready-made batches.

    python benchmarks/speed.py

FashionCNN on FashionMNIST, batches of 128, float32, one epoch of 60,000 images and an
evaluation on 10,000. The three take turns, so that a busy machine slows all of them;
each lives in a process of its own, so that the notes' loop runs as its readers run it.
The ready-made batches get the memory setting that `fit` makes: what is left between
these two is what loading, checking and counting cost.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from statistics import median

import torch
from report import write_result
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from course_utils.data import load_fashion_mnist
from course_utils.data.sources import data_folder
from course_utils.models import FashionCNN
from course_utils.runtime import keep_freed_memory, set_seed
from course_utils.training import fit

ROUNDS = 9
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


def prepare(name: str) -> Callable[[], object]:
    """Load the data for one way through an epoch, and return that way."""
    set_seed(SEED)
    if name == NOTES:
        folder = data_folder()
        train = FashionMNIST(folder, train=True, transform=ToTensor())
        test = FashionMNIST(folder, train=False, transform=ToTensor())
        loaders = [DataLoader(train, 128, shuffle=True), DataLoader(test, 128)]
        return lambda: plain_epoch(*loaders, fused=False)
    data = load_fashion_mnist(val_size=0)
    loaders = [data.loader("train", device=CPU), data.loader("test", device=CPU)]
    if name == READY:
        keep_freed_memory()
        ready = [list(loader) for loader in loaders]
        return lambda: plain_epoch(*ready, fused=True)
    return lambda: fit(
        FashionCNN(), *loaders, epochs=1, device=CPU, precision="float32"
    )


def serve(name: str, pipe: Connection) -> None:
    """Run one epoch whenever asked to, and answer with its seconds."""
    run = prepare(name)
    while pipe.recv():
        start = time.perf_counter()
        run()
        pipe.send(time.perf_counter() - start)


def main() -> None:
    """Time everything in turns, and keep the numbers."""
    data = load_fashion_mnist(val_size=0)
    if not data.is_complete:
        sys.exit("this needs the complete FashionMNIST: set COURSE_DATA_DIR")
    seconds: dict[str, list[float]] = {NOTES: [], READY: [], FIT: []}
    spawn = multiprocessing.get_context("spawn")
    pipes = {}
    for name in seconds:
        pipes[name], theirs = spawn.Pipe()
        spawn.Process(target=serve, args=(name, theirs), daemon=True).start()
    for turn in range(ROUNDS + 1):
        for name, times in seconds.items():
            pipes[name].send(True)
            duration = pipes[name].recv()
            # The first turn loads the data and warms up.
            if turn:
                times.append(duration)
    for pipe in pipes.values():
        pipe.send(False)
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
