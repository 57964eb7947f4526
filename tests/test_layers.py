"""Imports point one way: library ← kit ← chapters, and no chapter imports another."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from notebook_reader import NOTEBOOKS

PACKAGE = Path(__file__).resolve().parents[1] / "course_utils"
LIBRARY = [
    {"arguments", "colours", "distributed", "fingerprint", "interrupts"},
    {"lab", "lettering"},
    {"augment", "checkpoint", "figures", "models", "runtime", "sizes"},
    {"convolution", "data", "fast", "guards", "measured", "precision"},
    {"stepping"},
    {"training"},
    {"evaluation", "plotting", "transfer"},
]
LAYERS = [*LIBRARY, {"kit"}, {"chapters"}, {"__main__"}]
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
FILES = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]
each_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(PACKAGE))
)
CHAPTERS = sorted(path.name for path in (PACKAGE / "chapters").glob("[!_]*"))
MOST_FILES, MOST_LINES = 126, 21_698
LONGEST, LONGEST_EXPLORER = 420, 350


def parts(path):
    """A file's place in the package, without its ending."""
    return path.relative_to(PACKAGE).with_suffix("").parts


@cache
def imports(path):
    """What a file imports from the course: module and name, as parts of a path."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [n.split(".")[1:] for n in names if n.startswith("course_utils.")]
    return found


def test_every_part_has_its_layer():
    assert {parts(path)[0] for path in FILES} == set(LEVEL), "see LAYERS in this file"


@each_file
def test_imports_point_down(path):
    own = parts(path)[0]
    up = [o for o, *_ in imports(path) if o != own and LEVEL[o] >= LEVEL[own]]
    assert not up, f"{path} imports {up}, which lie above it or beside it"


@pytest.mark.parametrize("part", sorted(set().union(*LIBRARY)))
def test_a_part_of_the_library_is_used(part):
    sources = [path for path in FILES if parts(path)[0] != part]
    used = [name[0] for path in sources for name in imports(path) if name]
    lessons = [cell.source for notebook in NOTEBOOKS for cell in notebook.code]
    in_lessons = any(f"course_utils.{part} import" in source for source in lessons)
    assert part in used or in_lessons, (
        f"neither a notebook nor the package uses {part}: delete it with its test, its "
        "benchmark, and its name in LIBRARY above"
    )


def test_each_result_is_read():
    files = [*FILES, *Path(__file__).parent.rglob("*.py")]
    sources = [path.read_text(encoding="utf-8") for path in files]
    sources += [cell.source for notebook in NOTEBOOKS for cell in notebook.code]
    read = re.findall(r"""read_result\(["'](\w+)""", "\n".join(sources))
    unread = {p.stem for p in PACKAGE.glob("assets/results/*.json")} - {*read}
    assert not unread, f"delete {unread} in assets/results, and in benchmarks/"


@each_file
def test_a_chapter_imports_no_other(path):
    if parts(path)[0] == "chapters":
        others = [p for p in imports(path) if p[0] == "chapters" and len(p) > 1]
        others = [".".join(p) for p in others if p[1] != parts(path)[1]]
        assert not others, f"{path} imports {others}: what two share goes into the kit"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_a_notebook_and_tests(chapter):
    assert chapter in {notebook.chapter for notebook in NOTEBOOKS}, (
        f"course_utils/chapters/{chapter}/ belongs to no notebook: delete it, or add "
        f"notebooks/NN_{chapter}.ipynb"
    )
    tests = Path(__file__).parent / "chapters" / chapter
    assert tests.exists(), f"write tests/chapters/{chapter}/, as CONTRIBUTING says"


@each_file
def test_no_file_is_two_ideas(path):
    is_explorer = parts(path)[0] == "chapters" and "_explorer(" in path.read_text()
    most = LONGEST_EXPLORER if is_explorer else LONGEST
    lines = len(path.read_text().splitlines())
    assert lines <= most, f"{path} has {lines} lines: find the two ideas in it"


def test_the_house_stays_small():
    lines = sum(len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py"))
    assert len([*PACKAGE.rglob("*.py")]) <= MOST_FILES
    assert lines <= MOST_LINES
