"""The check of a pair of transforms, one for training and one for tests."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from course_utils.kit.compare import shown
from course_utils.kit.networks import ClassCheck, Demand, Make

Transform = Callable[[Image.Image], Tensor]
TRAIN, TEST = 0, 1  # places in the pair
SIDE, PADDING, DRAWS = 32, 4, 100
USUAL = [0.5, 0.4, 0.3], [0.25, 0.2, 0.1]  # mean and std
OTHER = [0.25, 0.5, 0.75], [0.5, 0.25, 0.125]
DOTS = RED, GREEN, BLUE = (16, 12), (16, 20), (14, 16)  # row and column of each


def transform_demands() -> list[Demand]:
    pair = "the names, and what is returned: two transforms, that for training first"
    to_tensor = "ToImage() and ToDtype(torch.float32, scale=True)"
    normalise = "normalising: (x - mean) / std, with the mean and std that were given"
    scale = "the range: ToDtype leaves 0 to 255, unless it is told to scale"
    chance = "the test transform: no draw by chance, and no move"
    mid = "training pictures: they are normalised as test pictures are, and no brighter"
    order = "the order: a black frame (fill 0) is black only before Normalize"
    one = "what moves the picture: one such transform is enough, with a padding of 4"
    asked = "what is in the training transform: only the crop and the flip, on black"
    trained = "and training pictures"
    rows = [
        ("and what it returns", no_pair, pair),
        ("and a test picture", on(TEST, other_shape), to_tensor),
        ("and a black test picture", on(TEST, other_pixel, 0), normalise),
        ("and a white test picture", on(TEST, other_pixel, 255), scale),
        ("for another mean and std", other_statistics, normalise),
        ("and which comes first", swapped, pair),
        ("and a test picture, 20 times", on(TEST, varies), chance),
        ("and a test picture with dots", on(TEST, moves_dots), chance),
        ("and a training picture", on(TRAIN, other_shape), to_tensor),
        ("and the middle of a training picture", on(TRAIN, other_pixel, 255), mid),
        (trained, on(TRAIN, changes_dots), asked),
        ("and the frame of training pictures", on(TRAIN, other_frame), order),
        (trained, on(TRAIN, other_flips), "the flip: about half of them"),
        (trained, on(TRAIN, on_their_heads), "up and down"),
        (trained, on(TRAIN, moved_too_far), one),
        (trained, on(TRAIN, moved_too_little), "the crop, its padding, when it draws"),
        (trained, on(TRAIN, changes_more), asked),
    ]
    return [Demand(*row) for row in rows]


def on(place: int, complaint: Callable[..., str], *level: int) -> Callable[[Make], str]:
    return lambda make: complaint(make(*USUAL)[place], *level)


def no_pair(make: Make) -> str:
    made = make(*USUAL)
    if not isinstance(made, tuple | list) or len(made) != 2:
        return f"expected a pair of transforms, got {shown(made)}"
    lists = [shown(one) for one in made if not callable(one)]
    return f"Compose makes a transform of a list; got {lists[0]}" if lists else ""


def swapped(make: Make) -> str:
    training, test = (varies(transform) for transform in make(*USUAL))
    first = "the first leaves a picture as it is, the second changes it by chance"
    return first if test and not training else ""


def other_shape(transform: Transform) -> str:
    image = transform(picture())
    if not isinstance(image, Tensor):
        return f"expected a tensor, got {type(image).__name__}"
    if image.shape == (3, SIDE, SIDE) and image.dtype == torch.float32:
        return ""
    wanted = f"shape (3, {SIDE}, {SIDE}) and torch.float32"
    return f"expected {wanted}, got {tuple(image.shape)} and {image.dtype}"


def other_pixel(transform: Transform, level: int, statistics: tuple = USUAL) -> str:
    expected = normalised(level, *statistics)
    got = transform(picture(level, dots=()))[:, SIDE // 2, SIDE // 2].tolist()
    same = np.allclose(got, expected, atol=1e-3)
    return "" if same else f"expected a pixel {rounded(expected)}, got {rounded(got)}"


def other_statistics(make: Make) -> str:
    return other_pixel(make(*OTHER)[TEST], 255, OTHER)


def other_frame(transform: Transform) -> str:
    """Complain about a pixel in a corner that is neither black nor white."""
    pictures = torch.stack([transform(picture(255)) for _ in range(DRAWS // 2)])
    black, white = normalised(0, *USUAL), normalised(255, *USUAL)
    corners = pictures[:, :, :: SIDE - 1, :: SIDE - 1].movedim(1, -1).reshape(-1, 3)
    for pixel in corners.tolist():
        if not any(np.allclose(pixel, one, atol=1e-3) for one in (black, white)):
            return f"expected {rounded(black)}, black, got a pixel {rounded(pixel)}"
    return ""


def normalised(level: int, mean: list[float], std: list[float]) -> list[float]:
    return [(level / 255 - m) / s for m, s in zip(mean, std)]


def rounded(numbers: Sequence[float]) -> list[float]:
    return [round(number, 2) for number in numbers]


def varies(transform: Transform) -> str:
    first, *others = (transform(picture()) for _ in range(20))
    same = all(torch.equal(first, other) for other in others)
    return "" if same else "the same picture comes out in different ways"


def moves_dots(transform: Transform) -> str:
    stay = np.array_equal(draws(transform, 1)[:, :, 0], DOTS)
    return "" if stay else "the dots are not where they were"


def changes_dots(transform: Transform) -> str:
    """Complain about dots that are no longer one pixel, in full colour."""
    white = torch.tensor(normalised(255, *USUAL)).view(3, 1, 1)
    pictures = [transform(picture()) for _ in range(DRAWS)]
    full = [((one - white).abs() < 1e-3).sum((1, 2)).eq(1).all() for one in pictures]
    other = DRAWS - int(sum(full))
    return f"{other} of {DRAWS} were changed in another way, too" if other else ""


def other_flips(transform: Transform) -> str:
    (_, red), (_, green), _ = draws(transform)
    count = (red > green).sum()
    enough = DRAWS / 3 <= count <= 2 * DRAWS / 3
    return "" if enough else f"{count} of {DRAWS} were mirrored left and right"


def on_their_heads(transform: Transform) -> str:
    (red, _), _, (blue, _) = draws(transform)
    count = (blue > red).sum()
    return f"{count} of {DRAWS} stood on their heads" if count else ""


def moved_too_far(transform: Transform) -> str:
    furthest = abs(moved(transform)).max()
    much = f"one of {DRAWS} was moved by {furthest} pixels; expected at most {PADDING}"
    return much if furthest > PADDING else ""


def moved_too_little(transform: Transform) -> str:
    moves = moved(transform)
    reach = [*-moves.min(axis=1), *moves.max(axis=1)]
    for way, pixels in zip(("up", "left", "down", "right"), reach):
        if pixels < PADDING:
            least = f"moved {way} by at most {max(pixels, 0)} pixels"
            return f"{DRAWS} were {least}; expected up to {PADDING}"
    places, counts = np.unique(moves, axis=1, return_counts=True)
    if counts.max() > DRAWS // 8:
        row, column = places[:, counts.argmax()]
        return f"{counts.max()} of {DRAWS} were moved by {row}, {column}: never so many"
    return ""


def changes_more(transform: Transform) -> str:
    """Complain about a picture that no crop and flip of all colours gives."""
    colours = np.random.default_rng(0).integers(256, size=(SIDE, SIDE, 3))
    framed = np.pad(colours, [(PADDING, PADDING)] * 2 + [(0, 0)])
    starts = range(2 * PADDING + 1)
    cuts = {
        framed[row : row + SIDE, column : column + SIDE][:, ::way].tobytes()
        for row, column, way in product(starts, starts, (1, -1))
    }
    mean, std = torch.tensor(USUAL)
    photo, other = Image.fromarray(colours.astype(np.uint8)), 0
    for _ in range(DRAWS):
        pixels = (transform(photo).movedim(0, 2) * std + mean) * 255
        other += pixels.round().long().numpy().tobytes() not in cuts
    return f"{other} of {DRAWS} were changed in another way, too" if other else ""


def moved(transform: Transform) -> np.ndarray:
    """Return by how many pixels each is moved, down and to the right: (2, count)."""
    (row, column), (_, green), _ = draws(transform)
    start = np.where(column < green, RED[1], SIDE - 1 - RED[1])
    return np.stack([row - RED[0], column - start])


def draws(transform: Transform, count: int = DRAWS) -> np.ndarray:
    """Return where the dots end up: (3, 2, count), of each the rows and the columns."""
    pictures = [transform(picture()) for _ in range(count)]
    brightest = [[int(channel.argmax()) for channel in image] for image in pictures]
    return np.stack(np.divmod(np.transpose(brightest), SIDE), axis=1)


def picture(level: int = 0, dots: Sequence[tuple[int, int]] = DOTS) -> Image.Image:
    """Return a grey picture with a red, a green and a blue dot."""
    pixels = np.full((SIDE, SIDE, 3), level, np.uint8)
    for channel, place in enumerate(dots):
        pixels[*place, channel] = 255
    return Image.fromarray(pixels)


# A hundred pictures, one by one, take their time on a busy machine.
check_make_transforms = ClassCheck(
    "make_transforms", transform_demands, "function", seconds=15.0
)
