"""Sentences and lines of the notebook that speak of the worked example."""

from worked_example import OUTPUT

PROSE = [f"That is {OUTPUT[0, 0]}, the first cell of our old output."]
