"""Walk down the loss of a single weight, and see what the learning rate does."""

from ipywidgets import HTML, Checkbox, IntSlider, Layout, Play, SelectionSlider, Widget

from course_utils.explorers.gradient_steps.picture import HEIGHT, scene
from course_utils.explorers.gradient_steps.state import (
    RATES,
    STARTS,
    STEPS,
    State,
    change,
)
from course_utils.explorers.view import Explorer, Shown, explorer_of_scene, in_rows


def gradient_steps_explorer() -> Explorer[State]:
    """Show gradient descent on one weight, step by step.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Notes
    -----
    Used in notebook 06.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Gradient steps explorer",
        State(),
        widgets,
        controls=in_rows(widgets, [("rate", "start"), ("step", "play", "forgets")]),
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
        "rate": {"value": state.rate},
        "start": {"value": state.start},
        "forgets": {"value": state.forgets},
        "step": {"value": state.step},
        "play": {"value": state.step},
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="380px")}
    options = [(name, rate) for rate, name in RATES.items()]
    return {
        "rate": SelectionSlider(description="learning rate η", options=options, **wide),
        "start": IntSlider(
            description="start at w", min=STARTS[0], max=STARTS[-1], **wide
        ),
        "step": IntSlider(description="steps taken", max=STEPS, **wide),
        "play": Play(max=STEPS, interval=700, show_repeat=False),
        "forgets": Checkbox(description="zero_grad forgotten", indent=False),
        "picture": HTML(layout=Layout(min_height=f"{HEIGHT + 8}px")),
    }
