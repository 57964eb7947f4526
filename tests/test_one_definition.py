"""Each idea is defined once: taught code is the package's, and no cell is a copy."""

import ast
import re
from collections import defaultdict

import pytest
from notebook_reader import EXERCISES, NOTEBOOKS, ROOT, SAME_AS, python, tags

PACKAGE = {path: path.read_text() for path in (ROOT / "course_utils").rglob("*.py")}
LIBRARY = [path for path in PACKAGE if not {"kit", "chapters"} & set(path.parts)]
GUARDS = "takes", "guarded", "explaining"
Definition = ast.FunctionDef | ast.ClassDef


class Bare(ast.NodeTransformer):
    """Take docstrings, annotations and guards away: a lesson may leave them out."""

    def visit(self, node):
        node = super().visit(node)
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            node.decorator_list = [d for d in node.decorator_list if not is_guard(d)]
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, Definition) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node

    def visit_AnnAssign(self, node):
        return node.value and ast.Assign([node.target], node.value, lineno=node.lineno)


def is_guard(decorator):
    return ast.unparse(decorator).partition("(")[0] in GUARDS


def bare(node):
    return ast.unparse(Bare().visit(node))


def definitions(source):
    nodes = ast.parse(python(source)).body
    return {node.name: node for node in nodes if isinstance(node, Definition)}


def taught():
    """What the lessons and solutions share with the package: its name, their source."""
    for cell in (cell for notebook in NOTEBOOKS for cell in notebook.lesson):
        for tag in (tag for tag in tags(cell) if tag.startswith(SAME_AS)):
            yield tag.removeprefix(SAME_AS), cell.source
    for exercise in EXERCISES:
        if marked := re.search(rf"<!-- {SAME_AS} (\S+) -->", exercise.solution):
            yield marked[1], exercise.solution_code


TAUGHT = list(taught())
OURS = {name for path in LIBRARY for name in definitions(PACKAGE[path])}


def is_output_size(node):
    match node:  # … // stride + 1
        case ast.BinOp(ast.BinOp(_, ast.FloorDiv(), by), ast.Add(), ast.Constant(1)):
            return "stride" in ast.unparse(by)
    return False


@pytest.mark.parametrize(("target", "source"), TAUGHT, ids=[name for name, _ in TAUGHT])
def test_taught_code_is_the_packages_and_taught_once(target, source):
    module, _, name = target.rpartition(".")
    package = PACKAGE[ROOT / f"{module.replace('.', '/')}.py"]
    assert bare(definitions(source)[name]) == bare(definitions(package)[name])
    assert [other for other, _ in TAUGHT].count(target) == 1


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda nb: nb.name)
def test_lessons_define_nothing_that_the_package_has(notebook):
    for cell in notebook.lesson:
        said = {tag.rpartition(".")[2] for tag in tags(cell) if tag.startswith(SAME_AS)}
        again = OURS & definitions(cell.source).keys()
        assert again <= said, f"tag {again} {SAME_AS}…, or import it"


def test_no_notebook_copies_another():
    homes = defaultdict(set)
    for notebook in NOTEBOOKS:
        for source in (python(cell.source) for cell in notebook.lesson):
            for part in [ast.parse(source), *definitions(source).values()]:
                homes[bare(part)].add(notebook.name)
    copies = {block: names for block, names in homes.items() if len(names) > 1}
    assert not {b: names for b, names in copies.items() if len(b.splitlines()) > 2}


def test_the_output_size_is_computed_in_one_place():
    sources = list(PACKAGE.items())
    for notebook in NOTEBOOKS:
        cells = [cell for cell in notebook.lesson if SAME_AS not in str(tags(cell))]
        sources += [(notebook.path, python(cell.source)) for cell in cells]
    trees = [(path, ast.parse(source)) for path, source in sources]
    places = [p for p, tree in trees for node in ast.walk(tree) if is_output_size(node)]
    assert [place.parent.name for place in places] == ["course_utils"], places
