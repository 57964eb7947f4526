"""What a class gets: the course's notebooks without solutions."""

import json
import shutil
from pathlib import Path

import pytest
from notebook_reader import NOTEBOOKS, tags

from course_utils.lab import read
from tools import exercises, grade, words
from tools.handout import handed_out, main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All of the course, handed out."""
    folder = tmp_path_factory.mktemp("class") / "handout"
    assert main(["--to", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.chapter)
def test_solutions_are_gone_and_all_else_is_there(folder, notebook):
    cells = read(folder / notebook.path.name)["cells"]
    kept = [cell for cell in notebook.cells if "solution" not in tags(cell)]
    assert [(cell["id"], cell["metadata"]) for cell in cells] == [
        (cell.id, cell.metadata) for cell in kept
    ]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    for exercise in notebook.exercises:
        assert exercise.solution_code.strip() not in text
        assert exercise.stub in text and exercise.check in text
    assert "colab.research" not in text  # A click there would show the solutions.
    assert all(not cell.get("outputs") for cell in cells)


def test_metadata_of_nbgrader_is_kept():
    notebook = read(NOTEBOOKS[0].path)
    notebook["metadata"]["nbgrader"] = {"version": 1}
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"]["nbgrader"] = {"grade_id": f"cell-{number}", "grade": True}
    kept = json.loads(handed_out(json.dumps(notebook)))
    assert kept["metadata"] == notebook["metadata"]
    assert all("nbgrader" in cell["metadata"] for cell in kept["cells"])


def test_nothing_is_overwritten(tmp_path, capsys):
    name = NOTEBOOKS[0].path.name
    (tmp_path / name).write_text("mine")
    assert main(["--to", str(tmp_path)]) == 1
    assert (tmp_path / name).read_text() == "mine"
    assert [*tmp_path.iterdir()] == [tmp_path / name]
    assert "nothing is overwritten" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--to", str(tmp_path / name)])
    assert "--to cannot be written" in capsys.readouterr().err


def test_a_week_at_a_time(tmp_path, capsys):
    for number, name in enumerate((NOTEBOOKS[1].chapter, NOTEBOOKS[1].path.name)):
        assert main(["--to", str(tmp_path / f"{number}"), name]) == 0
        made = [path.name for path in (tmp_path / f"{number}").iterdir()]
        assert made == [NOTEBOOKS[1].path.name]
    with pytest.raises(SystemExit):
        main(["--to", str(tmp_path), "polling"])
    assert "no chapter polling; there are" in capsys.readouterr().err


@pytest.fixture
def original(tmp_path, monkeypatch):
    """The one notebook of a course, a copy of the first."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(exercises, "ROOT", tmp_path)
    return Path(shutil.copy(NOTEBOOKS[0].path, tmp_path / "notebooks"))


@pytest.mark.parametrize(
    "command",
    [
        lambda to: main(["--to", f"{to}"]),
        lambda to: grade.main([f"{to}"]),
        lambda _: words.page(),
    ],
)
def test_an_original_with_a_conflict_is_named(original, tmp_path, command):
    shutil.copy(original, tmp_path / "collected.ipynb")
    original.write_text("<<<<<<< HEAD\n{}\n=======\n")
    with pytest.raises(SystemExit) as ended:
        command(tmp_path)
    assert ended.value.code == f"error: {original}: no notebook (a merge conflict)"


def test_a_notebook_without_words_is_named(original):
    content = read(original)
    first, *_ = content["cells"]
    original.write_text(json.dumps(content | {"cells": [first]}))
    with pytest.raises(SystemExit, match=f"{original} has no section ## Words"):
        words.page()


@pytest.mark.parametrize("answer", ["x = 7", "def f(x, y=None):\n    return x"])
def test_an_answer_in_the_place_of_a_stub_is_not_handed_out(
    original, tmp_path, capsys, answer
):
    content = read(original)
    stubs = [cell for cell in content["cells"] if "stub" in tags(cell)]
    stubs[0]["source"] = answer
    original.write_text(json.dumps(content))
    assert main(["--to", str(tmp_path / "handout")]) == 1
    assert "exercise 1 holds an answer" in capsys.readouterr().err
    assert not (tmp_path / "handout").exists()
