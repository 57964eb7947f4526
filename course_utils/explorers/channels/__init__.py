"""Take a colour photo apart: its planes, and the order of its numbers in memory."""

from functools import partial

import numpy as np
from ipywidgets import HTML, Dropdown, HBox, Image, IntSlider, Layout, VBox, Widget

from course_utils.drawing import svg
from course_utils.explorers.channels.memory import HEIGHT, memory_scene
from course_utils.explorers.channels.picture import (
    PANEL_WIDTH,
    SIDE,
    draw_photo,
    pixel_scene,
    still,
    zoom,
)
from course_utils.explorers.channels.state import (
    LAYOUTS,
    VIEWS,
    State,
    as_photo,
    change,
)
from course_utils.explorers.view import Explorer, Shown, in_rows


def channel_explorer(photo: np.ndarray | None = None) -> Explorer[State]:
    """Show the planes of a photo, and where a pixel's three numbers lie in memory.

    Parameters
    ----------
    photo
        Array, shape (H, W, 3), uint8, 2 to 256 rows and 3 to 256 columns. None is the
        dahlia that comes with scikit-learn.

    Returns
    -------
    Explorer
        The value of a cell shows it.

    Raises
    ------
    ValueError
        If `photo` is anything else.

    Notes
    -----
    Used in notebook 00.
    """
    photo = as_photo(photo)
    widgets = _widgets(photo)
    scope = f"channels-{widgets['memory'].model_id}"
    return Explorer(
        "Channel explorer",
        State(row=photo.shape[0] // 2, column=2 * photo.shape[1] // 3),
        widgets,
        controls=in_rows(widgets, [("view", "layout"), ("row", "column")]),
        picture=_pictures(widgets),
        change=change,
        show=partial(show, photo=photo, scope=scope),
        still=partial(still, photo=photo),
    )


def show(state: State, *, photo: np.ndarray, scope: str) -> Shown:
    """Return what every widget shows.

    Parameters
    ----------
    state
        What to show.
    photo
        Array, shape (H, W, 3), uint8.
    scope
        Begins the CSS classes of the pictures, as in `svg`.

    Returns
    -------
    dict
    """
    return {
        "view": {"value": state.view},
        "layout": {"value": state.layout},
        "row": {"value": state.row},
        "column": {"value": state.column},
        "photo": {"value": draw_photo(state, photo)},
        "pixel": {"value": svg(pixel_scene(state, photo), scope=f"{scope}-pixel")},
        "memory": {"value": svg(memory_scene(state, photo), scope=f"{scope}-memory")},
    }


def _widgets(photo: np.ndarray) -> dict[str, Widget]:
    wide = {"style": {"description_width": "76px"}, "layout": Layout(width="384px")}
    rows, columns, _ = photo.shape
    views = [(view.label, name) for name, view in VIEWS.items()]
    axes = list(LAYOUTS.items())
    shown = {"width": f"{zoom(photo) * columns}px", "height": f"{zoom(photo) * rows}px"}
    return {
        "view": Dropdown(description="show", options=views, **wide),
        "layout": Dropdown(description="axes", options=axes, **wide),
        "row": IntSlider(description="row", max=rows - 1, **wide),
        "column": IntSlider(description="column", max=columns - 1, **wide),
        "photo": Image(layout=Layout(**shown)),
        "pixel": HTML(layout=Layout(width=f"{PANEL_WIDTH}px")),
        "memory": HTML(layout=Layout(min_height=f"{HEIGHT}px")),
    }


def _pictures(widgets: dict[str, Widget]) -> VBox:
    photo = HBox([widgets["photo"]], layout=Layout(width=f"{SIDE + 8}px"))
    return VBox([HBox([photo, widgets["pixel"]]), widgets["memory"]])
