"""Every link inside the repository leads somewhere; the README lists the notebooks."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from notebook_reader import FENCE, NOTEBOOKS, ROOT

from tools.notebooks import REPOSITORY

TEXTS = {ROOT / name: None for name in ("README.md", "CONTRIBUTING.md")}
TEXTS |= {notebook.path: notebook.text for notebook in NOTEBOOKS}
LINK = re.compile(r"""\]\(<?([^)\s>]+)|(?:src|href)=["']([^"']+)""")
HERE = re.compile(rf"(?:{REPOSITORY}|https://colab\.\S+?)/blob/main/")


def links(text: str) -> list[str]:
    """Where the links and pictures of a text lead, code left out."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    return [markdown or html for markdown, html in LINK.findall(prose)]


def file_behind(link: str, page: Path) -> Path | None:
    """The file of this repository that a link on `page` leads to, if it is one."""
    path = unquote(link.partition("#")[0])
    if HERE.match(path):
        return ROOT / HERE.sub("", path)
    is_elsewhere = not path or re.match(r"[a-z]+:", path)
    return None if is_elsewhere else page.parent / path


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = TEXTS[page] or page.read_text(encoding="utf-8")
    files = [file for link in links(text) if (file := file_behind(link, page))]
    assert not [file for file in files if not file.exists()]


def test_readme_lists_the_notebooks_in_order() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*$", readme, re.MULTILINE)
    listed = [re.search(r"\(notebooks/(\w+)\.ipynb\)", row) for row in rows]
    names = [found[1] for found in listed if found]
    assert names == [notebook.name for notebook in NOTEBOOKS]
