"""The explorer of augmentation without its widgets: what is drawn, and from what."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from course_utils.explorers.augmentation.changes import CHANGES, LUCK
from course_utils.explorers.augmentation.pictures import Pictures

DRAWS = 8
"""Times that the picture is changed."""

SEEDS = 100


@dataclass(frozen=True)
class State:
    """All that is shown depends on this, and on the pictures.

    Parameters
    ----------
    change
        A key of `CHANGES`.
    strength
        0 to the change's largest, in its unit.
    image
        Which picture.
    seed
        0 to `SEEDS` - 1.
    """

    change: str = "rotation"
    strength: int = CHANGES["rotation"].start
    image: int = 0
    seed: int = 0


def change(state: State, name: str, value: int | str) -> State:
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        A field of `State`.
    value
        Its new value.

    Returns
    -------
    State
        Another change begins with a strength of its own.
    """
    if name == "change":
        return replace(state, change=value, strength=CHANGES[value].start)
    return replace(state, **{name: value})


def eight_draws(state: State, pictures: Pictures) -> tuple[np.ndarray, list[str]]:
    """Change the picture, each time by a draw of its own.

    Parameters
    ----------
    state
        A valid state.
    pictures
        What can be changed.

    Returns
    -------
    images : ndarray
        Shape (`DRAWS`, C, H, W), uint8.
    captions : list of str
        What was drawn for each, in one line or two.
    """
    image = torch.tensor(pictures.images[state.image])
    images = (image / 255).expand(DRAWS, -1, -1, -1)
    make = CHANGES[state.change].make
    images, captions = make(images, luck(state.seed), state.strength)
    return (images * 255).round().to(torch.uint8).numpy(), captions


@cache
def luck(seed: int) -> Tensor:
    """Draw the numbers that a seed stands for, and leave other random states alone.

    Parameters
    ----------
    seed
        Any.

    Returns
    -------
    Tensor
        Shape (`DRAWS`, `LUCK`), evenly from [0, 1).
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(DRAWS, LUCK, generator=generator)


def headline(state: State) -> str:
    """Say what is done to the picture.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    str
    """
    # 100 % is half a turn.
    hue = round(1.8 * state.strength)
    says = CHANGES[state.change].says.format(state.strength, hue=hue)
    return f"{state.change.capitalize()}: {says}"
