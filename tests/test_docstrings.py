"""What notebooks import from the library says what it takes, returns and raises."""

import ast
import importlib
import inspect

import pytest
from notebook_reader import NOTEBOOKS, python, tags

LIBRARY = "course_utils"
SETUPS = [cell.source for nb in NOTEBOOKS for cell in nb.code if "setup" in tags(cell)]
NODES = [node for source in SETUPS for node in ast.walk(ast.parse(python(source)))]
FROM = [node for node in NODES if isinstance(node, ast.ImportFrom)]
OURS = [node for node in FROM if node.module.startswith(LIBRARY)]
PAIRS = sorted({(node.module, alias.name) for node in OURS for alias in node.names})


@pytest.mark.parametrize(("module", "name"), PAIRS, ids=map(".".join, PAIRS))
def test_what_a_notebook_imports_explains_itself(module, name):
    thing = getattr(importlib.import_module(module), name, None)
    if not inspect.isfunction(thing) and not inspect.isclass(thing):
        return
    path, documented = inspect.getsourcefile(thing), inspect.getdoc(thing)
    assert documented, f"{path}: {name} needs a docstring; a notebook imports it"
    takes = inspect.signature(thing).parameters if inspect.isfunction(thing) else {}
    if "chapters" not in module and len(takes) > 2:
        unsaid = [p for p in takes if p not in documented and not p.startswith("_")]
        assert not unsaid, f"{path}: the docstring of {name} doesn't mention {unsaid}"
