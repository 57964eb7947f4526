"""Checks of *Improving CIFAR-10*."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import BatchNorm2d, Conv2d, ReLU

from course_utils import evaluation
from course_utils.kit import networks
from course_utils.kit.check import Check, drawn, flat
from course_utils.kit.compare import shown
from course_utils.kit.networks import ClassCheck, Demand, Make, layers, watched
from course_utils.kit.probes import mistreated, state
from course_utils.kit.verdict import Verdict
from course_utils.models import DeepCifarCNN

# ------------------------------------------------------------------- the deep network

IMAGE = (3, 32, 32)
DROPPED = (0, 0, 0, 0, 0, 0, 0.5, 0.2, 0)  # before each layer with weights, at the end


def deep_demands() -> list[Demand]:
    # Images of this side leave maps of 8 cells: their numbers fill rows of 128 · 4 · 4.
    demands = networks.network_demands(DeepCifarCNN, IMAGE, other_sides=(64,))
    channels = "the BatchNorms: one behind each convolution, for the channels it gives"
    dropped = partial(networks.wrong_dropout, image=IMAGE, expected=DROPPED)
    places = "dropout: where it stands, and how much each one drops"
    single = "dropout: single numbers of the rows are dropped, not whole maps"
    sides = "the padding, and stride 1: each convolution keeps the size of its maps"
    order = "a block: convolution, ReLU, BatchNorm, in this order, twice; "
    order += "MaxPool2d(2); then the maps are flattened as they lie"
    like = {"reference": DeepCifarCNN, "image": IMAGE}
    complaint = "the same weights give other logits than there"
    other_logits = partial(networks.other_logits, **like, complaint=complaint)
    demands[3:3] = [
        Demand("and its BatchNorm layers", other_norms, channels),
        Demand("and its activations", other_parts(ReLU), "the activation: ReLU alone"),
        Demand("and its dropout", other_parts(nn.Dropout), single),
    ]
    demands.insert(1, networks.written_anew(DeepCifarCNN))
    return [
        *demands,
        networks.three_classes(IMAGE),
        Demand("in train mode", dropped, places),
        Demand("on the way through its blocks", other_sides, sides),
        Demand("with the weights of DeepCifarCNN", other_logits, order),
    ]


def other_parts(kind: type[nn.Module]) -> Callable[[Make], str]:
    return lambda make: networks.other_kind(make(), kind).removeprefix("; ")


@torch.no_grad()
def other_sides(make: Make) -> str:
    calls, _ = watched(make().eval(), torch.zeros(1, *IMAGE), Conv2d)
    for layer, into, out in calls:
        before, after = into.shape[-1], out.shape[-1]
        if before != after:
            name = f"Conv2d({layer.in_channels}, {layer.out_channels})"
            return f"{name} makes maps of side {after} from maps of side {before}"
    return ""


def other_norms(make: Make) -> str:
    norms = (layers(model, BatchNorm2d) for model in (DeepCifarCNN(), make()))
    wanted, yours = (sorted(norm.num_features for norm in some) for some in norms)
    return f"expected channels {wanted}, got {yours}" * (wanted != yours)


# Networks of two million weights take their time on a busy machine.
check_deep_cnn = ClassCheck("DeepCNN", deep_demands, seconds=15.0)

# -------------------------------------------------------------------------- momentum


def momentum_steps(
    gradients: Sequence[float], lr: float, momentum: float, nesterov: bool
) -> list[float]:
    carried = [*accumulate(gradients, lambda velocity, g: momentum * velocity + g)]
    if nesterov:
        carried = [momentum * v + g for v, g in zip(carried, gradients, strict=True)]
    return [lr * velocity for velocity in carried]


def any_steps(rng: np.random.Generator, number: int) -> tuple:
    steps, nesterov = ((5, False), (5, True), (20, True))[number]
    return rng.normal(size=steps).round(2).tolist(), 0.1, 0.9, nesterov


RATE = "the learning rate: once for each step"
KEPT = "what is kept: a share of all that came before, not only of the last one"
check_momentum_steps = Check(
    "momentum_steps",
    momentum_steps,
    "a momentum of 0: each step is the gradient; a step down is positive",
    ([3.0, 1.0], 1.0, 0.0, False),
    "the first step, without Nesterov: the gradient in full, as nothing came before it",
    [([1.0], 1.0, 0.5, False), ([3.0], 1.0, 0.5, False)],
    [RATE, ([3.0], 0.5, 0.5, False)],
    [KEPT, ([1.0, 1.0], 1.0, 0.5, False), ([4.0, 0.0, 0.0, 0.0], 1.0, 0.5, False)],
    ([1.0, 1.0, 1.0, 1.0], 1.0, 0.5, False),
    [RATE, ([2.0, 4.0, 8.0], 0.5, 0.5, False)],
    "the signs: a step back is negative, and takes part in what is kept",
    ([1.0, -1.0, 1.0, -1.0], 1.0, 0.5, False),
    "Nesterov: the gradient, and the share of the velocity that is already new; what "
    "is carried on is the velocity alone",
    [([1.0], 1.0, 0.5, True), ([4.0, 0.0, 0.0], 1.0, 0.5, True)],
    [([1.0, -1.0, 2.0, -2.0], 1.0, 0.5, True), RATE, ([1.0, 1.0, 1.0], 0.5, 0.5, True)],
    [KEPT, *drawn(3, any_steps)],
    at_shape="what is returned: a step for each gradient",
    as_array=list,
)

# ------------------------------------------------------- differences between two runs


def compare_seeds(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    differences = other - one
    apart = (one.var(ddof=1) + other.var(ddof=1)) ** 0.5
    return differences.mean(), differences.std(ddof=1), apart


BOTH = "the two spreads: of the differences, and the root of the sum of both variances"
BOTH += "; each divides by the number of seeds minus one"
check_compare_seeds = Check(
    "compare_seeds",
    compare_seeds,
    "the mean of other − one, as it is; its sign: positive if the second network is "
    "better; and the spread: equal numbers do not spread",
    [([1, 1], [2, 2]), ([3, 3, 3], [1, 1, 1])],
    "each spread: by what is the sum of squares divided? The two variances are added",
    ([0, 0, 0], [1, 2, 3]),
    [BOTH, ([1, 2, 3], [2, 3, 4]), ([1, 3], [2, 6])],
    "the pairs: subtract first, and only then take the mean and the spread",
    [([80, 82, 81], [83, 84, 85]), ([70, 75, 80], [81, 74, 73])],
    [([5, 5, 5, 9], [5, 5, 5, 5]), ([0.5, 0.75], [0.25, 1.0])],
    *drawn(5, lambda rng, n: tuple(rng.uniform(0.6, 0.9, (2, (2, 3, 3, 5, 10)[n])))),
    as_array=partial(np.array, dtype=float),
    slips={r"case 3 .*at \[0\]": "the first number: the mean of other − one"},
)

# ----------------------------------------------------- what a layer makes of images


class Watched(nn.Sequential):
    """A small network with a short name."""

    def __repr__(self) -> str:
        parts = "–".join(type(part).__name__ for part in self)
        return f"{parts} in {'train' if self.training else 'eval'} mode"


class Nested(Watched):
    """Two parts, each with parts of its own; its `forward` does more than call them."""

    def forward(self, images: Tensor) -> Tensor:
        return self[1](self[0](images).relu()).flatten(1)


TRAIN, EVAL = True, False
NETWORKS = {
    "one": lambda: Watched(Conv2d(1, 1, 2)),
    "two": lambda: Watched(Conv2d(1, 2, 2), ReLU()),
    "strided": lambda: Watched(Conv2d(1, 2, 2, 2), ReLU(), Conv2d(2, 3, (2, 1))),
    "normed": lambda: Watched(Conv2d(2, 3, 2), BatchNorm2d(3), ReLU()),
    "dropping": lambda: Watched(nn.Dropout(0.9), Conv2d(1, 2, 2), ReLU()),
    "in place": lambda: Watched(Conv2d(1, 2, 2), ReLU(inplace=True), nn.Flatten()),
    "nested": lambda: Nested(
        nn.Sequential(Conv2d(1, 2, 2), BatchNorm2d(2)),
        nn.Sequential(Conv2d(2, 2, 2), ReLU()),
    ),
}
WHOLE = "what is returned: the layer's whole output, for all images"
WHICH = "which layer is watched: the one that was given, while the model itself runs"
# Hints, and for each call a network, the shape of images, a layer, the mode.
LAYERS = [
    [WHOLE, ("one", (1, 1, 2, 3), "0", TRAIN)],
    [WHICH, ("two", (1, 1, 3, 3), "1", TRAIN), ("two", (1, 1, 3, 3), "0", TRAIN)],
    [WHOLE, ("strided", (3, 1, 5, 4), "0", TRAIN)],
    WHICH,
    [("strided", (2, 1, 5, 4), "1", EVAL), ("strided", (1, 1, 5, 4), "2", TRAIN)],
    "the mode while you watch: dropout and BatchNorm act when they train",
    ("normed", (4, 2, 3, 3), "1", TRAIN),
    [("normed", (4, 2, 3, 3), "2", TRAIN), ("normed", (4, 2, 3, 3), "2", EVAL)],
    [("dropping", (2, 1, 4, 4), "1", TRAIN), ("dropping", (2, 1, 4, 4), "1", EVAL)],
    "what the next layer does: it may write into the maps you hold; clone them",
    [("in place", (2, 1, 4, 4), "0", TRAIN), ("in place", (1, 1, 4, 6), "0", EVAL)],
    "the way to the layer: parts hold parts, and forward does more than call them",
    [("nested", (1, 1, 4, 4), "0.0", TRAIN), ("nested", (2, 1, 4, 4), "1.0", TRAIN)],
    ("nested", (2, 1, 4, 5), "1.1", EVAL),
]


def with_layer(kind: str, shape: tuple[int, ...], name: str, training: bool) -> tuple:
    model = NETWORKS[kind]().train(training)
    [*model.modules()][-1].eval()  # a part may rest while the others train
    next(model.parameters()).requires_grad_(False)  # and a weight be frozen
    images = torch.linspace(-2, 3, torch.Size(shape).numel()).reshape(shape)
    return model, images, model.get_submodule(name)


def check_collect_feature_maps(collect: Callable | None) -> Verdict:
    """Check a layer's output in eval mode; model and gradients must stay as before."""
    name = "collect_feature_maps"
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        torch.manual_seed(0)
        calls = [r if isinstance(r, str) else with_layer(*r) for r in flat(LAYERS)]
        check = Check(name, evaluation.feature_maps, *calls)
        verdict = check(collect)
    if verdict.status != "right":
        return verdict
    hint = "what must stay as it was, in each part, errors or not; and what is returned"
    treated = [
        Demand(f"on {case.args[0]}", partial(mistreatment, *case.args), hint)
        for case in check.cases
    ]
    return ClassCheck(name, lambda: treated, "function")(collect)


def mistreatment(
    model: nn.Module, images: Tensor, layer: nn.Module, collect: Callable
) -> str:
    recorded = []
    layer.register_forward_hook(lambda *told: recorded.append(told[-1].requires_grad))
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    before, held = state(model), [{*vars(part)} for part in model.modules()]
    maps = collect(model, images, layer)
    if not isinstance(maps, Tensor):
        return f"expected a tensor to be returned, got {shown(maps)}"
    if not layer._forward_hooks:
        return "took off a hook that was there before, and is not yours"
    if held != [{*vars(part)} for part in model.modules()]:
        return "left something in a part of the model, which now carries it along"
    modes = state(model)[0]
    if modes[0] == before[0][0] and modes != before[0]:
        return "a part of the model was not left in the mode in which it came"
    kept = "the model's maps carry what is needed for gradients; see torch.no_grad()"
    problem = mistreated(model, before) or kept * any(recorded)
    with suppress(Exception):
        collect(model, None, layer)  # no images: the model stops
    left = mistreated(model, before)
    return problem or (left and f"{left} (when the model stops with an error)")


# -------------------------------------------------------------------------- Grad-CAM


def any_maps() -> list[tuple]:
    generator = torch.Generator().manual_seed(0)
    shapes = (1, 3, 2, 4), (4, 2, 3, 3), (2, 8, 4, 5), (5, 16, 8, 8)
    return [tuple(torch.randn(2, *shape, generator=generator)) for shape in shapes]


MEAN = "the weight of a map: one number, the mean of its gradients"
check_grad_cam = Check(
    "grad_cam",
    evaluation.grad_cam,
    "what is returned: the heat itself, whatever its largest number",
    ([[[[2]]]], [[[[1]]]]),
    ["the weight of a map: how much the class gains from it", ([[[[2]]]], [[[[3]]]])],
    [MEAN, ([[[[2, 4]]]], [[[[1, 3]]]]), ([[[[2], [4]]]], [[[[1], [3]]]])],
    "what is below zero: a weight stays so, and at the end the heat is set to zero",
    ([[[[2, 1]]]], [[[[-1, -1]]]]),
    "the sum over the maps: their weights are not averaged",
    ([[[[2]], [[3]]]], [[[[1]], [[10]]]]),
    "when the ReLU comes: after the sum, and on nothing else",
    ([[[[2, 0]], [[3, 1]]]], [[[[1, 1]], [[-1, -1]]]]),
    ([[[[-2, 1]], [[3, 1]]]], [[[[1, 1]], [[2, 2]]]]),
    [MEAN, ([[[[1, 2], [3, 4]]]], [[[[0, 0], [0, 4]]]])],
    "the images: each has weights of its own",
    ([[[[1, 2]]], [[[1, 2]]]], [[[[1, 1]]], [[[3, 3]]]]),
    ([[[[1, 2]]], [[[1, 2]]]], [[[[1, 1]]], [[[-1, -1]]]]),
    ([[[[5]]], [[[1]]], [[[1]]]], [[[[1]]], [[[2]]], [[[3]]]]),
    ["the axes: which of them are averaged, and which is summed", *any_maps()],
    at_shape="the axes of what is returned: (N, H, W), one heat map for each image",
    as_array=torch.Tensor,
)
