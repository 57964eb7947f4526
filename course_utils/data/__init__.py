"""FashionMNIST, CIFAR-10 and your own images as tensors, ready for a loader."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils.arguments import as_choice, as_count, is_number, is_whole, said
from course_utils.data import folder as image_folder
from course_utils.data import sources
from course_utils.data.folder import DataError, Size, Split, say, user_cache_folder
from course_utils.data.loader import Loader, check_tensor
from course_utils.data.sources import Source
from course_utils.runtime import current_profile
from course_utils.sizes import as_pair

__all__ = ["DataError", "ImageData", "Loader", "list_image_folder", "load_cifar10"]
__all__ += ["load_fashion_mnist", "load_image_folder", "read_image"]
__all__ += ["user_cache_folder"]


@dataclass(frozen=True, eq=False, repr=False)
class ImageData:
    """A data set in three splits that share no image.

    Images are uint8, shape (N, C, H, W), targets int64, shape (N,), indices into
    `class_names`. mean, std: float32, shape (C,), of the training images' channels, in
    [0, 1]; std is 1 for a channel that is the same everywhere. name: what it is, fit
    for a figure's title. source: that and how much of it, in words, without any path.
    is_complete: has every image of the official data set, so never True of your own.
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
        classes, shape = len(self.class_names), tuple(self.train_images.shape[1:])
        return f"ImageData({self.source}; {classes} classes, shape {shape})"

    def loader(
        self, split: str, *, shuffle: bool | None = None, **options: object
    ) -> Loader:
        """Return a `Loader` of a split, normalised by the training split's statistics.

        split: ``"train"``, ``"val"`` or ``"test"``. shuffle: None shuffles the training
        split only. options: batch_size, augment, device, generator, as for `Loader`.
        """
        as_choice("split", split, "train", "val", "test")
        images = getattr(self, f"{split}_images")
        targets = getattr(self, f"{split}_targets")
        if len(targets) == 0:
            raise ValueError(f"there are no images in {split!r}: hold out more for it")
        shuffle = split == "train" if shuffle is None else shuffle
        normal = {"mean": self.mean, "std": self.std}
        return Loader(images, targets, shuffle=shuffle, **normal, **options)


def load_fashion_mnist(*, val_size: int = 5000) -> ImageData:
    """Load FashionMNIST: 28 x 28 grey images of ten kinds of clothes and shoes.

    From the data folder, else downloaded, else the bundled sample. val_size: how many
    of the 60,000 training images to hold out for validation, chosen once and for all;
    of fewer images the same share. DataError if the data folder has a broken copy.

    Xiao, Rasul & Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms" (2017).
    """
    return _load(sources.FASHION_MNIST, val_size)


def load_cifar10(*, val_size: int = 5000) -> ImageData:
    """Load CIFAR-10: 32 x 32 colour images of ten kinds of animals and vehicles.

    From the data folder (the official files, or ``cifar10/{train,test}/<class>/*``),
    else downloaded, else a stand-in made from FashionMNIST, which `name` and `source`
    say. val_size, of 50,000, and errors: as for `load_fashion_mnist`.

    Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """
    return _load(sources.CIFAR10, val_size)


def list_image_folder(path: str | Path) -> dict[str, list[str]]:
    """Return the files of each class that `load_image_folder` reads, in all splits.

    path: as there, and so are what is printed and DataError. Taught in *Your own
    pictures*.
    """
    files: dict[str, list[str]] = {}
    folder = as_path(path, "a folder, as 'pictures'")
    for listing in image_folder.list_splits(folder).values():
        for file, target in zip(listing.files, listing.targets):
            files.setdefault(listing.class_names[target], []).append(file)
    return files


def load_image_folder(
    path: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    val_fraction: float = 0.1,
    test_fraction: float = 0.2,
) -> ImageData:
    """Load your own images, in one folder per class, as colour images.

    path: ``path/<class>/*``; or ``path/train/<class>/*`` with ``val`` and ``test``
    beside it, or one of them. What there is no folder for is held out. size: height and
    width in pixels to bring all images to, or one number for both: the middle of each
    is cut to these proportions, then scaled; None: all must have one size already.
    val_fraction, test_fraction: shares in [0, 1) to hold out: of the training images
    for validation, and of all images for testing. What is left out or changed is
    printed: files that are no images, all but the first of several frames, 16 bits
    of which 8 are kept, transparent parts, which become white; so are equal pictures,
    which stay. DataError if a folder is empty, an image cannot be read, sizes differ, a
    class has no training image, or all would not fit into memory.
    """
    folder = as_path(path, "a folder, as 'pictures'")
    fractions = {"val_fraction": val_fraction, "test_fraction": test_fraction}
    for name, share in fractions.items():
        if not is_number(share) or not 0 <= share < 1:
            raise ValueError(f"{name} is {said(share)}; expected a number in [0, 1)")
    pixels = as_size(size)
    listings = image_folder.list_splits(folder)
    read = image_folder.read_images
    splits = {part: read(listing, pixels) for part, listing in listings.items()}
    say_equal(listings, splits, folder)
    if "test" not in splits:
        splits["train"], splits["test"] = hold_out(splits["train"], test_fraction)
    about = listings["train"].class_names, folder, False, splits.get("val")
    name = image_folder.printable(folder.resolve().name)
    source = Source(name, splits["train"], splits["test"], *about)
    return _image_data(source, val_fraction)


def say_equal(
    listings: dict[str, image_folder.Listing], splits: dict[str, Split], folder: Path
) -> None:
    """Say which pictures have the same pixels, in one split or in two."""
    by_pixels: dict[int, list[str]] = {}
    for part, listing in listings.items():
        for place, image in zip(image_folder.order_of(listing), splits[part].images):
            pixels = hash(image.numpy().tobytes())
            by_pixels.setdefault(pixels, []).append(listing.files[place])
    equal = [sorted(files) for files in by_pixels.values() if len(files) > 1]
    words = "Equal pictures, of which one may train and the other test"
    say(words, [file for files in sorted(equal) for file in files], folder)


def read_image(
    path: str | Path, *, size: int | Size | None = None, channels: int = 3
) -> Tensor:
    """Read one picture as `load_image_folder` reads those of a folder.

    path: of the file. size: height and width in pixels, or one number for both: the
    middle is cut to these proportions, then scaled; None: as it is. channels: 3 for
    red, green and blue, 1 for grey. Returns uint8, shape (channels, H, W). What is lost
    is printed once. DataError if the file cannot be read as an image.
    """
    file, size = as_path(path, "a file, as 'shoe.jpg'"), as_size(size)
    if not is_whole(channels) or channels not in (1, 3):
        raise ValueError(f"channels is {said(channels)}; expected 1 or 3")
    if not os.path.isfile(file):
        raise DataError(f"path is {path}, no file here, or closed; expected a picture")
    image, noted = image_folder.decode_one(str(file), size)
    for words in (words for words, holds in zip(image_folder.NOTES, noted) if holds):
        say(words, [file], file.parent)
    if channels == 1:
        from PIL import Image

        grey = Image.fromarray(image.transpose(1, 2, 0)).convert("L")
        image = np.asarray(grey)[None]
    return torch.from_numpy(image.copy())


def as_path(path: str | Path, expected: str) -> Path:
    """Return a path with its ~ written out; as it is, if there is no such user."""
    if not isinstance(path, str | Path) or not str(path):
        raise TypeError(f"path is {said(path)}; expected {expected}")
    return Path(os.path.expanduser(path))


def as_size(size: int | Sequence[int] | None) -> Size | None:
    """Return height and width; None leaves each image as it is."""
    return None if size is None else as_pair("size", size)


def _load(dataset: sources.DataSet, val_size: int) -> ImageData:
    total = dataset.sizes[0]
    val_size = as_count("val_size", val_size, least=0, most=total - 1)
    return _image_data(sources.find(dataset), val_size / total)


def _image_data(source: Source, val_fraction: float) -> ImageData:
    """Hold out the validation split, keep to the profile, measure what is left."""
    name, train, val, test = source.name, source.train, source.val, source.test
    if val is None:
        train, val = hold_out(train, val_fraction)
    shapes = {tuple(split.images.shape[1:]) for split in (train, val, test)}
    if len(shapes) > 1:
        raise DataError(
            f"{name} has images of the shapes {', '.join(map(str, sorted(shapes)))} in "
            "its splits. Bring all to one size with load_image_folder(path, size=64)."
        )
    profile, note = current_profile(), ""
    if profile.max_images is not None and len(train.targets) > profile.max_images:
        _, train = hold_out(train, profile.max_images / len(train.targets))
        note = f" (the {profile.name} profile uses no more)"
    counts = f"{len(train.targets):,} train{note}, {len(val.targets):,} validation"
    words = f"{name}: {counts}, {len(test.targets):,} test"
    _check_classes(source, {"training": train, "validation": val, "test": test})
    mean, std = channel_statistics(train.images)
    about = source.class_names, mean, std.where(std > 1e-6, 1), name, words
    return ImageData(*train, *val, *test, *about, source.is_complete and not note)


def _check_classes(source: Source, splits: dict[str, Split]) -> None:
    """Refuse a class without training images, and say which the others lack."""
    for part, split in splits.items():
        counts = split.targets.bincount(minlength=len(source.class_names)).tolist()
        lacking = [n for n, count in zip(source.class_names, counts) if count == 0]
        words = f"{source.name} has no {part} image of {', '.join(map(repr, lacking))}"
        if lacking and part == "training":
            raise DataError(f"{words}. Add some, or hold out fewer.")
        if lacking and len(split.targets):
            image_folder.say_once(f"{words}.")


def hold_out(split: Split, fraction: float) -> tuple[Split, Split]:
    """Divide a split in what is left and what is held out, every class in proportion.

    The same images at every call; the global random state is left alone.
    """
    images, targets = split
    count = round(fraction * len(targets))
    seeded = torch.Generator().manual_seed(0)
    shuffled = torch.randperm(len(targets), generator=seeded)
    by_class = shuffled[targets[shuffled].argsort(stable=True)]
    # Equal steps through the images sorted by class take an equal share of each.
    steps = torch.arange(count) * len(targets) // max(count, 1)
    held_out = torch.zeros(len(targets), dtype=torch.bool)
    held_out[by_class[steps]] = True
    kept = Split(images[~held_out], targets[~held_out])
    return kept, Split(images[held_out], targets[held_out])


def channel_statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return each channel's mean and standard deviation, of pixels in [0, 1].

    images: uint8, shape (N, C, H, W). They are exact: they come from how often each of
    the 256 levels occurs.
    """
    check_tensor("images", images, torch.uint8, "NCHW")
    levels = torch.linspace(0, 1, 256, dtype=torch.float64)
    counts = [channel.flatten().bincount(minlength=256) for channel in images.unbind(1)]
    shares = torch.stack(counts).double() / images[:, 0].numel()
    mean = shares @ levels
    variance = shares @ levels.square() - mean.square()
    return mean.float(), variance.clamp(min=0).sqrt().float()
