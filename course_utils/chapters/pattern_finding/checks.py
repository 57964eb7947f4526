"""Checks of *Pattern finding*."""

from functools import partial
from itertools import product

import numpy as np

from course_utils import convolution
from course_utils.chapters.pattern_finding.patterns import MOTIFS
from course_utils.kit.check import Check, Hint, drawn, image_and_kernel
from course_utils.kit.compare import number_text, numbers, shown
from course_utils.kit.matrices import DIGITS, SQUARE, TALL, WIDE
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.verdict import Verdict, right, to_do, wrong
from course_utils.sizes import window

MEETING = "which weight meets which pixel, and what the sum is divided by"

floats = partial(np.array, dtype=float)


def zeros_as_floats(result: object) -> object:
    """Return 0.0 for 0: a sum or a maximum may begin with either."""
    values = numbers(result)
    whole = values is not None and values.dtype.kind in "iu"
    return values.astype(float) if whole and not values.any() else result


# ------------------------------------------------------------------------- the cosine

LENGTHS = "the two lengths: square, add up, take the root"
OWN = "each window by itself: its pixels, zeros too, and their length"
NO_DIRECTION = "when there is no direction: not one number differs from 0"
FIT = "rows and columns: how many windows fit, for each"
ZERO = "a 0: is each window visited, when does it count as empty, what is subtracted?"
BYTES = "pixels of dtype uint8: neither their products nor a cosine fit into it"
BRIGHT = np.array([[200, 250], [0, 100]], dtype=np.uint8)

check_cosine_map = Check(
    "cosine_map",
    convolution.cosine_map,
    "one pixel, one weight: what the product is divided by; nothing is subtracted",
    ([[5]], [[2]]),
    [LENGTHS, ([[2, 2], [2, 2]], [[1, 1], [1, 1]])],
    [LENGTHS, ([[1, 1], [1, 1]], [[2, 2], [2, 2]])],
    [MEETING, ([[3, 4]], [[1, 0]])],
    [LENGTHS, ([[6, 8]], [[3, 4]])],
    ["the sign: opposite directions: −1; below 0 is not empty", ([[-3, -4]], [[3, 4]])],
    ["vectors at a right angle", ([[4, -3]], [[3, 4]])],
    ["a cosine with many decimals: none is cut off", ([[1, 1]], [[1, 0]])],
    [OWN, ([[3, 4, 0]], [[4, 3]]), ([[3], [4], [0]], [[4], [3]])],
    ["windows of zeros: they have no direction", ([[0, 0, 3, 4]], [[3, 4]])],
    ["a kernel of zeros: it has no direction", ([[3, 4]], [[0, 0]])],
    [NO_DIRECTION, ([[4, -3, 1, -1]], [[2, 1]]), ([[4, -3]], [[1, -1]])],
    ["a kernel with one weight: only the sign is left", ([[2, -3, 0]], [[5]])],
    [MEETING, (SQUARE, DIGITS)],
    [FIT, (WIDE, [[1, 0], [0, 2]]), (TALL, [[1, 0], [0, 2]])],
    ["faint windows: decimals have a direction, too", ([[0.003, 0.004]], [[0.3, 0.4]])],
    [BYTES, (BRIGHT, np.array([[1, 2], [0, 2]])), (BRIGHT, BRIGHT.T.copy())],
    [OWN, *drawn(8, image_and_kernel)],
    window=window,
    view=zeros_as_floats,
    at_shape=FIT,
    slips={r"case 1 .*yours is 0$": ZERO},
    as_array=floats,
    ready_made=["cosine_map"],
)

# ------------------------------------------------------------------ what fools a kernel

CROSS = np.array(MOTIFS["cross"])
BRIGHTEST = 9


def is_matrix(values: np.ndarray | None) -> bool:
    return values is not None and values.ndim == 2 and values.dtype.kind in "iuf"


def check_fooled(fooled: object) -> Verdict:
    """Look for a cross in a picture, and where the dot product is largest."""
    if fooled is None:
        return to_do("replace None by a picture")
    values = numbers(fooled)
    if not is_matrix(values) or not (3 <= min(values.shape) <= max(values.shape) <= 12):
        got = f"shape {values.shape}" if is_matrix(values) else shown(fooled)
        return wrong(f"expected 3 to 12 rows and columns, got {got}")
    if not ((values >= 0) & (values <= BRIGHTEST)).all():
        return wrong(f"pixels go from 0 to {BRIGHTEST}; yours do not all")
    dots = convolution.conv2d(values, CROSS)
    crosses = np.isclose(convolution.cosine_map(values, CROSS), 1)
    highest, score = dots == dots.max(), number_text(dots.max())
    panels = Panel("picture", values), Panel("dot product", dots, np.argwhere(highest))
    if not crosses.any():
        message, look_at = "no window is a cross", "the cross: motif, times a number"
    elif (highest & crosses).any():
        most = f"no window scores more than its {score}"
        message = f"the dot product finds a cross: {most}"
        look_at = "a brighter window, which need not look like a cross"
        if dots.max() >= BRIGHTEST * CROSS.sum():
            look_at = "how bright the cross is: nothing can beat one of the brightest"
    else:
        cross = number_text(dots[crosses].max())
        return right(f"the cross scores {cross}, another window {score}")
    scene = side_by_side(panels, message, caption="framed: the largest")
    return wrong(message, look_at=look_at, scene=scene)


# --------------------------------------------------------------- weights for one letter


def letters(brightness: int = 9, place: tuple[int, int] = (1, 1)) -> np.ndarray:
    """Return a picture: a T at a place, a cross, a ring, and a bright block."""
    picture = np.zeros((12, 16), dtype=int)
    shapes = {(1, 7): "cross", (7, 1): "ring", place: "letter T"}
    for (row, column), name in shapes.items():
        picture[row : row + 3, column : column + 3] = 6 * np.array(MOTIFS[name])
    picture[6:10, 8:13] = brightness
    return picture


FLAT = "windows inside the block: its pixels are all equal. Which sum scores 0 there?"
RIM = "windows at the rim of the block: some pixels are bright, the others 0"
PIXELS = "the T's bright pixels: are their weights the largest, and all above 0?"


def check_t_weights(t_weights: object) -> Verdict:
    """Look for the T in pictures with blocks of several brightnesses."""
    if t_weights is None:
        return to_do("replace None by nine weights")
    weights = numbers(t_weights)
    if not is_matrix(weights) or weights.shape != (3, 3):
        return wrong(f"expected 3 rows of 3 weights, got {shown(t_weights)}")
    if not np.isfinite(weights).all():
        return wrong("each weight should be a finite number")
    if not weights.any():
        return wrong("the weights are all 0, and so is every score")
    tried = list(product((6, 7, 8, 9), [(1, 1), (1, 12), (2, 4)]))
    for brightness, place in tried:
        picture = letters(brightness, place)
        scores = convolution.conv2d(picture, weights.astype(float))
        own, scores[place] = scores[place], -np.inf
        row, column = np.unravel_index(scores.argmax(), scores.shape)
        if own <= (other := scores[row, column]) + 1e-9:
            pixels = picture[row : row + 3, column : column + 3]
            rim = row + 3 > 6 and column + 3 > 8
            look_at = FLAT if (pixels == brightness).all() else RIM if rim else PIXELS
            message = f"block of brightness {brightness}: the T scores "
            message += f"{own:.3g}, window [{row}, {column}] {other:.3g}"
            cells = [*product(range(row, row + 3), range(column, column + 3))]
            panels = Panel("picture", picture, cells), Panel("weights", weights)
            return wrong(message, look_at=look_at, scene=side_by_side(panels, message))
    return right(f"the T wins in {len(tried)} pictures")


# ------------------------------------------------------------ did the map move along?


def shift_error(before: np.ndarray, after: np.ndarray, shift: int) -> np.ndarray:
    partners = before.shape[1] - shift
    return np.abs(after[:, shift:] - before[:, :partners]).max()


def any_move(rng: np.random.Generator, number: int) -> tuple:
    shift, before = (0, 1, 1, 2, 3)[number], floats(rng.integers(-9, 10, (3, 5)))
    after = np.roll(before, shift, axis=1)
    after[1, 4] -= rng.integers(0, 2) * 13 / 3
    return before, after, shift


AXIS = "the direction: to the right, along the second axis, that of columns"
BORDER = "the border: what comes in at the left, and what leaves at the right"
ONE = "what comes back: one number, the largest of all rows"
UNMOVED = "shift: without a move every cell is compared"
LARGEST = "which difference is asked for: the largest, of all that have a partner"
SIGN = "differences below zero: they count as much as those above"

check_shift_error = Check(
    "shift_error",
    shift_error,
    Hint("a map that moved along: it has no error", at_shape=ONE),
    ([[1, 2, 0]], [[0, 1, 2]], 1),
    [AXIS, ([[1, 0, 0], [0, 0, 0]], [[0, 1, 0], [0, 0, 0]], 1)],
    [LARGEST, ([[5, 4, 0]], [[0, 7, 8]], 1)],
    "which cells belong together after the move, from the first pair to the last",
    *(([[1, 2, 0]], after, 1) for after in ([[0, 1, 5]], [[0, 5, 2]])),
    [LARGEST, ([[1, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]], 1)],
    "what becomes of decimals, and with what a search for the largest begins",
    ([[1, 2, 0]], [[0, 1, 2.5]], 1),
    [SIGN, ([[1, 2, 0]], [[0, 1, -1]], 1), ([[1, 1, 0]], [[0, 3, -1]], 1)],
    [AXIS, ([[1, 0], [0, 0]], [[0, 0], [1, 0]], 1), ([[0, 1, 2]], [[1, 2, 0]], 1)],
    [BORDER, ([[1, 2, 3]], [[9, 1, 2]], 1), ([[1, 2, 9]], [[0, 1, 2]], 1)],
    ["the rows: all of them count", (TALL, [[0, 1], [0, 7], [0, 5]], 1)],
    ["shift: it may be larger than 1", ([[1, 2, 3, 4]], [[0, 0, 1, 2]], 2)],
    [BORDER, ([[1, 2, 3, 4]], [[7, 8, 1, 5]], 2)],
    [Hint(UNMOVED, at_error=UNMOVED), ([[1, 2]], [[1, 4]], 0)],
    ["how the cells are paired, and what becomes of decimals", *drawn(5, any_move)],
    view=zeros_as_floats,
    as_array=floats,
    slips={"case 1 .*(zero-size|broadcast)": AXIS},
)


def broken_shift_error(before: np.ndarray, after: np.ndarray, shift: int) -> float:
    return (after - np.roll(before, shift, axis=0)).sum()


def check_unseen(unseen: object) -> Verdict:
    """Ask the broken measure about maps that did not move along."""
    if unseen is None:
        return to_do("replace None by before, after and shift")
    if not isinstance(unseen, tuple | list) or len(unseen) != 3:
        return wrong(f"expected before, after, shift, got {shown(unseen)}")
    before, after, shift = map(numbers, unseen)
    if not (is_matrix(before) and is_matrix(after) and before.shape == after.shape):
        return wrong("expected two maps of one shape, each a list of rows")
    if shift is None or shift.ndim or shift not in range(before.shape[1]):
        return wrong(f"shift should be a whole number from 0 to {before.shape[1] - 1}")
    before, after, shift = floats(before), floats(after), int(shift)
    measures = shift_error, broken_shift_error
    # Without the last digits: what decimals leave there is no error.
    error, said = (round(float(m(before, after, shift)), 9) for m in measures)
    maps = Panel("before", before), Panel("after", after)
    if not error:
        message = "after is before, moved along: there is no error to be missed"
        look_at = "cells with a partner: in one of them after must differ"
    elif said:
        message = f"the error is {error:.7g}, the measure says {said:.7g}: it noticed"
        look_at = "what differences above and below zero do in a sum"
    else:
        return right(f"the error is {error:.7g}, and the measure says 0")
    return wrong(message, look_at=look_at, scene=side_by_side(maps, message))
