"""A folder of images, one subfolder per class, as tensors."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.data.cache import cached_images
from course_utils.data.formats import DataError
from course_utils.data.splits import Split

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_ORDER_SEED = 20170825


class Listing(NamedTuple):
    """What lies in a folder of images, sorted by class and then by name."""

    folder: Path
    files: tuple[str, ...]
    targets: Tensor
    class_names: tuple[str, ...]
    fingerprint: str


def list_images(folder: Path) -> Listing:
    """List the images of ``folder/<class>/*``; classes are numbered in sorted order.

    Parameters
    ----------
    folder
        Hidden files, and files that are no images by their suffix, are passed over.

    Returns
    -------
    Listing
        Its fingerprint changes with any file's name, size or time.

    Raises
    ------
    DataError
        If there is no such folder, no class folder, or one without an image.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is missing, or no folder. Look at the path again.")
    class_folders = _visible(folder, os.DirEntry.is_dir)
    if not class_folders:
        raise DataError(
            f"{folder} has no folders of classes. Put the images of each class into "
            "a folder of its own, <class>/<image>.jpg."
        )
    files, targets, digest = [], [], hashlib.sha256()
    for target, class_folder in enumerate(class_folders):
        for entry in _images_of_class(class_folder):
            state = entry.stat()
            name = f"{class_folder.name}/{entry.name}"
            line = f"{name} {state.st_size} {state.st_mtime_ns}\n"
            digest.update(os.fsencode(line))
            files.append(entry.path)
            targets.append(target)
    names = tuple(entry.name for entry in class_folders)
    return Listing(
        folder, tuple(files), torch.tensor(targets), names, digest.hexdigest()
    )


def list_train_test(folder: Path) -> tuple[Listing, Listing]:
    """List the images of ``folder/train/<class>/*`` and ``folder/test/<class>/*``.

    Parameters
    ----------
    folder
        Has both.

    Returns
    -------
    tuple of Listing

    Raises
    ------
    DataError
        If the two do not have the same classes, and as `list_images`.
    """
    train, test = (list_images(folder / name) for name in ("train", "test"))
    if odd := set(train.class_names) ^ set(test.class_names):
        raise DataError(
            f"In {folder}, train and test need the same folders of classes; "
            f"only one of them has {', '.join(sorted(odd))}."
        )
    return train, test


def read_images(listing: Listing, *, size: tuple[int, int] | None = None) -> Split:
    """Decode the images of a listing to RGB, or take them from the cache.

    Parameters
    ----------
    listing
        What `list_images` found.
    size
        Height and width in pixels to bring all images to: the middle of each is cut to
        these proportions, then scaled. None means that all must have one size already.

    Returns
    -------
    Split
        Images of shape (N, 3, H, W), in a fixed shuffled order, so that the first few
        show several classes.

    Raises
    ------
    DataError
        If an image cannot be read, or has another size than the first.
    """
    seeded = torch.Generator().manual_seed(_ORDER_SEED)
    order = torch.randperm(len(listing.files), generator=seeded)
    images = cached_images(
        lambda: _decode(listing.files, size)[order],
        key=f"{listing.folder.resolve()} {size}",
        fingerprint=listing.fingerprint,
    )
    return Split(images, listing.targets[order])


def _visible(
    folder: Path | str, keep: Callable[[os.DirEntry], bool]
) -> list[os.DirEntry]:
    """Return the entries of `folder` that are not hidden and `keep`, sorted by name."""
    with os.scandir(folder) as entries:
        shown = [e for e in entries if not e.name.startswith(".") and keep(e)]
    return sorted(shown, key=lambda entry: entry.name)


def _images_of_class(class_folder: os.DirEntry) -> list[os.DirEntry]:
    entries = _visible(class_folder.path, _is_image)
    if not entries:
        raise DataError(
            f"{class_folder.path} holds no image ({' '.join(IMAGE_SUFFIXES)}). "
            "Add some, or delete the folder."
        )
    return entries


def _is_image(entry: os.DirEntry) -> bool:
    return entry.is_file() and entry.name.lower().endswith(IMAGE_SUFFIXES)


def _decode(files: Sequence[str], size: tuple[int, int] | None) -> Tensor:
    """Return all images as one tensor, shape (N, 3, H, W), uint8."""
    from tqdm.auto import tqdm

    first = _read_image(files[0], size)
    images = np.empty((len(files), *first.shape), np.uint8)
    # One thread: small images are decoded no faster by several (measured).
    progress = tqdm(files, "reading images", delay=5, mininterval=1, leave=False)
    for i, file in enumerate(progress):
        image = _read_image(file, size)
        if image.shape != first.shape:
            raise DataError(
                f"{file} is {_pixels(image)}, but {files[0]} is {_pixels(first)}. "
                "Bring all to one size with load_image_folder(path, size=64)."
            )
        images[i] = image
    return torch.from_numpy(images)


def _read_image(file: str, size: tuple[int, int] | None) -> np.ndarray:
    """Return one image, turned as its camera noted, shape (3, H, W), uint8."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as image:
            if size is not None:
                # A JPEG is decoded at a fraction of its size where that is enough.
                image.draft("RGB", (2 * max(size), 2 * max(size)))
            ImageOps.exif_transpose(image, in_place=True)
            pixels = image.convert("RGB")
            if size is not None:
                pixels = ImageOps.fit(pixels, size[::-1])
            return np.asarray(pixels).transpose(2, 0, 1)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{file} cannot be read as an image ({error}). Replace or delete it."
        ) from error


def _pixels(image: np.ndarray) -> str:
    return f"{image.shape[2]} x {image.shape[1]} pixels"
