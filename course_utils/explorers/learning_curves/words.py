"""What is read from learning curves, in words: pure functions of a history."""

from collections.abc import Sequence
from enum import Enum

import numpy as np

from course_utils.training import History
from course_utils.training.stopping import early_stop

SPAN = 3
"""Epochs that are averaged: single ones wobble."""

RISE = 1.02
"""How many times the lowest averaged validation loss counts as a rise."""

WHY_HIGHER = (
    "Training is the higher one: averaged over the epoch, "
    "with dropout and augmentation, if any."
)


class Reading(Enum):
    """What the curves up to an epoch say."""

    EARLY = "too early to tell"
    LEARNING = "both losses fall"
    SLOW = "only the validation loss falls"
    WOBBLE = "the validation loss was lowest a moment ago"
    STALLED = "only the training loss falls"
    OVERFITTING = "the training loss falls, the validation loss rises"
    STUCK = "neither falls"


SAID = {
    Reading.EARLY: f"Too early to tell: losses wobble, so {SPAN} epochs are averaged.",
    Reading.LEARNING: "Still under-fitting: both losses fall.",
    Reading.SLOW: "The validation loss falls, the training loss does not.",
    Reading.WOBBLE: "A wobble, or the turn? "
    "The lowest validation loss was in epoch {best}.",
    Reading.STALLED: "Stalled since epoch {best}: only the training loss still falls.",
    Reading.OVERFITTING: "Over-fitting since epoch {best}: "
    "the training loss falls, the validation loss rises.",
    Reading.STUCK: "Neither loss is lower than in epoch {best}.",
}
"""What is said of each reading."""


def read_curves(
    train_losses: Sequence[float], val_losses: Sequence[float], epoch: int
) -> Reading:
    """Read two curves as far as an epoch, and not beyond.

    Parameters
    ----------
    train_losses, val_losses
        One of each for each epoch.
    epoch
        Counted from 1.

    Returns
    -------
    Reading
        The validation loss falls if it is lower than ever, alone or averaged over
        `SPAN` epochs; it rises if its lowest is at least `SPAN` epochs old, its average
        more than `RISE` times the lowest average, and above the training loss.

    Examples
    --------
    >>> read_curves([5, 4, 3, 2, 1], [5, 4, 5, 6, 7], 5)
    <Reading.OVERFITTING: 'the training loss falls, the validation loss rises'>
    """
    if epoch <= SPAN:
        return Reading.EARLY
    best = lowest(val_losses[:epoch])
    means = np.convolve(val_losses[:epoch], np.ones(SPAN) / SPAN, "valid")
    val_falls = best == epoch or means[-1] <= means.min()
    before = epoch - SPAN if val_falls else best
    train_falls = train_losses[epoch - 1] < train_losses[before - 1]
    if val_falls:
        return Reading.LEARNING if train_falls else Reading.SLOW
    if epoch - best < SPAN:
        return Reading.WOBBLE
    if not train_falls:
        return Reading.STUCK
    rises = means[-1] > max(RISE * means.min(), train_losses[epoch - 1])
    return Reading.OVERFITTING if rises else Reading.STALLED


def lowest(losses: Sequence[float]) -> int:
    """Return the epoch with the lowest loss.

    Parameters
    ----------
    losses
        One for each epoch, at least one.

    Returns
    -------
    int
        Counted from 1; the first of several.
    """
    return int(np.argmin(losses)) + 1


def headline(history: History, epoch: int) -> list[str]:
    """Say what the curves up to an epoch mean.

    Parameters
    ----------
    history
        The run.
    epoch
        Counted from 1.

    Returns
    -------
    list of str
        Two lines.
    """
    reading = read_curves(history.train_loss, history.val_loss, epoch)
    best, ended = lowest(history.val_loss[:epoch]), epoch == len(history.val_loss)
    said = SAID[reading].format(best=best)
    if reading == Reading.EARLY:
        predict = "Predict: after which epoch will the validation loss be lowest?"
        return [said, predict]
    if reading not in (Reading.LEARNING, Reading.SLOW):
        return [said, f"Since epoch {best}: {_moved(history, best, epoch)}."]
    on = "Perhaps the run ended too early." if ended else "Train on."
    return [said, f"In {SPAN} epochs: {_moved(history, epoch - SPAN, epoch)}. {on}"]


def table(history: History, epoch: int) -> list[tuple[str, ...]]:
    """Return the numbers of one epoch.

    Parameters
    ----------
    history
        The run.
    epoch
        Counted from 1.

    Returns
    -------
    list of tuple of str
        Rows: the head, loss, accuracy. Columns: a name, training, validation, gap.
    """
    train, val, right, val_right = (
        values[epoch - 1]
        for values in (
            history.train_loss,
            history.val_loss,
            history.train_accuracy,
            history.val_accuracy,
        )
    )
    return [
        (f"epoch {epoch}", "training", "validation", "gap"),
        ("loss", f"{train:.3f}", f"{val:.3f}", _signed(f"{val - train:.3f}")),
        (
            "accuracy",
            f"{right:.1%}",
            f"{val_right:.1%}",
            _signed(f"{100 * (right - val_right):.1f}"),
        ),
    ]


def one_line(history: History, epoch: int) -> str:
    """Return the numbers of one epoch in a line.

    Parameters
    ----------
    history
        The run.
    epoch
        Counted from 1.

    Returns
    -------
    str
    """
    _, (_, train, val, gap), (_, right, val_right, _) = table(history, epoch)
    return (
        f"Epoch {epoch}: training {train}, {right}; "
        f"validation {val}, {val_right}; gap in loss {gap}"
    )


def facts(history: History, epoch: int, *, patience: int, known: int) -> list[str]:
    """Say which epoch was best, and what early stopping makes of the run.

    Parameters
    ----------
    history
        The run.
    epoch
        The marked one, counted from 1.
    patience
        As in `early_stop`.
    known
        The epochs that may be looked at: all, or up to the marked one.

    Returns
    -------
    list of str
        Sentences.
    """
    losses = history.val_loss[:known]
    best = lowest(losses[:epoch])
    said = [f"Lowest validation loss so far: {losses[best - 1]:.3f}, epoch {best}."]
    if history.val_loss[epoch - 1] < history.train_loss[epoch - 1]:
        said.append(WHY_HIGHER)
    stop, kept = early_stop(losses, patience)
    if stop - kept < patience:
        return [*said, _waiting(stop - kept, patience, ended=known == len(history))]
    right = history.val_accuracy[kept - 1]
    return [
        *said,
        f"Patience {patience}: stops after epoch {stop} and keeps the best weights, "
        f"those of epoch {kept} ({losses[kept - 1]:.3f}, {right:.1%}).",
        *_missed(history, stop, kept, known),
    ]


def _waiting(waited: int, patience: int, *, ended: bool) -> str:
    wait = "a new lowest loss just now" if not waited else f"waited {waited} so far"
    end = "the run ends before it stops" if ended else "trains on. Would you?"
    return f"Patience {patience}: {wait}; {end}{'.' if ended else ''}"


def _missed(history: History, stop: int, kept: int, known: int) -> list[str]:
    """Say what the epochs after an early stop bring."""
    if stop == known:
        return []
    losses, rates = history.val_loss, history.val_accuracy
    best = stop + lowest(losses[stop:known])
    sharpest = stop + int(np.argmax(rates[stop:known])) + 1
    gain, count = losses[kept - 1] - losses[best - 1], known - stop
    loss = f"a loss lower by {gain:.2g} (epoch {best})" if gain > 0 else "no lower loss"
    epochs = "epoch after it brings" if count == 1 else f"{count} epochs after it bring"
    also = "and" if (gain > 0) == (rates[sharpest - 1] > rates[kept - 1]) else "but"
    accuracy = f"at best {rates[sharpest - 1]:.1%} accuracy (epoch {sharpest})"
    return [f"The {epochs} {loss}, {also} {accuracy}."]


def _moved(history: History, start: int, end: int) -> str:
    train, val = (
        f"{values[start - 1]:.3f} → {values[end - 1]:.3f}"
        for values in (history.train_loss, history.val_loss)
    )
    return f"training loss {train}, validation loss {val}"


def _signed(text: str) -> str:
    return text.replace("-", "−")
