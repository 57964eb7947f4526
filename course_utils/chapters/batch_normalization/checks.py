"""Checks of *Batch Normalisation*."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor, nn

from course_utils.kit.check import Check, Hint, Number
from course_utils.kit.compare import difference, shown
from course_utils.kit.networks import ClassCheck, Demand, Make, no_network, written_anew

READY_MADE = "batch_norm", "native_batch_norm", "BatchNorm1d", "BatchNorm2d"
ROWS = torch.tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 10.0], [7.0, 14.0]])

# -------------------------------------------------------------------- rows and images


def batch_norm_1d(rows: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)
    return gamma * (rows - mean) / (variance + eps).sqrt() + beta


def whole_numbers(*shapes: tuple[int, ...]) -> Iterator[tuple]:
    generator = torch.Generator().manual_seed(1)
    for shape in shapes:
        values = torch.randint(-9, 10, shape, generator=generator)
        gamma = torch.randint(1, 5, shape[1:2], generator=generator)
        beta = torch.randint(-5, 5, shape[1:2], generator=generator)
        yield values.float(), gamma.float(), beta.float(), 0.5


FEATURES = "the axis: each feature has its own mean and variance, over the rows"
DIVISION = "the variance: squares are divided by n here, the number of rows"
CENTRE = "the mean: it is subtracted first, for the squares in the variance, too"
ROOT = "what the distance from the mean is divided by: the root of the variance"
EPSILON = "where ε stands: in the root, beside the variance; and which: the one given"
SCALE = "γ and β: they come after the division, and each feature has its own"
CONSTANT = "a feature that is the same in all rows: nothing to divide by but ε"
TINY = 1e-9  # too little for float32, but PyTorch refuses an ε of zero
# Variances and ε add up to squares, so that the first results are whole numbers. Where
# γ is 0, only γ and β can be wrong; next every axis gives the same: only the division.
check_batch_norm_1d = Check(
    "batch_norm_1d",
    batch_norm_1d,
    [SCALE, ([[1, 3], [3, 1]], [0, 0], [5, 5], TINY)],
    [DIVISION, ([[-1, 1], [1, -1]], [1, 1], [0, 0], TINY)],
    [CENTRE, ([[10_001, 10_003], [10_003, 10_001]], [1, 1], [0, 0], TINY)],
    [FEATURES, ([[1, 5], [3, 7]], [1, 1], [0, 0], TINY)],
    [DIVISION, ([[1, 3], [3, 1], [1, 3], [3, 1]], [1, 1], [0, 0], TINY)],
    [ROOT, ([[1], [5]], [1], [0], TINY)],
    [DIVISION, ([[1], [1], [5], [5]], [1], [0], TINY)],
    [EPSILON, ([[1], [3]], [1], [0], 3.0)],
    [SCALE, ([[1], [3]], [2], [0], TINY), ([[1], [3]], [1], [10], TINY)],
    ([[1], [3]], [2], [10], 3.0),
    [CONSTANT, ([[4], [4], [4]], [1], [0], 1.0)],
    [FEATURES, ([[1, 10], [3, 30]], [1, 1], [0, 0], TINY)],
    [DIVISION, (ROWS, [1, 1], [0, 0], 1e-5)],
    [SCALE, (ROWS, [1, 3], [5, 0], 1e-5)],
    [CONSTANT, ([[1, 4], [3, 4]], [1, 1], [0, 7], 1e-5)],
    [FEATURES, *whole_numbers((2, 5), (5, 2), (3, 3), (6, 1))],
    as_array=torch.Tensor,
    ready_made=READY_MADE,
)


def batch_norm_2d(images: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    # Each channel's numbers become a feature's, and go back to their places.
    rows = images.movedim(1, -1)
    flat = batch_norm_1d(rows.reshape(-1, len(gamma)), gamma, beta, eps)
    return flat.reshape(rows.shape).movedim(-1, 1)


def counted(*shape: int) -> Tensor:
    return torch.arange(1.0, 1 + torch.Size(shape).numel()).reshape(shape)


PLACES = "the places of a channel: all rows and columns share a mean, even of one image"
IMAGES = "the images: they share the mean and the variance of a channel"
CHANNELS = "the channels: each has its own mean and variance, and keeps its place"
WIDTH = "γ and β: one of each for a channel, whatever the width of the images"
SAME = "a channel that is the same everywhere: nothing to divide by but ε"
SQUARES = "the variance: squares are divided by n here, a channel's numbers; its root"
# Whatever the axes, the mean of these is 0 and the variance 4, divided by n; and where
# γ is 0, the division is no matter: only γ and β can be wrong.
BOARD, OTHER = [[-2, 2], [2, -2]], [[2, -2], [-2, 2]]
BOARDS = torch.Tensor([[BOARD, OTHER], [OTHER, BOARD]])
check_batch_norm_2d = Check(
    "batch_norm_2d",
    batch_norm_2d,
    ["γ and β: γ is a factor, β is added", (BOARDS, [0, 0], [5, 5], TINY)],
    [SQUARES, (BOARDS, [1, 1], [0, 0], TINY)],
    [CENTRE, (BOARDS + 10_000, [1, 1], [0, 0], TINY)],
    [EPSILON, (BOARDS, [1, 1], [0, 0], 12.0)],
    [PLACES, (counted(1, 1, 1, 2), [1], [0], TINY)],
    [IMAGES, (counted(2, 1, 1, 1), [1], [0], TINY)],
    (counted(2, 1, 1, 2), [1], [0], TINY),
    [PLACES, (counted(1, 1, 2, 3), [1], [0], TINY)],
    [CHANNELS, (counted(1, 2, 1, 2), [1, 1], [0, 0], TINY)],
    "the channels: axis 1 says which numbers are one's, in every image",
    (counted(2, 2, 1, 2), [1, 1], [0, 0], TINY),
    [WIDTH, (counted(2, 2, 1, 2), [1, 2], [0, 10], TINY)],
    [CHANNELS, (counted(2, 2, 1, 1), [1, 1], [0, 0], TINY)],
    [WIDTH, (counted(2, 3, 1, 1), [1, 2, 3], [0, 10, 20], TINY)],
    (counted(2, 3, 2, 3), [1, 2, 3], [0, 10, 20], TINY),
    [CHANNELS, (counted(3, 2, 2, 1), [1, 1], [0, 0], 1e-5)],
    [Hint(SAME), (torch.full((2, 1, 1, 2), 4.0), [1], [1], 1e-5)],
    [Hint(CHANNELS), *whole_numbers((2, 3, 4, 3), (3, 2, 2, 5), (4, 4, 4, 4))],
    at_shape=f"{WIDTH}; and the result has the shape of the images",
    as_array=torch.Tensor,
    ready_made=READY_MADE,
)

# ------------------------------------------------------- the memory after one batch


def remembered(new: float, *, before: float = 1.0, momentum: float = 0.1) -> float:
    return (1 - momentum) * before + momentum * new


def running_var() -> Number:
    layer = nn.BatchNorm1d(2)
    layer(ROWS)
    first, second = layer.running_var.tolist()
    feature = ROWS[:, 0]
    mean, squares = feature.mean().item(), feature.square().mean().item()
    unbiased, biased = feature.var().item(), feature.var(correction=0).item()
    division = "the division: by n to normalise, by n − 1 to remember"
    shares = "the two shares: the batch gets 0.1 and the value before gets 0.9"
    start = "what it starts from: not from 0"
    quantity = "what is remembered here: a variance, not its root"
    asked = "which of the two is asked for"
    slips = {
        division: [remembered(biased)],
        shares: [remembered(unbiased, momentum=0.9)],
        f"{shares}; then {division}": [remembered(biased, momentum=0.9)],
        "what is kept of the value before": [unbiased, biased],
        "the two shares: they add up to 1": [1 + 0.1 * unbiased, 1 + 0.1 * biased],
        start: [remembered(unbiased, before=0)],
        f"{start}; then {division}": [remembered(biased, before=0)],
        quantity: [remembered(unbiased**0.5), remembered(biased**0.5)],
        f"{asked}: this is the running mean": [remembered(mean, before=0)],
        f"{asked}: the variance": [remembered(mean)],
        "the squares: of the distances from the mean": [remembered(squares)],
        "the squares: their sum is divided": [remembered(len(ROWS) * biased)],
        "the first feature: it is the first number of each row": [second],
        "one feature alone: each has its own variance": [remembered(ROWS.var().item())],
        "the decimals: three are asked for": [1.57, 1.56, 1.6],
    }
    causes = {number: hint for hint, numbers in slips.items() for number in numbers}
    parts = "the two parts of the sum: what is kept of 1, and what is added"
    return Number(first, causes, otherwise=parts, tolerance=1e-3)


check_running_var = running_var()

# ------------------------------------------ a layer that normalises as PyTorch's does

BUFFERS = MEAN, VAR, COUNT = "running_mean", "running_var", "num_batches_tracked"
Norm = type[nn.Module]
Batches = Sequence[Tensor]
MODE = "what self.training says: in eval mode each {} uses its memory, and keeps it"


def norm_demands(reference: Norm) -> list[Demand]:
    first, shape, mode = ROWS, (2,), MODE.format("feature")
    if reference is nn.BatchNorm2d:
        # Two images of one row and two columns: a channel's numbers are a feature's.
        first = ROWS.reshape(2, 2, 1, 2).transpose(1, 3).contiguous()
        shape, mode = (2, 3, 2), MODE.format("channel")
    random = {"generator": torch.Generator().manual_seed(2), "dtype": torch.float64}
    three = [torch.randn(count, *shape, **random) for count in (5, 3, 6)]
    made, training = "when it is made", "in training"
    graph = "the memory: it belongs to no gradient; see torch.no_grad and detach"
    through = "the gradient: it goes through mean and variance, too"
    too = "the gradient: eval mode has one, too; only the memory needs torch.no_grad"
    rows = [
        (made, lambda make: no_network(make, 2), "what the class inherits from"),
        (made, other_parameters, "what training should change: γ and β alone"),
        (made, other_buffers, "how a tensor is registered that is not trained"),
        (made, other_start, "what each begins with"),
        *trials(reference, first, three, mode),
        (training, partial(changes_batch, first), "work on a copy"),
        (training, partial(remembers_graph, first), graph),
        (training, partial(other_gradient, reference, three[0], "train"), through),
        ("in eval mode", partial(other_gradient, reference, three[0], "eval"), too),
    ]
    demands = [Demand(*row) for row in rows]
    return [demands[0], written_anew(reference, 2), *demands[1:]]


def trials(reference: Norm, first: Tensor, three: Batches, mode: str) -> list[tuple]:
    axes = "the axes: which numbers share a mean, subtracted before they are squared; "
    axes += "and what divides: the root of the variance (by n) with ε in it, 1e-5"
    present = "what train mode normalises with: the batch's own numbers, not the memory"
    memory = "the memory: when it changes, and the shares of old and new; never reset"
    division = "the variance that is remembered: of all together, by n − 1; its shares"
    track = "the counter: one more for each batch in train mode"
    scale = "γ and β: one of each for a feature or channel"
    shares = "the shares of old and new, what they are when momentum is not 0.1; no ε"
    scale_too = "γ and β: in eval mode, too"
    alone = "one image: its cells have a mean and a variance, and train mode takes them"
    once, constant = [first], [torch.full_like(first, 3, dtype=torch.float64)]
    # Its own mean and variance, and no change: whoever takes them from there is right.
    far = first.double() + 1e8  # Their mean square holds no digit of the variance.
    at_home = {MEAN: torch.tensor([4, 8]).double() + 1e8, VAR: torch.tensor([5, 20])}
    scaled = {"weight": torch.tensor([1.0, 3.0]), "bias": torch.tensor([5.0, 0.0])}
    # Different for each channel: laid along the width, they would not go unnoticed.
    known = {MEAN: torch.tensor([1.0, 2.0]), VAR: torch.tensor([4.0, 16.0])}
    differs = partial(other_outcome, reference)
    resting = partial(differs, numbers=known, training=False)
    quick = "with momentum=0.5, after three batches"
    huge = "in train mode, on numbers around 1e8"
    both = partial(resting, numbers=known | scaled)
    return [
        (huge, differs([far], numbers=at_home, momentum=0.0), axes),
        ("in train mode, on its first batch", differs(once), present),
        *([("on a single image", differs([first[:1]]), alone)] * (first.ndim > 2)),
        ("after its first batch", differs(once, MEAN), memory),
        ("after its first batch", differs(once, VAR), division),
        ("after its first batch", differs(once, COUNT), track),
        ("on a constant batch", differs(constant), "what eps is for"),
        ("with eps=4", differs(once, eps=4.0), "where eps is used"),
        ("with γ = 1, 3 and β = 5, 0", differs(once, numbers=scaled), scale),
        ("after three batches under no_grad", differs(three, MEAN), memory),
        ("after three batches under no_grad", differs(three, VAR), division),
        *((quick, differs(three, p, momentum=0.5), shares) for p in (MEAN, VAR)),
        ("in eval mode", resting(once), mode),
        ("in eval mode, on a single one", resting([first[:1]]), mode),
        *(("after a batch in eval mode", resting(once, p), mode) for p in BUFFERS),
        ("in eval mode with eps=4", resting(once, eps=4.0), "where eps is used"),
        ("in eval mode with γ = 1, 3 and β = 5, 0", both(once), scale_too),
    ]


def other_outcome(
    reference: Norm,
    batches: Batches,
    part: str = "",
    *,
    numbers: Mapping[str, Tensor] = MappingProxyType({}),  # what the layer starts from
    training: bool = True,
    **options: float,
) -> Callable[[Make], str]:
    """Complain about what the last of some batches becomes, or about a part then."""

    def complaint(make: Make) -> str:
        layers = [one(2, **options).to(batches[0]) for one in (reference, make)]
        for layer in layers:
            layer.load_state_dict(numbers, strict=False)
            layer.train(training)
        with torch.set_grad_enabled(len(batches) == 1):
            outputs = [[layer(b.clone()) for b in batches][-1] for layer in layers]
        theirs, yours = (getattr(m, part) for m in layers) if part else outputs
        text = difference(theirs, yours)
        if not text and isinstance(yours, Tensor) and yours.dtype != theirs.dtype:
            text = f"expected {theirs.dtype}, yours is {yours.dtype}"
        return f"{part}: {text}" if part and text else text

    return complaint


def other_parameters(make: Make) -> str:
    names = [name for name, _ in make(2).named_parameters()]
    different = sorted(names) != ["bias", "weight"]
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


def changes_batch(batch: Tensor, make: Make) -> str:
    given = batch.clone()
    make(2)(given)
    return "" if torch.equal(given, batch) else "changed the batch it was given"


def remembers_graph(batch: Tensor, make: Make) -> str:
    layer = make(2)
    layer(batch.clone().requires_grad_())
    held = [name for name in (MEAN, VAR) if getattr(layer, name).requires_grad]
    return f"{held[0]} holds on to the gradients of the batches it saw" if held else ""


def other_gradient(reference: Norm, batch: Tensor, mode: str, make: Make) -> str:
    found = []
    for one in (reference, make):
        layer, inputs = one(2).double(), batch.clone().requires_grad_()
        output = layer.train(mode == "train")(inputs)
        if not isinstance(output, Tensor) or not output.requires_grad:
            return f"no gradient flows back from {shown(output)}"
        sources = {"the batch": inputs, "weight": layer.weight, "bias": layer.bias}
        total = (output * batch.cos()).sum()
        slopes = torch.autograd.grad(total, [*sources.values()], allow_unused=True)
        found.append(dict(zip(sources, slopes)))
    theirs, yours = found
    for name, gradient in theirs.items():
        if yours[name] is None:
            return f"no gradient reaches {name}"
        if text := difference(gradient, yours[name]):
            return f"the gradient of {name}: {text}"
    return ""


check_norm_1d, check_norm_2d = (
    ClassCheck(name, partial(norm_demands, norm), ready_made=READY_MADE)
    for name, norm in (("Norm1d", nn.BatchNorm1d), ("Norm2d", nn.BatchNorm2d))
)
