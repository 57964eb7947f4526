"""Train the FashionMNIST networks of *FashionMNIST*, several seeds each.

    python benchmarks/fashion_mnist.py

55,000 images to train, 5,000 to validate, the test set looked at once at the end. Each
network keeps its source's optimiser; then all have the same one. Takes about half an
hour on two cores; a finished seed is kept in benchmarks/runs/, so an interrupted run
goes on where it stopped.
"""

from statistics import mean

import torch
from ladder import Entry, climb
from torch import nn

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.evaluation import predict
from course_utils.models import FashionANN, FashionCNN, SmallFashionCNN
from course_utils.runtime import set_seed


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
    "SmallFashionCNN, Adam": Entry(SmallFashionCNN, *ADAM),
    "FashionCNN": Entry(FashionCNN, *ADAM),
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


if __name__ == "__main__":
    climb(ENTRIES, load_fashion_mnist(), measure_mistakes)
