"""Every number is where PyTorch has it in memory, and the words say so."""

import itertools

import numpy as np
import torch
from explorer_moves import drawn

from course_utils.chapters.start_here import channels
from course_utils.kit.scene import Hover, Label, Photo

PHOTO = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
VIEWS, LAYOUTS = channels.VIEWS.values(), channels.LAYOUTS.values()
GIVEN = itertools.product(VIEWS, LAYOUTS, range(5), range(7))
STATES = [channels.Channels(*given, photo=PHOTO) for given in GIVEN]
FIRST = channels.Channels("RGB", "NCHW", 1, 2, photo=PHOTO)
LAST = channels.Channels("RGB", "NHWC", 1, 2, photo=PHOTO)
SAYS = [
    (FIRST, "pixel [1, 2] is at places 9, 44 and 79, 35 apart"),
    (FIRST, "6 places apart"),
    (LAST, "at places 27, 28 and 29."),
    (LAST, "side by side"),
]
REFUSED = [
    (r"transpose\(1, 2, 0\)", [np.zeros((3, 9, 9), np.uint8)]),
    (r"expected \(H, W, 3\)", [np.zeros((9, 9), np.uint8)]),
    (r"photo\[::2, ::2\]", [np.zeros((300, 30, 3), np.uint8)]),
    ("2 to 256 rows", [np.zeros((1, 9, 3), np.uint8)]),
    ("3 to 256 columns", [np.zeros((9, 2, 3), np.uint8)]),
    ("expected uint8", [np.zeros((9, 9, 3))]),
]


def in_torch(photo, layout):
    batch = torch.tensor(photo)[None]
    return batch if layout == "NHWC" else batch.permute(0, 3, 1, 2).contiguous()


def test_every_number_of_a_photo_is_where_pytorch_has_it():
    for state in STATES:
        whole, small = (in_torch(a, state.layout) for a in (PHOTO, state.patch))
        assert state.arranged(PHOTO).strides == whole.stride()
        assert [number.place for number in state.numbers] == list(range(18))
        for n in state.numbers:
            value, there = state.patch[n.row, n.column, n.channel], n.place_in_photo
            assert value == whole.flatten()[there] == small.flatten()[n.place]
        same = state.patch[state.in_patch] == PHOTO[state.row, state.column]
        assert same.all()


def test_letters_stand_in_the_order_of_memory():
    for state, letters in (LAST, "RGB" * 6), (FIRST, "RRRRRRGGGGGGBBBBBB"):
        hovers, labels = drawn(state, Hover), drawn(state, Label)
        said = [hover.description.split(": ")[0][-1] for hover in hovers]
        texts = [[getattr(shape, "text", "-") for shape in h.target] for h in hovers]
        above = ["".join(text for text in row if text in "RGB") for row in texts]
        assert "".join(said) == letters and above == said
        axes = [label.text for label in labels if label.text in tuple("NCHW")]
        assert axes == [*state.layout]


def test_the_photo_is_drawn_as_the_screen_gets_it():
    pixel = np.array([200, 100, 10], np.uint8)
    expected = {"RGB": [200, 100, 10], "BGR": [10, 100, 200], "R": [200, 0, 0]}
    expected |= {"G": [0, 100, 0], "B": [0, 0, 10], "grey": [103, 103, 103]}
    assert {view: channels.seen(pixel, view).tolist() for view in VIEWS} == expected
    for state in STATES:
        (photo,) = drawn(state, Photo)
        assert photo.width / photo.height == 7 / 5
        np.testing.assert_array_equal(photo.pixels, channels.seen(PHOTO, state.view))


def test_the_smallest_and_the_largest_photo():
    for shape in (2, 3, 3), (256, 256, 3), (256, 3, 3):
        state = channels.channel_explorer(np.zeros(shape, np.uint8)).state
        last = state.after("row", shape[0] - 1).after("column", shape[1] - 1)
        assert last.in_patch == (1, 2) and last.scene().width <= 800
