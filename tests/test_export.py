"""What a page without a kernel looks up is what the kernel would have drawn."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import dataclass, replace

from course_utils import chapters
from course_utils.kit import export
from course_utils.kit.explorer import Explorer, State, menu, number, slider, switch
from course_utils.kit.export import Export, Start, starts
from course_utils.kit.scene import Label, Scene, markup

LETTERS = {"first": "a", "second": "b"}


@dataclass(frozen=True)
class Writing(State):
    letter: str = menu("letter", LETTERS, start="a")
    count: int = slider("how many", lambda self: range(1, 4 + self.more), start=2)
    more: bool = switch("one more")
    size: float = number("size", 9, 99, start=12)

    def settled(self, moved: str) -> "Writing":
        return replace(self, count=1) if moved == "more" else self

    def scene(self) -> Scene:
        letters = (Label(20 * i + 9, 20, self.letter) for i in range(self.count))
        words = f"{self.count} {self.letter}"
        return Scene(200, 40 * self.count, tuple(letters), words)


def writing():
    return Explorer("Writing", Writing(), room=50, note="<b>Write</b>")


class Reader:
    """Do what docs/_static/explorer.js does."""

    def __init__(self, script, count):
        packed = re.search(r'= "(.+)";', script)[1]
        self.data, self.count = json.loads(zlib.decompress(b64decode(packed))), count
        self.rows, row = [], []
        for length, *news in self.data["rows"]:
            row = row[:length] + [None] * (length - len(row))
            for place, new in zip(news[::2], news[1::2]):
                row[place] = new
            self.rows.append(row)
        self.places = {tuple(row[1 : 2 * count : 2]): row for row in self.rows}
        self.row = self.rows[self.data["first"]]

    def go(self, control, value):
        asked = self.row[1 : 2 * self.count : 2]
        asked[control] = value
        moved = self.data["moves"].get(f"{control}:{','.join(map(str, asked))}")
        self.row = self.places[tuple(asked)] if moved is None else self.rows[moved]

    @property
    def shown(self):
        texts = self.data["shapes"]
        width, height, description, *shapes = self.row[2 * self.count :]
        return width, height, texts[description], [texts[shape] for shape in shapes]


def test_every_path_of_two_moves_shows_what_the_kernel_draws():
    made = Export(Start(writing))
    assert made.is_alive and len(made.states) == 14
    for first in made.possible(made.first):
        for second in made.possible(made.first.after(made.names[first[0]], first[1])):
            reader, state = Reader(made.script("writing"), 4), made.first
            for control, value in (first, second):
                if getattr(state, made.names[control]) != value:
                    reader.go(control, made.id(control, value))
                    state = state.after(made.names[control], value)
            scene = made.explorer.scene(state)
            shapes = [markup(shape) for shape in scene.shapes]
            assert reader.shown == (200, scene.height, scene.description, shapes)
            frames = [reader.data["frames"][i] for i in reader.row[: 2 * 4 : 2]]
            assert frames[1]["high"] == state.choices("count")[-1]


def test_a_page_shows_the_start_and_says_what_does_not_move():
    page = Export(Start(writing, ("letter", "count"))).page("writing")
    assert page.count(" data-moves") == 2
    assert "Only in the notebook: one more, size." in page
    assert "<p><b>Write</b></p>" in page and "\n" not in page
    assert "<option selected>first</option>" in page and 'height="80"' in page


def test_too_many_states_are_a_still_picture(monkeypatch):
    monkeypatch.setattr(export, "MOST", 6)
    assert not Export(Start(writing)).is_alive


def test_explorers_say_from_what_they_start():
    found = starts(chapters)
    assert {"convolution", "pooling", "receptive_field", "confusion"} <= found.keys()
    for name, start in found.items():
        unknown = {*start.moves} - {*start.make().state.controls()}
        assert not unknown, f"{name}: SITE_MOVES names no control {unknown}"
