"""The photographs that come with the course, and what was gone wrong in a copy."""

import shutil
from contextlib import suppress
from pathlib import Path

from course_utils.data import user_cache_folder
from course_utils.data.folder import staging
from course_utils.measured import ASSETS


def trashnet_folder() -> Path:
    """Return the folder with photographs of six kinds of waste, a part of TrashNet.

    Thung & Yang, "Classification of Trash for Recyclability Status" (2016).
    """
    return ASSETS / "trashnet"


def one_new_photo() -> Path:
    """Return a photograph of a glass bottle that is in none of the folders."""
    return ASSETS / "pictures" / "bottle.jpg"


def untidy_copy() -> Path:
    """Return a copy of photographs in the user's cache, with three things gone wrong.

    It is made anew, in one step, where one of its files is missing or another is there.
    """
    folder = user_cache_folder() / "untidy"
    with staging(folder.parent, ".untidy-") as made:
        new = made / "new"
        for kind in ("glass", "paper", "plastic"):
            shutil.copytree(trashnet_folder() / kind, new / kind)
        first, second = sorted((new / "glass").glob("*.jpg"))[:2]
        shutil.copy(first, new / "glass" / "copy of the first.jpg")
        shutil.copy(second, new / "plastic" / "also here.jpg")
        (new / "paper" / "IMG_0001.HEIC").write_bytes(b"from a telephone")
        if _names(folder) != _names(new):
            with suppress(OSError):  # there is none yet, or another kernel is faster
                folder.rename(made / "old")
            with suppress(OSError):
                new.rename(folder)
    return folder


def _names(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))
