"""Finding patterns and writing convolution as a matrix agree with PyTorch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.convolution import (
    WORKED_IMAGE,
    WORKED_KERNEL,
    conv2d,
    convolution_matrix,
    cosine_map,
    toeplitz_1d,
)

many = settings(max_examples=1000, derandomize=True, deadline=None)
spans = st.tuples(st.integers(0, 6), st.integers(1, 4))


@st.composite
def planes(draw):
    """An image and a kernel that fits, with zeros among small whole numbers."""
    (more_rows, rows), (more_columns, columns) = draw(spans), draw(spans)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    image = random.integers(-2, 3, (rows + more_rows, columns + more_columns))
    image[:, : draw(st.integers(0, columns))] = 0
    return image, random.integers(-2, 3, (rows, columns))


def windows(image, kernel):
    """All windows as rows, by PyTorch."""
    image = torch.tensor(image, dtype=torch.float64)[None, None]
    return F.unfold(image, kernel.shape)[0].T


@many
@given(planes())
def test_cosine_map_is_pytorchs_cosine_similarity(case):
    image, kernel = case
    weights = torch.tensor(kernel, dtype=torch.float64).ravel()
    expected = F.cosine_similarity(windows(image, kernel), weights[None], dim=1)
    ours = cosine_map(image, kernel)
    assert ours.shape == conv2d(image, kernel).shape
    assert ours.dtype == np.float64
    np.testing.assert_allclose(ours.ravel(), expected, atol=1e-12)


@many
@given(planes(), st.floats(0.001, 1000))
def test_cosine_map_ignores_brightness(case, factor):
    image, kernel = case
    brighter = cosine_map(factor * image, kernel)
    np.testing.assert_allclose(brighter, cosine_map(image, kernel), atol=1e-12)


@many
@given(planes())
def test_toeplitz_1d_is_pytorchs_conv1d(case):
    signal, kernel = (array[0] for array in case)
    matrix = toeplitz_1d(kernel, len(signal))
    tensors = (torch.tensor(array)[None, None] for array in (signal, kernel))
    assert matrix.shape == (len(signal) - len(kernel) + 1, len(signal))
    np.testing.assert_array_equal(matrix @ signal, F.conv1d(*tensors)[0, 0])


@many
@given(planes())
def test_convolution_matrix_is_pytorchs_conv2d(case):
    image, kernel = case
    matrix = convolution_matrix(kernel, image.shape)
    tensors = (torch.tensor(array)[None, None] for array in (image, kernel))
    expected = F.conv2d(*tensors)[0, 0]
    assert matrix.shape == (expected.numel(), image.size)
    np.testing.assert_array_equal(matrix @ image.ravel(), expected.ravel())
    assert np.count_nonzero(matrix) == len(matrix) * np.count_nonzero(kernel)


@many
@given(planes())
def test_a_kernel_of_one_row_gives_the_same_matrix_either_way(case):
    image, kernel = (array[:1] for array in case)
    np.testing.assert_array_equal(
        convolution_matrix(kernel, image.shape), toeplitz_1d(kernel[0], image.size)
    )


def test_the_worked_example_is_a_matrix_with_18_of_144_numbers():
    matrix = convolution_matrix(np.array(WORKED_KERNEL), (4, 4))
    assert matrix.shape == (9, 16)
    assert np.count_nonzero(matrix) == 18
    output = [12, 20, 32, 0, 21, 40, 50, 40, 70]
    assert (matrix @ np.ravel(WORKED_IMAGE)).tolist() == output


def test_matrices_have_the_kernels_dtype():
    for dtype in (np.int8, np.float32):
        assert toeplitz_1d(np.ones(2, dtype), 3).dtype == dtype
        assert convolution_matrix(np.ones((2, 2), dtype), (3, 3)).dtype == dtype


def test_the_cosine_of_small_integers_does_not_wrap_around():
    bright = np.full((2, 2), 255, dtype=np.uint8)
    assert cosine_map(bright, bright).item() == pytest.approx(1)


def test_nothing_has_no_direction():
    image = np.zeros((3, 3))
    image[2, 2] = 1
    assert cosine_map(image, np.ones((2, 2))).tolist() == [[0, 0], [0, 0.5]]
    assert not cosine_map(np.ones((3, 3)), np.zeros((2, 2))).any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cosine_map(np.ones((2, 2)), np.ones((3, 3))), "does not fit"),
        (lambda: cosine_map(np.ones(3), np.ones(2)), r"expected \(H, W\)"),
        (
            lambda: cosine_map(np.ones((2, 2, 2)), np.ones((1, 2, 1, 1))),
            r"expected \(H, W\)",
        ),
        (lambda: toeplitz_1d(np.ones(3), 2), "does not fit"),
        (lambda: toeplitz_1d(np.ones((2, 2)), 4), r"expected \(K\)"),
        (lambda: convolution_matrix(np.ones((3, 3)), (2, 4)), "does not fit"),
        (lambda: convolution_matrix(np.ones(3), (4, 4)), r"\(3,\); expected \(H, W\)"),
        (lambda: convolution_matrix(np.ones((2, 2)), (4, 4, 3)), "a pair of them"),
    ],
)
def test_bad_input_is_told_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
