"""A network and pictures that come with the course: nothing is trained or fetched.

*Start here* shows them first; on the site, explorers of predictions begin with them.
"""

import torch
from torch import nn

from course_utils.data import ImageData
from course_utils.data.sources import FASHION_MNIST
from course_utils.evaluation import Predictions, predict
from course_utils.measured import load_weights

WHAT = "FashionMNIST, bundled sample, and the network of Start here"
NOTE = f"Here: {WHAT}. In the notebook: the pictures and the network of its cells."


class LookingCNN(nn.Sequential):
    """Three convolutions, each with ReLU and max-pooling, and one dense layer.

    Grey images (N, 1, 28, 28) in [0, 1], light on black.
    """

    def __init__(self) -> None:
        super().__init__(
            *(nn.Conv2d(1, 8, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 24, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(24, 48, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(48 * 3 * 3, 10)),
        )


def trained_network() -> LookingCNN:
    return load_weights(LookingCNN(), "looking_cnn")


def pictures(count: int | None = None) -> ImageData:
    """Return the sample, of its test pictures the first ones; loaders keep [0, 1]."""
    sample = FASHION_MNIST.substitute()
    return ImageData(
        *sample.train,
        *(part[:0] for part in sample.train),
        *(part[:count] for part in sample.test),
        class_names=sample.class_names,
        mean=torch.zeros(1),
        std=torch.ones(1),
        name=FASHION_MNIST.name,
        source=WHAT,
        is_complete=False,
    )


def predictions(data: ImageData) -> Predictions:
    return predict(trained_network(), data.loader("test", device="cpu"))
