"""Several processes that train one model together, each on its part of every batch."""

import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
import torch.distributed as dist
from torch import nn


class Team:
    """The processes that train together: one, unless ``torchrun`` started more.

    Li et al., "Experiences on Accelerating Data Parallel Training" (2020).
    """

    def __init__(self, device: torch.device) -> None:
        # Only torchrun sets all of these; one alone may be left over from anything.
        launched = {"TORCHELASTIC_RUN_ID", "WORLD_SIZE", "RANK"} <= os.environ.keys()
        self.size = int(os.environ["WORLD_SIZE"]) if launched else 1
        if not launched and os.environ.get("WORLD_SIZE", "1") != "1":
            warnings.warn(
                f"WORLD_SIZE is {os.environ['WORLD_SIZE']}, but torchrun did not start "
                "this process: it trains alone. Use torchrun, or unset WORLD_SIZE.",
                stacklevel=1,  # One place: it is said once, though two teams are made.
            )
        self.rank = int(os.environ["RANK"]) if launched else 0
        self.weight = 1.0  # of this process's part in the mean over a batch
        self.leads = self.rank == 0  # the one that writes
        if device.type == "cuda" and self.size > 1:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        if self.size > 1 and not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    def agreed(self, value: Any) -> Any:
        """Return what the first process says, once all have asked."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values)
        return values[0]

    def share(self, model: nn.Module, loss_fn: Any = None) -> nn.Module:
        """Start every process from the first one's weights."""
        if self.size == 1:
            return model
        if any(w.requires_grad for w in getattr(loss_fn, "parameters", list)()):
            advice = "make it part of the model, or train in one process"
            raise ValueError(f"loss_fn has weights, which no process shares; {advice}")
        # A weight with one channel has two notations for the same strides.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view")
        return nn.parallel.DistributedDataParallel(model)

    @torch.no_grad()
    def agree(self, model: nn.Module) -> None:
        """Let all go on from the first one's random state and statistics."""
        if self.size > 1:
            torch.set_rng_state(self.agreed(torch.get_rng_state()))
            for buffer in model.buffers():
                buffer.copy_(self.agreed(buffer.cpu()))

    def parts(self, loader: Iterable, *, train: bool = False) -> Iterator[tuple]:
        """Yield this process's part of each batch, which is the same in every process.

        Batch after batch is dealt out in turn. train: note how much the part weighs,
        since DDP averages gradients as if all parts were equal; a batch too small for
        all is left out, and that is said.
        """
        if self.size == 1:
            yield from loader
            return
        dealt = 0
        for batch in loader:
            count, first = len(batch[1]), (self.rank - dealt) % self.size
            part = tuple(tensor[first :: self.size] for tensor in batch)
            dealt += count
            self.weight = len(part[1]) * self.size / count if train else 1.0
            if train and count < self.size:
                text = f"a batch of {count} is too small for {self.size} processes"
                text = f"{text}: left out. Choose another batch_size."
                warnings.warn(text, stacklevel=2)
            elif len(part[1]):
                yield part

    def combined(self, result: Any) -> Any:
        """Combine the `EpochResult` of each process: means over its own samples."""
        if self.size == 1:
            return result
        parts: list[Any] = [None] * self.size
        dist.all_gather_object(parts, result)
        samples = sum(part.samples for part in parts)
        loss = sum(part.loss * part.samples for part in parts) / samples
        accuracy = sum(part.accuracy * part.samples for part in parts) / samples
        return replace(result, loss=loss, accuracy=accuracy, samples=samples)
