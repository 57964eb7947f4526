"""What transforms and the functions behind them accept."""

from collections.abc import Sequence
from numbers import Integral

import torch
from torch import Tensor


def check_images(images: Tensor, *, floating: bool = False) -> None:
    """Refuse what is not a batch of images.

    Parameters
    ----------
    images
        Expected: tensor, shape (N, C, H, W).
    floating
        Whether they must be floats.

    Raises
    ------
    TypeError, ValueError
        If they are anything else.
    """
    if not isinstance(images, Tensor):
        raise TypeError(f"images must be a tensor, not {type(images).__name__}")
    if images.ndim != 4:
        advice = "; for one image: image[None]" if images.ndim == 3 else ""
        raise ValueError(
            f"images have shape {tuple(images.shape)}; expected (N, C, H, W){advice}"
        )
    if floating and not images.is_floating_point():
        raise TypeError(
            f"images are {images.dtype}; expected floats in [0, 1]: images / 255"
        )


def per_image(images: Tensor, **numbers: Tensor) -> None:
    """Refuse numbers that are not one for each image.

    Parameters
    ----------
    images
        Tensor, shape (N, C, H, W).
    **numbers
        Expected: tensors, shape (N,).

    Raises
    ------
    ValueError
        If one has another shape.
    """
    for name, values in numbers.items():
        shape = tuple(getattr(values, "shape", ()))
        if shape != (len(images),):
            raise ValueError(
                f"{name} has shape {shape}; expected one number for each image: a "
                f"tensor of shape ({len(images)},)"
            )


def whole(name: str, value: int, *, least: int) -> int:
    """Return a whole number that is large enough.

    Parameters
    ----------
    name
        What the number is called.
    value
        The number.
    least
        The smallest that will do.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} is {value!r}; expected {least}, {least + 1}, …")
    return value


def fraction(name: str, value: float) -> float:
    """Return a number between 0 and 1.

    Parameters
    ----------
    name
        What the number is called.
    value
        The number.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it lies outside.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; expected a number from 0 to 1")
    return value


def interval(
    name: str,
    value: float | Sequence[float],
    *,
    centre: float = 0,
    low: float = -torch.inf,
    high: float = torch.inf,
) -> tuple[float, float]:
    """Return the ends of an interval that is given by them, or by its reach.

    Parameters
    ----------
    name
        What it is called.
    value
        Both ends, or how far it reaches to either side of `centre`, but never below
        `low`.
    centre
        What changes nothing.
    low, high
        Bounds of the ends.

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        If the reach is negative, or the ends are out of order or out of bounds.

    Examples
    --------
    >>> interval("brightness", 0.25, centre=1, low=0)
    (0.75, 1.25)
    """
    ends = value
    if not isinstance(value, Sequence):
        ends = (max(centre - value, low), centre + value)
    if len(ends) != 2 or not low <= ends[0] <= ends[1] <= high:
        bounds = f" within [{low:g}, {high:g}]" if low > -torch.inf else ""
        raise ValueError(
            f"{name} is {value}; expected a number ≥ 0 or a pair (least, most){bounds}"
        )
    return float(ends[0]), float(ends[1])
