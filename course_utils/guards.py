"""What training refuses in words, before it goes wrong in silence or in PyTorch's."""

import inspect
import math
import re
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial, wraps
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_utils.arguments import as_count, as_function, said
from course_utils.models import as_model, refusal, with_sizes
from course_utils.runtime import as_device

LossFunction = Callable[[Tensor, Tensor], Tensor]
NO_BATCH = "is the data set empty, an iterator used up, less than a batch (drop_last)?"
LOSS = "a loss, such as CrossEntropyLoss()"

# ------------------------------------------------------------- a loop and its batches


def guarded(loop: Callable) -> Callable:
    """Say more than PyTorch does of what a loop is given; lessons teach it without."""
    takes_loss = "loss_fn" in inspect.signature(loop).parameters

    @wraps(loop)
    def looked_at(model: nn.Module, loader: Iterable, **options: Any) -> Any:
        as_model("model", model)
        batches = Checked(check_loader("loader", loader))
        loss_fn, device = options.get("loss_fn"), options.get("device")
        as_function("loss_fn", loss_fn, LOSS)
        if "optimizer" in options:
            check_optimizer(model, options["optimizer"], loss_fn)
        if takes_loss and not isinstance(loss_fn, Watched):
            options["loss_fn"] = Watched(loss_fn or functional.cross_entropy, loader)
        device = device_of(model) if device is None else as_device("device", device)
        try:
            result = loop(model, batches, **options | {"device": device})
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            why = diagnosis(error, model, batches.images)
            if why is None:
                raise
            raise ValueError(why) from error
        loss = getattr(result, "loss", 0.0)
        if "optimizer" not in options and not math.isfinite(loss):
            advice = "look for NaN in images and weights, and for a division or log"
            text = f"the loss in evaluation became {loss}; {advice}"
            if isinstance(loss_fn, Watched):  # from `fit`, whose history would keep it
                raise FloatingPointError(text)
            warnings.warn(text, stacklevel=2)
        return result

    return looked_at


def device_of(model: nn.Module) -> torch.device:
    """Return where a model is; one without any numbers is on the CPU."""
    return next(chain(model.parameters(), model.buffers()), torch.empty(0)).device


@dataclass
class Checked:
    """The batches of a loader that are not empty, each looked at; name: for errors."""

    loader: Iterable
    name: str = "the loader"
    images: Tensor | None = None  # of the batch that is worked on

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        is_empty = True
        for batch in self.loader:
            check_batch(batch, self.name)
            if len(batch[1]):
                self.images, is_empty = batch[0], False
                # In somebody's autocast it holds weights from before the last step.
                torch.clear_autocast_cache()
                yield batch
                self.images = None
        if is_empty:
            raise ValueError(f"{self.name} yielded no batch; {NO_BATCH}")


def diagnosis(error: Exception, model: nn.Module, images: Tensor | None) -> str | None:
    """Say why a step on images fails, or making a batch; None if nobody knows."""
    if images is None:
        text = str(error).strip().rpartition("\n")[2]  # the last line of a worker's
        if "NoneType" in text:
            return "the data set returned None for an item: leave such items out of it"
        advice = "transform=Compose([Resize((64, 64)), ToTensor()]) in the data set"
        if re.search("default_collate: |equal size|resize storage", text):
            return f"the loader can't make a batch: {text}. It may need {advice}"
        return None
    if len(images) == 1 and "more than 1 value" in str(error):
        return (
            f"BatchNorm cannot train on one image ({error}): choose a batch_size that "
            "leaves no single image over, or drop_last=True in a DataLoader."
        )
    if "require grad" in str(error):
        return (
            "no gradient comes from the loss to the weights, as it must: is there a "
            "no_grad, inference_mode, set_grad_enabled(False), detach or argmax?"
        )
    if "graph a second time" in str(error):
        return "something is kept from the batch before, as an RNN's state: detach() it"
    frames = traceback.walk_tb(error.__traceback__)
    if any(frame.f_locals.get("self") is model for frame, _ in frames):
        return refusal(error, model, images)
    return None


def check_loader(name: str, loader: Any) -> Any:
    if isinstance(loader, torch.utils.data.Dataset):
        raise TypeError(
            f"{name} is a data set, {type(loader).__name__}, which yields single "
            f"images; give a loader: DataLoader({name}, batch_size=128)"
        )
    if not hasattr(loader, "__iter__") or isinstance(loader, Tensor | str):
        expected = 'a loader of images and targets, such as data.loader("train")'
        raise TypeError(f"{name} is {said(loader)}; expected {expected}")
    return loader


def check_batch(batch: object, name: str = "the loader") -> None:
    """Raise unless it is a pair of tensors that belong together."""
    parts = batch if isinstance(batch, tuple | list) else [batch]
    if len(parts) != 2 or not all(isinstance(part, Tensor) for part in parts):
        raise TypeError(
            f"{name} yields {', '.join(map(said, parts[:3]))}; expected two tensors, "
            "(images, targets), of many each: let the data set return one of each, and "
            "a DataLoader join them. torch.as_tensor makes tensors of arrays."
        )
    images, targets = parts
    if targets.dtype != torch.int64 or targets.shape != images.shape[:1]:
        raise ValueError(
            f"{name} yields targets of {targets.dtype}, shape "
            f"{tuple(targets.shape)}, for images of shape {tuple(images.shape)}; "
            "expected class numbers: torch.int64, one for each image. Other numbers "
            "become so by .long(), a column by [:, 0], rows with a one by .argmax(1); "
            "for yes or no, give the network two logits."
        )
    if not images.is_floating_point():
        raise TypeError(
            f"{name} yields images of {images.dtype}; expected float32. "
            "data.loader makes that of bytes, and ToTensor() for a DataLoader"
        )


def check_optimizer(model: nn.Module, optimizer: Any, loss_fn: Any) -> None:
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


# ------------------------------------------------------------ a batch and its loss


@dataclass
class Watched:
    """A loss that looks at each batch's logits and targets, and at what it returns."""

    loss_fn: LossFunction
    loader: Iterable
    is_new: bool = field(default=True, init=False)

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        check_logits(logits, len(targets))
        every = getattr(self.loader, "targets", None)
        at_once = isinstance(every, Tensor)
        # Each question makes a GPU wait: where it trains, one must do.
        once = at_once or (logits.requires_grad and logits.device.type != "cpu")
        if self.is_new or not once:
            check_targets(logits, every if at_once else targets)
        try:
            loss = self.loss_fn(logits, targets)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            pair = f"logits, {said(logits)}, and class numbers, {said(targets)}"
            advice = f"with {logits.shape[1]} weights of {logits.dtype} or none"
            raise ValueError(
                f"loss_fn, {said(self.loss_fn)}, does not make one number of {pair}: "
                f"{error}. Expected {LOSS}, {advice}."
            ) from error
        if not isinstance(loss, Tensor) or loss.ndim:
            advice = "expected a tensor, one number: the mean over the batch"
            raise ValueError(f"loss_fn returns {said(loss)}; {advice}")
        if self.is_new and not loss.is_meta:
            self.check(loss.item(), logits.float(), targets)
        self.is_new = False
        return loss.float() if loss.dtype.itemsize == 2 else loss

    @torch.no_grad()
    def check(self, loss: float, logits: Tensor, targets: Tensor) -> None:
        """Warn if a loss is no mean, or takes logits for what they are not."""
        if not math.isfinite(loss):
            return  # which is told elsewhere
        near, kind = partial(math.isclose, rel_tol=1e-4), type(self.loss_fn)
        mean = functional.cross_entropy(logits, targets).item()
        bare = functional.nll_loss(logits, targets).item()
        is_bare = kind is nn.NLLLoss or (bare and near(loss, bare))
        # Wide enough for log-probabilities and shares that were rounded to bfloat16.
        if is_bare and not math.isclose(mean, bare, rel_tol=0.01, abs_tol=0.01):
            text = "NLLLoss takes log-probabilities: add LogSoftmax(dim=1) to the model"
            text = f"{text}, or leave any softmax out and give CrossEntropyLoss()"
            warnings.warn(text, stacklevel=3)
        else:
            check_no_softmax(logits)
        is_sum = getattr(self.loss_fn, "reduction", "mean") == "sum"
        is_sum &= kind.__module__.startswith("torch.")
        many = len(targets) if mean > 1e-3 else 1
        if is_sum or (many > 1 and near(loss, many * mean)):
            text = "loss_fn adds up, as reduction='sum' does: losses will be no means"
            warnings.warn(text, stacklevel=3)


def check_answers(logits: Tensor, targets: Tensor, *, is_first: bool = True) -> None:
    """Raise unless predictions can be made of logits; warn of a softmax at first."""
    check_logits(logits, len(targets))
    check_targets(logits, targets)
    if is_first:
        check_no_softmax(logits)
    if not logits.isfinite().all():
        raise FloatingPointError(
            "the model's logits must be finite, but some are NaN or infinite; look for "
            "NaN in the weights, and in the images of a loader"
        )


def check_logits(logits: Any, count: int) -> None:
    """Raise unless there is a row of logits for each of so many images."""
    if not isinstance(logits, Tensor) or logits.shape[:-1] != (count,):
        advice = "Is there a Flatten before the last layer, or view(x.size(0), -1)?"
        if not isinstance(logits, Tensor):
            advice = 'Return them alone: [0] of a tuple, or ["logits"] of a dict.'
        elif logits.ndim < 2 and logits.numel() == count:
            advice = "For yes or no, give the network two logits, and squeeze none."
        elif count == 1 == logits.ndim:
            advice = "squeeze() takes the batch's axis as well: squeeze((2, 3))."
        raise ValueError(
            f"the model returns {said(logits)} for {count} images; expected "
            f"logits of shape ({count}, K). {advice}"
        )


def check_no_softmax(logits: Tensor) -> None:
    """Warn if each row is shares of a whole, of which the loss takes softmax again."""
    are_shares = (logits >= 0).all() and ((logits.sum(dim=1) - 1).abs() < 5e-3).all()
    if are_shares and (logits % 1).any():  # not rows of zeros and a one
        warnings.warn(
            "the model's logits are shares that add up to 1. Is its last layer a "
            "softmax? Leave it out: CrossEntropyLoss and predict take it themselves",
            stacklevel=3,
        )


def check_targets(logits: Tensor, targets: Tensor, name: str = "the loader") -> None:
    """Raise unless there are two logits or more, and one for each target."""
    low, high, count = targets.min().item(), targets.max().item(), logits.shape[1]
    if count == 1:
        raise ValueError(
            "the model has 1 logit, and accuracy compares at least 2; give its last "
            "layer one output for each class, and two for yes or no"
        )
    if low < 0 or high >= count:
        raise ValueError(
            f"{name}'s targets reach from {low} to {high}, but the model has "
            f"{count} logits, for targets 0 to {count - 1}. Number the classes from 0, "
            "or give the last layer one output for each class."
        )


# ------------------------------------------------------- what belongs together in a run


def warn_of_hidden_layers(model: nn.Module) -> None:
    """Name what holds layers out of PyTorch's sight, which then do not train."""
    known, seen = {*model.modules(), *model.parameters()}, set()
    many = list | tuple | set | dict
    todo = [pair for part in model.modules() for pair in vars(part).items()]
    for name, value in todo:  # which grows
        if not isinstance(value, many) or id(value) in seen:
            continue
        seen.add(id(value))
        parts = value.values() if isinstance(value, dict) else value
        todo += [(name, part) for part in parts if isinstance(part, many)]
        layers = {part for part in parts if isinstance(part, nn.Module | nn.Parameter)}
        if layers - known and name != "_flat_weights":  # which an LSTM has as well
            text = f"{name} is a plain {type(value).__name__}, whose layers do not"
            advice = "make it an nn.ModuleList, ModuleDict or ParameterList"
            warnings.warn(f"{text} train: {advice}", stacklevel=4)


def check_run(
    model: nn.Module,
    loaders: dict[str, Any],
    epochs: int,
    optimizer: torch.optim.Optimizer | None,
    loss_fn: LossFunction | None,
    on_epoch_end: object,
) -> None:
    """Raise unless the arguments of `fit` are what they should be, and fit together."""
    with_sizes("model", model)
    as_count("epochs", epochs)
    for name, loader in loaders.items():
        if loader is None and name == "val_loader":
            continue
        check_loader(name, loader)
        if length(loader) == 0:
            raise ValueError(f"{name} yields no batch; {NO_BATCH}")
        if type(loader) in (list, tuple):  # a look takes nothing away, nor draws
            check_batch(loader[0], name)
        if hasattr(loader, "__next__") and epochs > 1:
            raise ValueError(
                f"{name} is {said(loader)}, which is used up after one epoch; give a "
                "loader that begins anew, such as a DataLoader or a list of batches"
            )
    as_function("loss_fn", loss_fn, LOSS)
    formats = {weights.dtype for weights in model.parameters() if weights.requires_grad}
    if not formats:
        raise ValueError("the model has no weights to train; it needs unfrozen ones")
    if halves := formats & {torch.float16, torch.bfloat16}:
        advice = "model.float(), and precision for what it computes in"
        raise ValueError(f"the model has weights of {halves.pop()}; expected {advice}")
    warn_of_hidden_layers(model)
    if optimizer is not None:
        check_optimizer(model, optimizer, loss_fn)
        if not hasattr(optimizer, "param_groups"):
            advice = "a torch.optim.Optimizer: fit looks at gradients by its groups"
            raise TypeError(f"optimizer is {said(optimizer)}; expected {advice}")
    try:
        with suppress(ValueError):  # some functions of C do not tell what they take
            on_epoch_end is None or inspect.signature(on_epoch_end).bind(None)
    except TypeError as error:
        expected = "a function of one History, such as live_history()"
        text = f"on_epoch_end is {said(on_epoch_end)}; expected {expected}: {error}"
        raise TypeError(text) from error


def length(loader: object) -> int | None:
    """Return how many batches it has; None if it can't say."""
    try:
        return len(loader)
    except TypeError:
        return None
