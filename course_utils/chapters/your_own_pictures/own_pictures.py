"""What stands in until the learner's own is right, and the network of the lesson."""

from itertools import combinations

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.transfer import Known


def photo_network(
    num_classes: int, widths: tuple[int, ...] = (16, 32, 64)
) -> nn.Sequential:
    """Convolutions with BatchNorm; global pooling takes pictures of any size."""
    blocks, channels = [], 3
    for width in widths:
        convolution = nn.Conv2d(channels, width, kernel_size=3, padding=1)
        blocks += [convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    ends = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2)
    return nn.Sequential(*blocks, *ends, nn.Linear(channels, num_classes))


def equal_pairs(images: Tensor) -> list[tuple[int, int]]:
    """Return the places of pictures that are equal, the smaller one first, sorted."""
    pairs = combinations(range(len(images)), 2)
    return [(i, j) for i, j in pairs if torch.equal(images[i], images[j])]


def hold_out(targets: Tensor, share: float) -> Tensor:
    """Draw a share of each class, bool (N,)."""
    held = torch.zeros(len(targets), dtype=torch.bool)
    for target in targets.unique():
        places = (targets == target).nonzero()[:, 0]
        count = round(share * len(places))
        held[places[torch.randperm(len(places))[:count]]] = True
    return held


def answer(model: nn.Module, image: Tensor, data: Known) -> tuple[str, float]:
    """Return the name of a picture's class, and how sure the network is of it."""
    share, place = class_shares(model.eval(), image, data).max(dim=0)
    return data.class_names[place], share.item()


@torch.no_grad()
def class_shares(model: nn.Module, image: Tensor, data: Known) -> Tensor:
    """Return the share of each class."""
    mean, std = data.mean.view(3, 1, 1), data.std.view(3, 1, 1)
    return model(((image / 255 - mean) / std)[None]).softmax(dim=1)[0]


def rate_groups(model: nn.Module, lr: float) -> list[dict]:
    """Return what trains, for an optimizer: the trunk at a tenth of the last's rate."""
    groups = [
        {"params": [p for p in part.parameters() if p.requires_grad], "lr": rate}
        for part, rate in ((model.last, lr), (model.trunk, lr / 10))
    ]
    return [group for group in groups if group["params"]]


def reliability(
    confidence: np.ndarray, is_right: np.ndarray, bins: int
) -> list[tuple[float, float, int]]:
    """Return mean confidence, share right and count of each range that has answers."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    groups = [places == place for place in np.unique(places)]
    return [(confidence[g].mean(), is_right[g].mean(), g.sum()) for g in groups]


def smallest_limit(
    confidence: np.ndarray, is_right: np.ndarray, wanted: float
) -> float:
    """Return the smallest confidence from which on a wanted share of answers is right.

    Infinity if there is none.
    """
    for limit in sorted(confidence):
        if is_right[confidence >= limit].mean() >= wanted:
            return limit
    return float("inf")
