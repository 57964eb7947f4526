"""What is answered, and what is not, is all there is; the limit divides it."""

import numpy as np
from explorer_moves import CLASSES, all_said, drawn

from course_utils.chapters.your_own_pictures.limit import Limit, limit_explorer
from course_utils.evaluation import Predictions
from course_utils.kit.scene import Hover

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (40, 3, 8, 8), dtype=np.uint8)
SURE = (0.4 + 0.6 * RANDOM.random(40)).astype(np.float32)
SAID = Predictions(*RANDOM.integers(0, 3, (2, 40)), SURE)
ARGUMENTS = SAID, IMAGES, CLASSES
FIRST = limit_explorer(*ARGUMENTS).state
THREE = Predictions(np.arange(3), np.array([0, 1, 1]), np.array([0.9, 0.6, 0.7]))
FEW = limit_explorer(THREE, IMAGES[:3], CLASSES).state
SAYS = [
    (FEW.after("limit", 0), "3 of 3 pictures are answered, 2 of these right: 67%."),
    (FEW.after("limit", 65), "2 of 3 pictures are answered, 1 of these right: 50%."),
    (FEW.after("limit", 65), "1 times it says: I don't know. 1 of these answers would"),
    (FEW.after("limit", 95), "0 of 3 pictures are answered."),
    (FEW, "Point at a picture."),
    (FEW, "coat, 70% sure; it is bag"),
]
REFUSED = [
    ("4 images but 40 predictions", [SAID, IMAGES[:4], CLASSES]),
    ("2 class names, but class numbers up to 2", [SAID, IMAGES, CLASSES[:2]]),
]


def test_counts_are_those_of_the_answers_at_least_as_sure():
    right = SAID.predicted == SAID.targets
    for limit in range(0, 100, 5):
        sure_enough = limit / 100 <= SURE
        expected = sure_enough.sum(), (sure_enough & right).sum()
        assert FIRST.counts(limit) == expected


def test_each_picture_is_drawn_once_and_more_than_fit_are_told():
    assert len(drawn(FIRST, Hover)) == 40
    many = np.arange(300) % 3
    said = Predictions(many, many, np.linspace(0.4, 1, 300, dtype=np.float32))
    state = Limit(images=IMAGES[many], answers=said, names=CLASSES)
    assert "99 of the pictures" in all_said(state)
