"""Small matrices that explorers show and checks use, and what readers give."""

import numpy as np

from course_utils.arguments import as_array
from course_utils.convolution import WORKED_KERNEL, Matrix

# With such weights, each digit of a sum shows which number met which weight.
ROW, COLUMN, SQUARE = [[1, 2, 3]], [[1], [2], [3]], [[1, 2], [3, 4]]
WIDE, TALL = [[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4], [5, 6]]
DIGITS = [[1, 10], [100, 1000]]

# One for each size, 1 to 4: twice the pixel, the worked example, edges, diagonal lines.
KERNELS: tuple[Matrix, ...] = (
    ((2,),),
    WORKED_KERNEL,
    ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    ((1, 0, 0, -1), (0, 1, -1, 0), (0, -1, 1, 0), (-1, 0, 0, 1)),
)


def small_matrix(values: np.ndarray, name: str, *, most: int, advice: str) -> Matrix:
    """Return rows of numbers, 2 to `most` on each side, or raise a ValueError."""
    array = as_array(name, values)
    if array.ndim != 2 or not 2 <= min(array.shape) <= max(array.shape) <= most:
        raise ValueError(
            f"{name} has shape {array.shape}; expected (H, W) with 2 to {most} rows "
            f"and columns. {advice}"
        )
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds {array.dtype}, or NaN or infinity; expected finite numbers"
        )
    return tuple(map(tuple, array.tolist()))
