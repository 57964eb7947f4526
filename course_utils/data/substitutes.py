"""What the course uses where a complete data set is not to be had.

The sample is a real part of FashionMNIST (MIT licence, the notice lies beside it). The
coloured stand-in has the shape of CIFAR-10, and is never called by its name.
"""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import pad

from course_utils.data.formats import checked_split, read_npz
from course_utils.data.splits import Split

SAMPLE_FILE = Path(__file__).parents[1] / "assets" / "fashion_mnist_sample.npz"


def fashion_mnist_sample() -> tuple[Split, Split]:
    """Read the bundled sample of FashionMNIST.

    Returns
    -------
    tuple of Split
        10,000 training and 2,000 test images of shape (N, 1, 28, 28), the same number
        of each class.

    Raises
    ------
    DataError
        If the file is missing or broken.
    """
    arrays = read_npz(SAMPLE_FILE)
    return tuple(
        checked_split(
            arrays[f"{split}_images"][:, None],
            arrays[f"{split}_targets"],
            num_classes=10,
            where=SAMPLE_FILE,
        )
        for split in ("train", "test")
    )


def in_colour(garments: Split, *, seed: int) -> Split:
    """Put each garment, in a colour, somewhere on a background of another colour.

    Parameters
    ----------
    garments
        Images of shape (N, 1, 28, 28).
    seed
        The same seed gives the same places and colours.

    Returns
    -------
    Split
        Images of shape (N, 3, 32, 32); targets as they were.
    """
    seeded = torch.Generator().manual_seed(seed)
    count = len(garments.images)
    places = torch.randint(0, 5, (2, count), generator=seeded)
    ink = torch.randint(0, 256, (count, 3, 1, 1), generator=seeded)
    # Going a quarter to three quarters round keeps the two apart in every channel.
    paper = (ink + torch.randint(64, 193, ink.shape, generator=seeded)) % 256
    opacity = _shifted(garments.images, *places) / 255
    images = torch.lerp(paper.float(), ink.float(), opacity)
    return Split(images.round_().byte(), garments.targets)


def _shifted(images: Tensor, top: Tensor, left: Tensor) -> Tensor:
    """Cut 32 x 32 pixels from each image, padded by 4, at its `top` and `left`."""
    padded, size = pad(images, (4, 4, 4, 4)), torch.arange(32)
    rows, columns = top[:, None] + size, left[:, None] + size
    each = torch.arange(len(images))[:, None, None]
    return padded[each, 0, rows[:, :, None], columns[:, None, :]][:, None]
