r"""What `chapters/<name>/answers.txt` says about the answers to a chapter's exercises.

Below the name of a check, in brackets, stands one answer after another::

    [check_double]
    2 * x → 2 + x ⇒ look at: what doubling is
    2 * x → x * 2 ⇒ RIGHT
    return 2 * x → return x * 2 ⇒ SAME: the order of factors is no matter

Behind ⇒ stand words that the check must say of a mistake; RIGHT; or SAME, for a mutant
that passes and is no hole, with the reason. An answer is an edit of the notebook's own
solution, ``right → wrong``, made everywhere below its head (or in the head, if it
stands there only), or several with ``&`` between them. What holds no arrow is a whole
answer: a value, or definitions. A line's end may be written as ``\n``.
"""

import ast
import importlib
import re
from functools import cache
from pathlib import Path

from notebook_reader import Exercise

FOLDER = Path(__file__).parent / "chapters"


def read_answers(text: str) -> dict[str, list[tuple[str, str]]]:
    """Check → (answer, what stands behind ⇒)."""
    _, *parts = re.split(r"^\[(check_\w+)\]\n", text, flags=re.MULTILINE)
    found = {}
    for name, part in zip(parts[::2], parts[1::2]):
        *pieces, rest = re.split(r" ⇒ (.*)\n", part)
        assert not rest.strip(), f"in [{name}] nothing stands behind: {rest}"
        pieces = iter(piece.replace(r"\n", "\n") for piece in pieces)
        found[name] = list(zip(pieces, pieces))
    return found


@cache
def answers(chapter: str) -> dict[str, list[tuple[str, str]]]:
    """What a chapter's file holds."""
    path = FOLDER / chapter / "answers.txt"
    if not path.exists():
        raise FileNotFoundError(
            f"there is no {path}: write the mistakes that learners make in the "
            f"exercises of {chapter} there"
        )
    return read_answers(path.read_text(encoding="utf-8"))


def of_exercise(exercise: Exercise) -> list[tuple[str, str]]:
    """The answers to one exercise; none if the notebook defines its check itself."""
    if exercise.has_its_own_check:
        return []
    return answers(exercise.chapter).get(exercise.check_name, [])


def mistakes(exercise: Exercise) -> list[tuple[str, str]]:
    """Wrong answers, and words that the check must say of each."""
    rows = of_exercise(exercise)
    return [row for row in rows if not re.match("RIGHT$|SAME: ", row[1])]


def accepted(exercise: Exercise) -> list[str]:
    """Answers that are right, too."""
    return [answer for answer, words in of_exercise(exercise) if words == "RIGHT"]


def equivalent(exercise: Exercise) -> dict[str, str]:
    """Mutants that pass, and why that is no hole."""
    rows = of_exercise(exercise)
    return {answer: words for answer, words in rows if words.startswith("SAME: ")}


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
