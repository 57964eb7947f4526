"""What a layer must do that is to normalise as one of PyTorch's does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from course_utils.kit.compare import difference, shown
from course_utils.kit.networks import Demand, Make, written_anew

ROWS = torch.tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 10.0], [7.0, 14.0]])
PARAMETERS = ["weight", "bias"]
BUFFERS = MEAN, VAR, COUNT = "running_mean", "running_var", "num_batches_tracked"

Norm = type[nn.Module]


@dataclass(frozen=True)
class Trial:
    """What a layer goes through: how it is set up, then one batch after the other.

    weight, bias: γ and β, None as they were made. running: mean and variance in the
    memory, one value for all channels or one for each.
    """

    batches: Sequence[Tensor]
    options: dict[str, float] = field(default_factory=dict)
    weight: Sequence[float] | None = None
    bias: Sequence[float] | None = None
    running: tuple[float | Sequence[float], float | Sequence[float]] = (0.0, 1.0)
    training: bool = True

    def last_output(self, layer: nn.Module) -> Tensor:
        values = dict(zip(BUFFERS, self.running), weight=self.weight, bias=self.bias)
        with torch.no_grad():
            for name, value in values.items():
                if value is not None:
                    getattr(layer, name).copy_(torch.tensor(value))
        layer.train(self.training)
        return [layer(batch) for batch in self.batches][-1]


def norm_demands(reference: Norm) -> list[Demand]:
    """Return what is demanded of a layer like `nn.BatchNorm1d` or `nn.BatchNorm2d`."""
    images = reference is nn.BatchNorm2d
    first = as_images(ROWS) if images else ROWS
    others = random_batches((2, 3, 2) if images else (2,))
    rows = trials(first, others, whose="channel" if images else "feature")
    made, training = "when it is made", "in training"
    graph = "the memory: it belongs to no gradient; see torch.no_grad and detach"
    pulls = partial(other_gradient, reference=reference, batch=others[0])
    through = "the gradient: it goes through mean and variance, too"
    return [
        Demand(made, is_no_module, "what the class inherits from"),
        written_anew(reference, 2),
        Demand(made, other_parameters, "what training should change: γ and β alone"),
        Demand(made, other_buffers, "how a tensor is registered that is not trained"),
        Demand(made, other_start, "what each begins with"),
        *(
            Demand(what, partial(differs, reference=reference, trial=t, part=part), at)
            for what, t, part, at in rows
        ),
        Demand(training, partial(changes_batch, batch=first), "work on a copy"),
        Demand(training, partial(remembers_graph, batch=first), graph),
        Demand(training, pulls, through),
    ]


def trials(first: Tensor, others: list[Tensor], *, whose: str) -> list[tuple]:
    """Return trials, with the part of the layer to look at, "" for what it returns."""
    axes = "the axes: which numbers share a mean; and what divides"
    present = "what train mode normalises with: the batch's own numbers, not the memory"
    memory = "the memory: when it changes, and the shares of old and new"
    division = "the variance that is remembered: divided by n − 1, unlike the other"
    track = "the counter: one more for each batch in train mode"
    scale = "γ and β: one of each for a feature or channel"
    shares = "the shares of old and new, and what they are when momentum is not 0.1"
    mode = f"what self.training says: in eval mode each {whose} uses its memory, and "
    mode += "keeps it"
    # Its own mean and variance, and no change: whoever takes them from there is right.
    at_home = Trial([first], {"momentum": 0.0}, running=((4.0, 8.0), (5.0, 20.0)))
    once, thrice = Trial([first]), Trial(others)
    constant = Trial([torch.full_like(first, 3, dtype=torch.float64)])
    scaled = Trial([first], weight=(1.0, 3.0), bias=(5.0, 0.0))
    # Different for each channel: laid along the width, they would not go unnoticed.
    known = {"running": ((1.0, 2.0), (4.0, 16.0)), "training": False}
    single, resting = Trial([first[:1]], **known), Trial([first], **known)
    quick = "with momentum=0.5, after three batches"
    return [
        ("in train mode", at_home, "", axes),
        ("in train mode, on its first batch", once, "", present),
        ("after its first batch", once, MEAN, memory),
        ("after its first batch", once, VAR, division),
        ("after its first batch", once, COUNT, track),
        ("on a constant batch", constant, "", "what eps is for"),
        ("with eps=4", Trial([first], {"eps": 4.0}), "", "where eps is used"),
        ("with γ = 1, 3 and β = 5, 0", scaled, "", scale),
        ("after three batches", thrice, MEAN, shares),
        ("after three batches", thrice, VAR, division),
        (quick, Trial(others, {"momentum": 0.5}), MEAN, shares),
        ("in eval mode", resting, "", mode),
        ("in eval mode, on a single one", single, "", mode),
        *(("after a batch in eval mode", resting, part, mode) for part in BUFFERS),
    ]


def as_images(rows: Tensor) -> Tensor:
    # Two images of one row and two columns: a channel's four numbers are a feature's.
    return rows.reshape(2, 2, 1, 2).transpose(1, 3).contiguous()


def random_batches(shape: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(2)
    options = {"generator": generator, "dtype": torch.float64}
    return [torch.randn(count, *shape, **options) for count in (5, 3, 6)]


# ------------------------------------------------------------------ when it is made


def is_no_module(make: Make) -> str:
    if isinstance(layer := make(2), nn.Module):
        return ""
    return f"it makes a {type(layer).__name__}, which is no nn.Module"


def other_parameters(make: Make) -> str:
    names = [name for name, _ in make(2).named_parameters()]
    different = sorted(names) != sorted(PARAMETERS)
    return f"its parameters should be weight and bias, they are {names}" * different


def other_buffers(make: Make) -> str:
    layer = make(2)
    buffers = dict(layer.named_buffers())
    for name in BUFFERS:
        if name not in buffers:
            kind = "an ordinary attribute" if hasattr(layer, name) else "missing"
            return f"{name} should be a buffer, it is {kind}"
        if name not in layer.state_dict():
            return f"the state_dict lacks {name}"
    extra = [name for name in buffers if name not in BUFFERS]
    return f"it has a buffer {extra[0]}, which PyTorch's has not" if extra else ""


def other_start(make: Make) -> str:
    for size in (2, 3):
        theirs, yours = nn.BatchNorm1d(size).state_dict(), make(size).state_dict()
        for name in theirs:
            if text := difference(theirs[name], yours[name]):
                return f"{name} of a layer for {size}: {text}"
    return ""


# --------------------------------------------------------------- when it is used


def differs(make: Make, *, reference: Norm, trial: Trial, part: str) -> str:
    layers = reference(2, **trial.options), make(2, **trial.options)
    outputs = [trial.last_output(m.to(trial.batches[0].dtype)) for m in layers]
    theirs, yours = (getattr(m, part) for m in layers) if part else outputs
    text = difference(theirs, yours)
    if not text and isinstance(yours, Tensor) and yours.dtype != theirs.dtype:
        text = f"expected {theirs.dtype}, yours is {yours.dtype}"
    return f"{part}: {text}" if part and text else text


def changes_batch(make: Make, *, batch: Tensor) -> str:
    given = batch.clone()
    make(2)(given)
    return "" if torch.equal(given, batch) else "changed the batch it was given"


def remembers_graph(make: Make, *, batch: Tensor) -> str:
    layer = make(2)
    layer(batch.clone().requires_grad_())
    for name in (MEAN, VAR):
        if getattr(layer, name).requires_grad:
            return f"{name} holds on to the gradients of the batches it saw"
    return ""


def other_gradient(make: Make, *, reference: Norm, batch: Tensor) -> str:
    theirs, _ = gradients(reference(2).double(), batch)
    yours, problem = gradients(make(2).double(), batch)
    if problem:
        return problem
    for name, gradient in theirs.items():
        if yours[name] is None:
            return f"no gradient reaches {name}"
        if text := difference(gradient, yours[name]):
            return f"the gradient of {name}: {text}"
    return ""


def gradients(layer: nn.Module, batch: Tensor) -> tuple[dict[str, Tensor | None], str]:
    """Return how a sum of the output depends on what goes in; or a complaint."""
    inputs = batch.clone().requires_grad_()
    output = layer(inputs)
    if not isinstance(output, Tensor) or not output.requires_grad:
        return {}, f"no gradient flows back from {shown(output)}"
    wanted = {"the batch": inputs, "weight": layer.weight, "bias": layer.bias}
    total = (output * batch.cos()).sum()
    found = torch.autograd.grad(total, [*wanted.values()], allow_unused=True)
    return dict(zip(wanted, found)), ""
