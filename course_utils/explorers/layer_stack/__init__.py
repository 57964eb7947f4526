"""Stack layers, and see what flows through them, what they learn, and what breaks."""

from ipywidgets import HTML, Dropdown, HBox, Layout, VBox, Widget

from course_utils.explorers.layer_stack.picture import HEIGHT, scene
from course_utils.explorers.layer_stack.state import (
    IMAGES,
    IN_FEATURES,
    KINDS,
    NOTHING,
    OUTPUTS,
    OWN,
    PRESETS,
    ROWS,
    State,
    change,
    initial_state,
)
from course_utils.explorers.view import Explorer, Shown, explorer_of_scene


def layer_stack_explorer() -> Explorer[State]:
    """Show a stack of layers: shapes, parameters, and PyTorch's word on what breaks.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Notes
    -----
    Used in notebook 05.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Layer stack explorer",
        initial_state(),
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
    shown: Shown = {
        "preset": {"value": state.preset},
        "image": {"value": state.image},
        "in_features": {
            "value": state.in_features,
            "disabled": "Linear" not in state.kinds,
        },
    }
    rows = zip(state.kinds, state.outputs, strict=True)
    for row, (kind, outputs) in enumerate(rows, start=1):
        fixed = kind == NOTHING or not KINDS[kind].has_outputs
        shown[f"kind {row}"] = {"value": kind}
        shown[f"outputs {row}"] = {"value": outputs, "disabled": fixed}
    return shown


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="380px")}
    widgets = {
        "preset": Dropdown(description="network", options=[*PRESETS, OWN], **wide),
        "image": Dropdown(description="images", options=[*IMAGES.items()], **wide),
        "in_features": Dropdown(
            description="first Linear ?", options=[*IN_FEATURES.items()], **wide
        ),
        "picture": HTML(layout=Layout(min_height=f"{HEIGHT}px")),
    }
    for row in range(1, ROWS + 1):
        widgets[f"kind {row}"] = Dropdown(
            description=f"layer {row}",
            options=[NOTHING, *KINDS],
            style={"description_width": "56px"},
            layout=Layout(width="276px"),
        )
        widgets[f"outputs {row}"] = Dropdown(
            description="→",
            options=OUTPUTS,
            style={"description_width": "16px"},
            layout=Layout(width="100px"),
        )
    return widgets


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    pairs = [
        HBox([widgets[f"kind {row}"], widgets[f"outputs {row}"]])
        for row in range(1, ROWS + 1)
    ]
    half = (ROWS + 1) // 2
    columns = [
        VBox([widgets["preset"], *pairs[:half]]),
        VBox([widgets["image"], *pairs[half:], widgets["in_features"]]),
    ]
    return HBox(columns)
