"""What notebooks import from the library says what it takes, returns and raises."""

import ast
import importlib
import inspect

import pytest
from notebook_reader import NOTEBOOKS, python, tags

LIBRARY = "course_utils"


def imported():
    """Functions and classes of the library that setup cells import, by module."""
    for notebook in NOTEBOOKS:
        for cell in notebook.code:
            if "setup" not in tags(cell):
                continue
            for node in ast.parse(python(cell.source)).body:
                if isinstance(node, ast.ImportFrom) and node.module.startswith(LIBRARY):
                    for alias in node.names:
                        yield node.module, alias.name


PAIRS = sorted(set(imported()))


@pytest.mark.parametrize(("module", "name"), PAIRS, ids=[".".join(p) for p in PAIRS])
def test_what_a_notebook_imports_explains_itself(module, name):
    thing = getattr(importlib.import_module(module), name, None)
    if not inspect.isfunction(thing) and not inspect.isclass(thing):
        return
    path = inspect.getsourcefile(thing)
    documented = inspect.getdoc(thing)
    assert documented, f"{path}: {name} needs a docstring; a notebook imports it"
    takes = inspect.signature(thing).parameters if inspect.isfunction(thing) else {}
    in_library = "chapters" not in module
    if in_library and len(takes) > 2:
        unsaid = [p for p in takes if p not in documented and not p.startswith("_")]
        assert not unsaid, f"{path}: the docstring of {name} doesn't mention {unsaid}"
