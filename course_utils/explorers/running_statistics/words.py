"""What the explorer of running statistics says: pure functions of a result."""

from math import ceil, log

from course_utils.explorers.running_statistics.state import (
    START_MEAN,
    START_VARIANCE,
    TRUE_MEAN,
    TRUE_STD,
    TRUE_VARIANCE,
    Result,
)

FORGOTTEN = 0.01
"""The share of the start below which it no longer matters."""

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def mean_sum(result: Result) -> str:
    """Write out how the last batch changed the running mean.

    Parameters
    ----------
    result
        What the layer has seen.

    Returns
    -------
    str
    """
    if not result.state.step:
        return f"starts at {START_MEAN}"
    return _sum(result, result.running_means, result.means)


def variance_sum(result: Result) -> str:
    """Write out how the last batch changed the running variance.

    Parameters
    ----------
    result
        What the layer has seen.

    Returns
    -------
    str
    """
    if not result.state.step:
        return f"starts at {START_VARIANCE}"
    return _sum(result, result.running_variances, result.variances)


def headline(result: Result) -> list[str]:
    """Say what is seen now.

    Parameters
    ----------
    result
        What the layer has seen.

    Returns
    -------
    list of str
        Two lines.
    """
    state, left = result.state, result.start_left
    step, forget = state.step, f"{1 - state.momentum:g}"
    after = f"After {step} batch{'es' if step > 1 else ''}"
    power = f"{forget}{f'{step}'.translate(SUPERSCRIPTS)}"
    now, value = f"{result.running_means[step]:.2f}", result.running_means[step]
    if not step:
        return [
            f"No batch yet: mean {START_MEAN}, variance {START_VARIANCE}, "
            "whatever the data are.",
            f"Predict: how many batches until the running mean is near {TRUE_MEAN}?",
        ]
    if state.momentum == 1:
        return [
            f"Momentum 1: the running mean is the last batch’s mean, {now}, "
            "and nothing else.",
            "All earlier batches are forgotten: it jumps as much as the points do.",
        ]
    miss = f"it is {now}, {abs(value - TRUE_MEAN):.2f} from {TRUE_MEAN}"
    if left >= FORGOTTEN:
        return [
            f"{after}, {power} = {left:.0%} of the running mean is still "
            f"the {START_MEAN} it began with.",
            f"So expect {1 - left:.2f} · {TRUE_MEAN} = {(1 - left) * TRUE_MEAN:.2f}; "
            f"{miss}.",
        ]
    return [
        f"{after} the start is forgotten: {power} is less than {FORGOTTEN:.0%}.",
        f"The running mean follows the batches: {miss}.",
    ]


def facts(result: Result) -> list[str]:
    """Say how fast and how steady this layer is, and what that means in evaluation.

    Parameters
    ----------
    result
        What the layer has seen.

    Returns
    -------
    list of str
        Four lines.
    """
    state, step = result.state, result.state.step
    mean, variance = result.running_means[step], result.running_variances[step]
    return [
        _speed(state.momentum),
        f"Noise: batch means scatter by {TRUE_STD}/√{state.batch_size} = "
        f"{result.scatter:.2f}; the settled running mean by "
        f"{result.running_scatter:.2f}, like a mean of {_remembered(result)}.",
        _division(result),
        f"eval() turns {TRUE_MEAN} into ({TRUE_MEAN} − {_plain(mean)}) / "
        f"√({variance:.3f} + ε) ≈ {_signed(result.normalised)}; "
        "with the true mean it would be 0.",
    ]


def _sum(result: Result, running: list[float], seen: list[float]) -> str:
    step, momentum = result.state.step, result.state.momentum
    old, new, batch = running[step - 1], running[step], seen[step - 1]
    shares = f"{1 - momentum:g}", f"{momentum:g}"
    return (
        f"{shares[0]} · {_plain(old)} + {shares[1]} · {_plain(batch)} ≈ {_signed(new)}"
    )


def _speed(momentum: float) -> str:
    if momentum == 1:
        return "Speed: one batch is enough to forget the start."
    batches = ceil(log(FORGOTTEN) / log(1 - momentum))
    left = f"less than {FORGOTTEN:.0%} of the start is left"
    return f"Speed: {batches} batches until {left}."


def _division(result: Result) -> str:
    size, centre = result.state.batch_size, f"{result.centre:.4g}"
    if result.state.unbiased:
        return f"Variance: divided by n − 1, that of a batch is {centre} on average."
    return (
        f"Variance: divided by n, that of a batch is "
        f"{TRUE_VARIANCE} · {size - 1}/{size} = {centre} on average: too small."
    )


def _remembered(result: Result) -> str:
    count = round(result.remembered)
    return "1 batch" if count == 1 else f"{count} batches"


def _plain(value: float) -> str:
    """Write a number inside a sum."""
    return f"({_signed(value)})" if round(value, 3) < 0 else f"{abs(value):.3f}"


def _signed(value: float) -> str:
    text = f"{abs(value):.3f}"
    return f"−{text}" if round(value, 3) < 0 else text
