"""The pooling explorer: pure functions over the whole grid of controls."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from explorer_moves import controls_of, settings_of
from text_room import labels_of, outside
from torch.nn import functional as F

from course_utils.drawing import Hover, Line, Resting, svg
from course_utils.explorers.pooling import pooling_explorer
from course_utils.explorers.pooling.picture import WINNER, scene
from course_utils.explorers.pooling.state import (
    MODES,
    SEVEN,
    SLIDERS,
    Result,
    State,
    change,
    choices,
    initial_state,
)
from course_utils.explorers.pooling.words import calculation, findings, rules

SVG = "{http://www.w3.org/2000/svg}"
WIDE = ((1, 2, 3, 4, 5), (6, -7, 8.25, 9, 0), (-1, 0, 2.5, 0, 1))


def valid_states() -> list[State]:
    """Every setting of every control."""
    states = [State(*start) for start in itertools.product((SEVEN, WIDE), MODES)]
    for name in SLIDERS:
        states = [
            replace(state, **{name: value})
            for state in states
            for value in choices(state, name)
        ]
    return states


STATES = valid_states()
DRAWN = [s for s in STATES if (s.right, s.down) in ((0, 0), (3, 2))][::2]


def moved(state: State) -> torch.Tensor:
    image = torch.tensor(state.image, dtype=torch.float64)
    rows, columns = image.shape
    shifted = F.pad(image, (state.right, 0, state.down, 0))[:rows, :columns]
    return shifted[None, None]


def with_torch(state: State, image: torch.Tensor) -> np.ndarray:
    if state.is_global:
        pool = {"max": F.adaptive_max_pool2d, "average": F.adaptive_avg_pool2d}
        return pool[state.operation](image, 1)[0, 0].numpy()
    pool = {"max": F.max_pool2d, "average": F.avg_pool2d}[state.operation]
    sizes = state.kernel_size, state.stride, state.padding
    return pool(image, *sizes)[0, 0].numpy()


def test_every_state_agrees_with_pytorch():
    for state in STATES:
        result = Result(state)
        np.testing.assert_array_equal(result.image, moved(state)[0, 0])
        np.testing.assert_allclose(result.output, with_torch(state, moved(state)))
        unmoved = with_torch(state, moved(replace(state, right=0, down=0)))
        np.testing.assert_allclose(result.still_output, unmoved)
        changed = ~np.isclose(unmoved, result.output)
        np.testing.assert_array_equal(result.changed, changed)


def test_a_window_holds_what_its_output_cell_is_made_of():
    summaries = {"max": np.max, "average": np.mean}
    for state in STATES[::5]:
        result = Result(state)
        for place, value in np.ndenumerate(result.output):
            cells = result.padded[result.window(*place)]
            assert cells.shape == result.window_size
            assert summaries[state.operation](cells) == pytest.approx(value)
            if state.operation == "max":
                assert result.padded[result.winner(*place)] == value


def test_the_winner_is_the_first_in_reading_order_as_in_pytorch():
    for size in (2, 3, 4):
        result = Result(State(kernel_size=size, stride=1, right=1))
        _, indices = F.max_pool2d(moved(result.state), size, 1, return_indices=True)
        for place in np.ndindex(result.output.shape):
            row, column = result.winner(*place)
            assert row * 8 + column == indices[0, 0][place]


def test_cells_are_read_as_often_as_gradients_of_a_sum_arrive():
    for state in STATES[::7]:
        image = torch.ones_like(moved(state), requires_grad=True)
        averages = replace(state, mode=state.mode.replace("max", "average"))
        if state.is_global:
            assert (Result(state).reads == 1).all()
            continue
        sizes = averages.kernel_size, averages.stride, averages.padding
        F.avg_pool2d(image, *sizes, divisor_override=1).sum().backward()
        np.testing.assert_array_equal(Result(state).reads, image.grad[0, 0])


def test_the_lesson_shown_first():
    seven = [[9, 9, 9, 0], [0, 9, 2, 0], [0, 9, 0, 0], [0, 0, 0, 0]]
    assert Result(State()).output.tolist() == seven
    assert "Predict" in findings(Result(State()))[0]
    assert findings(Result(State(right=1))) == [
        "Shifted right by 1: 4 of 16 output cells changed, 25% (underlined).",
        "Without pooling, K = 1 with the same stride: 6 of 16, 38%.",
    ]
    everywhere = State(mode="global max", right=3, down=3)
    assert findings(Result(everywhere)) == [
        "Shifted right by 3 and down by 3: 0 of 1 output cells changed, 0%.",
        "",
    ]


def test_the_motif_never_falls_off_the_edge_but_others_may():
    for state in STATES:
        fell = "fell off the edge" in " ".join(findings(Result(state)))
        assert fell == (state.image == WIDE and state.is_moved)
    said = findings(Result(State(WIDE, kernel_size=2, right=3)))
    assert said[1].endswith("Numbers that fell off the edge: 7.")


@pytest.mark.parametrize(
    ("state", "place", "words"),
    [
        (State(), (0, 0), ["Output cell [0, 0]:", "max of 8, 9, 0, 0 = 9"]),
        (
            State(right=1),
            (1, 1),
            [
                "Output cell [1, 1], which was 9 before the shift:",
                "max of 0, 1, 0, 7 = 7",
            ],
        ),
        (
            State(mode="average"),
            (1, 1),
            ["Output cell [1, 1]:", "mean of 1, 9, 7, 5 = 22 / 4 = 5.50"],
        ),
        (
            State(padding=1),
            (0, 0),
            ["Output cell [0, 0]:", "max of −∞, −∞, −∞, 8 = 8"],
        ),
        (
            State(padding=1, mode="average"),
            (0, 0),
            ["Output cell [0, 0]:", "mean of 0, 0, 0, 8 = 8 / 4 = 2"],
        ),
        (
            State(mode="global average"),
            (0, 0),
            ["Output cell [0, 0]:", "mean of all 64 numbers = 89 / 64 = 1.39"],
        ),
    ],
)
def test_calculations_in_words(state, place, words):
    assert calculation(Result(state), place) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            State(),
            "output size = ⌊(N + 2P − K) / S⌋ + 1 = ⌊(8 + 2·0 − 2) / 2⌋ + 1 = 4: "
            "64 numbers become 16",
        ),
        (State(), "windows touch and do not overlap."),
        (State(kernel_size=3), "windows overlap, a cell is in up to 4 of them."),
        (State(kernel_size=3), "In no window, struck through: 15 cells."),
        (State(kernel_size=2, stride=3), "gaps between the windows. In no window"),
        (State(WIDE, stride=1), "rows: output size = ⌊(N + 2P − K) / S⌋ + 1 = ⌊(3"),
        (State(WIDE, stride=1), "⌊(5 + 2·0 − 2) / 1⌋ + 1 = 4: 15 numbers become 8"),
        (State(mode="global max"), "whatever its size: 64 numbers become 1"),
    ],
)
def test_rules(state, words):
    assert words in " ".join(rules(Result(state)))


def test_size_rules_end_in_the_size():
    for state in STATES:
        if not state.is_global:
            said = rules(Result(state))[:-1]
            height, width = Result(state).output.shape
            assert said[0].split(":")[len(said) - 1].endswith(f"+ 1 = {height}")
            assert f"+ 1 = {width}: " in said[-1]


def test_every_picture_fits_its_sheet_and_can_be_read():
    for state in DRAWN:
        picture, output = scene(state), Result(state).output
        assert picture.width <= 800
        assert picture.height <= 660
        assert not outside(picture), state
        if state.image == SEVEN:
            assert min(label.size for label in labels_of(picture)) >= 12
        tree = ElementTree.fromstring(svg(picture, scope="one"))
        assert len(tree.findall(f"{SVG}g[@class='target']")) == output.size


def test_marks_count_what_is_struck_through_underlined_and_won():
    for state in DRAWN:
        picture, result = scene(state), Result(state)
        struck = [s for s in picture.shapes if isinstance(s, Line)]
        assert len(struck) == (result.reads == 0).sum()
        cells = [s for s in picture.shapes if isinstance(s, Hover)]
        marks = [any(isinstance(p, Line) for p in cell.target) for cell in cells]
        assert marks == result.changed.ravel().tolist()
        for cell in cells:
            won = [p for p in cell.shown if getattr(p, "stroke", "") == WINNER]
            assert len(won) == (state.operation == "max")


def test_what_rests_is_the_first_cell_that_changed():
    for state in (State(), State(right=1), State(down=2), State(kernel_size=1)):
        result = Result(state)
        (rest,) = [s for s in scene(state).shapes if isinstance(s, Resting)]
        said = next(p.text for p in rest.shown if hasattr(p, "text"))
        row, column = map(int, said.split("[")[1].split("]")[0].split(","))
        if result.changed.any():
            assert (row, column) == tuple(np.argwhere(result.changed)[0])
        else:
            assert result.output[row, column] == result.output.max()


def test_padding_is_minus_infinity_for_max_and_zero_for_average():
    for operation, value in (("max", -np.inf), ("average", 0)):
        result = Result(State(mode=operation, kernel_size=4, stride=1, padding=2))
        margin = np.ones(result.padded.shape, bool)
        margin[2:-2, 2:-2] = False
        assert (result.padded[margin] == value).all()
        written = [label.text for label in labels_of(scene(result.state))]
        assert written.count("−∞") == (margin.sum() if operation == "max" else 0)


def test_every_slider_keeps_what_the_user_chose():
    for state in STATES[::3]:
        for name in SLIDERS:
            allowed = choices(state, name)
            assert getattr(state, name) in allowed
            assert allowed == list(range(allowed[0], allowed[-1] + 1))
            for value in allowed:
                after = change(state, name, value)
                wanted = replace(state, **{name: value})
                padding = min(wanted.padding, wanted.kernel_size // 2)
                assert after == replace(wanted, padding=padding)


def test_a_global_window_needs_no_size_stride_or_padding():
    explorer = pooling_explorer()
    explorer.widgets["kernel_size"].value = 4
    explorer.widgets["padding"].value = 2
    explorer.widgets["mode"].value = "global max"
    sliders = [explorer.widgets[n] for n in ("kernel_size", "stride", "padding")]
    assert all(slider.disabled for slider in sliders)
    assert not explorer.widgets["right"].disabled
    explorer.widgets["mode"].value = "max"
    assert explorer.state == State(kernel_size=4, padding=2)
    assert not any(slider.disabled for slider in sliders)


def test_any_sequence_of_moves_leaves_a_valid_state():
    random = np.random.default_rng(1)
    explorer = pooling_explorer(np.array(WIDE))
    controls = controls_of(explorer)
    for _ in range(120):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        state = explorer.state
        assert explorer.error.value == ""
        for name in SLIDERS:
            allowed = choices(state, name)
            assert controls[name].value == getattr(state, name)
            assert controls[name].min == allowed[0]
            assert controls[name].disabled or controls[name].max == allowed[-1]


def test_own_image_is_pooled():
    image = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert Result(pooling_explorer(image).state).output.tolist() == [[6, 8], [16, 18]]
    assert initial_state(image.astype(np.float32)).image == tuple(
        map(tuple, image.tolist())
    )
    assert choices(initial_state(image[:2]), "kernel_size") == [1, 2]
    assert choices(initial_state(image[:2]), "down") == [0, 1]


@pytest.mark.parametrize(
    ("image", "match"),
    [
        (np.zeros((9, 9)), r"\(9, 9\).*image\[:8, :8\]"),
        (np.zeros(4), "expected"),
        (np.zeros((1, 4)), "2 to 8"),
        (np.array([[1, np.nan], [0, 0]]), "finite"),
        (np.array([["a", "b"], ["c", "d"]]), "numbers"),
        (np.eye(3, dtype=bool), "bool"),
    ],
)
def test_unsuitable_image_is_refused(image, match):
    with pytest.raises(ValueError, match=match):
        pooling_explorer(image)
