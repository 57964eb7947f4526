"""Finding patterns and writing convolution as a matrix agree with PyTorch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from course_utils.convolution import conv2d, convolution_matrix, cosine_map, toeplitz_1d

spans = st.tuples(st.integers(0, 6), st.integers(1, 4))


@st.composite
def planes(draw):
    """An image and a kernel that fits, with zeros among small whole numbers."""
    (more_rows, rows), (more_columns, columns) = draw(spans), draw(spans)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    image = random.integers(-2, 3, (rows + more_rows, columns + more_columns))
    image[:, : draw(st.integers(0, columns))] = 0
    return image, random.integers(-2, 3, (rows, columns))


@given(planes(), st.sampled_from([1, 0.001, 7.5, 1000]))
def test_cosine_map_is_pytorchs_whatever_the_brightness(case, factor):
    image, kernel = case
    pixels, weights = (torch.tensor(a, dtype=float) for a in case)
    windows = F.unfold(pixels[None, None], kernel.shape)[0].T
    expected = F.cosine_similarity(windows, weights.reshape(1, -1), dim=1)
    ours = cosine_map(factor * image, kernel)
    assert ours.shape == conv2d(image, kernel).shape
    assert ours.dtype == np.float64
    np.testing.assert_allclose(ours.ravel(), expected, atol=1e-12)


@given(planes())
def test_toeplitz_1d_is_pytorchs_conv1d(case):
    signal, kernel = (array[0] for array in case)
    matrix = toeplitz_1d(kernel, len(signal))
    tensors = (torch.tensor(array)[None, None] for array in (signal, kernel))
    assert matrix.shape == (len(signal) - len(kernel) + 1, len(signal))
    np.testing.assert_array_equal(matrix @ signal, F.conv1d(*tensors)[0, 0])


@given(planes())
def test_convolution_matrix_is_pytorchs_conv2d(case):
    image, kernel = case
    matrix = convolution_matrix(kernel, image.shape)
    tensors = (torch.tensor(array)[None, None] for array in (image, kernel))
    expected = F.conv2d(*tensors)[0, 0]
    assert matrix.shape == (expected.numel(), image.size)
    np.testing.assert_array_equal(matrix @ image.ravel(), expected.ravel())
    assert np.count_nonzero(matrix) == len(matrix) * np.count_nonzero(kernel)


def test_matrices_have_the_kernels_dtype():
    for dtype in (np.int8, np.float32):
        assert toeplitz_1d(np.ones(2, dtype), 3).dtype == dtype
        assert convolution_matrix(np.ones((2, 2), dtype), (3, 3)).dtype == dtype


def test_the_cosine_of_uint8_does_not_wrap_around_and_nothing_has_no_direction():
    bright, one = np.full((2, 2), 255, dtype=np.uint8), np.pad([[1]], ((2, 0), (2, 0)))
    assert cosine_map(bright, bright).item() == pytest.approx(1)
    assert cosine_map(one, np.ones((2, 2))).tolist() == [[0, 0], [0, 0.5]]
    assert not cosine_map(np.ones((3, 3)), np.zeros((2, 2))).any()
