"""FashionMNIST, CIFAR-10 and your own images as tensors, ready for a loader."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from course_utils.data import sources
from course_utils.data.formats import DataError
from course_utils.data.image_folder import list_images, list_train_test, read_images
from course_utils.data.loader import Augment, Loader
from course_utils.data.splits import (
    Split,
    channel_statistics,
    hold_out,
    stratified_choice,
)
from course_utils.runtime import current_profile

_SPLITS = ("train", "val", "test")


@dataclass(frozen=True, eq=False, repr=False)
class ImageData:
    """A data set in three splits that share no image.

    Parameters
    ----------
    train_images, val_images, test_images
        Tensor, shape (N, C, H, W), uint8.
    train_targets, val_targets, test_targets
        Tensor, shape (N,), int64: indices into `class_names`.
    class_names
        One per class.
    mean, std
        Tensor, shape (C,), float32: of the training images' channels, in [0, 1].
    name
        What it is, fit for a figure's title.
    source
        What it is and how much of it, in words, without any path.
    is_complete
        Whether it has every image of the official data set.
    """

    train_images: Tensor
    train_targets: Tensor
    val_images: Tensor
    val_targets: Tensor
    test_images: Tensor
    test_targets: Tensor
    class_names: tuple[str, ...]
    mean: Tensor
    std: Tensor
    name: str
    source: str
    is_complete: bool

    def __repr__(self) -> str:
        """Return what it is, in one line."""
        shape = tuple(self.train_images.shape[1:])
        return (
            f"ImageData({self.source}; {len(self.class_names)} classes, shape {shape})"
        )

    def loader(
        self,
        split: str,
        *,
        batch_size: int = 128,
        shuffle: bool | None = None,
        augment: Augment | None = None,
        device: torch.device | str | None = None,
        generator: torch.Generator | None = None,
    ) -> Loader:
        """Return a loader of one split, normalised by the training split's statistics.

        Parameters
        ----------
        split
            ``"train"``, ``"val"`` or ``"test"``.
        batch_size, augment, device, generator
            As for `Loader`.
        shuffle
            None shuffles the training split only.

        Returns
        -------
        Loader

        Raises
        ------
        ValueError
            If there is no such split, or it is empty; and as `Loader`.
        """
        if split not in _SPLITS:
            raise ValueError(
                f"split is {split!r}; expected one of {', '.join(_SPLITS)}"
            )
        return Loader(
            getattr(self, f"{split}_images"),
            getattr(self, f"{split}_targets"),
            batch_size=batch_size,
            shuffle=split == "train" if shuffle is None else shuffle,
            augment=augment,
            mean=self.mean,
            std=self.std,
            device=device,
            generator=generator,
        )


def load_fashion_mnist(*, val_size: int = 5000) -> ImageData:
    """Load FashionMNIST: 28 x 28 grey images of ten kinds of clothes and shoes.

    From the data folder, else downloaded, else the bundled sample.

    Parameters
    ----------
    val_size
        How many of the 60,000 training images to hold out for validation, chosen once
        and for all. The same share of fewer images is held out of the sample.

    Returns
    -------
    ImageData
        Images of shape (N, 1, 28, 28).

    Raises
    ------
    DataError
        If the data folder has a broken copy.

    References
    ----------
    Xiao, Rasul & Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms" (2017).
    """
    return _load(sources.FASHION_MNIST, val_size)


def load_cifar10(*, val_size: int = 5000) -> ImageData:
    """Load CIFAR-10: 32 x 32 colour images of ten kinds of animals and vehicles.

    From the data folder (the official files, or ``cifar10/{train,test}/<class>/*``),
    else downloaded, else a stand-in made from FashionMNIST, which `name` and `source`
    say.

    Parameters
    ----------
    val_size
        How many of the 50,000 training images to hold out for validation, chosen once
        and for all. The same share of fewer images is held out of the stand-in.

    Returns
    -------
    ImageData
        Images of shape (N, 3, 32, 32).

    Raises
    ------
    DataError
        If the data folder has a broken copy.

    References
    ----------
    Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """
    return _load(sources.CIFAR10, val_size)


def load_image_folder(
    path: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    val_fraction: float = 0.1,
    test_fraction: float = 0.2,
) -> ImageData:
    """Load your own images, in one folder per class.

    Parameters
    ----------
    path
        ``path/train/<class>/*`` and ``path/test/<class>/*``, or ``path/<class>/*``,
        from which a test split is then held out.
    size
        Height and width in pixels to bring all images to, or one number for both: the
        middle of each is cut to these proportions, then scaled. None means that all
        must have one size already.
    val_fraction
        Share of the training images to hold out for validation.
    test_fraction
        Share of all images to hold out for testing, where there is no ``path/test``.

    Returns
    -------
    ImageData
        Images of shape (N, 3, H, W); grey ones are turned into colour ones.

    Raises
    ------
    ValueError
        If a fraction is not in [0, 1), or `size` not positive. As `DataError`: if a
        folder is empty, an image cannot be read, or sizes differ.
    """
    for fraction in (val_fraction, test_fraction):
        if not 0 <= fraction < 1:
            raise ValueError(f"a fraction of the images is {fraction}; expected [0, 1)")
    folder, pixels = Path(path).expanduser(), _height_and_width(size)
    if (folder / "train").is_dir():
        listing, test_listing = list_train_test(folder)
        train = read_images(listing, size=pixels)
        test = read_images(test_listing, size=pixels)
    else:
        listing = list_images(folder)
        train, test = hold_out(read_images(listing, size=pixels), test_fraction)
    return _image_data(
        train,
        test,
        listing.class_names,
        name=folder.resolve().name,
        is_complete=True,
        val_fraction=val_fraction,
    )


def _height_and_width(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    pixels = (size, size) if isinstance(size, int) else size
    if pixels is not None and (len(pixels) != 2 or min(pixels) < 1):
        raise ValueError(f"size is {size}; expected pixels, as 64 or (48, 64)")
    return pixels


def _load(dataset: sources.DataSet, val_size: int) -> ImageData:
    train_size = dataset.sizes[0]
    if not 0 <= val_size < train_size:
        raise ValueError(f"val_size is {val_size}; expected 0 to {train_size - 1:,}")
    found = sources.find(dataset)
    return _image_data(
        found.train,
        found.test,
        found.class_names,
        name=found.name,
        is_complete=found.is_complete,
        val_fraction=val_size / train_size,
    )


def _image_data(
    train: Split,
    test: Split,
    class_names: Sequence[str],
    *,
    name: str,
    is_complete: bool,
    val_fraction: float,
) -> ImageData:
    """Hold out the validation split, keep to the profile, measure what is left."""
    _check_shapes(train, test, name)
    train, val = hold_out(train, val_fraction)
    profile, note = current_profile(), ""
    if profile.max_images is not None and len(train.targets) > profile.max_images:
        train = train.take(stratified_choice(train.targets, profile.max_images))
        note = f" (the {profile.name} profile uses no more)"
    mean, std = channel_statistics(train.images)
    return ImageData(
        *train,
        *val,
        *test,
        class_names=tuple(class_names),
        mean=mean,
        std=std,
        name=name,
        source=f"{name}: {len(train.targets):,} train{note}, "
        f"{len(val.targets):,} validation, {len(test.targets):,} test",
        is_complete=is_complete and not note,
    )


def _check_shapes(train: Split, test: Split, name: str) -> None:
    shapes = [tuple(images.shape[1:]) for images in (train.images, test.images)]
    if shapes[0] != shapes[1]:
        raise DataError(
            f"{name} has training images of shape {shapes[0]} and test images of shape "
            f"{shapes[1]}. Bring all to one size with load_image_folder(path, size=64)."
        )
