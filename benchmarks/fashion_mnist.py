"""Train the FashionMNIST networks of notebook 07 on equal terms, several seeds each.

    python benchmarks/fashion_mnist.py

55,000 images to train, 5,000 to validate, the test set looked at once at the end. Each
network keeps its own optimiser. Takes about 25 minutes on two cores; a finished seed is
kept in benchmarks/runs/, so an interrupted run goes on where it stopped.
"""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import torch
from report import write_result
from torch import nn

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.evaluation import predict
from course_utils.models import (
    FashionANN,
    FashionCNN,
    SmallFashionCNN,
    count_parameters,
)
from course_utils.runtime import set_seed
from course_utils.training import History, evaluate, fit

SEEDS = (0, 1, 2)
RUNS = Path(__file__).parent / "runs"


@dataclass(frozen=True)
class Entry:
    """One line of the table: a network, how it is trained, and for how long."""

    model: Callable[[], nn.Module]
    optimizer: Callable[..., torch.optim.Optimizer]
    settings: dict[str, float]
    batch_size: int = 128
    epochs: int = 15


def ann_with_dropout() -> nn.Module:
    """Return the baseline with dropout between its two layers."""
    flatten, first, relu, last = FashionANN()
    return nn.Sequential(flatten, first, relu, nn.Dropout(0.2), last)


ADAM = (torch.optim.Adam, {"lr": 1e-3})
SGD = (torch.optim.SGD, {"lr": 0.01, "momentum": 0.5})
ENTRIES = {
    "ANN": Entry(FashionANN, *ADAM),
    "ANN + dropout": Entry(ann_with_dropout, *ADAM),
    "ANN + dropout, 50 epochs": Entry(ann_with_dropout, *ADAM, epochs=50),
    "SmallFashionCNN": Entry(SmallFashionCNN, *SGD, batch_size=64),
    "SmallFashionCNN, 50 epochs": Entry(
        SmallFashionCNN, *SGD, batch_size=64, epochs=50
    ),
    "FashionCNN": Entry(FashionCNN, *ADAM),
}


def train(
    entry: Entry, data: ImageData, seed: int, name: str
) -> tuple[nn.Module, History]:
    """Train one network from one seed, or go on where that was interrupted."""
    generator = set_seed(seed)
    model = entry.model()
    history = fit(
        model,
        data.loader("train", batch_size=entry.batch_size, generator=generator),
        data.loader("val", batch_size=1000),
        epochs=entry.epochs,
        optimizer=entry.optimizer(model.parameters(), **entry.settings, fused=True),
        precision="float32",
        checkpoint=RUNS / f"{name.replace(' ', '_')}_{seed}.pt",
    )
    if history.interrupted:
        sys.exit("interrupted; the same command goes on from the last whole epoch")
    return model, history


def run(entry: Entry, data: ImageData, seed: int, name: str) -> dict:
    """Train one network from one seed, and measure it on the test set."""
    model, history = train(entry, data, seed, name)
    test = evaluate(model, data.loader("test", batch_size=1000))
    return {
        "test_accuracy": test.accuracy,
        "parameters": count_parameters(model),
        "history": asdict(history),
        "mistakes": measure_mistakes(model, data, seed),
    }


def measure_mistakes(model: nn.Module, data: ImageData, seed: int) -> dict:
    """Measure the network as the notes did: dropout on, targets out of order."""
    generator = set_seed(seed)
    shuffled = data.loader("test", batch_size=1000, shuffle=True, generator=generator)
    predictions = predict(model, shuffled)
    unordered = (predictions.predicted == data.test_targets.numpy()).mean()
    model.train()
    with torch.no_grad():
        with_dropout = [
            mean(
                float((model(images).argmax(dim=1) == targets).float().mean())
                for images, targets in data.loader("test", batch_size=1000)
            )
            for _ in range(5)
        ]
    return {
        "accuracy_in_train_mode": with_dropout,
        "accuracy_with_targets_of_a_shuffled_loader": float(unordered),
    }


def main() -> None:
    """Train everything, and keep the numbers."""
    data = load_fashion_mnist()
    if not data.is_complete:
        sys.exit("this needs the complete FashionMNIST: set COURSE_DATA_DIR")
    models = {}
    for name, entry in ENTRIES.items():
        print(name)
        runs = [run(entry, data, seed, name) for seed in SEEDS]
        models[name] = {
            "parameters": runs[0]["parameters"],
            "epochs": entry.epochs,
            "batch_size": entry.batch_size,
            "optimizer": f"{entry.optimizer.__name__} {entry.settings}",
            "test_accuracy": [run["test_accuracy"] for run in runs],
            "mistakes": [run["mistakes"] for run in runs],
            "histories": [run["history"] for run in runs],
        }
        print(f"{name}: test accuracy {mean(models[name]['test_accuracy']):.1%}")
    print(write_result({"seeds": SEEDS, "models": models}, data=data.source))


if __name__ == "__main__":
    main()
