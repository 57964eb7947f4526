"""The training loop: one epoch in a dozen lines, and `fit`, which repeats it safely."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from course_utils.runtime import best_device
from course_utils.training.execution import Run
from course_utils.training.guards import (
    Batches,
    FiniteLoss,
    progress_bar,
    stop_after_batch,
)
from course_utils.training.history import EpochResult, History
from course_utils.training.team import Team

ImageBatches = Iterable[tuple[Tensor, Tensor]]


def train_one_epoch(
    model: nn.Module,
    loader: ImageBatches,
    *,
    optimizer: torch.optim.Optimizer,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    device: torch.device,
) -> EpochResult:
    """Show the model every batch once, and move its weights after each.

    Parameters
    ----------
    model
        Maps images (N, C, H, W) to logits (N, K).
    loader
        Yields (images, targets): float32 (N, C, H, W) and int64 (N,).
    optimizer
        Holds the model's parameters.
    loss_fn
        Maps (logits, targets) to the batch's mean loss.
    device
        Where the model is.

    Returns
    -------
    EpochResult
        Each batch counts by its size, so that a short last one weighs less.

    Raises
    ------
    ValueError
        If `loader` yields nothing.

    Notes
    -----
    Taught line by line in notebook 06.
    """
    model.train()
    total_loss, correct, samples = 0.0, 0, 0
    for images, targets in loader:
        images, targets = images.to(device), targets.to(device)
        optimizer.zero_grad()
        logits = model(images)
        loss = loss_fn(logits, targets)
        loss.backward()
        optimizer.step()
        total_loss += loss.detach() * len(targets)
        correct += (logits.argmax(dim=1) == targets).sum()
        samples += len(targets)
    if samples == 0:
        raise ValueError("the loader yielded no batch; is the data set empty?")
    return EpochResult(float(total_loss) / samples, int(correct) / samples, samples)


@torch.no_grad()
def evaluate(
    model: nn.Module,
    loader: ImageBatches,
    *,
    loss_fn: Callable[[Tensor, Tensor], Tensor] | None = None,
    device: torch.device | None = None,
) -> EpochResult:
    """Measure the model without changing it: dropout off, no gradients.

    Parameters
    ----------
    model
        Maps images (N, C, H, W) to logits (N, K). Its mode is restored afterwards.
    loader
        Yields (images, targets), as for `train_one_epoch`.
    loss_fn
        Maps (logits, targets) to the batch's mean loss; cross-entropy by default.
    device
        Where the model is; by default where its parameters are.

    Returns
    -------
    EpochResult

    Raises
    ------
    ValueError
        If `loader` yields nothing.

    Notes
    -----
    Taught in notebook 06.
    """
    loss_fn = loss_fn or nn.functional.cross_entropy
    device = device or next(model.parameters()).device
    total_loss, correct, samples = 0.0, 0, 0
    with eval_mode(model):
        for images, targets in loader:
            images, targets = images.to(device), targets.to(device)
            logits = model(images)
            total_loss += loss_fn(logits, targets) * len(targets)
            correct += (logits.argmax(dim=1) == targets).sum()
            samples += len(targets)
    if samples == 0:
        raise ValueError("the loader yielded no batch; is the data set empty?")
    return EpochResult(float(total_loss) / samples, int(correct) / samples, samples)


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Switch dropout and batch statistics off, and each module back as it was.

    Parameters
    ----------
    model
        Any module; parts of it may be in different modes.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def fit(
    model: nn.Module,
    train_loader: ImageBatches,
    val_loader: ImageBatches | None = None,
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    loss_fn: Callable[[Tensor, Tensor], Tensor] | None = None,
    device: torch.device | str | None = None,
    precision: str = "auto",
    checkpoint: str | Path | None = None,
    on_epoch_end: Callable[[History], None] | None = None,
) -> History:
    """Train a model for several epochs, and evaluate it after each.

    Ctrl-C (in a notebook, "interrupt the kernel") stops after the current batch and
    keeps the weights; a second one raises. Started by ``torchrun``, the same call
    trains data-parallel: each process computes its share of each batch.

    Parameters
    ----------
    model
        Maps images (N, C, H, W) to logits (N, K). It is moved to `device`.
    train_loader, val_loader
        Yield (images, targets): a `course_utils.data.Loader`, a ``DataLoader``, or
        any other iterable.
    epochs
        How often to go through `train_loader`, at least 1.
    optimizer
        Adam with its default learning rate by default.
    scheduler
        Stepped after every batch, as ``OneCycleLR`` expects: count in batches.
    loss_fn
        Maps (logits, targets) to the batch's mean loss; cross-entropy by default.
    device
        Where to train; the fastest device here by default.
    precision
        ``"float32"``, ``"bfloat16"``, ``"float16"``, or ``"auto"``, as in
        `course_utils.runtime.autocast_dtype`.
    checkpoint
        A file to save after each epoch. The same call again resumes from it.
    on_epoch_end
        Called with the `History` after each epoch, for example
        ``course_utils.plotting.live_history()``.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If a loader yields nothing, a target is not a class, `epochs` is below 1, or
        `checkpoint` was made by a call with other arguments.
    FloatingPointError
        If the loss stops being a finite number. The weights from before that batch
        are kept.

    Notes
    -----
    Taught in notebook 06; what makes it fast, in notebook 12.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; expected at least 1")
    device = torch.device(device) if device else best_device()
    run = Run(model, optimizer, scheduler, loss_fn, device, precision)
    saved = run.checkpoint(checkpoint, train_loader, epochs=epochs)
    history = History(**saved.resume())
    shared_model = run.team.share(run.model)
    left = epochs - len(history)
    with stop_after_batch() as stop, progress_bar(train_loader, left) as bar:
        for epoch in range(len(history) + 1, epochs + 1):
            began = time.perf_counter()
            batches = Batches(train_loader, run.team, bar, stop)
            finite_loss = FiniteLoss(run.loss_fn, run.scaler, epoch)
            train = train_one_epoch(
                shared_model,
                batches,
                optimizer=run.stepper,
                loss_fn=finite_loss,
                device=device,
            )
            finite_loss.check()
            if batches.cut_short:
                break
            val = val_loader and evaluate(
                run.model,
                run.team.parts(val_loader),
                loss_fn=run.loss_fn,
                device=device,
            )
            seconds = time.perf_counter() - began
            history.add(_over(run.team, train), val and _over(run.team, val), seconds)
            saved.save(asdict(history))
            if run.team.rank == 0:
                bar.write(f"epoch {epoch:>2}/{epochs} · {history.last_epoch()}")
                on_epoch_end and on_epoch_end(history)
            if stop.is_set():
                break
    history.interrupted = len(history) < epochs
    return history


def _over(team: Team, result: EpochResult) -> EpochResult:
    """Combine what the processes of a team measured, each on its part."""
    n = result.samples
    loss, correct, samples = team.total(result.loss * n, result.accuracy * n, n)
    return EpochResult(loss / samples, correct / samples, samples)
