"""A loader that makes whole batches at once."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from course_utils.arguments import as_count, as_function, as_switch, instance_of, said
from course_utils.runtime import as_device

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
        as_switch("shuffle", shuffle)
        instance_of(torch.Generator | None, "torch.Generator()")("generator", generator)
        example = "a function of a batch, such as augment.RandomHorizontalFlip()"
        as_function("augment", augment, example)
        parts = getattr(augment, "transforms", getattr(augment, "children", list)())
        if std is not None and "Normalize" in {type(part).__name__ for part in parts}:
            text = "augment holds a Normalize, and mean and std normalise after it"
            raise ValueError(f"{text}; expected one of both")
        self.batch_size = as_count("batch_size", batch_size)
        if (mean is None) != (std is None):
            raise ValueError("mean and std belong together: give both, or neither")
        device = images.device if device is None else as_device("device", device)
        self.images, self.targets = images.to(device=device), targets.to(device=device)
        self.shuffle, self.augment, self.generator = shuffle, augment, generator
        self.mean, self.std = self._channels("mean", mean), self._channels("std", std)
        one = torch.ones(1, dtype=torch.float32, device=self.images.device)
        std, mean = (one, 0 * one) if mean is None else (self.std, self.mean)
        self._scale = (1 / (255 * std)).view(-1, 1, 1)
        self._shift = (-mean / std).view(-1, 1, 1)

    def _channels(self, name: str, given: Statistics | None) -> Tensor | None:
        if given is None:
            return None
        channels, least = self.images.shape[1], 1e-6 if name == "std" else 0
        try:
            values = torch.as_tensor(given, dtype=torch.float32)
            fits = values.shape == (channels,)
            fits = fits and least <= values.min() <= values.max() <= 1
        except (TypeError, ValueError, RuntimeError):
            fits = False
        if not fits:
            found = said(given.tolist() if isinstance(given, Tensor) else given)
            bounds = "above 0, up to 1: 1 if all are alike" if least else "in [0, 1]"
            numbers = f"{channels} numbers {bounds}"
            raise ValueError(f"{name} is {found}; expected {numbers}, one per channel")
        return values.to(self.images.device)

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
        draws = "cpu" if self.generator is None else self.generator.device
        order = torch.randperm(count, generator=self.generator, device=draws)
        return order.to(device)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Make one batch of the images with these indices, int64, shape (B,)."""
        images, scale = self.images.index_select(0, indices).float(), self._scale
        if self.augment is not None:
            images, scale = self._augmented(images.div_(255)), 255 * scale
        # Scaling and normalising in one multiplication and one addition.
        images = images.mul(scale).add_(self._shift)
        return images, self.targets.index_select(0, indices)

    def _augmented(self, images: Tensor) -> Tensor:
        try:
            found = self.augment(images)
        except (TypeError, ValueError) as error:
            text = f"augment failed on a batch, {tuple(images.shape)}: {error}"
            odd = "ToTensor, ToPILImage, Normalize and MixUp have no place there"
            raise ValueError(f"{text.rstrip('.')}. {odd}") from error
        same = "dtype", "device", "ndim"
        fits = all(getattr(found, a, None) == getattr(images, a) for a in same)
        if not fits or found.shape[:2] != images.shape[:2]:
            kind = f", {found.dtype}" if isinstance(found, Tensor) else ""
            raise ValueError(
                f"augment returned {said(found)}{kind} for images of shape "
                f"{tuple(images.shape)}; expected as many, with as many channels, of "
                f"{images.dtype} on {images.device}"
            )
        return found


def _check_images(images: Tensor, targets: Tensor) -> None:
    check_tensor("images", images, torch.uint8, "NCHW")
    check_tensor("targets", targets, torch.int64, "N")
    if len(images) != len(targets):
        raise ValueError(f"there are {len(images)} images but {len(targets)} targets")
    if min(images.shape[1:3]) > 3 >= images.shape[3]:
        advice = "channels come first: images.permute(0, 3, 1, 2)"
        raise ValueError(f"images is {said(images)}; expected (N, C, H, W), {advice}")


def check_tensor(name: str, tensor: Tensor, dtype: torch.dtype, axes: str) -> None:
    """Raise unless it holds numbers of a kind, at least one, with these axes."""
    found = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
    if found != dtype:
        words = f"{name} must be a tensor of {dtype}, not {found}"
        raise TypeError(f"{words}; try {_remedy(name, tensor)}")
    if tensor.ndim != len(axes) or not tensor.numel():
        expected = f"({', '.join(axes)}){', none of them 0' * (not tensor.numel())}"
        raise ValueError(f"{name} is {said(tensor)}; expected {expected}")


def _remedy(name: str, tensor: object) -> str:
    """Say what makes class numbers, or bytes from 0 to 255, of other numbers."""
    if not isinstance(tensor, Tensor):
        parts = isinstance(tensor, list) and any(isinstance(x, Tensor) for x in tensor)
        return f"torch.{'stack' if parts else 'as_tensor'}({name})"
    if name == "targets":
        if tensor.ndim == 2:
            return "targets.argmax(1)" if tensor.shape[1] > 1 else "targets[:, 0]"
        return "targets.long()"
    if (tensor < 0).any():
        return "images * std + mean, which undoes a normalisation"
    is_large = (tensor > 1).any()
    return "images.round().byte()" if is_large else "(255 * images).round().byte()"
