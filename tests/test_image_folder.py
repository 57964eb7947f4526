"""A folder of images becomes tensors, once."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from unicodedata import normalize

import numpy as np
import pytest
import torch
from data_files import write_classes, write_image
from PIL import Image

from course_utils.data import (
    DataError,
    load_image_folder,
    read_image,
    user_cache_folder,
)
from course_utils.data import folder as image_folder
from course_utils.data.folder import list_images, list_splits, read_images, say_once

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
    assert list(zip(listing.files, listing.targets)) == expected.samples
    assert listing.class_names == tuple(expected.classes) == CLASSES


def test_folders_that_do_not_fit_are_named(folder):
    with pytest.raises(DataError, match="nowhere is missing"):
        list_images(folder / "nowhere")
    with pytest.raises(DataError, match="cat has no folders of classes"):
        list_images(folder / "cat")
    write_classes(folder / "train", CLASSES)
    write_classes(folder / "test", CLASSES[:2])
    with pytest.raises(DataError, match="only one of them has 'dog'"):
        list_splits(folder)


def test_what_is_left_out_is_counted_and_named_once(folder, capsys):
    write_image(folder / "cat" / "deep" / "er" / "lost.png", (0, 0, 0))
    write_image(folder / "lost.png", (0, 0, 0))
    for name in ("bird/a.HEIC", "bird/b.heic", "cat/.DS_Store", "dog/Thumbs.db"):
        (folder / name).write_bytes(b"")
    (folder / "__MACOSX" / "cat").mkdir(parents=True)
    for _ in range(2):
        assert len(read(folder).images) == 12
    out = capsys.readouterr().out
    named = "images/lost.png, images/bird/a.HEIC, images/bird/b.heic, …"
    assert "Left out, no file <class>/<image> with .bmp, .gif, " in out
    assert f": 4 ({named}).\n" in out
    assert out.count("Left out") == 1 and str(folder.parent) not in out


def test_splits_are_known_by_their_names(tmp_path, capsys):
    for part in ("Train", "valid", "test", "extra"):
        write_classes(tmp_path / part, CLASSES)
    assert list_splits(tmp_path).keys() == {"train", "val", "test"}
    assert f": 1 ({tmp_path.name}/extra).\n" in capsys.readouterr().out
    write_classes(tmp_path / "traffic", ("train", "tram"))
    (tmp_path / "traffic" / "train" / "old").mkdir()
    [listing] = list_splits(tmp_path / "traffic").values()
    assert listing.class_names == ("train", "tram")


def test_names_that_look_alike_are_one_class(tmp_path):
    apart, together = normalize("NFD", "고양이"), normalize("NFC", "고양이")
    write_classes(tmp_path / "train", (apart, together, "개"))
    write_classes(tmp_path / "test", (apart, normalize("NFD", "개")))
    test, train = list_splits(tmp_path).values()
    assert train.class_names == test.class_names == ("개", together)
    assert (train.targets, test.targets) == ([0, 0, 1, 1, 1, 1], [0, 0, 1, 1])
    unknown = os.fsdecode(b"\xb0\xed")  # 고 in the code of an old Windows
    write_classes(tmp_path / unknown, (unknown,))
    assert list_images(tmp_path / unknown).class_names == (r"\udcb0\udced",)
    assert load_image_folder(tmp_path / unknown).name == r"\udcb0\udced"


def test_what_is_said_can_be_printed_in_whatever_code(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", errors="strict")
    monkeypatch.setattr("sys.stdout", output)
    say_once("Left out: 내 사진 ©")
    assert output.buffer.getvalue().strip() == b"Left out: \\ub0b4 \\uc0ac\\uc9c4 \xa9"


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
        with pytest.raises(DataError, match="cat/0001.png cannot be read .*Save it"):
            read(folder)


def test_what_a_picture_loses_is_said_even_from_the_cache(tmp_path, capsys):
    ramp = np.linspace(0, 65535, 1024).astype(np.uint16).reshape(32, 32)
    ink = Image.new("RGBA", (32, 32))
    ink.putpixel((3, 3), (0, 0, 0, 255))
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    several = {"save_all": True, "append_images": frames[1:]}
    for name in "acd":
        (tmp_path / name).mkdir()
    for suffix in ("png", "tif"):
        Image.fromarray(ramp).save(tmp_path / "a" / f"deep.{suffix}")
        frames[0].save(tmp_path / "c" / f"two.{suffix}", **several)
        ink.save(tmp_path / "d" / f"ink.{suffix}")
    frames[0].save(tmp_path / "c" / "phone.jpg", format="MPO", **several)
    Image.new("RGBA", (32, 32), "red").save(tmp_path / "d" / "opaque.png")
    for _ in range(2):
        say_once.cache_clear()
        images, targets = read(tmp_path)
        folder = tmp_path.name
        assert capsys.readouterr().out.splitlines() == [
            "Several frames, of which the first is taken: "
            f"2 ({folder}/c/two.png, {folder}/c/two.tif).",
            f"16 bits, brought to 8: 2 ({folder}/a/deep.png, {folder}/a/deep.tif).",
            f"Transparent, on white from here on: "
            f"2 ({folder}/d/ink.png, {folder}/d/ink.tif).",
        ]
        assert images[targets == 0].float().mean() == pytest.approx(127, abs=1)
        assert ((images[targets == 1][:, 2]) < 10).all()
        black = (images[targets == 2] == 0).all(1)
        assert black.sum() == 2 and black[:, 3, 3].sum() == 2


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (Image.fromarray(np.ones((8, 8), np.float32)), "32 bits and does not tell"),
        (Image.fromarray(np.ones((8, 8), np.int32)), "32 bits and does not tell"),
        (Image.new("LA", (8, 8), (255, 100)), "nothing is left of it on white"),
        (Image.new("1", (20_000, 20_000)), "400,000,000 pixels: save it smaller"),
    ],
    ids=["float", "int32", "white ink", "bomb"],
)
def test_what_cannot_be_right_is_refused(folder, picture, words):
    picture.save(folder / "cat" / "x.tif", compression="tiff_deflate")
    with pytest.raises(DataError, match=f"cat/x.tif cannot be read .*{words}.*Save it"):
        read(folder, size=(8, 8))


def test_only_the_formats_that_are_meant_are_opened(folder, monkeypatch):
    from PIL import EpsImagePlugin

    called = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", called.append)
    Image.new("RGB", (32, 32)).save(folder / "cat" / "x.jpg", format="EPS")
    with pytest.raises(DataError, match="x.jpg cannot be read as an image"):
        read(folder)
    assert called == []


def test_what_would_fill_the_memory_is_refused_undecoded(tmp_path, monkeypatch):
    for name in CLASSES:
        write_image(tmp_path / name / "photo.png", (0, 0, 0), size=1025)
    words = r"3 images of 1025 x 1025 pixels, as the first, would need 9 MB .*size=64\)"
    words += r"; size=\(1025, 1025\) keeps the first one's"
    with pytest.raises(DataError, match=words):
        read(tmp_path)
    assert len(read(tmp_path, size=(1025, 1025)).images) == 3
    monkeypatch.setattr(image_folder, "decode_one", lambda *_: pytest.fail("decoded"))
    with pytest.raises(DataError, match="1000000 pixels would need 9,000,000 MB"):
        read(tmp_path, size=(10**6, 10**6))
    monkeypatch.setattr(image_folder, "_memory", lambda: 2**20)
    with pytest.raises(DataError, match="3 images of 500 x 500 pixels would need 2 MB"):
        read(tmp_path, size=(500, 500))


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


def test_another_recipe_decodes_again(folder, decoded, monkeypatch):
    read(folder)
    monkeypatch.setattr(image_folder, "RECIPE", image_folder.RECIPE + 1)
    read(folder)
    assert decoded == [12, 12] and len(kept()) == 1


def test_several_at_once_fill_one_cache(folder):
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(read, 4 * [folder])
    assert all(torch.equal(first.images, other.images) for other in others)
    assert len(kept()) == 1 and torch.equal(read(folder).images, first.images)


def test_what_killed_runs_have_left_is_deleted(folder):
    for name, age in (".part-dead", 100), (".part-alive", 0):
        (user_cache_folder() / name).mkdir(parents=True)
        half = user_cache_folder() / name / "half.npz"
        half.write_bytes(b"half")
        for path in (half, half.parent):
            os.utime(path, (time.time() - age,) * 2)
    read(folder)
    assert [path.name for path in kept()][:-1] == [".part-alive"]


def test_where_the_user_has_no_cache_a_temporary_folder_takes_its_place(
    folder, decoded, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "내 것"))
    monkeypatch.setattr(image_folder.os, "access", lambda path, mode: False)
    assert user_cache_folder().parent == tmp_path / "내 것"
    for _ in range(2):
        read(folder)
    assert decoded == [12]


def test_a_broken_or_pickled_archive_is_refused(tmp_path):
    file = tmp_path / "a.npz"
    np.savez(file, x=np.arange(1000))
    assert image_folder.read_npz(file)["x"].tolist() == list(range(1000))
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
            image_folder.read_npz(file)


def test_one_picture_is_read_as_those_of_its_folder(folder):
    write_image(folder / "cat" / "0000.png", (200, 100, 10))
    listing = list_images(folder)
    images = read_images(listing, (6, 4)).images.tolist()
    for file in listing.files:
        assert read_image(file, size=(6, 4)).tolist() in images
    square = read_image(folder / "cat" / "0000.png", size=5)
    assert square.shape == (3, 5, 5) and square.dtype == torch.uint8
    grey = read_image(folder / "cat" / "0000.png", channels=1)
    with Image.open(folder / "cat" / "0000.png") as image:
        np.testing.assert_array_equal(grey[0], image.convert("L"))


def test_what_one_picture_loses_is_said(folder, capsys):
    Image.new("RGBA", (8, 8), (9, 9, 9, 100)).save(folder / "glass.png")
    read_image(folder / "glass.png")
    assert "Transparent, on white from here on: 1" in capsys.readouterr().out
    notes = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01"
    Image.new("RGB", (8, 8)).save(folder / "cut.jpg", exif=notes)
    read_image(folder / "cut.jpg")
    assert "on its side: 1 (images/cut.jpg)" in capsys.readouterr().out
    (folder / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match="broken.jpg cannot be read as an image"):
        read_image(folder / "broken.jpg")


def test_equal_pictures_are_said_wherever_they_lie(tmp_path, capsys):
    for number, place in enumerate(("train/cat", "train/dog", "test/cat", "test/dog")):
        write_image(tmp_path / place / "own.png", (60 * number, 9, 9))
    load_image_folder(tmp_path, val_fraction=0)
    assert "Equal" not in capsys.readouterr().out
    for place in ("train/dog", "test/cat"):
        write_image(tmp_path / place / "again.png", (0, 9, 9))
    data = load_image_folder(tmp_path, val_fraction=0)
    out, first = capsys.readouterr().out, f"{tmp_path.name}/test/cat/again.png"
    words = "Equal pictures, of which one may train and the other test"
    assert f"{words}: 3 ({first}" in out and out.count("Equal") == 1
    assert len(data.train_targets) == 3


def test_a_picture_of_twelve_bits_is_said_to_be_dark(tmp_path, capsys):
    levels = np.linspace(0, 4095, 1024).astype(np.uint16).reshape(32, 32)
    Image.fromarray(levels).save(tmp_path / "microscope.tif")
    assert read_image(tmp_path / "microscope.tif").max() < 16
    assert "so it is nearly black" in capsys.readouterr().out
