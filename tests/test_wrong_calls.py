"""Whatever people give to the library is answered in the course's words."""

import ast
import importlib
import inspect
import re
import traceback

import pytest
from notebook_reader import NOTEBOOKS, python
from wrong_calls import NO_WRONG, WRONG, But
from wrong_calls_training import WRONG_IN_TRAINING

WRONG = WRONG | WRONG_IN_TRAINING
CALLS = [
    (function, name, wrong)
    for function, parameters in WRONG.items()
    for name, (_, *wrongs) in parameters.items()
    for wrong in wrongs
]


def resolve(name):
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(f"course_utils.{module}"), attribute)


def right(function):
    return {name: values[0] for name, values in WRONG[function].items()}


def called(function, arguments):
    """Call; some of a loader's arguments can only be looked at with a batch."""
    result = resolve(function)(**arguments)
    if function == "data.Loader":
        next(iter(result))


@pytest.mark.parametrize("function", WRONG)
def test_the_right_values_are_taken(function):
    called(function, right(function))


@pytest.mark.parametrize(
    ("function", "name", "wrong"),
    CALLS,
    ids=[f"{function}-{name}-{str(wrong)[:24]}" for function, name, wrong in CALLS],
)
def test_a_wrong_call_is_answered_in_our_words(function, name, wrong):
    value, words, named = wrong if isinstance(wrong, But) else (wrong, None, "")
    arguments = right(function) | {name: value}
    with pytest.raises((TypeError, ValueError, OSError, ArithmeticError)) as caught:
        called(function, arguments)
    said, (*_, frame) = str(caught.value), traceback.extract_tb(caught.tb)
    assert "course_utils" in frame.filename, f"{frame.filename}: {said}"
    assert re.search(named or rf"\b{name}\b", said), f"{name} is not named: {said}"
    quoted = re.escape(repr(value)) if words is None else words
    assert re.search(quoted, said), f"no {quoted} in: {said}"
    assert re.search(
        "[Ee]xpected|must|need|does not fit|there are|give|folders|no batch", said
    ), said


def imported():
    """The library's functions and classes that notebooks use, by name."""
    for notebook in NOTEBOOKS:
        trees = [ast.parse(python(cell.source)) for cell in notebook.code]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        modules = set()
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module == "course_utils":
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                package, *parts = node.module.split(".")
                if package == "course_utils" and parts[0] not in ("kit", "chapters"):
                    yield from (f"{parts[0]}.{alias.name}" for alias in node.names)
        for node in nodes:
            match node:
                case ast.Attribute(ast.Name(name), attribute) if name in modules:
                    yield f"{name}.{attribute}"


WORDS = "title", "xlabel", "ylabel"


def unanswered():
    """Each function with a parameter that lacks a wrong type or value in the table.

    Words are drawn as they are, and of a switch every value is true or false.
    """
    for function in sorted(set(imported())):
        thing = resolve(function)
        if not inspect.isfunction(thing) and not inspect.isclass(thing):
            continue
        for name, parameter in inspect.signature(thing).parameters.items():
            if name in WORDS or isinstance(parameter.default, bool):
                continue
            valid, *wrongs = WRONG.get(function, {}).get(name, [None])
            values = [w.value if isinstance(w, But) else w for w in wrongs]
            same = {isinstance(value, type(valid)) for value in values}
            if len(same) < 2:
                yield function, f"{function}({name})"


def test_every_parameter_has_a_wrong_type_and_a_wrong_value_or_a_reason():
    excused = {entry for entries in NO_WRONG.values() for entry in entries}
    found = list(unanswered())
    missing = [name for function, name in found if not {function, name} & excused]
    assert not missing, "these need wrong calls in wrong_calls.py, or a reason there"
    assert excused <= {entry for names in found for entry in names}
