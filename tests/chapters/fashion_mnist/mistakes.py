"""Pages of mistakes hold what their headline says, the surest first."""

import itertools
from dataclasses import replace

import numpy as np
from explorer_moves import CLASSES, GREY, SAID, drawn

from course_utils.chapters.fashion_mnist.mistakes import ANY, mistake_explorer
from course_utils.evaluation import Predictions
from course_utils.kit.scene import Label, Photo

ARGUMENTS = GREY, SAID, CLASSES

MANY = mistake_explorer(GREY, SAID, CLASSES).state
RIGHT = Predictions(np.arange(3), np.arange(3), np.ones(3, np.float32))
SURE = np.array([0.9] * 21 + [0.5])
COATS = Predictions(np.array([0] * 20 + [1, 2]), np.ones(22, int), SURE)
FEW = mistake_explorer(np.zeros((22, 1, 4, 4), np.uint8), COATS, CLASSES).state
ALL, BAGS = replace(FEW, true=ANY, predicted=ANY), replace(FEW, true=2)
SAYS = [
    (ALL, "All mistakes: 21 images, showing 1–16"),
    (replace(ALL, page=2), "21 images, showing 17–21"),
    (FEW, "shirt taken for coat: 20 images, showing 1–16"),
    (replace(BAGS, predicted=ANY), "bag taken for anything else: 1 image"),
    (replace(FEW, true=ANY), "Anything else taken for coat: 21 images, showing 1–16"),
    (replace(BAGS, sure=55), "bag taken for coat, at least 55% sure: no image"),
    (replace(BAGS, sure=55), "move “sure at least” to the left"),
    (replace(FEW, true=1), "A class taken for itself is no mistake"),
    (replace(FEW, predicted=2), "This never happened"),
]
REFUSED = [
    (r"\(N, 1, H, W\)", [GREY[:, 0], SAID, CLASSES]),
    ("float64.*uint8", [GREY / 255, SAID, CLASSES]),
    (r"\(90, 2, 4, 4\)", [GREY.repeat(2, axis=1), SAID, CLASSES]),
    ("4 images but 90 predictions", [GREY[:4], SAID, CLASSES]),
    ("2 class names, but class numbers up to 2", [GREY, SAID, CLASSES[:2]]),
    ("no images", [GREY[:0], SAID, CLASSES]),
]


def test_every_state_shows_the_mistakes_it_names_and_the_surest_first():
    for true, predicted, sure in itertools.product(*[range(ANY, 3)] * 2, (0, 55, 100)):
        state = replace(MANY, true=true, predicted=predicted, sure=sure, page=1)
        pages = [replace(state, page=p) for p in range(1, state.pages + 1)]
        shown = np.concatenate([page.shown for page in pages])
        fits = (SAID.predicted != SAID.targets) & (state.percent >= sure)
        fits &= (true == ANY) | (SAID.targets == true)
        fits &= (predicted == ANY) | (SAID.predicted == predicted)
        assert sorted(shown) == np.flatnonzero(fits).tolist()
        assert (np.diff(SAID.confidence[shown]) <= 0).all()
        assert all(len(page.shown) == 16 for page in pages[:-1])


def test_each_image_stands_below_its_own_caption():
    photos = [photo.pixels for photo in drawn(MANY, Photo)]
    np.testing.assert_array_equal(photos, GREY[MANY.shown, 0])
    captions = [label.text for label in drawn(MANY, Label)]
    sure = [caption for caption in captions if caption.endswith("sure")]
    assert sure == [f"{100 * SAID.confidence[i]:.0f}% sure" for i in MANY.shown]


def test_it_begins_with_the_most_frequent_confusion_and_on_the_first_page():
    pairs = itertools.permutations(range(3), 2)
    counts = [len(replace(MANY, true=t, predicted=p).chosen) for t, p in pairs]
    assert len(MANY.chosen) == max(counts) and (MANY.sure, MANY.page) == (0, 1)
    moved = replace(MANY, true=ANY, predicted=ANY).after("page", 2)
    assert (moved.page, moved.after("sure", 50).page) == (2, 1)
    right = mistake_explorer(np.zeros((3, 1, 4, 4), np.uint8), RIGHT, CLASSES).state
    assert (right.true, right.predicted) == (ANY, ANY)
    assert right.advice() == "All 3 predictions are right."
