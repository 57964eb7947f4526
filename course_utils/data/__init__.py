"""FashionMNIST, CIFAR-10 and your own images as tensors. Begin with `datasets`."""

from course_utils.data.datasets import (
    ImageData,
    load_cifar10,
    load_fashion_mnist,
    load_image_folder,
)
from course_utils.data.formats import DataError
from course_utils.data.loader import Loader

__all__ = [
    "DataError",
    "ImageData",
    "Loader",
    "load_cifar10",
    "load_fashion_mnist",
    "load_image_folder",
]
