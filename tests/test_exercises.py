"""Every exercise is a complete card; its solution is right and its stub is to do."""

import ast
import re

import pytest
from notebook_reader import CARD, EXERCISES, FENCE, NOTEBOOKS, run_answer, shown, tags

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda nb: nb.name)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)


def file_of(exercise):
    name, _, number = exercise.name.rpartition("-")
    return f"notebooks/{name}.ipynb, exercise {number}"


def bound(source):
    """What top-level code defines or assigns, by name."""
    names = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            stored = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
            stored = [n for n in stored if isinstance(n.ctx, ast.Store)]
            names |= {name.id: statement for name in stored}
    return names


# ---------------------------------------------------------------- the card


@each_notebook
def test_has_a_handful_of_exercises(notebook):
    count = len(notebook.exercises)
    assert 2 <= count <= 7, (
        f"{notebook.path} has {count} exercises; a lesson has 2 to 7"
    )


@each_notebook
def test_each_exercise_has_its_four_cells(notebook):
    roles = [next((t for t in tags(c) if t in CARD), None) for c in notebook.cells]
    found = [role for role in roles if role]
    assert found == CARD * len(notebook.exercises), (
        f"{notebook.path}: cells tagged {', '.join(CARD)} come in this order, not "
        f"{found}"
    )
    for card in notebook.cards:
        kinds = [cell.cell_type for cell in card]
        together = all(role in tags(cell) for role, cell in zip(CARD, card))
        assert together and kinds == ["markdown", "code", "code", "markdown"], (
            f"{notebook.path}: between the four cells of an exercise stands none: "
            f"{card[0].source[:40]}"
        )


@each_notebook
def test_exercises_are_numbered(notebook):
    for number, exercise in enumerate(notebook.exercises, start=1):
        wanted = f"### Exercise {number}:"
        assert exercise.statement.startswith(wanted), (
            f"{file_of(exercise)} should begin with {wanted!r}: number the others, too"
        )


@each_notebook
def test_committed_checks_say_to_do(notebook):
    for _, _, check, _ in notebook.cards:
        assert "to do" in shown(check).lower(), (
            f"the saved output of {check.source!r} in {notebook.path} is not “to do”: "
            f"run make notebooks NB=notebooks/{notebook.path.name}"
        )


@each_exercise
def test_statement_says_difficulty_minutes_and_hints(exercise):
    summaries = re.findall(r"<details><summary>(.+?)</summary>", exercise.statement)
    parts = {
        "a difficulty, ●○○, ●●○ or ●●●": re.search(
            r"(?<![●○])(●○○|●●○|●●●)(?![●○])", exercise.statement
        ),
        "how many minutes it takes": re.search(r"\d\s+minutes?\b", exercise.statement),
        "a folded Hint": any(s.startswith("Hint") for s in summaries),
        "a folded “If the check says …”": any(
            s.startswith("If the check says") for s in summaries
        ),
    }
    missing = [what for what, there in parts.items() if not there]
    assert not missing, f"{file_of(exercise)} lacks {', '.join(missing)}"


@each_exercise
def test_stub_defines_what_the_check_is_called_with(exercise):
    used = {n.id for n in ast.walk(exercise.check_call) if isinstance(n, ast.Name)}
    stub = set(bound(exercise.stub))
    assert stub and stub <= used, (
        f"{file_of(exercise)}: the stub defines {stub or 'nothing'}, the check "
        f"takes {used - {exercise.check_name}}"
    )


@each_exercise
def test_stub_leaves_everything_to_the_learner(exercise):
    for name, statement in bound(exercise.stub).items():
        where = f"{file_of(exercise)}: {name} in the stub"
        if isinstance(statement, ast.Assign):
            value = ast.unparse(statement.value).strip("()").split(", ")[0]
            assert value == "None", f"{where} should be None"
        else:
            assert ast.get_docstring(statement), f"{where} has no docstring"
            left = "raise NotImplementedError" in ast.unparse(statement)
            assert left, f"{where} should raise NotImplementedError"


@each_exercise
def test_check_is_one_call(exercise):
    is_call = re.match(r"check_\w+\(", exercise.check)
    assert is_call and isinstance(exercise.check_call, ast.Call), (
        f"{file_of(exercise)}: the check cell is one call, check_something(answer)"
    )


@each_exercise
def test_solution_is_one_block_and_a_sentence(exercise):
    found = re.fullmatch(
        r"<details><summary>Solution</summary>\n\n(.+)\n\n</details>",
        exercise.solution.strip(),
        re.DOTALL,
    )
    where = f"{file_of(exercise)}: a solution is"
    assert found, f"{where} one <details> with the summary Solution"
    languages = [language for language, _ in FENCE.findall(found[1])]
    assert languages == ["python"], f"{where} one block of Python"
    prose = re.sub(r"<!--.*?-->", "", FENCE.sub("", found[1]))
    assert re.search(r"\w.*\.", prose), f"{where} followed by a sentence that says why"


@each_exercise
def test_solution_keeps_the_stubs_names_and_signatures(exercise):
    solution = bound(exercise.solution_code)
    for name, stub in bound(exercise.stub).items():
        where = f"{file_of(exercise)}: the solution"
        assert type(solution.get(name)) is type(stub), f"{where} should define {name}"
        if isinstance(stub, ast.FunctionDef):
            head = ast.unparse(stub.args)
            same = ast.unparse(solution[name].args) == head
            assert same, f"{where} should keep {name}({head})"


# ---------------------------------------------------------------- the verdict


@each_exercise
def test_solution_is_right(exercise):
    answer = exercise.verdict_in(run_answer(exercise, exercise.solution_code))
    assert answer.status == "right", f"{file_of(exercise)}, the solution: {answer}"


@each_exercise
def test_stub_is_to_do(exercise):
    answer = exercise.verdict_in(run_answer(exercise, exercise.stub))
    assert answer.status == "to do", f"{file_of(exercise)}, the stub: {answer}"
