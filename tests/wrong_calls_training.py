"""What people give to the functions that train and measure by mistake."""

from math import inf, nan
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset
from wrong_calls import BAD_IMAGES, CNN, COUNTS, FLOATS, MODELS, PIXELS, TARGETS, But

from course_utils.data import Loader
from course_utils.models import FashionANN
from course_utils.plotting import live_history
from course_utils.training import History
from course_utils.transfer import Known

LOADER = Loader(PIXELS, TARGETS, batch_size=4)
OURS = SGD(CNN.parameters(), lr=0.1)
OTHERS = SGD(FashionANN().parameters(), lr=0.1)
DEVICES = ("gpu", "cuda:99", torch.device("cuda:99"), True, 7)
NO_LOGITS = (
    *MODELS,
    But(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(26, 10)), r"2, 26, 10\).*Flatten"),
    But(nn.Sequential(nn.Flatten(), nn.Linear(784, 1)), "has 1 logit"),
    But(nn.Sequential(nn.Flatten(), nn.Linear(99, 10)), "in_features"),
)


def batch(images=FLOATS, targets=TARGETS):
    return [(images, targets)]


LOADERS = (
    But(TensorDataset(FLOATS, TARGETS), r"is a data set.*DataLoader\(\w*loader, "),
    But(PIXELS, r"is Tensor of shape \(8, 1, 28, 28\); expected a loader"),
    None,
    3,
    But([], "no batch"),
    But(batch(FLOATS[0], TARGETS[0]), r"shape \(\)", "loader"),
    But(batch(targets=TARGETS[:, None]), r"shape \(8, 1\).*\[:, 0\]", "loader"),
    But(batch(FLOATS.numpy()), r"ndarray of .* torch\.as_tensor", "loader"),
    But(batch(targets=TARGETS.float()), r"torch\.float32, .*two logits", "loader"),
    But(batch(targets=TARGETS[:3]), r"shape \(3,\)", "loader"),
    But(batch(targets=TARGETS + 90), "reach from 90 to 97.*10 logits", "loader"),
    But(batch(targets=TARGETS - 1), "targets reach from -1 to 6", "loader"),
    But(batch(PIXELS), r"images of torch\.uint8; expected float32", "loader"),
    But(batch(FLOATS.double()), r"weights are: images\.float\(\)", "images"),
    *(
        But(DataLoader([(x, 0), (FLOATS[0], 1)], 2, num_workers=n), words, "loader")
        for x, n, words in (
            (Image.new("L", (9, 9)), 0, "Image'>. It may need .*ToTensor"),
            (torch.zeros(1, 9, 9), 1, r"(equal|resize) .*Resize\(\(64, 64\)\)"),
        )
    ),
    But([FLOATS], r"\(images, targets\)", "loader"),
    But([(FLOATS,)], r"\(images, targets\)", "loader"),
    But([{"image": FLOATS, "label": TARGETS}], r"\(images, targets\)", "loader"),
)
LOSSES = (
    But(nn.CrossEntropyLoss, r"CrossEntropyLoss\(\)"),
    *("mse", 3),
    But(nn.CrossEntropyLoss(reduction="none"), "one number: the mean"),
    But(nn.CrossEntropyLoss(weight=torch.ones(3)), "with 10 weights of torch.float32"),
    But(nn.MSELoss(), r"CrossEntropyLoss\(\)"),
)
OPTIMIZERS = (
    *("adam", 0.1, True),
    But(Adam, "is the class Adam"),
    But(OTHERS, "holds 4 weights that are not the model's"),
)
CHECKPOINTS = (
    But(Path(mkdtemp()), "is a folder"),
    But("/dev/null/run.pt", "can't be written"),
    *(3, True),
)

CLASS_NUMBERS = np.arange(8)
BAD_CLASS_NUMBERS = (
    But("0123", "0123"),
    But([0, 1], "2"),
    But(CLASS_NUMBERS + 9, "16"),
    But(CLASS_NUMBERS - 1, "-1"),
    But(CLASS_NUMBERS / 2, "float64"),
    But(np.eye(8), r"\(8, 8\)"),
)
LAYERS = "conv1", 0, None, But(nn.Conv2d(1, 1, 1), "no layer Conv2d")

WIDTH, SHORTCUT = (4, *COUNTS, 0), ("pad", "Pad", None)

SMALL = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 3))
PICTURE, HALF = torch.zeros(3, 8, 8, dtype=torch.uint8), torch.full((3,), 0.5)
KNOWN = Known(("a", "b", "c"), HALF, HALF, 8)

WRONG_IN_TRAINING = {
    "fast.FastCifarCNN": {
        "num_classes": (10, *COUNTS, 0),
        "channels": (
            (8, 8),
            64,
            (),
            *(But((8, n), f"channels is {n}") for n in (0, 2.5)),
        ),
    },
    "fast.nearest_orthogonal": {
        "matrix": (
            torch.eye(3),
            *(3, None, [[1.0]]),
            But(torch.ones(3), r"shape \(3,\); expected floats \(rows, columns\)"),
            But(torch.ones(2, 2, 2), r"shape \(2, 2, 2\); expected floats"),
            But(torch.eye(2, dtype=torch.uint8), "uint8; expected floats"),
        ),
        "steps": (3, *COUNTS, 0),
    },
    "fast.whiten": {
        "conv": (
            nn.Conv2d(3, 24, 2),
            *("conv", None, 3),
            But(nn.Conv2d(3, 8, 2), "two kernels for each of the 12", "conv"),
            But(nn.Conv2d(1, 8, 2), "images have 3", "conv"),
        ),
        "images": (
            torch.eye(6).expand(5, 3, 6, 6),
            But(PIXELS, "uint8; expected floats"),
            But(torch.eye(6), r"\(6, 6\); expected \(N, C, H, W\)"),
            But([[1.0]], "a tensor, not list"),
        ),
    },
    "transfer.load_trunk": {
        "name": ("fast_cifar_cnn", "resnet50", None, 18),
        "download": (False, "yes", 1, None),
    },
    "transfer.TransferNet": {
        "trunk": (SMALL, *MODELS, 3),
        **{"num_features": (3, *COUNTS, 0), "num_classes": (2, *COUNTS, 0)},
    },
    "transfer.predict_image": {
        "model": (
            SMALL,
            *MODELS,
            But(nn.Sequential(nn.Flatten(), nn.Linear(9, 3)), "in_features"),
            But(nn.Sequential(nn.Flatten(), nn.Linear(192, 1)), "has 1 logit"),
        ),
        "picture": (
            PICTURE,
            But("nowhere.jpg", "no file", "path"),
            But(PICTURE[:, :4], r"\(3, 4, 8\).*read_image"),
            But(PICTURE / 255, r"float32.*read_image"),
            None,
        ),
        "known": (
            KNOWN,
            But(KNOWN._replace(class_names=("a", "b")), r"2 (known\.)?class_names"),
            But(KNOWN._replace(mean=HALF[:2]), "one per channel", "mean"),
            *(("a", "b"), None),
        ),
    },
    "models.ResidualBlock": {
        **{"in_channels": WIDTH, "out_channels": WIDTH},
        **{"stride": WIDTH, "shortcut": SHORTCUT},
    },
    "models.ResNet": {
        **{"num_classes": WIDTH, "depth": (8, *COUNTS, 2, 9), "width": WIDTH},
        **{"stride": WIDTH, "shortcut": SHORTCUT},
    },
    "evaluation.confusion_matrix": {
        "y_true": (CLASS_NUMBERS, *BAD_CLASS_NUMBERS),
        "y_pred": (CLASS_NUMBERS, *BAD_CLASS_NUMBERS),
        "num_classes": (10, *COUNTS, 0),
        "normalize": (False, "pred", None, 1),
    },
    "evaluation.feature_maps": {
        "model": (CNN, *MODELS),
        "images": (FLOATS, *BAD_IMAGES),
        "layer": (CNN[0], *LAYERS),
    },
    "evaluation.class_heat_maps": {
        "model": (CNN, *MODELS),
        "images": (FLOATS, *BAD_IMAGES),
        "classes": (
            TARGETS,
            But("0123", "expected"),
            But(TARGETS[:3], "each of the 8 images"),
            But(TARGETS.float(), "expected"),
            But(TARGETS + 9, "16"),
            But(TARGETS - 1, "from -1 to 6; expected integers from 0 to 9, .* 10 cl"),
        ),
        "layer": (CNN[0], *LAYERS),
    },
    "training.early_stop": {
        "val_losses": (
            [0.9, 0.8, 0.7],
            *(But([nan, 0.9], "NaN"), But([inf, 0.5], "infinity"), But(0.5, "shape")),
            *(But([], "shape"), But(["a"], "numbers"), But(None, "numbers"), "12"),
            *(But(History([1.0]), "numbers"), But(np.ones((3, 1)), r"\(3, 1\)")),
        ),
        "patience": (2, *COUNTS, 0),
    },
    "evaluation.predict": {
        "model": (CNN, *NO_LOGITS),
        "loader": (LOADER, *LOADERS, But(batch(FLOATS * nan), "finite")),
        "device": (torch.device("cpu"), *DEVICES),
    },
    "training.evaluate": {
        "model": (CNN, *NO_LOGITS),
        "loader": (LOADER, *LOADERS),
        "loss_fn": (nn.CrossEntropyLoss(), *LOSSES),
        "device": (torch.device("cpu"), *DEVICES),
    },
    "training.train_one_epoch": {
        "model": (CNN, *MODELS, But(FashionANN(), "not the model's")),
        "loader": (LOADER, *LOADERS),
        "optimizer": (OURS, None, *OPTIMIZERS),
        "loss_fn": (nn.CrossEntropyLoss(), *LOSSES),
        "device": (torch.device("cpu"), *DEVICES),
    },
    "training.fit": {
        "model": (CNN, *MODELS, But(nn.Flatten(), "no weights to train")),
        "train_loader": (LOADER, *LOADERS, But(iter([]), "no batch", "loader")),
        "val_loader": (LOADER, *LOADERS[:2], *LOADERS[3:]),
        "epochs": (1, *COUNTS, 0),
        "optimizer": (OURS, *OPTIMIZERS),
        "scheduler": (
            OneCycleLR(OURS, 0.1, 100),
            *("cosine", 3),
            But(OneCycleLR, "the class OneCycleLR"),
            But(OneCycleLR(OTHERS, 0.1, 100), "another optimizer"),
        ),
        "step_scheduler": ("batch", "step", 3, True),
        "loss_fn": (nn.CrossEntropyLoss(), *LOSSES, But(lambda a, b: 1.0, "returns 1")),
        "device": ("cpu", *DEVICES),
        "precision": ("auto", "half", None, 16, torch.float16, True),
        "checkpoint": (None, *CHECKPOINTS),
        "on_epoch_end": (
            lambda history: None,
            *("print", 3, But(History(), "History"), But(live_history, "too many")),
            But(lambda epoch, logs: None, "missing a required argument: 'logs'"),
        ),
    },
}
