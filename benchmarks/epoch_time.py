"""Time an epoch of each CIFAR-10 network, in float32 and in the machine's fast format.

    python benchmarks/epoch_time.py

The networks take turns, so that a busy machine slows all of them. Each turn trains on
2,560 images twice and times the second pass; the medians are scaled to 45,000 images.
Takes about three minutes on two cores.
"""

from statistics import median

import torch
from cifar10 import ENTRIES
from ladder import Entry
from report import chosen, together, write_result

from course_utils.data import ImageData, load_cifar10
from course_utils.runtime import autocast_dtype, best_device, set_seed
from course_utils.training import fit

SEED = 0
ROUNDS = 5
IMAGES = 20 * 128
EPOCH = 45_000
NETWORKS = (
    "ANN",
    "CifarCNN + augmentation",
    "DeepCifarCNN - BatchNorm + augmentation",
    "DeepCifarCNN + augmentation",
    "DeepCifarCNN with stride + augmentation",
)


def seconds(entry: Entry, data: ImageData, precision: str) -> float:
    """Train for two short epochs; return what the second says of a whole one."""
    generator = set_seed(SEED)
    model = entry.model()
    loader = data.loader("train", augment=entry.augment, generator=generator)
    optimizer = entry.optimizer(model.parameters(), **entry.settings, fused=True)
    history = fit(model, loader, epochs=2, optimizer=optimizer, precision=precision)
    return history.seconds[1] * EPOCH / IMAGES


def main() -> None:
    """Time everything in turns, and keep the medians."""
    data = load_cifar10()
    short = chosen(data, "train", slice(IMAGES))
    fast = str(autocast_dtype("auto", best_device())).removeprefix("torch.")
    formats = sorted({"float32", fast}, reverse=True)
    rounds = [
        {n: {f: seconds(ENTRIES[n], short, f) for f in formats} for n in NETWORKS}
        for _ in range(ROUNDS)
    ]
    measured = together(rounds, median)
    print(measured)
    result = {
        "seed": SEED,
        "rounds": ROUNDS,
        "device": best_device().type,
        "threads": torch.get_num_threads(),
        "seconds_per_epoch": measured,
    }
    print(write_result(result, data=data.source))


if __name__ == "__main__":
    main()
