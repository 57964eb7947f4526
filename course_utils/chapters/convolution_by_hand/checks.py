"""Checks of *Convolution by hand*."""

import re
import traceback
from collections.abc import Callable
from itertools import product
from operator import add

import numpy as np

from course_utils import convolution, sizes
from course_utils.kit.check import Check, Hint, Number, drawn, image_and_kernel
from course_utils.kit.compare import same_values, shown
from course_utils.kit.matrices import COLUMN, DIGITS, ROW, SQUARE, TALL, WIDE
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.ready_made import CONVOLUTIONS
from course_utils.kit.verdict import Verdict, to_do, wrong

WORKED = np.array(convolution.WORKED_IMAGE), np.array(convolution.WORKED_KERNEL)

AXES = "rows and columns: each by itself"
EACH = "each window: as large as the kernel, and one step further; its sum is new"
DECIMALS = "what becomes of decimals in the output"
FIT = "how many windows fit below one another (rows) and side by side (columns)"
MEETING = "which weight meets which pixel, and what becomes of the products"

# ------------------------------------------------------------------- one cell on paper

CELL = 1, 2
IMAGE, KERNEL = WORKED[0], np.array([[0, 1], [-1, 3]])
OUTPUT = convolution.conv2d(IMAGE, KERNEL)
ROWS, COLUMNS = sizes.window(CELL, image=IMAGE, kernel=KERNEL)
PIXELS = IMAGE[np.ix_(ROWS, COLUMNS)]
SIGNS = "the signs of the products"
QUESTION = [
    Panel("image", IMAGE, [*product(ROWS, COLUMNS)]),
    Panel("kernel", KERNEL),
    Panel("output", np.full(OUTPUT.shape, np.nan), [CELL], f"cell {[*CELL]}"),
]

judged_cell = Number(
    OUTPUT[CELL],
    dict.fromkeys(OUTPUT.ravel(), "the window: this is another cell's value")
    | {
        OUTPUT[2, 1]: "the order of [1, 2]: rows come first",
        OUTPUT[0, 1]: "where counting starts: at row 0 and column 0",
        (PIXELS * KERNEL[::-1, ::-1]).sum(): "the kernel: it is used as it stands, "
        "without turning it around",
        (PIXELS * KERNEL.T).sum(): "the kernel: its rows lie along the image's rows",
        (PIXELS * abs(KERNEL)).sum(): SIGNS,
        (PIXELS * abs(KERNEL) * [[1], [-1]]).sum(): SIGNS,  # minus the whole last row
        OUTPUT[CELL] / 4: "the products: they are added up, not averaged",
        PIXELS.sum(): "the weights: this is the sum of the pixels alone",
        (PIXELS * WORKED[1]).sum(): "the kernel: it is another one now",
    },
    otherwise="the framed pixels: each meets the weight at the same place",
    scene=side_by_side(QUESTION, "the window of the cell, the kernel, and the cell"),
)


def check_output_cell(cell: object) -> Verdict:
    """Check the number in `CELL`; four products that are not added yet get a hint."""
    products = PIXELS * KERNEL
    if any(same_values(answer, cell) for answer in (products, products.ravel())):
        return wrong("these are the four products", look_at="what comes next")
    return judged_cell(cell)


# ------------------------------------------------------------------- valid convolution


def conv2d(image: np.ndarray, kernel: np.ndarray, **options: int) -> np.ndarray:
    return convolution.conv2d(image, kernel, **options)


ARGUMENTS = "the line with def: the image comes first, then the kernel, then options"
GIVEN = "the arrays: those of the line with def, image first; and how many windows fit"
ADD = "what is stored: one number for each window, so its products are added up"
INSIDE = (
    "where a number is stored: the output has H − KH + 1 rows and W − KW + 1 columns, "
    "rows come first, and the loops stay inside"
)
TEXTS = "padding: a number, or one of three texts: how many zeros, on which sides"
NOT_REACHED = (
    "how often the loops run: what stays 0 was never stored. Does the last window "
    "count, and does return stand behind both loops?"
)
SLIPS = {  # what a verdict says → where to look then
    r"positional argument|unexpected keyword|multiple values": ARGUMENTS,
    r"setting an array element|only .* arrays can be converted": ADD,
    r"yours has shape \(\d+, \d+, \d": ADD,
    r"padding='\w+'\): stopped": TEXTS,
    r"Cannot cast ufunc": DECIMALS,
    r"broadcast": "the slice: in every place as many rows and columns as the kernel",
}
LOOP_SLIPS = {
    **SLIPS,
    r"case 1 .*\(3, 3\)|case 3 .*\(1, 0\)": GIVEN,
    r"IndexError": INSIDE,
    r"expected \d+, yours is 0(;|$)": NOT_REACHED,
}

check_conv2d_valid = Check(
    "conv2d_valid",
    conv2d,
    [MEETING, (SQUARE, DIGITS)],
    "the only window: as many rows and columns as the kernel",
    (WIDE, [[1, 10, 100], [0, 0, -1]]),
    [EACH, (ROW, [[1, 10]]), (COLUMN, [[1], [10]])],
    ["a kernel with one weight: its windows, and sums below 0", (SQUARE, [[-5]])],
    [AXES, (WIDE, DIGITS), (TALL, DIGITS)],
    ["the worked example", WORKED],
    [DECIMALS, ([[0.5, 1]], [[1, 10]]), ([[1, 3]], [[0.3, 0.123]]), ([[3]], [[2.0]])],
    [DECIMALS, ([[1, 2]], [[1 / 3, 1 / 7]])],
    ["pixels stored as bytes: sums need more room", (np.uint8([[200, 99]]), [[1, 1]])],
    [AXES, *drawn(15, image_and_kernel)],
    window=sizes.window,
    ready_made=CONVOLUTIONS,
    at_shape=FIT,
    slips=LOOP_SLIPS,
)

# ------------------------------------------------- the same as lines, to put in order

WORDS = """\
A  total = 0
B  for each kernel column n:
C  for each output row i:
D  when the kernel's loops are done: output[i][j] = total
E  add image[i + m][j + n] * kernel[m][n] to total
F  make output, with H - KH + 1 rows and W - KW + 1 columns
G  for each output column j:
H  for each kernel row m:"""
CODE = {
    "A": "total = 0",
    "B": "for n in range(KW):",
    "C": "for i in range(H - KH + 1):",
    "D": "output[i, j] = total",
    "E": "total += image[i + m, j + n] * kernel[m, n]",
    "F": "output = np.zeros((H - KH + 1, W - KW + 1), dtype=int)",
    "G": "for j in range(W - KW + 1):",
    "H": "for m in range(KH):",
}


def pseudocode_lines() -> str:
    """Return the shuffled lines, each behind its letter."""
    return WORDS


CALLS = [case.args for case in check_conv2d_valid.cases]
WHOLE = [arrays for arrays in CALLS if np.result_type(*arrays).kind == "i"]
judged_order = Check(
    "your order",
    conv2d,
    # With a single output cell, what is wrong is the place of a line.
    ["what stands above what, and inside which loop", WHOLE[0]],
    ["how often each line runs", *WHOLE[1:]],
    window=sizes.window,
    ready_made=CONVOLUTIONS,
    at_shape=FIT,
)


def check_pseudocode(order: object) -> Verdict:
    """Check an order of the lines by running it: any that convolves is right."""
    if order is None:
        return to_do("replace None by the letters in order")
    try:
        return judged_order(program(letters_in(order)))
    except ValueError as problem:
        return wrong(str(problem))


def letters_in(answer: object) -> str:
    answer = "".join(map(str, answer)) if isinstance(answer, list | tuple) else answer
    if not isinstance(answer, str):
        raise ValueError(f"the answer should be letters in quotes, got {shown(answer)}")
    letters = re.sub(r"[\W_]", "", answer).upper()
    problems = {
        "there is no line": [a for a in dict.fromkeys(letters) if a not in CODE],
        "missing: line": [a for a in CODE if a not in letters],
        "more than once: line": [a for a in CODE if letters.count(a) > 1],
    }
    for words, which in problems.items():
        if which:
            raise ValueError(f"{words} {', '.join(which)}")
    return letters


def program(letters: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Turn an order into a function; ValueError where a loop is left empty."""
    lines = [4 * n * " " + CODE[letter] for n, letter in zip(depths(letters), letters)]
    compiled = compile("\n".join(lines), "<your order>", "exec")

    def your_order(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        sides = dict(zip(["H", "W", "KH", "KW"], image.shape + kernel.shape))
        names = {"np": np, "image": image, "kernel": kernel, **sides}
        try:
            exec(compiled, names)  # Only the exercise's own lines, in another order.
        except NameError as error:
            letter = letters[traceback.extract_tb(error.__traceback__)[-1].lineno - 1]
            use = f"line {letter} uses {error.name}"
            raise NameError(f"{use}, which no line above it has made") from None
        return names["output"]

    return your_order


def depths(letters: str) -> list[int]:
    """Return how many loops each line stands in; D ends those over the kernel."""
    depth, found = 0, []
    for letter in letters:
        depth = min(depth, 2) if letter == "D" else depth
        found.append(depth)
        depth += CODE[letter].startswith("for ")
    for letter, depth, below in zip(letters, found, [*found[1:], 0]):
        if CODE[letter].startswith("for ") and below <= depth:
            raise ValueError(f"the loop of line {letter} has nothing in it")
    return found


# ------------------------------------------------------------- the size of the output

REST = "the last window when the steps do not come out even"
SPAN = "how many cells the window spans from its first weight to its last"
MISFIT = "what should happen when the window does not fit even once"
RAISE = "raise, which stops the function; not return"
FITS = "whether this window fits, padding and all: if it fits once, there is no error"
ALL = {"stride": 3, "padding": 2, "dilation": 2}

check_conv_output_size = Check(
    "conv_output_size",
    sizes.conv_output_size,
    ["the last place where the kernel still fits", (4, 2)],
    ["a kernel as large as the input: it fits once", (4, 4)],
    ["a kernel with one weight", (5, 1)],
    ["the step from one window to the next", (5, 3, {"stride": 2})],
    [REST, (4, 2, {"stride": 3}), (8, 3, {"stride": 2}), (3, 2, {"stride": 5})],
    ["where padding is added: on each side", (4, 3, {"padding": 3})],
    [SPAN, (5, 2, {"dilation": 2}), (5, 3, {"dilation": 2})],
    [MISFIT, (2, 3), (4, 3, {"dilation": 2}), (2, 5, {"stride": 3, "padding": 1})],
    ["padding, which can make room for the window", (1, 3, {"padding": 1})],
    ["padding and stride: which comes first", (28, 3, {"stride": 2, "padding": 1})],
    ["the order of the steps in your rule: what belongs to what", (32, 5, ALL)],
    [SPAN, (7, 3, {"stride": 2, "dilation": 3}), (5, 1, {"dilation": 3})],
    ready_made=["conv_output_size"],
    slips={"stopped with ValueError": FITS, "yours returned ValueError": RAISE},
)

# ---------------------------------------------------------- padding, stride, dilation

STEP, PAD, GAP = {"stride": 2}, {"padding": 1}, {"dilation": 2}
MODES = VALID, SAME, FULL = [{"padding": mode} for mode in ("valid", "same", "full")]
BEGIN = "what stride changes: where a window begins, and nothing inside it"
GAPS = Hint("which pixels meet the weights when there are gaps between these", "", SPAN)
HALVES = ([[0.5, 1, 3]], [[1, 10]]), ([[1, 3, 4]], [[0.3, 0.123]])
ZEROS = "how many zeros this mode adds: to the rows, and to the columns"
EDGE = Hint("the zeros around the image in this mode, and the kernel as it is", ZEROS)
CORNER = Hint("on which side an even kernel needs the extra zeros", ZEROS)


def any_options(rng: np.random.Generator, _: int) -> tuple[dict[str, int]]:
    stride, padding, dilation = rng.integers([1, 1, 1], [4, 3, 3]).tolist()
    return ({"stride": stride, "padding": padding, "dilation": dilation},)


check_conv2d = Check(
    "conv2d",
    conv2d,
    [Hint(MEETING, FIT), (SQUARE, DIGITS), ([[2]], [[-3]])],
    [Hint(AXES, FIT), (ROW, [[1, 10]]), (COLUMN, [[1], [10]])],
    ["how far the window moves", (ROW, [[5]], STEP), (COLUMN, [[5]], STEP)],
    [BEGIN, ([[1, 2, 3, 4]], [[1, 10]], STEP)],
    ["the last window that still fits", ([[1, 2, 3, 4]], [[1, 10]], {"stride": 3})],
    ([[1], [2], [3], [4]], [[1], [10]], {"stride": 3}),
    ["the zeros: on all four sides", ([[5]], [[2]], PAD), (SQUARE, DIGITS, PAD)],
    ["the zeros: how many on each side", ([[5]], [[2]], {"padding": 3})],
    [GAPS, (ROW, [[1, 10]], GAP), (COLUMN, [[1], [10]], GAP)],
    [GAPS, ([[1, 2, 3, 4]], [[1, 10]], {"dilation": 3})],
    [EDGE, (SQUARE, DIGITS, VALID), ([[5]], [[2]], SAME), (ROW, [[1, 10, 100]], SAME)],
    [EDGE, (COLUMN, [[1], [10], [100]], SAME)],
    [CORNER, (ROW, [[1, 10]], SAME), (COLUMN, [[1], [10]], SAME)],
    [CORNER, (ROW, [[1, 10, 100, 1000]], SAME)],
    [EDGE, ([[5]], [[1, 10]], FULL), (ROW, [[1, 10]], FULL)],
    [EDGE, (COLUMN, [[1], [10]], FULL), (SQUARE, DIGITS, FULL)],
    [DECIMALS, *((*pair, way) for way in (PAD, STEP, GAP, *MODES) for pair in HALVES)],
    ["pixels stored as bytes: sums need more room", (np.uint8([[200, 99]]), [[1, 1]])],
    "how stride, padding and dilation work together",
    *map(add, drawn(14, image_and_kernel), drawn(14, any_options, seed=1)),
    "rows and columns in this mode: each by itself",
    *((*call, mode) for mode in MODES for call in drawn(4, image_and_kernel, seed=2)),
    window=sizes.window,
    ready_made=CONVOLUTIONS,
    slips=SLIPS,
)
