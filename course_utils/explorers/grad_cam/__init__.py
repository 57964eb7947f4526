"""See where in an image a network finds what speaks for a class: Grad-CAM."""

from functools import partial

from ipywidgets import Checkbox, Dropdown, Image, IntSlider, Layout, Widget
from torch import nn

from course_utils.data import ImageData
from course_utils.drawing import compact
from course_utils.explorers.grad_cam.picture import WIDTH, draw
from course_utils.explorers.grad_cam.state import (
    PREDICTED,
    TRUE,
    State,
    change,
    first_state,
    places,
)
from course_utils.explorers.inspected import Inspected, inspect
from course_utils.explorers.view import Explorer, Shown, bounded, in_rows


def grad_cam_explorer(model: nn.Module, data: ImageData) -> Explorer[State]:
    """Show which parts of an image speak for a class, in any layer of a network.

    Parameters
    ----------
    model
        Maps normalised images (N, C, H, W) to logits (N, K). A copy is shown.
    data
        Its test images can be chosen, 300 of them at most.

    Returns
    -------
    Explorer
        The value of a cell shows it. It begins with the first mistake.

    Raises
    ------
    ValueError
        If model and data do not belong together, or no layer returns maps.

    Notes
    -----
    Used in notebook 11. Selvaraju et al., "Grad-CAM" (2017), section 3.
    """
    among = inspect(model, data)
    widgets = _widgets(among)
    return Explorer(
        "Explorer of Grad-CAM",
        first_state(among),
        widgets,
        controls=in_rows(widgets, [("place", "mistakes"), ("explained", "layer")]),
        picture=widgets["picture"],
        change=partial(change, among=among),
        show=partial(show, among=among),
        still=lambda state: compact(draw(state, among)),
    )


def show(state: State, *, among: Inspected) -> Shown:
    """Return what every widget shows.

    Parameters
    ----------
    state
        A valid state.
    among
        The network and its images.

    Returns
    -------
    dict
    """
    listed = list(range(len(places(state, among))))
    return {
        "place": bounded(listed, state.place),
        "mistakes": {"value": state.mistakes, "disabled": not among.mistakes},
        "explained": {"value": state.explained},
        "layer": {"value": state.layer},
        "picture": {"value": draw(state, among)},
    }


def _widgets(among: Inspected) -> dict[str, Widget]:
    wide = {"style": {"description_width": "60px"}, "layout": Layout(width="380px")}
    special = [("the predicted one", PREDICTED), ("the true one", TRUE)]
    classes = [(name, number) for number, name in enumerate(among.class_names)]
    layers = among.layer_names()
    return {
        "place": IntSlider(description="image", **wide),
        "mistakes": Checkbox(description="only mistakes", indent=False),
        "explained": Dropdown(description="class", options=special + classes, **wide),
        "layer": Dropdown(description="layer", options=layers, **wide),
        "picture": Image(layout=Layout(width=f"{WIDTH}px", max_width="100%")),
    }
