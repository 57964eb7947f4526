"""A download comes whole or not at all, and never hangs."""

import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from data_files import fashion_mnist_files

from course_utils.data import download
from course_utils.data.download import DownloadError, Remote, fetch

pytestmark = pytest.mark.usefixtures("data_dir")

# What torchvision does in the child, without its import time and checksums.
CHILD = """
import pathlib, sys, urllib.request
url, staging = sys.argv[1:]
raw = pathlib.Path(staging, "FashionMNIST", "raw")
raw.mkdir(parents=True)
(raw / "packed.gz").write_bytes(b"to be left out")
pathlib.Path(staging, "started").write_bytes(b"this too")
for name in urllib.request.urlopen(url + "names").read().decode().split():
    with urllib.request.urlopen(url + name) as answer, open(raw / name, "wb") as out:
        while piece := answer.read(1000):
            out.write(piece)
            out.flush()
"""


class Server(ThreadingHTTPServer):
    """Serves `files`, each up to `limit` bytes, after which it ends or waits."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.limit: int | None = None
        self.stalls = self.silent = False
        self.stopped = threading.Event()

    @property
    def remote(self) -> Remote:
        url = f"http://127.0.0.1:{self.server_port}/"
        return Remote("FashionMNIST", url, "names", size=1)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        if self.server.silent:
            self.server.stopped.wait()
        self.send_response(200 if self.path == "/names" else 404)
        self.end_headers()

    def do_GET(self) -> None:
        files = self.server.files
        content = {**files, "names": " ".join(files).encode()}.get(self.path[1:])
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write((content or b"")[: self.server.limit])
        if self.server.stalls:
            self.server.stopped.wait()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with _serving() as running:
        running.files = fashion_mnist_files()
        yield running


@pytest.fixture
def quick_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        download,
        "_command",
        lambda remote, staging: [sys.executable, "-c", CHILD, remote.url, str(staging)],
    )


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[download.subprocess.Popen]:
    started, watch = [], download._watch

    def watching(child: download.subprocess.Popen, *rest: object) -> None:
        started.append(child)
        watch(child, *rest)

    monkeypatch.setattr(download, "_watch", watching)
    return started


def _seconds(action: Callable[[], object]) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def _fails(remote: Remote, folder: Path, words: str) -> float:
    def attempt() -> None:
        with pytest.raises(DownloadError, match=words):
            fetch(remote, folder)

    return _seconds(attempt)


@pytest.mark.usefixtures("quick_child")
def test_what_was_downloaded_lies_in_the_data_folder(
    server: Server, data_dir: Path
) -> None:
    fetch(server.remote, data_dir)
    raw = data_dir / "FashionMNIST" / "raw"
    assert {f.name: f.read_bytes() for f in raw.iterdir()} == server.files
    assert os.listdir(data_dir) == ["FashionMNIST"]


@pytest.mark.usefixtures("quick_child")
def test_data_folder_is_made(server: Server, data_dir: Path) -> None:
    fetch(server.remote, data_dir / "new" / "folder")
    assert (data_dir / "new" / "folder" / "FashionMNIST" / "raw").is_dir()


@pytest.mark.usefixtures("quick_child")
def test_a_stalled_download_is_stopped(
    server: Server,
    data_dir: Path,
    children: list,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "STALL_SECONDS", 1.0)
    server.limit, server.stalls = 4000, True
    assert _fails(server.remote, data_dir, "nothing more came for 1 s") < 20
    assert [child.poll() for child in children] != [None]
    assert list(data_dir.iterdir()) == []


def test_a_child_that_never_starts_is_stopped(
    server: Server, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "START_SECONDS", 0.5)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(download, "_command", lambda *_: sleeper)
    assert _fails(server.remote, data_dir, "nothing more came for 0.5 s") < 20


@pytest.mark.usefixtures("quick_child")
def test_interrupting_stops_the_child_and_leaves_nothing(
    server: Server, data_dir: Path, children: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(folder: Path) -> int:
        raise KeyboardInterrupt

    server.stalls = True
    monkeypatch.setattr(download, "_bytes_in", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(server.remote, data_dir)
    assert [child.poll() for child in children] != [None]
    assert list(data_dir.iterdir()) == []


@pytest.mark.usefixtures("quick_child")
def test_a_child_that_fails_is_quoted(server: Server, data_dir: Path) -> None:
    server.limit = 10
    assert _fails(server.remote, data_dir, r"failed \(.*\)")
    assert list(data_dir.iterdir()) == []


def test_torchvision_refuses_what_is_not_the_official_data(
    server: Server, data_dir: Path
) -> None:
    server.files = {"train-images-idx3-ubyte.gz": b"cut off"}
    _fails(server.remote, data_dir, "download failed .*corrupted")
    assert list(data_dir.iterdir()) == []


def test_a_silent_server_is_given_up(
    server: Server, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert download.PROBE_SECONDS == 3
    monkeypatch.setattr(download, "PROBE_SECONDS", 0.5)
    server.silent = True
    assert _fails(server.remote, data_dir, "no network") < 3
    assert list(data_dir.iterdir()) == []


def test_a_name_that_cannot_be_looked_up_in_time_is_given_up(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PROBE_SECONDS", 0.2)
    hangs = threading.Event()

    def open_late(*_: object, **__: object) -> io.BytesIO:
        hangs.wait(5)
        return io.BytesIO()

    monkeypatch.setattr(download.urllib.request, "urlopen", open_late)
    remote = Remote("FashionMNIST", "http://example.invalid/", "", size=1)
    assert _fails(remote, data_dir, "no answer within 0.2 s") < 3
    hangs.set()


def test_a_refused_connection_and_a_missing_file_are_told(
    server: Server, data_dir: Path
) -> None:
    closed = server.remote._replace(url="http://127.0.0.1:9/")
    assert _fails(closed, data_dir, "no network .*refused") < 3
    moved = server.remote._replace(probe="moved")
    assert _fails(moved, data_dir, "no network .Not Found") < 3


@pytest.mark.usefixtures("quick_child")
def test_a_folder_that_cannot_be_written_is_told(
    server: Server, data_dir: Path
) -> None:
    (data_dir / "file").write_text("")
    _fails(server.remote, data_dir / "file" / "data", "cannot be written")


@pytest.mark.parametrize("remote", [download.FASHION_MNIST, download.CIFAR10])
def test_torchvision_knows_these_data_sets(remote: Remote) -> None:
    from torchvision import datasets

    official = getattr(datasets, remote.dataset)
    assert remote.url in {
        getattr(official, "url", None),
        *getattr(official, "mirrors", ()),
    }
    names = [name for name, _ in getattr(official, "resources", [("", "")])]
    assert remote.probe in names
