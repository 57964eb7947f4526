"""Every check takes the right answer, and refuses wrong ones with words that help."""

import importlib
import inspect
import pkgutil
import runpy
from pathlib import Path

import numpy as np
import pytest

from course_utils import checks

ANSWERS = Path(__file__).parent / "wrong_answers"


def all_checks():
    for module in pkgutil.iter_modules(checks.__path__):
        members = vars(importlib.import_module(f"course_utils.checks.{module.name}"))
        for name, member in members.items():
            if name.startswith("check_") and inspect.isfunction(member):
                yield member


def answers(kind):
    tables = [runpy.run_path(str(path))[kind] for path in ANSWERS.glob("*.py")]
    return {check: answer for table in tables for check, answer in table.items()}


CHECKS = sorted(set(all_checks()), key=lambda check: check.__name__)
RIGHT, WRONG = answers("RIGHT"), answers("WRONG")
WRONG_ONES = [
    pytest.param(check, answer, words, id=f"{check.__name__}-{number}")
    for check, table in WRONG.items()
    for number, (answer, words) in enumerate(table)
]
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)


def untouched(*args, **options):
    raise NotImplementedError


@each_check
def test_every_check_has_a_right_answer_and_five_wrong_ones(check):
    assert check in RIGHT
    assert len(WRONG.get(check, ())) >= 5
    assert inspect.getdoc(check)


@each_check
def test_the_right_answer_is_right(check):
    verdict = check(RIGHT[check])
    assert verdict.status == "right", verdict
    if callable(RIGHT[check]):
        cases = int(verdict.message.split()[0])
        assert repr(verdict) == f"right: {cases} cases"
        assert cases >= 10


@each_check
def test_the_untouched_stub_is_to_do(check):
    stubs = [None, untouched] if callable(RIGHT[check]) else [None]
    for stub in stubs:
        verdict = check(stub)
        assert verdict.status == "to do"
        assert repr(verdict).endswith(", then run this cell again")


@pytest.mark.parametrize(("check", "answer", "words"), WRONG_ONES)
def test_a_wrong_answer_is_wrong_for_a_reason(check, answer, words):
    verdict = check(answer)
    assert verdict.status == "wrong"
    assert words in repr(verdict)
    assert "stopped with" not in verdict.message or "uses" in words
    assert repr(check(answer)) == repr(verdict)


@each_check
def test_any_nonsense_gets_a_verdict(check):
    for answer in ([], {}, "x", b"x", 1j, np.arange(3), object(), len, lambda: 0, ...):
        verdict = check(answer)
        assert verdict.status == "wrong", answer
        assert len(verdict.message) < 300
