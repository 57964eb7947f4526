"""Checks of *Residual networks*."""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import BatchNorm2d, Conv2d

from course_utils.kit.check import ByHand, Check, Hint, drawn
from course_utils.kit.compare import difference, shown
from course_utils.kit.networks import (
    ClassCheck,
    Demand,
    Make,
    layers,
    no_network,
    watched,
    written_anew,
)
from course_utils.kit.probes import unreached
from course_utils.kit.verdict import Verdict
from course_utils.models import ResidualBlock

# --------------------------------------------------------------------- a block by hand

check_by_hand = ByHand(
    [[4, 0], [0, 4], [4, 0]],
    ([[1, 0], [0, 2], [2, 0]], "what is added to the branch: the block's own input"),
    ([[4, 0], [-1, 4], [4, -2]], "the ReLU at the end: nothing below 0 leaves"),
    ([[4, 1], [1, 4], [4, 0]], "the ReLU at the end: it comes after the sum"),
    ([[4, 0], [0, 5], [4, 0]], "the ReLU in the middle of the branch"),
    ([[1, -1], [-2, 2], [2, -2]], "what the branch is: a part of the block"),
    what="three pairs of numbers",
    otherwise="one pair after the other: W1, ReLU, W2, plus the input, ReLU",
    at_shape="the answer: one pair for each of the three inputs",
)

# ------------------------------------------------------------------ slopes, end to end


def end_to_end(slopes: Sequence[float], shortcut: bool) -> float:
    return float(prod(slope + 1 if shortcut else slope for slope in slopes))


PRODUCT = "how slopes go along a chain: all are multiplied, each block's own"
ONE = "the 1 of the shortcut: each block has one of its own"
check_end_to_end = Check(
    "end_to_end",
    end_to_end,
    ["a single block without a shortcut: its own slope", ([3.0], False)],
    ["a single block with a shortcut: the slope of F(x) + x", ([3.0], True)],
    [PRODUCT, ([2.0, 5.0], False), ([2.0, 5.0, 0.5], False)],
    [ONE, ([2.0, 5.0], True), ([2.0, 5.0, 0.5], True)],
    "slopes below 0: they turn the sign, and F may take away what comes through",
    [([-2.0, 3.0], False), ([-0.5, 3.0], True), ([-3.0, 2.0], True)],
    ["blocks that have learnt nothing yet", ([0.0] * 5, False), ([0.0] * 5, True)],
    [PRODUCT, ([0.1] * 20, False)],
    [ONE, ([0.1] * 20, True)],
    *drawn(4, lambda rng, n: (rng.normal(size=n + 2).round(1).tolist(), n % 2 == 0)),
    as_array=list,
    whole=False,
)

# --------------------------------------------------------------------------- the block

SAME, WIDER, HALVED, SMALLER = (4, 4), (4, 6, 1), (4, 6, 2), (4, 4, 3)
SIZES = {"four channels to four": SAME, "four channels to six": WIDER}
SIZES |= {"four channels to six, stride 2": HALVED}
SIZES |= {"four channels to four, stride 3": SMALLER}

MADE = "the line that is named, and whether super().__init__() comes first"
PARTS = "which layers a block needs: two convolutions of 3 × 3 and a BatchNorm for each"
PARTS += ", and a 1 × 1 with its BatchNorm only where the shape changes"
SHAPE = "strides and paddings: which convolution has the stride, and what the shortcut "
SHAPE += "does where the shape changes"
ORDER = "the order: convolution (with the stride), BatchNorm, ReLU, convolution, "
ORDER += "BatchNorm, sum, ReLU"


def block_demands() -> list[Demand]:
    start = "the last BatchNorm of the branch: its weight begins at 0, no other's does"
    alone = f"{start}; and what the shortcut gets: the images, as they are"
    signs = "the last ReLU: it comes after the sum; and the sum: input plus branch"
    kept = "what is written into: images += … changes what others still need"
    way = "the shortcut: the input itself where no shape changes, and its gradient"
    idle = "whether each layer is called, nothing detached, and no weight frozen"
    sizes = [(f"from {words}", numbers) for words, numbers in SIZES.items()]
    table = [
        ("when it is made", lambda make: no_network(make, *SAME), MADE),
        *((words, partial(other_parts, numbers), PARTS) for words, numbers in sizes),
        ("when it has been called", changes_images, kept, SHAPE),
        *((words, partial(other_shape, numbers), SHAPE) for words, numbers in sizes),
        ("in training", lambda make: unreached(with_gradients(make)), idle),
        ("at its end", negative, signs),
        ("when the branch adds 0", partial(other_sum, 0.0), way),
        ("when the branch adds -5", partial(other_sum, -5.0), signs),
        ("in training", trapped, start),
        *((words, partial(moves, numbers), alone) for words, numbers in sizes),
        ("on the way back", other_slope, way),
        *((words, partial(other_maps, numbers), ORDER) for words, numbers in sizes),
    ]
    first, *others = (Demand(*row) for row in table)
    return [first, written_anew(ResidualBlock, *SAME), *others]


def other_parts(sizes: tuple[int, ...], make: Make) -> str:
    block, ours = make(*sizes), ResidualBlock(*sizes)
    for kind in (Conv2d, BatchNorm2d):
        both = (layers(b, kind) for b in (ours, block))
        wanted, yours = (sorted(tuple(x.weight.shape) for x in some) for some in both)
        if wanted != yours:
            words = f"{kind.__name__} layers with weights of shape"
            return f"expected {words} {wanted}, it has {yours}"
    if any(conv.bias is not None for conv in layers(block, Conv2d)):
        return "a convolution has a bias, which the BatchNorm behind it takes away"
    return ""


def convolutions(block: nn.Module) -> list[Conv2d]:
    return sorted(layers(block, Conv2d), key=lambda c: (c.weight.shape, c.stride))


def other_shape(sizes: tuple[int, ...], make: Make) -> str:
    for sides in ((8, 8), (7, 5)):
        images = torch.zeros(3, sizes[0], *sides)
        expected, maps = ResidualBlock(*sizes)(images).shape, make(*sizes)(images)
        if not isinstance(maps, Tensor):
            return f"forward should return a tensor, got {shown(maps)}"
        if maps.shape != expected:
            return f"expected shape {(*expected,)}, got {(*maps.shape,)}"
    for ours, yours in zip(*map(convolutions, (ResidualBlock(*sizes), make(*sizes)))):
        if yours.stride != ours.stride:
            return f"expected {ours}, it has {yours}"
    return ""


def changes_images(make: Make) -> str:
    block, images = make(*SAME), torch.randn(3, 4, 5, 5)
    for norm in layers(block, BatchNorm2d):
        nn.init.ones_(norm.weight)  # or nothing would be added at first
    given = images.clone()
    block(images)
    return "" if torch.equal(images, given) else "changed the images it was given"


def negative(make: Make) -> str:
    lowest = make(*SAME)(torch.randn(3, 4, 5, 5)).min().item()
    return f"its maps should not be below 0, one is {lowest:.3g}" * (lowest < 0)


def other_sum(added: float, make: Make) -> str:
    block, images = make(*SAME), torch.randn(3, 4, 5, 5).abs()
    last, *_ = watched(block, images, BatchNorm2d)[0][-1]
    _, maps = watched(block, images, BatchNorm2d, gives={last: torch.tensor(added)})
    return difference((images + added).relu(), maps)


def moves(sizes: tuple[int, ...], make: Make) -> str:
    block, images = make(*sizes), torch.randn(3, 4, 5, 5)
    around, projection = images, pairs(block, images)[0]
    if sizes != SAME:
        around = nn.Sequential(*projection)(images)
    text = difference(around.relu(), block(images))
    return f"at its beginning, {text}" if text else ""


def other_slope(make: Make) -> str:
    images = torch.randn(3, 4, 5, 5, requires_grad=True)
    total = make(*SAME)(images).sum()
    if not total.requires_grad:
        return "no gradient flows back to the images"
    (slope,) = torch.autograd.grad(total, images)
    text = difference((images > 0).float(), slope)
    return f"the gradient of the images: {text}" if text else ""


def with_gradients(make: Make) -> nn.Module:
    block = make(*HALVED)
    block(torch.randn(3, 4, 5, 5)).square().sum().backward()
    return block


def trapped(make: Make) -> str:
    norms = layers(with_gradients(make), BatchNorm2d)
    zero = [norm for norm in norms if not norm.weight.any()]
    if not zero:
        return "no BatchNorm has a weight that begins at 0"
    stay = "a BatchNorm's weight begins at 0 with a gradient of 0: it stays there"
    return stay if any(not norm.weight.grad.any() for norm in zero) else ""


def other_maps(sizes: tuple[int, ...], make: Make) -> str:
    """Complain where the same weights make other maps, in train or eval mode."""
    ours, yours, images = ResidualBlock(*sizes), make(*sizes), torch.randn(5, 4, 6, 6)
    for (conv, norm), twins in zip(pairs(ours, images), pairs(yours, images)):
        if not isinstance(twins[-1], BatchNorm2d):
            return "a convolution has no BatchNorm right behind it"
        for number in (norm.weight, norm.running_var):
            nn.init.uniform_(number, 0.5, 2)
        for number in (norm.bias, norm.running_mean):
            nn.init.uniform_(number, -1, 1)
        for layer, twin in zip((conv, norm), twins):
            twin.load_state_dict(layer.state_dict())
    for mode in ("train", "eval"):
        maps = (block.train(mode == "train")(images) for block in (ours, yours))
        if text := difference(*maps):
            return f"with the same weights, in {mode} mode: {text}"
    return ""


def pairs(block: nn.Module, images: Tensor) -> list[list[nn.Module]]:
    """List each convolution and the layer called next, by the shapes of the kernels."""
    parts = [layer for layer, *_ in watched(block, images, Conv2d | BatchNorm2d)[0]]
    places = [i for i, part in enumerate(parts) if isinstance(part, Conv2d)]
    places.sort(key=lambda i: parts[i].weight.shape[1:])
    return [parts[i : i + 2] for i in places]


check_block = ClassCheck("Block", block_demands)

# ------------------------------------------------------------------------- its weights


def resnet_weights(depth: int, width: int, num_classes: int) -> int:
    blocks, channels = (depth - 2) // 6, [width, 2 * width, 4 * width]
    total, ins = 9 * 3 * width + 2 * width, width
    for outs in channels:
        total += 9 * ins * outs + (2 * blocks - 1) * 9 * outs * outs
        total += 2 * blocks * 2 * outs
        ins = outs
    return total + ins * num_classes + num_classes


DEPTH = "how many blocks of each size there are: depth is 6n + 2"
CHANNELS = "the channels: width, twice and four times as many"
NORMS = "the BatchNorms: one behind each convolution, with γ and β for each channel"
# What comes out for the smallest network, if something is wrong.
ONCE = "the first convolution of a size: once, not in each block"
SMALLEST = {
    365: "the convolutions: they have no bias",
    332: "the very first convolution: it sees 3 channels",
    **dict.fromkeys((320, 322, 336), NORMS),
    348: "the BatchNorm of the very first convolution",
    349: "the bias of the last layer",
    440: "the first convolution of a size: it gets the channels of the size before",
    **dict.fromkeys((147, 161, 539), "the convolutions: two in a block, 2n in a size"),
    756: DEPTH,
    602: "the last layer: it gets the mean of each map, 4 · width numbers",
    372: "the shortcuts: they have no weights",
    **dict.fromkeys((380, 387), "what training changes: no running statistics"),
    264: CHANNELS,
    395: "num_classes: it is not always 10",
    74705: "width: it is not always 16",
    75290: "width and num_classes: they are not always 16 and 10",
}
check_resnet_weights = Check(
    "resnet_weights",
    resnet_weights,
    ["the smallest of all: a block of each size, one class", (8, 1, 1)],
    ["the last layer: a weight for each of 4 · width means, and a bias", (8, 1, 10)],
    [CHANNELS, (8, 2, 1), (8, 16, 10)],
    [DEPTH, (14, 1, 1), (20, 16, 10), (56, 16, 10)],
    [DEPTH, (20, 16, 3), (32, 4, 10), (110, 16, 10), (20, 64, 100)],
    slips={f"expected 350, yours is {n}$": hint for n, hint in SMALLEST.items()}
    | {"756, yours is 666$": ONCE},
)

# ------------------------------------------------------------- tests of one's own block


def block_tests(block: nn.Module, images: Tensor) -> list[bool]:
    images = images.clone().requires_grad_()
    maps = block(images)
    maps.sum().backward()
    return [
        torch.allclose(maps, images.relu()),
        torch.allclose(images.grad, (images > 0).float()),
        all(weight.grad is not None for weight in block.parameters()),
    ]


class Tried(ResidualBlock):
    """A block for equal shapes that goes another way from its input to its output."""

    def __init__(self, name: str, way: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__(3, 3)
        self.name, self.way = name, way
        if "bias" in name:
            self.bias = nn.Parameter(torch.zeros(3))  # which no way uses

    def forward(self, images: Tensor) -> Tensor:
        return self.way(self, images)

    def __repr__(self) -> str:
        return f"<a block {self.name}>"


def second_left_out(block: nn.Module, images: Tensor) -> Tensor:
    first, norm, relu, _, last = block.branch
    return (last(first(relu(norm(first(images))))) + images).relu()


TESTS = {
    "case [23] .*True; 2 of 3": "the order: how it begins, slopes, weights",
    r"at \[0\]": "the first test: all maps are the images, with 0 for what is below 0",
    r"at \[1\]": "the second test: the slope of the sum of all maps, for each pixel",
    r"at \[2\]": "the third test: a weight that is unused has no gradient, not even 0",
}
LAST = torch.arange(12).view(4, 3, 1, 1) == 11  # a map of the last image
WAYS = [
    ("that is right", ResidualBlock.forward),
    ("that adds 0.1", lambda b, x: b.branch(x) + x.relu() + 0.1),
    ("with a detached input", lambda b, x: (b.branch(x) + x.detach()).relu()),
    ("without a last ReLU", lambda b, x: b.branch(x) + x),
    ("that leaves a layer out", second_left_out),
    ("with a detached branch", lambda b, x: (b.branch(x).detach() + x).relu()),
    ("that doubles one map", lambda b, x: (b.branch(x) + x + x * LAST).relu()),
    ("without a shortcut", lambda b, x: b.branch(x).relu()),
    ("that mirrors its maps", lambda b, x: (b.branch(x) + x).relu().flip(3)),
    ("that mirrors its slopes", lambda b, x: b.branch(x) + x * (x.flip(3) > 0)),
    ("with a bias that it does not add", ResidualBlock.forward),
]


def check_block_tests(tests: Callable | None) -> Verdict:
    """Check what a learner's tests say of right blocks and of broken ones."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        images = torch.randn(4, 3, 5, 5)
        images[..., 0] = 0  # where a ReLU has no slope
        calls = [(Tried(*made), images) for made in WAYS]
    what = "what is returned: a list of three truth values"
    return Check("block_tests", block_tests, Hint("", what), *calls, slips=TESTS)(tests)
