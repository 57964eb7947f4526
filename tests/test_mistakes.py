"""Every check refuses the mistakes that learners make, with words that help."""

import pytest
from chapter_tables import FOLDER, accepted, answers, edited, mistakes, prose
from notebook_reader import EXERCISES, NOTEBOOKS, run_answer

LEAST = 5  # mistakes an exercise
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda ex: ex.name)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake", "words"),
    [
        pytest.param(exercise, *entry, id=f"{exercise.name}-{number}")
        for exercise in EXERCISES
        for number, entry in enumerate(mistakes(exercise))
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
    for other in accepted(exercise):
        answer = verdict(exercise, other)
        assert answer.status == "right", f"{other}\n{answer}"


@each_exercise
def test_nothing_yet_is_to_do(exercise):
    (answer,) = exercise.check_call.args
    namespace = run_answer(exercise, "")
    namespace[answer.id] = None
    assert exercise.verdict_in(namespace).status == "to do"


@each_exercise
def test_has_enough_mistakes(exercise):
    found = len(mistakes(exercise))
    assert found >= LEAST or exercise.has_its_own_check, (
        f"{exercise.check_name} has {found} mistakes in tests/chapters/"
        f"{exercise.chapter}/answers.txt; think of {LEAST} at least that learners make"
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_prose_says_what_is_computed(notebook):
    text = "\n".join(cell.source for cell in notebook.cells)
    missing = [words for words in prose(notebook.chapter) if words not in text]
    assert not missing, f"{notebook.path.name} should say each of these: {missing}"


@pytest.mark.parametrize(
    "chapter", [path.parent.name for path in FOLDER.glob("*/*.txt")]
)
def test_every_answer_is_to_an_exercise(chapter):
    known = {e.check_name for e in EXERCISES if e.chapter == chapter}
    unknown = answers(chapter).keys() - known
    assert not unknown, (
        f"tests/chapters/{chapter}/answers.txt has answers to {unknown}, which no "
        "notebook calls"
    )
