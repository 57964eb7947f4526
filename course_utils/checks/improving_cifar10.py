"""Checks for notebook 11, *Improving CIFAR-10*."""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import mean, stdev

import numpy as np
import torch
from torch import Tensor, nn

from course_utils import inside, models
from course_utils.checks.cifar10_cases import other_classes, wrong_dropout
from course_utils.checks.comparing import shown
from course_utils.checks.demanding import Demand, Make, judge_class, written_anew
from course_utils.checks.improving_cifar10_cases import (
    Watched,
    cam_cases,
    difference_cases,
    map_cases,
    step_cases,
)
from course_utils.checks.judging import judge_function
from course_utils.checks.network_demands import network_demands
from course_utils.checks.running import run
from course_utils.checks.verdict import Verdict, wrong

IMAGE = (3, 32, 32)

DROPPED = (0, 0, 0, 0, 0, 0, 0.5, 0.2, 0)
"""What `DeepCifarCNN` drops before each layer with weights, and at its end."""

PATIENCE = 15.0
"""Seconds for each demand: networks of two million weights, on a busy machine."""


def check_deep_cnn(deep_cnn: type[nn.Module] | None) -> Verdict:
    """Check the repair of a class with three blocks of two convolutions.

    Parameters
    ----------
    deep_cnn
        ``deep_cnn(num_classes=10)`` maps images (N, 3, 32, 32) to logits
        (N, num_classes), as `course_utils.models.DeepCifarCNN` does.

    Returns
    -------
    Verdict
    """
    # Images of this side leave maps of 8 cells, whose numbers fill whole rows of
    # 128 · 4 · 4.
    demands = network_demands(models.DeepCifarCNN, IMAGE, other_sides=(64,))
    channels = "the channels of each BatchNorm: those that its convolution gives"
    classes = "where num_classes belongs: it is not always 10"
    dropout = "dropout: where it stands, and how much each one drops"
    order = "the order in a block: convolution, ReLU, BatchNorm, twice; then pooling"
    demands.insert(5, Demand("and its BatchNorm layers", _other_norms, channels))
    demands.insert(2, written_anew(models.DeepCifarCNN))
    demands += [
        Demand("for 3 classes", partial(other_classes, num_classes=3), classes),
        Demand("in train mode", partial(wrong_dropout, expected=DROPPED), dropout),
        Demand("with the weights of DeepCifarCNN", _other_logits, order),
    ]
    return judge_class(deep_cnn, demands, name="DeepCNN", seconds=PATIENCE)


def check_momentum_steps(momentum_steps: Callable | None) -> Verdict:
    """Check the steps of gradient descent with momentum.

    Parameters
    ----------
    momentum_steps
        ``momentum_steps(gradients, lr, momentum, nesterov)``: a list of numbers, two
        numbers and a bool to a list of numbers, by which a weight is lowered.

    Returns
    -------
    Verdict
        Compared with `torch.optim.SGD`.
    """
    cases = step_cases()
    return judge_function(momentum_steps, _steps, cases, name="momentum_steps")


def check_difference(paired_difference: Callable | None) -> Verdict:
    """Check the mean and the spread of differences between pairs of runs.

    Parameters
    ----------
    paired_difference
        ``paired_difference(one, other)``: arrays of shape (S,), S ≥ 2, to the mean of
        ``other - one`` and its standard deviation, divided by S - 1.

    Returns
    -------
    Verdict
        Compared with `statistics.mean` and `statistics.stdev`.
    """
    cases = difference_cases()
    return judge_function(
        paired_difference, _difference, cases, name="paired_difference"
    )


def check_collect_feature_maps(collect_feature_maps: Callable | None) -> Verdict:
    """Check the collecting of a layer's output, and how the model is treated meanwhile.

    Parameters
    ----------
    collect_feature_maps
        ``collect_feature_maps(model, images, layer)``: what the module `layer` inside
        the model returns for these images, in evaluation mode and without gradients.
        The model is left as it was.

    Returns
    -------
    Verdict
        Compared with `course_utils.inside.feature_maps`.
    """
    name, cases = "collect_feature_maps", map_cases()
    with torch.enable_grad():
        verdict = judge_function(collect_feature_maps, _maps, cases, name=name)
        if verdict.status != "right":
            return verdict
        for number, case in enumerate(cases, 1):
            outcome = run(_mistreatment, (collect_feature_maps, *case.args))
            failed = outcome.error and "it failed when it was called again"
            if complaint := failed or outcome.value:
                place = f"case {number} of {len(cases)}, {name} on {case.args[0]!r}"
                hint = "what must stay as it was, and what nobody needs"
                return wrong(f"{place}: {complaint}", look_at=hint)
    return verdict


def check_grad_cam(grad_cam: Callable | None) -> Verdict:
    """Check the weighted sum of maps that shows where a class is found.

    Parameters
    ----------
    grad_cam
        ``grad_cam(feature_maps, gradients)``: two tensors of shape (N, K, H, W) to one
        of shape (N, H, W).

    Returns
    -------
    Verdict
        Compared with `course_utils.inside.grad_cam`.
    """
    return judge_function(grad_cam, inside.grad_cam, cam_cases(), name="grad_cam")


def _other_norms(make: Make) -> str:
    wanted, yours = (_norm_sizes(model) for model in (models.DeepCifarCNN(), make()))
    different = wanted != yours
    return f"expected their channels to be {wanted}, they are {yours}" * different


def _norm_sizes(model: nn.Module) -> list[int]:
    norms = (m for m in model.modules() if isinstance(m, nn.BatchNorm2d))
    return sorted(norm.num_features for norm in norms)


@torch.no_grad()
def _other_logits(make: Make) -> str:
    ours, yours = models.DeepCifarCNN().eval(), make().eval()
    images = torch.randn(2, *IMAGE)
    for kind in (nn.Conv2d | nn.Linear, nn.BatchNorm2d):
        pairs = zip(*(_called(m, images, kind) for m in (ours, yours)), strict=False)
        for layer, twin in pairs:
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean.uniform_(-1, 1)
                layer.running_var.uniform_(0.5, 2)
            twin.load_state_dict(layer.state_dict())
    same = torch.allclose(ours(images), yours(images), atol=1e-3)
    return "" if same else "the same weights give other logits than there"


def _called(model: nn.Module, images: Tensor, kind: type) -> list[nn.Module]:
    """List a model's layers of one kind in the order in which they are called."""
    found, parts = [], [m for m in model.modules() if isinstance(m, kind)]
    note = partial(_note, found)
    hooks = [part.register_forward_hook(note) for part in parts]
    model(images)
    for hook in hooks:
        hook.remove()
    return found


def _note(found: list, layer: nn.Module, inputs: tuple, output: Tensor) -> None:
    found.append(layer)


def _steps(
    gradients: Sequence[float], lr: float, momentum: float, nesterov: bool
) -> list[float]:
    place = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([place], lr, momentum, nesterov=nesterov)
    places = [0.0]
    for gradient in gradients:
        place.grad = torch.full_like(place, gradient)
        optimizer.step()
        places.append(place.item())
    return (-np.diff(places)).tolist()


def _difference(one: Tensor, other: Tensor) -> tuple[float, float]:
    differences = (other - one).tolist()
    return mean(differences), stdev(differences)


def _maps(model: nn.Module, images: Tensor, layer: nn.Module) -> Tensor:
    return inside.feature_maps(model, images, layer)


def _mistreatment(
    collect: Callable, model: Watched, images: Tensor, layer: nn.Module
) -> str:
    before = model.snapshot()
    maps = collect(model, images, layer)
    if not isinstance(maps, Tensor):
        return f"expected a tensor, got {shown(maps)}"
    return model.complaint(before, maps)
