"""Time an epoch of `fit` against the notes' own loop and against ready-made batches.

    python benchmarks/speed.py

FashionCNN on FashionMNIST, batches of 128, float32, one epoch of 60,000 images and an
evaluation on 10,000. The three take turns, so that a busy machine slows all of them,
each in a process of its own, so that none profits from what another sets up. The
ready-made batches get the same memory setting as `fit`, so what is left between these
two is what loading, checking and counting cost.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import torch
from report import write_result
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.data.sources import data_folder
from course_utils.models import FashionCNN
from course_utils.runtime import keep_freed_memory, set_seed
from course_utils.training import fit

ROUNDS = 5
SEED = 0
CPU = torch.device("cpu")


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


def contestants(data: ImageData) -> dict[str, Callable[[], object]]:
    """Return the ways through one epoch, each as a function that prepares it."""
    loaders = [data.loader("train", device=CPU), data.loader("test", device=CPU)]

    def notes() -> Callable[[], object]:
        one_by_one = [
            FashionMNIST(data_folder(), train=train, transform=ToTensor())
            for train in (True, False)
        ]
        batches = [DataLoader(one_by_one[0], 128, shuffle=True)]
        batches.append(DataLoader(one_by_one[1], 128))
        return lambda: plain_epoch(*batches, fused=False)

    def ready() -> Callable[[], object]:
        keep_freed_memory()
        batches = [list(loader) for loader in loaders]
        return lambda: plain_epoch(*batches, fused=True)

    return {
        "the notes' loop": notes,
        "ready-made batches": ready,
        "fit": lambda: (
            lambda: fit(
                FashionCNN(), *loaders, epochs=1, device=CPU, precision="float32"
            )
        ),
    }


def time_one(name: str) -> None:
    """Print the seconds of one epoch, after another one that warms up."""
    set_seed(SEED)
    run = contestants(load_fashion_mnist(val_size=0))[name]()
    run()
    start = time.perf_counter()
    run()
    print(time.perf_counter() - start)


def main() -> None:
    """Time everything in turns, and keep the numbers."""
    data = load_fashion_mnist(val_size=0)
    if not data.is_complete:
        sys.exit("this needs the complete FashionMNIST: set COURSE_DATA_DIR")
    seconds: dict[str, list[float]] = {name: [] for name in contestants(data)}
    for turn in range(ROUNDS):
        for name, times in seconds.items():
            command = [sys.executable, __file__, name]
            output = subprocess.check_output(command, text=True)
            times.append(float(output.splitlines()[-1]))
            print(f"turn {turn + 1}: {name}: {times[-1]:.2f} s", flush=True)
    ratios = {
        f"fit / {name}": median(
            ours / theirs for ours, theirs in zip(seconds["fit"], times, strict=True)
        )
        for name, times in seconds.items()
        if name != "fit"
    }
    for name, ratio in ratios.items():
        print(f"median of {ROUNDS} ratios, {name}: {ratio:.2f}")
    measured = {"seed": SEED, "seconds": seconds, "median_ratios": ratios}
    print(write_result(measured, data=data.source))


if __name__ == "__main__":
    time_one(sys.argv[1]) if len(sys.argv) > 1 else main()
