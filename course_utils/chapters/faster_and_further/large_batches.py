"""Large batches: in parts, on several processes, and the learning rate they need."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def accumulate_gradients(
    model: nn.Module,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    images: Tensor,
    targets: Tensor,
    part_size: int,
) -> None:
    """Leave in the model the gradients of the mean loss, computed part by part."""
    model.zero_grad()
    for some, wanted in zip(images.split(part_size), targets.split(part_size)):
        loss = loss_fn(model(some), wanted) * len(some) / len(images)
        loss.backward()


def average_gradients(gradients: Tensor, counts: Tensor) -> Tensor:
    """Return the gradient (D,) of the whole batch from those of its parts, (P, D)."""
    return (gradients * counts[:, None]).sum(dim=0) / counts.sum()


def warmed_up_rate(
    step: int, base_rate: float, factor: float, warmup_steps: int
) -> float:
    """Return the rate of a step: from the base in a straight line to its multiple.

    Goyal et al., "Accurate, Large Minibatch SGD" (2017), sections 2.1 and 2.2.
    """
    share = min(1.0, step / warmup_steps) if warmup_steps else 1.0
    return base_rate * (1 + (factor - 1) * share)


def kept_bytes(model: nn.Module, images: Tensor) -> int:
    """Return how many bytes of maps a forward pass keeps for the backward pass."""
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        place = tensor.untyped_storage().data_ptr()
        if place not in weights:
            kept[place] = max(kept.get(place, 0), tensor.nbytes)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        logits = model(images)
    del logits  # only now may its memory go, and its address come back
    return sum(kept.values())
