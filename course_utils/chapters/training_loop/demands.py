"""What loops are tried on, parts that keep watch, and what can then be wrong."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from course_utils.kit.compare import difference, numbers, shown
from course_utils.kit.probes import (
    Dropout,
    Notes,
    changed_gradients,
    changed_number,
    norm,
    state,
)
from course_utils.training import EpochResult

CLASSES = 3
UNMOVED = "used as it came"

# ------------------------------------------------------------- parts that keep watch


class Elsewhere(Tensor):
    """A tensor that notes where it is moved to."""

    __torch_function__ = torch._C._disabled_torch_function_impl
    notes: list

    def to(self, *args: object, **options: object) -> Tensor:
        self.notes += [*args, *options.values()]
        return self.detach().as_subclass(Tensor).clone()


def note_use(tensor: Tensor) -> None:
    """Note that a network or a loss got a tensor that was not moved."""
    if isinstance(tensor, Elsewhere):
        tensor.notes.append(UNMOVED)


class Batches:
    """An iterable of batches that has a length, but no data set.

    sizes: images in each batch. breaks: whether it raises an error after the last one.
    """

    def __init__(self, sizes: Sequence[int], *, breaks: bool = False) -> None:
        count = sum(sizes)
        generator = torch.Generator().manual_seed(count)
        images = torch.randn(count, 1, 1, CLASSES, generator=generator)
        # Some right, some wrong: the largest pixel, or the next class.
        wrong = torch.arange(count) % 3 == 2
        targets = (images.flatten(1).argmax(dim=1) + wrong) % CLASSES
        self.parts = list(zip(images.split(sizes), targets.split(sizes)))
        self.sizes, self.breaks, self.passes = list(sizes), breaks, 0
        self.moves: dict[str, list] = {"images": [], "targets": []}

    def __len__(self) -> int:
        return len(self.sizes)

    def __getattr__(self, name: str) -> NoReturn:
        words = "it yields batches of images and targets; count them as they come"
        raise AttributeError(f"the loader has no {name}: {words}")

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self.passes += 1
        for part in self.parts:
            pair = [tensor.as_subclass(Elsewhere) for tensor in part]
            for tensor, notes in zip(pair, self.moves.values()):
                tensor.notes = notes
            yield tuple(pair)
        if self.breaks:
            raise OSError("the disk is gone")

    def unmoved(self, device: torch.device) -> str:
        """Say what was not moved to the device in each batch; "" if all was."""
        for name, notes in self.moves.items():
            if set(notes) <= {UNMOVED}:
                return f"the {name} were not moved to the device"
            if UNMOVED in notes:
                return f"what {name}.to(…) returned was not used"
            places = (n for n in notes if isinstance(n, str | torch.device | None))
            if others := {*map(str, places)} - {str(device)}:
                return f"the {name} were moved to {min(others)}, not to {device}"
        return ""


class NotGiven(Exception):
    """A network got images of a loader that was not given."""


class Abroad(Tensor):
    """Logits that are said to be on `meta`."""

    __torch_function__ = torch._C._disabled_torch_function_impl
    device = torch.device("meta")


class Probe(nn.Module):
    """A small network that notes how it is treated.

    On `meta`, the second device that every machine has, there are no numbers: its
    logits are all zero there.
    """

    def __init__(self, layer: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.layer, self.last = layer, nn.Linear(CLASSES, CLASSES)
        with torch.no_grad():
            self.last.weight.copy_(torch.eye(CLASSES))
            self.last.bias.zero_()
        super().to(device)
        self.trained: list[bool] = Notes()
        self.recorded: list[bool] = Notes()
        self.seen: list[Tensor] = Notes()
        self.met: list[Tensor] = Notes()
        self.graphs: list[weakref.ref] = Notes()
        self.remembered: list[int] = Notes()

    def to(self, *args: object, **options: object) -> nn.Module:
        return self  # It stays where it is.

    def forward(self, images: Tensor) -> Tensor:
        if images.numel() != CLASSES * len(images):
            raise NotGiven("these images are from a loader that was not given")
        note_use(images)
        self.trained.append(self.training)
        self.recorded.append(torch.is_grad_enabled())
        self.seen.append(images.detach().as_subclass(Tensor))
        self.met.append(self.last.weight.detach().clone())
        if self.last.weight.is_meta:
            logits = torch.zeros(len(images), CLASSES, requires_grad=True)
            return logits.as_subclass(Abroad)
        self.remembered.append(sum(graph() is not None for graph in self.graphs))
        logits = Same.apply(self.last(self.layer(torch.flatten(images, 1))))
        if logits.grad_fn is not None:
            self.graphs.append(weakref.ref(logits.grad_fn))
        return logits


class Loss(nn.CrossEntropyLoss):
    """A loss function that notes whether its targets were moved."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        note_use(targets)
        return super().forward(logits, targets.as_subclass(Tensor))


class Same(torch.autograd.Function):
    """A step in the graph that Python can watch."""

    @staticmethod
    def forward(ctx: object, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient


# ------------------------------------------------------------------- one call of a loop

LAYERS = {
    "": nn.Identity,
    "dropout": partial(Dropout, 0.5),
    "BatchNorm": partial(norm, 0.0, 1.5, 3.0),
    "a block": lambda: nn.Sequential(nn.Sequential(nn.Identity())),
}
WORDS = {
    "layer": "{}",
    "training": "eval mode",
    "frozen": "one layer in eval mode",
    "stale": "old gradients",
    "smoothing": "another loss_fn",
    "abroad": "weights on meta",
    "on_device": "no device given",
    "epochs": "{} epochs",
}


@dataclass
class Trial:
    """One call of a loop, with everything that it may touch.

    The fields say what is special. From `other_kind` on, each method complains about
    one thing, or returns ""; `theirs` is the same trial with the reference's function.
    """

    function: Callable
    call: Callable[["Trial"], Any]
    sizes: Sequence[int]  # images in each batch
    val_sizes: Sequence[int] = (3, 3)
    layer: str = ""  # what the pixels pass through first
    smoothing: float = 0.0  # of the loss
    training: bool = True  # the mode in which the model comes
    frozen: bool = False  # that of its first layer, if it is another
    stale: bool = False  # whether it comes with old gradients
    breaks: bool = False  # whether the loader ends with an error
    abroad: bool = False  # whether the model is on another device than the images
    on_device: bool = True  # whether a measuring loop is given the device
    own_loss: bool = True  # whether it takes its own loss function
    epochs: int = 1

    def __post_init__(self) -> None:
        self.device = torch.device("meta" if self.abroad else "cpu")
        self.model = Probe(LAYERS[self.layer](), self.device).train(self.training)
        if self.frozen:
            [*self.model.layer.modules()][-1].eval()
        for weights in self.model.parameters() if self.stale else ():
            weights.grad = torch.full_like(weights, 0.25)
        self.before = state(self.model)
        self.loader = Batches(self.sizes, breaks=self.breaks)
        self.val_loader = Batches(self.val_sizes)
        self.loss_fn = Loss(label_smoothing=self.smoothing)

    def go(self) -> Any:
        return self.call(self)

    def train(self) -> Any:
        return self._with_optimizer(self.loader)

    def train_and_validate(self) -> Any:
        return self._with_optimizer(self.loader, self.val_loader, epochs=self.epochs)

    def _with_optimizer(self, *loaders: Batches, **options: Any) -> Any:
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        options |= {"optimizer": optimizer, "loss_fn": self.loss_fn}
        return self.function(self.model, *loaders, **options, device=self.device)

    def measure(self) -> Any:
        options = {"device": self.device} if self.on_device else {}
        options |= {} if self.own_loss else {"loss_fn": self.loss_fn}
        return self.function(self.model, self.loader, **options)

    def other_kind(self, theirs: "Trial") -> str:
        result = self.go()
        if result is None:
            return "returned None: does it end with a return?"
        if not isinstance(result, EpochResult):
            return f"expected an EpochResult, got {shown(result)}"
        for name, kind in (("loss", float), ("accuracy", float), ("samples", int)):
            if not isinstance(value := getattr(result, name), kind):
                return f"{name} should be a plain {kind.__name__}, got {shown(value)}"
        return ""

    def other_result(self, theirs: "Trial") -> str:
        result, expected = self.go(), theirs.go()
        swapped = not difference(expected.loss, result.accuracy)
        for name in ("samples", "accuracy", "loss"):
            if words := difference(getattr(expected, name), getattr(result, name)):
                return f"{name}: {words}" + "; accuracy got the loss" * swapped
        return ""

    def other_weights(self, theirs: "Trial") -> str:
        self.go()
        theirs.go()
        after, expected = (trial.model.state_dict() for trial in (self, theirs))
        if torch.equal(after["last.weight"], self.before[1]["last.weight"]):
            return "the weights have not moved"
        for name, values in expected.items():
            if words := difference(values, after[name]):
                return f"{name} after it: {words}"
        return ""

    def skips_batches(self, theirs: "Trial") -> str:
        self.go()
        for number, (images, _) in enumerate(self.loader.parts, 1):
            if not any(torch.equal(images, seen) for seen in self.model.seen):
                place = f"batch {number} of {len(self.sizes)}"
                return f"{place} never reached the model, or not as it is"
        return ""

    def stands_still(self, theirs: "Trial") -> str:
        self.go()
        first, *_, last = self.model.met
        words = "the last batch met the weights that the first one met"
        return words * torch.equal(first, last)

    def in_eval_mode(self, theirs: "Trial") -> str:
        self.go()
        return "" if all(self.model.trained) else "the model computed in eval mode"

    def not_moved(self, theirs: "Trial") -> str:
        try:
            self.go()
        except RuntimeError as error:  # Sums that are kept on `meta` can't be read.
            if "meta" not in str(error):
                raise
        used = [part for part in (self.loader, self.val_loader) if part.passes]
        return next(filter(None, (part.unmoved(self.device) for part in used)), "")

    def more_than_once(self, theirs: "Trial") -> str:
        self.go()
        if (passes := self.loader.passes) != 1:
            return f"went through the loader {passes} times; once is enough"
        calls, batches = len(self.model.trained), len(self.sizes)
        words = f"called the model {calls} times for {batches} batches"
        return words if calls != batches else ""

    def remembers_graphs(self, theirs: "Trial") -> str:
        self.go()
        # One graph may be left over in a variable from the batch before.
        kept = max(self.model.remembered, default=0)
        words = f"in the last batch, {kept} old graphs were still in memory"
        return words if kept > 1 else ""

    def accepts_nothing(self, theirs: "Trial") -> str:
        expected = "expected a ValueError"
        try:
            result = self.go()
        except ValueError as error:
            silent = self.call is Trial.train and not any(map(str, error.args))
            return f"{expected} that says so, yours says nothing" * silent
        except ZeroDivisionError:
            return f"{expected} that says what is wrong, got a ZeroDivisionError"
        return f"{expected}, yours returned {shown(result)}"

    def records(self, theirs: "Trial") -> str:
        for before in (True, False):
            with torch.set_grad_enabled(before):
                self.go()
                after = torch.is_grad_enabled()
            if any(self.model.recorded):
                return "gradients were recorded"
            if before and not after:
                return "gradients stay switched off afterwards, for all that follows"
        return "gradients were off before, and are on afterwards" * after

    def records_validation(self, theirs: "Trial") -> str:
        self.go()
        calls = zip(self.model.trained, self.model.recorded)
        idle = any(recorded and not trained for trained, recorded in calls)
        return "gradients were recorded in validation" if idle else ""

    def changes_numbers(self, theirs: "Trial") -> str:
        self.go()
        changed = changed_number(self.model, self.before)
        kind = self.model.last.weight.dtype
        if self.stale and kind != torch.float32:
            return f"the model's weights became {kind}"
        return changed or changed_gradients(self.model, self.before) * self.stale

    def changes_modes(self, theirs: "Trial") -> str:
        with suppress(OSError):
            self.go()
            if self.breaks:
                return "the loader's error was swallowed"
        if not torch.is_grad_enabled():
            return "gradients stay switched off afterwards, for all that follows"
        modes, *_ = state(self.model)
        now = ", ".join("train" if mode else "eval" for mode in modes)
        words = f"the modes of the model's parts were not restored: now {now}"
        return words if modes != self.before[0] else ""

    def no_two_lists(self, theirs: "Trial") -> str:
        result = self.go()
        if result is None:
            return "returned None: does it end with a return?"
        if not isinstance(result, tuple | list) or len(result) != 2:
            return f"expected two lists of losses, got {shown(result)}"
        for losses in result:
            if getattr(numbers(losses), "shape", ()) != (self.epochs,):
                each = f"a loss for each of {self._epochs()}"
                return f"expected {each}, got {shown(losses)}"
        return ""

    def misuses_loaders(self, theirs: "Trial") -> str:
        self.go()
        for name, loader in (("train", self.loader), ("val", self.val_loader)):
            if loader.passes != self.epochs:
                times = f"{name}_loader {loader.passes} times"
                return f"in {self._epochs()} it went through {times}"
        return ""

    def _epochs(self) -> str:
        return f"{self.epochs} epoch{'s' if self.epochs > 1 else ''}"

    def other_train_losses(self, theirs: "Trial") -> str:
        expected, losses = theirs.go(), self.go()
        words = difference(expected[0], losses[0])
        if words and not difference(expected[1], losses[0]):
            words += ", the validation loss, but training losses come first"
        return f"training losses: {words}" if words else ""

    def leaves_eval_mode(self, theirs: "Trial") -> str:
        self.go()
        if not all(weights.requires_grad for weights in self.model.parameters()):
            return "the weights were left without requires_grad"
        still = all(part.training for part in self.model.modules())
        return "" if still else "the model was left in eval mode"

    def other_val_losses(self, theirs: "Trial") -> str:
        words = difference(theirs.go()[1], self.go()[1])
        return f"validation losses: {words}" if words else ""
