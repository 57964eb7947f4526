"""Time random transforms of a whole batch against torchvision's, image by image.

    python benchmarks/augmentation.py

128 images of CIFAR-10's size on one thread. Ours transforms them at once; torchvision's
v2 transform, which draws once a call, gets them one by one and the results are stacked.
The two take turns, so that a busy machine slows both. Takes about a minute.
"""

import time
from collections.abc import Callable
from statistics import median

import torch
from report import write_result
from torch import Tensor, nn
from torchvision.transforms import v2

from course_utils.augment import (
    ColorJitter,
    Cutout,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomTranslation,
    RandomVerticalFlip,
)
from course_utils.runtime import keep_freed_memory, set_seed

ROUNDS = 31
SEED = 0
SHAPE = (128, 3, 32, 32)
# torchvision has no Cutout; this erases squares of the same size.
SQUARE = v2.RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1))

PAIRS = {
    "crop with padding 4": (RandomCrop(32, padding=4), v2.RandomCrop(32, padding=4)),
    "horizontal flip": (RandomHorizontalFlip(), v2.RandomHorizontalFlip()),
    "vertical flip": (RandomVerticalFlip(), v2.RandomVerticalFlip()),
    "translation": (
        RandomTranslation((0.1, 0.1)),
        v2.RandomAffine(0, translate=(0.1, 0.1)),
    ),
    "rotation": (
        RandomRotation(15),
        v2.RandomRotation(15, v2.InterpolationMode.BILINEAR),
    ),
    "brightness": (ColorJitter(0.2), v2.ColorJitter(0.2)),
    "contrast": (ColorJitter(contrast=0.2), v2.ColorJitter(contrast=0.2)),
    "saturation": (ColorJitter(saturation=0.2), v2.ColorJitter(saturation=0.2)),
    "hue": (ColorJitter(hue=0.1), v2.ColorJitter(hue=0.1)),
    "all four of colour": (
        ColorJitter(0.2, 0.2, 0.2, 0.1),
        v2.ColorJitter(0.2, 0.2, 0.2, 0.1),
    ),
    "cutout of 16": (Cutout(16), SQUARE),
    "crop and flip": (
        nn.Sequential(RandomCrop(32, padding=4), RandomHorizontalFlip()),
        v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()]),
    ),
    "crop, flip and cutout": (
        nn.Sequential(RandomCrop(32, padding=4), RandomHorizontalFlip(), Cutout(16)),
        v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), SQUARE]),
    ),
}


def image_by_image(transform: nn.Module, images: Tensor) -> Tensor:
    """Transform one image after the other."""
    return torch.stack([transform(image) for image in images])


def milliseconds(call: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def compare(ours: nn.Module, theirs: nn.Module, images: Tensor) -> dict[str, float]:
    """Time both in turns; return the medians and the median of the ratios."""

    def time_both() -> tuple[float, float]:
        return (
            milliseconds(lambda: ours(images)),
            milliseconds(lambda: image_by_image(theirs, images)),
        )

    time_both()  # warms up
    rounds = [time_both() for _ in range(ROUNDS)]
    batch, single = (median(times) for times in zip(*rounds, strict=True))
    ratio = median(single / batch for batch, single in rounds)
    return {"milliseconds": batch, "torchvision": single, "median_ratio": ratio}


def main() -> None:
    """Time every pair, and keep the numbers."""
    torch.set_num_threads(1)
    keep_freed_memory()
    set_seed(SEED)
    images = torch.rand(SHAPE)
    transforms = {}
    for name, pair in PAIRS.items():
        found = transforms[name] = compare(*pair, images)
        print(
            f"{name}: {found['milliseconds']:.2f} ms, torchvision "
            f"{found['torchvision']:.2f} ms, median ratio {found['median_ratio']:.1f}"
        )
    measured = {"seed": SEED, "rounds": ROUNDS, "transforms": transforms}
    count, *shape = SHAPE
    data = f"{count} images of random numbers, shape {tuple(shape)}, float32"
    print(write_result(measured, data=data))


if __name__ == "__main__":
    main()
