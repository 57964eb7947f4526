"""What loops are tried on: layers that act the same each time, and what must stay."""

import torch
from torch import Tensor, nn

State = tuple[list[bool], dict[str, Tensor], list[int]]


class Dropout(nn.Dropout):
    """Dropout that draws the same numbers each time, so that a verdict stays."""

    def forward(self, values: Tensor) -> Tensor:
        drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(0))
        return values * (drawn >= self.p) / (1 - self.p) if self.training else values


def norm(*means: float) -> nn.BatchNorm1d:
    """Return a BatchNorm with means far from any batch's, so that using these shows."""
    layer = nn.BatchNorm1d(len(means))
    layer.running_mean.copy_(torch.tensor(means))
    return layer


class Notes(list):
    """What was noted; a copy of a network goes on writing into the same."""

    def __deepcopy__(self, memo: dict) -> "Notes":
        return self


def state(model: nn.Module) -> State:
    """Return each part's mode, copies of weights and statistics, each part's hooks."""
    parts = list(model.modules())
    numbers = {name: value.clone() for name, value in model.state_dict().items()}
    hooks = [len(part._forward_hooks) for part in parts]
    return [part.training for part in parts], numbers, hooks


def changed_number(model: nn.Module, before: State) -> str:
    """Say which weight or statistic is no longer as it was; "" if none."""
    for name, value in model.state_dict().items():
        if not torch.equal(value, before[1][name]):
            return f"changed the model's {name}, which only training should"
    return ""


def mistreated(model: nn.Module, before: State) -> str:
    """Say what a look at a model, gradients on, did not leave as it was; or ""."""
    if not torch.is_grad_enabled():
        return "gradients stay switched off afterwards, for all that follows"
    if changed := changed_number(model, before):
        return changed
    modes, _, hooks = state(model)
    if modes != before[0]:
        mode = "train" if before[0][0] else "eval"
        return f"the model came in {mode} mode, and was not left in it"
    left = hooks != before[2]
    return "left a hook on the model, which would go on taking notes" * left
