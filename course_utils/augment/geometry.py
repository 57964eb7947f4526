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
    check_images(images)
    per_image(images, chosen=chosen)
    columns = torch.arange(images.shape[3], device=images.device)
    order = torch.where(chosen[:, None], columns.flip(0), columns)
    return images.gather(3, order[:, None, None].expand(images.shape))


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
    check_images(images)
    per_image(images, chosen=chosen)
    return torch.where(chosen.view(-1, 1, 1, 1), images.flip(2), images)


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
    angle = torch.deg2rad(degrees.to(images.dtype))
    cos, sin = angle.cos(), angle.sin()
    # grid_sample counts from -1 to 1, from one edge of the image to the other.
    to_x = torch.stack((cos, -sin), dim=1) * (2 / width)
    to_y = torch.stack((sin, cos), dim=1) * (2 / height)
    # One product of matrices, (2N, 2) with (2, HW), computes all coordinates.
    sources = torch.stack((to_x, to_y), dim=1).flatten(0, 1) @ _from_centre(images)
    grid = sources.view(-1, 2, height, width).permute(0, 2, 3, 1)
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
    # lerp is exact where it takes all or nothing, and faster than masked_fill.
    erased = rows.to(images.dtype) * columns
    return torch.lerp(images, images.new_tensor(value), erased)


def _sources(side: int, shift: Tensor) -> Tensor:
    """Say from where in the frame each row comes, shape (N, side), if it is shifted."""
    places = torch.arange(1, side + 1, device=shift.device) - shift[:, None]
    return places.clamp_(0, side + 1)


def _from_centre(images: Tensor) -> Tensor:
    """Return how far each pixel lies from the middle: x and y, shape (2, H * W)."""
    y, x = (
        torch.arange(side, dtype=images.dtype, device=images.device) - (side - 1) / 2
        for side in images.shape[2:]
    )
    return torch.stack((x.repeat(len(y)), y.repeat_interleave(len(x))))


def _within(side: int, first: Tensor, size: int) -> Tensor:
    """Say which of `side` rows lie among `size` from `first` on, shape (N, side)."""
    places = torch.arange(side, device=first.device) - first[:, None]
    return (0 <= places) & (places < size)
