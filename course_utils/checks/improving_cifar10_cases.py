"""Cases for the checks of notebook 11, with a network that says how it is treated."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.checks.judging import Case


class Watched(nn.Sequential):
    """A small network with a short name, which notes how it is treated."""

    def __repr__(self) -> str:
        """Say what it is made of, and its mode."""
        return f"{self._parts()} in {self._mode()} mode"

    def snapshot(self) -> tuple[str, list[int], dict[str, Tensor]]:
        """Return its mode, the number of hooks on each part, a copy of its numbers.

        Returns
        -------
        tuple
            For `complaint`.
        """
        hooks = [len(part._forward_hooks) for part in self.modules()]
        numbers = {name: value.clone() for name, value in self.state_dict().items()}
        return self._mode(), hooks, numbers

    def complaint(self, before: tuple, maps: Tensor) -> str:
        """Say how it was mistreated.

        Parameters
        ----------
        before
            Its `snapshot` from before.
        maps
            What was collected.

        Returns
        -------
        str
            Empty if all was well.
        """
        mode, hooks, numbers = before
        for name, value in self.state_dict().items():
            if not torch.equal(value, numbers[name]):
                return f"changed the model's {name}, which only training should"
        if mode != self._mode():
            return f"the model came in {mode} mode, and was not left in it"
        if hooks != self.snapshot()[1]:
            return "left a hook on the model, which would go on taking notes"
        if maps.requires_grad:
            return "the maps still carry what is needed for gradients; detach them"
        if not torch.is_grad_enabled():
            return "gradients stay switched off afterwards, for all that follows"
        return ""

    def _parts(self) -> str:
        return "–".join(type(part).__name__ for part in self)

    def _mode(self) -> str:
        return "train" if self.training else "eval"


class Nested(Watched):
    """Two parts, each with parts of its own; its `forward` does more than call them."""

    def forward(self, images: Tensor) -> Tensor:
        """Put a ReLU between the parts, and flatten at the end.

        Parameters
        ----------
        images
            Tensor, shape (N, C, H, W).

        Returns
        -------
        Tensor
            Shape (N, K).
        """
        first, second = self
        return second(first(images).relu()).flatten(1)


def step_cases() -> list[Case]:
    """Return gradients with what the optimizer is set to.

    Returns
    -------
    list of Case
        With the arguments ``(gradients, lr, momentum, nesterov)``.
    """
    first = "the first step: nothing came before it"
    rate = "the learning rate: once for each step"
    kept = "what is kept: a share of all that came before, not only of the last one"
    sign = "the signs: a step back is negative, and takes part in what is kept"
    ahead = "Nesterov: the gradient, and the share of the velocity that is already new"
    table = [
        ([1], 1, 0.5, False, first),
        ([3], 1, 0.5, False, first),
        ([3], 0.5, 0.5, False, rate),
        ([1, 1], 1, 0, False, "a momentum of 0: each step is the gradient"),
        ([1, 1], 1, 0.5, False, kept),
        ([4, 0, 0, 0], 1, 0.5, False, kept),
        ([1, 1, 1, 1], 1, 0.5, False, kept),
        ([2, 4, 8], 0.5, 0.5, False, rate),
        ([1, -1, 1, -1], 1, 0.5, False, sign),
        ([1], 1, 0.5, True, ahead),
        ([4, 0, 0], 1, 0.5, True, ahead),
        ([1, 1, 1], 0.5, 0.5, True, ahead),
        ([1, -1, 2, -2], 1, 0.5, True, ahead),
    ]
    cases = [_stepping(*row) for row in table]
    generator = np.random.default_rng(0)
    for steps, nesterov in ((5, False), (5, True), (20, True)):
        gradients = generator.normal(size=steps).round(2).tolist()
        cases.append(_stepping(gradients, 0.1, 0.9, nesterov, kept))
    return cases


def difference_cases() -> list[Case]:
    """Return accuracies of two networks from the same seeds.

    Returns
    -------
    list of Case
        With the arguments ``(one, other)``.
    """
    sign = "the sign: positive if the second network is better"
    spread = "the spread: by what is the sum of squares divided?"
    pairs = "the pairs: subtract first, and only then take the spread"
    table = [
        ([1, 1], [2, 2], sign),
        ([3, 3, 3], [1, 1, 1], sign),
        ([0, 0], [1, 3], spread),
        ([0, 0, 0], [1, 2, 3], spread),
        ([1, 2, 3], [2, 3, 4], pairs),
        ([80, 82, 81], [83, 84, 85], pairs),
        ([70, 75, 80], [81, 74, 73], pairs),
        ([5, 5, 5, 9], [5, 5, 5, 5], pairs),
        ([0.5, 0.75], [0.25, 1.0], pairs),
    ]
    cases = [_pair(one, other, at) for one, other, at in table]
    generator = np.random.default_rng(0)
    for seeds in (2, 3, 3, 5, 10):
        cases.append(_pair(*generator.uniform(0.6, 0.9, (2, seeds)), pairs))
    return cases


def map_cases() -> list[Case]:
    """Return small networks in both modes, with images, and a layer inside each.

    Returns
    -------
    list of Case
        With the arguments ``(model, images, layer)``.
    """
    which = "which layer is watched: the one that was given"
    mode = "the mode while you watch: dropout and BatchNorm act when they train"
    later = "what the next layer does: it may write into the maps you hold; clone them"
    whole = "what is returned: the layer's whole output, for all images"
    way = "the way to the layer: parts hold parts, and forward does more than call them"
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        table = [
            (Watched(nn.Conv2d(1, 1, 2)), (1, 1, 2, 3), "0", whole),
            (Watched(nn.Conv2d(1, 2, 2), nn.ReLU()), (1, 1, 3, 3), "1", which),
            (Watched(nn.Conv2d(1, 2, 2), nn.ReLU()), (1, 1, 3, 3), "0", which),
            (_strided(), (3, 1, 5, 4), "0", whole),
            (_strided().eval(), (2, 1, 5, 4), "1", which),
            (_strided(), (1, 1, 5, 4), "2", which),
            (_normed(), (4, 2, 3, 3), "1", mode),
            (_normed(), (4, 2, 3, 3), "2", mode),
            (_normed().eval(), (4, 2, 3, 3), "2", mode),
            (_dropping(), (2, 1, 4, 4), "1", mode),
            (_dropping().eval(), (2, 1, 4, 4), "1", mode),
            (_in_place(), (2, 1, 4, 4), "0", later),
            (_in_place().eval(), (1, 1, 4, 6), "0", later),
            (_nested(), (1, 1, 4, 4), "0.0", way),
            (_nested(), (2, 1, 4, 4), "1.0", way),
            (_nested().eval(), (2, 1, 4, 5), "1.1", way),
        ]
    return [_watching(*row) for row in table]


def cam_cases() -> list[Case]:
    """Return maps with gradients: one number first, then more and more.

    Returns
    -------
    list of Case
        With the arguments ``(feature_maps, gradients)``.
    """
    itself = "what is returned: the heat itself, whatever its largest number"
    one_each = "the axes of what is returned: (N, H, W), one heat map for each image"
    factor = "the weight of a map: how much the class gains from it"
    mean = "the weight of a map: one number, the mean of its gradients"
    negative = "what is below zero: at the end it is set to zero"
    late = "when the ReLU comes: after the sum, and on nothing else"
    add = "the sum over the maps: their weights are not averaged"
    batch = "the images: each has weights of its own"
    axes = "the axes: which of them are averaged, and which is summed"
    table = [
        ([[[[2]]]], [[[[1]]]], itself),
        ([[[[2]]]], [[[[3]]]], factor),
        ([[[[2, 4]]]], [[[[1, 3]]]], mean),
        ([[[[2], [4]]]], [[[[1], [3]]]], mean),
        ([[[[2, 1]]]], [[[[-1, -1]]]], negative),
        ([[[[2]], [[3]]]], [[[[1]], [[10]]]], add),
        ([[[[2, 0]], [[3, 1]]]], [[[[1, 1]], [[-1, -1]]]], late),
        ([[[[-2, 1]], [[3, 1]]]], [[[[1, 1]], [[2, 2]]]], late),
        ([[[[1, 2], [3, 4]]]], [[[[0, 0], [0, 4]]]], mean),
        ([[[[1, 2]]], [[[1, 2]]]], [[[[1, 1]]], [[[3, 3]]]], batch),
        ([[[[1, 2]]], [[[1, 2]]]], [[[[1, 1]]], [[[-1, -1]]]], batch),
        ([[[[5]]], [[[1]]], [[[1]]]], [[[[1]]], [[[2]]], [[[3]]]], batch),
    ]
    cases = [
        Case((_floats(maps), _floats(slopes)), look_at=at, at_shape=one_each)
        for maps, slopes, at in table
    ]
    generator = torch.Generator().manual_seed(0)
    for shape in ((1, 3, 2, 4), (4, 2, 3, 3), (2, 8, 4, 5), (5, 16, 8, 8)):
        maps, slopes = torch.randn(2, *shape, generator=generator)
        cases.append(Case((maps, slopes), look_at=axes, at_shape=one_each))
    return cases


def _stepping(
    gradients: Sequence[float], lr: float, momentum: float, nesterov: bool, look_at: str
) -> Case:
    floats = [float(gradient) for gradient in gradients]
    return Case((floats, float(lr), float(momentum), nesterov), look_at=look_at)


def _pair(one: Sequence[float], other: Sequence[float], look_at: str) -> Case:
    accuracies = (np.array(values, dtype=float) for values in (one, other))
    return Case(tuple(accuracies), look_at=look_at)


def _watching(model: Watched, shape: tuple, name: str, look_at: str) -> Case:
    images = torch.linspace(-2, 3, int(np.prod(shape))).reshape(shape)
    return Case((model, images, model.get_submodule(name)), look_at=look_at)


def _strided() -> Watched:
    return Watched(nn.Conv2d(1, 2, 2, stride=2), nn.ReLU(), nn.Conv2d(2, 3, (2, 1)))


def _normed() -> Watched:
    return Watched(nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3), nn.ReLU())


def _dropping() -> Watched:
    return Watched(nn.Dropout(0.9), nn.Conv2d(1, 2, 2), nn.ReLU())


def _in_place() -> Watched:
    return Watched(nn.Conv2d(1, 2, 2), nn.ReLU(inplace=True), nn.Flatten())


def _nested() -> Watched:
    first = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2))
    return Nested(first, nn.Sequential(nn.Conv2d(2, 2, 2), nn.ReLU()))


def _floats(values: Sequence) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
