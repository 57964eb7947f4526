"""What stops a training run in time, and shows how far it is."""

import math
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.training.team import Team


class FiniteLoss:
    """A loss function that raises at the first loss that is not a finite number.

    A GPU is asked only every 50 batches, because each question makes it wait.

    Parameters
    ----------
    loss_fn
        Maps (logits, targets) to the batch's mean loss.
    scaler
        Scales the gradients up, so that float16 does not round them to zero.
    epoch
        Counted from 1; for the message.
    """

    def __init__(
        self,
        loss_fn: Callable[[Tensor, Tensor], Tensor],
        scaler: torch.amp.GradScaler,
        epoch: int,
    ) -> None:
        self.loss_fn = loss_fn
        self.scaler = scaler
        self.epoch = epoch
        self.checked = 0
        self.unchecked: list[Tensor] = []

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the batch's mean loss, or raise."""
        on_cpu = logits.device.type == "cpu"
        if not (on_cpu or self.checked or self.unchecked):
            check_targets(logits, targets)
        try:
            loss = self.loss_fn(logits, targets)
        except IndexError:
            # On a CPU PyTorch looks at every target itself; its words are too few.
            check_targets(logits, targets)
            raise
        self.unchecked.append(loss.detach())
        if on_cpu or len(self.unchecked) == 50:
            self.check()
        if self.scaler.is_enabled():
            # The loss keeps its value; only what flows back from it is scaled.
            loss.register_hook(self.scaler.scale)
        return loss

    def check(self) -> None:
        """Look at the losses that were not looked at yet.

        Raises
        ------
        FloatingPointError
            If one of them is not a finite number.
        """
        for loss in self.unchecked:
            self.checked += 1
            if not math.isfinite(loss.item()):
                raise FloatingPointError(
                    f"the loss became {loss.item()} in epoch {self.epoch}, batch "
                    f"{self.checked}. Try a smaller learning rate first; then look "
                    "for NaN in the images and for a division or log without a guard."
                )
        self.unchecked = []


def check_targets(logits: Tensor, targets: Tensor) -> None:
    """Raise if class targets do not fit the logits.

    Parameters
    ----------
    logits
        Tensor, shape (N, K).
    targets
        Tensor, shape (N,). Anything but int64 is left to the loss function.

    Raises
    ------
    ValueError
        If a target is not in 0..K-1.
    """
    if logits.ndim != 2 or targets.dtype != torch.int64 or not len(targets):
        return
    low, high = targets.min().item(), targets.max().item()
    if low < 0 or high >= logits.shape[1]:
        raise ValueError(
            f"the targets reach from {low} to {high}, but the model has "
            f"{logits.shape[1]} logits, for targets 0 to {logits.shape[1] - 1}. Number "
            "the classes from 0, or give the last layer one output for each class."
        )


@contextmanager
def stop_after_batch() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a request to stop; let a second one raise.

    Yields
    ------
    threading.Event
        Set once Ctrl-C was pressed. Outside the main thread it never is.
    """
    requested = threading.Event()

    def request(signum: int, frame: object) -> None:
        if requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    if threading.current_thread() is not threading.main_thread():
        yield requested
        return
    previous = signal.signal(signal.SIGINT, request)
    try:
        yield requested
    finally:
        signal.signal(signal.SIGINT, previous)


class Batches:
    """One process's part of each training batch, with a bar and a way to stop.

    Parameters
    ----------
    loader
        Yields (images, targets).
    team
        Who shares each batch.
    bar
        Moves on after each batch.
    stop
        Once set, no further batch is begun.
    """

    def __init__(
        self,
        loader: Iterable[tuple[Tensor, Tensor]],
        team: Team,
        bar: tqdm,
        stop: threading.Event,
    ) -> None:
        self.loader = loader
        self.team = team
        self.bar = bar
        self.stop = stop
        self.cut_short = False

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Yield (images, targets) until the loader or the user ends it."""
        for index, batch in enumerate(self.loader):
            if index and self.stop.is_set():
                self.cut_short = True
                return
            part = self.team.part(batch, equal=True)
            if len(part[1]):
                yield part
            self.bar.update()


@contextmanager
def progress_bar(loader: object, epochs: int) -> Iterator[tqdm]:
    """Show a bar where somebody watches: in a terminal and in a notebook.

    Parameters
    ----------
    loader
        The training loader; it need not have a length.
    epochs
        How many are still to come.

    Yields
    ------
    tqdm
        Its ``write`` prints a line without disturbing the bar.
    """
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    total = len(loader) * epochs if hasattr(loader, "__len__") else None
    with tqdm(total=total, unit="batch", disable=not watched) as bar:
        yield bar
