"""Write WORDS.md, the page of words and formulas, from the notebooks' own cells."""

import re
from collections.abc import Iterator

from tools.exercises import ROOT, Lesson, lessons, tags

PAGE = ROOT / "WORDS.md"
HEAD = """\
# Words and formulas

What the notebooks explain, in their own words, with the notebook where each first
comes up. `make format` writes this page.
"""
ROW = re.compile(r"^\|([^|]+)\|([^|]*[가-힣][^|]*)\|(.+)\|$", re.MULTILINE)
FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def page() -> str:
    """The whole page: words by the alphabet, formulas in the order of the lessons."""
    found = {}
    for lesson in lessons():
        for columns in ROW.findall(_words(lesson)):
            english, korean, meaning = map(str.strip, columns)
            row = f"| {english} | {korean} | {meaning} | {_link(lesson)} |"
            found.setdefault(english.casefold(), row)
    table = ["| English | Korean | meaning | explained in |", "|---|---|---|---|"]
    table += [found[word] for word in sorted(found, key=lambda w: w.strip("`*"))]
    formulas = [text for lesson in lessons() for text in _formulas(lesson)]
    blocks = [HEAD, "## Words\n", "\n".join(table) + "\n", "## Formulas\n", *formulas]
    return "\n".join(blocks)


def _words(lesson: Lesson) -> str:
    for cell in lesson.cells:
        if not cell["is_code"] and cell["source"].startswith("## Words"):
            return cell["source"]
    raise SystemExit(f"error: {lesson.path} has no section ## Words: write one")


def _formulas(lesson: Lesson) -> Iterator[str]:
    heading = ""
    for cell in lesson.cells:
        if cell["is_code"] or "exercise" in tags(cell):
            continue
        for part in re.split(r"(?=^#)", cell["source"], flags=re.MULTILINE):
            heading = (HEADING.findall(part) or [heading])[0]
            for formula in FORMULA.findall(part):
                yield f"*{heading}*, {_link(lesson)}:\n\n$${formula}$$\n"


def _link(lesson: Lesson) -> str:
    title = HEADING.findall(lesson.cells[0]["source"])[0]
    return f"[{title}](notebooks/{lesson.path.name})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
