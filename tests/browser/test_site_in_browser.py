"""The site from a folder, without a network: its explorers do what the kernel's do."""

import sys
from pathlib import Path
from statistics import median

import pytest
from chromium import chromium
from notebook_reader import ROOT

from course_utils import chapters
from course_utils.kit.explorer import traits
from course_utils.kit.export import Export, starts
from course_utils.kit.scene import svg

HERE = Path(__file__).parent
BAR = 50  # milliseconds from key to picture
TELEPHONE = 390, 844, 1
AXE = Path(sys.prefix) / "axe" / "axe_playwright_python" / "axe.min.js"
STATES = starts(chapters)

# Wait until an explorer's picture and controls are those expected, and say how long
# that took since the last key.
EXPECT = """(name, expected, said) => {
  const node = document.querySelector(`[data-explorer="${name}"]`);
  const wanted = document.createElement("div"), start = performance.now();
  wanted.innerHTML = expected;
  let pressed = start;
  const press = () => { pressed = performance.now(); };
  addEventListener("keydown", press, { capture: true });
  const look = () => ({
    same: node.querySelector("svg").outerHTML === wanted.innerHTML,
    ms: performance.now() - pressed,
    said: [...node.querySelectorAll(".control")].map((control) => [
      control.querySelector("label").textContent,
      control.querySelector("output")?.textContent
        ?? control.querySelector("select")?.selectedOptions[0].text
        ?? (({ type, checked, value }) => type === "checkbox" ? `${checked}` : value)(
          control.querySelector("input")),
    ]),
  });
  window.seen = new Promise((done) => {
    const again = () => {
      const seen = look();
      const isDone = seen.same && JSON.stringify(seen.said) === JSON.stringify(said);
      if (isDone || performance.now() - start > 5000) done(seen);
      else requestAnimationFrame(again);
    };
    again();
  });
}"""
SET = """(id, at) => {
  const field = document.getElementById(id);
  if (field.type === "checkbox") field.checked = at;
  else if (field.type === "range") field.value = at;
  else field.selectedIndex = at;
  field.dispatchEvent(new Event("input"));
}"""
FOCUS = "(id) => { const field = document.getElementById(id); field.focus(); }"
FITS = """() => ({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  broken: [...document.images].filter((i) => i.complete && !i.naturalWidth)
    .map((i) => i.src),
})"""
THEME = """async (theme) => {
  document.documentElement.dataset.theme = theme;
  await new Promise((done) => setTimeout(done, 400));  // colours fade
}"""
CHECK = """async () => (await axe.run({ resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => [id, nodes.length, nodes[0].html.slice(0, 200)])"""


@pytest.fixture(scope="module")
def page(folder):
    with chromium(folder / "site-profile") as page:
        page.send("Network.enable")
        none = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        page.send("Network.emulateNetworkConditions", offline=True, **none)
        yield page


def called(page, function, *arguments):
    return page.call(f"({function})", *arguments)


@pytest.mark.parametrize("name", STATES)
def test_every_control_shows_what_the_kernel_draws(site, page, name):
    made = Export(STATES[name])
    if not made.is_alive:
        pytest.skip("a still picture")
    marked = f'data-explorer="{name}"'
    found = (p for p in site.rglob("*.html") if marked in p.read_text(encoding="utf-8"))
    page.complaints = []
    page.size(1280, 900, 1)
    page_of_it = next(found, None)
    assert page_of_it, f"{name} is on no page: has its notebook been run?"
    page.open(page_of_it.as_uri())
    state, took = made.first, []
    for own in made.moves:
        for place in ("End", "Home", "middle"):
            # Where one control stands, another may have no choice.
            values = [v for c, v in made.possible(state) if made.names[c] == own]
            at = {"End": -1, "Home": 0, "middle": len(values) // 2}[place]
            at = range(len(values))[at]
            if getattr(state, own) == values[at]:
                continue
            state = state.after(own, values[at])
            wanted = svg(made.explorer.scene(state), scope=f"explorer-{name}")
            words = [said(state, control) for control in made.names]
            called(page, EXPECT, name, wanted, words)
            is_by_key = place != "middle" and made.kind(own) != "checkbox"
            if is_by_key:
                called(page, FOCUS, f"{name}-{own}")
                page.press(place)
            else:
                is_number = "options" not in traits(state, own)
                value = int(values[at]) if is_number else at
                called(page, SET, f"{name}-{own}", value)
            seen = page.call("(() => window.seen)")
            where = f"{name}: {own} = {values[at]!r}"
            assert seen["same"], f"{where}: another picture than the kernel's"
            assert seen["said"] == words, f"{where}: the controls say something else"
            took += [seen["ms"]] * is_by_key
    assert not page.complaints
    page.picture(HERE / "artefacts" / f"site {name}.png")
    took = took[1:]  # before the first, its states were loaded
    assert not took or median(took) < 2 * BAR, took


def said(state, name):
    """What a control is called, and what it says."""
    look = traits(state, name)
    shown = look["value"]
    if "options" in look:
        pairs = [o if isinstance(o, tuple) else (o, o) for o in look["options"]]
        shown = next(text for text, value in pairs if value == look["value"])
    if "options" not in look and isinstance(shown, bool):
        shown = str(shown).lower()
    text = f"{shown:g}" if isinstance(shown, float) else f"{shown}"
    return [look["description"], text]


def test_pages_are_quiet_and_fit_a_telephone(site, page):
    page.size(*TELEPHONE)
    faults = {}
    for path in sorted(site.rglob("*.html")):
        page.complaints = []
        page.open(path.as_uri())
        seen = called(page, FITS)
        if seen["wide"] > 0 or seen["broken"] or page.complaints:
            faults[path.name] = seen, page.complaints
    assert not faults
    page.open((site / "index.html").as_uri())
    page.picture(HERE / "artefacts" / "site telephone.png")


def test_a_search_finds_where_stride_is_explained(site, page):
    page.complaints = []
    page.open(f"{(site / 'search.html').as_uri()}?q=stride")
    found = page.call(
        """(async () => {
          const text = () => document.querySelector("#search-results").innerText;
          for (let i = 0; i < 200 && !text().includes("Pooling"); i++)
            await new Promise((done) => setTimeout(done, 50));
          return text();
        })"""
    )
    assert "Pooling" in found and "Convolution by hand" in found
    assert not page.complaints


@pytest.mark.skipif(not AXE.exists(), reason="`make test-browser` installs axe-core")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_hinders_anybody(site, page, theme):
    page.size(1280, 900, 1)
    faults = {}
    for path in sorted(site.rglob("*.html")):
        page.open(path.as_uri())
        called(page, THEME, theme)
        page.send("Runtime.evaluate", expression=AXE.read_text(encoding="utf-8"))
        if found := called(page, CHECK):
            faults[path.stem] = found
    assert not faults


def test_the_script_is_small():
    script = ROOT / "docs" / "_static" / "explorer.js"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 250
