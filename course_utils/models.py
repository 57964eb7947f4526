"""The networks that more than one notebook uses, each constructible without arguments.

Each returns logits: the softmax belongs to the loss (``torch.nn.CrossEntropyLoss``).
"""

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import torch
from torch import Tensor, nn
from torch.nn import functional

from course_utils.arguments import as_choice, as_count, as_images, instance_of, takes


class FashionANN(nn.Sequential):
    """Two fully connected layers on the flattened image: the baseline.

    101,770 weights for 28 × 28 pixels and 10 classes. Taught in *The training loop*.
    """

    @takes(in_features=as_count, num_classes=as_count)
    def __init__(self, in_features: int = 28 * 28, num_classes: int = 10) -> None:
        super().__init__(
            nn.Flatten(),
            nn.Linear(in_features, 128),
            nn.ReLU(),
            nn.Linear(128, num_classes),
        )


class FashionCNN(nn.Sequential):
    """Three convolutions that shrink the image by their stride, then two dense layers.

    Images (N, 1, 28, 28) become maps of 13, 6 and 2 cells a side. 360,458 weights.
    Taught in *FashionMNIST*.
    """

    @takes(num_classes=as_count)
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 32, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 128, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(128 * 2 * 2, 512),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(512, num_classes),
        )


class SmallFashionCNN(nn.Sequential):
    """Two convolutions with max-pooling and two small dense layers.

    Images (N, 1, 28, 28) become maps of 24, 12, 8 and 4 cells a side. 21,840 weights.
    Taught in *FashionMNIST*.
    """

    @takes(num_classes=as_count)
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 10, kernel_size=5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(10, 20, kernel_size=5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(20 * 4 * 4, 50),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(50, num_classes),
        )


class CifarCNN(nn.Sequential):
    """Three convolutions that shrink a colour image, then two dense layers.

    Images (N, 3, 32, 32) become maps of 15, 7 and 3 cells a side. 1,284,170 weights.
    Taught in *CIFAR-10*.
    """

    @takes(num_classes=as_count)
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(3, 32, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 128, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(128 * 3 * 3, 1024),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(1024, num_classes),
        )


class DeepCifarCNN(nn.Sequential):
    """Three blocks of two padded convolutions, then two dense layers.

    Images (N, 3, 32, 32) become maps of 16, 8 and 4 cells a side, one size a block.
    2,396,330 weights, 896 of them BatchNorm's. Taught in *Improving CIFAR-10*.

    batch_norm: whether one follows each convolution's ReLU. max_pool: whether a block
    halves its maps by max-pooling; otherwise its second convolution has a stride of 2.
    pooled: whether one dense layer on the mean of each map takes the place of the two,
    which leaves 289,194 weights (Lin et al., "Network In Network", 2014, section 3.2).

    Two small convolutions in a row: Simonyan and Zisserman, "Very Deep Convolutional
    Networks for Large-Scale Image Recognition" (2015), section 2.3. A stride in place
    of pooling: Springenberg et al., "Striving for Simplicity" (2015), section 2.
    """

    @takes(num_classes=as_count)
    def __init__(
        self,
        num_classes: int = 10,
        *,
        batch_norm: bool = True,
        max_pool: bool = True,
        pooled: bool = False,
    ) -> None:
        super().__init__()
        in_channels = 3
        for channels in (32, 64, 128):
            for stride in (1, 1 if max_pool else 2):
                conv = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1)
                self.extend([conv, nn.ReLU()])
                if batch_norm:
                    self.append(nn.BatchNorm2d(channels))
                in_channels = channels
            if max_pool:
                self.append(nn.MaxPool2d(2))
        if pooled:
            self.extend([nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2)])
            self.append(nn.Linear(128, num_classes))
            return
        self.extend([nn.Flatten(), nn.Dropout(0.5), nn.Linear(128 * 4 * 4, 1024)])
        self.extend([nn.ReLU(), nn.Dropout(0.2), nn.Linear(1024, num_classes)])


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to the block's input.

    Images (N, in_channels, H, W) become (N, out_channels, H / stride, W / stride),
    rounded up. He et al., "Deep Residual Learning for Image Recognition" (2016),
    section 3. Taught in *Residual networks*.

    shortcut: how the input reaches the sum where its shape changes: ``"projection"``, a
    1 × 1 convolution and a BatchNorm; ``"pad"``, every stride-th pixel and channels of
    zeros, without weights; or ``"none"``, which adds nothing anywhere: a plain block.

    The last BatchNorm's weight begins at 0, so that the branch begins by adding nothing
    (not without a shortcut): Goyal et al., "Accurate, Large Minibatch SGD" (2017),
    section 5.1.
    """

    @takes(in_channels=as_count, out_channels=as_count, stride=as_count)
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        shortcut: str = "projection",
    ) -> None:
        super().__init__()
        as_choice("shortcut", shortcut, "projection", "pad", "none")
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = None
        if shortcut == "none":
            return
        nn.init.zeros_(self.branch[-1].weight)
        if stride == 1 and in_channels == out_channels:
            self.shortcut = nn.Identity()
        elif shortcut == "pad":
            self.shortcut = SubsampleAndPad(stride, out_channels - in_channels)
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, images: Tensor) -> Tensor:
        total = self.branch(images)
        if self.shortcut is not None:
            total = total + self.shortcut(images)
        return functional.relu(total)


class SubsampleAndPad(nn.Module):
    """Keep every stride-th pixel, and add channels of zeros behind those there are."""

    def __init__(self, stride: int, channels: int) -> None:
        super().__init__()
        if channels < 0:
            raise ValueError(
                f"a padded shortcut cannot take {-channels} channels away; expected at "
                "least as many out_channels as in_channels"
            )
        self.stride, self.channels = stride, channels

    def forward(self, images: Tensor) -> Tensor:
        kept = images[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept, (0, 0, 0, 0, 0, self.channels))


class ResNet(nn.Sequential):
    """A stack of residual blocks for small colour images, and one dense layer.

    Images (N, 3, 32, 32) become maps of 32, 16 and 8 cells a side, with one, two and
    four times `width` channels. 269,722 weights. Taught in *Residual networks*. He et
    al., "Deep Residual Learning for Image Recognition" (2016), section 4.2.

    depth: how many layers have weights on the longest way through, 6n + 2 for n blocks
    a size. stride: of the first convolution; 2 halves all maps. shortcut: as in
    `ResidualBlock`.
    """

    @takes(num_classes=as_count, width=as_count, stride=as_count)
    def __init__(
        self,
        num_classes: int = 10,
        *,
        depth: int = 20,
        width: int = 16,
        stride: int = 1,
        shortcut: str = "pad",
    ) -> None:
        if (as_count("depth", depth, least=8) - 2) % 6:
            raise ValueError(f"depth is {depth}; expected 6n + 2, as 8, 14, 20 or 56")
        super().__init__(
            nn.Conv2d(3, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        in_channels = width
        for channels in (width, 2 * width, 4 * width):
            for number in range((depth - 2) // 6):
                halves = 2 if number == 0 and channels > width else 1
                block = ResidualBlock(in_channels, channels, halves, shortcut=shortcut)
                self.append(block)
                in_channels = channels
        self.extend([nn.AdaptiveAvgPool2d(1), nn.Flatten()])
        self.append(nn.Linear(4 * width, num_classes))


def _as_order(name: str, value: str) -> str:
    for word in str(value).split():
        as_choice(f"a layer in {name}", word, "conv", "relu", "norm")
    return value


@takes(order=_as_order)
def block_cnn(
    order: str = "conv norm relu", norm: Callable[[int], nn.Module] = nn.BatchNorm2d
) -> nn.Sequential:
    """Return four blocks, each of the layers that `order` names, and a dense layer.

    Images (N, 1, 28, 28) become maps of 14 and 7 cells a side, two blocks a size.
    32,250 weights, 192 of them BatchNorm's. Taught in *Batch normalisation*.

    order: ``"conv"``, ``"relu"`` and ``"norm"``, each once or not at all, with spaces
    between. norm: makes the layer called ``"norm"`` from the number of its channels.
    """
    layers = []
    for i, o, stride in [(1, 16, 2), (16, 16, 1), (16, 32, 2), (32, 32, 1)]:
        conv = nn.Conv2d(i, o, kernel_size=3, stride=stride, padding=1)
        block = {"conv": conv, "relu": nn.ReLU(), "norm": norm(o)}
        layers += [block[name] for name in order.split()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 7 * 7, 10))


as_model = instance_of(nn.Module, "a network, such as FashionCNN()")


def with_sizes(name: str, model: nn.Module) -> nn.Module:
    """Return a network whose weights all have a shape already."""
    held = [*as_model(name, model).parameters(), *model.buffers()]
    if any(map(nn.parameter.is_lazy, held)):
        raise ValueError(
            f"{name} has lazy layers, whose sizes its first images must tell: call "
            "model(images) once, and make the optimizer after that"
        )
    return model


@contextmanager
def explained(model: nn.Module, images: Tensor) -> Iterator[None]:
    """Say more than PyTorch does where a model cannot take images."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, IndexError, AttributeError) as error:
        if getattr(error, "name", "shape") != "shape":  # none of a part's output
            raise
        raise ValueError(refusal(error, model, images)) from error


def explaining(function: Callable) -> Callable:
    """Let a function of a model and images say more; lessons teach it without."""

    @wraps(function)
    def told(model: nn.Module, images: Tensor) -> object:
        with explained(model, images):
            return function(model, images)

    return told


def refusal(error: Exception, model: nn.Module, images: Tensor) -> str:
    """Return what a model says of images that it cannot take, and what may help."""
    shape, weights = tuple(images.shape), next(model.parameters(), images)
    in_half = getattr(model, "dtype", None) in (torch.float16, torch.bfloat16)
    text, advice = str(error), ""
    if images.ndim == 3 and images.dtype == weights.dtype:
        advice = "If these are grey images, images[:, None] adds the axis of channels."
    elif images.dtype != weights.dtype:
        advice = f"Expected {weights.dtype}, as its weights are: images.float()"
        advice += " and model.float() make both float32."
    elif images.ndim == 4 and images.shape[1] > 3 >= images.shape[3]:
        advice = "Channels come first: images.permute(0, 3, 1, 2)."
    elif "cannot be multiplied" in text:
        advice = "It may need a Flatten, or view(x.size(0), -1); images of another "
        advice += "size; or other in_features."
    elif sized := re.search(r"'\[-?\d+, -?\d+\]' is invalid .* size ([1-9]\d*)$", text):
        advice = f"Flatten by view(x.size(0), -1): {int(sized[1]) // len(images)} "
        advice += "features for each of these images, the next layer's in_features."
    elif "BFloat16" in text or "Half" in text or (in_half and "dtype" in text):
        advice = 'It may need precision="float32".'
    elif "deepcopy" in text:
        advice = "It keeps what it computed, x, from a former call, as the old "
        advice += "weight_norm does: keep x.detach(). Or it was pruned: prune.remove."
    elif "attribute 'shape'" in text:
        advice = "A part of it returns several tensors, as LSTM does: wrap it in a "
        advice += "module that returns one."
    found = f"{images.dtype} of shape {shape}"
    return f"the model cannot take images of {found}: {text}. {advice}".strip()


@takes(model=with_sizes)
def count_parameters(model: nn.Module) -> int:
    """Count the weights that training changes.

    >>> count_parameters(FashionANN()), count_parameters(CifarCNN())
    (101770, 1284170)
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def _as_inputs(name: str, images: Tensor) -> Tensor:
    is_rows = getattr(images, "ndim", 4) == 2  # for a network without convolutions
    return images if is_rows else as_images(name, images, floating=True)


@takes(model=with_sizes, images=_as_inputs)
@explaining
def trace_shapes(model: nn.Module, images: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """Note the shape that comes out of each layer: its class name, and the shape.

    Noted are the model's direct parts, in the order in which they are called; a part
    that is called twice is noted twice. images: (N, C, H, W), on the model's device.

    It runs a copy in evaluation mode: BatchNorm would learn from the images, and
    dropout would draw random numbers. Taught in *Building blocks*.

    >>> trace_shapes(FashionANN(), torch.zeros(2, 1, 28, 28))[:2]
    [('Flatten', (2, 784)), ('Linear', (2, 128))]
    """
    twin, shapes = copy.deepcopy(model).eval(), []

    def note(layer: nn.Module, inputs: tuple, output: Tensor) -> None:
        shapes.append((type(layer).__name__, tuple(output.shape)))

    for layer in twin.children():
        layer.register_forward_hook(note)
    with torch.no_grad():
        twin(images)
    return shapes
