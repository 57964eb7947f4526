"""Several processes that train one model together, each on its part of every batch."""

import os
from collections.abc import Iterable, Iterator

import torch
import torch.distributed as dist
from torch import Tensor, nn


class Team:
    """The processes that train together: one, unless ``torchrun`` started more.

    Parameters
    ----------
    device
        Where this process trains.

    Notes
    -----
    Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel
    Training" (2020).
    """

    def __init__(self, device: torch.device) -> None:
        self.size = int(os.environ.get("WORLD_SIZE", 1))
        self.rank = int(os.environ.get("RANK", 0))
        if device.type == "cuda" and self.size > 1:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        if self.size > 1 and not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    def share(self, model: nn.Module) -> nn.Module:
        """Start every process from the first one's weights and random state.

        Parameters
        ----------
        model
            On this process's device.

        Returns
        -------
        Module
            `model`, averaging its gradients over the processes if there are several.
        """
        if self.size == 1:
            return model
        state = [torch.get_rng_state()]
        dist.broadcast_object_list(state)
        torch.set_rng_state(state[0])
        return nn.parallel.DistributedDataParallel(model)

    def part(self, batch: tuple[Tensor, Tensor], *, equal: bool) -> tuple[Tensor, ...]:
        """Return this process's part of a batch.

        Parameters
        ----------
        batch
            Images and targets, the same in every process.
        equal
            Leave out the few samples that would make the parts unequal, because an
            average of gradients is only right over equal parts.

        Returns
        -------
        tuple of Tensor
        """
        if self.size == 1:
            return batch
        end = len(batch[1]) // self.size * self.size if equal else None
        return tuple(tensor[self.rank : end : self.size] for tensor in batch)

    def parts(
        self, loader: Iterable[tuple[Tensor, Tensor]]
    ) -> Iterator[tuple[Tensor, ...]]:
        """Yield this process's part of each batch, none left out.

        Parameters
        ----------
        loader
            Yields (images, targets).

        Yields
        ------
        tuple of Tensor
        """
        for batch in loader:
            part = self.part(batch, equal=False)
            if len(part[1]):
                yield part

    def total(self, *numbers: float) -> list[float]:
        """Add up numbers over all processes.

        Parameters
        ----------
        *numbers
            This process's own.

        Returns
        -------
        list of float
        """
        if self.size == 1:
            return list(numbers)
        parts: list[tuple[float, ...] | None] = [None] * self.size
        dist.all_gather_object(parts, numbers)
        return [sum(column) for column in zip(*parts, strict=True)]
