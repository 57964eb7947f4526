"""Copies of the notebooks that are the learner's own: nothing here overwrites them.

A copy is known by its chapter's name: 04_pooling.ipynb stays that of 07_pooling.ipynb.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import normalize
from urllib.parse import quote, unquote

BADGE = re.compile(r"^\[▶ Open in Colab\].*$", re.MULTILINE)
OWN_CODE = "my_code"  # what the learner wrote, kept for later notebooks
NUMBER = re.compile(r"\d+_(?=[^\s/]+\.ipynb)")
LINK = re.compile(r"(?<=\]\()[^()/\s]+\.ipynb")


def make_copies(originals: Path, folder: Path) -> Path:
    """Copy what `folder` lacks, say which copies are behind, and return the first."""
    paths = notebooks_in(originals)
    copies = {chapter(path): path for path in notebooks_in(folder)}
    (folder / OWN_CODE).mkdir(parents=True, exist_ok=True)
    links = {p.name: copies[chapter(p)].name for p in paths if chapter(p) in copies}
    for path in paths:
        course, found = versions(path)
        prints = [fingerprint(course), fingerprint(found)]
        if copy := copies.get(chapter(path)):
            print(end=news(copy, path, *prints))
            continue
        for cell in course["cells"]:
            if "outputs" in cell:
                cell.update(outputs=[], execution_count=None)
        found["metadata"]["made_from"] = prints
        write(folder / path.name, found, links)
        yours = "" if found is course else ", with your changes"
        print(f"{folder.name}/{path.name}: copied{yours}")
    return folder / links.get(paths[0].name, paths[0].name)


def notebooks_in(folder: Path) -> list[Path]:
    """Return the notebooks of a folder in their order, hidden files left out."""
    return sorted(folder.glob("[!.]*.ipynb"))


def chapter(path: Path) -> str:
    """Return a notebook's name without its number, spelt alike on every system."""
    return normalize("NFC", re.sub(r"^\d+_", "", path.stem)).casefold()


def versions(path: Path) -> tuple[dict, dict]:
    """Return an original as committed, and as found: one object where they agree."""
    content = committed = path.read_bytes()
    command = ["git", "-C", path.parent, "show", f"HEAD:./{path.name}"]
    with suppress(OSError, subprocess.CalledProcessError):  # no git, or not in its care
        committed = subprocess.run(command, capture_output=True, check=True).stdout
    course, found = parse(committed), parse(content)
    if course is None:
        raise ValueError(f"{path} cannot be read as a notebook: get it again")
    if found is None:
        print(f"{path} cannot be read as a notebook; what was committed counts.")
    return course, course if found in (None, course) else found


def read(path: Path) -> dict | None:
    """Return a notebook, or None for what cannot be read as one."""
    with suppress(OSError):  # a folder, a dead link, or not for this user
        return parse(path.read_bytes())
    return None


def parse(content: bytes) -> dict | None:
    """Return a notebook, or None if something else, as half a file or a conflict."""
    try:
        notebook = json.loads(content)
        fingerprint(notebook)
        return notebook if isinstance(notebook["metadata"], dict) else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def fingerprint(notebook: dict) -> str:
    """Tell versions apart by their cells: outputs, numbers, addresses do not count."""
    cells = [c for c in notebook["cells"] if "bootstrap" not in tags(c)]
    text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return sha256(NUMBER.sub("", BADGE.sub("", text)).encode()).hexdigest()[:16]


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def news(copy: Path, original: Path, committed: str, found: str) -> str:
    """Say, in a line or none, what the course has that a copy was not made from."""
    if (notebook := read(copy)) is None:
        said = "cannot be read as a notebook"
    elif (known := notebook["metadata"].get("made_from")) is None:
        said = "does not say what it was made from, perhaps an older version"
    elif committed not in known:
        said = "the course has a newer version"
    elif found not in known:
        said = f"lacks what has changed in {original.parent.name}/"
    else:
        moved = f"the course has it as {original.name} now; nothing to do.\n"
        return f"{copy.name}: {moved}" if copy.name != original.name else ""
    old = f"{copy.stem}_old.ipynb"
    advice = f"Rename it, to {old} or so, and run this again: a new one is made"
    return f"{copy.name}: {said}. {advice}.\n"


def write(path: Path, notebook: dict, links: dict[str, str]) -> None:
    """Write a copy whose links lead to the other copies."""

    def follow(link: re.Match) -> str:
        return quote(links[n]) if (n := unquote(link[0])) in links else link[0]

    text = LINK.sub(follow, json.dumps(notebook, ensure_ascii=False, indent=1))
    write_whole(path, f"{text}\n".encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
        part = Path(folder, path.name)
        part.write_bytes(content)
        part.replace(path)


# ---------------------------------------------------------------- what is solved


def progress(originals: Path, folder: Path) -> Iterator[str]:
    """Yield a line for each chapter of the course, and one for all together."""
    if not (mine := notebooks_in(folder)):
        said = "holds no notebook" if folder.is_dir() else "is no folder"
        said = said if folder.exists() else "is not there"
        raise ValueError(f"{folder} {said}; give the folder with your notebooks")
    shown = [pair for path in mine for pair in checks(path, read(path)).items()]
    solved = {name for name, outputs in shown if any(map(_says_right, outputs))}
    done = total = 0
    for path in notebooks_in(originals):
        names = checks(path, versions(path)[1])
        right = len(solved & names.keys())
        done, total = done + right, total + len(names)
        yield f"{right} of {len(names)}  {chapter(path)}"
    yield f"You have done {done} of {total} exercises, as the saved notebooks say."


def checks(path: Path, notebook: dict | None) -> dict[tuple[str, str], list[dict]]:
    """Return what each check in a notebook has shown, by its cell's id and code."""
    if notebook is None:
        print(f"{path} cannot be read as a notebook: its exercises do not count.")
        return {}
    cells = [cell for cell in notebook["cells"] if "check" in tags(cell)]
    named = [(c.get("id") or c["metadata"].get("id"), c) for c in cells]  # Colab's, too
    return {(i, "".join(c["source"])): c.get("outputs", []) for i, c in named}


def _says_right(output: dict) -> bool:
    return "".join(output.get("data", {}).get("text/plain", "")).startswith("right: ")
