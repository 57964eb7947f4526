"""One step of `fit`: its loss and its gradients are watched, then weights move."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from course_utils.arguments import said
from course_utils.distributed import Team
from course_utils.guards import (
    LossFunction,
    check_logits,
    check_no_softmax,
    check_targets,
)


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
    kept: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    unchecked: list[tuple[str, int, Tensor]] = field(default_factory=list)

    def begin_epoch(self, epoch: int) -> None:
        self.epoch, self.batch = epoch, 0

    def begin_batch(self) -> None:
        self.batch += 1
        if not self.unchecked:
            self.since = self.batch
            tensors = [*self.model.buffers()]
            tensors += [] if self.on_cpu else [*self.model.parameters()]
            self.kept = [(tensor, tensor.detach().clone()) for tensor in tensors]

    def ask(self, what: str, number: Tensor) -> None:
        self.unchecked.append((what, self.batch, number.detach()))
        if self.on_cpu:
            self.check()

    def end_batch(self) -> None:
        if self.batch - self.since >= 49:
            self.check()

    @torch.no_grad()
    def check(self) -> None:
        for what, batch, number in self.unchecked:
            if not math.isfinite(number.item()):
                for tensor, value in self.kept:
                    tensor.copy_(value)
                raise FloatingPointError(
                    f"the {what} became {number.item()} in epoch {self.epoch}, batch "
                    f"{batch}. The weights are those from before batch {self.since}. "
                    "Try a smaller learning rate first; then look for NaN in the "
                    "images and for a division or log without a guard."
                )
        self.unchecked = []


@dataclass
class GuardedLoss:
    """A loss function that looks at logits and targets, and stays finite.

    What flows back from a loss is scaled, for float16 and by the process's part of the
    batch; its value is not.
    """

    loss_fn: LossFunction
    finite: Finite
    scaler: torch.amp.GradScaler
    team: Team
    loader: object

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self.finite.epoch == self.finite.batch == 1:
            self.check(logits, targets)
        loss = self.loss_fn(logits, targets)
        if not isinstance(loss, Tensor) or loss.ndim:
            raise TypeError(
                f"loss_fn returns {said(loss)}; expected a tensor, one number"
            )
        self.finite.ask("loss", loss)
        if self.scaler.is_enabled():
            loss.register_hook(self.scaler.scale)
        if self.team.weight != 1:
            loss.register_hook(lambda gradient: gradient * self.team.weight)
        return loss

    def check(self, logits: Tensor, targets: Tensor) -> None:
        check_logits(logits, targets, self.loss_fn)
        check_targets(logits, targets)
        check_no_softmax(logits)
        every = getattr(self.loader, "targets", None)
        if isinstance(every, Tensor):
            check_targets(logits, every)


@dataclass
class Stepper:
    """An optimizer that undoes the loss scaling and moves the learning rate on.

    stepped: after what the scheduler moves, each ``"batch"`` or each ``"epoch"``.
    """

    optimizer: torch.optim.Optimizer
    scheduler: LRScheduler | None
    stepped: str
    scaler: torch.amp.GradScaler
    finite: Finite

    def zero_grad(self) -> None:
        self.finite.begin_batch()
        self.optimizer.zero_grad()

    def step(self) -> None:
        if not self.scaler.is_enabled():  # which looks at the gradients itself
            self.finite.ask("gradient", total_norm(self.optimizer))
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.finite.end_batch()
        if self.scheduler is not None and self.stepped == "batch":
            self.scheduler.step()

    def end_epoch(self, val_loss: float | None) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(val_loss)
        elif self.scheduler is not None and self.stepped == "epoch":
            self.scheduler.step()


def total_norm(optimizer: torch.optim.Optimizer) -> Tensor:
    """Return the length of all gradients together; finite only if each of them is."""
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    dense = [p.grad for p in weights if p.grad is not None and not p.grad.is_sparse]
    return nn.utils.get_total_norm(dense)
