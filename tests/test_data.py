"""Loaded data is split, measured and described as promised."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from data_files import write_classes, write_fashion_mnist, write_image
from hypothesis import given
from hypothesis import strategies as st

from course_utils.data import DataError, Split, hold_out, load_image_folder, sources
from course_utils.data import load_cifar10 as cifar10
from course_utils.data import load_fashion_mnist as fashion_mnist
from course_utils.data.folder import read_npz

pytestmark = pytest.mark.usefixtures("data_dir")

REAL = os.environ.get("COURSE_DATA_DIR", "")


def needs(path):
    reason = f"COURSE_DATA_DIR has no {path}"
    return pytest.mark.skipif(not Path(REAL, path).exists(), reason=reason)


needs_fashion_mnist = needs("FashionMNIST/raw/train-images-idx3-ubyte")
needs_cifar10_images = needs("cifar10/train")


@pytest.fixture
def real_data(data_dir, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", REAL)


def splits(data):
    for part in ("train", "val", "test"):
        yield getattr(data, f"{part}_images"), getattr(data, f"{part}_targets")


def sizes(data):
    return tuple(len(targets) for _, targets in splits(data))


def tags(images):
    """What `data_files` wrote into the first pixel to tell images apart."""
    return {tuple(pixel) for pixel in images[:, :, 0, 0].tolist()}


@pytest.mark.parametrize("load", [fashion_mnist, cifar10])
def test_tensors_are_as_promised_and_the_same_every_time(load):
    state = torch.get_rng_state()
    data, again = load(), load()
    assert torch.equal(torch.get_rng_state(), state)
    for (images, targets), repeated in zip(splits(data), splits(again)):
        assert (images.dtype, targets.dtype) == (torch.uint8, torch.int64)
        assert images.ndim == 4 and images.is_contiguous()
        assert targets.shape == (len(images),)
        assert targets.unique().tolist() == list(range(10))
        assert torch.equal(images, repeated[0]) and torch.equal(targets, repeated[1])
    assert len(data.class_names) == 10
    assert (data.mean.dtype, data.std.dtype) == (torch.float32, torch.float32)
    pixels = data.train_images.double() / 255
    torch.testing.assert_close(data.mean.double(), pixels.mean((0, 2, 3)))
    expected = pixels.std((0, 2, 3), correction=0)
    torch.testing.assert_close(data.std.double(), expected, atol=1e-7, rtol=0)


def test_substitutes_hold_out_the_same_share_and_say_what_they_are():
    data = fashion_mnist()
    counts = data.val_targets.bincount()
    assert counts.max() - counts.min() <= 1
    assert data.name == "FashionMNIST, bundled sample" and not data.is_complete
    assert repr(data) == (
        "ImageData(FashionMNIST, bundled sample: 9,167 train, 833 validation, "
        "2,000 test; 10 classes, shape (1, 28, 28))"
    )
    data = cifar10()
    assert sizes(data) == (9_000, 1_000, 2_000)
    for words in (data.name, data.source, repr(data)):
        assert "stand-in made from FashionMNIST, not CIFAR-10" in words


def test_validation_never_overlaps_training(data_dir):
    write_fashion_mnist(data_dir, train=240, test=10)
    data = fashion_mnist(val_size=15_000)
    assert sizes(data) == (180, 60, 10)
    assert not tags(data.train_images) & tags(data.val_images)
    assert len(tags(data.train_images) | tags(data.val_images)) == 240
    for images, targets in splits(data):
        assert torch.equal(images[:, 0, 0, 0] % 10, targets)


def test_impossible_splits_are_told():
    data = fashion_mnist(val_size=0)
    assert sizes(data) == (10_000, 0, 2_000)
    with pytest.raises(ValueError, match="no images"):
        data.loader("val")
    with pytest.raises(
        ValueError, match="'valid'; expected 'train' or 'val' or 'test'"
    ):
        data.loader("valid")


def test_a_profile_caps_the_training_images_and_says_so(data_dir, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    tiny = sources.FASHION_MNIST._replace(sizes=(12_000, 10))
    monkeypatch.setattr(sources, "FASHION_MNIST", tiny)
    write_fashion_mnist(data_dir, train=12_000, test=10)
    data = fashion_mnist(val_size=1_000)
    assert sizes(data) == (10_000, 1_000, 10)
    assert data.train_targets.bincount().tolist() == [1000] * 10
    assert "10,000 train (the ci profile uses no more)" in data.source
    assert not data.is_complete
    monkeypatch.setenv("COURSE_PROFILE", "cpu")
    whole = fashion_mnist(val_size=1_000)
    assert torch.equal(whole.val_images, data.val_images)
    assert whole.is_complete and whole.name == "FashionMNIST, complete"


def test_loaders_normalise_by_the_training_split():
    data = fashion_mnist()
    train, test = data.loader("train", batch_size=10_000), data.loader("test")
    [(images, targets)] = train
    assert images.mean().item() == pytest.approx(0, abs=1e-4)
    assert images.std().item() == pytest.approx(1, abs=1e-4)
    assert train.shuffle and not test.shuffle
    assert not torch.equal(targets, data.train_targets)
    assert torch.equal(test.mean, data.mean)
    assert torch.equal(test.targets, data.test_targets)
    assert not data.loader("train", shuffle=False).shuffle
    assert data.loader("val", shuffle=True, batch_size=7).batch_size == 7


def test_own_images_with_train_and_test(tmp_path):
    write_classes(tmp_path / "train", ("cat", "dog"), count=10)
    assert sizes(load_image_folder(tmp_path)) == (14, 2, 4)
    write_classes(tmp_path / "test", ("cat", "dog"), count=3)
    data = load_image_folder(tmp_path, val_fraction=0.2)
    assert sizes(data) == (16, 4, 6) and data.class_names == ("cat", "dog")
    assert (data.name, data.is_complete) == (tmp_path.name, False)
    assert torch.equal(data.train_images[:, 0, 0, 0].long(), data.train_targets)
    assert data.val_targets.bincount().tolist() == [2, 2]
    for file in (tmp_path / "test").rglob("*.png"):
        write_image(file, (0, 0, 0), size=20)
    with pytest.raises(DataError, match="shapes .3, 20, 20.*3, 32, 32.*size=64"):
        load_image_folder(tmp_path)
    assert load_image_folder(tmp_path, size=8).test_images.shape == (6, 3, 8, 8)


def test_own_images_are_divided_where_they_are_not(tmp_path):
    write_classes(tmp_path, ("cat", "dog", "emu"), count=20)
    data = load_image_folder(str(tmp_path), size=8)
    assert sizes(data) == (43, 5, 12)
    assert data.train_images.shape[1:] == (3, 8, 8)
    assert len(set.union(*(tags(images) for images, _ in splits(data)))) == 60
    assert data.test_targets.bincount().tolist() == [4, 4, 4]
    wide = load_image_folder(tmp_path, size=(4, 6), val_fraction=0, test_fraction=0)
    assert wide.train_images.shape == (60, 3, 4, 6)


def test_a_folder_for_validation_is_taken_instead_of_a_share(tmp_path):
    for part, count in {"train": 10, "val": 3}.items():
        write_classes(tmp_path / "내 사진" / part, ("cat", "dog"), count=count)
    data = load_image_folder(tmp_path / "내 사진")
    assert (sizes(data), data.name) == ((16, 6, 4), "내 사진")
    write_classes(tmp_path / "내 사진" / "test", ("cat", "dog"), count=2)
    assert sizes(load_image_folder(tmp_path / "내 사진")) == (20, 6, 4)


def test_classes_that_a_split_has_no_image_of_are_named(tmp_path, capsys):
    write_classes(tmp_path, "abcdefghij", count=2)
    with pytest.raises(DataError, match="no training image of 'a', 'f'. Add some, or"):
        load_image_folder(tmp_path)
    data = load_image_folder(tmp_path, val_fraction=0, test_fraction=0.1)
    assert (data.train_targets.bincount() > 0).all()
    assert "has no test image of 'b', 'c', 'd', 'e', " in capsys.readouterr().out
    with pytest.raises(ValueError, match="no images in 'val': hold out more"):
        data.loader("val")


def test_images_that_are_all_alike_can_be_loaded(tmp_path):
    for i in range(6):
        write_image(tmp_path / "a" / f"{i}.png", (77, 9, 201))
    data = load_image_folder(tmp_path)
    assert data.std.tolist() == [1, 1, 1]
    images, _ = next(iter(data.loader("train")))
    assert images.abs().max() < 1e-6


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.floats(0, 1))
def test_every_class_gives_its_share(targets, share):
    split = Split(torch.arange(len(targets)), torch.tensor(targets))
    kept, held_out = (part.images.tolist() for part in hold_out(split, share))
    assert len(held_out) == round(share * len(targets))
    assert sorted(kept + held_out) == list(range(len(targets)))
    assert (kept, held_out) == (sorted(kept), sorted(held_out))
    for target in set(targets):
        fair = targets.count(target) * len(held_out) / len(targets)
        assert abs(sum(targets[i] == target for i in held_out) - fair) < 1


def test_the_images_held_out_stay_the_same_for_ever():
    split = Split(torch.arange(50_000), torch.arange(50_000) % 10)
    _, held_out = hold_out(split, 0.1)
    assert held_out.images[:5].tolist() == [37, 46, 52, 55, 68]
    assert held_out.images.sum() == 123_889_740


def test_importing_costs_little_over_torch_and_the_package_alone_not_even_that():
    code = "import sys, time, course_utils; print('torch' in sys.modules)\n"
    code += "import torch; start = time.perf_counter(); import course_utils.data\n"
    code += "print(time.perf_counter() - start, 'PIL' in sys.modules)\n"
    code += "import course_utils.training; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    has_torch, seconds, has_pillow, *modules = run.stdout.decode().split()
    assert (has_torch, has_pillow) == ("False", "False") and float(seconds) < 0.5
    assert not {"torchvision", "matplotlib", "sklearn", "IPython"} & set(modules)


@needs_fashion_mnist
@pytest.mark.usefixtures("real_data")
def test_complete_fashion_mnist():
    data, counts = fashion_mnist(), "55,000 train, 5,000 validation, 10,000 test"
    assert data.source == f"FashionMNIST, complete: {counts}"
    assert data.is_complete and data.val_targets.bincount().tolist() == [500] * 10
    whole = fashion_mnist(val_size=0)
    assert len(whole.train_images) == 60_000
    assert whole.mean.item() == pytest.approx(0.2860, abs=5e-5)
    assert whole.std.item() == pytest.approx(0.3530, abs=5e-5)


@needs_fashion_mnist
def test_the_sample_is_made_from_the_complete_data(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "tools")
    from make_sample import sample

    made = sample(Path(REAL, "FashionMNIST", "raw"))
    kept = read_npz(sources.SAMPLE_FILE)
    assert made.keys() == kept.keys()
    for name, values in made.items():
        assert torch.equal(torch.from_numpy(values), kept[name])


@needs_cifar10_images
@pytest.mark.usefixtures("real_data")
def test_complete_cifar10_images_are_decoded_once():
    start = time.monotonic()
    cifar10(val_size=0)
    decoded = time.monotonic()
    data = cifar10(val_size=0)
    assert time.monotonic() - decoded < (decoded - start) / 2
    counts = "50,000 train, 0 validation, 10,000 test"
    assert data.source == f"CIFAR-10 as JPEG, complete: {counts}"
    assert data.train_targets.bincount().tolist() == [5000] * 10
    # The official files have .4914 .4822 .4465; JPEG keeps means within rounding.
    expected = torch.tensor([0.4914, 0.4822, 0.4465])
    torch.testing.assert_close(data.mean, expected, atol=3e-4, rtol=0)
