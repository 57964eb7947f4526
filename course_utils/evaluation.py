"""What a network gets right and wrong, how sure it was, and what it looked at."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.arguments import as_array, as_count, as_images, as_names, as_switch
from course_utils.guards import check_answers, check_logits, guarded
from course_utils.models import as_model, explained
from course_utils.training import eval_mode

# ------------------------------------------------------------------- what it answers


@dataclass(frozen=True)
class Predictions:
    """What a model said about each image, with what the image is.

    targets, predicted: class numbers, int64 arrays (N,). confidence: softmax
    probability of the predicted class, float32 in [0, 1], (N,). brightness: the means
    of each image's channels as the model got it, (N, C), by which `check_images` knows
    them again.
    """

    targets: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    brightness: np.ndarray | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        names = "targets", "predicted", "confidence"
        for name in names:
            object.__setattr__(self, name, as_array(name, getattr(self, name), "N"))
        if not len(self.targets) == len(self.predicted) == len(self.confidence):
            counts = [len(getattr(self, name)) for name in names]
            raise ValueError(f"{', '.join(names)} must be equally long, not {counts}")

    @property
    def accuracy(self) -> float:
        """Fraction of images whose predicted class is the target."""
        return float(np.mean(self.predicted == self.targets))

    def mistakes(self) -> np.ndarray:
        """Return the indices of the wrong predictions, the surest first."""
        wrong = np.flatnonzero(self.predicted != self.targets)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    def check_images(self, images: np.ndarray) -> None:
        """Raise if images, shape (N, C, H, W), are not those that were predicted."""
        if len(images) != len(self.targets):
            found = f"{len(images)} images but {len(self.targets)} predictions"
            raise ValueError(f"there are {found}; give those predicted, in their order")
        images = as_array("images", images, "NCHW")
        if images.shape[1] not in (1, 3):
            raise ValueError(f"images have shape {images.shape}; expected (N, C, H, W)")
        shown = images.mean(axis=(2, 3))
        if self.brightness is None or self.brightness.shape != shown.shape:
            return
        # Normalising scales and shifts; where all are alike, nothing can be told.
        pairs = [(a, b) for a, b in zip(shown.T, self.brightness.T) if b.std() >= 1e-4]
        if not all(a.std() > 0 and np.corrcoef(a, b)[0, 1] > 0.9 for a, b in pairs):
            raise ValueError(
                "the images are not those that were predicted, or in another order; "
                "predict with a loader that neither shuffles nor augments: "
                'predict(model, data.loader("train", shuffle=False))'
            )


@guarded
@torch.no_grad()
def predict(
    model: nn.Module,
    loader: Iterable[tuple[Tensor, Tensor]],
    *,
    device: torch.device | None = None,
) -> Predictions:
    """Collect predictions together with their targets, batch by batch.

    Targets come from the loader and not from the data set, so that they belong to the
    predictions even where the loader shuffles.

    model: maps images (N, C, H, W) to logits (N, K); its mode is restored afterwards.
    loader: yields (images, targets). device: where the model is; by default where its
    parameters are. TypeError or ValueError if these do not fit together or the loader
    yields nothing, FloatingPointError if a logit is not finite.
    """
    batches = []
    with eval_mode(model):
        for images, targets in loader:
            logits = model(images.to(device))
            check_answers(logits, targets, is_first=not batches)
            confidence, predicted = logits.float().softmax(dim=1).max(dim=1)
            maps = images if images.ndim > 3 else images[:, None]
            brightness = maps.float().flatten(2).mean(dim=2)
            columns = targets, predicted, confidence, brightness
            batches.append([column.cpu() for column in columns])
    return Predictions(*(torch.cat(column).numpy() for column in zip(*batches)))


def confusion_matrix(
    y_true: np.ndarray, y_pred: np.ndarray, *, num_classes: int, normalize: bool = False
) -> np.ndarray:
    """Count how often each class was taken for each other, with scikit-learn.

    y_true, y_pred: class numbers, shape (N,). num_classes: rows and columns of the
    result, shape (K, K), also for classes that do not occur; row: the true class,
    column: the predicted one. normalize: divide each row by its sum; that of a class
    without images stays zero. ValueError if a number is no class, or arrays differ in
    length.
    """
    from sklearn import metrics

    as_count("num_classes", num_classes)
    as_switch("normalize", normalize)
    y_true = _as_classes("y_true", y_true, num_classes)
    y_pred = _as_classes("y_pred", y_pred, num_classes)
    if len(y_true) != len(y_pred):
        found = f"there are {len(y_true)} y_true but {len(y_pred)} y_pred"
        raise ValueError(f"{found}; expected one of each for each image")
    labels, shares = range(num_classes), "true" if normalize else None
    return metrics.confusion_matrix(y_true, y_pred, labels=labels, normalize=shares)


def largest_confusions(
    matrix: np.ndarray, class_names: Sequence[str], *, count: int = 3
) -> list[str]:
    """Name the most frequent confusions in words, the most frequent first.

    matrix: counts, shape (K, K), from `confusion_matrix`. class_names: one for each
    class. count: how many at most. TypeError or ValueError if these do not fit.

    >>> largest_confusions(np.array([[8, 2], [0, 5]]), ["shirt", "coat"])
    ['shirt taken for coat: 2 of 10 (20.0%)']
    """
    matrix, count = as_array("matrix", matrix, "KK"), as_count("count", count)
    square = len(matrix) == matrix.shape[1]
    if not square or matrix.dtype.kind not in "iu" or matrix.min() < 0:
        raise ValueError(
            f"matrix has shape {matrix.shape}, {matrix.dtype} from {matrix.min()}; "
            "expected counts (K, K), as confusion_matrix gives without normalize"
        )
    class_names = as_names("class_names", class_names, len(matrix))
    matrix = matrix.astype(np.int64)  # unsigned numbers have no negatives
    off_diagonal = matrix * (1 - np.eye(len(matrix), dtype=np.int64))
    order = np.argsort(-off_diagonal, axis=None, kind="stable")[:count]
    pairs = zip(*np.unravel_index(order, matrix.shape))
    return [
        f"{class_names[row]} taken for {class_names[column]}: {matrix[row, column]} "
        f"of {matrix[row].sum()} ({matrix[row, column] / matrix[row].sum():.1%})"
        for row, column in pairs
        if off_diagonal[row, column]
    ]


# ---------------------------------------------------------------- what goes on inside


@torch.no_grad()
def feature_maps(model: nn.Module, images: Tensor, layer: nn.Module | str) -> Tensor:
    """Return what one layer makes of images: shape (N, K, h, w), in evaluation mode.

    model: takes images; it is left as it was, its mode too. images: (N, C, H, W), on
    the model's device. layer: a module inside the model, or its name, as
    ``model.named_modules()`` gives it. ValueError if the layer is not in the model, was
    not called once, or returns no maps. Taught in *Improving CIFAR-10*.

    >>> model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
    >>> feature_maps(model, torch.zeros(1, 3, 32, 32), "1").shape
    torch.Size([1, 8, 30, 30])
    """
    return _logits_and_maps(model, images, layer)[1].detach()


def grad_cam(feature_maps: Tensor, gradients: Tensor) -> Tensor:
    """Weigh maps by how much a class gains from them, and add them up.

    feature_maps: (N, K, H, W). gradients: of the same shape, how the class's logit
    changes with each number. The result, (N, H, W), is not negative and not scaled: its
    unit is the logit's, so images and classes can be compared. Divide by the maximum to
    draw it.

    Selvaraju et al., "Grad-CAM" (2017), section 3. Taught in *Improving CIFAR-10*.

    >>> maps = torch.tensor([[[[1.0, 2.0]], [[5.0, 0.0]]]])
    >>> gradients = torch.tensor([[[[2.0, 4.0]], [[-1.0, -1.0]]]])
    >>> grad_cam(maps, gradients)
    tensor([[[0., 6.]]])
    """
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    return (weights * feature_maps).sum(dim=1).relu()


def class_heat_maps(
    model: nn.Module,
    images: Tensor,
    classes: Tensor | Sequence[int],
    layer: nn.Module | str,
) -> Tensor:
    """Show where a layer finds what speaks for a class: Grad-CAM, shape (N, h, w).

    model, images, layer: as in `feature_maps`; parameters and their ``.grad`` are left
    alone. classes: N class numbers, one for each image; ValueError if they do not fit.

    The logit, not the softmax, is what the gradient is of: a softmax also rises where
    other classes lose. Taught in *Improving CIFAR-10*.
    """
    with eval_mode(model), torch.inference_mode(False), torch.enable_grad():
        logits, maps = _logits_and_maps(model, images, layer)
        check_logits(logits, len(images))
        numbers = _as_classes("classes", classes, logits.shape[1])
        if len(numbers) != len(images):
            expected = f"expected one for each of the {len(images)} images"
            raise ValueError(f"there are {len(numbers)} classes; {expected}")
        column = torch.as_tensor(numbers, device=logits.device)[:, None]
        chosen = logits.gather(1, column).sum()
        (gradients,) = torch.autograd.grad(chosen, maps)
    return grad_cam(maps.detach(), gradients)


def layers_with_maps(model: nn.Module, images: Tensor) -> dict[str, tuple[int, ...]]:
    """List the layers that `feature_maps` can show, by name, with the shape of a map.

    They come in the order in which they are called; modules that only hold other
    modules are left out, and layers called more than once. One image is enough.

    >>> model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten())
    >>> layers_with_maps(model, torch.zeros(1, 3, 32, 32))
    {'0': (8, 30, 30), '1': (8, 30, 30)}
    """
    model = _checked(model, images)
    leaves = {m: name for name, m in model.named_modules() if not [*m.children()]}
    outputs: dict[str, list[object]] = {}

    def note(layer: nn.Module, inputs: tuple, output: Tensor) -> None:
        outputs.setdefault(leaves[layer], []).append(output)

    with ExitStack() as hooks, eval_mode(model), torch.no_grad():
        for layer in leaves:
            hooks.enter_context(layer.register_forward_hook(note))
        with explained(model, images):
            model(images)
    once = {name: found[0] for name, found in outputs.items() if len(found) == 1}
    return {name: tuple(o.shape[1:]) for name, o in once.items() if _are_maps(o)}


def _checked(model: nn.Module, images: Tensor) -> nn.Module:
    """Return the model itself where it is torch.compile's, which may call no hooks."""
    as_model("model", model)
    if not len(as_images("images", images, floating=True)):
        raise ValueError("there are no images; expected at least one")
    return getattr(model, "_orig_mod", model)


def _logits_and_maps(
    model: nn.Module, images: Tensor, layer: nn.Module | str
) -> tuple[Tensor, Tensor]:
    """Ask a model; what its layer returned is the start of a graph of its own."""
    model, answers = _checked(model, images), []

    def keep(layer: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        if not _are_maps(output):
            answers.append(output)
            return output
        answers.append(output.detach().requires_grad_())
        # A copy, since the next layer may be one that works in place.
        return answers[-1].clone()

    hook = _find(model, layer).register_forward_hook(keep)
    with hook, eval_mode(model), explained(model, images):
        logits = model(images.clone())  # of inference_mode no gradient would come
    if len(answers) != 1:
        found = f"the model called layer {layer!r} {len(answers)} times"
        raise ValueError(f"{found}; choose one that it calls once")
    if not _are_maps(answers[0]):
        found = getattr(answers[0], "shape", type(answers[0]).__name__)
        raise ValueError(
            f"layer {layer!r} returns {found}; expected maps (N, K, H, W): choose a "
            "layer before they are flattened"
        )
    return logits, answers[0]


def _find(model: nn.Module, layer: nn.Module | str) -> nn.Module:
    modules = dict(model.named_modules())
    if isinstance(layer, str):
        layer = modules.get(layer.removeprefix("_orig_mod."), layer)
    if any(layer is module for module in modules.values()):
        return layer
    names = ", ".join(name for name in modules if name)
    raise ValueError(
        f"the model has no layer {layer!r}; expected one of its modules, such as "
        f"model[0], or one of their names: {names}"
    )


def _are_maps(output: object) -> bool:
    return isinstance(output, Tensor) and output.ndim == 4


def _as_classes(name: str, values: object, num_classes: int) -> np.ndarray:
    values = values.cpu() if isinstance(values, Tensor) else values
    numbers = as_array(name, values, "N")
    low, high = numbers.min(), numbers.max()
    if numbers.dtype.kind not in "iu" or low < 0 or high >= num_classes:
        raise ValueError(
            f"{name} holds {numbers.dtype} from {low} to {high}; expected integers "
            f"from 0 to {num_classes - 1}, for {num_classes} classes"
        )
    return numbers.astype(np.int64)
