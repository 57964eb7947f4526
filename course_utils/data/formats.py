"""How each kind of data file is read, and what is said when one is broken.

Everything comes back as a `Split`: images uint8, shape (N, C, H, W), and targets
int64, shape (N,). Nothing here unpickles, except torchvision after its checksum.
"""

import gzip
import math
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils.data.splits import Split

IDX_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

# This Python by its whole name: outside the environment another one would answer.
_PYTHON = f'"{sys.executable}"' if " " in sys.executable else sys.executable
FETCH = f"{_PYTHON} -m course_utils data"


class DataError(ValueError):
    """A data file is missing or not what it should be; names it and a remedy."""


def checked_split(
    images: Tensor, targets: Tensor, *, num_classes: int, where: Path
) -> Split:
    """Pair images with their targets, once they are known to belong together.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), uint8.
    targets
        Tensor, shape (N,), any integer type.
    num_classes
        Targets must lie in [0, num_classes).
    where
        File or folder to name in an error.

    Returns
    -------
    Split

    Raises
    ------
    DataError
        If there are no images, counts differ, or a target is out of range.
    """
    if len(images) == 0 or len(images) != len(targets):
        raise _broken(where, f"has {len(images):,} images and {len(targets):,} labels")
    if not 0 <= targets.min() <= targets.max() < num_classes:
        raise _broken(
            where,
            f"has labels from {targets.min()} to {targets.max()}; "
            f"expected 0 to {num_classes - 1}",
        )
    return Split(images.contiguous(), targets.long())


def read_idx(path: Path) -> Tensor:
    """Read an idx file of bytes, the format of MNIST and FashionMNIST.

    Parameters
    ----------
    path
        The file. Where only ``<path>.gz`` exists, that is read.

    Returns
    -------
    Tensor
        uint8, in the shape the file states.

    Raises
    ------
    DataError
        If the file is missing, truncated or no idx file.

    Notes
    -----
    The format (LeCun, Cortes & Burges, "The MNIST database"): two zero bytes, the type
    (8 is unsigned byte), the number of dimensions, then each as four bytes, big-endian.
    """
    packed = path.with_name(f"{path.name}.gz")
    path = packed if packed.exists() and not path.exists() else path
    content = _read_bytes(path)
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise _broken(path, f"begins with {content[:4].hex()}; expected 000008..")
    header = 4 + 4 * content[3]
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4)]
    if len(content) != header + math.prod(shape):
        raise _broken(
            path,
            f"has {len(content):,} bytes; shape {tuple(shape)} "
            f"needs {header + math.prod(shape):,}",
        )
    return torch.frombuffer(content, dtype=torch.uint8)[header:].reshape(shape)


def read_fashion_mnist(folder: Path, split: str) -> Split:
    """Read one split of FashionMNIST from its official idx files.

    Parameters
    ----------
    folder
        Holds the four files, plain or ``.gz``.
    split
        ``"train"`` or ``"test"``.

    Returns
    -------
    Split
        Images of shape (N, 1, 28, 28).

    Raises
    ------
    DataError
        If a file is missing, broken or of the wrong shape.
    """
    image_file, target_file = (folder / name for name in IDX_FILES[split])
    images, targets = read_idx(image_file), read_idx(target_file)
    if images.shape[1:] != (28, 28):
        raise _broken(image_file, f"has shape {tuple(images.shape)}, not (N, 28, 28)")
    if targets.ndim != 1:
        raise _broken(target_file, f"has shape {tuple(targets.shape)}, not (N,)")
    return checked_split(images[:, None], targets, num_classes=10, where=image_file)


def read_cifar10(folder: Path, split: str) -> Split:
    """Read one split of CIFAR-10 from its official files, through torchvision.

    Parameters
    ----------
    folder
        Holds ``cifar-10-batches-py``.
    split
        ``"train"`` or ``"test"``.

    Returns
    -------
    Split
        Images of shape (N, 3, 32, 32).

    Raises
    ------
    DataError
        If a file is missing or its checksum is wrong; then nothing is unpickled.
    """
    from torchvision.datasets import CIFAR10

    _check_cifar10(folder / CIFAR10.base_folder)
    dataset = CIFAR10(folder, train=split == "train")
    return checked_split(
        torch.from_numpy(dataset.data).permute(0, 3, 1, 2),
        torch.tensor(dataset.targets),
        num_classes=10,
        where=folder / CIFAR10.base_folder,
    )


def read_npz(path: Path) -> dict[str, Tensor]:
    """Read every array of an npz file, without pickle.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        A tensor for each name.

    Raises
    ------
    DataError
        If the file is missing or broken; the checksums of its parts are looked at.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    except (
        AttributeError,  # a lone .npy array, which is no archive
        EOFError,
        OSError,
        TypeError,  # an array of a type that torch does not have
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(f"{path} cannot be read ({error}); restore it.") from error


def _read_bytes(path: Path) -> bytearray:
    """Return the content of `path`, unpacked if need be."""
    try:
        content = path.read_bytes()
        return bytearray(gzip.decompress(content) if path.suffix == ".gz" else content)
    except FileNotFoundError:
        raise _broken(path, "is missing") from None
    except (EOFError, OSError, zlib.error) as error:
        raise _broken(path, f"cannot be read ({error})") from error


def _check_cifar10(folder: Path) -> None:
    """Raise for the first official file that is missing or not the official one."""
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    meta = (CIFAR10.meta["filename"], CIFAR10.meta["md5"])
    for name, md5 in (*CIFAR10.train_list, *CIFAR10.test_list, meta):
        if not check_integrity(folder / name, md5):
            found = (folder / name).exists()
            raise _broken(
                folder / name, "has the wrong checksum" if found else "is missing"
            )


def _broken(path: Path, problem: str) -> DataError:
    """Return the error for a file of a data set that can be fetched again."""
    folder = path if path.is_dir() else path.parent
    return DataError(
        f"{path} {problem}. Delete {folder} and run `{FETCH}`, "
        "which fetches it again. Without that folder the course uses its own sample."
    )
