"""Sentences of the notebook that speak of what was measured."""

from itertools import pairwise
from statistics import mean

from course_utils.fast import FastCifarCNN
from course_utils.kit.networks import multiplications
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

LADDER = read_result("fast_cifar10")
TESTED = [[r["one_view"] for r in runs.values()] for runs in LADDER["steps"].values()]
assert {len(runs) for runs in TESTED} == {3}
GAINS = [100 * (mean(b) - mean(a)) for a, b in pairwise(TESTED)]
assert [round(gain) for gain in GAINS] == [2, 2, 1, -1, 0, 0, 4, 3]
assert max(GAINS[3:6]) < 0  # nothing is gained

NOTES = mean(read_result("cifar10")["models"]["DeepCifarCNN, final"]["test_accuracy"])
RUNS = LADDER["final"]["final"].values()
LOOKING = max(run["seconds_of_six_views"] / run["seconds"] for run in RUNS)
ONE_VIEW, SIX_VIEWS = (
    mean(run[views] for run in RUNS) - NOTES for views in ("one_view", "six_views")
)
assert 0.0325 < ONE_VIEW < 0.0375  # three and a half points
assert 0.0425 < SIX_VIEWS < 0.0475  # four and a half
(LONGER,) = LADDER["shipped"]["shipped"].values()
BEST = LADDER["asked"]["six_views"]
assert 0.008 < BEST - mean(run["six_views"] for run in RUNS) < 0.012  # one point
WIDE = {"channels": LONGER["recipe"]["channels"], "residual": True}
(SMALL, WHOLE), (SMALL_WIDE, WHOLE_WIDE) = (
    [multiplications(FastCifarCNN(**how), (3, side, side)) for side in (24, 32)]
    for how in ({}, WIDE)
)
assert 1.45 < WHOLE_WIDE / WHOLE < SMALL_WIDE / SMALL < 1.56  # half as many again


def work(recipe: dict, small: int, whole: int) -> int:
    return recipe["small_epochs"] * small + recipe["epochs"] * whole


(*_, FINAL) = (run["recipe"] for run in RUNS)
TIMES = work(LONGER["recipe"], SMALL_WIDE, WHOLE_WIDE) / work(FINAL, SMALL, WHOLE)
assert LONGER["recipe"]["epochs"] + LONGER["recipe"]["small_epochs"] > 2 * 20
assert LADDER["times"]["training_over_notes"] * (1 + LOOKING) < 1.5

PROSE = [
    f"were right for {1e4 * (BEST - LONGER['six_views']):.0f} fewer of the 10,000",
    f"for {TIMES:.1f} times the work",
    f"The memory begins at {IMAGES[0]['peak_bytes'] / 1e9:.1f} GB",
    f"it grows by {MORE / 1e9:.2f} GB: {MORE / PICTURES:,.0f} bytes a picture",
    f"From 32 to 64 the time grows {FOLD[-1]:.1f}-fold; from 8 to 16 only "
    f"{FOLD[0]:.1f}-fold",
]
