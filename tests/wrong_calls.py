"""What people give by mistake: for each parameter a right value, then wrong ones.

A wrong value stands alone where the answer quotes it, else in `But`, with the words
that the answer must hold.
"""

from math import inf, nan
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import numpy as np
import torch
from data_files import write_classes
from torch import nn

from course_utils.augment import RandomHorizontalFlip
from course_utils.models import CifarCNN, FashionANN
from course_utils.training import History


class But(NamedTuple):
    """A wrong value, what the answer must say, and how it names the parameter."""

    value: Any
    words: str
    named: str = ""


COUNTS = ("3", 2.5, None, True, nan, -1)
PAIRS = (*COUNTS, (1,), (1, 2, 3), (1, 2.0), "ab", But(np.eye(2), r"\(2, 2\)"))

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
TOO_LARGE = But(np.ones((3, 5)), "does not fit", "kernel_size")
NOT_A_MAP = (*NO_NUMBERS, But(FLAT, r"shape \(5,\); expected \(H, W\)"))

PIXELS = torch.zeros(8, 1, 28, 28, dtype=torch.uint8)
TARGETS = torch.arange(8)
FLOATS = PIXELS / 255
CNN = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(1352, 10))
MODELS = (
    But(FashionANN, r"is the class FashionANN; expected an instance: FashionANN\("),
    "FashionANN",
    None,
)
CLASSES = (*COUNTS, 0)
BAD_IMAGES = (
    But(FLOATS.numpy(), "tensor, not ndarray"),
    But(FLOATS[0], r"image\[None\]"),
    But(PIXELS, "uint8; expected"),
)
NUMBERS = torch.zeros(8, dtype=torch.int64)
FOR_EACH = (
    But([0] * 8, "one number for each image"),
    But(NUMBERS[:3], r"shape \(3,\); expected one number for each image"),
    But(NUMBERS.float(), "float32; expected torch.int64"),
    But(NUMBERS - 1, "from -1 to -1"),
    But(NUMBERS + 9, "from 9 to 9"),
)

BAD_PIXELS = (
    But(PIXELS.numpy(), "tensor of torch.uint8"),
    But(FLOATS, "tensor of torch.uint8.*float32"),
    But(PIXELS[0], r"\(1, 28, 28\); expected \(N, C, H, W\)"),
)
PHOTOS = Path(mkdtemp(prefix="photos-"))
write_classes(PHOTOS, ("a", "b"), count=4)
FOLDER = (PHOTOS, 3, None, "", But(PHOTOS / "a", "no folders of classes", "photos-"))
SIZE = (8, "64", 0, -1, 8.0, (8,), (8, 8, 3), (0, 8), True, (8, "8"), nan)
DEVICE = (torch.device("cpu"), "gpu", None, 3, torch.device("cuda:99"))
COUNTED = np.ones((2, 2), int)
BAD_MATRICES = (
    But(None, "None|object"),
    But([["a", "b"], ["c", "d"]], "expected numbers"),
    But(np.ones((2, 3), int), r"\(2, 3\)"),
    But(COUNTED * nan, "nan|NaN"),
    But(-COUNTED, "-1"),
)
BAD_NAMES = (But("ab", "'ab'"), But(["a"], "1"), But(2, "2"), But([1, 2], "1"))
BAD_DICTS = (But({}, "0"), But([1, 2], r"\[1, 2\]"), But(None, "None"))
RUNS = {"a": History([1.0], [0.5], [1.0], [0.5], [1.0])}
MANY = But({str(i): RUNS["a"] for i in range(40)}, "40")

WRONG: dict[str, dict[str, tuple]] = {
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
        )
    },
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
        "kernel": (np.eye(2), *NOT_A_MAP, TOO_LARGE),
    },
    "convolution.toeplitz_1d": {
        "kernel": (FLAT, *NO_NUMBERS, But(IMAGE, r"\(4, 4\); expected \(K\)")),
        "input_size": (5, *COUNTS, 0, But(4, "does not fit", "kernel_size")),
    },
    "convolution.convolution_matrix": {
        "kernel": (np.eye(2), *NOT_A_MAP, TOO_LARGE),
        "input_shape": ((4, 4), *PAIRS, (0, 4)),
    },
    "augment.RandomCrop": {
        "size": (28, *COUNTS, 0, But(torch.zeros(8, 3), r"Tensor of shape \(8, 3\)")),
        "padding": (4, *COUNTS),
        "padding_mode": ("reflect", "edge", None, ["reflect"]),
    },
    "augment.RandomHorizontalFlip": {
        "p": (0.5, "0.5", None, True, nan, -0.1, 50, But(FLOATS, "Tensor of shape"))
    },
    "augment.crop": {
        "images": (FLOATS, *BAD_IMAGES[:2]),
        "top": (NUMBERS, *FOR_EACH),
        "left": (NUMBERS, *FOR_EACH),
        "size": (20, *COUNTS, 0, 29),
    },
    "augment.horizontal_flip": {
        "images": (FLOATS, *BAD_IMAGES[:2]),
        "chosen": (
            TARGETS > 3,
            But([True] * 8, "expected one number for each"),
            But(TARGETS[:3] > 3, r"shape \(3,\)"),
            But(TARGETS, "int64"),
        ),
    },
    "models.FashionANN": {"in_features": (784, *CLASSES), "num_classes": (9, *CLASSES)},
    "models.FashionCNN": {"num_classes": (9, *CLASSES)},
    "models.SmallFashionCNN": {"num_classes": (9, *CLASSES)},
    "models.CifarCNN": {"num_classes": (9, *CLASSES)},
    "models.DeepCifarCNN": {"num_classes": (9, *CLASSES)},
    "models.count_parameters": {
        "model": (CNN, *MODELS, But(nn.ReLU, "the class ReLU"))
    },
    "models.trace_shapes": {"model": (CNN, *MODELS), "images": (FLOATS, *BAD_IMAGES)},
    "data.Loader": {
        "images": (
            PIXELS,
            *BAD_PIXELS,
            But(PIXELS[:3], "the.* 3 images but 8 targets"),
            But(None, "NoneType"),
        ),
        "targets": (
            TARGETS,
            But(TARGETS.tolist(), "tensor of torch.int64"),
            But(TARGETS.float(), "float32"),
            But(TARGETS[:, None], r"\(8, 1\); expected \(N\)"),
            But(TARGETS[:5], "8 images but 5 targets"),
        ),
        "batch_size": (4, *COUNTS, 0),
        "augment": (
            *(lambda images: images, "flip", 3),
            But(RandomHorizontalFlip, r"RandomHorizontalFlip\("),
            But(lambda images: None, "None"),
        ),
        "mean": ([0.5], "0.5", [nan], [inf], [0.5] * 3, ["a"], But(None, "both")),
        "std": ([0.5], "0.5", [nan], [0], [-1], [0.5] * 3, But(None, "both")),
        "generator": (torch.Generator(), But(3, "expected"), But("0", "expected")),
        "device": ("cpu", "gpu", "cuda:99", True, 7),
    },
    "data.channel_statistics": {"images": (PIXELS, *BAD_PIXELS)},
    "data.load_fashion_mnist": {
        "val_size": (5000, *COUNTS, But(60_000, "60000; expected 0, 1, … up to 59999"))
    },
    "data.load_cifar10": {"val_size": (5000, *COUNTS, But(50_000, "up to 49999"))},
    "data.list_image_folder": {"path": FOLDER},
    "data.load_image_folder": {
        "path": FOLDER,
        "size": SIZE,
        "val_fraction": (0.1, "0.1", 1.0, -0.1, nan, None, True),
        "test_fraction": (0.2, "0.2", 1.0, -0.1, nan, None, True),
    },
    "data.read_image": {
        "path": (
            PHOTOS / "a" / "0000.png",
            3,
            None,
            "",
            But(PHOTOS / "none.png", "none.png, no file"),
            But(PHOTOS / "a", "a, no file"),
        ),
        "size": SIZE,
        "channels": (1, 0, 2, 4, "3", None, True),
    },
    "measured.Table": {
        "rows": (
            [{"a": 1}],
            But([], "rows"),
            But({"a": 1}, "rows"),
            But([{"a": 1}, {"b": 2}], "b"),
            But([[1, 2]], "rows"),
            But(3, "3"),
        )
    },
    "measured.mean_and_spread": {
        "fractions": (
            [0.9, 0.8],
            But([], "0"),
            But([90.0], "90"),
            But([nan], "nan"),
            But(0.9, "expected"),
        )
    },
    "measured.read_result": {"name": ("cifar10", But("mnist", "'mnist'", "result"), 3)},
    "measured.load_weights": {
        "model": (
            CifarCNN(),
            *MODELS,
            But(FashionANN(), "do not fit FashionANN", "weights"),
        ),
        "name": ("cifar_cnn", But("resnet", "'resnet'.*are: cifar_cnn", "weights"), 3),
    },
    "plotting.plot_images": {
        "images": (
            FLOATS[:2],
            But(FLOATS[0], r"\(1, 28, 28\)"),
            But(FLOATS[:0], r"\(0, 1, 28, 28\)"),
            But(FLOATS[:2] - 3, "-3"),
            But(FLOATS[:2] * nan, "NaN"),
            But(FLOATS[:2].permute(0, 2, 3, 1), r"\(2, 28, 28, 1\)"),
            But("cat.jpg", "cat.jpg"),
        ),
        "titles": (["a", "b"], But("ab", "'ab'"), But(["a"], "1"), But([1, 2], "1")),
        "columns": (8, *COUNTS, 0),
    },
    "plotting.plot_maps": {
        "maps": (
            {"a": IMAGE},
            *BAD_DICTS,
            But({"a": FLAT}, r"\(5,\)"),
            But({"a": IMAGE * nan}, "NaN"),
        )
    },
    "plotting.plot_blocks": {
        "blocks": (
            {"a": (3, 4, 4), "b": (1, 2, 2)},
            *BAD_DICTS,
            But({"a": (4, 4)}, r"\(4, 4\)"),
            But({"a": (0, 4, 4)}, "0"),
            But({"a": (3, 2.5, 4)}, "2.5"),
        ),
        "signs": (["="], But(3, "3"), But(["=", "+", "-"], "3")),
    },
    "plotting.plot_history": {
        "histories": (RUNS, *BAD_DICTS, But({"a": [1, 2]}, "a"), MANY)
    },
    "plotting.plot_curves": {
        "curves": ({"a": [1, 2]}, *BAD_DICTS, But({"a": []}, ""), MANY),
        "xlabel": ("epoch",),
        "ylabel": ("loss",),
    },
    "plotting.plot_dots": {
        "rows": ({"a": [1, 2]}, *BAD_DICTS, But({"a": []}, ""), But({"a": ["x"]}, "x")),
        "xlabel": ("seconds",),
    },
    "evaluation.largest_confusions": {
        "matrix": (COUNTED, *BAD_MATRICES, But(COUNTED / 2, "")),
        "class_names": (["a", "b"], *BAD_NAMES),
        "count": (3, *COUNTS, 0),
    },
    "plotting.plot_confusion_matrix": {
        "matrix": (COUNTED, *BAD_MATRICES),
        "class_names": (["a", "b"], *BAD_NAMES),
    },
    "runtime.describe_device": {"device": DEVICE},
    "runtime.has_native_bfloat16": {"device": DEVICE},
    "runtime.set_seed": {"seed": (0, *COUNTS, 2**70)},
}

# Parameters for which nothing is wrong, or not both a type and a value, and why.
NO_WRONG = {
    "results that `fit` makes": ["training.EpochResult", "training.History"],
    "every network is right": [
        "evaluation.class_heat_maps(model)",
        "evaluation.feature_maps(model)",
        "models.count_parameters(model)",
        "models.trace_shapes(model)",
        *("training.eval_mode(model)", "training.fit(model)"),
        "transfer.TransferNet(trunk)",
    ],
    "a wrong value is another network": ["measured.load_weights(model)"],
    "it is refused when a picture is asked about": ["transfer.Known"],
    "a Loader that is wrong is refused when it is made": [
        "evaluation.predict(loader)",
        *("training.evaluate(loader)", "training.train_one_epoch(loader)"),
        *("training.fit(train_loader)", "training.fit(val_loader)"),
    ],
    "no path at all is right as well": ["training.fit(checkpoint)"],
    "the only wrong one is on another device": ["data.Loader(generator)"],
}
