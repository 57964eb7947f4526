"""Read notebooks, the course's own and whatever comes back, as cells and exercises."""

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from course_utils.lab import tags

ROOT = Path(__file__).resolve().parents[1]
CARD = ["exercise", "stub", "check", "solution"]  # the four cells of an exercise
MAGIC = re.compile(r"\bget_ipython\(\)\.\w+\(")  # what IPython makes of % ! and ?


@cache
def python(source: str) -> str:
    """The source of a cell as Jupyter runs it, but that its magics do nothing."""
    jupyter = TransformerManager()
    jupyter.line_transforms = [lambda lines: lines[lines[0].startswith("%%") :]]
    return MAGIC.sub("(lambda *_, **__: None)(", jupyter.transform_cell(source))


def read_cells(content: bytes) -> list[dict]:
    """The cells of a notebook; what is none is a ValueError."""
    try:
        cells = json.loads(content)["cells"]
        for cell in cells:
            cell["source"] = "".join(cell["source"]).rstrip()
            cell["metadata"] = dict(cell.get("metadata", {}))
            cell["id"] = str(cell.get("id") or cell["metadata"].get("id"))
            cell["is_code"] = cell["cell_type"] == "code"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f"no notebook ({type(error).__name__}: {error})"
        why = "no notebook (a merge conflict)" if b"<<<<<<< " in content else why
        old = "format 3, which is too old: open it in Jupyter and save it"
        raise ValueError(old if b'"worksheets"' in content else why) from error
    return cells


@dataclass(frozen=True)
class Lesson:
    """A notebook of the course, as it is committed."""

    path: Path

    @property
    def chapter(self) -> str:
        """The name without its number, by which the chapter is known."""
        return self.path.stem.partition("_")[2]

    @cached_property
    def cells(self) -> list[dict]:
        """All cells; every command ends where they cannot be read."""
        try:
            return read_cells(self.path.read_bytes())
        except ValueError as error:
            raise SystemExit(f"error: {self.path}: {error}") from error

    @cached_property
    def stubs(self) -> list[int]:
        """The places of the cells for answers; behind each stands its check."""
        return [i for i, cell in enumerate(self.cells) if "stub" in tags(cell)]

    def answers(self, cells: list[dict]) -> list[list[str]]:
        """What may answer each exercise; [""] where there is nothing.

        The cell for it has the stub's id, or stands above the check. If any of the
        learner's has the wanted name, all count: before that cell if it was written in,
        but for those that define the name between it and the check.
        """
        own = [(c["id"], c["source"]) for c in cells if c["is_code"]]
        sources = [source for _, source in own]
        stubs = {self.cells[place]["source"] for place in self.stubs}
        course = {"", *(cell["source"] for cell in self.cells)}
        written = [source for source in sources if source not in course]
        by_id, answers = dict(reversed(own)), []
        last = {key: place for place, cell in enumerate(own) for key in cell}
        above = {b: a for (_, a), (_, b) in pairwise(own) if a not in course - stubs}
        cards = [self.cells[place : place + 2] for place in self.stubs]
        found = [by_id.get(s["id"]) or above.get(c["source"], "") for s, c in cards]
        for mine, (stub, check) in zip(found, cards):
            name = re.search(r"^(?:def |class )?(\w+)", stub["source"], re.MULTILINE)[1]
            others = [cell for cell in written if cell == mine or cell not in found]
            if not any(re.search(rf"\b{name}\b", cell) for cell in others):
                others = []
            end = max(last.get(check["id"], 0), last.get(check["source"], 0))
            below = [c for c in sources[last.get(mine, 0) + 1 : end] if c in others]
            defines = rf"(?m)^\s*((def|class) {name}\b|{name}\b[^(\n]*=)"
            given = [mine, *(cell for cell in below if re.search(defines, cell))]
            answers.append([*others, *given] if mine in written else [mine, *others])
        return answers


def lessons() -> list[Lesson]:
    """The notebooks of the course, in order."""
    return [Lesson(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def lesson_of(name: str, cells: list[dict]) -> Lesson | None:
    """The lesson with which cells have most in common, or whose chapter a name has."""
    found = {cell["source"] for cell in cells}

    def alike(lesson: Lesson) -> tuple[int, int]:
        fixed = [c for c in lesson.cells if not {"bootstrap", "stub"} & {*tags(c)}]
        own = {cell["source"] for cell in fixed}
        return len(own & found), len(lesson.chapter) * (lesson.chapter in name.lower())

    best = max(lessons(), key=alike)
    return best if any(alike(best)) else None
