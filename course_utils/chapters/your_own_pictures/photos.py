"""The photographs that come with the course, and what was gone wrong in a copy."""

import shutil
from pathlib import Path

from course_utils.data import user_cache_folder

ASSETS = Path(__file__).parents[2] / "assets"


def trashnet_folder() -> Path:
    """Return the folder with photographs of six kinds of waste, a part of TrashNet.

    Thung & Yang, "Classification of Trash for Recyclability Status" (2016).
    """
    return ASSETS / "trashnet"


def one_new_photo() -> Path:
    """Return a photograph of a glass bottle that is in none of the folders."""
    return ASSETS / "pictures" / "bottle.jpg"


def untidy_copy() -> Path:
    """Copy the photographs into the user's cache, with three things gone wrong."""
    folder = user_cache_folder() / "untidy"
    shutil.rmtree(folder, ignore_errors=True)
    for kind in ("glass", "paper", "plastic"):
        shutil.copytree(trashnet_folder() / kind, folder / kind)
    first, second = sorted((folder / "glass").glob("*.jpg"))[:2]
    shutil.copy(first, folder / "glass" / "copy of the first.jpg")
    shutil.copy(second, folder / "plastic" / "also here.jpg")
    (folder / "paper" / "IMG_0001.HEIC").write_bytes(b"from a telephone")
    return folder
