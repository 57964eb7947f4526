"""Stack layers, and see which input cells an output cell depends on."""

from functools import partial

import numpy as np
from ipywidgets import HTML, Dropdown, IntSlider, Layout, VBox, Widget

from course_utils.explorers.receptive_field.picture import as_backdrop, scene
from course_utils.explorers.receptive_field.state import (
    KINDS,
    NETWORKS,
    NONE,
    OWN,
    SLOTS,
    State,
    as_pixels,
    change,
    initial_state,
    levels,
)
from course_utils.explorers.view import (
    Explorer,
    Shown,
    bounded,
    explorer_of_scene,
    in_rows,
)


def receptive_field_explorer(image: np.ndarray | None = None) -> Explorer[State]:
    """Show what one output cell of a stack of layers sees of a row of 28 cells.

    Parameters
    ----------
    image
        Array, shape (28, 28), to frame the receptive field on; None is blank paper.

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
    Used in notebook 04. After the figures of Araujo, Norris and Sim, "Computing
    Receptive Fields of Convolutional Neural Networks", Distill (2019).
    """
    backdrop = () if image is None else as_backdrop(as_pixels(image))
    widgets = _widgets()
    return explorer_of_scene(
        "Explorer of receptive fields",
        initial_state(),
        widgets,
        controls=_lay_out(widgets),
        change=change,
        scene=partial(scene, backdrop=backdrop),
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
    cells = list(range(levels(state)[-1].cells))
    return {
        "network": {"value": state.network},
        **{n: {"value": kind} for n, kind in zip(SLOTS, state.layers, strict=True)},
        "cell": bounded(cells, state.cell),
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="390px")}
    narrow = {"style": {"description_width": "56px"}, "layout": Layout(width="260px")}
    layers = {
        name: Dropdown(description=f"layer {n}", options=[NONE, *KINDS], **narrow)
        for n, name in enumerate(SLOTS, start=1)
    }
    return {
        "network": Dropdown(description="network", options=[*NETWORKS, OWN], **wide),
        "cell": IntSlider(description="output cell", **wide),
        **layers,
        "picture": HTML(layout=Layout(min_height="620px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    below = HTML("Layer 1 stands on the input. Point at a cell of any layer.")
    return in_rows(widgets, [("network", "cell"), SLOTS[:3], SLOTS[3:], (below,)])
