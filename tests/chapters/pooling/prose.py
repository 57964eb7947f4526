"""Sentences and lines of the notebook that speak of the worked example."""

from worked_example import IMAGE, listed

PROSE = [
    f"its block holds {listed(IMAGE[2:, :2], ' and ')}.",
    f"It is {IMAGE[2:, :2].sum()} / 4 = {IMAGE[2:, :2].mean():.0f}.",
    f"And their mean, if they add up to {IMAGE.sum()}?",
]
