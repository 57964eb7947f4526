"""Time random transforms of a whole batch against torchvision's, image by image.

    python benchmarks/augmentation.py

128 images of CIFAR-10's size on one thread. Ours transforms them at once; torchvision's
v2 transform, which draws once a call, gets them one by one and the results are stacked.
The two take turns, so that a busy machine slows both. Takes about a minute.
"""

from statistics import median
from timeit import timeit

import torch
from report import write_result
from torch import Tensor, nn
from torchvision.transforms import v2

from course_utils import augment
from course_utils.runtime import keep_freed_memory, set_seed

ROUNDS = 31
SEED = 0
SHAPE = (128, 3, 32, 32)
Pair = tuple[nn.Module, nn.Module]  # ours, and torchvision's


def both(name: str, *numbers: float, **options: int) -> Pair:
    """Make a transform that has one name, and takes the same, in both libraries."""
    return tuple(getattr(kind, name)(*numbers, **options) for kind in (augment, v2))


def one_by_one(*pairs: Pair) -> Pair:
    """Let one transform follow another."""
    ours, theirs = zip(*pairs)
    return nn.Sequential(*ours), v2.Compose(theirs)


CROP, FLIP = both("RandomCrop", 32, padding=4), both("RandomHorizontalFlip")
# torchvision has no Cutout; this erases squares of the same size.
SQUARE = v2.RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1))
CUTOUT = augment.Cutout(16), SQUARE
MOVED = augment.RandomTranslation((0.1, 0.1)), v2.RandomAffine(0, (0.1, 0.1))
SMOOTH = v2.InterpolationMode.BILINEAR
TURNED = augment.RandomRotation(15), v2.RandomRotation(15, SMOOTH)
PAIRS = {
    "crop with padding 4": CROP,
    "horizontal flip": FLIP,
    "vertical flip": both("RandomVerticalFlip"),
    "translation": MOVED,
    "rotation": TURNED,
    "brightness": both("ColorJitter", 0.2),
    "contrast": both("ColorJitter", contrast=0.2),
    "saturation": both("ColorJitter", saturation=0.2),
    "hue": both("ColorJitter", hue=0.1),
    "all four of colour": both("ColorJitter", 0.2, 0.2, 0.2, 0.1),
    "cutout of 16": CUTOUT,
    "crop and flip": one_by_one(CROP, FLIP),
    "crop, flip and cutout": one_by_one(CROP, FLIP, CUTOUT),
}


def compare(ours: nn.Module, theirs: nn.Module, images: Tensor) -> dict[str, float]:
    """Time both in turns, after one to warm up; return medians, that of ratios too."""
    calls = (
        lambda: ours(images),
        lambda: torch.stack([theirs(image) for image in images]),
    )
    turns = range(1 + ROUNDS)
    _, *rounds = [[1000 * timeit(call, number=1) for call in calls] for _ in turns]
    batch, single = map(median, zip(*rounds))
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
