"""Each idea is defined once: taught code is the package's, and no cell is a copy."""

import ast
from collections import Counter
from itertools import chain

import pytest
from notebook_reader import EXERCISES, NOTEBOOKS, ROOT, SAME_AS, Notebook, python, tags

PACKAGE = {path: path.read_text() for path in (ROOT / "course_utils").rglob("*.py")}
Definition = ast.FunctionDef | ast.ClassDef


class Bare(ast.NodeTransformer):
    """Take docstrings and annotations away: a lesson may leave them out."""

    def visit(self, node: ast.AST) -> ast.AST:
        """Also handle what any definition has."""
        node = super().visit(node)
        if isinstance(node, Definition) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return node.value and ast.Assign([node.target], node.value, lineno=node.lineno)


def bare(node: ast.AST) -> str:
    """The code of `node` alone."""
    return ast.unparse(Bare().visit(node))


def definition(source: str, name: str) -> Definition:
    """The top-level function or class called `name`."""
    nodes = definitions(source)
    return next(node for node in nodes if node.name == name)


def definitions(source: str) -> list[Definition]:
    """The top-level functions and classes."""
    nodes = ast.parse(python(source)).body
    return [node for node in nodes if isinstance(node, Definition)]


def taught() -> list[tuple[str, str]]:
    """What the lessons and solutions share with the package: its name, their source."""
    found = [
        (tag.removeprefix(SAME_AS), cell.source)
        for notebook in NOTEBOOKS
        for cell in notebook.lesson
        for tag in tags(cell)
        if tag.startswith(SAME_AS)
    ]
    for exercise in EXERCISES:
        first, *_ = exercise.solution_code.splitlines() or [""]
        if first.startswith(f"# {SAME_AS} "):
            found.append((first.removeprefix(f"# {SAME_AS} "), exercise.solution_code))
    return found


def is_output_size(node: ast.AST) -> bool:
    """Is this `… // stride + 1`?"""
    match node:
        case ast.BinOp(ast.BinOp(_, ast.FloorDiv(), by), ast.Add(), ast.Constant(1)):
            return "stride" in ast.unparse(by)
    return False


@pytest.mark.parametrize(
    ("target", "source"), [pytest.param(*pair, id=pair[0]) for pair in taught()]
)
def test_taught_code_is_the_packages(target: str, source: str) -> None:
    module, _, name = target.rpartition(".")
    package = PACKAGE[ROOT / f"{module.replace('.', '/')}.py"]
    assert bare(definition(source, name)) == bare(definition(package, name))


def test_nothing_is_taught_twice() -> None:
    counts = Counter(target for target, _ in taught())
    assert not [target for target, times in counts.items() if times > 1]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda nb: nb.name)
def test_lessons_define_nothing_that_the_package_has(notebook: Notebook) -> None:
    ours = {d.name for d in chain.from_iterable(map(definitions, PACKAGE.values()))}
    for cell in notebook.lesson:
        said = {tag.rpartition(".")[2] for tag in tags(cell) if tag.startswith(SAME_AS)}
        again = {node.name for node in definitions(cell.source)} & ours
        assert again <= said, f"tag {again} {SAME_AS}…, or import it"


def test_no_notebook_copies_another() -> None:
    homes: dict[str, set[str]] = {}
    for notebook in NOTEBOOKS:
        for cell in notebook.lesson:
            tree = ast.parse(python(cell.source))
            for block in {bare(part) for part in [tree, *definitions(cell.source)]}:
                homes.setdefault(block, set()).add(notebook.name)
    copies = {block: names for block, names in homes.items() if len(names) > 1}
    assert not {b: names for b, names in copies.items() if len(b.splitlines()) > 2}


def test_the_output_size_is_computed_in_one_place() -> None:
    sources = dict(PACKAGE)
    for notebook in NOTEBOOKS:
        cells = [cell for cell in notebook.lesson if SAME_AS not in str(tags(cell))]
        sources[notebook.path] = "\n".join(python(cell.source) for cell in cells)
    places = [
        path
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if is_output_size(node)
    ]
    assert [place.parent.name for place in places] == ["course_utils"], places
