"""What the checks of notebook 06 train and measure: parts that keep watch."""

import copy
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress

import torch
from torch import Tensor, nn

from course_utils.checks.judging import Case

CLASSES = 3
CPU, META = torch.device("cpu"), torch.device("meta")
UNMOVED = "used as it came"


class Scored(list):
    """Pairs of logits and targets, which write themselves in few words."""

    def __repr__(self) -> str:
        """Say how many are right in each batch."""
        parts = [
            f"{int((logits.argmax(dim=1) == targets).sum())} of {len(targets)} right"
            for logits, targets in self
        ]
        return f"[{', '.join(parts)}]"


def accuracy_cases() -> list[Case]:
    """Return batches of logits and targets.

    Returns
    -------
    list of Case
    """
    rows = "each row: which of its logits is the largest"
    fraction = "a fraction: what is right, divided by the number of images"
    whole = "images of all batches: count them, and divide once"
    last = "the last batch, which is smaller"
    negative = "logits, which may all be negative"
    table = [
        ([[1, 1, 1, 0]], rows),
        ([[0, 0]], rows),
        ([[1, 1]], rows),
        ([[1, 0, 0]], rows),
        ([[1, 1], [1, 0]], whole),
        ([[1, 0], [0, 0], [1, 1]], whole),
        ([[1, 1, 1, 1], [0]], last),
        ([[0] * 8, [1]], last),
        ([[1] * 5, [0, 1, 1, 0, 1], [0, 0]], last),
    ]
    # Half is right here, whichever logit is taken: only the division can be wrong.
    half = [[2, 0], [1, -1]], [0, 1]
    # Nothing is right here, unless another logit is taken than the largest of each row.
    none = [[2, 1, 3, 9], [8, 2, 3, 1], [1, 8, 2, 3], [0, -1, 1, 0]], [1, 3, 0, 1]
    cases = [_batch(*half, fraction), _batch(*none, rows)]
    cases += [_scored(right, hint) for right, hint in table]
    cases.append(_scored([[1, 0, 1]], negative, shift=-9))
    cases.append(_scored([[1, 0], [1]], negative, shift=-9))
    test_set = [[1] * 128 for _ in range(5)] + [[0] * 16]
    return [*cases, _scored(test_set, last)]


class Elsewhere(Tensor):
    """A tensor that notes where it is moved to."""

    __torch_function__ = torch._C._disabled_torch_function_impl
    notes: list

    def to(self, *args: object, **options: object) -> Tensor:
        """Return a plain copy."""
        self.notes += [*args, *options.values()]
        return self.detach().as_subclass(Tensor).clone()

    @staticmethod
    def note_use(tensor: Tensor) -> None:
        """Note that a network or a loss got a tensor that was not moved."""
        if isinstance(tensor, Elsewhere):
            tensor.notes.append(UNMOVED)


class Batches:
    """An iterable of batches that has a length, but no data set.

    Parameters
    ----------
    sizes
        Images in each batch.
    breaks
        Whether it raises an error after the last batch.
    """

    def __init__(self, sizes: Sequence[int], *, breaks: bool = False) -> None:
        generator = torch.Generator().manual_seed(sum(sizes))
        count = sum(sizes)
        images = torch.randn(count, 1, 1, CLASSES, generator=generator)
        # Some right, some wrong: the largest pixel, or the next class.
        wrong = torch.arange(count) % 3 == 2
        targets = (images.flatten(1).argmax(dim=1) + wrong) % CLASSES
        self.parts = list(zip(images.split(sizes), targets.split(sizes), strict=True))
        self.sizes, self.breaks, self.passes = list(sizes), breaks, 0
        self.moves: dict[str, list] = {"images": [], "targets": []}

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.sizes)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (images, targets)."""
        self.passes += 1
        for part in self.parts:
            pair = [tensor.as_subclass(Elsewhere) for tensor in part]
            for tensor, notes in zip(pair, self.moves.values(), strict=True):
                tensor.notes = notes
            yield tuple(pair)
        if self.breaks:
            raise OSError("the disk is gone")

    def unmoved(self, device: torch.device) -> str:
        """Say what was not moved to the device in each batch.

        Parameters
        ----------
        device
            Where the model is.

        Returns
        -------
        str
            Empty if all was.
        """
        for name, notes in self.moves.items():
            if set(notes) <= {UNMOVED}:
                return f"the {name} were not moved to the device"
            if UNMOVED in notes:
                return f"what {name}.to(…) returned was not used"
            places = (n for n in notes if isinstance(n, str | torch.device | None))
            if others := {*map(str, places)} - {str(device)}:
                return f"the {name} were moved to {min(others)}, not to {device}"
        return ""


class NotGiven(Exception):
    """A network got images of a loader that was not given."""


class Probe(nn.Module):
    """A small network that notes how it is treated.

    Parameters
    ----------
    layer
        What the pixels pass through first.
    """

    def __init__(self, layer: nn.Module | None = None) -> None:
        super().__init__()
        self.layer, self.last = layer or nn.Identity(), nn.Linear(CLASSES, CLASSES)
        with torch.no_grad():
            self.last.weight.copy_(torch.eye(CLASSES))
            self.last.bias.zero_()
        self.trained: list[bool] = []
        self.recorded: list[bool] = []

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 1, K) to logits (N, K)."""
        if images.numel() != CLASSES * len(images):
            raise NotGiven("these images are from a loader that was not given")
        Elsewhere.note_use(images)
        self.trained.append(self.training)
        self.recorded.append(torch.is_grad_enabled())
        return self.last(self.layer(torch.flatten(images, 1)))

    def modes(self) -> list[bool]:
        """Return the mode of each part."""
        return [part.training for part in self.modules()]

    def numbers(self) -> dict[str, Tensor]:
        """Return copies of weights and statistics."""
        return {name: value.clone() for name, value in self.state_dict().items()}


class Abroad(Probe):
    """A probe with its weights on `meta`, the second device that every machine has.

    There are no numbers there, so its logits are all zero.

    Parameters
    ----------
    layer
        As in `Probe`.
    """

    def __init__(self, layer: nn.Module | None = None) -> None:
        super().__init__(layer)
        super().to(META)

    def to(self, *args: object, **options: object) -> nn.Module:
        """Stay there."""
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 1, K) to logits (N, K)."""
        Elsewhere.note_use(images)
        return torch.zeros(len(images), CLASSES, requires_grad=True)


class Loss:
    """A loss function that notes its calls, and which graphs are still remembered.

    Parameters
    ----------
    smoothing
        As in ``torch.nn.CrossEntropyLoss``: makes it another loss.
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        self.loss_fn = nn.CrossEntropyLoss(label_smoothing=smoothing)
        self.remembered: list[weakref.ref] = []
        self.most = 0

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the batch's mean loss."""
        Elsewhere.note_use(targets)
        # One graph may be left over in a variable from the batch before.
        alive = sum(graph() is not None for graph in self.remembered)
        self.most = max(self.most, alive)
        value = _Same.apply(self.loss_fn(logits, targets.as_subclass(Tensor)))
        if value.grad_fn is not None:
            self.remembered.append(weakref.ref(value.grad_fn))
        return value


class _Same(torch.autograd.Function):
    # A step in the graph that Python can watch.
    @staticmethod
    def forward(ctx: object, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient


def stale(model: Probe) -> Probe:
    """Leave old gradients on a model.

    Parameters
    ----------
    model
        Any.

    Returns
    -------
    Probe
        The same.
    """
    for weights in model.parameters():
        weights.grad = torch.full_like(weights, 0.25)
    return model


def twin(model: Probe) -> Probe:
    """Return a copy, old gradients included.

    Parameters
    ----------
    model
        Any.

    Returns
    -------
    Probe
    """
    other = copy.deepcopy(model)
    for one, weights in zip(model.parameters(), other.parameters(), strict=True):
        with suppress(AttributeError):
            weights.grad = one.grad.clone()
    return other


def _batch(logits: list[list[int]], targets: list[int], look_at: str) -> Case:
    batch = torch.tensor(logits, dtype=torch.float32), torch.tensor(targets)
    return Case((Scored([batch]),), look_at=look_at)


def _scored(right: Sequence[Sequence[int]], look_at: str, shift: float = 9) -> Case:
    generator = torch.Generator().manual_seed(len(right) + len(right[0]))
    batches = Scored()
    for part in right:
        logits = torch.randn(len(part), CLASSES + 1, generator=generator) + shift
        largest = logits.argmax(dim=1)
        targets = (largest + 1 - torch.tensor(part)) % (CLASSES + 1)
        batches.append((logits, targets))
    return Case((batches,), look_at=look_at)
