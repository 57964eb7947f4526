"""What holds for every explorer; each has a test file for what is its own."""

import re
from base64 import b64decode
from dataclasses import dataclass, replace

import pytest
from explorer_moves import all_explorers, controls_of, pictures_of, settings_of
from ipywidgets import HTML, IntSlider

from course_utils.explorers.view import Explorer

EXPLORERS = all_explorers()
each_explorer = pytest.mark.parametrize("name", EXPLORERS)


@each_explorer
def test_every_control_redraws_once_and_without_error(name):
    make = EXPLORERS[name]
    for control in controls_of(make()):
        explorer, drawn = make(), []
        for picture in pictures_of(explorer).values():
            picture.observe(lambda event, d=drawn: d.append(event.owner), "value")
        widget = explorer.widgets[control]
        for value in settings_of(widget):
            before = len(drawn)
            widget.value = value
            assert explorer.error.value == ""
            assert len(drawn[before:]) == len(set(drawn[before:])), "drawn twice"
            assert widget.value == value
        assert drawn or widget.disabled, control


@each_explorer
def test_cell_output_has_view_still_and_text(name):
    explorer = EXPLORERS[name]()
    bundle = explorer._repr_mimebundle_(include=None, exclude=None)
    view = bundle.pop("application/vnd.jupyter.widget-view+json")
    assert (view["version_major"], view["version_minor"]) == (2, 0)
    assert view["model_id"]
    assert b64decode(bundle["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert len(bundle.pop("image/png")) < 400_000
    assert bundle == {"text/plain": repr(EXPLORERS[name]())}


@each_explorer
def test_two_on_one_page_do_not_share_style(name):
    both = [pictures_of(EXPLORERS[name]()) for _ in range(2)]
    texts = [w.value for one in both for w in one.values() if isinstance(w, HTML)]
    scopes = re.findall(r'<svg class="([^"]+)"', "".join(texts))
    assert len(scopes) == len(set(scopes)) == "".join(texts).count("<svg")


@dataclass(frozen=True)
class Number:
    value: int = 0


def test_error_is_shown_until_the_next_success():
    def show(state: Number) -> dict:
        return {"picture": {"value": f"{1 / (state.value - 2):.2f} <"}}

    slider, picture = IntSlider(max=9), HTML()
    explorer = Explorer(
        "Test",
        Number(),
        {"value": slider, "picture": picture},
        controls=slider,
        picture=picture,
        change=lambda state, name, value: replace(state, **{name: value}),
        show=show,
        still=lambda state: b"",
    )
    assert explorer.error.layout.display == "none"
    slider.value = 2
    assert "ZeroDivisionError" in explorer.error.value
    assert explorer.error.layout.display != "none"
    assert (explorer.state, picture.value) == (Number(0), "-0.50 <")
    slider.value = 3
    assert explorer.error.value == "" and explorer.error.layout.display == "none"
    assert (explorer.state, picture.value) == (Number(3), "1.00 <")
