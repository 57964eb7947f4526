"""Both scores of every picture are PyTorch's, and the headlines name the winners."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from course_utils.chapters.pattern_finding.patterns import PATCH, Patterns

CROSS, SQUARE = Patterns(), Patterns("square", 2, 0, 0)
GIVEN = itertools.product(*map(CROSS.choices, CROSS.controls()))
STATES = list(itertools.starmap(Patterns, GIVEN))
TIED, MANY = Patterns("letter T", 9, 5, 4), Patterns("square", 9, 4, 1)
SUM = "0·0 + 1·3 + 0·0 + 1·3 + 1·3 + 1·3 + 0·0 + 1·3 + 0·0"
SAYS = [
    (CROSS, "Dot product: the bright patch wins with 45."),
    (CROSS, "Cosine: the motif wins with 1.00."),
    (SQUARE, "Dot product: the bright patch wins with 81."),
    (SQUARE, "Cosine: the motif and the bright patch tie at 1.00."),
    (TIED, "Dot product: the bright patch and the motif tie at 45."),
    (TIED, "Cosine: the motif wins with 0.85."),
    (MANY, "Dot product: 4 windows tie at 81."),
    (MANY, "Cosine: 4 windows tie at 1.00."),
    (CROSS, f"Window [1, 1]: dot product {SUM} = 15 cosine 15 / (√5 · √45) = 15 / 15"),
    (CROSS, "45 / (√5 · √729) = 45 / 60.37 = 0.75"),
    (CROSS, "a window of zeros has no direction"),
    (Patterns("ring", 3, *PATCH), "The patch covers the motif."),
]


def test_both_scores_are_pytorchs():
    arrays = ([getattr(s, name) for s in STATES] for name in ("pixels", "kernel"))
    pixels, kernels = (torch.tensor(np.stack(a), dtype=float) for a in arrays)
    windows, weights = F.unfold(pixels[:, None], 3), kernels.reshape(-1, 9, 1)
    cosines = F.cosine_similarity(windows, weights, dim=1)
    for name, expected in ("dots", (windows * weights).sum(1)), ("cosines", cosines):
        ours = np.stack([getattr(state, name).ravel() for state in STATES])
        np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_dot_product_is_fooled_and_cosine_is_not():
    for state in STATES:
        if max(abs(state.row - PATCH[0]), abs(state.column - PATCH[1])) >= 3:
            dots, cosines = state.winners
            assert PATCH in dots and state.place in cosines
            # A square is the patch in another brightness: nothing tells them apart.
            assert (PATCH in cosines) == (state.motif == "square")
            assert (state.place in dots) == (state.brightness == 9)


def test_headlines_name_the_winners_and_their_score():
    for state in STATES:
        maps = state.dots, state.cosines
        for words, scores, found in zip(state.headlines(), maps, state.winners):
            assert np.allclose(scores[tuple(np.transpose(found))], scores.max())
            written = float(words.split()[-1].strip("."))
            assert written == pytest.approx(scores.max(), abs=0.005)
            assert ("tie" in words) == (len(found) > 1)
            assert "the motif" not in words or state.place in found
            assert "the bright patch" not in words or PATCH in found
