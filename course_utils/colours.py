"""The colours that mean something, each defined once and safe for colour-blind eyes.

The single colours are from Okabe and Ito, "Color Universal Design" (2008).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

SIGNED = "RdBu_r"  # a map, always centred on zero: blue below, red above
MAGNITUDE = "cividis"  # a map, for values without a sign: counts, rates, sizes
WINDOW = "#D55E00"  # where the kernel lies, and the output cell that it computes
PADDING = "#DDDDDD"  # cells that padding added
# Behind the red, green and blue numbers of a pixel, always beside their letters.
CHANNEL_TINTS = ("#F3B8A0", "#A6DBC8", "#A9CBE3")

INK = "#1B1B1B"
QUIET = "#6B6B6B"
PAPER = "#FFFFFF"

# Lines in a plot, in this order.
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


@lru_cache(maxsize=4096)  # A picture asks for the same few thousands of times.
def signed_colour(value: float, limit: float) -> str:
    """Return the colour of a value on the signed map; `limit` gets the full one."""
    from matplotlib import cm, colors

    # The ends of the map are too dark to read a number on.
    position = 0.5 + 0.32 * float(np.clip(value / limit, -1, 1))
    return colors.to_hex(getattr(cm, SIGNED)(position))


def within(
    spans: Sequence[range], fill: Callable[[int, int], str] = lambda *place: PAPER
) -> Callable[[int, int], str]:
    """Fill the cells of some rows and columns, and all others as padding."""
    rows, columns = spans
    return lambda i, j: fill(i, j) if i in rows and j in columns else PADDING


@lru_cache(maxsize=4096)
def readable_on(colour: str) -> str:
    """Return black or white ink, whichever reads better on `colour`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    # Relative weights of the three primaries: ITU-R BT.601.
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 110 else PAPER
