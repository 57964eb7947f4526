"""Checks of *Your own pictures*."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.chapters.your_own_pictures import own_pictures
from course_utils.chapters.your_own_pictures.demands import (
    rate_demands,
    transfer_demands,
)
from course_utils.kit.check import Check, Hint, drawn
from course_utils.kit.compare import shown
from course_utils.kit.networks import ClassCheck, Demand
from course_utils.kit.probes import Notes
from course_utils.kit.run import how_it_stopped
from course_utils.transfer import Known

# ---------------------------------------------------------------- equal pictures


def numbered(*numbers: int, shape: tuple[int, ...] = (1, 2, 2)) -> Tensor:
    """Return a picture for each number; equal numbers make equal pictures."""
    each = [torch.arange(np.prod(shape)).view(shape) + 3 * n for n in numbers]
    return torch.stack(each).to(torch.uint8)


def one_pixel_apart(*place: int) -> Tensor:
    images = numbered(1, 1, 1, shape=(3, 20, 20))  # str() hides the middle
    images[1, *place] += 1
    return images


def turned_and_as_bright() -> Tensor:
    """Pictures of the same pixels, in other places."""
    picture = torch.arange(12, dtype=torch.uint8).view(3, 2, 2)
    return torch.stack([picture, picture.flip(2), picture.flip(0)])


PAIRS = "the pairs: all of them; two places, the smaller first, of equal pictures"
THREE = "pictures that are there three times: that makes three pairs"
PIXELS = "what equal means: every pixel, in its own place"
check_equal_pairs = Check(
    "equal_pairs",
    own_pictures.equal_pairs,
    [PAIRS, (numbered(5, 7),), (numbered(5, 5),), (numbered(5, 7, 5),)],
    ["a picture is no pair with itself", (numbered(4),)],
    [PIXELS, (one_pixel_apart(-1, -1, -1),), (one_pixel_apart(0, 0, 0),)],
    [(one_pixel_apart(1, 9, 8),), (turned_and_as_bright(),)],
    [PAIRS, (numbered(8, 3, 3, 8),)],
    [THREE, (numbered(2, 2, 2),), (numbered(2, 9, 2, 2, 9),)],
    [PAIRS, (numbered(*range(30), 17),)],
    view=lambda pairs: sorted(tuple(map(int, pair)) for pair in pairs),
    slips={r"\(3, 2\), yours has shape \([4-9]": "the pairs: each of them once"},
)

# ---------------------------------------------------- holding out a share of each

Hold = Callable[[Tensor, float], Tensor]
UNEQUAL = torch.tensor(20 * [0] + 10 * [1] + 40 * [2])
MIXED, GAPS = torch.arange(70) * 3 % 70, torch.tensor(10 * [0] + 10 * [30])
ROUNDED = torch.tensor(51 * [0] + 61 * [1])  # a quarter: 12.75 and 15.25


def hold_out_demands() -> list[Demand]:
    mask = "what is returned: for each picture, True if it is held out"
    each = "each class: True for its own share, rounded; none is drawn twice, and "
    each += "what is drawn are places in targets"
    luck = "what is drawn: chance must choose, anew each time: no fixed seed"
    near = "rounding: to the nearest whole number, which may lie above or below"
    apart = "what is drawn: each picture by itself, not neighbours, nor every fifth"
    rows = [
        ("and what it returns", no_mask, mask),
        ("and what it is given", changes_targets, ""),
        ("with a share of 0.5", partial(other_counts, UNEQUAL, 0.5), each),
        ("with a share of 0.2", partial(other_counts, UNEQUAL, 0.2), each),
        ("with a share of 0", partial(other_counts, UNEQUAL, 0), each),
        ("with a share of 0.25", partial(other_counts, ROUNDED, 0.25), near),
        ("and mixed targets", partial(other_counts, UNEQUAL[MIXED], 0.2), each),
        ("and a class that is missing", partial(other_counts, GAPS, 0.3), each),
        ("a second time", not_by_chance, luck),
        ("several times", evenly_apart, apart),
    ]
    return [Demand(*row) for row in rows]


def no_mask(hold_out: Hold) -> str:
    got = hold_out(UNEQUAL.clone(), 0.5)
    if not isinstance(got, Tensor):
        return f"expected a tensor, got {shown(got)}"
    fits = got.shape == UNEQUAL.shape and got.dtype == torch.bool
    found = f"shape {tuple(got.shape)} and {got.dtype}"
    return "" if fits else f"expected shape (70,) and torch.bool, got {found}"


def changes_targets(hold_out: Hold) -> str:
    targets = UNEQUAL.flip(0)
    hold_out(targets, 0.5)
    changed = not torch.equal(targets, UNEQUAL.flip(0))
    return "changed the targets; work on a copy" * changed


def other_counts(targets: Tensor, share: float, hold_out: Hold) -> str:
    held = targets[hold_out(targets.clone(), share)]
    for target in targets.unique().tolist():
        total, got = int((targets == target).sum()), int((held == target).sum())
        if abs(got - share * total) > 0.5:
            wanted = round(share * total)
            return f"of the {total} of class {target} expected {wanted}, got {got}"
    return ""


def not_by_chance(hold_out: Hold) -> str:
    masks = torch.stack([hold_out(UNEQUAL.clone(), 0.2) for _ in range(5)])
    return "the same pictures are held out each time" * (len(masks.unique(dim=0)) == 1)


def evenly_apart(hold_out: Hold) -> str:
    """Complain if gaps in the last class are always equal, but for one, in a circle."""
    for _ in range(5):
        places = hold_out(UNEQUAL.clone(), 0.2)[UNEQUAL == 2].nonzero()[:, 0]
        gaps = places.diff(append=places[:1]) % 40
        if (gaps == gaps.mode().values).sum() < len(gaps) - 1:
            return ""
    return "of class 2, those held out are equally far apart, each time"


check_hold_out = ClassCheck("hold_out", hold_out_demands, "function")

# ------------------------------------------------- one photo in, one answer out

NAMES = ("ant", "cat", "bee")
MEAN, STD = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.25, 0.2, 0.1])


class Spy(nn.Module):
    """Answer with given logits, and keep what came in."""

    def __init__(self, logits: Sequence[float]) -> None:
        super().__init__()
        self.logits, self.log = nn.Parameter(torch.tensor([logits])), Notes()
        self.dropout = nn.Dropout(0.5)

    def forward(self, images: Tensor) -> Tensor:
        self.log.append(images.detach())
        return self.dropout(self.logits.expand(len(images), -1) + 0 * images.mean())


def answer_demands() -> list[Demand]:
    means = "mean and std: they need the shape (3, 1, 1), one number for each channel"
    batch = "the batch: the network takes (1, C, H, W), also where there is one picture"
    scale = "the range: the network has learnt from pixels in [0, 1]"
    normal = "normalising, in this order: / 255, minus mean, / std, both those in known"
    mode = "the network's mode: dropout rests when it answers"
    sure = "how sure it is: softmax over the classes, whatever the logits; unrounded"
    name = "which logit is the largest, and softmax, which goes over the classes"
    rows = [
        ("and what reaches the network", other_batch_of_one, batch),
        ("and what reaches the network", other_range, scale),
        ("and what reaches the network", other_normal, normal),
        ("and what it returns", no_pair, "what is returned: a name and a number"),
        ("for a network with dropout", wavers, mode),
        ("and its name", other_name, name),
        ("and how sure it is", other_share, sure),
        ("and what stays", changes_something, "what must be left as it was"),
    ]
    fits = Demand("with a picture", does_not_fit, means, "the line that is named")
    return [fits, *(Demand(*row) for row in rows)]


def asked(answer: Callable, *, logits: Sequence[float] = (0.0, 2.0, 1.0)) -> tuple:
    spy = Spy(logits).train()
    got = answer(spy, photo(), about())
    return (spy.log or [None])[-1], got


def photo() -> Tensor:
    seeded = torch.Generator().manual_seed(0)
    return torch.randint(1, 200, (3, 6, 4), generator=seeded, dtype=torch.uint8)


def about() -> Known:
    return Known(NAMES, MEAN.clone(), STD.clone(), 6)


def does_not_fit(answer: Callable) -> str:
    """Tell shapes that do not fit, of tensors or arrays, from all other errors."""
    try:
        asked(answer)
    except (RuntimeError, ValueError) as error:
        if "must match the size" in str(error) or "broadcast" in str(error):
            return how_it_stopped(error)
        raise
    return ""


def other_batch_of_one(answer: Callable) -> str:
    seen, _ = asked(answer)
    got = "nothing" if seen is None else tuple(seen.shape)
    return "" if got == (1, 3, 6, 4) else f"expected shape (1, 3, 6, 4), got {got}"


def other_range(answer: Callable) -> str:
    seen, _ = asked(answer)
    low, high = seen.min().item(), seen.max().item()
    return f"it got numbers from {low:.0f} to {high:.0f}" if high > 60 else ""


def other_normal(answer: Callable) -> str:
    seen, _ = asked(answer)
    wanted = (photo() / 255 - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)
    pixel, other = (one[:, 0, 0].tolist() for one in (wanted, seen[0]))
    same = torch.allclose(seen[0].float(), wanted, atol=1e-4)
    texts = [[round(number, 2) for number in one] for one in (pixel, other)]
    return "" if same else f"expected a pixel {texts[0]}, it got {texts[1]}"


def no_pair(answer: Callable) -> str:
    _, got = asked(answer)
    fits = isinstance(got, tuple | list) and len(got) == 2 and isinstance(got[0], str)
    fits = fits and np.ndim(plain(got[1])) == 0 and not isinstance(got[1], str)
    return "" if fits else f"expected a pair such as ('bee', 0.6), got {shown(got)}"


def plain(value: object) -> object:
    return value.detach() if isinstance(value, Tensor) else value


def wavers(answer: Callable) -> str:
    got = [asked(answer)[1] for _ in range(20)]
    answers = {(name, round(float(plain(share)), 6)) for name, share in got}
    return f"20 times the same picture, {len(answers)} answers" * (len(answers) > 1)


def other_name(answer: Callable) -> str:
    for number, name in enumerate(NAMES):
        logits = [-5.0, -4.0, -3.0]
        logits[number] = -1.0
        _, (got, _) = asked(answer, logits=logits)
        if got != name:
            return f"the logits {logits} belong to {', '.join(NAMES)}; it said {got!r}"
    return ""


def other_share(answer: Callable) -> str:
    _, (_, got) = asked(answer, logits=(100.0, 102.0, 101.0))
    wanted = torch.tensor([0.0, 2.0, 1.0]).softmax(0).max().item()
    same = abs(float(plain(got)) - wanted) < 1e-3
    return "" if same else f"expected {wanted:.3f}, got {float(plain(got)):.3f}"


def changes_something(answer: Callable) -> str:
    image, known, spy = photo(), about(), Spy((0.0, 2.0, 1.0))
    answer(spy, image, known)
    if not spy.logits.requires_grad:
        return "the network's weights no longer require a gradient"
    if not torch.is_grad_enabled():
        return "gradients stay switched off, for all that follows"
    with torch.no_grad():
        answer(Spy((0.0, 2.0, 1.0)), photo(), about())
        if torch.is_grad_enabled():
            return "gradients were switched off before, and are switched on"
    values, were = (image, known.mean, known.std), (photo(), MEAN, STD)
    same = all(map(torch.equal, values, were))
    return "" if same else "the picture, or known, is no longer what it was"


check_answer = ClassCheck("answer", answer_demands, "function")

# ------------------------------- a new last layer, how sure, and when to be silent

check_transfer_net = ClassCheck("TransferNet", transfer_demands)
check_rate_groups = ClassCheck("rate_groups", rate_demands, "function")


def answers(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw confidences, none of them at the end of a range, and which are right."""
    return rng.integers(16, 64, count) / 64 + 1 / 256, rng.random(count) < 0.7


RANGES = "how many ranges there are: bins; one answer is enough for a row of three"
SHARE = "the second number: of the answers in a range, the share that is right"
EDGES = "where a range ends: 0.5 is in the upper one of two, and 1 in the last"
check_reliability = Check(
    "reliability",
    own_pictures.reliability,
    Hint("the rows: mean confidence, share right, how many", RANGES),
    [([0.75], [True], 1), ([0.625, 0.875], [True, False], 1)],
    [SHARE, ([0.5, 0.625, 0.75, 0.75], [True, False, False, False], 1)],
    "the ranges: as wide as one another, from 0 to 1",
    ([0.53125, 0.1875, 0.75, 0.96875], [False, False, True, True], 2),
    "ranges without an answer: they have no row, but those behind them may",
    ([0.125, 0.875], [False, True], 4),
    [EDGES, ([0.5, 0.25, 0.75], [True, False, False], 2)],
    [EDGES, ([1.0, 0.875], [True, False], 4)],
    drawn(4, lambda rng, number: (*answers(rng, 6 + 5 * number), 4)),
    view=lambda rows: np.array([tuple(map(float, row)) for row in rows]),
    slips={
        r"yours has shape \(\d+, 2\)": "the rows: confidence, share right, how many",
        r"at \[\d, 1\]": SHARE,
        r"expected 0\.1875, yours is 0\.75": "the rows: from the lowest range up",
        r"case 3 .*at \[0, 0\]": "the first number: the mean of their confidences",
    },
    whole=False,
)

AT_LEAST = "the share: of the answers at least as sure as the limit, the right ones"
SMALLEST = "the smallest: with it most answers are given; try them in their order"
NEVER = "what to return if no limit will do: infinity, so that it never answers"
check_smallest_limit = Check(
    "smallest_limit",
    own_pictures.smallest_limit,
    [AT_LEAST, ([0.5, 0.75], [False, True], 0.9)],
    [SMALLEST, ([0.75, 0.5, 0.25], [True, True, False], 0.9)],
    [AT_LEAST, ([0.25, 0.5, 0.625, 0.75], [False, False, False, True], 0.4)],
    [SMALLEST, ([0.25, 0.5, 0.625, 0.75], [True, False, False, True], 0.4)],
    "the wanted share: to reach it is enough",
    ([0.25, 0.5, 0.75], [False, False, True], 0.5),
    "answers that are equally sure: given together, or not at all",
    ([0.5, 0.5, 0.75], [False, True, True], 0.9),
    ([0.5, 0.5, 0.75], [True, False, True], 0.9),
    ([0.5, 0.5, 0.75], [False, False, True], 0.5),
    [Hint(NEVER, at_error=NEVER), ([0.5, 0.75], [True, False], 0.9)],
    [SMALLEST, *drawn(4, lambda rng, number: (*answers(rng, 6 + 5 * number), 0.8))],
    view=float,
    slips={
        r"0\.75, yours is inf$": f"{AT_LEAST}; infinity is for the very end",
        "returned None": "the return: each way out needs one; infinity if none will do",
        r"[27]5, yours is (0\.51|[0-2])$": "what is returned: one of the confidences",
        r"0\.625, yours is 0\.75": "which are tried: wrong answers' confidences, too",
        r"0\.5, yours is inf": "confidence and is_right: they belong together",
    },
)
