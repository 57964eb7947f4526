"""What ``benchmarks/`` measured and trained, and what ships with the course."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

ASSETS = Path(__file__).parent / "assets"
RESULTS, WEIGHTS = ASSETS / "results", ASSETS / "weights"

Model = TypeVar("Model", bound=nn.Module)


def read_result(name: str) -> dict[str, Any]:
    """Return one set of measurements.

    name: of the script in ``benchmarks/`` that made it, such as ``"fashion_mnist"``.
    The dict has the keys ``command``, ``data``, ``hardware``, ``versions`` and what the
    script measured. FileNotFoundError if there is no such result.
    """
    path = RESULTS / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in RESULTS.glob("*.json"))) or "none"
        raise FileNotFoundError(
            f"no result is called {name!r}; there are: {known}. "
            f"python benchmarks/{name}.py would make it, if that script exists."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def mean_and_spread(fractions: Sequence[float]) -> str:
    """Write the mean and the standard deviation of fractions as percentages.

    One seed alone has no spread.

    >>> mean_and_spread([0.89, 0.90, 0.91])
    '90.0 ± 1.0 %'
    """
    if len(fractions) == 1:
        return f"{100 * fractions[0]:.1f} % (one seed)"
    return f"{100 * mean(fractions):.1f} ± {100 * stdev(fractions):.1f} %"


class Table:
    """Rows of named cells that a notebook shows as a table; the same columns in each.

    >>> print(Table([{"network": "ANN", "epochs": 15}]))
    | network | epochs |
    |---|---|
    | ANN | 15 |
    """

    def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
        self.rows = list(rows)

    def __repr__(self) -> str:
        lines = [list(self.rows[0]), *(row.values() for row in self.rows)]
        head, *body = (f"| {' | '.join(map(str, line))} |" for line in lines)
        return "\n".join([head, "|" + "---|" * len(self.rows[0]), *body])

    def _repr_markdown_(self) -> str:
        return repr(self)


def load_weights(model: Model, name: str) -> Model:
    """Fill a network with weights that ``benchmarks/cifar10.py`` trained.

    model: of the class that was trained, ``CifarCNN()`` or ``DeepCifarCNN()``; it is
    returned, in evaluation mode. name: ``"cifar_cnn"`` or ``"deep_cifar_cnn"``.
    FileNotFoundError if no weights have this name, ValueError if they are another
    network's.
    """
    path = WEIGHTS / f"{name}.pt"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in WEIGHTS.glob("*.pt")))
        raise FileNotFoundError(f"no weights are called {name!r}; there are: {known}")
    weights = torch.load(path, map_location="cpu", weights_only=True)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"the weights {name!r} do not fit {type(model).__name__}: {error}"
        ) from error
    return model.eval()


def save_weights(model: nn.Module, name: str) -> Path:
    """Keep a network's weights among those that ship with the course.

    Matrices and kernels are kept as float16, which halves the file; vectors, among them
    BatchNorm's statistics, stay as they are.
    """
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    path = WEIGHTS / f"{name}.pt"
    unfinished = path.with_suffix(".part")
    weights = {key: _halved(value) for key, value in model.state_dict().items()}
    torch.save(weights, unfinished)
    return unfinished.replace(path)


def _halved(tensor: Tensor) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    return tensor.half() if tensor.ndim > 1 else tensor.clone()
