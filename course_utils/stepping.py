"""One step of `fit`: its loss and its gradients are watched, then weights move."""

import copy
import inspect
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.optim import lr_scheduler

from course_utils.arguments import said
from course_utils.distributed import Team
from course_utils.guards import Watched, check_targets


@dataclass
class Finite:
    """Asks whether losses and gradients are finite, and goes back if they are not.

    A GPU is asked only every 50 batches, because each question makes it wait; until
    then a copy of weights and statistics is kept. On a CPU no step is made before the
    question, so statistics are enough.
    """

    model: nn.Module
    on_cpu: bool
    epoch: int = 0
    batch: int = 0
    since: int = 0
    kept: list[tuple[str, Tensor, Tensor]] = field(default_factory=list)
    unchecked: list[tuple[str, int, Tensor]] = field(default_factory=list)

    def begin_epoch(self, epoch: int) -> None:
        self.epoch, self.batch = epoch, 0

    def begin_batch(self) -> None:
        self.batch += 1
        if not self.unchecked:
            self.since = self.batch
            named = [*self.model.named_buffers()]
            named += [] if self.on_cpu else [*self.model.named_parameters()]
            self.kept = [(name, one, one.detach().clone()) for name, one in named]

    def ask(self, what: str, number: Tensor) -> None:
        self.unchecked.append((what, self.batch, number.detach()))
        if self.on_cpu:
            self.check()

    def end_batch(self) -> None:
        if self.batch - self.since >= 49:
            self.check()

    def end_epoch(self) -> None:
        """Look at the weights, too: a learning rate can be NaN."""
        self.ask("largest weight", largest(self.model.parameters()))
        self.check()

    @torch.no_grad()
    def go_back(self) -> None:
        for name, tensor, value in self.kept:
            path, _, last = name.rpartition(".")
            setattr(self.model.get_submodule(path), last, tensor.copy_(value))

    def check(self) -> None:
        for what, batch, number in self.unchecked:
            if not math.isfinite(number.item()):
                self.go_back()
                words = f"The weights are those from before batch {self.since}. "
                if not largest(self.model.parameters()).isfinite():
                    words = "A step has spoilt the weights: make the model anew. "
                words += "Try a smaller learning rate first; then look for NaN in"
                if (self.epoch, batch) == (1, 1) and what != "largest weight":
                    words = "No step was made before: look for NaN in weights and"
                raise FloatingPointError(
                    f"the {what} became {number.item()} in epoch {self.epoch}, batch "
                    f"{batch}. {words} images and for a division or log without guard."
                )
        self.unchecked = []


@dataclass
class GuardedLoss(Watched):
    """A watched loss that stays finite; only what flows back from it is scaled."""

    finite: Finite
    scaler: torch.amp.GradScaler
    team: Team
    frozen: list[nn.Module]  # at first
    val_loader: Any

    def check(self, *first: Any) -> None:
        super().check(*first)
        if isinstance(every := getattr(self.val_loader, "targets", None), Tensor):
            check_targets(first[1], every, "val_loader")
        kinds = nn.Dropout | _NormBase
        if thawed := [x for x in self.frozen if x.training and isinstance(x, kinds)]:
            name = type(thawed[0]).__name__
            text = f"{name} is in eval mode, but an epoch begins with model.train(). To"
            text += " keep it frozen, give it a train() of its own that does nothing"
            warnings.warn(text, stacklevel=3)

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        try:
            loss = super().__call__(logits, targets)
        except Exception:
            if self.is_new:  # BatchNorm has seen a batch, and shall not have
                self.finite.go_back()
            raise
        self.finite.ask("loss", loss)
        if self.scaler.is_enabled():
            loss.register_hook(self.scaler.scale)
        if self.team.weight != 1:
            loss.register_hook(lambda gradient: gradient * self.team.weight)
        return loss


@dataclass
class Stepper:
    """An optimizer that undoes the loss scaling and moves the learning rate on."""

    optimizer: torch.optim.Optimizer
    scheduler: lr_scheduler.LRScheduler | None
    stepped: str  # after what the scheduler moves: each "batch" or each "epoch"
    scaler: torch.amp.GradScaler
    finite: Finite
    skipped: int = 0

    def zero_grad(self) -> None:
        self.finite.begin_batch()
        self.optimizer.zero_grad()

    def step(self) -> None:
        scale = self.scaler.get_scale()
        is_first = not getattr(self.optimizer, "state", True)
        if scale <= 1:  # a larger one may itself be what makes gradients overflow
            self.finite.ask("gradient", total_norm(self.optimizer))
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.finite.end_batch()
        if self.scaler.get_scale() < scale:
            self.skipped += 1
            if is_first:  # a fused SGD has made averages, and not filled them
                self.optimizer.state.clear()
        elif self.scheduler is not None and self.stepped == "batch":
            self.scheduler.step()

    def end_epoch(self, val_loss: float | None) -> None:
        if self.skipped == self.finite.batch:
            text = "no step was made in an epoch, as no gradient was finite in float16"
            warnings.warn(f'{text}; try precision="float32"', stacklevel=3)
        self.skipped = 0
        if isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau):
            self.scheduler.step(val_loss)
        elif self.scheduler is not None and self.stepped == "epoch":
            self.scheduler.step()


def total_norm(optimizer: torch.optim.Optimizer) -> Tensor:
    """Return the length of all gradients together; finite only if each of them is."""
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    found = [p.grad for p in weights if p.grad is not None]
    dense = [g.coalesce().values() if g.is_sparse else g for g in found]
    return nn.utils.get_total_norm(dense)


def largest(weights: Iterable[Tensor]) -> Tensor:
    moved = [w.detach() for w in weights if w.requires_grad and not w.is_meta]
    return nn.utils.get_total_norm(moved, torch.inf)


def scheduler_steps(
    scheduler: Any, told: str | None, optimizer: object | None, val_loader: object
) -> str:
    """Return after what a scheduler is stepped, "batch" or "epoch"; told: by users."""
    if told not in (None, "batch", "epoch"):
        raise ValueError(f"step_scheduler is {told!r}; expected 'batch' or 'epoch'")
    if scheduler is None and told:
        raise ValueError(f"step_scheduler is {told!r}; expected a scheduler beside it")
    if scheduler is None:
        return "batch"
    of_loss = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
    try:
        inspect.signature(scheduler.step).bind(*[None] * of_loss)
        theirs = scheduler.optimizer
    except (AttributeError, TypeError) as error:
        raise TypeError(
            f"scheduler is {said(scheduler)}; expected one of PyTorch's, whose step() "
            f"takes nothing ({type(scheduler).__name__}: {error})"
        ) from error
    if theirs is not optimizer:
        moved = "moves the rate of another optimizer than the one given to fit"
        advice = "make both anew" if optimizer else "give fit its optimizer, too"
        raise ValueError(f"scheduler, {said(scheduler)}, {moved}; {advice}")
    if of_loss:
        if told == "batch" or scheduler.mode != "min" or val_loader is None:
            words = "expected mode='min', step_scheduler='epoch', and a val_loader"
            raise ValueError(f"ReduceLROnPlateau is given the validation loss; {words}")
        return "epoch"
    if told or isinstance(scheduler, lr_scheduler.OneCycleLR | lr_scheduler.CyclicLR):
        return told or "batch"
    name = type(scheduler).__name__
    raise ValueError(
        f"{name} does not say what it counts: give fit step_scheduler='epoch' if it "
        f"counts epochs, as {name} in most recipes, or step_scheduler='batch'"
    )


def check_schedule_length(scheduler: Any, steps: int | None, epochs: int) -> None:
    """Raise if a schedule ends before the run does; steps: of an epoch, if known."""
    if steps is None:
        return
    total = steps * epochs
    if isinstance(scheduler, lr_scheduler.SequentialLR | lr_scheduler.ChainedScheduler):
        twin = copy.deepcopy(scheduler)  # which runs ahead
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no optimizer steps in between
            try:
                for _ in range(total):
                    twin.step()
            except ValueError as error:
                raise ValueError(
                    f"a scheduler in {type(scheduler).__name__} ends before the run, "
                    f"which takes {total} steps; give it as many: {error}"
                ) from error
    cosine = isinstance(scheduler, lr_scheduler.CosineAnnealingLR)
    if cosine and scheduler.T_max < scheduler.last_epoch + total:
        text = f"CosineAnnealingLR falls for its T_max={scheduler.T_max} steps"
        warnings.warn(f"{text}, then rises: {total} are to come", stacklevel=3)
    if isinstance(scheduler, lr_scheduler.OneCycleLR):
        left = scheduler.total_steps - scheduler.last_epoch
        if left < total:
            raise ValueError(
                f"OneCycleLR has {left} of its {scheduler.total_steps} steps left, but "
                f"{epochs} epochs take {total}; make optimizer and scheduler anew, "
                f"with total_steps={total}, and with another checkpoint, if any"
            )
