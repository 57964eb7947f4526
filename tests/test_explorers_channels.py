"""The channel explorer: its numbers, places in memory, pictures and words."""

import io
import itertools
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from course_utils.drawing import Hover, Label, svg
from course_utils.explorers.channels import channel_explorer
from course_utils.explorers.channels.memory import memory_scene
from course_utils.explorers.channels.picture import (
    SIDE,
    WIDTH,
    draw_photo,
    pixel_scene,
    zoom,
)
from course_utils.explorers.channels.state import (
    LAYOUTS,
    VIEWS,
    State,
    arranged,
    as_photo,
    change,
    in_memory,
    patch,
    seen,
)

PHOTO = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
PIXELS = [*np.ndindex(PHOTO.shape[:2])]
STATES = [
    State(view, layout, row, column)
    for view, layout, (row, column) in itertools.product(
        VIEWS, LAYOUTS.values(), PIXELS
    )
]


def in_torch(photo: np.ndarray, layout: str) -> torch.Tensor:
    batch = torch.tensor(photo)[None]
    return batch if layout == "NHWC" else batch.permute(0, 3, 1, 2).contiguous()


def texts(scene) -> list[str]:
    tree = ElementTree.fromstring(svg(scene))
    return ["".join(text.itertext()) for text in tree.iter() if text.tag[-4:] == "text"]


@pytest.mark.parametrize("layout", LAYOUTS.values())
def test_axes_and_steps_agree_with_pytorch(layout):
    for photo in (PHOTO, PHOTO[:2, :3], as_photo(None)):
        ours, theirs = arranged(photo, layout), in_torch(photo, layout)
        assert ours.shape == tuple(theirs.shape)
        assert ours.strides == theirs.stride()
        np.testing.assert_array_equal(ours, theirs)


def test_every_number_is_where_pytorch_has_it():
    for state in STATES:
        whole = in_torch(PHOTO, state.layout).flatten()
        small = in_torch(patch(state, PHOTO), state.layout).flatten()
        numbers = list(in_memory(state, PHOTO))
        assert [number.place for number in numbers] == list(range(18))
        for n in numbers:
            assert n.value == whole[n.place_in_photo] == small[n.place]
            assert n.value == PHOTO[n.row, n.column, n.channel]
            assert (
                n.value == patch(state, PHOTO)[n.patch_row, n.patch_column, n.channel]
            )


def test_the_chosen_pixel_is_always_in_the_patch():
    for state in STATES:
        chosen = [
            n.place
            for n in in_memory(state, PHOTO)
            if (n.row, n.column) == (state.row, state.column)
        ]
        assert len(chosen) == 3
        step = 1 if state.layout == "NHWC" else 6
        assert np.diff(chosen).tolist() == [step, step]


def test_every_state_is_drawn():
    for state in STATES:
        memory, panel = memory_scene(state, PHOTO), pixel_scene(state, PHOTO)
        assert memory.width == WIDTH <= 800
        assert panel.width + SIDE <= 800
        hovers = [shape for shape in memory.shapes if isinstance(shape, Hover)]
        assert len(hovers) == 18
        for scene in (memory, panel):
            labels = [s for s in scene.shapes if isinstance(s, Label)]
            assert min(label.size for label in labels) >= 12
        shown = seen(PHOTO[state.row, state.column], state.view).tolist()
        assert f"{shown} on the screen" in panel.description


def test_words_name_the_places():
    state = State(layout="NCHW", row=1, column=2)
    said = memory_scene(state, PHOTO).description
    assert "pixel [1, 2] is at places 9, 44 and 79, 35 apart" in said
    assert "6 places apart" in said
    said = memory_scene(change(state, "layout", "NHWC"), PHOTO).description
    assert "at places 27, 28 and 29." in said
    assert "side by side" in said


def test_pointing_tells_what_a_number_is():
    scene = memory_scene(State(row=0, column=0), PHOTO)
    first, second, *_ = [s.description for s in scene.shapes if isinstance(s, Hover)]
    assert first.startswith(f"Row 0, column 0, R: {PHOTO[0, 0, 0]} is at place 0")
    assert second.startswith(f"Row 0, column 0, G: {PHOTO[0, 0, 1]} is at place 1")


@pytest.mark.parametrize(
    ("layout", "letters"), [("NHWC", "RGB" * 6), ("NCHW", "RRRRRRGGGGGGBBBBBB")]
)
def test_letters_stand_in_the_order_of_memory(layout, letters):
    scene = memory_scene(State(layout=layout), PHOTO)
    hovers = [shape for shape in scene.shapes if isinstance(shape, Hover)]
    found = [
        shape.text
        for hover in hovers
        for shape in hover.target
        if isinstance(shape, Label) and shape.text in "RGB"
    ]
    assert "".join(found) == letters
    assert [text for text in texts(scene) if text in ("N", "C", "H", "W")] == [*layout]


def test_views_of_a_pixel():
    pixel = np.array([200, 100, 10], np.uint8)
    expected = {
        "RGB": [200, 100, 10],
        "BGR": [10, 100, 200],
        "R": [200, 0, 0],
        "G": [0, 100, 0],
        "B": [0, 0, 10],
        "grey": [103, 103, 103],
    }
    assert {view: seen(pixel, view).tolist() for view in VIEWS} == expected


@pytest.mark.parametrize("view", VIEWS)
def test_the_photo_is_drawn_as_the_screen_gets_it(view):
    photo = as_photo(None)
    png = draw_photo(State(view), photo)
    factor = zoom(photo)
    drawn = np.asarray(Image.open(io.BytesIO(png)))[::factor, ::factor]
    assert max(drawn.shape) * factor <= SIDE
    far = slice(30, None)  # from the frame in the corner
    np.testing.assert_array_equal(drawn[far, far], seen(photo, view)[far, far])


def test_the_smallest_and_the_largest_photo():
    for shape in ((2, 3, 3), (256, 256, 3), (256, 3, 3)):
        explorer = channel_explorer(np.zeros(shape, np.uint8))
        explorer.widgets["row"].value = shape[0] - 1
        explorer.widgets["column"].value = shape[1] - 1
        assert explorer.error.value == ""
        assert (explorer.state.row, explorer.state.column) == (
            shape[0] - 1,
            shape[1] - 1,
        )


@pytest.mark.parametrize(
    ("photo", "match"),
    [
        (np.zeros((3, 9, 9), np.uint8), r"transpose\(1, 2, 0\)"),
        (np.zeros((9, 9), np.uint8), r"expected \(H, W, 3\)"),
        (np.zeros((300, 30, 3), np.uint8), r"photo\[::2, ::2\]"),
        (np.zeros((1, 9, 3), np.uint8), "2 to 256 rows"),
        (np.zeros((9, 2, 3), np.uint8), "3 to 256 columns"),
        (np.zeros((9, 9, 3)), "expected uint8"),
    ],
)
def test_unsuitable_photo_is_refused(photo, match):
    with pytest.raises(ValueError, match=match):
        channel_explorer(photo)
