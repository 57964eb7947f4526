"""Checks of classes: what is demanded of a network, one demand after the other."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import UnionType

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from course_utils.kit.compare import number_text, shown
from course_utils.kit.probes import unreached
from course_utils.kit.ready_made import remark_on
from course_utils.kit.run import SECONDS, OutOfTime, how_it_stopped, run
from course_utils.kit.verdict import Verdict, right, to_do, wrong
from course_utils.models import count_parameters
from course_utils.training import eval_mode

Make = Callable[..., nn.Module]
Shape = tuple[int, int, int]  # (C, H, W)
Kind = type | UnionType
Call = tuple[nn.Module, Tensor, Tensor]  # a layer, what goes in, and what comes out


AT_ERROR = (OutOfTime, "whether every loop ends"), (NameError, "the line that is named")


@dataclass(frozen=True)
class Demand:
    """Something that a class of networks must do."""

    what: str  # the situation, for the message: "on 9 images"
    complaint: Callable[[Make], str | tuple[str, str]]  # what is wrong, or ""; a hint
    look_at: str = ""  # the hint if the complaint has none
    at_error: str = ""  # the hint if the class raises an error; "" for the same

    def missed(self, make: Make) -> str | tuple[str, str]:
        torch.manual_seed(0)  # `run` restores the state of before.
        with torch.enable_grad():
            return self.complaint(make)


@dataclass(frozen=True)
class ClassCheck:
    """Put a class to each demand, the simplest first; stop at the first it misses."""

    name: str
    demands: Callable[[], Sequence[Demand]]  # called late: importing stays quick
    kind: str = "class"  # what is asked for: this, or a "function"
    seconds: float = SECONDS  # for each demand
    ready_made: Sequence[str] = ()  # functions that would do all the work

    def __call__(self, make: Make | None) -> Verdict:
        name, kind, demands = self.name, self.kind, self.demands()
        if make is None:
            return to_do(f"write {name}")
        if isinstance(make, nn.Module):
            return wrong(f"give the {kind} {name} itself, not a network made from it")
        if not callable(make) or hasattr(make, "__enter__"):
            hint = "what the name gets: by an =, or by an @ that is made for `with`"
            return wrong(f"{name} should be a {kind}, got {shown(make)}", look_at=hint)
        for number, demand in enumerate(demands, 1):
            # A copy of it, too: an answer may change the tensors that it holds.
            outcome = run(Demand.missed, (demand, make), seconds=self.seconds)
            error = outcome.error
            if isinstance(error, NotImplementedError) and _lacks_forward(error):
                hint = "its spelling, and whether it is indented as __init__ is"
                return wrong(f"{name} has no forward", look_at=hint)
            if outcome.is_stub:
                part = f", which meets {number - 1} of {len(demands)} demands so far"
                return to_do(f"finish {name}{part}" if number > 1 else f"write {name}")
            told = outcome.value, demand.look_at
            problem, hint = outcome.value if isinstance(told[0], tuple) else told
            if error:
                problem = how_it_stopped(error, seconds=self.seconds)
                known = (hint for kind, hint in AT_ERROR if isinstance(error, kind))
                hint = next(known, demand.at_error or demand.look_at)
            if problem:
                place = f"demand {number} of {len(demands)}, {name} {demand.what}"
                return wrong(f"{place}: {problem}", look_at=hint)
        return right(f"{len(demands)} cases{remark_on(make, self.ready_made)}")


def _lacks_forward(error: Exception) -> bool:
    # PyTorch's own forward raises what a stub raises.
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is nn.Module.forward.__code__


def written_anew(ready_made: type[nn.Module], *sizes: int) -> Demand:
    """Demand that a class, which gets sizes, takes over nothing ready-made."""

    def takes_over(make: Make) -> str:
        found = layers(make(*sizes), ready_made) != []
        return f"it takes over the ready-made {ready_made.__name__}" * found

    hint = "what the class inherits from, and what it is made of"
    return Demand("when it is made", takes_over, hint)


# --------------------------------------------- what any network that classifies must do


BEFORE_LAYERS = "what happens to the images before the first layer with weights"


def network_demands(
    reference: Make, image: Shape, other_sides: Sequence[int]
) -> list[Demand]:
    """Return what any classifier must do that is to be like a reference.

    other_sides: of square images that do not fit, but whose numbers fill whole rows.
    """
    wanted = _Classifier(reference, image)
    made, parts = "when it is made", "and its layers"
    broken = "the line that is named, and whether super().__init__() comes first"
    hidden = "__init__: its spelling, and what each line stores; in a tuple, a list or "
    hidden += "forward a layer is hidden from PyTorch"
    sizes = "how many layers there are, and for each what goes in and what comes out"
    biases = "biases, and layers that were not asked for"
    flat = "flattening: there is an axis that it must leave alone"
    rows = f"what is returned, and {flat}"
    misfit = "on 9 images of {0} × {0}, which do not fit"
    bends = "what follows each layer but the last"
    touches = partial(touches_logits, image=image)
    calls = "whether forward calls every layer and lets gradients back"
    forward = "forward: self and images in its head, what each line calls, the shapes"
    table = [
        (made, no_network, "what the class inherits from"),
        (parts, wanted.hides_layers, hidden),
        (parts, wanted.other_layers, sizes),
        ("and its parameters", wanted.other_total, biases),
        *((f"on {n} images", partial(wanted.other_shape, n), rows) for n in (9, 1, 4)),
        *((misfit.format(n), partial(wanted.accepts, n), flat) for n in other_sides),
        ("at its beginning", partial(touches_images, image=image), BEFORE_LAYERS),
        ("in eval mode", wanted.wavers, "what must be switched off after training"),
        ("and single images", wanted.mixes, "what joins images: the first axis"),
        ("from layer to layer", wanted.is_straight, bends),
        ("at its end", touches, "what the loss expects: logits"),
        ("in training", wanted.forgets_weights, calls),
    ]
    return [Demand(*r, at_error=broken if r[0] == made else forward) for r in table]


def no_network(make: Make, *sizes: int) -> str:
    kind = type(make(*sizes))
    other = not issubclass(kind, nn.Module)
    return f"it makes a {kind.__name__}, which is no nn.Module" * other


class _Classifier:
    """What a network is to be like; each method complains about one difference."""

    def __init__(self, reference: Make, image: Shape) -> None:
        with torch.random.fork_rng(devices=()):  # The learner's draws stay as they are.
            model = reference().eval()
        self.image, self.classes = image, model(torch.zeros(1, *image)).shape[1]
        self.weights, self.parameters = _weights(model), count_parameters(model)

    def hides_layers(self, make: Make) -> str:
        found = len(layers(make()))
        return self.other_count(found) if found < len(self.weights) else ""

    def made(self, make: Make) -> nn.Module:
        return made_ready(make, self.image)

    def other_count(self, found: int) -> str:
        wanted = f"{len(self.weights)} layers with weights"
        return f"expected {wanted}, PyTorch finds {found}"

    def other_layers(self, make: Make) -> str:
        yours = _weights(self.made(make))
        if len(yours) > len(self.weights):
            return self.other_count(len(yours))
        missing = [shape for shape in self.weights if shape not in yours]
        extra = [shape for shape in yours if shape not in self.weights]
        if not missing:
            return ""
        return f"expected weights of shape {missing[0]}, it has {[*extra, *yours][0]}"

    def other_total(self, make: Make) -> str:
        total = count_parameters(self.made(make))
        text = f"expected {self.parameters:,} parameters, it has {total:,}"
        return text * (total != self.parameters)

    def other_shape(self, count: int, make: Make) -> str:
        logits = make()(torch.zeros(count, *self.image))
        if not isinstance(logits, Tensor):
            return f"forward should return a tensor, got {shown(logits)}"
        shape, expected = tuple(logits.shape), (count, self.classes)
        return f"expected shape {expected}, got {shape}" * (shape != expected)

    def accepts(self, side: int, make: Make) -> str:
        model = self.made(make)
        try:
            logits = model(torch.zeros(9, self.image[0], side, side))
        except Exception:
            return ""
        return f"expected an error, got {len(logits)} rows without a word"

    def wavers(self, make: Make) -> str:
        model, images = self.made(make).eval(), torch.randn(4, *self.image)
        same = torch.equal(model(images), model(images))
        return "" if same else "the same images get other logits the second time"

    def mixes(self, make: Make) -> str:
        model, images = self.made(make).eval(), torch.randn(4, *self.image)
        alone = torch.cat([model(one) for one in images.split(1)])
        same = torch.allclose(model(images), alone, atol=1e-4)
        return "" if same else "an image gets other logits alone than in a batch"

    def is_straight(self, make: Make) -> str:
        model, images = self.made(make).eval(), torch.randn(2, *self.image)
        for (layer, _, out), (following, *_) in pairwise(watched(model, images)[0]):
            one, other = torch.randn_like(out), torch.randn_like(out)
            ends = []
            for values in (one, other, one + other, torch.zeros_like(one)):
                calls, _ = watched(model, images, gives={layer: values})
                ends.append([into for part, into, _ in calls if part is following][-1])
            # For whatever only scales, adds and moves numbers around, this is so.
            if torch.allclose(ends[0] + ends[1], ends[2] + ends[3], atol=1e-4):
                between = f"{_named(layer)} and {_named(following)}"
                return f"there is no activation between {between}"
        return ""

    def forgets_weights(self, make: Make) -> str:
        model = make()
        loss = model(torch.randn(4, *self.image)).square().sum()
        if not loss.requires_grad:
            return "no gradient flows back from the logits"
        loss.backward()
        return unreached(model)


def made_ready(make: Make, image: Shape) -> nn.Module:
    """Make a network; run it once if it has lazy layers, which get their sizes so."""
    model = make()
    if any(isinstance(p, UninitializedParameter) for p in model.parameters()):
        model(torch.zeros(2, *image))
    return model


def other_kind(model: nn.Module, wanted: type[nn.Module]) -> str:
    """Name a part that stands where one of its relatives is wanted: "; it has a Tanh".

    Relatives are defined in the same module of PyTorch's, as all activations are.
    """
    family = [p for p in model.modules() if type(p).__module__ == wanted.__module__]
    others = [type(part).__name__ for part in family if type(part) is not wanted]
    return f"; it has {others[0]}, not {wanted.__name__}" if others else ""


def touches_images(make: Make, *, image: Shape, training: bool = False) -> str:
    """Complain about a network that changes what its first layer gets."""
    model, images = make().train(training), torch.randn(2, *image)
    calls, _ = watched(model, images.clone())
    # Row by row. What calls no layer at all is another demand's.
    same = all(torch.equal(x.flatten(), images.flatten()) for _, x, _ in calls[:1])
    return "" if same else "its first layer does not get the images as they are"


def touches_logits(make: Make, *, image: Shape, training: bool = False) -> str:
    """Complain about a network that changes what its last layer gives."""
    model, images = make().train(training), torch.ones(2, *image)
    calls, _ = watched(model, images)
    if not calls:
        return "forward calls none of its layers: write self.layer(x), not its weights"
    last, _, out = calls[-1]
    logits = torch.linspace(-3, 3, out.numel()).reshape(out.shape)
    _, returned = watched(model, images, gives={last: logits})
    same = torch.equal(returned.flatten(), logits.flatten())
    texts = [number_text(round(t.flatten()[0].item(), 3)) for t in (logits, returned)]
    return "" if same else f"its last layer gave {texts[0]}, but it returned {texts[1]}"


def three_classes(image: Shape) -> Demand:
    """Demand that a network returns as many logits as it is told."""

    def other_shape(make: Make) -> str:
        got = tuple(make(num_classes=3)(torch.zeros(2, *image)).shape)
        return "" if got == (2, 3) else f"expected shape (2, 3), got {got}"

    hint = "where num_classes belongs: it is not always 10"
    return Demand("for 3 classes", other_shape, hint)


@torch.no_grad()
def other_logits(make: Make, *, reference: Make, image: Shape, complaint: str) -> str:
    """Complain about a network that has other logits with a reference's weights.

    These are taken over in the order in which the layers are called.
    """
    ours, yours = reference().eval(), made_ready(make, image).eval()
    for norm in layers(ours, nn.BatchNorm2d):
        norm.running_var.uniform_(0.5, 2)
        # Pooling in front of it would change nothing if all weights were 1.
        for numbers in (norm.running_mean, norm.weight, norm.bias):
            numbers.uniform_(-1, 1)
    images = 10 * torch.randn(4, *image)  # Large, so that ReLU6 shows, too.
    for kind in (WEIGHTED, nn.BatchNorm2d):
        pairs = zip(*(watched(model, images, kind)[0] for model in (ours, yours)))
        for (layer, *_), (twin, *_) in pairs:
            twin.load_state_dict(layer.state_dict())
    same = torch.allclose(ours(images), yours(images), atol=1e-3)
    return "" if same else f"{complaint}{other_kind(yours, nn.ReLU)}"


def wrong_dropout(make: Make, *, image: Shape, expected: Sequence[float]) -> str:
    """Complain about what is dropped before a layer with weights, or at the end.

    expected: the shares. What is kept grows, and each image loses other numbers.
    """
    model = make().train()
    kind = other_kind(model, nn.Dropout)
    for norm in layers(model, nn.BatchNorm2d):
        norm.eval()  # In train mode it would turn ones into zeros.
    ones, images = dict.fromkeys(layers(model), torch.ones(())), torch.ones(128, *image)
    with torch.no_grad():
        calls, logits = watched(model, images, gives=ones)
        if not model.training:
            return "forward changed the mode: after train() it was no longer in it"
        rested, still = watched(model.eval(), images, gives=ones)
    places = [
        (f"what enters {_named(layer)}", into, whole)
        for (layer, into, _), (_, whole, _) in zip(calls, rested)
    ]
    places.append(("the logits", logits, still))
    for (place, values, whole), wanted in zip(places, expected, strict=True):
        dropped = values == 0
        share = dropped.float().mean().item()
        if abs(share - wanted) > 0.06:
            problem = f"expected {wanted:.0%} of {place} to be dropped, got {share:.0%}"
            return problem + kind
        kept = (values / whole)[~dropped].mean().item() * (1 - wanted)
        if abs(kept - 1) > 0.01:
            return f"what it keeps of {place} is not divided by {1 - wanted:g}"
        if wanted and (dropped == dropped[:1]).all():
            return f"all images lose the same numbers of {place}"
    return ""


# --------------------------------------------------------------- looking into a network

WEIGHTED = nn.Conv2d | nn.Linear


def layers(model: nn.Module, kind: Kind = WEIGHTED) -> list[nn.Module]:
    """List a network's layers of one kind in the order in which they were made."""
    return [part for part in model.modules() if isinstance(part, kind)]


def _weights(model: nn.Module) -> list[tuple[int, ...]]:
    shapes = [tuple(layer.weight.shape) for layer in layers(model)]
    return sorted(shapes, key=lambda shape: (-len(shape), shape[::-1]))


def _named(layer: nn.Module) -> str:
    outputs, inputs = layer.weight.shape[:2]
    return f"{type(layer).__name__}({inputs}, {outputs})"


def watched(
    model: nn.Module, images: Tensor, kind: Kind = WEIGHTED, gives: dict | None = None
) -> tuple[list[Call], Tensor]:
    """Run a network, some layers of which are made to give something else."""
    calls, gives = [], gives or {}

    def note(layer: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        if layer in gives and gives[layer].shape in ((), output.shape):
            output = gives[layer].expand_as(output).clone()
        calls.append((layer, inputs[0].detach(), output.detach()))
        return output

    hooks = [layer.register_forward_hook(note) for layer in layers(model, kind)]
    logits = model(images)
    for hook in hooks:
        hook.remove()
    return calls, logits


@torch.no_grad()
def is_linear(model: nn.Module, images: Tensor, others: Tensor) -> bool:
    """Tell whether a network only scales, adds and moves numbers around."""
    ends = [model(x) for x in (images, others, images + others, 0 * images)]
    bent = (ends[0] + ends[1] - ends[2] - ends[3]).abs().max()
    return bool(bent <= 1e-3 * ends[0].abs().max())


def multiplications(model: nn.Module, shape: Shape = (1, 28, 28)) -> int:
    """Count the products that convolutions and linear layers form for one image."""
    kinds = nn.modules.conv._ConvNd | nn.Linear
    with eval_mode(model), torch.no_grad():
        calls, _ = watched(model, torch.zeros(1, *shape), kinds)
    return sum(out[0].numel() * layer.weight[0].numel() for layer, _, out in calls)
