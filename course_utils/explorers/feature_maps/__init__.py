"""See what each layer of a network makes of an image, map by map."""

from functools import partial

from ipywidgets import Checkbox, Dropdown, Image, IntSlider, Layout, Widget
from torch import nn

from course_utils.data import ImageData
from course_utils.drawing import compact
from course_utils.explorers.feature_maps.picture import HEIGHT, WIDTH, draw
from course_utils.explorers.feature_maps.state import State, change, first_state
from course_utils.explorers.inspected import Inspected, inspect
from course_utils.explorers.view import Explorer, Shown, bounded, in_rows


def feature_map_explorer(model: nn.Module, data: ImageData) -> Explorer[State]:
    """Show the feature maps of every layer, for images of the test split.

    Parameters
    ----------
    model
        Maps normalised images (N, C, H, W) to logits (N, K). A copy is shown.
    data
        Its test images can be chosen, 300 of them at most.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Raises
    ------
    ValueError
        If model and data do not belong together, or no layer returns maps.

    Notes
    -----
    Used in notebook 11.
    """
    among = inspect(model, data)
    widgets = _widgets(among)
    return Explorer(
        "Explorer of feature maps",
        first_state(among),
        widgets,
        controls=in_rows(widgets, [("image", "layer"), ("chosen", "over")]),
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
    return {
        "image": bounded(list(range(len(among.numbers))), state.image),
        "layer": {"value": state.layer},
        "chosen": bounded(list(range(among.layers[state.layer][0])), state.chosen),
        "over": {"value": state.over},
        "picture": {"value": draw(state, among)},
    }


def _widgets(among: Inspected) -> dict[str, Widget]:
    wide = {"style": {"description_width": "60px"}, "layout": Layout(width="380px")}
    layers = among.layer_names()
    size = {"width": f"{WIDTH}px", "max_width": "100%", "min_height": f"{HEIGHT}px"}
    return {
        "image": IntSlider(description="image", **wide),
        "layer": Dropdown(description="layer", options=layers, **wide),
        "chosen": IntSlider(description="map", **wide),
        "over": Checkbox(description="lay the map over the image", indent=False),
        "picture": Image(layout=Layout(**size, object_fit="contain")),
    }
