"""A loader that makes whole batches at once.

Notebook 06 teaches PyTorch's `DataLoader` first, then why this one is faster.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

Augment = Callable[[Tensor], Tensor]
Statistics = Tensor | Sequence[float]

# Batches made at once where nothing is drawn for each one: a few large operations cost
# less than many small ones.
_AHEAD = 8


class Loader:
    """Iterate over (images, targets) in batches, as a `DataLoader` does, but faster.

    All images stay in memory as bytes; whole batches are sliced, scaled, augmented and
    normalised at once, instead of image by image. Without `augment` the batches equal
    those of a `DataLoader` with torchvision's ``ToTensor`` and ``Normalize``, but for
    rounding.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), uint8.
    targets
        Tensor, shape (N,), int64.
    batch_size
        Images per batch; the last batch may be smaller.
    shuffle
        Whether each pass takes the images in a new random order.
    augment
        Called with each batch of images, shape (B, C, H, W), float32 in [0, 1], before
        they are normalised; returns the images to use instead.
    mean, std
        One number per channel, for images in [0, 1]: each batch becomes
        ``(images - mean) / std``. None leaves [0, 1].
    device
        Where images and targets are kept and batches are made; None means where they
        are.
    generator
        Draws the order; None means PyTorch's global one. The same seed gives the same
        orders.

    Attributes
    ----------
    images, targets, batch_size, shuffle, augment, mean, std, generator
        As given; images and targets on `device`, mean and std as tensors, shape (C,).

    Raises
    ------
    TypeError
        If images, targets or batch_size are of another type.
    ValueError
        If there are no images, shapes or numbers do not fit together, or std is not
        positive.

    Examples
    --------
    >>> images = torch.zeros(5, 1, 28, 28, dtype=torch.uint8)
    >>> loader = Loader(images, torch.arange(5), batch_size=2)
    >>> len(loader), [len(targets) for images, targets in loader]
    (3, [2, 2, 1])
    """

    def __init__(
        self,
        images: Tensor,
        targets: Tensor,
        *,
        batch_size: int = 128,
        shuffle: bool = False,
        augment: Augment | None = None,
        mean: Statistics | None = None,
        std: Statistics | None = None,
        device: torch.device | str | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        _check_images(images, targets)
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size is {batch_size!r}; expected 1, 2, 3, ...")
        self.images, self.targets = images.to(device=device), targets.to(device=device)
        self.batch_size, self.shuffle = batch_size, shuffle
        self.augment, self.generator = augment, generator
        self.mean, self.std = _statistics(mean, std, self.images)
        std, mean = (1, 0) if self.mean is None else (self.std, self.mean)
        self._scale = torch.as_tensor(1 / (255 * std)).view(-1, 1, 1)
        self._shift = torch.as_tensor(-mean / std).view(-1, 1, 1)

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-len(self.targets) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every image once, in batches."""
        ahead = _AHEAD if self.augment is None else 1
        for indices in self.order().split(ahead * self.batch_size):
            images, targets = self.batch(indices)
            parts = images.split(self.batch_size), targets.split(self.batch_size)
            yield from zip(*parts, strict=True)

    def order(self) -> Tensor:
        """Draw the order of one pass.

        Returns
        -------
        Tensor
            Shape (N,), int64, on the device of the images: 0 to N - 1, shuffled where
            `shuffle` is set.
        """
        count = len(self.targets)
        if not self.shuffle:
            return torch.arange(count, device=self.images.device)
        return torch.randperm(count, generator=self.generator).to(self.images.device)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Make one batch.

        Parameters
        ----------
        indices
            Tensor, shape (B,), int64: which images.

        Returns
        -------
        tuple of Tensor
            Images, shape (B, C, H, W), float32, and targets, shape (B,), int64.
        """
        images = self.images.index_select(0, indices).float()
        scale = self._scale
        if self.augment is not None:
            images, scale = self.augment(images.div_(255)), 255 * scale
        # Scaling and normalising in one multiplication and one addition.
        images = images.mul(scale).add_(self._shift)
        return images, self.targets.index_select(0, indices)


def _statistics(
    mean: Statistics | None, std: Statistics | None, images: Tensor
) -> tuple[Tensor, Tensor] | tuple[None, None]:
    """Return both as float32 tensors beside the images, or neither."""
    if mean is None and std is None:
        return None, None
    if mean is None or std is None:
        raise ValueError("mean and std belong together: give both, or neither")
    if not all(deviation > 0 for deviation in std):
        raise ValueError(f"std is {std}; expected numbers above 0")
    return _per_channel(mean, "mean", images), _per_channel(std, "std", images)


def _per_channel(values: Statistics, name: str, images: Tensor) -> Tensor:
    values = torch.as_tensor(values, dtype=torch.float32, device=images.device)
    channels = images.shape[1]
    if values.shape != (channels,):
        raise ValueError(
            f"{name} has shape {tuple(values.shape)}; images with {channels} "
            f"channels need ({channels},)"
        )
    return values


def _check_images(images: Tensor, targets: Tensor) -> None:
    _check_tensor("images", images, torch.uint8, "NCHW")
    _check_tensor("targets", targets, torch.int64, "N")
    if len(images) != len(targets):
        raise ValueError(f"there are {len(images)} images but {len(targets)} targets")
    if len(images) == 0:
        raise ValueError("there are no images to load; look at how they were chosen")


def _check_tensor(name: str, tensor: Tensor, dtype: torch.dtype, axes: str) -> None:
    if not isinstance(tensor, Tensor) or tensor.dtype != dtype:
        found = getattr(tensor, "dtype", type(tensor).__name__)
        raise TypeError(f"{name} must be a tensor of {dtype}, not {found}")
    if tensor.ndim != len(axes):
        raise ValueError(
            f"{name} has shape {tuple(tensor.shape)}; expected ({', '.join(axes)})"
        )
