"""Change every printed solution a little, and see whether its check notices.

    PYTHONPATH=. python tests/mutants.py [EXERCISE ...]

prints each mutant that a check calls right, and each on which a check itself fails;
exit 1 if there is one that its chapter's answers do not list as the SAME.
Words pick exercises by the beginning of their names. `make mutants` runs them all.
"""

import ast
import copy
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest

from chapter_tables import equivalent
from notebook_reader import EXERCISES, Exercise, run_answer

EITHER_WAY = [(ast.Add, ast.Sub), (ast.Lt, ast.LtE), (ast.Gt, ast.GtE)]
EITHER_WAY += [(ast.Eq, ast.NotEq), (ast.Is, ast.IsNot)]
OPERATORS = {a: b for pair in EITHER_WAY for a, b in (pair, pair[::-1])}
OPERATORS |= {ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Div}
OPERATORS |= {ast.Pow: ast.Mult, ast.Mod: ast.Mult}
NAMES = {"max": "min", "min": "max", "mean": "sum", "sum": "mean", "zeros": "ones"}
NAMES |= {"train": "eval", "eval": "train", "var": "std", "sqrt": "square"}
NAMES |= {"argmax": "argmin"}
OPPOSITE = {ast.And: ast.Or, ast.Or: ast.And}
# Whose two arguments may change places.
EVEN = "allclose", "cosine", "equal", "maximum", "minimum", "result_type"
Change = Callable[[ast.AST], None]


def changes(node: ast.AST) -> Iterator[Change]:
    """Small changes of one node."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in OPERATORS:
            yield lambda n: setattr(n, "op", OPERATORS[type(n.op)]())
        case ast.Compare(ops=[op, *_]) if type(op) in OPERATORS:
            yield lambda n: n.ops.__setitem__(0, OPERATORS[type(n.ops[0])]())
        case ast.Constant(value=bool()):
            yield lambda n: setattr(n, "value", not n.value)
        case ast.Constant(value=int()):
            yield lambda n: setattr(n, "value", n.value + 1)
        case ast.Constant(value=float()):
            yield lambda n: setattr(n, "value", 2 * n.value + 0.1)
        case ast.Attribute(attr=name) if name in NAMES:
            yield lambda n: setattr(n, "attr", NAMES[n.attr])
        case ast.UnaryOp(op=ast.USub()):
            yield lambda n: setattr(n, "op", ast.UAdd())
        case ast.Call(keywords=keywords):
            for i in range(len(keywords)):
                yield lambda n, i=i: n.keywords.pop(i)
    for block in ("body", "orelse"):
        statements = getattr(node, block, None)
        if isinstance(statements, list) and not isinstance(node, ast.Module):
            for i, statement in enumerate(statements):
                if is_step(statement):
                    yield lambda n, i=i, b=block: getattr(n, b).__setitem__(
                        i, ast.Pass()
                    )


def more_changes(node: ast.AST) -> Iterator[Change]:
    """Those that only functions and classes get: of an example they make another."""
    match node:
        case ast.Constant(value=int()) if not isinstance(node.value, bool):
            yield lambda n: setattr(n, "value", n.value - 1)
        case ast.BoolOp():
            yield lambda n: setattr(n, "op", OPPOSITE[type(n.op)]())
        case ast.If() | ast.IfExp() | ast.While():
            yield lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
        case ast.Slice():
            for end in ("lower", "upper", "step"):
                yield lambda n, end=end: setattr(n, end, None)
        case ast.Call(args=[_, _, *_]) if not ast.unparse(node.func).endswith(EVEN):
            yield lambda n: n.args.__setitem__(slice(2), n.args[1::-1])
        case ast.For() | ast.While():
            yield lambda n: n.body.append(ast.Break())
        case ast.BinOp():
            yield lambda n: become(n, n.left)
            yield lambda n: become(n, n.right)


def become(node: ast.AST, other: ast.AST) -> None:
    node.__class__, node.__dict__ = type(other), vars(other)


def is_step(statement: ast.stmt) -> bool:
    """Does it do something by itself, so that it can be left out?"""
    if isinstance(statement, ast.AugAssign):
        return True
    is_call = isinstance(statement, ast.Expr)
    return is_call and not isinstance(statement.value, ast.Constant)


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Each mutant: in words, ``"right line → wrong line"``, and its source."""
    tree = ast.parse(source)
    original = ast.unparse(tree)
    kinds = ast.FunctionDef | ast.ClassDef
    is_example = not any(isinstance(node, kinds) for node in tree.body)
    for place, node in enumerate(ast.walk(tree)):
        for change in [*changes(node), *(() if is_example else more_changes(node))]:
            twin = copy.deepcopy(tree)
            change([*ast.walk(twin)][place])
            code = ast.unparse(ast.fix_missing_locations(twin))
            if code != original:
                yield in_words(original, code), code


def in_words(right: str, wrong: str) -> str:
    """The first line that differs, before and after."""
    pairs = zip_longest(right.splitlines(), wrong.splitlines(), fillvalue="")
    return next(f"{a.strip()} → {b.strip()}" for a, b in pairs if a != b)


def judged(exercise: Exercise) -> tuple[str, int, list[str], list[str]]:
    """An exercise's name, its mutants, which of them pass, where the check fails."""
    count, passing, failing = 0, [], []
    for words, code in mutants(exercise.solution_code):
        count += 1
        try:
            namespace = run_answer(exercise, code)
        except Exception:
            continue  # The learner's own cell fails, and says so.
        try:
            status = exercise.verdict_in(namespace).status
        except Exception as error:
            failing.append(f"{words}: {type(error).__name__}: {error}")
        else:
            if status == "right":
                passing.append(words)
    return exercise.name, count, passing, failing


def main(wanted: list[str]) -> int:
    """Judge all, and tell what no table explains."""
    exercises = [e for e in EXERCISES if e.name.startswith(tuple(wanted or [""]))]
    began, total, listed, faults = time.time(), 0, 0, 0
    with ProcessPoolExecutor(2) as pool:
        results = pool.map(judged, exercises)
        for exercise, (name, count, passing, failing) in zip(exercises, results):
            known = equivalent(exercise)
            print(f"{name}: {count} mutants, {len(passing)} pass", flush=True)
            for words in passing:
                print(f"    passes: {words}  # {known.get(words, 'NOT LISTED')}")
            for words in failing:
                print(f"    THE CHECK FAILS: {words}")
            for words in known.keys() - set(passing):
                print(f"    LISTED, BUT DOES NOT PASS: {words}")
            total, listed = total + count, listed + len(passing)
            faults += len(failing) + len(known.keys() ^ set(passing))
    seconds = time.time() - began
    print(f"{total} mutants, {listed} pass, {faults} faults, {seconds:.0f} s")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
