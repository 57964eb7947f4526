"""What ``benchmarks/`` measured and trained, and what ships with the course."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from statistics import mean, stdev
from typing import Any, TypeVar

import torch
from torch import nn

from course_utils.arguments import as_array, as_text, said
from course_utils.models import as_model

ASSETS = Path(__file__).parent / "assets"
RESULTS, WEIGHTS = ASSETS / "results", ASSETS / "weights"

# Mean and deviation of each channel, of the training images of CIFAR-10's JPEG copy:
# what the networks learnt from that ship with the course was shifted and scaled so.
CIFAR10_STATISTICS = torch.tensor([[0.4913, 0.4821, 0.4465], [0.2452, 0.2428, 0.2606]])

Model = TypeVar("Model", bound=nn.Module)


def read_result(name: str) -> dict[str, Any]:
    """Return one set of measurements.

    name: of the script in ``benchmarks/`` that made it, such as ``"fashion_mnist"``.
    The dict has the keys ``command``, ``data``, ``hardware``, ``versions`` and what the
    script measured. FileNotFoundError if there is no such result.
    """
    return json.loads(_shipped(RESULTS, name, ".json").read_text(encoding="utf-8"))


def _shipped(folder: Path, name: str, suffix: str) -> Path:
    """Return a file that ships with the course, and say of none which there are."""
    path = folder / f"{as_text('name', name)}{suffix}"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob(f"*{suffix}"))) or "none"
        text = f"no {folder.name} have the name {name!r}; there are: {known}"
        raise FileNotFoundError(f"{text}. What makes others is in benchmarks/.")
    return path


def mean_and_spread(fractions: Sequence[float]) -> str:
    """Write the mean and the standard deviation of fractions as percentages.

    One seed alone has no spread.

    >>> mean_and_spread([0.89, 0.90, 0.91])
    '90.0 ± 1.0 %'
    """
    fractions = as_array("fractions", fractions, "N")
    if not (fractions.min() >= 0 and fractions.max() <= 1):  # nor is NaN
        raise ValueError(f"fractions are {fractions}; expected numbers from 0 to 1")
    if len(fractions) == 1:
        return f"{100 * fractions[0]:.1f} % (one seed)"
    return f"{100 * mean(fractions):.1f} ± {100 * stdev(fractions):.1f} %"


class Table:
    """Rows of named cells that a notebook shows as a table; the same columns in each.

    TypeError or ValueError if there is no row, or one has other columns.

    >>> print(Table([{"network": "ANN", "epochs": 15}]))
    | network | epochs |
    |---|---|
    | ANN | 15 |
    """

    def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
        self.rows = list(rows) if isinstance(rows, Iterable) else []
        if not self.rows or not all(isinstance(row, Mapping) for row in self.rows):
            raise TypeError(f"rows is {said(rows)}; expected dicts, at least one")
        for row in self.rows:
            if [*row] != [*self.rows[0]]:
                raise ValueError(
                    f"rows have the columns {[*self.rows[0]]}, and {[*row]}; expected "
                    "the same in each"
                )

    def __repr__(self) -> str:
        return self._table(str)

    def _repr_markdown_(self) -> str:
        return self._table(_literal)

    def _table(self, written: Callable[[object], str]) -> str:
        lines = [list(self.rows[0]), *(row.values() for row in self.rows)]
        head, *body = (f"| {' | '.join(map(written, line))} |" for line in lines)
        return "\n".join([head, "|" + "---|" * len(self.rows[0]), *body])


def _literal(cell: object) -> str:
    """Write a cell so that Markdown and HTML change nothing about it."""
    text = " ".join(str(cell).split())
    return re.sub(r"([\\`*_$~|\[\]])", r"\\\1", escape(text, quote=False))


def load_weights(model: Model, name: str) -> Model:
    """Fill a network with weights that ``benchmarks/`` trained.

    model: as it was trained, such as ``CifarCNN()``; returned in evaluation mode.
    name: ``"cifar_cnn"``, ``"deep_cifar_cnn"``, ``"fast_cifar_cnn"``.
    FileNotFoundError if no weights have this name, ValueError if they are another
    network's.
    """
    as_model("model", model)
    path = _shipped(WEIGHTS, name, ".pt")
    weights = torch.load(path, map_location="cpu", weights_only=True)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"the weights {name!r} do not fit {type(model).__name__}: {error}"
        ) from error
    return model.eval()


def save_weights(model: nn.Module, name: str) -> Path:
    """Keep weights among those that ship, matrices and kernels as float16."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    path = WEIGHTS / f"{name}.pt"
    unfinished = path.with_suffix(".part")
    kept = {k: v.cpu().contiguous() for k, v in model.state_dict().items()}
    weights = {k: v.half() if v.ndim > 1 else v.clone() for k, v in kept.items()}
    torch.save(weights, unfinished)
    return unfinished.replace(path)
