"""See a convolution as a matrix product; point at a row to see its window."""

import numpy as np
from ipywidgets import HTML, Dropdown, IntSlider, Layout, Play, VBox, Widget

from course_utils.explorers.matrix.picture import scene
from course_utils.explorers.matrix.state import (
    CHOICES,
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
    hint,
    in_rows,
)

AXES = {"1-D: a signal": 1, "2-D: an image": 2}


def matrix_explorer(
    image: np.ndarray | None = None, kernel: np.ndarray | None = None
) -> Explorer[State]:
    """Show a convolution as the product of a matrix and a column of numbers.

    Parameters
    ----------
    image
        Array, shape (N,), a signal of 4 to 10 numbers, or (H, W), 3 to 5 on each side
        and at most 16 in all; None is the course's worked example.
    kernel
        Array, shape (K,) or (K, K), K from 1 to 4; None is the worked example's.

    Returns
    -------
    Explorer
        The value of a cell shows it. It begins with as many axes as `image` has.

    Raises
    ------
    ValueError
        If `image` or `kernel` has another shape, or they do not fit together.

    Notes
    -----
    Used in notebook 02.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Matrix explorer",
        initial_state(image, kernel),
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
    last = int(np.prod(state.output_shape))
    return {
        "axes": {"value": state.axes},
        **{
            name: bounded(choices(state, name), getattr(state, name))
            for name in CHOICES
        },
        "cell": bounded(list(range(1, last + 1)), state.cell),
        "play": {"min": 1, "max": last, "value": state.cell},
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="380px")}
    return {
        "axes": Dropdown(description="convolution", options=list(AXES.items()), **wide),
        "kernel_size": IntSlider(description="kernel size K", **wide),
        "stride": IntSlider(description="stride S", **wide),
        "padding": IntSlider(description="padding P", **wide),
        "cell": IntSlider(description="output cell", **wide),
        "play": Play(interval=900, show_repeat=False),
        "picture": HTML(layout=Layout(min_height="660px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    last = ("cell", "play", hint("or point at a row"))
    return in_rows(widgets, [("axes", "kernel_size"), ("stride", "padding"), last])
