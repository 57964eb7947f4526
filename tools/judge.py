"""Judge one answer, in a process of its own that has nothing to lose.

To itself the answer may do what it likes: the judge has a kit and checks of its own,
compares afterwards whether something else was replaced, and asks about the untouched
stub. What would touch others (files, processes, the network) an audit hook refuses, as
far as plain Python goes: TEACHING.md says what needs a container.
"""

import ast
import builtins
import importlib.util
import json
import linecache
import os
import shutil
import symtable
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from tools.exercises import Lesson, python, tags

try:
    import resource
except ImportError:  # Windows
    resource = None

CELL_SECONDS = 6.0  # for each cell that runs before the check
MEMORY = 2 * 2**30  # bytes on top of what the process begins with
FILE_SIZE = 64 * 2**20  # bytes in any file that an answer writes
TAMPERED = "wrong", "the answer changed what judges it"


def judge(
    lesson: Lesson, answers: list[list[str]], number: int, file: str, seconds: float
) -> None:
    """Write ``[secret, status, words]`` into the file that holds the secret.

    The folder beside it is all that the answer may write to.
    """
    ready = prepared(lesson)
    with open(file, "r+", encoding="utf-8") as results:
        secret = results.read()
        results.seek(results.truncate(0))
        for descriptor in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
        confine(f"{file}.d", seconds)
        write, text, leave = results.write, json.dumps, os._exit
        try:
            found = verdict(ready, lesson, answers, number)
        except BaseException as error:
            found = "stopped", f"ended with {type(error).__name__}: {error}"
        write(text([secret, *found]))
        results.flush()
        leave(0)


@cache
def prepared(lesson: Lesson) -> SimpleNamespace:
    """Run the set-up twice: what the answer can import is not what judges it."""
    (setup,) = [python(c["source"]) for c in lesson.cells if "setup" in tags(c)]
    judges, learners = {"__name__": "__main__"}, {"__name__": "__main__"}
    exec(setup, judges)
    from course_utils.kit import run
    from course_utils.kit.verdict import Verdict

    # Imported late these cost seconds, and the guard refuses torchvision its library.
    modules = "torch._dynamo", "sklearn.metrics", "torchvision"
    for name in filter(importlib.util.find_spec, modules):
        importlib.import_module(name)
    run._NOT_THE_LEARNERS += (str(Path(__file__).parent),)
    own = ("course_utils.kit", "course_utils.chapters")
    for name in [name for name in sys.modules if name.startswith(own)]:
        del sys.modules[name]
    exec(setup, learners)
    learners["display"] = lambda *values, **options: None
    return SimpleNamespace(judges=judges, learners=learners, run=run, kind=Verdict)


def verdict(
    ready: SimpleNamespace, lesson: Lesson, answers: list[list[str]], number: int
) -> tuple[str, str]:
    """What the check says to an answer: its status, and all of its words."""
    place = lesson.stubs[number]
    stub, check_cell = (cell["source"] for cell in lesson.cells[place : place + 2])
    call = ast.parse(check_cell).body[0].value
    given, cells = cells_above(lesson, place, answers)

    untouched = dict(ready.judges)
    for source in [*needed(given, {call.func.id} | names(stub)[1]), stub]:
        exec(python(source), untouched)
    check = untouched[call.func.id]

    def asked(namespace: dict[str, Any]) -> Any:
        return check(*[eval(ast.unparse(arg), namespace) for arg in call.args])

    learners, before = dict(ready.learners), replaceable()
    answer = needed(answers[number], names(stub)[0]) or answers[number][-1:]
    used = set().union(*(names(source)[1] for source in answer))
    for source in [*needed(cells, used), *answer]:
        cell = partial(execute, source, learners)
        error = ready.run.run(cell, seconds=CELL_SECONDS).error
        if error and source in answer:
            return "wrong", ready.run.how_it_stopped(error, seconds=CELL_SECONDS)
    if missing := names(check_cell)[1] - {call.func.id} - learners.keys():
        return "wrong", f"the cell defines no {', '.join(missing)}"
    found = asked(learners)
    if type(found) is not ready.kind or changed(before):
        return TAMPERED
    if found.status == "right" and asked(untouched).status != "to do":
        return TAMPERED
    return found.status, repr(found)


def execute(source: str, namespace: dict[str, Any]) -> None:
    """Run a cell; errors can quote its lines."""
    code = python(source)
    linecache.cache["answer"] = len(code), None, code.splitlines(True), "answer"
    exec(compile(code, "answer", "exec"), namespace)


# ------------------------------------------------------------- cells that define names


def cells_above(
    lesson: Lesson, place: int, answers: list[list[str]]
) -> tuple[list[str], list[str]]:
    """The code above a place that teaches, without and with the learner's answers."""
    parts = [[p for source in answer for p in in_parts(source)] for answer in answers]
    own, other = dict(zip(lesson.stubs, parts)), {"bootstrap", "setup", "check"}
    code = [(cell, i) for i, cell in enumerate(lesson.cells[:place]) if cell["is_code"]]
    above = [(c["source"], i) for c, i in code if not other & {*tags(c)}]
    given = [source for source, i in above if i not in own]
    return given, [s for source, i in above for s in own.get(i, [source])]


def in_parts(source: str) -> list[str]:
    """The imports of an answer, and the rest: who needs only these runs only these."""
    try:
        body = ast.parse(python(source)).body
        kinds = ast.Import | ast.ImportFrom
        imports = [n for n in body if isinstance(n, kinds) and n.names[0].name != "*"]
        rest = [n for n in body if n not in imports]
        return [*map(ast.unparse, imports), ast.unparse(ast.Module(rest, []))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [source]  # When it is run it will say so.


def needed(cells: list[str], wanted: set[str]) -> list[str]:
    """Those cells that define a name that is wanted, and those that these need."""
    chosen = []
    for source in reversed(cells):
        bound, used = names(source)
        if bound & wanted:
            chosen.insert(0, source)
            wanted = wanted - bound | used
    return chosen


def names(source: str) -> tuple[set[str], set[str]]:
    """The global names that a cell defines, and those that it uses."""
    try:
        tables = [symtable.symtable(python(source), "answer", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()  # When it is run it will say so.
    top, used = tables[0].get_symbols(), set()
    for table in tables:
        tables += table.get_children()
        symbols = [s for s in table.get_symbols() if s.is_referenced()]
        used |= {s.get_name() for s in symbols if table is tables[0] or s.is_global()}
    return {s.get_name() for s in top if s.is_assigned() or s.is_imported()}, used


# ------------------------------------------------------------- what an answer must not


def replaceable() -> list[tuple[Any, str, object, object]]:
    """Functions, classes and methods of the course and of the modules it imports."""
    course = [m for name, m in sys.modules.items() if name.startswith("course_utils")]
    used = [part for module in course for part in vars(module).values()]
    holders = {id(m): m for m in [builtins, *course, *used] if type(m) is ModuleType}
    for module in list(holders.values()):
        holders |= {id(c): c for c in vars(module).values() if isinstance(c, type)}
    return [
        (holder, name, part, getattr(part, "__code__", None))
        for holder in holders.values()
        for name, part in vars(holder).items()
        if callable(part) and name != "step"  # PyTorch wraps an optimizer's itself.
    ]


def changed(before: list[tuple[Any, str, object, object]]) -> bool:
    """Whether something that was there has been replaced."""
    return any(
        vars(holder).get(name) is not part
        or getattr(part, "__code__", None) is not code
        for holder, name, part, code in before
    )


def confine(scratch: str, seconds: float) -> None:
    """Limit this process: time, memory, where it writes, what it starts."""
    os.chdir(scratch)
    tempfile.tempdir, sys.dont_write_bytecode = scratch, True
    shutil._use_fd_functions = False  # The hook refuses to open folders.
    if hasattr(os, "setsid"):
        os.setsid()  # All that it starts is ended with it.
    if resource:
        limits = [(resource.RLIMIT_CPU, int(time.process_time() + seconds))]
        limits += [(resource.RLIMIT_FSIZE, FILE_SIZE), (resource.RLIMIT_CORE, 0)]
        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            memory = pages * resource.getpagesize() + MEMORY
            limits += [(resource.RLIMIT_AS, memory)]
        for kind, limit in limits:
            resource.setrlimit(kind, (limit, limit))
    sys.addaudithook(refuses(os.path.realpath(scratch)))


def refuses(scratch: str) -> Callable[[str, tuple], None]:
    """An audit hook against what would touch others."""
    # Names in a closure: those of a module are within the answer's reach.
    real, is_folder, decode, join = os.path.realpath, os.path.isdir, os.fsdecode, os.sep
    kinds, nowhere, slash = (str, bytes, os.PathLike), os.devnull, scratch + os.sep
    to_write = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    writing = {"remove", "rename", "rmdir", "mkdir", "link", "symlink", "truncate"}
    writing |= {"chmod", "chown", "utime", "setxattr", "removexattr", "chflags"}
    refused = ("os.fork", "os.exec", "os.spawn", "os.posix_spawn", "os.system", "pty.")
    refused += ("subprocess.", "_winapi.", "os.startfile", "os.kill", "signal.pthread")
    refused += ("socket.", "ctypes.dl", "sqlite3.", "gc.get_", "sys._cur", "sys.add")

    def outside(path: object) -> bool:
        place = real(decode(path)) if isinstance(path, kinds) else ""
        return bool(place) and place != nowhere and not (place + join).startswith(slash)

    def hook(event: str, args: tuple) -> None:
        if event == "open":
            path, mode, flags = args
            # A folder that is open is a way round the names of files.
            bad = is_folder(path) if mode is None else False
            bad = bad or (flags & to_write and outside(path))
        elif event.startswith("os.") and event[3:] in writing:
            bad = any(map(outside, args))
        elif event.startswith("ctypes.dl"):
            bad = args[-1] not in (None, "mallopt")  # That is what `fit` calls.
        else:
            bad = event.startswith(refused)
        if bad:
            raise PermissionError(f"grading does not allow {event}")

    return hook
