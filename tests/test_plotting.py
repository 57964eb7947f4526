"""Figures hold what they were given, and draw without pyplot."""

import re
import subprocess
import sys
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from course_utils import plotting
from course_utils.training import EpochResult, History

plot_curves = partial(plotting.plot_curves, xlabel="x", ylabel="y")


def history(epochs=3, *, val=True):
    made = History()
    for epoch in range(epochs):
        result = EpochResult(1 / (epoch + 1), epoch / 10, 100)
        made.add(result, result if val else None, 1.0)
    return made


def texts(figure):
    return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]


def test_no_pyplot():
    code = "import sys, course_utils.plotting; print(*sys.modules)"
    modules = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert "course_utils.plotting" in modules and "matplotlib.pyplot" not in modules


@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_bytes_and_of_floats_look_the_same(channels):
    images = torch.randint(0, 256, (5, channels, 4, 6), dtype=torch.uint8)
    whole = plotting.plot_images(images, list("abcde"), columns=3, title="letters")
    scaled = plotting.plot_images(images / 255, list("abcde"), columns=3)
    axes = [pair for pair in zip(whole.axes, scaled.axes) if pair[0].images]
    assert len(axes) == 5
    for a, b in ((first.images[0], second.images[0]) for first, second in axes):
        np.testing.assert_allclose(a.to_rgba(a.get_array()), b.to_rgba(b.get_array()))
    assert {"a", "e", "letters"} <= set(texts(whole))


def test_numbers_of_every_format_are_drawn_as_what_they_are():
    white = plotting.plot_images(np.ones((1, 3, 4, 4), np.int64)).axes[0].images[0]
    assert white.get_array().dtype == float  # integers would reach to 255
    for maps in (np.eye(4, dtype=bool), np.full((2, 2), -128, np.int8)):
        (picture,) = plotting.plot_maps({"a": maps}).axes[0].images
        assert picture.get_clim() == (-abs(maps + 0.0).max(), abs(maps + 0.0).max())
    below = plotting.plot_history(History([-1.0, -2.0], [0.0] * 2, [], [], [1.0] * 2))
    assert below.axes[0].get_ylim()[0] < -2
    assert plotting.plot_history(history()).axes[0].get_ylim()[0] == 0


@pytest.mark.parametrize("kind", [torch.zeros, np.zeros])
def test_the_advice_on_channels_helps_arrays_and_tensors(kind):
    images = kind((5, 4, 6, 3))
    with pytest.raises(ValueError, match="channels to their place") as caught:
        plotting.plot_images(images)
    advice = re.search(r"np\.moveaxis\(.*1\)(?= brings)", str(caught.value))[0]
    assert plotting.plot_images(eval(advice, {"np": np, "images": images}))


def test_signed_maps_share_a_scale_centred_on_zero_others_begin_there():
    figure = plotting.plot_maps({"a": np.array([[1.0, 2]]), "b": np.array([[-6.0, 0]])})
    ((low, high),) = {ax.images[0].get_clim() for ax in figure.axes if ax.images}
    assert low == -high
    assert high == pytest.approx(6, rel=0.05)
    figure = plotting.plot_maps({"a": np.ones((2, 2))}, signed=False)
    assert figure.axes[0].images[0].get_clim() == (0, 1)
    assert plotting.plot_maps({"zero": np.zeros((2, 2))})._repr_png_()


@pytest.mark.parametrize(("height", "width"), [(213, 254), (20, 20), (20, 5)])
def test_maps_stand_on_one_line_beside_a_bar_of_their_height(height, width):
    other = height - height // 100, width + width // 100
    maps = {"a": np.ones((height, width)), "b": np.ones(other)}
    figure = plotting.plot_maps(maps, title="two")
    figure.draw_without_rendering()
    a, b, bar = (ax.get_window_extent() for ax in figure.axes)
    assert a.y1 == pytest.approx(b.y1)
    assert figure.bbox.height - a.y1 < 55
    assert bar.height == pytest.approx(a.height, rel=0.12)


def test_a_history_has_a_line_for_each_measure():
    figure = plotting.plot_history({"A": history(), "B": history(2)}, title="both")
    loss, accuracy = figure.axes
    assert [len(line.get_xdata()) for line in loss.lines] == [3, 3, 2, 2]
    assert [line.get_label() for line in accuracy.lines][:2] == ["A train", "A val"]
    np.testing.assert_allclose(loss.lines[0].get_ydata(), [1, 1 / 2, 1 / 3])
    figure = plotting.plot_history(history(1, val=False))
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_one_epoch_has_a_filled_dot_and_a_hollow_one():
    train, val = plotting.plot_history(history(1)).axes[0].lines
    assert train.get_marker() == val.get_marker() == "o"
    assert train.get_markerfacecolor() != val.get_markerfacecolor() == "none"


@pytest.mark.parametrize("low", [0.1, 0.55, 0.775, 0.85])
def test_accuracy_ticks_say_where_they_are(low):
    made = History()
    for value in (low, low + 0.05, 0.95):
        made.add(EpochResult(1, value, 100), None, 1.0)
    axis = plotting.plot_history(made).axes[1].yaxis
    axis.figure.draw_without_rendering()
    ticks = [tick.get_text() for tick in axis.get_ticklabels()]
    np.testing.assert_allclose([float(tick) for tick in ticks], axis.get_ticklocs())
    assert all(tick.isdigit() for tick in ticks[1:])


def test_the_confusion_matrix_writes_counts_and_percentages():
    counts = np.array([[8, 2], [0, 5]])
    plot, names = plotting.plot_confusion_matrix, ["shirt", "coat"]
    assert {"8", "2", "5", "shirt", "coat"} <= set(texts(plot(counts, names)))
    shares = counts / [[10], [5]]
    assert {"80.0", "20.0", "100.0"} <= set(texts(plot(shares, names)))
    assert plot(np.eye(2, dtype=int), names)._repr_png_(), "no mistakes"


def test_curves_count_from_one_and_keep_their_gaps():
    line, gap = plot_curves({"a": [3, 4], "b": [np.nan, 2]}, title="t").axes[0].lines
    assert line.get_xydata().tolist() == [[1, 3], [2, 4]]
    assert np.isnan(gap.get_ydata()[0])


def test_live_history_keeps_one_picture_up_to_date():
    InteractiveShell.instance()
    with capture_output() as captured:
        show = plotting.live_history(title="live")
        show(history(1))
        show(history(2))
    waiting, first, second = captured.outputs
    assert first.data["image/png"] != second.data["image/png"]
    assert [shown.update for shown in captured.outputs] == [False, True, True]
    assert waiting.transient == first.transient == second.transient


def test_blocks_have_a_rectangle_for_each_plane():
    shapes = {"image": (3, 4, 5), "output": (1, 2, 3)}
    figure = plotting.plot_blocks(shapes, signs=("→",), title="blocks")
    sizes = [(p.get_width(), p.get_height()) for p in figure.axes[0].patches]
    assert sizes == [(5, 4)] * 3 + [(3, 2)]
    assert {"image\n(3, 4, 5)", "→", "blocks"} <= set(texts(figure))


def test_dots_stand_in_rows_with_a_bar_at_the_mean_of_several():
    rows = {"one": [0.5], "three": [1.0, 2.0, 6.0]}
    (axes,) = plotting.plot_dots(rows, xlabel="points").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [*rows]
    first, second, bar = axes.lines
    assert [list(line.get_xdata()) for line in (first, second)] == [*rows.values()]
    assert list(second.get_ydata()) == [1, 1, 1]
    assert bar.get_xdata() == pytest.approx([3.0])
    assert axes.get_ylim() == (1.5, -0.5)
    assert not axes.collections


def test_dots_of_counts_hang_on_lines_from_zero():
    rows = {"a": [5], "b": [2_000_000]}
    (axes,) = plotting.plot_dots(rows, xlabel="parameters", from_zero=True).axes
    assert axes.get_xlim()[0] == 0
    ends = [line.get_segments()[0][:, 0].tolist() for line in axes.collections]
    assert ends == [[0, 5], [0, 2_000_000]]


# What people call their classes and runs.
NAMES = "$5 to $10", "a\\foo$x$", "$\\foo$", "_x", "a_b^c", "<b>&</b>", " ", "고양이"
LONG = [f"{number} {'a name that is very long ' * 20}" for number in range(40)]
RUN = history()


def drawn(figure):
    """Every text that the figure shows, as it is read, with its box."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = [t for t in figure.findobj(Text) if t.get_text().strip()]
    assert not any(text._preprocess_math(text.get_text())[1] for text in found)
    read = [text._preprocess_math(text.get_text())[0] for text in found]
    return {t: text.get_window_extent(canvas.renderer) for t, text in zip(read, found)}


PLOTS = {
    "images": lambda names: plotting.plot_images(
        torch.rand(len(names), 1, 4, 4), names
    ),
    "maps": lambda names: plotting.plot_maps({n: np.ones((4, 4)) for n in names}),
    "blocks": lambda names: plotting.plot_blocks(dict.fromkeys(names[:6], (3, 4, 4))),
    "history": lambda names: plotting.plot_history(dict.fromkeys(names, RUN)),
    "curves": lambda names: plot_curves({name: [1, 2] for name in names}),
    "dots": lambda names: plotting.plot_dots({n: [1] for n in names}, xlabel="x"),
    "matrix": lambda names: plotting.plot_confusion_matrix(
        np.eye(len(names), dtype=int), names
    ),
}


@pytest.mark.filterwarnings("ignore:no font")
@pytest.mark.parametrize("plot", PLOTS)
def test_names_are_written_as_they_are(plot):
    names = [name for name in NAMES if name.strip()]
    read = " ".join(drawn(PLOTS[plot](names)))
    missing = [name for name in names[:6] if name not in read]
    assert not missing, f"{missing} not in {read}"


@pytest.mark.parametrize("plot", PLOTS)
def test_long_names_are_cut_and_stay_in_the_figure(plot):
    most = {"images": 16, "maps": 12, "history": 24, "curves": 24}.get(plot, 40)
    figure = PLOTS[plot](LONG[:most])
    figure.headline(LONG[0])
    boxes, (width, height) = drawn(figure), figure.get_size_inches() * 100
    boxes = {text: box for text, box in boxes.items() if "…" in text}
    assert len(boxes) > 1
    for text, box in boxes.items():
        assert -1 <= box.x0 and box.x1 <= width + 1, text
        assert -1 <= box.y0 and box.y1 <= height + 1, text


@pytest.mark.parametrize("classes", [10, 20, 30, 40])
def test_names_beside_a_matrix_stand_clear_of_each_other(classes):
    matrix = np.full((classes, classes), 1234)
    figure = plotting.plot_confusion_matrix(matrix, [f"n{i}" for i in range(classes)])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    names = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(names))
    cells = [text.get_window_extent() for text in axes.texts[:classes]]
    assert all(one.x1 < other.x0 for one, other in pairwise(cells))
    assert bool(cells) == (classes <= 20)


def test_equal_and_empty_names_are_told_apart():
    read = texts(plotting.plot_confusion_matrix(np.eye(4), ["cat", "", "cat", "dog"]))
    assert {"0: cat", "class 1", "2: cat", "dog"} <= set(read)


@pytest.mark.parametrize("count", [1, 7, 24])
def test_each_run_has_a_look_of_its_own_and_a_name(count):
    runs = [f"_run {number}" for number in range(count)]
    for plot, parts in (("history", 2), ("curves", 1)):
        figure = PLOTS[plot](runs)
        lines = figure.axes[0].lines
        looks = [(s.get_color(), s.get_marker(), s.get_linestyle()) for s in lines]
        assert len(set(looks)) == len(looks) == parts * count
        (legend,) = figure.legends or [figure.axes[-1].get_legend()]
        named = [text.get_text().split() for text in legend.get_texts()]
        assert [name[1] for name in named[::parts]] == [str(n) for n in range(count)]


IMAGES = torch.rand(4, 3, 6, 6, generator=torch.Generator().manual_seed(0))
WRONG = [
    (lambda: plotting.plot_images((IMAGES - 0.5) / 0.3), r"images \* std \+ mean"),
    (lambda: plotting.plot_images(IMAGES.permute(0, 2, 3, 1)), r"images\), -1, 1\)"),
    (lambda: plotting.plot_images((IMAGES * 255).long()), "int64"),
    (lambda: plotting.plot_images(IMAGES[:1].expand(9000, -1, -1, -1)), "inches high"),
    (lambda: plotting.plot_maps({"a": -np.eye(2)}, signed=False), "signed=True"),
    (lambda: PLOTS["maps"](LONG[:13]), "1 to 12"),
    (lambda: PLOTS["history"](LONG[:25]), "1 to 24"),
    (lambda: PLOTS["matrix"](LONG * 3), "room for 40.*largest_confusions"),
    (lambda: plotting.plot_confusion_matrix(9.0 * np.eye(2), "ab"), "as integers"),
    (lambda: plotting.plot_confusion_matrix(np.eye(2) / 2, "ab"), "0.5 in a row"),
    (lambda: plotting.plot_dots({"a": [-1]}, xlabel="", from_zero=True), "below 0"),
]


@pytest.mark.parametrize(("draw", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_would_look_wrong_is_refused(draw, words):
    with pytest.raises((TypeError, ValueError), match=words):
        draw()
