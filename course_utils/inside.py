"""Look inside a network: what its layers answer, and where a class is found."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from course_utils.training import eval_mode


def feature_maps(model: nn.Module, images: Tensor, layer: nn.Module | str) -> Tensor:
    """Return what one layer makes of images.

    Parameters
    ----------
    model
        Takes `images`. It is left as it was, its mode too.
    images
        Tensor, shape (N, C, H, W), on the model's device.
    layer
        A module inside the model, or its name, as ``model.named_modules()`` gives it.

    Returns
    -------
    Tensor
        Shape (N, K, h, w): K maps for each image, computed in evaluation mode.

    Raises
    ------
    ValueError
        If the layer is not in the model, was not called, or returns no maps.

    Notes
    -----
    Taught in notebook 11.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
    >>> feature_maps(model, torch.zeros(1, 3, 32, 32), "1").shape
    torch.Size([1, 8, 30, 30])
    """
    with eval_mode(model), torch.no_grad(), _watched(model, layer) as answers:
        model(images)
    return _only_maps(answers, layer).detach()


def grad_cam(feature_maps: Tensor, gradients: Tensor) -> Tensor:
    """Weigh maps by how much a class gains from them, and add them up.

    Parameters
    ----------
    feature_maps
        Tensor, shape (N, K, H, W).
    gradients
        Tensor of the same shape: how the class's logit changes with each number.

    Returns
    -------
    Tensor
        Shape (N, H, W), not negative and not scaled: its unit is the logit's, so
        images and classes can be compared. Divide by the maximum to draw it.

    Notes
    -----
    Selvaraju et al., "Grad-CAM" (2017), section 3. Taught in notebook 11.

    Examples
    --------
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
    """Show where a layer finds what speaks for a class: Grad-CAM.

    Parameters
    ----------
    model
        Maps images to logits (N, number of classes). It is left as it was: its mode,
        its parameters and their ``.grad``.
    images
        Tensor, shape (N, C, H, W), on the model's device.
    classes
        N class numbers, one for each image.
    layer
        As in `feature_maps`.

    Returns
    -------
    Tensor
        Shape (N, h, w), as large as the layer's maps: see `grad_cam`.

    Raises
    ------
    ValueError
        If the classes do not fit the images and logits; and as `feature_maps`.

    Notes
    -----
    The logit, not the softmax, is what the gradient is of: a softmax also rises where
    other classes lose. Taught in notebook 11.
    """
    with eval_mode(model), torch.enable_grad(), _watched(model, layer) as answers:
        logits = model(images)
        chosen = logits.gather(1, _as_column(classes, logits)).sum()
        maps = _only_maps(answers, layer)
        (gradients,) = torch.autograd.grad(chosen, maps)
    return grad_cam(maps.detach(), gradients)


def layers_with_maps(model: nn.Module, images: Tensor) -> dict[str, tuple[int, ...]]:
    """List the layers that `feature_maps` can show, with the shape of their maps.

    Parameters
    ----------
    model, images
        As in `feature_maps`; one image is enough.

    Returns
    -------
    dict
        Name → (K, h, w), in the order in which the layers are called. Modules that
        only hold other modules are left out.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten())
    >>> layers_with_maps(model, torch.zeros(1, 3, 32, 32))
    {'0': (8, 30, 30), '1': (8, 30, 30)}
    """
    shapes = {}

    def note(name: str) -> object:
        def hook(layer: nn.Module, inputs: tuple, output: Tensor) -> None:
            if _are_maps(output):
                shapes[name] = tuple(output.shape[1:])

        return hook

    leaves = [pair for pair in model.named_modules() if not list(pair[1].children())]
    handles = [layer.register_forward_hook(note(name)) for name, layer in leaves]
    try:
        with eval_mode(model), torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
    return shapes


@contextmanager
def _watched(model: nn.Module, layer: nn.Module | str) -> Iterator[list[Tensor]]:
    """Collect what a layer returns, each time as the start of a graph of its own."""
    answers = []

    def keep(layer: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        if not _are_maps(output):
            answers.append(output)
            return output
        answers.append(output.detach().requires_grad_())
        # A copy, since the next layer may be one that works in place.
        return answers[-1].clone()

    handle = _find(model, layer).register_forward_hook(keep)
    try:
        yield answers
    finally:
        handle.remove()


def _find(model: nn.Module, layer: nn.Module | str) -> nn.Module:
    modules = dict(model.named_modules())
    if isinstance(layer, str) and layer in modules:
        return modules[layer]
    if not isinstance(layer, str) and any(layer is m for m in modules.values()):
        return layer
    names = ", ".join(name for name in modules if name)
    raise ValueError(
        f"the model has no layer {layer!r}; give one of its modules, such as model[0], "
        f"or one of their names: {names}"
    )


def _only_maps(answers: list[Tensor], layer: nn.Module | str) -> Tensor:
    if len(answers) != 1:
        raise ValueError(
            f"the model called layer {layer!r} {len(answers)} times; choose one that "
            "it calls once"
        )
    if not _are_maps(answers[0]):
        found = getattr(answers[0], "shape", type(answers[0]).__name__)
        raise ValueError(
            f"layer {layer!r} returns {found}, not maps of shape (N, K, H, W); "
            "choose a layer before the maps are flattened"
        )
    return answers[0]


def _are_maps(output: object) -> bool:
    return isinstance(output, Tensor) and output.ndim == 4


def _as_column(classes: Tensor | Sequence[int], logits: Tensor) -> Tensor:
    count, num_classes = logits.shape
    column = torch.as_tensor(classes, device=logits.device)
    if column.shape != (count,) or column.is_floating_point():
        raise ValueError(
            f"classes are {classes!r}; expected one class number for each of the "
            f"{count} images"
        )
    if not all(0 <= number < num_classes for number in column.tolist()):
        raise ValueError(
            f"classes are {column.tolist()}; the model has {num_classes} logits, for "
            f"classes 0 to {num_classes - 1}"
        )
    return column.long()[:, None]
