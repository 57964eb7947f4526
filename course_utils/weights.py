"""Trained weights that ship with the course, for looking inside without training."""

from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

FOLDER = Path(__file__).parent / "assets" / "weights"

Model = TypeVar("Model", bound=nn.Module)


def load_weights(model: Model, name: str) -> Model:
    """Fill a network with weights that ``benchmarks/cifar10.py`` trained.

    Parameters
    ----------
    model
        A network of the class that was trained: ``CifarCNN()`` or ``DeepCifarCNN()``.
    name
        ``"cifar_cnn"`` or ``"deep_cifar_cnn"``.

    Returns
    -------
    torch.nn.Module
        `model` itself, in evaluation mode.

    Raises
    ------
    FileNotFoundError
        If no weights have this name.
    ValueError
        If they are another network's.
    """
    path = FOLDER / f"{name}.pt"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.pt")))
        raise FileNotFoundError(f"no weights are called {name!r}; there are: {known}")
    weights = torch.load(path, map_location="cpu", weights_only=True)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"the weights {name!r} do not fit {type(model).__name__}: {error}"
        ) from error
    return model.eval()


def save_weights(model: nn.Module, name: str) -> Path:
    """Keep a network's weights among those that ship with the course.

    Matrices and kernels are kept as float16, which halves the file; vectors, among
    them BatchNorm's statistics, stay as they are.

    Parameters
    ----------
    model
        The trained network.
    name
        What `load_weights` will call it.

    Returns
    -------
    Path
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.pt"
    unfinished = path.with_suffix(".part")
    weights = {key: _halved(value) for key, value in model.state_dict().items()}
    torch.save(weights, unfinished)
    return unfinished.replace(path)


def _halved(tensor: Tensor) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    return tensor.half() if tensor.ndim > 1 else tensor.clone()
