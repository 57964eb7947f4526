"""Data sets are looked for in order, what was taken is said, and nothing hangs."""

import gzip
import os
import re
import socket
import ssl
import sys
import threading
import time
from http.client import BadStatusLine
from pathlib import Path
from urllib.error import HTTPError, URLError

import data_files
import numpy as np
import pytest
import torch
from data_files import idx, md5, write_cifar10, write_fashion_mnist

from course_utils.data import DataError, sources
from course_utils.data.sources import SAMPLE_FILE, DownloadError, download, in_colour

pytestmark = pytest.mark.usefixtures("data_dir")
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
WHOLE = data_files.fashion_mnist_files()


def find(name="FASHION_MNIST"):
    return sources.find(getattr(sources, name))


def write_cifar10_images(data_dir):
    for part in ("train", "test"):
        folder = data_dir / "cifar10" / part
        data_files.write_classes(folder, sources.CIFAR10.class_names, count=1)
    return data_dir / "cifar10"


def test_the_data_folder_is_named_or_in_the_checkout_or_else_in_the_cache(
    data_dir, tmp_path, monkeypatch
):
    assert sources.data_folder() == ("COURSE_DATA_DIR", data_dir)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_DATA_DIR", "~/내 사진")
    with pytest.raises(
        DataError, match="COURSE_DATA_DIR is '~/내 사진', but there is no"
    ):
        find()
    (tmp_path / "내 사진").mkdir()
    assert sources.data_folder() == ("COURSE_DATA_DIR", tmp_path / "내 사진")
    monkeypatch.delenv("COURSE_DATA_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here = tmp_path / "course_utils" / "data" / "sources.py"
    monkeypatch.setattr(sources, "__file__", str(here))
    name, folder = sources.data_folder()
    assert (name, folder.parent) == ("the user's cache", tmp_path / "cache")
    (tmp_path / "pyproject.toml").write_text("")
    assert sources.data_folder() == ("data/", tmp_path / "data")


def test_files_in_the_data_folder_come_first_and_are_named_once(data_dir, capsys):
    raw = write_fashion_mnist(data_dir, train=24, test=10)
    found, *_ = (find() for _ in range(3))
    assert found.train.images.shape == (24, 1, 28, 28)
    assert (found.name, found.location) == ("FashionMNIST, not complete", raw)
    assert not found.is_complete
    assert capsys.readouterr().out == (
        "FashionMNIST, not complete (24 + 10 images): found in COURSE_DATA_DIR.\n"
    )


def test_fashion_mnist_is_what_torchvision_reads_packed_or_not(data_dir):
    from torchvision.datasets import FashionMNIST

    raw = write_fashion_mnist(data_dir)
    train, test = (FashionMNIST(data_dir, train=train) for train in (True, False))
    for name, content in WHOLE.items():
        found = find()
        for split, expected in ((found.train, train), (found.test, test)):
            assert torch.equal(split.images, expected.data[:, None])
            assert torch.equal(split.targets, expected.targets)
        (raw / name).unlink()
        (raw / f"{name}.gz").write_bytes(gzip.compress(content))
    assert list(found.class_names) == FashionMNIST.classes


@pytest.mark.parametrize("packed", [False, True])
def test_files_of_another_data_set_with_the_same_names_are_refused(
    data_dir, monkeypatch, packed
):
    lengths = {name: len(content) for name, content in WHOLE.items()}
    official = {name: (lengths[name], md5(WHOLE[name])) for name in WHOLE}
    monkeypatch.setattr(sources, "FASHION_MNIST_MD5", official)
    raw = write_fashion_mnist(data_dir)
    find()
    content = bytearray(WHOLE[IMAGES])
    content[-1] ^= 1
    (raw / IMAGES).unlink()
    name = f"{IMAGES}.gz" if packed else IMAGES
    (raw / name).write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=f"{name} has the wrong checksum: .*another"):
        find()


@pytest.mark.parametrize("profile", ["cpu", "ci"])
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (IMAGES, WHOLE[IMAGES][:-1], "has 18,815 pixels for 24 labels"),
        (IMAGES, b"<html>not found</html>", "has 6 pixels for 24 labels"),
        (IMAGES, idx(np.zeros((24, 32, 32))), "has 24,576 pixels"),
        (LABELS, idx(np.arange(23) % 10), "has 18,816 pixels for 23 labels"),
        (LABELS, b"", "has 18,816 pixels for 0 labels"),
        (LABELS, None, f"{LABELS} is missing"),
        (LABELS, idx(np.arange(24)), "the label 23, above 9"),
        (f"{LABELS}.gz", b"cut", r"labels-idx1-ubyte\.gz cannot be read"),
    ],
    ids=range(8),
)
def test_a_broken_copy_is_named_with_a_remedy(
    data_dir, monkeypatch, profile, name, content, words
):
    monkeypatch.setenv("COURSE_PROFILE", profile)
    raw = write_fashion_mnist(data_dir)
    (raw / name.removesuffix(".gz")).unlink()
    if content is not None:
        (raw / name).write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        find()
    remedy = f"Delete {raw} and run `{sys.executable} -m course_utils data`"
    assert str(caught.value).startswith(str(raw)) and remedy in str(caught.value)


def test_official_cifar10_files_come_before_images(data_dir, monkeypatch):
    images = write_cifar10_images(data_dir)
    assert find("CIFAR10").location == images
    for image in images.rglob("*.png"):
        image.rename(image.with_suffix(".JPG"))  # Pillow looks at the content
    found = find("CIFAR10")
    assert found.name == "CIFAR-10 as JPEG, not complete"
    assert found.class_names == sources.CIFAR10.class_names
    folder = write_cifar10(data_dir, monkeypatch)
    found = find("CIFAR10")
    assert (found.name, found.location) == ("CIFAR-10, not complete", folder)
    assert found.train.images.shape == (20, 3, 32, 32)
    assert found.train.images.is_contiguous()
    assert (found.train.images[:, 0] == 7).all()
    assert found.train.images[:, 1:].unique().tolist() == [0, 1]
    assert found.train.targets.tolist() == 2 * list(range(10))
    assert found.test.images[:, 1:].unique().tolist() == [2]


@pytest.mark.parametrize("name", ["data_batch_2", "test_batch", "batches.meta"])
def test_altered_cifar10_is_never_unpickled(data_dir, monkeypatch, name):
    file = write_cifar10(data_dir, monkeypatch) / name
    harm = data_dir / "harm"
    file.write_bytes(b"cposix\nsystem\n(S'touch %b'\ntR." % bytes(harm))
    with pytest.raises(DataError, match=f"{name} has the wrong checksum. Delete"):
        find("CIFAR10")
    assert not harm.exists()
    file.unlink()
    with pytest.raises(DataError, match=f"{name} is missing. Delete"):
        find("CIFAR10")


def test_images_of_cifar10_have_its_classes_and_its_size(data_dir):
    folder = write_cifar10_images(data_dir)
    for image in folder.rglob("*.png"):
        data_files.write_image(image, (0, 0, 0), size=28)
    with pytest.raises(DataError, match="not 32 x 32"):
        find("CIFAR10")
    for part in ("train", "test"):
        (folder / part / "truck").rename(folder / part / "lorry")
    with pytest.raises(DataError, match="CIFAR-10 has airplane.*truck. Rename or move"):
        find("CIFAR10")


@pytest.fixture
def served(data_dir, monkeypatch):
    """What torchvision would get from the network: FashionMNIST with tiny files."""
    from torchvision.datasets import utils

    files = data_files.packed_fashion_mnist(monkeypatch)

    def retrieve(url, filename):
        content = files[url.rpartition("/")[2]]
        if isinstance(content, KeyboardInterrupt):
            raise content
        Path(filename).write_bytes(content)

    monkeypatch.setattr(utils, "_get_redirect_url", lambda url, **_: url)
    monkeypatch.setattr(utils, "_urlretrieve", retrieve)
    monkeypatch.setattr(sources, "_probe", lambda url: None)
    return files


@pytest.fixture
def silent():
    """The address of a server that never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def seconds_until_it_fails(words, folder, **change):
    start = time.monotonic()
    with pytest.raises(DownloadError, match=words):
        download(sources.FASHION_MNIST._replace(**change), folder)
    return time.monotonic() - start


@pytest.mark.usefixtures("served")
def test_what_is_missing_is_downloaded(data_dir, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_DATA_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(data_dir / "new"))
    here = data_dir / "course_utils" / "data" / "sources.py"
    monkeypatch.setattr(sources, "__file__", str(here))
    _, folder = sources.data_folder()
    assert find().train.targets.tolist()[:12] == [*range(10), 0, 1]
    assert "(24 + 10 images): downloaded to the user's cache" in capsys.readouterr().out
    raw = (folder / "FashionMNIST" / "raw").iterdir()
    assert {file.name: file.read_bytes() for file in raw} == WHOLE
    assert os.listdir(folder) == ["FashionMNIST"]


def test_a_stalled_download_is_given_up(silent, data_dir, monkeypatch):
    from torchvision.datasets import FashionMNIST

    assert sources.STALL_SECONDS == 20
    monkeypatch.setattr(sources, "STALL_SECONDS", 0.3)
    monkeypatch.setattr(sources, "_probe", lambda url: None)
    monkeypatch.setattr(FashionMNIST, "mirrors", [silent])
    assert seconds_until_it_fails("nothing more came for 0.3 s", data_dir) < 10
    assert list(data_dir.iterdir()) == []
    assert socket.getdefaulttimeout() is None


def test_a_download_that_fails_says_so_and_leaves_nothing_behind(served, data_dir):
    served[f"{LABELS}.gz"] = b"not the official data"
    seconds_until_it_fails(r"^the download failed \(.*corrupted\.\)$", data_dir)
    served[f"{LABELS}.gz"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        find()
    assert list(data_dir.iterdir()) == []
    (data_dir / "file").write_text("")
    seconds_until_it_fails("it cannot be written", data_dir / "file" / "data")


def test_a_silent_server_and_a_hanging_look_up_are_given_up(
    silent, data_dir, monkeypatch
):
    assert sources.PROBE_SECONDS == 3
    monkeypatch.setattr(sources, "PROBE_SECONDS", 0.3)
    words, hangs = "no download from 127.* .no answer in 0.3 s", threading.Event()
    assert seconds_until_it_fails(words, data_dir, url=silent) < 3
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: hangs.wait(5))
    assert seconds_until_it_fails(words, data_dir) < 3
    hangs.set()


CERTIFICATE = ssl.SSLCertVerificationError(1, "certificate verify failed")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (HTTPError("", 403, "Forbidden", {}, None), "HTTP Error 403: Forbidden"),
        (URLError(CERTIFICATE), "certificate verify failed"),
        (OSError("Tunnel connection failed: 407"), "Tunnel connection failed: 407"),
        (BadStatusLine("hello"), "hello"),
    ],
    ids=range(4),
)
def test_what_a_server_says_is_passed_on(error, words, monkeypatch, capsys):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    find()
    line = capsys.readouterr().out
    assert "COURSE_DATA_DIR is empty; no download from 127.0.0.1 (" in line
    assert words in line and "no network" not in line


def test_a_full_disk_is_told_and_nothing_stays(data_dir, monkeypatch, capsys):
    from torchvision import datasets

    def full(folder, **_):
        (folder / "half").write_bytes(b"half")
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr(sources, "_probe", lambda url: None)
    monkeypatch.setattr(datasets, "FashionMNIST", full)
    find()
    line = capsys.readouterr().out
    assert "the download failed (No space left on device)" in line
    assert str(data_dir) not in line and list(data_dir.iterdir()) == []


def test_torchvision_fetches_from_where_we_ask():
    from torchvision.datasets import CIFAR10, FashionMNIST

    asked = Path(sources.__file__).read_text()  # this process knows no network
    assert f'"{FashionMNIST.mirrors[0]}{FashionMNIST.resources[-1][0]}"' in asked
    assert f'"{CIFAR10.url}"' in asked


def test_without_network_the_sample_comes_soon(data_dir, capsys):
    (data_dir / "FashionMNIST" / "raw").mkdir(parents=True)  # empty, so it counts not
    start = time.monotonic()
    found = find()
    assert time.monotonic() - start < 5
    assert found.name == "FashionMNIST, bundled sample" and not found.is_complete
    line = capsys.readouterr().out
    assert (
        "(10,000 + 2,000 images): COURSE_DATA_DIR has other data: 1 (FashionMNIST); "
        in line
    )
    assert "no download from 127.0.0.1 (" in line and "refused" in line
    assert "data later: `python -m course_utils data`.\n" in line
    assert str(data_dir) not in line and sys.prefix not in line


def test_the_ci_profile_never_downloads(monkeypatch, capsys):
    monkeypatch.setattr(sources, "_probe", lambda url: pytest.fail("it tried to"))
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    assert "sample" in find().name and "stand-in" in find("CIFAR10").name
    assert "the ci profile downloads nothing" in capsys.readouterr().out


def test_the_sample_is_small_balanced_and_keeps_its_licence():
    found = find()
    assert found.train.targets.bincount().tolist() == [1000] * 10
    assert found.test.targets.bincount().tolist() == [200] * 10
    assert SAMPLE_FILE.stat().st_size < 6_000_000
    notice = SAMPLE_FILE.with_name("FASHION_MNIST_LICENSE.txt").read_text()
    assert re.search("(?s)Copyright .c. 2017 Zalando SE.*Permission is hereby", notice)


def test_the_stand_in_has_cifar10s_shape_but_never_its_name():
    found, again = find("CIFAR10"), find("CIFAR10")
    assert found.name == "stand-in made from FashionMNIST, not CIFAR-10"
    assert found.class_names == sources.FASHION_MNIST.class_names
    assert not found.is_complete
    assert found.train.images.shape == (10_000, 3, 32, 32)
    assert found.test.images.shape == (2_000, 3, 32, 32)
    assert torch.equal(found.train.images, again.train.images)
    assert torch.equal(found.test.targets, find().test.targets)


def test_garments_stand_out_from_their_background_in_every_channel():
    garments = find().test
    images = in_colour(garments, seed=0).images.int()
    contrast = images.amax((2, 3)) - images.amin((2, 3))
    strongest = garments.images.amax((1, 2, 3)) / 255
    assert (contrast >= 63 * strongest[:, None]).all()
    corners = images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.float().std() > 50  # backgrounds differ between images
    for image, garment in zip(images[:50], garments.images):
        windows = image[0].unfold(0, 28, 1).unfold(1, 28, 1).reshape(25, -1)
        both = torch.cat([garment.reshape(1, -1), windows]).double()
        assert both.corrcoef()[0, 1:].abs().max() > 0.99, "is still the garment"
