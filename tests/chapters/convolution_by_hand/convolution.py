"""Every setting computes what PyTorch does; what is said of it is true."""

import itertools
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from course_utils.chapters.convolution_by_hand.convolution import convolution_explorer

WIDE = ((1, 2, 3, 4, 5), (6, 7, 8, 9, 0), (-1, 0, 2.5, 0, 1))
START = convolution_explorer().state
LETTER = replace(START, image=START.images["letter T, 7 × 7"])
IMAGES, MODES = (*START.images.values(), WIDE), START.choices("mode")
RANGES = range(1, 5), range(4), range(1, 4), range(1, 4)
VALUES = itertools.product(IMAGES, MODES, *RANGES)
STATES = {replace(START, **dict(zip(START.controls(), v))).settled("") for v in VALUES}
EDGES, OURS = START.after("kernel_size", 3), "a kernel of the explorer's own, for"
PADDED = START.after("kernel_size", 4).after("padding", 1)
ROOM = "6 cells of padding, and the picture has room for 3"
SAYS = [
    (START, "Output cell [0, 0]: 1·10 + 0·20 + 0·0 + 2·1 = 12"),
    (EDGES, "(-1)·10 + 0·20 + 1·30 + (-2)·0"),
    (EDGES, f"K = 3: {OURS} upright edges."),
    (PADDED, "D stops at 1: D = 2 would need 7 cells, and the padded image has 6."),
    (PADDED.after("mode", "full"), f"D stops at 1: D = 2 would need {ROOM}."),
]
REFUSED = [
    (r"\(9, 9\).*image\[:6, :6\]", [np.zeros((9, 9))]),
    ("expected", [np.zeros(4)]),
    ("image is 'seven'", ["seven"]),
    (r"\(K, K\)", [None, np.zeros((2, 3))]),
    (r"\(K, K\)", [None, np.float64(1)]),
    ("from 1 to 4", [None, np.zeros((5, 5))]),
    ("larger than the image", [np.zeros((2, 2)), np.zeros((3, 3))]),
]


def with_torch(state):
    arrays = state.image, state.kernel
    image, kernel = (torch.tensor(a, dtype=float)[None, None] for a in arrays)
    total = state.dilation * (state.kernel_size - 1)
    same = (total // 2, total - total // 2)
    margins = {"valid": (0, 0), "same": same, "full": (total, total)}
    margins = margins.get(state.mode, (state.padding, state.padding))
    image = F.pad(image, margins * 2)
    return F.conv2d(image, kernel, stride=state.stride, dilation=state.dilation)[0, 0]


def test_every_output_is_pytorchs_and_its_size_is_said():
    for state in STATES:
        np.testing.assert_array_equal(state.output, with_torch(state), str(state))
        rules = [text for text in state.notes() if "⌊" in text]
        height, width = state.output.shape
        assert rules[0].endswith(f" = {height}") and rules[-1].endswith(f" = {width}")


def test_a_slider_that_stops_early_says_why():
    for state in STATES:
        ends = [state.choices(name)[-1] for name in ("kernel_size", "dilation")]
        assert len(state.limits()) == (ends[0] < 4) + (ends[1] < 3)


def test_mode_that_leaves_no_room_shrinks_the_dilation_first():
    roomy = replace(LETTER, kernel_size=4, mode="custom", padding=3, dilation=3)
    tight = replace(roomy, stride=2).after("mode", "valid")
    assert (tight.dilation, tight.kernel_size, tight.stride) == (2, 4, 2)


def test_only_kernels_that_the_reader_did_not_give_are_named():
    own = convolution_explorer(np.array(WIDE) > 2, np.array([[0.5]])).state
    assert not any(text.startswith("K = 1:") for text in own.notes())
    np.testing.assert_array_equal(own.output, 0.5 * (np.array(WIDE) > 2))
