"""Sentences of the notebook that speak of what was measured."""

from statistics import mean

from course_utils.measured import read_result

MODELS = read_result("residual_networks")["models"]
WORDS = {1: "one", 3: "three", 4: "four", 9: "nine"}


def learnt(name: str) -> float:
    """Return how many percent of the training images are right at the end."""
    return 100 * mean(run["train_accuracy"][-1] for run in MODELS[name]["histories"])


ENDS = {depth: learnt(f"residual {depth}, γ from 1") for depth in (8, 20, 56)}
LATE = [WORDS[round(ENDS[n] - learnt(f"residual {n}"))] for n in (8, 56)]
assert ENDS[8] > learnt("plain 8") and ENDS[20] == max(ENDS.values())

LINES = read_result("cifar10")["models"]
DEEP, *RESNETS = (
    100 * mean(LINES[f"{name} + augmentation"]["test_accuracy"])
    for name in ("DeepCifarCNN", "ResNet-20", "ResNet-20, γ from 1")
)
BEHIND = [WORDS[round(DEEP - reached)] for reached in RESNETS]
START = WORDS[round(RESNETS[1] - RESNETS[0])]

PROSE = [
    f"by {LATE[0]} points at 8 layers, by {LATE[1]} at 56",
    f"by {BEHIND[0]} points where its blocks begin as copies, by {BEHIND[1]} where γ",
    f"So {START} points of its gap were the late start",
]
