"""Every notebook has the normal form, the skeleton and the rhythm of the course.

The outputs themselves are compared by nbval, in the same run of pytest.
"""

import ast
import re
from pathlib import Path
from statistics import median

import pytest
from notebook_reader import (
    DETAILS,
    FENCE,
    NOTEBOOKS,
    ROOT,
    SAME_AS,
    TAGS,
    python,
    shown,
    tags,
)

from tools.notebooks import normal_form

SECTIONS = ["Objectives", "Setup", "Recap", "Words", "Sources", "Next"]
BULLET = re.compile(r"^(?:[-*]|\d+\.) ", re.MULTILINE)


@pytest.fixture(params=NOTEBOOKS, ids=lambda nb: nb.name)
def notebook(request):
    return request.param


def lines(source):
    return [line for line in source.splitlines() if line.strip()]


def words(markdown):
    """How much there is to read: no code, tables, formulas, hints or addresses."""
    prose = DETAILS.sub("", FENCE.sub("", markdown))
    prose = re.sub(r"\]\([^)\s]+\)", "]", prose)
    prose = re.sub(r"^\|.*$|\$\$.*?\$\$", "", prose, flags=re.MULTILINE | re.DOTALL)
    return len(re.findall(r"\w\S*", prose))


def test_there_are_notebooks():
    assert NOTEBOOKS


# ---------------------------------------------------------------- form


def test_is_in_the_normal_form(notebook):
    text = notebook.path.read_bytes().decode("utf-8")
    assert normal_form(text, notebook.path.name) == text, "run `make format`"


def test_every_cell_was_run(notebook):
    assert {cell.execution_count for cell in notebook.code} == {1}, "make notebooks"


def test_is_small(notebook):
    assert notebook.path.stat().st_size <= 1_000_000


def test_has_only_known_tags(notebook):
    used = {tag for cell in notebook.cells for tag in tags(cell)}
    assert {tag for tag in used if not tag.startswith(SAME_AS)} <= TAGS


def test_shows_errors_only_in_lessons_about_them(notebook):
    for cell in notebook.code:
        fails = any(output.output_type == "error" for output in cell.outputs)
        assert fails == ("raises-exception" in tags(cell)), cell.source


def test_compares_the_errors_it_teaches(notebook):
    both = {"raises-exception", "nbval-ignore-output"}
    assert not [cell.source for cell in notebook.code if both <= set(tags(cell))]


def test_names_no_folder_of_the_machine_it_ran_on(notebook):
    for cell in notebook.code:
        for folder in {str(ROOT), str(Path.home())}:
            assert folder not in shown(cell), cell.source


# ---------------------------------------------------------------- skeleton


def test_begins_with_title_promise_and_badge(notebook):
    title, promise, badge = notebook.cells[0].source.split("\n\n")
    assert re.fullmatch(r"# .+", title)
    assert promise.endswith((".", "?", "!"))
    assert badge.startswith("[▶ Open in Colab](")


def test_has_the_sections_in_order(notebook):
    headings = [heading for heading in notebook.sections if heading in SECTIONS]
    assert headings == SECTIONS
    assert list(notebook.sections)[:2] == SECTIONS[:2]
    assert list(notebook.sections)[-4:] == SECTIONS[2:]
    assert len(notebook.sections) > len(SECTIONS), "nothing between Setup and Recap"


def test_recap_answers_each_objective(notebook):
    objectives = BULLET.findall(notebook.sections["Objectives"])
    assert 3 <= len(objectives) <= 5
    assert len(BULLET.findall(notebook.sections["Recap"])) == len(objectives)


def test_says_how_long_it_takes(notebook):
    assert re.search(r"\d+\s+minutes?\b", notebook.sections["Objectives"])


def test_gives_the_korean_words(notebook):
    rows = re.findall(r"^\|.+\|$", notebook.sections["Words"], re.MULTILINE)
    assert len(rows) > 2, "a header, a rule, and at least one word"
    assert all(re.search("[가-힣]", row) for row in rows[2:])


def test_leads_to_the_next(notebook):
    following = [other for other in NOTEBOOKS if other.name > notebook.name]
    for other in following[:1]:
        assert f"({other.path.name})" in notebook.sections["Next"]


def test_imports_in_the_setup_cell_only(notebook):
    assert [tags(cell) for cell in notebook.code[:2]] == [["bootstrap"], ["setup"]]
    blocks = [python(cell.source) for cell in notebook.code[2:]]
    blocks += [exercise.solution_code for exercise in notebook.exercises]
    for block in blocks:
        nodes = list(ast.walk(ast.parse(block)))
        assert not [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)], (
            block
        )


# ---------------------------------------------------------------- rhythm


def test_code_cells_are_short(notebook):
    cells = [cell for cell in notebook.code if "bootstrap" not in tags(cell)]
    lengths = sorted(len(lines(cell.source)) for cell in cells)
    assert median(lengths) <= 6
    assert lengths[int(0.9 * (len(lengths) - 1))] <= 14


def test_markdown_cells_are_short(notebook):
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert not [(words(source), source) for source in cells if words(source) > 120]


def test_lines_of_code_are_short(notebook):
    blocks = [cell.source for cell in notebook.code]
    blocks += [exercise.solution_code for exercise in notebook.exercises]
    long = [line for block in blocks for line in lines(block) if len(line) > 88]
    assert not long
