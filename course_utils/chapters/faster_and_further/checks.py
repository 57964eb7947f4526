"""Checks of *Faster and further*."""

import operator
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.chapters.faster_and_further import large_batches, roofline
from course_utils.kit.check import Check, Number, Numbers, drawn
from course_utils.kit.compare import difference, shown
from course_utils.kit.run import Outcome, how_it_stopped, run
from course_utils.kit.verdict import Verdict, right, to_do, wrong

# ------------------------------------------------------------------- time in turns

WARM = "the warm-up: each function is called once before, and that time is left out"
TURNS = "the turns: in each round every function is called once, and timed by itself"
CLOCK = "the clock: use the one you are given, before and after each call"
ITSELF = "each function by itself: clock before and after its call, times of its own"
MEDIAN = "the median: sort, and take the middle; of an even number, the mean of two"
DICT = (
    "what is returned: a dict, name → seconds, from the clock before its call to the "
)
DICT += "clock after it"
# Hint; rounds; name → seconds of each of its calls, the warm-up first.
TIMED = [
    (DICT, 1, {"a": [100, 2]}),
    (ITSELF, 1, {"slow": [9, 4], "fast": [9, 1]}),
    (MEDIAN, 3, {"a": [100, 2, 9, 3]}),
    (MEDIAN, 4, {"a": [100, 8, 1, 2, 4]}),
    (TURNS, 3, {"a": [50, 1, 2, 6], "b": [50, 3, 4, 5]}),
    (WARM, 2, {"a": [7, 1, 1], "b": [90, 1, 2], "c": [3, 3, 3]}),
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


def check_time_in_turns(function: Callable | None) -> Verdict:
    """Check times, turns and warm-up on functions that only move a clock."""
    if function is None:
        return to_do("write time_in_turns")
    for number, (hint, rounds, seconds) in enumerate(TIMED, 1):
        fakes = Fakes(seconds)
        given = fakes.functions, rounds, fakes.clock
        outcome = run(partial(operator.call, function, *given))
        if outcome.is_stub:
            return to_do("write time_in_turns")
        place = f"case {number} of {len(TIMED)}, {rounds} rounds, seconds of the calls "
        place += f"(first, to warm up): {seconds}"
        if outcome.error is not None:
            return wrong(f"{place}: {how_it_stopped(outcome.error)}")
        if problem := wrong_turns(fakes.called, [*seconds], rounds):
            is_count = problem.endswith("times")
            look_at = f"{WARM}; then once in each round" if is_count else TURNS
            return wrong(f"{place}: {problem}", look_at=look_at)
        if fakes.read < 2:
            often = ("never", "only once")[fakes.read]
            return wrong(f"{place}: clock is {often} called", look_at=CLOCK)
        expected = {name: median(times[1:]) for name, times in seconds.items()}
        if not isinstance(outcome.value, dict) or {*outcome.value} != {*expected}:
            got = f"expected {expected}, got {shown(outcome.value)}"
            return wrong(f"{place}: {got}", look_at=DICT)
        for name, value in expected.items():
            if text := difference(value, outcome.value[name], whole=False):
                look_at = WARM if text.endswith((" 51", " 100", " 102")) else hint
                return wrong(f"{place}: of {name} {text}", look_at=look_at)
    return right(f"{len(TIMED)} cases")


# -------------------------------------------------------------- operations and bytes

PAIRS = "an operation is a multiplication or an addition: two for each weight used"
WEIGHTS = "how many numbers one output needs: a window of all input channels"
MOVED = "what moves: the image and the weights are read, the result is written"
FOUR = "the size of a number: float32 takes 4 bytes"
BIAS = "the bias: there is none, to add or to read"
check_conv_costs = Numbers(
    {
        "operations": Number(
            230_400,
            {115_200: PAIRS, 28_800: WEIGHTS, 232_000: BIAS},
            otherwise="outputs: 10 · 10 · 16, and each needs 3 · 3 · 8 products",
        ),
        "bytes": Number(
            14_208,
            {
                **dict.fromkeys((3_552, 7_104, 28_416, 113_664, 14.208), FOUR),
                14_272: BIAS,
                9_600: MOVED,
                7_808: MOVED,
                11_008: MOVED,
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
        "667, yours is [12]$": f"{MOVED}; and nothing is rounded",
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
BACKWARD = "when backward is called: after each part, so that its maps may go"
LAST = "what was there before: zero_grad comes once, before the loop"
CLEAN = "what was there before: gradients of an earlier batch do not belong in"
OWN = "the targets: each image has its own; and what was added up stays as it is"
MODE = "the network's mode: whoever calls has chosen it"
LOSS = "the loss: loss_fn, whichever it is"
LEFT = "what is done with the gradients: they are left in the model, nothing more"
BATCHES = [(4, 2), (6, 2), (5, 2), (7, 3), (3, 8), (9, 1)]  # images, part_size


class Watched(nn.Module):
    """A layer that notes what it sees, in which mode, and how many backwards."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.sizes, self.open, self.most = nn.Linear(3, 2), [], 0, 0
        self.modes = set()
        self.layer.weight.register_hook(self.close)

    def close(self, gradient: Tensor) -> None:
        self.open -= 1

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        self.modes.add(self.training)
        self.open += 1
        self.most = max(self.most, self.open)
        return self.layer(images)


def check_accumulate_gradients(function: Callable | None) -> Verdict:
    """Check gradients against those of the whole batch, and how they came about."""
    if function is None:
        return to_do("write accumulate_gradients")
    for number, (count, part_size) in enumerate(BATCHES, 1):
        with torch.random.fork_rng(devices=()), torch.enable_grad():
            torch.manual_seed(number)
            model = Watched().train(number % 2 == 1)
            batch = torch.randn(count, 3), (torch.arange(count) + 1) // 2 % 2
            outcome, problem, look_at = judged(function, model, *batch, part_size)
        if outcome.is_stub:
            return to_do("write accumulate_gradients")
        if problem:
            place = f"case {number} of {len(BATCHES)}, {count} images in parts of "
            message = f"{place}{part_size}: {problem}"
            return wrong(message, look_at=look_at)
    return right(f"{len(BATCHES)} cases")


def judged(
    function: Callable, model: Watched, images: Tensor, targets: Tensor, part_size: int
) -> tuple[Outcome, str, str]:
    """Return what came of it, what is wrong, and where to look."""
    loss_fn, weights = nn.CrossEntropyLoss(label_smoothing=0.2), [*model.parameters()]
    before = [weight.detach().clone() for weight in weights]
    size = len(images) % part_size or part_size
    expected, last, plain = (
        torch.autograd.grad(loss(model.layer(images[-n:]), targets[-n:]), weights)
        for n, loss in ((0, loss_fn), (size, loss_fn), (0, nn.CrossEntropyLoss()))
    )
    earlier = torch.autograd.grad(loss_fn(model.layer(3 - images), targets), weights)
    training, model.open = model.training, 0
    for weight, gradient in zip(weights, earlier):
        weight.grad = gradient.clone() if training else None  # as it is when made
    outcome = run(lambda: function(model, loss_fn, images, targets, part_size))
    if outcome.error is not None:
        return outcome, how_it_stopped(outcome.error), ""
    if sum(model.sizes) != len(images) or max(model.sizes) > part_size:
        return outcome, f"the network saw {model.sizes} images at once", PARTS
    if any(weight.grad is None for weight in weights):
        return outcome, "no gradient is left in the model", LEFT
    if not all(map(torch.equal, before, weights)):
        return outcome, "the weights were changed", LEFT
    if model.most > 1:
        kept = f"the maps of {model.most} parts were kept at the same time"
        return outcome, kept, BACKWARD
    if {*model.modes, *(part.training for part in model.modules())} != {training}:
        mode = "train" if training else "eval"
        return outcome, f"the network came in {mode} mode, and did not stay in it", MODE
    found = [weight.grad for weight in weights]
    if same(found, expected):
        return outcome, "", ""
    if same(found, earlier):
        return outcome, "the gradients are still those of before", LEFT
    if any(same(found, [share * g for g in last]) for share in (1, size / len(images))):
        return outcome, "of all parts, only the last one's gradients are left", LAST
    ratio = (found[0] / expected[0]).mean().item()
    times = f"{ratio:.3g} times" if parallel(found, expected) else "not"
    text = f"gradients are {times} those of the whole batch"
    if same(found, plain):
        return outcome, text, LOSS
    if parallel([f - g for f, g in zip(found, earlier)], expected):
        return outcome, text, CLEAN
    # In equal parts, wrong shares change all gradients alike.
    mixed = len(images) % part_size == 0 and not parallel(found, expected)
    return outcome, text, OWN if mixed else LEFT if size == len(images) else SHARE


def parallel(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> bool:
    ratio = (found[0] / wanted[0]).mean()
    return same(found, [ratio * one for one in wanted])


def same(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> bool:
    return all(torch.allclose(*pair, atol=1e-6) for pair in zip(found, wanted))


# ---------------------------------------------------------------- many processes


def any_parts(rng: np.random.Generator, number: int) -> tuple:
    counts = rng.integers(1, 9, 2 + number)
    return rng.normal(size=(len(counts), 3)).round(2).tolist(), counts.tolist()


EACH = "several weights: each has a gradient of its own"
check_average_gradients = Check(
    "average_gradients",
    large_batches.average_gradients,
    "equal parts: the mean",
    [([[2.0], [10.0]], [1, 1]), ([[2.0], [10.0]], [64, 64])],
    "unequal parts: each counts by its number of images",
    [([[2.0], [10.0]], [3, 1]), ([[2.0, 0.0], [10.0, 4.0]], [1, 3])],
    ["the shares: they are not rounded", ([[2.0], [10.0]], [1, 2])],
    "the processes: any number of them, one alone, too",
    [([[3.0]], [5]), ([[1.0], [3.0], [5.0]], [1, 1, 2])],
    EACH,
    [([[1.0, 2.0, 3.0]], [5]), ([[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]], [1, 1, 2])],
    *drawn(4, any_parts),
    at_shape="what is returned: one number for each weight, shape (D,)",
    slips={
        r"at \[[1-9]": EACH,
        "6, yours is 0$": "the shares: do not round them, as //",
    },
    as_array=torch.tensor,
)
