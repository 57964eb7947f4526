"""tools/notebooks.py: the normal form is one form, and a failed run changes nothing."""

import importlib.util
import json
import runpy
import subprocess
import sys
from unittest.mock import Mock

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

import course_utils
from course_utils import __version__
from tools import notebooks
from tools.notebooks import BOOTSTRAP, BRANCH, REPOSITORY, WIDGET_VIEW, normal_form

STDOUT = new_output("stream", name="stdout", text="one\n")
STDERR = new_output("stream", name="stderr", text="a warning\n")
BAR = {WIDGET_VIEW: {"model_id": "1f"}, "text/plain": "0%"}
SLIDER = new_output("display_data", BAR)
STILL = {"image/png": "iVBORw0K", "text/plain": "Explorer"}
EXPLORER = new_output("display_data", STILL | {WIDGET_VIEW: {"model_id": "2f"}})
PLACES = ["Cell In[7], line 1\nf()", "\x1b[36mFile \x1b[39m/home/me/f.py", "no"]
ERROR = new_output("error", ename="ValueError", evalue="no", traceback=PLACES)
TITLE = new_markdown_cell("# Title")


def code(source, *outputs, run=7, **more):
    return new_code_cell(source, outputs=list(outputs), execution_count=run, **more)


SETUP = code("import torch", metadata={"tags": ["setup"]})


def text_of(*cells, **metadata):
    form = {"nbformat": 4, "nbformat_minor": 5}
    return json.dumps({**form, "metadata": metadata, "cells": cells})


def normal_cells(*cells):
    return nbformat.v4.reads(normal_form(text_of(*cells), "00_test.ipynb")).cells


def outputs_of(*outputs):
    return normal_cells(code("f()", *outputs))[0].outputs


@pytest.fixture
def path(tmp_path):
    return tmp_path / "00_test.ipynb"


def test_normal_form_is_its_own_normal_form():
    everything = code("f()", STDOUT, STDERR, STDOUT, SLIDER, EXPLORER, ERROR)
    text = text_of(TITLE, SETUP, everything, code(" "))
    once = normal_form(text, "00_test.ipynb")
    assert once != text
    assert normal_form(once, "00_test.ipynb") == once
    nbformat.validate(json.loads(once))


def test_keeps_valid_ids_and_makes_the_others_from_the_content():
    cells = [new_markdown_cell("a", id="kept"), new_markdown_cell("b", id="kept")]
    cells += [new_markdown_cell("c") | {"id": "not valid!"}]
    cells += [{k: v for k, v in new_markdown_cell("d").items() if k != "id"}] * 2
    first, *others = [cell.id for cell in normal_cells(*cells)]
    assert first == "kept"
    assert len({first, *others}) == 5
    assert others == [cell.id for cell in normal_cells(*cells)][1:]


def test_all_that_ran_have_one_count_and_what_was_not_run_has_none():
    result = new_output("execute_result", {"text/plain": "2"}, execution_count=9)
    cells = normal_cells(code("1"), code("f()", run=None), code("2", result))
    assert [cell.execution_count for cell in cells] == [1, None, 1]
    assert cells[2].outputs[0].execution_count == 1


def test_keeps_only_tags_and_folded_source_and_fixes_the_notebooks_metadata():
    tagged = {"tags": ["given"], "execution": {"iopub": "now"}}
    folded = {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "tags": []}
    cells = normal_cells(code("f()", metadata=tagged), code("g()", metadata=folded))
    assert cells[0].metadata == {"tags": ["given"]}
    assert cells[1].metadata == {"jupyter": {"source_hidden": True}}
    widgets = {WIDGET_VIEW: {"state": {}}}
    text = text_of(code("f()"), widgets=widgets, kernelspec={"name": "my-env"})
    metadata = nbformat.v4.reads(normal_form(text, "00_test.ipynb")).metadata
    assert set(metadata) == {"kernelspec", "language_info"}
    assert metadata.kernelspec.name == "python3"
    assert metadata.language_info == {"name": "python"}


def test_outputs_lose_stderr_widgets_and_the_folders_of_this_machine():
    (stream,) = outputs_of(STDOUT, STDERR, STDOUT)
    assert stream.text == "one\none\n"
    assert len(outputs_of(STDOUT, EXPLORER, STDOUT)) == 3
    (explorer,) = outputs_of(SLIDER, EXPLORER)
    assert explorer.data == STILL
    (error,) = outputs_of(ERROR)
    assert error.traceback == ["Cell In[1], line 1\nf()", "no"]


def test_writes_one_badge():
    (new,) = normal_cells(new_markdown_cell("# Title\n\nPromise."))
    title, promise, badge = new.source.split("\n\n")
    assert (title, promise) == ("# Title", "Promise.")
    assert badge.endswith(f"/blob/{BRANCH}/notebooks/00_test.ipynb)")
    old = "# Title\n\n[▶ Open in Colab](elsewhere)\n\nPromise."
    (cell,) = normal_cells(new_markdown_cell(old))
    assert cell.source == f"# Title\n\n{badge}\n\nPromise."


def test_places_the_bootstrap_cell_before_setup():
    old = code("old", STDOUT, metadata={"tags": ["bootstrap"]}, id="mine")
    for given, name in (([TITLE, SETUP], "bootstrap"), ([old, TITLE, SETUP], "mine")):
        title, bootstrap, setup = normal_cells(*given)
        assert "tags" not in title.metadata
        assert bootstrap.metadata == {"tags": ["bootstrap"]}
        assert setup.metadata == {"tags": ["setup"]}
        assert (bootstrap.id, bootstrap.source) == (name, BOOTSTRAP)
        assert not bootstrap.outputs


def run_bootstrap(monkeypatch, *, installed, remote=""):
    """Run the cell as IPython would, where git answers `remote`; what it told pip."""
    spec = object() if installed else None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    monkeypatch.setattr(subprocess, "getoutput", lambda command: remote)
    shell = Mock()
    names = {"get_ipython": lambda: shell}
    exec(TransformerManager().transform_cell(BOOTSTRAP), names)
    return [call.args[1].format(**names) for call in shell.run_line_magic.mock_calls]


def test_bootstrap_installs_the_course_alone_on_colab_only(monkeypatch, capsys):
    assert run_bootstrap(monkeypatch, installed=True) == []
    assert capsys.readouterr().out == ""
    with pytest.raises(ImportError, match="make lab"):
        run_bootstrap(monkeypatch, installed=False)
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    install = f"install --quiet --no-deps torchsummary git+{REPOSITORY}"
    tag = f"v{__version__}"
    for remote, kind, name in (
        ("", "branch", BRANCH),
        ("fatal: unable to access the address", "branch", BRANCH),
        (f"5e1f\trefs/tags/{tag}", "tag", tag),
    ):
        told = run_bootstrap(monkeypatch, installed=False, remote=remote)
        assert told == [f"{install}@{name}"]
        assert capsys.readouterr().out == f"The course comes from its {kind} {name}.\n"


def test_bootstrap_says_when_course_and_notebook_differ(monkeypatch, capsys):
    monkeypatch.setattr(course_utils, "__version__", "9.1")
    run_bootstrap(monkeypatch, installed=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert f"version {__version__}, the course of 9.1" in line and "`make lab`" in line


@pytest.fixture
def said(monkeypatch):
    """A function that runs a command and returns what it ends with."""

    def said(*words):
        monkeypatch.setattr(sys, "argv", ["notebooks.py", *map(str, words)])
        return notebooks.main()

    return said


def test_check_names_what_clean_changes(path, said):
    path.write_text(text_of(code("f()")))
    assert f"{path}: not in the normal form" in said("check", path)
    assert said("clean", path) is None
    assert said("check", path) is None


@pytest.mark.parametrize("word", ["run", "clean", "check"])
def test_what_is_no_notebook_is_named_and_left(word, path, said):
    good, empty = path.with_name("good.ipynb"), path.with_name("empty.ipynb")
    good.write_text(text_of(code("1 + 1")))
    empty.write_text("{}")
    content = text_of(code("f()"))
    for text, why in (
        (content[:99], "is it cut short?"),
        (f"<<<<<<< HEAD\n{content}\n=======\n", "a merge conflict"),
    ):
        path.write_text(text)
        lines = said(word, path, good, empty).split("\n\n")
        assert lines[0] == f"{path} cannot be read as a notebook: {why}"
        assert f"{empty} cannot be read" in lines[-1]
        assert (path.read_text(), empty.read_text()) == (text, "{}")
    assert '"execution_count": 1' in good.read_text() or word == "check"


@pytest.mark.parametrize("name", ["pooling", "notebooks/99_x.ipynb", "notebooks"])
def test_a_name_of_no_notebook_is_told(name, said, monkeypatch):
    monkeypatch.chdir(notebooks.ROOT)
    expected = "give notebooks as notebooks/NN_NAME.ipynb"
    assert said("run", name) == f"{name} is no file; {expected}"


@pytest.mark.parametrize("words", ["pooling", "7 pooling", "pooling seven", "", "7 7"])
def test_a_number_takes_a_chapter_and_a_number(words, said):
    expected = "give a chapter and its new number, as in renumber pooling 7"
    assert said("renumber", *words.split()) == expected


def test_a_command_that_fails_ends_with_1_and_one_line(path):
    path.write_text("half")
    command = [sys.executable, notebooks.__file__, "check", str(path)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"{path} cannot be read as a notebook: is it cut short?\n"


def test_run_executes_in_the_notebooks_folder(path):
    here = code("%pwd", run=None)
    noise = code("import sys\nprint('out'); print('err', file=sys.stderr)", run=None)
    lesson = code("1 / 0", run=None, metadata={"tags": ["raises-exception"]})
    path.write_text(text_of(here, noise, lesson, code("x = 2", run=None)))
    assert notebooks.run(path) is None
    cells = nbformat.v4.reads(path.read_text()).cells
    assert [cell.execution_count for cell in cells] == [1, 1, 1, 1]
    assert cells[0].outputs[0].data["text/plain"] == repr(str(path.parent))
    assert [output.text for output in cells[1].outputs] == ["out\n"]
    assert cells[2].outputs[0].ename == "ZeroDivisionError"
    assert notebooks.check(path) is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_failed_run_leaves_the_file_and_says_where(path):
    path.write_text(text_of(code("x = 1"), code("x / 0", id="divide")))
    before, problem = path.read_bytes(), notebooks.run(path)
    assert path.read_bytes() == before
    assert "cell 2 (divide)" in problem and "ZeroDivisionError" in problem


def test_run_lists_what_changed_with_the_sentence_after_it(path, capsys):
    same, other = code("print('one')", STDOUT, id="same"), code("3 * 3", id="other")
    last = code("5", id="last")
    path.write_text(text_of(same, other, new_markdown_cell("It is *nine*."), last))
    notebooks.run(path)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  changed: other: 3 * 3",
        "    after it: It is *nine*.",
        "  changed: last: 5",
        "    after it: nothing",
    ]
    notebooks.run(path)
    assert capsys.readouterr().out.count("\n") == 1


@pytest.fixture
def names_of(monkeypatch):
    """A function that runs the tool's file with another address in pyproject.toml."""

    def names_of(address):
        project = {"project": {"urls": {"Repository": address}}}
        course = {"tool": {"course": {"branch": "term"}}}
        monkeypatch.setattr("tomllib.loads", lambda text: project | course)
        return runpy.run_path(notebooks.__file__)

    return names_of


@pytest.mark.parametrize("end", ["", "/", ".git", ".git/"])
def test_an_address_may_be_what_github_copies(names_of, end):
    names = names_of(f"https://github.com/kim-school/cnn.class{end}")
    assert names["REPOSITORY"] == "https://github.com/kim-school/cnn.class"
    assert names["ON_COLAB"].endswith("/kim-school/cnn.class/blob/term/notebooks")
    assert names["CLONE"].endswith("/cnn.class\ncd cnn.class\n")
    assert names["SITE"] == "https://kim-school.github.io/cnn.class/"


@pytest.mark.parametrize(
    "address",
    [
        "git@github.com:kim-school/cnn-class.git",
        "https://gitlab.com/kim-school/cnn-class",
        "https://github.com/kim-school",
        "https://github.com/kim-school/cnn-class/tree/term",
    ],
)
def test_another_kind_of_address_is_refused(names_of, address):
    with pytest.raises(SystemExit) as ended:
        names_of(address)
    expected = f"pyproject.toml: {address} is not https://github.com/OWNER/NAME"
    assert ended.value.code == expected


def test_pages_follow_the_address_of_a_fork(tmp_path):
    old = "https://github.com/they/theirs"
    readme, teaching = tmp_path / "README.md", tmp_path / "TEACHING.md"
    form = tmp_path / ".github" / "ISSUE_TEMPLATE" / "stuck.yml"
    lesson = tmp_path / "notebooks" / "00_first.ipynb"
    form.parent.mkdir(parents=True)
    lesson.parent.mkdir()
    row = "| [First](notebooks/00_first.ipynb) | begin |"
    clone = f"git clone --branch term {old}\ncd theirs\n"
    readme.write_text(f"{clone}make lab\n{row} 1 + 1 | [page](old) |\n")
    promise = "Reading takes 20 minutes, the exercises 35 minutes."
    for page in (teaching, form, lesson):
        page.write_text(f"{promise}\n    branches: [old]\n[issues]({old}/issues)")
    for _ in range(2):
        notebooks.follow_address(tmp_path)
        expected = f"{notebooks.CLONE}make lab\n{row} 20 + 35 | [page](http"
        assert readme.read_text().startswith(expected)
        assert {p.read_text() for p in (teaching, form, lesson)} == {
            f'{promise}\n    branches: ["{BRANCH}"]\n[issues]({REPOSITORY}/issues)'
        }
    readme.write_text("Their own words.")
    notebooks.follow_address(tmp_path)
    assert readme.read_text() == "Their own words."
