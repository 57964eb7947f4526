"""What holds for every explorer; `chapters/` tests what is one's own."""

import re
from base64 import b64decode
from dataclasses import FrozenInstanceError, dataclass, replace
from xml.etree import ElementTree

import pytest
from explorer_moves import FILES, all_said, explorer_of, maker, own, settings
from ipywidgets import BoundedFloatText, Checkbox
from text_room import labels_of, outside

from course_utils.kit.explorer import Explorer, State, slider
from course_utils.kit.scene import Hover, Label, Scene, svg

SCENES = 30  # pictures looked at, of those that two moves lead to
each_explorer = pytest.mark.parametrize("file", FILES)
SAID = [(file, *row) for file in FILES for row in own(file, "SAYS")]
REFUSED = [(file, *row) for file in FILES for row in own(file, "REFUSED")]


@each_explorer
def test_controls_redraw_once_and_stay_where_they_were_set(file, monkeypatch):
    explorer, drawn = explorer_of(file), []
    cls, scene = type(explorer.state), type(explorer.state).scene
    monkeypatch.setattr(cls, "scene", lambda self: drawn.append(self) or scene(self))
    for control in explorer.widgets:
        explorer = explorer_of(file)
        widget, seen = explorer.widgets[control], {explorer.picture.value}
        for value in settings(explorer.state, control.removeprefix("play ")):
            where, moves = f"{file}: {control} = {value!r}", widget.value != value
            drawn.clear()
            widget.value = value
            assert not explorer.error.value, f"{where}: {explorer.error.value}"
            assert len(drawn) == moves, f"{where}: drawn {len(drawn)} times"
            assert widget.value == value, f"{where}: stands at {widget.value}"
            assert_shows_its_state(explorer, where)
            seen.add(explorer.picture.value)
        assert len(seen) > 1 or widget.disabled, f"{file}: {control} changes nothing"
        scope = re.search(r'class="(.+?)"', explorer.picture.value)[1]
        scene_again = scene(replace(explorer.state))
        tall = max(scene_again.height, explorer.room)
        again = svg(replace(scene_again, height=tall), scope=scope)
        assert again == explorer.picture.value, f"{where}: looks different each time"


def assert_shows_its_state(explorer, where):
    for key, widget in explorer.widgets.items():
        name, at = key.removeprefix("play "), f"{where}: {key}"
        value = getattr(explorer.state, name)
        assert widget.value == value, f"{at} shows {widget.value}, not {value}"
        if getattr(widget, "disabled", False):
            assert len(explorer.state.choices(name)) == 1, f"{at} is disabled"


@each_explorer
def test_moves_lead_to_possible_states_that_can_be_read(file):
    explorer = explorer_of(file)
    paths = {explorer.state: f"{file}: at first"}
    room = max(explorer.room, explorer.state.scene().height)
    follow_moves(*paths, paths)
    near = list(paths)
    for state in near:
        follow_moves(state, paths)
    for state, path in paths.items():
        assert_is_possible(state, path)
    far = list(paths)[len(near) :]
    for state in [*near, *far[:: len(far) // SCENES + 1]]:
        scene, where = state.scene(), paths[state]
        assert_can_be_read(scene, where)
        assert scene.height <= room, (
            f"{where}: page jumps: {scene.height} > {room}; give Explorer() that room"
        )


def follow_moves(state, paths):
    for name in state.controls():
        for value in settings(state, name):
            path = f"{paths[state]}, {name} = {value!r}"
            after = state.after(name, value)
            assert getattr(after, name) == value, f"{path} does not stay"
            paths.setdefault(after, path)


def assert_is_possible(state, where):
    for name, control in state.controls().items():
        value, where = getattr(state, name), f"{where}: {name}"
        if control.kind is BoundedFloatText:
            assert control.values[0] <= value <= control.values[1], where
        elif control.kind is not Checkbox:
            choices = list(state.choices(name))
            assert choices, f"{where} has no choice"
            assert value in choices, f"{where} = {value} is none of {choices}"


def assert_can_be_read(scene, where):
    root = ElementTree.fromstring(svg(scene))
    hovers = [shape for shape in scene.shapes if isinstance(shape, Hover)]
    small = [label.text for label in labels_of(scene) if label.size < 8]
    assert root.get("aria-label"), f"{where}: the scene has no description"
    assert all(h.description for h in hovers), f"{where}: a Hover has no description"
    assert not outside(scene), f"{where}: outside the sheet: {outside(scene)}"
    assert not small, f"{where}: too small to read: {small}"
    assert scene.width <= 800, f"{where}: wider than a page"


@each_explorer
def test_cell_output_has_view_still_and_text(file):
    explorer, other = explorer_of(file), explorer_of(file)
    bundle = explorer._repr_mimebundle_(include=None, exclude=None)
    view = bundle.pop("application/vnd.jupyter.widget-view+json")
    assert view["model_id"] and (view["version_major"], view["version_minor"]) == (2, 0)
    assert b64decode(bundle["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert len(bundle.pop("image/png")) < 400_000, f"{file}: a large still picture"
    assert bundle == {"text/plain": repr(other)} and "\n" not in repr(other)
    one, two = (e.picture.value.partition("</style>")[0] for e in (explorer, other))
    assert one != two, f"{file}: two on one page share their style"
    with pytest.raises(FrozenInstanceError):
        explorer.state.anything = 0


@pytest.mark.parametrize(("file", "state", "words"), SAID)
def test_says_what_its_own_tests_ask_for(file, state, words):
    assert words in all_said(state), f"{file}: {state}"


@pytest.mark.parametrize(("file", "words", "arguments"), REFUSED)
def test_what_it_cannot_show_is_refused(file, words, arguments):
    with pytest.raises(ValueError, match=words):
        maker(file)(*arguments)


@dataclass(frozen=True)
class Fraction(State):
    below: int = slider("below", range(-2, 3), start=1)

    def scene(self):
        return Scene(99, 30, (Label(9, 15, f"{1 / self.below:g} <"),))


def test_error_is_shown_until_the_next_success():
    explorer = Explorer("Test", Fraction())
    before, shown = explorer.picture.value, explorer.error.layout
    assert shown.display == "none"
    explorer.widgets["below"].value = 0
    assert "ZeroDivisionError" in explorer.error.value and shown.display != "none"
    assert (explorer.state, explorer.picture.value) == (Fraction(), before)
    explorer.widgets["below"].value = 2
    assert (explorer.error.value, shown.display) == ("", "none")
    assert explorer.state == Fraction(2) and ">0.5 &lt;<" in explorer.picture.value
