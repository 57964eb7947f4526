"""Train deeper and deeper stacks on CIFAR-10, without and with shortcuts.

    python benchmarks/residual_networks.py

The first 20,000 training images, 4 epochs, maps of 16 cells a side (the first
convolution has a stride of 2), so that 56 layers train on two cores. The two kinds
differ in the shortcuts, and in γ of each branch's last BatchNorm, which begins at 0
where there is a shortcut: so that is also tried from 1. The deepest plain one is also
tried at a tenth of the learning rate. 5,000 validation images; the test set is looked
at once at the end. Takes about an hour and a half on two cores.
"""

from dataclasses import replace
from functools import partial

import torch
from ladder import Entry, climb
from report import chosen
from torch import nn

from course_utils.data import load_cifar10
from course_utils.models import ResidualBlock, ResNet

IMAGES = 20_000
DEPTHS = (8, 20, 56)
TRAINED = partial(
    Entry,
    optimizer=torch.optim.SGD,
    settings={"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True},
    peak_lr=0.1,
    epochs=4,
)
ENTRIES = {
    f"{kind} {depth}": TRAINED(
        partial(ResNet, depth=depth, stride=2, shortcut=shortcut)
    )
    for depth in DEPTHS
    for kind, shortcut in (("plain", "none"), ("residual", "pad"))
}
ENTRIES["plain 56, lr 0.01"] = replace(
    ENTRIES["plain 56"],
    settings=ENTRIES["plain 56"].settings | {"lr": 0.01},
    peak_lr=0.01,
)


def from_one(**sizes: int) -> ResNet:
    """Return a ResNet whose branches take part from the start."""
    network = ResNet(**sizes)
    for block in network.modules():
        if isinstance(block, ResidualBlock):
            nn.init.ones_(block.branch[-1].weight)
    return network


for depth in DEPTHS:
    network = partial(from_one, depth=depth, stride=2)
    ENTRIES[f"residual {depth}, γ from 1"] = TRAINED(network)

if __name__ == "__main__":
    data = load_cifar10()
    source = data.source.replace("45,000 train", f"{IMAGES:,} train")
    climb(ENTRIES, replace(chosen(data, "train", slice(IMAGES)), source=source))
