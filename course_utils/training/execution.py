"""How a model runs here: number format, memory layout, loss scaling, its checkpoint."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from course_utils.runtime import autocast_dtype, keep_freed_memory
from course_utils.training.checkpoint import Checkpoint, describe
from course_utils.training.team import Team


class InPrecision(nn.Module):
    """A model that computes in `dtype` and channels-last, and returns float32 logits.

    The parameters stay float32, and stay the wrapped model's own.

    Parameters
    ----------
    model
        Maps images (N, C, H, W) to logits (N, K).
    dtype
        Number format of convolutions and matrix products.

    Notes
    -----
    Micikevicius et al., "Mixed Precision Training" (2018), section 3.
    """

    def __init__(self, model: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.model = model.to(memory_format=torch.channels_last)
        self.dtype = dtype

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of `images`, as float32."""
        if images.ndim == 4:
            images = images.contiguous(memory_format=torch.channels_last)
        if self.dtype == torch.float32:
            return self.model(images)
        with torch.autocast(images.device.type, self.dtype):
            return self.model(images).float()


class Stepper:
    """An optimizer that undoes the loss scaling and moves the learning rate on.

    Parameters
    ----------
    optimizer
        Holds the parameters.
    scaler
        The one that scaled the gradients.
    scheduler
        Stepped after every batch; may be None.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        scaler: torch.amp.GradScaler,
        scheduler: torch.optim.lr_scheduler.LRScheduler | None,
    ) -> None:
        self.optimizer = optimizer
        self.scaler = scaler
        self.scheduler = scheduler

    def zero_grad(self) -> None:
        """Forget the last batch's gradients."""
        self.optimizer.zero_grad()

    def step(self) -> None:
        """Move the weights, then the learning rate."""
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.scheduler is not None:
            self.scheduler.step()


class Run:
    """What `fit` hands to the taught loop in place of the plain thing.

    Parameters
    ----------
    model, optimizer, scheduler, loss_fn, device, precision
        As in `course_utils.training.fit`.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        scheduler: torch.optim.lr_scheduler.LRScheduler | None,
        loss_fn: Callable[[Tensor, Tensor], Tensor] | None,
        device: torch.device,
        precision: str,
    ) -> None:
        self.dtype = autocast_dtype(precision, device)
        keep_freed_memory()
        self.team = Team(device)
        self.weights = model.to(device)
        self.model = InPrecision(model, self.dtype)
        self.optimizer = optimizer or torch.optim.Adam(model.parameters(), fused=True)
        self.scheduler = scheduler
        self.loss_fn = loss_fn or nn.CrossEntropyLoss()
        # Scaling is for float16; for every other format the scaler does nothing.
        in_half = self.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(device.type, enabled=in_half)
        self.stepper = Stepper(self.optimizer, self.scaler, scheduler)

    def checkpoint(
        self, path: str | Path | None, loader: object, *, epochs: int
    ) -> Checkpoint:
        """Return the file that this run is saved in.

        Parameters
        ----------
        path
            None keeps nothing. Only the first process of a team writes.
        loader
            The training loader; its generator is part of what is saved.
        epochs
            How many are planned.

        Returns
        -------
        Checkpoint
        """
        parts = {
            "model": self.weights,
            "optimizer": self.optimizer,
            "scheduler": self.scheduler,
            "scaler": self.scaler,
        }
        settings = {
            "precision": str(self.dtype),
            "epochs": epochs,
            "loss_fn": self.loss_fn,
            "batch_size": getattr(loader, "batch_size", None),
            "batches": len(loader) if hasattr(loader, "__len__") else None,
        }
        return Checkpoint(
            path,
            parts={name: part for name, part in parts.items() if part is not None},
            generator=getattr(loader, "generator", None),
            arguments={
                name: describe(part) for name, part in (parts | settings).items()
            },
            writes=self.team.rank == 0,
        )
