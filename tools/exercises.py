"""Read notebooks, the course's own and whatever comes back, as cells and exercises."""

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[1]
CARD = ["exercise", "stub", "check", "solution"]  # the four cells of an exercise
MAGIC = re.compile(r"\bget_ipython\(\)\.\w+\(")  # what IPython makes of % ! and ?


def tags(cell: dict) -> list[str]:
    """The tags of a cell."""
    return cell["metadata"].get("tags", [])


@cache
def python(source: str) -> str:
    """The source of a cell as Jupyter runs it, but that its magics do nothing."""
    jupyter = TransformerManager()
    jupyter.line_transforms = [lambda lines: lines[lines[0].startswith("%%") :]]
    return MAGIC.sub("(lambda *_, **__: None)(", jupyter.transform_cell(source))


def read_cells(text: str) -> list[dict]:
    """The cells of a notebook; what is none is a ValueError."""
    try:
        cells = json.loads(text)["cells"]
        for cell in cells:
            cell["source"] = "".join(cell["source"])
            cell["metadata"] = dict(cell.get("metadata", {}))
            cell["id"] = str(cell.get("id") or cell["metadata"].get("id"))
            cell["is_code"] = cell["cell_type"] == "code"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no notebook ({type(error).__name__}: {error})") from error
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
        """All cells."""
        return read_cells(self.path.read_text(encoding="utf-8"))

    @cached_property
    def stubs(self) -> list[int]:
        """The places of the cells for answers; behind each stands its check."""
        return [i for i, cell in enumerate(self.cells) if "stub" in tags(cell)]

    def answers(self, cells: list[dict]) -> list[str | None]:
        """What cells hold for each exercise, by id; None where there is none.

        Where a tool has dropped the ids, it is the cell above the check.
        """
        code = [cell for cell in cells if cell["is_code"]]
        by_id = {cell["id"]: cell["source"] for cell in reversed(code)}
        above = {b["source"].strip(): a["source"] for a, b in pairwise(code)}
        pairs = [(self.cells[i]["id"], self.cells[i + 1]["source"]) for i in self.stubs]
        return [by_id.get(name, above.get(check)) for name, check in pairs]


def lessons() -> list[Lesson]:
    """The notebooks of the course, in order."""
    return [Lesson(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def lesson_of(name: str, cells: list[dict]) -> Lesson | None:
    """The lesson with which cells have most in common, or whose chapter a name has."""
    found = {cell["source"] for cell in cells}

    def alike(lesson: Lesson) -> tuple[int, int]:
        own = {
            c["source"] for c in lesson.cells if not {"bootstrap", "stub"} & {*tags(c)}
        }
        return len(own & found), len(lesson.chapter) * (lesson.chapter in name.lower())

    best = max(lessons(), key=alike)
    return best if any(alike(best)) else None
