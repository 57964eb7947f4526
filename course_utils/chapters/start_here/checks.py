"""Checks of *Start here*: pixels, channels and the order of axes."""

from collections.abc import Callable

import numpy as np

from course_utils.kit.check import Check, Hint
from course_utils.kit.compare import numbers
from course_utils.kit.run import run
from course_utils.kit.verdict import Verdict, wrong

SHAPE = "the shape, which stays as it is"
SIDES = "rows and columns, which keep their order"


def photos(*shapes: tuple[int, ...]) -> list[tuple]:
    rng = np.random.default_rng(0)
    return [(np.uint8(rng.integers(0, 256, shape)),) for shape in shapes]


def digits(rows: int, columns: int, channels: int) -> np.ndarray:
    """Return an image (H, W, C): tens count its pixels, ones its channels."""
    pixels = 10 * np.arange(rows * columns).reshape(rows, columns, 1)
    return pixels + np.arange(channels)


TWO_IMAGES = [digits(1, 2, 3), 100 + digits(1, 2, 3)]

# ------------------------------------------------------------------------ the negative

ENDS = "the ends: in each row black, 0, becomes white, 255, and white becomes black"
MIDDLE = "the greys in between, in every row"
PHOTO = "pixels of dtype uint8: they wrap around below 0 and above 255"

check_negative = Check(
    "negative",
    lambda image: 255 - image,
    [ENDS, ([[0, 100, 255]],)],
    [MIDDLE, ([[0, 100], [200, 255]],)],
    ["black and white: 0 and 255, also where no pixel has them", ([[10, 20, 30]],)],
    [SHAPE, ([[10], [20]],)],
    [MIDDLE, ([[127]],)],
    [ENDS, ([[0, 0], [0, 0]],)],
    [Hint(PHOTO, at_error=PHOTO), (np.uint8([[0, 100, 255]]),)],
    [MIDDLE, *photos((2, 3), (3, 2), (4, 4), (2, 2, 3))],
    at_shape=SHAPE,
    slips={r"at \[0, 1\] expected 155": MIDDLE},
)

# ------------------------------------------------------------------- channels and axes

AXIS = "the axis that holds the channels: the last one. Are all three filled?"
DECIMALS = "what becomes of decimals"
SWAPPED = "which two of the three numbers change places, and whether both survive it"
# Grey pixels stay in any order of channels: where they change, the axis is wrong.
GREY = np.array([[1, 2], [3, 4]])[..., None].repeat(3, axis=2)

check_swap_bgr = Check(
    "swap_bgr",
    lambda image: image[..., ::-1],
    [AXIS, (GREY,)],
    [SWAPPED, ([[[1, 3, 2]]],)],
    [AXIS, ([[[1, 2, 3], [10, 20, 30]]],), ([[[1, 2, 3]], [[10, 20, 30]]],)],
    [SIDES, (digits(3, 3, 3),)],
    [DECIMALS, ([[[0.5, 0.25, 1]]],)],
    ["a batch, shape (N, H, W, 3)", (TWO_IMAGES,)],
    ["a single pixel, shape (3,)", ([1, 2, 3],)],
    ["a list of pixels, shape (N, 3)", ([[1, 2, 3], [10, 20, 30]],)],
    ["any number of axes in front", ([[digits(1, 2, 3)], [digits(1, 2, 3)]],)],
    [AXIS, *photos((2, 4, 3), (3, 2, 3), (5, 3), (2, 3, 2, 3))],
    at_shape=SHAPE,
    slips={"unpack": AXIS},
)

SAME = "the numbers: only their places change"
CHANNELS = "the number of channels, which need not be 3"
NCHW = "the shape: images, channels, then rows and columns"
TOGETHER = "which numbers belong together: tens count pixels, ones channels"
ORDER, PLACES = Hint(TOGETHER, at_shape=NCHW), Hint(SIDES, at_shape=NCHW)

check_to_nchw = Check(
    "to_nchw",
    lambda images: np.transpose(images, (0, 3, 1, 2)),
    # With one channel `reshape` is right: what is wrong here is the shape.
    [Hint(SAME, at_shape=NCHW), ([digits(2, 3, 1)],)],
    [ORDER, ([digits(1, 2, 3)],), ([digits(2, 2, 3)],)],
    [PLACES, ([digits(2, 1, 3)],), ([digits(2, 3, 3)],)],
    [CHANNELS, ([digits(2, 3, 4)],)],
    ["the images of the batch, which stay apart", (TWO_IMAGES,)],
    [DECIMALS, ([[[[0.5, 0.25, 1]]]],)],
    [PLACES, *photos((3, 2, 4, 3), (1, 4, 2, 1), (2, 3, 3, 3), (3, 3, 2, 2))],
    slips={"IndexError": CHANNELS},
)

FIRST = "the first row: its pixels keep their places"
BELOW = "how many pixels stand before the first one of the row"
BOTH = "both steps: down the rows, then along the row"

check_flat_index = Check(
    "flat_index",
    lambda row, column, width: row * width + column,
    [FIRST, (0, 3, 5)],
    [BELOW, (1, 0, 5), (2, 0, 5)],
    [BOTH, (2, 3, 5)],
    ["counting from 0", (0, 0, 1)],
    [BELOW, (3, 0, 1)],
    [BOTH, (1, 2, 3), (4, 1, 2)],
    ["the last pixel of an 8 × 8 image", (7, 7, 8)],
    [FIRST, (0, 27, 28)],
    [BELOW, (27, 0, 28)],
    [BOTH, (27, 27, 28)],
    slips={"returned str|has shape": "what is returned: one number, and no text"},
)

# -------------------------------------------------------------- pixels that do not wrap

TOP = "what is too bright: it should stop at 255"
BOTTOM = "what is too dark: it should stop at 0"
ROOM = "pixels that have room: there the amount is added as it is, also below zero"
COLOUR = "a colour image: shape (H, W, 3)"
AXES = "any number of axes: a row of pixels, a batch of images"
(ONE,), (ANOTHER,), (THIRD,) = photos((3, 4), (3, 4), (3, 4))

judged_values = Check(
    "brighten",
    lambda image, amount: np.clip(image.astype(int) + amount, 0, 255).astype(np.uint8),
    [ROOM, (np.uint8([[0, 72, 195]]), 50)],
    [TOP, (np.uint8([[250, 100]]), 10)],
    [ROOM, (np.uint8([[0, 255]]), 0), (np.uint8([[100, 200]]), -10)],
    [BOTTOM, (np.uint8([[5, 100]]), -10)],
    [TOP, (np.uint8([[0, 128, 255]]), 255)],
    [BOTTOM, (np.uint8([[0, 128, 255]]), -255)],
    [TOP, (np.uint8([[245], [246]]), 10)],
    [BOTTOM, (np.uint8([[10], [9]]), -10)],
    "an amount of any size: how many bytes does it need?",
    *((np.uint8([[0, 100]]), amount) for amount in (300, -300, 40_000)),
    [Hint(COLOUR, at_error=COLOUR), (np.uint8([[[250, 100, 0]]]), 30)],
    [Hint(AXES, at_error=AXES), (ONE[0], 80), (ONE.reshape(2, 1, 2, 3), 80)],
    [TOP, (ONE, 80)],
    [BOTTOM, (ANOTHER, -80)],
    [ROOM, (THIRD, 1)],
    at_shape=SHAPE,
)


def check_brighten(brighten: Callable | None) -> Verdict:
    """Check the values, and then that they are bytes again."""
    verdict = judged_values(brighten)
    if verdict.status != "right":
        return verdict
    for case in judged_values.cases:
        kind = numbers(run(brighten, case.args).value).dtype
        if kind != np.uint8:
            problem = f"all values are right, but they are {kind} and should be uint8"
            back = "the last step, back to one byte per pixel"
            return wrong(f"amount={case.args[1]}: {problem}", look_at=back)
    return verdict
