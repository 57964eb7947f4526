"""Pool a small image; shift it, and count what changes."""

import numpy as np
from ipywidgets import HTML, Dropdown, IntSlider, Layout, VBox, Widget

from course_utils.explorers.pooling.picture import scene
from course_utils.explorers.pooling.state import (
    MODES,
    SLIDERS,
    State,
    change,
    choices,
    initial_state,
)
from course_utils.explorers.view import (
    Explorer,
    Shown,
    bounded,
    explorer_of_scene,
    in_rows,
)


def pooling_explorer(image: np.ndarray | None = None) -> Explorer[State]:
    """Show how pooling summarises windows, and how little a shift changes.

    Parameters
    ----------
    image
        Array, shape (H, W), 2 to 8 on each side; None is a figure seven.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Raises
    ------
    ValueError
        If `image` has another shape, or numbers that are not finite.

    Notes
    -----
    Used in notebook 04.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Pooling explorer",
        initial_state(image),
        widgets,
        controls=_lay_out(widgets),
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
        "mode": {"value": state.mode},
        **{
            name: bounded(choices(state, name), getattr(state, name))
            for name in SLIDERS
        },
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="380px")}
    return {
        "mode": Dropdown(description="pooling", options=MODES, **wide),
        "kernel_size": IntSlider(description="kernel size K", **wide),
        "stride": IntSlider(description="stride S", **wide),
        "padding": IntSlider(description="padding P", **wide),
        "right": IntSlider(description="shift right", **wide),
        "down": IntSlider(description="shift down", **wide),
        "picture": HTML(layout=Layout(min_height="600px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    below = HTML(
        "Point at an output cell: its window is framed, and in blue the maximum."
    )
    rows = [("mode", "padding"), ("kernel_size", "stride"), ("right", "down")]
    return in_rows(widgets, [*rows, (below,)])
