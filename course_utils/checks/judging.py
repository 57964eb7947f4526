"""Judging an answer: a function against a reference, or a number worked out by hand."""

import inspect
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from course_utils.checks.comparing import (
    difference,
    differing,
    number_text,
    numbers,
    same_values,
    shown,
)
from course_utils.checks.picturing import Panel, side_by_side
from course_utils.checks.running import SECONDS, Outcome, OutOfTime, how_it_stopped, run
from course_utils.checks.verdict import Verdict, right, to_do, wrong
from course_utils.drawing import Scene

Window = Callable[..., Sequence[Sequence[int]]]


@dataclass(frozen=True)
class Case:
    """Arguments to call a function with.

    Parameters
    ----------
    args, options
        Positional and keyword arguments.
    look_at
        Where to look if this case fails, without giving the answer away.
    at_shape
        Where to look instead if the result has another shape; "" is `look_at`.
    """

    args: tuple
    options: Mapping[str, Any] = field(default_factory=dict)
    look_at: str = ""
    at_shape: str = ""


def judge_function(
    function: object,
    reference: Callable,
    cases: Sequence[Case],
    *,
    name: str,
    window: Window | None = None,
    seconds: float = SECONDS,
) -> Verdict:
    """Compare a learner's function with a reference, and stop at the first difference.

    Compared are shape, values, kind of number, and that the arguments are left as they
    were. Where the reference raises ``ValueError``, so must the function.

    Parameters
    ----------
    function
        What the learner wrote; None if nothing yet.
    reference
        Takes the same arguments, under the names used in messages and pictures.
    cases
        The smallest first: the first that fails is shown.
    name
        What the learner's function is called.
    window
        ``window(cell, **arguments)`` gives, for each axis of the first array, the
        places on which an output cell depends, such as its rows and its columns; the
        picture frames them for the first wrong cell.
    seconds
        Time for all cases together.

    Returns
    -------
    Verdict
    """
    if function is None:
        return to_do(f"write {name}")
    if not callable(function):
        return wrong(f"{name} should be a function, got {shown(function)}")
    deadline, remark = time.monotonic() + seconds, ""
    for number, case in enumerate(cases, 1):
        left = deadline - time.monotonic()
        outcome = run(function, case.args, case.options, seconds=left)
        if isinstance(outcome.error, NotImplementedError):
            if callee := _unwritten_callee(function, outcome.error):
                return to_do(f"write {callee}, which {name} calls")
            return to_do(_what_is_left(name, number - 1, len(cases)))
        trial = _Trial(case, reference, outcome)
        if problem := trial.problem(seconds):
            message = f"case {number} of {len(cases)}, {trial.call(name)}: {problem}"
            picture = trial.picture(message, window)
            return wrong(message, look_at=trial.look_at, scene=picture)
        remark = remark or trial.remark()
    return right(f"{len(cases)} cases{remark}")


def judge_number(
    answer: object,
    expected: float,
    *,
    causes: Mapping[float, str],
    otherwise: str,
    tolerance: float = 1e-6,
    scene: Scene | None = None,
) -> Verdict:
    """Compare a number that the learner worked out with the right one.

    Parameters
    ----------
    answer
        What the learner typed; None if nothing yet.
    expected
        The right number.
    causes
        Wrong numbers that have a known cause, with the hint for each.
    otherwise
        The hint for all other wrong numbers.
    tolerance
        How far off a right answer may be, for numbers that learners round.
    scene
        A picture of the question.

    Returns
    -------
    Verdict
    """
    if answer is None:
        return to_do("replace None by your answer")
    value = numbers(answer)
    if value is None or value.ndim or value.dtype.kind not in "iuf":
        return wrong(f"the answer should be one number, got {shown(answer)}")
    if abs(value - expected) <= tolerance:
        return right(number_text(value.item()))
    hints = (text for cause, text in causes.items() if abs(value - cause) <= tolerance)
    message = f"it is not {number_text(value.item())}"
    return wrong(message, look_at=next(hints, otherwise), scene=scene)


class _Trial:
    """One case, with what the reference and the learner's function made of it."""

    def __init__(self, case: Case, reference: Callable, outcome: Outcome) -> None:
        self.case, self.outcome = case, outcome
        bound = inspect.signature(reference).bind(*case.args, **case.options)
        self.arguments = bound.arguments
        try:
            self.expected = reference(*case.args, **case.options)
        except ValueError as error:
            self.expected = error

    def problem(self, seconds: float) -> str:
        error, must_raise = self.outcome.error, isinstance(self.expected, ValueError)
        if must_raise and isinstance(error, ValueError):
            return ""
        if error is not None:
            return how_it_stopped(error, seconds=seconds)
        if self.outcome.changed:
            return f"changed the {self._changed()} it was given; work on a copy"
        if must_raise:
            return f"expected a ValueError, yours returned {shown(self.outcome.value)}"
        return difference(self.expected, self.outcome.value)

    @property
    def look_at(self) -> str:
        # The case's hint is about what was computed, not about how it was handed over.
        outcome = self.outcome
        if isinstance(outcome.error, OutOfTime):
            return "whether every loop ends"
        if same_values(self.expected, outcome.value) or outcome.changed:
            return ""
        if outcome.value is None:
            return self.case.look_at if outcome.error else ""
        fits = np.shape(numbers(outcome.value)) == np.shape(self.expected)
        return self.case.look_at if fits else self.case.at_shape or self.case.look_at

    def remark(self) -> str:
        kind, value = type(self.expected), self.outcome.value
        if not _is_array(self.expected) or isinstance(value, kind):
            return ""
        return f" (yours returns {type(value).__name__}, better: {kind.__name__})"

    def call(self, name: str) -> str:
        texts = [
            key if _is_array(value) else f"{key}={value!r}"
            for key, value in self.arguments.items()
        ]
        return f"{name}({', '.join(texts)})"

    def picture(self, description: str, window: Window | None) -> Scene | None:
        inputs = {k: numbers(v) for k, v in self.arguments.items() if _is_array(v)}
        expected, yours = numbers(self.expected), numbers(self.outcome.value)
        if expected is None or not inputs:
            return None
        cells = [] if yours is None else differing(expected, yours)
        caption = "framed: cells that are wrong" if cells else ""
        first, *others = (Panel(name, values) for name, values in inputs.items())
        if cells and window:
            axes = window(cells[0], **self.arguments)
            first = replace(first, framed=[*product(*axes)])
            caption += f", and the window of cell {[*cells[0]]}"
        note = self._instead_of_numbers() if yours is None else ""
        results = Panel("expected", expected, cells), Panel("yours", yours, cells, note)
        panels = [first, *others, *results]
        return side_by_side(panels, description, caption=caption)

    def _instead_of_numbers(self) -> str:
        error, value = self.outcome.error, self.outcome.value
        return "None" if error is value is None else type(error or value).__name__

    def _changed(self) -> str:
        key = self.outcome.changed[0]
        return key if isinstance(key, str) else [*self.arguments][key]


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") and np.ndim(value) > 0


def _unwritten_callee(function: Callable, error: NotImplementedError) -> str:
    # Only a function beside the learner's: not a part of it, nor of a library.
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    name = frame.f_code.co_name
    callee = getattr(function, "__globals__", {}).get(name, function)
    is_another = getattr(callee, "__code__", None) is frame.f_code
    return name if callee is not function and is_another else ""


def _what_is_left(name: str, done: int, total: int) -> str:
    if not done:
        return f"write {name}"
    return f"finish {name}, which is right for {done} of {total} cases so far"
