"""What both explorers of this chapter look into: a network, and some test images."""

import copy
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.arguments import as_names, instance_of, takes
from course_utils.data import ImageData
from course_utils.evaluation import class_heat_maps, feature_maps, layers_with_maps
from course_utils.kit.photos import as_images
from course_utils.models import as_model

COUNT = 300  # test images at most, so that asking about all of them stays quick


class Inspected:
    """A copy of a network, and images from all over the test split, by their places.

    numbers: indices into the test images, shape (N,). layers: name → shape (K, h, w),
    of all that return maps. ValueError if there is none, or if the network has another
    number of logits than there are classes.
    """

    @takes(
        model=as_model, data=instance_of(ImageData, "what load_image_folder returns")
    )
    def __init__(self, model: nn.Module, data: ImageData) -> None:
        as_images(data.test_images[:1], ", such as data.test_images")
        self.device = next(iter(model.parameters()), torch.empty(0)).device
        # Explorers compute beside the notebook's cells, which may train `model`.
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.loader = data.loader("test", device=self.device)
        self.class_names = as_names("class_names", data.class_names, None)
        total = len(data.test_targets)
        self.count = min(COUNT, total)
        self.numbers = np.linspace(0, total - 1, self.count).round().astype(int)
        self.layers = layers_with_maps(self.model, self.inputs([0]))
        if not self.layers:
            raise ValueError(
                f"no layer of this {type(model).__name__} returns maps (N, K, h, w); "
                "there is something to see in a network with convolutions"
            )
        logits, classes = len(self.probabilities([0])[0]), len(data.class_names)
        if logits != classes:
            raise ValueError(
                f"the model has {logits} logits but {data.name} has {classes} classes"
            )
        # A move of most controls asks again what was asked before.
        self.said = lru_cache(maxsize=COUNT)(lambda i: self.probabilities([i])[0])
        self.maps = lru_cache(maxsize=64)(self._maps)
        self.heat = lru_cache(maxsize=64)(self._heat)

    def image(self, place: int) -> np.ndarray:
        """Return one of the images, shape (C, H, W), uint8."""
        return self.loader.images[self.numbers[place]].cpu().numpy()

    def target(self, place: int) -> int:
        return int(self.loader.targets[self.numbers[place]])

    def inputs(self, places: Sequence[int]) -> Tensor:
        """Return images as the network sees them."""
        indices = torch.as_tensor(self.numbers[places], device=self.device)
        return self.loader.batch(indices)[0]

    def probabilities(self, places: Sequence[int]) -> np.ndarray:
        """Return what the network says of images, shape (B, classes)."""
        with torch.no_grad():
            return self.model(self.inputs(places)).softmax(dim=1).cpu().numpy()

    def _maps(self, place: int, layer: str) -> np.ndarray:
        """Return what a layer makes of an image, shape (K, h, w)."""
        return feature_maps(self.model, self.inputs([place]), layer)[0].cpu().numpy()

    def _heat(self, place: int, number: int, layer: str) -> np.ndarray:
        """Return where a layer finds a class in an image, shape (h, w)."""
        found = class_heat_maps(self.model, self.inputs([place]), [number], layer)
        return found[0].cpu().numpy()

    @cached_property
    def mistakes(self) -> list[int]:
        """Places of the images that the network takes for something else."""
        batches = np.array_split(np.arange(self.count), min(4, self.count))
        said = [self.probabilities(places).argmax(axis=1) for places in batches]
        targets = self.loader.targets.cpu().numpy()[self.numbers]
        return np.flatnonzero(np.concatenate(said) != targets).tolist()

    @cached_property
    def kinds(self) -> dict[str, str]:
        return {n: type(self.model.get_submodule(n)).__name__ for n in self.layers}

    def menu(self) -> list[tuple[str, str]]:
        return [
            (f"{name} {self.kinds[name]}: {' × '.join(map(str, shape))}", name)
            for name, shape in self.layers.items()
        ]
