"""Copies of the notebooks: made once, then the learner's; an update only speaks."""

import errno
import os
import sys
from pathlib import Path
from unicodedata import normalize

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_reader import ROOT

from course_utils import __main__ as command
from course_utils.lab import OWN_CODE, make_copies

FIRST, SECOND, MOVED = "00_first step.ipynb", "01_둘째.ipynb", "07_둘째.ipynb"
OUTPUT = new_output("stream", name="stdout", text="42\n")


def lesson(source="6 * 7", *, following=SECOND, address="here"):
    title = f"# Title\n\n[▶ Open in Colab](https://{address}/{following})"
    code = {"metadata": {"tags": ["stub"]}, "outputs": [OUTPUT], "execution_count": 1}
    cells = [
        new_markdown_cell(title, id="title"),
        new_code_cell(address, id="boot", metadata={"tags": ["bootstrap"]}),
        new_code_cell(source, id="lesson", **code),
        new_markdown_cell(f"[next]({following}), [b](https://b/{MOVED})", id="next"),
    ]
    return new_notebook(cells=cells)


def save(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def course(tmp_path):
    """Notebooks of two chapters, and a folder for copies that is not there yet."""
    originals = tmp_path / "a course 과정" / "notebooks"
    for name in (FIRST, SECOND):
        save(originals / name, lesson())
    return originals, originals.parent / "my_notebooks"


@pytest.fixture
def said(course, capsys):
    """A function that makes the copies and returns the lines that it said."""
    return lambda: make_copies(*course) and capsys.readouterr().out.splitlines()


def test_copies_are_the_originals_without_outputs(course, commit):
    originals, folder = course
    commit(originals.parent)
    save(part := (folder / FIRST).with_suffix(".part"), lesson("mine"))
    assert make_copies(*course) == folder / FIRST
    part.unlink()  # It was the learner's, and is still there.
    assert sorted(path.name for path in folder.iterdir()) == [FIRST, SECOND, OWN_CODE]
    for name in (FIRST, SECOND):
        expected = read(originals / name).cells
        expected[2].update(outputs=[], execution_count=None)
        assert read(folder / name).cells == expected
        nbformat.validate(read(folder / name))


@pytest.mark.parametrize("content", [b'{"cells": [{"c', b"[]", b"", b"\xff\xfe", None])
def test_a_damaged_copy_is_named_and_left(course, said, content):
    made = said()
    assert len(made) == 2 and all("copied" in line for line in made)
    assert said() == []
    copy = course[1] / FIRST
    copy.unlink()
    copy.mkdir() if content is None else copy.write_bytes(content)
    (line,) = said()
    assert FIRST in line and "cannot be read" in line and "Rename it" in line
    assert copy.is_dir() if content is None else copy.read_bytes() == content


def test_a_newer_version_is_told_until_it_is_taken(course, said):
    originals, folder = course
    said()
    mine = read(folder / FIRST)
    mine.cells[2].source = "my work"
    save(folder / FIRST, mine)
    save(originals / FIRST, lesson("6 * 8"))
    for _ in range(2):
        (line,) = said()
        assert FIRST in line and "newer version" in line and "Rename it" in line
    assert read(folder / FIRST) == mine
    (folder / FIRST).rename(folder / "mine.ipynb")
    assert said() == [f"my_notebooks/{FIRST}: copied"]
    assert read(folder / "mine.ipynb") == mine
    assert read(folder / FIRST).cells[2].source == "6 * 8"
    assert said() == []


def test_what_was_copied_by_hand_counts_as_the_copy(course, said):
    save(course[1] / FIRST, lesson("my work"))
    assert "does not say what it was made from" in said()[0]
    assert read(course[1] / FIRST) == lesson("my work")


def test_outputs_numbers_and_addresses_make_no_newer_version(course, said):
    said()
    run_again = lesson(following=MOVED, address="a fork")
    run_again.cells[2].outputs = []
    save(course[0] / FIRST, run_again)
    assert said() == []


def test_a_new_number_is_no_second_copy_and_links_lead_to_the_one(course, said):
    originals, folder = course
    said()
    (originals / SECOND).rename(originals / MOVED)
    save(originals / FIRST, lesson(following=MOVED))
    (line,) = said()
    assert line.startswith(SECOND) and MOVED in line
    (folder / FIRST).unlink()
    make_copies(*course)
    assert sorted(path.name for path in folder.iterdir()) == [FIRST, SECOND, OWN_CODE]
    links = f"[next](01_%EB%91%98%EC%A7%B8.ipynb), [b](https://b/{MOVED})"
    assert read(folder / FIRST).cells[3].source == links


def test_a_name_that_a_mac_spelt_is_the_same_name(course, said):
    said()
    (course[1] / SECOND).rename(course[1] / normalize("NFD", SECOND))
    assert not [line for line in said() if "copied" in line]


def test_work_in_the_originals_is_copied_with_its_outputs(course, commit, said):
    originals, folder = course
    commit(originals.parent)
    save(originals / FIRST, lesson("my work"))
    first, second = said()
    assert "with your changes" in first and "with your changes" not in second
    assert read(folder / FIRST).cells == read(originals / FIRST).cells
    assert read(originals / FIRST) == lesson("my work")
    assert said() == []
    save(originals / FIRST, lesson("more work"))
    (line,) = said()
    assert FIRST in line and "what has changed in notebooks/" in line
    save(originals / FIRST, lesson())
    assert said() == []


def test_a_conflict_in_an_original_takes_the_commit(course, commit, said):
    commit(course[0].parent)
    (course[0] / FIRST).write_text("<<<<<<< HEAD\n{}\n=======\n")
    assert "what was committed counts" in said()[0]
    assert read(course[1] / FIRST).cells[2].source == "6 * 7"


@pytest.fixture
def opened(course, monkeypatch):
    """The words that JupyterLab is given, when the command would open it."""
    words = []
    monkeypatch.setattr(command, "CHECKOUT", course[0].parent)
    monkeypatch.setattr("jupyterlab.labapp.main", words.extend)
    return words


@pytest.mark.parametrize("user", [0, 1000])
def test_it_opens_the_first_and_passes_words_on(course, opened, monkeypatch, user):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    for word, folder in (("edit", "notebooks"), ("lab", "my_notebooks")):
        assert not course[1].exists()
        assert command.main([word, "--no-browser", "--port=8890"]) == 0
        page = f"/lab/tree/{folder}/00_first%20step.ipynb"
        assert f"--LabApp.default_url={page}" in opened
        assert f"--ServerApp.root_dir={course[0].parent}" in opened
        assert opened[-2:] == ["--no-browser", "--port=8890"]
        assert ("--allow-root" in opened) == (user == 0)
    assert (course[1] / SECOND).exists()


def test_what_cannot_be_opened_is_told_in_one_line(course, opened, monkeypatch, capsys):
    course[1].write_text("a file in the way")
    assert command.main(["lab"]) == 1
    assert command.main(["lab", "--folder", f"{course[1].parent / 'other'}"]) == 0
    assert command.main(["lab", "--folder", f"{course[0]}"]) == 1
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    assert command.main(["edit"]) == 1
    monkeypatch.setattr(command, "CHECKOUT", course[0])
    assert command.main(["lab"]) == 1
    in_the_way, originals, no_lab, no_course = capsys.readouterr().err.splitlines()
    assert "my_notebooks" in in_the_way and "--folder PATH" in in_the_way
    assert "holds the originals; give another folder" in originals
    assert "has no JupyterLab" in no_lab and "has no notebooks" in no_course


def test_a_full_disk_leaves_no_half_file(course, opened, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert command.main(["lab"]) == 1
    assert f"error: {course[1]}: No space left" in capsys.readouterr().err
    assert [path.name for path in course[1].iterdir()] == [OWN_CODE]


def test_git_ignores_the_copies():
    assert "/my_notebooks/" in (ROOT / ".gitignore").read_text().splitlines()
