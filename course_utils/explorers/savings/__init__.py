"""Count the weights that a convolution saves against a dense layer."""

from ipywidgets import HTML, IntSlider, Layout, Widget

from course_utils.explorers.savings.picture import scene
from course_utils.explorers.savings.state import CHOICES, State, change, choices
from course_utils.explorers.view import (
    Explorer,
    Shown,
    bounded,
    explorer_of_scene,
    in_rows,
)


def savings_explorer() -> Explorer[State]:
    """Show how many weights a dense layer needs in the place of a convolution.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Notes
    -----
    Used in notebook 03.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Savings explorer",
        State(),
        widgets,
        controls=in_rows(
            widgets, [("size", "kernel_size"), ("in_channels", "out_channels")]
        ),
        change=change,
        scene=scene,
        show=show,
    )


def show(state: State) -> Shown:
    """Return what every control shows.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    dict
    """
    return {
        **{
            name: bounded(choices(state, name), getattr(state, name))
            for name in CHOICES
        },
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "112px"}, "layout": Layout(width="390px")}
    return {
        "size": IntSlider(description="height = width", **wide),
        "kernel_size": IntSlider(description="kernel_size", **wide),
        "in_channels": IntSlider(description="in_channels", **wide),
        "out_channels": IntSlider(description="out_channels", **wide),
        "picture": HTML(layout=Layout(min_height="410px")),
    }
