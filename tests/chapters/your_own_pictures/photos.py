"""The photographs that ship are few, small, of six kinds, and their notice is there."""

import pytest

from course_utils.chapters.your_own_pictures.photos import (
    ASSETS,
    one_new_photo,
    trashnet_folder,
    untidy_copy,
)
from course_utils.data import load_image_folder, read_image

pytestmark = pytest.mark.usefixtures("data_dir")


def test_the_photographs_are_small_and_go_with_their_notice():
    files = [*trashnet_folder().glob("*/*.jpg")]
    assert len(files) == 314 and sum(f.stat().st_size for f in files) < 800_000
    notice = (ASSETS / "TRASHNET_NOTICE.txt").read_text()
    assert "MIT License" in notice and "Gary Thung and Mindy Yang" in notice


def test_none_of_them_is_the_new_one_or_another(capsys):
    data = load_image_folder(trashnet_folder(), size=32)
    assert "Equal" not in capsys.readouterr().out and len(data.class_names) == 6
    new = read_image(one_new_photo(), size=32)
    assert not (data.train_images == new).flatten(1).all(1).any()


def test_the_untidy_copy_has_what_the_lesson_tells(capsys):
    load_image_folder(untidy_copy(), size=32)
    out = capsys.readouterr().out
    assert "Left out" in out and "IMG_0001.HEIC" in out
    assert "Equal pictures" in out and ": 4 (" in out
