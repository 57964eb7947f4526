"""The pattern explorer: pure functions over the whole grid of controls."""

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from text_room import labels_of, outside
from torch.nn import functional as F

from course_utils.drawing import Hover, svg
from course_utils.explorers.patterns import pattern_explorer
from course_utils.explorers.patterns.picture import scene
from course_utils.explorers.patterns.state import (
    BRIGHTEST,
    LAST,
    MOTIFS,
    PATCH,
    State,
    change,
    compute,
)

SVG = "{http://www.w3.org/2000/svg}"
PLACES = range(LAST + 1)
LEVELS = range(1, BRIGHTEST + 1)
STATES = [State(*s) for s in itertools.product(MOTIFS, PLACES, PLACES, LEVELS)]
SOME = [*STATES[::11], *(State(motif, *PATCH) for motif in MOTIFS)]


def apart(state: State) -> bool:
    """Whether motif and patch share no pixel."""
    return max(abs(state.row - PATCH[0]), abs(state.column - PATCH[1])) >= 3


def test_both_scores_agree_with_pytorch():
    results = [compute(state) for state in STATES]
    pictures = torch.tensor(np.stack([r.picture for r in results]), dtype=torch.float64)
    kernels = torch.tensor(np.stack([r.kernel for r in results]), dtype=torch.float64)
    windows = F.unfold(pictures[:, None], 3)
    weights = kernels.reshape(-1, 9, 1)
    for name, expected in (
        ("dots", (windows * weights).sum(1)),
        ("cosines", F.cosine_similarity(windows, weights, dim=1)),
    ):
        ours = np.stack([getattr(result, name) for result in results])
        np.testing.assert_allclose(ours.reshape(len(ours), -1), expected, atol=1e-6)


def test_dot_product_is_fooled_and_cosine_is_not():
    for state in filter(apart, STATES):
        result = compute(state)
        dots, cosines = result.winners
        assert PATCH in dots and result.motif in cosines
        assert result.cosines[result.motif] == pytest.approx(1)
        # A square is the patch in another brightness: nothing tells them apart.
        assert (PATCH in cosines) == (state.motif == "square")
        assert (result.motif in dots) == (state.brightness == BRIGHTEST)


def test_where_motif_and_patch_overlap_the_brighter_one_is_seen():
    for state in STATES:
        result = compute(state)
        assert (result.window(PATCH) == BRIGHTEST).all()
        assert result.picture.max() == BRIGHTEST
        here = result.window(result.motif)
        assert (here >= state.brightness * result.kernel).all()
        assert result.hidden == (result.motif == PATCH)


def test_headlines_name_the_winners_and_their_score():
    for state in STATES:
        result = compute(state)
        for words, scores, winners in zip(
            result.headlines, (result.dots, result.cosines), result.winners
        ):
            assert np.allclose(scores[tuple(np.transpose(winners))], scores.max())
            assert float(words.split()[-1].strip(".")) == pytest.approx(
                scores.max(), abs=0.005
            )
            assert ("tie" in words) == (len(winners) > 1)
            if "the motif" in words:
                assert result.motif in winners
            if "the bright patch" in words:
                assert PATCH in winners


@pytest.mark.parametrize(
    ("state", "dot", "cosine"),
    [
        (State(), "the bright patch wins with 45", "the motif wins with 1.00"),
        (
            State(brightness=9),
            "the motif and the bright patch tie at 45",
            "the motif wins with 1.00",
        ),
        (
            State("square", 0, 0, 2),
            "the bright patch wins with 81",
            "the motif and the bright patch tie at 1.00",
        ),
        (
            State("ring", *PATCH),
            "the bright patch wins with 72",
            "the bright patch wins with 0.94",
        ),
        (
            State("letter T", 5, 4, 9),
            "the bright patch and the motif tie at 45",
            "the motif wins with 0.85",
        ),
        (
            State("square", 4, 1, 9),
            "4 windows tie at 81",
            "4 windows tie at 1.00",
        ),
    ],
)
def test_headlines(state, dot, cosine):
    assert compute(state).headlines == (f"Dot product: {dot}.", f"Cosine: {cosine}.")


def hovers(state: State) -> list[str]:
    return [s.description for s in scene(state).shapes if isinstance(s, Hover)]


def test_pointing_shows_the_window_its_sum_and_its_lengths():
    assert hovers(State())[7] == (
        "Window [1, 1]: dot product 0·0 + 1·3 + 0·0 + 1·3 + 1·3 + 1·3 + 0·0 + 1·3 + 0·0"
        " = 15 cosine 15 / (√5 · √45) = 15 / 15 = 1.00"
    )
    assert "45 / (√5 · √729) = 45 / 60.37 = 0.75" in hovers(State())[4 * 6 + 4]
    assert hovers(State())[5].endswith("a window of zeros has no direction")


def test_every_picture_fits_its_sheet():
    for state in SOME:
        picture = scene(state)
        assert picture.width <= 800
        assert not outside(picture)
        assert min(label.size for label in labels_of(picture)) >= 12
        tree = ElementTree.fromstring(svg(picture, scope="one"))
        assert len(tree.findall(f"{SVG}g[@class='target']")) == 36
        assert tree.get("aria-label") == " ".join(compute(state).headlines)


def test_a_hidden_motif_is_said_to_be_hidden():
    def said(state: State) -> str:
        return " ".join(label.text for label in labels_of(scene(state)))

    for state in SOME:
        hidden = (state.row, state.column) == PATCH
        assert ("The patch covers the motif." in said(state)) == hidden
        assert ("Motif, window" in said(state)) == (not hidden)


def test_controls_change_one_thing_each():
    for name, value in (("motif", "ring"), ("row", 5), ("column", 0)):
        assert change(State(), name, value) == replace(State(), **{name: value})
    explorer = pattern_explorer()
    explorer.widgets["brightness"].value = BRIGHTEST
    assert explorer.state == State(brightness=BRIGHTEST)
    assert "tie at 45" in explorer.widgets["picture"].value
