"""A folder of images, one subfolder per class, as tensors; decoded once."""

import hashlib
import io
import math
import os
import re
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
import torch
from torch import Tensor

from course_utils.interrupts import staging

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# Pillow would open many more, whatever the suffix, some of them by other programs.
END = b"\xff\xd9"  # of a JPEG
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
LITTER = ("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini")
SPLITS = {"valid": "val", "validation": "val", "val": "val", "train": "train"}
SPLITS |= {"training": "train", "test": "test", "testing": "test", "dev": "val"}
LEFT_OUT = f"Left out, no file <class>/<image> with {', '.join(SUFFIXES)}"
NOTES = (
    "Several frames, of which the first is taken",
    "16 bits, brought to 8",
    "16 bits of which the upper are empty, so it is nearly black: stretch it first",
    "Transparent, on white from here on",
    "Its camera's notes (EXIF) are damaged, so that it may lie on its side",
)
RECIPE = 5  # Raise it when images are decoded in another way: caches are made again.
LARGEST, MOST = 2**20, 2**27  # pixels of an image taken as it is, and decoded at all
ONE_AT_A_TIME = Lock()
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
    files: list[str]
    targets: list[int]
    class_names: tuple[str, ...]


def inside(folder: Path) -> list[Path]:
    """Return what is in a folder, if there is one; DataError if it is closed."""
    try:
        os.stat(f"{folder}{os.sep}.")  # to list it is not enough
        return sorted(folder.iterdir(), key=str)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []
    except OSError as error:
        said = f"{folder} cannot be read ({error.strerror}). Open it with chmod u+rx."
        raise DataError(said) from error


def list_splits(folder: Path) -> dict[str, Listing]:
    """List ``folder/{train,val,test}/<class>/*``, or else ``folder/<class>/*``."""
    say_once.cache_clear()  # What another call has said is not to be seen any more.
    parts, others = {}, []
    for path in inside(folder):
        part = _part(path.name)
        if part and part not in parts and os.path.isdir(path):
            parts[part] = path
        elif _is_visible(path.name):
            others.append(path)
    train = inside(parts["train"]) if "train" in parts else []
    beside = [file for path in others for file in path.glob("*")]
    is_class = any(map(_is_image, train)) and any(map(_is_image, beside))
    if is_class or not any(map(os.path.isdir, train)):  # of vehicles, for one
        return {"train": list_images(folder)}
    say(LEFT_OUT, others, folder)
    listings = {part: list_images(path) for part, path in parts.items()}
    for part, listing in listings.items():
        if odd := set(listing.class_names) ^ set(listings["train"].class_names):
            raise DataError(
                f"In {folder}, train and {part} need the same folders of classes; only "
                f"one of them has {', '.join(map(repr, sorted(odd)))}."
            )
    return listings


def _part(folder: str) -> str | None:
    """Return "train", "val" or "test" for Training, test_set, "val images" and such."""
    return SPLITS.get(re.sub(r"([\W_]|data|images?|set)*$", "", folder.lower()))


def list_images(folder: Path) -> Listing:
    """List what is, by its suffix, an image in a class's folder; say what is not."""
    if not os.path.isdir(folder):
        raise DataError(f"{folder} is missing, or no folder: look again, or unpack it.")
    by_class, others = defaultdict(lambda: ([], [])), []
    for path in inside(folder):
        if _is_visible(path.name) and os.path.isdir(path):
            _list_class(path, *by_class[printable(path.name)])
        elif _is_visible(path.name) or any(map(_is_image, path.glob("*"))):
            others.append(path)
    others += [file for _, left_out in by_class.values() for file in left_out]
    say(LEFT_OUT, others, folder)
    _check_folders(folder, by_class)
    classes = tuple(sorted(by_class))
    files = [file for name in classes for file in by_class[name][0]]
    targets = [i for i, name in enumerate(classes) for _ in by_class[name][0]]
    return Listing(folder, files, targets, classes)


def _list_class(folder: Path, images: list[str], others: list[str]) -> None:
    """Add the images in a folder, and what else is there or deeper; follow no links."""
    for path in inside(folder):
        is_image, is_visible = _is_image(path), _is_visible(path.name)
        if is_visible and os.path.isdir(path) and not os.path.islink(path):
            _list_class(path, others, others)
        elif is_visible or is_image:
            (images if is_visible and is_image else others).append(str(path))


def _check_folders(folder: Path, by_class: dict[str, tuple[list, list]]) -> None:
    """Refuse what are no classes, or hold no image; say what may not be meant."""
    found = ", ".join(map(repr, sorted(by_class)))
    if all(_part(name.rstrip("0123456789")) for name in by_class):
        raise DataError(
            f"{folder} has no folders of classes{found and f', only {found}'}. Put the "
            "images of each class into a folder of its own, <class>/<image>.jpg."
        )
    empty = {name: others for name, (images, others) in by_class.items() if not images}
    for name, others in sorted(empty.items()):
        advice = "Save its pictures as JPEG, not hidden, or move the folder elsewhere."
        places = {Path(file).parents[1] for file in filter(_is_image, others)}
        if places := places - {folder}:
            whole = f"load_image_folder({os.path.commonpath(places)!r})"
            whole = whole if len(by_class) == 1 else "call the parts train, val, test"
            advice = f"They lie deeper: {whole}, or move them up."
        has = f" itself, but {few(others, folder)}" if others else ""
        suffixes = " ".join(SUFFIXES)
        raise DataError(f"{folder / name} holds no image ({suffixes}){has}. {advice}")
    if len(by_class) == 1:
        say_once(f"One class only, {found}: there is nothing to tell apart.")
    if len({name.strip().casefold() for name in by_class}) < len(by_class):
        say_once(f"Classes of which some differ in case or spaces only: {found}.")


def _is_image(file: str | Path) -> bool:
    name = os.path.basename(file).lower()  # A Mac adds files that begin with ._
    return name.endswith(SUFFIXES) and name[:2] != "._" and os.path.isfile(file)


def printable(folder: str) -> str:
    """Return a name in the form that all systems share, and that can be printed."""
    return normalize("NFC", folder.encode(errors="backslashreplace").decode())


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name not in LITTER


def say(words: str, paths: Sequence[str | Path], folder: Path) -> None:
    if paths:
        say_once(f"{words}: {few(paths, folder.parent)}.")


def few(paths: Sequence[str | Path], folder: Path, most: int = 3) -> str:
    """Count what is in a folder, and name the first of it."""
    names = [Path(path).relative_to(folder).as_posix() for path in paths[:most]]
    return f"{len(paths):,} ({', '.join(names)}{', …' * (len(paths) > most)})"


# ------------------------------------------------------------------------- decoding


def read_images(listing: Listing, size: Size | None = None) -> Split:
    """Decode images to RGB, or take them from the user's cache; say what is lost.

    The order is mixed, and fixed: the first few show several classes.
    """
    order = order_of(listing)
    kept = _cache_file(listing, size)
    try:
        arrays = read_npz(kept)
        images, notes = arrays["images"], arrays["notes"]
    except (DataError, KeyError):
        images, notes = _decode([listing.files[i] for i in order], size)
        _keep(kept, images=images.numpy(), notes=notes.numpy())
    for words, noted in zip(NOTES, notes.T):
        files = [listing.files[i] for i in order[noted].sort().values]
        say(words, files, listing.folder)
    return Split(images, torch.tensor(listing.targets)[order])


def order_of(listing: Listing) -> Tensor:
    seeded = torch.Generator().manual_seed(20170825)
    return torch.randperm(len(listing.files), generator=seeded)


def _decode(files: list[str], size: Size | None) -> tuple[Tensor, Tensor]:
    """Return the images, and for each which of `NOTES` hold, bool, shape (N, 5)."""
    from tqdm.auto import tqdm

    shape = (3, *size) if size else decode_one(files[0], None)[0].shape
    _check_room(len(files), shape, as_it_is=size is None)
    images = np.empty((len(files), *shape), np.uint8)
    notes = np.empty((len(files), len(NOTES)), bool)
    # One thread: small images are decoded no faster by several (measured).
    progress = tqdm(files, "reading images", delay=5, mininterval=1, leave=False)
    errors = {}
    for i, file in enumerate(progress):
        try:
            image, notes[i] = decode_one(file, size)
            if image.shape != shape:
                raise DataError(
                    f"{file} is {image.shape[2]} x {image.shape[1]} pixels, but "
                    f"{files[0]} is {shape[2]} x {shape[1]} pixels. Bring all to one "
                    "size with load_image_folder(path, size=64)."
                )
            images[i] = image
        except DataError as error:
            errors[file] = error
    if errors:
        broken = few(sorted(errors), Path(files[0]).parents[1].parent, most=20)
        others = f" In all: {broken}." if len(errors) > 1 else ""
        raise DataError(f"{next(iter(errors.values()))}{others}")
    return torch.from_numpy(images), torch.from_numpy(notes)


def _check_room(count: int, shape: tuple[int, ...], *, as_it_is: bool) -> None:
    (height, width), need = shape[1:], count * math.prod(shape)
    photographs = as_it_is and height * width > LARGEST
    # While they are divided, all images are in memory twice.
    if photographs or 2 * need > _memory():
        keep = f"; size={height, width} keeps the first one's" if photographs else ""
        like = ", as the first," if as_it_is else ""
        raise DataError(
            f"{count:,} images of {width} x {height} pixels{like} would need "
            f"{need / 1e6:,.0f} MB of memory. Bring them to a smaller size with "
            f"load_image_folder(path, size=64){keep}."
        )


def _memory() -> int:
    """Return how many bytes this machine, or its container, has."""
    if not hasattr(os, "sysconf"):  # Windows
        return 2**63
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no container, or one without a limit
        return min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return memory


def decode_one(file: str, size: Size | None) -> tuple[np.ndarray, Sequence[bool]]:
    """Return one image, shape (3, H, W), uint8, and which of `NOTES` hold."""
    from PIL import Image

    try:
        with unlimited(Image) as told, Image.open(file, formats=FORMATS) as image:
            begin = image.fp.tell()
            picture, *notes = _as_rgb(image, size)
            if image.format == "PNG":  # whose decoder takes zeros for the end
                with Image.open(file, formats=FORMATS) as whole:
                    whole.verify()
            elif image.format == "JPEG" and END not in Path(file).read_bytes()[begin:]:
                raise ValueError("its end is missing")
            notes.append(any("EXIF" in str(warning.message) for warning in told))
            return np.asarray(picture).transpose(2, 0, 1), notes
    except Exception as error:  # what is broken raises any of a dozen kinds
        advice = "Save it as JPEG or PNG, not too large, or leave it out."
        said = f"{file} cannot be read as an image ({error}). {advice}"
        raise DataError(said) from error


@contextmanager
def unlimited(pillow: Any) -> Iterator[list[warnings.WarningMessage]]:
    """Let `MOST` count, not Pillow's own limit, and lend the list of its warnings."""
    with ONE_AT_A_TIME, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        limit, pillow.MAX_IMAGE_PIXELS = pillow.MAX_IMAGE_PIXELS, None
        try:
            yield told
        finally:
            pillow.MAX_IMAGE_PIXELS = limit


def _as_rgb(image: Any, size: Size | None) -> tuple[Any, bool, bool, bool, bool]:
    """Return a Pillow image, turned as its camera noted, and which of `NOTES` hold."""
    from PIL import ImageCms, ImageOps

    # What phones write as MPO is one photograph with its previews.
    several = image.format != "MPO" and getattr(image, "n_frames", 1) > 1
    is_deep = image.format != "BMP" and ";16" in str(image.tile)
    if size is not None:
        # A JPEG is decoded at a fraction of its size where that is enough.
        image.draft("RGB", (2 * max(size), 2 * max(size)))
    if (count := math.prod(image.size)) > MOST:
        raise ValueError(f"it has {count:,} pixels: save it smaller")
    ImageOps.exif_transpose(image, in_place=True)
    picture, see_through = _on_white(image)
    if size is not None:
        picture = ImageOps.fit(picture, size[::-1])
    with suppress(ImageCms.PyCMSError, ImportError, OSError):  # none, or not of RGB
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(image.info.get("icc_profile")))
        screen = ImageCms.createProfile("sRGB")
        picture = ImageCms.profileToProfile(picture, theirs, screen)
    is_dark = is_deep and max(high for _, high in picture.getextrema()) < 16
    return picture, several, is_deep, is_dark, see_through


def _on_white(image: Any) -> tuple[Any, bool]:
    """Return a Pillow image as RGB, and whether it is transparent anywhere."""
    from PIL import Image

    if image.mode == "F" or (image.mode == "I" and image.format != "PNG"):
        raise ValueError("it has 32 bits and does not tell their range: save 8 or 16")
    if image.mode.startswith("I"):
        levels = np.asarray(image)
        alpha = 255 * (levels != image.info.get("transparency", -1))
        if getattr(image, "tag_v2", {}).get(262) == 0:  # the TIFF's white is 0
            levels = 65535 - levels
        image = Image.fromarray(np.dstack([levels // 257, alpha]).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB"), False
    drawing = image.convert("RGBA")
    see_through = drawing.getextrema()[3][0] < 255
    white = Image.new("RGBA", drawing.size, "white")
    paper = Image.alpha_composite(white, drawing).convert("RGB")
    if see_through and all(low == 255 for low, _ in paper.getextrema()):
        raise ValueError("it is transparent, and nothing is left of it on white")
    return paper, see_through


# ------------------------------------------------------------------------- the cache


def user_cache_folder() -> Path:
    """Return this course's folder in the user's cache; it may not exist yet.

    Where that cannot be written, it is a folder for this user among temporary files.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "convolution-by-hand"
    existing = next(path for path in (folder, *folder.parents) if os.path.exists(path))
    if folder.is_absolute() and os.access(existing, os.W_OK):
        return folder
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"{folder.name}-{user}"


def _cache_file(listing: Listing, size: Size | None) -> Path:
    """Name a file after what it keeps, and after the state of the files it is from."""
    what = hashlib.sha256(os.fsencode(f"{listing.folder.resolve()} {size}")).hexdigest()
    state = hashlib.sha256(bytes([RECIPE]))
    for file, target in zip(listing.files, listing.targets):
        name = f"{listing.class_names[target]}/{os.path.basename(file)}"
        stat = os.stat(file)
        times = f"{stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
        state.update(os.fsencode(f"{name} {stat.st_size} {times}\n"))
    return user_cache_folder() / f"decoded-{what[:16]}-{state.hexdigest()[:16]}.npz"


def _keep(file: Path, **arrays: np.ndarray) -> None:
    """Write arrays in one step, in place of what is out of date."""
    outdated = f"{file.name.rpartition('-')[0]}-*.npz"
    try:
        with staging(file.parent, ".part-") as folder:
            np.savez(folder / file.name, **arrays)
            for old in {*file.parent.glob(outdated)} - {file}:
                old.unlink(missing_ok=True)
            (folder / file.name).replace(file)
    except OSError as error:
        place = f"the user's cache ({error.strerror})"
        say_once(f"Decoded images cannot be kept in {place}: they are decoded again.")


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
    code = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(line.encode(code, "backslashreplace").decode(code), flush=True)
