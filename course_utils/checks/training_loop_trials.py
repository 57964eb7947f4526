"""Trying a loop on probes: what it returned, and what it did to the model.

Each complaint gets a `Trial` and its twin for the reference, each with a function that
starts it, and says what is wrong, or returns an empty string.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from course_utils.checks.comparing import difference, shown
from course_utils.checks.training_loop_cases import (
    CPU,
    META,
    Abroad,
    Batches,
    Loss,
    Probe,
    stale,
    twin,
)
from course_utils.training import EpochResult


@dataclass
class Trial:
    """One call of a loop, with everything that it may touch.

    Parameters
    ----------
    sizes, val_sizes
        Images in each batch of the loaders.
    layer
        Makes the layer in front of the probe's last one.
    smoothing
        Of the loss function.
    training
        The mode in which the model comes.
    frozen, stale
        Whether its first layer is in eval mode; whether it has old gradients.
    breaks
        Whether the loader raises an error at its end.
    abroad
        Whether the model is on another device than the images.
    epochs
        For a run of several.
    options
        Arguments for a measuring loop, given to it as they are.
    """

    sizes: Sequence[int] = (4,)
    val_sizes: Sequence[int] = (3, 3)
    layer: Callable[[], nn.Module] = nn.Identity
    smoothing: float = 0.0
    training: bool = True
    frozen: bool = False
    stale: bool = False
    breaks: bool = False
    abroad: bool = False
    epochs: int = 1
    options: tuple[str, ...] = ("device",)

    def __post_init__(self) -> None:
        """Make what the loop will touch."""
        self.device = META if self.abroad else CPU
        probe = Abroad if self.abroad else Probe
        self.model = probe(self.layer()).train(self.training)
        if self.frozen:
            self.model.layer.eval()
        if self.stale:
            stale(self.model)
        self.modes, self.before = self.model.modes(), self.model.numbers()
        self.loader = Batches(self.sizes, breaks=self.breaks)
        self.val_loader = Batches(self.val_sizes)
        self.loss_fn = Loss(self.smoothing)

    def again(self) -> "Trial":
        """Return the same trial for the reference."""
        other = replace(self)
        other.model = twin(self.model)
        return other

    def optimizer(self) -> torch.optim.Optimizer:
        """Return plain SGD on the model."""
        return torch.optim.SGD(self.model.parameters(), lr=0.5)

    def train(self, function: Callable) -> object:
        """Call a training loop."""
        return function(
            self.model,
            self.loader,
            optimizer=self.optimizer(),
            loss_fn=self.loss_fn,
            device=self.device,
        )

    def measure(self, function: Callable) -> object:
        """Call a measuring loop."""
        given = {"device": self.device, "loss_fn": self.loss_fn}
        options = {name: given[name] for name in self.options}
        return function(self.model, self.loader, **options)

    def run(self, function: Callable) -> object:
        """Call a run of several epochs."""
        return function(
            self.model,
            self.loader,
            self.val_loader,
            epochs=self.epochs,
            optimizer=self.optimizer(),
            loss_fn=self.loss_fn,
            device=self.device,
        )


Go = Callable[[], object]


def other_kind(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say what is wrong with the kind of thing that is returned."""
    result = go()
    if result is None:
        return "returned None: does it end with a return?"
    if not isinstance(result, EpochResult):
        return f"expected an EpochResult, got {shown(result)}"
    for name, kind in (("loss", float), ("accuracy", float), ("samples", int)):
        if not isinstance(value := getattr(result, name), kind):
            return f"{name} should be a plain {kind.__name__}, got {shown(value)}"
    return ""


def other_result(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say which of the three numbers is not the reference's."""
    result, expected = go(), ref()
    for name in ("samples", "accuracy", "loss"):
        if words := difference(getattr(expected, name), getattr(result, name)):
            return f"{name}: {words}"
    return ""


def other_weights(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say how the weights differ from the reference's afterwards."""
    go()
    ref()
    after, expected = trial.model.numbers(), twin.model.numbers()
    if torch.equal(after["last.weight"], trial.before["last.weight"]):
        return "the weights have not moved"
    for name, values in expected.items():
        if words := difference(values, after[name]):
            return f"{name} after it: {words}"
    return ""


def in_eval_mode(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say whether the model computed in eval mode."""
    go()
    return "" if all(trial.model.trained) else "the model computed in eval mode"


def not_moved(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say what was not moved to the device."""
    go()
    used = [part for part in (trial.loader, trial.val_loader) if part.passes]
    return next(filter(None, (part.unmoved(trial.device) for part in used)), "")


def more_than_once(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say what was done more than once."""
    go()
    if trial.loader.passes != 1:
        return f"went through the loader {trial.loader.passes} times; once is enough"
    calls, batches = len(trial.model.trained), len(trial.sizes)
    return f"called the model {calls} times for {batches} batches" * (calls != batches)


def remembers_graphs(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say how many graphs of earlier batches are still remembered."""
    go()
    kept = trial.loss_fn.most
    return f"in the last batch, {kept} old graphs were still in memory" * (kept > 1)


def accepts_nothing(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say what happens instead of a ValueError."""
    try:
        result = go()
    except ValueError:
        return ""
    except ZeroDivisionError:
        return "expected a ValueError that says what is wrong, got a ZeroDivisionError"
    return f"expected a ValueError, yours returned {shown(result)}"


def records(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say whether gradients were recorded, or stay switched off."""
    go()
    if any(trial.model.recorded):
        return "gradients were recorded"
    left_off = not torch.is_grad_enabled()
    return "gradients stay switched off afterwards, for all that follows" * left_off


def changes_numbers(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say which of the model's numbers was changed."""
    go()
    for name, values in trial.model.numbers().items():
        if not torch.equal(values, trial.before[name]):
            return f"changed the model's {name}, which only training should"
    grads = [weights.grad is None for weights in trial.model.parameters()]
    return "changed the model's gradients" if any(grads) == trial.stale else ""


def changes_modes(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say which modes were not restored."""
    try:
        go()
    except OSError:
        pass
    else:
        if trial.breaks:
            return "the loader's error was swallowed"
    if trial.model.modes() == trial.modes:
        return ""
    now = ["train" if mode else "eval" for mode in trial.model.modes()]
    return f"the modes of the model's parts were not restored: now {', '.join(now)}"


def no_two_lists(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say what is wrong with the kind of thing that is returned."""
    result = go()
    if result is None:
        return "returned None: does it end with a return?"
    if not isinstance(result, tuple | list) or len(result) != 2:
        return f"expected two lists of losses, got {shown(result)}"
    for losses in result:
        if not hasattr(losses, "__len__") or len(losses) != trial.epochs:
            count = f"{trial.epochs} epoch{'s' if trial.epochs > 1 else ''}"
            return f"expected a loss for each of {count}, got {shown(losses)}"
    return ""


def misuses_loaders(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say which loader was not used once in each epoch."""
    go()
    for name, loader in (("train", trial.loader), ("val", trial.val_loader)):
        if loader.passes != trial.epochs:
            epochs = f"{trial.epochs} epoch{'s' if trial.epochs > 1 else ''}"
            return f"in {epochs} it went through {name}_loader {loader.passes} times"
    return ""


def _same_losses(which: int, name: str, go: Go, ref: Go) -> str:
    words = difference(ref()[which], go()[which])
    return f"{name} losses: {words}" if words else ""


def other_train_losses(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say how the training losses differ from the reference's."""
    return _same_losses(0, "training", go, ref)


def other_val_losses(trial: Trial, go: Go, twin: Trial, ref: Go) -> str:
    """Say how the validation losses differ from the reference's."""
    return _same_losses(1, "validation", go, ref)
