"""Write small data files for the tests."""

import gzip
import hashlib
import pickle
import struct

import numpy as np
from PIL import Image


def idx(values):
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return header + values.astype(np.uint8).tobytes()


def fashion_mnist_files(train=24, test=10):
    """The four files; image i is all i, its label i modulo ten."""
    files = {}
    for prefix, count in (("train", train), ("t10k", test)):
        images = np.arange(count)[:, None, None] * np.ones((28, 28))
        files[f"{prefix}-images-idx3-ubyte"] = idx(images)
        files[f"{prefix}-labels-idx1-ubyte"] = idx(np.arange(count) % 10)
    return files


def write_fashion_mnist(data_dir, **sizes):
    """Write the four files where torchvision keeps them; return their folder."""
    raw = data_dir / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in fashion_mnist_files(**sizes).items():
        (raw / name).write_bytes(content)
    return raw


def write_image(file, colour, size=32):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size, size), colour).save(file)


def write_classes(folder, class_names, count=2):
    """Write `count` images per class; red tells the class, green the number."""
    for target, name in enumerate(class_names):
        for i in range(count):
            write_image(folder / name / f"{i:04}.png", (target, i, 0))


def write_cifar10(data_dir, monkeypatch):
    """Write tiny files in CIFAR-10's format, and make their checksums official."""
    from torchvision.datasets import CIFAR10

    files = {"batches.meta": {"label_names": ["any"] * 10}}
    for value, name in enumerate(("data_batch_1", "data_batch_2", "test_batch")):
        pixels = np.full((10, 3, 32, 32), value, np.uint8)
        pixels[:, 0] = 7  # tells red, the first channel, from the others
        files[name] = {"data": pixels.reshape(10, -1), "labels": list(range(10))}
    folder, sums = data_dir / CIFAR10.base_folder, []
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(pickle.dumps(content))
        sums.append([name, md5((folder / name).read_bytes())])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": sums[0][1]})
    monkeypatch.setattr(CIFAR10, "train_list", sums[1:3])
    monkeypatch.setattr(CIFAR10, "test_list", sums[3:])
    return folder


def packed_fashion_mnist(monkeypatch):
    """The four files as their server has them, with their checksums made official."""
    from torchvision.datasets import FashionMNIST

    unpacked = fashion_mnist_files().items()
    files = {f"{name}.gz": gzip.compress(content) for name, content in unpacked}
    resources = [(name, md5(content)) for name, content in files.items()]
    monkeypatch.setattr(FashionMNIST, "resources", resources)
    return files


def md5(content):
    return hashlib.md5(content).hexdigest()
