"""What every explorer is: a state, controls that change it, and a picture of it.

An explorer is a frozen dataclass, its state, and three pure functions of it. `change`
answers a control with the next state, `show` says what every widget then shows, and
`still` draws the picture for readers without a kernel. `Explorer` only carries values
between these functions and the widgets.
"""

import traceback
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from html import escape
from typing import Any, Generic, TypeVar

from ipywidgets import HTML, HBox, Layout, VBox, Widget

from course_utils.drawing import Scene, png, svg

State = TypeVar("State")
Shown = dict[str, dict[str, Any]]
"""What each widget shows, by the widget's name: ``{name: {trait: value}}``."""


class Explorer(Generic[State]):
    """What a notebook cell shows: live controls, or a picture where there is no kernel.

    Parameters
    ----------
    name
        What it is called where only text can be shown.
    state
        A frozen dataclass: all that the picture depends on.
    widgets
        Every widget that `change` listens to or `show` writes to, by name.
    controls, picture
        The widgets laid out; errors appear between the two.
    change
        ``change(state, name, value)`` is the state after the user set widget `name` to
        `value`. It must be valid, so other controls may have to give way.
    show
        ``show(state)`` is what every widget shows, its bounds included.
    still
        ``still(state)`` is the same picture as a PNG file.

    Attributes
    ----------
    state
        The state that is shown.
    widgets
        As given.
    error
        The line that shows what went wrong, until the next move that succeeds.
    """

    def __init__(
        self,
        name: str,
        state: State,
        widgets: Mapping[str, Widget],
        *,
        controls: Widget,
        picture: Widget,
        change: Callable[[State, str, Any], State],
        show: Callable[[State], Shown],
        still: Callable[[State], bytes],
    ) -> None:
        self.state, self.widgets = state, widgets
        self._name, self._change, self._draw, self._still = name, change, show, still
        self.error = HTML(layout=Layout(display="none"))
        self._view = VBox([controls, self.error, picture])
        self._writing = False
        self._write(state)
        for widget_name, widget in widgets.items():
            widget.observe(partial(self._moved, widget_name), "value")

    def __repr__(self) -> str:
        """Return one line that is the same in every run."""
        return f"{self._name}: run this cell to use it"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # ipywidgets 7.7 widgets have no _repr_mimebundle_ to build upon.
        view = {
            "model_id": self._view.model_id,
            "version_major": 2,
            "version_minor": 0,
        }
        return {
            "application/vnd.jupyter.widget-view+json": view,
            "image/png": b64encode(self._still(self.state)).decode(),
            "text/plain": repr(self),
        }

    def _moved(self, name: str, event: Mapping[str, Any]) -> None:
        if self._writing:
            return
        try:
            state = self._change(self.state, name, event["new"])
            self._write(state)
            self.state = state
        # Whatever goes wrong has to reach the page: Jupyter drops errors of callbacks.
        except Exception as error:
            self._show_error(error)
        else:
            self._show_error(None)

    def _write(self, state: State) -> None:
        shown = self._draw(state)
        # Each widget written to tells `_moved`, which only the user's moves concern.
        self._writing = True
        try:
            for name, traits in shown.items():
                widget = self.widgets[name]
                # All at once, since a new value may lie outside the old bounds.
                with widget.hold_sync(), widget.hold_trait_notifications():
                    for trait, value in traits.items():
                        setattr(widget, trait, value)
        finally:
            self._writing = False

    def _show_error(self, error: Exception | None) -> None:
        self.error.layout.display = "none" if error is None else ""
        self.error.value = "" if error is None else _describe(error)


def explorer_of_scene(
    name: str,
    state: State,
    widgets: Mapping[str, Widget],
    *,
    controls: Widget,
    change: Callable[[State, str, Any], State],
    scene: Callable[[State], Scene],
    show: Callable[[State], Shown],
) -> Explorer[State]:
    """Return an explorer whose picture is one scene, live as SVG and still as PNG.

    Parameters
    ----------
    name, state, controls, change
        As in `Explorer`.
    widgets
        As in `Explorer`; the one called ``"picture"`` is an ``HTML``.
    scene
        ``scene(state)`` is the picture.
    show
        ``show(state)`` is what every other widget shows.

    Returns
    -------
    Explorer
    """
    picture = widgets["picture"]
    # Two explorers on one page must not share a style sheet.
    scope = f"explorer-{picture.model_id}"

    def show_all(state: State) -> Shown:
        drawn = svg(scene(state), scope=scope)
        return {"picture": {"value": drawn}, **show(state)}

    return Explorer(
        name,
        state,
        widgets,
        controls=controls,
        picture=picture,
        change=change,
        show=show_all,
        still=lambda state: png(scene(state)),
    )


def in_rows(
    widgets: Mapping[str, Widget], rows: Iterable[Iterable[str | Widget]]
) -> VBox:
    """Lay out the controls of an explorer.

    Parameters
    ----------
    widgets
        All of them, by name.
    rows
        What stands side by side, from top to bottom: names, or other widgets, such as
        a `hint`.

    Returns
    -------
    VBox
    """

    def widget(item: str | Widget) -> Widget:
        return widgets[item] if isinstance(item, str) else item

    return VBox([HBox([widget(item) for item in row]) for row in rows])


def hint(words: str) -> HTML:
    """Return words to stand behind the controls of a row.

    Parameters
    ----------
    words
        HTML.

    Returns
    -------
    HTML
    """
    return HTML(words, layout=Layout(margin="0 0 0 12px"))


def bounded(choices: list[int], value: int) -> dict[str, Any]:
    """Return what a slider shows that may stand at `choices` only.

    Parameters
    ----------
    choices
        Consecutive integers, at least one.
    value
        Where it stands, one of `choices`.

    Returns
    -------
    dict
        Its traits. With a single choice it is disabled and keeps a range of two, since
        a slider without a range cannot be drawn.
    """
    low, high = choices[0], choices[-1]
    only = low == high
    return {"min": low, "max": high + only, "value": value, "disabled": only}


def _describe(error: Exception) -> str:
    summary = escape("".join(traceback.format_exception_only(error)))
    details = escape("".join(traceback.format_exception(error)))
    return (
        f'<details role="alert"><summary style="color:#B00020">{summary}</summary>'
        f"<pre>{details}</pre></details>"
    )
