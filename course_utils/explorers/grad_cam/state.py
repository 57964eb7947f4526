"""The explorer of Grad-CAM without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.drawing import format_number
from course_utils.explorers.inspected import Inspected

PREDICTED, TRUE = -1, -2
"""Stand for the class that the network names, and for the one that it should name."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on, besides network and images.

    Parameters
    ----------
    layer
        Name of the layer.
    place
        Place in the list of images, or of mistakes.
    mistakes
        Whether only mistakes are listed.
    explained
        A class number, `PREDICTED` or `TRUE`.
    """

    layer: str
    place: int = 0
    mistakes: bool = False
    explained: int = PREDICTED


@dataclass(frozen=True, eq=False)
class Found:
    """What the network says of an image, and where it finds a class.

    Parameters
    ----------
    image
        Array, shape (C, H, W), uint8.
    number
        Of the image in the test split.
    target, explained
        Class numbers.
    probabilities
        One for each class.
    heat
        Array, shape (h, w), not negative.
    class_names
        One for each class.
    layer
        Name of the layer that the heat is of.
    """

    image: np.ndarray
    number: int
    target: int
    explained: int
    probabilities: np.ndarray
    heat: np.ndarray
    class_names: tuple[str, ...]
    layer: str

    @property
    def predicted(self) -> int:
        """The class that the network names."""
        return int(self.probabilities.argmax())

    @property
    def limit(self) -> float:
        """The end of the colour scale: the hottest cell."""
        return float(self.heat.max()) or 1.0

    def name(self, number: int) -> str:
        """Return a class's name."""
        return self.class_names[number]


def places(state: State, among: Inspected) -> list[int]:
    """Return the images that the state's slider runs over.

    Parameters
    ----------
    state
        Only `mistakes` matters.
    among
        The network and its images.

    Returns
    -------
    list of int
        At least one.
    """
    return among.mistakes if state.mistakes else list(range(len(among.numbers)))


def position(state: State, among: Inspected) -> str:
    """Say how far in the list the image is.

    Parameters
    ----------
    state
        A valid state.
    among
        The network and its images.

    Returns
    -------
    str
    """
    kind = "mistake" if state.mistakes else "image"
    return f"{kind} {state.place + 1} of {len(places(state, among))}"


def find(state: State, among: Inspected) -> Found:
    """Ask the network.

    Parameters
    ----------
    state
        A valid state.
    among
        The network and its images.

    Returns
    -------
    Found
    """
    image = places(state, among)[state.place]
    probabilities, target = among.probabilities([image])[0], among.target(image)
    special = {PREDICTED: int(probabilities.argmax()), TRUE: target}
    explained = special.get(state.explained, state.explained)
    return Found(
        among.image(image),
        int(among.numbers[image]),
        target,
        explained,
        probabilities,
        among.heat(image, explained, state.layer),
        among.class_names,
        state.layer,
    )


def change(state: State, name: str, value: Any, *, among: Inspected) -> State:  # noqa: ANN401
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
        The network and its images.

    Returns
    -------
    State
        Where the list changes, at the same image or the next one in the list.
    """
    after = replace(state, **{name: value})
    if name != "mistakes":
        return after
    image, listed = places(state, among)[state.place], places(after, among)
    place = int(np.searchsorted(listed, image))
    return replace(after, place=min(place, len(listed) - 1))


def first_state(among: Inspected) -> State:
    """Return the state to begin with: the first mistake, in the last convolution.

    Parameters
    ----------
    among
        The network and its images.

    Returns
    -------
    State
        The first image, if there are no mistakes.
    """
    modules = dict(among.model.named_modules())
    convolutions = [n for n in among.layers if "Conv" in type(modules[n]).__name__]
    layer = (convolutions or list(among.layers))[-1]
    return State(layer, mistakes=bool(among.mistakes))


def sentences(found: Found) -> tuple[str, str]:
    """Say what the network says, and where the heat lies.

    Parameters
    ----------
    found
        What to talk about.

    Returns
    -------
    tuple of str
    """
    said, right = found.predicted, found.target
    sure = f"{found.probabilities[said]:.0%} sure"
    verdict = f"The network says {found.name(said)}, {sure}"
    if said == right:
        return f"{verdict}, and is right.", _about_heat(found)
    share = f"{found.probabilities[right]:.0%}"
    return f"{verdict}. Right would be {found.name(right)}: {share}.", _about_heat(
        found
    )


def _about_heat(found: Found) -> str:
    heat, name = found.heat, found.name(found.explained)
    if not heat.any():
        return f"Nothing here speaks for {name}: every weighted sum is 0 or less."
    falling = np.sort(heat, axis=None)[::-1].cumsum()
    half = int(np.searchsorted(falling, falling[-1] / 2)) + 1
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return (
        f"Half of the heat for {name} lies in {half} of {heat.size} cells. Hottest: "
        f"row {row}, column {column}, {format_number(float(heat.max()))}."
    )
