"""Checks of *Channels and batches*."""

import math
from itertools import combinations, permutations, product

import numpy as np

from course_utils import convolution, sizes
from course_utils.kit.check import Check, Hint, Number, drawn
from course_utils.kit.compare import is_finite, numbers, shown
from course_utils.kit.matrices import DIGITS, SQUARE, WIDE
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.ready_made import CONVOLUTIONS
from course_utils.kit.verdict import Verdict, right, to_do, wrong

DEEP, BOTH = [[[1]], [[2]]], [[[1]], [[10]]]
FIVE, HALF = [[[[5]]]], [[[[0.5123]]]]

BATCH = "the batch: each image by itself"
BYTES = "pixels that are stored as bytes: a sum of them needs more room"
DECIMALS = Hint(
    "what becomes of decimals in the output",
    at_error="the dtype of what += adds to: it must hold pixels times weights",
)
BIAS_DECIMALS = Hint(
    "what becomes of decimals in the bias, where all else is whole",
    at_error="+= changes an array of whole numbers in place; + makes a new array",
)
FORM = "what comes out: products, in the docstring's shape, and integers for integers"

# ------------------------------------------------------------------ one cell on paper

CELL, BIAS = (1, 2), 10
IMAGE = np.array(convolution.COLOUR_IMAGE)
KERNEL = np.array([[[2, 0], [0, 1]], [[1, 1], [0, -1]], [[0, 1], [-1, 0]]])
TURNED, SWAPPED = KERNEL[:, ::-1, ::-1], KERNEL.transpose(0, 2, 1)
OUTPUT = convolution.conv2d(IMAGE, KERNEL[None], BIAS)[0]
SIGNS = "the signs of the products"
RED_FIRST = "the channels: the first plane meets red"
OTHER = "the window: this is another cell's value"
EACH_PLANE = "the channels: all three count, each with its plane of the new kernel"


def window(cell: tuple, images: np.ndarray, weight: np.ndarray, **_: object) -> list:
    """Return the image, channels, rows and columns that an output cell depends on."""
    number, _, *place = cell
    plane = sizes.window(place, image=images[0, 0], kernel=weight[0, 0])
    return [[number], range(images.shape[1]), *plane]


PLACES = [*product(*window((0, 0, *CELL), IMAGE[None], KERNEL[None])[1:])]
PIXELS = np.reshape([IMAGE[place] for place in PLACES], KERNEL.shape)
SUMS = (PIXELS * KERNEL).sum(axis=(1, 2))
BELOW_ZERO = np.minimum(PIXELS * KERNEL, 0)  # a product whose sign may get lost
OTHER_ORDERS = [*permutations(KERNEL)][1:]
REORDERED = [(PIXELS * [*planes]).sum() + BIAS for planes in OTHER_ORDERS]
SOME = [*combinations(SUMS, 1), *combinations(SUMS, 2)]
QUESTION = [
    Panel("image", IMAGE, PLACES),
    Panel("kernel", KERNEL),
    Panel("output", np.full(OUTPUT.shape, np.nan), [CELL], f"bias {BIAS}"),
]

judged_cell = Number(
    OUTPUT[CELL],
    dict.fromkeys(REORDERED, RED_FIRST)
    | dict.fromkeys([sum(s) + BIAS for s in SOME], EACH_PLANE)
    | {n: f"{OTHER}; {RED_FIRST}" if n in REORDERED else OTHER for n in OUTPUT.ravel()}
    | dict.fromkeys((OUTPUT[CELL] - 2 * BELOW_ZERO[BELOW_ZERO < 0]).tolist(), SIGNS)
    | {
        OUTPUT[0, 1]: "where counting starts: at row 0 and column 0",
        SUMS.sum(): "the bias",
        SUMS.sum() - BIAS: "the bias: it is added",
        SUMS.sum() * BIAS: "the bias: it is added",
        SUMS.sum() + 3 * BIAS: "the bias: it is added once, not once per channel",
        SUMS.mean() + BIAS: "how the channels are put together: they are added",
        (PIXELS * TURNED).sum() + BIAS: "the kernel: it is not turned around",
        (PIXELS * SWAPPED).sum() + BIAS: "the kernel: its rows lie along the "
        "image's rows",
        (PIXELS * abs(KERNEL)).sum() + BIAS: SIGNS,
        (PIXELS * KERNEL[0]).sum() + BIAS: "the kernel: each channel has a plane "
        "of its own",
    },
    otherwise="the framed pixels: each channel meets its own plane of the kernel",
    scene=side_by_side(QUESTION, "the windows of the cell, the kernel, and the cell"),
)


def check_channel_cell(answer: object) -> Verdict:
    """Check the number in `CELL`; channels that are not added yet get a hint."""
    if isinstance(answer, list) and np.array_equal(answer, SUMS):
        return wrong("these are the three channels", look_at="the step after channels")
    return judged_cell(answer)


# ------------------------------------------------------------------------- the layer


def any_batch(rng: np.random.Generator, number: int) -> tuple:
    n, c, f, rows, columns = rng.integers(1, 4, 5)
    h, w = rng.integers([rows, columns], 6)
    images = rng.integers(-9, 10, (n, c, h, w)) * (0.5 if number % 3 == 2 else 1)
    weight = rng.integers(-9, 10, (f, c, rows, columns))
    return images, weight, rng.integers(-9, 10, f)


ADDED = "the channels: each meets its own plane; and what becomes of their sums"
AXES = "the order of the axes: kernels, channels, rows, columns"
FIT = "rows and columns: how many windows fit, for each by itself"
ONE_NUMBER = "the bias: one number for a whole output plane"
PLANES = "the output planes: one for each kernel, in their order"
NO_BIAS = "whether there is a bias: only None says that there is none"
PRODUCTS = "which weight meets which pixel; the products are added"

check_conv2d_batch = Check(
    "conv2d",
    lambda images, weight, bias=None: convolution.conv2d(images, weight, bias),
    [FORM, ([[[[3]]]], [[[[5]]]])],
    [PRODUCTS, ([[SQUARE]], [[DIGITS]])],
    [FIT, ([[[[1, 2, 3]]]], [[[[1, 10]]]]), ([[[[1], [2], [3]]]], [[[[1], [10]]]])],
    [ADDED, ([DEEP], [BOTH]), ([[SQUARE, SQUARE]], [[DIGITS, [[0, 0], [0, -1000]]]])],
    [PLANES, ([[[[3]]]], [[[[1]]], [[[10]]]])],
    [AXES, ([DEEP], [BOTH, [[[100]], [[1000]]]])],
    [AXES, ([DEEP], [BOTH, [[[3]], [[5]]], [[[7]], [[9]]]])],
    [BATCH, ([[[[1]]], [[[2]]]], [[[[5]]]])],
    [BATCH, ([DEEP, [[[3]], [[4]]]], [BOTH, [[[100]], [[1000]]]])],
    ["the bias", ([[[[1]]]], [[[[5]]]], [10])],
    ["the bias: how often it is added", ([DEEP], [BOTH], [100])],
    [ONE_NUMBER, ([[SQUARE]], [[[[1]]], [[[10]]]], [100, 200])],
    [ONE_NUMBER, ([[WIDE]], [[[[1]]], [[[2]]], [[[3]]]], [100, 200, 300])],
    NO_BIAS,
    *(([[[[1]]]], [[[[1]]], [[[10]]]], bias) for bias in ([0, 100], [100, -100])),
    [DECIMALS, ([[WIDE]], np.ones((2, 1, 1, 1)), [0.5, 0.25])],
    [BIAS_DECIMALS, ([[WIDE]], [[[[1]]], [[[2]]]], [0.5, 0.25])],
    [DECIMALS, (FIVE, HALF), (HALF, FIVE), (FIVE, HALF, [1])],
    [BYTES, (np.array([[[[200, 100]]]], np.uint8), [[[[1, 1]]]])],
    ["all of it: batch, kernels, channels, rows and columns", *drawn(12, any_batch)],
    window=window,
    slips={"truth value|NoneType": NO_BIAS},
    ready_made=CONVOLUTIONS,
)

# --------------------------------------------------------------- counting parameters


def count_both_ways(
    input_shape: tuple, out_channels: int, kernel_size: sizes.Pair, bias: bool = True
) -> tuple[int, int]:
    size = sizes.as_pair("kernel_size", kernel_size)
    sides = map(sizes.conv_output_size, input_shape[1:], size)
    units, inputs = out_channels * math.prod(sides), math.prod(input_shape)
    weights = out_channels * input_shape[0] * math.prod(size)
    return weights + bias * out_channels, units * inputs + bias * units


BIASES = "the biases: one for each kernel, one for each unit of the dense layer"
CHANNELS = "the channels, first in input_shape: planes of a kernel, inputs of a unit"
DENSE = "the dense layer, second in the pair: how many units; a weight for each input"
ONE = "two integers; one place, one input: a weight each, and no bias if it is False"
PAIR = "a kernel that is not square: rows first, then columns"
SIZE = "the size of an output plane: the rule from “Convolution by hand”"
WITH, WITHOUT = {"bias": True}, {"bias": False}

check_count_both_ways = Check(
    "count_both_ways",
    count_both_ways,
    [ONE, ((1, 1, 1), 1, 1, WITHOUT)],
    [DENSE, ((1, 2, 1), 1, 1, WITHOUT)],
    [CHANNELS, ((2, 1, 1), 1, 1, WITHOUT)],
    ["kernel_size=3: 3 × 3 weights, and how often it fits", ((1, 3, 3), 1, 3, WITHOUT)],
    [SIZE, ((1, 3, 3), 1, 2, WITHOUT), ((1, 3, 5), 1, 2, WITHOUT)],
    ["the kernels: each gives a plane of its own", ((1, 3, 3), 4, 2, WITHOUT)],
    [CHANNELS, ((2, 3, 3), 1, 2, WITHOUT), ((3, 4, 4), 2, 3, WITHOUT)],
    [BIASES, ((1, 1, 1), 1, 1, WITH), ((1, 3, 3), 1, 2, WITH), ((3, 4, 4), 2, 2, WITH)],
    [PAIR, ((1, 4, 4), 1, (1, 3), WITHOUT), ((2, 5, 7), 3, (3, 2), WITHOUT)],
    [PAIR, ((2, 5, 7), 3, (2, 3), WITH), ((3, 28, 20), 8, (5, 3), WITH)],
    ["the biases: they are there unless told otherwise", ((1, 28, 28), 32, 3)],
    ["kernels of one pixel", ((64, 14, 14), 128, 1, WITHOUT)],
    seconds=10.0,  # Counting may begin with loading parts of PyTorch.
)

# -------------------------------------------------------------- kernels of one pixel


def any_mixing(rng: np.random.Generator, _: int) -> tuple:
    n, c, h, w, f = rng.integers(1, 5, 5)
    return rng.integers(-9, 10, (n, c, h, w)), rng.integers(-9, 10, (f, c))


PLACES = "rows and columns: every pixel stays where it is"
NFHW = "the order of the axes: images, output planes, rows, columns"
MIXED = "how the channels are mixed: a row of the weight for each output plane"
MIXING = Hint(MIXED, at_shape=f"{NFHW}; there is a plane for each row of the weight")

check_conv1x1 = Check(
    "conv1x1",
    lambda images, weight: convolution.conv2d(images, weight[:, :, None, None]),
    [FORM, ([[[[3]]]], [[5]])],
    [MIXING, ([DEEP], [[1, 10]]), ([[[[3]]]], [[1], [10]]), ([DEEP], DIGITS)],
    ["any number of channels", ([[[[1]], [[2]], [[3]], [[4]]]], [[1, 10, 100, 1000]])],
    [PLACES, ([[[[1, 2, 3]]]], [[10]]), ([[[[1, 2, 3]], [[4, 5, 6]]]], [[1, 10]])],
    [PLACES, ([[SQUARE, [[5, 6], [7, 8]]]], [[1, 10], [100, 0]])],
    [NFHW, ([DEEP], [[1, 10], [100, 0], [0, 100]])],
    [BATCH, ([[[[1]]], [[[2]]]], [[5], [7]]), ([[SQUARE], [DIGITS]], [[1], [10]])],
    [DECIMALS, ([[[[0.5]], [[1.5]]]], [[0.5, 1]]), (FIVE, [[0.123]]), (HALF, [[5]])],
    [BYTES, (np.array([[[[200]], [[100]]]], np.uint8), [[1, 1]])],
    [NFHW, *drawn(9, any_mixing, seed=2)],
    window=lambda cell, images, weight: window(cell, images, weight[:, :, None, None]),
    ready_made=CONVOLUTIONS,
)

# --------------------------------------------------------------- a kernel for motion

ALONG = "the axes: frames, rows, columns; and the next frame: one row down, no more"
STEPS = {  # rows and columns from frame to frame, and where to look if it is found
    "rests": ((0, 0), "the bias: what does a dot give that meets one weight only?"),
    "moves to the right": ((0, 1), ALONG),
    "moves to the left": ((0, -1), ALONG),
    "rises": ((-1, 0), "the order of the frames: the first is now"),
    "falls by two rows": ((2, 0), "by how many rows the dot falls"),
    "rises by two rows": ((-2, 0), "the order of the frames: the first is now"),
    "falls to the right": ((1, 1), "the columns: a dot that falls stays in its own"),
    "falls to the left": ((1, -1), "the columns: a dot that falls stays in its own"),
}
OTHERS = {*product(range(-3, 4), repeat=2)} - {(1, 0), *(s for s, _ in STEPS.values())}
STEPS |= {f"moves by {[*s]} rows and columns": (s, ALONG) for s in sorted(OTHERS)}
NEXT = "the next frame: there a dot that falls is one row further down"
FRAMES, SIDE = 4, 19  # the dot begins in the middle


def film(down: int, across: int) -> np.ndarray:
    frames = np.zeros((FRAMES, SIDE, SIDE))
    for t in range(FRAMES):
        frames[t, SIDE // 2 + t * down, SIDE // 2 + t * across] = 1
    return frames


def found(kernel: np.ndarray, bias: float, step: tuple[int, int]) -> float:
    """Return the largest output."""
    windows = np.lib.stride_tricks.sliding_window_view(film(*step), kernel.shape)
    return float((windows * kernel).sum(axis=(3, 4, 5)).max() + bias)


def check_motion(falling: object) -> Verdict:
    """Show films to a kernel and a bias."""
    if falling is None:
        return to_do("replace None by a pair (kernel, bias)")
    if not isinstance(falling, tuple | list) or len(falling) != 2:
        return wrong(f"expected a pair (kernel, bias), got {shown(falling)}")
    kernel, bias = map(numbers, falling)
    if not (is_finite(kernel) and is_finite(bias)) or bias.size != 1:
        return wrong("expected numbers: the kernel's, and one for the bias")
    if kernel.ndim != 3 or not kernel.size:
        message = f"the kernel has shape {kernel.shape}"
        return wrong(message, look_at="its axes: frames, rows, columns")
    if kernel.shape[0] > FRAMES or max(kernel.shape[1:]) > SIDE:
        return wrong(f"a kernel of {kernel.shape} does not fit into the films")
    bias, many = float(bias.item()), np.round(kernel.astype(float), 9)
    best, steps = found(many, bias, (1, 0)), STEPS.items()
    other = {name: found(many, bias, step) for name, (step, _) in steps}
    loud = [name for name, largest in other.items() if largest > 1e-9]
    if best <= 1e-9:
        look_at = "the bias: how large is the sum if both weights meet the dot?"
        if loud or best - bias <= max(other.values()) - bias:
            likest = max(other, key=other.get)
            look_at = NEXT if likest == "rests" else STEPS[likest][1]
        most = max(found(abs(many), 0, step) for _, (step, _) in steps)
        if many.min() < 0 and found(abs(many), 0, (1, 0)) > most:
            look_at = "the signs: what the dot meets must raise the sum, now and next"
        return wrong("nothing is above zero for a dot that falls", look_at=look_at)
    if loud:
        everything = len(loud) == len(other) or many.max() + bias > 1e-9
        message = f"something is above zero for a dot that {loud[0]}, too"
        look_at = STEPS["rests" if everything else loud[0]][1]
        if loud[0] == "rests" and many.max() + bias <= 0:
            look_at = "the weights: a dot that rests meets more than one of yours"
        return wrong(message, look_at=look_at)
    others = f"none of {len(other)} else"
    return right(f"above zero for the dot that falls, and for {others}")


# ------------------------------------------------------------------------- the repair


def layer_from_notes(
    images: np.ndarray, weight: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    planes = []
    for kernel in weight:
        channels = [convolution.conv2d(images[0, c], kernel[c]) for c in range(2)]
        planes.append(sum(channels))
    return np.array([planes]) + bias


def check_giveaway(example: object) -> Verdict:
    """Run the function with bugs on the learner's example."""
    if example is None:
        return to_do("replace None by an example (images, weight, bias)")
    if not isinstance(example, tuple | list) or len(example) != 3:
        return wrong(f"expected (images, weight, bias), got {shown(example)}")
    arrays = dict(zip(["images", "weight", "bias"], map(numbers, example)))
    for (name, values), axes in zip(arrays.items(), (4, 4, 1)):
        if not is_finite(values) or values.ndim != axes:
            shape = f"shape {values.shape}" if is_finite(values) else "no numbers"
            look_at = "the shapes: (N, C, H, W), (F, C, KH, KW), (F,)"
            return wrong(f"{name} has {shape}", look_at=look_at)
    try:
        expected = convolution.conv2d(*arrays.values())
    except ValueError as error:
        hint = "whether your kernels fit your images, and a bias for each kernel"
        return wrong(str(error), look_at=hint)
    try:
        yours = layer_from_notes(*arrays.values())
    except (ValueError, IndexError) as error:
        return right(f"it stops with {type(error).__name__}")
    if yours.shape != expected.shape:
        return right(f"its shape is {yours.shape}, where {expected.shape} is right")
    if not np.allclose(yours, expected):
        return right("the shape is right, and the numbers are not")
    panels = [Panel(name, values) for name, values in arrays.items() if name != "bias"]
    look_at = "what your example shares with the one above"
    if arrays["bias"].any():
        look_at = "the biases: two different ones, for two kernels"
    scene = side_by_side([*panels, Panel("output", expected)], "your example")
    return wrong("on this example the function is right", look_at=look_at, scene=scene)


MANY = "the channels: in the example there are two, but there may be any number"
EXAMPLE = "the example, which was right before the repair"
FEWER = Hint(MANY, at_shape="the shape (N, F, OH, OW): where do F biases meet it?")
ZEROS = "the biases: one for each plane; in the example they are zero"
TWO, THREE = IMAGE[None, :2, :, :3], IMAGE[None, :, :, :3]
KERNELS = np.array(convolution.COLOUR_KERNELS)
MIXED = np.array([[1, 10, 100, 1000], [1, 1, 1, 1]])[:, :, None, None]
NONE, SMALL = [0, 0], [[[1, 2]], [[3, 4]]]

# The calls lack, one by one, what the example of the broken layer has.
check_repaired_layer = Check(
    "repaired",
    check_conv2d_batch.reference,
    [Hint(EXAMPLE, FEWER.at_shape), (TWO, KERNELS[:, :2], NONE)],
    [FEWER, ([[[[1, 2]], [[3, 4]], [[5, 6]]]], MIXED[:, :3], NONE)],
    [FEWER, ([[[[1, 2]]]], MIXED[:, :1], NONE)],
    [FEWER, ([[[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]]], MIXED, NONE)],
    [f"{ZEROS}; each is added once", (TWO, KERNELS[:1, :2], [100])],
    [f"{ZEROS}, and as many as output columns", (TWO, KERNELS[:, :2], [100, 200])],
    [ZEROS, ([[[[1, 2, 3]], [[4, 5, 6]]]], MIXED[:, :2], [100, 200])],
    ["the biases: how many", ([SMALL], MIXED[[0, 1, 1], :2], [100, 200, 300])],
    "the batch: in the example it holds one image",
    ([SMALL, [[[5, 6]], [[7, 8]]]], MIXED[:, :2], NONE),
    (np.concatenate([THREE, -THREE]), KERNELS, NONE),
    [DECIMALS, (THREE / 2, KERNELS, NONE), (FIVE, HALF, [1])],
    [BIAS_DECIMALS, (TWO, KERNELS[:, :2], [0.5, 0.25])],
    ["all three: batch, channels and biases", *drawn(9, any_batch)],
    window=window,
    slips={"case [1-4] .*index 2 is out": MANY},
)
