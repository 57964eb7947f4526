"""Browse what a network gets wrong, the surest mistakes first."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from ipywidgets import Dropdown, Image, IntSlider, Layout, Widget
from torch import Tensor

from course_utils.evaluation import Predictions
from course_utils.explorers.mistakes.picture import WIDTH, draw
from course_utils.explorers.mistakes.state import (
    ANY,
    Predicted,
    State,
    as_predicted,
    change,
)
from course_utils.explorers.view import Explorer, Shown, bounded, in_rows


def mistake_explorer(
    images: np.ndarray | Tensor,
    predictions: Predictions,
    class_names: Sequence[str],
    *,
    title: str = "",
) -> Explorer[State]:
    """Show the images that a network takes for something else.

    Parameters
    ----------
    images
        Array or tensor, shape (N, 1, H, W) or (N, 3, H, W), uint8.
    predictions
        For these images, in this order: from `course_utils.evaluation.predict`.
    class_names
        One for each class.
    title
        Say the data set here.

    Returns
    -------
    Explorer
        The value of a cell shows it. It begins with the most frequent confusion.

    Raises
    ------
    ValueError
        If images, predictions and names do not belong together.

    Notes
    -----
    Used in notebook 07.
    """
    among = as_predicted(images, predictions, class_names, title)
    widgets = _widgets(class_names)
    return Explorer(
        "Explorer of mistakes",
        among.first_state(),
        widgets,
        controls=in_rows(widgets, [("true", "predicted"), ("sure", "page")]),
        picture=widgets["picture"],
        change=partial(change, among=among),
        show=partial(show, among=among),
        still=partial(draw, among=among),
    )


def show(state: State, *, among: Predicted) -> Shown:
    """Return what every widget shows.

    Parameters
    ----------
    state
        A valid state.
    among
        What there is to see.

    Returns
    -------
    dict
    """
    pages = list(range(1, among.pages(state) + 1))
    return {
        "true": {"value": state.true},
        "predicted": {"value": state.predicted},
        "sure": {"value": state.sure},
        "page": bounded(pages, state.page),
        "picture": {"value": draw(state, among)},
    }


def _widgets(class_names: Sequence[str]) -> dict[str, Widget]:
    wide = {"style": {"description_width": "120px"}, "layout": Layout(width="380px")}
    classes = [("any", ANY), *((name, i) for i, name in enumerate(class_names))]
    return {
        "true": Dropdown(description="true class", options=classes, **wide),
        "predicted": Dropdown(description="predicted as", options=classes, **wide),
        "sure": IntSlider(description="sure at least, in %", step=5, **wide),
        "page": IntSlider(description="page", min=1, **wide),
        "picture": Image(layout=Layout(width=f"{WIDTH}px", max_width="100%")),
    }
