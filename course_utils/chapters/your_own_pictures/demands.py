"""What a network with a new last layer must do, and the rates at which it trains."""

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from course_utils.kit.compare import shown
from course_utils.kit.networks import Demand, no_network
from course_utils.kit.probes import mistreated, state, unreached

FEATURES, CLASSES = 4, 3
Make = Callable[[nn.Module, int, int], nn.Module]

# ------------------------------------------------------------------- a new last layer


def small_trunk() -> nn.Sequential:
    """Return what a trained trunk is like: with BatchNorm, to (N, 4), in eval mode."""
    norm = nn.BatchNorm2d(FEATURES)
    norm.running_var.uniform_(0.2, 0.5)  # what it has learnt
    block = nn.Sequential(nn.Conv2d(3, FEATURES, 3), norm)
    ends = nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(block, *ends).eval()


def transfer_demands() -> list[Demand]:
    parts = "what __init__ stores, and super().__init__(), which comes first"
    sizes = "the last layer: what goes in, and what comes out"
    logits = "what the last layer gets, and what is returned: features, logits, as is; "
    logits += "and the trunk: a copy keeps all that was learnt"
    calm = "the trunk's mode: train() reaches it, too, and BatchNorm then learns"
    own = "whose trunk it is: work on a copy, copy.deepcopy(trunk)"
    thaw = "how the trunk is frozen: by requires_grad alone; the graph must be there"
    rows = [
        ("when it is made", no_such_network, "what the class inherits from"),
        ("and its parts", other_parts, parts),
        ("on 5 images", other_shape, sizes),
        ("and what trains", other_weights, "what is frozen, and what is not"),
        ("and its logits", other_logits, logits),
        ("in training", drifts, calm),
        ("and the trunk it is given", touches_trunk, own),
        ("after requires_grad_(True)", stays_frozen, thaw),
    ]
    return [Demand(*row) for row in rows]


def no_such_network(make: Make) -> str:
    return no_network(make, small_trunk(), FEATURES, CLASSES)


def made(make: Make) -> nn.Module:
    return make(small_trunk(), FEATURES, CLASSES)


def images() -> Tensor:
    return 3 + torch.randn(5, 3, 6, 6)


def other_parts(make: Make) -> str:
    wanted = [f"trunk.{name}" for name in small_trunk().state_dict()]
    wanted += ["last.weight", "last.bias"]
    found = [*made(make).state_dict()]
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    return f"expected {missing[0]}, it has {[*extra, 'none'][0]}" if missing else ""


def other_shape(make: Make) -> str:
    for num_classes in (CLASSES, 2):
        logits = make(small_trunk(), FEATURES, num_classes)(images())
        got = tuple(logits.shape) if isinstance(logits, Tensor) else shown(logits)
        if got != (5, num_classes):
            return f"expected shape {(5, num_classes)}, got {got}"
    return ""


def other_weights(make: Make) -> str:
    model = made(make)
    model(images())  # gives lazy layers their shapes
    training = [n for n, p in model.named_parameters() if p.requires_grad]
    if wrong := [name for name in training if not name.startswith("last.")]:
        return f"{wrong[0]} requires a gradient"
    wanted = {"weight": (CLASSES, FEATURES), "bias": (CLASSES,)}
    found = {n: tuple(p.shape) for n, p in model.last.named_parameters()}
    if found != wanted:
        return f"expected last to have {wanted}, it has {found}"
    frozen = [f"last.{name}" for name in wanted if f"last.{name}" not in training]
    return f"{frozen[0]} requires no gradient" if frozen else ""


def other_logits(make: Make) -> str | tuple[str, str]:
    trunk, batch = small_trunk(), images()
    model = make(copy.deepcopy(trunk), FEATURES, CLASSES)
    if model.train() is not model:
        return f"train() returned {shown(model.train())}", "what train returns: self"
    same = torch.allclose(model.eval()(batch), model.last(trunk(batch)), atol=1e-5)
    return "" if same else "they are not what last makes of the given trunk's features"


def drifts(make: Make) -> str | tuple[str, str]:
    model, batch = make(small_trunk().train(), FEATURES, CLASSES), images()
    before = {name: value.clone() for name, value in model.trunk.state_dict().items()}
    first = model(batch).detach()
    model.train()(batch).sum().backward()
    for name, value in model.trunk.state_dict().items():
        if not torch.equal(value, before[name]):
            return f"after two batches its trunk has another {name}"
    same = torch.allclose(first, model.eval()(batch), atol=1e-5)
    text = "the same images get other logits in training than in eval mode"
    return "" if same else (text, "what stands between trunk and last: nothing")


def touches_trunk(make: Make) -> str:
    trunk = small_trunk().train()
    before = state(trunk)
    make(trunk, FEATURES, CLASSES).train()(images())
    return mistreated(trunk, before).replace("the model", "the trunk")


def stays_frozen(make: Make) -> str:
    model = made(make).train()
    model(images())
    model.requires_grad_(True)(images()).square().sum().backward()
    return unreached(model)


# --------------------------------------------------------------------- two rates


class Parts(nn.Module):
    """A trunk of two layers, and a last one."""

    def __init__(self, frozen: tuple[str, ...]) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 4)))
        self.last = nn.Linear(4, 2)
        for name, weight in self.named_parameters():
            weight.requires_grad = not name.startswith(frozen)


def rate_demands() -> list[Demand]:
    kind = 'what is returned: a list of dicts with "params" and "lr"'
    only = "what trains: the model's own weights that require a gradient, and no others"
    part = "weights of one part only: each has its own requires_grad"
    no_place = partial(other_rates, places=True)
    rows = [  # the last words: what is frozen
        ("with a frozen trunk", no_groups, kind, "trunk"),
        ("with a frozen trunk", no_place, only, "trunk"),
        ("with nothing frozen", no_groups, kind),
        ("with nothing frozen", no_place, only),
        ("with nothing frozen", other_rates, "the rates: lr, and a tenth of it"),
        ("with half a trunk frozen", other_rates, part, "trunk.0"),
        ("with some frozen", other_rates, part, "trunk.1.0.weight", "last.bias"),
        ("with a frozen last layer", no_groups, kind, "last"),
        ("with a frozen last layer", other_rates, only, "last"),
    ]
    return [
        Demand(what, partial(complaint, tuple(frozen)), hint)
        for what, complaint, hint, *frozen in rows
    ]


def no_groups(frozen: tuple[str, ...], rate_groups: Callable) -> str:
    groups = rate_groups(Parts(frozen), 0.5)
    is_list = isinstance(groups, list) and groups
    if not is_list or not all(isinstance(g, dict) for g in groups):
        return f"expected a list of dicts, got {shown(groups)}"
    for group in groups:
        if not {*group} >= {"params", "lr"}:
            return f"expected a dict with params and lr, got one with {[*group]}"
        if not [*group["params"]]:
            return "expected no group without weights, got one"
    return ""


def other_rates(
    frozen: tuple[str, ...], rate_groups: Callable, *, places: bool = False
) -> str:
    """Complain about the weights that are there, or (not only places) their rates."""
    model = Parts(frozen)
    groups = torch.optim.SGD(rate_groups(model, 0.5)).param_groups
    found = {weight: group["lr"] for group in groups for weight in group["params"]}
    for name, weight in model.named_parameters():
        rate = 0.5 if name.startswith("last") else 0.05
        wanted = None if name.startswith(frozen) else rate
        got = found.get(weight)
        if got != wanted and (not places or None in (got, wanted)):
            words = ["no place" if r is None else f"lr {r:g}" for r in (wanted, got)]
            return f"expected {words[0]} for {name}, got {words[1]}"
    return ""
