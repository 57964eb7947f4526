"""The network gets what is drawn, and the words say whether it changed its mind."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from course_utils.chapters.start_here import looking
from course_utils.kit.shipped import trained_network
from course_utils.models import FashionANN

NAMES = [f"class {number}" for number in range(10)]
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 1, 28, 28), dtype=np.uint8)
MODEL = trained_network()
ARGUMENTS = MODEL, IMAGES, NAMES
FOR_COLOURS = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
TOO_LARGE = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(9, 10))
FIRST = looking.looking_explorer(*ARGUMENTS).state


def shown(before, now, **changes):
    """Return a state in which the network says these two things."""
    state = replace(FIRST, **changes)
    eye = np.eye(10)
    state.__dict__.update(before=eye[before], now=eye[now])
    return state


KNOWN = looking.looking_explorer(*ARGUMENTS, [1, None, 2, 3]).state
SAYS = [
    (KNOWN, "Image 0 (class 1): "),
    (replace(KNOWN, image=1), "Image 1: "),
    (FIRST, "Nothing is changed yet."),
    (shown(1, 1, pixels="mirrored"), "Now: class 1, 100% sure. It stays with that."),
    (shown(1, 2, right=3), "class 2, 100% sure. It has changed its mind."),
]
REFUSED = [
    (r"expected \(N, 1, 28, 28\)", [MODEL, IMAGES[..., :20], NAMES]),
    ("10 logits but there are 3 names", [MODEL, IMAGES, NAMES[:3]]),
    ("4 images but 2 targets", [*ARGUMENTS, [1, None]]),
    ("targets holds 10; expected", [*ARGUMENTS, [1, None, 10, 2]]),
    ("begins with Flatten and Linear", [FashionANN(), IMAGES, NAMES]),
    ("begins with ReLU;", [nn.ReLU(), IMAGES, NAMES]),
    ("begins with Conv2d and ReLU; expected.*1, …", [FOR_COLOURS, IMAGES, NAMES]),
    ("cannot take images.*in_features", [TOO_LARGE, IMAGES, NAMES]),
]


def test_the_network_gets_what_is_drawn():
    image = IMAGES[0, 0]
    np.testing.assert_array_equal(FIRST.seen, image)
    shift = replace(FIRST, right=-3).seen
    np.testing.assert_array_equal(shift[:, :-3], image[:, 3:])
    assert not shift[:, -3:].any()
    expected = {"mirrored": np.fliplr(image), "upside down": np.flipud(image)}
    expected["inverted"] = 255 - image
    for pixels, result in expected.items():
        np.testing.assert_array_equal(replace(FIRST, pixels=pixels).seen, result)
    shuffled = replace(FIRST, pixels="shuffled").seen
    assert (np.sort(shuffled, None) == np.sort(image, None)).all()
    assert (shuffled != image).mean() > 0.9
    covered = replace(FIRST, cover=4, row=0, column=27).seen
    assert not covered[:2, 25:].any() and (covered != image).sum() <= 6


def test_answers_and_maps_are_what_the_network_computes():
    state = replace(FIRST, image=2, pixels="mirrored", right=2, cover=6)
    batch = torch.tensor(state.seen)[None, None] / 255
    expected = MODEL(batch).softmax(dim=1)[0].detach()
    np.testing.assert_allclose(state.now, expected, atol=1e-6)
    maps = MODEL[1](MODEL[0](batch))[0].detach()
    np.testing.assert_allclose(state.maps, maps, atol=1e-6)


def test_training_goes_on_without_changing_what_is_shown():
    model = trained_network().train()
    state = looking.looking_explorer(model, IMAGES, NAMES).state
    with torch.no_grad():
        model[0].weight.zero_()
    assert state.kernels.any() and model.training
    assert isinstance(state.model, nn.Module) and not state.model.training
