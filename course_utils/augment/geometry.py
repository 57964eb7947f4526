"""Move the pixels of each image in its own way: pure functions of a batch.

What comes from outside an image is 0, black.
"""

import torch
from torch import Tensor
from torch.nn import functional

from course_utils.augment.arguments import check_images, per_image


def crop(images: Tensor, top: Tensor, left: Tensor, size: int) -> Tensor:
    """Cut one square out of each image.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W).
    top, left
        Tensors, shape (N,), int64: each square's first row and column.
    size
        Side of the squares, in pixels.

    Returns
    -------
    Tensor
        Shape (N, C, size, size).
    """
    check_images(images)
    per_image(images, top=top, left=left)
    windows = images.unfold(2, size, 1).unfold(3, size, 1)
    return windows[torch.arange(len(images), device=images.device), :, top, left]


def horizontal_flip(images: Tensor, chosen: Tensor) -> Tensor:
    """Swap left and right in some of the images.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W).
    chosen
        Tensor, shape (N,), bool: which images.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    return _flip(images, chosen, axis=3)


def vertical_flip(images: Tensor, chosen: Tensor) -> Tensor:
    """Swap top and bottom in some of the images.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W).
    chosen
        Tensor, shape (N,), bool: which images.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    return _flip(images, chosen, axis=2)


def translate(images: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """Shift each image by whole pixels.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W).
    right, down
        Tensors, shape (N,), int64: how far; negative numbers shift left and up.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    check_images(images)
    per_image(images, right=right, down=down)
    height, width = images.shape[2:]
    # A black frame of one pixel stands for everything outside.
    framed = functional.pad(images, [1, 1, 1, 1]).flatten(2)
    rows = _sources(height, down)[:, :, None] * (width + 2)
    places = (rows + _sources(width, right)[:, None, :]).flatten(1)
    every_channel = places[:, None].expand(-1, images.shape[1], -1)
    return framed.gather(2, every_channel).view(images.shape)


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Turn each image about its centre, interpolating between four pixels.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), float.
    degrees
        Tensor, shape (N,), float: how far; anticlockwise is positive.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).

    Notes
    -----
    A pixel at (x, y) from the centre, y downwards, comes from
    (x cos a - y sin a, x sin a + y cos a), where a is the angle. The same as
    ``torchvision.transforms.v2.functional.rotate`` with
    ``InterpolationMode.BILINEAR``.
    """
    check_images(images, floating=True)
    per_image(images, degrees=degrees)
    height, width = images.shape[2:]
    angle = torch.deg2rad(degrees.to(images.dtype)).view(-1, 1, 1)
    cos, sin = angle.cos(), angle.sin()
    y, x = (_from_centre(side, images) for side in (height, width))
    y = y[:, None]
    # grid_sample counts from -1 to 1, from one edge of the image to the other.
    from_x = (cos * x - sin * y) * (2 / width)
    from_y = (sin * x + cos * y) * (2 / height)
    # Stacked this way and then permuted, x and y lie apart, which is faster.
    grid = torch.stack((from_x, from_y), dim=1).permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, align_corners=False)


def erase(
    images: Tensor, top: Tensor, left: Tensor, size: int, value: float = 0
) -> Tensor:
    """Paint one square of each image; parts of it may lie outside.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), float.
    top, left
        Tensors, shape (N,), int64: each square's first row and column, which may be
        negative.
    size
        Side of the squares, in pixels.
    value
        What the square is filled with.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    check_images(images, floating=True)
    per_image(images, top=top, left=left)
    rows = _within(images.shape[2], top, size)[:, None, :, None]
    columns = _within(images.shape[3], left, size)[:, None, None, :]
    erased = rows.to(images.dtype) * columns
    return _choose(images, images.new_tensor(value), erased)


def _flip(images: Tensor, chosen: Tensor, axis: int) -> Tensor:
    check_images(images)
    per_image(images, chosen=chosen)
    flipped, chosen = images.flip(axis), chosen.view(-1, 1, 1, 1)
    if images.is_floating_point():
        return _choose(images, flipped, chosen.to(images.dtype))
    return torch.where(chosen, flipped, images)


def _choose(images: Tensor, others: Tensor, chosen: Tensor) -> Tensor:
    """Take `others` where `chosen` is 1, and `images` where it is 0.

    There lerp is exact, and faster than torch.where.
    """
    return torch.lerp(images, others, chosen)


def _sources(side: int, shift: Tensor) -> Tensor:
    """Say from where in the frame each row comes, shape (N, side), if it is shifted."""
    places = torch.arange(1, side + 1, device=shift.device) - shift[:, None]
    return places.clamp_(0, side + 1)


def _from_centre(side: int, images: Tensor) -> Tensor:
    """Return how far each row or column lies from the middle, shape (side,)."""
    places = torch.arange(side, dtype=images.dtype, device=images.device)
    return places - (side - 1) / 2


def _within(side: int, first: Tensor, size: int) -> Tensor:
    """Say which of `side` rows lie among `size` from `first` on, shape (N, side)."""
    places = torch.arange(side, device=first.device) - first[:, None]
    return (0 <= places) & (places < size)
