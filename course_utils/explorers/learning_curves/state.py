"""The explorer of learning curves without widgets: its runs, and how it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from course_utils.explorers.learning_curves.words import Reading, read_curves
from course_utils.results import read_result
from course_utils.training import History

MEASURED = {"cifar10": "CIFAR-10", "fashion_mnist": "FashionMNIST"}
"""The committed results that hold histories, as far as they are there."""

CURVES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
LONGEST_PATIENCE = 15

Histories = History | Sequence[History]


@dataclass(frozen=True)
class Run:
    """One training, repeated from several seeds.

    Parameters
    ----------
    histories
        One for each seed, at least one.
    data
        What it learnt from, in words; may be empty.
    """

    histories: tuple[History, ...] = field(repr=False)
    data: str = ""


Runs = Mapping[str, Run]


@dataclass(frozen=True)
class State:
    """All that the picture depends on, besides the runs.

    Parameters
    ----------
    run
        Its name.
    seed
        Which of its histories, counted from 0.
    epoch
        The marked one, counted from 1.
    patience
        Epochs that early stopping waits for a new lowest validation loss.
    hidden
        Whether nothing after the marked epoch is shown.
    """

    run: str
    seed: int = 0
    epoch: int = 1
    patience: int = 3
    hidden: bool = False


def history_of(state: State, runs: Runs) -> History:
    """Return the history that a state is about.

    Parameters
    ----------
    state
        A valid state.
    runs
        All of them.

    Returns
    -------
    History
    """
    return runs[state.run].histories[state.seed]


def initial_state(runs: Runs) -> State:
    """Return the run that over-fits most, at the epoch that first shows it.

    Parameters
    ----------
    runs
        At least one.

    Returns
    -------
    State
    """

    def rise(name: str) -> float:
        losses = runs[name].histories[0].val_loss
        return losses[-1] - min(losses)

    state = State(max(runs, key=rise))
    curves = (history := history_of(state, runs)).train_loss, history.val_loss
    epochs = range(1, len(history.val_loss) + 1)
    shown = (e for e in epochs if read_curves(*curves, e) == Reading.OVERFITTING)
    return _valid(replace(state, epoch=next(shown, epochs[-1])), runs)


def change(state: State, name: str, value: Any, *, runs: Runs) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The valid state before.
    name
        A field of `State`, or ``"play"``, which sets the epoch.
    value
        Its new value.
    runs
        All of them.

    Returns
    -------
    State
        A valid state: another run may have fewer seeds and epochs.
    """
    field_name = "epoch" if name == "play" else name
    return _valid(replace(state, **{field_name: value}), runs)


def choices(state: State, name: str, *, runs: Runs) -> list[int]:
    """Return the values that a slider may take.

    Parameters
    ----------
    state
        A valid state.
    name
        ``"seed"``, ``"epoch"`` or ``"patience"``.
    runs
        All of them.

    Returns
    -------
    list of int
        Consecutive integers, the present value among them.
    """
    if name == "seed":
        return list(range(len(runs[state.run].histories)))
    epochs = len(history_of(state, runs).val_loss)
    last = epochs if name == "epoch" else min(LONGEST_PATIENCE, epochs - 1)
    return list(range(1, max(1, last) + 1))


def as_runs(histories: Mapping[str, Histories] | Histories | None) -> Runs:
    """Check histories, and give each a name.

    Parameters
    ----------
    histories
        As in `learning_curve_explorer`.

    Returns
    -------
    dict
        Name → run.

    Raises
    ------
    ValueError
        If there is no history, or one without an epoch or a validation loss.
    """
    if histories is None:
        return _measured_runs()
    if not isinstance(histories, Mapping):
        histories = {"your run": histories}
    if not histories:
        raise ValueError("there is no run; give at least one, such as {name: history}")
    runs = {}
    for name, one in histories.items():
        runs[name] = Run((one,) if isinstance(one, History) else tuple(one))
        if not runs[name].histories:
            raise ValueError(f"run {name!r} has no history; give at least one")
        for history in runs[name].histories:
            _check(name, history)
    return runs


def _measured_runs() -> Runs:
    runs = {}
    for result_name, data_set in MEASURED.items():
        try:
            result = read_result(result_name)
        except FileNotFoundError:
            continue
        for name, line in result["models"].items():
            histories = tuple(map(_as_history, line.get("histories", ())))
            # A network that learnt from the validation images too is not validated.
            if histories and all(history.val_loss for history in histories):
                runs[f"{data_set}: {name}"] = Run(histories, result["data"])
    return runs


def _as_history(measured: dict[str, Any]) -> History:
    known = {f.name for f in fields(History)}
    return History(**{name: measured[name] for name in known & measured.keys()})


def _check(name: str, history: History) -> None:
    lengths = {curve: len(getattr(history, curve)) for curve in CURVES}
    if not lengths["train_loss"]:
        raise ValueError(f"run {name!r} has no finished epoch; train it first")
    if not lengths["val_loss"]:
        raise ValueError(
            f"run {name!r} has no validation loss; give fit a validation loader"
        )
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the curves of run {name!r} differ in length: {lengths}")
    if not all(np.isfinite(getattr(history, curve)).all() for curve in CURVES):
        raise ValueError(f"run {name!r} has numbers that are not finite")


def _valid(state: State, runs: Runs) -> State:
    for name in ("seed", "epoch", "patience"):
        last = choices(state, name, runs=runs)[-1]
        state = replace(state, **{name: min(getattr(state, name), last)})
    return state
