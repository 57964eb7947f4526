"""Read the course's notebooks as their tests see them.

Tags say what a cell is; `TAGS` and the prefix `same-as:` are all there are.
"""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from tools.exercises import CARD, ROOT, python, tags

TAGS = {
    "bootstrap",  # installs the course on Colab; tools/notebooks.py writes it
    "setup",  # all imports, seed, device
    "given",  # a definition that exercises below it use
    *CARD,
    "nbval-ignore-output",  # depends on training, time, machine, profile or data
    "raises-exception",  # a lesson about an error
}
SAME_AS = "same-as:"  # + module.function: taught here, and the package's own

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DETAILS = re.compile(r"<details>.*?</details>", re.DOTALL)


def words(markdown: str) -> int:
    """How much there is to read: no code, tables, formulas, hints or addresses."""
    prose = DETAILS.sub("", FENCE.sub("", markdown))
    prose = re.sub(r"\]\([^)\s]+\)", "]", prose)
    prose = re.sub(r"^\|.*$|\$\$.*?\$\$", "", prose, flags=re.MULTILINE | re.DOTALL)
    return len(re.findall(r"\w\S*", prose))


ANSWER = re.compile(
    r"<details><summary>What you should see</summary>(.*?)</details>", re.S
)


def reading_minutes(notebook: "Notebook") -> float:
    """What a first reading of a notebook takes."""
    return minutes_of(notebook.cells)


def minutes_of(cells: list[NotebookNode]) -> float:
    """Count words, each cell predicted and run, and each explorer; no exercise."""
    texts = [c.source for c in cells if c.cell_type == "markdown"]
    told = sum(words(ANSWER.sub(r"\1", text)) for text in texts)
    code = [c for c in cells if c.cell_type == "code"]
    runs = [c.source for c in code if not {"stub", "check"} & {*tags(c)}]
    explorers = sum("_explorer(" in source for source in runs)
    return told / 150 + 0.5 * len(runs) + 3 * explorers


def shown(cell: NotebookNode) -> str:
    """All text among the outputs of a cell."""
    texts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        texts += [output.get("text", ""), *output.get("traceback", [])]
        texts += [data[kind] for kind in data if kind.startswith("text/")]
    return "\n".join(texts)


@dataclass(frozen=True)
class Exercise:
    """An exercise's four cells, and the code above that it may use."""

    name: str
    statement: str
    stub: str
    check: str
    solution: str
    given: str

    @property
    def solution_code(self) -> str:
        return "\n".join(code for _, code in FENCE.findall(self.solution))

    @property
    def chapter(self) -> str:
        """The notebook's name without its number."""
        return re.sub(r"^\d+_|-\d+$", "", self.name)

    @property
    def minutes(self) -> int:
        """How long it takes, as its statement says."""
        return int(re.search(r"(\d+)\s+minutes?\b", self.statement)[1])

    @property
    def check_call(self) -> ast.Call:
        """The one call that the check cell makes."""
        (statement,) = ast.parse(self.check).body
        return statement.value

    @property
    def check_name(self) -> str:
        return self.check_call.func.id

    @property
    def has_its_own_check(self) -> bool:
        """Whether the notebook defines the check, in a cell above, and imports none."""
        return f"{self.check_name} = " in self.given

    def verdict_in(self, namespace: dict[str, object]) -> Any:
        """What the check says to the answer in a namespace."""
        call = ast.Expression(self.check_call)
        return eval(compile(call, self.name, "eval"), namespace)


@dataclass(frozen=True)
class Notebook:
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def chapter(self) -> str:
        """The name without its number."""
        return self.name.partition("_")[2]

    @cached_property
    def cells(self) -> list[NotebookNode]:
        return nbformat.v4.reads(self.path.read_text(encoding="utf-8")).cells

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def lesson(self) -> list[NotebookNode]:
        """The code cells that teach: no setup, no exercise."""
        other = {"bootstrap", "setup", *CARD}
        return [cell for cell in self.code if not other & set(tags(cell))]

    @property
    def text(self) -> str:
        """All markdown, fenced code left out."""
        cells = [cell.source for cell in self.cells if cell.cell_type == "markdown"]
        return FENCE.sub("", "\n\n".join(cells))

    @property
    def sections(self) -> dict[str, str]:
        """Each `##` heading, and the text below it."""
        _, *parts = re.split(r"^## (.+)$", self.text, flags=re.MULTILINE)
        headings = [heading.strip() for heading in parts[::2]]
        return dict(zip(headings, parts[1::2], strict=True))

    @property
    def cards(self) -> list[list[NotebookNode]]:
        """The four cells that begin with each exercise's statement."""
        starts = [i for i, cell in enumerate(self.cells) if "exercise" in tags(cell)]
        return [self.cells[i : i + 4] for i in starts]

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises that have their four cells."""
        found = []
        for card in (card for card in self.cards if len(card) == len(CARD)):
            name, given = f"{self.name}-{len(found) + 1}", self.given_above(card[0])
            found.append(Exercise(name, *(cell.source for cell in card), given))
        return found

    def given_above(self, statement: NotebookNode) -> str:
        """The setup, and the definitions for exercises that stand above one."""
        above = self.cells[: self.cells.index(statement)]
        given = [cell for cell in above if {"setup", "given"} & set(tags(cell))]
        return "\n".join(python(cell.source) for cell in given)


def run_answer(exercise: Exercise, code: str) -> dict[str, object]:
    """The namespace after the setup, what is given, and `code`, as in the notebook."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(exercise.given, namespace)
    exec(code, namespace)
    return namespace


NOTEBOOKS = [Notebook(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
EXERCISES = [exercise for notebook in NOTEBOOKS for exercise in notebook.exercises]
