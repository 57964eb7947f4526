"""Every exercise is a complete card; its solution is right and its stub is to do."""

import ast
import re

import pytest
from notebook_reader import EXERCISES, FENCE, NOTEBOOKS, Exercise, run_answer, shown

from tools.exercises import CARD, ROOT, tags

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda nb: nb.name)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)
SOLUTION = re.compile(
    r"\s*<details><summary>Solution</summary>\n\n(.+)\n\n</details>\s*", re.DOTALL
)
JUDGED_BY_WHAT_IT_DOES = {  # by a few demands, each on many images or runs
    "check_accumulate_gradients",
    "check_answer",
    "check_block_tests",
    "check_dropout",
    "check_fits_one_batch",
    "check_hold_out",
    "check_make_changes",
    "check_rate_groups",
    "check_save_and_load",
    "check_time_in_turns",
    "check_train_best",
    "check_transfer_net",
}
LEAST = 10  # calls of any other check of a function; a page tells that, too
SAYS = {
    "check_small_network": r"right: after 300 steps 8\d\.\d% of the images are right"
}


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


@each_notebook
def test_has_a_handful_of_exercises_of_four_cells_each(notebook):
    cards, path = list(notebook.cards), notebook.path
    count = f"{path} has {len(cards)} exercises; a lesson has 3 to 7"
    assert 3 <= len(cards) <= 7, count
    roles = [role for cell in notebook.cells for role in tags(cell) if role in CARD]
    order = f"{path}: cells tagged {', '.join(CARD)} come in this order, not {roles}"
    assert roles == CARD * len(cards), order
    for number, card in enumerate(cards, start=1):
        where, heading = card[0].source[:40], f"### Exercise {number}:"
        kinds = [cell.cell_type for cell in card]
        together = all(role in tags(cell) for role, cell in zip(CARD, card))
        between = f"{path}: between the four cells of an exercise stands none: {where}"
        assert together and kinds == ["markdown", "code", "code", "markdown"], between
        renumber = f"{path}: {where} should begin with {heading!r}: number the others"
        assert card[0].source.startswith(heading), renumber


@each_notebook
def test_committed_checks_say_to_do(notebook):
    for _, _, check, _ in notebook.cards:
        assert "to do" in shown(check).lower(), (
            f"the saved output of {check.source!r} in {notebook.path} is not “to do”: "
            f"run make notebooks NB=notebooks/{notebook.path.name}"
        )


@each_exercise
def test_is_complete(exercise):
    missing = [what for what, there in parts(exercise) if not there]
    assert not missing, f"{file_of(exercise)} lacks {', and '.join(missing)}"


def parts(exercise):
    """What an exercise consists of, and whether it is there."""
    text, stub = exercise.statement, bound(exercise.stub)
    levels = re.findall(r"(?<![●○])(?:●○○|●●○|●●●)(?![●○])", text)
    yield "a difficulty, ●○○, ●●○ or ●●●", levels
    yield "how many minutes it takes", re.search(r"\d\s+minutes?\b", text)
    for folded in ("Hint", "If the check says"):
        yield f"a folded “{folded} …”", f"<details><summary>{folded}" in text
    for name, statement in stub.items():
        if isinstance(statement, ast.Assign):
            value = ast.unparse(statement.value).strip("()").split(", ")[0]
            yield f"None as {name} in the stub", value == "None"
        else:
            yield f"a docstring of {name} in the stub", ast.get_docstring(statement)
            left = "raise NotImplementedError" in ast.unparse(statement)
            yield f"raise NotImplementedError in {name} of the stub", left
    check = ast.parse(exercise.check)
    is_call = exercise.check.startswith("check_") and len(check.body) == 1
    yield "one call, check_something(answer), in its check cell", is_call
    used = {node.id for node in ast.walk(check) if isinstance(node, ast.Name)}
    yield f"a stub of what {exercise.check} takes", stub and stub.keys() <= used
    found = SOLUTION.fullmatch(exercise.solution)
    yield "one <details> with the summary Solution", found
    languages = [language for language, _ in FENCE.findall(exercise.solution)]
    yield "one block of Python in its solution", languages == ["python"]
    prose = re.sub(r"<!--.*?-->", "", FENCE.sub("", found[1] if found else ""))
    yield "a sentence below its solution, that says why", re.search(r"\w.*\.", prose)
    solution = bound(exercise.solution_code)
    for name, begun in stub.items():
        same = type(solution.get(name)) is type(begun)
        yield f"{name} in its solution", same
        if same and isinstance(begun, ast.FunctionDef):
            head = ast.unparse(begun.args)
            kept = ast.unparse(solution[name].args) == head
            yield f"the stub's {name}({head}) in its solution", kept


@each_exercise
def test_stub_is_to_do_and_solution_is_right_in_enough_cases(exercise):
    stub, solution = (
        run_answer(exercise, code) for code in (exercise.stub, exercise.solution_code)
    )
    said = exercise.verdict_in(stub)
    assert said.status == "to do", f"{file_of(exercise)}, not to do: {said}"
    said = exercise.verdict_in(solution)
    assert said.status == "right", f"{file_of(exercise)}, not right: {said}"
    (answer,) = exercise.check_call.args
    if callable(solution[answer.id]):
        assert not (fault := lacks_cases(exercise, repr(said))), fault


def lacks_cases(exercise, said):
    """What is wrong with how much a check has tried, as it says, if anything is."""
    says = SAYS.get(exercise.check_name, r"right: (?P<cases>\d+) cases")
    least = 6 if exercise.check_name in JUDGED_BY_WHAT_IT_DOES else LEAST
    found = re.fullmatch(says, said)
    if found and int(found.groupdict().get("cases", least)) >= least:
        return ""
    check = f"{file_of(exercise)}: {exercise.check_name} says {said!r}"
    return f"{check}; give it at least {least} calls, so that it says so many cases"


def test_checks_that_try_little_are_called_somewhere():
    gone = JUDGED_BY_WHAT_IT_DOES - {exercise.check_name for exercise in EXERCISES}
    assert not gone, f"no notebook calls {gone}: take it out of the list above"


def test_who_writes_a_check_is_told_how_many_calls_it_needs():
    exercise = Exercise("05_pooling-7", "", "", "check_double(double)", "", "")
    assert not lacks_cases(exercise, "right: 10 cases")
    fault = lacks_cases(exercise, "right: 3 cases")
    assert "05_pooling.ipynb, exercise 7: check_double" in fault
    assert f"at least {LEAST} calls" in fault
    for page in ("CONTRIBUTING.md", "TEACHING.md"):
        assert f"at least {LEAST} calls" in (ROOT / page).read_text(encoding="utf-8")
