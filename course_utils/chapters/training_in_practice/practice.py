"""What stands in for the learner's own in *Training in practice*."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from course_utils import training


def fits_one_batch(
    loop: Callable, model: nn.Module, images: Tensor, targets: Tensor, steps: int = 50
) -> bool:
    """Return whether a loop teaches a model all targets of one batch by heart."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    options = {"loss_fn": nn.CrossEntropyLoss(), "device": images.device}
    batch = [(images, targets)]
    for _ in range(steps):
        loop(model, batch, optimizer=optimizer, **options)
    return training.evaluate(model, batch, **options).accuracy == 1


def best_rate(sweep: dict[float, list[float]]) -> float:
    """Return the rate with the lowest mean loss, among those where no run diverged."""
    losses = {rate: torch.tensor(runs, dtype=float) for rate, runs in sweep.items()}
    means = {r: v.mean().item() for r, v in losses.items() if v.isfinite().all()}
    return min(means, key=means.get)


def save_and_load(
    model: nn.Module, make: Callable[[], nn.Module], path: str | Path
) -> nn.Module:
    """Keep a model's weights in a file, and return a new model filled from it."""
    torch.save(model.state_dict(), path)
    fresh = make()
    fresh.load_state_dict(torch.load(path, weights_only=True))
    return fresh.eval()


def steps_in(
    images: int, batch_size: int, epochs: int = 1, drop_last: bool = False
) -> int:
    """Return how many steps a training run takes."""
    whole, rest = divmod(images, batch_size)
    return epochs * (whole + (rest > 0 and not drop_last))
