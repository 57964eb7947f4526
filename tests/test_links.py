"""Every link leads somewhere, also after a chapter got another number."""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from notebook_reader import FENCE, NOTEBOOKS, ROOT, Notebook

from tools.notebooks import BRANCH, REPOSITORY, normal_form, renumber

PAGES = [*ROOT.glob("*.md"), *(notebook.path for notebook in NOTEBOOKS)]
PARTS = ("course_utils", "benchmarks", "tools", "tests")
LINK = re.compile(r"""\]\(<?([^)\s>]+)|(?:src|href)=["']([^"']+)""")
HERE = re.compile(rf"(?:{REPOSITORY}|https://colab\.\S+?)/blob/{BRANCH}/")


def links(text: str) -> list[str]:
    """Where the links and pictures of a text lead, code left out."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    return [markdown or html for markdown, html in LINK.findall(prose)]


def file_behind(link: str, page: Path, root: Path) -> Path | None:
    """The file of this repository that a link on `page` leads to, if it is one."""
    path = unquote(link.partition("#")[0])
    if HERE.match(path):
        return root / HERE.sub("", path)
    is_elsewhere = not path or re.match(r"[a-z]+:", path)
    return None if is_elsewhere else page.parent / path


def dead_links(page: Path, root: Path) -> list[Path]:
    """The files that links on a page promise and that are not there."""
    is_notebook = page.suffix == ".ipynb"
    text = Notebook(page).text if is_notebook else page.read_text(encoding="utf-8")
    files = [file_behind(link, page, root) for link in links(text)]
    return [file for file in files if file and not file.exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = [f"{file}" for file in dead_links(page, ROOT)]
    assert not dead, f"{page}: mend the links to files that are not there"


def listed(readme: Path) -> list[str]:
    """The notebooks in the README's table, in its order."""
    rows = re.findall(r"^\|.*$", readme.read_text(encoding="utf-8"), re.MULTILINE)
    found = [re.search(r"\(notebooks/(\w+)\.ipynb\)", row) for row in rows]
    return [match[1] for match in found if match]


def test_readme_lists_the_notebooks_in_order() -> None:
    rows = listed(ROOT / "README.md")
    names = [notebook.name for notebook in NOTEBOOKS]
    assert rows == names, "README.md: a row for each notebook, in their order"


def test_a_chapter_gets_another_number_and_back(tmp_path: Path) -> None:
    numbers = [int(notebook.name.partition("_")[0]) for notebook in NOTEBOOKS]
    assert numbers == [*range(len(numbers))], "a number is missing: `make renumber`"
    for name in (*PARTS, "LICENSE", "pyproject.toml", "Makefile"):
        (tmp_path / name).symlink_to(ROOT / name)
    for page in PAGES:
        copy = tmp_path / page.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(page, copy)
    chapter, last = NOTEBOOKS[1].chapter, len(NOTEBOOKS) - 1
    renumber(chapter, last, tmp_path)
    moved = sorted((tmp_path / "notebooks").glob("*.ipynb"))
    assert moved[-1].stem == f"{last:02d}_{chapter}"
    assert not [link for page in moved for link in dead_links(page, tmp_path)]
    assert listed(tmp_path / "README.md") == [page.stem for page in moved]
    for page in moved:
        assert normal_form(page.read_text(encoding="utf-8"), page.name)
    renumber(chapter, 1, tmp_path)
    for page in PAGES:
        assert (tmp_path / page.relative_to(ROOT)).read_bytes() == page.read_bytes()


def test_what_a_docstring_calls_taught_has_a_notebook() -> None:
    titles = {re.split("[:\n]", nb.cells[0].source)[0] for nb in NOTEBOOKS}
    for path in (ROOT / "course_utils").rglob("*.py"):
        text = " ".join(path.read_text(encoding="utf-8").split())
        words = " ".join(re.findall(r"Taught in [^.]+", text))
        called = {f"# {title}" for title in re.findall(r"\*(.+?)\*", words)}
        assert called <= titles, f"{path}: no notebook is called {called - titles}"


NUMBERED = re.compile(r"\bnotebooks? \d\d\b|\[\d\d [A-Z]", re.IGNORECASE)
SOURCES = [p for part in PARTS for p in (ROOT / part).rglob("*.py")]


@pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=lambda page: page.name)
def test_only_file_names_know_a_chapters_number(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'"text/plain".*|"image/png".*', "", text)
    numbers = NUMBERED.findall(text)
    assert not numbers, f"{page}: name the chapter by its title, and link to it"
