"""Choose a cell of the confusion matrix and see the images in it."""

from collections.abc import Sequence
from functools import partial
from html import escape

import numpy as np
from ipywidgets import (
    HTML,
    Checkbox,
    Dropdown,
    HBox,
    Image,
    IntSlider,
    Layout,
    VBox,
    Widget,
)
from torch import Tensor

from course_utils.drawing import svg
from course_utils.evaluation import Predictions
from course_utils.explorers.confusion.picture import (
    GRID_WIDTH,
    HEIGHT,
    IMAGES_WIDTH,
    draw_images,
    scene,
    still,
)
from course_utils.explorers.confusion.state import (
    Counted,
    State,
    change,
    count_predictions,
)
from course_utils.explorers.view import Explorer, Shown, bounded, in_rows


def confusion_explorer(
    images: np.ndarray | Tensor,
    predictions: Predictions,
    class_names: Sequence[str],
    *,
    title: str = "",
) -> Explorer[State]:
    """Show a confusion matrix, and the images behind each of its cells.

    Parameters
    ----------
    images
        Array or tensor, shape (N, 1, H, W) or (N, 3, H, W), uint8.
    predictions
        For these images, in this order: from `course_utils.evaluation.predict`.
    class_names
        One for each class, 20 at most.
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
    Used in notebook 08.
    """
    counted = count_predictions(images, predictions, class_names, title)
    widgets = _widgets(class_names)
    # Two explorers on one page must not share a style sheet.
    scope = f"explorer-{widgets['matrix'].model_id}"
    return Explorer(
        "Confusion explorer",
        counted.first_state(),
        widgets,
        controls=_lay_out(widgets, title),
        picture=HBox([widgets["matrix"], widgets["picture"]]),
        change=partial(change, counted=counted),
        show=partial(show, counted=counted, scope=scope),
        still=partial(still, counted=counted),
    )


def show(state: State, *, counted: Counted, scope: str = "confusion") -> Shown:
    """Return what every widget shows.

    Parameters
    ----------
    state
        A valid state.
    counted
        What there is to see.
    scope
        A CSS class name of this explorer's own.

    Returns
    -------
    dict
    """
    ranks = len(counted.ranked(by_row=state.by_row))
    return {
        "true": {"value": state.true},
        "predicted": {"value": state.predicted},
        "rank": bounded(list(range(1, max(ranks, 1) + 1)), state.rank),
        "by_row": {"value": state.by_row},
        "unsure": {"value": state.unsure},
        "matrix": {"value": svg(scene(state, counted), scope=scope)},
        "picture": {"value": draw_images(state, counted)},
    }


def _widgets(class_names: Sequence[str]) -> dict[str, Widget]:
    wide = {"style": {"description_width": "110px"}, "layout": Layout(width="370px")}
    classes = [(name, number) for number, name in enumerate(class_names)]
    room = {"min_height": f"{HEIGHT}px", "flex": "0 0 auto"}
    return {
        "true": Dropdown(description="true class", options=classes, **wide),
        "predicted": Dropdown(description="predicted class", options=classes, **wide),
        "rank": IntSlider(description="most confused", min=1, **wide),
        "by_row": Checkbox(
            description="in % of the row", indent=False, layout=Layout(width="150px")
        ),
        "unsure": Checkbox(
            description="least sure first", indent=False, layout=Layout(width="150px")
        ),
        "matrix": HTML(layout=Layout(width=f"{GRID_WIDTH}px", **room)),
        "picture": Image(layout=Layout(width=f"{IMAGES_WIDTH}px", **room)),
    }


def _lay_out(widgets: dict[str, Widget], title: str) -> VBox:
    heading = [(HTML(f"<b>{escape(title)}</b>"),)] if title else []
    rows = [("true", "predicted"), ("rank", "by_row", "unsure")]
    return in_rows(widgets, [*heading, *rows])
