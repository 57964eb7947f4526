"""Every notebook in a real JupyterLab: it runs, and every control does something."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from chromium import Page
from notebook_reader import NOTEBOOKS, Notebook, tags

HERE = Path(__file__).parent
PROJECTOR = 1280, 720, 1  # width and height in pixels of the screen, and zoom
SCREENS = {"700 px": (700, 900, 1), "150 %": (1280, 720, 1.5), "1280 × 720": PROJECTOR}
PATIENCE = 5000  # milliseconds, on a busy machine
BARS = 50, 80  # milliseconds from key press to picture; with photographs
STROKES = {  # to both ends; those of a menu may both look as it did at first
    "slider": ("End", "Home", "ArrowRight"),
    "select-one": ("End", "PageUp", "Home"),
    "number": ("9e9", "-9e9"),
    "checkbox": (" ", " "),
    "play": (" ",),  # and once more on its second button, which stops it
}


@dataclass
class Opened:
    """A notebook after Run All; an explorer is known by its cell's number."""

    notebook: Notebook
    page: Page
    cells: list[dict]
    explorers: list[int]

    def asks(self, number):
        """Show an explorer, and return what asks `lab` about it."""
        self.page.call("lab.show", number)
        return lambda name, *more: self.page.call(f"lab.{name}", number, *more)

    def shot(self, number, name):
        file = f"{self.notebook.name} cell {number} {name}.png"
        self.page.picture(HERE / "artefacts" / file)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda notebook: notebook.name)
def opened(request, page, server):
    notebook, page.complaints = request.param, []
    page.size(*PROJECTOR)
    page.open(server.format(notebook.path.name))
    cells = page.call("lab.runAll")
    yield Opened(notebook, page, cells, page.call("lab.explorers"))
    page.call("lab.close")


def test_all_cells_run_and_nothing_complains(opened):
    lessons = [c for c in opened.notebook.cells if "raises-exception" in tags(c)]
    meant = [lesson.source for lesson in lessons]
    for number, cell in enumerate(opened.cells):
        where = f"cell {number}: {cell['source']}"
        assert cell["ran"] or cell["type"] != "code" or not cell["source"], where
        for output in cell["outputs"]:
            assert output["output_type"] != "error" or cell["source"] in meant, where
            assert output.get("name") != "stderr", f"{where}\n{output['text']}"
    assert not opened.page.complaints


@pytest.mark.parametrize("screen", SCREENS)
def test_explorers_fit_the_screen(opened, screen):
    opened.page.size(*SCREENS[screen])
    for number in opened.explorers:
        looks = opened.asks(number)("layout")
        opened.shot(number, screen)
        assert not looks["faults"], f"cell {number}: {looks}"
        if screen == "1280 × 720":  # what changes is seen beside what is moved
            assert looks["height"] <= looks["room"], f"cell {number}: {looks}"


def test_every_control_reaches_both_ends_by_keyboard(opened):
    for number in opened.explorers:
        ask = opened.asks(number)
        for index in range(ask("count")):
            # Where one control stands, another may be disabled.
            control = ask("describe", index)
            where = f"cell {number}: {control}"
            assert control["name"], f"{where} has no name"
            if control["disabled"]:
                continue
            assert ask("focus", index), f"{where} does not take the focus"
            strokes = STROKES[control["kind"]]
            new = [moved(opened.page, ask, control["kind"], key) for key in strokes]
            assert any(new), f"{where} changes nothing"
            assert not ask("error"), f"{where}: {ask('error')}"
        opened.shot(number, "moved")
    assert not opened.page.complaints


def moved(page, ask, kind, stroke):
    """Move the control that has the focus; tell whether the picture is another."""
    if kind == "number":
        page.call("document.activeElement.select")
        page.send("Input.insertText", text=stroke)
    page.press("Enter" if kind == "number" else stroke)
    return ask("changed", PATIENCE)


def test_pictures_follow_the_keys_at_once(opened):
    """The median of ten moves, with nothing else to do on the machine."""
    for number in opened.explorers:
        ask = opened.asks(number)
        keys = start_of_a_control(opened.page, ask)
        took = [timed(opened.page, ask, key) for key in keys * 5]
        where = f"cell {number}: {[round(ms) for ms in took]} ms"
        bar = BARS[ask("hasPhotos")]
        assert median(took) < 2 * bar, f"{where}; the bar is {bar}"


def start_of_a_control(page, ask):
    """Put the last slider, or menu, at its start; return two keys that move it."""
    controls = [ask("describe", index) for index in range(ask("count"))]
    last = {c["kind"]: i for i, c in enumerate(controls) if not c["disabled"]}
    ask("focus", last.get("slider", last.get("select-one")))
    moved(page, ask, "", "Home")
    return ("ArrowRight", "ArrowLeft") if "slider" in last else ("End", "Home")


def timed(page, ask, key):
    ask("time")
    page.press(key)
    return page.call("lab.taken")
