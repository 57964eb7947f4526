"""Random changes to a whole batch of images, one independent draw for each image.

Each transform is a module that maps a batch to a batch; ``nn.Sequential`` chains them,
and a `course_utils.data.Loader` takes the chain as its `augment`. Names and arguments
are those of ``torchvision.transforms.v2``, which draws once for the whole batch. Behind
each stands a pure function that is told what was drawn, one number for each image.
Draws come from PyTorch's global random state. Taught in notebook 09.
"""

from course_utils.augment.colour import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)
from course_utils.augment.geometry import (
    crop,
    erase,
    horizontal_flip,
    rotate,
    translate,
    vertical_flip,
)
from course_utils.augment.transforms import (
    ColorJitter,
    Cutout,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomTranslation,
    RandomVerticalFlip,
)

__all__ = [
    "ColorJitter",
    "Cutout",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomVerticalFlip",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "crop",
    "erase",
    "horizontal_flip",
    "rotate",
    "translate",
    "vertical_flip",
]
