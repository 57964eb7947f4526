"""Cases for the checks of notebook 07, with a model and a loader that keep watch."""

from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.checks.judging import Case
from course_utils.data.loader import Loader

CLASSES = 3


def loss_cases() -> list[Case]:
    """Return losses and sizes of batches.

    Returns
    -------
    list of Case
    """
    alone = "a single batch: its mean is the mean of all"
    equal = "two batches of the same size: they count the same"
    sizes = "the sizes of the batches: they differ"
    table = [
        ([0.5], [4], alone),
        ([1, 2], [3, 3], equal),
        ([1, 4], [2, 1], sizes),
        ([4, 1], [1, 2], sizes),
        ([0, 1, 5], [2, 2, 1], sizes),
        ([0.25, 0.75, 2.5], [8, 8, 1], sizes),
        ([3, 0, 1], [1, 10, 4], sizes),
    ]
    cases = [_losses(losses, batches, hint) for losses, batches, hint in table]
    generator = np.random.default_rng(0)
    for count in (2, 5, 8, 20):
        batches = generator.integers(1, 129, count)
        cases.append(_losses(generator.uniform(0, 3, count), batches, sizes))
    test_set = [128] * 78 + [16]
    return [*cases, _losses([0.25] * 78 + [1.5], test_set, sizes)]


def confusion_cases() -> list[Case]:
    """Return targets and predictions with the number of classes.

    Returns
    -------
    list of Case
    """
    adds = "what each image adds to the matrix, also if its pair was there before"
    wrong, axes = "predictions that are wrong", "rows and columns"
    absent = "classes that never occur: they keep their row and column"
    table = [
        ([0, 1, 1], [0, 1, 1], 2, adds),
        ([0, 1, 1], [1, 0, 1], 2, wrong),
        ([0, 1], [1, 0], 3, absent),
        ([0], [1], 2, axes),
        ([0, 0, 1], [0, 1, 1], 2, axes),
        ([1, 1, 1], [0, 0, 1], 2, axes),
        ([0, 2], [2, 2], 3, absent),
        ([0, 0], [0, 1], 3, absent),
        ([1], [1], 4, absent),
    ]
    cases = [
        Case((np.array(y_true), np.array(y_pred), classes), look_at=hint)
        for y_true, y_pred, classes, hint in table
    ]
    generator = np.random.default_rng(0)
    for classes, images in ((2, 5), (3, 8), (4, 30), (10, 50), (10, 500)):
        y_true, y_pred = generator.integers(0, classes, (2, images))
        cases.append(Case((y_true, y_pred, classes), look_at=axes))
    return cases


def accuracy_cases() -> list[Case]:
    """Return models in both modes, with loaders of all kinds.

    Returns
    -------
    list of Case
    """
    count = "how many images are right, and how many there are"
    batches = "images of all batches: count them, and divide once"
    last = "the last batch, which is smaller"
    order = "where the targets come from: this loader shuffles"
    dropout = "dropout, which must be off while you measure"
    statistics = "BatchNorm, which must use what it learnt, not the batch"
    return [
        _measuring([True, True, True, False], 4, count),
        _measuring([False, False], 2, count),
        _measuring([True, True, True, False], 2, batches),
        _measuring([True, True, True, True, False], 2, last),
        _measuring([False] * 8 + [True], 4, last, training=True),
        _measuring([True] * 12, 5, order, shuffle=True),
        _measuring([True, True, False] * 9, 4, order, shuffle=True, training=True),
        _measuring([True] * 20, 8, dropout, layer=_Dropout(0.9), training=True),
        _measuring([True] * 20, 8, dropout, layer=_Dropout(0.9)),
        _measuring([True] * 20, 6, statistics, layer=_norm(), training=True),
        _measuring([True] * 20, 6, statistics, layer=_norm()),
        _measuring([True, False] * 50, 64, last, layer=_norm(), training=True),
        _measuring([True] * 78 + [False], 39, last, layer=_Dropout(0.5), training=True),
    ]


class Probe(nn.Module):
    """A model whose logits are the pixels, which notes how it is treated.

    Parameters
    ----------
    layer
        What the pixels pass through.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.scale = layer, nn.Parameter(torch.ones(CLASSES))
        self.recorded = False

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 1, K) to logits (N, K)."""
        self.recorded |= torch.is_grad_enabled()
        return self.layer(images.flatten(start_dim=1)) * self.scale

    def __repr__(self) -> str:
        """Say what is special about it."""
        names = {nn.Identity: "plain", _Dropout: "dropout", nn.BatchNorm1d: "BatchNorm"}
        return f"{names[type(self.layer)]} in {self._mode()} mode"

    def snapshot(self) -> tuple[str, list[bool], dict[str, Tensor]]:
        """Return a copy of its mode, the modes of its parts, and its numbers.

        Returns
        -------
        tuple
            For `complaint`.
        """
        numbers = {name: value.clone() for name, value in self.state_dict().items()}
        return self._mode(), [part.training for part in self.modules()], numbers

    def complaint(self, before: tuple[str, list[bool], dict[str, Tensor]]) -> str:
        """Say how it was mistreated.

        Parameters
        ----------
        before
            Its `snapshot` from before.

        Returns
        -------
        str
            Empty if all was well.
        """
        mode, modes, numbers = before
        if self.recorded:
            return "gradients were recorded, though nobody needs them here"
        if not torch.is_grad_enabled():
            return "gradients stay switched off afterwards, for all that follows"
        for name, value in self.state_dict().items():
            if not torch.equal(value, numbers[name]):
                return f"changed the model's {name}, which only training should"
        if modes != [part.training for part in self.modules()]:
            return f"the model came in {mode} mode, and was not left in it"
        return ""

    def _mode(self) -> str:
        return "train" if self.training else "eval"


class WatchedLoader(Loader):
    """A loader that counts how often somebody goes through it."""

    passes = 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every image once, in batches."""
        self.passes += 1
        yield from super().__iter__()

    def __repr__(self) -> str:
        """Say how large its batches are."""
        sizes = [len(part) for part in self.targets.split(self.batch_size)]
        kind = "shuffled batches" if self.shuffle else "batches"
        return f"{kind} of {', '.join(map(str, sizes))}"

    def __getattr__(self, name: str) -> NoReturn:
        """Say what there is instead of ``dataset`` and the like."""
        words = "it yields batches of images and targets, and nothing else is needed"
        raise AttributeError(f"the loader has no {name}: {words}")

    def complaint(self) -> str:
        """Say how it was mistreated.

        Returns
        -------
        str
            Empty if all was well.
        """
        if self.passes == 1:
            return ""
        return f"went through the loader {self.passes} times; once is enough"


class _Dropout(nn.Dropout):
    def forward(self, values: Tensor) -> Tensor:
        # The same numbers are dropped each time, so that a verdict is the same too.
        drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(0))
        return values * (drawn >= self.p) if self.training else values


def _norm() -> nn.Module:
    norm = nn.BatchNorm1d(CLASSES)
    # Far from the statistics of any batch, so that using these shows.
    norm.running_mean += torch.tensor([0.0, 0.3, 0.6])
    return norm


def _losses(losses: Sequence[float], sizes: Sequence[int], look_at: str) -> Case:
    return Case((np.array(losses, dtype=float), np.array(sizes)), look_at=look_at)


def _measuring(
    right: Sequence[bool],
    batch_size: int,
    look_at: str,
    *,
    layer: nn.Module | None = None,
    training: bool = False,
    shuffle: bool = False,
) -> Case:
    generator = torch.Generator().manual_seed(len(right))
    shape = len(right), CLASSES
    pixels = torch.randint(256, shape, generator=generator, dtype=torch.uint8)
    model = Probe(layer or nn.Identity()).eval()
    with torch.no_grad():
        largest = model(pixels / 255).argmax(dim=1)
    targets = torch.where(torch.tensor(right), largest, (largest + 1) % CLASSES)
    loader = WatchedLoader(
        pixels[:, None, None],
        targets,
        batch_size=batch_size,
        shuffle=shuffle,
        generator=generator,
    )
    return Case((model.train(training), loader), look_at=look_at)
