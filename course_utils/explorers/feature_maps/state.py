"""The explorer of feature maps without its widgets: what it shows, how it changes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.drawing import format_number
from course_utils.explorers.inspected import Inspected

SHEET = 128
"""Maps on a contact sheet at most."""


@dataclass(frozen=True)
class State:
    """All that the picture depends on, besides network and images.

    Parameters
    ----------
    image
        Place in the list of images.
    layer
        Name of the layer.
    chosen
        The map that is singled out.
    over
        Whether that map is laid over the image.
    """

    image: int
    layer: str
    chosen: int
    over: bool = False


@dataclass(frozen=True, eq=False)
class Seen:
    """What a layer makes of an image, and what follows from it.

    Parameters
    ----------
    maps
        Array, shape (K, h, w).
    state
        What they belong to.
    """

    maps: np.ndarray
    state: State

    @property
    def chosen(self) -> np.ndarray:
        """The map that is singled out, shape (h, w)."""
        return self.maps[self.state.chosen]

    @property
    def signed(self) -> bool:
        """Whether some numbers lie below zero."""
        return bool(self.maps.min() < 0)

    @property
    def limit(self) -> float:
        """The end of the colour scale: all maps share it, but for a few extremes."""
        return float(np.quantile(np.abs(self.maps), 0.995)) or 1.0

    @property
    def on_sheet(self) -> range:
        """The maps on the contact sheet: all, or those around the chosen one."""
        first = self.state.chosen // SHEET * SHEET
        return range(first, min(first + SHEET, len(self.maps)))


def see(state: State, among: Inspected) -> Seen:
    """Ask the network.

    Parameters
    ----------
    state
        A valid state.
    among
        The network and its images.

    Returns
    -------
    Seen
    """
    return Seen(among.maps(state.image, state.layer), state)


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
        In a layer with fewer maps, the last one may have to be chosen.
    """
    state = replace(state, **{name: value})
    last = among.layers[state.layer][0] - 1
    return replace(state, chosen=min(state.chosen, last))


def first_state(among: Inspected) -> State:
    """Return the state to begin with: the strongest map after the first ReLU.

    Parameters
    ----------
    among
        The network and its images.

    Returns
    -------
    State
    """
    modules = dict(among.model.named_modules())
    rectified = [n for n in among.layers if type(modules[n]).__name__ == "ReLU"]
    layer = next(iter(rectified or among.layers))
    strength = among.maps(0, layer).mean(axis=(1, 2))
    return State(0, layer, int(strength.argmax()))


def about_image(state: State, among: Inspected) -> tuple[str, str]:
    """Say which image it is, and what the network says.

    Parameters
    ----------
    state
        A valid state.
    among
        The network and its images.

    Returns
    -------
    tuple of str
        Two lines.
    """
    said = among.probabilities([state.image])[0]
    names, best = among.class_names, int(said.argmax())
    number = among.numbers[state.image]
    return (
        f"test image {number:,}: {names[among.target(state.image)]}",
        f"the network says {names[best]}, {said[best]:.0%} sure",
    )


def sentences(seen: Seen) -> tuple[str, str]:
    """Say what the maps show, with numbers.

    Parameters
    ----------
    seen
        What to talk about.

    Returns
    -------
    tuple of str
        One about the chosen map, one about all of them.
    """
    maps, chosen, number = seen.maps, seen.chosen, seen.state.chosen
    return f"Map {number}: {_about_one(chosen, seen.signed)}", _about_all(maps, seen)


def _about_one(values: np.ndarray, signed: bool) -> str:
    if not values.any():
        return "0 everywhere. Nothing in this image moves it."
    row, column = np.unravel_index(values.argmax(), values.shape)
    most = f"largest at row {row}, column {column}: {format_number(values.max())}"
    return f"{most}. {_share(values, signed)}."


def _about_all(maps: np.ndarray, seen: Seen) -> str:
    strongest = int(maps.max(axis=(1, 2)).argmax())
    silent = int((~maps.any(axis=(1, 2))).sum())
    largest = f"The largest number of all is in map {strongest}"
    asleep = {0: "", 1: " 1 map is 0 everywhere."}.get(
        silent, f" {silent} maps are 0 everywhere."
    )
    count = f"All {len(maps)} maps" if len(maps) > 1 else "The only map"
    return f"{count}: {_share(maps, seen.signed)}. {largest}.{asleep}"


def _share(values: np.ndarray, signed: bool) -> str:
    if signed:
        return f"{np.mean(values < 0):.0%} of the numbers are negative"
    return f"{np.mean(values == 0):.0%} of the numbers are 0"
