"""Files are read exactly, and broken ones are named."""

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import fashion_mnist_files, idx, write_cifar10, write_fashion_mnist

from course_utils.data.formats import (
    DataError,
    read_cifar10,
    read_fashion_mnist,
    read_idx,
    read_npz,
)

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
WHOLE = fashion_mnist_files()


@pytest.mark.parametrize("shape", [(5,), (3, 2), (2, 3, 4), (0, 3)])
def test_idx_files_keep_shape_and_values(tmp_path: Path, shape: tuple) -> None:
    values = np.arange(np.prod(shape)).reshape(shape)
    (tmp_path / "values").write_bytes(idx(values))
    assert torch.equal(read_idx(tmp_path / "values"), torch.tensor(values).byte())


def test_packed_idx_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "values.gz").write_bytes(gzip.compress(idx(np.arange(6))))
    assert read_idx(tmp_path / "values").tolist() == list(range(6))


def test_fashion_mnist_equals_torchvision(tmp_path: Path) -> None:
    from torchvision.datasets import FashionMNIST

    raw = write_fashion_mnist(tmp_path)
    for split in ("train", "test"):
        expected = FashionMNIST(tmp_path, train=split == "train")
        images, targets = read_fashion_mnist(raw, split)
        assert torch.equal(images, expected.data[:, None])
        assert torch.equal(targets, expected.targets)
        assert (images.dtype, targets.dtype) == (torch.uint8, torch.int64)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (IMAGES, WHOLE[IMAGES][:-1], r"bytes; shape \(24, 28, 28\) needs 18,832"),
        (IMAGES, WHOLE[IMAGES] + b"x", "18,833 bytes"),
        (IMAGES, WHOLE[IMAGES][:7], "7 bytes"),
        (IMAGES, b"", "begins with ; expected"),
        (IMAGES, b"\0\0\x08", "begins with 000008"),
        (IMAGES, b"<html>not found</html>", "begins with 3c68746d"),
        (IMAGES, WHOLE[LABELS], "not .N, 28, 28"),
        (IMAGES, idx(np.zeros((24, 32, 32))), "not .N, 28, 28"),
        (LABELS, WHOLE[IMAGES], "not .N,"),
        (LABELS, idx(np.arange(23) % 10), "24 images and 23 labels"),
        (LABELS, idx(np.arange(24)), "labels from 0 to 23; expected 0 to 9"),
        (LABELS, None, "is missing"),
    ],
)
def test_broken_fashion_mnist_is_named_with_a_remedy(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    raw = write_fashion_mnist(tmp_path)
    (raw / name).unlink()
    if content is not None:
        (raw / name).write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_fashion_mnist(raw, "train")
    assert str(raw) in str(caught.value)
    assert f"Delete {raw} and run `{sys.executable} -m course_utils data`" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"not packed", gzip.compress(b"x" * 999)[:20]],
    # Without names the time inside the packed bytes would be part of the test's.
    ids=["empty", "not packed", "truncated"],
)
def test_broken_packed_file_is_named(tmp_path: Path, content: bytes) -> None:
    raw = write_fashion_mnist(tmp_path)
    (raw / IMAGES).unlink()
    (raw / f"{IMAGES}.gz").write_bytes(content)
    with pytest.raises(DataError, match=rf"{IMAGES}\.gz"):
        read_fashion_mnist(raw, "train")


def test_cifar10_equals_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cifar10(tmp_path, monkeypatch)
    images, targets = read_cifar10(tmp_path, "train")
    assert images.shape == (20, 3, 32, 32)
    assert images.is_contiguous()
    assert (images[:, 0] == 7).all()
    assert images[:, 1:].unique().tolist() == [1, 2]
    assert targets.tolist() == 2 * list(range(10))
    assert read_cifar10(tmp_path, "test").images[:, 1:].unique().tolist() == [3]


@pytest.mark.parametrize("name", ["data_batch_2", "test_batch", "batches.meta"])
def test_altered_cifar10_is_never_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = write_cifar10(tmp_path, monkeypatch)
    harm = tmp_path / "harm"
    (folder / name).write_bytes(b"cposix\nsystem\n(S'touch %b'\ntR." % bytes(harm))
    with pytest.raises(DataError, match=f"{name} has the wrong checksum. Delete"):
        read_cifar10(tmp_path, "train")
    assert not harm.exists()


def test_missing_cifar10_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (write_cifar10(tmp_path, monkeypatch) / "data_batch_1").unlink()
    with pytest.raises(DataError, match="data_batch_1 is missing. Delete"):
        read_cifar10(tmp_path, "test")


def test_npz_arrays_become_tensors(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.zeros((2, 2), np.uint8))
    arrays = read_npz(tmp_path / "a.npz")
    assert arrays["x"].tolist() == [0, 1, 2]
    assert arrays["y"].shape == (2, 2)


def test_broken_npz_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, x=np.arange(1000))
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[4000] ^= 1
    np.save(tmp_path / "lone.npy", np.arange(3))
    lone = (tmp_path / "lone.npy").read_bytes()
    for content in (whole[:5000], bytes(damaged), b"", b"text", lone):
        file.write_bytes(content)
        with pytest.raises(DataError, match="a.npz cannot be read"):
            read_npz(file)


def test_npz_is_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="cannot be read"):
        read_npz(tmp_path / "a.npz")
