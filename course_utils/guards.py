"""What training refuses in words, before it goes wrong in silence or in PyTorch's."""

import copy
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CyclicLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from course_utils.arguments import as_count, as_finite, said
from course_utils.models import as_model, refusal
from course_utils.runtime import as_device

LossFunction = Callable[[Tensor, Tensor], Tensor]

# ------------------------------------------------------------- a loop and its batches


class Refusal(ValueError):
    """What a guard says of a batch, which needs no more words."""


def guarded(loop: Callable) -> Callable:
    """Look at what a loop is given, and say more than PyTorch does where it stops.

    Lessons teach the loop without this line.
    """

    @wraps(loop)
    def looked_at(model: nn.Module, loader: Iterable, **options: Any) -> Any:
        as_model("model", model)
        loss_fn = check_loss(options.get("loss_fn"))
        if "optimizer" in options:
            check_optimizer(model, options["optimizer"], loss_fn)
        if options.get("device") is not None:
            options["device"] = as_device("device", options["device"])
        batches = Checked(check_loader("loader", loader))
        try:
            return loop(model, batches, **options)
        except (torch.OutOfMemoryError, Refusal):
            raise
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            if batches.last is None:
                raise
            why = diagnosis(error, model, *batches.last, loss_fn)
            if why is None:
                raise
            raise ValueError(why) from error

    return looked_at


@dataclass
class Checked:
    """The batches of a loader, each looked at before it is handed on."""

    loader: Iterable
    last: tuple[Tensor, Tensor] | None = None

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in self.loader:
            self.last = None
            check_batch(batch)
            self.last = batch
            yield batch


@torch.no_grad()
def diagnosis(
    error: Exception,
    model: nn.Module,
    images: Tensor,
    targets: Tensor,
    loss_fn: LossFunction | None,
) -> str | None:
    """Say why a step on a batch fails; None if nobody knows."""
    if len(images) == 1 and "more than 1 value" in str(error):
        return (
            f"BatchNorm cannot train on one image ({error}): choose a batch_size that "
            "leaves no single image over, or drop_last=True in a DataLoader."
        )
    modes = [(module, module.training) for module in model.modules()]
    images = images.to(next(model.parameters(), images).device)
    loss_fn = getattr(loss_fn, "loss_fn", loss_fn)
    try:
        logits = model.eval()(images)
    except (RuntimeError, ValueError, IndexError):
        return refusal(error, model, images)
    except Exception:  # it is the model's own, and speaks for itself
        return None
    finally:
        for module, training in modes:
            module.training = training
    try:
        check_logits(logits, targets, loss_fn)
        check_targets(logits, targets)
        if loss_fn is not None:
            loss_fn(logits, targets.to(logits.device))
    except Refusal as found:
        return str(found)
    except Exception as found:
        pair = f"logits, {said(logits)}, and class numbers, {said(targets)}"
        words = f"does not make one number of {pair}: {found}"
        return f"loss_fn, {said(loss_fn)}, {words}. CrossEntropyLoss() does."
    return None


def check_loader(name: str, loader: Any) -> Any:
    """Return something that yields batches."""
    if isinstance(loader, torch.utils.data.Dataset):
        raise TypeError(
            f"{name} is a data set, {type(loader).__name__}, which yields single "
            f"images; give a loader: DataLoader({name}, batch_size=128)"
        )
    if not hasattr(loader, "__iter__") or isinstance(loader, Tensor | str):
        raise TypeError(
            f"{name} is {said(loader)}; expected a loader, which yields batches of "
            'images and targets, such as data.loader("train")'
        )
    return loader


def check_batch(batch: object) -> None:
    """Raise unless it is a pair of tensors that belong together."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        count = f", {len(batch)} parts" if isinstance(batch, tuple | list) else ""
        found = f"{type(batch).__name__}{count}"
        raise TypeError(f"the loader yields a {found}; expected (images, targets)")
    images, targets = batch
    if not isinstance(images, Tensor) or not isinstance(targets, Tensor):
        raise TypeError(
            f"the loader yields {said(images)} and {said(targets)}; expected tensors "
            "of many images and targets. Is it a data set, without a DataLoader?"
        )
    if targets.dtype != torch.int64 or targets.shape != images.shape[:1]:
        raise ValueError(
            f"the loader yields targets of {targets.dtype}, shape "
            f"{tuple(targets.shape)}, for images of shape {tuple(images.shape)}; "
            "expected class numbers: torch.int64, one for each image. For yes or no, "
            "give the network two logits."
        )
    if not images.is_floating_point():
        raise TypeError(
            f"the loader yields images of {images.dtype}; expected float32. "
            "data.loader makes that of bytes, and ToTensor() for a DataLoader"
        )


def check_optimizer(
    model: nn.Module, optimizer: Any, loss_fn: LossFunction | None
) -> None:
    """Raise unless it is an optimizer, and of this model."""
    if isinstance(optimizer, type) or not hasattr(optimizer, "zero_grad"):
        advice = "such as torch.optim.Adam(model.parameters())"
        raise TypeError(f"optimizer is {said(optimizer)}; expected one, {advice}")
    step = inspect.signature(type(optimizer).step).parameters.get("closure")
    if step is not None and step.default is step.empty:
        raise ValueError(
            f"optimizer {type(optimizer).__name__} needs a closure in each step, which "
            "this loop does not give; choose another, such as Adam"
        )
    groups = getattr(optimizer, "param_groups", [])
    moved = {id(p) for group in groups for p in group["params"]}
    known = {id(p) for p in model.parameters()}
    strange = moved - known - {id(p) for p in getattr(loss_fn, "parameters", list)()}
    if strange or (groups and not moved & known):
        raise ValueError(
            f"the optimizer holds {len(strange)} weights that are not the model's; was "
            "the model made anew, or a layer replaced? It must be made after that: "
            f"{type(optimizer).__name__}(model.parameters(), ...)"
        )


def check_loss(loss_fn: Any) -> Any:
    """Return a loss that is one number for a batch; warn if it is not the mean."""
    if isinstance(loss_fn, type):
        raise TypeError(f"loss_fn is {said(loss_fn)}; expected {loss_fn.__name__}()")
    if loss_fn is not None and not callable(loss_fn):
        raise TypeError(f"loss_fn is {said(loss_fn)}; expected CrossEntropyLoss()")
    reduction = getattr(loss_fn, "reduction", "mean")
    if reduction == "sum":
        warnings.warn(
            "loss_fn has reduction='sum': the losses reported are not means, but as "
            "many times larger as a batch has images",
            stacklevel=3,
        )
    elif reduction != "mean":
        raise ValueError(f"loss_fn has reduction={reduction!r}; expected 'mean'")
    return loss_fn


def check_logits(logits: Any, targets: Tensor, loss_fn: Any) -> None:
    """Raise unless there is a row of logits for each image, one for each class."""
    if not isinstance(logits, Tensor) or logits.shape[:-1] != targets.shape:
        raise Refusal(
            f"the model returns {said(logits)} for a batch of {len(targets)} images; "
            f"expected logits of shape ({len(targets)}, K). Is there a Flatten before "
            "the last layer?"
        )
    count = logits.shape[1]
    if count == 1:
        raise Refusal(
            "the model has 1 logit, and accuracy compares at least 2; give its last "
            "layer one output for each class, and two for yes or no"
        )
    weight = getattr(loss_fn, "weight", None)
    if isinstance(weight, Tensor) and weight.shape != (count,):
        raise Refusal(
            f"loss_fn has weights of shape {tuple(weight.shape)}, but the model has "
            f"{count} logits; give one weight for each class"
        )
    if isinstance(weight, Tensor) and weight.dtype != logits.dtype:
        raise Refusal(
            f"loss_fn has weights of {weight.dtype}; expected {logits.dtype}, as the "
            "logits are: weight.float()"
        )


def check_no_softmax(logits: Tensor) -> None:
    """Warn if each row is shares of a whole, of which the loss takes softmax again."""
    if (logits >= 0).all() and ((logits.sum(dim=1) - 1).abs() < 1e-3).all():
        warnings.warn(
            "the model's logits are shares that add up to 1. Is its last layer a "
            "softmax? Leave it out: CrossEntropyLoss and predict take it themselves",
            stacklevel=3,
        )


def check_targets(logits: Tensor, targets: Tensor) -> None:
    """Raise if a target is no class."""
    low, high = targets.min().item(), targets.max().item()
    if low < 0 or high >= logits.shape[1]:
        raise Refusal(
            f"the loader's targets reach from {low} to {high}, but the model has "
            f"{logits.shape[1]} logits, for targets 0 to {logits.shape[1] - 1}. Number "
            "the classes from 0, or give the last layer one output for each class."
        )


# ------------------------------------------------------- what belongs together in a run


def check_run(
    model: nn.Module,
    loaders: dict[str, Any],
    epochs: int,
    optimizer: torch.optim.Optimizer | None,
    scheduler: object | None,
    loss_fn: LossFunction | None,
    on_epoch_end: object,
) -> None:
    """Raise unless the arguments of `fit` are what they should be, and fit together."""
    as_model("model", model)
    as_count("epochs", epochs)
    for name, loader in loaders.items():
        if loader is None and name == "val_loader":
            continue
        check_loader(name, loader)
        if length(loader) == 0:
            raise ValueError(
                f"{name} yields no batch; expected one. Is the data set empty?"
            )
        if hasattr(loader, "__next__") and epochs > 1:
            raise ValueError(
                f"{name} is {said(loader)}, which is used up after one epoch; give a "
                "loader that begins anew, such as a DataLoader or a list of batches"
            )
    check_loss(loss_fn)
    if not any(weights.requires_grad for weights in model.parameters()):
        raise ValueError(
            "the model has no weights to train; expected one that is not frozen"
        )
    if optimizer is not None:
        check_optimizer(model, optimizer, loss_fn)
    if scheduler is not None and getattr(scheduler, "optimizer", None) is not optimizer:
        raise ValueError(
            f"scheduler, {said(scheduler)}, moves the learning rate of another "
            "optimizer than the one given to fit; make both anew, and give both"
        )
    still = [m for m in model.modules() if model.training and not m.training]
    if still := [m for m in still if isinstance(m, nn.Dropout | _NormBase)]:
        warnings.warn(
            f"{type(still[0]).__name__} is in eval mode, but an epoch begins with "
            "model.train(), for all layers. To keep it frozen, give it a train() of "
            "its own that does nothing",
            stacklevel=3,
        )
    if on_epoch_end is not None and not callable(on_epoch_end):
        raise TypeError(f"on_epoch_end is {said(on_epoch_end)}; expected a function")


def length(loader: object) -> int | None:
    """Return how many batches it has; None if it can't say."""
    try:
        return len(loader)
    except TypeError:
        return None


def scheduler_steps(
    scheduler: object | None, told: str | None, val_loader: object | None
) -> str:
    """Return after what a scheduler is stepped: each "batch", or each "epoch".

    told: what the caller says; ValueError if that is needed, and missing.
    """
    if told not in (None, "batch", "epoch"):
        raise ValueError(f"step_scheduler is {told!r}; expected 'batch' or 'epoch'")
    if isinstance(scheduler, ReduceLROnPlateau):
        if told == "batch" or scheduler.mode != "min" or val_loader is None:
            raise ValueError(
                "ReduceLROnPlateau is given the validation loss after each epoch; "
                "expected mode='min', step_scheduler='epoch', and a val_loader"
            )
        return "epoch"
    if scheduler is None or told:
        return told or "batch"
    if isinstance(scheduler, OneCycleLR | CyclicLR):
        return "batch"
    if isinstance(scheduler, LRScheduler):
        name = type(scheduler).__name__
        raise ValueError(
            f"{name} does not say what it counts: give fit step_scheduler='epoch' if "
            f"it counts epochs, as {name} in most recipes, or step_scheduler='batch'"
        )
    raise TypeError(f"scheduler is {said(scheduler)}; expected one of PyTorch's")


def check_schedule_length(
    scheduler: object | None, steps: int | None, epochs: int
) -> None:
    """Raise if a one-cycle schedule ends before the run does.

    steps: in each of the epochs that are left; None if nobody knows.
    """
    if steps is not None and isinstance(scheduler, SequentialLR | ChainedScheduler):
        check_chain(scheduler, steps * epochs)
    if not isinstance(scheduler, OneCycleLR) or steps is None:
        return
    left = scheduler.total_steps - scheduler.last_epoch
    if left < steps * epochs:
        raise ValueError(
            f"OneCycleLR has {left} of its {scheduler.total_steps} steps left, but "
            f"{epochs} epochs take {steps * epochs}; make optimizer and scheduler anew,"
            f" with total_steps={steps * epochs}"
        )


def check_chain(scheduler: LRScheduler, steps: int) -> None:
    """Let a copy of schedulers, one of which may end, run ahead."""
    twin = copy.deepcopy(scheduler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no optimizer steps in between
        try:
            for _ in range(steps):
                twin.step()
        except ValueError as error:
            raise ValueError(
                f"a scheduler in {type(scheduler).__name__} ends before the run, which "
                f"takes {steps} steps: {error}. Give it as many as it will take"
            ) from error


def as_losses(name: str, value: Any) -> list[float]:
    """Return losses, one for each epoch, none of them NaN."""
    losses = as_finite(name, value, "E")
    return losses.tolist()
