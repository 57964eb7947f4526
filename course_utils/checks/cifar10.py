"""Checks for notebook 08, *CIFAR-10*."""

from collections.abc import Callable
from functools import partial

import numpy as np
from torch import nn

from course_utils.checks.cifar10_cases import (
    counts_cases,
    losses_cases,
    matrix_cases,
    other_classes,
    other_maps,
    shares,
    wrong_dropout,
)
from course_utils.checks.demanding import Demand, judge_class, written_anew
from course_utils.checks.judging import judge_function
from course_utils.checks.network_demands import network_demands
from course_utils.checks.verdict import Verdict
from course_utils.models import CifarCNN
from course_utils.training import stopping

DROPPED = (0, 0, 0, 0.5, 0.2, 0)
"""What `CifarCNN` drops before each of its five layers with weights, and at its end."""

OTHER_SIDES = (40, 24)
"""Images of these sides leave maps of 4 × 4 and 2 × 2: 9 of them fill whole rows."""


def check_statistics(statistics: Callable | None) -> Verdict:
    """Check mean and standard deviation of channels, from how often each level occurs.

    Parameters
    ----------
    statistics
        ``statistics(counts)``: whole numbers of shape (C, K) to two arrays of shape
        (C,), mean and standard deviation, where level 0 is 0.0 and level K - 1 is 1.0.

    Returns
    -------
    Verdict
    """
    return judge_function(statistics, _statistics, counts_cases(), name="statistics")


def check_cifar_cnn(cifar_cnn: type[nn.Module] | None) -> Verdict:
    """Check a network of three convolutions and two linear layers, with dropout.

    Parameters
    ----------
    cifar_cnn
        ``cifar_cnn(num_classes=10)`` maps images (N, 3, 32, 32) to logits
        (N, num_classes), as `course_utils.models.CifarCNN` does.

    Returns
    -------
    Verdict
    """
    maps = "what the table says of each convolution: kernel and stride, nothing else"
    classes = "where num_classes belongs: it is not always 10"
    demands = _demands()
    demands.insert(2, written_anew(CifarCNN))
    demands.insert(5, Demand("and its convolutions", other_maps, maps))
    more = partial(other_classes, num_classes=3)
    demands.append(Demand("for 3 classes", more, classes))
    return judge_class(cifar_cnn, demands, name="CifarCNN")


def check_early_stop(early_stop: Callable | None) -> Verdict:
    """Check when training stops, and which epoch was the best until then.

    Parameters
    ----------
    early_stop
        ``early_stop(val_losses, patience)``: a list of floats and a whole number to two
        epochs, counted from 1.

    Returns
    -------
    Verdict
        Compared with `course_utils.training.stopping.early_stop`.
    """
    return judge_function(
        early_stop, stopping.early_stop, losses_cases(), name="early_stop"
    )


def check_repaired_cnn(cnn: type[nn.Module] | None) -> Verdict:
    """Check the repair of a class whose dropout never rests.

    Parameters
    ----------
    cnn
        ``cnn()`` maps images (N, 3, 32, 32) to logits (N, 10), with the weights and
        the dropout of `course_utils.models.CifarCNN`.

    Returns
    -------
    Verdict
    """
    return judge_class(cnn, _demands(), name="CNN")


def check_most_confused_pair(most_confused_pair: Callable | None) -> Verdict:
    """Check which two classes are taken for each other most.

    Parameters
    ----------
    most_confused_pair
        ``most_confused_pair(counts)``: a confusion matrix of shape (K, K) to two class
        numbers, the smaller one first.

    Returns
    -------
    Verdict
    """
    return judge_function(
        most_confused_pair,
        _most_confused_pair,
        matrix_cases(),
        name="most_confused_pair",
    )


def _demands() -> list[Demand]:
    dropout = "where dropout stands, and how much each one drops"
    return [
        *network_demands(CifarCNN, (3, 32, 32), OTHER_SIDES),
        Demand("in train mode", partial(wrong_dropout, expected=DROPPED), dropout),
    ]


def _statistics(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    levels = np.linspace(0, 1, counts.shape[1])
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ levels
    distance = levels - mean[:, None]
    return mean, np.sqrt((share * distance**2).sum(axis=1))


def _most_confused_pair(counts: np.ndarray) -> tuple[int, int]:
    fractions = shares(counts)
    both = np.triu(fractions + fractions.T, k=1)
    first, second = np.unravel_index(both.argmax(), both.shape)
    return int(first), int(second)
