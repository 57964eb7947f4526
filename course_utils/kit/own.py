"""What the learner wrote, in use: by later cells, and by later notebooks.

A function that its check calls right is what `own` returns, and what it keeps: until
the kernel stops, and as a file ``my_code/<chapter>/<name>.py`` where the learner's
copies have a folder ``my_code``. That file is source to read, with all that it needs;
it is checked again before it is used. Until then the package's function stands in.
"""

import ast
import builtins
import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from course_utils.kit.compare import numbers
from course_utils.kit.ready_made import LOOK_UPS, functions_in, steps
from course_utils.kit.run import how_it_stopped, run
from course_utils.kit.verdict import Verdict
from course_utils.lab import OWN_CODE, write_whole

_in_this_kernel: dict[str, Callable] = {}


def own(
    name: str,
    written: Callable | None = None,
    *,
    otherwise: Callable,
    trial: Callable[[Callable], Any] | None = None,
) -> Callable:
    """Return the learner's own function or class, or `otherwise`; say which, and why.

    name: ``"chapter.name"``, as in ``"pooling.pool2d"``; that chapter's check of this
    name must call it right. written: what stands in this notebook; without it, what was
    kept. otherwise: the package's, which stands in, also if the learner's stops later.
    trial: uses it once, as the cells below will; if it stops, `otherwise` is returned.
    """
    check, short, note = check_of(name), _place(name).stem, ""
    reason = until = "until yours is right"
    for candidate in _candidates(name, written):
        if not (reason := _problem(candidate, check, trial)):
            note = _keep(name, candidate) if candidate is written else note
            print(f"{short}: your own{note}")
            return _guarded(short, candidate, otherwise)
        if candidate is written and reason != until:
            note = ", as it was when its check called it right; this one is not"
    print(f"{short}: the package's, {reason}")
    return otherwise


def written(*names: str) -> dict[str, bool]:
    """Say of each ``"chapter.name"`` whether the learner's own is kept and right."""
    return {
        name: any(not _problem(one, check_of(name)) for one in _candidates(name))
        for name in names
    }


def check_of(name: str) -> Callable[[Any], Verdict]:
    chapter, _, short = name.rpartition(".")
    checks = import_module(f"course_utils.chapters.{chapter}.checks")
    return getattr(checks, f"check_{short}")


def _candidates(
    name: str, written: Callable | None = None
) -> Iterator[Callable | BaseException]:
    if written is not None:
        yield written
    if name in _in_this_kernel:
        yield _in_this_kernel[name]
    if (path := _place(name)).is_file():
        yield read(path)


def _problem(
    candidate: Callable | BaseException,
    check: Callable[[Any], Verdict],
    trial: Callable[[Callable], Any] | None = None,
) -> str:
    """Say why a candidate cannot be used; "" if it can."""
    if isinstance(candidate, BaseException):
        return f"since the file of yours failed: {how_it_stopped(candidate)}"
    status = check(candidate).status
    if status == "wrong":
        return "since its check does not call yours right"
    if status == "to do":
        return "until yours is right"
    try:
        if trial is not None:
            trial(candidate)
    except (Exception, SystemExit) as error:  # it may raise anything
        return f"since yours {how_it_stopped(error)}"
    return ""


def _guarded(short: str, function: Callable, otherwise: Callable) -> Callable:
    """Let the package's function take over, in a line, when the learner's stops."""
    if isinstance(function, type):
        return function
    stopped = False

    @wraps(function)
    def used(*args: Any, **options: Any) -> Any:
        nonlocal stopped
        if not stopped:
            try:
                return _as_array(function(*args, **options))
            except (Exception, SystemExit) as error:  # it may raise anything
                stopped = True
                print(f"{short}: the package's, since yours {how_it_stopped(error)}")
        return otherwise(*args, **options)

    return used


def _as_array(result: Any) -> Any:
    """Turn a list of rows of numbers, which a check calls right, into an array."""
    is_list = isinstance(result, list) and result
    has_rows = is_list and isinstance(result[0], list | tuple | np.ndarray)
    array = numbers(result) if has_rows else None
    return result if array is None else array


# ---------------------------------------------------------------- kept as source


def _place(name: str) -> Path:
    chapter, _, short = name.rpartition(".")
    return Path(OWN_CODE, chapter, f"{short}.py")


def _keep(name: str, function: Callable) -> str:
    """Keep a function for later; say where it does not outlive the kernel, and why."""
    _in_this_kernel[name] = function
    path = _place(name)
    if not Path(OWN_CODE).is_dir():
        return ""
    try:
        text = source(function, path.stem)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, text.encode())
    except Exception as error:  # keeping is an extra: it never stands in the way
        return f", until this kernel stops ({error})"
    return ""


def read(path: Path) -> Callable | BaseException:
    """Return what a kept file defines, or the error that it ends with."""
    names: dict[str, Any] = {"__name__": f"{OWN_CODE}.{path.parent.name}.{path.stem}"}

    def defined() -> Callable:
        text = path.read_text(encoding="utf-8-sig")  # Notepad writes a BOM
        # so that a traceback, and a copy of the source, find the lines
        linecache.cache[str(path)] = len(text), None, text.splitlines(True), str(path)
        exec(compile(text, str(path), "exec"), names)
        return names[path.stem]

    outcome = run(defined)  # the learner may have edited it
    return outcome.error or outcome.value


def source(function: Callable, name: str) -> str:
    """Return a file's text that defines a function, with all names that it uses."""
    scope = _scope(function)
    imports, constants, definitions = {}, {}, {}

    def add(needed: str) -> None:
        if needed in imports | constants | definitions:
            return
        value = scope[needed]
        if line := _import_of(needed, value):
            imports[needed] = line
        elif not callable(value):
            constants[needed] = f"{needed} = {_literal(needed, value)}"
        else:
            definitions[needed] = ""  # seen: it may call itself
            statement = _definition(needed, value)
            code = compile(statement, needed, "exec")
            for used in [s.argval for s in steps(code) if s.opname in LOOK_UPS]:
                if used in scope and scope[used] is not vars(builtins).get(used, scope):
                    add(used)
            del definitions[needed]
            definitions[needed] = statement  # behind what it uses

    own_name = _name_in(scope, function)
    add(own_name)
    if own_name != name:
        definitions[name] = f"{name} = {own_name}"
    heads = ["\n".join(sorted(imports.values())), "\n".join(constants.values())]
    return "\n\n\n".join(filter(None, [*heads, *definitions.values()])) + "\n"


def _scope(function: Callable) -> dict[str, Any]:
    if functions := functions_in(function):
        return functions[0].__globals__
    if isinstance(function, type):
        raise ValueError(f"{function.__name__} has no method to find its source by")
    raise ValueError("it is no function that was written in Python")


def _name_in(scope: dict[str, Any], function: Callable) -> str:
    names = [n for n, v in scope.items() if v is function and not n.startswith("_")]
    if not names:
        raise ValueError("it has no name in the notebook")
    return function.__name__ if function.__name__ in names else names[0]


def _import_of(name: str, value: Any) -> str:
    """Return the line that imports a value under this name; "" if it is made here."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    home = getattr(value, "__module__", None)
    for original in (getattr(value, "__name__", name), name):
        found = [
            module
            for module, holder in [*sys.modules.items()]
            if module != "__main__"  # the notebook
            and getattr(holder, "__dict__", {}).get(original) is value
        ]
        if callable(value) and found:
            module = min(found, key=lambda module: (module != home, len(module)))
            return f"from {module} import {original} as {name}"
    return ""


def _definition(name: str, value: Callable) -> str:
    """Return the last statement of its cell that gives a function this name."""
    functions = functions_in(value)
    file = functions[0].__code__.co_filename if functions else ""
    lines = linecache.getlines(file)
    found = [s for s in ast.parse("".join(lines)).body if name in _bound_by(s)]
    if not found:
        raise ValueError(f"it uses {name}, whose source was not found")
    above = [d.lineno for d in getattr(found[-1], "decorator_list", [])]
    first = min([found[-1].lineno, *above])
    return "".join(lines[first - 1 : found[-1].end_lineno]).rstrip()


def _bound_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = getattr(statement, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _literal(name: str, value: Any) -> str:
    with suppress(ValueError, SyntaxError, TypeError):
        if ast.literal_eval(text := repr(value)) == value:
            return text
    raise ValueError(f"it uses {name}, which is no plain number, text or list")
