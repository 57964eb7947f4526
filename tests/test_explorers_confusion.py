"""The confusion explorer: pure functions over all cells, then its widgets."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image
from text_room import outside

from course_utils.drawing import Hover, Label
from course_utils.evaluation import Predictions, largest_confusions
from course_utils.explorers.confusion import confusion_explorer
from course_utils.explorers.confusion.picture import (
    GRID_WIDTH,
    HEIGHT,
    IMAGES_WIDTH,
    draw_images,
    scene,
    still,
)
from course_utils.explorers.confusion.state import (
    PAGE,
    State,
    about_images,
    cell_in_words,
    change,
    count_predictions,
)
from course_utils.explorers.sheet import DOTS

NAMES = ("airplane", "automobile", "bird", "never seen")
CIFAR = (*NAMES[:3], "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def predicted_at_random(count: int = 300, classes: int = 3):
    random = np.random.default_rng(0)
    targets, predicted = random.integers(0, classes, (2, count))
    # Class 0 is rare, so that counts and shares rank differently.
    targets[: count // 2] = 1
    pixels = random.integers(0, 256, (count, 3, 8, 8), dtype=np.uint8)
    confidence = random.uniform(0.3, 1, count).astype(np.float32)
    return pixels, Predictions(targets, predicted, confidence)


PIXELS, SAID = predicted_at_random()
COUNTED = count_predictions(PIXELS, SAID, NAMES, "")
CELLS = list(itertools.product(range(len(NAMES)), repeat=2))


@pytest.mark.parametrize("unsure", [False, True])
def test_every_cell_shows_its_images_in_order(unsure):
    for true, predicted in CELLS:
        state = State(true, predicted, unsure=unsure)
        chosen = COUNTED.chosen(state)
        here = (SAID.targets == true) & (SAID.predicted == predicted)
        assert sorted(chosen) == np.flatnonzero(here).tolist()
        steps = np.diff(SAID.confidence[chosen])
        assert (steps >= 0).all() if unsure else (steps <= 0).all()
        assert COUNTED.shown(state).tolist() == chosen[:PAGE].tolist()


def test_words_count_right_and_guard_empty_rows():
    for true, predicted in CELLS:
        title, words = cell_in_words(true, predicted, COUNTED)
        assert ("recognised" in title) == (true == predicted)
        count = len(COUNTED.chosen(State(true, predicted)))
        row = int((SAID.targets == true).sum())
        if row:
            assert words == f"{count} of {row} ({count / row:.1%})"
        else:
            assert words == "No image is of the class never seen."
        empty = about_images(State(true, predicted), COUNTED) == "no picture here"
        assert empty == (count == 0)


def test_the_ranking_is_that_of_the_largest_confusions():
    ranked = COUNTED.ranked(by_row=False)
    words = largest_confusions(COUNTED.counts, NAMES, count=99)
    assert len(ranked) == len(words)
    for pair, line in zip(ranked, words, strict=True):
        assert line.startswith(cell_in_words(*pair, COUNTED)[0])
    shares = [COUNTED.shares[pair] for pair in COUNTED.ranked(by_row=True)]
    assert shares == sorted(shares, reverse=True)
    assert COUNTED.ranked(by_row=True) != ranked


def test_the_stepper_and_the_menus_agree():
    move = lambda s, n, v: change(s, n, v, counted=COUNTED)  # noqa: E731
    first = COUNTED.first_state()
    ranked = COUNTED.ranked(by_row=False)
    assert (first.true, first.predicted) == ranked[0]
    for rank, pair in enumerate(ranked, 1):
        stepped = move(first, "rank", rank)
        assert (stepped.true, stepped.predicted) == pair
        by_menu = move(move(first, "true", pair[0]), "predicted", pair[1])
        assert by_menu == stepped
    last = move(first, "rank", len(ranked))
    diagonal = move(last, "predicted", last.true)
    assert diagonal.rank == last.rank
    by_row = move(last, "by_row", True)
    assert COUNTED.ranked(by_row=True)[by_row.rank - 1] == (last.true, last.predicted)


@pytest.mark.parametrize("by_row", [False, True])
def test_labels_say_the_numbers_and_stay_on_the_sheet(by_row):
    for cell in CELLS:
        picture = scene(State(*cell, by_row=by_row), COUNTED)
        assert outside(picture) == []
        assert picture.width == GRID_WIDTH <= 800 - IMAGES_WIDTH
    corners = [shape for shape in picture.shapes if isinstance(shape, Hover)]
    for cell, hover in zip(CELLS, corners, strict=True):
        (box,) = hover.target
        middle = box.x + box.width / 2, box.y + box.height / 2
        labels = [shape for shape in picture.shapes if isinstance(shape, Label)]
        texts = [label.text for label in labels if (label.x, label.y) == middle]
        count, share = COUNTED.counts[cell], COUNTED.shares[cell]
        written = f"{100 * share:.1f}" if by_row else f"{count}"
        assert texts == ([written] if count else [])
        assert hover.description == ": ".join(cell_in_words(*cell, COUNTED))


def test_the_names_of_cifar10_fit():
    pixels, said = predicted_at_random(900, classes=10)
    counted = count_predictions(pixels, said, CIFAR, "")
    for cell in itertools.product(range(10), repeat=2):
        assert outside(scene(State(*cell), counted)) == []


def test_the_images_themselves_are_drawn_and_an_empty_cell_has_none():
    for cell in CELLS:
        picture = Image.open(io.BytesIO(draw_images(State(*cell), COUNTED)))
        assert picture.size == (IMAGES_WIDTH * DOTS, HEIGHT * DOTS)
        below = np.asarray(picture)[66 * DOTS :]
        assert (below != 255).any() == (COUNTED.counts[cell] > 0)
    both = Image.open(io.BytesIO(still(State(0, 1), COUNTED)))
    assert both.size == (800 * DOTS, HEIGHT * DOTS)


def test_a_network_without_mistakes_is_shown_too():
    right = Predictions(np.zeros(3, int), np.zeros(3, int), np.ones(3, np.float32))
    explorer = confusion_explorer(PIXELS[:3], right, NAMES, title="<test>")
    assert explorer.widgets["rank"].disabled
    assert explorer.state == State(0, 0)


@pytest.mark.parametrize(
    ("names", "words"),
    [(["x"] * 21, "room for 20"), (["x"], "1 class names, but class numbers up to 2")],
)
def test_what_does_not_fit_is_refused(names, words):
    with pytest.raises(ValueError, match=words):
        confusion_explorer(PIXELS, SAID, names)
