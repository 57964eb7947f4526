"""Measure batch size, order and learning rate for *Training in practice*.

    python benchmarks/training_in_practice.py

The ANN of FashionMNIST, 2,000 images to train and 2,000 to validate, 10 epochs, three
seeds. Times are the processor's, so a busy machine changes them little. Takes about two
minutes on one core.
"""

from math import isfinite
from time import process_time

import torch
from report import chosen, together, write_result

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.models import FashionANN
from course_utils.runtime import set_seed
from course_utils.training import evaluate, train_one_epoch

SEEDS = (0, 1, 2)
IMAGES, EPOCHS = 2_000, 10
SIZE, RATE = 128, 0.1
RATES = (1e-5, 1e-4, 0.001, 0.01, 0.1, 1.0, 10.0)
SOME = RATES[2:6]
SIZES = {IMAGES: SOME, 1024: SOME, 16: SOME, 1: SOME[:1]}  # and SIZE, in the sweep
OPTIMIZERS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}
OPTIONS = {"loss_fn": torch.nn.CrossEntropyLoss(), "device": torch.device("cpu")}
LOST = None  # a loss or an accuracy after the loss was no number any more


def run(
    data: ImageData, seed: int, size: int, rate: float, kind: str, shuffle: bool = True
) -> dict[str, list]:
    """Train one network; return what each epoch brought and took."""
    generator = set_seed(seed)
    model = FashionANN()
    optimizer = OPTIMIZERS[kind](model.parameters(), lr=rate)
    how = {"batch_size": size, "shuffle": shuffle, "generator": generator}
    loader = data.loader("train", **how)
    names = ("train_loss", "val_loss", "val_accuracy", "seconds")
    epochs = []
    for _ in range(EPOCHS):
        begun = process_time()
        train = train_one_epoch(model, loader, optimizer=optimizer, **OPTIONS)
        seconds = process_time() - begun
        val = evaluate(model, data.loader("val", batch_size=1000), **OPTIONS)
        whole = isfinite(train.loss) and isfinite(val.loss)
        values = (train.loss, val.loss, val.accuracy) if whole else (LOST,) * 3
        epochs.append(dict(zip(names, (*values, seconds))))
    return together(epochs)


def several(data: ImageData, size: int, rate: float, kind: str, shuffle=True) -> dict:
    """Train with each seed; say how it went."""
    runs = [run(data, seed, size, rate, kind, shuffle) for seed in SEEDS]
    print(kind, size, rate, shuffle, [r["val_accuracy"][-1] for r in runs], flush=True)
    return together(runs)


def main() -> None:
    """Measure all, and keep it."""
    data = load_fashion_mnist()
    few = chosen(chosen(data, "train", slice(IMAGES)), "val", slice(IMAGES))
    by_class = chosen(few, "train", few.train_targets.argsort(stable=True))
    rates = {
        kind: {str(rate): several(few, SIZE, rate, kind) for rate in RATES}
        for kind in OPTIMIZERS
    }
    orders = {
        "shuffled in each epoch": several(few, SIZE, RATE, "SGD"),
        "sorted by class": several(by_class, SIZE, RATE, "SGD", shuffle=False),
    }
    sizes = {
        str(size): {str(rate): several(few, size, rate, "SGD") for rate in some}
        for size, some in SIZES.items()
    }
    sizes[str(SIZE)] = {str(rate): rates["SGD"][str(rate)] for rate in SOME}
    result = {
        "seeds": list(SEEDS),
        "images": IMAGES,
        "epochs": EPOCHS,
        "batch_size": SIZE,
        "rates": rates,
        "orders": orders,
        "sizes": sizes,
    }
    print(write_result(result, data=data.source))


if __name__ == "__main__":
    main()
