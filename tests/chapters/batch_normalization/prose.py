"""Sentences of the notebook that speak of what was measured."""

from statistics import mean

from course_utils.measured import read_result

BY_NAME = read_result("batch_norm")["learning_rates"]["val_accuracy"]
BEHIND, BEFORE, TURNED = "conv relu norm", "conv norm relu", BY_NAME.popitem()[1]
PLAIN, KAIMING = BY_NAME["conv relu"], BY_NAME["conv relu, Kaiming"]
LARGE = "0.5", "1.0"
LEAD = mean(BY_NAME[BEFORE]["0.01"]) - mean(PLAIN["0.01"])
SHARE = (mean(KAIMING["0.01"]) - mean(PLAIN["0.01"])) / LEAD

assert all((a or 0.1) < 0.11 for one in (PLAIN, KAIMING) for r in LARGE for a in one[r])
assert all(a is None for rate in LARGE for a in BY_NAME[BEHIND][rate])
assert min(a for accuracies in TURNED.values() for a in accuracies) > 0.65
assert all(mean(BY_NAME[BEFORE][rate]) < mean(BY_NAME[BEFORE]["0.1"]) for rate in LARGE)
for rate in ("0.01", "0.1"):
    assert abs(mean(BY_NAME[BEHIND][rate]) - mean(BY_NAME[BEFORE][rate])) < 0.02

PROSE = [f"makes up some {round(10 * SHARE)}0 % of it"]
