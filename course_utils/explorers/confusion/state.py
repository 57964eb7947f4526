"""The confusion explorer without its widgets: what is shown, and how it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from course_utils.evaluation import Predictions, confusion_matrix
from course_utils.explorers.mistakes.state import Predicted, as_predicted

PAGE = 16
"""Images shown at most."""

MOST_CLASSES = 20
"""More than these would not leave room for the numbers."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on, besides images and predictions.

    Parameters
    ----------
    true, predicted
        Class numbers: the cell that is chosen.
    rank
        Where the stepper through the confusions stands, counted from 1.
    by_row
        Whether cells say shares of their row instead of counts.
    unsure
        Whether the images begin with the least sure instead of the surest.
    """

    true: int
    predicted: int
    rank: int = 1
    by_row: bool = False
    unsure: bool = False


@dataclass(frozen=True, eq=False)
class Counted:
    """Predictions, counted by true and predicted class.

    Parameters
    ----------
    among
        The images, with what a network said about them.
    """

    among: Predicted

    @property
    def names(self) -> Sequence[str]:
        """One for each class."""
        return self.among.class_names

    @cached_property
    def counts(self) -> np.ndarray:
        """Images in each cell, shape (K, K); row: the true class."""
        said = self.among.predictions
        return confusion_matrix(
            said.targets, said.predicted, num_classes=len(self.names)
        )

    @cached_property
    def shares(self) -> np.ndarray:
        """The same as fractions of the row; 0 in a row without images."""
        return self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)

    def ranked(self, *, by_row: bool) -> list[tuple[int, int]]:
        """Return the confusions that happened, the most frequent first.

        Parameters
        ----------
        by_row
            Whether to go by the share of the row instead of the count.

        Returns
        -------
        list of tuple
            True and predicted class.
        """
        values = (self.shares if by_row else self.counts) * ~np.eye(
            len(self.names), dtype=bool
        )
        order = np.argsort(-values, axis=None, kind="stable")
        pairs = zip(*np.unravel_index(order, values.shape), strict=True)
        return [(int(row), int(column)) for row, column in pairs if values[row, column]]

    def chosen(self, state: State) -> np.ndarray:
        """Return the indices of the images in the chosen cell, in the order wanted."""
        said = self.among.predictions
        here = (said.targets == state.true) & (said.predicted == state.predicted)
        found = np.flatnonzero(here)
        sign = 1 if state.unsure else -1
        return found[np.argsort(sign * said.confidence[found], kind="stable")]

    def shown(self, state: State) -> np.ndarray:
        """Return the indices of the images that there is room for."""
        return self.chosen(state)[:PAGE]

    def first_state(self) -> State:
        """Return the state to begin with: the most frequent confusion."""
        return State(*next(iter(self.ranked(by_row=False)), (0, 0)))


def change(state: State, name: str, value: Any, *, counted: Counted) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        A field of `State`.
    value
        Its new value.
    counted
        What there is to see.

    Returns
    -------
    State
        The stepper goes where the cell is in the ranking; where it is not in it, the
        stepper stays.
    """
    state = replace(state, **{name: value})
    ranked = counted.ranked(by_row=state.by_row)
    if name == "rank" and ranked:
        true, predicted = ranked[value - 1]
        return replace(state, true=true, predicted=predicted)
    here = (state.true, state.predicted)
    return replace(state, rank=ranked.index(here) + 1) if here in ranked else state


def cell_in_words(true: int, predicted: int, counted: Counted) -> tuple[str, str]:
    """Say what a cell is, and how many images it holds.

    Parameters
    ----------
    true, predicted
        Class numbers.
    counted
        What there is to see.

    Returns
    -------
    tuple of str
        Two lines.
    """
    names, count = counted.names, counted.counts[true, predicted]
    row, share = counted.counts[true].sum(), counted.shares[true, predicted]
    title = f"{names[true]} taken for {names[predicted]}"
    if true == predicted:
        title = f"{names[true]}, recognised"
    if not row:
        return title, f"No image is of the class {names[true]}."
    return title, f"{count:,} of {row:,} ({share:.1%})"


def about_images(state: State, counted: Counted) -> str:
    """Say which images of the chosen cell are shown.

    Parameters
    ----------
    state
        A valid state.
    counted
        What there is to see.

    Returns
    -------
    str
    """
    count = len(counted.chosen(state))
    if not count:
        return "no picture here"
    which = "least sure" if state.unsure else "surest"
    if count == 1:
        return "the only one, with the network's confidence"
    if count <= PAGE:
        return f"all {count}, the {which} first, with confidence"
    return f"the {PAGE} {which}, with the network's confidence"


def count_predictions(
    images: np.ndarray | Tensor,
    predictions: Predictions,
    class_names: Sequence[str],
    title: str,
) -> Counted:
    """Check that images, predictions and names belong together, and count.

    Parameters
    ----------
    images, predictions, class_names, title
        As in `confusion_explorer`.

    Returns
    -------
    Counted

    Raises
    ------
    ValueError
        If they do not belong together, or there are too many classes.
    """
    if len(class_names) > MOST_CLASSES:
        raise ValueError(
            f"there are {len(class_names)} classes; the grid has room for "
            f"{MOST_CLASSES}. Look at the largest confusions instead: "
            "course_utils.evaluation.largest_confusions"
        )
    return Counted(as_predicted(images, predictions, class_names, title))
