"""Measure what BatchNorm does to a small network on FashionMNIST, several seeds each.

    python benchmarks/batch_norm.py

First, with and without BatchNorm at four learning rates, before and after the ReLU, and
two that tell what does it: Kaiming's weights in place of BatchNorm, and one order in
the last block, the other in the rest. 20,000 training images, 2 epochs of plain SGD.
Then, at one learning rate, statistics of 128, 16 and 4 images: 5,000 training images,
15 epochs. Batches of 128 throughout. 5,000 validation images; the test set is not
looked at. Takes eight minutes on one core. *Batch normalisation* reads the numbers.
"""

from functools import partial

import torch
from ladder import SEEDS
from report import chosen, complete, together, write_result
from torch import Generator, Tensor, nn

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.models import block_cnn, count_parameters
from course_utils.runtime import set_seed
from course_utils.training import evaluate, fit


def kaiming() -> nn.Sequential:
    """Begin with weights that are made for the ReLU."""
    model = block_cnn("conv relu")
    for conv in model[:-2:2]:
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        nn.init.zeros_(conv.bias)
    return model


def turned() -> nn.Sequential:
    *layers, conv, relu, norm, flatten, dense = block_cnn("conv relu norm")
    return nn.Sequential(*layers, conv, norm, relu, flatten, dense)


ORDERS = "conv relu", "conv relu norm", "conv norm relu"
NETWORKS = {order: partial(block_cnn, order) for order in ORDERS}
NETWORKS |= {"conv relu, Kaiming": kaiming, "conv relu norm, last block turned": turned}
LEARNING_RATES = (0.01, 0.1, 0.5, 1.0)
BATCH_SIZE = 128
GROUPS = (128, 16, 4)


class GroupedBatchNorm(nn.BatchNorm2d):
    """In training, normalise each `group_size` images by their own statistics.

    Hoffer, Hubara and Soudry, "Train longer, generalize better" (2017), section 4.
    """

    def __init__(self, num_features: int, group_size: int) -> None:
        super().__init__(num_features)
        self.group_size = group_size

    def forward(self, images: Tensor) -> Tensor:
        if not self.training:
            return super().forward(images)
        return torch.cat([*map(super().forward, images.split(self.group_size))])


def train(
    model: nn.Module, data: ImageData, generator: Generator, lr: float, epochs: int
) -> bool:
    """Train by plain SGD; tell whether the loss stayed a number."""
    loader = data.loader("train", batch_size=BATCH_SIZE, generator=generator)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    try:
        fit(model, loader, epochs=epochs, optimizer=optimizer, precision="float32")
    except FloatingPointError:
        return False
    return True


def accuracy(model: nn.Module, data: ImageData, split: str) -> float:
    """Measure in evaluation mode."""
    return evaluate(model, data.loader(split, batch_size=1000)).accuracy


def measure_learning_rates(data: ImageData, seed: int, epochs: int) -> dict:
    """Return the validation accuracy by order and learning rate; None if it failed."""
    result = {name: {} for name in NETWORKS}
    for name, network in NETWORKS.items():
        for lr in LEARNING_RATES:
            generator = set_seed(seed)
            model = network()
            lasted = train(model, data, generator, lr=lr, epochs=epochs)
            result[name][str(lr)] = accuracy(model, data, "val") if lasted else None
            print(f"seed {seed}, {name}, lr {lr}: {result[name][str(lr)]}")
    return result


def measure_groups(data: ImageData, seed: int, epochs: int) -> dict:
    """Return the accuracy on training and validation images by size of the groups."""
    result = {}
    for size in GROUPS:
        generator = set_seed(seed)
        model = block_cnn("conv relu norm", partial(GroupedBatchNorm, group_size=size))
        train(model, data, generator, lr=0.1, epochs=epochs)
        result[str(size)] = {s: accuracy(model, data, s) for s in ("train", "val")}
        print(f"seed {seed}, statistics of {size} images: {result[str(size)]}")
    return result


def main() -> None:
    """Measure seed by seed; write the numbers after each."""
    data = complete(load_fashion_mnist())
    many, few = (chosen(data, "train", slice(count)) for count in (20_000, 5_000))
    rates, groups = [], []
    for seed in SEEDS:
        rates.append(measure_learning_rates(many, seed, epochs=2))
        groups.append(measure_groups(few, seed, epochs=15))
        measured = {
            "seeds": SEEDS[: len(rates)],
            "parameters": {n: count_parameters(make()) for n, make in NETWORKS.items()},
            "batch_size": BATCH_SIZE,
            "learning_rates": {
                "training_images": 20_000,
                "epochs": 2,
                "optimizer": "SGD",
                "val_accuracy": together(rates),
            },
            "groups": {
                "order": "conv relu norm",
                "training_images": 5_000,
                "epochs": 15,
                "optimizer": "SGD {'lr': 0.1}",
                "accuracy": together(groups),
            },
        }
        print(write_result(measured, data=data.source), flush=True)


if __name__ == "__main__":
    main()
