"""The photographs that ship are few, small, of six kinds, and their notice is there."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from notebook_reader import NOTEBOOKS, tags
from PIL import Image

from course_utils.chapters.your_own_pictures import photos
from course_utils.data import load_image_folder, read_image

pytestmark = pytest.mark.usefixtures("data_dir")
OURS = next(nb for nb in NOTEBOOKS if nb.chapter == "your_own_pictures")


def test_the_photographs_are_small_and_go_with_their_notice():
    files = [*photos.trashnet_folder().glob("*/*.jpg")]
    assert len(files) == 314 and sum(f.stat().st_size for f in files) < 800_000
    notice = (photos.ASSETS / "TRASHNET_NOTICE.txt").read_text()
    assert "MIT License" in notice and "Gary Thung and Mindy Yang" in notice


def test_none_of_them_is_the_new_one_or_another(capsys):
    data = load_image_folder(photos.trashnet_folder(), size=32)
    assert "Equal" not in capsys.readouterr().out and len(data.class_names) == 6
    new = read_image(photos.one_new_photo(), size=32)
    assert not (data.train_images == new).flatten(1).all(1).any()


def test_the_untidy_copy_has_what_the_lesson_tells(capsys):
    load_image_folder(photos.untidy_copy(), size=32)
    out = capsys.readouterr().out
    assert "Left out" in out and "IMG_0001.HEIC" in out
    assert "Equal pictures" in out and ": 4 (" in out


def test_several_kernels_share_an_untidy_copy_that_stays_while_it_is_whole():
    with ThreadPoolExecutor(4) as pool:
        folder, *_ = pool.map(lambda _: photos.untidy_copy(), range(4))
    first = folder / "glass" / "copy of the first.jpg"
    number = first.stat().st_ino
    assert photos.untidy_copy() == folder and first.stat().st_ino == number
    first.unlink()
    assert photos.untidy_copy() == folder and first.exists()
    assert [path.name for path in folder.parent.iterdir()] == ["untidy"]


def test_the_lesson_looks_at_what_will_be_loaded_from_any_folder(tmp_path):
    for i, name in enumerate(("train/cup/0.JPG", "train/pan/1.png", "test/cup/2.png")):
        (tmp_path / name).parent.mkdir(parents=True)
        Image.new("RGB", (300 + i, 200), "red").save(tmp_path / name)
    (tmp_path / "test" / "pan").mkdir()
    shutil.copy(tmp_path / "train" / "pan" / "1.png", tmp_path / "test" / "pan")
    (tmp_path / "train" / ".ipynb_checkpoints").mkdir()
    names, setup = {}, next(cell.source for cell in OURS.code if "setup" in tags(cell))
    for begin in (setup, "folder = ", "first_of_each = "):
        [source] = [c.source for c in OURS.code if c.source.startswith(begin)]
        exec(source.replace("= trashnet_folder()", f"= {str(tmp_path)!r}"), names)
    assert names["counts"] == {"cup": 2, "pan": 2}
    assert names["photos"].shape == (2, 3, 128, 96)


def test_the_lesson_reads_on_any_machine_what_was_saved_on_a_gpu():
    code = "".join(cell.source for cell in OURS.code)
    loads = re.findall(r"torch.load[(]file.*[)]", code)
    assert len(loads) == 2 and all('map_location="cpu"' in load for load in loads)
