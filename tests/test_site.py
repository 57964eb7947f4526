"""The site is built without a complaint, and reads with the network switched off."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from notebook_reader import NOTEBOOKS, ROOT

from tools.notebooks import SITE

ASKED = {"convolution", "pooling", "receptive_field", "confusion"}
MB = 1_000_000


class Read(HTMLParser):
    """What a page links to, loads and calls its parts."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids, self.mute = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        self.ids |= {has[key] for key in ("id", "name") if has.get(key)}
        if tag == "img" and not has.get("alt"):
            self.mute.append(has.get("src"))
        if tag == "a" and has.get("href"):
            self.links.append(has["href"])
        if tag == "link" and has.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(has["href"])
        self.loads += [has["src"]] if has.get("src") else []


@pytest.fixture(scope="module")
def pages(site):
    found = site.rglob("*.html")
    return {path: Read(path.read_text(encoding="utf-8")) for path in found}


def test_every_notebook_has_a_page_that_leads_to_colab(site):
    for notebook in NOTEBOOKS:
        path = site / "notebooks" / f"{notebook.name}.html"
        page = path.read_text(encoding="utf-8")
        assert f"/notebooks/{notebook.path.name}" in page and "Open in Colab" in page
        assert f"_sources/notebooks/{notebook.path.name}" in page
        assert page.count("on this page no cell runs") == len(notebook.exercises)
    original = (site / "_sources" / "notebooks" / NOTEBOOKS[0].path.name).read_bytes()
    assert original == NOTEBOOKS[0].path.read_bytes(), "what is downloaded is another"


def test_links_lead_somewhere(pages):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            file, _, part = unquote(link).partition("#")
            if re.match(r"[a-z]+:|//", file):
                continue
            target = (path.parent / file).resolve() if file else path
            if target.suffix == ".html" and target in pages and part:
                dead += [(path.name, link)] * (part not in pages[target].ids)
            elif not target.exists():
                dead.append((path.name, link))
    assert not dead


def test_nothing_is_fetched_from_elsewhere(site, pages):
    for path, page in pages.items():
        far = [src for src in page.loads if re.match(r"https?:|//", src)]
        assert not far, f"{path.name} loads {far}"
        files = [s for s in page.loads if not s.startswith(("data:", "#"))]
        missing = [s for s in files if not (path.parent / s.partition("?")[0]).exists()]
        assert not missing, f"{path.name} loads {missing}, which is not there"
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:|//)", text), style


def test_pictures_have_words(pages):
    mute = {path.name: page.mute for path, page in pages.items() if page.mute}
    assert not mute


def test_explorers_are_alive_and_light(site):
    scripts = {p.stem: p.stat().st_size for p in site.glob("_static/explorers/*.js")}
    assert scripts.keys() >= ASKED and len(scripts) >= 12
    front = (site / "index.html").read_text(encoding="utf-8")
    assert 'data-explorer="convolution"' in front
    assert len(front) + scripts["convolution"] < 1.5 * MB
    assert max(scripts.values()) < 1.5 * MB, scripts
    for page in site.glob("notebooks/*.html"):
        text = page.read_text(encoding="utf-8")
        for first in re.findall(r'<div class="explorer" data-.*', text):
            assert len(first) < 0.3 * MB, f"{page.name}: {first[:60]}"
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    assert size < 60 * MB


def test_the_readme_leads_to_the_site():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert SITE in readme.split("\n\n")[1], "README.md: run `make format`"
    for notebook in NOTEBOOKS:
        assert f"({SITE}notebooks/{notebook.name}.html)" in readme
