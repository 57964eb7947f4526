"""Run by torchrun from test_distributed.py: train two networks together."""

import os
import signal
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from course_utils.data import Loader
from course_utils.distributed import Team
from course_utils.training import History, evaluate, fit

STEPS_AN_EPOCH, BATCH = 5, 32
EPOCHS = 100 // STEPS_AN_EPOCH
ON_CPU = {"device": "cpu", "precision": "float32"}


def hundred_steps(checkpoint: Path | None = None) -> History:
    """DIES_AT in the environment: the epoch in which the second process ends itself."""
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
            here = os.environ.get("RANK"), f"{self.begun}"
            if here == ("1", os.environ.get("DIES_AT")):
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__iter__()

    order = {"shuffle": True, "generator": torch.Generator().manual_seed(1)}
    loader = Mortal(images, targets, batch_size=BATCH, **order)
    return fit(model, loader, epochs=EPOCHS, checkpoint=checkpoint, **ON_CPU)


def uneven_batches(folder: Path) -> dict:
    """Train, stop and go on from weights that fit has to make agree."""
    rank, size = os.environ["RANK"], os.environ["WORLD_SIZE"]
    torch.manual_seed(0)
    targets = torch.arange(19) % 2
    images = targets[:, None, None, None] + 0.1 * torch.rand(19, 1, 4, 4)
    # The last batch has three, which two processes cannot share evenly.
    batches = list(zip(images.split(8), targets.split(8)))
    torch.manual_seed(int(rank))
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.Flatten(), nn.Linear(27, 2))
    call = ON_CPU | {"checkpoint": folder / f"{size}.run"}
    fit(model, batches, batches, epochs=1, **call)
    history = fit(model, batches, batches, epochs=2, **call)
    weights = torch.cat([p.detach().flatten() for p in model.parameters()])
    if rank == "0":
        model(images).sum().backward()  # a model of its own again: waits for nobody
    return {"weights": weights, "losses": [*history.train_loss, *history.val_loss]}


def orders_and_losses() -> dict:
    """Let dropout draw for parts of unequal size, and BatchNorm see different ones."""
    images = torch.randint(0, 256, (15, 1, 4, 4), dtype=torch.uint8)
    targets, orders = torch.arange(15) % 2, []

    class Noting(Loader):
        def order(self):
            orders.append(super().order())
            return orders[-1]

    layers = nn.Linear(16, 4), nn.BatchNorm1d(4, momentum=0.9), nn.Dropout(0.5)
    model = nn.Sequential(nn.Flatten(), *layers, nn.Linear(4, 2))
    loader = Noting(images, targets, batch_size=5, shuffle=True)
    singly = Loader(images, targets, batch_size=1)
    losses = fit(model, loader, singly, epochs=3, **ON_CPU).val_loss
    expected = evaluate(model, singly).loss
    return {"orders": torch.stack(orders), "loss": losses[-1], "expected": expected}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    hundred_steps(folder / "run.pt")
    found = uneven_batches(folder) | orders_and_losses()
    torch.save(found, folder / f"{os.environ['RANK']}.pt")
    dist.destroy_process_group()
