"""Measure how time and memory of an epoch of `fit` grow with the work.

    python benchmarks/scaling.py

Random images of CIFAR-10's shape, float32, on the CPU. From one setting (a network of
three convolutions, 32 channels in the first; 10,000 images, batches of 128, one
process) one thing changes at a time: images, batch size, channels. Two processes are
compared with one on `DeepCifarCNN`; together they have as many threads as there are
cores, and the same batch. Each run is a process of its own, warms up with five batches,
trains for an epoch, and reports its seconds and the largest memory it ever held (of
several processes, the first one's). Three rounds, in turns, two minutes each.
"""

import json
import os
import resource
import subprocess
import sys
from functools import partial
from statistics import median

import torch
from report import together, write_result
from torch import nn

from course_utils.data import Loader
from course_utils.models import DeepCifarCNN
from course_utils.runtime import set_seed
from course_utils.training import fit

SEED, ROUNDS = 0, 3
BASE = {"images": 10_000, "batch_size": 128, "width": 32, "processes": 1}
CHANGES = {
    "images": (2_500, 10_000, 50_000, 200_000),
    "batch_size": (32, 128, 512, 2_048),
    "width": (8, 16, 32, 64),
    "processes": (1, 2),
}
LARGE = {"images": 5_000, "width": 0}  # what processes share
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]


def network(width: int) -> nn.Sequential:
    """Return `DeepCifarCNN` for 0, else three convolutions of 1, 2 and 4 widths."""
    if not width:
        return DeepCifarCNN()
    conv = partial(nn.Conv2d, kernel_size=3, stride=2)
    layers = [conv(3, width), nn.ReLU(), conv(width, 2 * width), nn.ReLU()]
    layers += [conv(2 * width, 4 * width), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(4 * width * 9, 10))


def run(images: int, batch_size: int, width: int) -> None:
    """Train, and print what it took; runs in a process of its own."""
    generator = set_seed(SEED)
    pictures = torch.randint(256, (images, 3, 32, 32), dtype=torch.uint8)
    targets = torch.randint(10, (images,))
    normal = {"mean": [0.5] * 3, "std": [0.25] * 3, "generator": generator}

    def epoch(count: int) -> float:
        some = pictures[:count], targets[:count]
        loader = Loader(*some, batch_size=batch_size, shuffle=True, **normal)
        how = {"epochs": 1, "device": "cpu", "precision": "float32"}
        return fit(network(width), loader, **how).seconds[0]

    epoch(5 * batch_size)
    seconds = epoch(images)
    if os.environ.get("RANK", "0") == "0":
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        most *= 1 if sys.platform == "darwin" else 1024  # bytes there, else kB
        print(json.dumps({"seconds": seconds, "peak_bytes": most}))


def measured(processes: int, **setting: int) -> dict[str, float]:
    """Start a run with one setting, and return what it printed."""
    cores = os.cpu_count() or 1
    start = [*TORCHRUN, f"--nproc-per-node={processes}"] if processes > 1 else []
    done = subprocess.run(
        [sys.executable, *start, __file__, json.dumps(setting)],
        env={**os.environ, "OMP_NUM_THREADS": str(max(1, cores // processes))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure every setting, in turns, and keep the medians."""
    settings = {
        (name, value): BASE | (LARGE if name == "processes" else {}) | {name: value}
        for name, values in CHANGES.items()
        for value in values
    }
    turns = range(ROUNDS)
    rounds = [{row: measured(**its) for row, its in settings.items()} for _ in turns]
    report = {name: [] for name in CHANGES}
    for (name, value), middle in together(rounds, median).items():
        report[name].append({name: value, **middle})
        print(report[name][-1])
    about = {"seed": SEED, "rounds": ROUNDS, "base": BASE, "large": LARGE}
    data = "random images, shape (3, 32, 32), uint8"
    print(write_result(about | {"medians": report}, data=data))


if __name__ == "__main__":
    run(**json.loads(sys.argv[1])) if sys.argv[1:] else main()
