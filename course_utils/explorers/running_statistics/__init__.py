"""Watch BatchNorm's running mean and variance follow batch after batch."""

from ipywidgets import HTML, Dropdown, IntSlider, Layout, Play, SelectionSlider, Widget

from course_utils.explorers.running_statistics.picture import HEIGHT, scene
from course_utils.explorers.running_statistics.state import (
    BATCH_SIZES,
    BATCHES,
    MOMENTA,
    STREAMS,
    State,
    change,
)
from course_utils.explorers.view import Explorer, Shown, explorer_of_scene, in_rows

DIVISIONS = {"by n − 1, as PyTorch": True, "by n": False}


def running_statistics_explorer() -> Explorer[State]:
    """Show how fast and how steadily running statistics find the true ones.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Notes
    -----
    Used in notebook 10.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Explorer of running statistics",
        State(),
        widgets,
        controls=in_rows(
            widgets,
            [("batch_size", "momentum"), ("stream", "unbiased"), ("step", "play")],
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
    values = {**vars(state), "play": state.step}
    return {name: {"value": value} for name, value in values.items()}


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "112px"}, "layout": Layout(width="384px")}
    momenta = [(f"{momentum:g}", momentum) for momentum in MOMENTA]
    return {
        "batch_size": SelectionSlider(
            description="batch size n", options=BATCH_SIZES, **wide
        ),
        "momentum": SelectionSlider(description="momentum", options=momenta, **wide),
        "stream": IntSlider(description="stream", max=STREAMS - 1, **wide),
        "unbiased": Dropdown(
            description="divide squares", options=list(DIVISIONS.items()), **wide
        ),
        "step": IntSlider(description="batches seen", max=BATCHES, **wide),
        "play": Play(max=BATCHES, interval=250, show_repeat=False),
        "picture": HTML(layout=Layout(min_height=f"{HEIGHT}px")),
    }
