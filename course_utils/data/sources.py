"""Where a data set is found: in the data folder, on the network, else a substitute."""

import gzip
import hashlib
import os
import socket
import sys
import traceback
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from course_utils.data import folder as image_folder
from course_utils.data.folder import DataError, Split, few, read_npz, say_once, staging
from course_utils.runtime import current_profile

SAMPLE_FILE = Path(__file__).parents[1] / "assets" / "fashion_mnist_sample.npz"
PROBE_SECONDS, STALL_SECONDS = 3.0, 20.0
FETCH = "python -m course_utils data"
FASHION_MNIST_MD5 = {  # of the complete files, unpacked: others bear the same names
    "train-images-idx3-ubyte": (47_040_016, "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
    "train-labels-idx1-ubyte": (60_008, "9018921c3c673c538a1fc5bad174d6f9"),
    "t10k-images-idx3-ubyte": (7_840_016, "8181f5470baa50b63fa0f6fddb340f0a"),
    "t10k-labels-idx1-ubyte": (10_008, "15d484375f8d13e6eb1aabb0c3f46965"),
}


class DownloadError(Exception):
    """A data set could not be fetched; says why in one clause."""


class Source(NamedTuple):
    """A data set as it was found. Its name is fit for a title, and has no path."""

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    location: Path
    is_complete: bool = False
    val: Split | None = None


class DataSet(NamedTuple):
    """How a data set is looked for; sizes: of all its training and test images."""

    name: str
    class_names: tuple[str, ...]
    sizes: tuple[int, int]
    url: str
    local: Callable[[Path], Source | None]
    substitute: Callable[[], Source]


def data_folder() -> tuple[str, Path]:
    """Return name and path: COURSE_DATA_DIR, the checkout's data, the user's cache."""
    if named := os.environ.get("COURSE_DATA_DIR"):
        folder = Path(os.path.expanduser(named))
        if not os.path.isdir(folder):
            raise DataError(
                f"COURSE_DATA_DIR is {named!r}, but there is no such folder, or none "
                "open to you. Make it, or set COURSE_DATA_DIR to another, or unset it."
            )
        return "COURSE_DATA_DIR", folder
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").exists():
        return "data/", checkout / "data"
    return "the user's cache", image_folder.user_cache_folder()


def find(dataset: DataSet) -> Source:
    """Find a data set, and print once which one it is, and why.

    A broken copy in the data folder is a DataError, never passed over in silence.
    """
    place, folder = data_folder()
    source, origin = dataset.local(folder), f"found in {place}"
    if source is None:
        there = sorted(folder.glob("[!.]*"))
        is_empty = "is empty" if folder.is_dir() else "is not there"
        other = f"has other data: {few(there, folder)}" if there else is_empty
        origin = f"{place} {other}"
        try:
            download(dataset, folder)
            source, origin = dataset.local(folder), f"downloaded to {place}"
        except DownloadError as error:
            source = dataset.substitute()
            origin += f"; {error}; to fetch the complete data later: `{FETCH}`"
    sizes = f"{len(source.train.images):,} + {len(source.test.images):,} images"
    say_once(f"{source.name} ({sizes}): {origin}.")
    return source


# ------------------------------------------------------------------- the data folder


def _local_fashion_mnist(folder: Path) -> Source | None:
    raw = folder / "FashionMNIST" / "raw"
    if not image_folder.inside(raw):
        return None
    return _local(FASHION_MNIST, read_fashion_mnist(raw), raw)


def _local_cifar10(folder: Path) -> Source | None:
    official, images = folder / "cifar-10-batches-py", folder / "cifar10"
    if image_folder.inside(official):
        return _local(CIFAR10, _read_cifar10(folder), official)
    if not image_folder.inside(images):
        return None
    listings = [image_folder.list_images(images / part) for part in ("train", "test")]
    for folder, _, _, class_names in listings:
        if class_names != CIFAR10.class_names:
            raise DataError(
                f"{folder} has the classes {', '.join(class_names)}; CIFAR-10 has "
                f"{', '.join(CIFAR10.class_names)}. Rename or move the folder."
            )
    splits = [image_folder.read_images(listing) for listing in listings]
    if any(split.images.shape[2:] != (32, 32) for split in splits):
        raise DataError(f"{images} has images that are not 32 x 32 pixels. Move it.")
    suffixes = {Path(file).suffix.lower() for file in listings[0].files}
    note = " as JPEG" if suffixes & {".jpg", ".jpeg"} else ""
    return _local(CIFAR10, splits, images, note)


def _local(
    dataset: DataSet, splits: Iterable[Split], location: Path, note: str = ""
) -> Source:
    train, test = splits
    is_complete = (len(train.images), len(test.images)) == dataset.sizes
    name = f"{dataset.name}{note}, {'' if is_complete else 'not '}complete"
    return Source(name, train, test, dataset.class_names, location, is_complete)


def read_fashion_mnist(raw: Path) -> Iterator[Split]:
    """Read training and test images: a byte each pixel and label, after a header."""
    for prefix in ("train", "t10k"):
        file = raw / f"{prefix}-images-idx3-ubyte"
        pixels = _read_bytes(file)[16:]
        labels = _read_bytes(raw / f"{prefix}-labels-idx1-ubyte")[8:]
        if not len(pixels) == 28 * 28 * len(labels) > 0:
            counts = f"{len(pixels):,} pixels for {len(labels):,} labels"
            raise _broken(file, f"has {counts}")
        if labels.max() > 9:
            raise _broken(file, f"has images with the label {labels.max()}, above 9")
        yield Split(pixels.view(-1, 1, 28, 28), labels.long())


def _read_bytes(path: Path) -> Tensor:
    packed = path.with_name(f"{path.name}.gz")
    path = packed if packed.exists() and not path.exists() else path
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path == packed else content
    except FileNotFoundError:
        raise _broken(path, "is missing") from None
    except (EOFError, OSError, zlib.error) as error:
        raise _broken(path, f"cannot be read ({error})") from error
    length, md5 = FASHION_MNIST_MD5[path.name.removesuffix(".gz")]
    if len(content) == length and hashlib.md5(content).hexdigest() != md5:
        raise _broken(
            path, "has the wrong checksum: it is of another data set, or altered"
        )
    return torch.from_numpy(np.frombuffer(bytearray(content), np.uint8))


def _read_cifar10(folder: Path) -> Iterator[Split]:
    """Let torchvision unpickle the training and the test images, checksums first."""
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    meta = CIFAR10.meta["filename"], CIFAR10.meta["md5"]
    for name, md5 in (*CIFAR10.train_list, *CIFAR10.test_list, meta):
        file = folder / CIFAR10.base_folder / name
        if not check_integrity(file, md5):
            found = file.exists()
            raise _broken(file, "has the wrong checksum" if found else "is missing")
    for part in (CIFAR10(folder, train=True), CIFAR10(folder, train=False)):
        images = torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous()
        yield Split(images, torch.tensor(part.targets))


def _broken(file: Path, problem: str) -> DataError:
    # This Python by its whole name: outside the environment another one would answer.
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    fetch = FETCH.replace("python", python, 1)
    return DataError(
        f"{file} {problem}. Delete {file.parent} and run `{fetch}`, "
        "which fetches it again. Without that folder the course uses its own sample."
    )


# ----------------------------------------------------------------------- the network


def download(dataset: DataSet, folder: Path) -> None:
    """Let torchvision fetch a data set into `folder`, or change nothing there."""
    profile = current_profile()
    if not profile.download:
        raise DownloadError(f"the {profile.name} profile downloads nothing")
    _probe(dataset.url)
    try:
        with staging(folder, ".download-") as part:
            _download(dataset.name.replace("-", ""), part)
            for file in list(part.rglob("*")):
                if file.is_file() and file.suffix != ".gz":
                    target = folder / file.relative_to(part)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file.replace(target)
    except OSError as error:
        raise DownloadError(f"it cannot be written ({error.strerror})") from error


def _probe(url: str) -> None:
    """Raise unless the server answers soon, even where looking up its name hangs."""
    request = urllib.request.Request(url, method="HEAD")
    open_url, host = urllib.request.urlopen, urlsplit(url).hostname
    asked = ThreadPoolExecutor(1).submit(open_url, request, timeout=PROBE_SECONDS)
    try:
        asked.result(PROBE_SECONDS).close()
    except (HTTPException, OSError) as error:
        reason = str(error).strip("<>")
        if isinstance(error, TimeoutError):
            reason = f"no answer in {PROBE_SECONDS:g} s"
        raise DownloadError(f"no download from {host} ({reason})") from error


def _download(name: str, folder: Path) -> None:
    """Download, compare checksums and unpack; give up where nothing more comes."""
    from torchvision import datasets

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)  # torchvision itself would wait for ever
    try:
        getattr(datasets, name)(folder, download=True)
    except TimeoutError as error:
        raise DownloadError(f"nothing more came for {STALL_SECONDS:g} s") from error
    except Exception as error:
        words = traceback.format_exception_only(error)[-1].strip().split("\n")[-1]
        reason = getattr(error, "strerror", None) or words  # neither names our folder
        raise DownloadError(f"the download failed ({reason})") from error
    finally:
        socket.setdefaulttimeout(before)


# ----------------------------------------------------------------------- substitutes


def _sample() -> Source:
    arrays, name = read_npz(SAMPLE_FILE), "FashionMNIST, bundled sample"
    train = Split(arrays["train_images"][:, None], arrays["train_targets"].long())
    test = Split(arrays["test_images"][:, None], arrays["test_targets"].long())
    return Source(name, train, test, FASHION_MNIST.class_names, SAMPLE_FILE)


def _stand_in() -> Source:
    sample, name = _sample(), "stand-in made from FashionMNIST, not CIFAR-10"
    train, test = in_colour(sample.train, seed=0), in_colour(sample.test, seed=1)
    return sample._replace(name=name, train=train, test=test)


def in_colour(garments: Split, *, seed: int) -> Split:
    """Put each garment, in a colour, somewhere on a background of another colour."""
    seeded, count = torch.Generator().manual_seed(seed), len(garments.images)
    top, left = torch.randint(0, 5, (2, count, 1), generator=seeded) + torch.arange(32)
    ink = torch.randint(0, 256, (count, 3, 1, 1), generator=seeded)
    # Going a quarter to three quarters round keeps the two apart in every channel.
    paper = (ink + torch.randint(64, 193, ink.shape, generator=seeded)) % 256
    each, padded = torch.arange(count)[:, None, None], pad(garments.images, [4] * 4)
    opacity = padded[each, :, top[:, :, None], left[:, None, :]].movedim(3, 1) / 255
    images = torch.lerp(paper.float(), ink.float(), opacity)
    return Split(images.round_().byte(), garments.targets)


FASHION_MNIST = DataSet(
    "FashionMNIST",
    (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    (60_000, 10_000),
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
    _local_fashion_mnist,
    _sample,
)
CIFAR10 = DataSet(
    "CIFAR-10",
    (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    (50_000, 10_000),
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    _local_cifar10,
    _stand_in,
)
