"""Checks for notebook 05, *Building Blocks*."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from course_utils import models
from course_utils.checks.building_blocks_cases import (
    NETWORKS,
    Network,
    Window,
    collapse_cases,
    trace_cases,
)
from course_utils.checks.building_blocks_demands import ann_demands, cnn_demands
from course_utils.checks.comparing import shown
from course_utils.checks.demanding import judge_class
from course_utils.checks.judging import judge_function, judge_number
from course_utils.checks.running import how_it_stopped, run
from course_utils.checks.verdict import Verdict, right, to_do, wrong
from course_utils.convolution import conv2d


def networks_with_gaps() -> str:
    """Return the networks whose ``?`` is asked for.

    Returns
    -------
    str
        One line per layer.
    """
    blocks = []
    for letter, network in NETWORKS.items():
        first, *others = network.words()
        blocks.append("\n   ".join([f"{letter}  {first}", *others]))
    return "\n\n".join(blocks)


def check_linear_sizes(answer: Sequence | Mapping | None) -> Verdict:
    """Check the ``in_features`` of the linear layer in each of `NETWORKS`.

    Parameters
    ----------
    answer
        Four numbers in order, or letter → number; None where there is none yet.

    Returns
    -------
    Verdict
        Compared with `course_utils.sizes.conv_output_size`. A wrong number with a known
        cause, such as forgotten padding, gets a hint at that cause.
    """
    if answer is None:
        return to_do("replace each None by a number")
    values = answer
    if isinstance(answer, Mapping):
        if set(answer) != set(NETWORKS):
            letters = ", ".join(NETWORKS)
            return wrong(f"the letters should be {letters}, got {shown(answer)}")
        values = [answer[letter] for letter in NETWORKS]
    if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
        return wrong(f"the answer should be four numbers, got {shown(answer)}")
    if len(values) != len(NETWORKS):
        return wrong(f"the answer should be four numbers, got {shown(answer)}")
    verdicts = {
        letter: replace(verdict, message=f"network {letter}: {verdict.message}")
        for (letter, network), value in zip(NETWORKS.items(), values, strict=True)
        if (verdict := _judge_size(network, value)).status != "right"
    }
    if not verdicts:
        return right(", ".join(map(str, values)))
    mistakes = (v for v in verdicts.values() if v.status == "wrong")
    left = "replace the None for " + ", ".join(verdicts)
    return next(mistakes, to_do(left))


def check_ann(ann: type[nn.Module] | None) -> Verdict:
    """Check the repair of a class with two linear layers.

    Parameters
    ----------
    ann
        ``ann()`` maps images (N, 1, 28, 28) to logits (N, 10), as
        `course_utils.models.FashionANN` does.

    Returns
    -------
    Verdict
    """
    return judge_class(ann, ann_demands(), name="ANN")


def check_cnn(cnn: type[nn.Module] | None) -> Verdict:
    """Check the repair of a class with three convolutions and two linear layers.

    Parameters
    ----------
    cnn
        ``cnn(num_classes=10)`` maps images (N, 3, 32, 32) to logits (N, num_classes).

    Returns
    -------
    Verdict
    """
    return judge_class(cnn, cnn_demands(), name="CNN")


def check_trace_shapes(trace_shapes: Callable | None) -> Verdict:
    """Check the noting of each layer's output shape, and how the model is treated.

    Parameters
    ----------
    trace_shapes
        ``trace_shapes(model, images)``: a list of pairs of a layer's class name and its
        output's shape, in the order of the calls. It leaves the model, the images and
        PyTorch's recording of gradients as they were.

    Returns
    -------
    Verdict
        Compared with `course_utils.models.trace_shapes`.
    """
    if trace_shapes is None:
        return to_do("write trace_shapes")
    if not callable(trace_shapes):
        return wrong(f"trace_shapes should be a function, got {shown(trace_shapes)}")
    cases = trace_cases()
    for number, case in enumerate(cases, 1):
        outcome = run(_trace, (trace_shapes, *case.args))
        if isinstance(outcome.error, NotImplementedError):
            return to_do("write trace_shapes")
        other, mistreated = outcome.value or (how_it_stopped(outcome.error), "")
        mistreated = mistreated or "changed the images" * bool(outcome.changed)
        if other or mistreated:
            place = f"case {number} of {len(cases)}, {_words(*case.args)}"
            hint = case.look_at if other else "what must stay as it was"
            return wrong(f"{place}: {other or mistreated}", look_at=hint)
    return right(f"{len(cases)} cases")


def check_collapse(collapse: Callable | None) -> Verdict:
    """Check the kernel that does the work of two kernels, one after the other.

    Parameters
    ----------
    collapse
        ``collapse(first, second)``: arrays of shape (H1, W1) and (H2, W2) to one of
        shape (H1 + H2 - 1, W1 + W2 - 1). Integers stay integers.

    Returns
    -------
    Verdict
        Compared with `course_utils.convolution.conv2d`.
    """
    return judge_function(collapse, _collapse, collapse_cases(), name="collapse")


def _judge_size(network: Network, answer: float | None) -> Verdict:
    *_, before, side = network.sides()
    maps = network.maps[-1]
    causes = {
        maps * _last_side(network, _rounded_up) ** 2: "the rounding: a step that does "
        "not fit is no step",
        maps * _last_side(network, _one_by_one) ** 2: "the stride, and the pooling, "
        "which has one, too",
        maps * _last_side(network, _padded_once) ** 2: "the padding: it is on both "
        "sides",
        maps * _last_side(network, _unpadded) ** 2: "the padding",
        maps * _last_side(network, _without_pooling) ** 2: "the pooling layers",
        maps * before**2: "the number of layers: one more shrinks the maps",
        network.maps[0] * side**2: "the channels: those of the last convolution count",
        maps * network.side**2: "what reaches the linear layer: not the image itself",
        maps * side: "both sides of a map: it has rows and columns",
        side**2: "the channels: each of them has a map of its own",
        maps: "the size of a map",
        side: "what is flattened: all cells of all maps",
    }
    return judge_number(
        answer,
        maps * side**2,
        causes=causes,
        otherwise="the side of a map after each layer",
    )


def _last_side(network: Network, shrink: Callable[[Window, int], float]) -> float:
    return network.sides(shrink)[-1]


def _rounded_up(window: Window, side: float) -> float:
    return math.ceil(
        (side + 2 * window.padding - window.kernel_size) / window.stride + 1
    )


def _one_by_one(window: Window, side: int) -> int:
    return replace(window, stride=1).shrink(side)


def _unpadded(window: Window, side: int) -> int:
    return replace(window, padding=0).shrink(side)


def _padded_once(window: Window, side: int) -> int:
    return replace(window, padding=0).shrink(side + window.padding)


def _without_pooling(window: Window, side: int) -> int:
    return window.shrink(side) if window.maps else side


def _trace(trace_shapes: Callable, model: nn.Module, images: Tensor) -> tuple[str, str]:
    expected = models.trace_shapes(model, images)
    before = _snapshot(model)
    with torch.enable_grad():  # The learner may have switched gradients off before.
        result = trace_shapes(model, images)
        return _other_shapes(expected, result), _mistreated(model, before)


def _other_shapes(expected: list, result: object) -> str:
    if result is None:
        return "returned None: does it end with a return?"
    if not isinstance(result, list):
        return f"expected a list of pairs, yours returned {shown(result)}"
    if not result:
        return "the list is empty: no hook was called"
    for place, (pair, yours) in enumerate(zip(expected, result, strict=False)):
        if not isinstance(yours, tuple) or pair != yours:
            return f"at [{place}] expected {pair}, yours is {shown(yours)}"
    different = len(expected) != len(result)
    return f"expected length {len(expected)}, yours is {len(result)}" * different


def _snapshot(model: nn.Module) -> tuple[list[bool], list[int], dict[str, Tensor]]:
    modes = [part.training for part in model.modules()]
    hooks = [len(part._forward_hooks) for part in model.modules()]
    numbers = {name: value.clone() for name, value in model.state_dict().items()}
    return modes, hooks, numbers


def _mistreated(model: nn.Module, before: tuple) -> str:
    if not torch.is_grad_enabled():
        return "gradients stay switched off afterwards, for all that follows"
    modes, hooks, numbers = _snapshot(model)
    for name, value in numbers.items():
        if not torch.equal(value, before[2][name]):
            return f"changed the model's {name}, which only training should"
    if modes != before[0]:
        words = {True: "train", False: "eval"}
        return f"the model came in {words[before[0][0]]} mode, and was not left in it"
    if hooks != before[1]:
        return "left a hook on the model, which would go on taking notes"
    return ""


def _words(model: nn.Module, images: Tensor) -> str:
    parts = ", ".join(type(part).__name__ for part in model.children())
    mode = "train" if model.training else "eval"
    shape = tuple(images.shape)
    return f"{type(model).__name__}({parts}) in {mode} mode, images {shape}"


def _collapse(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    # Full cross-correlation with the turned kernel adds up the places of both.
    return conv2d(first, second[::-1, ::-1], padding="full")
