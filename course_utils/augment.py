"""Random changes to a whole batch of images, one independent draw for each image.

Each transform is a module that maps a batch to a batch; ``nn.Sequential`` chains them,
and a `course_utils.data.Loader` takes the chain as its `augment`. Names and arguments
are those of ``torchvision.transforms.v2``, which draws once for the whole batch, from
the same global random state. Behind each stands a pure function that is told what was
drawn, one number for each image. Taught in *Data augmentation*.
"""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_utils.arguments import (
    as_choice,
    as_count,
    as_fraction,
    as_images,
    is_number,
    said,
)

Ends = float | Sequence[float]

# --------------------------------------------------------- pixels are moved or painted
# Images have the shape (N, C, H, W). What comes from outside them is 0, black.


def crop(images: Tensor, top: Tensor, left: Tensor, size: int) -> Tensor:
    """Cut a square out of each image; top, left: int64 (N,), its first pixel."""
    _check(images, top=top, left=left)
    as_count("size", size, most=min(images.shape[2:]))
    for name, first, side in zip(("top", "left"), (top, left), images.shape[2:]):
        least, most = min(first.tolist(), default=0), max(first.tolist(), default=0)
        if least < 0 or most > side - size:
            raise ValueError(
                f"{name} goes from {least} to {most}; expected 0 to {side - size}"
            )
    return _crop(images, top, left, size)


def _crop(images: Tensor, top: Tensor, left: Tensor, size: int) -> Tensor:
    windows = images.unfold(2, size, 1).unfold(3, size, 1)
    return windows[torch.arange(len(images), device=images.device), :, top, left]


def horizontal_flip(images: Tensor, chosen: Tensor) -> Tensor:
    """Swap left and right in the images that are chosen, bool (N,)."""
    return _flip(images, chosen, axis=3)


def vertical_flip(images: Tensor, chosen: Tensor) -> Tensor:
    """Swap top and bottom in the images that are chosen, bool (N,)."""
    return _flip(images, chosen, axis=2)


def _flip(images: Tensor, chosen: Tensor, axis: int) -> Tensor:
    _check(images, chosen=chosen)
    flipped, chosen = images.flip(axis), chosen.view(-1, 1, 1, 1)
    if images.is_floating_point():
        # With 0 and 1 lerp is exact, and faster than torch.where.
        return torch.lerp(images, flipped, chosen.to(images.dtype))
    return torch.where(chosen, flipped, images)


def translate(images: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """Shift each image by whole pixels, int64 (N,); negative ones go left and up."""
    _check(images, right=right, down=down)
    height, width = images.shape[2:]
    # A black frame of one pixel stands for everything outside.
    framed = functional.pad(images, [1, 1, 1, 1]).flatten(2)
    rows = (_counted_from(down, height) + 1).clamp_(0, height + 1)
    columns = (_counted_from(right, width) + 1).clamp_(0, width + 1)
    places = (rows[:, :, None] * (width + 2) + columns[:, None, :]).flatten(1)
    every_channel = places[:, None].expand(-1, images.shape[1], -1)
    return framed.gather(2, every_channel).view(images.shape)


def _counted_from(first: Tensor, side: int) -> Tensor:
    """Count the rows of each image, shape (N, side), so that its `first` is 0."""
    return torch.arange(side, device=first.device) - first[:, None]


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Turn each image about its centre, anticlockwise, by its degrees, float (N,).

    A pixel at (x, y) from the centre, y downwards, comes from between the four pixels
    around (x cos a - y sin a, x sin a + y cos a), where a is the angle.
    """
    _check(images, floating=True, degrees=degrees)
    height, width = images.shape[2:]
    angle = torch.deg2rad(degrees.to(images.dtype)).view(-1, 1, 1)
    cos, sin = angle.cos(), angle.sin()
    x, y = (torch.arange(side).to(images) - (side - 1) / 2 for side in (width, height))
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
    """Paint a square of each image; top, left: int64 (N,), may lie outside of it."""
    _check(images, floating=True, top=top, left=left)
    as_count("size", size, least=0)
    rows = _counted_from(top, images.shape[2])[:, None, :, None]
    columns = _counted_from(left, images.shape[3])[:, None, None, :]
    erased = ((0 <= rows) & (rows < size)) & ((0 <= columns) & (columns < size))
    return torch.lerp(images, images.new_tensor(value), erased.to(images.dtype))


# ------------------------------------------------------------------ colours are changed
# Images are floats in [0, 1], with one channel, or with red, green and blue.


def adjust_brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply all pixels of an image: 0 makes it black, 1 leaves it."""
    return (images * _each(images, factor=factor)).clamp_(0, 1)


def adjust_contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Pull all pixels towards the image's mean grey, 0, or push them away, above 1."""
    factor = _each(images, factor=factor)
    return _blend(images, _grey(images).mean((1, 2, 3), keepdim=True), factor)


def adjust_saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Pull each pixel towards its grey, 0, or push it away, above 1."""
    factor = _each(images, factor=factor)
    return _blend(images, _grey(images), factor)


def adjust_hue(images: Tensor, shift: Tensor) -> Tensor:
    """Move each pixel's hue along the circle red, green, blue, red; 1 is a whole turn.

    The hue of Smith, "Color Gamut Transform Pairs" (1978). With M and m the largest and
    the smallest of R, G, B, it is ±(M - R + G + B - 2m) / (M - m) sixths of a turn,
    with the sign of G - B. At a hue h a channel lies at m + (M - m) clamp(k, 0, 1),
    where k = |h - its own hue - 3| - 1 and h - its own hue is counted from 0 to 6.
    """
    shift = _each(images, shift=shift)
    if images.shape[1] == 1:
        return images.clone()
    red, green, blue = images.split(1, dim=1)
    least, most = images.amin(1, keepdim=True), images.amax(1, keepdim=True)
    range_ = most - least
    sixths = (most - red).add_(green).add_(blue).sub_(least, alpha=2)
    sixths.div_(range_.clamp(min=torch.finfo(images.dtype).tiny))
    hue = torch.copysign(sixths, green - blue).div_(6).add_(shift)
    # How far red, green and blue lie along the circle.
    places = hue + images.new_tensor((6 / 6, 10 / 6, 8 / 6)).view(3, 1, 1)
    weights = places.frac_().mul_(6).sub_(3).abs_().sub_(1).clamp_(0, 1)
    return weights.mul_(range_).add_(least)


def _grey(images: Tensor) -> Tensor:
    """Return each pixel's brightness: ITU-R BT.601, with torchvision's four digits."""
    if images.shape[1] == 1:
        return images
    red, green, blue = images.split(1, dim=1)
    return (red * 0.2989).add_(green, alpha=0.587).add_(blue, alpha=0.114)


def _blend(images: Tensor, others: Tensor, share: Tensor) -> Tensor:
    """Mix each image with another: a share of 0 gives the other, 1 the image."""
    return (images * share).add_(others * (1 - share)).clamp_(0, 1)


def _each(images: Tensor, **named: Tensor) -> Tensor:
    """Lay out one number per image so that it multiplies all of the image."""
    _check(images, floating=True, **named)
    # One image tells, without a pass over all; a GPU would have to wait for the answer.
    if images.device.type == "cpu" and len(images):
        least, most = images[0].aminmax()
        if not -0.01 < least <= most < 1.01:
            raise ValueError(
                f"images go from {least:g} to {most:g}; expected floats in [0, 1], not "
                "yet normalised; / 255 makes them of bytes"
            )
    if images.shape[1] not in (1, 3):
        raise ValueError(
            f"images have {images.shape[1]} channels; expected 1, or 3 for red, green "
            "and blue"
        )
    [numbers] = named.values()
    return numbers.to(images.dtype).view(-1, 1, 1, 1)


# --------------------------------------------------------------------------- the draws


class RandomCrop(nn.Module):
    """Put a border around each image, and cut a square from a random place.

    size, padding: side of the square, and width of the border, in pixels; the standard
    for CIFAR-10 is 32 and 4: He et al., "Deep Residual Learning for Image Recognition"
    (2016), section 4.2. padding_mode: ``"constant"`` adds black, ``"reflect"`` the
    image's mirror image without repeating its outermost pixels. ValueError if a square
    does not fit, or a border to mirror is as wide as the image.
    """

    def __init__(
        self, size: int, padding: int = 0, padding_mode: str = "constant"
    ) -> None:
        super().__init__()
        self.size = as_count("size", size)
        self.padding = as_count("padding", padding, least=0)
        modes = "constant", "reflect"
        self.padding_mode = as_choice("padding_mode", padding_mode, *modes)

    def forward(self, images: Tensor) -> Tensor:
        _check(images)
        side = min(images.shape[2:])
        if self.padding_mode == "reflect" and self.padding >= side:
            raise ValueError(
                f"padding is {self.padding}, but a mirrored border must be narrower "
                f"than the image, which has {side} pixels; use padding_mode='constant'"
            )
        padded = functional.pad(images, [self.padding] * 4, self.padding_mode)
        height, width = padded.shape[2:]
        if self.size > min(height, width):
            raise ValueError(
                f"size is {self.size}, but the images with their padding are only "
                f"{height} × {width}; use a smaller size or more padding"
            )
        corner = _place(images, height - self.size + 1, width - self.size + 1)
        return _crop(padded, *corner, self.size)


class _RandomFlip(nn.Module):
    axis: int

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = as_fraction("p", p)

    def forward(self, images: Tensor) -> Tensor:
        _check(images)
        chosen = torch.rand(len(images), device=images.device) < self.p
        return _flip(images, chosen, self.axis)


class RandomHorizontalFlip(_RandomFlip):
    """Swap left and right in each image with probability `p`, from 0 to 1."""

    axis = 3


class RandomVerticalFlip(_RandomFlip):
    """Swap top and bottom in each image with probability `p`, from 0 to 1."""

    axis = 2


class RandomTranslation(nn.Module):
    """Shift each image by whole pixels, drawn as ``RandomAffine(0, translate)`` does.

    translate: how far at most, across and along, as fractions of width and height.
    """

    def __init__(self, translate: Sequence[float]) -> None:
        super().__init__()
        if not isinstance(translate, Sequence) or len(translate) != 2:
            raise ValueError(f"translate is {said(translate)}; expected a pair (a, b)")
        self.translate = tuple(as_fraction("translate", part) for part in translate)

    def forward(self, images: Tensor) -> Tensor:
        _check(images)
        across, along = self.translate
        height, width = images.shape[2:]
        right = _uniform(images, -across * width, across * width).round_().long()
        down = _uniform(images, -along * height, along * height).round_().long()
        return translate(images, right, down)


class RandomRotation(nn.Module):
    """Turn each image by at most `degrees` to either side, or from least to most."""

    def __init__(self, degrees: Ends) -> None:
        super().__init__()
        self.degrees = _interval("degrees", degrees)

    def forward(self, images: Tensor) -> Tensor:
        _check(images)
        return rotate(images, _uniform(images, *self.degrees))


class ColorJitter(nn.Module):
    """Change brightness, contrast, saturation and hue of each image, in this order.

    Each: how far the factor may lie from 1, or its least and its largest value; hue:
    how far it may be shifted, up to 0.5, half the circle, or least and most. What is
    not asked for costs neither time nor draws.
    """

    def __init__(
        self,
        brightness: Ends = 0,
        contrast: Ends = 0,
        saturation: Ends = 0,
        hue: Ends = 0,
    ) -> None:
        super().__init__()
        self.brightness = _interval("brightness", brightness, centre=1, low=0)
        self.contrast = _interval("contrast", contrast, centre=1, low=0)
        self.saturation = _interval("saturation", saturation, centre=1, low=0)
        self.hue = _interval("hue", hue, low=-0.5, high=0.5)

    def forward(self, images: Tensor) -> Tensor:
        _check(images, floating=True)
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

    size: its side; near a border a part of it lies outside. value: what it is filled
    with, in [0, 1]. DeVries and Taylor, "Improved Regularization of Convolutional
    Neural Networks with Cutout" (2017), section 3.2; for CIFAR-10 16, section 4.3.
    """

    def __init__(self, size: int, value: float = 0) -> None:
        super().__init__()
        self.size = as_count("size", size)
        self.value = as_fraction("value", value)

    def forward(self, images: Tensor) -> Tensor:
        _check(images)
        top, left = (x - self.size // 2 for x in _place(images, *images.shape[2:]))
        return erase(images, top, left, self.size, self.value)


def _place(images: Tensor, *below: int) -> list[Tensor]:
    """Draw a row and a column for each image."""
    count = (len(images),)
    return [torch.randint(most, count, device=images.device) for most in below]


def _uniform(images: Tensor, least: float, most: float) -> Tensor:
    return torch.empty(len(images), device=images.device).uniform_(least, most)


# ---------------------------------------------------------------- what can be asked for


def _check(images: Tensor, *, floating: bool = False, **numbers: Tensor) -> None:
    """Refuse what is no batch of images, or not one number for each of them."""
    as_images("images", images, floating=floating)
    pixels = dict.fromkeys(("top", "left", "right", "down"), torch.int64)
    kinds = {"chosen": torch.bool, **pixels}
    for name, values in numbers.items():
        if not isinstance(values, Tensor) or values.shape != images.shape[:1]:
            raise ValueError(
                f"{name} is {said(values)}; expected one number for each image: a "
                f"tensor of shape ({len(images)},)"
            )
        if values.dtype != (kind := kinds.get(name, values.dtype)):
            raise TypeError(f"{name} is {values.dtype}; expected {kind}")


def _interval(
    name: str, value: Ends, *, centre: float = 0, low: float = -inf, high: float = inf
) -> tuple[float, float]:
    """Return the ends of what is given by them, or by its reach from the centre.

    >>> _interval("brightness", 0.25, centre=1, low=0)
    (0.75, 1.25)
    """
    ends = (max(centre - value, low), centre + value) if is_number(value) else value
    pair = isinstance(ends, Sequence) and len(ends) == 2 and all(map(is_number, ends))
    if not pair or not low <= ends[0] <= ends[1] <= high:
        bounds = f" within [{low:g}, {high:g}]" if low > -inf else ""
        raise ValueError(
            f"{name} is {said(value)}; expected a number ≥ 0 or a pair (least, most)"
            f"{bounds}"
        )
    return float(ends[0]), float(ends[1])
