"""Time an epoch of `fit` against the notes' own loop and against ready-made batches.

    python benchmarks/speed.py

FashionCNN on FashionMNIST, batches of 128, float32, one epoch of 55,000 images and an
evaluation on 5,000. The three take turns, so that a busy machine slows all of them.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import torch
from PIL import Image
from report import write_result
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.models import FashionCNN
from course_utils.runtime import set_seed
from course_utils.training import fit

ROUNDS = 5
SEED = 0
CPU = torch.device("cpu")


class OneByOne(Dataset):
    """Images as torchvision gives them: each through Pillow, then through ToTensor."""

    def __init__(self, images: Tensor, targets: Tensor) -> None:
        self.images, self.targets = images[:, 0], targets
        self.transform = ToTensor()

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self.images[index].numpy())
        return self.transform(image), int(self.targets[index])


def plain_epoch(train_batches: object, val_batches: object, *, fused: bool) -> None:
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
        for images, targets in val_batches:
            logits = model(images)
            loss_fn(logits, targets).item()
            (logits.argmax(dim=1) == targets).sum().item()


def contestants(data: ImageData) -> dict[str, Callable[[], object]]:
    """Return the three ways through one epoch."""
    train = OneByOne(data.train_images, data.train_targets)
    val = OneByOne(data.val_images, data.val_targets)
    one_by_one = [DataLoader(train, 128, shuffle=True), DataLoader(val, 128)]
    loaders = [data.loader("train", device=CPU), data.loader("val", device=CPU)]
    ready = [list(loader) for loader in loaders]
    return {
        "the notes' loop": lambda: plain_epoch(*one_by_one, fused=False),
        "ready-made batches": lambda: plain_epoch(*ready, fused=True),
        "fit": lambda: fit(
            FashionCNN(), *loaders, epochs=1, device=CPU, precision="float32"
        ),
    }


def main() -> None:
    """Time everything, and keep the numbers."""
    data = load_fashion_mnist()
    if not data.is_complete:
        sys.exit("this needs the complete FashionMNIST: set COURSE_DATA_DIR")
    set_seed(SEED)
    ways = contestants(data)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, run in ways.items():
            start = time.perf_counter()
            run()
            # The first turn warms up caches and threads.
            if turn:
                seconds[name].append(time.perf_counter() - start)
    ratios = {
        f"fit / {name}": median(
            ours / theirs for ours, theirs in zip(seconds["fit"], times, strict=True)
        )
        for name, times in seconds.items()
        if name != "fit"
    }
    for name, times in seconds.items():
        print(f"{name}: median {median(times):.2f} s of {ROUNDS}")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    measured = {"seed": SEED, "seconds": seconds, "median_ratios": ratios}
    print(write_result(measured, data=data.source))


if __name__ == "__main__":
    main()
