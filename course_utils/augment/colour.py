"""Change the colours of each image by its own amount: pure functions of a batch.

Equal, image by image, to ``torchvision.transforms.v2.functional`` on floats in [0, 1].
An image has one channel, or red, green and blue.
"""

import torch
from torch import Tensor

from course_utils.augment.arguments import check_images, per_image

SIXTHS = (6 / 6, 10 / 6, 8 / 6)
"""How far red, green and blue lie along the circle of hues: one turn is 1."""


def adjust_brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply all pixels of an image: 0 makes it black, 1 leaves it.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), float in [0, 1].
    factor
        Tensor, shape (N,), float, 0 or more.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    _check(images, factor=factor)
    return (images * _each(factor, images)).clamp_(0, 1)


def adjust_contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Pull all pixels towards the image's mean grey, 0, or push them away, above 1.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), float in [0, 1].
    factor
        Tensor, shape (N,), float, 0 or more.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    _check(images, factor=factor)
    return _blend(images, _grey(images).mean((1, 2, 3), keepdim=True), factor)


def adjust_saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Pull each pixel towards its grey, 0, or push it away, above 1.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), float in [0, 1].
    factor
        Tensor, shape (N,), float, 0 or more.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).
    """
    _check(images, factor=factor)
    return _blend(images, _grey(images), factor)


def adjust_hue(images: Tensor, shift: Tensor) -> Tensor:
    """Move each pixel's hue along the circle red, green, blue, red.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W), float in [0, 1].
    shift
        Tensor, shape (N,), float: how far; 1 is a whole turn, and ±0.5 turns red into
        cyan.

    Returns
    -------
    Tensor
        Shape (N, C, H, W).

    Notes
    -----
    The hue of Smith, "Color Gamut Transform Pairs" (1978). With M and m the largest and
    the smallest of R, G, B, it is ±(M - R + G + B - 2m) / (M - m) sixths of a turn,
    with the sign of G - B. At a hue h a channel lies at m + (M - m) clamp(k, 0, 1),
    where k = |h - its own hue - 3| - 1 and h - its own hue is counted from 0 to 6.
    """
    _check(images, shift=shift)
    if images.shape[1] == 1:
        return images.clone()
    red, green, blue = images.split(1, dim=1)
    least, most = images.amin(1, keepdim=True), images.amax(1, keepdim=True)
    range_ = most - least
    sixths = (most - red).add_(green).add_(blue).sub_(least, alpha=2)
    sixths.div_(range_.clamp(min=torch.finfo(images.dtype).tiny))
    hue = torch.copysign(sixths, green - blue).div_(6).add_(_each(shift, images))
    places = hue + images.new_tensor(SIXTHS).view(3, 1, 1)
    weights = places.frac_().mul_(6).sub_(3).abs_().sub_(1).clamp_(0, 1)
    return weights.mul_(range_).add_(least)


def _check(images: Tensor, **numbers: Tensor) -> None:
    check_images(images, floating=True)
    per_image(images, **numbers)
    if images.shape[1] not in (1, 3):
        raise ValueError(
            f"images have {images.shape[1]} channels; expected 1, or 3 for red, green "
            "and blue"
        )


def _grey(images: Tensor) -> Tensor:
    """Return the brightness of each pixel, shape (N, 1, H, W).

    The weights of ITU-R BT.601 with four digits, as torchvision has them.
    """
    if images.shape[1] == 1:
        return images
    red, green, blue = images.split(1, dim=1)
    return (red * 0.2989).add_(green, alpha=0.587).add_(blue, alpha=0.114)


def _blend(images: Tensor, others: Tensor, share: Tensor) -> Tensor:
    """Mix each image with another: a share of 0 gives the other, 1 the image."""
    share = _each(share, images)
    return (images * share).add_(others * (1 - share)).clamp_(0, 1)


def _each(numbers: Tensor, images: Tensor) -> Tensor:
    """Lay out one number per image so that it multiplies all of the image."""
    return numbers.to(images.dtype).view(-1, 1, 1, 1)
