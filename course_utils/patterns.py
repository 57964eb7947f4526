"""Convolution seen in two other ways: as a search for a pattern, and as a matrix."""

import numpy as np

from course_utils import convolution, sizes


def cosine_map(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Measure in each window how much it points in the kernel's direction.

    Parameters
    ----------
    image
        Array, shape (H, W).
    kernel
        Array, shape (KH, KW).

    Returns
    -------
    ndarray
        Shape (OH, OW), float64 in [-1, 1] up to rounding: the cosine between the window
        and the kernel, both read as vectors. A window of zeros has no direction and
        gives 0; so does a kernel of zeros.

    Raises
    ------
    ValueError
        If an array has other than 2 axes, or the kernel does not fit.

    Notes
    -----
    The squared lengths of all windows are a convolution, too: of the squared image
    with a kernel of ones. Taught in notebook 02.

    Examples
    --------
    >>> cosine_map(np.array([[3, 4, 0], [0, 0, 0]]), np.array([[3, 4]])).round(2)
    array([[1. , 0.6],
           [0. , 0. ]])
    """
    image, kernel = np.asarray(image, dtype=float), np.asarray(kernel, dtype=float)
    if (image.ndim, kernel.ndim) != (2, 2):
        raise ValueError(
            "expected an image (H, W) and a kernel (KH, KW), got shapes "
            f"{image.shape} and {kernel.shape}"
        )
    dots = convolution.conv2d(image, kernel)
    window_lengths = np.sqrt(convolution.conv2d(image**2, np.ones_like(kernel)))
    lengths = window_lengths * np.linalg.norm(kernel)
    return np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)


def toeplitz_1d(kernel: np.ndarray, input_size: int) -> np.ndarray:
    """Write a convolution of one axis as a matrix.

    Parameters
    ----------
    kernel
        Array, shape (K,).
    input_size
        Cells of the input, N.

    Returns
    -------
    ndarray
        Shape (N - K + 1, N), in the kernel's dtype: ``matrix @ signal`` is the
        convolution without padding.

    Raises
    ------
    ValueError
        If the kernel has more than one axis, or does not fit.

    Notes
    -----
    A matrix that is constant along its diagonals is called a Toeplitz matrix. Taught in
    notebook 02.

    Examples
    --------
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

    Parameters
    ----------
    kernel
        Array, shape (KH, KW).
    input_shape
        Rows and columns of the input, (H, W).

    Returns
    -------
    ndarray
        Shape (OH * OW, H * W), in the kernel's dtype. Row i belongs to output cell i
        and column j to pixel j, both counted row by row, so that
        ``matrix @ image.ravel()`` is the convolution without padding.

    Raises
    ------
    ValueError
        If the shapes are not pairs, or the kernel does not fit.

    Notes
    -----
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
    section 4.1. Taught in notebook 02.

    Examples
    --------
    >>> convolution_matrix(np.array([[1, 0], [0, 2]]), (2, 3))
    array([[1, 0, 0, 0, 2, 0],
           [0, 1, 0, 0, 0, 2]])
    """
    kernel = np.asarray(kernel)
    pixels = np.arange(np.prod(input_shape)).reshape(1, 1, *input_shape)
    met = convolution.im2col(pixels, kernel.shape)[0].T
    matrix = np.zeros((len(met), pixels.size), dtype=kernel.dtype)
    np.put_along_axis(matrix, met, kernel.ravel(), axis=1)
    return matrix
