"""Many kernels over many channels: multiply in each channel, then add."""

from ipywidgets import HTML, IntSlider, Layout, Play, VBox, Widget

from course_utils.explorers.filter_bank.picture import scene
from course_utils.explorers.filter_bank.state import (
    CHOICES,
    State,
    cells_of_plane,
    change,
    step,
)
from course_utils.explorers.view import (
    Explorer,
    Shown,
    bounded,
    explorer_of_scene,
    hint,
    in_rows,
)


def filter_bank_explorer() -> Explorer[State]:
    """Show how kernels with several planes turn channels into output planes.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Notes
    -----
    Used in notebook 03. After the convolution demo of the Stanford course CS231n,
    "Convolutional Neural Networks for Visual Recognition".
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Filter bank explorer",
        State(),
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
    values = {**vars(state), "bias": state.biases[state.kernel]}
    kernels, steps = state.out_channels, state.out_channels * cells_of_plane(state)
    return {
        **{name: bounded(list(CHOICES[name]), values[name]) for name in CHOICES},
        "kernel": bounded(list(range(kernels)), state.kernel),
        "step": bounded(list(range(1, steps + 1)), step(state)),
        "play": {"min": 1, "max": steps, "value": step(state)},
    }


def _widgets() -> dict[str, Widget]:
    short = {"style": {"description_width": "88px"}, "layout": Layout(width="260px")}
    return {
        "in_channels": IntSlider(description="in_channels", **short),
        "out_channels": IntSlider(description="out_channels", **short),
        "kernel_size": IntSlider(description="kernel_size", **short),
        "kernel": IntSlider(description="kernel", **short),
        "bias": IntSlider(description="its bias", **short),
        "step": IntSlider(description="output cell", **short),
        "play": Play(interval=700, show_repeat=False),
        "picture": HTML(layout=Layout(min_height="600px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    rows = [
        ("in_channels", "out_channels", "kernel_size"),
        ("kernel", "bias"),
        ("step", "play", hint("or point at an output cell")),
    ]
    return in_rows(widgets, rows)
