"""Change the nine numbers of a kernel and watch what becomes of a photo."""

from functools import partial

import numpy as np
from ipywidgets import (
    HTML,
    BoundedFloatText,
    Dropdown,
    GridBox,
    HBox,
    Image,
    IntSlider,
    Layout,
    VBox,
    Widget,
)

from course_utils.explorers.photo.picture import (
    describe_output,
    describe_photo,
    draw,
    legend,
    still,
)
from course_utils.explorers.photo.state import (
    CUSTOM,
    PRESETS,
    WHITE,
    State,
    as_pixels,
    change,
    convolve,
)
from course_utils.explorers.view import Explorer, Shown

WEIGHTS = [f"weight{i}" for i in range(9)]
SIDE = 384
"""Longest side of a picture on the page, in pixels."""


def photo_explorer(photo: np.ndarray) -> Explorer[State]:
    """Show what a 3 × 3 kernel makes of a photo.

    Parameters
    ----------
    photo
        Array, shape (H, W), 3 to 256 on each side: uint8, or floats in [0, 1].

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
    Used in notebook 01.
    """
    pixels = as_pixels(photo)
    widgets = _widgets(pixels)
    return Explorer(
        "Photo explorer",
        change(State(), "preset", "vertical edges (Sobel)"),
        widgets,
        controls=_controls(widgets),
        picture=_pictures(widgets, pixels),
        change=change,
        show=partial(show, pixels=pixels),
        still=partial(still, pixels),
    )


def show(state: State, *, pixels: np.ndarray) -> Shown:
    """Return what every widget shows.

    Parameters
    ----------
    state
        The kernel.
    pixels
        Array, shape (H, W), 0 to 255.

    Returns
    -------
    dict
    """
    output = convolve(pixels, state)
    picture = draw(output, signed=state.is_signed, zoom=_zoom(pixels))
    return {
        "output": {"value": picture},
        "caption": {"value": _caption(describe_output(output, state), state.is_signed)},
        "preset": {"value": state.preset},
        "divisor": {"value": state.divisor},
        "bias": {"value": state.bias},
        **{
            name: {"value": weight}
            for name, weight in zip(WEIGHTS, state.weights, strict=True)
        },
    }


def _widgets(pixels: np.ndarray) -> dict[str, Widget]:
    wide = {"style": {"description_width": "76px"}, "layout": Layout(width="330px")}
    number = {"min": -9, "max": 9, "step": 1, "layout": Layout(width="64px")}
    return {
        "preset": Dropdown(description="kernel", options=[*PRESETS, CUSTOM], **wide),
        "divisor": BoundedFloatText(description="divide by", min=1, max=99, **wide),
        "bias": IntSlider(description="bias", min=-WHITE, max=WHITE, step=5, **wide),
        **{name: BoundedFloatText(**number) for name in WEIGHTS},
        "output": Image(layout=_picture_layout(pixels.shape[1] - 2, pixels)),
        "caption": HTML(layout=Layout(min_height="120px")),
    }


def _controls(widgets: dict[str, Widget]) -> HBox:
    weights = [widgets[name] for name in WEIGHTS]
    kernel = GridBox(weights, layout=Layout(grid_template_columns="repeat(3, 68px)"))
    return HBox([kernel, VBox([widgets[n] for n in ("preset", "divisor", "bias")])])


def _pictures(widgets: dict[str, Widget], pixels: np.ndarray) -> HBox:
    photo = Image(
        value=draw(pixels, signed=False, zoom=_zoom(pixels)),
        layout=_picture_layout(pixels.shape[1], pixels),
    )
    caption = HTML(_caption(describe_photo(pixels), signed=False))
    columns = [[photo, caption], [widgets["output"], widgets["caption"]]]
    column = Layout(width=f"{SIDE + 12}px")
    return HBox([VBox(children, layout=column) for children in columns])


def _picture_layout(columns: int, pixels: np.ndarray) -> Layout:
    return Layout(width=f"{columns * SIDE / max(pixels.shape):.0f}px")


def _zoom(pixels: np.ndarray) -> int:
    return max(1, SIDE // max(pixels.shape))


def _caption(text: str, signed: bool) -> str:
    return f'<div style="line-height:1.4">{legend(signed=signed)}<br>{text}</div>'
