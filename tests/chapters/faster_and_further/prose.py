"""Sentences of the notebook that speak of what `benchmarks/scaling.py` measured."""

from itertools import pairwise

from course_utils.measured import read_result

GROWN = read_result("scaling")["medians"]
IMAGES, BATCHES, WIDTHS = GROWN["images"], GROWN["batch_size"], GROWN["width"]
MORE = IMAGES[-1]["peak_bytes"] - IMAGES[-2]["peak_bytes"]
PICTURES = IMAGES[-1]["images"] - IMAGES[-2]["images"]
FOLD = [b["seconds"] / a["seconds"] for a, b in pairwise(WIDTHS)]
ONE, TWO = (row["seconds"] for row in GROWN["processes"])
assert 0.6 < BATCHES[2]["seconds"] / BATCHES[0]["seconds"] < 0.72  # two thirds
assert BATCHES[3]["seconds"] > BATCHES[2]["seconds"]  # no more is won
assert 1 < TWO / ONE < 1.15  # a little slower

PROSE = [
    f"The memory begins at {IMAGES[0]['peak_bytes'] / 1e9:.1f} GB",
    f"it grows by {MORE / 1e9:.2f} GB: {MORE / PICTURES:,.0f} bytes a picture",
    f"From 32 to 64 the time grows {FOLD[-1]:.1f}-fold; from 8 to 16 only "
    f"{FOLD[0]:.1f}-fold",
]
