"""Every notebook has the normal form, the skeleton and the rhythm of the course.

The outputs themselves are compared by nbval, in the same run of pytest.
"""

import ast
import re
from pathlib import Path
from statistics import median

import pytest
from notebook_reader import NOTEBOOKS, SAME_AS, TAGS, reading_minutes, shown, words

from tools.exercises import ROOT, python, tags
from tools.notebooks import PROMISE, normal_form

SECTIONS = ["Objectives", "Setup", "Recap", "Words", "Sources", "Next"]
BULLET = re.compile(r"^(?:[-*]|\d+\.) ", re.MULTILINE)

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda nb: nb.name)


def assert_all(demands, notebook):
    missing = [demand for demand, met in demands(notebook) if not met]
    assert not missing, f"every notebook {'; '.join(missing)}. Not {notebook.path}"


@each_notebook
def test_has_the_form_of_all(notebook):
    assert_all(form, notebook)


def form(notebook):
    text, code = notebook.path.read_bytes().decode("utf-8"), notebook.code
    is_normal = normal_form(text, notebook.path.name) == text
    yield "is in the normal form: run `make format`", is_normal
    was_run = {cell.execution_count for cell in code} == {1}
    yield "has only cells that were run: `make notebooks`", was_run
    yield "has at most a megabyte", notebook.path.stat().st_size <= 1_000_000
    used = {tag for cell in notebook.cells for tag in tags(cell)}
    known = {tag for tag in used if not tag.startswith(SAME_AS)} <= TAGS
    yield f"has no tags but {TAGS}, and {SAME_AS}…", known
    for cell in code:
        fails = any(output.output_type == "error" for output in cell.outputs)
        teaches, here = "raises-exception" in tags(cell), f", unlike {cell.source!r}"
        yield f"shows errors in lessons about them only{here}", fails == teaches
        ignores = teaches and "nbval-ignore-output" in tags(cell)
        yield f"compares the errors that it teaches{here}", not ignores
        names = [str(path) in shown(cell) for path in (ROOT, Path.home())]
        yield f"names no folder of the machine that it ran on{here}", not any(names)


@each_notebook
def test_has_the_skeleton_of_all(notebook):
    assert_all(skeleton, notebook)


def skeleton(notebook):
    title, promise, badge = notebook.cells[0].source.split("\n\n")
    yield "begins with a title", re.fullmatch(r"# .+", title)
    yield "has a sentence below its title", promise.endswith((".", "?", "!"))
    yield "has a badge below that sentence", badge.startswith("[▶ Open in Colab](")
    sections, headings = notebook.sections, [*notebook.sections]
    ends = headings[:2] == SECTIONS[:2] and headings[-4:] == SECTIONS[2:]
    order = ends and [h for h in headings if h in SECTIONS] == SECTIONS
    yield f"has the sections {SECTIONS}, in this order", order
    yield "has sections between Setup and Recap", len(headings) > len(SECTIONS)
    counts = [len(BULLET.findall(sections[name])) for name in ("Objectives", "Recap")]
    yield "has 3 to 5 objectives", 3 <= counts[0] <= 5
    yield "answers each objective in its recap", counts[0] == counts[1]
    told = PROMISE.search(sections["Objectives"])
    yield f"says in its objectives {PROMISE.pattern!r}", told
    reading = reading_minutes(notebook)
    near = told and abs(int(told[1]) - reading) <= 0.15 * reading
    yield f"promises the time that reading takes, {reading:.0f} minutes ± 15 %", near
    exercises = sum(exercise.minutes for exercise in notebook.exercises)
    exact = told and int(told[2]) == exercises
    yield f"promises what its exercises take, {exercises} minutes together", exact
    rows = re.findall(r"^\|.+\|$", sections["Words"], re.MULTILINE)
    yield "has a table of words, with a head and a rule", len(rows) > 2
    yield "explains each word once", len({*rows}) == len(rows)
    korean = all(re.search("[가-힣]", row) for row in rows[2:])
    yield "gives the Korean words", korean
    for other in [other for other in NOTEBOOKS if other.name > notebook.name][:1]:
        yield f"leads to {other.path.name}", f"({other.path.name})" in sections["Next"]
    first = [tags(cell) for cell in notebook.code[:2]]
    yield "begins with bootstrap and setup", first == [["bootstrap"], ["setup"]]
    blocks = [python(cell.source) for cell in notebook.code[2:]]
    for block in blocks + [exercise.solution_code for exercise in notebook.exercises]:
        kinds = {type(node) for node in ast.walk(ast.parse(block))}
        imports = {ast.Import, ast.ImportFrom} & kinds
        yield f"imports in its setup cell only, unlike {block!r}", not imports


@each_notebook
def test_has_the_rhythm_of_all(notebook):
    assert_all(rhythm, notebook)


def rhythm(notebook):
    count = len(notebook.code)
    yield f"has at most 60 cells of code, not {count}: merge some", count <= 60
    cells = [cell for cell in notebook.code if "bootstrap" not in tags(cell)]
    lengths = sorted(len(re.findall(r"^.*\S", c.source, re.MULTILINE)) for c in cells)
    yield "has cells of code of at most 6 lines, half of them", median(lengths) <= 6
    most = lengths[int(0.9 * (len(lengths) - 1))]
    yield "has cells of code of at most 14 lines, nine of ten", most <= 14
    for cell in notebook.cells:
        short = cell.cell_type == "code" or words(cell.source) <= 120
        yield f"has at most 120 words in a cell, unlike {cell.source!r}", short
    sources = [cell.source for cell in notebook.code]
    sources += [exercise.solution_code for exercise in notebook.exercises]
    for line in "\n".join(sources).splitlines():
        yield f"has lines of at most 88 characters, unlike {line}", len(line) <= 88
