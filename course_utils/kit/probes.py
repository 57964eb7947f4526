"""What loops and networks are tried on, what must stay, and which weights take part."""

import torch
from torch import Tensor, nn

State = tuple[list[bool], dict[str, Tensor], list[int], list[tuple[bool, bool]]]


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
    """Return modes, copies of weights and statistics, hooks, and what has gradients."""
    parts = list(model.modules())
    numbers = {name: value.clone() for name, value in model.state_dict().items()}
    hooks = [len(part._forward_hooks) for part in parts]
    grads = [(p.requires_grad, p.grad is None) for p in model.parameters()]
    return [part.training for part in parts], numbers, hooks, grads


def changed_number(model: nn.Module, before: State) -> str:
    """Say which weight or statistic is no longer as it was; "" if none."""
    for name, value in model.state_dict().items():
        if not torch.equal(value, before[1][name]):
            return f"changed the model's {name}, which only training should"
    return ""


def changed_gradients(model: nn.Module, before: State) -> str:
    """Say whether weights are frozen that were not, or gradients gone; "" if not."""
    *_, grads = state(model)
    if [marked for marked, _ in grads] != [marked for marked, _ in before[3]]:
        return "changed requires_grad of the model's weights"
    return "changed the model's gradients" * (grads != before[3])


def mistreated(model: nn.Module, before: State) -> str:
    """Say what a look at a model, gradients on, did not leave as it was; or ""."""
    if not torch.is_grad_enabled():
        return "gradients stay switched off afterwards, for all that follows"
    changed = changed_number(model, before) or changed_gradients(model, before)
    if changed:
        return changed
    modes, _, hooks, _ = state(model)
    if modes != before[0]:
        mode = "train" if before[0][0] else "eval"
        return f"the model came in {mode} mode, and was not left in it"
    left = hooks != before[2]
    return "left a hook on the model, which would go on taking notes" * left


def unreached(model: nn.Module) -> str:
    """Name a weight without a gradient; "" if each has one."""
    idle = [name for name, p in model.named_parameters() if p.grad is None]
    return f"no gradient reaches {idle[0]}" if idle else ""


def unregistered(model: nn.Module, output: Tensor) -> int:
    """Count the weights behind an output that PyTorch does not find in the model."""
    known, count = {id(weights) for weights in model.parameters()}, 0
    nodes, seen = [output.grad_fn], {None}
    for node in nodes:  # which grows
        if node not in seen:
            seen.add(node)
            weights = getattr(node, "variable", None)
            if weights is not None and id(weights) not in known:
                count += weights.numel()
            nodes += [following for following, _ in node.next_functions]
    return count
