"""Checks for *The training loop*."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from course_utils import training
from course_utils.chapters.training_loop.demands import CLASSES, WORDS, NotGiven, Trial
from course_utils.kit.check import Check, Number, Numbers, flat
from course_utils.kit.networks import ClassCheck, Demand
from course_utils.kit.run import how_it_stopped, where_it_stopped

# ---------------------------------------------------------------- one step, on paper

INPUTS, TARGETS, WEIGHT, RATE = (1, 3), (3, 5), 1, 1 / 8


def loss(weight: float) -> float:
    return sum((weight * x - t) ** 2 for x, t in zip(INPUTS, TARGETS)) / len(INPUTS)


def gradient(weight: float) -> float:
    return sum(2 * (weight * x - t) * x for x, t in zip(INPUTS, TARGETS)) / len(INPUTS)


MEAN, FIRST = loss(WEIGHT), gradient(WEIGHT)
NEW = WEIGHT - RATE * FIRST
SECOND = gradient(NEW)
check_one_step = Numbers(
    {
        "the loss": Number(
            MEAN,
            {
                2 * MEAN: "the mean: there are two examples",
                MEAN / 2: "each error squared; their sum divided once, by how many",
                -2.0: "the square",
                loss(NEW): f"the loss is that of w = {WEIGHT}, before the step",
            },
            otherwise="the two errors: prediction minus target",
        ),
        "the gradient": Number(
            FIRST,
            {
                2 * FIRST: "the mean: there are two examples",
                -FIRST: "the sign: would a larger weight make the loss larger?",
            },
            otherwise="what each error is multiplied by: 2, and its own input",
        ),
        "the new w": Number(
            NEW,
            {
                WEIGHT + RATE * FIRST: "the sign: minus a negative number",
                WEIGHT - FIRST: "the learning rate",
                WEIGHT - FIRST / 16: "the learning rate: here η is 1/8",
                -RATE * FIRST: "where the step starts",
            },
            otherwise="the rule: w − η · gradient",
        ),
        "w.grad without zero_grad": Number(
            FIRST + SECOND,
            {
                SECOND: "the gradient that was there before",
                FIRST: "the second backward, at the new w",
                2 * FIRST: "the second gradient: it belongs to the new w",
            },
            otherwise="the gradient at the new w, added to the one that was there",
        ),
    },
    what="four numbers",
)

# -------------------------------------------------------------------------- accuracy


class Scored(list):
    """Pairs of logits and targets, which write themselves in few words."""

    def __repr__(self) -> str:
        parts = [
            f"{int((logits.argmax(dim=1) == targets).sum())} of {len(targets)} right"
            for logits, targets in self
        ]
        return f"[{', '.join(parts)}]"


def accuracy(batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    right = [logits.argmax(dim=1) == targets for logits, targets in batches]
    return torch.cat(right).double().mean().item()


def batch(logits: list[list[float]], targets: list[int]) -> tuple[Scored]:
    pair = torch.tensor(logits, dtype=torch.float32), torch.tensor(targets)
    return (Scored([pair]),)


def scored(*right: Sequence[int], shift: float = 9) -> tuple[Scored]:
    """Draw batches in which those images are right, around logits of one size."""
    generator = torch.Generator().manual_seed(len(right) + len(right[0]))
    batches = Scored()
    for part in right:
        logits = torch.randn(len(part), CLASSES + 1, generator=generator) + shift
        largest = logits.argmax(dim=1)
        batches.append((logits, (largest + 1 - torch.tensor(part)) % (CLASSES + 1)))
    return (batches,)


ROWS = "each row: which of its logits, as they are, is the largest; then compare with "
ROWS += "the target, image by image"
check_accuracy = Check(
    "accuracy",
    accuracy,
    # Half is right here, whichever logit is taken: only the division can be wrong.
    "a fraction: images whose largest logit is right, divided by all images",
    batch([[2, 0], [1, -1]], [0, 1]),
    # Nothing is right here, unless another logit is taken than the largest of each row.
    [ROWS, batch([[21, 38, 22], [8, 1, 3], [0.2, 0.7, 0.5]], [0, 1, 0])],
    [scored([1, 1, 1, 0]), scored([0, 0]), scored([1, 1]), scored([1, 0, 0])],
    ["images of all batches: count them, and divide once", scored([1, 1], [1, 0])],
    scored([1, 0], [0, 0], [1, 1]),
    ["the last batch, which is smaller", scored([1, 1, 1, 1], [0])],
    [scored([0] * 8, [1]), scored([1] * 5, [0, 1, 1, 0, 1], [0, 0])],
    ["logits, which may all be negative", scored([1, 0, 1], shift=-9)],
    scored([1, 0], [1], shift=-9),
    ["the last batch, which is smaller", scored(*[[1] * 128] * 5, [0] * 16)],
    slips={
        r"75, yours is 0\.8$": "rounding: return all digits of what was computed",
        "'bool' object has no attr": "which place is largest: argmax, not max",
    },
)

# ------------------------------------------------------------------------- the loops


def loop_check(
    name: str, call: Callable, reference: Callable, *rows: str | tuple | list
) -> ClassCheck:
    """Check a loop by what it does to a `Trial`.

    A text is the hint for the rows below it; they may share a line, as in `Check`. A
    row is a demand: a complaint, the sizes of the batches, in a dict what is special.
    """

    def demands() -> list[Demand]:
        # The first optimizer imports much of PyTorch; that is not the learner's time.
        torch.optim.SGD([torch.zeros(1)], lr=1.0)
        found, hint = [], ""
        for row in flat(rows):
            if isinstance(row, tuple):
                found.append(_demand(call, reference, hint, row))
            else:
                hint = row
        return found

    return ClassCheck(name, demands, kind="function")


def _demand(call: Callable, reference: Callable, hint: str, row: tuple) -> Demand:
    complaint, sizes, special = row if len(row) == 3 else (*row, {})

    def complain(function: Callable) -> str:
        yours = Trial(function, call, sizes, **special)
        try:
            return complaint(yours, replace(yours, function=reference))
        except NotGiven as error:
            return f"{error}, at {where_it_stopped(error)}"
        except NotImplementedError as error:
            if not error.args:  # a stub
                raise
            return how_it_stopped(error)  # PyTorch has none for whole numbers, say.

    texts = [words.format(special[k]) for k, words in WORDS.items() if k in special]
    batches = f"batches of {', '.join(map(str, sizes))}" if sizes else "an empty loader"
    end = ", then an error" if "breaks" in special else ""
    return Demand(f"with {', '.join([*texts, batches])}{end}", complain, hint)


AT_THE_END = "what is asked for at the end"
ONE = "the one batch: its loss (a mean stands for all its images), who is right"
ALL = "what each batch adds: its losses, its right ones, its size"
LAST = "the last batch, which is smaller: a mean loss stands for all its images"
STEP = "a step, in order: zero_grad, logits, loss, backward, step, with what is given"
MODE = "the mode of the model while it computes"
DEVICE = "what must be on the device"
EACH = "which lines are in the loop: it must go through all batches, each once, as is"
TWICE = "what was computed already"
NONE = "samples: there are none"
DROPOUT, NORM = {"layer": "dropout"}, {"layer": "BatchNorm"}

check_train_one_epoch = loop_check(
    "train_one_epoch",
    Trial.train,
    training.train_one_epoch,
    [f"what each line is given, and {AT_THE_END}", (Trial.other_kind, (4, 4))],
    [EACH, (Trial.skips_batches, (4, 4)), (Trial.skips_batches, (4, 4, 1))],
    [STEP, (Trial.other_weights, (4,))],
    "which lines are in the loop: a step after each batch",
    (Trial.stands_still, (4, 4)),
    "gradients: they add up until somebody sets them to zero",
    (Trial.other_weights, (4, 4)),
    "when gradients are set to zero: before backward, in every batch",
    (Trial.other_weights, (4,), {"stale": True}),
    [MODE, (Trial.in_eval_mode, (4,), {"training": False})],
    [f"{ONE}, before the step", (Trial.other_result, (4,))],
    [ALL, (Trial.other_result, (4, 4))],
    [LAST, (Trial.other_result, (4, 4, 1)), (Trial.other_result, (1, 6))],
    "which loss function is used: the one that is given",
    (Trial.other_result, (4,), {"smoothing": 0.5}),
    [MODE, (Trial.other_result, (6, 6), {"training": False} | DROPOUT)],
    [DEVICE, (Trial.not_moved, (4, 4), {"abroad": True})],
    [TWICE, (Trial.more_than_once, (4, 4, 1))],
    "what is kept from batch to batch, losses or logits: detach it",
    (Trial.remembers_graphs, (4, 4, 4, 4)),
    [NONE, (Trial.accepts_nothing, ())],
    [STEP, (Trial.other_weights, (9, 9, 9, 2))],
    [LAST, (Trial.other_result, (9, 9, 9, 2))],
)

LEARNT = "BatchNorm, which must use what it learnt, not the batch"
check_evaluate = loop_check(
    "evaluate",
    Trial.measure,
    training.evaluate,
    [f"the defaults, what the loop counts, {AT_THE_END}", (Trial.other_kind, (4,))],
    [ONE, (Trial.other_result, (4,))],
    [EACH, (Trial.skips_batches, (4, 4)), (Trial.skips_batches, (4, 4, 1))],
    [ALL, (Trial.other_result, (4, 4))],
    [LAST, (Trial.other_result, (4, 4, 1))],
    "dropout, which must be off while you measure",
    (Trial.other_result, (6, 6), DROPOUT),
    [LEARNT, (Trial.other_result, (4, 4), NORM), (Trial.changes_numbers, (4, 4), NORM)],
    ["gradients: off while you measure, as before afterwards", (Trial.records, (4,))],
    ["what only training changes", (Trial.changes_numbers, (4,), {"stale": True})],
    "the mode of each part: each must be as it was",
    (Trial.changes_modes, (4,), DROPOUT),
    (Trial.changes_modes, (4,), {"training": False}),
    (Trial.changes_modes, (4,), {"frozen": True}),
    (Trial.changes_modes, (4,), {"frozen": True, "layer": "a block"}),
    [DEVICE, (Trial.not_moved, (4, 4), {"abroad": True, "own_loss": False})],
    "where the model's parameters are",
    (Trial.not_moved, (4,), {"abroad": True, "on_device": False}),
    [TWICE, (Trial.more_than_once, (4, 4, 1))],
    "the loss that is given",
    (Trial.other_result, (4, 4), {"smoothing": 0.5, "own_loss": False}),
    [NONE, (Trial.accepts_nothing, ())],
    [LAST, (Trial.other_result, (9, 9, 9, 2), {"own_loss": False})],
    "what stays behind if an error ends the loop",
    (Trial.changes_modes, (4,), {"breaks": True}),
)


def train_and_validate(
    model: nn.Module, train: Iterable, val: Iterable, *, epochs: int, **options: Any
) -> tuple[list[float], list[float]]:
    measuring = {name: options[name] for name in ("loss_fn", "device")}
    losses = [], []
    for _ in range(epochs):
        losses[0].append(training.train_one_epoch(model, train, **options).loss)
        losses[1].append(training.evaluate(model, val, **measuring).loss)
    return losses


VAL = "the validation loss: after the epoch, no training, dropout off, mean over images"
check_train_and_validate = loop_check(
    "train_and_validate",
    Trial.train_and_validate,
    train_and_validate,
    "what is used: the loaders and optimizer given; and how often: once in each epoch",
    (Trial.misuses_loaders, (4, 4)),
    [f"{AT_THE_END}: a record has its .loss", (Trial.no_two_lists, (4, 4))],
    ["how often each loader is used", (Trial.misuses_loaders, (4, 4), {"epochs": 3})],
    "the training loss of an epoch: the optimizer given, mean over images, in float32",
    (Trial.other_train_losses, (4, 4)),
    [f"{STEP}, in each batch", (Trial.other_train_losses, (4, 4, 4))],
    [LAST, (Trial.other_train_losses, (4, 4, 1))],
    [VAL, (Trial.other_val_losses, (4, 4))],
    [LAST, (Trial.other_val_losses, (4, 4), {"val_sizes": (5, 5, 1)})],
    [VAL, (Trial.other_val_losses, (6, 6), DROPOUT)],
    ["validation: nobody needs gradients there", (Trial.records_validation, (4, 4))],
    "each epoch is measured by itself",
    (Trial.other_train_losses, (4, 4), {"epochs": 3}),
    (Trial.other_val_losses, (4, 4, 2), {"epochs": 3, "val_sizes": (5, 2)}),
    "the mode at the start of each epoch: validation leaves it as it was",
    (Trial.other_train_losses, (6, 6), {"epochs": 3} | DROPOUT),
    ["what validation leaves behind", (Trial.leaves_eval_mode, (4, 4))],
    [VAL, (Trial.other_val_losses, (4, 4), NORM)],
    ["what validation may change", (Trial.other_weights, (4, 4), {"epochs": 2} | NORM)],
    ["the loss that is given", (Trial.other_val_losses, (4, 4), {"smoothing": 0.5})],
    ["what each epoch changes", (Trial.other_weights, (4, 4, 2), {"epochs": 3})],
    [DEVICE, (Trial.not_moved, (4, 4), {"abroad": True})],
)
