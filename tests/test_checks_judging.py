"""What a verdict says and shows, whatever the exercise."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.checks.comparing import difference, shown
from course_utils.checks.judging import Case, judge_function, judge_number
from course_utils.checks.ordering import Line, assemble
from course_utils.checks.picturing import Panel, side_by_side
from course_utils.checks.verdict import Verdict, right, to_do, wrong
from course_utils.drawing import Box, Label

IMAGE = np.array([[1, 2], [3, 4]])
CASES = [Case((IMAGE,), look_at="the sign"), Case((IMAGE, 3)), Case((IMAGE, -1))]


def scale(image, factor=2):
    if factor < 0:
        raise ValueError("factor must not be negative")
    return image * factor


def judge(function):
    return judge_function(function, scale, CASES, name="scale")


def bundle(verdict):
    return verdict._repr_mimebundle_(include=None, exclude=None)


def test_plain_text_is_short_and_the_same_each_time():
    assert repr(to_do("write f")) == "to do: write f, then run this cell again"
    assert repr(right("24 cases")) == "right: 24 cases"
    assert repr(wrong("3 cells differ", look_at="rows")) == (
        "wrong: 3 cells differ\nlook at: rows"
    )
    with pytest.raises(ValueError, match="expected one of"):
        Verdict("nearly", "")


def test_a_page_shows_a_word_and_a_symbol_and_escapes_what_learners_wrote():
    html = bundle(wrong("got <b>", look_at="a < b"))["text/html"]
    assert "✗ wrong" in html
    assert "got &lt;b&gt;" in html
    assert "a &lt; b" in html


def test_a_failing_case_is_drawn():
    verdict = judge(lambda image, factor=2: -image)
    shown_as = bundle(verdict)
    assert shown_as["image/png"].startswith(b"\x89PNG")
    assert 'src="data:image/svg+xml,%3Csvg' in shown_as["text/html"]
    assert "<svg" not in shown_as["text/html"], "its words would be left behind"
    assert "base64" not in shown_as["text/html"]
    assert verdict.scene.width <= 800
    texts = [shape.text for shape in verdict.scene.shapes if isinstance(shape, Label)]
    assert ["image", "expected", "yours"] == [t for t in texts if t.isalpha()]
    assert bundle(judge(lambda image, factor=2: -image)) == shown_as


def test_without_a_picture_there_is_no_png():
    assert set(bundle(right("1 case"))) == {"text/plain", "text/html"}


def test_only_the_differing_cells_are_framed():
    def one_off(image, factor=2):
        return scale(image, factor) + np.array([[0, 0], [1, 0]])

    frames = [
        (shape.x, shape.y)
        for shape in judge(one_off).scene.shapes
        if isinstance(shape, Box) and shape.fill == "none"
    ]
    assert len(frames) == 2
    assert frames[0][1] == frames[1][1]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (5, "scale should be a function, got int 5"),
        (lambda image: 2 * image, "case 2 of 3, scale(image, factor=3): stopped with"),
        (lambda image, factor=2: None, "returned None: does it end with a return?"),
        (lambda image, factor=2: "x", "expected shape (2, 2), yours returned str 'x'"),
        (lambda image, factor=2: [[2, 4], [6]], "yours returned list [[2, 4], [6]]"),
        (lambda image, factor=2: 1.0 * scale(image, factor), "should be whole numbers"),
        (lambda image, factor=2: 3 * image, "at [0, 0] expected 2, yours is 3"),
        (lambda image, factor=2: image[0] / 0, "yours has shape (2,)"),
        (lambda image, factor=2: factor * image, "expected a ValueError, yours return"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_is_wrong_is_said(function, words):
    assert words in repr(judge(function))


def test_an_error_is_shown_with_the_learners_line_and_the_case():
    def stumbles(image, factor=2):
        return image[7]

    verdict = judge(stumbles)
    assert "case 1 of 3, scale(image): stopped with IndexError: index 7" in repr(
        verdict
    )
    assert verdict.message.endswith(": return image[7]")
    assert verdict.look_at == "the sign"
    assert "IndexError" in [getattr(s, "text", "") for s in verdict.scene.shapes]


def test_a_changed_argument_is_told():
    def in_place(image, factor=2):
        image *= factor
        return image

    assert "changed the image it was given; work on a copy" in repr(judge(in_place))
    assert IMAGE[0, 0] == 1


def test_half_a_function_is_to_do_and_says_how_far_it_got():
    def half(image, factor=2):
        if factor != 2:
            raise NotImplementedError
        return 2 * image

    assert repr(judge(half)).startswith(
        "to do: finish scale, which is right for 1 of 3 cases so far"
    )


def not_written(image):
    raise NotImplementedError


def calls_it(image, factor=2):
    return not_written(image)


def test_an_unwritten_function_that_a_written_one_calls_is_named():
    said = "to do: write not_written, which scale calls, then run this cell again"
    assert repr(judge(calls_it)) == said


def test_what_is_unwritten_inside_a_function_is_its_own():
    def inside(image, factor=2):
        def part():
            raise NotImplementedError

        return part()

    library = lambda image, factor=2: torch.nn.Module()(image)  # noqa: E731
    for function in (inside, library, not_written):
        assert repr(judge(function)).startswith("to do: write scale, then")


def test_a_wrong_shape_has_a_hint_of_its_own():
    case = Case((IMAGE,), look_at="the sign", at_shape="the rows")

    def hint(function):
        return judge_function(function, scale, [case], name="scale").look_at

    assert hint(lambda image: image[:1]) == "the rows"
    assert hint(lambda image: 7) == "the rows"
    assert hint(lambda image: -image) == "the sign"
    assert hint(lambda image: image / "x") == "the sign"


def test_lists_are_right_and_tell_what_would_be_better():
    verdict = judge(lambda image, factor=2: scale(image, factor).tolist())
    assert repr(verdict) == "right: 3 cases (yours returns list, better: ndarray)"


def test_cases_are_not_changed_by_a_check():
    before = IMAGE.copy()
    judge(scale)
    assert np.array_equal(IMAGE, before)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9), st.data())
def test_any_changed_cell_is_found(values, data):
    expected = np.array(values)
    place = data.draw(st.integers(0, len(values) - 1))
    result = expected.copy()
    result[place] += 1
    assert difference(expected, expected) == ""
    assert f"at [{place}] expected {values[place]}," in difference(expected, result)


def test_integers_must_be_exact():
    assert difference(1_284_170, 1_284_169)
    assert judge_number(1_284_169, 1_284_170, causes={}, otherwise="").status == "wrong"
    options = {"causes": {}, "otherwise": "", "tolerance": 0.01}
    assert judge_number(0.33, 1 / 3, **options).status == "right"


def test_an_error_that_cannot_be_written_is_still_a_verdict():
    class UnspeakableError(Exception):
        def __str__(self):
            raise ValueError

    def unspeakable(image, factor=2):
        raise UnspeakableError

    assert "UnspeakableError" in repr(judge(unspeakable))


def test_floats_have_a_tolerance_and_tensors_are_read():
    third = np.array([1 / 3])
    assert difference(third, torch.tensor([1 / 3], requires_grad=True)) == ""
    assert difference(third, third + 1e-3)
    assert difference(np.array([np.nan]), np.array([np.nan])) == ""
    assert difference(2, np.int64(2)) == ""


def test_a_number_from_numpy_or_with_decimals_is_a_number():
    for answer in (3, 3.0, np.float32(3), np.array(3)):
        assert judge_number(answer, 3, causes={}, otherwise="").status == "right"
    verdict = judge_number(4, 3, causes={4: "one too many"}, otherwise="count again")
    assert repr(verdict) == "wrong: it is not 4\nlook at: one too many"


def test_shown_is_one_short_line():
    assert shown([1, 2]) == "list [1, 2]"
    assert "\n" not in shown(np.zeros((50, 50)))
    assert len(shown("x" * 1000)) < 60


def test_panels_that_would_be_too_small_are_not_drawn():
    assert side_by_side([Panel("photograph", np.zeros((64, 64)))], "") is None
    scene = side_by_side([Panel("planes", np.zeros((2, 3, 3)), [(1, 2, 2)])], "")
    boxes = [shape for shape in scene.shapes if isinstance(shape, Box)]
    assert len(boxes) == 2 * 9 + 1
    assert all(box.y + box.height <= scene.height for box in boxes)


LINES = {
    "A": Line("start with 0", "total = 0"),
    "B": Line("for each item:", "for item in items:"),
    "C": Line("add it", "total += item"),
    "D": Line("keep the result", "result = total", loops=0),
}


def test_lines_in_order_are_run():
    assert assemble("a b, c d", LINES)(items=[1, 2])["result"] == 3
    assert assemble("BACD", LINES)(items=[1, 2])["result"] == 2


def test_lines_that_cannot_work_are_told():
    with pytest.raises(NameError, match="line C uses total, which no line above it"):
        assemble("BCAD", LINES)(items=[1])
    for order in ("ACBD", "ADCB"):
        with pytest.raises(ValueError, match="the loop of line B has nothing in it"):
            assemble(order, LINES)


def test_checks_import_neither_torch_nor_pyplot():
    code = (
        "import sys, course_utils.checks.convolution_by_hand;"
        "assert not {'torch', 'matplotlib', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
