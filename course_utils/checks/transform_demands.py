"""What is demanded of the transforms that a learner repairs."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from course_utils.checks.comparing import shown
from course_utils.checks.data_augmentation_cases import (
    BLUE,
    GREEN,
    RED,
    SIDE,
    dotted_picture,
    plain_picture,
)
from course_utils.checks.demanding import Demand, Make

MEAN, STD, DRAWS, PADDING = [0.5, 0.4, 0.3], [0.25, 0.2, 0.1], 100, 4


def transform_demands() -> list[Demand]:
    """Return what is demanded of a pair of transforms.

    Each demand is put to ``make(mean, std)``, which returns the transform of training
    pictures and that of test pictures.

    Returns
    -------
    list of Demand
    """
    to_tensor = "ToImage() and ToDtype(torch.float32, scale=True)"
    normalise = "normalising: (x - mean) / std, with the mean and std that were given"
    scale = "the range: ToDtype leaves 0 to 255, unless it is told to scale"
    random = "the test transform: nothing in it may be drawn by chance"
    alike = "training pictures: they are normalised as test pictures are"
    order = "the order: a black frame is black only before Normalize"
    one = "what moves the picture: one such transform is enough"
    pair = "the names, and what is returned: two transforms, that for training first"
    return [
        Demand("and what it returns", _no_pair, pair),
        Demand("and a test picture", _on(1, _shape), to_tensor),
        Demand("and a black test picture", _on(1, _black), normalise),
        Demand("and a white test picture", _on(1, _white), scale),
        Demand("for another mean and std", _other_statistics, normalise),
        Demand("and a test picture, 20 times", _on(1, _chance), random),
        Demand("and a test picture with dots", _on(1, _moved), random),
        Demand("and a training picture", _on(0, _shape), to_tensor),
        Demand("and the middle of a training picture", _on(0, _white), alike),
        Demand("and the frame of training pictures", _on(0, _frame), order),
        Demand("and training pictures", _on(0, _flips), "the flip: about half of them"),
        Demand("and training pictures", _on(0, _on_its_head), "up and down"),
        Demand("and training pictures", _on(0, _too_far), one),
        Demand("and training pictures", _on(0, _too_little), "the crop, its padding"),
    ]


def _no_pair(make: Make) -> str:
    made = make(MEAN, STD)
    if not isinstance(made, tuple | list) or len(made) != 2:
        return f"expected a pair of transforms, got {shown(made)}"
    for one in made:
        if not callable(one):
            return f"Compose makes a transform of a list; got {shown(one)}"
    return ""


def _on(place: int, complaint: Callable[[Callable], str]) -> Callable[[Make], str]:
    return lambda make: complaint(make(MEAN, STD)[place])


def _shape(transform: Callable) -> str:
    image = transform(dotted_picture())
    if not isinstance(image, Tensor):
        return f"expected a tensor, got {type(image).__name__}"
    if image.shape != (3, SIDE, SIDE) or image.dtype != torch.float32:
        wanted = f"shape (3, {SIDE}, {SIDE}) and torch.float32"
        return f"expected {wanted}, got {tuple(image.shape)} and {image.dtype}"
    return ""


def _black(transform: Callable) -> str:
    return _pixel(transform, 0, MEAN, STD)


def _white(transform: Callable) -> str:
    return _pixel(transform, 255, MEAN, STD)


def _other_statistics(make: Make) -> str:
    mean, std = [0.25, 0.5, 0.75], [0.5, 0.25, 0.125]
    return _pixel(make(mean, std)[1], 255, mean, std)


def _pixel(transform: Callable, level: int, mean: list, std: list) -> str:
    expected = _normalised(level, mean, std)
    got = transform(plain_picture(level))[:, SIDE // 2, SIDE // 2].tolist()
    if np.allclose(got, expected, atol=1e-3):
        return ""
    return f"expected a pixel {_rounded(expected)}, got {_rounded(got)}"


def _normalised(level: int, mean: list, std: list) -> list[float]:
    return [(level / 255 - m) / s for m, s in zip(mean, std, strict=True)]


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [round(number, 2) for number in numbers]


def _chance(transform: Callable) -> str:
    picture = dotted_picture()
    first, *others = (transform(picture) for _ in range(20))
    same = all(torch.equal(first, other) for other in others)
    return "" if same else "the same picture comes out in different ways"


def _moved(transform: Callable) -> str:
    dots = _dots(transform(dotted_picture()))
    return "" if dots == [RED, GREEN, BLUE] else "the dots are not where they were"


def _frame(transform: Callable) -> str:
    pictures = torch.stack([transform(plain_picture(255)) for _ in range(DRAWS // 2)])
    black, white = (torch.tensor(_normalised(v, MEAN, STD)) for v in (0, 255))
    corners = (
        pictures[:, :, :: SIDE - 1, :: SIDE - 1].permute(0, 2, 3, 1).reshape(-1, 3)
    )
    for pixel in corners:
        if not any(torch.allclose(pixel, one, atol=1e-3) for one in (black, white)):
            expected = f"{_rounded(black.tolist())}, black"
            return f"expected {expected}, got a pixel {_rounded(pixel.tolist())}"
    return ""


def _flips(transform: Callable) -> str:
    count = sum(red[1] > green[1] for red, green, _ in _draws(transform))
    enough = DRAWS / 4 <= count <= 3 * DRAWS / 4
    return "" if enough else f"{count} of {DRAWS} were mirrored left and right"


def _on_its_head(transform: Callable) -> str:
    count = sum(blue[0] > red[0] for red, _, blue in _draws(transform))
    return f"{count} of {DRAWS} stood on their heads" if count else ""


def _too_far(transform: Callable) -> str:
    furthest = max(max(move) for move in _moves(transform))
    much = f"one of {DRAWS} was moved by {furthest} pixels; expected at most {PADDING}"
    return much if furthest > PADDING else ""


def _too_little(transform: Callable) -> str:
    furthest = map(max, zip(*_moves(transform), strict=True))
    for way, pixels in zip(("up or down", "left or right"), furthest, strict=True):
        if pixels < PADDING:
            moved = f"moved {way} by at most {pixels} pixels"
            return f"{DRAWS} were {moved}; expected up to {PADDING}"
    return ""


def _moves(transform: Callable) -> list[tuple[int, int]]:
    """Return how many rows and columns each drawn picture was moved by."""
    moves = []
    for red, green, _ in _draws(transform):
        start = RED[1] if red[1] < green[1] else SIDE - 1 - RED[1]
        moves.append((abs(red[0] - RED[0]), abs(red[1] - start)))
    return moves


def _draws(transform: Callable) -> list[list[tuple[int, int]]]:
    picture = dotted_picture()
    return [_dots(transform(picture)) for _ in range(DRAWS)]


def _dots(image: Tensor) -> list[tuple[int, int]]:
    """Return row and column of the brightest pixel of each channel."""
    return [divmod(int(channel.argmax()), SIDE) for channel in image]
