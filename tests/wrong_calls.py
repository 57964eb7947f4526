"""What people give by mistake: for each parameter a right value, then wrong ones.

A wrong value stands alone where the answer quotes it, else in `But`, with the words
that the answer must hold.
"""

from math import nan
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from course_utils.data import Loader
from course_utils.models import FashionANN


class But(NamedTuple):
    """A wrong value, and what the answer must say besides the parameter's name."""

    value: Any
    words: str


COUNTS = ("3", 2.5, None, True, nan, -1)
PAIRS = (*COUNTS, (1,), (1, 2, 3), (1, 2.5), "ab", But(np.eye(2), r"\(2, 2\)"))

FLAT, IMAGE = np.arange(5), np.arange(16.0).reshape(4, 4)
MAPS, BANK = np.ones((2, 3, 6, 6)), np.ones((4, 3, 2, 2))
NO_NUMBERS = (
    But([["a", "b"], ["c", "d"]], "expected numbers"),
    But([[1, 2], [3]], "expected numbers"),
    But(np.array([[1j, 0]]), "complex128; expected numbers"),
    But(np.array([[None, 1]]), "object; expected numbers"),
    But(None, "expected numbers"),
    But(np.ones((0, 3)), r"\(0, 3\)"),
)
NOT_A_MAP = (*NO_NUMBERS, But(FLAT, r"shape \(5,\); expected \(H, W\)"))

PIXELS = torch.zeros(8, 1, 28, 28, dtype=torch.uint8)
TARGETS = torch.arange(8)
FLOATS = PIXELS / 255
LOADER = Loader(PIXELS, TARGETS, batch_size=4)
CNN = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(1352, 10))
MODELS = (
    But(FashionANN, r"is the class FashionANN; expected an instance: FashionANN\("),
    "FashionANN",
    None,
)
CLASSES = (*COUNTS, 0)
NUMBERS = torch.zeros(8, dtype=torch.int64)
FOR_EACH = (
    But([0] * 8, "one number for each image"),
    But(NUMBERS[:3], r"shape \(3,\); expected one number for each image"),
    But(NUMBERS.float(), "float32; expected torch.int64"),
    But(NUMBERS - 1, "from -1 to -1"),
    But(NUMBERS + 9, "from 9 to 9"),
)

WRONG: dict[str, dict[str, tuple]] = {
    # ------------------------------------------------------------------------- sizes
    "sizes.conv_output_size": {
        "input_size": (28, *COUNTS, 0),
        "kernel_size": (3, *COUNTS, 0, But(29, "does not fit")),
        "stride": (2, *COUNTS, 0),
        "padding": (0, *COUNTS, 0.5),
        "dilation": (1, *COUNTS, 0),
    },
    "sizes.receptive_field": {
        "layers": (
            [(3, 1, 1)],
            But(3, "layers holds 3; expected"),
            But((3, 1, 1), "layers holds 3; expected"),
            But([(3, 1)], r"\(3, 1\); expected"),
            But([(3, 0, 1)], "stride .* is 0; expected"),
            But([(3, 1, 1), (2.5, 1, 1)], r"kernel_size .* is 2.5; expected"),
            But(["311"], r"kernel_size of layers\[0\] is '3'; expected"),
        ),
    },
    # ------------------------------------------------------------------- convolution
    "convolution.conv2d": {
        "images": (MAPS, *NO_NUMBERS, But(IMAGE, "expected images"), "photo.png"),
        "weight": (BANK, *NO_NUMBERS, But(BANK[:, :2], "each kernel in weight has 2")),
        "bias": (
            np.ones(4),
            But("1", "expected numbers"),
            But(np.ones(6), r"shape \(6,\); expected .* \(4,\)"),
            But(np.ones((4, 1)), r"shape \(4, 1\); expected"),
            But([1, 2, 3], r"shape \(3,\); expected"),
        ),
        "stride": (1, *PAIRS, 0),
        "padding": (0, *PAIRS, 0.5, "SAME"),
        "dilation": (1, *PAIRS, (1, 0)),
    },
    "convolution.pool2d": {
        "images": (IMAGE, *NO_NUMBERS, But(FLAT, r"shape \(5,\); expected")),
        "kernel_size": (2, *PAIRS, 0, But(9, "does not fit")),
        "mode": ("average", "mean", None, max, ["max"]),
        "stride": (2, *(p for p in PAIRS if p is not None), 0),
        "padding": (0, *PAIRS, But(2, "more than half"), "same"),
    },
    "convolution.im2col": {
        "images": (MAPS, *NO_NUMBERS, But(IMAGE, r"\(N, C, H, W\)")),
        "kernel_size": (2, *PAIRS, 0, But(9, "does not fit")),
        "stride": (1, *PAIRS, 0),
        "padding": (0, *PAIRS, "some"),
        "dilation": (1, *PAIRS, 0),
    },
    "convolution.cosine_map": {
        "image": (IMAGE, *NOT_A_MAP),
        "kernel": (np.eye(2), *NOT_A_MAP),
    },
    "convolution.toeplitz_1d": {
        "kernel": (FLAT, *NO_NUMBERS, But(IMAGE, r"\(4, 4\); expected \(K\)")),
        "input_size": (5, *COUNTS, 0),
    },
    "convolution.convolution_matrix": {
        "kernel": (np.eye(2), *NOT_A_MAP),
        "input_shape": ((4, 4), *PAIRS, (0, 4)),
    },
    # ----------------------------------------------------------------------- augment
    "augment.RandomCrop": {
        "size": (28, *COUNTS, 0, But(torch.zeros(8, 3), r"Tensor of shape \(8, 3\)")),
        "padding": (4, *COUNTS),
        "padding_mode": ("reflect", "edge", None, ["reflect"]),
    },
    "augment.RandomHorizontalFlip": {
        "p": (0.5, "0.5", None, True, nan, -0.1, 50, But(FLOATS, "Tensor of shape")),
    },
    "augment.crop": {
        "images": (
            FLOATS,
            But(FLOATS.numpy(), "tensor, not ndarray"),
            But(FLOATS[0], r"image\[None\]"),
            But(FLOATS.long(), "int64; expected"),
            But(FLOATS.bool(), "bool; expected"),
        ),
        "top": (NUMBERS, *FOR_EACH),
        "left": (NUMBERS, *FOR_EACH),
        "size": (20, *COUNTS, 0, 29),
    },
    # ------------------------------------------------------------------------ models
    "models.FashionANN": {"in_features": (784, *CLASSES), "num_classes": (9, *CLASSES)},
    "models.FashionCNN": {"num_classes": (9, *CLASSES)},
    "models.SmallFashionCNN": {"num_classes": (9, *CLASSES)},
    "models.CifarCNN": {"num_classes": (9, *CLASSES)},
    "models.DeepCifarCNN": {"num_classes": (9, *CLASSES)},
    "models.count_parameters": {
        "model": (CNN, *MODELS, But(nn.ReLU, "the class ReLU"))
    },
    "models.trace_shapes": {
        "model": (CNN, *MODELS),
        "images": (
            FLOATS,
            But(FLOATS.numpy(), "ndarray"),
            But(FLOATS[0], r"image\[None\]"),
            But(PIXELS, "uint8; expected"),
        ),
    },
    # ----------------------------------------------------------------------- runtime
    "runtime.describe_device": {
        "device": (torch.device("cpu"), "gpu", None, 3, torch.device("cuda:99")),
    },
    "runtime.set_seed": {"seed": (0, *COUNTS, 2**70)},
}

# Parameters for which nothing is wrong, or not both a type and a value, and why.
NO_WRONG = {
    "a switch: every value is true or false": [
        "data.Loader(shuffle)",
        "evaluation.confusion_matrix(normalize)",
        "models.DeepCifarCNN(batch_norm)",
        "models.DeepCifarCNN(max_pool)",
        "plotting.plot_dots(from_zero)",
        "plotting.plot_maps(signed)",
    ],
    "words, drawn as they are": [
        *("plotting.live_history(title)", "plotting.plot_blocks(title)"),
        *("plotting.plot_confusion_matrix(title)", "plotting.plot_curves(title)"),
        *("plotting.plot_curves(xlabel)", "plotting.plot_curves(ylabel)"),
        *("plotting.plot_dots(title)", "plotting.plot_dots(xlabel)"),
        *("plotting.plot_history(title)", "plotting.plot_images(title)"),
        "plotting.plot_maps(title)",
    ],
    "results, which people read and `fit` makes": [
        "training.EpochResult",
        "training.History",
    ],
    "every network is right": [
        "models.count_parameters(model)",
        "models.trace_shapes(model)",
        "training.eval_mode(model)",
    ],
    "not yet": [
        "data.Loader",
        "data.load_cifar10",
        "data.load_fashion_mnist",
        "data.load_image_folder",
        "evaluation.class_heat_maps",
        "evaluation.confusion_matrix",
        "evaluation.feature_maps",
        "evaluation.largest_confusions",
        "evaluation.predict",
        "measured.Table",
        "measured.load_weights",
        "measured.mean_and_spread",
        "measured.read_result",
        "plotting.plot_blocks",
        "plotting.plot_confusion_matrix",
        "plotting.plot_curves",
        "plotting.plot_dots",
        "plotting.plot_history",
        "plotting.plot_images",
        "plotting.plot_maps",
        "training.early_stop",
        "training.eval_mode",
        "training.evaluate",
        "training.fit",
        "training.train_one_epoch",
    ],
}
