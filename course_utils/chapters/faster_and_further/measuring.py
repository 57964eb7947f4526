"""How the lesson measures a step, compiles a function and starts other processes."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch
from torch.profiler import record_function

from course_utils.runtime import current_profile

Value = TypeVar("Value")

LOOPBACK = {"linux": "lo", "darwin": "lo0"}


def time_in_turns(
    functions: Mapping[str, Callable],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the median seconds of each function: they take turns, warmed up before."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(rounds):
        for name, function in functions.items():
            began = clock()
            function()
            seconds[name].append(clock() - began)
    return {name: median(times) for name, times in seconds.items()}


def finished(value: Value) -> Value:
    """Return a value, once all is done that a GPU was told to do."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    return value


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Give what is done in a ``with`` block a name that the profiler knows."""
    with record_function(name):
        yield
        finished(None)


def compiled(function: Callable, *examples: Any) -> Callable:
    """Return what ``torch.compile`` makes of a function, called once with examples.

    Where it cannot, or time is short, a line says so, and the function comes back.
    """
    if current_profile().name == "ci":
        print("not compiled: that takes up to a minute, which the ci profile saves")
        return function
    # It says at length that there is no GPU.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    faster = torch.compile(function)
    try:
        faster(*examples)
    except RuntimeError as error:  # no C++ compiler, or a Python that is too new
        print(f"not compiled, and used as it is: {str(error).strip().splitlines()[0]}")
        return function
    return faster


def train_in_processes(words: Sequence[str]) -> dict[str, list[float]]:
    """Run ``python`` with words that train; return the history in its checkpoint.

    It sees the ci profile's images, one thread a process, and no network but this
    machine's own. RuntimeError with its last lines if it fails.
    """
    one_thread = {"COURSE_PROFILE": "ci", "OMP_NUM_THREADS": "1"}
    # Or processes look for each other by the machine's name, which may lead nowhere.
    alone = {"GLOO_SOCKET_IFNAME": LOOPBACK.get(sys.platform, "")}
    alone |= {"USE_LIBUV": "0"} if sys.platform == "win32" else {}
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run.pt"
        done = subprocess.run(
            [sys.executable, *words, f"--checkpoint={run}"],
            env=os.environ | one_thread | {k: v for k, v in alone.items() if v},
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            last = "\n".join(done.stderr.splitlines()[-20:])
            raise RuntimeError(f"exit code {done.returncode}; its last lines:\n{last}")
        return torch.load(run, weights_only=True)["history"]
