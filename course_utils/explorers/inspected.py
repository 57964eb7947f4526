"""What explorers of a network's inside look at: the network, and some test images."""

import copy
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.data import ImageData, Loader
from course_utils.inside import class_heat_maps, feature_maps, layers_with_maps

COUNT = 300
"""Test images at most, so that asking the network about all of them stays quick."""


@dataclass(frozen=True, eq=False, repr=False)
class Inspected:
    """A network and the test images that it is asked about.

    Parameters
    ----------
    model
        In evaluation mode.
    loader
        Makes the network's inputs from the test images.
    numbers
        Indices into the test images, shape (N,): those that can be chosen.
    class_names
        One for each class.
    layers
        Name → shape (K, h, w), of all layers that return maps.
    """

    model: nn.Module
    loader: Loader
    numbers: np.ndarray = field(repr=False)
    class_names: tuple[str, ...]
    layers: dict[str, tuple[int, ...]]

    def image(self, place: int) -> np.ndarray:
        """Return one of the images, shape (C, H, W), uint8."""
        return self.loader.images[self.numbers[place]].cpu().numpy()

    def target(self, place: int) -> int:
        """Return the class that an image belongs to."""
        return int(self.loader.targets[self.numbers[place]])

    def inputs(self, places: list[int]) -> Tensor:
        """Return images as the network sees them, shape (B, C, H, W), float32."""
        indices = torch.as_tensor(
            self.numbers[places], device=self.loader.images.device
        )
        return self.loader.batch(indices)[0]

    def maps(self, place: int, layer: str) -> np.ndarray:
        """Return what a layer makes of an image, shape (K, h, w)."""
        return feature_maps(self.model, self.inputs([place]), layer)[0].cpu().numpy()

    def heat(self, place: int, number: int, layer: str) -> np.ndarray:
        """Return where a layer finds a class in an image, shape (h, w)."""
        found = class_heat_maps(self.model, self.inputs([place]), [number], layer)
        return found[0].cpu().numpy()

    def probabilities(self, places: list[int]) -> np.ndarray:
        """Return what the network says of images, shape (B, classes)."""
        with torch.no_grad():
            return self.model(self.inputs(places)).softmax(dim=1).cpu().numpy()

    @cached_property
    def predicted(self) -> np.ndarray:
        """The class that the network names for each image, shape (N,)."""
        batches = np.array_split(np.arange(len(self.numbers)), 4)
        said = [
            self.probabilities(b.tolist()).argmax(axis=1) for b in batches if len(b)
        ]
        return np.concatenate(said)

    @cached_property
    def mistakes(self) -> list[int]:
        """Places of the images that the network takes for something else."""
        targets = self.loader.targets.cpu().numpy()[self.numbers]
        return np.flatnonzero(self.predicted != targets).tolist()

    def layer_names(self) -> list[tuple[str, str]]:
        """Return each layer in words, and its name, as a menu wants them."""
        modules = dict(self.model.named_modules())
        return [
            (
                f"{name} {type(modules[name]).__name__}: {' × '.join(map(str, shape))}",
                name,
            )
            for name, shape in self.layers.items()
        ]


def inspect(model: nn.Module, data: ImageData) -> Inspected:
    """Take a copy of a network, and test images from all over the test split.

    Parameters
    ----------
    model
        Maps normalised images (N, C, H, W) to logits (N, K).
    data
        Where the images come from.

    Returns
    -------
    Inspected
        Later training of `model` does not change it.

    Raises
    ------
    ValueError
        If none of the network's layers returns maps, or it has another number of
        logits than there are classes.
    """
    device = next(iter(model.parameters()), torch.empty(0)).device
    # What explorers compute runs beside the notebook's cells, which may train `model`.
    twin = copy.deepcopy(model).eval().requires_grad_(False)
    loader = data.loader("test", device=device)
    first, _ = loader.batch(torch.zeros(1, dtype=torch.int64, device=device))
    layers = layers_with_maps(twin, first)
    if not layers:
        raise ValueError(
            f"no layer of this {type(model).__name__} returns maps (N, K, h, w); "
            "there is something to see in a network with convolutions"
        )
    with torch.no_grad():
        num_classes = twin(first).shape[1]
    if num_classes != len(data.class_names):
        raise ValueError(
            f"the model has {num_classes} logits but {data.name} has "
            f"{len(data.class_names)} classes"
        )
    total = len(loader.targets)
    numbers = np.linspace(0, total - 1, min(COUNT, total)).round().astype(int)
    return Inspected(twin, loader, numbers, data.class_names, layers)
