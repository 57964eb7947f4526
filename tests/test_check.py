"""What a check says and shows, whatever the exercise."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from notebook_reader import EXERCISES, run_answer

from course_utils import convolution, evaluation
from course_utils.chapters.convolution_by_hand.checks import check_conv2d
from course_utils.chapters.fashion_mnist.checks import check_confusion_matrix
from course_utils.chapters.pooling.checks import check_pool2d
from course_utils.kit.check import Check, Hint, Number
from course_utils.kit.compare import difference, shown
from course_utils.kit.panels import Panel, side_by_side
from course_utils.kit.scene import Box, Label
from course_utils.kit.verdict import right, to_do, wrong

NONSENSE = ([], {}, "x", b"x", 1j, np.arange(3), object(), len, lambda: 0, ...)
IMAGE = np.array([[1, 2], [4, 3]])
ONE_OFF = np.array([[0, 0], [1, 0]])


def scale(image, factor=2):
    if factor < 0:
        raise ValueError("factor must not be negative")
    return image * factor


check_scale = Check(
    "scale", scale, ["the sign", (IMAGE,)], "", (IMAGE, 3), (IMAGE, {"factor": -1})
)


def bundle(verdict):
    return verdict._repr_mimebundle_(include=None, exclude=None)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_any_nonsense_gets_a_verdict(exercise):
    (name,) = (argument.id for argument in exercise.check_call.args)
    namespace = run_answer(exercise, exercise.stub)
    for answer in NONSENSE:
        if (exercise.check_name, str(answer)) == ("check_bad_losses", "[0 1 2]"):
            continue  # any three losses that show a bug are right
        verdict = exercise.verdict_in(namespace | {name: answer})
        assert verdict.status == "wrong", answer
        assert len(verdict.message) < 300


def test_a_verdict_is_plain_text_and_html_without_what_learners_could_break():
    assert repr(to_do("write f")) == "to do: write f, then run this cell again"
    assert set(bundle(right("1 case"))) == {"text/plain", "text/html"}
    verdict = wrong("got <b>", look_at="a < b")
    assert repr(verdict) == "wrong: got <b>\nlook at: a < b"
    for part in ("✗ wrong", "got &lt;b&gt;", "a &lt; b"):
        assert part in bundle(verdict)["text/html"]


def test_a_rounded_result_is_told_so_and_no_other_is():
    check = Check("third", lambda x: x / 3, ["the third", (1.0,)], whole=False)
    rounded, wrong_number = check(lambda x: round(x / 3, 2)), check(lambda x: x / 4)
    assert rounded.look_at == "rounding: return what was computed, with all its digits"
    assert wrong_number.look_at == "the third"


def test_a_failing_case_is_drawn():
    verdict = check_scale(lambda image, factor=2: scale(image, factor) + ONE_OFF)
    shown_as = bundle(verdict)
    assert shown_as["image/png"].startswith(b"\x89PNG")
    assert 'src="data:image/svg+xml,%3Csvg' in shown_as["text/html"]
    assert "<svg" not in shown_as["text/html"], "its words would be left behind"
    assert "base64" not in shown_as["text/html"]
    assert verdict.scene.width <= 800
    shapes = verdict.scene.shapes
    texts = [shape.text for shape in shapes if isinstance(shape, Label)]
    assert [text for text in texts if text.isalpha()] == ["image", "expected", "yours"]
    frames = [s.y for s in shapes if isinstance(s, Box) and s.fill == "none"]
    assert len(frames) == 2, "only the cell that differs, in expected and yours"
    assert frames[0] == frames[1]


def test_the_first_panel_may_be_another_and_shows_a_window():
    check = Check(
        "scale",
        scale,
        (IMAGE,),
        window=lambda cell, image: [[place, place + 1] for place in cell],
        first=lambda image: Panel("padded", np.pad(image, 1)),
    )

    def texts(function):
        shapes = check(function).scene.shapes
        return [shape.text for shape in shapes if isinstance(shape, Label)]

    window = "the window of cell [1, 0]"
    one_off = texts(lambda image: scale(image) + ONE_OFF)
    assert (one_off[0], one_off[-1][-len(window) :]) == ("padded", window)
    assert texts(lambda image: image[:1])[-1] == "framed: the window of cell [0, 0]"


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
        (lambda image, factor=2: image[0] / 2, "yours has shape (2,)"),
        (lambda image, factor=2: factor * image, "expected a ValueError, yours return"),
        (lambda image, factor=2: image.sort(), "changed the image it was given; work"),
    ],
)
def test_what_is_wrong_is_said(function, words):
    assert words in repr(check_scale(function))
    assert IMAGE[1, 0] == 4


class UnspeakableError(Exception):
    def __str__(self):
        raise ValueError


def test_an_error_is_shown_with_the_learners_line_and_the_case():
    def stumbles(image, factor=2):
        return image[7]

    def unspeakable(image, factor=2):
        raise UnspeakableError

    verdict = check_scale(stumbles)
    said = "case 1 of 3, scale(image): stopped with IndexError: index 7"
    assert verdict.message.startswith(said)
    assert verdict.message.endswith(": return image[7]")
    assert "IndexError" in [getattr(s, "text", "") for s in verdict.scene.shapes]
    assert "UnspeakableError" in repr(check_scale(unspeakable))


def test_after_an_error_its_own_line_is_the_hint():
    verdict = check_scale(lambda image, factor=2: image[7])
    assert verdict.look_at == "", "the case's hint speaks of a result"
    said = Check("f", lambda x: x, Hint("values", at_error="its rows"), ([1],))
    assert said(lambda x: x[7]).look_at == "its rows"
    refuses = Check("scale", scale, "what must be refused", (IMAGE, -1))
    assert refuses(lambda image, factor: image[7]).look_at == "what must be refused"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows, names: rows.sort(),
        lambda rows, names: rows.append(0),
        lambda rows, names: names["a"].reverse(),
        lambda rows, names: names.pop("a"),
    ],
)
def test_lists_and_dicts_that_are_changed_in_place_are_noticed(spoil):
    given = [2, 1], {"a": [1, 2]}
    call = (*given, {})
    check = Check("first", lambda rows, names: rows[0], call, as_array=list)
    answer = lambda rows, names: (rows[0], spoil(rows, names))[0]  # noqa: E731
    changed = "names" if spoil.__code__.co_names[0] in ("reverse", "pop") else "rows"
    assert f"changed the {changed} it was given" in repr(check(answer))
    assert check(lambda rows, names: rows[0]).status == "right"
    assert given == ([2, 1], {"a": [1, 2]})


def test_nan_and_texts_among_arguments_are_not_taken_for_changed():
    call = [float("nan"), "same"], {"stride": {1, 2}}
    check = Check("f", lambda rows, stride: 1, call, as_array=list)
    assert check(lambda rows, stride: 1).status == "right"


@pytest.mark.parametrize("kind", [Fraction, Decimal])
def test_exact_numbers_are_numbers(kind):
    check = Number(0.25, {0.5: "half"}, "otherwise")
    assert check(kind("0.25")).status == "right"
    assert check(kind("0.5")).look_at == "half"
    quarter = Check("f", lambda x: [x / 4, x / 2], (1,))
    assert quarter(lambda x: [kind("0.25"), kind("0.5")]).status == "right"


def test_whether_whole_numbers_must_be_whole_is_the_checks_choice():
    calls = (IMAGE,), (IMAGE * 0.5,)
    strict, either = (Check("f", scale, *calls, whole=w) for w in (True, False))
    for kind in (float, int):
        answer = lambda image, kind=kind: kind(1) * scale(image)  # noqa: E731
        assert either(answer).status == "right"
    assert "should be whole numbers" in repr(strict(lambda image: 1.0 * scale(image)))
    assert either(lambda image: 1.0 * image).status == "wrong"


LIBRARY = """
import torch.nn.functional as F
from scipy.signal import correlate2d as slide
from course_utils import convolution
def conv2d(x): return x
def own(x): return conv2d(x)
def torchs(x): return x if len(x) else F.conv2d(x)
def scipys(x): return x if len(x) else slide(x)
def ours(x): return x if len(x) else convolution.conv2d(x)
def helped(x): return [torchs(row) for row in [x]][0]
def late(x):
    from torch.nn.functional import conv2d as slide
    return x
"""


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("own", ""),
        ("conv2d", ""),
        ("torchs", "PyTorch's conv2d"),
        ("helped", "PyTorch's conv2d"),
        ("scipys", "SciPy's correlate2d"),
        ("ours", "the course's conv2d"),
        ("late", "a library's conv2d"),
    ],
)
def test_a_librarys_function_is_right_and_told_from_ones_own(name, whose):
    namespace = {"__name__": "__main__"}
    exec(LIBRARY, namespace)
    names = "conv2d", "correlate2d"
    verdict = Check("f", lambda x: x, ([1, 2],), ready_made=names)(namespace[name])
    remark = f"; but this is {whose}: write yours" if whose else ""
    assert repr(verdict) == f"right: 1 cases{remark}"


@pytest.mark.parametrize(
    ("check", "function", "whose"),
    [
        (check_conv2d, lambda *a, **o: convolution.conv2d(*a, **o), "the course's"),
        (check_conv2d, convolution.conv2d, "the course's conv2d"),
        (check_pool2d, convolution.pool2d, "the course's pool2d"),
        (
            check_confusion_matrix,
            lambda *a: evaluation.confusion_matrix(*a[:2], num_classes=a[2]),
            "the course's confusion_matrix",
        ),
    ],
)
def test_exercises_that_want_ones_own_say_so(check, function, whose):
    verdict = check(function)
    assert verdict.status == "right", verdict
    assert f"cases; but this is {whose}" in verdict.message


def not_written(image, factor=2):
    raise NotImplementedError


def calls_it(image, factor=2):
    return not_written(image)


def test_what_is_not_written_yet_is_to_do():
    def half(image, factor=2):
        if factor != 2:
            raise NotImplementedError
        return 2 * image

    def inside(image, factor=2):
        def part():
            raise NotImplementedError

        return part()

    def says(function):
        return repr(check_scale(function)).removesuffix(", then run this cell again")

    assert says(half) == "to do: finish scale, which is right for 1 of 3 cases so far"
    assert says(calls_it) == "to do: write not_written, which scale calls"

    def in_words(image, factor=2):
        raise NotImplementedError("later")

    for function in (None, not_written, inside, in_words):
        assert says(function) == "to do: write scale"
    library = lambda image, factor=2: torch.nn.Module()(image)  # noqa: E731
    assert "stopped with NotImplementedError: Module" in says(library)


def test_a_wrong_shape_has_a_hint_of_its_own():
    for hint, more in ((Hint("sign", "rows"), ""), ("sign", "rows")):
        check = Check("scale", scale, hint, (IMAGE,), at_shape=more)
        for answer in (lambda image: image[:1], lambda image: 7):
            assert check(answer).look_at == "rows"
        assert check(lambda image: -image).look_at == "sign"


def test_what_a_message_says_may_have_a_hint_of_its_own():
    slips = {r"yours is -\d": "minus"}
    check = Check("scale", scale, "the factor", (IMAGE,), slips=slips)
    assert check(lambda image: -image).look_at == "minus"
    assert check(lambda image: image).look_at == "the factor"


def test_lists_are_right_and_tell_what_would_be_better():
    verdict = check_scale(lambda image, factor=2: scale(image, factor).tolist())
    assert repr(verdict) == "right: 3 cases (yours returns list, better: ndarray)"


def test_integers_must_be_exact_and_floats_have_a_tolerance():
    third, nine = np.array([1 / 3]), np.arange(9)
    assert difference(1_284_170, 1_284_169)
    assert Number(1_284_170, {}, otherwise="")(1_284_169).status == "wrong"
    assert Number(1 / 3, {}, otherwise="", tolerance=0.01)(0.33).status == "right"
    assert difference(2, np.int64(2)) == ""
    assert difference(third, torch.tensor([1 / 3], requires_grad=True)) == ""
    assert difference(third, third + 1e-3)
    assert difference(np.array([np.nan]), np.array([np.nan])) == ""
    for place in nine:
        said = f"at [{place}] expected {place}, yours is {place + 1}"
        assert difference(nine, nine + (nine == place)) == said


def test_what_learners_gave_is_shown_on_one_short_line():
    assert shown([1, 2]) == "list [1, 2]"
    assert "\n" not in shown(np.zeros((50, 50)))
    assert len(shown("x" * 1000)) < 60


def test_panels_that_would_be_too_small_are_not_drawn():
    assert side_by_side([Panel("photograph", np.zeros((64, 64)))], "") is None
    scene = side_by_side([Panel("planes", np.zeros((2, 3, 3)), [(1, 2, 2)])], "")
    boxes = [shape for shape in scene.shapes if isinstance(shape, Box)]
    assert len(boxes) == 2 * 9 + 1
    assert all(box.y + box.height <= scene.height for box in boxes)


def test_planes_of_four_axes_stand_in_groups_that_the_first_axis_numbers():
    weight = Panel("weight", np.full((2, 3, 1, 1), 1234), [(1, 0, 0, 0)])
    scene = side_by_side([weight, Panel("stack", np.zeros((6, 1, 1)))], "")
    labels = {s.text: s for s in scene.shapes if isinstance(s, Label)}
    boxes = [s for s in scene.shapes if isinstance(s, Box) and s.fill != "none"]
    tops = [box.y for box in boxes if box.x == boxes[0].x]
    gaps = np.diff(tops)
    assert gaps[2] > 1.5 * max(gaps[0], gaps[1], gaps[3], gaps[4])
    assert tops[2] + boxes[0].height < labels["[1]"].y < tops[3]
    assert labels["[0]"].y < tops[0]
    assert max(box.y + box.height for box in boxes) <= scene.height
    number = labels["1234"]
    assert len(number.text) * 0.58 * number.size <= boxes[0].width - 2 * 4


def test_checks_import_neither_torch_nor_pyplot():
    module = "course_utils.chapters.convolution_by_hand.checks"
    code = f"import sys, {module}; print(*sys.modules)"
    found = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert module in found
    assert not {"torch", "matplotlib", "IPython"} & set(found)
