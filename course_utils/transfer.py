"""A trained network for your own pictures: its trunk, a new last layer, its answer."""

import copy
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from course_utils.arguments import (
    as_choice,
    as_count,
    as_names,
    as_switch,
    instance_of,
    said,
    takes,
)
from course_utils.data import DataError, Loader, as_size, read_image
from course_utils.fast import FastCifarCNN
from course_utils.guards import check_answers, device_of
from course_utils.measured import CIFAR10_STATISTICS, load_weights
from course_utils.models import as_model, explained
from course_utils.runtime import current_profile
from course_utils.training import eval_mode

COURSE_TRUNK, TORCHVISION = "fast_cifar_cnn", "resnet18"
STALL_SECONDS = 20.0


@dataclass(frozen=True, eq=False)
class Trunk:
    """A trained network without its last layers, and how it wants its pictures.

    features: maps images (N, 3, H, W) to (N, num_features). size: height and width in
    pixels that suit it; mean, std: float32, shape (3,), that it was trained with.
    """

    name: str
    features: nn.Sequential
    num_features: int
    size: int
    mean: Tensor
    std: Tensor

    def __repr__(self) -> str:
        return f"Trunk({self.name}: {self.num_features} numbers a picture)"


def load_trunk(name: str = COURSE_TRUNK, *, download: bool = False) -> Trunk:
    """Load a trained network without its last layers.

    name: ``"fast_cifar_cnn"``, which the course trained on CIFAR-10, or ``"resnet18"``,
    which torchvision's makers trained on ImageNet. download: whether to fetch the
    latter, 45 MB, where torch's cache lacks it. Where it cannot be had, a line says why
    and the course's takes its place. DataError if the cached file is broken. Taught in
    *Your own pictures*.
    """
    as_choice("name", name, COURSE_TRUNK, TORCHVISION)
    as_switch("download", download)
    if name == TORCHVISION:
        try:
            return _resnet18(download)
        except OSError as error:
            print(f"{name}: {error}. The course's {COURSE_TRUNK} takes its place.")
    network = FastCifarCNN(channels=(88, 128, 160), residual=True)
    features = trunk_of(load_weights(network, COURSE_TRUNK)).eval()
    return Trunk(COURSE_TRUNK, features, 128, 32, *CIFAR10_STATISTICS)


@takes(network=instance_of(FastCifarCNN, "a FastCifarCNN; another has other parts"))
def trunk_of(network: FastCifarCNN, sizes: int = 2) -> nn.Sequential:
    """Return the layers of the first sizes of its maps, and the mean of each map.

    The third size of three, which knows CIFAR-10's classes best, is left out: it is
    worth least to others, as `benchmarks/transfer.py` measures.
    """
    layers = [*network][: 2 + 5 * sizes]
    means = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(*layers, *means).requires_grad_(True)


def _resnet18(download: bool) -> Trunk:
    from torchvision.models import ResNet18_Weights, resnet18

    weights, network = ResNet18_Weights.IMAGENET1K_V1, resnet18()
    file = Path(torch.hub.get_dir(), "checkpoints", Path(weights.url).name)
    profile = current_profile()
    if not file.exists() and not (download and profile.download):
        why = f"the {profile.name} profile downloads nothing"
        if not download:
            why = "download=True, which would fetch its 45 MB, is not said"
        raise FileNotFoundError(f"not in torch's cache, and {why}")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)  # torch itself would wait for ever
    try:
        safely = {"map_location": "cpu", "check_hash": True, "weights_only": True}
        state = torch.hub.load_state_dict_from_url(weights.url, **safely)
        network.load_state_dict(state)
    except OSError as error:
        what = f"{file} is unreadable" if file.exists() else "the download failed"
        raise ConnectionError(f"{what} ({getattr(error, 'reason', error)})") from error
    except Exception as error:  # what is broken raises any of a dozen kinds
        # What torch says then may advise to run what is in the file: it is not quoted.
        words = f"{file} does not hold the weights of {TORCHVISION}. Delete it."
        raise DataError(words) from error
    finally:
        socket.setdefaulttimeout(before)
    features = nn.Sequential(*[*network.children()][:-1], nn.Flatten()).eval()
    made_for = weights.transforms()
    mean, std = torch.tensor([made_for.mean, made_for.std])
    return Trunk(TORCHVISION, features, network.fc.in_features, 96, mean, std)


class TransferNet(nn.Module):
    """A frozen copy of a trunk, and a new last layer.

    Images (N, 3, H, W) become logits (N, num_classes). The trunk computes in evaluation
    mode also while the rest trains, so that BatchNorm keeps the statistics it has.
    ``requires_grad_(True)`` lets the trunk's weights train, too. Taught in *Your own
    pictures*.

    trunk: maps images to (N, num_features), as `Trunk.features`; it is left alone.

    Yosinski et al., "How transferable are features in deep neural networks?" (2014).
    """

    @takes(
        trunk=instance_of(nn.Module, "a network, such as load_trunk().features"),
        num_features=as_count,
        num_classes=as_count,
    )
    def __init__(self, trunk: nn.Module, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.trunk = copy.deepcopy(trunk).requires_grad_(False)
        self.last = nn.Linear(num_features, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.trunk.eval()(images))


class Known(NamedTuple):
    """What an answer needs besides the weights.

    mean, std: float32, shape (3,), of pixels in [0, 1], with which the training images
    were normalised. size: height and width to which they were brought, or one number.
    """

    class_names: tuple[str, ...]
    mean: Tensor
    std: Tensor
    size: int | tuple[int, int]


@takes(model=as_model, known=instance_of(Known, "a Known"))
def predict_image(
    model: nn.Module, picture: str | Path | Tensor, known: Known
) -> dict[str, float]:
    """Return each class's name with its confidence, from 0 to 1, the surest first.

    model: maps images (1, 3, size, size) to logits; its mode is restored. picture: a
    file, read exactly as `load_image_folder` reads a folder's; or pixels read so, uint8
    (3, size, size). known: names, mean, std and size of the pictures it was trained on.
    DataError if a file cannot be read, ValueError or TypeError if these do not fit
    together, FloatingPointError if logits are NaN. Taught in *Your own pictures*.
    """
    pixels = _as_pixels(picture, known.size)
    normal = {"mean": known.mean, "std": known.std}
    target = torch.zeros(1, dtype=torch.int64)
    ((images, _),) = Loader(pixels[None], target, **normal)
    images = images.to(device_of(model))
    with eval_mode(model), torch.no_grad(), explained(model, images):
        logits = model(images)
    check_answers(logits, target)
    names = as_names("known.class_names", known.class_names, logits.shape[1])
    shares, order = logits[0].float().softmax(dim=0).sort(descending=True)
    return dict(zip([names[place] for place in order.tolist()], shares.tolist()))


def _as_pixels(picture: Any, size: int | tuple[int, int]) -> Tensor:
    if isinstance(picture, str | Path):
        return read_image(picture, size=size)
    is_read = isinstance(picture, Tensor) and picture.dtype == torch.uint8
    if not is_read or picture.shape != (3, *(as_size(size) or picture.shape[1:])):
        kind = f", {picture.dtype}" if isinstance(picture, Tensor) else ""
        raise TypeError(
            f"picture is {said(picture)}{kind}; expected a file, as 'cup.jpg', or what "
            f"read_image('cup.jpg', size={size}) returns"
        )
    return picture
