"""Checks of *Faster and further*."""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from weakref import WeakSet

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.chapters.faster_and_further import large_batches, roofline
from course_utils.kit.check import Check, Number, Numbers, drawn
from course_utils.kit.compare import difference, shown
from course_utils.kit.networks import ClassCheck, Demand

# ------------------------------------------------------------------- time in turns

WARM = "the warm-up: each function is called once before, and that time is left out"
TURNS = "the turns: in each round every function is called once, and timed by itself"
CLOCK = "the clock: use the one you are given, before and after each call"
ITSELF = "each function by itself: clock before and after its call, times of its own"
MEDIAN = "the median: sort, and take the middle; of an even number, the mean of two"
DICT = "what is returned: a dict, name → seconds, the clock after its call less before"
# Hint; rounds; name → seconds of each of its calls, the warm-up first.
TIMED = [
    (DICT, 1, {"a": [100, 2]}),
    (ITSELF, 1, {"slow": [9, 4], "fast": [9, 1]}),
    (MEDIAN, 3, {"a": [100, 2, 9, 3]}),
    (MEDIAN, 4, {"a": [100, 8, 1, 2, 4]}),
    (TURNS, 3, {"a": [50, 1, 2, 6], "b": [50, 3, 4, 5]}),
    (WARM, 2, {"a": [7, 1, 1], "b": [90, 1, 2], "c": [3, 3, 3]}),
    ("the seconds, as they are: nothing is rounded", 1, {"a": [1, 0.015625]}),
]


class Fakes:
    """Functions that only move a clock, and a note of which was called when."""

    def __init__(self, seconds: dict[str, list[float]]) -> None:
        self.now, self.called, self.read = 1000.0, [], 0
        self.left = {name: [*times] for name, times in seconds.items()}
        self.functions = {name: partial(self.call, name) for name in seconds}

    def clock(self) -> float:
        self.read += 1
        return self.now

    def call(self, name: str) -> None:
        self.called.append(name)
        self.now += self.left[name].pop(0) if self.left[name] else 1.0


def wrong_turns(called: Sequence[str], names: Sequence[str], rounds: int) -> str:
    for name in names:
        if (count := called.count(name)) != rounds + 1:
            calls = f"{name} should be called {rounds + 1} times, once to warm up"
            return f"{calls}, yours called it {count} times"
    size = len(names)
    blocks = [called[i : i + size] for i in range(0, len(called), size)]
    one_by_one = all(sorted(block) == sorted(names) for block in blocks)
    return "" if one_by_one else f"the order of calls was {', '.join(called)}"


def timed_demands() -> list[Demand]:
    words = "in {} rounds, seconds of the calls (first, to warm up): {}"
    return [Demand(words.format(*row[1:]), partial(other_times, *row)) for row in TIMED]


def other_times(
    hint: str, rounds: int, seconds: dict[str, list[float]], function: Callable
) -> str | tuple[str, str]:
    fakes = Fakes(seconds)
    got = function(fakes.functions, rounds, fakes.clock)
    if problem := wrong_turns(fakes.called, [*seconds], rounds):
        is_count = problem.endswith("times")
        return problem, f"{WARM}; then once in each round" if is_count else TURNS
    if fakes.read < 2:
        return f"clock is {('never', 'only once')[fakes.read]} called", CLOCK
    expected = {name: median(times[1:]) for name, times in seconds.items()}
    if not isinstance(got, dict) or {*got} != {*expected}:
        return f"expected {expected}, got {shown(got)}", DICT
    for name, value in expected.items():
        if text := difference(value, got[name], whole=False):
            is_first = text.endswith((" 51", " 100", " 102"))
            return f"of {name} {text}", WARM if is_first else hint
    return ""


check_time_in_turns = ClassCheck("time_in_turns", timed_demands, "function")

# -------------------------------------------------------------- operations and bytes

PAIRS = "an operation is a multiplication or an addition: two for each weight used"
WEIGHTS = "how many numbers one output needs: a window of all input channels"
MOVED = "what moves: the image and the weights are read, the result is written"
FOUR = "the size of a number: float32 takes 4 bytes"
BIAS = "the bias: there is none, to add or to read"
SUMS = "additions: as many as products, since the first one is added, too (to 0)"
check_conv_costs = Numbers(
    {
        "operations": Number(
            230_400,
            {115_200: PAIRS, 28_800: WEIGHTS, 232_000: BIAS, 228_800: SUMS},
            otherwise="outputs: 10 · 10 · 16, and each needs 3 · 3 · 8 products",
        ),
        "bytes": Number(
            14_208,
            {
                **dict.fromkeys((3_552, 7_104, 28_416, 113_664, 14.208), FOUR),
                14_272: BIAS,
                **dict.fromkeys((9_600, 7_808, 11_008), MOVED),
            },
            otherwise=MOVED,
        ),
    },
    what="two numbers, operations and bytes",
    causes=[((14_208, 230_400), "the order: operations first, then bytes")],
)

GROUPS = "groups: each of all out_channels kernels sees in_channels / groups channels"
BYTES = "the bytes of a number: the last argument"
ONCE = "the weights: they are read once, for all cells and images"
SIZE = "the numbers of the image and of the result: batch · channels · size · size"


def any_layer(rng: np.random.Generator, number: int) -> tuple:
    groups = (1, 2, 4)[number % 3]
    channels = [groups * int(n) for n in rng.integers(1, 9, 2)]
    batch, size = (int(n) for n in rng.integers(1, 20, 2))
    return (batch, *channels, size, (1, 3, 5)[number % 3], groups, (4, 2)[number % 2])


check_arithmetic_intensity = Check(
    "arithmetic_intensity",
    roofline.arithmetic_intensity,
    [PAIRS, (1, 1, 1, 1, 1, 1, 1)],
    [BYTES, (1, 1, 1, 1, 1, 1, 4)],
    [ONCE, (1, 1, 1, 2, 1)],
    # Images so large that the one weight does not show, however often it is read.
    [SIZE, (1, 2, 3, 1, 1), (1, 2, 3, 4, 1), (5, 1, 1, 1000, 1)],
    [ONCE, (5, 2, 3, 4, 1)],
    ["the kernel: kernel_size rows and columns", (1, 1, 1, 5, 3), (2, 3, 4, 5, 3)],
    [GROUPS, (1, 2, 2, 4, 3, 2), (2, 1, 3, 5, 3), (2, 4, 6, 5, 3, 2)],
    [GROUPS, (8, 32, 32, 14, 3, 32), (2, 2, 4, 5, 3, 2)],
    [BYTES, (2, 4, 6, 5, 3, 1, 2)],
    *drawn(6, any_layer),
    slips={
        r"667, yours is 0\.1666667$": BYTES,
        "667, yours is 1.5$": "what is returned: operations per byte, not the reverse",
        "667, yours is 0$": "the division: no whole-number division, //",
        r"667, yours is ([12]|0\.7)$": f"{MOVED}; and nothing is rounded",
        "667, yours is 6$": "the brackets: divide by the product of bytes and numbers",
        r"667, yours is 0\.7?5$": BIAS,
        "yours is (0.94186|0.68644|2.61627)": "the result: as large as the image",
        r"0\.2222222, yours is 0\.2$": "the cells: size · size",
        "0.25, yours is 0.05$": "the operations: each image takes as many",
        "yours is 1.355422": "the padding: it is not read",
        "yours is 2.181818": "the image and the result: they keep all their channels",
    },
    whole=False,
)

# ----------------------------------------------------------------- learning rates

check_warmed_up_rate = Check(
    "warmed_up_rate",
    large_batches.warmed_up_rate,
    ["the first step: it takes base_rate", (0, 1.0, 8.0, 10), (0, 0.1, 4.0, 5)],
    "after the warm-up: base_rate times the factor, both as they are given",
    [(10, 1.0, 8.0, 10), (3, 0.1, 4.0, 3)],
    ["the end of the warm-up: from then on the rate stays", (35, 1.0, 8.0, 10)],
    "the straight line, from step 0 to step warmup_steps: half-way lies the middle",
    [(5, 1.0, 3.0, 10), (1, 0.1, 4.0, 3), (7, 0.05, 16.0, 28)],
    ["no warm-up: warmup_steps is 0", (0, 0.1, 4.0, 0), (3, 0.1, 4.0, 0)],
    ["the factor: it may be 1, or below", (4, 0.3, 1.0, 8), (4, 0.4, 0.5, 8)],
    whole=False,
)

# ------------------------------------------------------------- gradients in parts

SHARE = "the share of a part: its mean loss counts by its number of images"
PARTS = "the parts: no more than part_size images at once, the last may be smaller"
BACKWARD = "when backward is called: after each part, and without retain_graph"
LAST = "what was there before: zero_grad comes once, before the loop"
CLEAN = "what was there before: gradients of an earlier batch do not belong in"
OWN = "the targets: each image has its own; and what was added up stays as it is"
MODE = "the network's mode: whoever calls has chosen it"
LOSS = "the loss: loss_fn, whichever it is"
LEFT = "what is done with the gradients: they are left in the model, nothing more"
# Images, part_size, and whether the network comes in train mode.
BATCHES = (4, 2, True), (6, 2, False), (5, 2, True), (7, 3, False), (3, 8, True)
BATCHES += ((9, 1, False),)


class Watched(nn.Module):
    """A layer that notes what it sees, in which mode, and how many maps are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.sizes, self.modes = nn.Linear(3, 2), [], set()
        self.maps, self.most = WeakSet(), 0

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        self.modes.add(self.training)
        images = images.clone()  # from here on only the graph keeps it
        self.maps.add(images)
        self.most = max(self.most, len(self.maps))
        return self.layer(images)


def in_parts() -> list[Demand]:
    words = "on {} images in parts of {}"
    return [Demand(words.format(*row), partial(judged, *row)) for row in BATCHES]


def judged(
    count: int, part_size: int, training: bool, function: Callable
) -> str | tuple[str, str]:
    model = Watched().train(training)
    images, targets = torch.randn(count, 3), (torch.arange(count) + 1) // 2 % 2
    images *= max(1, 4 * (part_size // count))  # once so large that clipping shows
    loss_fn, weights = nn.CrossEntropyLoss(label_smoothing=0.2), [*model.parameters()]
    before = [weight.detach().clone() for weight in weights]
    size = len(images) % part_size or part_size
    expected, last, plain = (
        torch.autograd.grad(loss(model.layer(images[-n:]), targets[-n:]), weights)
        for n, loss in ((0, loss_fn), (size, loss_fn), (0, nn.CrossEntropyLoss()))
    )
    earlier = torch.autograd.grad(loss_fn(model.layer(3 - images), targets), weights)
    for weight, gradient in zip(weights, earlier):
        weight.grad = gradient.clone() if training else None  # as it is when made
    function(model, loss_fn, images, targets, part_size)
    if sum(model.sizes) != len(images) or max(model.sizes) > part_size:
        return f"the network saw {model.sizes} images at once", PARTS
    if any(weight.grad is None for weight in weights):
        return "no gradient is left in the model", LEFT
    if not all(map(torch.equal, before, weights)):
        return "the weights were changed", LEFT
    if model.most > 1:
        return f"the maps of {model.most} parts were kept at the same time", BACKWARD
    if {*model.modes, *(part.training for part in model.modules())} != {training}:
        mode = "train" if training else "eval"
        return f"the network came in {mode} mode, and did not stay in it", MODE
    found = [weight.grad for weight in weights]
    if same(found, expected):
        return ""
    if same(found, earlier):
        return "the gradients are still those of before", LEFT
    if any(same(found, [share * g for g in last]) for share in (1, size / len(images))):
        return "of all parts, only the last one's gradients are left", LAST
    ratio = (found[0] / expected[0]).mean().item()
    times = f"{ratio:.3g} times" if parallel(found, expected) else "not"
    text = f"gradients are {times} those of the whole batch"
    if same(found, plain):
        return text, LOSS
    if parallel([f - g for f, g in zip(found, earlier)], expected):
        return text, CLEAN
    # In equal parts, wrong shares change all gradients alike.
    mixed = len(images) % part_size == 0 and not parallel(found, expected)
    return text, OWN if mixed else LEFT if size == len(images) else SHARE


def parallel(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> bool:
    ratio = (found[0] / wanted[0]).mean()
    return same(found, [ratio * one for one in wanted])


def same(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> bool:
    return all(torch.allclose(*pair, atol=1e-6) for pair in zip(found, wanted))


check_accumulate_gradients = ClassCheck("accumulate_gradients", in_parts, "function")

# ---------------------------------------------------------------- many processes


def any_parts(rng: np.random.Generator, number: int) -> tuple:
    counts = rng.integers(1, 9, 2 + number)
    return rng.normal(size=(len(counts), 3)).round(2).tolist(), counts.tolist()


EACH = "several weights: each has a gradient of its own"
check_average_gradients = Check(
    "average_gradients",
    large_batches.average_gradients,
    ["equal parts: the mean", ([[2.0], [10.0]], [1, 1]), ([[2.0], [10.0]], [64, 64])],
    "unequal parts: each counts by its number of images",
    [([[2.0], [10.0]], [3, 1]), ([[2.0, 0.0], [10.0, 4.0]], [1, 3])],
    ["the shares: they are not rounded", ([[2.0], [10.0]], [1, 2])],
    "the processes: any number of them, one alone, too",
    [([[3.0]], [5]), ([[1.0], [3.0], [5.0]], [1, 1, 2])],
    [EACH, ([[1.0, 2.0, 3.0]], [5]), ([[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]], [1, 1, 2])],
    *drawn(4, any_parts),
    at_shape="what is returned: one number for each weight, shape (D,)",
    slips={
        "same dtype": "counts are whole numbers: .float() before a product of matrices",
        r"at \[[1-9]": EACH,
        "6, yours is 0$": "the shares: do not round them, as //",
    },
    as_array=torch.tensor,
)
