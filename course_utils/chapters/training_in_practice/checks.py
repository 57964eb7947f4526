"""Checks for *Training in practice*."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import Mock, patch

import numpy as np
import torch
from torch import Tensor, nn

from course_utils import training
from course_utils.chapters.training_in_practice import practice
from course_utils.kit.check import Check
from course_utils.kit.compare import numbers, shown
from course_utils.kit.networks import ClassCheck, Demand
from course_utils.kit.probes import changed_gradients, changed_number, norm, state
from course_utils.kit.verdict import Verdict, right, to_do, wrong

# ------------------------------------------------------------------------------ steps

check_steps_in = Check(
    "steps_in",
    practice.steps_in,
    ["one pass: how many batches there are", (12, 4), (30, 5)],
    ["the last batch, which is smaller, and moves the weights, too", (9, 4), (3, 8)],
    ["epochs: each takes as many steps", (12, 4, 3), (10, 4, 5)],
    "drop_last: the batch that is not full is left out, in each epoch",
    [(10, 4, 1, True), (10, 4, 3, True)],
    ["drop_last, where no batch is short", (12, 4, 2, True)],
    ["drop_last, where there is no full batch", (3, 8, 2, True)],
    ["large numbers: count whole batches", (55_000, 128, 15), (55_000, 128, 1, True)],
)

# -------------------------------------------------------------------------- the sweep

check_best_rate = Check(
    "best_rate",
    practice.best_rate,  # a last dict would be options: so there is an empty one
    "what is asked for: the rate with the lowest loss, not that loss",
    ({0.1: [0.7], 0.01: [0.5], 0.001: [0.9]}, {}),
    "which loss is best: the lowest",
    [({0.5: [0.4], 0.2: [0.0], 0.25: [0.6]}, {}), ({0.1: [0.504], 0.01: [0.501]}, {})],
    "the mean over all seeds, not the luckiest or the unluckiest of them",
    ({0.1: [0.2, 0.9, 0.9], 0.01: [0.5, 0.5, 0.5], 0.001: [0.6, 0.6, 0.6]}, {}),
    ({0.1: [0.6, 0.6, 0.6], 0.01: [0.5, 0.5, 0.7], 0.001: [0.8, 0.8, 0.8]}, {}),
    ({0.1: [0.5, 0.5, 0.9], 0.01: [0.6, 0.6, 0.6], 0.001: [0.7, 0.7, 0.7]}, {}),
    "seeds: one rate may have more of them than another",
    [({0.1: [0.4, 0.4, 0.4], 0.01: [0.5]}, {}), ({0.1: [0.4, 0.9], 0.01: [0.5]}, {})],
    "a rate at which a seed diverged: its loss is no number any more",
    ({1.0: [0.1, nan, 0.1], 0.1: [0.5, 0.5, 0.5], 0.01: [0.6, 0.6, 0.6]}, {}),
    [({1.0: [nan, nan], 0.1: [0.5, 0.5]}, {}), ({0.1: [0.5], 1.0: [nan, nan]}, {})],
    ({10.0: [inf, 0.1], 0.1: [0.5, 0.5], 1.0: [0.1, nan]}, {}),
    "large losses: bad ones, but numbers",
    ({10.0: [inf, 0.1], 1.0: [2e30, 3e30], 0.1: [1e30, 2e30]}, {}),
    slips={"returned None": "the name that is returned: has it a value in this case?"}
    | {"inhomogeneous": "seeds: one rate may have more of them than another"},
)

# --------------------------------------------------------------------------- one batch

PIXELS, CLASSES, SETTINGS = 6, 3, ("lr", "betas", "weight_decay")


def lazy(model: nn.Module, loader: Iterable, **_: Any) -> training.EpochResult:
    """Look at the loader, train nothing, and claim success."""
    return training.EpochResult(0.0, 1.0, sum(len(targets) for _, targets in loader))


def uphill(
    model: nn.Module, loader: Iterable, *, loss_fn: Callable, **options: Any
) -> training.EpochResult:
    """Make the loss larger."""
    worse = lambda logits, targets: -loss_fn(logits, targets)  # noqa: E731
    return training.train_one_epoch(model, loader, loss_fn=worse, **options)


def mixed(model: nn.Module, loader: Iterable, **options: Any) -> training.EpochResult:
    """Lose the order of the targets on the way."""
    pairs = [(x, y[torch.randperm(len(y))]) for x, y in loader]
    return training.train_one_epoch(model, pairs, **options)


LOOPS = {
    "a sound loop": training.train_one_epoch,
    "a loop that takes no step and claims an accuracy of 1": lazy,
    "a loop that goes uphill": uphill,
    "a loop that shuffles the targets, not the images": mixed,
}


def network(drop: float = 0.0) -> nn.Module:
    ends = nn.Linear(PIXELS, 24), nn.Linear(24, CLASSES)
    return nn.Sequential(nn.Flatten(), ends[0], nn.ReLU(), nn.Dropout(drop), ends[1])


def one_batch(twins: bool = False) -> tuple[Tensor, Tensor]:
    """Return 20 images; as twins, each 50 times, one of them with a wrong target."""
    images, targets = torch.randn(20, 1, 2, 3), torch.arange(20) % CLASSES
    if twins:
        images, targets = images.repeat(50, 1, 1, 1), targets.repeat(50)
        targets[0] = 1
    return images, targets


def verdict(function: Callable, loop: str, drop: float = 0, twins: bool = False) -> str:
    expected = LOOPS[loop] is training.train_one_epoch and not twins
    result = function(LOOPS[loop], network(drop), *one_batch(twins))
    if not isinstance(result, bool | np.bool_):
        return f"expected True or False, got {shown(result)}"
    return f"expected {expected}, yours is {result}" if result != expected else ""


def noted(function: Callable, *steps: int) -> tuple[nn.Module, list[tuple]]:
    """Return a model, right from the start, and what each call got."""
    model, (images, _), calls = network(), one_batch(), []

    def loop(
        model: nn.Module, loader: Iterable, *, optimizer: Any, loss_fn: Any, device: Any
    ) -> training.EpochResult:
        calls.append((model, len(list(loader)), optimizer, loss_fn))
        return training.EpochResult(0.0, 1.0, len(images))

    function(loop, model, images, model(images).argmax(dim=1), *steps)
    return model, calls


def other_calls(function: Callable, *given: int) -> str:
    """Complain about how the loop is called."""
    (model, calls), (steps, *_) = noted(function, *given), (*given, 50)
    if len(calls) != steps:
        return f"called the loop {len(calls)} times, not {steps}"
    if any(own is not model for own, *_ in calls):
        return "the loop got another model than the one that was given"
    batches = max(count for _, count, *_ in calls)
    words = f"the loop got {batches} batches; give it a list with one pair"
    return words * (batches != 1)


def other_optimizer(function: Callable) -> str:
    model, calls = noted(function)
    optimizer, groups = calls[0][2], calls[0][2].param_groups
    if any(call[2] is not optimizer for call in calls):
        return "the loop got a new optimizer each time, without its past"
    held = {id(p) for group in groups for p in group["params"]}
    if held != {id(p) for p in model.parameters()}:
        return "the optimizer does not hold the model's parameters"
    groups = [*torch.optim.Adam(model.parameters(), lr=0.03).param_groups, *groups]
    wanted, *found = [[g.get(key) for key in SETTINGS] for g in groups]
    kind, same = type(optimizer).__name__, all(each == wanted for each in found)
    words = f"the loop got {kind} with {dict(zip(SETTINGS, found[0]))}"
    return words * (kind != "Adam" or not same)


def other_loss(function: Callable) -> str:
    (_, calls), logits = noted(function), torch.randn(9, CLASSES)
    targets = logits.argmin(dim=1)
    losses = [loss(logits, targets) for loss in (calls[0][3], nn.CrossEntropyLoss())]
    return "" if torch.allclose(*losses) else "the loop's loss_fn is not cross-entropy"


def other_device(function: Callable) -> str:
    loop = Mock(side_effect=InterruptedError)  # The first call is the last.
    images, targets = (part.to("meta") for part in one_batch())
    with suppress(InterruptedError):
        function(loop, network(), images, targets)
    device = loop.call_args.kwargs.get("device")
    words = f"the images are on meta, and the loop was told {device}"
    return words * (str(device) != "meta")


ALL = "how many must be right: all of them"
MEASURES = f"what is measured in the end: the model, by evaluate, not the loop; {ALL}"
STEPS = "how often the loop is called, and with what, right or not: model, a batch, …"
OPTIMIZER = "the optimizer: Adam, lr=0.03, made once, for all weights of this model"
DROPOUT = "dropout, off while you measure; and what counts: who is right, not the loss"
SOUND, *BROKEN = LOOPS
sound = partial(verdict, loop=SOUND)


def one_batch_demands() -> list[Demand]:
    # The first optimizer imports much of PyTorch; that is not the learner's time.
    torch.optim.Adam([torch.zeros(1)])
    rows = [
        ("no number of steps", other_calls, STEPS),
        ("steps=7", lambda function: other_calls(function, 7), STEPS),
        ("the optimizer that it makes", other_optimizer, OPTIMIZER),
        ("the loss that it hands on", other_loss, "the loss: plain cross-entropy"),
        ("images elsewhere", other_device, "the device: that of the images"),
        (SOUND, sound, "what is returned: True if every image is right, else False"),
        *((loop, partial(verdict, loop=loop), MEASURES) for loop in BROKEN),
        (f"{SOUND}, and dropout", partial(sound, drop=0.5), DROPOUT),
        ("50 copies of each image, one target wrong", partial(sound, twins=True), ALL),
    ]
    return [Demand(f"with {what}", *rest) for what, *rest in rows]


check_fits_one_batch = ClassCheck(
    "fits_one_batch", one_batch_demands, "function", seconds=10
)

# ------------------------------------------------------------------------ save and load

NAMED = "the line that is named: what load_state_dict gets; brackets behind state_dict"
GIVEN = f"{NAMED} and make; load_state_dict fills, and returns no network"


def normed() -> nn.Module:
    parts = nn.Flatten(), nn.Linear(PIXELS, 2), norm(0.0, 0.0), nn.Dropout()
    return nn.Sequential(*parts, nn.Linear(2, CLASSES))


def trained() -> nn.Module:
    """Return a network whose weights and statistics are no fresh one's."""
    model = normed()
    with torch.no_grad():
        for number, values in enumerate(model.state_dict().values()):
            if values.is_floating_point():
                values += torch.rand(values.shape) + number / 8
    return model


@dataclass
class Kept:
    """One call in an empty folder; each method complains about one thing."""

    function: Callable

    def __post_init__(self) -> None:
        self.model, self.made = trained(), []
        self.model[3].eval()  # Now neither train() nor eval() leaves all as it was.
        self.before = state(self.model)
        with TemporaryDirectory() as folder:
            path = Path(folder, "weights.pt")
            with patch("torch.load", wraps=torch.load) as self.load:
                self.result = self.function(self.model, self.make, path)
            self.file = path.read_bytes() if path.is_file() else b""

    def make(self) -> nn.Module:
        self.made.append(normed())
        return self.made[-1]

    def is_no_fresh_one(self) -> str:
        if not isinstance(self.result, nn.Module):
            return f"expected a network, got {shown(self.result)}"
        if self.result is self.model:
            return "returned the network that it was given"
        made = any(self.result is network for network in self.made)
        return "" if made else "the network that it returned was not made by make"

    def leaves_no_weights(self) -> str:
        if not self.file:
            return "there is no file at path"
        try:
            held = torch.load(BytesIO(self.file), weights_only=True)
        except Exception:
            return "the file holds more than tensors: weights_only=True refuses it"
        wanted, names = self.model.state_dict(), held if isinstance(held, dict) else ()
        if missing := [name for name in wanted if name not in names]:
            return f"the file does not hold the model's {missing[0]}"
        extra = [name for name in names if name not in wanted]
        return f"the file holds {extra[0]}, too" if extra else ""

    def reads_nothing(self) -> str:
        if not self.load.call_count:
            return "it never read the file"
        told = [call.kwargs.get("weights_only", True) for call in self.load.mock_calls]
        return "" if all(told) else "it opened the file without weights_only=True"

    def answers_otherwise(self) -> str:
        images, (old, new) = torch.randn(4, 1, 2, 3), (self.model, self.result)
        with torch.no_grad(), training.eval_mode(old), training.eval_mode(new):
            same = torch.equal(old(images), new(images))
        return "" if same else "the new network answers otherwise than the old one"

    def is_in_train_mode(self) -> str:
        ready = not any(part.training for part in self.result.modules())
        return "" if ready else "the new network came back in train mode"

    def changes_it(self) -> str:
        both = self.model, self.before
        if changed := changed_number(*both) or changed_gradients(*both):
            return changed
        if state(self.model)[0] != self.before[0]:
            return "the modes of its parts are not as they were"
        for values in self.result.parameters():
            values.data.zero_()
        shared = "both networks share their weights: one changes with the other"
        return shared * bool(changed_number(*both))


SAVED = {
    Kept.is_no_fresh_one: "what is returned: a network that make() made",
    Kept.leaves_no_weights: "what is saved, and where: the state_dict alone, at path",
    Kept.reads_nothing: "where the new weights come from: torch.load, from path",
    Kept.answers_otherwise: "all is saved as it is, and loaded; and into which network",
    Kept.is_in_train_mode: "the mode: the new network is to predict",
    Kept.changes_it: "what happens to the network that was given: nothing",
}


def tried(start: Callable, complaint: Callable, *args: Any) -> str:
    return complaint(start(args[-1], *args[:-1]))


check_save_and_load = ClassCheck(
    "save_and_load",
    lambda: [
        Demand("on a trained network", partial(tried, Kept, complaint), hint, GIVEN)
        for complaint, hint in SAVED.items()
    ],
    kind="function",
)

# ------------------------------------------------------------------- the best, and kept


def best_epoch(losses: list[float]) -> int:
    """Return the number of the lowest loss, from 1; of equal ones the first."""
    return losses.index(min(losses)) + 1


def check_bad_losses(answer: object) -> Verdict:
    """Judge three validation losses by whether they give `train_best` away."""
    if answer is None or (isinstance(answer, list | tuple) and None in answer):
        return to_do("replace each None by a loss")
    losses = numbers(answer)
    if losses is None or losses.shape != (3,):
        return wrong(f"the answer should be three numbers, got {shown(answer)}")
    if not np.isfinite(losses.min()):  # NaN, too, is then the lowest
        return wrong("a loss is no number", look_at="ordinary losses, such as 0.5")
    if (best := best_epoch(losses.tolist())) == 3:
        problem = "epoch 3 is the best, and the weights of epoch 3 are in the model"
        return wrong(problem, look_at="which loss is lowest, and what happens after it")
    return right(f"epoch {best} is the best, the model has the weights of epoch 3")


@dataclass
class Played:
    """Epochs in which weight and running mean are the epoch's number."""

    function: Callable
    losses: list[float]

    def __post_init__(self) -> None:
        self.model = nn.Sequential(nn.Linear(1, 1), norm(0.0))
        nn.init.zeros_(self.model[0].weight)
        self.trained, self.early = 0, False
        epochs = len(self.losses)
        self.result = self.function(self.model, self.train, self.measure, epochs)

    def train(self, model: nn.Module) -> None:
        self.trained += 1
        with torch.no_grad():
            model[0].weight += 1
            model[1].running_mean += 1

    def measure(self, model: nn.Module) -> float:
        self.early |= not self.trained
        epoch = min(int(model[0].weight), len(self.losses) + 1)
        return [99.0, *self.losses, 99.0][epoch]

    def too_early(self) -> str:
        return "measured before the first epoch was trained" * self.early

    def other_epoch(self) -> str:
        best, weight = best_epoch(self.losses), int(self.model[0].weight)
        words = f"expected the weights of epoch {best}, got those of {weight}"
        words = words if weight else "the model still has the weights that it came with"
        return words * (weight != best)

    def other_statistics(self) -> str:
        best, mean = best_epoch(self.losses), int(self.model[1].running_mean)
        words = f"expected the running mean of epoch {best}, got that of {mean}"
        return words * (mean != best)

    def other_loss(self) -> str:
        lowest, result = min(self.losses), numbers(self.result)
        words = f"expected the lowest loss, {lowest}, got {shown(self.result)}"
        return words * bool(result is None or result.ndim or result != lowest)

    def other_counts(self) -> str:
        words = f"train was called {self.trained} times in {len(self.losses)} epochs"
        return words * (self.trained != len(self.losses))


COPY = "what best holds, the numbers of then or of now, and whether they are loaded"
LOWEST = "with which loss each epoch is compared: the lowest so far"
EVERY = "each epoch: all are trained, and each goes on from the one before"
RUNS = (
    ([3.0, 1.0, 2.0], Played.too_early, "the order: train an epoch, then measure it"),
    ([3.0, 2.0, 1.0], Played.other_counts, "one call of train in each epoch"),
    ([3e4, 2e4, 19999.998], Played.other_epoch, "which epoch is the best: lowest loss"),
    ([3.0, 1.0, 2.0], Played.other_epoch, COPY),
    ([0.0, 3.0, 2.0, 4.0], Played.other_epoch, LOWEST),
    ([2.0, 3.0, 1.0], Played.other_epoch, EVERY),
    ([2.0, 1.0, 1.0], Played.other_epoch, "of equal losses the first is the best"),
    ([3.0, 1.0, 2.0], Played.other_statistics, "what a state_dict holds: statistics"),
    ([3e4, 15000.5, 2e4], Played.other_loss, "what is returned: the lowest loss"),
    ([1.0, -1.5, 2.0], Played.other_loss, "losses below zero, which are lower still"),
)

check_train_best = ClassCheck(
    "train_best",
    lambda: [
        Demand(f"with losses {run}", partial(tried, Played, other, run), hint, NAMED)
        for run, other, hint in RUNS
    ],
    kind="function",
)
