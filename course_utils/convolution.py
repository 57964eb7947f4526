"""Convolution and pooling in NumPy: the one definition of each."""

from collections.abc import Iterator

import numpy as np

from course_utils.sizes import (
    Padding,
    Pair,
    as_pair,
    conv_output_size,
    padding_margins,
)


def conv2d(
    images: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | float | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    """Slide kernels over images: multiply, add up, and store.

    This is cross-correlation, as in PyTorch: the kernel is not flipped. It loops over
    the kernel's weights only; each weight meets all its pixels in one slice.

    Parameters
    ----------
    images
        Array, shape (H, W), (C, H, W) or (N, C, H, W). Integers stay integers.
    weight
        Array, shape (KH, KW) for images without channels, else (F, C, KH, KW).
    bias
        Number, or array of shape (F,); added to each cell of its feature map.
    stride, dilation
        A number, or one for rows and one for columns.
    padding
        Zeros around the image: a number per side, a pair for rows and columns,
        ``"valid"`` (none), ``"same"`` (output as large as the input; the odd cell of an
        even kernel goes to the bottom and right), or ``"full"`` (every overlap).

    Returns
    -------
    ndarray
        Shape (OH, OW), (F, OH, OW) or (N, F, OH, OW).

    Raises
    ------
    ValueError
        If the shapes do not fit together, or ``"same"`` meets a stride above 1.

    Notes
    -----
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
    chapters 2 and 5. Taught in notebooks 01 (one channel) and 03 (channels, batches).

    Examples
    --------
    >>> conv2d(np.array([[10, 20, 30], [0, 1, 0]]), np.array([[1, 0], [0, 2]]))
    array([[12, 20]])
    """
    batch, bank = _as_batch(images, weight)
    kernel_size = bank.shape[2:]
    batch = pad(batch, kernel_size, stride=stride, padding=padding, dilation=dilation)
    output = sum(
        np.einsum("fc, nchw -> nfhw", bank[:, :, row, column], pixels)
        for row, column, pixels in shifted_views(
            batch, kernel_size, stride=stride, dilation=dilation
        )
    )
    if bias is not None:
        output = output + np.reshape(bias, (-1, 1, 1))
    return output.reshape(output.shape[4 - np.ndim(images) :])


def pool2d(
    images: np.ndarray,
    kernel_size: Pair,
    *,
    mode: str = "max",
    stride: Pair | None = None,
    padding: Pair = 0,
) -> np.ndarray:
    """Summarise each window by its largest value or by its mean.

    Parameters
    ----------
    images
        Array, shape (..., H, W); each trailing (H, W) is pooled by itself.
    kernel_size
        Rows and columns of a window: a number or a pair.
    mode
        ``"max"`` or ``"average"``.
    stride
        Cells between windows; None means `kernel_size`, so that windows just touch.
    padding
        Cells around the image, at most half a window. They never win a maximum, and
        count as zeros in an average, as in PyTorch.

    Returns
    -------
    ndarray
        Shape (..., OH, OW). Maxima keep the dtype; averages are floating point.

    Raises
    ------
    ValueError
        If `mode` is unknown, a window does not fit, or `padding` exceeds half of it.

    Notes
    -----
    Agrees with ``torch.nn.MaxPool2d`` and ``AvgPool2d``. Taught in notebook 04.

    Examples
    --------
    >>> pool2d(np.array([[1, 2, 5, 0], [3, 4, 1, 1]]), 2)
    array([[4, 5]])
    """
    images = np.asarray(images)
    if mode not in ("max", "average"):
        raise ValueError(f"mode is {mode!r}; expected 'max' or 'average'")
    size, margin = (
        as_pair(kernel_size, "kernel_size", 1),
        as_pair(padding, "padding", 0),
    )
    if any(2 * m > k for m, k in zip(margin, size, strict=True)):
        raise ValueError(f"padding {margin} is more than half of the window {size}")
    stride = size if stride is None else stride
    fill = _lowest(images.dtype) if mode == "max" else 0
    padded = pad(images, size, stride=stride, padding=margin, value=fill)
    views = [view for _, _, view in shifted_views(padded, size, stride=stride)]
    return np.maximum.reduce(views) if mode == "max" else np.mean(views, axis=0)


def im2col(
    images: np.ndarray,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    """Lay out every window as a column, so that convolution is one matrix product.

    Parameters
    ----------
    images
        Array, shape (N, C, H, W).
    kernel_size, stride, padding, dilation
        As in `conv2d`.

    Returns
    -------
    ndarray
        Shape (N, C * KH * KW, OH * OW), in the order of ``torch.nn.functional.unfold``.

    Raises
    ------
    ValueError
        If `images` has other than 4 axes, or a window does not fit.

    Notes
    -----
    Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
    Document Processing" (2006), section 2.1. Taught in notebook 02.

    Examples
    --------
    >>> im2col(np.arange(9).reshape(1, 1, 3, 3), 2)[0].T
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    images = np.asarray(images)
    if images.ndim != 4:
        raise ValueError(
            f"images must have axes (N, C, H, W), got shape {images.shape}"
        )
    size = as_pair(kernel_size, "kernel_size", 1)
    padded = pad(images, size, stride=stride, padding=padding, dilation=dilation)
    views = shifted_views(padded, size, stride=stride, dilation=dilation)
    windows = np.stack([view for _, _, view in views], axis=2)
    return windows.reshape(len(images), images.shape[1] * size[0] * size[1], -1)


def shifted_views(
    images: np.ndarray, kernel_size: Pair, *, stride: Pair = 1, dilation: Pair = 1
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield, for each place in the kernel, the pixels it meets in all windows at once.

    Parameters
    ----------
    images
        Array, shape (..., H, W), already padded.
    kernel_size, stride, dilation
        As in `conv2d`.

    Yields
    ------
    row, column : int
        The place in the kernel.
    view : ndarray
        Shape (..., OH, OW); a view, not a copy.

    Raises
    ------
    ValueError
        If a window does not fit.
    """
    size = as_pair(kernel_size, "kernel_size", 1)
    step, gap = as_pair(stride, "stride", 1), as_pair(dilation, "dilation", 1)
    height, width = (
        conv_output_size(images.shape[axis - 2], size[axis], stride=s, dilation=d)
        for axis, (s, d) in enumerate(zip(step, gap, strict=True))
    )
    for row, column in np.ndindex(*size):
        top, left = row * gap[0], column * gap[1]
        rows = slice(top, top + (height - 1) * step[0] + 1, step[0])
        columns = slice(left, left + (width - 1) * step[1] + 1, step[1])
        yield row, column, images[..., rows, columns]


def pad(
    images: np.ndarray,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    value: float = 0,
) -> np.ndarray:
    """Add a margin around the last two axes.

    Parameters
    ----------
    images
        Array, shape (..., H, W).
    kernel_size, stride, padding, dilation
        As in `conv2d`.
    value
        What the margin is filled with.

    Returns
    -------
    ndarray
        Shape (..., H + top + bottom, W + left + right).
    """
    margins = padding_margins(padding, kernel_size, stride=stride, dilation=dilation)
    unpadded = [(0, 0)] * (images.ndim - 2)
    return np.pad(images, [*unpadded, *margins], constant_values=value)


def _as_batch(images: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    images, weight = np.asarray(images), np.asarray(weight)
    if (images.ndim, weight.ndim) not in ((2, 2), (3, 4), (4, 4)):
        raise ValueError(
            "expected images (H, W) with weight (KH, KW), or images (C, H, W) or "
            "(N, C, H, W) with weight (F, C, KH, KW); got shapes "
            f"{images.shape} and {weight.shape}"
        )
    batch = images.reshape((1,) * (4 - images.ndim) + images.shape)
    bank = weight.reshape((1,) * (4 - weight.ndim) + weight.shape)
    if batch.shape[1] != bank.shape[1]:
        raise ValueError(
            f"the images have {batch.shape[1]} channels, but each kernel has "
            f"{bank.shape[1]}; the two must agree"
        )
    # Products of small integer types would wrap around: uint8 200 * 2 is 144.
    if np.result_type(batch, bank).kind in "bui":
        return batch.astype(np.int64), bank.astype(np.int64)
    return batch, bank


def _lowest(dtype: np.dtype) -> float:
    return np.ma.maximum_fill_value(dtype)  # a fill that leaves every maximum alone
