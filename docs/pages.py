"""Make the site's pages of the course's own, while Sphinx reads them."""

import ast
import json
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from textwrap import shorten

from course_utils import chapters
from course_utils.kit.export import Export, starts
from tools.exercises import lessons, python, tags
from tools.notebooks import BRANCH, ON_COLAB, REPOSITORY, SITE

LINK = re.compile(r"(?<=\]\()([^)\s:#]+)((?:#[^)\s]*)?)(?=\))")
CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.M | re.S)
CALL = re.compile(r"(\w+)_explorer\(")
PLACE = re.compile(r'<div data-explorer="(\w+)"></div>')
STUB = "*Write your answer in JupyterLab or [Colab]({}): on this page no cell runs.*"
STILL = "<p><em>This picture moves in JupyterLab and Colab.</em></p>"
SECTION = "## {0}\n\n```{{eval-rst}}\n.. automodule:: {0}\n   :members: {1}\n```\n"
FOLDED = {"bootstrap": "For Colab: install the course", "setup": "Imports"}
EXPORTS = {}  # name → what a page shows first, and the script with all states


def setup(app):
    """Hook in where Sphinx starts, reads each page, and ends."""
    app.connect("builder-inited", draw_explorers)
    app.connect("source-read", read)
    app.connect("build-finished", write_scripts)


# ------------------------------------------------------------------------- explorers


def draw_explorers(app):
    # Not forked: PyTorch's threads would wait for ever.
    with ProcessPoolExecutor(app.parallel, get_context("spawn")) as pool:
        names = starts(chapters)
        drawn = zip(names, pool.map(drawn_states, names))
        EXPORTS.update({name: pair for name, pair in drawn if pair})


def drawn_states(name):
    export = Export(starts(chapters)[name])
    return (export.page(name), export.script(name)) if export.is_alive else None


def write_scripts(app, error):
    static = Path(app.outdir, "_static")
    for template in static.glob("*macros.html"):  # the theme's, and no page
        template.unlink()
    folder = static / "explorers"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, script) in EXPORTS.items():
        (folder / f"{name}.js").write_text(script, encoding="utf-8")


# ------------------------------------------------------------------------- pages


def read(app, name, source):
    """Change the text of a page before it is parsed."""
    if name.startswith("notebooks/"):
        source[0] = json.dumps(lesson(app, name, json.loads(source[0])))
    else:
        text = source[0].replace("{{ library }}", library())
        text = text.replace("{{ notebooks }}", table())
        text = PLACE.sub(lambda found: EXPORTS[found[1]][0], text)
        source[0] = linked(app, name, text)


def lesson(app, name, notebook):
    """Fold what is no lesson, say where answers are written, let explorers move."""
    notebook["metadata"]["language_info"]["pygments_lexer"] = "ipython3"
    cells = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = linked(app, name, source)
        else:
            if "stub" in tags(cell):
                words = STUB.format(f"{ON_COLAB}/{Path(name).name}.ipynb")
                cells.append({"cell_type": "markdown", "metadata": {}, "source": words})
            kind = next((tag for tag in tags(cell) if tag in FOLDED), "")
            if kind or cell["metadata"].get("jupyter"):
                cell["metadata"]["tags"] = [*tags(cell), "hide-input"]
            look = {"code_prompt_show": FOLDED.get(kind, "Show the code")}
            cell["metadata"]["mystnb"] = look
            pictures = [o for o in cell["outputs"] if "image/png" in o.get("data", {})]
            for output in pictures:
                shown(cell, source, output)
        cells.append(cell)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return notebook | {"cells": cells}


def shown(cell, source, output):
    """Give a picture words, or an explorer its controls."""
    said = "".join(output["data"].get("text/plain", ""))
    if explorer := CALL.search(source):
        if explorer[1] in EXPORTS:
            html = EXPORTS[explorer[1]][0]
            output["data"] = {"text/html": html}
            return
        said = f"{said.partition(':')[0]}, a still picture"
        still = {"output_type": "display_data", "metadata": {}}
        cell["outputs"].append(still | {"data": {"text/html": STILL}})
    elif said.startswith("<"):
        code = ast.parse(python(source)).body[-1]
        said = f"drawn by {shorten(ast.unparse(code), 120)}"
    cell["metadata"]["mystnb"]["image"] = {"alt": said}


def linked(app, name, text):
    """Let links to files that are no page of the site lead to the repository."""

    def moved(found):
        target = (Path("/", name).parent / found[1]).resolve().relative_to("/")
        is_page = target.with_suffix("").as_posix() in app.env.found_docs
        is_here = is_page or target.suffix == ".png"
        return found[0] if is_here else f"{REPOSITORY}/blob/{BRANCH}/{target}{found[2]}"

    # Where Markdown holds HTML, no link is followed for us.
    text = re.sub(r'(href="\w+)\.ipynb', r"\1.html", text)
    parts = CODE.split(text)
    parts[::2] = [LINK.sub(moved, part) for part in parts[::2]]
    return "".join(parts)


def table():
    """Return the README's table of notebooks, with no way to the page one is on."""
    text = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:notebook |\[.*\(notebooks/).*\n(?:\|-.*\n)?", text, re.M)
    return re.sub(rf"\[page\]\({SITE}\S+, ", "", "".join(rows))


def library():
    """List what notebooks import from the library, module by module."""
    found = {}
    for lesson in lessons():
        (setup,) = (c["source"] for c in lesson.cells if "setup" in tags(c))
        for node in ast.parse(python(setup)).body:
            module = getattr(node, "module", "") or ""
            if module.startswith("course_utils.") and module.count(".") == 1:
                found.setdefault(module, set()).update(name.name for name in node.names)
    listed = [(module, ", ".join(sorted(found[module]))) for module in sorted(found)]
    return "\n".join(SECTION.format(*pair) for pair in listed)
