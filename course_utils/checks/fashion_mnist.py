"""Checks for notebook 07, *FashionMNIST*."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn

from course_utils import evaluation
from course_utils.checks.fashion_mnist_cases import (
    Probe,
    WatchedLoader,
    accuracy_cases,
    confusion_cases,
    loss_cases,
)
from course_utils.checks.judging import Case, judge_function, judge_number
from course_utils.checks.running import run
from course_utils.checks.verdict import Verdict, wrong
from course_utils.sizes import conv_output_size
from course_utils.training import evaluate

IMAGE, KERNEL_SIZE, STRIDE, MAPS = 28, 3, 2, 128
"""FashionCNN: side of its images; its three convolutions; the last one's channels."""


def check_flatten_size(answer: float | None) -> Verdict:
    """Check the size of what a padded `FashionCNN` flattens.

    The exercise: all three convolutions get ``padding=1``; the ``in_features`` of the
    linear layer behind them.

    Parameters
    ----------
    answer
        The learner's number.

    Returns
    -------
    Verdict
        Compared with `course_utils.sizes.conv_output_size`. A wrong number with a known
        cause, such as forgotten channels, gets a hint at that cause.
    """
    size = partial(conv_output_size, kernel_size=KERNEL_SIZE, stride=STRIDE)
    *earlier, side = _sides(partial(size, padding=1))
    stride = "the stride: each convolution moves in steps of 2"
    rounding = "the rounding: half a step is no step"
    early = "the number of convolutions: there are three"
    causes = dict.fromkeys(map(_flattened, earlier), early)
    causes |= {
        side: "what is flattened: all cells of all maps",
        side**2: "the channels: each of them has a map of its own",
        MAPS: "the size of a map: it has rows and columns",
        IMAGE**2: "what enters the linear layer: not the image itself",
        _flattened(IMAGE): stride,
        _flattened(IMAGE - 3 * (KERNEL_SIZE - 1)): stride,
        _flattened(_sides(lambda n: math.ceil((n - 1) / STRIDE) + 1)[-1]): rounding,
        _flattened(_sides(lambda n: (n - 1) / STRIDE + 1)[-1]): rounding,
        _flattened(side - 1): "the padding: on both sides, in all three convolutions",
        MAPS * 2 * side: "rows and columns: a map has one times the other cells",
        # One side of each map forgotten gives the same number as padding forgotten.
        _flattened(_sides(size)[-1]): "the padding, which makes the maps larger, and "
        "both sides of a map",
    }
    return judge_number(
        answer,
        _flattened(side),
        causes=causes,
        otherwise="the side of a map after each of the three convolutions",
    )


def check_mean_loss(mean_loss: Callable | None) -> Verdict:
    """Check the mean loss over images, from the means over batches.

    Parameters
    ----------
    mean_loss
        ``mean_loss(batch_losses, batch_sizes)``: arrays of shape (B,) to a float.

    Returns
    -------
    Verdict
        Compared with `numpy.average`.
    """
    return judge_function(mean_loss, _mean_loss, loss_cases(), name="mean_loss")


def check_confusion_matrix(count_confusions: Callable | None) -> Verdict:
    """Check the counting of a confusion matrix.

    Parameters
    ----------
    count_confusions
        ``count_confusions(y_true, y_pred, num_classes)``: integer arrays of shape (N,)
        to one of shape (num_classes, num_classes); row: the true class.

    Returns
    -------
    Verdict
        Compared with `course_utils.evaluation.confusion_matrix`.
    """
    cases = confusion_cases()
    return judge_function(count_confusions, _confusions, cases, name="count_confusions")


def check_accuracy(accuracy: Callable | None) -> Verdict:
    """Check the measuring of accuracy, and how the model is treated meanwhile.

    Parameters
    ----------
    accuracy
        ``accuracy(model, loader)``: the fraction of images whose largest logit is the
        target's. It shows each batch once, with dropout off and no gradients recorded,
        and leaves the model as it was.

    Returns
    -------
    Verdict
        Compared with `course_utils.training.evaluate`.
    """
    # The learner may have switched gradients off, or may do so here.
    with torch.enable_grad():
        verdict = judge_function(accuracy, _accuracy, accuracy_cases(), name="accuracy")
        if verdict.status != "right":
            return verdict
        return _mistreatment(accuracy, accuracy_cases()) or verdict


def _sides(shrink: Callable[[float], float]) -> list[float]:
    sides = [IMAGE]
    for _ in range(3):
        sides.append(shrink(sides[-1]))
    return sides[1:]


def _flattened(side: float) -> float:
    return MAPS * side**2


def _mean_loss(batch_losses: np.ndarray, batch_sizes: np.ndarray) -> float:
    return float(np.average(batch_losses, weights=batch_sizes))


def _confusions(y_true: np.ndarray, y_pred: np.ndarray, num_classes: int) -> np.ndarray:
    return evaluation.confusion_matrix(y_true, y_pred, num_classes=num_classes)


def _accuracy(model: nn.Module, loader: WatchedLoader) -> float:
    return evaluate(model, loader).accuracy


def _mistreatment(accuracy: Callable, cases: Sequence[Case]) -> Verdict | None:
    def treat(model: Probe, loader: WatchedLoader) -> str:
        before = model.snapshot()
        with torch.enable_grad():
            accuracy(model, loader)
            return model.complaint(before) or loader.complaint()

    for number, case in enumerate(cases, 1):
        outcome = run(treat, case.args)
        failed = outcome.error and "it failed when it was called again"
        if complaint := failed or outcome.value:
            model, loader = case.args
            call = f"accuracy(model={model!r}, loader={loader!r})"
            return wrong(f"case {number} of {len(cases)}, {call}: {complaint}")
    return None
