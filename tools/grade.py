"""Grade a folder of collected notebooks: who has solved what.

    python -m tools.grade FOLDER [--csv FILE]

Notebooks are known by their cells, students by the names of folders or files. Only the
cells for answers are taken, into the course's own notebook, each in its own process.
"""

import argparse
import csv
import io
import json
import math
import multiprocessing
import os
import re
import secrets
import signal
import sys
import tempfile
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from unicodedata import normalize

from prompt_toolkit.utils import get_cwidth as width  # Korean letters take two.

from course_utils.lab import write_whole
from tools.exercises import Lesson, lesson_of, read_cells
from tools.judge import judge, prepared

MARKS = {"right": "✓", "wrong": "✗", "to do": "○", "stopped": "!", "missing": "–"}
NOTEBOOK_BYTES, ANSWER_BYTES = 64 * 2**20, 2**20
ON_PROCESSOR = "\nAnswers are graded on the processor: use the device that is given."
FORKS = sys.platform == "linux"  # Elsewhere forking is not safe, or not there,
START = 0 if FORKS else 60  # and each process takes its time to begin.


@dataclass
class Submission:
    """One collected notebook; the verdicts on it are (status, words), by exercise."""

    file: str
    student: str
    lesson: Lesson | None
    answers: list[list[str]]
    problem: str
    raw: bytes
    verdicts: dict[int, tuple[str, str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def chapter(self) -> str:
        return self.lesson.chapter if self.lesson else "?"

    @property
    def marks(self) -> str:
        found = sorted(self.verdicts.items())
        return "".join(MARKS[status] for _, (status, _) in found)


# ---------------------------------------------------------------- what was collected


def collected(folder: Path) -> tuple[list[Submission], list[str]]:
    """Every notebook below a folder, by their names, and what is not graded."""
    names, files, said = [], [], []
    for place, below, direct in os.walk(folder, onerror=said.append):
        below[:] = [name for name in below if name != ".ipynb_checkpoints"]
        for name in (*below, *direct):
            path = Path(place, name).relative_to(folder)
            is_notebook = path.suffix.lower() == ".ipynb"
            if name in below and os.path.islink(folder / path):
                said.append(f"{path} is a link to a folder")
            elif is_notebook and not any(part.startswith(".") for part in path.parts):
                names.append(path)
            elif is_notebook and not name.startswith("._"):  # which a Mac adds
                said.append(f"{path} is hidden")
            elif name in direct and not is_notebook:
                files.append(path)
    said += [f"{len(files)} files that are no notebooks"] * bool(files)
    said = [f"not graded: {w}" for w in said] + [f"    {p}" for p in sorted(files)[:9]]
    return [submission(folder / name, name) for name in sorted(names)], said


def submission(path: Path, name: Path) -> Submission:
    """One notebook, which may hold anything."""
    cells, problem, raw = [], "", b""
    try:
        if path.is_symlink():
            raise ValueError("it is a link")
        if path.stat().st_size > NOTEBOOK_BYTES:
            raise ValueError(f"more than {NOTEBOOK_BYTES >> 20} MB: clear its outputs")
        raw = path.read_bytes()
        cells = read_cells(raw)
    except (OSError, ValueError) as error:
        problem = f"cannot be read: {error}"
    lesson = lesson_of(name.as_posix(), cells)
    if lesson is None:
        problem = problem or "is no notebook of the course"
    answers = lesson.answers(cells) if lesson else []
    return Submission(str(name), student(name, lesson), lesson, answers, problem, raw)


def student(name: Path, lesson: Lesson | None) -> str:
    """The first part of a path that says more than the chapter does."""
    chapter = rf"(?:\d+[\W_]*)?{lesson.chapter}" if lesson else "$"
    chapter += "|_assignsubmission_file"  # which Moodle adds
    again = r"(-Copy\d*|[\s_]*\(\d+\))+$"  # which JupyterLab and browsers add
    for part in (*name.parent.parts, re.sub(again, "", name.stem)):
        rest = re.sub(chapter, "", part.replace(" ", "_"), flags=re.IGNORECASE)
        if rest := rest.strip("-_.()"):
            return normalize("NFC", rest)
    return str(name)


# ---------------------------------------------------------------- processes


def grade(submissions: list[Submission], jobs: int, seconds: float) -> None:
    """Fill in the verdicts; each notebook gets as much as nine answers may take."""
    todo, running = deque(), {}
    for each in submissions:
        for number, answer in enumerate(each.answers):
            if found := without_running(each, number, answer):
                each.verdicts[number] = found
            else:
                todo.append((each, number))
    if FORKS:  # What is imported here, once, each process has from the start.
        for lesson in {each.lesson for each, _ in todo}:
            prepared(lesson)
    with tempfile.TemporaryDirectory(prefix="grade-") as folder:
        while todo or running:
            while todo and len(running) < jobs:
                each, number = todo.popleft()
                if each.seconds > 9 * seconds + START * len(each.answers):
                    each.verdicts[number] = "stopped", "no time left for this notebook"
                    continue
                trial = Trial(each, number, folder, seconds)
                running[trial.process.sentinel] = trial
            ended = wait(running, timeout=0.2)
            most = 3 * seconds + START  # Others use the processor, too.
            late = [key for key, trial in running.items() if trial.seconds > most]
            for key in {*ended, *late}:
                running.pop(key).end()


def without_running(each: Submission, number: int, answer: list[str]) -> tuple | None:
    """The verdict on what is no answer."""
    stub = each.lesson.cells[each.lesson.stubs[number]]["source"]
    if answer == [""]:
        return "missing", each.problem or "no code cell for it, or an empty one"
    if max(map(len, answer)) > ANSWER_BYTES:
        return "wrong", "the cell is too long to be an answer"
    return ("to do", "its cell is as it was handed out") if answer == [stub] else None


class Trial:
    """One answer in its process."""

    def __init__(
        self, submission: Submission, number: int, folder: str, limit: float
    ) -> None:
        self.submission, self.number, self.limit = submission, number, limit
        self.secret, self.begun = secrets.token_hex(), time.monotonic()
        self.file = os.path.join(folder, secrets.token_hex())
        Path(self.file).write_text(self.secret)
        Path(f"{self.file}.d").mkdir()
        context = multiprocessing.get_context("fork" if FORKS else "spawn")
        args = submission.lesson, submission.answers, number, self.file, limit
        self.process = context.Process(target=judge, args=args)
        self.process.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def end(self) -> None:
        """Stop it, and all that it started; note what it found."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):  # It ended before it had a group.
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.submission.seconds += self.seconds
        self.submission.verdicts[self.number] = self.found()

    def found(self) -> tuple[str, str]:
        with open(self.file, encoding="utf-8", errors="replace") as file:
            text = file.read(2**16)
        if text in ("", self.secret):
            ended = f"ended, or ran for {self.limit:g} seconds,"
            return "stopped", f"the answer's process {ended} before there was a verdict"
        try:
            secret, status, words = json.loads(text)
        except ValueError:
            secret = None
        if secret != self.secret:
            return "stopped", "the answer wrote where verdicts are written"
        on_gpu = re.search("stopped with .*(CUDA|NVIDIA)", words)
        return status, words + ON_PROCESSOR * bool(on_gpu)


# ---------------------------------------------------------------- the table


def table(submissions: list[Submission]) -> str:
    """A line for each notebook, with a mark for each exercise."""
    rows = [("student", "chapter", "exercises", "solved", "")]
    pairs = [(each.student, each.chapter) for each in submissions]
    for each, pair in zip(submissions, pairs):
        solved = f"{each.marks.count(MARKS['right'])} of {len(each.answers)}"
        problem = each.problem or "is one of several" * (pairs.count(pair) > 1)
        note = f"{each.file} {problem}" if problem else ""
        rows.append([plain(text) for text in (*pair, each.marks, solved, note)])
    widths = [max(map(width, column)) for column in zip(*rows)]
    lines = [
        "  ".join(t + " " * (w - width(t)) for t, w in zip(r, widths)) for r in rows
    ]
    legend = "  ".join(f"{mark} {status}" for status, mark in MARKS.items())
    return "\n".join([*map(str.rstrip, lines), legend])


def plain(text: str) -> str:
    """A text that moves no terminal: names of files may hold anything."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", text)


def write_csv(path: Path, submissions: list[Submission]) -> None:
    """A line for each exercise, with the words of its verdict; Excel can read it."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["student", "chapter", "exercise", "status", "words", "file"])
    for each in submissions:
        found = each.verdicts or {-1: ("missing", each.problem)}
        for number, (status, words) in sorted(found.items()):
            row = each.student, each.chapter, number + 1, status, words, each.file
            # A text that begins so would be run as a formula.
            writer.writerow([f"'{c}" if str(c)[:1] in "=+-@" else c for c in row])
    write_whole(path, file.getvalue().encode("utf-8-sig", "backslashreplace"))


def put_back(folder: Path, submissions: list[Submission]) -> list[str]:
    """Say which files have changed while answers ran, and restore them."""
    said = []
    for each in submissions:
        path = folder / each.file
        with suppress(OSError):
            if not each.raw or path.read_bytes() == each.raw:
                continue
        said.append(f"changed while answers ran: {each.file}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.raw)
            said[-1] += ", and put back"
    return said


def main(words: list[str] | None = None) -> int:
    """Print the table; 1 if there was nothing to grade."""
    parser = argparse.ArgumentParser(prog="python -m tools.grade", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path, help="a line for each exercise, with words")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    text = "of processor time for an answer; 10"
    parser.add_argument("--seconds", type=float, default=10, help=text)
    options = parser.parse_args(words)
    if options.jobs < 1 or not 1 <= options.seconds < math.inf:
        parser.error("--jobs and --seconds are numbers from 1 on")
    sys.stdout.reconfigure(errors="backslashreplace")  # into a file on Windows: cp1252
    if not os.path.isdir(options.folder):
        parser.error(f"{options.folder} is no folder; give one that holds notebooks")
    found, others = collected(options.folder)
    if not found:
        why = f"error: {options.folder} holds no notebook (.ipynb)"
        print(why, *map(plain, others), sep="\n", file=sys.stderr)
        return 1
    if options.csv and options.csv.is_file():
        print(f"{options.csv} is there, and will be replaced", file=sys.stderr)
    elif options.csv:  # What stands in its way is told before the work.
        try:
            options.csv.open("x").close()
        except OSError as error:
            parser.error(f"--csv cannot be written: {error}")
    # Answers are judged on the processor, on one thread each, and never download.
    os.environ |= {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    os.environ |= {"COURSE_PROFILE": "ci", "MPLBACKEND": "agg"}
    grade(found, options.jobs, options.seconds)
    try:
        if options.csv:
            write_csv(options.csv, found)
    finally:
        others += put_back(options.folder, found)
        print(table(found), *map(plain, others), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
