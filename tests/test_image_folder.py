"""A folder of images becomes tensors, once."""

import os

import numpy as np
import pytest
import torch
from data_files import write_classes, write_image
from PIL import Image

from course_utils.data import DataError, user_cache_folder
from course_utils.data import folder as image_folder
from course_utils.data.folder import list_images, list_splits, read_images, read_npz

pytestmark = pytest.mark.usefixtures("data_dir")
CLASSES = ("bird", "cat", "dog")


@pytest.fixture
def folder(tmp_path):
    write_classes(tmp_path / "images", CLASSES, count=4)
    return tmp_path / "images"


@pytest.fixture
def decoded(monkeypatch):
    """Count the images that each decoding decodes."""
    counts, decode = [], image_folder._decode

    def counting(files, size):
        counts.append(len(files))
        return decode(files, size)

    monkeypatch.setattr(image_folder, "_decode", counting)
    return counts


def read(folder, size=None):
    return read_images(list_images(folder), size)


def kept():
    return sorted(user_cache_folder().iterdir())


# ----------------------------------------------------------------------- what it finds


def test_listing_equals_torchvisions_without_what_is_hidden_or_nowhere(folder):
    from torchvision.datasets import ImageFolder

    (folder / "bird" / "notes.txt").write_text("no image")
    write_image(folder / "cat" / "Photo.JPG", (9, 9, 9))
    expected = ImageFolder(folder)
    (folder / ".hidden").mkdir()
    (folder / "bird" / ".0000.png").write_bytes(b"hidden")
    (folder / "bird" / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "bird" / "folder.png").mkdir()
    listing = list_images(folder)
    paths = [str(file) for file in listing.files]
    assert list(zip(paths, listing.targets)) == expected.samples
    assert listing.class_names == tuple(expected.classes) == CLASSES


def test_folders_that_do_not_fit_are_named(folder):
    with pytest.raises(DataError, match="nowhere is missing"):
        list_images(folder / "nowhere")
    with pytest.raises(DataError, match="cat has no folders of classes"):
        list_images(folder / "cat")
    write_image(folder / "ant" / "photo.png", (0, 0, 0))
    (folder / "ant" / "photo.png").rename(folder / "ant" / "photo.heic")
    with pytest.raises(DataError, match="ant holds no image .*.jpg"):
        list_images(folder)
    write_classes(folder / "train", CLASSES)
    write_classes(folder / "test", CLASSES[:2])
    with pytest.raises(DataError, match="only one of them has 'dog'"):
        list_splits(folder)


# ----------------------------------------------------------------------- what it reads


def test_each_image_comes_with_its_target_in_a_mixed_and_fixed_order(folder):
    images, targets = read(folder)
    assert images.shape == (12, 3, 32, 32) and images.is_contiguous()
    assert (images.dtype, targets.dtype) == (torch.uint8, torch.int64)
    assert torch.equal(images[:, 0, 0, 0].long(), targets)
    assert sorted(images[:, 1, 31, 31].tolist()) == sorted(3 * [0, 1, 2, 3])
    assert targets.tolist() == [2, 2, 1, 0, 0, 2, 1, 1, 0, 2, 1, 0]


def test_images_are_cut_to_the_middle_and_scaled(tmp_path):
    wide = Image.new("RGB", (60, 20), (255, 0, 0))
    wide.paste((0, 0, 255), (20, 0, 40, 20))
    (tmp_path / "a").mkdir()
    wide.save(tmp_path / "a" / "wide.png")
    [image] = read(tmp_path, size=(10, 10)).images
    assert image.shape == (3, 10, 10)
    assert (image[2, :, 1:-1] == 255).all() and (image[0, :, 1:-1] == 0).all()
    assert read(tmp_path, size=(20, 40)).images.shape == (1, 3, 20, 40)


def test_photographs_are_turned_as_noted_and_keep_their_colours(tmp_path):
    lying, turned = Image.new("CMYK", (1000, 500), (0, 128, 255, 0)), Image.Exif()
    turned[0x0112] = 6  # to be turned by 90 degrees
    (tmp_path / "a").mkdir()
    lying.save(tmp_path / "a" / "photo.jpg", exif=turned)
    assert read(tmp_path).images.shape == (1, 3, 1000, 500)
    [small] = read(tmp_path, size=(32, 16)).images
    assert (small.int() - torch.tensor([255, 127, 0])[:, None, None]).abs().max() <= 2


def test_images_of_several_sizes_and_unreadable_ones_are_named(folder):
    file = folder / "cat" / "0001.png"
    write_image(file, (0, 0, 0), size=20)
    words = "cat/0001.png is 20 x 20 pixels, but .*png is 32 x 32 .*size=64"
    with pytest.raises(DataError, match=words):
        read(folder)
    assert read(folder, size=(8, 8)).images.shape[2:] == (8, 8)
    whole = file.read_bytes()
    for content in (b"", b"no image", whole[: len(whole) // 2]):
        file.write_bytes(content)
        with pytest.raises(DataError, match="cat/0001.png cannot be read .*Replace"):
            read(folder)


# ------------------------------------------------------------------------ what is kept


def test_each_size_is_decoded_once(folder, decoded):
    for size in (None, (8, 8)):
        first, second = read(folder, size), read(folder, size)
        assert torch.equal(first.images, second.images)
        assert torch.equal(first.targets, second.targets)
    assert decoded == [12, 12] and len(kept()) == 2


def test_a_changed_file_or_a_damaged_cache_is_decoded_again(folder, decoded):
    read(folder)
    write_image(folder / "dog" / "0000.png", (77, 0, 0))
    os.utime(folder / "dog" / "0000.png", (1, 1))
    assert 77 in read(folder).images
    (folder / "dog" / "0001.png").unlink()
    assert len(read(folder).images) == 11
    assert decoded == [12, 12, 11]
    assert len(kept()) == 1  # what is out of date does not pile up
    expected = read(folder).images
    for damaged in (b"", b"PK\3\4 cut off"):
        kept()[0].write_bytes(damaged)
        for _ in range(2):
            assert torch.equal(read(folder).images, expected)
    assert decoded == [12, 12, 11, 11, 11]


def test_a_cache_that_cannot_be_written_leaves_nothing_and_is_said_once(
    folder, monkeypatch, capsys
):
    def full(file, **arrays):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(image_folder.np, "savez", full)
    assert len(read(folder).images) == 12 and kept() == []
    assert "No space left on device" in capsys.readouterr().out
    user_cache_folder().rmdir()
    user_cache_folder().write_text("a file where a folder should be")
    for _ in range(2):
        assert len(read(folder).images) == 12
    out = capsys.readouterr().out
    assert out.count("cannot be kept") == out.count("\n") == 1


def test_a_broken_or_pickled_archive_is_refused(tmp_path):
    file = tmp_path / "a.npz"
    np.savez(file, x=np.arange(1000))
    assert read_npz(file)["x"].tolist() == list(range(1000))
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[4000] ^= 1
    np.savez(file, x=np.array([{}], dtype=object))
    pickled = file.read_bytes()
    np.save(tmp_path / "lone.npy", np.arange(3))
    lone = (tmp_path / "lone.npy").read_bytes()
    for content in (whole[:5000], damaged, pickled, b"", b"text", lone):
        file.write_bytes(content)
        with pytest.raises(DataError, match="a.npz cannot be read"):
            read_npz(file)
