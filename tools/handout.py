"""Copies of the notebooks for a class: without solutions and without outputs.

    python -m tools.handout [--to FOLDER] [CHAPTER ...]

Ids, tags and the metadata of other tools (nbgrader's, for one) stay as they are; so
`python -m tools.grade` knows the cells again. Without names: every chapter.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

from course_utils.lab import BADGE
from tools.exercises import Lesson, lessons, tags


def handed_out(text: str) -> str:
    """A notebook without solutions, outputs, and the way to the one that has them."""
    notebook = json.loads(text)
    kept = [cell for cell in notebook["cells"] if "solution" not in tags(cell)]
    for cell in kept:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        else:
            cell["source"] = BADGE.sub("", "".join(cell["source"])).rstrip()
    notebook["cells"] = kept
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def objections(lesson: Lesson, target: Path) -> list[str]:
    """Why a lesson cannot be handed out."""
    found = [f"{target} is there, and nothing is overwritten"] * os.path.exists(target)
    for number, place in enumerate(lesson.stubs, 1):
        source = lesson.cells[place]["source"]
        is_function = re.search("^(def|class) ", source, re.MULTILINE)
        stub = "raise NotImplementedError" if is_function else r"\bNone\b"
        if not re.search(stub, source):
            where = f"{lesson.path.name}, exercise {number}"
            found.append(f"{where} holds an answer, where a stub was")
    return found


def main(words: list[str] | None = None) -> int:
    """Write the copies; 1, and none written, if there is something against any."""
    parser = argparse.ArgumentParser("python -m tools.handout", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    names = [lesson.chapter for lesson in lessons()]
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=", ".join(names))
    parser.add_argument("--to", type=Path, default="handout", metavar="FOLDER")
    options = parser.parse_args(words)
    asked = {re.sub(r"^\d+_", "", Path(word).stem) for word in options.chapters}
    if unknown := asked - set(names):
        parser.error(f"no chapter {', '.join(unknown)}; there are {', '.join(names)}")
    chosen = [each for each in lessons() if each.chapter in (asked or names)]
    targets = {lesson: options.to / lesson.path.name for lesson in chosen}
    if problems := [p for pair in targets.items() for p in objections(*pair)]:
        print("error: nothing is handed out", *problems, sep="\n", file=sys.stderr)
        return 1
    try:
        options.to.mkdir(parents=True, exist_ok=True)
        for lesson, target in targets.items():
            text = handed_out(lesson.path.read_text(encoding="utf-8"))
            target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        parser.error(f"--to cannot be written: {error}")
    sys.stdout.reconfigure(errors="backslashreplace")  # into a file on Windows: cp1252
    print(f"{len(chosen)} notebooks without solutions are in {options.to}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
