"""The training loop, and `fit`, which repeats it safely. Begin with `loop`."""

from course_utils.training.history import EpochResult, History
from course_utils.training.loop import eval_mode, evaluate, fit, train_one_epoch

__all__ = [
    "EpochResult",
    "History",
    "eval_mode",
    "evaluate",
    "fit",
    "train_one_epoch",
]
