"""A network and a recipe that learn CIFAR-10 in little time: *Faster and further*.

Both are Jordan's, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (2024), with fewer
channels; and so is the optimizer, "Muon" (2024, kellerjordan.github.io/posts/muon).
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from course_utils.arguments import as_count, as_images, instance_of, said, takes
from course_utils.models import ResidualBlock


class FastCifarCNN(nn.Sequential):
    """A few convolutions for CIFAR-10 that learn much in little time.

    Images (N, 3, H, W), of 17 pixels a side or more, become logits (N, num_classes).
    The first layer is for `whiten` to fill; nothing trains it but for its bias. Pooling
    stands in front of BatchNorm, so that less is computed; γ stays 1, β learns. Taught
    in *Faster and further*.

    channels: of the maps, at each of the sizes. identity: whether a convolution begins
    by copying its inputs, as many as there are. residual: whether each size ends in a
    `ResidualBlock`, in place of one more convolution.
    """

    @takes(num_classes=as_count)
    def __init__(
        self,
        num_classes: int = 10,
        *,
        channels: Sequence[int] = (64, 128, 256),
        identity: bool = True,
        residual: bool = False,
    ) -> None:
        if not isinstance(channels, Sequence) or not channels:
            expected = "expected counts, as (64, 128, 256)"
            raise TypeError(f"channels is {said(channels)}; {expected}")
        channels = [as_count("one of channels", count) for count in channels]
        super().__init__(nn.Conv2d(3, 24, 2), nn.GELU("tanh"))
        for i, o in pairwise((24, *channels)):
            conv, norm = nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o)
            self.extend([conv, nn.MaxPool2d(2), norm, nn.GELU("tanh")])
            if residual:
                self.append(ResidualBlock(o, o))
                continue
            conv, norm = nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o)
            self.extend([conv, norm, nn.GELU("tanh")])
        for layer in [*self.modules()][2:]:  # not the first, which `whiten` fills
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = 0.4
                nn.init.ones_(layer.weight).requires_grad_(False)
            elif isinstance(layer, nn.Conv2d) and identity:
                nn.init.dirac_(layer.weight[: layer.in_channels].detach())
        last = nn.Linear(channels[-1], num_classes, bias=False)
        with torch.no_grad():
            last.weight /= 9  # its logits begin small
        self.extend([nn.AdaptiveMaxPool2d(1), nn.Flatten(), last])


@takes(
    conv=instance_of(nn.Conv2d, "nn.Conv2d(3, 24, kernel_size=2)"),
    images=partial(as_images, floating=True),
)
@torch.no_grad()
def whiten(conv: nn.Conv2d, images: Tensor) -> None:
    """Make a convolution's outputs uncorrelated and equally large, and freeze it.

    Its first kernels are the directions in which the images' patches vary, each divided
    by how much they vary along it; the others are the same times -1. images: float32,
    shape (N, C, H, W), normalised. ValueError if channels or kernels do not fit.
    """
    shape = conv.weight.shape
    if shape[0] != 2 * shape[1:].numel() or shape[1] != images.shape[1]:
        raise ValueError(
            f"conv has weights of shape {tuple(shape)}, images have {images.shape[1]} "
            f"channels; expected the same channels, and two kernels for each of the "
            f"{shape[1:].numel()} numbers of a patch"
        )
    patches = functional.unfold(images, conv.kernel_size)
    values, vectors = torch.linalg.eigh(patches.transpose(0, 1).flatten(1).cov())
    kernels = (vectors / (values + 5e-4).sqrt()).T.unflatten(1, conv.weight.shape[1:])
    conv.weight.copy_(torch.cat([kernels, -kernels]))
    conv.weight.requires_grad_(False)


class Muon(Optimizer):
    """SGD with Nesterov's momentum, which makes some steps orthogonal matrices.

    In a group with `"orthogonal": True` a weight of shape (C, ...) is a matrix of C
    rows. Its step is turned into the nearest orthogonal matrix, so that no direction
    moves further than another, and the weight is kept at the norm √C instead of being
    decayed. All other groups move as with `torch.optim.SGD`. Each has an `"lr"`.
    """

    def __init__(self, groups: list[dict], *, momentum: float = 0.85) -> None:
        defaults = {"momentum": momentum, "weight_decay": 0.0, "orthogonal": False}
        super().__init__(groups, defaults)
        if any("lr" not in group for group in self.param_groups):
            example = '{"params": model.parameters(), "lr": 0.02}'
            raise ValueError(f'groups has one without "lr"; expected such as {example}')
        turned = [g["params"] for g in self.param_groups if g["orthogonal"]]
        if any(weight.ndim < 2 for weights in turned for weight in weights):
            raise ValueError("an orthogonal group holds a bias; expected matrices only")

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self.move(weight, group)

    def move(self, weight: Tensor, group: dict) -> None:
        gradient, momentum = weight.grad, group["momentum"]
        if group["orthogonal"]:
            weight.mul_(len(weight) ** 0.5 / weight.norm().clamp(min=1e-7))
        else:
            gradient = gradient + group["weight_decay"] * weight
        velocity = self.state[weight].setdefault("velocity", torch.zeros_like(weight))
        velocity.mul_(momentum).add_(gradient)
        step = gradient + momentum * velocity
        if group["orthogonal"]:
            step = nearest_orthogonal(step.flatten(1)).view_as(weight)
        weight.sub_(step, alpha=group["lr"])


def nearest_orthogonal(matrix: Tensor, steps: int = 3) -> Tensor:
    """Bring the singular values of a matrix near 1, and leave its directions.

    Each step of Newton and Schulz applies an odd polynomial to all singular values at
    once; its coefficients are Jordan's: fast for small values, and not exact.
    """
    if not isinstance(matrix, Tensor) or matrix.ndim != 2:
        raise ValueError(f"matrix is {said(matrix)}; expected floats (rows, columns)")
    if not matrix.is_floating_point():
        raise TypeError(f"matrix is {matrix.dtype}; expected floats")
    matrix = matrix / (matrix.norm() + 1e-7)  # no singular value above 1
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    for _ in range(as_count("steps", steps)):
        gram = wide @ wide.T
        wide = 3.4445 * wide + (2.0315 * gram @ gram - 4.7750 * gram) @ wide
    return wide if len(matrix) <= matrix.shape[1] else wide.T
