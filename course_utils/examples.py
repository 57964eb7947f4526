"""The matrices that the course computes by hand, as nested tuples."""

Matrix = tuple[tuple[float, ...], ...]

WORKED_IMAGE: Matrix = (
    (10, 20, 30, 40),
    (0, 1, 0, 1),
    (30, 0, 10, 20),
    (0, 10, 20, 30),
)
"""The image of the worked example, introduced in notebook 01."""

WORKED_KERNEL: Matrix = ((1, 0), (0, 2))
"""The kernel of the worked example."""
