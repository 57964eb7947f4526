"""The explorer of mistakes without its widgets: what is shown, and how it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from torch import Tensor

from course_utils.evaluation import Predictions, confusion_matrix

ANY = -1
"""Stands for every class."""

PAGE = 16
"""Images on a page."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on, besides images and predictions.

    Parameters
    ----------
    true, predicted
        Class numbers, or `ANY`.
    sure
        The least confidence of what is shown, in percent.
    page
        Counted from 1.
    """

    true: int = ANY
    predicted: int = ANY
    sure: int = 0
    page: int = 1


@dataclass(frozen=True)
class Predicted:
    """Images with what a network said about them.

    Parameters
    ----------
    images
        Array, shape (N, 1, H, W) or (N, 3, H, W), uint8.
    predictions
        For these images, in this order.
    class_names
        One for each class.
    title
        What the images are.
    """

    images: np.ndarray = field(repr=False)
    predictions: Predictions = field(repr=False)
    class_names: Sequence[str]
    title: str = ""

    @cached_property
    def mistakes(self) -> np.ndarray:
        """Indices of the wrong predictions, the surest first."""
        return self.predictions.mistakes()

    @cached_property
    def percent(self) -> np.ndarray:
        """How sure the network was of each prediction, in whole percent."""
        return np.rint(100 * self.predictions.confidence).astype(int)

    def chosen(self, state: State) -> np.ndarray:
        """Return the indices of the mistakes that a state is about.

        Parameters
        ----------
        state
            Its page does not matter.

        Returns
        -------
        ndarray
            The surest first.
        """
        found, said = self.mistakes, self.predictions
        keep = self.percent[found] >= state.sure
        if state.true != ANY:
            keep &= said.targets[found] == state.true
        if state.predicted != ANY:
            keep &= said.predicted[found] == state.predicted
        return found[keep]

    def pages(self, state: State) -> int:
        """Return the number of pages, at least one.

        Parameters
        ----------
        state
            Its page does not matter.

        Returns
        -------
        int
        """
        return max(1, -(-len(self.chosen(state)) // PAGE))

    def shown(self, state: State) -> np.ndarray:
        """Return the indices of the images on the state's page.

        Parameters
        ----------
        state
            A valid state.

        Returns
        -------
        ndarray
            At most `PAGE`.
        """
        return self.chosen(state)[PAGE * (state.page - 1) : PAGE * state.page]

    def first_state(self) -> State:
        """Return the state to begin with: the most frequent confusion.

        Returns
        -------
        State
            All mistakes, if there are none.
        """
        if not len(self.mistakes):
            return State()
        said, classes = self.predictions, len(self.class_names)
        counts = confusion_matrix(said.targets, said.predicted, num_classes=classes)
        np.fill_diagonal(counts, 0)
        return State(*map(int, np.unravel_index(counts.argmax(), counts.shape)))


def change(state: State, name: str, value: int, *, among: Predicted) -> State:
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        A field of `State`.
    value
        Its new value.
    among
        What there is to see.

    Returns
    -------
    State
        On its first page, unless it is the page that was set.
    """
    if name != "page":
        return replace(state, page=1, **{name: value})
    return replace(state, page=min(value, among.pages(state)))


def headline(state: State, among: Predicted) -> str:
    """Say what is shown, and how much of it.

    Parameters
    ----------
    state
        A valid state.
    among
        What there is to see.

    Returns
    -------
    str
    """
    count, first = len(among.chosen(state)), PAGE * (state.page - 1) + 1
    last = first + len(among.shown(state)) - 1
    images = {0: "no image", 1: "1 image"}.get(count, f"{count:,} images")
    sure = f", at least {state.sure}% sure" if state.sure else ""
    part = f", showing {first}–{last}" if count > PAGE else ""
    return f"{_confusion(state, among.class_names)}{sure}: {images}{part}"


def advice(state: State, among: Predicted) -> str:
    """Say what to do where there is nothing to see.

    Parameters
    ----------
    state
        A state without images.
    among
        What there is to see.

    Returns
    -------
    str
    """
    if not len(among.mistakes):
        return f"All {len(among.images):,} predictions are right."
    if state.true == state.predicted != ANY:
        return "A class taken for itself is no mistake: choose two classes."
    if len(among.chosen(replace(state, sure=0))):
        return "Nowhere was the network that sure: move “sure at least” to the left."
    return "This never happened: choose another class, or any."


def as_predicted(
    images: np.ndarray | Tensor,
    predictions: Predictions,
    class_names: Sequence[str],
    title: str,
) -> Predicted:
    """Check that images, predictions and names belong together.

    Parameters
    ----------
    images, predictions, class_names, title
        As in `mistake_explorer`.

    Returns
    -------
    Predicted

    Raises
    ------
    ValueError
        If they do not.
    """
    images = np.asarray(images.cpu() if isinstance(images, Tensor) else images)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.dtype != np.uint8:
        raise ValueError(
            f"images have shape {images.shape} and type {images.dtype}; expected "
            "(N, 1, H, W) or (N, 3, H, W) of uint8, such as data.test_images"
        )
    if len(images) == 0:
        raise ValueError("there are no images; look at how they were chosen")
    if len(images) != len(predictions.targets):
        raise ValueError(
            f"there are {len(images)} images but {len(predictions.targets)} "
            "predictions; give the images that were predicted, in the same order"
        )
    largest = max(predictions.targets.max(), predictions.predicted.max())
    if largest >= len(class_names):
        raise ValueError(
            f"there are {len(class_names)} class names, but class numbers up to "
            f"{largest}; give a name for each class, counted from 0"
        )
    return Predicted(images, predictions, class_names, title)


def _confusion(state: State, names: Sequence[str]) -> str:
    if state.true == state.predicted == ANY:
        return "All mistakes"
    true = "Anything else" if state.true == ANY else names[state.true]
    said = "anything else" if state.predicted == ANY else names[state.predicted]
    return f"{true} taken for {said}"
