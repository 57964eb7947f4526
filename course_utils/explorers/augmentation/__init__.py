"""Change one picture at random, eight times, and ask whether its label still holds."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from ipywidgets import Dropdown, Image, IntSlider, Layout, Widget
from torch import Tensor

from course_utils.explorers.augmentation.changes import CHANGES
from course_utils.explorers.augmentation.picture import HEIGHT, WIDTH, draw
from course_utils.explorers.augmentation.pictures import Pictures, as_pictures
from course_utils.explorers.augmentation.state import SEEDS, State, change
from course_utils.explorers.view import Explorer, Shown, bounded, in_rows


def augmentation_explorer(
    images: np.ndarray | Tensor | None = None, names: Sequence[str] | None = None
) -> Explorer[State]:
    """Show what random transforms make of a picture.

    Parameters
    ----------
    images
        Array or tensor, shape (N, 1, H, W) or (N, 3, H, W), uint8, a few of them. None
        are two characters and two photos.
    names
        What each picture shows; None numbers them.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Raises
    ------
    ValueError
        If images and names are anything else, or do not belong together.

    Notes
    -----
    Used in notebook 09. The photos are scikit-learn's flower.jpg and china.jpg; its
    ``sklearn/datasets/images/README.txt`` names their authors.
    """
    pictures = as_pictures(images, names)
    widgets = _widgets(pictures)
    return Explorer(
        "Explorer of augmentation",
        State(),
        widgets,
        controls=in_rows(widgets, [("change", "image"), ("strength", "seed")]),
        picture=widgets["picture"],
        change=change,
        show=partial(show, pictures=pictures),
        still=partial(draw, pictures=pictures),
    )


def show(state: State, *, pictures: Pictures) -> Shown:
    """Return what every widget shows.

    Parameters
    ----------
    state
        A valid state.
    pictures
        What can be changed.

    Returns
    -------
    dict
    """
    own = CHANGES[state.change]
    strength = bounded(list(range(own.most + 1)), state.strength)
    return {
        "change": {"value": state.change},
        "strength": {"description": own.unit, **strength},
        "image": {"value": state.image},
        "seed": {"value": state.seed},
        "picture": {"value": draw(state, pictures)},
    }


def _widgets(pictures: Pictures) -> dict[str, Widget]:
    wide = {"style": {"description_width": "120px"}, "layout": Layout(width="384px")}
    numbered = [(name, i) for i, name in enumerate(pictures.names)]
    frame = Layout(width=f"{WIDTH}px", min_height=f"{HEIGHT}px")
    return {
        "change": Dropdown(description="change", options=list(CHANGES), **wide),
        "strength": IntSlider(**wide),
        "image": Dropdown(description="picture", options=numbered, **wide),
        "seed": IntSlider(description="draw again (seed)", max=SEEDS - 1, **wide),
        "picture": Image(layout=frame),
    }
