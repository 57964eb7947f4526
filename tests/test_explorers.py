"""Explorers: pure functions over the whole grid of controls, then the widgets."""

import io
import itertools
from base64 import b64decode
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from ipywidgets import HTML, BoundedFloatText, Dropdown, IntSlider, Play
from PIL import Image
from torch.nn import functional as F

from course_utils.drawing import Hover, svg
from course_utils.explorers import convolution_state as conv_state
from course_utils.explorers import photo_state
from course_utils.explorers.convolution import convolution_explorer
from course_utils.explorers.convolution_picture import scene
from course_utils.explorers.photo import photo_explorer
from course_utils.explorers.photo_picture import describe_output, draw
from course_utils.explorers.view import Explorer

SVG = "{http://www.w3.org/2000/svg}"
WIDE = ((1, 2, 3, 4, 5), (6, 7, 8, 9, 0), (-1, 0, 2.5, 0, 1))
CONTROLS = (IntSlider, BoundedFloatText, Dropdown, Play)


def settled_states() -> list[conv_state.State]:
    images = (*conv_state.IMAGES.values(), WIDE)
    grid = itertools.product(images, conv_state.MODES, *conv_state.CHOICES.values())
    names = ("image", "mode", *conv_state.CHOICES)
    states = (conv_state.State(**dict(zip(names, v, strict=True))) for v in grid)
    return sorted(set(map(conv_state.settle, states)), key=repr)


STATES = settled_states()
PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32), dtype=np.uint8)


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


@pytest.mark.parametrize("preset", photo_state.PRESETS)
def test_photo_output_agrees_with_pytorch(preset: str):
    state = photo_state.change(photo_state.State(bias=-20), "preset", preset)
    pixels = photo_state.as_pixels(PHOTO)
    kernel = torch.tensor(state.weights, dtype=torch.float64).reshape(1, 1, 3, 3)
    expected = F.conv2d(torch.tensor(PHOTO)[None, None].double(), kernel)[0, 0]
    np.testing.assert_allclose(
        photo_state.convolve(pixels, state),
        expected.numpy() / state.divisor - 20,
        atol=1e-3,
    )


def test_flat_areas_stay_flat_or_vanish():
    flat = np.full((5, 5), 100.0)
    for name, preset in photo_state.PRESETS.items():
        state = photo_state.change(photo_state.State(), "preset", name)
        left = 0 if state.is_signed else 100
        np.testing.assert_allclose(photo_state.convolve(flat, state), left, atol=1e-9)
        assert preset.hint in describe_output(flat, state)


def test_weights_are_numbered_row_by_row():
    state = photo_state.change(photo_state.State(), "weight5", -3.5)
    assert state.weights == (0, 0, 0, 0, 1, -3.5, 0, 0, 0)
    assert state.preset == "custom"


def test_colours_of_numbers():
    values = np.array([[-1000.0, 0, 1000]])
    grey = Image.open(io.BytesIO(draw(values, signed=False, zoom=2)))
    assert grey.size == (6, 2)
    assert list(grey.resize((3, 1), 0).tobytes()) == [0, 0, 255]
    blue, white, red = np.asarray(
        Image.open(io.BytesIO(draw(values, signed=True))).convert("RGB")
    )[0].astype(int)
    assert blue[2] > blue[0] + 50 and red[0] > red[2] + 50
    assert white.min() > 240 and np.ptp(white) <= 2


def test_caption_counts_clipped_numbers():
    output = np.array([[-5.0, 100, 300, 200]])
    assert "50%" in describe_output(output, photo_state.State())
    assert "from -5 to 300" in describe_output(output, photo_state.State())


def test_float_photo_means_the_same_as_integers():
    np.testing.assert_allclose(
        photo_state.as_pixels(PHOTO / 255), photo_state.as_pixels(PHOTO), atol=1e-4
    )


@pytest.mark.parametrize(
    ("photo", "match"),
    [
        (np.zeros((4, 4, 3)), "mean"),
        (np.zeros((600, 30)), r"photo\[::3, ::3\]"),
        (np.zeros((2, 9)), "3 to 256"),
        (np.full((4, 4), 200.0), "Divide by 255"),
        (np.full((4, 4), np.nan), "from nan"),
        (np.zeros((4, 4), int), "expected uint8"),
    ],
)
def test_unsuitable_photo_is_refused(photo, match):
    with pytest.raises(ValueError, match=match):
        photo_explorer(photo)


EXPLORERS = [convolution_explorer, lambda: photo_explorer(PHOTO)]


def picture_of(explorer: Explorer) -> HTML:
    return explorer.widgets.get("picture") or explorer.widgets["output"]


def settings_of(widget) -> list:
    if isinstance(widget, Dropdown):
        return [value for _, value in widget._options_full]
    return [widget.max, widget.min, (widget.min + widget.max) // 2]


@pytest.mark.parametrize("make", EXPLORERS)
def test_every_control_redraws_once_and_without_error(make):
    names = [n for n, w in make().widgets.items() if isinstance(w, CONTROLS)]
    for name in names:
        explorer, pictures = make(), []
        picture_of(explorer).observe(lambda e, p=pictures: p.append(e.new), "value")
        widget = explorer.widgets[name]
        for value in settings_of(widget):
            drawn = len(pictures)
            widget.value = value
            assert explorer.error.value == ""
            assert len(pictures) - drawn <= 1
            assert widget.value == value
        assert pictures, name


def test_sliders_bound_one_another_through_any_sequence_of_moves():
    random = np.random.default_rng(1)
    explorer = convolution_explorer()
    controls = {n: w for n, w in explorer.widgets.items() if isinstance(w, CONTROLS)}
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


def test_editing_a_weight_makes_the_kernel_custom():
    widgets = photo_explorer(PHOTO).widgets
    widgets["preset"].value = "box blur"
    assert [widgets[f"weight{i}"].value for i in range(9)] == [1] * 9
    assert widgets["divisor"].value == 9
    widgets["weight0"].value = 4
    assert widgets["preset"].value == "custom"
    widgets["preset"].value = "box blur"
    assert widgets["weight0"].value == 1


@pytest.mark.parametrize("make", EXPLORERS)
def test_cell_output_has_view_still_and_text(make):
    bundle = make()._repr_mimebundle_(include=None, exclude=None)
    view = bundle.pop("application/vnd.jupyter.widget-view+json")
    assert (view["version_major"], view["version_minor"]) == (2, 0)
    assert view["model_id"]
    assert b64decode(bundle.pop("image/png")).startswith(b"\x89PNG\r\n\x1a\n")
    assert bundle == {"text/plain": repr(make())}


def test_still_leaves_room_in_a_notebook_of_one_megabyte():
    noise = np.random.default_rng(0).integers(0, 256, (256, 256), dtype=np.uint8)
    bundle = photo_explorer(noise)._repr_mimebundle_()
    assert len(bundle["image/png"]) < 400_000


def test_explorers_on_one_page_do_not_share_style():
    pictures = [convolution_explorer().widgets["picture"].value for _ in range(2)]
    scopes = {ElementTree.fromstring(picture).get("class") for picture in pictures}
    assert len(scopes) == 2


@dataclass(frozen=True)
class Number:
    value: int = 0


def test_error_is_shown_until_the_next_success():
    def show(state: Number) -> dict:
        return {"picture": {"value": f"{1 / (state.value - 2):.2f} <"}}

    slider, picture = IntSlider(max=9), HTML()
    explorer = Explorer(
        "Test",
        Number(),
        {"value": slider, "picture": picture},
        controls=slider,
        picture=picture,
        change=lambda state, name, value: replace(state, **{name: value}),
        show=show,
        still=lambda state: b"",
    )
    assert explorer.error.layout.display == "none"
    slider.value = 2
    assert "ZeroDivisionError" in explorer.error.value
    assert explorer.error.layout.display != "none"
    assert (explorer.state, picture.value) == (Number(0), "-0.50 <")
    slider.value = 3
    assert explorer.error.value == "" and explorer.error.layout.display == "none"
    assert (explorer.state, picture.value) == (Number(3), "1.00 <")
