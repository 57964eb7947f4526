"""The matrices that the course computes by hand, as nested tuples."""

Matrix = tuple[tuple[float, ...], ...]
Planes = tuple[Matrix, ...]

WORKED_IMAGE: Matrix = (
    (10, 20, 30, 40),
    (0, 1, 0, 1),
    (30, 0, 10, 20),
    (0, 10, 20, 30),
)
"""The image of the worked example, introduced in notebook 01."""

WORKED_KERNEL: Matrix = ((1, 0), (0, 2))
"""The kernel of the worked example."""

COLOUR_IMAGE: Planes = (
    ((3, 1, 0, 2), (4, 2, 5, 0), (1, 3, 2, 4)),
    ((0, 2, 1, 3), (5, 1, 0, 2), (2, 4, 3, 1)),
    ((1, 0, 4, 1), (2, 3, 1, 5), (0, 2, 1, 3)),
)
"""An image of three channels, red, green and blue, introduced in notebook 03."""

COLOUR_KERNELS: tuple[Planes, ...] = (
    (((1, 0), (0, 2)), ((-1, 0), (0, -1)), ((0, 1), (1, 0))),
    (((1, -1), (1, -1)), ((1, -1), (1, -1)), ((1, -1), (1, -1))),
)
"""Two kernels for it, each with a plane for each channel."""
