"""Convolution and pooling agree with PyTorch on many random cases."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from course_utils.convolution import (
    conv2d,
    cosine_map,
    im2col,
    pad,
    pool2d,
    shifted_views,
)
from course_utils.sizes import padding_margins

IMAGE = np.array([[10, 20, 30, 40], [0, 1, 0, 1], [30, 0, 10, 20], [0, 10, 20, 30]])
KERNEL = np.array([[1, 0], [0, 2]])

sizes = st.integers(1, 9)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def convolutions(draw):
    """Shapes and options for which at least one window fits."""
    n, c, f = draw(st.tuples(*[st.integers(1, 3)] * 3))
    height, width = draw(st.tuples(sizes, sizes))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    stride, dilation = draw(pairs), draw(pairs)
    for size, k, p, d in zip((height, width), kernel, padding, dilation, strict=True):
        assume(d * (k - 1) + 1 <= size + 2 * p)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    images = random.standard_normal((n, c, height, width))
    weight = random.standard_normal((f, c, *kernel))
    return images, weight, {"stride": stride, "padding": padding, "dilation": dilation}


@given(convolutions())
def test_conv2d_is_pytorchs(case):
    images, weight, options = case
    bias = np.arange(len(weight), dtype=float)
    expected = F.conv2d(*map(torch.tensor, (images, weight, bias)), **options)
    ours = conv2d(images, weight, bias, **options)
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@given(convolutions(), st.sampled_from(["valid", "same", "full"]))
def test_padding_modes_are_pytorchs_with_the_margins_given(case, mode):
    images, weight, options = case
    options = {"dilation": options["dilation"]}
    rows, columns = padding_margins(mode, weight.shape[2:], **options)
    padded = F.pad(torch.tensor(images), (*columns, *rows))
    spans = [d * (k - 1) for d, k in zip(options["dilation"], weight.shape[2:])]
    assume(all(n > span for n, span in zip(padded.shape[2:], spans)))
    expected = F.conv2d(padded, torch.tensor(weight), **options)
    ours = conv2d(images, weight, padding=mode, **options)
    np.testing.assert_allclose(ours, expected, atol=1e-12)
    if mode == "same":
        assert ours.shape[2:] == images.shape[2:]


@given(convolutions())
def test_im2col_is_pytorchs_unfold(case):
    images, weight, options = case
    expected = F.unfold(torch.tensor(images), weight.shape[2:], **options)
    np.testing.assert_array_equal(im2col(images, weight.shape[2:], **options), expected)


@given(convolutions(), st.booleans())
def test_pool2d_is_pytorchs(case, by_default_stride):
    images, weight, options = case
    size = weight.shape[2:]
    padding = tuple(min(p, k // 2) for p, k in zip(options["padding"], size))
    assume(all(k <= n + 2 * p for n, k, p in zip(images.shape[2:], size, padding)))
    stride = None if by_default_stride else options["stride"]
    for mode, peer in (("max", F.max_pool2d), ("average", F.avg_pool2d)):
        ours = pool2d(images, size, mode=mode, stride=stride, padding=padding)
        expected = peer(torch.tensor(images), size, stride=stride, padding=padding)
        np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("valid", [[12, 20, 32], [0, 21, 40], [50, 40, 70]]),
        ("same", [[12, 20, 32, 40], [0, 21, 40, 1], [50, 40, 70, 20], [0, 10, 20, 30]]),
        (
            "full",
            [
                [20, 40, 60, 80, 0],
                [0, 12, 20, 32, 40],
                [60, 0, 21, 40, 1],
                [0, 50, 40, 70, 20],
                [0, 0, 10, 20, 30],
            ],
        ),
    ],
)
def test_the_worked_example(padding, expected):
    output = conv2d(IMAGE, KERNEL, padding=padding)
    assert output.tolist() == expected
    assert output.dtype.kind == "i"


def test_true_convolution_turns_the_kernel():
    flipped = conv2d(IMAGE, KERNEL[::-1, ::-1])
    assert flipped.tolist() == [[21, 40, 61], [0, 12, 20], [70, 20, 50]]


def test_channels_without_a_batch_stay_without_one():
    assert conv2d(np.ones((3, 5, 6)), np.ones((2, 3, 3, 3))).shape == (2, 3, 4)


def test_small_integers_do_not_wrap_around():
    image = np.full((2, 2), 200, dtype=np.uint8)
    assert conv2d(image, np.full((2, 2), 2, dtype=np.uint8)).item() == 1600


def test_halves_are_added_up_in_full_as_in_pytorch():
    image, kernel = np.full((1, 3000), 3, "f2"), np.full((1, 3000), 0.7, "f2")
    found, (products,) = conv2d(image, kernel), image.astype(float) * kernel
    assert (found.dtype, found.item()) == (np.float16, np.float16(products.sum()))


def test_the_input_is_left_alone():
    image, kernel = IMAGE.copy(), KERNEL.copy()
    conv2d(image, kernel, bias=3, padding=1, stride=2)
    pool2d(image, 2)
    assert np.array_equal(image, IMAGE)
    assert np.array_equal(kernel, KERNEL)


def test_max_pooling_never_picks_the_padding():
    assert pool2d(np.full((2, 2), -5), 2, padding=1, stride=2).max() == -5


def test_a_boolean_window_is_true_if_any_of_its_cells_is():
    cells = np.array([[False, False, True], [False, False, False]])
    pooled = pool2d(cells, 2, stride=1, padding=1)
    assert pooled.dtype == bool
    assert pooled.tolist() == [[False, False, True, True]] * 2 + [[False] * 4]


def test_shifted_views_share_memory_with_the_image():
    for _, _, view in shifted_views(IMAGE, 2):
        assert np.shares_memory(view, IMAGE)


def test_pad_fills_with_the_value():
    assert pad(np.ones((1, 1)), 1, padding=1, value=7).sum() == 1 + 8 * 7


def test_a_pixel_that_is_not_a_number_stays_seen():
    image = np.where(IMAGE == 30, np.nan, IMAGE)
    assert np.isnan(cosine_map(image, KERNEL)).tolist() == [
        [False, True, True],
        [True, False, False],
        [True, False, True],
    ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: conv2d(np.ones((2, 2)), np.ones((3, 3))), "does not fit"),
        (lambda: conv2d(IMAGE, KERNEL, padding="same", stride=2), "stride=1"),
        (lambda: conv2d(IMAGE, KERNEL, padding="some"), "'valid' or 'same' or 'full'"),
    ],
)
def test_bad_input_is_told_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
