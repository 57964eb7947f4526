"""Train the CIFAR-10 networks of the course, several seeds each.

    python benchmarks/cifar10.py

45,000 images to train, 5,000 to validate, the test set looked at once at the end. The
deep network's lines differ in one thing at a time: BatchNorm, augmentation, what halves
the maps, or the mean of each map in place of the layer from 2,048 to 1,024 (`pooled`).
ResNet-20 is trained as they are, with γ of each branch's last BatchNorm from 0 and from
1. The last line changes several at once: more epochs, label smoothing, and the
validation images too, now that nothing is left to choose. Takes about three hours on
two cores with native bfloat16. Names of lines behind the command measure these alone.
"""

from functools import partial

import torch
from ladder import Entry, climb
from residual_networks import from_one
from torch import nn

from course_utils.augment import RandomCrop, RandomHorizontalFlip
from course_utils.data import load_cifar10
from course_utils.models import CifarCNN, DeepCifarCNN, FashionANN, ResNet

ADAM = partial(Entry, optimizer=torch.optim.Adam, settings={"lr": 1e-3}, epochs=15)
ONE_CYCLE = partial(
    Entry,
    optimizer=torch.optim.SGD,
    settings={"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True},
    peak_lr=0.05,
    epochs=10,
    precision="auto",
)
# Up to 2 pixels and a mirrored border: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a
# Single GPU" (2024), for short trainings. Long ones take 4.
AUGMENT = nn.Sequential(
    RandomCrop(32, padding=2, padding_mode="reflect"), RandomHorizontalFlip()
)

ENTRIES = {
    "ANN": ADAM(partial(FashionANN, 3 * 32 * 32)),
    "CifarCNN": ADAM(CifarCNN),
    "CifarCNN + augmentation": ADAM(CifarCNN, augment=AUGMENT),
    "DeepCifarCNN + augmentation": ONE_CYCLE(DeepCifarCNN, augment=AUGMENT),
    "DeepCifarCNN": ONE_CYCLE(DeepCifarCNN),
    "DeepCifarCNN - BatchNorm": ONE_CYCLE(partial(DeepCifarCNN, batch_norm=False)),
    "DeepCifarCNN - BatchNorm + augmentation": ONE_CYCLE(
        partial(DeepCifarCNN, batch_norm=False), augment=AUGMENT
    ),
    "DeepCifarCNN with stride + augmentation": ONE_CYCLE(
        partial(DeepCifarCNN, max_pool=False), augment=AUGMENT
    ),
    "DeepCifarCNN, pooled + augmentation": ONE_CYCLE(
        partial(DeepCifarCNN, pooled=True), augment=AUGMENT
    ),
    "ResNet-20 + augmentation": ONE_CYCLE(ResNet, augment=AUGMENT),
    "ResNet-20, γ from 1 + augmentation": ONE_CYCLE(from_one, augment=AUGMENT),
    "DeepCifarCNN, final": ONE_CYCLE(
        DeepCifarCNN, augment=AUGMENT, epochs=15, label_smoothing=0.1, all_images=True
    ),
}

if __name__ == "__main__":
    climb(ENTRIES, load_cifar10())
