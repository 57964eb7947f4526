"""Whether what the learner wrote leaves its work to a function that exists."""

import dis
import sysconfig
from collections.abc import Callable, Container, Iterator
from inspect import unwrap
from types import CodeType, FunctionType
from typing import Any

_OWNERS = {"torch": "PyTorch's", "scipy": "SciPy's", "numpy": "NumPy's"}
_OWNERS |= {"sklearn": "scikit-learn's", "course_utils": "the course's"}

CONVOLUTIONS = ("conv2d", "Conv2d", "convolve", "convolve2d")
CONVOLUTIONS += ("correlate", "correlate2d", "fftconvolve", "oaconvolve")
POOLINGS = ("pool2d", "max_pool2d", "avg_pool2d", "MaxPool2d", "AvgPool2d")
POOLINGS += ("max_pool2d_with_indices", "maximum_filter", "uniform_filter")

LOOK_UPS = ("LOAD_GLOBAL", "LOAD_NAME")  # steps of code that find a name outside it


def remark_on(written: Callable, ready_made: Container[str]) -> str:
    """Return what a verdict adds where the work is left to a ready-made function.

    ready_made: names such as ``"conv2d"``. Functions of the learner's that have such a
    name do not count; they are followed, and so are others that the learner calls.
    """
    seen: set[CodeType] = set()
    to_read = [(written, getattr(written, "__name__", ""), "")]
    while to_read:
        value, name, parent = to_read.pop()
        functions = functions_in(value)
        if not any(map(_is_the_learners, functions)):
            if name in ready_made:
                module = getattr(value, "__module__", None) or parent
                top = module.lstrip("_").partition(".")[0]
                whose = _OWNERS.get(top, "a library's")
                return f"; but this is {whose} {name}: write yours"
            continue
        for function in functions:
            if function.__code__ not in seen:
                seen.add(function.__code__)
                to_read += _uses(function.__code__, function.__globals__)
    return ""


def _is_the_learners(function: FunctionType) -> bool:
    file, module = function.__code__.co_filename, function.__module__ or ""
    installed = "-packages" in file or file.startswith(sysconfig.get_path("stdlib"))
    return not installed and module.partition(".")[0] not in _OWNERS


def functions_in(value: Any) -> list[FunctionType]:
    """Return a function that was written in Python, or a class's; none of others."""
    parts = vars(value).values() if isinstance(value, type) else [value]
    parts = [unwrap(part) for part in parts if callable(part)]
    return [part for part in parts if isinstance(part, FunctionType)]


def _uses(code: CodeType, scope: dict[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Yield what code looks up: the value where it is known, its name, its module."""
    value = None
    for step in steps(code):
        name = step.argval
        if step.opname in LOOK_UPS:
            value = scope.get(name)
            yield value, getattr(value, "__name__", name), ""
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"):
            parent = getattr(value, "__name__", "")
            value = getattr(value, name, None)
            yield value, name, parent
        else:
            value = None


def steps(code: CodeType) -> Iterator[dis.Instruction]:
    """Yield what code does, and what functions inside it do."""
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from steps(constant)
