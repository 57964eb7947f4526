"""The explorer of mistakes: pure functions over all states, then its widgets."""

import io
import itertools
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from course_utils.evaluation import Predictions
from course_utils.explorers.mistakes import mistake_explorer
from course_utils.explorers.mistakes.picture import (
    COLUMN,
    HEIGHT,
    LINE,
    SIDE,
    TOP,
    WIDTH,
    draw,
)
from course_utils.explorers.mistakes.state import (
    ANY,
    PAGE,
    State,
    advice,
    as_predicted,
    change,
    headline,
)
from course_utils.explorers.sheet import DOTS

NAMES = ("shirt", "coat", "bag")


def predicted_at_random(images: int, *, channels: int = 1, side: int = 28):
    random = np.random.default_rng(0)
    shape = (images, channels, side, side)
    targets, predicted = random.integers(0, len(NAMES), (2, images))
    confidence = random.uniform(0.3, 1, images).astype(np.float32)
    pixels = random.integers(0, 256, shape, dtype=np.uint8)
    return pixels, Predictions(targets, predicted, confidence)


def among(pixels, predictions, names=NAMES, title=""):
    return as_predicted(pixels, predictions, names, title)


MANY = among(*predicted_at_random(400))
RIGHT = among(
    np.zeros((3, 1, 4, 4), np.uint8),
    Predictions(np.arange(3), np.arange(3), np.ones(3, np.float32)),
)
FEW = among(
    np.zeros((22, 1, 4, 4), np.uint8),
    Predictions(
        np.array([0] * 20 + [1, 2]), np.ones(22, int), np.array([0.9] * 21 + [0.5])
    ),
)
ONE = among(
    np.zeros((1, 3, 8, 8), np.uint8),
    Predictions(np.array([0]), np.array([1]), np.float32([0.996])),
)
CLASSES = range(ANY, len(NAMES))
STATES = [State(*s) for s in itertools.product(CLASSES, CLASSES, range(0, 101, 5))]


def opened(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_every_state_shows_the_mistakes_it_names_and_the_surest_first():
    said = MANY.predictions
    for state in STATES:
        pages = [replace(state, page=p + 1) for p in range(MANY.pages(state))]
        shown = np.concatenate([MANY.shown(page) for page in pages])
        fits = (said.predicted != said.targets) & (MANY.percent >= state.sure)
        for wanted, classes in (
            (state.true, said.targets),
            (state.predicted, said.predicted),
        ):
            fits &= (wanted == ANY) | (classes == wanted)
        assert sorted(shown) == np.flatnonzero(fits).tolist()
        assert (np.diff(said.confidence[shown]) <= 0).all()
        assert all(len(MANY.shown(page)) == PAGE for page in pages[:-1])


def test_every_page_has_a_headline_that_counts_right():
    for state in STATES:
        count, words = len(MANY.chosen(state)), headline(state, MANY)
        number = {0: "no image", 1: "1 image"}.get(count, f"{count} images")
        assert f": {number}" in words
        assert ("showing 1–16" in words) == (count > PAGE)
        assert (f"at least {state.sure}% sure" in words) == (state.sure > 0)
        if not count:
            assert advice(state, MANY)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(), "All mistakes: 21 images, showing 1–16"),
        (State(page=2), "All mistakes: 21 images, showing 17–21"),
        (State(0, 1), "shirt taken for coat: 20 images, showing 1–16"),
        (State(2), "bag taken for anything else: 1 image"),
        (State(2, sure=55), "bag taken for anything else, at least 55% sure: no image"),
        (State(ANY, 1), "Anything else taken for coat: 21 images, showing 1–16"),
        (State(1, 1), "coat taken for coat: no image"),
    ],
)
def test_headlines(state, words):
    assert headline(state, FEW) == words


def test_it_begins_with_the_most_frequent_confusion():
    assert FEW.first_state() == State(0, 1)
    first = MANY.first_state()
    pairs = itertools.permutations(range(len(NAMES)), 2)
    largest = max(len(MANY.chosen(State(*pair))) for pair in pairs)
    assert len(MANY.chosen(first)) == largest
    assert ANY not in (first.true, first.predicted)
    assert (first.sure, first.page) == (0, 1)


def test_another_choice_goes_back_to_the_first_page():
    state = change(State(), "page", 9, among=MANY)
    assert state.page == 9
    assert change(state, "sure", 50, among=MANY) == State(sure=50)
    assert change(state, "true", 1, among=MANY) == State(true=1)
    assert change(state, "page", 99, among=MANY).page == MANY.pages(state)


@pytest.mark.parametrize(
    ("state", "data", "words"),
    [
        (State(), RIGHT, "All 3 predictions are right."),
        (State(1, 1), MANY, "no mistake"),
        (State(0, 1, 100), MANY, "move “sure at least” to the left"),
        (State(1, 0), ONE, "This never happened"),
    ],
)
def test_a_picture_without_images_says_why(state, data, words):
    assert headline(state, data).endswith("no image")
    assert words in advice(state, data)
    written = (opened(draw(state, data)) < 200).any(axis=(1, 2))
    below = TOP * DOTS
    assert written[:below].any()
    assert written[below:].any()


def test_a_caption_and_the_slider_mean_the_same_percent():
    assert ONE.percent.tolist() == [100]
    assert ONE.chosen(State(sure=100)).tolist() == [0]


@pytest.mark.parametrize(("channels", "side"), [(1, 28), (3, 32), (3, 200), (1, 1)])
def test_the_images_themselves_are_drawn_in_reading_order(channels, side):
    pixels, predictions = predicted_at_random(60, channels=channels, side=side)
    pixels[:] = np.arange(60)[:, None, None, None]
    data = among(pixels, predictions)
    picture = opened(draw(State(), data))
    assert picture.shape == (HEIGHT * DOTS, WIDTH * DOTS, 3)
    row = TOP + 3 * LINE + SIDE // 2
    middles = (np.arange(8) + 0.5) * COLUMN * DOTS
    drawn = picture[row * DOTS, middles.astype(int)]
    np.testing.assert_array_equal(drawn[:, 0], pixels[data.shown(State())[:8], 0, 0, 0])


def test_colours_stay_in_their_channels():
    blue = np.zeros((1, 3, 8, 8), np.uint8)
    blue[:, 2] = 255
    picture = opened(draw(State(), among(blue, ONE.predictions)))
    side = SIDE * DOTS // 8 * 8
    assert (picture == (0, 0, 255)).all(axis=2).sum() == side**2


def test_long_names_stay_in_their_column():
    pixels, predictions = predicted_at_random(40)
    names = ["shirt", "x" * 200, "Sneaker with a very long name"]
    picture = opened(draw(State(), among(pixels, predictions, names)))
    edges = np.arange(1, 8) * COLUMN * DOTS
    top = TOP * DOTS
    assert (picture[top:, edges] == 255).all()


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda p, s, n: (p[:, 0], s, n), r"\(N, 1, H, W\)"),
        (lambda p, s, n: (p / 255, s, n), "float64.*uint8"),
        (lambda p, s, n: (p.repeat(2, axis=1), s, n), r"\(5, 2, 28, 28\)"),
        (lambda p, s, n: (p[:4], s, n), "4 images but 5 predictions"),
        (lambda p, s, n: (p, s, n[:2]), "2 class names, but class numbers up to 2"),
        (lambda p, s, n: (p[:0], s, n), "no images"),
    ],
)
def test_what_does_not_belong_together_is_refused(spoil, match):
    pixels, predictions = predicted_at_random(5)
    predictions.targets[0] = 2
    with pytest.raises(ValueError, match=match):
        mistake_explorer(*spoil(pixels, predictions, NAMES))


def test_every_control_redraws_once_and_without_error():
    explorer, pictures = mistake_explorer(*predicted_at_random(400), NAMES), []
    widgets = explorer.widgets
    widgets["picture"].observe(lambda event: pictures.append(event.new), "value")
    values = {name: [*CLASSES] for name in ("true", "predicted")}
    values["sure"] = [*range(0, 101, 5)]
    for name in ("sure", "predicted", "true"):
        for value in [*values[name], values[name][0]]:
            drawn = len(pictures)
            widgets[name].value = value
            assert explorer.error.value == ""
            assert len(pictures) - drawn <= 1
            assert getattr(explorer.state, name) == widgets[name].value == value
    assert explorer.state == State()
    drawn, last = len(pictures), widgets["page"].max
    assert last == MANY.pages(State())
    for page in range(2, last + 1):
        widgets["page"].value = page
    assert len({*pictures[drawn:]}) == last - 1
    widgets["true"].value = 0
    assert widgets["page"].value == 1
    assert 1 < widgets["page"].max < last


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_cell_output_has_view_still_and_text(kind):
    pixels, predictions = predicted_at_random(9)
    explorer = mistake_explorer(kind(pixels), predictions, NAMES, title="test")
    bundle = explorer._repr_mimebundle_(include=None, exclude=None)
    assert bundle.pop("application/vnd.jupyter.widget-view+json")["model_id"]
    assert b64decode(bundle.pop("image/png")) == explorer.widgets["picture"].value
    assert bundle == {"text/plain": "Explorer of mistakes: run this cell to use it"}


@pytest.mark.parametrize("names", [["only"], NAMES])
def test_a_network_without_mistakes_is_shown_too(names):
    classes = np.arange(3) % len(names)
    right = Predictions(classes, classes, np.ones(3, np.float32))
    explorer = mistake_explorer(RIGHT.images, right, names)
    for name in ("true", "predicted", "sure"):
        explorer.widgets[name].value = 0
        assert explorer.error.value == ""
    assert explorer.widgets["page"].disabled
