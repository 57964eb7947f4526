"""Cases for the checks of notebook 09."""

from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from course_utils.checks.judging import Case

SIDE = 32
RED, GREEN, BLUE = (16, 12), (16, 20), (14, 16)
"""Row and column of the three dots of `dotted_picture`."""


class Change(NamedTuple):
    """A change of pictures, with what is to be told of them."""

    task: str
    change: str
    is_safe: bool
    look_at: str


CHANGES = {
    "A": Change(
        "which digit, 0 to 9",
        "turn by 180 degrees",
        False,
        "a 6 that stands on its head",
    ),
    "B": Change(
        "which animal or vehicle (CIFAR-10)",
        "mirror left and right",
        True,
        "a horse that walks to the left: is it a horse?",
    ),
    "C": Change(
        "which small letter, a to z",
        "mirror left and right",
        False,
        "a b in the mirror",
    ),
    "D": Change(
        "which colour a traffic light shows",
        "draw a new hue",
        False,
        "what the label says: the very thing that changes",
    ),
    "E": Change(
        "sick or healthy, cells under a microscope",
        "turn by 90 degrees",
        True,
        "whether cells on a slide have an upper side",
    ),
    "F": Change(
        "which digit, 0 to 9, with a wide margin",
        "move by one pixel",
        True,
        "a 7 a little further to the right: is it a 7?",
    ),
    "G": Change(
        "is the photograph upright or upside down",
        "turn by 180 degrees",
        False,
        "what the label says of the turned photograph",
    ),
    "H": Change(
        "which kind of bird",
        "10 % brighter or darker",
        True,
        "a robin behind which the sun comes out: is it a robin?",
    ),
}
"""Letter → what the learner judges."""


def batch_cases() -> list[tuple[Tensor, Tensor, int]]:
    """Return images, targets and batch sizes.

    Returns
    -------
    list of tuple
        The simplest first; the last batch may be smaller, and there may be no image.
    """
    table = [(4, 2), (2, 1), (3, 2), (2, 5), (1, 1), (6, 3), (7, 3), (10, 4), (9, 8)]
    cases = [(*_numbered(count, (1, 1, 1)), size) for count, size in table]
    cases += [(*_numbered(0, (3, 2, 2)), 4), (*_numbered(5, (3, 2, 4)), 2)]
    return [*cases, (*_numbered(130, (3, 4, 4)), 64)]


def flip_cases() -> list[Case]:
    """Return images and which of them to flip.

    Returns
    -------
    list of Case
    """
    ways = "left and right: the order of the columns, and of nothing else"
    which = "which images are chosen: each has a truth value of its own"
    table = [
        (1, 1, 1, 2, [True], ways),
        (1, 1, 1, 2, [False], which),
        (2, 1, 1, 2, [True, False], which),
        (2, 1, 1, 3, [False, True], which),
        (1, 1, 2, 3, [True], ways),
        (1, 2, 2, 2, [True], ways),
        (2, 1, 3, 2, [True, True], ways),
        (3, 1, 2, 2, [True, False, True], which),
        (2, 3, 2, 4, [False, True], ways),
        (3, 2, 2, 3, [False, False, False], which),
    ]
    cases = [
        Case((_counted(*shape), torch.tensor(chosen)), look_at=hint)
        for *shape, chosen, hint in table
    ]
    seeded = torch.Generator().manual_seed(0)
    for shape in ((8, 3, 5, 4), (64, 3, 8, 8)):
        images = torch.rand(shape, generator=seeded)
        chosen = torch.rand(len(images), generator=seeded) < 0.5
        cases.append(Case((images, chosen), look_at=which))
    return cases


def crop_cases() -> list[Case]:
    """Return images with a place and a size for each square.

    Returns
    -------
    list of Case
    """
    rows = "the first row: top counts rows, from 0"
    columns = "the first column: left counts columns, from 0"
    own = "the places: each image has its own top and left"
    shape = "the shape: size rows and size columns, and all channels"
    table = [
        ((1, 1, 2, 2), [0], [0], 1, rows),
        ((1, 1, 2, 2), [1], [0], 1, rows),
        ((1, 1, 2, 2), [0], [1], 1, columns),
        ((1, 1, 2, 3), [0], [1], 2, columns),
        ((1, 1, 3, 2), [1], [0], 2, rows),
        ((1, 1, 3, 3), [0], [0], 3, shape),
        ((1, 1, 4, 5), [2], [1], 2, rows),
        ((2, 1, 2, 2), [0, 1], [1, 0], 1, own),
        ((2, 1, 3, 4), [1, 0], [0, 2], 2, own),
        ((2, 2, 3, 3), [1, 0], [1, 0], 2, own),
        ((3, 3, 4, 4), [0, 1, 1], [1, 0, 1], 3, own),
    ]
    cases = [
        Case(
            (_counted(*size), torch.tensor(top), torch.tensor(left), side),
            look_at=hint,
            at_shape=shape,
        )
        for size, top, left, side, hint in table
    ]
    seeded = torch.Generator().manual_seed(0)
    for count, high, wide, side in ((5, 6, 9, 4), (32, 16, 16, 8)):
        images = torch.rand((count, 3, high, wide), generator=seeded)
        top = torch.randint(high - side + 1, (count,), generator=seeded)
        left = torch.randint(wide - side + 1, (count,), generator=seeded)
        cases.append(Case((images, top, left, side), look_at=own, at_shape=shape))
    return cases


def plain_picture(level: int) -> Image.Image:
    """Return a picture of one shade of grey.

    Parameters
    ----------
    level
        0 is black, 255 white.

    Returns
    -------
    Image
    """
    return Image.new("RGB", (SIDE, SIDE), (level,) * 3)


def dotted_picture() -> Image.Image:
    """Return a black picture with a red, a green and a blue dot.

    Returns
    -------
    Image
        They tell how it was moved and whether it was flipped.
    """
    picture = plain_picture(0)
    for channel, (row, column) in enumerate((RED, GREEN, BLUE)):
        colour = [0, 0, 0]
        colour[channel] = 255
        picture.putpixel((column, row), tuple(colour))
    return picture


def _numbered(count: int, shape: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """Return images, each filled with its number, and targets, ten times that."""
    numbers = torch.arange(count)
    images = numbers.view(-1, 1, 1, 1).expand(-1, *shape).to(torch.uint8)
    return images.contiguous(), 10 * numbers


def _counted(count: int, channels: int, rows: int, columns: int) -> Tensor:
    cells = torch.arange(count * channels * rows * columns)
    return cells.view(count, channels, rows, columns)
