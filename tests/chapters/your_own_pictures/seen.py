"""What reaches the network is the photograph's middle, all of it, or with a border."""

import numpy as np
import torch
from PIL import Image

from course_utils.chapters.your_own_pictures.own_pictures import photo_network
from course_utils.chapters.your_own_pictures.seen import WAYS, WHICH, Seen, squared
from course_utils.data import read_image
from course_utils.transfer import Known

torch.manual_seed(0)
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (6, 3, 40, 30), dtype=np.uint8)
KNOWN = Known(("ant", "bee"), torch.full((3,), 0.5), torch.full((3,), 0.25), 32)
ARGUMENTS = photo_network(2), IMAGES, [0, 1, 0, 1, 0, 1], KNOWN
REFUSED = [
    ("6 images but 5 targets", [ARGUMENTS[0], IMAGES, [0] * 5, KNOWN]),
    (r"\(16, 12\); expected 1, 2", [*ARGUMENTS[:3], KNOWN._replace(size=(16, 12))]),
]


def test_the_middle_is_what_read_image_takes(tmp_path):
    Image.fromarray(np.moveaxis(IMAGES[0], 0, -1)).save(tmp_path / "photo.png")
    read = read_image(tmp_path / "photo.png", size=16)
    np.testing.assert_array_equal(squared(IMAGES[0], WAYS[0], 16), read.numpy())


def test_nothing_is_cut_off_where_it_is_said():
    framed = np.zeros((3, 40, 30), np.uint8)
    framed[:, [0, -1]] = 255
    middle, squashed, bordered = (squared(framed, way, 20) for way in WAYS)
    assert middle.max() == 0
    assert squashed[:, [0, -1]].min() > 0
    assert (bordered[:, 10, [0, -1]] == 128).all() and bordered[:, 0, 10].min() > 0


def test_the_surest_mistakes_come_first():
    from course_utils.chapters.your_own_pictures.seen import seen_explorer

    state = seen_explorer(*ARGUMENTS).state.after("which", WHICH[1])
    shares = [state.says(squared(IMAGES[i], WAYS[0], 32)) for i in state.listed]
    assert [*state.listed] == [*state.wrong]
    for number, share in zip(state.listed, shares, strict=True):
        assert share.argmax() != ARGUMENTS[2][number]
    sure = [share.max() for share in shares]
    assert sure == sorted(sure, reverse=True)


def test_it_says_what_the_network_says():
    state = Seen(images=IMAGES, targets=[0] * 6, model=ARGUMENTS[0].eval(), known=KNOWN)
    with torch.no_grad():
        logits = state.model((torch.tensor(state.seen)[None] / 255 - 0.5) / 0.25)
    np.testing.assert_allclose(state.says(state.seen), logits.softmax(1)[0], atol=1e-5)
