"""Look for a motif in a picture, by the dot product and by the cosine."""

from ipywidgets import HTML, Dropdown, IntSlider, Layout, VBox, Widget

from course_utils.explorers.patterns.picture import HEIGHT, scene
from course_utils.explorers.patterns.state import (
    BRIGHTEST,
    LAST,
    MOTIFS,
    State,
    change,
)
from course_utils.explorers.view import Explorer, Shown, explorer_of_scene, in_rows


def pattern_explorer() -> Explorer[State]:
    """Show what a kernel finds: by the dot product, and by the cosine.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Notes
    -----
    Used in notebook 02.
    """
    widgets = _widgets()
    return explorer_of_scene(
        "Pattern explorer",
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
    return {
        "motif": {"value": state.motif},
        "brightness": {"value": state.brightness},
        "row": {"value": state.row},
        "column": {"value": state.column},
    }


def _widgets() -> dict[str, Widget]:
    wide = {"style": {"description_width": "96px"}, "layout": Layout(width="380px")}
    return {
        "motif": Dropdown(description="motif", options=list(MOTIFS), **wide),
        "brightness": IntSlider(
            description="its brightness", min=1, max=BRIGHTEST, **wide
        ),
        "row": IntSlider(description="its row", max=LAST, **wide),
        "column": IntSlider(description="its column", max=LAST, **wide),
        "picture": HTML(layout=Layout(min_height=f"{HEIGHT + 8}px")),
    }


def _lay_out(widgets: dict[str, Widget]) -> VBox:
    below = HTML("Point at a score to see its window.")
    return in_rows(widgets, [("motif", "brightness"), ("row", "column"), (below,)])
