"""Run by torchrun from test_training.py: train a little, and save what came of it."""

import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from course_utils.training import fit


def main() -> None:
    rank, size = os.environ["RANK"], os.environ["WORLD_SIZE"]
    torch.manual_seed(0)
    targets = torch.arange(19) % 2
    images = targets[:, None, None, None] + 0.1 * torch.rand(19, 1, 4, 4)
    # The last batch has three, which two processes cannot share evenly.
    batches = list(zip(images.split(8), targets.split(8)))
    # Each process starts from weights of its own: fit has to make them agree.
    torch.manual_seed(int(rank))
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.Flatten(), nn.Linear(27, 2))
    call = {"device": "cpu", "precision": "float32"}
    call["checkpoint"] = Path(sys.argv[1]) / f"{size}.run"
    fit(model, batches, batches, epochs=1, **call)
    history = fit(model, batches, batches, epochs=2, **call)
    trained = torch.cat([p.detach().flatten() for p in model.parameters()])
    losses = {"loss": history.train_loss, "val_loss": history.val_loss}
    torch.save({"weights": trained, **losses}, Path(sys.argv[1]) / f"{size}-{rank}.pt")
    if rank == "0":
        model(images).sum().backward()  # a model of its own again: waits for nobody
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
