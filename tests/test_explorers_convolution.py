"""The convolution explorer: pure functions over the whole grid of controls."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from torch.nn import functional as F

from course_utils.drawing import Hover, svg
from course_utils.explorers.convolution import convolution_explorer
from course_utils.explorers.convolution import state as conv_state
from course_utils.explorers.convolution.picture import scene

SVG = "{http://www.w3.org/2000/svg}"
WIDE = ((1, 2, 3, 4, 5), (6, 7, 8, 9, 0), (-1, 0, 2.5, 0, 1))


def settled_states() -> list[conv_state.State]:
    images = (*conv_state.IMAGES.values(), WIDE)
    grid = itertools.product(images, conv_state.MODES, *conv_state.CHOICES.values())
    names = ("image", "mode", *conv_state.CHOICES)
    states = (conv_state.State(**dict(zip(names, v, strict=True))) for v in grid)
    return sorted(set(map(conv_state.settle, states)), key=repr)


STATES = settled_states()


def with_torch(state: conv_state.State) -> np.ndarray:
    image = torch.tensor(state.image, dtype=torch.float64)[None, None]
    kernel = torch.tensor(state.kernels[state.kernel_size - 1], dtype=torch.float64)[
        None, None
    ]
    total = state.dilation * (state.kernel_size - 1)
    before, after = {
        "valid": (0, 0),
        "same": (total // 2, total - total // 2),
        "full": (total, total),
        "custom": (state.padding, state.padding),
    }[state.mode]
    padded = F.pad(image, (before, after, before, after))
    output = F.conv2d(padded, kernel, stride=state.stride, dilation=state.dilation)
    return output[0, 0].numpy()


def test_every_state_agrees_with_pytorch_and_fits():
    for state in STATES:
        result = conv_state.compute(state)
        np.testing.assert_array_equal(result.output, with_torch(state), str(state))
        window = state.dilation * (state.kernel_size - 1) + 1
        assert window <= min(result.padded.shape)
        assert 1 <= state.step <= result.output.size
        assert max(result.margins) <= 3
        assert state.padding == result.margins[0]


def test_every_state_is_drawn():
    for state in STATES:
        output = conv_state.compute(state).output
        state = replace(state, step=output.size)
        picture = scene(state)
        tree = ElementTree.fromstring(svg(picture, scope="one"))
        assert picture.width <= 800
        windows = [s.description for s in picture.shapes if isinstance(s, Hover)]
        assert len(windows) == output.size
        assert len(tree.findall(f"{SVG}g[@class='target']")) == output.size
        assert tree.get("aria-label").endswith(windows[-1])
        texts = ["".join(text.itertext()) for text in tree.iter(f"{SVG}text")]
        for name, cells in zip(("rows", "columns"), output.shape, strict=True):
            rules = [t for t in texts if "⌊" in t and (name in t or ":" not in t)]
            assert [rule.rsplit(" = ")[-1] for rule in rules] == [str(cells)]


def test_every_slider_keeps_what_the_user_chose():
    for state in STATES:
        for name in conv_state.CHOICES:
            allowed = conv_state.choices(state, name)
            assert getattr(state, name) in allowed
            assert allowed == list(range(allowed[0], allowed[-1] + 1))
            for value in allowed:
                moved = conv_state.change(state, name, value)
                assert getattr(moved, name) == value
                for other in {"kernel_size", "stride", "dilation"} - {name}:
                    assert getattr(moved, other) == getattr(state, other)


def test_choices_exclude_kernels_that_do_not_fit():
    state = conv_state.State()
    assert conv_state.choices(state, "kernel_size") == [1, 2, 3, 4]
    assert conv_state.choices(replace(state, dilation=3), "kernel_size") == [1, 2]
    assert conv_state.choices(replace(state, mode="same"), "stride") == [1]


def test_a_slider_that_stops_early_says_why():
    state = conv_state.State(kernel_size=3)
    assert conv_state.limits(state) == [
        "D stops at 1: D = 2 would need 5 cells, and the image has 4."
    ]
    state = conv_state.change(replace(state, kernel_size=4), "padding", 1)
    assert conv_state.limits(state) == [
        "D stops at 1: D = 2 would need 7 cells, and the padded image has 6."
    ]
    assert conv_state.limits(conv_state.change(state, "mode", "full")) == [
        "D stops at 1: D = 2 would need 6 cells of padding, and the picture has room "
        "for 3."
    ]
    for state in STATES:
        names = ("kernel_size", "dilation")
        tops = [conv_state.choices(state, name)[-1] for name in names]
        early = (tops[0] < 4) + (tops[1] < 3)
        assert len(conv_state.limits(state)) == early


def test_a_kernel_that_the_reader_did_not_give_is_explained():
    def texts(state):
        return [getattr(shape, "text", "") for shape in scene(state).shapes]

    given = conv_state.initial_state(None, np.eye(3))
    ours = "K = 3: a kernel of the explorer's own, for upright edges."
    assert ours in texts(conv_state.State(kernel_size=3))
    assert not any(text.startswith("K = 3:") for text in texts(given))


def test_mode_that_leaves_no_room_shrinks_the_dilation_first():
    image = conv_state.IMAGES["letter T, 7 × 7"]
    roomy = conv_state.State(
        image, kernel_size=4, mode="custom", padding=3, dilation=3, stride=2
    )
    tight = conv_state.change(roomy, "mode", "valid")
    assert (tight.dilation, tight.kernel_size, tight.stride) == (2, 4, 2)


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [
        ("valid", "1·10 + 0·20 + 0·0 + 2·1 = 12", "1·10 + 0·20 + 0·20 + 2·30 = 70"),
        ("full", "1·0 + 0·0 + 0·0 + 2·10 = 20", "1·30 + 0·0 + 0·0 + 2·0 = 30"),
    ],
)
def test_worked_example_in_words(mode: str, first: str, last: str):
    state = conv_state.change(conv_state.State(), "mode", mode)
    windows = [s.description for s in scene(state).shapes if isinstance(s, Hover)]
    assert windows[0] == f"Output cell [0, 0]: {first}"
    assert windows[-1].endswith(last)


def test_negative_weights_stand_in_brackets():
    state = conv_state.settle(conv_state.State(kernel_size=3))
    assert "(-1)·10 + 0·20 + 1·30 + (-2)·0" in scene(state).description


def test_cells_after_the_step_are_empty():
    tree = ElementTree.fromstring(svg(scene(conv_state.State(step=2))))
    cells = tree.findall(f"{SVG}g[@class='target']")
    assert [g.findtext(f"{SVG}text") for g in cells] == ["12", "20", *[None] * 7]


@pytest.mark.parametrize(
    ("image", "kernel", "match"),
    [
        (np.zeros((9, 9)), None, r"\(9, 9\).*image\[:6, :6\]"),
        (np.zeros(4), None, "expected"),
        (None, np.zeros((2, 3)), r"\(K, K\)"),
        (None, np.float64(1), r"\(K, K\)"),
        (None, np.zeros((5, 5)), "from 1 to 4"),
        (np.zeros((2, 2)), np.zeros((3, 3)), "larger than the image"),
    ],
)
def test_unsuitable_image_or_kernel_is_refused(image, kernel, match):
    with pytest.raises(ValueError, match=match):
        convolution_explorer(image, kernel)


def test_own_image_and_kernel_are_shown():
    explorer = convolution_explorer(np.array(WIDE), np.array([[0.5]]))
    assert explorer.state.image == WIDE
    np.testing.assert_array_equal(
        conv_state.compute(explorer.state).output, 0.5 * np.array(WIDE)
    )


def test_sliders_bound_one_another_through_any_sequence_of_moves():
    random = np.random.default_rng(1)
    explorer = convolution_explorer()
    controls = controls_of(explorer)
    for _ in range(150):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        state = explorer.state
        assert explorer.error.value == ""
        assert state == conv_state.settle(state)
        assert controls["play"].value == controls["step"].value == state.step
        for name in conv_state.CHOICES:
            allowed, slider = conv_state.choices(state, name), controls[name]
            assert slider.value == getattr(state, name)
            assert slider.min == allowed[0] and slider.min < slider.max
            assert slider.disabled or slider.max == allowed[-1]
