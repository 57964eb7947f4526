"""Checks for *Pooling*."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from course_utils import convolution, sizes
from course_utils.kit.check import ByHand, Check, Hint, drawn
from course_utils.kit.compare import is_finite, numbers, shown
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.ready_made import POOLINGS
from course_utils.kit.scene import Scene
from course_utils.kit.verdict import Verdict, right, to_do, wrong

MAX, AVERAGE = "max", "average"
SQUARE, NINE = [[1, 2], [4, 3]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]

# ---------------------------------------------------------------------------- on paper

SIZE, STEP = 3, 2  # windows that overlap
IMAGE = np.array(
    [
        [1, 0, 6, 2, 3],
        [4, 2, 0, 1, 1],
        [0, 3, 5, 0, 2],
        [2, 1, 0, 7, 0],
        [8, 0, 1, 2, 9],
    ]
)
STRIDE_HINT = f"the stride: from one window to the next it is {STEP} cells"
SIZE_HINT = f"the size of a window: {SIZE} rows and {SIZE} columns"
MAX_HINT = "what max pooling keeps: the largest number"


def by_hand(size: int = SIZE, stride: int = STEP, mode: str = MAX) -> np.ndarray:
    return convolution.pool2d(IMAGE, size, stride=stride, mode=mode)


def pool_window(
    cell: tuple, *, kernel_size: int, stride: int | None = None, **_: object
) -> list[range]:
    """Return the rows and columns of the image, padded, under an output cell."""
    step = stride or kernel_size
    return [range(place * step, place * step + kernel_size) for place in cell]


def question(cell: tuple[int, int]) -> Scene | None:
    places = [*product(*pool_window(cell, kernel_size=SIZE, stride=STEP))]
    pooled = Panel("pooled", np.full((2, 2), np.nan), [cell], note=f"cell {[*cell]}")
    panels = [Panel("image", IMAGE, places), pooled]
    return side_by_side(panels, "the window of one cell, and that cell")


check_pooled_by_hand = ByHand(
    by_hand(),
    (by_hand(stride=1), STRIDE_HINT),
    (by_hand(stride=SIZE), STRIDE_HINT),
    ([[6, 3], [8, 9]], STRIDE_HINT),  # windows that just touch, over the edge
    (by_hand(2), SIZE_HINT),
    (by_hand(2, 1), SIZE_HINT),
    (by_hand(mode=AVERAGE), MAX_HINT),
    (-convolution.pool2d(-IMAGE, SIZE, stride=STEP), MAX_HINT),
    (by_hand().T, "rows and columns: the windows go from left to right first"),
    (by_hand().ravel(), "the brackets: a list of rows, and each row is a list"),
    what="rows of numbers",
    missing="the rows of the output",
    otherwise="the framed window: which of its numbers is the largest?",
    at_shape="how many windows fit side by side, and below one another",
    scene=question,
)

# --------------------------------------------------------------------- the functions


def global_pool(images: np.ndarray, mode: str) -> np.ndarray:
    return convolution.pool2d(images, images.shape[-2:], mode=mode)[..., 0, 0]


def any_batch(rng: np.random.Generator, number: int) -> tuple:
    shape = rng.integers(2, 5, 4)
    return rng.integers(-9, 10, shape), (MAX, AVERAGE)[number % 2]


BYTES = "pixels that are stored as bytes: a sum of them needs more room"
PHOTO = np.array([[200, 100], [0, 0]], np.uint8)
NEGATIVE = "negative numbers: with what does your search for the largest begin?"
POOLED = "which axes are pooled away, and what this mode keeps of them"
check_global_pool = Check(
    "global_pool",
    global_pool,
    [POOLED, ([[SQUARE]], MAX)],
    Hint("what an average is: the sum, divided by the number of its pixels", POOLED),
    [([[SQUARE]], AVERAGE), ([[[[1, 2, 6, 0]]]], AVERAGE)],
    [BYTES, (PHOTO[None, None], AVERAGE)],
    ["an image of one cell", ([[[[5]]]], MAX)],
    "channels: each has a number of its own",
    *(([[[[1, 2]], [[4, 3]]]], mode) for mode in (MAX, AVERAGE)),
    "images: each has numbers of its own",
    *(([[[[1, 2]]], [[[4, 3]]]], mode) for mode in (MAX, AVERAGE)),
    [NEGATIVE, ([[[[-3_000_000_000], [-2_000_000_000]]]], MAX)],
    ["pixels that are stored as bytes", (PHOTO[None, None], MAX)],
    ["what becomes of decimals", ([[[[0.5], [1.25], [1]]]], MAX)],
    ["the shape of the batch: (N, C, H, W)", *drawn(8, any_batch)],
    slips={
        r"2\.5, yours is 2$": "decimals: an average has them; are they cut off?",
        r"2\.5, yours is 4$": f"mode: is it looked at, and spelt {AVERAGE!r}?",
    },
)


def pool2d(image: np.ndarray, kernel_size: int, **options: Any) -> np.ndarray:
    return convolution.pool2d(image, kernel_size, **options)


def any_pooling(rng: np.random.Generator, number: int) -> tuple:
    height, width, size = map(int, rng.integers([3, 3, 1], [8, 8, 4]))
    image = rng.integers(-9, 10, (height, width)) * (0.5 if number % 3 == 2 else 1)
    stride, mode = (None, 1, 2, 3)[rng.integers(4)], (MAX, AVERAGE)[number % 2]
    padding = int(rng.integers(size // 2 + 1))
    return image, size, {"mode": mode, "stride": stride, "padding": padding}


def with_padding(
    image: np.ndarray, *, mode: str = MAX, padding: int = 0, **_: object
) -> Panel:
    margin = -np.inf if mode == MAX else 0
    padded = np.pad(image.astype(float), padding, constant_values=margin)
    return Panel("image, padded" if padding else "image", padded)


KEPT = "what this mode keeps of a window, and as what kind of number"
check_pool2d = Check(
    "pool2d",
    pool2d,
    Hint(KEPT, at_shape=f"{KEPT}; and how many windows fit"),
    [(SQUARE, 2, {"stride": 2}), ([[1, 2], [6, 0]], 2, {"stride": 2, "mode": AVERAGE})],
    [BYTES, (PHOTO, 2, {"stride": 2, "mode": AVERAGE})],
    "rows and columns: how many windows fit, for each by itself, and where they lie",
    ([[1, 2, 8, 3], [4, 5, 6, 9]], 2, {"stride": 2}),
    ([[1, 2], [4, 3], [5, 9], [7, 8]], 2, {"stride": 2}),
    ["a window of one cell", (SQUARE, 1, {"stride": 1})],
    "the stride when none is given: windows just touch",
    [([[1, 2, 8, 3], [4, 5, 6, 7]], 2), (np.arange(18).reshape(3, 6), 3)],
    ["the last window that still fits", (NINE, 2)],
    ["how far the window moves", ([[1, 5, 2], [0, 3, 4], [6, 9, 8]], 2, {"stride": 1})],
    ([[1, 2, 3, 4, 5]], 1, {"stride": 2}),
    ["a window as large as the image", (NINE, 3)],
    [NEGATIVE, ([[-3, -1], [-4, -2]], 2)],
    "the padding: once on each side, and filled with what in this mode?",
    [([[-5]], 2, {"padding": 1}), ([[-5, -7], [-2, -9]], 2, {"padding": 1})],
    ([[5, 7], [2, 9]], 3, {"padding": 1, "stride": 1}),
    "the padding: as many rows and columns on each side as it says",
    *((np.arange(16).reshape(4, 4), 4, {"padding": cells}) for cells in (2, 1)),
    "the padding: does it lose against every number, however small?",
    ([[-2_000_000_000]], 2, {"padding": 1}),
    [([[-(2**63)]], 2, {"padding": 1}), (PHOTO, 2, {"padding": 1})],
    "the zeros of the padding: they count in an average",
    ([[-8]], 2, {"mode": AVERAGE, "padding": 1}),
    [(a, 2, {"mode": AVERAGE, "padding": 1}) for a in ([[8, 4], [12, 16]], PHOTO)],
    ["what becomes of decimals", ([[1, 2], [2, 2]], 2, {"mode": AVERAGE})],
    ([[0.5, 1.5], [1.25, 0]], 2),
    ["how mode, stride and padding work together", *drawn(15, any_pooling)],
    window=pool_window,
    first=with_padding,
    ready_made=POOLINGS,
)


def any_stack(rng: np.random.Generator, number: int) -> tuple:
    layers = rng.integers(1, [6, 4, 4], ((2, 3, 3, 4, 4, 5)[number], 3))
    return ([tuple(layer) for layer in layers.tolist()],)


check_receptive_field = Check(
    "receptive_field",
    sizes.receptive_field,
    ["a pair, the size first; one layer: its cell sees its window", ([(3, 1, 1)],)],
    ["how many cells a kernel without gaps spans", ([(1, 1, 1)],), ([(2, 1, 1)],)],
    ["what is what in a layer: kernel size, stride, dilation", ([(1, 2, 1)],)],
    ["how much a second layer adds", ([(3, 1, 1), (3, 1, 1)],)],
    "which jump counts: the one from the layers before this one",
    [([(2, 2, 1)],), ([(3, 1, 1), (2, 2, 1)],)],
    "by how many input cells the layer's own inputs lie apart",
    ([(2, 2, 1), (3, 1, 1)],),
    "how two strides work together",
    [([(1, 2, 1), (1, 2, 1)],), ([(1, 3, 1), (2, 2, 1), (2, 1, 1)],)],
    "how many cells a kernel spans when it is dilated",
    [([(3, 1, 2)],), ([(2, 1, 4)],), ([(3, 2, 1), (3, 1, 2)],)],
    "by how many input cells the layer's own inputs lie apart",
    ([(3, 2, 1), (3, 2, 1), (3, 2, 1)],),
    ([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)],),
    ["a stack without layers: a cell sees itself", ([],)],
    ["kernel, stride and dilation", *drawn(6, any_stack)],
    slips={r"at \[1\]": "the jump, at [1]: all strides, second in a layer, multiplied"},
    ready_made=["receptive_field"],
)


def changed_as_claimed(image: np.ndarray, kernel_size: int) -> float:
    pooled = convolution.pool2d(image, kernel_size)
    moved = convolution.pool2d(np.roll(image, kernel_size), kernel_size)
    return (moved - pooled).mean()


def changed_cells(image: np.ndarray, kernel_size: int) -> float:
    pooled = convolution.pool2d(image, kernel_size)
    moved = convolution.pool2d(np.roll(image, 1, axis=1), kernel_size)
    return float(np.mean(moved != pooled))


def any_move(rng: np.random.Generator, number: int) -> tuple:
    size = (2, 3, 1, 4)[number % 4]
    shape = size * rng.integers(1, 4, 2) + rng.integers(0, 2, 2)
    return rng.integers(0, 5, shape), size


ROUNDING = 0.006  # how far off a fraction may be


def check_giveaway(example: object) -> Verdict:
    """Run the function with mistakes on the learner's example."""
    if example is None:
        return to_do("replace None by an example (image, kernel_size, fraction)")
    if not isinstance(example, tuple | list) or len(example) != 3:
        return wrong(f"expected (image, kernel_size, fraction), got {shown(example)}")
    image, size, fraction = map(numbers, example)
    fine = is_finite(image) and is_finite(fraction) and image.dtype.kind in "iuf"
    if not fine or image.ndim != 2 or fraction.ndim:
        return wrong("expected rows of numbers, a size, and one number")
    if size is None or size.ndim or size.dtype.kind not in "iu" or size < 1:
        return wrong(f"kernel_size is {shown(example[1])}", look_at="a whole number")
    if size > min(image.shape):
        message = f"windows of {size} do not fit into {image.shape}"
        return wrong(message, look_at="the sizes of image and window")
    gone = np.pad(image, ((0, 0), (1, 0)))[:, :-1]
    views, size = (image, np.roll(image, 1, axis=1), gone), int(size)
    pooled, moved, lost = (convolution.pool2d(view, size) for view in views)
    truth, claimed = np.mean(moved != pooled), changed_as_claimed(image, size)
    panels = [Panel("image", image), Panel("pooled", pooled)]
    if np.isclose(truth, claimed):
        message = f"the function returns {claimed:g}, and that is right here"
        look_at = "whether a maximum leaves its window when the image moves by one"
        scene = side_by_side(panels, "your image, pooled")
        return wrong(message, look_at=look_at, scene=scene)
    if abs(fraction - truth) > ROUNDING:
        message = f"your last number, {fraction:g}, is not the fraction of cells "
        message += "that change"
        look_at = "the fraction: cells that differ, divided by all pooled cells"
        if abs(fraction - np.mean(lost != pooled)) <= ROUNDING:
            look_at = "what leaves on the right: it comes back on the left"
        scene = side_by_side(panels[:1], "your image")
        return wrong(message, look_at=look_at, scene=scene)
    panels.append(Panel("moved by one, pooled", moved))
    scene = side_by_side(panels, "your image, pooled before and after the move")
    message = f"{truth:g} of the cells change, and the function says {claimed:g}"
    return replace(right(message), scene=scene)


CHANGED = "whether a cell of the max-pooled image changed: by how much does not matter"
CORNERS = [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
check_changed_cells = Check(
    "changed_cells",
    changed_cells,
    # The first four are right even with the three mistakes of the exercise's function.
    "what moves: the image, where what leaves comes back, and which is pooled again; "
    "and what comes out: of all pooled cells, the fraction that changes",
    ([[0, 0, 0, 0, 1], *[[0] * 5] * 3, [1, 0, 0, 0, 0]], 2),
    ["an image that looks the same when moved", ([[5, 5, 5, 5], [5, 5, 5, 5]], 2)],
    ["the windows: of any kernel_size", (CORNERS, 3)],
    "which way the image moves, and where a pixel ends up that leaves it",
    ([[0, 0, 0, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]], 3),
    "gains and losses: a cell that gains 9 and one that loses 9 both changed",
    ([[0, 9, 0, 0], [0, 0, 0, 0]], 2),
    ["how far the image moves: one pixel", ([[9, 0, 0, 0], [0, 0, 0, 0]], 2)],
    ([[0, 0, 9, 0, 0, 0], [0, 0, 9, 0, 0, 0]], 2),
    ([[0, 0, 9, 0, 0, 0, 0, 0]] * 4, 4),
    "in which rows pixels end up that leave the image on the right",
    ([[0, 0, 0, 0], [0, 0, 0, 9], [9, 0, 0, 0], [0, 0, 0, 0]], 2),
    (np.eye(4, dtype=int), 1),
    [CHANGED, ([[0, 9, 9, 0], [0, 0, 0, 0]], 2), ([[9, 0, 5, 2], [1, 1, 1, 1]], 2)],
    ["one window that holds everything", (NINE, 3)],
    [CHANGED, ([[0.5, 0.75], [0.5, 0.25]], 1), ([[100_000, 100_001]], 1)],
    "pixels that leave on the right, and what counts as a change",
    *drawn(8, any_move),
    slips={
        r"0\.25, yours is 0\.1875$": "the windows: they just touch",
        r"1, yours is 9$": CHANGED,
        r"75, yours is 0\.8$": "rounding: return all digits of what was computed",
    },
)
