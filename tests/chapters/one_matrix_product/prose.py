"""Sentences and lines of the notebook that speak of the worked example."""

import numpy as np
from worked_example import FIRST, IMAGE, KERNEL, NUMBERS, OUTPUT, listed

PROSE = [
    f"The image becomes one list of {IMAGE.size} pixels, row by row",
    f"The output has {OUTPUT.size} cells. So the matrix has {OUTPUT.size} rows and "
    f"{IMAGE.size} columns.",
    f"Only {OUTPUT.size * np.count_nonzero(KERNEL)} entries are not zero",
    f"the same four numbers, {listed(NUMBERS, ' and ')}.",
    f"A layer that learns all {OUTPUT.size * IMAGE.size} entries",
    f"Each column below is one window. Find the first one, {listed(FIRST)}.",
    f"The kernel's weights are {listed(KERNEL[0])} in its first row and "
    f"{listed(KERNEL[1])} in its second.",
    f"bank = np.array([{NUMBERS}, ",
]
