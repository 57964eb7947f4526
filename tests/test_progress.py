"""What is solved is counted from saved notebooks; all say the same version."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from notebook_reader import EXERCISES, NOTEBOOKS, ROOT, tags
from packaging.version import Version

import course_utils
from course_utils import __main__ as command
from course_utils.__main__ import main
from course_utils.lab import checks, read
from tools.notebooks import REPOSITORY

TOTAL = len(EXERCISES)


def save(folder, notebook, name, *verdicts):
    """Save a copy in which the first checks said this."""
    content = json.loads(notebook.path.read_text(encoding="utf-8"))
    checks = [cell for cell in content["cells"] if "check" in tags(cell)]
    for cell, verdict in zip(checks, verdicts):
        cell["outputs"] = [{"data": {"text/plain": [verdict]}}]
    (folder / name).write_text(json.dumps(content))


def test_counts_checks_that_said_right_whatever_number_and_name(tmp_path, capsys):
    first, second = NOTEBOOKS[:2]
    save(tmp_path, first, first.path.name, "right: 11 cases", "wrong: right: 3")
    save(tmp_path, second, f"77_{second.chapter}.ipynb", "right: 5")
    save(tmp_path, second, f"77_{second.chapter}_old.ipynb", "right: 5", "right: 7")
    (tmp_path / NOTEBOOKS[2].path.name).write_text("half")
    assert main(["progress", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    # One of the three stands in the old copy, too.
    assert f"2 of {len(second.exercises)}  {second.chapter}" in out
    assert f"You have done 3 of {TOTAL} exercises" in out
    assert f"{tmp_path / NOTEBOOKS[2].path.name} cannot be read" in out


def test_counts_a_copy_that_colab_saved(tmp_path, capsys):
    path = tmp_path / "Copy of pooling.ipynb"
    save(tmp_path, NOTEBOOKS[0], path.name, "right: 11 cases")
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
    path.write_text(json.dumps(content | {"nbformat_minor": 0}))
    assert main(["progress", str(tmp_path)]) == 0
    assert f"You have done 1 of {TOTAL} exercises" in capsys.readouterr().out


def test_an_original_with_a_conflict_is_named_and_its_commit_counts(
    tmp_path, capsys, monkeypatch, commit
):
    first, mine = NOTEBOOKS[0], tmp_path / "mine"
    original = tmp_path / "notebooks" / first.path.name
    for folder in (original.parent, mine):
        folder.mkdir()
    shutil.copy(first.path, original)
    save(mine, first, first.path.name, "right: 11 cases")
    commit(tmp_path)
    original.write_text("<<<<<<< HEAD\n{}\n=======\n")
    monkeypatch.setattr(command, "CHECKOUT", tmp_path)
    assert main(["progress", str(mine)]) == 0
    out = capsys.readouterr().out
    assert f"{original} cannot be read as a notebook; what was committed counts." in out
    assert f"You have done 1 of {len(first.exercises)} exercises" in out


def test_no_two_chapters_share_a_check():
    known = [key for n in NOTEBOOKS for key in checks(n.path, read(n.path))]
    assert len({*known}) == len(known), "give one of the two cells another id"


def test_untouched_copies_count_as_nothing(capsys):
    assert main(["progress", str(ROOT / "notebooks")]) == 0
    assert f"You have done 0 of {TOTAL} exercises" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "words"), [("mine", "is not there"), ("a.ipynb", "is no folder")]
)
def test_a_missing_folder_is_said(name, words, tmp_path, capsys):
    assert main(["progress", str(tmp_path)]) == 1
    (tmp_path / "a.ipynb").write_text("{}")
    assert main(["progress", str(tmp_path / name)]) == 1
    said, then = capsys.readouterr().err.splitlines()
    assert "holds no notebook" in said and f"{name} {words}" in then


def test_what_is_no_file_is_named_in_letters_that_can_be_printed(tmp_path):
    (tmp_path / "둘째.ipynb").mkdir()
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "nowhere")
    run = subprocess.run(
        [sys.executable, "-m", "course_utils", "progress", str(tmp_path)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert rb"\ub458\uc9f8.ipynb cannot be read" in run.stdout
    assert b"link.ipynb cannot be read" in run.stdout


@pytest.mark.parametrize("name", ["CITATION.cff", "CHANGELOG.md"])
def test_the_version_is_that_of_the_package(name):
    told = re.search(r"^(?:version: |## )(\d\S*)", (ROOT / name).read_text(), re.M)[1]
    version = Version(course_utils.__version__)
    follows = version.is_devrelease and Version(told) < version
    assert follows or Version(told) == version, f"{name} says {told}, not {version}"


def test_the_citation_says_where_the_course_lives():
    assert REPOSITORY in (ROOT / "CITATION.cff").read_text(), (
        "write the address in pyproject.toml into CITATION.cff"
    )
