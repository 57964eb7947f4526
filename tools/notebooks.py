"""Run the course's notebooks and keep them in one normal form.

    python tools/notebooks.py run   [NOTEBOOK ...]   execute top to bottom, then write
    python tools/notebooks.py clean [NOTEBOOK ...]   write the normal form, run nothing
    python tools/notebooks.py check [NOTEBOOK ...]   exit 1 and name those clean changes
    python tools/notebooks.py renumber CHAPTER N     make it the Nth, counted from 00

Without names: all of the course. In the normal form the same content is the same file:
nbformat 4.5; valid, unique cell ids; the same count for every cell that ran; no cell
metadata but tags; no widget state, stderr or timing; a badge that opens the notebook in
Colab; and, before the setup cell, the bootstrap cell that installs the course there.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from textwrap import shorten

import nbclient
import nbformat
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from course_utils import __version__
from course_utils.lab import BADGE, read, tags, write_whole

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BRANCH = PROJECT["tool"]["course"]["branch"]
ADDRESS = PROJECT["project"]["urls"]["Repository"]
parts = re.fullmatch(r"(https://github\.com/([\w-]+)/([\w.-]+?))(\.git)?/*", ADDRESS)
if not parts:
    raise SystemExit(f"pyproject.toml: {ADDRESS} is not https://github.com/OWNER/NAME")
REPOSITORY, OWNER, NAME, _ = parts.groups()
SITE = f"https://{OWNER.lower()}.github.io/{NAME}/"
PROMISE = re.compile(r"[Rr]eading takes (\d+) minutes, the exercises (\d+) minutes")
CLONE = f"git clone --branch {BRANCH} {REPOSITORY}\ncd {NAME}\n"

COLAB = "https://colab.research.google.com"
ON_COLAB = f"{COLAB}/github/{OWNER}/{NAME}/blob/{BRANCH}/notebooks"
BOOTSTRAP = f"""\
# On Colab this installs the course. Anywhere else `make lab` has done so.
import sys
from importlib import import_module, util
from subprocess import getoutput

version, tag = "{__version__}", "v{__version__}"
if util.find_spec("course_utils") is None:
    if "google.colab" not in sys.modules:
        raise ImportError("The course is not installed here: open it with `make lab`.")
    course = "{REPOSITORY}"
    found = tag in getoutput(f"git ls-remote {{course}} refs/tags/{{tag}}")
    place = tag if found else "{BRANCH}"
    print(f"The course comes from its {{'tag' if found else 'branch'}} {{place}}.")
    %pip install --quiet --no-deps torchsummary git+{{course}}@{{place}}

installed = import_module("course_utils").__version__
if installed != version:
    print(
        f"The notebook is of version {{version}}, the course of {{installed}}. If a "
        "cell fails, take the notebook anew: `make lab` says how, on Colab the README."
    )"""

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


# ---------------------------------------------------------------- normal form


def normal_form(text: str, file_name: str) -> str:
    """The one spelling of the notebook `text`, kept in notebooks/`file_name`."""
    # reads() of this version upgrades nothing; the general one would invent random ids
    notebook = nbformat.v4.reads(text)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    cells = [cell for cell in notebook.cells if cell.source.strip()]
    place_badge(cells, file_name)
    notebook.cells = place_bootstrap(cells)
    name_cells(notebook.cells)
    for cell in notebook.cells:
        cell.metadata = normal_metadata(cell.metadata)
        if cell.cell_type == "code":
            normalise_run(cell)
    nbformat.validate(notebook)
    return nbformat.v4.writes(notebook).rstrip("\n") + "\n"


def place_badge(cells: list[NotebookNode], file_name: str) -> None:
    """Write the Colab badge into the title cell, at its end if there was none."""
    # Words, not Colab's picture: that would be a broken picture without a network.
    badge = f"[▶ Open in Colab]({ON_COLAB}/{file_name})"
    if cells and cells[0].cell_type == "markdown":
        title, found = BADGE.subn(badge, cells[0].source)
        cells[0].source = title if found else f"{title.rstrip()}\n\n{badge}"


def place_bootstrap(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Write the bootstrap cell right before the setup cell, where there is one."""
    others = [cell for cell in cells if "bootstrap" not in tags(cell)]
    setup = next((i for i, cell in enumerate(others) if "setup" in tags(cell)), None)
    if setup is None:
        return cells
    written = [cell for cell in cells if "bootstrap" in tags(cell)][:1]
    (cell,) = written or [nbformat.v4.new_code_cell(id="bootstrap")]
    cell.update(source=BOOTSTRAP, outputs=[])
    cell.metadata = nbformat.from_dict({"tags": ["bootstrap"]})
    return [*others[:setup], cell, *others[setup:]]


def normal_metadata(metadata: NotebookNode) -> NotebookNode:
    """Tags, nbgrader's entry, and whether the source is folded; nothing else."""
    kept = {key: metadata[key] for key in ("tags", "nbgrader") if metadata.get(key)}
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    return nbformat.from_dict(kept)


def name_cells(cells: list[NotebookNode]) -> None:
    """Keep each valid id that is not taken yet; make the others from the content."""
    taken = set()
    for cell in cells:
        made = (sha256(f"{cell.source}{n}".encode()).hexdigest()[:8] for n in count())
        ids = chain([cell.get("id", "")], made)
        cell.id = next(i for i in ids if CELL_ID.fullmatch(i) and i not in taken)
        taken.add(cell.id)


def normalise_run(cell: NotebookNode) -> None:
    """Count every run as 1: running counts collide where two people insert cells."""
    was_run = cell.get("execution_count") is not None
    cell.execution_count = 1 if was_run else None
    cell.outputs = normal_outputs(cell.get("outputs", []))
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count


def normal_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Drop stderr, join stdout that follows stdout, and normalise each of the rest."""
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.get("name") == "stderr":
            continue
        if kept and output.get("name") == kept[-1].get("name") == "stdout":
            kept[-1].text += output.text
        elif output.output_type in ("stream", "error") or show_without_kernel(output):
            kept.append(output)
        if output.output_type == "error":
            drop_foreign_frames(output)
    return kept


def show_without_kernel(output: NotebookNode) -> bool:
    """Drop what only the widget's own kernel can show; is a picture or text left?"""
    output.metadata.pop(WIDGET_VIEW, None)
    is_widget = output.data.pop(WIDGET_VIEW, None) is not None
    # A widget's text is what it said when it appeared: a progress bar's is "0%".
    return bool(output.data.keys() - ({"text/plain"} if is_widget else set()))


def drop_foreign_frames(error: NotebookNode) -> None:
    """Keep the frames of the notebook itself: others name this machine's folders."""
    frames = [re.sub(r"In\[\d+\]", "In[1]", frame) for frame in error.traceback]
    error.traceback = [f for f in frames if not ANSI.sub("", f).startswith("File ")]


# ---------------------------------------------------------------- files


def unreadable(path: Path) -> str | None:
    """Say why a path leads to no notebook."""
    if not path.is_file():
        return f"{path} is no file; give notebooks as notebooks/NN_NAME.ipynb"
    why = "a merge conflict" if b"<<<<<<< " in path.read_bytes() else "is it cut short?"
    return None if read(path) else f"{path} cannot be read as a notebook: {why}"


def run(path: Path) -> str | None:
    """Execute a notebook in its folder and write it; a failure leaves it as it was."""
    clean_text = normal_form(path.read_text(encoding="utf-8"), path.name)
    notebook = nbformat.reads(clean_text, as_version=4)
    if problem := execute(notebook, path):
        return problem
    text = normal_form(nbformat.v4.writes(notebook), path.name)
    write_whole(path, text.encode())
    print(f"{path}: ran and written", *changed_outputs(clean_text, text), sep="\n")
    return None


def execute(notebook: NotebookNode, path: Path) -> str | None:
    """Execute a notebook in the folder of `path`; name the cell that failed."""
    started = []
    try:
        nbclient.execute(
            notebook,
            cwd=str(path.parent),
            on_cell_start=lambda cell, cell_index: started.append(cell_index),
        )
    except (CellExecutionError, DeadKernelError) as error:
        number, cell = started[-1], notebook.cells[started[-1]]
        return f"{path}: cell {number + 1} ({cell.id}) failed\n{cell.source}\n\n{error}"
    return None


def changed_outputs(before: str, after: str) -> Iterator[str]:
    """Name each cell whose output changed, and what is written right after it."""
    outputs = {cell.id: cell.get("outputs") for cell in nbformat.v4.reads(before).cells}
    cells = nbformat.v4.reads(after).cells
    for cell, following in zip(cells, [*cells[1:], None]):
        if cell.get("outputs") != outputs[cell.id]:
            is_read = following and following.cell_type == "markdown"
            words = shorten(following.source, 200) if is_read else "nothing"
            yield f"  changed: {cell.id}: {cell.source.splitlines()[0]}"
            yield f"    after it: {words}"


def clean(path: Path) -> None:
    """Write a notebook in the normal form."""
    text = normal_form(path.read_text(encoding="utf-8"), path.name)
    write_whole(path, text.encode())


def check(path: Path) -> str | None:
    """Name the notebook if it is not in the normal form."""
    text = path.read_bytes().decode("utf-8")
    is_normal = normal_form(text, path.name) == text
    return None if is_normal else f"{path}: not in the normal form; run `make format`"


def follow_address(root: Path = ROOT) -> None:
    """Let pages say where pyproject.toml says the course is: the README knows where."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    told = re.search(r"git clone --branch \S+ (\S+)\ncd .+\n", readme)
    kinds = "*.md", "*.cff", ".github/**/*.yml", "notebooks/*.ipynb"
    for page in [p for kind in kinds for p in root.glob(kind)] if told else ():
        text = page.read_text(encoding="utf-8")
        moved = text.replace(told[0], CLONE).replace(told[1], REPOSITORY)
        moved = re.sub(r"(?m)^    branches: .*", f'    branches: ["{BRANCH}"]', moved)
        if page.name == "README.md":
            moved = with_rows(moved, root)
        if moved != text:
            write_whole(page, moved.encode())


def with_rows(readme: str, root: Path) -> str:
    """Let the README lead to the site; a row has its notebook's minutes and places."""
    readme = re.sub(r"(?m)(?<=^\[Read it on the web\]\()\S+(?=\))", SITE, readme)
    for path in root.glob("notebooks/*.ipynb"):
        row = rf"(?m)^(\| \[[^]]+\]\(notebooks/{path.name}\) \|[^|\n]*\|).*$"
        page, colab = f"{SITE}notebooks/{path.stem}.html", f"{ON_COLAB}/{path.name}"
        if told := PROMISE.search(path.read_text(encoding="utf-8")):
            rest = f"{told[1]} + {told[2]} | [page]({page}), [Colab]({colab}) |"
            readme = re.sub(row, rf"\1 {rest}", readme)
    return readme


# ---------------------------------------------------------------- numbers


def renumber(chapter: str, number: int, root: Path = ROOT) -> None:
    """Give a chapter another number; those between move on by one, and links follow."""
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    chapters = [path.stem.partition("_")[2] for path in paths]
    if chapter not in chapters or not 0 <= number < len(chapters):
        raise SystemExit(
            f"there is no chapter {chapter!r} to make number {number}; give one of "
            f"{', '.join(chapters)}, and a number from 0 to {len(chapters) - 1}"
        )
    old = dict(zip(chapters, paths))
    chapters.remove(chapter)
    chapters.insert(number, chapter)
    new = {old[c].name: f"{place:02d}_{c}.ipynb" for place, c in enumerate(chapters)}
    name = re.compile("|".join(map(re.escape, new)))
    for path in [*paths, *root.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        text = in_order(name.sub(lambda found: new[found[0]], text))
        write_whole(path, text.encode())
    for path in paths:  # Through names that nothing has: 04 may be taken by 05 yet.
        path.rename(path.with_suffix(".moving"))
    for path in paths:
        path.with_suffix(".moving").rename(path.with_name(new[path.name]))
    follow_address(root)
    changed = [f"{a} → {b}" for a, b in new.items() if a != b]
    print(*changed, "Now read the sections “Next”: `make unit` names those.", sep="\n")


def in_order(text: str) -> str:
    """Sort the rows of a table that lists the notebooks by their numbers."""
    row = r"\| \[[^\n]*?\]\(notebooks/\d\d_[^\n]*\n"

    def by_number(table: re.Match) -> str:
        rows = table[0].splitlines(keepends=True)
        return "".join(sorted(rows, key=lambda r: r.partition("](notebooks/")[2]))

    return re.sub(rf"(?:^{row})+", by_number, text, flags=re.MULTILINE)


def main() -> str | None:
    """Do one thing to each notebook, and say which of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    actions = {"run": run, "clean": clean, "check": check}
    parser.add_argument("action", choices=[*actions, "renumber"])
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK")
    arguments = parser.parse_args()
    if arguments.action == "renumber":
        if [word.isdecimal() for word in arguments.names] != [False, True]:
            return "give a chapter and its new number, as in renumber pooling 7"
        chapter, number = arguments.names
        return renumber(chapter, int(number))
    if arguments.action == "clean" and not arguments.names:
        follow_address()
    paths = arguments.names or sorted((ROOT / "notebooks").glob("*.ipynb"))
    action = actions[arguments.action]
    problems = [unreadable(path) or action(path) for path in map(Path, paths)]
    return "\n\n".join(filter(None, problems)) or None


if __name__ == "__main__":
    sys.exit(main())
