"""tools/notebooks.py: the normal form is one form, and a failed run changes nothing."""

import importlib.util
import json
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tools import notebooks
from tools.notebooks import BOOTSTRAP, REPOSITORY, WIDGET_VIEW, normal_form

STDOUT = new_output("stream", name="stdout", text="one\n")
STDERR = new_output("stream", name="stderr", text="a warning\n")
SLIDER = new_output(
    "display_data", {WIDGET_VIEW: {"model_id": "1f"}, "text/plain": "0%"}
)
STILL = {"image/png": "iVBORw0K", "text/plain": "Explorer"}
EXPLORER = new_output("display_data", STILL | {WIDGET_VIEW: {"model_id": "2f"}})
ERROR = new_output(
    "error",
    ename="ValueError",
    evalue="no",
    traceback=["Cell In[7], line 1\nf()", "\x1b[36mFile \x1b[39m/home/me/f.py", "no"],
)


def code(source: str, *outputs: nbformat.NotebookNode, run: int | None = 7, **more):
    """A code cell that was run."""
    return new_code_cell(source, outputs=list(outputs), execution_count=run, **more)


def text_of(*cells: nbformat.NotebookNode, **metadata: object) -> str:
    """The file of a notebook that has these cells."""
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    )


def normal_cells(*cells: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells in the normal form."""
    return nbformat.v4.reads(normal_form(text_of(*cells), "00_test.ipynb")).cells


def outputs_of(*outputs: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The outputs of a cell in the normal form."""
    return normal_cells(code("f()", *outputs))[0].outputs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test writes its notebook."""
    return tmp_path / "00_test.ipynb"


# ---------------------------------------------------------------- normal form


def test_normal_form_is_its_own_normal_form() -> None:
    setup = code("import torch", metadata={"tags": ["setup"]})
    text = text_of(
        new_markdown_cell("# Title"),
        setup,
        code("f()", STDOUT, STDERR, STDOUT, SLIDER, EXPLORER, ERROR),
        code(" "),
    )
    once = normal_form(text, "00_test.ipynb")
    assert once != text
    assert normal_form(once, "00_test.ipynb") == once
    nbformat.validate(json.loads(once))


def test_keeps_valid_ids_and_makes_the_others_from_the_content() -> None:
    cells = [new_markdown_cell("a", id="kept"), new_markdown_cell("b", id="kept")]
    cells += [new_markdown_cell("c") | {"id": "not valid!"}]
    cells += [{k: v for k, v in new_markdown_cell("d").items() if k != "id"}] * 2
    first, *others = [cell.id for cell in normal_cells(*cells)]
    assert first == "kept"
    assert len({first, *others}) == 5
    assert others == [cell.id for cell in normal_cells(*cells)][1:]


def test_counts_the_runs_in_order_and_leaves_what_was_not_run() -> None:
    result = new_output("execute_result", {"text/plain": "2"}, execution_count=9)
    cells = normal_cells(code("1"), code("f()", run=None), code("2", result))
    assert [cell.execution_count for cell in cells] == [1, None, 2]
    assert cells[2].outputs[0].execution_count == 2


def test_keeps_only_tags_and_folded_source() -> None:
    cell = code("f()", metadata={"tags": ["given"], "execution": {"iopub": "now"}})
    assert normal_cells(cell)[0].metadata == {"tags": ["given"]}
    folded = {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "tags": []}
    kept = normal_cells(code("f()", metadata=folded))[0].metadata
    assert kept == {"jupyter": {"source_hidden": True}}


def test_notebook_metadata_is_fixed() -> None:
    widgets = {WIDGET_VIEW: {"state": {}}}
    text = text_of(code("f()"), widgets=widgets, kernelspec={"name": "my-env"})
    metadata = nbformat.v4.reads(normal_form(text, "00_test.ipynb")).metadata
    assert set(metadata) == {"kernelspec", "language_info"}
    assert metadata.kernelspec.name == "python3"
    assert metadata.language_info == {"name": "python"}


def test_joins_stdout_and_drops_stderr() -> None:
    (stream,) = outputs_of(STDOUT, STDERR, STDOUT)
    assert stream.text == "one\none\n"
    assert len(outputs_of(STDOUT, EXPLORER, STDOUT)) == 3


def test_drops_the_widget_and_keeps_its_picture() -> None:
    (explorer,) = outputs_of(SLIDER, EXPLORER)
    assert explorer.data == STILL


def test_error_names_no_folder_of_this_machine() -> None:
    (error,) = outputs_of(ERROR)
    assert error.traceback == ["Cell In[7], line 1\nf()", "no"]


def test_writes_one_badge() -> None:
    (new,) = normal_cells(new_markdown_cell("# Title\n\nPromise."))
    title, promise, badge = new.source.split("\n\n")
    assert (title, promise) == ("# Title", "Promise.")
    assert badge.endswith("/blob/main/notebooks/00_test.ipynb)")
    old = "# Title\n\n[▶ Open in Colab](elsewhere)\n\nPromise."
    (cell,) = normal_cells(new_markdown_cell(old))
    assert cell.source == f"# Title\n\n{badge}\n\nPromise."


# ---------------------------------------------------------------- bootstrap cell


def test_places_the_bootstrap_cell_before_setup() -> None:
    setup = code("import torch", metadata={"tags": ["setup"]})
    title = new_markdown_cell("# Title")
    fresh = normal_cells(title, setup)
    old = code("old", STDOUT, metadata={"tags": ["bootstrap"]}, id="mine")
    moved = normal_cells(old, title, setup)
    for cells in (fresh, moved):
        assert [c.metadata.get("tags") for c in cells] == [
            None,
            ["bootstrap"],
            ["setup"],
        ]
        assert cells[1].source == BOOTSTRAP
        assert not cells[1].outputs
    assert fresh[1].id == "bootstrap"
    assert moved[1].id == "mine"


def run_bootstrap(monkeypatch: pytest.MonkeyPatch, *, installed: bool) -> list[tuple]:
    """Run the cell as IPython would; what it told pip."""
    spec = object() if installed else None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    calls = []
    cell = TransformerManager().transform_cell(BOOTSTRAP)
    shell = type(
        "Shell", (), {"run_line_magic": lambda self, *call: calls.append(call)}
    )
    exec(cell, {"get_ipython": shell})
    return calls


def test_bootstrap_does_nothing_where_the_course_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bootstrap(monkeypatch, installed=True) == []
    assert capsys.readouterr().out == ""


def test_bootstrap_says_what_to_do_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError, match="make lab"):
        run_bootstrap(monkeypatch, installed=False)


def test_bootstrap_installs_the_course_alone_on_colab(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    ((magic, arguments),) = run_bootstrap(monkeypatch, installed=False)
    assert magic == "pip"
    assert arguments == "install --quiet --no-deps torchsummary {course}"
    assert f'course = "git+{REPOSITORY}"' in BOOTSTRAP


# ---------------------------------------------------------------- commands


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Call the tool as from the command line."""
    monkeypatch.setattr(sys, "argv", ["notebooks.py", *map(str, arguments)])
    return notebooks.main()


def test_check_names_what_clean_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(text_of(code("f()")))
    assert command(monkeypatch, "check", path) == 1
    assert path.name in capsys.readouterr().err
    assert command(monkeypatch, "clean", path) == 0
    assert command(monkeypatch, "check", path) == 0


def test_run_executes_in_the_notebooks_folder(path: Path) -> None:
    here = code("%pwd", run=None)
    noise = code("import sys\nprint('out'); print('err', file=sys.stderr)", run=None)
    lesson = code("1 / 0", run=None, metadata={"tags": ["raises-exception"]})
    path.write_text(text_of(here, noise, lesson, code("x = 2", run=None)))
    assert notebooks.run(path) is None
    cells = nbformat.v4.reads(path.read_text()).cells
    assert [cell.execution_count for cell in cells] == [1, 2, 3, 4]
    assert cells[0].outputs[0].data["text/plain"] == repr(str(path.parent))
    assert [output.text for output in cells[1].outputs] == ["out\n"]
    assert cells[2].outputs[0].ename == "ZeroDivisionError"
    assert notebooks.check(path) is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_failed_run_leaves_the_file_and_says_where(path: Path) -> None:
    path.write_text(text_of(code("x = 1"), code("x / 0", id="divide")))
    before = path.read_bytes()
    problem = notebooks.run(path)
    assert path.read_bytes() == before
    assert "cell 2 (divide)" in problem
    assert "ZeroDivisionError" in problem
