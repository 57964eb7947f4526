"""The measurements that ``benchmarks/`` made and that ship with the course."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

FOLDER = Path(__file__).parent / "assets" / "results"


def read_result(name: str) -> dict[str, Any]:
    """Return one set of measurements.

    Parameters
    ----------
    name
        Of the script in ``benchmarks/`` that made it, such as ``"fashion_mnist"``.

    Returns
    -------
    dict
        With the keys ``command``, ``data``, ``hardware``, ``versions`` and what the
        script measured.

    Raises
    ------
    FileNotFoundError
        If there is no such result.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json"))) or "none"
        raise FileNotFoundError(
            f"no result is called {name!r}; there are: {known}. "
            f"python benchmarks/{name}.py would make it, if that script exists."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def mean_and_spread(fractions: Sequence[float]) -> str:
    """Write the mean and the standard deviation of fractions as percentages.

    Parameters
    ----------
    fractions
        One for each seed. One seed alone has no spread.

    Returns
    -------
    str

    Examples
    --------
    >>> mean_and_spread([0.89, 0.90, 0.91])
    '90.0 ± 1.0 %'
    """
    if len(fractions) == 1:
        return f"{100 * fractions[0]:.1f} % (one seed)"
    return f"{100 * mean(fractions):.1f} ± {100 * stdev(fractions):.1f} %"


class Table:
    """Rows of named cells that a notebook shows as a table.

    Parameters
    ----------
    rows
        Column name → cell; the same columns in each row.

    Examples
    --------
    >>> print(Table([{"network": "ANN", "epochs": 15}]))
    | network | epochs |
    |---|---|
    | ANN | 15 |
    """

    def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
        self.rows = list(rows)

    def __repr__(self) -> str:
        """Return the table in Markdown."""
        lines = [list(self.rows[0]), *(row.values() for row in self.rows)]
        head, *body = (f"| {' | '.join(map(str, line))} |" for line in lines)
        return "\n".join([head, "|" + "---|" * len(self.rows[0]), *body])

    def _repr_markdown_(self) -> str:
        return repr(self)
