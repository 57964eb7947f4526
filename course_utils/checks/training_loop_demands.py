"""What is demanded of a training loop and of a measuring loop."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from course_utils import training
from course_utils.checks.demanding import Demand
from course_utils.checks.running import where_it_stopped
from course_utils.checks.training_loop_cases import CLASSES, Batches, NotGiven
from course_utils.checks.training_loop_trials import (
    Trial,
    accepts_nothing,
    changes_modes,
    changes_numbers,
    in_eval_mode,
    misuses_loaders,
    more_than_once,
    no_two_lists,
    not_moved,
    other_kind,
    other_result,
    other_train_losses,
    other_val_losses,
    other_weights,
    records,
    remembers_graphs,
)

LAST = "the last batch, which is smaller: a mean loss stands for all its images"
ONE = "the one batch: its loss, who is right"
ALL = "what each batch adds: its losses, its right ones, its size"
MODE = "the mode of the model while it computes"
DEVICE = "what must be on the device"
TWICE = "what was computed already"


Call = Callable[[Trial, Callable], object]


class Dropout(nn.Dropout):
    """Dropout that draws the same numbers each time."""

    def forward(self, values: Tensor) -> Tensor:
        """Drop numbers while training."""
        drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(0))
        return values * (drawn >= self.p) / (1 - self.p) if self.training else values


def training_demands() -> list[Demand]:
    """Return what `course_utils.training.train_one_epoch` does.

    Returns
    -------
    list of Demand
    """
    step = "the lines of a step: logits, loss, backward, step"
    zero = "gradients: they add up until somebody sets them to zero"
    early = "when gradients are set to zero: before backward, in every batch"
    remembers = "what the sum of losses holds on to: detach"
    given = "which loss function is used: the one that is given"
    table = [
        ((4,), other_kind, {}, "what is asked for at the end"),
        ((4,), other_weights, {}, step),
        ((4, 4), other_weights, {}, zero),
        ((4,), other_weights, {"stale": True}, early),
        ((4,), in_eval_mode, {"training": False}, MODE),
        ((4,), other_result, {}, ONE),
        ((4, 4), other_result, {}, ALL),
        ((4, 4, 1), other_result, {}, LAST),
        ((1, 6), other_result, {}, LAST),
        ((4,), other_result, {"smoothing": 0.5}, given),
        ((6, 6), other_result, {"layer": _dropout, "training": False}, MODE),
        ((4, 4), not_moved, {"abroad": True}, DEVICE),
        ((4, 4, 1), more_than_once, {}, TWICE),
        ((4, 4, 4, 4), remembers_graphs, {}, remembers),
        ((), accepts_nothing, {}, "samples: there are none"),
        ((9, 9, 9, 2), other_weights, {}, step),
        ((9, 9, 9, 2), other_result, {}, LAST),
    ]
    return _demands(table, Trial.train, training.train_one_epoch)


def measuring_demands() -> list[Demand]:
    """Return what `course_utils.training.evaluate` does.

    Returns
    -------
    list of Demand
    """
    dropout = "dropout, which must be off while you measure"
    statistics = "BatchNorm, which must use what it learnt, not the batch"
    own = "the mode of each part: each must be as it was"
    off = "what is recorded: nobody needs gradients here"
    after = "what happens to the modes if an error ends the loop"
    both = {"options": ("device", "loss_fn")}
    default = {"abroad": True, "options": ()}
    table = [
        ((4,), other_kind, {}, "the two defaults, and what is asked for at the end"),
        ((4,), other_result, {}, ONE),
        ((4, 4), other_result, {}, ALL),
        ((4, 4, 1), other_result, {}, LAST),
        ((6, 6), other_result, {"layer": _dropout}, dropout),
        ((4, 4), other_result, {"layer": _norm}, statistics),
        ((4, 4), changes_numbers, {"layer": _norm}, statistics),
        ((4,), records, {}, off),
        ((4,), changes_numbers, {"stale": True}, "what only training changes"),
        ((4,), changes_modes, {"layer": _dropout}, own),
        ((4,), changes_modes, {"training": False}, own),
        ((4,), changes_modes, {"frozen": True}, own),
        ((4, 4), not_moved, {"abroad": True, **both}, DEVICE),
        ((4,), not_moved, default, "where the model's parameters are"),
        ((4, 4, 1), more_than_once, {}, TWICE),
        ((4, 4), other_result, {"smoothing": 0.5, **both}, "the loss that is given"),
        ((), accepts_nothing, {}, "samples: there are none"),
        ((9, 9, 9, 2), other_result, both, LAST),
        ((4,), changes_modes, {"breaks": True}, after),
    ]
    return _demands(table, Trial.measure, training.evaluate)


def run_demands() -> list[Demand]:
    """Return what a run of training and validation does.

    Returns
    -------
    list of Demand
    """
    given = "which data is used: the loaders that are given"
    dropout = {"layer": _dropout, "sizes": (6, 6)}
    val = "the validation loss: no training there, dropout off, every image counts once"
    back = "the mode at the start of each epoch: validation leaves it as it was"
    loss = "the training loss of an epoch: the mean over its images, in float32"
    table = [
        ((4, 4), misuses_loaders, {}, given),
        ((4, 4), no_two_lists, {}, "what is asked for at the end"),
        ((4, 4), misuses_loaders, {"epochs": 3}, "how often each loader is used"),
        ((4, 4), other_train_losses, {}, loss),
        ((4, 4, 1), other_train_losses, {}, LAST),
        ((4, 4), other_val_losses, {}, val),
        ((4, 4), other_val_losses, {"val_sizes": (5, 5, 1)}, LAST),
        ((6, 6), other_val_losses, dropout, val),
        ((6, 6), other_train_losses, dropout | {"epochs": 3}, back),
        ((4, 4), other_val_losses, {"layer": _norm}, val),
        (
            (4, 4),
            other_weights,
            {"layer": _norm, "epochs": 2},
            "what validation may change",
        ),
        ((4, 4), other_val_losses, {"smoothing": 0.5}, "the loss that is given"),
        ((4, 4, 2), other_weights, {"epochs": 3}, "what each epoch changes"),
        ((4, 4, 2), other_val_losses, {"epochs": 3, "val_sizes": (5, 2)}, val),
        ((4, 4), not_moved, {"abroad": True}, DEVICE),
    ]
    return _demands(table, Trial.run, _train_and_validate)


def _demands(table: Iterable[tuple], call: Call, reference: Callable) -> list[Demand]:
    return [
        Demand(
            _situation(sizes, known),
            partial(_tried, complaint, call, reference, {"sizes": sizes} | known),
            look_at,
        )
        for sizes, complaint, known, look_at in table
    ]


def _situation(sizes: Sequence[int], known: dict[str, Any]) -> str:
    layers = {_dropout: "dropout, ", _norm: "BatchNorm, "}
    batches = f"batches of {', '.join(map(str, sizes))}" if sizes else "an empty loader"
    words = [
        layers.get(known.get("layer"), ""),
        "eval mode, " if known.get("training") is False else "",
        "one layer in eval mode, " if known.get("frozen") else "",
        "old gradients, " if known.get("stale") else "",
        "another loss_fn, " if known.get("smoothing") else "",
        "weights on meta, " if known.get("abroad") else "",
        "no device given, " if known.get("options") == () else "",
        f"{known['epochs']} epochs, " if "epochs" in known else "",
    ]
    end = ", then an error" if known.get("breaks") else ""
    return f"with {''.join(words)}{batches}{end}"


def _tried(
    complaint: Callable,
    call: Call,
    reference: Callable,
    known: dict[str, Any],
    function: Callable,
) -> str:
    trial = Trial(**known)
    expected = trial.again()
    go, ref = partial(call, trial, function), partial(call, expected, reference)
    try:
        return complaint(trial, go, expected, ref)
    except NotGiven as error:
        return f"{error}, at {where_it_stopped(error)}"


def _dropout() -> nn.Module:
    return Dropout(0.5)


def _norm() -> nn.Module:
    layer = nn.BatchNorm1d(CLASSES)
    # Far from the statistics of any batch.
    layer.running_mean += torch.tensor([0.0, 1.5, 3.0])
    return layer


def _train_and_validate(
    model: nn.Module,
    train_loader: Batches,
    val_loader: Batches,
    *,
    epochs: int,
    device: torch.device,
    loss_fn: Callable,
    **options: object,
) -> tuple[list[float], list[float]]:
    losses = []
    for _ in range(epochs):
        train = training.train_one_epoch(
            model, train_loader, loss_fn=loss_fn, device=device, **options
        )
        val = training.evaluate(model, val_loader, loss_fn=loss_fn, device=device)
        losses.append((train.loss, val.loss))
    return tuple(map(list, zip(*losses, strict=True)))
