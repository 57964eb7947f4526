"""Judging a class of networks: what is demanded of it, one demand after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from course_utils.checks.comparing import shown
from course_utils.checks.running import SECONDS, how_it_stopped, run
from course_utils.checks.verdict import Verdict, right, to_do, wrong

Make = Callable[..., nn.Module]


@dataclass(frozen=True)
class Demand:
    """Something that a class of networks must do.

    Parameters
    ----------
    what
        The situation, for the message: ``"on 9 images"``.
    complaint
        ``complaint(make)`` says what is wrong, or returns an empty string.
    look_at
        Where to look if it is not met, without giving the answer away.
    at_error
        Where to look instead if the class raises an error; "" is `look_at`.
    """

    what: str
    complaint: Callable[[Make], str]
    look_at: str
    at_error: str = ""


def written_anew(ready_made: type[nn.Module], *sizes: int) -> Demand:
    """Demand that a class does not take over the ready-made one that it is to be like.

    Parameters
    ----------
    ready_made
        What it must neither inherit from nor hold.
    sizes
        Given to the class.

    Returns
    -------
    Demand
        To be put behind one that the class makes an `nn.Module`.
    """
    return Demand(
        "when it is made",
        partial(_takes_over, ready_made=ready_made, sizes=sizes),
        "what the class inherits from, and what it is made of",
    )


def judge_class(
    make: object,
    demands: Sequence[Demand],
    *,
    name: str,
    kind: str = "class",
    seconds: float = SECONDS,
) -> Verdict:
    """Put a learner's class to each demand, and stop at the first that it misses.

    Parameters
    ----------
    make
        The class; None if there is nothing yet.
    demands
        The simplest first. Each is tried on a network of its own, from one seed.
    name
        What the class is called.
    kind
        What it is, if it is no class: ``"function"``.
    seconds
        Time for each demand.

    Returns
    -------
    Verdict
    """
    if make is None:
        return to_do(f"write {name}")
    if isinstance(make, nn.Module):
        return wrong(f"give the {kind} {name} itself, not a network made from it")
    if not callable(make):
        return wrong(f"{name} should be a {kind}, got {shown(make)}")
    for number, demand in enumerate(demands, 1):
        outcome = run(_seeded, (demand.complaint, make), seconds=seconds)
        error = outcome.error
        if isinstance(error, NotImplementedError):
            part = f", which meets {number - 1} of {len(demands)} demands so far"
            return to_do(f"finish {name}{part}" if number > 1 else f"write {name}")
        stopped = error and how_it_stopped(error, seconds=seconds)
        if problem := stopped or outcome.value:
            place = f"demand {number} of {len(demands)}, {name} {demand.what}"
            hint = (stopped and demand.at_error) or demand.look_at
            return wrong(f"{place}: {problem}", look_at=hint)
    return right(f"{len(demands)} cases")


def _takes_over(
    make: Make, *, ready_made: type[nn.Module], sizes: tuple[int, ...]
) -> str:
    found = any(isinstance(part, ready_made) for part in make(*sizes).modules())
    return f"it takes over the ready-made {ready_made.__name__}" * found


def _seeded(complaint: Callable[[Make], str], make: Make) -> str:
    torch.manual_seed(0)  # `run` restores the state of before.
    with torch.enable_grad():
        return complaint(make)
