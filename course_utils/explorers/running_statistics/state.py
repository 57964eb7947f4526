"""BatchNorm's running statistics without widgets: what is shown, how it changes."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import sqrt
from typing import Any

import numpy as np

TRUE_MEAN, TRUE_STD = 3, 2
"""Of the stream of numbers that the batches come from."""

TRUE_VARIANCE = TRUE_STD**2
START_MEAN, START_VARIANCE = 0, 1
"""What a BatchNorm layer begins with, whatever the data are."""

EPSILON = 1e-5
"""What BatchNorm adds to the variance before it takes the root."""

BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
MOMENTA = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BATCHES, STREAMS = 100, 10


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    batch_size, momentum
        One of `BATCH_SIZES`, one of `MOMENTA`.
    step
        How many batches the layer has seen, 0 to `BATCHES`.
    stream
        Which random numbers, 0 to `STREAMS` - 1.
    unbiased
        Whether a batch's sum of squares is divided by n - 1, as PyTorch does for
        the running variance, or by n.
    """

    batch_size: int = 8
    momentum: float = 0.1
    step: int = 12
    stream: int = 0
    unbiased: bool = True


@dataclass(frozen=True)
class Result:
    """What the layer has seen and what it remembers.

    Parameters
    ----------
    state
        A valid state.
    """

    state: State

    @cached_property
    def batches(self) -> np.ndarray:
        """All batches, shape (BATCHES, batch_size)."""
        size = self.state.batch_size
        return _numbers(self.state.stream)[: BATCHES * size].reshape(BATCHES, size)

    @cached_property
    def means(self) -> list[float]:
        """The mean of each batch."""
        return self.batches.mean(axis=1).tolist()

    @cached_property
    def variances(self) -> list[float]:
        """The variance of each batch."""
        return self.batches.var(axis=1, ddof=int(self.state.unbiased)).tolist()

    @cached_property
    def running_means(self) -> list[float]:
        """The running mean before the first batch and after each."""
        return self._run(START_MEAN, self.means)

    @cached_property
    def running_variances(self) -> list[float]:
        """The running variance before the first batch and after each."""
        return self._run(START_VARIANCE, self.variances)

    @cached_property
    def counts(self) -> list[float]:
        """How much each batch up to the step counts, the last one counting 1."""
        forget = 1 - self.state.momentum
        return [forget**age for age in reversed(range(self.state.step))]

    @property
    def start_left(self) -> float:
        """The share that the start still has in the running statistics."""
        return (1 - self.state.momentum) ** self.state.step

    @property
    def remembered(self) -> float:
        """How many batches, counting the same, would have as steady a mean."""
        return (2 - self.state.momentum) / self.state.momentum

    @property
    def scatter(self) -> float:
        """The standard deviation of a batch's mean."""
        return TRUE_STD / sqrt(self.state.batch_size)

    @property
    def running_scatter(self) -> float:
        """The standard deviation of the running mean, once the start is forgotten."""
        return self.scatter / sqrt(self.remembered)

    @property
    def centre(self) -> float:
        """What the variances of batches are on average."""
        size = self.state.batch_size
        return TRUE_VARIANCE * (1 if self.state.unbiased else (size - 1) / size)

    @property
    def normalised(self) -> float:
        """What the layer, in evaluation, makes of a number equal to the true mean."""
        step = self.state.step
        spread = sqrt(self.running_variances[step] + EPSILON)
        return (TRUE_MEAN - self.running_means[step]) / spread

    def _run(self, start: float, seen: list[float]) -> list[float]:
        momentum, values = self.state.momentum, [float(start)]
        for value in seen:
            values.append((1 - momentum) * values[-1] + momentum * value)
        return values


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`, or ``"play"``, which sets the step.
    value
        Its new value.

    Returns
    -------
    State
    """
    return replace(state, **{"step" if name == "play" else name: value})


@cache
def _numbers(stream: int) -> np.ndarray:
    count = BATCHES * BATCH_SIZES[-1]
    return np.random.default_rng(stream).normal(TRUE_MEAN, TRUE_STD, count)
