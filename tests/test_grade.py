"""A class hands in: each verdict is right, and what is hostile harms its own row."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from notebook_reader import NOTEBOOKS, ROOT

from tools import grade as tool
from tools.exercises import python
from tools.handout import handed_out
from tools.judge import names, needed

POOLING = next(notebook for notebook in NOTEBOOKS if notebook.chapter == "pooling")
STUB, CHECKED = (cell.id for cell in list(POOLING.cards)[1][1:3])
HANDED_OUT = handed_out(POOLING.path.read_text("utf-8"))
RIGHT = """
def global_pool(images, mode):
    return images.max(axis=(2, 3)) if mode == "max" else images.mean(axis=(2, 3))
"""
WRONG = """
def global_pool(images, mode):
    return 0 * images[:, :, 0, 0]
"""
CHECK = "import course_utils.kit.check as c, course_utils.kit.verdict as v\n"
FDS = "import os\nfor fd in range(3, 99):\n    try: os.write(fd, b'x')\n"
HOSTILE = {
    # loops
    "loop": "while True: pass",
    "loop-that-catches": "while True:\n try:\n  while 1: pass\n except: pass",
    "loop-in-c": "sum(range(10 ** 15))",
    "print-for-ever": "while True: print('right: 18 cases')",
    # ends
    "exit": "import os; os._exit(0)",
    "sys-exit": "import sys; sys.exit(0)",
    "interrupt": "raise KeyboardInterrupt",
    "crash": "import signal; signal.raise_signal(9)",
    # too much
    "memory": "x = [bytearray(2 ** 28) for _ in range(99)]",
    "disk": "f = open('x', 'wb')\nwhile True: f.write(bytes(10 ** 7))",
    "deep": f"x = {'-' * 99_999}1",
    # others
    "fork": "import os\nwhile True: os.fork()",
    "program": f"import subprocess; subprocess.run([{sys.executable!r}])\n{RIGHT}",
    "kill": f"import os; os.kill(os.getppid(), 9)\n{RIGHT}",
    "c-library": f"import ctypes; ctypes.CDLL(None).getppid()\n{RIGHT}",
    "network": f"import socket; socket.create_server(('', 0))\n{RIGHT}",
    "overwrite": f"open(VICTIM, 'w')\n{RIGHT}",
    "delete": f"import os; os.remove(VICTIM)\n{RIGHT}",
    "delete-all": f"import os, shutil; shutil.rmtree(os.path.dirname(VICTIM))\n{RIGHT}",
    "through-the-folder": "import os; folder = os.open(os.path.dirname(VICTIM), 0)\n"
    f"os.remove(os.path.basename(VICTIM), dir_fd=folder)\n{RIGHT}",
    # forgeries
    "says-right": f"{WRONG}print('right: 18 cases')",
    "own-check": f"{WRONG}{CHECK}check_global_pool = lambda f: v.right('18 cases')",
    "own-call": f"{WRONG}{CHECK}c.Check.__call__ = lambda *a: v.right('18 cases')",
    "all-is-right": f"{WRONG}{CHECK}c.wrong = c.to_do = v.right",
    "no-difference": f"{WRONG}{CHECK}c.difference = lambda *a: ''",
    "other-code": f"{WRONG}import numpy\nnumpy.array_equal.__code__ = None",
    "other-code-of-a-network": f"{WRONG}from course_utils.models import CifarCNN\n"
    "CifarCNN.__init__.__code__ = (lambda self: None).__code__",
    "numpy": f"{WRONG}import numpy as n; n.isclose = lambda a, b, **k: n.array(a) == a",
    "builtin": f"{WRONG}import builtins; builtins.enumerate = lambda *a: []",
    "no-cases": f"{WRONG}import gc\nfor x in gc.get_objects():\n"
    " if type(x).__name__ == 'Check': x.cases.clear()",
    "cases-by-frames": "import sys\ndef global_pool(images, mode):\n"
    " f = sys._getframe()\n while f:\n  me = f.f_locals.get('self')\n"
    "  if hasattr(me, 'cases'): me.cases.clear(); return me.reference(images, mode)\n"
    "  f = f.f_back",
    "surrogate": "raise ValueError('\\ud800')",
    "every-channel": f"{FDS}    except OSError: pass\n{WRONG}",
}
HONEST = {
    "plain": RIGHT,
    "magics": f"%timeit 1\n!ls\ndisplay?\nt = %timeit -o 1\ndisplay(1)\n{RIGHT}",
    "helper-of-the-lesson": f"shape = pixels.shape\n{RIGHT}",
    "files-of-its-own": "import tempfile\nwith tempfile.TemporaryDirectory() as d:\n"
    f"    open(f'{{d}}/x', 'w').write('x')\n{RIGHT}",
    "library": f"import scipy.ndimage, sklearn.cluster\n{RIGHT}",
}


def solved(notebook, **answers):
    """The notebook with its solutions, or with other answers, by their cells' ids."""
    content = json.loads(notebook.path.read_text(encoding="utf-8"))
    solutions = {
        card[1].id: exercise.solution_code
        for card, exercise in zip(notebook.cards, notebook.exercises)
    }
    for cell in content["cells"]:
        cell["source"] = (answers or solutions).get(cell["id"], cell["source"])
    return content


def hand_in(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def graded(folder, *words, code="import tools.grade as g", env=None):
    """What the tool prints, and its lines by student and exercise."""
    file = folder.parent / "grades.csv"
    line = f"{code}; import sys; sys.exit(g.main())"
    command = [sys.executable, "-c", line, str(folder), "--csv", str(file), *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    with file.open(encoding="utf-8-sig") as lines:
        found = list(csv.DictReader(lines))
    keys = [(row["student"], row["chapter"], int(row["exercise"])) for row in found]
    return run.stdout, dict(zip(keys, found))


@pytest.fixture(scope="module")
def a_class(tmp_path_factory):
    """What came back from a class, graded."""
    folder = tmp_path_factory.mktemp("class") / "collected"
    for notebook in NOTEBOOKS:
        hand_in(folder, f"kim/{notebook.path.name}", solved(notebook))
    victim = folder / "kim" / POOLING.path.name
    for name, answer in (HOSTILE | HONEST).items():
        answer = f"VICTIM = {str(victim)!r}\n{answer}" if "VICTIM" in answer else answer
        hand_in(folder, f"{name}/pooling.ipynb", solved(POOLING, **{STUB: answer}))
    hand_in(folder, "09_pooling-민지.ipynb", HANDED_OUT)
    beside = solved(POOLING, **{STUB: "is_max = 'max'.__eq__"})
    source = RIGHT.replace('mode == "max"', "is_max(mode)")
    own = {"cell_type": "code", "id": "own", "metadata": {}, "source": source}
    hand_in(folder, "beside/pooling.ipynb", beside | {"cells": [*beside["cells"], own]})
    beside["cells"] = [cell for cell in beside["cells"] if cell["id"] != STUB]
    hand_in(folder, "without/pooling.ipynb", beside)
    second = solved(POOLING)
    for cell in second["cells"]:
        cell["source"] = "".join(cell["source"]) + "\n"  # as some formatters do
        if cell["id"] == STUB:
            crash = "import os; import signal; signal.raise_signal(9)"
            cell["source"] = f"import numpy as np\n{RIGHT}{crash}"
    hand_in(folder, "second/notebook.ipynb", second)
    no_ids = solved(POOLING)
    for cell in no_ids["cells"]:
        del cell["id"]
    hand_in(folder, "colab/Kopie von Pooling.ipynb", no_ids)
    hand_in(folder, "half/pooling.ipynb", json.dumps(no_ids)[:9999])
    hand_in(folder, "=2+3/pooling.ipynb", '{"cells": []}')
    hand_in(folder, "else/homework.ipynb", '{"cells": [7]}')
    hand_in(folder, "kim/notes.txt", "notes")
    for place in ("kim", "__MACOSX/kim"):  # what a Mac adds, and unzips elsewhere
        hand_in(folder, f"{place}/._{POOLING.path.name}", "\0\5\26\7")
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    output, rows = graded(folder, "--seconds", "9")
    assert before == {path: path.read_bytes() for path in folder.rglob("*.*")}
    return output, rows


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.chapter)
def test_solutions_are_right_whatever_the_others_hand_in(a_class, notebook):
    mine = "kim", notebook.chapter
    rows = [row for key, row in a_class[1].items() if key[:2] == mine]
    assert [row["status"] for row in rows] == ["right"] * len(notebook.exercises), rows


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_fail_by_themselves(a_class, name):
    row = a_class[1][name, "pooling", 2]
    assert row["status"] in ("wrong", "stopped") and row["words"]
    assert a_class[1][name, "pooling", 1]["status"] == "to do"


@pytest.mark.parametrize("name", HONEST)
def test_honest_answers_are_right(a_class, name):
    row = a_class[1][name, "pooling", 2]
    assert row["status"] == "right", row["words"]


def test_a_crash_below_an_import_costs_no_other_exercise(a_class):
    found = [a_class[1]["second", "pooling", n + 1]["status"] for n in range(6)]
    assert found == ["right", "stopped", *4 * ["right"]]


def test_says_what_stopped_an_answer(a_class):
    words = {name: a_class[1][name, "pooling", 2]["words"] for name in HOSTILE}
    assert "still running after 6 seconds, at line 1: while True" in words["loop"]
    assert "before there was a verdict" in words["exit"]
    assert "does not allow os.fork, at line 2" in words["fork"]
    assert "changed what judges" in words["no-difference"]


def test_nothing_that_was_handed_in_is_passed_over(a_class):
    output, rows = a_class
    assert rows["colab", "pooling", 3]["status"] == "right"
    assert rows["beside", "pooling", 2]["status"] == "right"
    assert rows["without", "pooling", 2]["status"] == "missing"
    assert rows["민지", "pooling", 2]["status"] == "to do"
    assert "cannot be read" in rows["half", "pooling", 1]["words"]
    assert rows["'=2+3", "pooling", 5]["status"] == "missing"
    assert "no notebook" in rows["else", "?", 0]["words"]
    assert "not graded: 1 files that are no notebooks" in output
    assert os.path.join("kim", "notes.txt") in output
    assert "MACOSX" not in {student for student, *_ in rows} and "._" not in output


@pytest.fixture(scope="module")
def one_chapter(tmp_path_factory):
    """What came back of a chapter whose set-up imports little, graded."""
    folder = tmp_path_factory.mktemp("chapter") / "collected"
    vision = "from torchvision.transforms import ToTensor\n"
    helper = f"{vision}to_tensor, is_max = ToTensor(), 'max'.__eq__"
    found = {  # in the stub's cell; in one below it, and in one below its check
        "again": (WRONG, RIGHT, ""),
        "later": (RIGHT, "", WRONG),
        "helped": (WRONG, RIGHT.replace('mode == "max"', "is_max(mode)"), helper),
        "broken": ("def global_pool(images, mode)", "global_pool(x, mode='max')", ""),
        "vision": (vision + RIGHT, "", ""),
        "cuda": (RIGHT.replace("images.m", "torch.tensor(1).cuda().m"), "", ""),
        "at-top": (f"import torch\nx = torch.ones(1).cuda()\n{RIGHT}", "", ""),
    }
    for name, (answer, below, further) in found.items():
        content = solved(POOLING, **{STUB: answer})
        places = [cell["id"] for cell in content["cells"]]
        for place, source in ((CHECKED, further), (STUB, below)):
            own = {"cell_type": "code", "id": f"own-{place}", "source": source}
            content["cells"].insert(places.index(place) + 1, {**own, "metadata": {}})
        hand_in(folder, f"{name}/pooling.ipynb", content)
    old = {"nbformat": 3, "worksheets": [{"cells": []}]}
    hand_in(folder, "old/pooling.ipynb", old)
    return {name: row for (name, _, n), row in graded(folder)[1].items() if n == 2}


@pytest.mark.parametrize("name", ["again", "later", "helped", "vision"])
def test_the_last_answer_above_the_check_counts(one_chapter, name):
    assert one_chapter[name]["status"] == "right", one_chapter[name]["words"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", "SyntaxError"),
        ("cuda", "graded on the processor: use the device that is given"),
        ("at-top", "graded on the processor: use the device that is given"),
        ("old", "format 3, which is too old: open it in Jupyter and save it"),
    ],
)
def test_says_what_to_do_about_it(one_chapter, name, words):
    assert words in one_chapter[name]["words"]


def test_what_moodle_and_browsers_add_to_a_name_goes():
    moodle = "An Lee_42_assignsubmission_file_/05_pooling.ipynb"
    names = moodle, "pooling-kim (1).ipynb", "07/05_pooling-Copy1.ipynb"
    found = [tool.student(Path(name), POOLING) for name in names]
    assert found == ["An_Lee_42", "kim", "07"]
    assert tool.student(Path("05_pooling (1).ipynb"), POOLING) == "05_pooling (1).ipynb"


def test_works_where_processes_cannot_fork(tmp_path):
    hand_in(tmp_path / "all", "pooling-kim.ipynb", solved(POOLING, **{STUB: RIGHT}))
    code = "import tools.grade as g; g.FORKS, g.START = False, 200"
    output, rows = graded(tmp_path / "all", code=code)
    assert rows["kim", "pooling", 2]["status"] == "right"
    assert f"1 of {len(POOLING.cards)}" in output


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_names_and_marks_that_cannot_be_printed_cost_no_grades(tmp_path):
    for name in ("민지", os.fsdecode("민지".encode("cp949"))):
        hand_in(tmp_path / "all", f"{name}/pooling.ipynb", HANDED_OUT)
    (tmp_path / "grades.csv").write_text("older")
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    output, rows = graded(tmp_path / "all", env=env)
    assert {name for name, *_ in rows} == {"민지", r"\udcb9\udcce\udcc1\udcf6"}
    assert r"\u2713 right" in output
    assert {path.name for path in tmp_path.iterdir()} == {"all", "grades.csv"}


@pytest.mark.parametrize(
    "word",
    ["--jobs=0", "--seconds=0", "--seconds=nan", "--csv=x/y", "--csv=.", "nowhere"],
)
def test_what_cannot_be_is_told_before_the_work(word, tmp_path, monkeypatch, capsys):
    hand_in(tmp_path, "pooling.ipynb", "{}")
    monkeypatch.setattr(tool, "grade", None)
    with pytest.raises(SystemExit, match="2"):
        tool.main([str(tmp_path), word] if word[0] == "-" else [word])
    assert word.partition("=")[0] in capsys.readouterr().err.splitlines()[-1]


def test_magics_do_nothing_and_all_else_is_what_jupyter_runs():
    cell = "%%time\nx = (\n    7\n    % 2\n)\ntext = '''\n%matplotlib\n'''\nx?\n!ls"
    exec(python(cell), scope := {})
    assert (scope["x"], scope["text"]) == (1, "\n%matplotlib\n")


def test_what_is_not_graded_is_said(tmp_path, monkeypatch):
    def closed(path, look=os.scandir):
        if str(path).endswith("lee"):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    for name in ("kim/a.ipynb", "kim/\x1b[1m.ipynb", ".yoon/a.ipynb", "lee/a.ipynb"):
        hand_in(tmp_path, name, "{\n<<<<<<< HEAD\n")
    (tmp_path / "han").symlink_to(tmp_path / "kim")
    monkeypatch.setattr(os, "scandir", closed)
    found, said = tool.collected(tmp_path)
    words = "\n".join([tool.table(found), *said])
    for part in ("merge conflict", "han is a link", "a.ipynb is hidden", "denied: '"):
        assert part in words
    assert words.count("kim") == 4 and "\x1b" not in words
    gone = tool.Submission("a.ipynb", "kim", None, [], "", b"content")
    assert "put back" not in tool.put_back(tmp_path / "kim" / "a.ipynb", [gone])[0]


def test_an_empty_folder_is_said(tmp_path):
    command = [sys.executable, "-m", "tools.grade", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1 and "holds no notebook" in run.stderr


def test_cells_that_define_names_are_those_that_are_needed():
    cells = ["a = 1", "b = a", "a = 2", "def f():\n    c = 1\n    return d", "c = 3"]
    assert needed(cells, {"b"}) == ["a = 1", "b = a"]
    assert needed(cells, {"f"}) == ["def f():\n    c = 1\n    return d"]
    assert needed(cells, {"a"}) == ["a = 2"]
    assert names("def f(x):\n    return x + y") == ({"f"}, {"y"})
