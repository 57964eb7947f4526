"""Check of a network that the learner designs: judged by what it does."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from course_utils.kit.compare import shown
from course_utils.kit.networks import (
    ClassCheck,
    Demand,
    Make,
    is_linear,
    made_ready,
    no_network,
    watched,
)
from course_utils.kit.probes import unreached, unregistered

IMAGE, CLASSES, BLOCK = (3, 32, 32), 10, 4  # a score for each block of 4 × 4 pixels
BUDGET, FIELD = 20_000, 21
WEIGHTED = nn.modules.conv._ConvNd | nn.Linear
ROUNDING = 1e-3  # as a share
LARGE = 30.0  # about what a last layer is made to give


def design() -> nn.Sequential:
    """Return a network that meets the demands; it stands in for the learner's."""
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size=3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, kernel_size=3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, kernel_size=3, padding=2, dilation=2),
        nn.ReLU(),
        nn.Conv2d(32, CLASSES, kernel_size=3, padding=1),
    )


def made(make: Make) -> nn.Module:
    torch.set_num_threads(1)  # Quicker for what is so small; `run` puts it back.
    return made_ready(make, IMAGE).eval()


# ------------------------------------------------------------------- what is demanded


def other_shape(count: int, side: int, make: Make) -> str:
    scores = made(make)(torch.zeros(count, 3, side, side))
    if not isinstance(scores, Tensor):
        return f"expected a tensor of scores, got {shown(scores)}"
    wanted, got = (count, CLASSES, *2 * (side // BLOCK,)), tuple(scores.shape)
    return f"expected shape {wanted}, got {got}" * (wanted != got)


def hides_weights(make: Make) -> str:
    model = made(make)
    output = model(torch.randn(2, *IMAGE))
    if not output.requires_grad:
        return "no gradient flows back from the scores"
    if hidden := unregistered(model, output):
        return f"PyTorch does not know of {hidden:,} of its weights"
    output.square().sum().backward()
    complaint = unreached(model)
    return f"{complaint}: it is paid for, and not used" if complaint else ""


def too_dear(make: Make) -> str:
    model = made(make)
    total = weights(model)
    layers = [part for part in model.modules() if not [*part.children()]]
    dearest = max(layers, key=weights)
    most = f"; {weights(dearest):,} are those of {dearest}"
    return f"it has {total:,} weights{most}" * (total > BUDGET)


def weights(part: nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


def wavers(make: Make) -> str:
    model, images = made(make), torch.randn(4, *IMAGE)
    with torch.no_grad():
        first, again = model(images), model(images)
        alone = torch.cat([model(image) for image in images.split(1)])
    if not torch.equal(first, again):
        return "the same images get other scores the second time"
    same = torch.allclose(first, alone, atol=1e-4)
    return "" if same else "an image gets other scores alone than in a batch"


def sees_too_little(make: Make) -> str:
    rows, columns = seen(made(make))
    text = f"a cell in the middle sees {rows} × {columns} pixels"
    return text * (min(rows, columns) < FIELD)


def seen(model: nn.Module, side: int = 64, count: int = 12) -> tuple[int, int]:
    """Measure how many rows and columns of images reach a cell in the middle."""
    images = torch.randn(count, 3, side, side, requires_grad=True)
    scores = model(images)
    row, column = (n // 2 for n in scores.shape[2:])
    # Max-pooling lets winners through only, so that it takes more than one image.
    scores[:, :, row, column].sum().backward()
    reached = images.grad.abs().sum((0, 1)) > 0
    return extent(reached.any(1)), extent(reached.any(0))


def extent(reached: Tensor) -> int:
    places = reached.nonzero()
    return int(places.max() - places.min()) + 1 if len(places) else 0


def behind(
    model: nn.Module, images: Tensor, layer: nn.Module, pair: Tensor
) -> Iterator[tuple]:
    """Yield who gets what if a layer gives either, both, or zeros; None the scores."""
    (one, other), runs = pair, []
    for values in (one, other, one + other, torch.zeros_like(one)):
        calls, scores = watched(model, images, WEIGHTED, gives={layer: values})
        runs.append([*((part, into) for part, into, _ in calls), (None, scores)])
    for steps in zip(*runs):
        yield steps[0][0], *(into for _, into in steps)


def bend(one: Tensor, other: Tensor, both: Tensor, none: Tensor) -> float:
    """Measure, as a share, what does not only scale, add and move numbers around."""
    bent = (one + other - both - none).abs().max()
    return (bent / (one - none).abs().max()).item()  # NaN where nothing arrives


@torch.no_grad()
def collapses(make: Make) -> str:
    model, images = made(make), torch.randn(1, *IMAGE)
    calls, _ = watched(model, images, WEIGHTED)
    if len(calls) == 1:
        return "it has only one layer with weights"
    for layer, _, out in calls:
        for part, *ends in behind(model, images, layer, 3 * torch.randn(2, *out.shape)):
            if part is not None and bend(*ends) <= ROUNDING:
                return f"there is no activation between {layer} and {part}"
    flat = not calls and is_linear(model, images, torch.randn_like(images))
    return "the whole network is one linear map" * flat


@torch.no_grad()
def squashes(make: Make) -> str:
    model, images = made(make), torch.randn(4, *IMAGE)
    calls, _ = watched(model, images, WEIGHTED)
    if not calls:
        return ""
    last, _, out = calls[-1]
    *_, (_, *ends) = behind(model, images, last, LARGE * torch.randn(2, *out.shape))
    low, high = ends[0].min().item(), ends[0].max().item()
    if low > -2 or high < 2:
        gave = f"its last layer gave numbers around ±{LARGE:g}"
        return f"{gave}, and the scores lie between {low:.3g} and {high:.3g}"
    return "something behind its last layer bends the scores" * (bend(*ends) > ROUNDING)


def demands() -> list[Demand]:
    made_, anew = "when it is made", "what design returns: a network, made anew"
    run_ = "the line that is named: channels, and what each layer gets"
    halves = "the sides: 32 → 16 → 8, and 10 channels at the end"
    larger = "on 2 images of 48 × 48"
    any_size = "what is made for one size of image: Flatten with Linear, fixed sizes"
    known = "what is stored in a list or tuple, or made in forward; what is left unused"
    dear = "the widest layers: a kernel costs k · k · in · out weights"
    waver = "what joins images, or draws by chance: it must know its mode"
    wider = "kernel sizes, dilation, and strides that come early: all later kernels "
    wider += "then reach farther"
    bends = "what stands between two layers with weights"
    end = "its end: scores may be any numbers, so nothing bends them"
    table = [
        (made_, no_network, anew),
        ("on 9 images of 32 × 32", partial(other_shape, 9, 32), halves),
        ("on a single image of 32 × 32", partial(other_shape, 1, 32), halves),
        (larger, partial(other_shape, 2, 48), any_size),
        ("and its weights", hides_weights, known),
        ("and its budget", too_dear, dear),
        ("in eval mode", wavers, waver),
        ("and its receptive field", sees_too_little, wider),
        ("from layer to layer", collapses, bends),
        ("at its end", squashes, end),
    ]
    own_hint = made_, larger  # also where an error is raised
    return [Demand(*row, at_error="" if row[0] in own_hint else run_) for row in table]


check_design = ClassCheck("design", demands, kind="function", seconds=2.0)
