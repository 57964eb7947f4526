"""A folder of images becomes tensors, once."""

import os
from pathlib import Path

import pytest
import torch
from data_files import write_classes, write_image
from PIL import Image

from course_utils.data import cache, image_folder
from course_utils.data.formats import DataError
from course_utils.data.image_folder import list_images, list_train_test, read_images

pytestmark = pytest.mark.usefixtures("data_dir")
CLASSES = ("bird", "cat", "dog")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_classes(tmp_path / "images", CLASSES, count=4)
    return tmp_path / "images"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the images that each decoding decodes."""
    counts, decode = [], image_folder._decode

    def counting(files: list[str], size: object) -> torch.Tensor:
        counts.append(len(files))
        return decode(files, size)

    monkeypatch.setattr(image_folder, "_decode", counting)
    return counts


def _kept() -> list[Path]:
    return sorted(cache.user_cache_folder().iterdir())


def test_listing_equals_torchvisions(folder: Path) -> None:
    from torchvision.datasets import ImageFolder

    (folder / "bird" / "notes.txt").write_text("no image")
    write_image(folder / "cat" / "Photo.JPG", (9, 9, 9))
    listing, expected = list_images(folder), ImageFolder(folder)
    found = list(zip(listing.files, listing.targets.tolist(), strict=True))
    assert found == expected.samples
    assert listing.class_names == tuple(expected.classes) == CLASSES


def test_hidden_files_and_links_to_nowhere_are_passed_over(folder: Path) -> None:
    before = list_images(folder).files
    (folder / ".hidden").mkdir()
    (folder / "bird" / ".0000.png").write_bytes(b"hidden")
    (folder / "bird" / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "bird" / "folder.png").mkdir()
    assert list_images(folder).files == before


def test_each_image_comes_with_its_target(folder: Path) -> None:
    images, targets = read_images(list_images(folder))
    assert images.shape == (12, 3, 32, 32)
    assert (images.dtype, targets.dtype) == (torch.uint8, torch.int64)
    assert images.is_contiguous()
    assert torch.equal(images[:, 0, 0, 0].long(), targets)
    assert sorted(images[:, 1, 31, 31].tolist()) == sorted(3 * [0, 1, 2, 3])


def test_order_is_mixed_and_fixed(folder: Path) -> None:
    first, again = (read_images(list_images(folder)).targets for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, first.sort().values)


def test_second_reading_decodes_nothing(folder: Path, decoded: list[int]) -> None:
    first, second = read_images(list_images(folder)), read_images(list_images(folder))
    assert decoded == [12]
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.targets, second.targets)


def test_a_changed_file_is_decoded_again(folder: Path, decoded: list[int]) -> None:
    read_images(list_images(folder))
    write_image(folder / "dog" / "0000.png", (77, 0, 0))
    os.utime(folder / "dog" / "0000.png", (1, 1))
    assert 77 in read_images(list_images(folder)).images
    (folder / "dog" / "0001.png").unlink()
    assert len(read_images(list_images(folder)).images) == 11
    assert decoded == [12, 12, 11]
    assert len(_kept()) == 1  # what is out of date does not pile up


def test_each_size_is_kept(folder: Path, decoded: list[int]) -> None:
    for size in ((8, 8), None, (8, 8), None):
        read_images(list_images(folder), size=size)
    assert decoded == [12, 12]
    assert len(_kept()) == 2


@pytest.mark.parametrize("content", [b"", b"PK\3\4 cut off"])
def test_a_damaged_cache_is_made_anew(
    folder: Path, decoded: list[int], content: bytes
) -> None:
    expected = read_images(list_images(folder)).images
    _kept()[0].write_bytes(content)
    assert torch.equal(read_images(list_images(folder)).images, expected)
    assert torch.equal(read_images(list_images(folder)).images, expected)
    assert decoded == [12, 12]


def test_a_cache_that_cannot_be_written_is_said_once(
    folder: Path, decoded: list[int], capsys: pytest.CaptureFixture
) -> None:
    cache.user_cache_folder().write_text("a file where a folder should be")
    for _ in range(2):
        assert len(read_images(list_images(folder)).images) == 12
    assert decoded == [12, 12]
    out = capsys.readouterr().out
    assert out.count("cannot be kept") == out.count("\n") == 1


def test_a_full_disk_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def full(file: Path, **arrays: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.np, "savez", full)
    assert len(read_images(list_images(folder)).images) == 12
    assert _kept() == []
    assert "No space left on device" in capsys.readouterr().out


def test_images_are_cut_to_the_middle_and_scaled(tmp_path: Path) -> None:
    wide = Image.new("RGB", (60, 20), (255, 0, 0))
    wide.paste((0, 0, 255), (20, 0, 40, 20))
    (tmp_path / "a").mkdir()
    wide.save(tmp_path / "a" / "wide.png")
    [image] = read_images(list_images(tmp_path), size=(10, 10)).images
    assert image.shape == (3, 10, 10)
    assert (image[2, :, 1:-1] == 255).all()
    assert (image[0, :, 1:-1] == 0).all()
    [flat] = read_images(list_images(tmp_path), size=(20, 40)).images
    assert flat.shape == (3, 20, 40)


def test_large_photographs_keep_their_colours(tmp_path: Path) -> None:
    write_image(tmp_path / "a" / "large.jpg", (200, 100, 50), size=1000)
    [image] = read_images(list_images(tmp_path), size=(16, 16)).images
    expected = torch.tensor([200, 100, 50])[:, None, None]
    assert (image.int() - expected).abs().max() <= 2


def test_photographs_are_turned_as_the_camera_noted(tmp_path: Path) -> None:
    lying, turned = Image.new("RGB", (40, 20)), Image.Exif()
    turned[0x0112] = 6  # to be turned by 90 degrees
    (tmp_path / "a").mkdir()
    lying.save(tmp_path / "a" / "photo.jpg", exif=turned)
    assert read_images(list_images(tmp_path)).images.shape == (1, 3, 40, 20)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "CMYK"])
def test_any_kind_of_image_becomes_rgb(tmp_path: Path, mode: str) -> None:
    (tmp_path / "a").mkdir()
    Image.new(mode, (4, 4)).save(tmp_path / "a" / "image.tif")
    assert read_images(list_images(tmp_path)).images.shape == (1, 3, 4, 4)


def test_images_of_several_sizes_are_named(folder: Path) -> None:
    write_image(folder / "cat" / "0001.png", (0, 0, 0), size=20)
    with pytest.raises(DataError, match="cat/0001.png is 20 x 20 .*size=64"):
        read_images(list_images(folder))
    assert read_images(list_images(folder), size=(8, 8)).images.shape[2:] == (8, 8)


def test_unreadable_images_are_named(folder: Path) -> None:
    whole = (folder / "cat" / "0001.png").read_bytes()
    for content in (b"", b"no image", whole[: len(whole) // 2]):
        (folder / "cat" / "0001.png").write_bytes(content)
        with pytest.raises(DataError, match="cat/0001.png cannot be read .*Replace"):
            read_images(list_images(folder))


def test_folders_without_images_are_named(folder: Path) -> None:
    with pytest.raises(DataError, match="nowhere is missing"):
        list_images(folder / "nowhere")
    with pytest.raises(DataError, match="cat has no folders of classes"):
        list_images(folder / "cat")
    (folder / "ant").mkdir()
    (folder / "ant" / "photo.heic").write_bytes(b"")
    with pytest.raises(DataError, match="ant holds no image .*.jpg"):
        list_images(folder)


def test_train_and_test_need_the_same_classes(tmp_path: Path) -> None:
    write_classes(tmp_path / "train", CLASSES)
    write_classes(tmp_path / "test", CLASSES[:2])
    with pytest.raises(DataError, match="only one of them has dog"):
        list_train_test(tmp_path)
    write_classes(tmp_path / "test", CLASSES)
    train, test = list_train_test(tmp_path)
    assert train.class_names == test.class_names == CLASSES
