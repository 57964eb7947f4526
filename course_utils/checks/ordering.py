"""Exercises in putting shuffled lines in order: the order is run."""

import math
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from course_utils.checks.comparing import shown


@dataclass(frozen=True)
class Line:
    """One of the shuffled lines.

    Parameters
    ----------
    words
        What the learner reads.
    code
        The same in Python. What stands below a ``for`` stands inside it.
    loops
        How many loops the line is inside of at most; it ends those that are deeper.
    """

    words: str
    code: str
    loops: float = math.inf

    @property
    def is_loop(self) -> bool:
        """Whether lines below are inside this one."""
        return self.code.startswith("for ")


def assemble(answer: object, lines: Mapping[str, Line]) -> Callable[..., dict]:
    """Turn a learner's order into a program.

    Parameters
    ----------
    answer
        The letters in order; lower case, spaces and commas are fine.
    lines
        Letter to line.

    Returns
    -------
    callable
        Takes the names that the lines need, returns them with those they make. Raises
        NameError, naming the line, where a line needs what is not there yet.

    Raises
    ------
    ValueError
        If the letters are not each line once, or a loop is left empty. The text is
        meant for the learner.
    """
    letters = _letters(answer, lines)
    depths = _depths(letters, lines)
    code = [
        "    " * depth + lines[letter].code
        for letter, depth in zip(letters, depths, strict=True)
    ]
    program = compile("\n".join(code), "<your order>", "exec")

    def execute(**names: Any) -> dict:  # noqa: ANN401
        try:
            exec(program, names)  # Only the exercise's own lines, in another order.
        except NameError as error:
            letter = letters[traceback.extract_tb(error.__traceback__)[-1].lineno - 1]
            raise NameError(
                f"line {letter} uses {error.name}, which no line above it has made"
            ) from None
        return names

    return execute


def _letters(answer: object, lines: Mapping[str, Line]) -> str:
    if not isinstance(answer, str):
        raise ValueError(f"the answer should be letters in quotes, got {shown(answer)}")
    letters = re.sub(r"[\s,]", "", answer).upper()
    problems = {
        "there is no line": [a for a in dict.fromkeys(letters) if a not in lines],
        "missing: line": [a for a in lines if a not in letters],
        "more than once: line": [a for a in lines if letters.count(a) > 1],
    }
    for words, which in problems.items():
        if which:
            raise ValueError(f"{words} {', '.join(which)}")
    return letters


def _depths(letters: str, lines: Mapping[str, Line]) -> list[int]:
    depths, depth, opened = [], 0, ""
    for letter in letters:
        line = lines[letter]
        if opened and line.loops < depth:
            break
        depth = min(depth, line.loops)
        depths.append(depth)
        opened = letter if line.is_loop else ""
        depth += line.is_loop
    if opened:
        raise ValueError(f"the loop of line {opened} has nothing in it")
    return depths
