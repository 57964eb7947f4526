"""Checks as data: a reference, and a list of calls, each under its hint.

A check is called with what the learner wrote and returns a `Verdict`; CONTRIBUTING.md
has an example. A text is the hint for the calls below it; both may share a list. A call
is a tuple of arguments, its options in a dict at the end; lists of numbers become
arrays. The first that fails is shown, so the smallest come first.
"""

import inspect
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np

from course_utils.kit.compare import (
    difference,
    differing,
    is_rounded,
    number_text,
    numbers,
    same_values,
    shown,
)
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.ready_made import remark_on
from course_utils.kit.run import (
    SECONDS,
    Budget,
    Outcome,
    OutOfTime,
    how_it_stopped,
    run,
)
from course_utils.kit.scene import Scene
from course_utils.kit.verdict import Verdict, right, to_do, wrong


@dataclass(frozen=True)
class Hint:
    """A hint for the calls below it; others for another shape, and after an error."""

    look_at: str = ""
    at_shape: str = ""
    at_error: str = ""


@dataclass(frozen=True)
class Case:
    """Arguments to call a function with, and where to look if it then fails."""

    args: tuple
    options: Mapping[str, Any]
    hint: Hint


class Check:
    """Compare a function with a reference, and stop at the first difference.

    Compared are shape, values, kind of number, and that the arguments are left as they
    were. Where the reference raises ``ValueError``, so must the function.

    name: what the learner's function is called. reference: takes the same arguments,
    under the names used in messages and pictures. window: ``window(cell, **arguments)``
    gives, for each axis of the first array, the places on which an output cell depends;
    the picture frames them. first: ``first(**arguments)`` is the panel of that array,
    if it is not to be drawn as it stands. view: ``view(result)`` is compared. at_shape:
    the hint for results of another shape, of calls whose own is a plain text. slips:
    what a message may say (a regular expression) → the hint that then is better than
    the call's. as_array: what becomes of lists of numbers, such as ``torch.tensor``;
    ``list`` leaves them. whole: False takes 2.0 for 2, and 2 for 2.0. ready_made:
    functions of libraries that would do all the work, such as ``["conv2d"]``; who uses
    one is right, and told to write theirs. seconds: time for all calls together.
    """

    def __init__(
        self,
        name: str,
        reference: Callable,
        *calls: str | Hint | tuple | list,
        window: Callable[..., Sequence[Sequence[int]]] | None = None,
        first: Callable[..., Panel] | None = None,
        view: Callable[[Any], Any] = lambda result: result,
        at_shape: str = "",
        slips: Mapping[str, str] = MappingProxyType({}),
        as_array: Callable[[list], Any] = np.array,
        whole: bool = True,
        ready_made: Sequence[str] = (),
        seconds: float = SECONDS,
    ) -> None:
        self.whole, self.slips, self.ready_made = whole, slips, ready_made
        self.name, self.reference = name, reference
        self.window, self.first = window, first
        self.view, self.seconds, self.cases, hint = view, seconds, [], Hint()
        for call in flat(calls):
            if not isinstance(call, tuple):
                hint = call if isinstance(call, Hint) else Hint(call, at_shape)
                continue
            has_options = call and isinstance(call[-1], dict)
            *args, options = call if has_options else (*call, {})
            arrays = tuple(as_array(a) if _rows(a) else a for a in args)
            self.cases.append(Case(arrays, options, hint))

    def __call__(self, function: Callable | None) -> Verdict:
        """Judge what the learner wrote; None if nothing yet."""
        name, total = self.name, len(self.cases)
        if function is None:
            return to_do(f"write {name}")
        if not callable(function):
            return wrong(f"{name} should be a function, got {shown(function)}")

        def viewed(*args: Any, **options: Any) -> Any:
            result = function(*args, **options)
            with suppress(TypeError, ValueError):  # of another kind: told as it is
                return self.view(result)
            return result

        budget, remark = Budget(self.seconds), ""
        for number, case in enumerate(self.cases, 1):
            left = budget.left()
            outcome = run(viewed, case.args, case.options, seconds=left)
            if outcome.is_stub:
                return to_do(self._what_is_left(function, outcome.error, number - 1))
            trial = _Trial(self, case, outcome)
            problem, hint = trial.problem_and_hint()
            if problem:
                message = f"case {number} of {total}, {trial.call()}: {problem}"
                hints = (self.slips[s] for s in self.slips if re.search(s, message))
                look_at = next(hints, hint)
                return wrong(message, look_at=look_at, scene=trial.picture(message))
            remark = remark or trial.remark()
        return right(f"{total} cases{remark}{remark_on(function, self.ready_made)}")

    def _what_is_left(self, function: Callable, error: Exception, done: int) -> str:
        # Only a function beside the learner's is named: no part of it, nor a library's.
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        name = frame.f_code.co_name
        callee = getattr(function, "__globals__", {}).get(name, function)
        if callee is not function and getattr(callee, "__code__", None) is frame.f_code:
            return f"write {name}, which {self.name} calls"
        if not done:
            return f"write {self.name}"
        so_far = f"{done} of {len(self.cases)} cases so far"
        return f"finish {self.name}, which is right for {so_far}"


def drawn(count: int, draw: Callable, *, seed: int = 0) -> list:
    """Return random calls, the same each time: ``draw(generator, number)`` is one."""
    generator = np.random.default_rng(seed)
    return [draw(generator, number) for number in range(count)]


def image_and_kernel(rng: np.random.Generator, number: int) -> tuple:
    """Draw an image and a kernel that fits, for `drawn`; every third has decimals."""
    shapes = rng.integers([3, 3, 1, 1], [7, 7, 4, 4])
    image = rng.integers(-9, 10, shapes[:2])
    kernel = rng.integers(-9, 10, shapes[2:])
    return image * (0.5 if number % 3 == 2 else 1), kernel


def flat(calls: Iterable[str | Hint | tuple | list]) -> Iterator[str | Hint | tuple]:
    """Take what shares a line apart."""
    for call in calls:
        yield from call if isinstance(call, list) else [call]


def _rows(value: object) -> bool:
    return isinstance(value, list) and not isinstance(next(iter(value), ()), tuple)


class _Trial:
    """One case, with what the reference and the learner's function made of it."""

    def __init__(self, check: Check, case: Case, outcome: Outcome) -> None:
        self.check, self.case, self.outcome = check, case, outcome
        bound = inspect.signature(check.reference).bind(*case.args, **case.options)
        names = bound.signature.parameters
        self.arguments = dict(zip(names, bound.args)) | bound.kwargs
        try:
            self.expected = check.reference(*case.args, **case.options)
        except ValueError as error:
            self.expected = error

    def problem_and_hint(self) -> tuple[str, str]:
        # The case's hint is about what was computed, not about how it was handed over.
        error, value, hint = self.outcome.error, self.outcome.value, self.case.hint
        must_raise = isinstance(self.expected, ValueError)
        if must_raise and isinstance(error, ValueError):
            return "", ""
        if error is not None:
            # The case's hint speaks of a result; an error's own line says more.
            look_at = hint.look_at if must_raise else hint.at_error
            if isinstance(error, OutOfTime):
                look_at = "whether every loop ends"
            return how_it_stopped(error, seconds=self.check.seconds), look_at
        if self.outcome.changed:
            key = self.outcome.changed[0]
            argument = key if isinstance(key, str) else [*self.arguments][key]
            return f"changed the {argument} it was given; work on a copy", ""
        if must_raise:
            problem = f"expected a ValueError, yours returned {shown(value)}"
        else:
            problem = difference(self.expected, value, whole=self.check.whole)
        if value is None or same_values(self.expected, value):
            return problem, ""
        if is_rounded(self.expected, value):
            return problem, "rounding: return what was computed, with all its digits"
        fits = np.shape(numbers(value)) == np.shape(self.expected)
        return problem, hint.look_at if fits else hint.at_shape or hint.look_at

    def remark(self) -> str:
        kind, value = type(self.expected), self.outcome.value
        if not _is_array(self.expected) or isinstance(value, kind):
            return ""
        return f" (yours returns {type(value).__name__}, better: {kind.__name__})"

    def call(self) -> str:
        texts = [
            key if _is_array(value) else f"{key}={value!r}"
            for key, value in self.arguments.items()
        ]
        return f"{self.check.name}({', '.join(texts)})"

    def picture(self, description: str) -> Scene | None:
        inputs = {k: numbers(v) for k, v in self.arguments.items() if _is_array(v)}
        expected, yours = numbers(self.expected), numbers(self.outcome.value)
        if expected is None or not inputs:
            return None
        cells = [] if yours is None else differing(expected, yours)
        is_misfit = yours is not None and yours.shape != expected.shape
        framed = ["cells that are wrong"] if cells else []
        first, *others = (Panel(name, values) for name, values in inputs.items())
        if self.check.first:
            first = self.check.first(**self.arguments)
        if self.check.window and (cells or is_misfit):
            cell = cells[0] if cells else (0,) * expected.ndim
            axes = self.check.window(cell, **self.arguments)
            first = replace(first, framed=[*product(*axes)])
            framed.append(f"the window of cell {[*cell]}")
        caption = f"framed: {', and '.join(framed)}" if framed else ""
        error, value = self.outcome.error, self.outcome.value
        kind = "None" if error is value is None else type(error or value).__name__
        note = kind if yours is None else ""
        results = Panel("expected", expected, cells), Panel("yours", yours, cells, note)
        return side_by_side([first, *others, *results], description, caption=caption)


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") and np.ndim(value) > 0


# ------------------------------------------------------ numbers worked out on paper


@dataclass(eq=False)
class Number:
    """Compare a number with the right one; known wrong ones get a hint at their cause.

    causes: wrong numbers, each with its hint. otherwise: the hint for all others.
    tolerance: how far off a right answer may be, for numbers that learners round.
    """

    expected: float
    causes: Mapping[float, str]
    otherwise: str
    tolerance: float = 1e-6
    scene: Scene | None = None

    def __call__(self, answer: object) -> Verdict:
        if answer is None:
            return to_do("replace None by your answer")
        value = numbers(answer)
        if value is None or value.ndim or value.dtype.kind not in "iuf":
            return wrong(f"the answer should be one number, got {shown(answer)}")
        if self._is(value, self.expected):
            return right(number_text(value.item()))
        hints = (hint for cause, hint in self.causes.items() if self._is(value, cause))
        message = f"it is not {number_text(value.item())}"
        return wrong(message, look_at=next(hints, self.otherwise), scene=self.scene)

    def _is(self, value: np.ndarray, other: float) -> bool:
        return abs(value - other) <= self.tolerance


@dataclass(eq=False)
class Numbers:
    """Check several numbers, each by itself; the first that is wrong is shown.

    parts: name → check. what: such as "four numbers". called: how a message names one.
    causes: wrong answers as a whole, each with its hint.
    """

    parts: Mapping[str, Number]
    what: str
    called: str = "{}"
    causes: Sequence[tuple[Sequence, str]] = ()

    def __call__(self, answer: Sequence | None) -> Verdict:
        if answer is None:
            return to_do("replace each None by a number")
        is_one = isinstance(answer, str | bytes) or getattr(answer, "ndim", 1) == 0
        if is_one or not hasattr(answer, "__len__") or len(answer) != len(self.parts):
            return wrong(f"the answer should be {self.what}, got {shown(answer)}")
        verdicts = {n: check(v) for (n, check), v in zip(self.parts.items(), answer)}
        for name, verdict in verdicts.items():
            if verdict.status == "wrong":
                message = f"{self.called.format(name)}: {verdict.message}"
                known = (h for cause, h in self.causes if same_values(cause, answer))
                look_at = next(known, verdict.look_at)
                return replace(verdict, message=message, look_at=look_at)
        if left := [name for name, v in verdicts.items() if v.status == "to do"]:
            done = [name for name, v in verdicts.items() if v.status == "right"]
            so_far = f"right so far: {', '.join(done)}; " if done else ""
            return to_do(f"{so_far}replace the None for {', '.join(left)}")
        return right(", ".join(map(str, answer)))


class ByHand:
    """Compare an array with the right one; known wrong ones get a hint at their cause.

    causes: wrong answers, or functions that tell them, each with its hint. what: such
    as "rows of numbers"; missing: what is still to be written, if other words say it
    better. otherwise, at_shape: the hint for all others. scene: ``scene(cell)`` draws
    the question, one cell framed.
    """

    def __init__(
        self,
        expected: np.ndarray,
        *causes: tuple[Any, str],
        what: str,
        missing: str = "",
        otherwise: str,
        at_shape: str = "",
        scene: Callable[[tuple[int, ...]], Scene | None] = lambda cell: None,
    ) -> None:
        self.expected, self.causes, self.scene = np.asarray(expected), causes, scene
        self.what, self.missing = what, missing or what
        self.otherwise, self.at_shape = otherwise, at_shape

    def __call__(self, answer: object) -> Verdict:
        if answer is None:
            return to_do(f"replace None by {self.missing}")
        result, cell = numbers(answer), (0,) * self.expected.ndim
        if result is None or result.dtype.kind not in "iuf":
            message = f"the answer should be {self.what}, got {shown(answer)}"
            return wrong(message, scene=self.scene(cell))
        if same_values(self.expected, result):
            return right(f"{self.expected.tolist()}")
        if fits := result.shape == self.expected.shape:
            cell = differing(self.expected, result)[0]
            message = f"cell {[*cell]} is not right"
        else:
            rows = " rows of ".join(map(str, self.expected.shape))
            message = f"expected {rows} numbers, yours has shape {result.shape}"
        hints = (hint for cause, hint in self.causes if _is_cause(cause, result))
        hint = next(hints, self.otherwise if fits else self.at_shape)
        return wrong(message, look_at=hint, scene=self.scene(cell))


def _is_cause(cause: Any, result: np.ndarray) -> bool:
    return cause(result) if callable(cause) else same_values(cause, result)
