"""Sentences of the notebook that speak of what was measured."""

from statistics import mean, stdev

import numpy as np

from course_utils.measured import read_result

MEASURED = read_result("transfer")
CIFAR, TRASH = (MEASURED[task]["test_accuracy"] for task in ("cifar10", "trashnet"))
LONG = ", 1,000 steps"


def lead(task: dict, way: str, count: str, long: str = "") -> tuple[float, float]:
    """Return how many points a way leads, and the larger of the two spreads."""
    one, other = (task[name + long][count] for name in (way, "from nothing"))
    spread = max(stdev(one), stdev(other))
    return 100 * (mean(one) - mean(other)), 100 * spread


COUNTS = "5", "20", "50"
LEADS, SPREADS = zip(*(lead(CIFAR, "frozen", count) for count in COUNTS))
CLEAR = [points > 2 * spread for points, spread in zip(LEADS, SPREADS)]
assert CLEAR == [False, True, True] and round(LEADS[1]) == round(LEADS[2])
assert all(mean(CIFAR["frozen"][n]) > mean(CIFAR["fine-tuned"][n]) for n in COUNTS)
BARELY = mean(CIFAR["from nothing"]["50"]) - mean(CIFAR["from nothing"]["20"])
assert 0 < BARELY < 0.02  # next to nothing
BY_RATE = MEASURED["cifar10"]["val_accuracy_by_learning_rate"]["from nothing"].values()
assert MEASURED["cifar10"]["val_accuracy_from_nothing_in_200_steps"] < max(BY_RATE)

assert max(lead(TRASH, "frozen", count)[0] for count in ("5", "20")) < -5  # behind
assert -3 < lead(TRASH, "frozen", "40")[0] < 0  # no better
TUNED = [lead(TRASH, "fine-tuned", count) for count in ("5", "20", "40")]
assert min(points for points, _ in TUNED) > 0
assert [points > 2 * spread for points, spread in TUNED] == [False, False, True]

GAINS = {
    (way, n): 100 * (mean(TRASH[way + LONG][n]) - mean(TRASH[way][n]))
    for way in ("frozen", "fine-tuned", "from nothing")
    for n in ("5", "20", "40")
}
assert max(GAINS, key=GAINS.get) == ("from nothing", "40")
assert min(gain for (_, n), gain in GAINS.items() if n != "5") > 4  # all gain
assert max(gain for (_, n), gain in GAINS.items() if n == "5") < 3  # hardly any
for n in ("5", "20", "40"):  # the order is the same everywhere
    assert lead(TRASH, "frozen", n, LONG)[0] < 0 < lead(TRASH, "fine-tuned", n, LONG)[0]
BEST = [lead(TRASH, "fine-tuned", n, LONG) for n in ("20", "40")]
assert all(points > spread for points, spread in BEST)

CUTS = MEASURED["trashnet"]["val_accuracy_by_sizes_of_the_trunk"]
FROZEN, FINE = ([mean(found) for found in CUTS[way].values()] for way in CUTS)
assert FROZEN[0] - FROZEN[1] < 1.1 * stdev(CUTS["frozen"]["2"])
assert FROZEN[1] - FROZEN[2] > 0.06 and abs(FINE[0] - FINE[1]) < 0.01
assert read_result("fast_cifar10")["asked"]["one_view"] > 0.895  # 9 of 10

SURE = {
    way: [np.sum(told[name], axis=0) for name in ("confidence", "right", "pictures")]
    for way, told in MEASURED["trashnet"]["confidence"].items()
}
TOO = {way: round(100 * (c - r).sum() / n.sum()) for way, (c, r, n) in SURE.items()}
assert TOO["frozen"] < -5
OTHERS = "fine-tuned", "from nothing"
SHORT, LATER = ([TOO[way + long] for way in OTHERS] for long in ("", LONG))
AT_LAST = [SURE[way + LONG][1][9] / SURE[way + LONG][2][9] for way in OTHERS]

PROSE = [
    f"by {LEADS[0]:.0f} points with 5 pictures of each, by {LEADS[1]:.0f} with 20 and",
    f"({MEASURED['trashnet']['pictures']['test']} of them to test)",
    f"({MEASURED['trashnet']['pictures']['val']} validation photographs, 20 of each",
    f"with 40 it gains {GAINS['from nothing', '40']:.0f} points",
    f"the lead of fine-tuning, {BEST[0][0]:.0f} and {BEST[1][0]:.0f} points, is more",
    f"nearly honest, {TOO['frozen' + LONG]} points too sure",
    f"sure, by {LATER[0]} and {LATER[1]} points; in 100 steps it was {SHORT[0]} and",
    f"{SHORT[1]}. Of their answers in the last bar {100 * AT_LAST[0]:.0f} and",
]
