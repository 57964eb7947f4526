"""Every setting computes what PyTorch does; what is said of it is true."""

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from course_utils.chapters.pooling.pooling import SEVEN, Pooling, pooling_explorer

WIDE = ((1, 2, 3, 4, 5), (6, -7, 8.25, 9, 0), (-1, 0, 2.5, 0, 1))
SAYS = [
    (Pooling(), "Predict: how many output cells change"),
    (Pooling(right=1), "4 of 16 output cells changed, 25% (underlined)."),
    (Pooling(right=1), "K = 1 with the same stride: 6 of 16, 38%."),
    (Pooling("global max", right=3, down=3), "0 of 1 output cells changed, 0%."),
    (Pooling(right=3, image=WIDE), "Numbers that fell off the edge: 7."),
    (Pooling(), "⌊(8 + 2·0 − 2) / 2⌋ + 1 = 4: 64 numbers become 16"),
    (Pooling(kernel_size=3), "windows overlap, a cell is in up to 4 of them."),
    (Pooling(kernel_size=3), "In no window, struck through: 15 cells."),
    (Pooling(stride=3), "there are gaps between the windows. In no window"),
    (Pooling("global max"), "whatever its size: 64 numbers become 1"),
    (Pooling(), "[0, 0]: max of 8, 9, 0, 0 = 9"),
    (Pooling(padding=1), "[0, 0]: max of −∞, −∞, −∞, 8 = 8"),
    (Pooling("average", padding=1), "[0, 0]: mean of 0, 0, 0, 8 = 8 / 4 = 2"),
    (Pooling("global average"), "mean of all 64 numbers = 89 / 64 = 1.39"),
]
REFUSED = [
    (r"\(9, 9\).*image\[:8, :8\]", [np.zeros((9, 9))]),
    ("finite numbers", [np.array([[1, np.nan], [0, 0]])]),
    ("finite numbers", [np.eye(3, dtype=bool)]),
]


def every_setting():
    states = [Pooling(image=image) for image in (SEVEN, WIDE)]
    for name in ("mode", "kernel_size", "padding", "stride", "right", "down"):
        states = [s.after(name, v) for s in states for v in s.choices(name)]
    return states[::3]


STATES = every_setting()


def with_torch(state, image):
    if state.is_global:
        pool = {"max": F.adaptive_max_pool2d, "average": F.adaptive_avg_pool2d}
        return pool[state.operation](image, 1)[0, 0].numpy()
    pool = {"max": F.max_pool2d, "average": F.avg_pool2d}[state.operation]
    return pool(image, state.kernel_size, state.stride, state.padding)[0, 0].numpy()


def moved(state, right, down):
    rows, columns = state.shape
    image = torch.tensor(state.image, dtype=float)
    return F.pad(image, (right, 0, down, 0))[:rows, :columns][None, None]


def test_every_output_is_pytorchs_and_so_is_what_a_shift_changes():
    assert len(STATES) > 500
    for state in STATES:
        expected = with_torch(state, moved(state, state.right, state.down))
        np.testing.assert_allclose(state.output, expected)
        before = with_torch(state, moved(state, 0, 0))
        np.testing.assert_array_equal(state.changed, ~np.isclose(before, expected))
        if not state.is_global:
            *rows, columns = state.rules()[:-1]
            assert f"+ 1 = {expected.shape[1]}: " in columns
            assert all(text.endswith(f"+ 1 = {len(expected)}") for text in rows)


def test_the_winner_is_the_first_in_reading_order_as_in_pytorch():
    for size in (2, 3, 4):
        state = Pooling(kernel_size=size, stride=1, right=1)
        _, indices = F.max_pool2d(moved(state, 1, 0), size, 1, return_indices=True)
        for place in np.ndindex(state.output.shape):
            (row,), (column,) = state.winner(place)
            assert row * 8 + column == indices[0, 0][place]


def test_cells_are_read_as_often_as_gradients_of_a_sum_arrive():
    for state in [s for s in STATES[::3] if not s.is_global]:
        image = torch.ones(1, 1, *state.shape, requires_grad=True)
        sizes = state.kernel_size, state.stride, state.padding
        F.avg_pool2d(image, *sizes, divisor_override=1).sum().backward()
        np.testing.assert_array_equal(state.reads, image.grad[0, 0])


def test_own_image_is_pooled():
    state = pooling_explorer(np.arange(20, dtype=np.uint8).reshape(4, 5)).state
    assert state.output.tolist() == [[6, 8], [16, 18]]
    assert replace(state, image=SEVEN[:2]).choices("kernel_size") == [1, 2]
