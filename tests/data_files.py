"""Write small data files for the tests."""

import hashlib
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def idx(values: np.ndarray) -> bytes:
    """Return `values` as an idx file's content."""
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return header + values.astype(np.uint8).tobytes()


def fashion_mnist_files(train: int = 24, test: int = 10) -> dict[str, bytes]:
    """Return the four files; image i is all i, its label i modulo ten."""
    files = {}
    for prefix, count in (("train", train), ("t10k", test)):
        images = np.arange(count)[:, None, None] * np.ones((28, 28))
        files[f"{prefix}-images-idx3-ubyte"] = idx(images)
        files[f"{prefix}-labels-idx1-ubyte"] = idx(np.arange(count) % 10)
    return files


def write_fashion_mnist(data_dir: Path, **sizes: int) -> Path:
    """Write the four files where torchvision keeps them; return their folder."""
    raw = data_dir / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in fashion_mnist_files(**sizes).items():
        (raw / name).write_bytes(content)
    return raw


def write_image(file: Path, colour: tuple[int, ...], size: int = 32) -> None:
    """Write an image of one colour, square, in the format of the suffix."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size, size), colour).save(file)


def write_classes(folder: Path, class_names: tuple[str, ...], count: int = 2) -> None:
    """Write `count` images per class; red tells the class, green the number."""
    for target, name in enumerate(class_names):
        for i in range(count):
            write_image(folder / name / f"{i:04}.png", (target, i, 0))


def write_cifar10(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write tiny files in CIFAR-10's format, and make their checksums official."""
    from torchvision.datasets import CIFAR10

    folder = data_dir / CIFAR10.base_folder
    folder.mkdir()

    def write(name: str, content: dict) -> list[str]:
        (folder / name).write_bytes(pickle.dumps(content))
        return [name, hashlib.md5((folder / name).read_bytes()).hexdigest()]

    def batch(count: int, value: int) -> dict:
        pixels = np.full((count, 3, 32, 32), value, np.uint8)
        pixels[:, 0] = 7  # tells red, the first channel, from the others
        return {"data": pixels.reshape(count, -1), "labels": list(range(count))}

    meta = write("batches.meta", {"label_names": ["any"] * 10})
    train = [write("data_batch_1", batch(10, 1)), write("data_batch_2", batch(10, 2))]
    monkeypatch.setattr(CIFAR10, "train_list", train)
    monkeypatch.setattr(CIFAR10, "test_list", [write("test_batch", batch(10, 3))])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": meta[1]})
    return folder
