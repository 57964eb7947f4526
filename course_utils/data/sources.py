"""Where a data set is found: in the data folder, on the network, else a substitute."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from course_utils.data import download
from course_utils.data.cache import say_once, user_cache_folder
from course_utils.data.formats import (
    FETCH,
    DataError,
    read_cifar10,
    read_fashion_mnist,
)
from course_utils.data.image_folder import list_train_test, read_images
from course_utils.data.splits import Split
from course_utils.data.substitutes import SAMPLE_FILE, fashion_mnist_sample, in_colour
from course_utils.runtime import current_profile

FASHION_MNIST_CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


class Source(NamedTuple):
    """A data set as it was found.

    Parameters
    ----------
    name
        What it is, fit for a figure's title; without any path.
    train, test
        Images with their targets.
    class_names
        One per class.
    location
        File or folder it was read from.
    is_complete
        Whether it has every image of the official data set.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    location: Path
    is_complete: bool


class DataSet(NamedTuple):
    """How one data set is looked for.

    Parameters
    ----------
    name
        As its authors write it.
    sizes
        Numbers of training and test images where it is complete.
    remote
        Where it is fetched from.
    local
        Reads it from a data folder; None where there is nothing of it.
    substitute
        Makes what is used where it is not to be had.
    """

    name: str
    sizes: tuple[int, int]
    remote: download.Remote
    local: Callable[[Path], Source | None]
    substitute: Callable[[], Source]


def data_folder() -> Path:
    """Return where data sets are looked for, and downloaded to.

    Returns
    -------
    Path
        ``COURSE_DATA_DIR``, else ``data`` in the checkout, else the user's cache
        folder. May not exist yet.
    """
    if named := os.environ.get("COURSE_DATA_DIR"):
        return Path(named).expanduser()
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").exists():
        return checkout / "data"
    return user_cache_folder()


def find(dataset: DataSet) -> Source:
    """Find a data set: in the data folder, else on the network, else its substitute.

    Which one it is, and why, is printed once.

    Parameters
    ----------
    dataset
        ``FASHION_MNIST`` or ``CIFAR10``.

    Returns
    -------
    Source

    Raises
    ------
    DataError
        If the data folder has a broken copy: that is never passed over in silence.
    """
    folder = data_folder()
    source, origin = dataset.local(folder), "found in the data folder"
    if source is None:
        try:
            _fetch(dataset, folder)
            source, origin = dataset.local(folder), "downloaded to the data folder"
        except download.DownloadError as error:
            origin = f"{error}; to fetch the complete data later: `{FETCH}`"
    source = source or dataset.substitute()
    sizes = f"{len(source.train.images):,} + {len(source.test.images):,} images"
    say_once(f"{source.name} ({sizes}): {origin}.")
    return source


def _fetch(dataset: DataSet, folder: Path) -> None:
    profile = current_profile()
    if not profile.download:
        raise download.DownloadError(f"the {profile.name} profile downloads nothing")
    download.fetch(dataset.remote, folder)


def _local_fashion_mnist(folder: Path) -> Source | None:
    raw = folder / "FashionMNIST" / "raw"
    if not _has_entries(raw):
        return None
    train, test = (read_fashion_mnist(raw, split) for split in ("train", "test"))
    return _local(FASHION_MNIST, train, test, FASHION_MNIST_CLASSES, raw)


def _local_cifar10(folder: Path) -> Source | None:
    """Read the official files, else a folder of images."""
    official, images = folder / "cifar-10-batches-py", folder / "cifar10"
    if _has_entries(official):
        train, test = (read_cifar10(folder, split) for split in ("train", "test"))
        return _local(CIFAR10, train, test, CIFAR10_CLASSES, official)
    return _cifar10_images(images) if _has_entries(images) else None


def _cifar10_images(folder: Path) -> Source:
    listings = list_train_test(folder)
    if listings[0].class_names != CIFAR10_CLASSES:
        raise DataError(
            f"{folder} has the classes {', '.join(listings[0].class_names)}; "
            f"CIFAR-10 has {', '.join(CIFAR10_CLASSES)}. Rename or move the folder."
        )
    train, test = (read_images(listing) for listing in listings)
    if train.images.shape[1:] != (3, 32, 32) or test.images.shape[1:] != (3, 32, 32):
        raise DataError(f"{folder} has images that are not 32 x 32 pixels. Move it.")
    jpeg = any(file.lower().endswith((".jpg", ".jpeg")) for file in listings[0].files)
    return _local(
        CIFAR10, train, test, CIFAR10_CLASSES, folder, note=" as JPEG" if jpeg else ""
    )


def _local(
    dataset: DataSet,
    train: Split,
    test: Split,
    class_names: tuple[str, ...],
    location: Path,
    *,
    note: str = "",
) -> Source:
    is_complete = (len(train.images), len(test.images)) == dataset.sizes
    state = "complete" if is_complete else "not complete"
    name = f"{dataset.name}{note}, {state}"
    return Source(name, train, test, class_names, location, is_complete)


def _has_entries(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _sample() -> Source:
    return Source(
        "FashionMNIST, bundled sample",
        *fashion_mnist_sample(),
        FASHION_MNIST_CLASSES,
        SAMPLE_FILE,
        is_complete=False,
    )


def _stand_in() -> Source:
    train, test = fashion_mnist_sample()
    return Source(
        "stand-in made from FashionMNIST, not CIFAR-10",
        in_colour(train, seed=0),
        in_colour(test, seed=1),
        FASHION_MNIST_CLASSES,
        SAMPLE_FILE,
        is_complete=False,
    )


FASHION_MNIST = DataSet(
    "FashionMNIST",
    (60_000, 10_000),
    download.FASHION_MNIST,
    _local_fashion_mnist,
    _sample,
)
CIFAR10 = DataSet(
    "CIFAR-10", (50_000, 10_000), download.CIFAR10, _local_cifar10, _stand_in
)
