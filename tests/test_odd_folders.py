"""Folders and pictures as people bring them are read as meant, or told apart."""

import os

import numpy as np
import pytest
from data_files import write_image
from PIL import Image, ImageCms

from course_utils.data import (
    DataError,
    list_image_folder,
    load_image_folder,
    read_image,
    sources,
    user_cache_folder,
)
from course_utils.data import folder as image_folder
from course_utils.data.folder import list_images, list_splits, read_images

pytestmark = pytest.mark.usefixtures("data_dir")


def write(folder, *files):
    """Write pictures, or what bears another name, or a folder for a name with /."""
    for i, name in enumerate(files):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            file.mkdir()
        elif name.lower().endswith(image_folder.SUFFIXES):
            write_image(file, (i, 0, 0))
        else:
            file.write_bytes(b"no picture")
    return folder


def load(folder):
    return load_image_folder(folder, size=8, val_fraction=0, test_fraction=0)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["Pets/Cat/0.png"], r"1 \(Pets/Cat/0.png\). They lie .*folder\('.*/Pets'\)"),
        (["x/test/a/0.png", "x/train/a/1.png"], r"They lie .*folder\('[^']*/x'\)"),
        (["learn/a/0.png", "check/a/1.png"], "deeper: call the parts train, val, test"),
        (["a/0.png", "b/.1.png"], r"1 \(b/.1.png\). Save .* JPEG, not hidden"),
        (["a/0.png", "b/0.HEIC", "b/1.mov"], r"2 \(b/0.HEIC, b/1.mov\). Save .* JPEG"),
        (["a/0.png", "b/"], r"b holds no image \(.*\). Save .* folder elsewhere"),
        (
            ["test1/0.png", "train/0.png"],
            "no folders of classes, only 'test1', 'train'",
        ),
    ],
    ids=range(7),
)
def test_what_holds_no_classes_is_told_apart_and_never_to_be_deleted(
    files, words, tmp_path
):
    with pytest.raises(DataError, match=words) as caught:
        load(write(tmp_path, *files))
    assert "delete" not in str(caught.value)


@pytest.mark.parametrize("parts", ["Training Testing", "training_set test-images"])
def test_parts_may_be_called_otherwise(parts, tmp_path):
    for part in parts.split():
        write(tmp_path / f"{part} ", "a/0.png", "b/0.png")
    assert list_splits(tmp_path).keys() == {"train", "test"}


def test_a_single_class_and_hidden_pictures_are_said(tmp_path, capsys):
    files = "pics/0.png", "labels.csv", ".net/0.png", ".git/x", "pics/.1.png"
    load(write(tmp_path, *files, "pics/._0.png"))
    out = capsys.readouterr().out
    assert "One class only, 'pics': there is nothing to tell apart." in out
    top = tmp_path.name
    assert f": 3 ({top}/.net, {top}/labels.csv, {top}/pics/.1.png).\n" in out


def test_each_call_says_what_is_odd_whatever_was_said_before(tmp_path, capsys):
    for who in ("kim", "lee", "kim"):
        load(write(tmp_path / who / "pets", "cat /0.png", "Cat/1.png", "Cat/2.heic"))
        out = capsys.readouterr().out
        assert "in case or spaces only: 'Cat', 'cat '." in out and "Left out" in out


def test_links_below_a_class_are_left_out_and_a_linked_class_is_not(tmp_path, capsys):
    write(tmp_path / "real", "0.png")
    write(tmp_path / "all", "a/0.png", "b/0.png")
    (tmp_path / "all" / "c").symlink_to(tmp_path / "real")
    for name in "ab":
        (tmp_path / "all" / name / "loop").symlink_to(tmp_path / "all")
    assert list_images(tmp_path / "all").class_names == ("a", "b", "c")
    assert ": 2 (all/a/loop, all/b/loop).\n" in capsys.readouterr().out


def test_the_files_of_each_class_are_those_that_are_loaded(tmp_path):
    write(tmp_path, "train/a/0.JPG", "train/b/1.jpeg", "train/b/x.txt", "test/b/2.png")
    write(tmp_path, "test/a/3.png", "train/.ipynb_checkpoints/")
    files = list_image_folder(str(tmp_path))
    names = {kind: [os.path.basename(file) for file in files[kind]] for kind in files}
    assert names == {"a": ["3.png", "0.JPG"], "b": ["2.png", "1.jpeg"]}
    data = load(tmp_path)
    assert len(data.train_targets) + len(data.test_targets) == 4


def test_labels_and_pixels_are_new_though_sizes_and_times_are_old(tmp_path):
    files = [f"{kind}/{i}.bmp" for kind in "ab" for i in range(2)]
    for name in write(tmp_path, *files).rglob("*.bmp"):
        os.utime(name, (1e9, 1e9))
    images, targets = read_images(list_images(tmp_path))
    assert images[targets == 0, 0, 0, 0].tolist() != [2, 3]
    for old, new in ("ac", "ba", "cb"):
        (tmp_path / old).rename(tmp_path / new)
    images, targets = read_images(list_images(tmp_path))
    assert sorted(images[targets == 0, 0, 0, 0].tolist()) == [2, 3]
    write_image(tmp_path / "a" / "0.bmp", (77, 0, 0))
    os.utime(tmp_path / "a" / "0.bmp", (1e9, 1e9))
    assert 77 in read_images(list_images(tmp_path)).images


def shut(look, is_shut):
    def looking(path=".", *args, **options):
        if is_shut(str(path)):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path, *args, **options)

    return looking


@pytest.fixture
def closed(tmp_path, monkeypatch):
    """Make a folder that may not be entered, even by an administrator."""
    place = tmp_path / "closed"
    place.mkdir()
    below = f"{place}{os.sep}"
    stat = shut(os.stat, lambda path: path.startswith(below))
    monkeypatch.setattr(os, "stat", stat)
    for name in ("listdir", "scandir"):
        looking = shut(getattr(os, name), lambda path: f"{path}/".startswith(below))
        monkeypatch.setattr(os, name, looking)
    return place


def test_a_closed_place_is_named(closed, monkeypatch):
    for folder in (closed, closed / "pictures"):
        with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
            load(folder)
    with pytest.raises(DataError, match=r"0.png, no file here, or closed"):
        read_image(closed / "0.png")
    monkeypatch.setenv("COURSE_DATA_DIR", str(closed / "data"))
    with pytest.raises(DataError, match="no such folder, or none open to you"):
        sources.find(sources.FASHION_MNIST)


def test_a_class_that_may_be_listed_but_not_entered_is_named(tmp_path, monkeypatch):
    write(tmp_path, "a/0.png", "b/1.png")
    below = f"{tmp_path}{os.sep}b{os.sep}"
    monkeypatch.setattr(os, "stat", shut(os.stat, lambda path: below in path))
    with pytest.raises(DataError, match=r"b cannot be read \(Permission denied\)"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["FASHION_MNIST", "CIFAR10"])
def test_a_closed_copy_is_never_passed_over(closed, name, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(closed))
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        sources.find(getattr(sources, name))


def test_in_a_closed_home_a_temporary_folder_takes_the_caches_place(
    closed, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(closed / "home" / ".cache"))
    monkeypatch.setattr(image_folder.os, "access", lambda path, mode: path != closed)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert user_cache_folder().parent == tmp_path


def test_a_home_that_nobody_has_is_a_name_like_others(tmp_path, monkeypatch):
    for read in (load_image_folder, list_image_folder, read_image):
        with pytest.raises(DataError, match="~nobody_here/x"):
            read("~nobody_here/x")
    monkeypatch.setenv("COURSE_DATA_DIR", "~nobody_here/x")
    with pytest.raises(DataError, match="COURSE_DATA_DIR is '~nobody_here/x', but"):
        sources.find(sources.FASHION_MNIST)
    monkeypatch.chdir(write(tmp_path, "~tilde.png"))
    assert read_image("~tilde.png").shape == (3, 32, 32)


def test_16_bits_keep_their_paper_and_their_white(tmp_path):
    levels = np.full((8, 8), 1000, np.uint16)
    levels[2, 2] = 40_000
    grey = Image.fromarray(levels)
    grey.save(tmp_path / "see through.png", transparency=1000)
    grey.save(tmp_path / "x-ray.tif", tiffinfo={262: 0})
    image = read_image(tmp_path / "see through.png")
    assert image[:, 0, 0].tolist() == 3 * [255] and image[0, 2, 2] == 40_000 // 257
    image = read_image(tmp_path / "x-ray.tif")
    assert image[0, 0, 0] == 64_535 // 257 and image[0, 2, 2] == 25_535 // 257


def test_a_large_photograph_is_decoded_small_or_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(image_folder, "MOST", 5000)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # far below the photograph's
    for suffix in ("jpg", "png"):
        write_image(tmp_path / f"photo.{suffix}", (9, 9, 9), size=200)
    assert read_image(tmp_path / "photo.jpg", size=8).shape == (3, 8, 8)
    for name, size in {"photo.jpg": None, "photo.png": 8}.items():
        with pytest.raises(DataError, match="it has 40,000 pixels: save it smaller"):
            read_image(tmp_path / name, size=size)
    assert Image.MAX_IMAGE_PIXELS == 1000


def test_all_broken_files_are_counted_at_once(tmp_path):
    write(tmp_path, *(f"{kind}/{i}.png" for kind in "ab" for i in range(5)))
    for i in range(4):
        (tmp_path / "b" / f"{i}.png").write_bytes(b"<html>")
    words = r"b/\d.png cannot be read .* In all: 4 \(.*b/0.png, .*b/1.png, .*b/3.png\)"
    with pytest.raises(DataError, match=words):
        load(tmp_path)


def test_the_colours_of_another_profile_become_those_of_screens(tmp_path):
    screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = screen.replace(b"rXYZ", b"?").replace(b"gXYZ", b"rXYZ")
    swapped = swapped.replace(b"?", b"gXYZ")  # red is where green was
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    for profile, expected in ((screen, 0), (swapped, 1), (b"broken", 0), (None, 0)):
        red.save(tmp_path / "a.png", icc_profile=profile)
        assert read_image(tmp_path / "a.png")[:, 0, 0].argmax() == expected


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_file_with_zeros_for_its_end_is_broken(name, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    half = len(whole) // 2
    (tmp_path / name).write_bytes(whole[:half] + bytes(len(whole) - half))
    with pytest.raises(DataError, match=f"{name} cannot be read"):
        read_image(tmp_path / name)
