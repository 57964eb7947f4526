"""The gradient steps explorer without its widgets: what is computed, and in words."""

from dataclasses import dataclass, replace
from typing import Any

INPUT, TARGET = 2, 10
"""The one example: the prediction w · 2 should be 10."""

BEST = TARGET / INPUT
STEPS = 12
STARTS = range(-1, 12)
RATES = {
    1 / 64: "1/64",
    1 / 32: "1/32",
    1 / 16: "1/16",
    1 / 8: "1/8",
    3 / 16: "3/16",
    7 / 32: "7/32",
    1 / 4: "1/4",
    9 / 32: "9/32",
}
"""Learning rates, with their names. Powers of two keep the first numbers whole."""

CURVATURE = 2 * INPUT**2
"""By how much the gradient grows when w grows by 1."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    rate
        The learning rate, one of `RATES`.
    start
        The weight before the first step, one of `STARTS`.
    forgets
        Whether ``zero_grad`` is forgotten, so that gradients add up.
    step
        How many steps were taken, 0 to `STEPS`.
    """

    rate: float = 1 / 16
    start: int = 1
    forgets: bool = False
    step: int = 2


@dataclass(frozen=True)
class Step:
    """One step of gradient descent.

    Parameters
    ----------
    weight
        Before the step.
    own
        The gradient of the loss at this weight.
    gradient
        What stands in ``w.grad``: the same, unless older ones were kept.
    rate
        The learning rate.
    """

    weight: float
    own: float
    gradient: float
    rate: float

    @property
    def loss(self) -> float:
        """The loss before the step."""
        return squared_error(self.weight)

    @property
    def move(self) -> float:
        """What is taken away from the weight."""
        return self.rate * self.gradient

    @property
    def after(self) -> float:
        """The weight after the step."""
        return self.weight - self.move


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        A field of `State`, or ``"play"``, which moves the step.
    value
        Its new value.

    Returns
    -------
    State
    """
    return replace(state, **{"step" if name == "play" else name: value})


def squared_error(weight: float) -> float:
    """Return the squared error of the one example.

    Parameters
    ----------
    weight
        Any number.

    Returns
    -------
    float

    Examples
    --------
    >>> squared_error(1), squared_error(5)
    (64, 0)
    """
    return (weight * INPUT - TARGET) ** 2


def walk(state: State) -> list[Step]:
    """Return all steps, whether they were taken yet or not.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    list of Step
        The steps 1 to `STEPS`, and one more: the next after the last.

    Examples
    --------
    >>> [step.weight for step in walk(State())][:4]
    [1.0, 3.0, 4.0, 4.5]
    """
    steps, weight, kept = [], float(state.start), 0.0
    for _ in range(STEPS + 1):
        own = 2.0 * (weight * INPUT - TARGET) * INPUT
        kept = own + (kept if state.forgets else 0.0)
        steps.append(Step(weight, own, kept, state.rate))
        weight = steps[-1].after
    return steps


def seen(state: State) -> str:
    """Say what the walk is like.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    str
    """
    if state.start == BEST:
        return "The gradient is 0 where the loss is smallest: nothing moves."
    if state.forgets:
        if state.step < 2:
            return "Step 1 is right: there is no older gradient yet."
        return "Old gradients add to new ones: w swings past 5 and back, without rest."
    left = 1 - state.rate * CURVATURE
    if left > 0:
        return f"Each step leaves {_share(left)} of the distance to 5."
    if left == 0:
        return "The first step meets 5 exactly: here, this rate is the best one."
    if left > -1:
        return f"Each step lands on the other side of 5, {_share(-left)} as far away."
    if left == -1:
        return "Each step lands on the other side, as far away: it never gets better."
    return f"Too large: each step lands {-left:g} times as far away. It diverges."


def _share(fraction: float) -> str:
    names = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 0.875: "7/8"}
    return names[fraction]
