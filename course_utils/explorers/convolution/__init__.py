"""Step through a convolution; point at an output cell to see where it comes from."""

import numpy as np
from ipywidgets import HTML, Dropdown, IntSlider, Layout, Play, VBox, Widget

from course_utils.explorers.convolution.picture import scene
from course_utils.explorers.convolution.state import (
    CHOICES,
    IMAGES,
    MODES,
    State,
    change,
    choices,
    compute,
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


def convolution_explorer(
    image: np.ndarray | None = None, kernel: np.ndarray | None = None
) -> Explorer[State]:
    """Show how a kernel slides over an image, with every number in sight.

    Parameters
    ----------
    image
        Array, shape (H, W), 2 to 8 on each side; None is the course's worked example.
    kernel
        Array, shape (K, K), K from 1 to 4; None is the worked example's.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Raises
    ------
    ValueError
        If `image` or `kernel` has another shape, or the kernel exceeds the image.

    Notes
    -----
    Used in notebook 01. After the convolution view of Wang et al., "CNN Explainer:
    Learning Convolutional Neural Networks with Interactive Visualization" (2020).
    """
    state = initial_state(image, kernel)
    known = state.image in IMAGES.values()
    widgets = _widgets(IMAGES if known else {"yours": state.image, **IMAGES})
    return explorer_of_scene(
        "Convolution explorer",
        state,
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
    steps = {"min": 1, "max": compute(state).output.size, "value": state.step}
    return {
        "image": {"value": state.image},
        "mode": {"value": state.mode},
        **{
            name: bounded(choices(state, name), getattr(state, name))
            for name in CHOICES
        },
        "step": bounded(list(range(1, steps["max"] + 1)), state.step),
        "play": steps,
    }


def _widgets(images: dict[str, tuple]) -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="380px")}
    return {
        "image": Dropdown(description="image", options=list(images.items()), **wide),
        "mode": Dropdown(description="padding mode", options=MODES, **wide),
        "kernel_size": IntSlider(description="kernel size K", **wide),
        "padding": IntSlider(description="padding P", **wide),
        "stride": IntSlider(description="stride S", **wide),
        "dilation": IntSlider(description="dilation D", **wide),
        "step": IntSlider(description="output cell", **wide),
        "play": Play(interval=700, show_repeat=False),
        "picture": HTML(layout=Layout(min_height="500px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    rows = [
        ("image", "mode"),
        ("kernel_size", "padding"),
        ("stride", "dilation"),
        ("step", "play", hint("or point at an output cell")),
    ]
    return in_rows(widgets, rows)
