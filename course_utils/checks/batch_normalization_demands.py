"""What is demanded of a layer that is to normalise as one of PyTorch's does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from course_utils.checks.batch_normalization_cases import ROWS
from course_utils.checks.comparing import difference, shown
from course_utils.checks.demanding import Demand, Make, written_anew

STATE = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
"""What a layer of PyTorch keeps, parameters first."""


@dataclass(frozen=True)
class Trial:
    """What a layer goes through, beside PyTorch's own.

    Parameters
    ----------
    batches
        Fed one after the other.
    options
        Given to the class.
    weight, bias
        γ and β, set before the first batch; None leaves them as they were made.
    running
        What the running mean and variance are set to: one value for all channels, or
        one for each.
    training
        The mode while the batches pass.
    """

    batches: Sequence[Tensor]
    options: dict[str, float] = field(default_factory=dict)
    weight: Sequence[float] | None = None
    bias: Sequence[float] | None = None
    running: tuple[float | Sequence[float], float | Sequence[float]] = (0.0, 1.0)
    training: bool = True

    def outputs(self, layer: nn.Module) -> list[Tensor]:
        """Set the layer up, and return what it makes of each batch."""
        with torch.no_grad():
            layer.running_mean.copy_(torch.tensor(self.running[0]))
            layer.running_var.copy_(torch.tensor(self.running[1]))
            for name in ("weight", "bias"):
                if (values := getattr(self, name)) is not None:
                    getattr(layer, name).copy_(torch.tensor(values))
        layer.train(self.training)
        return [layer(batch) for batch in self.batches]


def norm_demands(reference: type[nn.Module]) -> list[Demand]:
    """Return what a layer must do that is to be like one of PyTorch's.

    Parameters
    ----------
    reference
        `nn.BatchNorm1d` or `nn.BatchNorm2d`.

    Returns
    -------
    list of Demand
    """
    images = reference is nn.BatchNorm2d
    first = _as_images(ROWS) if images else ROWS
    generator = torch.Generator().manual_seed(2)
    shape = (2, 3, 2) if images else (2,)
    others = [
        torch.randn(n, *shape, generator=generator, dtype=torch.float64)
        for n in (5, 3, 6)
    ]
    constant = torch.full_like(first, 3, dtype=torch.float64)
    axes = "the axes: which numbers share a mean"
    present = "what train mode normalises with: the batch's own numbers, not the memory"
    memory = "the memory: when it changes, and the shares of old and new"
    division = "the variance that is remembered: divided by n − 1, unlike the other"
    shares = "the shares of old and new, and what they are when momentum is not 0.1"
    whose = "channel" if images else "feature"
    mode = f"what self.training says: in eval mode each {whose} uses its memory, and "
    mode += "keeps it"
    track = "the counter: one more for each batch in train mode"
    one = Trial([first])
    # Its own mean and variance, and no change: whoever takes them from there is right.
    at_home = Trial([first], {"momentum": 0.0}, running=((4.0, 8.0), (5.0, 20.0)))
    # Different for each channel: laid along the width, they would not go unnoticed.
    known = ((1.0, 2.0), (4.0, 16.0))
    table = [
        ("in train mode", at_home, "", f"{axes}; and what divides"),
        ("in train mode, on its first batch", one, "", present),
        ("after its first batch", one, "running_mean", memory),
        ("after its first batch", one, "running_var", division),
        ("after its first batch", one, "num_batches_tracked", track),
        ("on a constant batch", Trial([constant]), "", "what eps is for"),
        ("with eps=4", Trial([first], {"eps": 4.0}), "", "where eps is used"),
        (
            "with γ = 1, 3 and β = 5, 0",
            Trial([first], weight=(1.0, 3.0), bias=(5.0, 0.0)),
            "",
            "γ and β: one of each for a feature or channel",
        ),
        ("after three batches", Trial(others), "running_mean", shares),
        ("after three batches", Trial(others), "running_var", division),
        (
            "with momentum=0.5, after three batches",
            Trial(others, {"momentum": 0.5}),
            "running_mean",
            shares,
        ),
        (
            "in eval mode",
            Trial([first], running=known, training=False),
            "",
            mode,
        ),
        (
            "in eval mode, on a single one",
            Trial([first[:1]], running=known, training=False),
            "",
            mode,
        ),
        *(
            (
                "after a batch in eval mode",
                Trial([first], running=known, training=False),
                part,
                mode,
            )
            for part in ("running_mean", "running_var", "num_batches_tracked")
        ),
    ]
    made = "when it is made"
    demands = [
        Demand(made, _is_no_module, "what the class inherits from"),
        written_anew(reference, 2),
        Demand(made, _other_parameters, "what training should change: γ and β alone"),
        Demand(made, _other_buffers, "how a tensor is registered that is not trained"),
        Demand(made, _other_start, "what each begins with"),
    ]
    demands += [
        Demand(what, partial(_differs, reference=reference, trial=trial, part=part), at)
        for what, trial, part, at in table
    ]
    pulls = partial(_other_gradient, reference=reference, batches=others)
    graph = "the memory: it belongs to no gradient; see torch.no_grad and detach"
    mean_too = "the gradient: it goes through mean and variance, too"
    return [
        *demands,
        Demand("in training", partial(_changes_batch, batch=first), "work on a copy"),
        Demand("in training", partial(_remembers_graph, batch=first), graph),
        Demand("in training", pulls, mean_too),
    ]


def _as_images(rows: Tensor) -> Tensor:
    # Two images of one row and two columns: a channel's four numbers are a feature's.
    return rows.reshape(2, 2, 1, 2).transpose(1, 3).contiguous()


def _is_no_module(make: Make) -> str:
    layer = make(2)
    is_one, kind = isinstance(layer, nn.Module), type(layer).__name__
    return "" if is_one else f"it makes a {kind}, which is no nn.Module"


def _other_parameters(make: Make) -> str:
    names = [name for name, _ in make(2).named_parameters()]
    different = sorted(names) != sorted(STATE[:2])
    return f"its parameters should be weight and bias, they are {names}" * different


def _other_buffers(make: Make) -> str:
    layer = make(2)
    buffers = dict(layer.named_buffers())
    for name in STATE[2:]:
        if name not in buffers:
            kind = "an ordinary attribute" if hasattr(layer, name) else "missing"
            return f"{name} should be a buffer, it is {kind}"
        if name not in layer.state_dict():
            return f"the state_dict lacks {name}"
    extra = [name for name in buffers if name not in STATE]
    return f"it has a buffer {extra[0]}, which PyTorch's has not" if extra else ""


def _other_start(make: Make) -> str:
    for size in (2, 3):
        theirs, yours = nn.BatchNorm1d(size).state_dict(), make(size).state_dict()
        for name in STATE:
            if text := difference(theirs[name], yours[name]):
                return f"{name} of a layer for {size}: {text}"
    return ""


def _differs(make: Make, *, reference: type[nn.Module], trial: Trial, part: str) -> str:
    outputs, layers = [], []
    for layer in (reference(2, **trial.options), make(2, **trial.options)):
        layers.append(layer.to(trial.batches[0].dtype))
        outputs.append(trial.outputs(layer)[-1])
    theirs, yours = (getattr(m, part) for m in layers) if part else outputs
    text = difference(theirs, yours)
    if not text and isinstance(yours, Tensor) and yours.dtype != theirs.dtype:
        text = f"expected {theirs.dtype}, yours is {yours.dtype}"
    return f"{part}: {text}" if part and text else text


def _changes_batch(make: Make, *, batch: Tensor) -> str:
    given = batch.clone()
    make(2)(given)
    return "" if torch.equal(given, batch) else "changed the batch it was given"


def _remembers_graph(make: Make, *, batch: Tensor) -> str:
    layer = make(2)
    layer(batch.clone().requires_grad_())
    for name in STATE[2:4]:
        if getattr(layer, name).requires_grad:
            return f"{name} holds on to the gradients of the batches it saw"
    return ""


def _other_gradient(
    make: Make, *, reference: type[nn.Module], batches: Sequence[Tensor]
) -> str:
    gradients = []
    for layer in (reference(2).double(), make(2).double()):
        inputs = batches[0].clone().requires_grad_()
        output = layer(inputs)
        if not isinstance(output, Tensor) or not output.requires_grad:
            return f"no gradient flows back from {shown(output)}"
        wanted = {"the batch": inputs, "weight": layer.weight, "bias": layer.bias}
        found = torch.autograd.grad(
            (output * batches[0].cos()).sum(), [*wanted.values()], allow_unused=True
        )
        gradients.append(dict(zip(wanted, found, strict=True)))
    for name, theirs in gradients[0].items():
        if gradients[1][name] is None:
            return f"no gradient reaches {name}"
        if text := difference(theirs, gradients[1][name]):
            return f"the gradient of {name}: {text}"
    return ""
