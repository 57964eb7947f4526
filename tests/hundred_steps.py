"""Run by torchrun from test_distributed.py: train a network without BatchNorm."""

import os
import signal
import sys

import torch
from torch import nn

from course_utils.data import Loader
from course_utils.distributed import Team
from course_utils.training import History, fit

STEPS_AN_EPOCH, BATCH = 5, 32


def train(epochs: int, checkpoint: str | None = None, dies_at: int = 0) -> History:
    """dies_at: the epoch in which the second process ends itself, none if 0."""
    torch.manual_seed(0)
    targets = torch.arange(STEPS_AN_EPOCH * BATCH) % 4
    images = torch.randint(0, 150, (len(targets), 1, 8, 8), dtype=torch.uint8)
    images += (25 * targets[:, None, None, None]).to(torch.uint8)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4)
    )
    shared = Team(torch.device("cpu")).share(model)
    if "TORCHELASTIC_RUN_ID" in os.environ:
        assert type(shared) is nn.parallel.DistributedDataParallel

    class Mortal(Loader):
        def __iter__(self):
            self.begun = getattr(self, "begun", 0) + 1
            if self.begun == dies_at and os.environ["RANK"] == "1":
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__iter__()

    draws = torch.Generator().manual_seed(1)
    return fit(
        model,
        Mortal(images, targets, batch_size=BATCH, shuffle=True, generator=draws),
        epochs=epochs,
        device="cpu",
        precision="float32",
        checkpoint=checkpoint,
    )


if __name__ == "__main__":
    train(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
