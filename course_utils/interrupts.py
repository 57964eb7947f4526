"""Where a run may be stopped from outside: between two batches, never in an import.

An import that is cut short leaves half a module behind, and the process broken.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

checking = threading.Event()  # set while an exercise's check runs an answer


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


def is_importing(frame: FrameType | None) -> bool:
    while frame is not None and "importlib" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None
