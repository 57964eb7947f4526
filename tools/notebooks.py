"""Run the course's notebooks and keep them in one normal form.

    python tools/notebooks.py run   [NOTEBOOK ...]   execute top to bottom, then write
    python tools/notebooks.py clean [NOTEBOOK ...]   write the normal form, run nothing
    python tools/notebooks.py check [NOTEBOOK ...]   exit 1 and name those clean changes

Without names: all of the course. In the normal form the same content is the same file:
nbformat 4.5; valid, unique cell ids; runs counted 1..N; no cell metadata but tags; no
widget state, stderr or timing; a badge that opens the notebook in Colab; and, before
the setup cell, the bootstrap cell that installs the course there.
"""

import argparse
import os
import re
import sys
import tomllib
from hashlib import sha256
from itertools import chain, count
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REPOSITORY = PROJECT["project"]["urls"]["Repository"]

COLAB = "https://colab.research.google.com"
BADGE = re.compile(r"^\[▶ Open in Colab\].*$", re.MULTILINE)
BOOTSTRAP = f"""\
# On Colab this installs the course. Anywhere else `make lab` has done so.
import sys
from importlib.util import find_spec

if find_spec("course_utils") is None:
    if "google.colab" not in sys.modules:
        raise ImportError("The course is not installed here: open it with `make lab`.")
    course = "git+{REPOSITORY}"
    %pip install --quiet --no-deps torchsummary {{course}}"""

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
    for cell in notebook.cells:
        cell.metadata = normal_metadata(cell.metadata)
    name_cells(notebook.cells)
    number_runs([cell for cell in notebook.cells if cell.cell_type == "code"])
    nbformat.validate(notebook)
    return nbformat.v4.writes(notebook).rstrip("\n") + "\n"


def place_badge(cells: list[NotebookNode], file_name: str) -> None:
    """Write the Colab badge into the title cell, at its end if there was none."""
    address = REPOSITORY.removeprefix("https://github.com/")
    link = f"{COLAB}/github/{address}/blob/main/notebooks/{file_name}"
    # Words, not Colab's picture: that would be a broken picture without a network.
    badge = f"[▶ Open in Colab]({link})"
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


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def normal_metadata(metadata: NotebookNode) -> NotebookNode:
    """Tags, and whether the source is folded away; nothing else."""
    kept = {"tags": metadata["tags"]} if metadata.get("tags") else {}
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


def number_runs(cells: list[NotebookNode]) -> None:
    """Count the code cells that were run, and put their outputs in normal form."""
    runs = count(1)
    for cell in cells:
        was_run = cell.get("execution_count") is not None
        cell.execution_count = next(runs) if was_run else None
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
    frames = error.traceback
    error.traceback = [f for f in frames if not ANSI.sub("", f).startswith("File ")]


# ---------------------------------------------------------------- files


def write(path: Path, text: str) -> None:
    """Replace the file in one step, so that none is ever half written."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def run(path: Path) -> str | None:
    """Execute a notebook in its folder and write it; a failure leaves it as it was."""
    clean_text = normal_form(path.read_text(encoding="utf-8"), path.name)
    notebook = nbformat.reads(clean_text, as_version=4)
    started = []
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=None,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: started.append(cell_index),
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError) as error:
        number, cell = started[-1], notebook.cells[started[-1]]
        return f"{path}: cell {number + 1} ({cell.id}) failed\n{cell.source}\n\n{error}"
    write(path, normal_form(nbformat.v4.writes(notebook), path.name))
    print(f"{path}: ran and written")
    return None


def clean(path: Path) -> None:
    """Write a notebook in the normal form."""
    write(path, normal_form(path.read_text(encoding="utf-8"), path.name))


def check(path: Path) -> str | None:
    """Name the notebook if it is not in the normal form."""
    text = path.read_bytes().decode("utf-8")
    is_normal = normal_form(text, path.name) == text
    return None if is_normal else f"{path}: not in the normal form; run `make format`"


def main() -> int:
    """Do one thing to each notebook; 1 if any of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("action", choices=("run", "clean", "check"))
    parser.add_argument("notebooks", nargs="*", type=Path)
    arguments = parser.parse_args()
    paths = arguments.notebooks or sorted((ROOT / "notebooks").glob("*.ipynb"))
    action = {"run": run, "clean": clean, "check": check}[arguments.action]
    problems = [problem for path in paths if (problem := action(path))]
    print(*problems, sep="\n\n", file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
