"""Explorers on a page without a kernel: every state that their controls lead to.

`docs/_static/explorer.js` looks the next state up. Each shape and each menu is written
once, and of a state only what differs from the state before it.
"""

import importlib
import inspect
import json
import pkgutil
import zlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import count
from types import ModuleType
from typing import Any

import ipywidgets as ui

from course_utils.kit.explorer import Explorer, State, traits
from course_utils.kit.scene import markup, svg

MOST = 3000  # states: with more of them, a page and its maker would take too long
KINDS = {ui.Dropdown: "select", ui.Checkbox: "checkbox", ui.BoundedFloatText: "number"}
Place = tuple[Any, ...]  # where each control stands


@dataclass(frozen=True)
class Start:
    """What a page shows first and says of it; the controls that move, all if none."""

    make: Callable[[], Explorer]
    moves: Sequence[str] = ()
    note: str = ""


def starts(chapters: ModuleType) -> dict[str, Start]:
    """Find what each explorer starts from, by its name.

    Its file may name the controls that move in ``SITE_MOVES``, where all would lead to
    too many states, and has a function ``on_site`` where it needs arguments, and words
    in ``SITE_NOTE`` where these are not those of the notebook.
    """
    found = {}
    for part in pkgutil.walk_packages(chapters.__path__, f"{chapters.__name__}."):
        members = vars(importlib.import_module(part.name))
        site = members.get("SITE_MOVES", ()), members.get("SITE_NOTE", "")
        for name, make in members.items():
            if name.endswith("_explorer") and make.__module__ == part.name:
                make = members.get("on_site", make)
                with suppress(TypeError):  # nothing is known of what it needs
                    inspect.signature(make).bind()
                    found[name.removesuffix("_explorer")] = Start(make, *site)
    return found


class Export:
    """One explorer for a page; it `is_alive` where something moves, not too far."""

    def __init__(self, start: Start) -> None:
        self.start, self.explorer = start, start.make()
        self.first = self.explorer.state
        self.controls = self.first.controls()
        self.names = [*self.controls]
        self.numbers = [numbering() for _ in self.names]
        # What is typed has no end.
        can = [n for n in self.names if self.kind(n) != "number"]
        self.moves = [name for name in can if name in (start.moves or can)]
        found, self.led = self.walk()
        # Similar ones stand beside one another.
        self.states = [found[place] for place in sorted(found, key=self.ids)]
        self.is_alive = bool(self.moves) and len(self.states) <= MOST

    def kind(self, name: str) -> str:
        return KINDS.get(self.controls[name].kind, "range")

    # ------------------------------------------------------------------ a walk

    def walk(self) -> tuple[dict[Place, State], dict[tuple[int, Place], Place]]:
        """Follow every move, up to `MOST` states: what is found, and what led where."""
        found, led, todo = {self.place(self.first): self.first}, {}, [self.first]
        while todo and len(found) <= MOST:
            state = todo.pop()
            place = self.place(state)
            for c, value in self.possible(state):
                asked = (*place[:c], value, *place[c + 1 :])
                if value == place[c] or (c, asked) in led:
                    continue
                after = state.after(self.names[c], value)
                led[c, asked] = self.place(after)
                if led[c, asked] not in found:
                    found[led[c, asked]] = after
                    todo.append(after)
        return found, led

    def possible(self, state: State) -> Iterator[tuple[int, Any]]:
        """Yield the number of each control that moves, with each value it can take."""
        for name in self.moves:
            for value in state.choices(name):
                yield self.names.index(name), value

    def place(self, state: State) -> Place:
        return tuple(getattr(state, name) for name in self.controls)

    # ------------------------------------------------------------------ numbers for it

    def ids(self, place: Place) -> list[int]:
        """Return a number for each value; that of a whole number is its own."""
        return [self.id(c, value) for c, value in enumerate(place)]

    def id(self, c: int, value: Any) -> int:
        if self.controls[self.names[c]].kind in (ui.IntSlider, ui.Checkbox):
            return int(value)
        return self.numbers[c][value]

    def frame(self, c: int, state: State) -> dict[str, Any]:
        """Return how a control looks, but for where it stands."""
        look = traits(state, self.names[c])
        frame = {"label": look["description"]}
        if "options" in look:
            texts, values = zip(*look["options"])
            frame["texts"] = [f"{text}" for text in texts]
            frame["ids"] = [self.id(c, value) for value in values]
        elif "step" in look:  # which has room for one more where there is no choice
            high = look["max"] - look["disabled"]
            frame |= {"low": look["min"], "high": high, "step": look["step"]}
        elif "min" in look:
            frame["value"] = f"{look['value']:g}"
        return frame

    # ------------------------------------------------------------------ what is written

    def script(self, name: str) -> str:
        """Write the states as a script: a page from a folder may load no other file."""
        text = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"))
        packed = b64encode(zlib.compress(text.encode(), 9)).decode()
        return f'(window.explorers ??= {{}})["{name}"] = "{packed}";\n'

    def page(self, name: str) -> str:
        """Write what the page shows first, in one line: controls, notes and picture."""
        explorer, waits = self.explorer, [n for n in self.names if n not in self.moves]
        labels = (traits(self.first, n)["description"] for n in waits)
        rest = f"Only in the notebook: {', '.join(labels)}." if waits else ""
        notes = [explorer.note, escape(self.start.note), escape(rest)]
        controls = "".join(self.control(name, c) for c in range(len(self.names)))
        return (
            f'<div class="explorer" data-explorer="{name}" role="group" '
            f'aria-label="{escape(explorer.name)}">'
            f'<div class="controls">{controls}</div>'
            f"{''.join(f'<p>{note}</p>' for note in notes if note)}"
            f"{svg(explorer.scene(self.first), scope=f'explorer-{name}')}</div>"
        )

    def control(self, name: str, c: int) -> str:
        """Write one control; without a script it cannot be moved."""
        own, frame = self.names[c], self.frame(c, self.first)
        control, key = self.controls[own], f"{name}-{own}"
        at, kind = self.id(c, getattr(self.first, own)), self.kind(own)
        texts, ids, shown = frame.get("texts"), frame.get("ids"), ""
        if kind == "select":
            options = (
                f"<option{' selected' * (at == i)}>{escape(text)}</option>"
                for i, text in zip(ids, texts)
            )
            field = f'<select id="{key}" disabled>{"".join(options)}</select>'
        else:
            look = {"type": kind, "id": key}
            if kind == "range":
                if ids:
                    at = ids.index(at)
                    frame |= {"low": 0, "high": len(ids) - 1, "step": 1}
                look |= {"min": frame["low"], "max": frame["high"]}
                look |= {"step": frame["step"], "value": at}
                shown = f"<output>{escape(texts[at]) if ids else at}</output>"
            elif kind == "number":
                look["value"] = frame["value"]
            marks = "".join(f' {k}="{v}"' for k, v in look.items())
            field = f"<input{marks}{' checked' * (kind == 'checkbox' and at)} disabled>"
        play = f'<button type="button" data-every="{control.play}" disabled>▶</button>'
        moves = " data-moves" * (own in self.moves)
        unseen = ' class="unseen"' * control.is_named_only
        return (
            f'<div class="control {kind}"{moves}>'
            f'<label for="{key}"{unseen}>{escape(frame["label"])}</label>'
            f"{field}{shown}{play * bool(control.play)}{control.hint}</div>"
        )

    def data(self) -> dict[str, Any]:
        """Return shapes, frames, their numbers for each state in a row, and moves."""
        shapes, frames, rows = numbering(), numbering(), []
        written = lru_cache(maxsize=None)(markup)
        for state in self.states:
            row = []
            for c, value in enumerate(self.place(state)):
                frame = json.dumps(self.frame(c, state), ensure_ascii=False)
                row += frames[frame], self.id(c, value)
            scene = self.explorer.scene(state)
            row += scene.width, scene.height, shapes[scene.description]
            rows.append(row + [shapes[written(shape)] for shape in scene.shapes])
        at = {place: i for i, place in enumerate(map(self.place, self.states))}
        # Most moves lead where they say; these do not, for another control gives way.
        moves = {
            f"{c}:{','.join(map(str, self.ids(asked)))}": at[place]
            for (c, asked), place in self.led.items()
            if asked != place
        }
        return {
            "shapes": [*shapes],
            "frames": [json.loads(frame) for frame in frames],
            "rows": [*_differences(rows)],
            "first": at[self.place(self.first)],
            "moves": moves,
        }


def numbering() -> defaultdict[Any, int]:
    """Return a table that numbers, from 0, what is looked up in it."""
    return defaultdict(count().__next__)


def _differences(rows: list[list[int]]) -> Iterator[list[int]]:
    """Write of each row its length, and each place and number where it is a new one."""
    before: list[int] = []
    for row in rows:
        old = before[: len(row)] + [-1] * (len(row) - len(before))
        news = ((i, new) for i, (new, was) in enumerate(zip(row, old)) if new != was)
        yield [len(row), *(n for pair in news for n in pair)]
        before = row
