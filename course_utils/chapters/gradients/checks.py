"""Checks of *Gradients*."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from course_utils.chapters.gradients import by_hand
from course_utils.kit.check import (
    ByHand,
    Check,
    Hint,
    Number,
    Numbers,
    drawn,
    image_and_kernel,
)
from course_utils.kit.compare import number_text, numbers, same_values, shown
from course_utils.kit.matrices import COLUMN, DIGITS, ROW, SQUARE, TALL, WIDE
from course_utils.kit.run import run
from course_utils.kit.verdict import Verdict, right, to_do, wrong
from course_utils.sizes import window

floats = partial(np.array, dtype=float)


class Formula(NamedTuple):
    """A loss that a message can write down."""

    text: str
    compute: Callable

    def __call__(self, values: Any) -> Any:
        return self.compute(values)

    def __repr__(self) -> str:
        return self.text


# ------------------------------------------------------------------- steps by hand

ROOT = "what is squared: w − 2"
NEGATIVE = "the sign: minus a negative number is plus"
THREE = "how many steps: three, and the start is none of them"

check_three_steps = ByHand(
    [-2, 4, 1],
    ([22, 52, 127], "the sign: a step goes against the slope"),
    ([-6, 10, -6], "the length of a step: the learning rate times the slope"),
    ([10, -2, 4], THREE),
    ([-2, -14, -26], "the slope: it is taken anew at each place"),
    ([4, 2.5, 2.125], "the slope of a square: twice what is squared"),
    ([9.25, 8.5, 7.75], "the step: the learning rate is not all of it"),
    ([-5, 2.5, -1.25], ROOT),
    ([-0.5, 4.75, 2.125], ROOT),
    ([1, 4, -2], "the order: the first step comes first"),
    ([6, 4, 3], "the learning rate: 3/4"),
    ([12, -6, 3], "what is asked for: where w is, not how far it moved"),
    ([16, -8, 4], "what is asked for: where w is, not the slopes"),
    ([16, 4, 1], "what is asked for: where w is, not the loss"),
    ([64, 16, 4], "what is asked for: where w is, not the loss"),
    ([-2, -8, 7], NEGATIVE),
    ([-2, -8, -23], NEGATIVE),
    ([-12, 6, -3], "what is asked for: where w is, not how far it moved"),
    what="three numbers, such as [1, 2, 3]",
    otherwise="the three lines: the slope, the rate times it, w minus that",
    at_shape=THREE,
)

# -------------------------------------------------------------- slopes by nudging

EACH = "one number at a time, until all had their turn; loss gets the rest as they are"
AXES = "the axes: values may have any number of them, and what loss gets has as many"
DISTANCE = (
    "the nudges: one array for up, another for down; and the division: loss above "
    "minus loss below, by the distance of the places"
)
STEP = "step: how far to nudge"
NONE_GIVEN = "step: how far to nudge when it is not given"
DECIMALS = "what becomes of decimals: none is cut off"

thirds = Formula("sum(w / 3)", lambda w: (w / 3).sum())
triple = Formula("3 * sum(w)", lambda w: 3 * w.sum())
square = Formula("sum(w**2)", lambda w: (w**2).sum())
cube = Formula("sum(w**3)", lambda w: (w**3).sum())
product = Formula("product(w)", lambda w: w.prod())
kink = Formula("sum(abs(w - 0.0005))", lambda w: np.abs(w - 0.0005).sum())
third = Formula("w[2] * w[0]", lambda w: w[2] * w[0])
corner = Formula("w[0, 1] ** 2 * w[1, 0]", lambda w: w[0, 1] ** 2 * w[1, 0])
last = Formula("w[0, 0, 1] ** 2", lambda w: w[0, 0, 1] ** 2)

check_numerical_gradient = Check(
    "numerical_gradient",
    by_hand.numerical_gradient,
    [DISTANCE, (triple, [2], 0.25), (triple, [1], 2)],
    ["both sides: one nudge up, one down", (square, [3], 0.5)],
    [DECIMALS, (thirds, [1], 1)],
    [STEP, (cube, [1], 1), (cube, [1], 2), (cube, [2], 1)],
    [EACH, (product, [2, 3], 1), (third, [0, 2, 3], 1)],
    [EACH, (corner, [[1, 2, 5], [3, 4, 6]], 1), (last, [[[3, 4]]], 1)],
    ["whole numbers: a nudge must not be cut off", (square, np.array([1, 4]), 0.25)],
    [NONE_GIVEN, (kink, [0, 1]), STEP, (kink, [0], 0.0001)],
    at_shape="the shape: one slope for each number in values",
    slips={"IndexError|broadcast": AXES},
    as_array=floats,
)

# --------------------------------------------------------------------- the chain rule

FORWARD = "the way there: a, then b, then the loss"
B_SLOPE = "a square: its slope is twice what is squared"
A_SLOPE = "b = a + 2: when a grows by 1, by how much does b?"
W_SLOPE = "a = 4 · w: when w grows by 1, by how much does a?"

check_chain = Numbers(
    {
        "the loss": Number(36, {6: "the square"}, otherwise=FORWARD),
        "the slope for b": Number(
            12, {-12: "the sign: when b grows, so does the loss"}, otherwise=B_SLOPE
        ),
        "the slope for a": Number(
            12, {1: "the loss's slope, not only that of b"}, otherwise=A_SLOPE
        ),
        "the slope for w": Number(
            48,
            {
                16: "the chain: its slopes are multiplied",
                4: "the loss's slope, not only that of a",
                3: "the direction: by how much does a grow with w?",
            },
            otherwise=W_SLOPE,
        ),
    },
    what="four numbers",
    causes=[((36, 48, 12, 12), "the order: for b, for a, for w")],
)

# ---------------------------------------------------------------- what is forgotten

BEST = 3
number_line = Formula("(w - 3) ** 2", lambda w: (w - BEST) ** 2)
pair = Formula("(w**2).sum()", lambda w: (w**2).sum())
skewed = Formula("w[0, 0] ** 2 + 3 * w[1, 1]", lambda w: w[0, 0] ** 2 + 3 * w[1, 1])


def broken_descend(
    loss_of: Callable, start: float | list, rate: float, steps: int
) -> torch.Tensor:
    w = torch.tensor(start, requires_grad=True)
    for _ in range(steps):
        loss_of(w).backward()
        with torch.no_grad():
            w -= rate * w.grad
    return w.detach()


def check_shown(shown_by: object) -> Verdict:
    """Let both descents run from there, and compare where they end."""
    if shown_by is None:
        return to_do("replace None by start, rate and steps")
    shown_by = shown_by.tolist() if hasattr(shown_by, "tolist") else shown_by
    if not isinstance(shown_by, tuple | list) or len(shown_by) != 3:
        three = "three numbers: start, rate, steps"
        return wrong(f"expected {three}; got {shown(shown_by)}")
    values = [numbers(value) for value in shown_by]
    if any(v is None or v.ndim or v.dtype.kind not in "iuf" for v in values):
        return wrong(f"start, rate and steps are numbers; got {shown(shown_by)}")
    start, rate, steps = shown_by
    if values[2] not in range(21):
        return wrong(f"steps should be a whole number from 0 to 20, got {shown(steps)}")
    if not np.isfinite(floats([start, rate])).all() or rate <= 0:
        return wrong("start should be a number, and rate one above 0")
    if values[0].dtype.kind in "iu":
        message = "it stops with an error, which nobody can miss"
        return wrong(message, look_at="a start with a decimal point: a silent mistake")
    start, rate, steps = float(start), float(rate), int(steps)
    good = by_hand.descend(number_line, start, rate, steps).item()
    bad = broken_descend(number_line, start, rate, steps).item()
    if same_values(good, bad):
        message = f"both end at {number_text(good)}: nothing shows"
        reasons = {
            "the best place: nobody moves there": torch.tensor(start).item() == BEST,
            "a smaller rate: the numbers run out of range": not np.isfinite(good),
            "a larger rate: w has hardly moved": rate < 0.001,
            "another number of steps: here both meet again": steps > 1,
            "which step is the first to go wrong": True,
        }
        return wrong(message, look_at=next(r for r, true in reasons.items() if true))
    good, bad = number_text(good), number_text(bad)
    return right(f"it should end at {good}, and ends at {bad}")


OLD = (
    "gradients of earlier steps: are they still there? Are all steps taken? "
    "Each step computes the loss anew, and has the same rate"
)
WHOLE = "a start of whole numbers"
ROWS = "a list of numbers to start from"
RETURNED = "what is returned: where the last step ended"
AGAINST = (
    "the direction and the length of a step, and how many are taken; what is returned"
)

check_descend = Check(
    "descend",
    by_hand.descend,
    [AGAINST, *((number_line, start, 0.25, 1) for start in (11.0, -5.0, 99.0, 3.004))],
    ["the loss: loss_of may be any function", (cube, 1.0, 0.25, 1)],
    [OLD, (number_line, 11.0, 0.25, 2), (number_line, 2.0, 0.25, 4)],
    [Hint(WHOLE, at_error=WHOLE), (number_line, 11, 0.25, 1)],
    [WHOLE, (number_line, 2, 0.25, 4)],
    [RETURNED, (number_line, 1.5, 0.25, 0), (number_line, 7, 0.25, 0)],
    [Hint(ROWS, at_error=ROWS), (pair, [1.0, -2.0], 0.25, 1)],
    [OLD, (pair, [4.0, -8.0], 0.25, 3), (cube, -1.0, 0.25, 2)],
    [WHOLE, (skewed, [[4, 1], [2, 3]], 0.25, 2)],
    [AGAINST, (number_line, 4.0, 1.25, 3)],
    as_array=list,
    at_shape="what is returned: as many numbers as start has",
    slips={
        r"steps=1\): .*does not require grad": "w: requires_grad=True marks it",
        r"assigned grad|'zero_grad'": "how .grad is emptied: w.grad = None",
        r"start=3\.004": "decimals, which count, and steps, however small",
        "NoneType": "what is None: w.grad before backward, or of a w computed anew",
        "does not require grad": "w after a step: w = w - … makes another tensor, "
        "without a mark; -= changes the marked one",
        "leaf Variable": "no_grad: a step stands in the lines indented below it",
        "second time": "the loss: each step computes it anew",
    },
    ready_made=("SGD", "Adam"),
    seconds=20,  # PyTorch imports more when the first optimizer is made
)

# ----------------------------------------------------------------------- two layers

BLOCKED = "ReLU: what becomes of a negative number, on the way there and back?"
OUTER = "w meets r: its gradient is the slope for y, times r"
INNER = "v: its gradient goes back through w, then through ReLU, then meets x"
Y_SLOPE = "the slope for y: twice the error"
ERROR = "the error: y less the target, not the other way round"

check_two_layers = Numbers(
    {
        "the loss": Number(
            4,
            {64: BLOCKED, 144: BLOCKED, 2: "the square", 36: "the target"},
            otherwise="the way there: u, r, y, error, square",
        ),
        "the gradient of w₁": Number(
            24, {-24: ERROR, 12: Y_SLOPE, 72: Y_SLOPE}, otherwise=OUTER
        ),
        "the gradient of w₂": Number(0, {4: OUTER, 8: OUTER}, otherwise=BLOCKED),
        "the gradient of v₁": Number(
            8, {4: "v meets x: its gradient is a slope, times x"}, otherwise=INNER
        ),
        "the gradient of v₂": Number(0, {}, otherwise=BLOCKED),
    },
    what="five numbers",
    causes=[
        ((4, 12, 0, 8, 0), OUTER),  # the 8 has its factor 2
        ((4, 8, 0, 24, 0), "the order: w₁, w₂, v₁, v₂"),
        ((24, 0, 8, 0, 4), "the order: the loss first"),
    ],
)

# ------------------------------------------------------- the gradients of a convolution

GRADIENTS = "grad_image", "grad_kernel"
NUMBERS = "the shape: a gradient has one number for each of those it belongs to"
PADDING = "grad_image: which padding gives it the shape of the image?"
SLIDES = f"for grad_kernel, which array slides over which; for {PADDING}"


def any_gradients() -> Iterator[tuple]:
    rng = np.random.default_rng(2)
    for image, kernel in drawn(12, image_and_kernel):
        size = np.subtract(image.shape, kernel.shape) + 1
        yield floats(image), floats(kernel), floats(rng.integers(-9, 10, size))


def is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def one_of_two(pair: object, index: int) -> object:
    if is_pair(pair) and pair[index] is None:
        raise NotImplementedError
    return pair[index] if is_pair(pair) else pair


def gradient_check(index: int, hint: str, **more: Any) -> Check:
    return Check(
        f"{GRADIENTS[index]} of conv2d_backward",
        lambda image, kernel, grad_output: by_hand.conv2d_backward(
            image, kernel, grad_output
        )[index],
        ["which gradient comes first, and the product of what", ([[3]], [[2]], [[5]])],
        [DECIMALS, ([[1]], [[1]], [[1 / 3]])],
        [hint, (ROW, [[5]], [[1, 10, 100]]), (ROW, [[1, 2]], [[1, 10]])],
        [hint, (COLUMN, [[1], [2]], [[1], [10]])],
        [hint, ([[1, 2, 3, 4]], [[1, 10]], [[1, 0, 0]]), (SQUARE, DIGITS, [[1]])],
        [NUMBERS, (SQUARE, [[5]], DIGITS)],
        [hint, (WIDE, DIGITS, [[1, 2]]), (TALL, DIGITS, [[1], [2]]), *any_gradients()],
        view=partial(one_of_two, index=index),
        at_shape=NUMBERS,
        slips={"which does not fit": SLIDES},
        as_array=floats,
        ready_made=("backward", "conv2d_input", "conv2d_weight"),
        **more,
    )


judged_grad_image = gradient_check(
    0, "through which weights a pixel reaches which output cells"
)
judged_grad_kernel = gradient_check(
    1,
    "which pixels a weight meets, and in which output cells: all of them add up",
    window=lambda cell, image, kernel, grad_output: window(
        cell, image=image, kernel=grad_output
    ),
)


def check_conv2d_backward(conv2d_backward: Callable | None) -> Verdict:
    """Check that a pair comes out, then the kernel's gradient, then the image's."""
    if callable(conv2d_backward):
        value = run(conv2d_backward, judged_grad_kernel.cases[0].args).value
        if value is not None and not is_pair(value):
            expected = f"should return two arrays, {' and '.join(GRADIENTS)}"
            message = f"conv2d_backward {expected}; yours returned {shown(value)}"
            comma = "the last line: two names, with a comma between them"
            return wrong(message, look_at=comma)
    verdict = judged_grad_kernel(conv2d_backward)
    return verdict if verdict.status != "right" else judged_grad_image(conv2d_backward)
