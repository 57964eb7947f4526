"""Images with their targets: how some are chosen, and what their statistics are."""

from typing import NamedTuple

import torch
from torch import Tensor


class Split(NamedTuple):
    """Images uint8, shape (N, C, H, W), with targets int64, shape (N,)."""

    images: Tensor
    targets: Tensor

    def take(self, which: Tensor) -> "Split":
        """Return a part of the split.

        Parameters
        ----------
        which
            Tensor of indices, or of N booleans.

        Returns
        -------
        Split
        """
        return Split(self.images[which], self.targets[which])


def stratified_choice(targets: Tensor, count: int, *, seed: int = 0) -> Tensor:
    """Choose `count` indices at random, from every class its share.

    Parameters
    ----------
    targets
        Tensor, shape (N,), int64.
    count
        How many to choose, at most N.
    seed
        The same seed chooses the same indices; the global random state is left alone.

    Returns
    -------
    Tensor
        Shape (count,), int64, in ascending order.

    Examples
    --------
    >>> targets = torch.tensor([0, 1, 0, 1, 0, 1])
    >>> targets[stratified_choice(targets, 4)].bincount()
    tensor([2, 2])
    """
    seeded = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(targets), generator=seeded)
    by_class = shuffled[targets[shuffled].argsort(stable=True)]
    # Equal steps through the images sorted by class take an equal share of each.
    steps = torch.arange(count) * len(targets) // max(count, 1)
    return by_class[steps].sort().values


def hold_out(split: Split, fraction: float) -> tuple[Split, Split]:
    """Divide a split in two that share no image, every class in the same proportion.

    Parameters
    ----------
    split
        What to divide.
    fraction
        Share of the images to hold out, in [0, 1). The same images at every call.

    Returns
    -------
    tuple of Split
        What is left, and what is held out.
    """
    held_out = torch.zeros(len(split.targets), dtype=torch.bool)
    count = round(fraction * len(held_out))
    held_out[stratified_choice(split.targets, count)] = True
    return split.take(~held_out), split.take(held_out)


def channel_statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Measure each channel, exactly: from how often each of the 256 levels occurs.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), uint8.

    Returns
    -------
    tuple of Tensor
        Mean and standard deviation, shape (C,), float32, of pixels in [0, 1].
    """
    levels = torch.linspace(0, 1, 256, dtype=torch.float64)
    counts = [channel.flatten().bincount(minlength=256) for channel in images.unbind(1)]
    shares = torch.stack(counts).double() / images[:, 0].numel()
    mean = shares @ levels
    variance = shares @ levels.square() - mean.square()
    return mean.float(), variance.sqrt().float()
