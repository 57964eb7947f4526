"""The training loop: one epoch in a dozen lines, and `fit`, which repeats it safely."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from tqdm.auto import tqdm

from course_utils import guards, runtime, stepping
from course_utils.arguments import as_count, as_finite, takes
from course_utils.checkpoint import Checkpoint
from course_utils.distributed import Team
from course_utils.guards import Checked, LossFunction, Watched, check_run, guarded
from course_utils.interrupts import checking, stop_after_batch
from course_utils.models import as_model
from course_utils.precision import InPrecision, outside_autocast

ImageBatches = Iterable[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class EpochResult:
    """Means over the samples of one pass: the loss, and the fraction that is right."""

    loss: float
    accuracy: float
    samples: int


@dataclass
class History:
    """What `fit` measured: one entry in each list for each finished epoch.

    Training is measured while the weights change, dropout on; validation after the
    epoch, dropout off, and its lists are empty without a validation loader. `seconds`
    count both. `interrupted` says whether Ctrl-C ended the training early.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    interrupted: bool = False

    def __len__(self) -> int:
        return len(self.seconds)

    def __repr__(self) -> str:
        end = "interrupted after" if self.interrupted else "finished"
        epochs = "epoch" if len(self) == 1 else "epochs"
        last = f"; the last: {self.last_epoch()}" if len(self) else ""
        return f"History: {end} {len(self)} {epochs}{last}"

    def add(self, train: EpochResult, val: EpochResult | None, seconds: float) -> None:
        self.train_loss.append(train.loss)
        self.train_accuracy.append(train.accuracy)
        if val is not None:
            self.val_loss.append(val.loss)
            self.val_accuracy.append(val.accuracy)
        self.seconds.append(seconds)

    def last_epoch(self) -> str:
        parts = [f"train loss {self.train_loss[-1]:.3f} {self.train_accuracy[-1]:.1%}"]
        if self.val_loss:
            accuracy = f"{self.val_accuracy[-1]:.1%}"
            parts.append(f"val loss {self.val_loss[-1]:.3f} {accuracy}")
        return " · ".join([*parts, f"{self.seconds[-1]:.1f} s"])


@guarded
def train_one_epoch(
    model: nn.Module,
    loader: ImageBatches,
    *,
    optimizer: torch.optim.Optimizer,
    loss_fn: LossFunction,
    device: torch.device,
) -> EpochResult:
    """Show the model every batch once, and move its weights after each.

    model: maps images (N, C, H, W) to logits (N, K); device: where it is. loader:
    yields (images, targets), float32 (N, C, H, W) and int64 (N,). optimizer: holds the
    model's parameters. loss_fn: maps (logits, targets) to the batch's mean loss; a
    batch counts by its size, so that a short last one weighs less. ValueError if
    `loader` yields nothing. Taught line by line in *The training loop*.
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


@guarded
@torch.no_grad()
def evaluate(
    model: nn.Module,
    loader: ImageBatches,
    *,
    loss_fn: LossFunction | None = None,
    device: torch.device | None = None,
) -> EpochResult:
    """Measure the model without changing it: dropout off, no gradients.

    model, loader, loss_fn, device: as for `train_one_epoch`, errors included; a loss
    that is not finite is warned of. The mode is restored, the loss is cross-entropy by
    default, the device where the model is. Taught in *The training loop*.
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


@takes(model=as_model)
@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Switch dropout and batch statistics off, and each module back as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@takes(val_losses=partial(as_finite, axes="E"), patience=as_count)
def early_stop(val_losses: Sequence[float], patience: int) -> tuple[int, int]:
    """Return the epoch after which training would stop, and the best one until then.

    Training stops when the lowest validation loss is `patience` epochs old, or after
    the last epoch. val_losses: one for each epoch, at least one; of equal ones the
    earliest is the best. patience: epochs to wait for a new lowest loss, at least 1.
    Epochs are counted from 1. Prechelt, "Early Stopping – But When?" (1998). Taught in
    *CIFAR-10*.

    >>> early_stop([0.9, 0.7, 0.8, 0.75, 0.6], patience=2)
    (4, 2)
    """
    best = 1
    for epoch, loss in enumerate(val_losses, 1):
        if loss < val_losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(val_losses), best


def fit(
    model: nn.Module,
    train_loader: ImageBatches,
    val_loader: ImageBatches | None = None,
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    step_scheduler: str | None = None,
    loss_fn: LossFunction | None = None,
    device: torch.device | str | None = None,
    precision: str = "auto",
    checkpoint: str | Path | None = None,
    on_epoch_end: Callable[[History], None] | None = None,
) -> History:
    """Train a model for several epochs, and evaluate it after each.

    Ctrl-C (in a notebook, "interrupt the kernel") stops after the current batch and
    keeps the weights; a second one raises. Started by ``torchrun``, the same call
    trains data-parallel: each process computes its share of each batch. Taught in *The
    training loop*.

    model: maps images (N, C, H, W) to logits (N, K). It is moved to `device`; all else
    but its weights comes back as it was.
    train_loader, val_loader: yield (images, targets): a `Loader`, a ``DataLoader``, or
    any other iterable. epochs: how often to go through `train_loader`, at least 1.
    optimizer, loss_fn: by default Adam with its default learning rate, of the weights
    of model and loss, and cross-entropy.
    scheduler, step_scheduler: stepped after every ``"batch"`` or every ``"epoch"``: by
    themselves say which OneCycleLR, CyclicLR (batch) and ReduceLROnPlateau (epoch,
    which is given the validation loss); every other scheduler must be told.
    device, precision: the fastest device here by default, and ``"float32"``,
    ``"bfloat16"``, ``"float16"`` or ``"auto"``, as in `runtime.autocast_dtype`.
    checkpoint: a file to save before the first epoch and after each. The same call
    again resumes from it; with more `epochs`, it goes on.
    on_epoch_end: called with the `History` after each epoch, like
    ``plotting.live_history()``. What it counts itself, such as a best loss or a mean
    of weights, is in no `checkpoint`.

    ValueError or TypeError if arguments do not fit together, a loader yields no batches
    of images and class numbers, or `checkpoint` was made by a call with other arguments
    or data. OSError if `checkpoint` cannot be written; after the first epoch, only a
    warning. FloatingPointError if loss or gradients stop being finite: weights and
    statistics go back to those from before that batch; on a GPU, up to 50 batches. Or
    if validation loss or saved statistics are not finite, which changes no weights.
    """
    loaders = {"train_loader": train_loader, "val_loader": val_loader}
    check_run(model, loaders, epochs, optimizer, loss_fn, on_epoch_end)
    stepped = stepping.scheduler_steps(scheduler, step_scheduler, optimizer, val_loader)
    # From here on, because an import that Ctrl-C cuts short breaks the whole process.
    with stop_after_batch() as stop:
        device = runtime.best_device() if device is None else device
        device = runtime.as_device("device", device)
        dtype = runtime.autocast_dtype(precision, device)
        runtime.keep_freed_memory()
        team = Team(device)
        fast_model = InPrecision(model.to(device), dtype)
        loss_fn = loss_fn or nn.CrossEntropyLoss()
        moved = [*model.parameters(), *getattr(loss_fn, "parameters", list)()]
        fused = all(w.dtype.is_floating_point for w in moved)
        optimizer = optimizer or torch.optim.Adam(dict.fromkeys(moved), fused=fused)
        # Scaling is for float16; for every other format the scaler does nothing.
        scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
        finite = stepping.Finite(model, on_cpu=device.type == "cpu")
        stepper = stepping.Stepper(optimizer, scheduler, stepped, scaler, finite)
        still = [m for m in model.modules() if model.training and not m.training]
        loss = stepping.GuardedLoss(
            loss_fn, train_loader, finite, scaler, team, still, val_loader
        )
        watched = {"loss_fn": Watched(loss_fn, val_loader), "device": device}
        parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        call = parts | loaders | {"loss_fn": loss_fn}
        call |= {"epochs": int(epochs), "precision": dtype, "step_scheduler": stepped}
        call["seed"] = team.agreed(torch.initial_seed())
        parts |= {"loss_fn": loss_fn} if isinstance(loss_fn, nn.Module) else {}
        parts |= {"scaler": scaler}
        saved = None if checkpoint is None else Checkpoint(checkpoint, parts, call)
        history = History(**saved.resume()) if saved else History()
        steps = guards.length(train_loader) if stepped == "batch" else 1
        stepping.check_schedule_length(scheduler, steps, epochs - len(history))
        # Where all processes meet: none looks for the file any more that one writes.
        shared = team.share(fast_model, loss_fn)
        if saved and team.leads:
            saved.begin(asdict(history), len(history), epochs)
        bar = progress_bar(train_loader, epochs - len(history))
        # `eval_mode` is for its end: it puts the mode of each part back, come what may.
        kept = saved or nullcontext()
        with eval_mode(model), kept, bar, outside_autocast(device), ended_by(stop):
            for epoch in range(len(history) + 1, epochs + 1):
                began = time.perf_counter()
                finite.begin_epoch(epoch)
                team.agree(model)
                checked = Checked(train_loader, f"in epoch {epoch}, train_loader")
                batches = team.parts(until_stopped(checked, bar, stop), train=True)
                train = train_one_epoch(
                    shared, batches, optimizer=stepper, loss_fn=loss, device=device
                )
                finite.end_epoch()
                team.agree(model)
                val = validate(fast_model, val_loader, epoch, team, **watched)
                stepper.end_epoch(val and val.loss)
                train = team.combined(train)
                history.add(train, val, time.perf_counter() - began)
                if team.leads:
                    bar.write(f"epoch {epoch:>2}/{epochs} · {history.last_epoch()}")
                    try:
                        on_epoch_end and on_epoch_end(history)
                    finally:  # with what it changed, such as a learning rate
                        saved and saved.save(asdict(history))
                if stop.is_set():
                    break
        finite.end_epoch()  # of one that was cut short, too
    history.interrupted = len(history) < epochs
    return history


def validate(
    model: nn.Module, loader: ImageBatches | None, epoch: int, team: Team, **how: object
) -> EpochResult | None:
    """Evaluate after an epoch; an error says that the model keeps what it learned."""
    if loader is None:
        return None
    batches = team.parts(Checked(loader, "val_loader"))
    try:
        return team.combined(evaluate(model, batches, **how))
    except (ValueError, TypeError) as error:
        text = f"in epoch {epoch}, whose training only the model keeps,"
        error.args = (f"{text} val_loader failed: {error}",)
        raise


class Stopped(Exception):
    """Ctrl-C was pressed, and an epoch ends before its time."""


@contextmanager
def ended_by(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C end a run, and not with an error where a DataLoader's workers do."""
    try:
        yield
    except (Stopped, RuntimeError) as error:
        has_died = stop.is_set() and "DataLoader worker" in str(error)
        if not has_died and not isinstance(error, Stopped):
            raise


def until_stopped(
    loader: ImageBatches, bar: tqdm, stop: threading.Event
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield training batches, with a bar and a way to stop after one."""
    for index, batch in enumerate(loader):
        if index and stop.is_set():
            raise Stopped
        yield batch
        bar.update()


def progress_bar(loader: object, epochs: int) -> tqdm:
    """Return a bar that shows where somebody watches: in a terminal and a notebook."""
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    batches, checked = guards.length(loader), checking.is_set()
    total = None if batches is None else batches * epochs
    bar = tqdm(total=total, unit="batch", disable=checked or not watched)
    if checked:  # the verdict stands alone
        bar.write = lambda text: None
    return bar
