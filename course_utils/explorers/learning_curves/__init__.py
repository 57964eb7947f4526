"""Read learning curves: which epoch was best, and where to stop."""

from collections.abc import Mapping
from functools import partial

from ipywidgets import HTML, Checkbox, Dropdown, IntSlider, Layout, Play, VBox, Widget

from course_utils.explorers.learning_curves.picture import HEIGHT, scene
from course_utils.explorers.learning_curves.state import (
    Histories,
    Runs,
    State,
    as_runs,
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


def learning_curve_explorer(
    histories: Mapping[str, Histories] | Histories | None = None,
) -> Explorer[State]:
    """Show loss and accuracy epoch by epoch, and what they say at each.

    Parameters
    ----------
    histories
        What `fit` returned: one history, several of one run that differ in their seed,
        or name → either. None are the runs that were measured for the course.

    Returns
    -------
    Explorer
        The value of a cell shows it. It begins where the run that over-fits most
        first shows that.

    Raises
    ------
    ValueError
        If there is no history, or one without an epoch or a validation loss.

    Notes
    -----
    Used in notebook 08.
    """
    runs, widgets = as_runs(histories), _widgets()
    widgets["run"].options = list(runs)
    return explorer_of_scene(
        "Explorer of learning curves",
        initial_state(runs),
        widgets,
        controls=_lay_out(widgets),
        change=partial(change, runs=runs),
        scene=partial(scene, runs=runs),
        show=partial(show, runs=runs),
    )


def show(state: State, *, runs: Runs) -> Shown:
    """Return what every control shows.

    Parameters
    ----------
    state
        A valid state.
    runs
        All that can be chosen.

    Returns
    -------
    dict
    """
    epochs = choices(state, "epoch", runs=runs)
    return {
        "run": {"value": state.run},
        "hidden": {"value": state.hidden},
        "play": {"min": 1, "max": epochs[-1], "value": state.epoch},
        **{
            name: bounded(choices(state, name, runs=runs), getattr(state, name))
            for name in ("seed", "epoch", "patience")
        },
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "80px"}, "layout": Layout(width="384px")}
    return {
        "run": Dropdown(description="run", **wide),
        "seed": IntSlider(description="seed", **wide),
        "epoch": IntSlider(description="epoch", **wide),
        "play": Play(interval=500, show_repeat=False),
        "patience": IntSlider(description="patience", **wide),
        "hidden": Checkbox(
            description="hide later epochs", indent=False, layout=Layout(width="160px")
        ),
        "picture": HTML(layout=Layout(min_height=f"{HEIGHT}px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    pointing = hint("or point at a curve")
    rows = [("run", "seed"), ("epoch", "play", pointing), ("patience", "hidden")]
    return in_rows(widgets, rows)
