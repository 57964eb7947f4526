"""Loaded data is split, measured and described as promised."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from data_files import write_classes, write_fashion_mnist, write_image

from course_utils.data import (
    DataError,
    ImageData,
    load_cifar10,
    load_fashion_mnist,
    load_image_folder,
    sources,
)
from course_utils.data.formats import read_npz
from course_utils.data.substitutes import SAMPLE_FILE

pytestmark = pytest.mark.usefixtures("data_dir")

REAL = os.environ.get("COURSE_DATA_DIR", "")
needs_fashion_mnist = pytest.mark.skipif(
    not Path(REAL, "FashionMNIST", "raw", "train-images-idx3-ubyte").exists(),
    reason="COURSE_DATA_DIR has no complete FashionMNIST",
)
needs_cifar10_images = pytest.mark.skipif(
    not Path(REAL, "cifar10", "train").is_dir(),
    reason="COURSE_DATA_DIR has no images of CIFAR-10",
)


@pytest.fixture
def real_data(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", REAL)


def _sizes(data: ImageData) -> tuple[int, int, int]:
    return tuple(
        len(t) for t in (data.train_targets, data.val_targets, data.test_targets)
    )


def _tags(images: torch.Tensor) -> set[int]:
    """Return what `data_files` wrote into the first pixel to tell images apart."""
    return {tuple(pixel) for pixel in images[:, :, 0, 0].tolist()}


@pytest.mark.parametrize("load", [load_fashion_mnist, load_cifar10])
def test_tensors_have_the_promised_types(load: Callable[[], ImageData]) -> None:
    data = load()
    for part in ("train", "val", "test"):
        images, targets = (
            getattr(data, f"{part}_images"),
            getattr(data, f"{part}_targets"),
        )
        assert (images.dtype, targets.dtype) == (torch.uint8, torch.int64)
        assert images.ndim == 4
        assert targets.shape == (len(images),)
        assert images.is_contiguous()
        assert targets.unique().tolist() == list(range(10))
    assert len(data.class_names) == 10
    assert (data.mean.dtype, data.std.dtype) == (torch.float32, torch.float32)


def test_the_sample_holds_out_the_same_share() -> None:
    data = load_fashion_mnist()
    assert _sizes(data) == (9_167, 833, 2_000)
    counts = data.val_targets.bincount()
    assert counts.max() - counts.min() <= 1
    assert data.name == "FashionMNIST, bundled sample"
    assert data.source == (
        "FashionMNIST, bundled sample: 9,167 train, 833 validation, 2,000 test"
    )
    assert not data.is_complete


def test_the_stand_in_says_so_wherever_it_is_named() -> None:
    data = load_cifar10()
    for words in (data.name, data.source, repr(data)):
        assert "stand-in made from FashionMNIST, not CIFAR-10" in words
    assert _sizes(data) == (9_000, 1_000, 2_000)


def test_validation_never_overlaps_training(data_dir: Path) -> None:
    write_fashion_mnist(data_dir, train=240, test=10)
    data = load_fashion_mnist(val_size=15_000)
    assert _sizes(data) == (180, 60, 10)
    assert not _tags(data.train_images) & _tags(data.val_images)
    assert _tags(data.train_images) | _tags(data.val_images) == {
        (i,) for i in range(240)
    }
    for images, targets in (
        (data.train_images, data.train_targets),
        (data.val_images, data.val_targets),
    ):
        assert torch.equal(images[:, 0, 0, 0] % 10, targets)


def test_loading_twice_gives_the_same_and_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    first, second = load_fashion_mnist(), load_fashion_mnist()
    assert torch.equal(first.val_images, second.val_images)
    assert torch.equal(first.train_targets, second.train_targets)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_hold_out_all_images_train() -> None:
    data = load_fashion_mnist(val_size=0)
    assert _sizes(data) == (10_000, 0, 2_000)
    with pytest.raises(ValueError, match="no images"):
        data.loader("val")


@pytest.mark.parametrize("val_size", [-1, 60_000])
def test_impossible_hold_outs_are_told(val_size: int) -> None:
    with pytest.raises(
        ValueError, match=f"val_size is {val_size}; expected 0 to 59,999"
    ):
        load_fashion_mnist(val_size=val_size)


def test_mean_and_std_are_those_of_the_training_images() -> None:
    data = load_cifar10()
    pixels = data.train_images.double() / 255
    assert torch.allclose(data.mean.double(), pixels.mean((0, 2, 3)), atol=1e-7)
    expected = pixels.std((0, 2, 3), correction=0)
    assert torch.allclose(data.std.double(), expected, atol=1e-7)


def test_a_profile_caps_the_training_images_and_says_so(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    images = 12_000
    tiny = sources.FASHION_MNIST._replace(sizes=(images, 10))
    monkeypatch.setattr(sources, "FASHION_MNIST", tiny)
    write_fashion_mnist(data_dir, train=images, test=10)
    data = load_fashion_mnist(val_size=1_000)
    assert _sizes(data) == (10_000, 1_000, 10)
    assert data.train_targets.bincount().tolist() == [1000] * 10
    assert "10,000 train (the ci profile uses no more)" in data.source
    assert not data.is_complete
    monkeypatch.setenv("COURSE_PROFILE", "cpu")
    assert torch.equal(load_fashion_mnist(val_size=1_000).val_images, data.val_images)
    assert load_fashion_mnist(val_size=1_000).is_complete


def test_source_and_repr_are_short_and_name_no_path(data_dir: Path) -> None:
    write_fashion_mnist(data_dir)
    data = load_fashion_mnist()
    assert repr(data) == (
        "ImageData(FashionMNIST, not complete: 22 train, 2 validation, 10 test; "
        "10 classes, shape (1, 28, 28))"
    )
    assert str(data_dir) not in repr(data)


def test_loaders_normalise_by_the_training_split() -> None:
    data = load_fashion_mnist()
    train, test = data.loader("train", batch_size=10_000), data.loader("test")
    [(images, targets)] = train
    assert images.mean().item() == pytest.approx(0, abs=1e-4)
    assert images.std().item() == pytest.approx(1, abs=1e-4)
    assert train.shuffle
    assert not torch.equal(targets, data.train_targets)
    assert not test.shuffle
    assert torch.equal(test.mean, data.mean)
    assert torch.equal(test.targets, data.test_targets)
    assert not data.loader("train", shuffle=False).shuffle
    assert data.loader("val", shuffle=True, batch_size=7).batch_size == 7


def test_unknown_splits_are_told() -> None:
    with pytest.raises(ValueError, match="'valid'; expected one of train, val, test"):
        load_fashion_mnist().loader("valid")


def test_own_images_with_train_and_test(tmp_path: Path) -> None:
    write_classes(tmp_path / "train", ("cat", "dog"), count=10)
    write_classes(tmp_path / "test", ("cat", "dog"), count=3)
    data = load_image_folder(tmp_path, val_fraction=0.2)
    assert _sizes(data) == (16, 4, 6)
    assert data.class_names == ("cat", "dog")
    assert data.name == tmp_path.name
    assert torch.equal(data.train_images[:, 0, 0, 0].long(), data.train_targets)
    assert data.val_targets.bincount().tolist() == [2, 2]


def test_own_images_are_divided_where_they_are_not(tmp_path: Path) -> None:
    write_classes(tmp_path, ("cat", "dog", "emu"), count=20)
    data = load_image_folder(str(tmp_path), size=8)
    assert _sizes(data) == (43, 5, 12)
    assert data.train_images.shape[1:] == (3, 8, 8)
    parts = (data.train_images, data.val_images, data.test_images)
    assert len(set.union(*map(_tags, parts))) == sum(_sizes(data)) == 60
    assert data.test_targets.bincount().tolist() == [4, 4, 4]
    wide = load_image_folder(tmp_path, size=(4, 6), val_fraction=0, test_fraction=0)
    assert _sizes(wide) == (60, 0, 0)
    assert wide.train_images.shape[2:] == (4, 6)


def test_bad_image_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere is missing"):
        load_image_folder(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no folders of classes"):
        load_image_folder(tmp_path)
    with pytest.raises(ValueError, match="is 1; expected"):
        load_image_folder(tmp_path, test_fraction=1)
    for size in (0, (8, -8), (8, 8, 3)):
        with pytest.raises(ValueError, match="size is .*expected pixels"):
            load_image_folder(tmp_path, size=size)
    write_classes(tmp_path / "train", ("cat",))
    with pytest.raises(DataError, match="test is missing"):
        load_image_folder(tmp_path)


def test_own_images_have_one_size_in_train_and_test(tmp_path: Path) -> None:
    write_classes(tmp_path / "train", ("cat",))
    write_image(tmp_path / "test" / "cat" / "0000.png", (0, 0, 0), size=20)
    with pytest.raises(DataError, match="test images of shape .3, 20, 20.*size=64"):
        load_image_folder(tmp_path)
    assert load_image_folder(tmp_path, size=8).test_images.shape == (1, 3, 8, 8)


def test_importing_costs_little_over_torch() -> None:
    code = (
        "import torch, time; t = time.perf_counter(); import course_utils.data, sys; "
    )
    code += "print(time.perf_counter() - t, *sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    seconds, *modules = run.stdout.decode().split()
    assert float(seconds) < 0.3
    assert not {"torchvision", "PIL", "matplotlib", "sklearn"} & set(modules)


@needs_fashion_mnist
@pytest.mark.usefixtures("real_data")
def test_complete_fashion_mnist() -> None:
    data = load_fashion_mnist()
    assert data.source == (
        "FashionMNIST, complete: 55,000 train, 5,000 validation, 10,000 test"
    )
    assert data.is_complete
    assert data.val_targets.bincount().tolist() == [500] * 10
    whole = load_fashion_mnist(val_size=0)
    assert len(whole.train_images) == 60_000
    assert whole.mean.item() == pytest.approx(0.2860, abs=5e-5)
    assert whole.std.item() == pytest.approx(0.3530, abs=5e-5)


@needs_fashion_mnist
def test_the_sample_is_made_from_the_complete_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "tools")
    from make_sample import sample

    made, kept = sample(Path(REAL, "FashionMNIST", "raw")), read_npz(SAMPLE_FILE)
    assert made.keys() == kept.keys()
    for name, values in made.items():
        assert torch.equal(torch.from_numpy(values), kept[name])


@needs_cifar10_images
@pytest.mark.usefixtures("real_data")
def test_complete_cifar10_images_are_decoded_once() -> None:
    start = time.monotonic()
    load_cifar10(val_size=0)
    decoded = time.monotonic()
    data = load_cifar10(val_size=0)
    assert time.monotonic() - decoded < (decoded - start) / 2
    assert data.source == (
        "CIFAR-10 as JPEG, complete: 50,000 train, 0 validation, 10,000 test"
    )
    assert data.train_targets.bincount().tolist() == [5000] * 10
    # The official files have .4914 .4822 .4465; JPEG keeps means within rounding.
    expected = torch.tensor([0.4914, 0.4822, 0.4465])
    assert torch.allclose(data.mean, expected, atol=3e-4)
