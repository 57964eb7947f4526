"""Fetch a data set in a child process that is stopped when it stalls.

The child runs this file as a script and lets torchvision download, unpack and compare
checksums in a folder of its own. Files move to the data folder only when all is there.
"""

import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

PROBE_SECONDS = 3.0
START_SECONDS = 60.0  # importing torchvision from a cold disk can take a while
STALL_SECONDS = 20.0


class DownloadError(Exception):
    """A data set could not be fetched; says why in one clause."""


class Remote(NamedTuple):
    """Where torchvision fetches a data set from.

    Parameters
    ----------
    dataset
        Name of the class in ``torchvision.datasets``.
    url
        What it is given as ``url`` or as its only mirror.
    probe
        A small request that tells whether the server answers: appended to `url`.
    size
        Bytes that downloading and unpacking write, for the progress bar.
    """

    dataset: str
    url: str
    probe: str
    size: int


FASHION_MNIST = Remote(
    "FashionMNIST",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "t10k-labels-idx1-ubyte.gz",
    size=85_800_000,
)
CIFAR10 = Remote(
    "CIFAR10",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "",
    size=356_700_000,
)


def fetch(remote: Remote, folder: Path) -> None:
    """Download a data set into `folder`, or change nothing there.

    Parameters
    ----------
    remote
        What to fetch.
    folder
        Data folder; made if needed.

    Raises
    ------
    DownloadError
        If the server does not answer within three seconds, the download stands still
        for twenty, what came is not the official data, or it cannot be written.
    """
    _probe(remote.url + remote.probe)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".download-", dir=folder, ignore_cleanup_errors=True
        ) as staging:
            _download(remote, Path(staging))
            _move_files(Path(staging), folder)
    except OSError as error:
        raise DownloadError(f"{folder} cannot be written ({error.strerror})") from error


def _probe(url: str) -> None:
    """Raise unless the server answers in time, even where looking up its name hangs."""
    answers: list[str] = []
    ask = threading.Thread(
        target=lambda: answers.append(_problem_with(url)), daemon=True
    )
    ask.start()
    ask.join(PROBE_SECONDS)
    problem = answers[0] if answers else f"no answer within {PROBE_SECONDS:g} s"
    if problem:
        raise DownloadError(f"no network ({problem})")


def _problem_with(url: str) -> str:
    """Return why `url` cannot be had, or an empty string where it can."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=PROBE_SECONDS).close()
    except (HTTPException, OSError) as error:
        return str(getattr(error, "reason", error))
    return ""


def _download(remote: Remote, staging: Path) -> None:
    """Run the child until it has finished, failed, or stood still for too long."""
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(
            _command(remote, staging), stdout=subprocess.DEVNULL, stderr=log
        ) as child:
            try:
                _watch(child, staging, remote)
            finally:
                child.kill()
        if child.returncode:
            log.seek(0)
            lines = log.read().decode(errors="replace").split("\n")
            reason = next((line for line in reversed(lines) if line.strip()), "?")
            raise DownloadError(f"the download failed ({reason.strip()})")


def _command(remote: Remote, staging: Path) -> list[str]:
    # -P keeps the modules beside this file from hiding others of the same name.
    return [sys.executable, "-P", __file__, remote.dataset, remote.url, str(staging)]


def _watch(child: subprocess.Popen, staging: Path, remote: Remote) -> None:
    """Show progress while files grow; raise where they have stopped growing."""
    from tqdm.auto import tqdm

    size, grown_at = 0, time.monotonic()
    with tqdm(
        desc=remote.dataset, total=remote.size, unit="B", unit_scale=True
    ) as progress:
        while child.poll() is None:
            time.sleep(0.1)
            grown = _bytes_in(staging) - size
            if grown:
                size, grown_at = size + grown, time.monotonic()
                progress.update(grown)
            limit = STALL_SECONDS if size else START_SECONDS
            if time.monotonic() - grown_at > limit:
                raise DownloadError(f"nothing more came for {limit:g} s")


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _move_files(staging: Path, folder: Path) -> None:
    """Move what was unpacked into `folder`, each file in one step."""
    for file in list(staging.glob("*/**/*")):
        if file.is_file() and file.suffix != ".gz":
            target = folder / file.relative_to(staging)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)


def _main(dataset: str, url: str, folder: str) -> None:
    from torchvision import datasets

    Path(folder, "started").write_text("The parent counts bytes from here on.")
    kind = getattr(datasets, dataset)
    kind.url, kind.mirrors = url, [url]
    kind(folder, download=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
