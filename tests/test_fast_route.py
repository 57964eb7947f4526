"""The fast route in *Start here* leads through sections that exist, in five hours."""

import ast
import builtins
import re

from notebook_reader import NOTEBOOKS, minutes_of, python, tags

LESSONS = {lesson.path.name: lesson for lesson in NOTEBOOKS}
ROW = re.compile(
    r"^\| \[.+?\]\((.+?)\) \| (.+?) \| ([\d, ]+) \| (\d+) \|$", re.MULTILINE
)
NAMED = ast.FunctionDef | ast.ClassDef | ast.ExceptHandler


def rows():
    """Each notebook on the route: sections, numbers of exercises, and minutes."""
    (cell,) = [c for c in NOTEBOOKS[0].cells if "### The fast route" in c.source]
    for name, sections, exercises, minutes in ROW.findall(cell.source):
        numbers = [int(number) for number in exercises.split(", ")]
        yield LESSONS[name], sections.split("; "), numbers, int(minutes)


def chosen(lesson, numbers):
    return [e for n, e in enumerate(lesson.exercises, start=1) if n in numbers]


def cells_of(lesson):
    """The cells of each section, by its heading."""
    found = {}
    for cell in lesson.cells:
        if heading := re.match(r"## (.+)", cell.source):
            section = found[heading[1]] = []
        if found:
            section.append(cell)
    return found


def test_its_sections_are_there_and_hold_its_exercises():
    for lesson, sections, numbers, _ in rows():
        found, order = cells_of(lesson), [*cells_of(lesson)]
        missing = [section for section in sections if section not in found]
        assert not missing, f"{lesson.path.name} has no section {missing}"
        assert sections == sorted(sections, key=order.index), lesson.path.name
        texts = "\n".join(cell.source for s in sections for cell in found[s])
        for number in numbers:
            assert f"### Exercise {number}:" in texts, (lesson.path.name, number)


def test_its_cells_need_no_others():
    for lesson, sections, _, _ in rows():
        cells = [c for s in ["Setup", *sections] for c in cells_of(lesson)[s]]
        sources = [python(c.source) for c in cells if c.cell_type == "code"]
        nodes = [*ast.walk(ast.parse("\n".join(sources)))]
        names = [n for n in nodes if isinstance(n, ast.Name)]
        bound = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        bound |= {n.name for n in nodes if isinstance(n, NAMED)}
        bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        aliases = [n for n in nodes if isinstance(n, ast.alias)]
        bound |= {(n.asname or n.name).partition(".")[0] for n in aliases}
        left = {n.id for n in names} - {*dir(builtins)} - bound
        assert not left, f"{lesson.path.name}: skipped cells define {left}"


def test_it_takes_the_minutes_that_it_promises_and_less_than_five_hours():
    total = 0
    for lesson, sections, numbers, promised in rows():
        cells = [c for s in ["Setup", *sections] for c in cells_of(lesson)[s]]
        cells = [c for c in cells if not {"exercise", "solution"} & {*tags(c)}]
        minutes = minutes_of(cells) + sum(e.minutes for e in chosen(lesson, numbers))
        near = abs(promised - minutes) <= 0.15 * minutes
        assert near, f"{lesson.path.name}: {minutes:.0f} minutes, not {promised}"
        total += promised
    assert 0 < total <= 300


def test_it_ends_with_the_learners_own_loop():
    *_, (lesson, _, numbers, _) = rows()
    checks = {exercise.check_name for exercise in chosen(lesson, numbers)}
    assert "check_train_one_epoch" in checks
