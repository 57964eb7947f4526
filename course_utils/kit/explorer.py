"""What every explorer is: a frozen dataclass whose fields are its controls.

A subclass of `State` declares each control where it declares the field, computes what
follows in cached properties, and draws it all in `scene`; an `Explorer` shows it.
CONTRIBUTING.md has an example.
"""

import traceback
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, partial
from html import escape
from typing import Any, Self

import ipywidgets as ui

from course_utils.kit.scene import Scene, png, svg

Words = str | Callable[["State"], str]
Options = Callable[["State"], Any] | Mapping | Sequence

SHEET = 800  # pixels that a picture is wide, where there is room

# ----------------------------------------------------------------------- controls


@dataclass(frozen=True)
class Control:
    """How a field is set; label and values may be functions of the state.

    play: milliseconds between steps, for a button that plays them. hint: words behind
    it. width: in pixels, if not the explorer's column. is_named_only: the label is not
    shown, but read out.
    """

    kind: type
    label: Words
    values: Any = None
    play: int = 0
    hint: str = ""
    width: int = 0
    is_named_only: bool = False

    def options(self, state: "State") -> list[tuple[Any, Any]]:
        """Return the text and the value of each place where it may stand."""
        values = self.values(state) if callable(self.values) else self.values
        if isinstance(values, Mapping):
            return [*values.items()]
        return [v if isinstance(v, tuple) and len(v) == 2 else (v, v) for v in values]


def slider(label: Words, values: Options, *, start: int = 0, **look: Any) -> Any:
    """Declare a field that a slider sets; where it may stand can depend on the others.

    values: evenly spaced integers. look: as in `Control`.
    """
    return _control(start, ui.IntSlider, label, values, **look)


def menu(label: str, options: Options, *, start: Any, **look: Any) -> Any:
    """Declare a field that a menu sets: to one of some values, or of (text, value)."""
    return _control(start, ui.Dropdown, label, options, **look)


def stops(label: str, options: Options, *, start: Any, **look: Any) -> Any:
    """Declare what `menu` does, for a slider that stops at each option."""
    return _control(start, ui.SelectionSlider, label, options, **look)


def number(label: str, low: float, high: float, *, start: float, **look: Any) -> Any:
    """Declare a field that is typed into a box."""
    return _control(start, ui.BoundedFloatText, label, (low, high), **look)


def switch(label: str, *, start: bool = False, **look: Any) -> Any:
    """Declare a field that is ticked."""
    return _control(start, ui.Checkbox, label, (False, True), **{"width": 160, **look})


def given(default: Any = None) -> Any:
    """Declare a field that no control sets: what the explorer is about."""
    return field(default=default, repr=False, compare=False)


def _control(start: Any, *kind: Any, **look: Any) -> Any:
    return field(default=start, metadata={"control": Control(*kind, **look)})


class State:
    """All that the picture depends on. Subclasses are frozen dataclasses."""

    def settled(self, moved: str) -> Self:
        """Return a valid state after a control was moved: others may give way."""
        return self

    def scene(self) -> Scene:
        """Draw it."""
        raise NotImplementedError

    @classmethod
    @cache
    def controls(cls) -> dict[str, Control]:
        return {f.name: f.metadata["control"] for f in fields(cls) if f.metadata}

    def choices(self, name: str) -> list:
        """Return what a control may be set to while the others stay as they are."""
        return [value for _, value in self.controls()[name].options(self)]

    def after(self, name: str, value: Any) -> Self:
        """Return the state after the user set one control."""
        state = replace(self, **{name: value}).settled(name)
        for other, control in state.controls().items():
            if control.kind is ui.IntSlider:
                at, now = state.choices(other), getattr(state, other)
                nearest = min(max(now, at[0]), at[-1])
                if nearest != now:
                    state = replace(state, **{other: nearest})
        return state


# ----------------------------------------------------------------------- explorer


class Explorer:
    """What a notebook cell shows: live controls, or a picture where there is no kernel.

    note: words below the controls. columns: how many sliders or menus stand side by
    side. room: height of the tallest picture, where some are lower, so that the page
    below does not jump. arrange: lays the controls, by name, out in another way.

    state: what is shown. widgets: by the name of the field that each sets; a button
    that plays field x is called "play x".
    """

    def __init__(
        self,
        name: str,
        state: State,
        *,
        columns: int = 2,
        note: str = "",
        room: int = 0,
        arrange: Callable[[Mapping[str, ui.Widget]], ui.Widget] | None = None,
    ) -> None:
        self.state, self.name, self.note, self.room = state, name, note, room
        self.error = ui.HTML(layout=ui.Layout(display="none"))
        self.picture = ui.HTML(layout=ui.Layout(**_flexible(720)))
        self.widgets = _widgets(state, columns)
        arrange = arrange or partial(_rows, state=state, columns=columns)
        notes = [ui.HTML(note)] if note else []
        left = [arrange(self.widgets), *notes, self.error]
        left = ui.VBox(left, layout=ui.Layout(**_flexible(345)))
        self._view = wrapped(left, self.picture)
        self._writing = False
        self._write(state)
        for key, widget in self.widgets.items():
            widget.observe(partial(self._moved, key.removeprefix("play ")), "value")

    def __repr__(self) -> str:
        """Return one line that is the same in every run."""
        return f"{self.name}: run this cell to use it"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # ipywidgets 7.7 widgets have no _repr_mimebundle_ to build upon.
        view = {"model_id": self._view.model_id, "version_major": 2, "version_minor": 0}
        return {
            "application/vnd.jupyter.widget-view+json": view,
            "image/png": b64encode(png(self.state.scene())).decode(),
            "text/plain": repr(self),
        }

    def _moved(self, name: str, event: Mapping[str, Any]) -> None:
        if self._writing:
            return
        problem = ""
        try:
            state = self.state.after(name, event["new"])
            self._write(state)
            self.state = state
        # Whatever goes wrong has to reach the page: Jupyter drops errors of callbacks.
        except Exception as error:
            problem = _in_red(error)
        self.error.value = problem
        self.error.layout.display = "" if problem else "none"

    def scene(self, state: State) -> Scene:
        scene = state.scene()
        return replace(scene, height=max(scene.height, self.room))

    def _write(self, state: State) -> None:
        # Two explorers on one page must not share a style sheet.
        drawn = svg(self.scene(state), scope=f"explorer-{self.picture.model_id}")
        # Each widget written to tells `_moved`, which only the user's moves concern.
        self._writing = True
        try:
            for key, widget in self.widgets.items():
                with widget.hold_sync():
                    _set(widget, traits(state, key))
            self.picture.value = drawn
        finally:
            self._writing = False


def _widgets(state: State, columns: int) -> dict[str, ui.Widget]:
    widgets: dict[str, ui.Widget] = {}
    labels = [c.label for c in state.controls().values() if not c.width]
    longest = max((len(text) for text in labels if isinstance(text, str)), default=0)
    for name, control in state.controls().items():
        own = {"width": f"{control.width}px", "max_width": "100%"}
        look = {"layout": ui.Layout(**own if control.width else column(columns))}
        if control.kind is ui.Checkbox:
            look["indent"] = False
        elif control.is_named_only:
            look["style"] = {"description_width": "0px"}
        else:
            room = 8 * len(control.label) if control.width else max(96, 8 * longest)
            look["style"] = {"description_width": f"{room}px"}
        widgets[name] = control.kind(**look, **traits(state, name))
        if control.play:
            widgets[f"play {name}"] = ui.Play(interval=control.play, show_repeat=False)
    return widgets


def _rows(widgets: Mapping[str, ui.Widget], state: State, columns: int) -> ui.Box:
    """Put the controls beside one another where there is room; some have company."""
    items = []
    for name, control in state.controls().items():
        item = widgets[name]
        if control.play:
            pair = [item, widgets[f"play {name}"]]
            item = wrapped(*pair, **column(columns))  # or no room is left to drag in
        if control.hint:
            item = wrapped(item, ui.HTML(control.hint))
        items.append(item)
    return wrapped(*items)


def wrapped(*items: ui.Widget, **look: str) -> ui.Box:
    """Put widgets side by side, and those without room there below."""
    return ui.Box(items, layout=ui.Layout(flex_flow="row wrap", **look))


def column(columns: int = 2) -> dict[str, str]:
    """Give what is `wrapped` one of so many columns: fewer where the page is narrow."""
    least, most = SHEET // (columns + 1) + 4, SHEET // columns - 4
    return _flexible(least, most) | {"width": "auto"}


def _flexible(least: int, most: int = SHEET) -> dict[str, str]:
    """Give so many pixels, or all that there are in a row."""
    return {"flex": f"1 1 {least}px", "max_width": f"{most}px", "min_width": "0"}


def traits(state: State, key: str) -> dict[str, Any]:
    """Return what a widget shows, and where it may stand."""
    name = key.removeprefix("play ")
    control, value = state.controls()[name], getattr(state, name)
    label = control.label if isinstance(control.label, str) else control.label(state)
    shown = {"description": label, "value": value}
    if control.kind is ui.Checkbox:
        return shown
    if control.kind is ui.BoundedFloatText:
        return shown | dict(zip(("min", "max"), control.values))
    if control.kind in (ui.Dropdown, ui.SelectionSlider):
        options = tuple(control.options(state))
        return shown | {"options": options, "disabled": len(options) == 1}
    at = state.choices(name)
    low, high, step = at[0], at[-1], at[1] - at[0] if len(at) > 1 else 1
    if key != name:
        return {"min": low, "max": high, "step": step, "value": value}
    # A slider without a range cannot be drawn: it keeps one of two, and is disabled.
    only = low == high
    return shown | {"min": low, "max": high + only, "step": step, "disabled": only}


def _set(widget: ui.Widget, traits: Mapping[str, Any]) -> None:
    changed = {t: v for t, v in traits.items() if getattr(widget, t) != v}
    # A menu looks its value up in its options, so these come first.
    if "options" in changed:
        widget.options, changed["value"] = changed.pop("options"), traits["value"]
    # The rest at once, since a new value may lie outside the old bounds.
    with widget.hold_trait_notifications():
        for trait, value in changed.items():
            setattr(widget, trait, value)


def _in_red(error: Exception) -> str:
    summary = escape("".join(traceback.format_exception_only(error)))
    details = escape("".join(traceback.format_exception(error)))
    return (
        f'<details role="alert"><summary style="color:#B00020">{summary}</summary>'
        f"<pre>{details}</pre></details>"
    )
