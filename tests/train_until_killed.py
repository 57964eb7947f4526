"""Run by test_checkpoint.py: train in copies of this process, which are killed."""

import multiprocessing
import os
import random
import sys
import time
import zlib
from pathlib import Path

import torch
from torch import nn

from course_utils import augment
from course_utils.data.loader import Loader
from course_utils.runtime import set_seed
from course_utils.training import fit


def train(checkpoint: Path) -> None:
    """Train a little, and print what came of it."""
    generator = set_seed(0)
    images = torch.randint(0, 256, (200, 1, 12, 12), dtype=torch.uint8)
    flips = augment.RandomHorizontalFlip()
    order = {"shuffle": True, "generator": generator, "augment": flips}
    loader = Loader(images, torch.arange(200) % 3, batch_size=20, **order)
    layers = [nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Dropout()]
    model = nn.Sequential(*layers, nn.Linear(800, 3))
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    cycle = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.01, total_steps=12 * 10)
    call = {"epochs": 12, "optimizer": sgd, "scheduler": cycle, "device": "cpu"}
    fit(model, loader, loader, checkpoint=checkpoint, **call)
    state = torch.cat(
        [t.detach().flatten().double() for t in model.state_dict().values()]
    )
    print("weights", zlib.crc32(state.numpy().tobytes()))


def in_a_copy(checkpoint: Path, seconds: float | None = None) -> None:
    """Train in a process of its own, a fork where there is one; kill it after so long.

    A fork has imported everything: what is killed is the training.
    """
    start = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    copy = start.Process(target=train, args=(checkpoint,))
    copy.start()
    copy.join(seconds)
    copy.kill()
    copy.join()


def main(folder: Path, kills: int) -> None:
    torch.optim.SGD([torch.zeros(1)], lr=1)  # imports what PyTorch imports late
    began = time.monotonic()
    in_a_copy(folder / "whole.pt")
    seconds, moments = time.monotonic() - began, random.Random(0)
    for _ in range(kills):
        in_a_copy(folder / "run.pt", moments.uniform(0.1, 0.4) * seconds)
    in_a_copy(folder / "run.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
