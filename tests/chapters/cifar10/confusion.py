"""A cell of the confusion matrix shows its own images, and is counted right."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from explorer_moves import CLASSES, GREY, SAID, drawn

from course_utils.chapters.cifar10.confusion import PAGE, confusion_explorer
from course_utils.evaluation import Predictions, largest_confusions
from course_utils.kit.scene import Hover, Label, Photo

ARGUMENTS = GREY, SAID, CLASSES
REFUSED = [("room for 20", [GREY, SAID, ["x"] * 21])]

NAMES = ("airplane", "automobile", "bird", "never seen")
RANDOM = np.random.default_rng(0)
TARGETS, PREDICTED = RANDOM.integers(0, 3, (2, 300))
TARGETS[:150] = 1  # so that counts and shares rank differently
MANY = Predictions(TARGETS, PREDICTED, RANDOM.uniform(0.3, 1, 300).astype(np.float32))
IMAGES = RANDOM.integers(0, 256, (300, 3, 8, 8), dtype=np.uint8)
FIRST = confusion_explorer(IMAGES, MANY, NAMES).state
CELLS = list(itertools.product(range(len(NAMES)), repeat=2))


@pytest.mark.parametrize("unsure", [False, True])
def test_every_cell_shows_its_images_in_order(unsure):
    for true, predicted in CELLS:
        state = replace(FIRST, true=true, predicted=predicted, unsure=unsure)
        here = (TARGETS == true) & (PREDICTED == predicted)
        assert sorted(state.chosen) == np.flatnonzero(here).tolist()
        steps = np.diff(MANY.confidence[state.chosen])
        assert (steps >= 0).all() if unsure else (steps <= 0).all()
        photos = [photo.pixels for photo in drawn(state, Photo)]
        assert len(photos) == min(PAGE, here.sum())
        for photo, index in zip(photos, state.chosen):
            np.testing.assert_array_equal(photo, np.moveaxis(IMAGES[index], 0, -1))


def test_words_count_right_and_guard_empty_rows():
    for true, predicted in CELLS:
        state = replace(FIRST, true=true, predicted=predicted)
        title, words = state.words(true, predicted)
        assert ("recognised" in title) == (true == predicted)
        count, row = len(state.chosen), int((TARGETS == true).sum())
        share = f"{count} of {row} ({count / max(row, 1):.1%})"
        assert words == (share if row else "No image is of the class never seen.")
        assert (state.about_images() == "no picture here") == (count == 0)


def test_the_ranking_is_that_of_the_largest_confusions():
    lines = largest_confusions(FIRST.counts, NAMES, count=99)
    titles = [FIRST.words(*place)[0] for place in FIRST.ranked]
    assert [line.split(": ")[0] for line in lines] == titles
    shares = replace(FIRST, by_row=True)
    values = [shares.shares[place] for place in shares.ranked]
    assert values == sorted(values, reverse=True) and shares.ranked != FIRST.ranked


def test_the_stepper_and_the_menus_agree():
    assert FIRST.cell == FIRST.ranked[0]
    for rank, (true, predicted) in enumerate(FIRST.ranked, 1):
        stepped = FIRST.after("rank", rank)
        assert stepped.cell == (true, predicted)
        assert stepped == FIRST.after("true", true).after("predicted", predicted)
    assert stepped.after("predicted", stepped.true).rank == stepped.rank
    by_row = stepped.after("by_row", True)
    assert by_row.ranked[by_row.rank - 1] == stepped.cell


@pytest.mark.parametrize("by_row", [False, True])
def test_cells_say_their_numbers_and_speak(by_row):
    state = replace(FIRST, by_row=by_row)
    texts = {(label.x, label.y): label.text for label in drawn(state, Label)}
    for cell, hover in zip(CELLS, drawn(state, Hover), strict=True):
        (box,), count = hover.target, FIRST.counts[cell]
        written = f"{100 * FIRST.shares[cell]:.1f}" if by_row else f"{count}"
        text = texts.get((box.x + box.width / 2, box.y + box.height / 2))
        assert text == (written if count else None)
        assert hover.description == ": ".join(FIRST.words(*cell))


def test_a_matrix_without_mistakes():
    right = Predictions(np.zeros(3, int), np.zeros(3, int), np.ones(3, np.float32))
    explorer = confusion_explorer(IMAGES[:3], right, NAMES, title="<test>")
    assert explorer.widgets["rank"].disabled and explorer.state.cell == (0, 0)
