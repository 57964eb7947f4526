"""What a learner wrote is what later cells and later notebooks run."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from notebook_reader import EXERCISES, NOTEBOOKS, python, tags

from course_utils import convolution
from course_utils.kit import own as module
from course_utils.kit.own import check_of, own, read, source
from course_utils.lab import OWN_CODE

NAME = "convolution_by_hand.conv2d_valid"
RIGHT = """
import numpy as np
def conv2d_valid(image, kernel):
    (height, width), (rows, columns) = image.shape, kernel.shape
    output = np.zeros(
        (height - rows + ONE, width - columns + ONE), np.result_type(image, kernel)
    )
    for i, j in np.ndindex(output.shape):
        output[i, j] = total(image[i : i + rows, j : j + columns] * kernel)
    return output
"""
FAILED = "the package's, since the file of yours failed:"
HELPERS = "ONE = 1\n\n\ndef total(products):\n    return products.sum()\n"


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A function that runs cells in the scope of one notebook, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_in_this_kernel", {})
    shell = InteractiveShell()

    def run(*cells):
        for cell in cells:
            shell.run_cell(cell, store_history=False).raise_error()
        return shell.user_ns

    return run


def stand_in(image, kernel):
    return convolution.conv2d(image, kernel)


def test_the_packages_stands_in_for_what_is_not_written(notebook, capsys):
    def stub(image, kernel):
        raise NotImplementedError

    assert own(NAME, otherwise=stand_in) is stand_in
    assert own(NAME, stub, otherwise=stand_in) is stand_in
    said = "conv2d_valid: the package's, until yours is right\n"
    assert capsys.readouterr().out == 2 * said


def test_what_is_wrong_is_not_used(notebook, capsys):
    assert own(NAME, lambda image, kernel: image, otherwise=stand_in) is stand_in
    said = "conv2d_valid: the package's, since its check does not call yours right\n"
    assert capsys.readouterr().out == said


def test_what_is_right_is_used_and_lives_until_the_kernel_stops(notebook, capsys):
    written = notebook(HELPERS, RIGHT)["conv2d_valid"]
    used = own(NAME, written, otherwise=stand_in)
    assert used.__wrapped__ is written
    assert own(NAME, otherwise=stand_in).__wrapped__ is written
    assert set(capsys.readouterr().out.splitlines()) == {"conv2d_valid: your own"}
    assert own(NAME, abs, otherwise=stand_in).__wrapped__ is written
    assert "right; this one is not" in capsys.readouterr().out


def test_it_is_kept_as_source_that_another_notebook_reads(notebook, tmp_path, capsys):
    (tmp_path / OWN_CODE).mkdir()
    own(NAME, notebook(HELPERS, RIGHT)["conv2d_valid"], otherwise=stand_in)
    module._in_this_kernel.clear()
    used = own(NAME, otherwise=stand_in)
    image, kernel = np.eye(3), np.ones((2, 2))
    assert used is not stand_in
    assert np.array_equal(used(image, kernel), stand_in(image, kernel))
    path = tmp_path / OWN_CODE / "convolution_by_hand" / "conv2d_valid.py"
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    alone = f"{path.read_text()}print(conv2d_valid(np.eye(2), np.ones((1, 1))).sum())"
    assert subprocess.check_output([sys.executable, "-c", alone], text=True) == "2.0\n"
    path.write_text("def conv2d_valid(:")
    assert own(NAME, otherwise=stand_in) is stand_in
    assert "since the file of yours failed: stopped with" in capsys.readouterr().out


def test_a_class_with_its_base_and_its_imports_is_kept(notebook, tmp_path):
    base = "from torch import nn\nclass Base(nn.Module):\n    def twice(self, x):\n"
    base += "        return 2 * x\n"
    cell = "from functools import cache\n@cache\ndef one():\n    return 1\n"
    cell += "class Norm(Base):\n    def forward(self, x):\n"
    cell += "        return self.twice(x) + one()\n"
    path = tmp_path / "Layer.py"
    path.write_text(source(notebook(base, cell)["Norm"], "Layer"))
    assert read(path)().forward(3) == 7
    assert "@cache" in path.read_text()


@pytest.mark.parametrize(
    ("line", "total", "is_kept"),
    [
        ("from torch import relu", "products.sum() if relu else 0", True),
        ("from scipy.special import logit", "products.sum() if logit else 0", True),
        ("from numpy.typing import NDArray", "products.sum() if NDArray else 0", True),
        ("from numpy import sum", "sum(products)", True),
        ("from numpy import *", "sum(products)", True),
        ("def max(array):\n    return array.sum()", "max(products)", True),
        ("act = __import__('torch').nn.Identity()", "act(products.sum())", False),
        ("add = __import__('functools').partial(np.sum)", "add(products)", False),
        ("same = np.vectorize(lambda x: x)", "same(products).sum()", False),
        ("get = __import__('operator').itemgetter(0)", "get([products.sum()])", False),
        ("ones = np.ones(1, int)", "products.sum() * ones[0]", False),
        ("class Odd: __repr__ = 3\nodd = Odd()", "products.sum() if odd else 0", False),
    ],
)
def test_an_answer_is_kept_with_whatever_it_uses_or_used_all_the_same(
    line, total, is_kept, notebook, tmp_path, capsys
):
    (tmp_path / OWN_CODE).mkdir()
    helper = f"ONE = 1\ndef total(products):\n    return {total}\n"
    written = notebook(f"import numpy as np\n{line}", helper, RIGHT)["conv2d_valid"]
    assert own(NAME, written, otherwise=stand_in).__wrapped__ is written
    assert ("until this kernel stops (it" not in capsys.readouterr().out) == is_kept
    assert bool([*(tmp_path / OWN_CODE).rglob("*.p*")]) == is_kept
    module._in_this_kernel.clear()
    assert (own(NAME, otherwise=stand_in) is not stand_in) == is_kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise SystemExit(1)", f"{FAILED} stopped"),
        ("while True: pass", f"{FAILED} still"),
        ("\ufeff", "your own"),
    ],
)
def test_a_kept_file_that_was_edited_neither_ends_nor_holds_up_the_notebook(
    text, words, notebook, tmp_path, capsys
):
    path = tmp_path / OWN_CODE / "convolution_by_hand" / "conv2d_valid.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"{text}\n{HELPERS}{RIGHT}", encoding="utf-8")
    own(NAME, otherwise=stand_in)
    assert f"conv2d_valid: {words}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("import numpy\nweights = numpy.eye(2)\nf = lambda x: x @ weights", "weights"),
        ("f = abs", "written in Python"),
        ("class f: pass", "no method"),
    ],
)
def test_what_cannot_be_kept_says_why(notebook, cell, words):
    with pytest.raises(ValueError, match=words):
        source(notebook(cell)["f"], "f")


@pytest.mark.parametrize("error", ["KeyError('too large')", "SystemExit(1)"])
def test_the_packages_takes_over_when_the_learners_stops(error, notebook, capsys):
    written = notebook(
        "def conv2d_valid(image, kernel):\n"
        f"    if len(image) == 99:\n        raise {error}\n"
        "    return right(image, kernel)",
        HELPERS + RIGHT.replace("def conv2d_valid", "def right"),
    )["conv2d_valid"]
    used = own(NAME, written, otherwise=stand_in)
    large, kernel = np.ones((99, 3)), np.ones((2, 2))
    assert np.array_equal(used(large, kernel), stand_in(large, kernel))
    used(large, kernel)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "conv2d_valid: your own"
    assert len(said) == 2
    assert f"the package's, since yours stopped with {error[:8]}" in said[1]


def test_what_is_kept_and_right_is_listed_as_written(notebook):
    other = "pooling.pool2d"
    assert module.written(NAME, other) == {NAME: False, other: False}
    own(NAME, notebook(HELPERS, RIGHT)["conv2d_valid"], otherwise=stand_in)
    assert module.written(NAME, other) == {NAME: True, other: False}
    module._in_this_kernel[NAME] = lambda image, kernel: image
    assert module.written(NAME) == {NAME: False}


@pytest.mark.parametrize("rows", ["output.tolist()", "[*output]"])
def test_rows_of_numbers_become_an_array(rows, notebook):
    cell = RIGHT.replace("return output", f"return {rows}")
    used = own(NAME, notebook(HELPERS, cell)["conv2d_valid"], otherwise=stand_in)
    assert used(np.eye(3), np.ones((2, 2))).shape == (2, 2)


def test_a_trial_that_fails_lets_the_packages_stand_in(notebook, capsys):
    written = notebook(HELPERS, RIGHT)["conv2d_valid"]
    used = own(NAME, written, otherwise=stand_in, trial=lambda f: f(None, None))
    assert used is stand_in
    assert "since yours stopped with AttributeError" in capsys.readouterr().out


def setup(lesson):
    return next(c.source for c in lesson.cells if "setup" in tags(c))


@cache
def names_of(lesson_name):
    """What the setup cell of a notebook imports."""
    (lesson,) = [n for n in NOTEBOOKS if n.name == lesson_name]
    scope = {}
    exec(setup(lesson), scope)
    return scope


def uses():
    """Each use of `own`: the notebook, the name, and what stands in."""
    for lesson in NOTEBOOKS:
        for cell in lesson.code:
            for node in ast.walk(ast.parse(python(cell.source))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "own":
                    (other,) = [k.value for k in node.keywords if k.arg == "otherwise"]
                    name = ast.literal_eval(node.args[0])
                    yield lesson.name, name, ast.unparse(other)


@pytest.mark.parametrize("name", sorted({name for _, name, _ in uses()}))
def test_the_printed_solution_can_be_kept_and_is_right_when_read(name, notebook):
    chapter, _, short = name.rpartition(".")
    check_name = f"check_{short}"
    found = [e for e in EXERCISES if (e.chapter, e.check_name) == (chapter, check_name)]
    assert len(found) == 1, f"{name}: which exercise is it?"
    (lesson,) = [n for n in NOTEBOOKS if n.chapter == chapter]
    scope = notebook(setup(lesson), found[0].given, found[0].solution_code)
    path = Path(f"{short}.py")
    path.write_text(source(scope[found[0].check_call.args[0].id], short))
    assert check_of(name)(read(path)).status == "right"


@pytest.mark.parametrize(("lesson_name", "name", "other"), [*uses()])
def test_what_stands_in_passes_the_check_itself(lesson_name, name, other):
    verdict = check_of(name)(eval(other, names_of(lesson_name)))
    # A class that an exercise asks for is refused where it is the library's own: then
    # the class's tests compare it with its layers.
    is_itself = f"it takes over the ready-made {other}" in verdict.message
    assert verdict.status == "right" or is_itself, f"{lesson_name}: {other}: {verdict}"
