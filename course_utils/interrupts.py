"""Where a run may be stopped from outside: between two batches, never in an import.

An import that is cut short leaves half a module behind, and the process broken.
What a run that was killed has left among files is deleted by the next one.
"""

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

checking = threading.Event()  # set while an exercise's check runs an answer
STALE_SECONDS = 60.0


@contextmanager
def stop_after_batch() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a request to stop; let a second one raise."""
    requested = threading.Event()

    def request(signum: int, frame: FrameType | None) -> None:
        if requested.is_set() and not is_importing(frame):
            raise KeyboardInterrupt
        requested.set()

    if threading.current_thread() is not threading.main_thread():
        yield requested
        return
    previous = signal.signal(signal.SIGINT, request)
    try:
        yield requested
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def staging(folder: Path, prefix: str) -> Iterator[Path]:
    """Lend a folder to write in, and delete those that killed runs have left."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{prefix}*"):
        with suppress(OSError):  # another process may be faster
            last = max(path.stat().st_mtime for path in (left, *left.rglob("*")))
            if time.time() - last > STALE_SECONDS:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as lent:
        yield Path(lent)


def is_importing(frame: FrameType | None) -> bool:
    while frame is not None and "importlib" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None
