"""Imports inside the package point one way: to a lower layer, never up or sideways."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "course_utils"
LAYERS = [
    {"sizes", "runtime", "colours", "examples", "results"},
    {"augment", "convolution", "data", "models"},
    {"training", "patterns", "weights"},
    {"evaluation", "inside"},
    {"drawing", "plotting"},
    {"explorers", "checks"},
    {"__main__"},
]
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
FILES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent != PACKAGE or path.stem != "__init__"
]


def part_of(path: Path) -> str:
    """The module or subpackage that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """The modules and subpackages of the course that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [
        alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names
    ]
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("course_utils.")}


def test_every_part_has_its_layer() -> None:
    assert {part_of(path) for path in FILES} == set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = part_of(path)
    others = imported_parts(path) - {own}
    assert not [other for other in others if LEVEL[other] >= LEVEL[own]]
