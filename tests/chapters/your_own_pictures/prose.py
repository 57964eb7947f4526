"""Sentences of the notebook that speak of what was measured."""

from statistics import mean, stdev

import numpy as np

from course_utils.measured import read_result

MEASURED = read_result("transfer")
CIFAR, TRASH = (MEASURED[task]["test_accuracy"] for task in ("cifar10", "trashnet"))


def lead(task: dict, way: str, count: str) -> tuple[float, bool]:
    """Return how many points a way leads, and whether that is far beyond the spread."""
    one, other = (task[name][count] for name in (way, "from nothing"))
    points = 100 * (mean(one) - mean(other))
    return points, abs(points) > 2 * 100 * max(stdev(one), stdev(other))


COUNTS = "5", "20", "50"
LEADS, CLEAR = zip(*(lead(CIFAR, "frozen", count) for count in COUNTS))
assert CLEAR == (False, True, True) and round(LEADS[1]) == round(LEADS[2])
assert all(mean(CIFAR["frozen"][n]) > mean(CIFAR["fine-tuned"][n]) for n in COUNTS)
BARELY = mean(CIFAR["from nothing"]["50"]) - mean(CIFAR["from nothing"]["20"])
assert 0 < BARELY < 0.02  # next to nothing
BY_RATE = MEASURED["cifar10"]["val_accuracy_by_learning_rate"]["from nothing"].values()
assert MEASURED["cifar10"]["val_accuracy_from_nothing_in_200_steps"] < max(BY_RATE)

assert max(lead(TRASH, "frozen", count)[0] for count in ("5", "20")) < -5  # behind
assert -3 < lead(TRASH, "frozen", "40")[0] < 0  # no better
LONG = "frozen, 1,000 steps"  # level with 20, and ahead with 40
assert abs(lead(TRASH, LONG, "20")[0]) < 3 < lead(TRASH, LONG, "40")[0]
assert all(abs(mean(CIFAR[LONG][n]) - mean(CIFAR["frozen"][n])) < 0.03 for n in COUNTS)
TUNED = [lead(TRASH, "fine-tuned", count) for count in ("5", "20", "40")]
assert min(points for points, _ in TUNED) > 0
assert [clear for _, clear in TUNED] == [False, False, True]

CUTS = MEASURED["trashnet"]["val_accuracy_by_sizes_of_the_trunk"]
FROZEN, FINE = ([mean(found) for found in CUTS[way].values()] for way in CUTS)
assert FROZEN[0] > FROZEN[1] > FROZEN[2] and abs(FINE[0] - FINE[1]) < 0.01
assert read_result("fast_cifar10")["asked"]["one_view"] > 0.895  # 9 of 10

SURE = {
    way: [np.sum(told[name], axis=0) for name in ("confidence", "right", "pictures")]
    for way, told in MEASURED["trashnet"]["confidence"].items()
}
TOO_SURE = {way: (c.sum() - r.sum()) / n.sum() for way, (c, r, n) in SURE.items()}
assert abs(TOO_SURE[LONG]) == min(map(abs, TOO_SURE.values()))
assert TOO_SURE["frozen"] < -0.05 and TOO_SURE["from nothing"] > 0.05
AT_85 = [SURE[way][1][8] / SURE[way][2][8] for way in ("fine-tuned", "from nothing")]
assert max(abs(share - 0.72) for share in AT_85) < 0.015

PROSE = [
    f"by {LEADS[0]:.0f} points with 5 pictures of each, by {LEADS[1]:.0f} with 20 and",
    f"({MEASURED['trashnet']['pictures']['test']} of them to test)",
    f"({MEASURED['trashnet']['pictures']['val']} validation photographs, 20 of each",
    "where they say 85 %, some 72 % are right",
    f"the most honest, {100 * TOO_SURE[LONG]:.0f} points too sure",
    f"and {100 * TOO_SURE['fine-tuned']:.0f} points too sure",
]
