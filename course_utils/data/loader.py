"""A loader that makes whole batches at once."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

Augment = Callable[[Tensor], Tensor]
Statistics = Tensor | Sequence[float]


class Loader:
    """Iterate over (images, targets) in batches, as a `DataLoader` does, but faster.

    All images stay in memory as bytes; whole batches are sliced, scaled, augmented and
    normalised at once, instead of image by image. Taught in *The training loop*.

    images, targets: tensors, shape (N, C, H, W), uint8, and (N,), int64. batch_size:
    images per batch; the last may be smaller. shuffle: whether each pass takes the
    images in a new random order. augment: called with each batch of images, shape
    (B, C, H, W), float32 in [0, 1], before they are normalised; returns the images to
    use instead. mean, std: one number per channel, for images in [0, 1]: each batch
    becomes ``(images - mean) / std``; None leaves [0, 1]. device: where images are kept
    and batches made; None: where they are. generator: draws the order; None: PyTorch's
    global one. TypeError or ValueError if there are no images, or types, shapes or
    numbers do not fit together.

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
        if (mean is None) != (std is None):
            raise ValueError("mean and std belong together: give both, or neither")
        if std is not None and not all(deviation > 0 for deviation in std):
            raise ValueError(f"std is {std}; expected numbers above 0")
        self.images, self.targets = images.to(device=device), targets.to(device=device)
        self.batch_size, self.shuffle = batch_size, shuffle
        self.augment, self.generator = augment, generator
        self.mean, self.std = self._channels("mean", mean), self._channels("std", std)
        std, mean = (1, 0) if mean is None else (self.std, self.mean)
        self._scale = torch.as_tensor(1 / (255 * std)).view(-1, 1, 1)
        self._shift = torch.as_tensor(-mean / std).view(-1, 1, 1)

    def _channels(self, name: str, values: Statistics | None) -> Tensor | None:
        if values is None:
            return None
        values = torch.as_tensor(values, dtype=torch.float32, device=self.images.device)
        channels = self.images.shape[1]
        if values.shape != (channels,):
            raise ValueError(
                f"{name} has shape {tuple(values.shape)}; images with {channels} "
                f"channels need ({channels},)"
            )
        return values

    def __len__(self) -> int:
        return -(-len(self.targets) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        # Eight batches at once where nothing is drawn for each one: a few large
        # operations cost less than many small ones.
        ahead = 8 if self.augment is None else 1
        for indices in self.order().split(ahead * self.batch_size):
            images, targets = self.batch(indices)
            parts = images.split(self.batch_size), targets.split(self.batch_size)
            yield from zip(*parts)

    def order(self) -> Tensor:
        """Draw the order of one pass: 0 to N - 1, shuffled where `shuffle` is set."""
        count, device = len(self.targets), self.images.device
        if not self.shuffle:
            return torch.arange(count, device=device)
        return torch.randperm(count, generator=self.generator).to(device)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Make one batch of the images with these indices, int64, shape (B,)."""
        images, scale = self.images.index_select(0, indices).float(), self._scale
        if self.augment is not None:
            images, scale = self.augment(images.div_(255)), 255 * scale
        # Scaling and normalising in one multiplication and one addition.
        images = images.mul(scale).add_(self._shift)
        return images, self.targets.index_select(0, indices)


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
