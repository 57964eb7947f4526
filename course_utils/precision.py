"""How `fit` computes what a model computes: its number format and memory layout."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from course_utils.fingerprint import hooks
from course_utils.models import ResidualBlock, SubsampleAndPad

# Channels-last is faster, but a `view`, a stride, an in-place write or a hook can tell,
# and no trial run finds every such place. So parameters stay as they lie in memory, and
# images are turned only where none but these layers, which compute the same in any
# layout, see a map before `Flatten` makes plain rows of it.
ANY_LAYOUT = {nn.Conv2d, nn.BatchNorm2d, nn.GroupNorm, nn.Dropout2d, nn.Identity}
ANY_LAYOUT |= {nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, SubsampleAndPad}
ANY_LAYOUT |= {nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d}


class InPrecision(nn.Module):
    """A model that computes in `dtype`, and returns float32 logits.

    The parameters stay float32, and stay the wrapped model's own. Micikevicius et al.,
    "Mixed Precision Training" (2018), section 3.
    """

    def __init__(self, model: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.model = model
        self.dtype = dtype
        self.turns_images = hides_its_maps(model)

    def train(self, mode: bool = True) -> "InPrecision":
        """Look at the model anew, as each epoch begins."""
        self.turns_images = hides_its_maps(self.model)
        return super().train(mode)

    def forward(self, images: Tensor) -> Tensor:
        if images.ndim == 4 and self.turns_images:
            images = images.clone(memory_format=torch.channels_last)
        if self.dtype == torch.float32:
            return self.model(images)
        with torch.autocast(images.device.type, self.dtype):
            logits = self.model(images)
        return logits.float() if isinstance(logits, Tensor) else logits


def outside_autocast(device: torch.device) -> torch.autocast:
    """Leave the autocast that is on around a call; `meta` has none of its own."""
    kind = device.type if torch.amp.is_autocast_available(device.type) else "cpu"
    return torch.autocast(kind, enabled=False)


def hides_its_maps(model: nn.Module) -> bool:
    """Say whether layers for any layout, and nobody else, see the maps of a model."""
    seen = set()
    for layer in layers(model):
        if type(layer) is nn.Flatten:
            into_rows = (layer.start_dim, layer.end_dim) == (1, -1)
            return into_rows and nn.Conv2d in seen and not is_watched(model)
        if type(layer) not in ANY_LAYOUT:
            return False
        seen.add(type(layer))
    return False


def layers(model: nn.Module) -> Iterator[nn.Module]:
    """Yield the layers of nested Sequentials in order; all else is one layer.

    A residual block is its branch and its shortcut: a sum is the same in any layout.
    """
    is_chain = isinstance(model, nn.Sequential)  # which a scripted one is not
    is_chain = is_chain and type(model).forward is nn.Sequential.forward
    if not is_chain and type(model) is not ResidualBlock:
        yield model
        return
    for part in model.children():
        yield from layers(part)


def is_watched(model: nn.Module) -> bool:
    """Say whether a hook, or a part's own `forward`, sees what is inside a model."""
    parts = [*model.modules()]
    replaced = any("forward" in vars(part) for part in parts)
    return replaced or any(map(hooks, [*parts, *model.parameters()]))
