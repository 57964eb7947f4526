"""One scene, two drawings: the SVG is well-formed and the PNG is a picture."""

import io
import xml.etree.ElementTree as ET
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from PIL import Image

from course_utils.colours import INK, PAPER, QUIET, readable_on, signed_colour
from course_utils.kit.charts import Chart, ticks
from course_utils.kit.page import Grid, Page
from course_utils.kit.scene import Box, Hover, Label, Line, Photo, Scene, png, svg

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def scene():
    shapes = (
        Box(10, 10, 30, 20, fill="#ff0000", dashed=True),
        Label(50, 50, "a < b & c", bold=True),
        Hover((Box(60, 10, 10, 10),), (Label(70, 80, "shown"),), "cell [0, 1]"),
    )
    return Scene(100, 90, shapes, "three things")


def test_svg_is_well_formed_and_scoped(scene):
    root = ET.fromstring(svg(scene, scope="mine"))
    assert root.get("class") == "mine"
    assert root.get("aria-label") == "three things"
    assert [t.text for t in root.iter(f"{NAMESPACE}text")] == ["a < b & c", "shown"]
    rules = root.find(f"{NAMESPACE}style").text.split("}")
    assert all(".mine" in rule for rule in rules if rule)


def test_what_is_pointed_at_stands_right_before_what_is_shown(scene):
    groups = ET.fromstring(svg(scene)).findall(f"{NAMESPACE}g")
    assert [group.get("class") for group in groups] == ["target", "shown"]
    assert groups[0].get("tabindex") == "0"
    assert groups[0].get("aria-label") == "cell [0, 1]"


def test_png_is_twice_the_size_and_shows_the_box(scene):
    pixels = imread(io.BytesIO(png(scene)))
    assert pixels.shape[:2] == (180, 200)
    np.testing.assert_allclose(pixels[40, 50, :3], [1, 0, 0])
    np.testing.assert_allclose(pixels[5, 5, :3], 1)


def test_a_line_is_drawn_through_its_points():
    line = Line(((10, 10), (50.5, 10), (50.5, 60)), stroke="#0000ff", stroke_width=4)
    picture = Scene(100, 90, (line,))
    drawn = ET.fromstring(svg(picture)).find(f"{NAMESPACE}polyline")
    assert drawn.get("points") == "10,10 50.5,10 50.5,60"
    assert (drawn.get("fill"), drawn.get("stroke")) == ("none", "#0000ff")
    pixels = imread(io.BytesIO(png(picture)))[..., :3]
    np.testing.assert_allclose(pixels[20, 60], [0, 0, 1])
    np.testing.assert_allclose(pixels[80, 101], [0, 0, 1])
    np.testing.assert_allclose(pixels[70, 60], 1)  # neither closed nor filled


@pytest.mark.parametrize("colour", [255, (255, 0, 51)])
def test_a_photo_is_stretched_to_its_rectangle(colour):
    pixels = np.zeros((2, 4, *np.shape(colour)), np.uint8)
    pixels[0, 3] = colour
    picture = Scene(100, 90, (Photo(10, 20, 40, 20, pixels),))
    image = ET.fromstring(svg(picture)).find(f"{NAMESPACE}image")
    data = b64decode(image.get("href").removeprefix("data:image/png;base64,"))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
    still = imread(io.BytesIO(png(picture)))[..., :3]
    np.testing.assert_allclose(still[50, 90], np.ones(3) * colour / 255)
    np.testing.assert_allclose(still[50, 30], 0)
    np.testing.assert_allclose(still[70, 90], 0)


def test_a_grid_has_a_box_for_each_cell_and_a_label_for_each_number():
    grid = Grid(np.array([[1, 2.5], [np.nan, -3]]))
    grid.place(10, 20, 30)
    boxes = [s for s in grid.numbers() if isinstance(s, Box)]
    assert [(b.x, b.y) for b in boxes] == [(10, 20), (40, 20), (10, 50), (40, 50)]
    labels = [s.text for s in grid.numbers() if isinstance(s, Label)]
    assert labels == ["1", "2.50", "-3"]


def test_a_frame_is_one_where_cells_touch_and_many_where_they_do_not():
    grid = Grid(np.zeros((3, 3)))
    grid.place(0, 0, 10)
    (whole,) = grid.frame([0, 1], [1, 2], width=2)
    assert (whole.x, whole.y, whole.width, whole.height) == (11, 1, 18, 18)
    apart = grid.frame([0, 2], [1])
    assert [(f.x // 10, f.y // 10) for f in apart] == [(1, 0), (1, 2)]


def test_a_page_makes_grids_of_one_size_side_by_side_and_explains_cells_below():
    page = Page()
    wide, tall = Grid(np.zeros((2, 9)), "wide"), Grid(np.zeros((4, 2)), "tall")
    page.row(wide, "→", tall, height=200)
    assert wide.width == tall.width and wide.right < tall.x
    page.point_at(
        tall, words=lambda place: [f"cell {place}"], rest=(0, 1), marks=lambda place: ()
    )
    scene = page.scene("two grids")
    hovers = [shape for shape in scene.shapes if isinstance(shape, Hover)]
    assert [h.description for h in hovers][:2] == ["cell (0, 0)", "cell (0, 1)"]
    assert scene.description == "wide. tall. cell (0, 1). two grids"
    below = [s for h in hovers for s in h.shown if isinstance(s, Label)]
    assert all(tall.bottom < label.y < scene.height for label in below)


def test_colours_are_centred_on_zero_and_readable():
    middle = signed_colour(0, 5)
    red, green, blue = (int(middle[i : i + 2], 16) for i in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) < 10
    assert signed_colour(9, 5) == signed_colour(5, 5) != signed_colour(-5, 5)
    assert readable_on("#ffffff") == INK
    assert readable_on("#000000") == PAPER


CHART = Chart(left=50, top=10, width=200, height=100, x=(0, 4), y=(-1, 1))


def test_a_chart_puts_numbers_where_they_belong():
    assert [CHART.across(x) for x in (0, 1, 4)] == [50, 100, 250] and CHART.right == 250
    assert [CHART.down(y) for y in (-1, 0, 1)] == [110, 60, 10] and CHART.bottom == 110
    line = CHART.curve([0, 2, 4], [0, 1, 5], colour="#0000ff", dashed=True)
    assert line == Line(((50, 60), (150, 10), (250, 10)), "#0000ff", 2, True)


def test_points_beyond_the_edge_stay_at_it_and_are_hollow():
    inside, above = CHART.points([1, 2], [0, 9], colours=["#0000ff"] * 2, side=4)
    assert inside == Box(98, 58, 4, 4, fill="#0000ff")
    assert above == Box(148, 8, 4, 4, fill=PAPER, stroke="#0000ff")


def test_axes_write_each_number_once_beside_its_place():
    parts = CHART.axes([0, 2, 4], [-1, 0.5], xlabel="epoch")
    places = {p.text: (p.x, p.y) for p in parts if isinstance(p, Label)}
    assert list(places) == ["−1", "0.5", "0", "2", "4", "epoch"]
    assert places["0.5"] == (42, 35) and places["2"] == (150, 124)
    assert CHART.axes([], []) == [Line(((50, 110), (250, 110)), QUIET)]


def test_axes_write_what_they_are_told_and_lie_where_they_are_told():
    at_zero = CHART.axes({}, {0: "none"}, base=0)
    level = (50, 60), (250, 60)
    assert at_zero[1].text == "none" and at_zero[-1] == Line(level, QUIET)


@given(
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 1e6),
    most=st.integers(3, 10),
    whole=st.booleans(),
)
def test_ticks_are_few_round_numbers_around_the_range(low, span, most, whole):
    found = ticks(low, low + span, most=most, whole=whole)
    steps, slack = np.diff(found), 1e-6 * span
    assert found[0] <= low + slack and found[-1] >= low + span - slack
    assert 2 <= len(found) <= most
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    first_digit = f"{steps[0]:.0e}"[0]
    assert first_digit in "125" and (not whole or steps[0] >= 1)


def test_ticks_of_a_single_number_are_a_step_apart():
    assert ticks(3, 3) == [3.0, 3.01] and ticks(3, 3, whole=True) == [3, 4]
