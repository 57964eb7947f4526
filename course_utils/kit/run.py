"""Run what a learner wrote: on copies, with a time limit, leaving no trace."""

import copy
import ctypes
import itertools
import os
import random
import re
import signal
import sys
import sysconfig
import textwrap
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from course_utils.interrupts import checking, is_importing

SECONDS = 3.0  # what an answer may compute, unless a check says otherwise
PATIENCE = 5  # times as long it may take where the machine does something else
MOST_TEXT = 20_000  # letters that it may print

_AGAIN = 0.001
_NOT_THE_LEARNERS = (sysconfig.get_path("stdlib"), str(Path(__file__).parents[1]), "<")


class OutOfTime(BaseException):
    """The time is up; not an `Exception`, so that ``except Exception`` lets it pass."""


@dataclass(frozen=True)
class Outcome:
    """What a function returned or raised; positions and names of what it changed."""

    value: Any = None
    error: BaseException | None = None
    changed: tuple[int | str, ...] = ()

    @property
    def is_stub(self) -> bool:
        """Whether a line of the learner's says that nothing is written yet.

        PyTorch raises the same error where it has nothing for a dtype, with words.
        """
        stub = "raise NotImplementedError"
        error = self.error
        said = isinstance(error, NotImplementedError)
        return said and (not error.args or stub in where_it_stopped(error))


def run(
    function: Callable,
    args: Sequence = (),
    options: Mapping[str, Any] | None = None,
    *,
    seconds: float = SECONDS,
) -> Outcome:
    """Call a function that may do anything, and report what came of it.

    It gets copies of the arguments. The global random states and settings of Python,
    NumPy and (if it is loaded) PyTorch are restored afterwards; of what it prints, the
    first part is shown; a process that it forks ends at once. ``KeyboardInterrupt``
    passes. A loop in Python is stopped when the time is up; one long call into C is
    not, nor is ``os._exit``, which ends the kernel.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    limit = _alarm if in_main_thread and hasattr(signal, "setitimer") else _watcher
    no_flood, seconds = redirect_stdout(_Start(sys.stdout)), max(seconds, _AGAIN)
    try:
        given = copy.deepcopy((args, options or {}))
        # `chdir` is for its end: it comes back to this folder.
        with _settings_kept(), chdir("."), no_flood, limit(seconds):
            value = _call(function, *given)
    except (Exception, SystemExit, OutOfTime) as error:
        return Outcome(error=error)
    changed = [i for i, arg in enumerate(args) if not _same(arg, given[0][i])]
    changed += [key for key, now in given[1].items() if not _same(options[key], now)]
    return Outcome(value, changed=tuple(changed))


def how_it_stopped(error: BaseException, *, seconds: float = SECONDS) -> str:
    """Say what ended a function: ``"stopped with NameError: …, at line 3: i += 1"``."""
    what = f"still running after {seconds:g} seconds"
    if not isinstance(error, OutOfTime):
        words = " ".join(traceback.format_exception_only(error))
        words = re.sub(r"\x1b\[[\d;]*m", "", words)  # colours of a terminal
        what = f"stopped with {textwrap.shorten(words, 200)}"
    place = where_it_stopped(error)
    return f"{what}, at {place}" if place else what


def where_it_stopped(error: BaseException) -> str:
    """Return the learner's line that an error comes from; "" if none was reached."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if _is_the_learners(step.filename)]
    return f"line {own[-1].lineno}: {own[-1].line}" if own else ""


def _is_the_learners(filename: str) -> bool:
    elsewhere = "-packages" in filename or filename.startswith(_NOT_THE_LEARNERS)
    return filename.startswith("<ipython-input") or not elsewhere


def _call(function: Callable, args: Sequence, options: Mapping[str, Any]) -> Any:
    return function(*args, **options)


def _same(one: object, other: object) -> bool:
    if isinstance(one, dict):
        return isinstance(other, dict) and _same([*one.items()], [*other.items()])
    if isinstance(one, list | tuple):
        fits = isinstance(other, list | tuple) and len(one) == len(other)
        return fits and all(map(_same, one, other))
    if isinstance(one, int | float | complex | str | bytes | set):
        alike = type(one) is type(other)
        return alike and (one == other or one != one)  # NaN differs from itself
    return not hasattr(one, "__array__") or np.array_equal(one, other)


@contextmanager
def _settings_kept() -> Iterator[None]:
    # NumPy's global state is legacy, but learners' code may well use it.
    states: list[tuple[Callable, Any]] = [
        (sys.setrecursionlimit, sys.getrecursionlimit()),
        (random.setstate, random.getstate()),
        (np.random.set_state, np.random.get_state()),  # noqa: NPY002
        (lambda nested: nested or checking.clear(), checking.is_set()),
    ]
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "ask_exit"):  # whose exit() ends the kernel
        states.append((partial(setattr, shell, "ask_exit"), shell.ask_exit))
        shell.ask_exit = sys.exit
    torchs_states = nullcontext()
    if torch := sys.modules.get("torch"):
        states += [
            (torch.set_grad_enabled, torch.is_grad_enabled()),
            (torch.set_default_dtype, torch.get_default_dtype()),
            (torch.set_num_threads, torch.get_num_threads()),
        ]
        on_gpu = torch.cuda.is_initialized()
        devices = range(torch.cuda.device_count() if on_gpu else 0)
        torchs_states = torch.random.fork_rng(devices=devices)
    with torchs_states, warnings.catch_warnings(), np.errstate(), np.printoptions():
        checking.set()  # whatever is forked now ends at once
        try:
            yield
        finally:
            for restore, state in states:
                restore(state)


class _Start:
    """A stream that hands on only the beginning of what is written."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.left = stream, MOST_TEXT

    def write(self, text: str) -> int:
        if self.left > 0:
            self.stream.write(text[: self.left])
            if len(text) > self.left:
                self.stream.write(" … (the rest is left out)\n")
        self.left -= len(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


if hasattr(os, "register_at_fork"):
    # A copy of the kernel would answer on the kernel's own channels.
    os.register_at_fork(after_in_child=lambda: checking.is_set() and os._exit(0))


class Budget:
    """Seconds of computing, or `PATIENCE` times as many of waiting."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        self.began, self.computed = time.monotonic(), time.process_time()

    def left(self) -> float:
        waited = (time.monotonic() - self.began) / PATIENCE
        return self.seconds - max(waited, time.process_time() - self.computed)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    # A bare `except:` swallows the exception unless it comes when no `try` is active:
    # at a varying moment after the last one, sooner or later it does. Long moments
    # first, so that code without such an `except` ends before the second one.
    microseconds = itertools.cycle(range(200, 0, -1))

    budget = Budget(seconds)

    def ring(_: int, frame: FrameType | None) -> None:
        if is_importing(frame):  # what PyTorch imports late is not the learner's time
            budget.restart()
        if (left := budget.left()) > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left, _AGAIN), _AGAIN)
        elif _is_calling(frame):
            signal.setitimer(signal.ITIMER_REAL, 1e-6 * next(microseconds), _AGAIN)
            raise OutOfTime

    started = time.monotonic()
    handler = signal.signal(signal.SIGALRM, ring)
    delay, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        if delay:
            left = delay - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, _AGAIN), interval)


@contextmanager
def _watcher(seconds: float) -> Iterator[None]:
    thread, over, budget = threading.get_ident(), threading.Event(), Budget(seconds)

    def watch() -> None:
        pause = seconds
        while not over.wait(pause):
            frame = sys._current_frames().get(thread)
            if is_importing(frame):
                budget.restart()
            pause = max(budget.left(), _AGAIN)
            if budget.left() <= 0 and _is_calling(frame):
                _raise_in(thread, OutOfTime)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def stop() -> None:
        over.set()
        watcher.join()
        _raise_in(thread, None)

    try:
        yield
    finally:
        # One exception may still be under way when the function has just returned.
        try:
            stop()
        except OutOfTime:
            stop()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    what = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)


def _is_calling(frame: FrameType | None) -> bool:
    # Only below `_call` may time run out: never in the code that tidies up after it.
    while frame is not None and frame.f_code is not _call.__code__:
        frame = frame.f_back
    return frame is not None
