"""What `chapters/<name>/answers.py` says about the answers to a chapter's exercises.

MISTAKES     check → [(mistake, words that the check must say)]
ACCEPTED     check → [answers that are right, too]
EQUIVALENT   check → {mutant that passes: why that is no hole}

A mistake is an edit of the notebook's own solution, ``"right → wrong"``, made
everywhere below its head (or in the head, if it stands there only), or several with
``&`` between them. What holds no arrow is a whole answer: a value, or definitions.
"""

import ast
import importlib
from pathlib import Path

from notebook_reader import Exercise

FOLDER = Path(__file__).parent / "chapters"


def of_exercise(exercise: Exercise, table: str) -> dict | list:
    """The part of a chapter's table that is about one exercise."""
    path, empty = (
        FOLDER / exercise.chapter / "answers.py",
        {} if table == "EQUIVALENT" else [],
    )
    if exercise.has_its_own_check:
        return empty
    if not path.exists():
        raise FileNotFoundError(
            f"there is no {path}: write the mistakes that learners make in "
            f"{exercise.name} there"
        )
    module = importlib.import_module(f"chapters.{exercise.chapter}.answers")
    return getattr(module, table, {}).get(exercise.check_name, empty)


def prose(chapter: str) -> list[str]:
    """What a notebook must say, computed from what it speaks of."""
    if not (FOLDER / chapter / "prose.py").exists():
        return []
    return importlib.import_module(f"chapters.{chapter}.prose").PROSE


def edited(exercise: Exercise, edit: str) -> str:
    """The answer that a table's entry stands for."""
    solution = exercise.solution_code
    if " → " not in edit:
        defines = edit.strip().startswith(("def ", "class ", "@", "import ", "from "))
        (answer,) = map(ast.unparse, exercise.check_call.args)
        return edit if defines else f"{answer} = {edit}"
    first, *_ = ast.parse(solution).body
    start = first.body[0].lineno - 1 if hasattr(first, "body") else 0
    lines = solution.splitlines(keepends=True)
    head, body = "".join(lines[:start]), "".join(lines[start:])
    for change in edit.split(" & "):
        right, wrong = change.split(" → ")
        assert right in solution, f"the solution has no {right!r}: it has changed"
        if right in body:  # The names of arguments stand in the head, too.
            body = body.replace(right, wrong)
        else:
            head = head.replace(right, wrong)
    return head + body
