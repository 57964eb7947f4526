"""Convolution and pooling in NumPy: the one definition of each."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from course_utils import sizes
from course_utils.arguments import as_array, as_choice, as_count, takes
from course_utils.sizes import Padding, Pair, as_pair

Matrix = tuple[tuple[float, ...], ...]

# --------------------------------------------------------------- the worked examples

WORKED_IMAGE: Matrix = (
    (10, 20, 30, 40),
    (0, 1, 0, 1),
    (30, 0, 10, 20),
    (0, 10, 20, 30),
)
WORKED_KERNEL: Matrix = ((1, 0), (0, 2))

# Three channels, red, green and blue, and two kernels with a plane for each channel.
COLOUR_IMAGE: tuple[Matrix, ...] = (
    ((3, 1, 0, 2), (4, 2, 5, 0), (1, 3, 2, 4)),
    ((0, 2, 1, 3), (5, 1, 0, 2), (2, 4, 3, 1)),
    ((1, 0, 4, 1), (2, 3, 1, 5), (0, 2, 1, 3)),
)
COLOUR_KERNELS: tuple[tuple[Matrix, ...], ...] = (
    (((1, 0), (0, 2)), ((-1, 0), (0, -1)), ((0, 1), (1, 0))),
    (((1, -1), (1, -1)), ((1, -1), (1, -1)), ((1, -1), (1, -1))),
)

# ------------------------------------------------------------ convolution and pooling


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

    images: shape (H, W), (C, H, W) or (N, C, H, W). Integers stay integers. weight:
    (KH, KW) for images without channels, else (F, C, KH, KW). bias: a number, or an
    array of shape (F,); added to each cell of its feature map. stride, dilation: a
    number, or one for rows and one for columns. padding: zeros around the image: a
    number per side, a pair for rows and columns, ``"valid"`` (none), ``"same"`` (output
    as large as the input; the odd cell of an even kernel goes to the bottom and right),
    or ``"full"`` (every overlap). The result has shape (OH, OW), (F, OH, OW) or (N, F,
    OH, OW). ValueError if shapes do not fit together, a number is out of range, or
    ``"same"`` meets a stride above 1.

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
    chapters 2 and 5. Taught in *Convolution by hand* (one channel) and in *Channels
    and batches*.

    >>> conv2d(np.array([[10, 20, 30], [0, 1, 0]]), np.array([[1, 0], [0, 2]]))
    array([[12, 20]])
    """
    batch, bank = _as_batch(images, weight)
    size, steps = bank.shape[2:], {"stride": stride, "dilation": dilation}
    batch = pad(batch, size, padding=padding, **steps)
    output = sum(
        np.einsum("fc, nchw -> nfhw", bank[:, :, row, column], pixels)
        for row, column, pixels in shifted_views(batch, size, **steps)
    )
    if np.asarray(images).dtype == np.asarray(weight).dtype == np.float16:
        output = output.astype(np.float16)
    if bias is not None:
        bias = as_array("bias", bias)
        if bias.shape not in ((), (len(bank),)):
            raise ValueError(
                f"bias has shape {bias.shape}; expected a number, or one for each "
                f"kernel: shape ({len(bank)},)"
            )
        output = output + bias.reshape(-1, 1, 1)
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

    images: (..., H, W), each trailing (H, W) pooled by itself. kernel_size, stride:
    rows and columns of a window, and cells between windows, a number or a pair; no
    stride means `kernel_size`, so that windows just touch. mode: ``"max"``, which keeps
    the dtype, or ``"average"``, floating point. padding: cells around the image, at
    most half a window; they never win a maximum, and count as zeros in an average, as
    in PyTorch. ValueError if the mode is unknown, a window does not fit, or the padding
    is larger.

    Agrees with ``torch.nn.MaxPool2d`` and ``AvgPool2d``. Taught in *Pooling*.

    >>> pool2d(np.array([[1, 2, 5, 0], [3, 4, 1, 1]]), 2)
    array([[4, 5]])
    """
    images = as_array("images", images)
    if images.ndim < 2:
        raise ValueError(f"images has shape {images.shape}; expected (..., H, W)")
    as_choice("mode", mode, "max", "average")
    size = as_pair("kernel_size", kernel_size)
    margin = as_pair("padding", padding, least=0)
    if any(2 * m > k for m, k in zip(margin, size)):
        raise ValueError(
            f"padding is {margin}, more than half of the window {size}; expected less"
        )
    stride = size if stride is None else stride
    # A fill that leaves every maximum alone.
    fill = np.ma.maximum_fill_value(images.dtype) if mode == "max" else 0
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

    images: shape (N, C, H, W). The result has shape (N, C * KH * KW, OH * OW), in the
    order of ``torch.nn.functional.unfold``. ValueError if a window does not fit.

    Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
    Document Processing" (2006), section 2.1. Taught in *One matrix product*.

    >>> im2col(np.arange(9).reshape(1, 1, 3, 3), 2)[0].T
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    images = as_array("images", images, "NCHW")
    size = as_pair("kernel_size", kernel_size)
    padded = pad(images, size, stride=stride, padding=padding, dilation=dilation)
    views = shifted_views(padded, size, stride=stride, dilation=dilation)
    windows = np.stack([view for _, _, view in views], axis=2)
    return windows.reshape(len(images), images.shape[1] * size[0] * size[1], -1)


def shifted_views(
    images: np.ndarray, kernel_size: Pair, *, stride: Pair = 1, dilation: Pair = 1
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield, for each place in the kernel, the pixels it meets in all windows at once.

    images: (..., H, W), already padded. Yields row, column, and a view (..., OH, OW).
    """
    size, step = as_pair("kernel_size", kernel_size), as_pair("stride", stride)
    gap = as_pair("dilation", dilation)
    height, width = (
        sizes.conv_output_size(images.shape[axis - 2], size[axis], stride=s, dilation=d)
        for axis, (s, d) in enumerate(zip(step, gap))
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
    """Add a margin, filled with `value`, around the last two axes."""
    margins = sizes.padding_margins(
        padding, kernel_size, stride=stride, dilation=dilation
    )
    unpadded = [(0, 0)] * (images.ndim - 2)
    return np.pad(images, [*unpadded, *margins], constant_values=value)


def _as_batch(images: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    images, weight = as_array("images", images), as_array("weight", weight)
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
            f"images have {batch.shape[1]} channels, but each kernel in weight has "
            f"{bank.shape[1]}; the two must agree"
        )
    # Products of small types would wrap around, uint8 200 * 2 to 144, or lose digits.
    kind = np.result_type(batch, bank)
    wide = np.int64 if kind.kind in "bui" else np.result_type(kind, np.float32)
    return batch.astype(wide, copy=False), bank.astype(wide, copy=False)


# ------------------------------------------- convolution as a search, and as a matrix


def cosine_map(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Measure in each window how much it points in the kernel's direction.

    image: (H, W), kernel: (KH, KW). The result, (OH, OW), float64 in [-1, 1] up to
    rounding, holds the cosine between window and kernel, both read as vectors; 0 where
    one of them is all zeros and so has no direction. ValueError if the kernel does not
    fit, or for other axes. Taught in *Pattern finding*.

    >>> cosine_map(np.array([[3, 4, 0], [0, 0, 0]]), np.array([[3, 4]])).round(2)
    array([[1. , 0.6],
           [0. , 0. ]])
    """
    image = as_array("image", image, "HW").astype(float)
    kernel = as_array("kernel", kernel, "HW").astype(float)
    dots = conv2d(image, kernel)
    # The squared lengths of all windows are a convolution, too.
    window_lengths = np.sqrt(conv2d(image**2, np.ones_like(kernel)))
    lengths = window_lengths * np.linalg.norm(kernel)
    return np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths != 0)


@takes(kernel=partial(as_array, axes="K"), input_size=as_count)
def toeplitz_1d(kernel: np.ndarray, input_size: int) -> np.ndarray:
    """Write a convolution of one axis as a matrix, constant along its diagonals.

    kernel: (K,). The result has shape (N - K + 1, N) and the kernel's dtype:
    ``matrix @ signal`` is the convolution without padding. ValueError if the kernel
    does not fit. Taught in *One matrix product*.

    >>> toeplitz_1d(np.array([1, 2]), 4)
    array([[1, 2, 0, 0],
           [0, 1, 2, 0],
           [0, 0, 1, 2]])
    """
    rows = sizes.conv_output_size(input_size, len(kernel))
    matrix = np.zeros((rows, input_size), dtype=np.asarray(kernel).dtype)
    for row in range(rows):
        matrix[row, row : row + len(kernel)] = kernel
    return matrix


def convolution_matrix(kernel: np.ndarray, input_shape: tuple[int, int]) -> np.ndarray:
    """Write a convolution of two axes as a matrix.

    kernel: (KH, KW). The result has shape (OH * OW, H * W) and the kernel's dtype. Row
    i belongs to output cell i and column j to pixel j, both counted row by row, so
    that ``matrix @ image.ravel()`` is the convolution without padding. ValueError if
    the kernel does not fit.

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
    section 4.1. Taught in *One matrix product*.

    >>> convolution_matrix(np.array([[1, 0], [0, 2]]), (2, 3))
    array([[1, 0, 0, 0, 2, 0],
           [0, 1, 0, 0, 0, 2]])
    """
    kernel = as_array("kernel", kernel, "HW")
    shape = as_pair("input_shape", input_shape)
    pixels = np.arange(np.prod(shape)).reshape(1, 1, *shape)
    met = im2col(pixels, kernel.shape)[0].T
    matrix = np.zeros((len(met), pixels.size), dtype=kernel.dtype)
    np.put_along_axis(matrix, met, kernel.ravel(), axis=1)
    return matrix
