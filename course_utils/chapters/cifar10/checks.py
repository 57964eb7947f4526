"""Checks of *CIFAR-10*."""

from functools import partial

import numpy as np
import torch
from torch import nn

from course_utils import training
from course_utils.kit import networks
from course_utils.kit.check import Check, drawn
from course_utils.kit.networks import ClassCheck, Demand, Make, layers
from course_utils.models import CifarCNN

# ------------------------------------------------------- mean and deviation of channels


def statistics(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    levels = np.linspace(0, 1, counts.shape[1])
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ levels
    distance = levels - mean[:, None]
    return mean, np.sqrt((share * distance**2).sum(axis=1))


LEVELS = "the levels: black is 0, white is 1; and the order: the mean first, then the "
LEVELS += "deviation, 0 if all are alike"
OFTEN = "how often each level occurs, and in the deviation its squared distance"
SPREAD = "the deviation: the root of the mean square distance from the mean"
check_statistics = Check(
    "statistics",
    statistics,
    [LEVELS, ([[0, 2]],)],
    [f"{LEVELS}; what lies between is a decimal", ([[0, 3, 0]],)],
    [SPREAD, ([[1, 1]],)],
    [OFTEN, ([[3, 1]],)],
    [SPREAD, ([[2, 0, 2]],)],
    [OFTEN, ([[1, 2, 1]],), ([[0, 4, 1, 3, 2]],)],
    "the channels: each row has its own mean and deviation",
    [([[1, 1], [3, 1]],), ([[1, 2, 1], [4, 0, 0], [0, 1, 3]],)],
    ([[1, 1, 2, 0], [0, 0, 0, 4], [2, 1, 0, 1]],),
    "many pixels, nearly alike: subtract the mean, then square; so no digit is lost",
    (100_003 * (np.eye(50, dtype=int) + np.diag([0, 1] * 24 + [0], 1)),),
    ["many pixels: more than 32 bits can count", ([[0] * 255 + [51_200_000]],)],
    "all 256 levels of a photo",
    *drawn(1, lambda rng, _: (rng.integers(0, 40, (3, 256)),)),
    at_shape="the shape: two arrays, each with one number for each channel",
)

# ----------------------------------------------------------------------- two networks

IMAGE = (3, 32, 32)
OTHER_SIDES = (40, 24)  # leave maps of 4 and 2 cells: 9 of them fill whole rows
DROPPED = (0, 0, 0, 0.5, 0.2, 0)  # before each layer with weights, and at the end
SECONDS = 12.0  # for a demand: making a million random weights takes its time


def cifar_cnn(num_classes: int = 10) -> nn.Module:
    """Return the network; it stands in for the learner's."""
    return nn.Sequential(*CifarCNN(num_classes))


def repair_demands() -> list[Demand]:
    dropout = "where dropout stands, how much each drops; it is plain, and sets no mode"
    dropped = partial(networks.wrong_dropout, image=IMAGE, expected=DROPPED)
    whole = "what dropout drops: single numbers behind Flatten, others at each call"
    between = "the activations, all ReLU; dropout, which changes nothing in eval mode"
    like = {"reference": CifarCNN, "image": IMAGE}
    complaint = "the logits are not those of CifarCNN"
    other_logits = partial(networks.other_logits, **like, complaint=complaint)
    return [
        *networks.network_demands(CifarCNN, IMAGE, OTHER_SIDES),
        Demand("with the weights of CifarCNN", other_logits, between),
        Demand("in train mode", dropped, dropout),
        Demand("in train mode", drops_maps, whole),
    ]


@torch.no_grad()
def drops_maps(make: Make) -> str:
    """Complain about dropout of whole maps, as `Dropout2d` does, or never of others."""
    model, images = networks.made_ready(make, IMAGE).train(), torch.ones(9, *IMAGE)
    if torch.equal(model(images), model(images)):
        return "a batch loses the same numbers each time it comes"
    gives = dict.fromkeys(layers(model), torch.ones(()))
    calls, _ = networks.watched(model, images, gives=gives)
    into = next(into for layer, into, _ in calls if isinstance(layer, nn.Linear))
    dropped = (into.reshape(9, 128, 9) == 0).sum(dim=2)
    some = ((dropped > 0) & (dropped < 9)).any()
    return "" if some else "a map's 9 numbers are dropped all together"


def network_and_class_demands() -> list[Demand]:
    maps = "what the table says of each convolution: kernel and stride, nothing else"
    demands = repair_demands()
    demands.insert(1, networks.written_anew(CifarCNN))
    demands.insert(3, Demand("and its convolutions", other_maps, maps))
    return [*demands, networks.three_classes(IMAGE)]


def other_maps(make: Make) -> str:
    """Complain about a convolution whose maps have not the size of `CifarCNN`'s.

    Kernels of another shape are left to other demands.
    """
    ours, yours = (layers(model, nn.Conv2d) for model in (CifarCNN(), make()))
    wanted = {layer.weight.shape: side(layer) for layer in ours}
    for layer in yours:
        got = side(layer)
        expected = wanted.get(layer.weight.shape, got)
        if got != expected:
            call = f"Conv2d({layer.in_channels}, {layer.out_channels})"
            sizes = f"{expected} × {expected}, got {got} × {got}"
            return f"{call} on 32 × 32 cells: expected a map of {sizes}"
    return ""


def side(layer: nn.Conv2d) -> int:
    return layer(torch.zeros(1, layer.in_channels, 32, 32)).shape[-1]


check_cifar_cnn = ClassCheck("CifarCNN", network_and_class_demands, seconds=SECONDS)
check_repaired_cnn = ClassCheck("CNN", repair_demands, seconds=SECONDS)

# --------------------------------------------------------------------- early stopping


def any_losses(rng: np.random.Generator, number: int) -> tuple:
    return rng.uniform(0.5, 2, 15).round(2).tolist(), (1, 2, 3, 5)[number]


WAIT = "how long to wait: patience counts the epochs since the best one"
LOWEST = "which loss the others are compared with: the lowest so far"
check_early_stop = Check(
    "early_stop",
    training.early_stop,
    "how epochs are counted: from 1, as many as losses; two of them are returned, no "
    "loss; the first epoch is the best so far",
    ([5], 1),
    ["a loss that keeps falling: nobody stops, the last is best", ([5, 4, 3], 1)],
    [f"{WAIT}; and the order: the last one trained comes first", ([3, 4], 1)],
    [WAIT, ([3, 4, 5, 6], 2), ([4, 3, 5, 6, 7], 3)],
    ["the best epoch, where nobody stops: all are trained", ([5, 3, 4, 4.5], 3)],
    [LOWEST, ([3, 9, 8, 7, 6], 3), ([2.0, 0.0, 1.0, 1.0], 2), ([3.0, -1.0, 2, 2], 2)],
    ([2000.0, 1500.0, 1600.0, 1700.0], 2),
    ["a lower loss is better, however close it is", ([4, 3.99999, 3.99998], 2)],
    "what is known when training stops: nothing of later epochs",
    ([5, 4, 6, 6, 1], 2),
    ["equal losses: only a lower one is an improvement", ([3, 3, 3, 3], 2)],
    "what a new lowest loss does: the waiting begins again",
    [([5, 4, 4.5, 3, 3.5, 2, 2.5, 2.25], 2), ([9, 8, 8.5, 7, 7.5, 7.25, 6], 2)],
    [WAIT, ([0.9, 0.7, 0.8, 0.75, 0.71, 0.6], 4)],
    [LOWEST, *drawn(4, any_losses)],
    as_array=list,
)

# ------------------------------------------------------------ which two are confused


def most_confused_pair(counts: np.ndarray) -> tuple[int, int]:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    both = np.triu(shares + shares.T, k=1)
    return tuple(map(int, np.unravel_index(both.argmax(), both.shape)))


def any_matrix(rng: np.random.Generator, number: int) -> tuple:
    classes = (4, 6, 10)[number]
    counts = rng.integers(0, 50, (classes, classes))
    return (counts * rng.integers(1, 9, (classes, 1)),)


SHARE = "the sizes of the classes: no counts, but shares of a whole row, diagonal too"
check_most_confused_pair = Check(
    "most_confused_pair",
    most_confused_pair,
    "the two numbers and their order: the smaller one comes first",
    ([[1, 9], [10, 0]],),
    ["the shares: decimals; // makes zeros of them", ([[1, 9], [9, 1]],)],
    ["mistakes only: the diagonal holds what is right", ([[8, 2], [1, 9]],)],
    ["the largest sum of both directions", ([[7, 1, 2], [0, 10, 0], [0, 0, 10]],)],
    "all pairs are compared; a flat place is row · K + column",
    ([[10, 0, 0], [0, 1, 9], [0, 9, 1]],),
    [SHARE, ([[5, 5, 0], [0, 4, 6], [0, 0, 10]],)],
    "both directions: a taken for b, and b taken for a",
    [([[10, 0, 0], [3, 7, 0], [0, 0, 10]],), ([[10, 0, 0], [0, 8, 2], [0, 3, 7]],)],
    ([[6, 4, 0], [0, 7, 3], [0, 3, 7]],),
    [SHARE, ([[5, 0, 5], [0, 10, 0], [0, 6, 4]],)],
    ([[90, 10, 0], [0, 10, 0], [0, 4, 6]],),
    [([[50, 50, 0], [0, 10, 0], [8, 0, 2]],), ([[0, 1, 0], [0, 5, 0], [0, 8, 2]],)],
    ([[990, 10, 0], [10, 976, 14], [0, 14, 986]],),
    "a class without images: its row has the sum 0; its column still counts",
    [([[10, 0, 0], [0, 0, 0], [3, 0, 7]],), ([[0, 0, 0], [1, 5, 4], [0, 0, 0]],)],
    [SHARE, ([[0, 0, 0, 0], [0, 7, 3, 0], [0, 4, 6, 0], [9, 0, 0, 1]],)],
    *drawn(3, any_matrix),
    slips={"returned None": "the name that is returned: has it a value in this case?"},
)
