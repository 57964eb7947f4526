"""The random transforms: modules that draw, and leave the rest to pure functions."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_utils.augment.arguments import check_images, fraction, interval, whole
from course_utils.augment.colour import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)
from course_utils.augment.geometry import (
    crop,
    erase,
    horizontal_flip,
    rotate,
    translate,
    vertical_flip,
)


class RandomCrop(nn.Module):
    """Put a border around each image, and cut a square from a random place.

    Parameters
    ----------
    size
        Side of the square, in pixels.
    padding
        Pixels added at each side.
    padding_mode
        ``"constant"`` adds black, ``"reflect"`` the image's mirror image without
        repeating its outermost pixels.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if a square does not fit, or if a
        border to mirror is as wide as the image.

    Notes
    -----
    With 4 black pixels, the standard for CIFAR-10: He et al., "Deep Residual Learning
    for Image Recognition" (2016), section 4.2.
    """

    def __init__(
        self, size: int, padding: int = 0, padding_mode: str = "constant"
    ) -> None:
        super().__init__()
        self.size = whole("size", size, least=1)
        self.padding = whole("padding", padding, least=0)
        if padding_mode not in ("constant", "reflect"):
            raise ValueError(
                f"padding_mode is {padding_mode!r}; expected 'constant' or 'reflect'"
            )
        self.padding_mode = padding_mode

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of shape (N, C, size, size)."""
        check_images(images)
        side = min(images.shape[2:])
        if self.padding_mode == "reflect" and self.padding >= side:
            raise ValueError(
                f"padding is {self.padding}, but a mirrored border must be narrower "
                f"than the image, which has {side} pixels; use padding_mode='constant'"
            )
        padded = functional.pad(images, [self.padding] * 4, self.padding_mode)
        if self.size > min(padded.shape[2:]):
            height, width = padded.shape[2:]
            raise ValueError(
                f"size is {self.size}, but the images with their padding are only "
                f"{height} × {width}; use a smaller size or more padding"
            )
        rows, columns = (side - self.size + 1 for side in padded.shape[2:])
        top = torch.randint(rows, (len(images),), device=images.device)
        left = torch.randint(columns, (len(images),), device=images.device)
        return crop(padded, top, left, self.size)


class RandomHorizontalFlip(nn.Module):
    """Swap left and right in each image with probability `p`.

    Parameters
    ----------
    p
        Between 0 and 1.

    Raises
    ------
    ValueError
        If it is not.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = fraction("p", p)

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of the same shape."""
        check_images(images)
        chosen = torch.rand(len(images), device=images.device) < self.p
        return horizontal_flip(images, chosen)


class RandomVerticalFlip(nn.Module):
    """Swap top and bottom in each image with probability `p`.

    Parameters
    ----------
    p
        Between 0 and 1.

    Raises
    ------
    ValueError
        If it is not.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = fraction("p", p)

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of the same shape."""
        check_images(images)
        chosen = torch.rand(len(images), device=images.device) < self.p
        return vertical_flip(images, chosen)


class RandomTranslation(nn.Module):
    """Shift each image by a random number of whole pixels.

    Parameters
    ----------
    translate
        How far at most, horizontally and vertically, as fractions of width and height.

    Raises
    ------
    ValueError
        If they are not two numbers from 0 to 1.

    Notes
    -----
    Draws what torchvision's ``RandomAffine(0, translate)`` draws: an even distribution,
    rounded.
    """

    def __init__(self, translate: Sequence[float]) -> None:
        super().__init__()
        if not isinstance(translate, Sequence) or len(translate) != 2:
            raise ValueError(f"translate is {translate}; expected a pair (a, b)")
        self.translate = tuple(fraction("translate", part) for part in translate)

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of the same shape."""
        check_images(images)
        across, along = self.translate
        height, width = images.shape[2:]
        right = _uniform(images, -across * width, across * width).round_().long()
        down = _uniform(images, -along * height, along * height).round_().long()
        return translate(images, right, down)


class RandomRotation(nn.Module):
    """Turn each image about its centre by a random angle, with bilinear interpolation.

    Parameters
    ----------
    degrees
        The largest angle to either side, or the least and the largest; anticlockwise is
        positive.

    Raises
    ------
    ValueError
        If it is neither.
    """

    def __init__(self, degrees: float | Sequence[float]) -> None:
        super().__init__()
        self.degrees = interval("degrees", degrees)

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of the same shape."""
        check_images(images)
        return rotate(images, _uniform(images, *self.degrees))


class ColorJitter(nn.Module):
    """Change brightness, contrast, saturation and hue of each image at random.

    Parameters
    ----------
    brightness, contrast, saturation
        How far the factor may lie from 1, or its least and its largest value.
    hue
        How far the hue may be shifted, up to 0.5, half the circle; or least and most.

    Raises
    ------
    ValueError
        If a number is out of range.

    Notes
    -----
    The four changes are made in this order; torchvision draws the order as well. What
    is not asked for costs neither time nor draws.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0,
        contrast: float | Sequence[float] = 0,
        saturation: float | Sequence[float] = 0,
        hue: float | Sequence[float] = 0,
    ) -> None:
        super().__init__()
        self.brightness = interval("brightness", brightness, centre=1, low=0)
        self.contrast = interval("contrast", contrast, centre=1, low=0)
        self.saturation = interval("saturation", saturation, centre=1, low=0)
        self.hue = interval("hue", hue, low=-0.5, high=0.5)

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of the same shape."""
        check_images(images, floating=True)
        for adjust, ends, unchanged in (
            (adjust_brightness, self.brightness, 1),
            (adjust_contrast, self.contrast, 1),
            (adjust_saturation, self.saturation, 1),
            (adjust_hue, self.hue, 0),
        ):
            if ends != (unchanged, unchanged):
                images = adjust(images, _uniform(images, *ends))
        return images


class Cutout(nn.Module):
    """Paint a square of each image, around a random pixel of it.

    Parameters
    ----------
    size
        Side of the square, in pixels. Near a border a part of it lies outside.
    value
        What it is filled with, in [0, 1].

    Raises
    ------
    ValueError
        If `size` or `value` is no such number.

    Notes
    -----
    DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
    Cutout" (2017), section 3.2; squares of 16 pixels for CIFAR-10, section 4.3.
    """

    def __init__(self, size: int, value: float = 0) -> None:
        super().__init__()
        self.size = whole("size", size, least=1)
        self.value = fraction("value", value)

    def forward(self, images: Tensor) -> Tensor:
        """Return a batch of the same shape."""
        check_images(images)
        top, left = (
            torch.randint(side, (len(images),), device=images.device) - self.size // 2
            for side in images.shape[2:]
        )
        return erase(images, top, left, self.size, self.value)


def _uniform(images: Tensor, least: float, most: float) -> Tensor:
    """Draw one number for each image, evenly between two bounds."""
    return torch.empty(len(images), device=images.device).uniform_(least, most)
