"""Cases for the checks of notebook 10: rows and images to normalise."""

from collections.abc import Sequence

import torch

from course_utils.checks.judging import Case

ROWS = torch.tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 10.0], [7.0, 14.0]])
"""Four rows with two features, the batch that notebook 10 works with."""


def row_cases() -> list[Case]:
    """Return rows to normalise.

    Returns
    -------
    list of Case
        With the arguments ``(rows, gamma, beta, eps)``.
    """
    features = "the axis: each feature has its own mean and variance, over the rows"
    division = "the variance: squares are divided by n here"
    root = "what the distance from the mean is divided by: the root of the variance"
    epsilon = "where ε stands: it is added to the variance, before the root"
    scale = "γ and β: they come after the division, and each feature has its own"
    constant = "a feature that is the same in all rows: nothing to divide by but ε"
    # Variances and ε add up to squares, so that the first results are whole numbers.
    # In the first of them every axis gives the same: only the division can be wrong.
    table = [
        ([[1, 3], [3, 1]], [1, 1], [0, 0], 0.0, division),
        ([[1, 5], [3, 7]], [1, 1], [0, 0], 0.0, features),
        ([[1], [5]], [1], [0], 0.0, root),
        ([[1], [1], [5], [5]], [1], [0], 0.0, division),
        ([[1], [3]], [1], [0], 3.0, epsilon),
        ([[1], [3]], [2], [0], 0.0, scale),
        ([[1], [3]], [1], [10], 0.0, scale),
        ([[1], [3]], [2], [10], 3.0, scale),
        ([[4], [4], [4]], [1], [0], 1.0, constant),
        ([[1, 10], [3, 30]], [1, 1], [0, 0], 0.0, features),
        ([[1, 10, 5], [3, 30, 1]], [1, 1, 1], [0, 0, 0], 0.0, features),
        ([[1, 2], [3, 6], [5, 10], [7, 14]], [1, 1], [0, 0], 1e-5, division),
        ([[1, 2], [3, 6], [5, 10], [7, 14]], [1, 3], [5, 0], 1e-5, scale),
        ([[1, 4], [3, 4]], [1, 1], [0, 7], 1e-5, constant),
    ]
    cases = [
        Case((*map(torch.Tensor, (rows, gamma, beta)), eps), look_at=at)
        for rows, gamma, beta, eps, at in table
    ]
    return cases + _random_cases([(2, 5), (5, 2), (3, 3), (6, 1)], features)


def image_cases() -> list[Case]:
    """Return images to normalise.

    Returns
    -------
    list of Case
        With the arguments ``(images, gamma, beta, eps)``.
    """
    places = "the places of a channel: all rows and columns share one mean"
    images = "the images: they share the mean of a channel"
    channels = "the channels: each has its own mean and variance"
    scale = "γ and β: one of each for a channel, whatever the width of the images"
    whole = f"{scale}; and the result has the shape of the images"
    epsilon = "where ε stands: it is added to the variance, before the root"
    # Shapes (N, C, H, W); the numbers count up from 1, image by image.
    table = [
        ((1, 1, 1, 2), [1], [0], 0.0, places),
        ((2, 1, 1, 1), [1], [0], 0.0, images),
        ((2, 1, 1, 2), [1], [0], 0.0, images),
        ((1, 1, 2, 3), [1], [0], 0.0, places),
        ((1, 2, 1, 2), [1, 1], [0, 0], 0.0, channels),
        ((2, 2, 1, 2), [1, 2], [0, 10], 0.0, scale),
        ((2, 2, 1, 1), [1, 1], [0, 0], 0.0, channels),
        ((2, 3, 1, 1), [1, 2, 3], [0, 10, 20], 0.0, scale),
        ((2, 3, 2, 3), [1, 2, 3], [0, 10, 20], 0.0, scale),
        ((1, 1, 1, 2), [1], [0], 3.75, epsilon),
        ((3, 2, 2, 1), [1, 1], [0, 0], 1e-5, channels),
    ]
    cases = []
    for shape, gamma, beta, eps, at in table:
        values = torch.arange(1.0, 1 + torch.Size(shape).numel()).reshape(shape)
        arguments = values, *map(torch.Tensor, (gamma, beta)), eps
        cases.append(Case(arguments, look_at=at, at_shape=whole))
    constant = "a channel that is the same everywhere: nothing to divide by but ε"
    blank = (torch.full((2, 1, 1, 2), 4.0), torch.ones(1), torch.ones(1), 1e-5)
    cases.append(Case(blank, look_at=constant))
    return cases + _random_cases([(2, 3, 4, 3), (3, 2, 2, 5), (4, 4, 4, 4)], channels)


def _random_cases(shapes: Sequence[tuple[int, ...]], look_at: str) -> list[Case]:
    generator = torch.Generator().manual_seed(1)
    return [
        Case(
            (
                torch.randint(-9, 10, shape, generator=generator).double(),
                torch.randint(1, 5, shape[1:2], generator=generator).double(),
                torch.randint(-5, 5, shape[1:2], generator=generator).double(),
                0.5,
            ),
            look_at=look_at,
        )
        for shape in shapes
    ]
