"""Every check refuses the mistakes that learners make, with words that help."""

import importlib

import pytest
from chapter_tables import FOLDER, edited, of_exercise, prose
from notebook_reader import EXERCISES, NOTEBOOKS, run_answer

LEAST = 5  # mistakes an exercise
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake", "words"),
    [
        pytest.param(exercise, *entry, id=f"{exercise.name}-{number}")
        for exercise in EXERCISES
        for number, entry in enumerate(of_exercise(exercise, "MISTAKES"))
    ],
)


def verdict(exercise, answer):
    return exercise.verdict_in(run_answer(exercise, edited(exercise, answer)))


@each_mistake
def test_a_mistake_is_refused_for_a_reason(exercise, mistake, words):
    answer = verdict(exercise, mistake)
    assert answer.status == "wrong", answer
    assert words in repr(answer)


@each_exercise
def test_other_right_answers_are_right(exercise):
    for accepted in of_exercise(exercise, "ACCEPTED"):
        answer = verdict(exercise, accepted)
        assert answer.status == "right", f"{accepted}\n{answer}"


@each_exercise
def test_nothing_yet_is_to_do(exercise):
    (answer,) = exercise.check_call.args
    namespace = run_answer(exercise, "")
    namespace[answer.id] = None
    assert exercise.verdict_in(namespace).status == "to do"


@each_exercise
def test_has_enough_mistakes(exercise):
    found = len(of_exercise(exercise, "MISTAKES"))
    assert found >= LEAST or exercise.has_its_own_check, (
        f"{exercise.check_name} has {found} mistakes in tests/chapters/"
        f"{exercise.chapter}/answers.py; think of {LEAST} at least that learners make"
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_prose_says_what_is_computed(notebook):
    text = "\n".join(cell.source for cell in notebook.cells)
    for words in prose(notebook.chapter):
        assert words in text, f"{notebook.path.name} should say: {words}"


@pytest.mark.parametrize(
    "path", FOLDER.glob("*/answers.py"), ids=lambda p: p.parent.name
)
def test_every_table_is_about_an_exercise(path):
    chapter = path.parent.name
    known = {e.check_name for e in EXERCISES if e.chapter == chapter}
    module = importlib.import_module(f"chapters.{chapter}.answers")
    for table in ("MISTAKES", "ACCEPTED", "EQUIVALENT"):
        unknown = getattr(module, table, {}).keys() - known
        assert not unknown, f"{path}: {table} has {unknown}, which no notebook calls"
