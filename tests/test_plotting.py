"""Figures hold what they were given, and draw without pyplot."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from course_utils import plotting
from course_utils.training.history import EpochResult, History

PNG = b"\x89PNG"


def history(epochs=3, *, val=True):
    made = History()
    for epoch in range(epochs):
        result = EpochResult(1 / (epoch + 1), epoch / 10, 100)
        made.add(result, result if val else None, 1.0)
    return made


def texts(figure):
    return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]


def test_figures_draw_themselves_in_a_notebook():
    figure = plotting.plot_history(history())
    assert figure._repr_png_().startswith(PNG)


def test_no_pyplot():
    code = (
        "import sys, course_utils.plotting; print('matplotlib.pyplot' in sys.modules)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.strip() == "False"


@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_bytes_and_of_floats_look_the_same(channels):
    images = torch.randint(0, 256, (5, channels, 4, 6), dtype=torch.uint8)
    whole = plotting.plot_images(images, list("abcde"), columns=3, title="letters")
    scaled = plotting.plot_images(images / 255, list("abcde"), columns=3)
    first, second = (
        [ax.images[0] for ax in figure.axes if ax.images] for figure in (whole, scaled)
    )
    assert len(first) == 5
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a.to_rgba(a.get_array()), b.to_rgba(b.get_array()))
    assert {"a", "e", "letters"} <= set(texts(whole))


def test_signed_maps_share_a_scale_centred_on_zero():
    figure = plotting.plot_maps({"a": np.array([[1.0, 2]]), "b": np.array([[-6.0, 0]])})
    pictures = [ax.images[0] for ax in figure.axes if ax.images]
    limits = {picture.get_clim() for picture in pictures}
    ((low, high),) = limits
    assert low == -high
    assert high == pytest.approx(6, rel=0.05)


def test_maps_stand_on_one_line_below_the_title_beside_a_bar_of_their_height():
    for shape in ((211, 256), (20, 20), (20, 5)):
        maps = {
            "a": np.ones((213, 254) if shape[0] > 20 else shape),
            "b": np.ones(shape),
        }
        figure = plotting.plot_maps(maps, title="two")
        figure.draw_without_rendering()
        a, b, bar = (ax.get_window_extent() for ax in figure.axes)
        assert a.y1 == pytest.approx(b.y1)
        assert figure.bbox.height - a.y1 < 55
        assert bar.height == pytest.approx(a.height, rel=0.12)


def test_maps_without_a_sign_begin_at_zero():
    figure = plotting.plot_maps({"a": np.ones((2, 2))}, signed=False)
    assert figure.axes[0].images[0].get_clim() == (0, 1)
    assert plotting.plot_maps({"zero": np.zeros((2, 2))})._repr_png_()


def test_a_history_has_a_line_for_each_measure():
    figure = plotting.plot_history({"A": history(), "B": history(2)}, title="both")
    loss, accuracy = figure.axes
    assert [len(line.get_xdata()) for line in loss.lines] == [3, 3, 2, 2]
    assert [line.get_label() for line in accuracy.lines][:2] == ["A train", "A val"]
    np.testing.assert_allclose(loss.lines[0].get_ydata(), [1, 1 / 2, 1 / 3])
    assert plotting.plot_history(history(1, val=False))._repr_png_()


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
    words = texts(plotting.plot_confusion_matrix(counts, ["shirt", "coat"]))
    assert {"8", "2", "5", "shirt", "coat"} <= set(words)
    words = texts(plotting.plot_confusion_matrix(counts / 10, ["shirt", "coat"]))
    assert {"80.0", "20.0", "50.0"} <= set(words)


def test_a_matrix_without_mistakes_can_be_drawn():
    assert plotting.plot_confusion_matrix(np.eye(2, dtype=int), "ab")._repr_png_()


def test_curves_count_from_one():
    figure = plotting.plot_curves({"a": [3, 4]}, xlabel="x", ylabel="y", title="t")
    (line,) = figure.axes[0].lines
    assert line.get_xdata().tolist() == [1, 2]
    assert line.get_ydata().tolist() == [3, 4]


def test_live_history_keeps_one_picture_up_to_date():
    InteractiveShell.instance()
    with capture_output() as captured:
        show = plotting.live_history(title="live")
        show(history(1))
        show(history(2))
    waiting, first, second = captured.outputs
    assert first.data["image/png"] != second.data["image/png"]
    assert [waiting.update, first.update, second.update] == [False, True, True]
    assert waiting.transient == first.transient == second.transient


def test_blocks_have_a_rectangle_for_each_plane():
    shapes = {"image": (3, 4, 5), "output": (1, 2, 3)}
    figure = plotting.plot_blocks(shapes, signs=("→",), title="blocks")
    sizes = [(p.get_width(), p.get_height()) for p in figure.axes[0].patches]
    assert sizes == [(5, 4)] * 3 + [(3, 2)]
    assert {"image\n(3, 4, 5)", "→", "blocks"} <= set(texts(figure))
    assert figure._repr_png_().startswith(PNG)


def test_dots_stand_in_rows_with_a_bar_at_the_mean_of_several():
    rows = {"one": [0.5], "three": [1.0, 2.0, 6.0]}
    (axes,) = plotting.plot_dots(rows, xlabel="points").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "three"]
    (first, second, bar) = axes.lines
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
