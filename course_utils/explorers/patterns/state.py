"""The pattern explorer without its widgets: what is shown, and how it changes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.convolution import conv2d
from course_utils.examples import Matrix
from course_utils.patterns import cosine_map

MOTIFS: dict[str, Matrix] = {
    "cross": ((0, 1, 0), (1, 1, 1), (0, 1, 0)),
    "corner": ((1, 0, 0), (1, 0, 0), (1, 1, 1)),
    "diagonal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "letter T": ((1, 1, 1), (0, 1, 0), (0, 1, 0)),
    "ring": ((1, 1, 1), (1, 0, 1), (1, 1, 1)),
    "square": ((1, 1, 1), (1, 1, 1), (1, 1, 1)),
}
"""Each is the kernel, too; the square differs from the patch in brightness only."""

SIDE, MOTIF_SIDE = 8, 3
LAST = SIDE - MOTIF_SIDE
"""The last row and column where a motif may begin."""

BRIGHTEST = 9
PATCH = (4, 4)
"""The upper left corner of the patch, which is as large as a motif."""

Place = tuple[int, int]


@dataclass(frozen=True)
class State:
    """All that the picture depends on.

    Parameters
    ----------
    motif
        A key of `MOTIFS`.
    row, column
        The motif's upper left corner, 0 to `LAST`.
    brightness
        The motif's pixels, 1 to `BRIGHTEST`.
    """

    motif: str = "cross"
    row: int = 1
    column: int = 1
    brightness: int = 3


def change(state: State, name: str, value: Any) -> State:  # noqa: ANN401
    """Return the state after the user set one control.

    Parameters
    ----------
    state
        The state before.
    name
        A field of `State`.
    value
        Its new value.

    Returns
    -------
    State
    """
    return replace(state, **{name: value})


@dataclass(frozen=True)
class Result:
    """The picture that a state stands for, and the two scores of each window.

    Parameters
    ----------
    motif
        Its upper left corner.
    picture, kernel
        Arrays of integers, shapes (8, 8) and (3, 3).
    dots, cosines
        The scores, shape (6, 6).
    winners
        Where each of the two is highest.
    """

    motif: Place
    picture: np.ndarray
    kernel: np.ndarray
    dots: np.ndarray
    cosines: np.ndarray
    winners: tuple[list[Place], list[Place]]

    def window(self, place: Place) -> np.ndarray:
        """Return the pixels that one score is computed from."""
        return _window(self.picture, place)

    @property
    def hidden(self) -> bool:
        """Whether the patch covers the motif."""
        return self.motif == PATCH

    @property
    def headlines(self) -> tuple[str, str]:
        """Who scores highest: by the dot product, and by the cosine."""
        dots, cosines = map(self._names, self.winners)
        return (
            f"Dot product: {dots} {self.dots.max()}.",
            f"Cosine: {cosines} {self.cosines.max():.2f}.",
        )

    def _names(self, winners: list[Place]) -> str:
        # The patch comes last, since it covers the motif where both are in one place.
        known = {self.motif: "the motif", PATCH: "the bright patch"}
        names = [known.get(place, f"window {list(place)}") for place in winners]
        if len(names) == 1:
            return f"{names[0]} wins with"
        many = f"{len(names)} windows"
        return f"{many if len(names) > 2 else ' and '.join(names)} tie at"


def compute(state: State) -> Result:
    """Compute the picture that a state stands for, and its scores.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Result
        Where motif and patch overlap, the brighter one is seen.
    """
    kernel = np.array(MOTIFS[state.motif])
    picture = np.zeros((SIDE, SIDE), dtype=int)
    _window(picture, PATCH)[:] = BRIGHTEST
    motif = state.row, state.column
    under = _window(picture, motif)
    np.maximum(under, state.brightness * kernel, out=under)
    dots, cosines = conv2d(picture, kernel), cosine_map(picture, kernel)
    winners = highest(dots), highest(cosines)
    return Result(motif, picture, kernel, dots, cosines, winners)


def highest(scores: np.ndarray) -> list[Place]:
    """Return where the highest score stands, in reading order.

    Parameters
    ----------
    scores
        Array, shape (OH, OW).

    Returns
    -------
    list of (int, int)
        More than one for scores that are equal up to rounding.
    """
    return list(map(tuple, np.argwhere(np.isclose(scores, scores.max())).tolist()))


def _window(picture: np.ndarray, place: Place) -> np.ndarray:
    row, column = place
    return picture[row : row + MOTIF_SIDE, column : column + MOTIF_SIDE]
