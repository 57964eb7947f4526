"""Every exercise is a complete card; its solution is right and its stub is to do."""

import ast
import re

import pytest
from notebook_reader import (
    CARD,
    EXERCISES,
    FENCE,
    NOTEBOOKS,
    Exercise,
    Notebook,
    shown,
    tags,
)

from course_utils.checks.verdict import Verdict

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda nb: nb.name)
MOST = {"01": 7, "02": 6}  # elsewhere 5
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)


def bound(source: str) -> dict[str, ast.stmt]:
    """What top-level code defines or assigns, by name."""
    names: dict[str, ast.stmt] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            stored = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
            stored = [n for n in stored if isinstance(n.ctx, ast.Store)]
            names |= {name.id: statement for name in stored}
    return names


def verdict(exercise: Exercise, code: str) -> Verdict:
    """What the check says to `code`, run after the setup as in the notebook."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(exercise.given, namespace)
    exec(code, namespace)
    call = ast.Expression(exercise.check_call)
    return eval(compile(call, exercise.name, "eval"), namespace)


# ---------------------------------------------------------------- the card


@each_notebook
def test_has_a_handful_of_exercises(notebook: Notebook) -> None:
    assert 2 <= len(notebook.exercises) <= MOST.get(notebook.name[:2], 5)


@each_notebook
def test_each_exercise_has_its_four_cells(notebook: Notebook) -> None:
    roles = [next((t for t in tags(c) if t in CARD), None) for c in notebook.cells]
    assert [role for role in roles if role] == CARD * len(notebook.exercises)
    for card in notebook.cards:
        kinds = [cell.cell_type for cell in card]
        assert kinds == ["markdown", "code", "code", "markdown"]
        assert all(role in tags(cell) for role, cell in zip(CARD, card, strict=True))


@each_notebook
def test_exercises_are_numbered(notebook: Notebook) -> None:
    for number, exercise in enumerate(notebook.exercises, start=1):
        assert re.match(rf"### Exercise {number}\b", exercise.statement)


@each_notebook
def test_committed_checks_say_to_do(notebook: Notebook) -> None:
    for _, _, check, _ in notebook.cards:
        assert "to do" in shown(check).lower(), check.source


@each_exercise
def test_statement_says_difficulty_minutes_and_hints(exercise: Exercise) -> None:
    assert re.search(r"(?<![●○])(●○○|●●○|●●●)(?![●○])", exercise.statement)
    assert re.search(r"\b\d+\s+minutes?\b", exercise.statement)
    summaries = re.findall(r"<details><summary>(.+?)</summary>", exercise.statement)
    assert any(summary.startswith("Hint") for summary in summaries)
    assert any(summary.startswith("If the check says") for summary in summaries)


@each_exercise
def test_stub_defines_what_the_check_is_called_with(exercise: Exercise) -> None:
    used = {n.id for n in ast.walk(exercise.check_call) if isinstance(n, ast.Name)}
    stub = bound(exercise.stub)
    assert stub
    assert set(stub) <= used


@each_exercise
def test_stub_leaves_everything_to_the_learner(exercise: Exercise) -> None:
    for name, statement in bound(exercise.stub).items():
        if isinstance(statement, ast.Assign):
            assert ast.unparse(statement.value).strip("()").split(", ")[0] == "None"
        else:
            assert ast.get_docstring(statement), f"{name} has no docstring"
            assert "raise NotImplementedError" in ast.unparse(statement)


@each_exercise
def test_check_is_one_call(exercise: Exercise) -> None:
    assert re.match(r"check_\w+\(", exercise.check)
    assert isinstance(exercise.check_call, ast.Call)


@each_exercise
def test_solution_is_one_block_and_a_sentence(exercise: Exercise) -> None:
    found = re.fullmatch(
        r"<details><summary>Solution</summary>\n\n(.+)\n\n</details>",
        exercise.solution.strip(),
        re.DOTALL,
    )
    assert found, "a solution is one <details> with the summary Solution"
    assert [language for language, _ in FENCE.findall(found[1])] == ["python"]
    assert re.search(r"\w.*\.", FENCE.sub("", found[1])), "say why in one sentence"


@each_exercise
def test_solution_keeps_the_stubs_names_and_signatures(exercise: Exercise) -> None:
    solution = bound(exercise.solution_code)
    for name, stub in bound(exercise.stub).items():
        assert type(solution[name]) is type(stub)
        if isinstance(stub, ast.FunctionDef):
            assert ast.unparse(solution[name].args) == ast.unparse(stub.args)


# ---------------------------------------------------------------- the verdict


@each_exercise
def test_solution_is_right(exercise: Exercise) -> None:
    answer = verdict(exercise, exercise.solution_code)
    assert answer.status == "right", answer


@each_exercise
def test_stub_is_to_do(exercise: Exercise) -> None:
    answer = verdict(exercise, exercise.stub)
    assert answer.status == "to do", answer
