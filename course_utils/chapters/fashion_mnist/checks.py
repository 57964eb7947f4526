"""Checks for *FashionMNIST*."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor, nn

from course_utils import evaluation
from course_utils.chapters.fashion_mnist.design import check_small_network
from course_utils.data import Loader
from course_utils.kit.check import Check, Hint, Number, drawn, flat
from course_utils.kit.compare import number_text, shown
from course_utils.kit.networks import ClassCheck, Demand
from course_utils.kit.probes import Dropout, mistreated, norm, state
from course_utils.kit.run import how_it_stopped, run
from course_utils.kit.verdict import Verdict, right, to_do, wrong
from course_utils.sizes import conv_output_size
from course_utils.training import evaluate

# ------------------------------------ FashionCNN, its three convolutions with padding=1

IMAGE, KERNEL_SIZE, STRIDE, MAPS = 28, 3, 2, 128


def sides(shrink: Callable[[float], float]) -> list[float]:
    """Return the side of the maps after each convolution."""
    first = shrink(IMAGE)
    second = shrink(first)
    return [first, second, shrink(second)]


def flattened(side: float) -> float:
    return MAPS * side**2


def flatten_size() -> Number:
    size = partial(conv_output_size, kernel_size=KERNEL_SIZE, stride=STRIDE)
    *earlier, side = sides(partial(size, padding=1))
    stride = "the stride: each convolution moves in steps of 2"
    rounding = "the rounding: half a step is no step"
    early = "the number of convolutions: there are three"
    causes = dict.fromkeys(map(flattened, earlier), early) | {
        side: "what is flattened: all cells of all maps",
        side**2: "the channels: each of them has a map of its own",
        512 * flattened(side): "the numbers that enter the layer, not its weights",
        MAPS: "the size of a map: it has rows and columns",
        IMAGE**2: "what enters the linear layer: not the image itself",
        flattened(IMAGE): stride,
        flattened(IMAGE - 3 * (KERNEL_SIZE - 1)): stride,
        flattened(sides(lambda n: math.ceil((n - 1) / STRIDE) + 1)[-1]): rounding,
        flattened(sides(lambda n: (n - 1) / STRIDE + 1)[-1]): rounding,
        flattened(side - 1): "the padding: on both sides, in all three convolutions; "
        "of 7 cells more than 3 are left",
        MAPS * 2 * side: "rows and columns: a map has one times the other cells, and "
        "there are 128 maps",
        # One side of each map forgotten gives the same number as padding forgotten.
        flattened(sides(size)[-1]): "the padding, which makes the maps larger, and "
        "both sides of a map",
    }
    otherwise = "the side of a map after each of the three convolutions"
    return Number(flattened(side), causes, otherwise=otherwise)


check_flatten_size = flatten_size()
__all__ = ["check_small_network"]  # those of designs have a file of their own

# ------------------------------------------------------------- what differs in two runs


def one_change(first: dict, second: dict) -> bool:
    return sum(first[name] != second[name] for name in first) == 1


def settings(network: str, optimizer: str = "Adam", epochs: int = 15) -> dict:
    return {"network": network, "optimizer": optimizer, "epochs": epochs}


def any_settings(rng: np.random.Generator, _: int) -> tuple:
    rows = rng.integers(0, 2, (2, 4)).tolist()
    return *(dict(zip("abcd", row)) for row in rows), {}


ONE = "what is compared, values of one name; and True where exactly one of them differs"
check_one_change = Check(
    "one_change",
    one_change,
    [ONE, (settings("ANN"), settings("CNN"), {})],
    ["all settings, not just the first", (settings("ANN"), settings("ANN", "SGD"), {})],
    "runs that differ in several things: no fair comparison, so False",
    (settings("ANN"), settings("CNN", "SGD"), {}),
    (settings("ANN", epochs=50), settings("CNN"), {}),
    (settings("ANN"), settings("CNN", "SGD", 50), {}),
    ["runs that differ in nothing: False", (settings("ANN"), settings("ANN"), {})],
    "all settings, the last one too",
    (settings("ANN"), settings("ANN", epochs=50), {}),
    "values: they may be numbers, and 0 is one of them",
    ({"dropout": 0.0, "seed": 1}, {"dropout": 0.5, "seed": 1}, {}),
    ({"dropout": 0.5, "seed": 1}, {"dropout": 0.5, "seed": 0}, {}),
    "which values are compared: those of one name; and whether they are equal",
    ({"rate": 0.003, "epochs": 300}, {"epochs": int("300"), "rate": 0.001}, {}),
    *drawn(8, any_settings),
    slips={"KeyError": "the names: those of the dictionaries that are given"},
)

# ----------------------------------------------------------------------- confusions


def count_confusions(
    y_true: np.ndarray, y_pred: np.ndarray, num_classes: int
) -> np.ndarray:
    return evaluation.confusion_matrix(y_true, y_pred, num_classes=num_classes)


def any_predictions(rng: np.random.Generator, number: int) -> tuple:
    classes, images = ((2, 5), (3, 8), (4, 30), (10, 50), (10, 500))[number]
    return *rng.integers(0, classes, (2, images)), classes


AXES = "rows and columns"
ABSENT = "classes that never occur: they keep their row and column"
SIZE = Hint(ABSENT, at_error=ABSENT)
check_confusion_matrix = Check(
    "count_confusions",
    count_confusions,
    "what each image adds to which cell, also if its pair was there: counts, no shares",
    ([0, 1, 1], [0, 1, 1], 2),
    ["predictions that are wrong", ([0, 1, 1], [1, 0, 1], 2)],
    [SIZE, ([0, 1], [1, 0], 3)],
    [AXES, ([0], [1], 2), ([0, 0, 1], [0, 1, 1], 2), ([1, 1, 1], [0, 0, 1], 2)],
    [SIZE, ([0, 2], [2, 2], 3), ([0, 0], [0, 1], 3), ([1], [1], 4)],
    [AXES, *drawn(5, any_predictions)],
    ["how large a count may become: a byte ends at 255", ([0] * 300, [1] * 300, 2)],
    at_shape="the shape: num_classes rows and columns",
    slips={"as a data type": "np.zeros: a shape has brackets of its own"},
    ready_made=["confusion_matrix"],
)

# ------------------------------------------------------------------------- accuracy

CLASSES = 3


class Probe(nn.Module):
    """A model whose logits are the pixels, which notes whether gradients are kept."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.scale = layer, nn.Parameter(torch.ones(CLASSES))
        self.recorded = False

    def forward(self, images: Tensor) -> Tensor:
        self.recorded |= torch.is_grad_enabled()
        return self.layer(images.flatten(start_dim=1)) * self.scale

    def __repr__(self) -> str:
        names = {nn.Identity: "plain", Dropout: "dropout", nn.BatchNorm1d: "BatchNorm"}
        names[nn.Sequential] = "nested BatchNorm"
        mode = "train" if self.training else "eval"
        return f"{names[type(self.layer)]} in {mode} mode"


class PlainLoader(Loader):
    """A loader that offers nothing but its batches."""

    def __repr__(self) -> str:
        sizes = [len(part) for part in self.targets.split(self.batch_size)]
        kind = "shuffled batches" if self.shuffle else "batches"
        return f"{kind} of {', '.join(map(str, sizes))}"

    def __getattr__(self, name: str) -> NoReturn:
        words = "it yields batches of images and targets, and nothing else is needed"
        raise AttributeError(f"the loader has no {name}: {words}")


def measuring(
    right: Sequence[bool],
    batch_size: int,
    layer: nn.Module | None = None,
    *,
    training: bool = False,
    shuffle: bool = False,
    frozen: bool = False,
) -> tuple[Probe, PlainLoader]:
    """Return a model and a loader, of whose images it gets some right.

    frozen: the innermost layer is in eval mode, whatever the model itself is in.
    """
    generator = torch.Generator().manual_seed(len(right))
    shape = len(right), CLASSES
    pixels = torch.randint(256, shape, generator=generator, dtype=torch.uint8)
    model = Probe(layer or nn.Identity()).eval()
    with torch.no_grad():
        largest = model(pixels / 255).argmax(dim=1)
    targets = torch.where(torch.tensor(right), largest, (largest + 1) % CLASSES)
    options = {"batch_size": batch_size, "shuffle": shuffle, "generator": generator}
    [*model.train(training).modules()][-1].train(training and not frozen)
    return model, PlainLoader(pixels[:, None, None], targets, **options)


def measurings() -> list[str | tuple | list]:
    means = 0.0, 0.3, 0.6
    nested = nn.Sequential(norm(*means))
    return [
        "how many images are right, and how many there are",
        [measuring([True, True, True, False], 4), measuring([False, False], 2)],
        "images of all batches: count them, and divide once",
        measuring([True, True, True, False], 2),
        ["the last batch, which is smaller", measuring([True] * 4 + [False], 2)],
        measuring([False] * 8 + [True], 4, training=True),
        "where the targets come from: this loader shuffles",
        measuring([True] * 12, 5, shuffle=True),
        measuring([True, True, False] * 9, 4, shuffle=True, training=True),
        "dropout, which must be off while you measure",
        measuring([True] * 20, 8, Dropout(0.9), training=True),
        measuring([True] * 20, 8, Dropout(0.9)),
        "BatchNorm, which must use what it learnt, not the batch",
        measuring([True] * 20, 6, norm(*means), training=True),
        measuring([True] * 20, 6, norm(*means)),
        "the last batch, which is smaller",
        measuring([True, False] * 50, 64, norm(*means), training=True),
        measuring([True] * 78 + [False], 39, Dropout(0.5), training=True),
        "the mode of each part, of parts of parts, too: they may differ",
        measuring([True] * 8, 4, nested, training=True, frozen=True),
    ]


def accuracy(model: nn.Module, loader: Iterable) -> float:
    return evaluate(model, loader).accuracy


def check_accuracy(written: Callable | None) -> Verdict:
    """Check what is measured, and how the model is treated meanwhile.

    Dropout is off, no gradients are recorded, and the model is left as it was.
    """
    # The learner may have switched gradients off, or may do so here.
    with torch.enable_grad():
        verdict = Check("accuracy", accuracy, *measurings())(written)
    if verdict.status != "right":
        return verdict
    treated = [
        Demand("on {!r}, {!r}".format(*case), partial(mistreatment, *case))
        for case in flat(measurings())
        if isinstance(case, tuple)
    ]
    return ClassCheck("accuracy", lambda: treated, "function")(written)


def mistreatment(model: Probe, loader: PlainLoader, accuracy: Callable) -> str:
    before = state(model)
    accuracy(model, loader)
    if model.recorded:
        return "gradients were recorded: no_grad; freezing would change the model"
    if len({*before[0]}) > 1 and state(model)[0] != before[0]:
        return "a part came in another mode than the model, and was not left in it"
    return mistreated(model, before)


# ------------------------------------------------------- what the notes' function hides


def accuracy_from_notes(
    model: nn.Module, loader: Iterable, dataset_targets: Tensor
) -> float:
    accuracies, start = [], 0
    for images, _ in loader:
        predicted = model(images).argmax(dim=1)
        targets = dataset_targets[start : start + len(images)]
        accuracies.append((predicted == targets).float().mean().item())
        start += len(images)
    return sum(accuracies) / len(accuracies)


def check_shown(shown_by: object) -> Verdict:
    """Measure with the notes' function and with `evaluate`, and compare."""
    if shown_by is None:
        return to_do("replace None by model, batches and targets")
    if not isinstance(shown_by, tuple | list) or len(shown_by) != 3:
        return wrong(f"expected model, batches and targets; got {shown(shown_by)}")
    model, batches, targets = shown_by
    if not isinstance(model, nn.Module):
        return wrong(f"the first of the three should be a network, got {shown(model)}")
    if not isinstance(batches, list | tuple | Loader) or not len(batches):
        words = "the second of the three should be a list of (images, targets)"
        return wrong(f"{words}, got {shown(batches)}")
    if not isinstance(targets, Tensor):
        words = "the third of the three should be a tensor of targets"
        return wrong(f"{words}, got {shown(targets)}")
    for number, batch in enumerate(batches, 1):
        pair = isinstance(batch, tuple | list) and len(batch) == 2
        if not pair or not all(isinstance(part, Tensor) for part in batch):
            words = f"batch {number} should be two tensors, images and targets"
            return wrong(f"{words}; got {shown(batch)}")
    labels = [label for _, some in batches for label in some.flatten().tolist()]
    if len(targets) != len(labels):
        message = f"{len(labels)} images, and {len(targets)} targets"
        return wrong(message, look_at="the targets: one for each image")
    if sorted(targets.flatten().tolist()) != sorted(labels):
        message = "the targets of the data set are not those of the batches"
        return wrong(message, look_at="the targets: the same in both, in any order")
    options = {"loss_fn": lambda *_: torch.zeros(()), "device": torch.device("cpu")}
    measured = run(evaluate, (model, batches), options)
    careless = run(accuracy_from_notes, (model, batches, targets))
    for outcome in (measured, careless):
        if outcome.error:
            message = how_it_stopped(outcome.error)
            return wrong(message, look_at="logits (N, classes), targets (N,)")
    good, bad = number_text(measured.value.accuracy), number_text(careless.value)
    if not math.isfinite(careless.value):
        message = f"the notes measure {bad}, and everybody sees it"
        return wrong(message, look_at="a wrong number is asked for: no batch is empty")
    if abs(measured.value.accuracy - careless.value) < 1e-6:
        message = f"both measure {good}: nothing shows"
        hint = "dropout, batches unlike in size and share, the order of the targets"
        return wrong(message, look_at=hint)
    return right(f"it should be {good}, and the notes measure {bad}")
