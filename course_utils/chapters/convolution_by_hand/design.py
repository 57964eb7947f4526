"""Checks of what the learner designs: inputs that give faults away, and a kernel."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from sklearn.datasets import load_sample_image

from course_utils.colours import SIGNED
from course_utils.convolution import conv2d, pool2d
from course_utils.kit.compare import is_finite, numbers, shown
from course_utils.kit.page import LEFT, Page
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.photos import paint
from course_utils.kit.scene import Photo, Scene
from course_utils.kit.verdict import Verdict, right, to_do, wrong

# ------------------------------------------- inputs that give wrong functions away

FAULTS = {  # what is wrong with a version of the right function → where to look then
    "turned": "conv2d_turned: even images, and kernels that half a turn keeps, hide it",
    "square": "size, in conv2d_from_notes: what it is computed from",
    "two": "the slices of conv2d_from_notes: which kernels do they suit?",
    "transposed": "kernel.T: which kernels does it leave as they are?",
    "whole": "dtype=int: which outputs does it leave as they are?",
}
LARGEST = 10, 9  # rows and columns of an example, of a kernel for slopes


def version(fault: str, image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolve with a single fault."""
    rows, columns = kernel.shape
    shape = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    shape = shape[:1] * 2 if fault == "square" else shape
    rows, columns = (2, 2) if fault == "two" else (rows, columns)
    weights = {"turned": kernel[::-1, ::-1], "transposed": kernel.T}.get(fault, kernel)
    output = np.zeros(shape, int if fault == "whole" else float)
    for i, j in np.ndindex(shape):
        output[i, j] = (image[i : i + rows, j : j + columns] * weights).sum()
    return output


def shows(fault: str, image: np.ndarray, kernel: np.ndarray) -> bool:
    """Tell whether a fault makes a difference, or an error."""
    expected = conv2d(image, kernel)
    try:
        output = version(fault, image, kernel)
    except ValueError:
        return True
    return output.shape != expected.shape or not np.allclose(output, expected)


def check_giveaways(giveaways: object) -> Verdict:
    """Run wrong functions, with one fault each, on the learner's images and kernels."""
    if giveaways is None:
        return to_do("replace None by a list of pairs (image, kernel)")
    try:
        pairs = [*pairs_in(giveaways)]
    except ValueError as problem:
        return wrong(str(problem))
    found = [{fault for fault in FAULTS if shows(fault, *pair)} for pair in pairs]
    seen = set().union(*found)
    if len(seen) == len(FAULTS):
        return right(f"your examples show all {len(FAULTS)} faults")
    if set() in found:
        idle = found.index(set())
        matrices = *pairs[idle], conv2d(*pairs[idle])
        panels = [*map(Panel, ("image", "kernel", "output"), matrices)]
        scene = side_by_side(panels, "the pair, and the output on which all agree")
        message = f"pair {idle + 1} gives nothing away: right and wrong functions agree"
        look_at = "what the pair has in common with the worked example"
        return wrong(message, look_at=look_at, scene=scene)
    message = f"your examples show {len(seen)} of {len(FAULTS)} faults"
    return wrong(message, look_at=next(FAULTS[f] for f in FAULTS if f not in seen))


def pairs_in(giveaways: object) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read images and kernels; a single pair may stand without its list."""
    what = "the answer should be a list of pairs (image, kernel)"
    if not isinstance(giveaways, list | tuple) or not giveaways:
        raise ValueError(f"{what}, got {shown(giveaways)}")
    alone = all(np.ndim(numbers(part)) == 2 for part in giveaways)
    for number, pair in enumerate([giveaways] if alone else giveaways, 1):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(f"{what}; pair {number} is {shown(pair)}")
        try:
            image, kernel = (matrix(part, LARGEST[0]) for part in pair)
        except ValueError as problem:
            raise ValueError(f"pair {number}: {problem}") from None
        if any(np.less(image.shape, kernel.shape)):
            shapes = f"{kernel.shape}, does not fit into the image, shape {image.shape}"
            raise ValueError(f"pair {number}: the kernel, shape {shapes}")
        yield image, kernel


def matrix(values: object, largest: int) -> np.ndarray:
    """Read a small matrix of finite numbers, as floating point."""
    array, most = numbers(values), f"at most {largest} rows and columns"
    if array is None or array.dtype.kind not in "iuf" or array.ndim != 2:
        example = "such as [[1, 2], [3, 4]]"
        raise ValueError(f"expected rows of numbers, {example}, got {shown(values)}")
    if not array.size or max(array.shape) > largest or not is_finite(array):
        got = f"shape {array.shape}" if is_finite(array) else "NaN or infinity, too"
        raise ValueError(f"expected {most} of finite numbers, got {got}")
    return array.astype(float)


# ----------------------------------------------------------- a kernel that finds slopes

EVEN = "even areas: they give 0 only if the weights add up to something particular"
ACROSS = "across the line: on a slope like / the grey stays the same from lower left "
ACROSS += "to upper right, so compare pixels that lie on either side"
OTHER_WAY = "which way it leans: yours answers to the mirror image, slopes like \\"
SIDE, LEAST, GREY = 48, 1.5, 200  # pixels; times as strong; of an even area


@cache
def palace() -> np.ndarray:
    """Return the photo of the notebook, (213, 256)."""
    grey = load_sample_image("china.jpg")[:426, 64:576].mean(axis=2)
    return pool2d(grey, 2, mode="average")


@cache
def slopes() -> dict[str, np.ndarray]:
    """Return slopes, made of one row of the photo, and their mirror image."""
    rising = np.array([palace()[100, i : i + SIDE] for i in range(SIDE)])
    return {"slopes like /": rising, "their mirror image": rising[:, ::-1]}


def check_slope_kernel(slope_kernel: object) -> Verdict:
    """Judge a kernel by what it answers to: slopes like /, their mirror, even areas."""
    if slope_kernel is None:
        return to_do("replace None by a kernel")
    try:
        kernel = matrix(slope_kernel, LARGEST[1])
    except ValueError as problem:
        return wrong(str(problem))
    if not kernel.any():
        return wrong("the kernel holds only zeros")
    scene, even = seen_by(kernel), GREY * kernel.sum()
    if abs(even) > 0.01 * GREY * abs(kernel).sum():
        message = f"an even area of {GREY} gives {even:.4g}, not 0"
        return wrong(message, look_at=EVEN, scene=scene)
    rising, falling = (abs(conv2d(view, kernel)).mean() for view in slopes().values())
    said = f"slopes like / give {rising:.1f} on average, their mirror {falling:.1f}"
    if rising >= LEAST * falling and rising > 0.01 * abs(kernel).sum():
        return Verdict("right", said, scene=scene)
    look_at = OTHER_WAY if falling > LEAST * rising else ACROSS
    return wrong(said, look_at=look_at, scene=scene)


def seen_by(kernel: np.ndarray) -> Scene:
    """Draw slopes, their mirror image and the palace, and what a kernel answers."""
    page, x, side = Page(), LEFT, 230
    views = slopes() | {"the palace": palace()}
    answers = [conv2d(view, kernel) for view in views.values()]
    limit = max(np.quantile(abs(answer), 0.98) for answer in answers) or 1.0
    for (title, view), answer in zip(views.items(), answers):
        width, colours = side * view.shape[1] / len(view), paint(answer, limit, SIGNED)
        page.add(page.text([title], LEFT, x, bold=True))
        page.add(Photo(x, 30, width, side, view.astype(np.uint8)))
        page.add(Photo(x, 40 + side, width, side, np.moveaxis(colours, 0, -1)))
        x += width + LEFT
    page.y = 50 + 2 * side
    return page.scene("slopes, their mirror image and the palace; below, the answers")
