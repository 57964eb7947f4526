"""Keep decoded images, so that a folder of images is decoded once.

A kept file is found again by the source's path and a fingerprint of its content, is
written in one step, and can be deleted at any time.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from course_utils.data.formats import DataError, read_npz


def user_cache_folder() -> Path:
    """Return the folder of this course in the user's cache; ``XDG_CACHE_HOME`` counts.

    Returns
    -------
    Path
        May not exist yet.
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "convolution-by-hand"


def cached_images(make: Callable[[], Tensor], *, key: str, fingerprint: str) -> Tensor:
    """Return the images kept for `key`, or make and keep them.

    Parameters
    ----------
    make
        Called where nothing is kept, or what is kept is out of date or broken.
    key
        Says what is kept: the source's path and the options. One file per key.
    fingerprint
        Says in which state: another fingerprint replaces what was kept.

    Returns
    -------
    Tensor
        What `make` returns, now or at an earlier call.
    """
    stem = hashlib.sha256(key.encode()).hexdigest()[:16]
    file = user_cache_folder() / f"decoded-{stem}-{fingerprint[:16]}.npz"
    try:
        return read_npz(file)["images"]
    except (DataError, KeyError):
        images = make()
    try:
        _keep(images, file, outdated=f"decoded-{stem}-*.npz")
    except OSError as error:
        say_once(
            f"Decoded images cannot be kept in {file.parent} ({error.strerror}): "
            "the next run will decode them again."
        )
    return images


@cache
def say_once(line: str) -> None:
    """Print `line`, unless this process has printed it before.

    Parameters
    ----------
    line
        What to tell the reader.
    """
    print(line, flush=True)


def _keep(images: Tensor, file: Path, *, outdated: str) -> None:
    """Write `images` to `file` in one step, in place of the files `outdated`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=file.parent) as folder:
        part = Path(folder) / file.name
        np.savez(part, images=images.numpy())
        for old in {*file.parent.glob(outdated)} - {file}:
            old.unlink(missing_ok=True)
        part.replace(file)
