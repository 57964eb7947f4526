"""Data sets are looked for in order, and what was taken is said."""

import sys
import time
import zipfile
from pathlib import Path

import pytest
import torch
from data_files import (
    write_cifar10,
    write_classes,
    write_fashion_mnist,
    write_image,
)

from course_utils.data import download, sources
from course_utils.data.formats import DataError
from course_utils.data.sources import CIFAR10_CLASSES, FASHION_MNIST_CLASSES, Source
from course_utils.data.substitutes import SAMPLE_FILE, fashion_mnist_sample, in_colour
from course_utils.runtime import current_profile

pytestmark = pytest.mark.usefixtures("data_dir")


def _fashion_mnist() -> Source:
    return sources.find(sources.FASHION_MNIST)


def _cifar10() -> Source:
    return sources.find(sources.CIFAR10)


def _write_cifar10_images(data_dir: Path, **change: tuple[str, ...]) -> Path:
    for part in ("train", "test"):
        classes = change.get(part, CIFAR10_CLASSES)
        write_classes(data_dir / "cifar10" / part, classes, count=1)
    return data_dir / "cifar10"


def test_data_folder_is_named_by_the_environment(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sources.data_folder() == data_dir
    monkeypatch.setenv("COURSE_DATA_DIR", "~/pictures")
    assert sources.data_folder() == Path.home() / "pictures"


def test_data_folder_is_in_the_checkout_or_else_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_DATA_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        sources, "__file__", str(tmp_path / "course_utils" / "data" / "sources.py")
    )
    assert sources.data_folder().parent == tmp_path / "cache"
    (tmp_path / "pyproject.toml").write_text("")
    assert sources.data_folder() == tmp_path / "data"


def test_files_in_the_data_folder_come_first(
    data_dir: Path, capsys: pytest.CaptureFixture
) -> None:
    raw = write_fashion_mnist(data_dir, train=24, test=10)
    found = _fashion_mnist()
    assert len(found.train.images) == 24
    assert found.location == raw
    assert (found.name, found.is_complete) == ("FashionMNIST, not complete", False)
    out = capsys.readouterr().out
    assert out == (
        "FashionMNIST, not complete (24 + 10 images): found in the data folder.\n"
    )


def test_what_was_taken_is_said_once(
    data_dir: Path, capsys: pytest.CaptureFixture
) -> None:
    write_fashion_mnist(data_dir)
    for _ in range(3):
        _fashion_mnist()
    _cifar10()
    assert capsys.readouterr().out.count("\n") == 2


def test_complete_data_is_called_so(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = sources.FASHION_MNIST._replace(sizes=(24, 10))
    monkeypatch.setattr(sources, "FASHION_MNIST", tiny)
    write_fashion_mnist(data_dir, train=24, test=10)
    found = _fashion_mnist()
    assert (found.name, found.is_complete) == ("FashionMNIST, complete", True)


def test_official_cifar10_files_come_before_images(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_cifar10_images(data_dir)
    assert _cifar10().location == data_dir / "cifar10"
    assert _cifar10().class_names == CIFAR10_CLASSES
    folder = write_cifar10(data_dir, monkeypatch)
    assert _cifar10().location == folder
    assert _cifar10().name == "CIFAR-10, not complete"


def test_jpeg_images_are_called_so(data_dir: Path) -> None:
    folder = _write_cifar10_images(data_dir)
    for image in folder.rglob("*.png"):
        image.rename(image.with_suffix(".jpg"))  # Pillow looks at the content
    assert _cifar10().name == "CIFAR-10 as JPEG, not complete"


def test_cifar10_needs_its_ten_classes(data_dir: Path) -> None:
    nine = CIFAR10_CLASSES[:9]
    _write_cifar10_images(data_dir, train=nine, test=nine)
    with pytest.raises(DataError, match="CIFAR-10 has airplane.*truck. Rename or move"):
        _cifar10()


def test_cifar10_images_have_32_pixels(data_dir: Path) -> None:
    for image in _write_cifar10_images(data_dir).rglob("*.png"):
        write_image(image, (0, 0, 0), size=28)
    with pytest.raises(DataError, match="not 32 x 32"):
        _cifar10()


@pytest.mark.parametrize("profile", ["cpu", "ci"])
def test_a_broken_copy_is_never_passed_over(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setenv("COURSE_PROFILE", profile)
    raw = write_fashion_mnist(data_dir)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"cut")
    with pytest.raises(DataError, match="t10k-labels"):
        _fashion_mnist()
    (data_dir / "cifar10" / "train").mkdir(parents=True)
    with pytest.raises(DataError, match="no folders of classes"):
        _cifar10()


def test_an_empty_folder_counts_as_nothing(data_dir: Path) -> None:
    (data_dir / "FashionMNIST" / "raw").mkdir(parents=True)
    (data_dir / "cifar10").mkdir()
    (data_dir / "cifar-10-batches-py").mkdir()
    assert "sample" in _fashion_mnist().name
    assert "stand-in" in _cifar10().name


def test_what_is_missing_is_downloaded(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def fetch(remote: download.Remote, folder: Path) -> None:
        assert remote.dataset == "FashionMNIST"
        write_fashion_mnist(folder, train=20)

    monkeypatch.setattr(download, "fetch", fetch)
    assert len(_fashion_mnist().train.images) == 20
    assert "downloaded to the data folder" in capsys.readouterr().out
    assert _fashion_mnist().location.is_relative_to(data_dir)


def test_without_network_the_sample_comes_soon(capsys: pytest.CaptureFixture) -> None:
    start = time.monotonic()
    found = _fashion_mnist()
    assert time.monotonic() - start < 5
    assert found.name == "FashionMNIST, bundled sample"
    assert not found.is_complete
    line = capsys.readouterr().out
    assert "(10,000 + 2,000 images): no network" in line
    assert f"data later: `{sys.executable} -m course_utils data`" in line
    assert line.count("\n") == 1


def test_the_ci_profile_never_downloads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def fetch(*_: object) -> None:
        pytest.fail("it tried to download")

    monkeypatch.setattr(download, "fetch", fetch)
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    assert not current_profile().download
    assert "sample" in _fashion_mnist().name
    assert "stand-in" in _cifar10().name
    assert "the ci profile downloads nothing" in capsys.readouterr().out


def test_class_names_are_torchvisions() -> None:
    from torchvision.datasets import FashionMNIST

    assert list(FASHION_MNIST_CLASSES) == FashionMNIST.classes


def test_the_sample_has_as_many_of_each_class() -> None:
    train, test = fashion_mnist_sample()
    assert train.images.shape == (10_000, 1, 28, 28)
    assert test.images.shape == (2_000, 1, 28, 28)
    assert train.targets.bincount().tolist() == [1000] * 10
    assert test.targets.bincount().tolist() == [200] * 10


def test_the_sample_is_small_and_keeps_its_licence() -> None:
    file = SAMPLE_FILE
    assert file.stat().st_size < 6_000_000
    notice = file.with_name("FASHION_MNIST_LICENSE.txt").read_text()
    assert "Copyright (c) 2017 Zalando SE" in notice
    assert "Permission is hereby granted" in notice


def test_the_sample_carries_no_time_so_that_it_can_be_made_again() -> None:
    with zipfile.ZipFile(SAMPLE_FILE) as members:
        times = {member.date_time for member in members.infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_the_stand_in_is_never_called_cifar10() -> None:
    found = _cifar10()
    assert found.name == "stand-in made from FashionMNIST, not CIFAR-10"
    assert found.class_names == FASHION_MNIST_CLASSES
    assert not found.is_complete


def test_the_stand_in_has_cifar10s_shape_and_is_always_the_same() -> None:
    first, second = _cifar10(), _cifar10()
    assert first.train.images.shape == (10_000, 3, 32, 32)
    assert first.test.images.shape == (2_000, 3, 32, 32)
    assert torch.equal(first.train.images, second.train.images)
    assert torch.equal(first.train.targets, fashion_mnist_sample()[0].targets)


def test_garments_stand_out_from_their_background_in_every_channel() -> None:
    garments = fashion_mnist_sample()[1]
    images = in_colour(garments, seed=0).images.int()
    contrast = images.amax((2, 3)) - images.amin((2, 3))
    strongest = garments.images.amax((1, 2, 3)) / 255
    assert (contrast >= 63 * strongest[:, None]).all()
    corners = images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.float().std() > 50  # backgrounds differ between images


def test_the_garment_is_still_the_garment() -> None:
    garments = fashion_mnist_sample()[1].take(torch.arange(50))
    for image, garment in zip(
        in_colour(garments, seed=0).images, garments.images, strict=True
    ):
        windows = image[0].unfold(0, 28, 1).unfold(1, 28, 1).reshape(25, -1)
        both = torch.cat([garment.reshape(1, -1), windows]).double()
        assert both.corrcoef()[0, 1:].abs().max() > 0.99
