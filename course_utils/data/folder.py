"""A folder of images, one subfolder per class, as tensors; decoded once."""

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
Size = tuple[int, int]  # height and width in pixels


class DataError(ValueError):
    """A data file is missing or not what it should be; names it and a remedy."""


class Split(NamedTuple):
    """Images uint8, shape (N, C, H, W), with targets int64, shape (N,)."""

    images: Tensor
    targets: Tensor


class Listing(NamedTuple):
    """The images of ``folder/<class>/*``, sorted by class and then by name."""

    folder: Path
    files: list[os.DirEntry]
    targets: list[int]
    class_names: tuple[str, ...]


def list_images(folder: Path) -> Listing:
    """List the files that are not hidden and, by their suffix, images."""
    if not folder.is_dir():
        raise DataError(f"{folder} is missing, or no folder. Look at the path again.")
    classes = [entry for entry in _visible(folder) if entry.is_dir()]
    if not classes:
        raise DataError(
            f"{folder} has no folders of classes. Put the images of each class into "
            "a folder of its own, <class>/<image>.jpg."
        )
    files, targets = [], []
    for target, class_folder in enumerate(classes):
        images = [entry for entry in _visible(class_folder.path) if _is_image(entry)]
        if not images:
            raise DataError(
                f"{class_folder.path} holds no image ({' '.join(IMAGE_SUFFIXES)}). "
                "Add some, or delete the folder."
            )
        files += images
        targets += [target] * len(images)
    return Listing(folder, files, targets, tuple(entry.name for entry in classes))


def list_train_test(folder: Path) -> tuple[Listing, Listing]:
    """List ``folder/train/<class>/*`` and ``folder/test/<class>/*``."""
    train, test = list_images(folder / "train"), list_images(folder / "test")
    if odd := set(train.class_names) ^ set(test.class_names):
        raise DataError(
            f"In {folder}, train and test need the same folders of classes; "
            f"only one of them has {', '.join(sorted(odd))}."
        )
    return train, test


def _visible(folder: Path | str) -> list[os.DirEntry]:
    with os.scandir(folder) as entries:
        shown = [entry for entry in entries if not entry.name.startswith(".")]
    return sorted(shown, key=lambda entry: entry.name)


def _is_image(entry: os.DirEntry) -> bool:
    return entry.is_file() and entry.name.lower().endswith(IMAGE_SUFFIXES)


def read_images(listing: Listing, size: Size | None = None) -> Split:
    """Decode images to RGB, or take them from the user's cache.

    size: the middle of each is cut to its proportions, then scaled; None: all must have
    one size already. The order is mixed, and fixed: the first few show several classes.
    """
    seeded = torch.Generator().manual_seed(20170825)
    order = torch.randperm(len(listing.files), generator=seeded)
    kept = _cache_file(listing, size)
    try:
        images = read_npz(kept)["images"]
    except (DataError, KeyError):
        images = _decode([file.path for file in listing.files], size)[order]
        _keep(images, kept)
    return Split(images, torch.tensor(listing.targets)[order])


def _decode(files: list[str], size: Size | None) -> Tensor:
    from tqdm.auto import tqdm

    first = _decode_one(files[0], size)
    images = np.empty((len(files), *first.shape), np.uint8)
    # One thread: small images are decoded no faster by several (measured).
    progress = tqdm(files, "reading images", delay=5, mininterval=1, leave=False)
    for i, file in enumerate(progress):
        image = _decode_one(file, size)
        if image.shape != first.shape:
            raise DataError(
                f"{file} is {image.shape[2]} x {image.shape[1]} pixels, but {files[0]} "
                f"is {first.shape[2]} x {first.shape[1]} pixels. Bring all to one size "
                "with load_image_folder(path, size=64)."
            )
        images[i] = image
    return torch.from_numpy(images)


def _decode_one(file: str, size: Size | None) -> np.ndarray:
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
        problem = f"cannot be read as an image ({error}). Replace or delete it."
        raise DataError(f"{file} {problem}") from error


# ------------------------------------------------------------------------- the cache


def user_cache_folder() -> Path:
    """Return this course's folder in the user's cache; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "convolution-by-hand"


def _cache_file(listing: Listing, size: Size | None) -> Path:
    """Name a file after what it keeps, and after the state of the files it is from."""
    what = hashlib.sha256(f"{listing.folder.resolve()} {size}".encode()).hexdigest()
    state = hashlib.sha256()
    for file, target in zip(listing.files, listing.targets):
        name, stat = f"{listing.class_names[target]}/{file.name}", file.stat()
        state.update(os.fsencode(f"{name} {stat.st_size} {stat.st_mtime_ns}\n"))
    return user_cache_folder() / f"decoded-{what[:16]}-{state.hexdigest()[:16]}.npz"


def _keep(images: Tensor, file: Path) -> None:
    """Write `images` in one step, in place of what is out of date."""
    outdated = f"{file.name.rpartition('-')[0]}-*.npz"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=file.parent) as folder:
            part = Path(folder) / file.name
            np.savez(part, images=images.numpy())
            for old in {*file.parent.glob(outdated)} - {file}:
                old.unlink(missing_ok=True)
            part.replace(file)
    except OSError as error:
        say_once(
            f"Decoded images cannot be kept in {file.parent} ({error.strerror}): "
            "the next run will decode them again."
        )


def read_npz(path: Path) -> dict[str, Tensor]:
    """Read every array of an npz file, without pickle."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    except Exception as error:  # what is broken raises any of a dozen kinds
        raise DataError(f"{path} cannot be read ({error}); restore it.") from error


@cache
def say_once(line: str) -> None:
    """Print `line`, unless this process has printed it before."""
    print(line, flush=True)
