"""The examples in CONTRIBUTING.md are there to be copied, so they work."""

import pytest
from chapter_tables import edited, read_answers
from notebook_reader import FENCE, ROOT, Exercise

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = [code for language, code in FENCE.findall(TEXT) if language == "python"]
(ANSWERS,) = [text for language, text in FENCE.findall(TEXT) if language == "text"]


@pytest.fixture
def names():
    namespace = {"__name__": "examples"}
    for code in EXAMPLES:
        exec(code, namespace)
    return namespace


def test_the_check_and_its_mistakes(names):
    solution = "```python\ndef double(x):\n    return 2 * x\n```"
    card = {"statement": "", "stub": "", "check": "check_double(double)", "given": ""}
    exercise = Exercise("00_example-1", solution=solution, **card)
    exec(exercise.solution_code, names)
    assert exercise.verdict_in(names).status == "right"
    for mistake, words in read_answers(ANSWERS)["check_double"]:
        exec(edited(exercise, mistake), names)
        answer = exercise.verdict_in(names)
        assert answer.status == "wrong" and words in repr(answer)


def test_the_explorer(names):
    explorer = names["powers_explorer"]()
    explorer.widgets["base"].value = -3
    assert explorer.error.value == "" and "81" in explorer.picture.value
