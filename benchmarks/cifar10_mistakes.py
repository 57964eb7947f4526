"""Measure what mistakes cost, and what a second look brings, after cifar10.py.

    python benchmarks/cifar10_mistakes.py

Needs the networks that `python benchmarks/cifar10.py` keeps in benchmarks/runs/. It
trains nothing, and takes a few minutes. It also keeps the first seed's weights for
the notebooks that look inside a network.
"""

import sys

import torch
from cifar10 import AUGMENT, ENTRIES
from ladder import SEEDS, as_trained, checkpoint_path
from report import chosen, complete, together, write_result
from sklearn.metrics import recall_score
from torch import Tensor, nn

from course_utils.augment import RandomTranslation
from course_utils.data import ImageData, Loader, load_cifar10
from course_utils.evaluation import predict
from course_utils.measured import save_weights
from course_utils.runtime import set_seed
from course_utils.training import evaluate

DRAWS = 3
AUGMENTED = {
    "crop and flip": AUGMENT,
    "crop, flip and translate": nn.Sequential(AUGMENT, RandomTranslation((0.1, 0.1))),
}
SHIPPED = {"CifarCNN": "cifar_cnn", "DeepCifarCNN, final": "deep_cifar_cnn"}


class AskedTwice(nn.Module):
    """Add the logits of an image and of its mirror image."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model(images) + self.model(images.flip(3))


def trained(name: str, seed: int) -> nn.Module:
    """Return the network that cifar10.py trained."""
    path = checkpoint_path("cifar10", name, seed)
    if not path.exists():
        sys.exit(f"{path.name} is missing: python benchmarks/cifar10.py makes it")
    model = ENTRIES[name].model()
    model.load_state_dict(torch.load(path, weights_only=True)["parts"]["model"])
    return model.eval()


def accuracy_with(
    kind: type[nn.Module], model: nn.Module, loader: Loader
) -> float | None:
    """Measure with all modules of one kind left in training mode; None without any.

    Running statistics are put back afterwards.
    """
    modules = [module for module in model.modules() if isinstance(module, kind)]
    if not modules:
        return None
    before = {key: value.clone() for key, value in model.state_dict().items()}
    correct = samples = 0
    for module in modules:
        module.train()
    with torch.no_grad():
        for images, targets in loader:
            correct += int((model(images).argmax(dim=1) == targets).sum())
            samples += len(targets)
    model.eval()
    model.load_state_dict(before)
    return correct / samples


def measure(model: nn.Module, data: ImageData, seed: int) -> dict:
    """Measure one network rightly, and with each mistake."""
    generator = set_seed(seed)
    test = data.loader("test", batch_size=1000)
    predictions = predict(model, test)
    by_class = data.test_targets.argsort(stable=True)
    ordered = chosen(data, "test", by_class).loader("test", batch_size=500)
    shuffled = {"shuffle": True, "generator": generator}
    train_mode = {
        "batch of 500, shuffled": data.loader("test", batch_size=500, **shuffled),
        "batch of 1": data.loader("test", batch_size=1),
        "batch of 500, sorted by class": ordered,
    }
    augmented = {
        name: data.loader("test", batch_size=1000, augment=augment)
        for name, augment in AUGMENTED.items()
    }
    draws = range(DRAWS)  # of what chance changes
    with_dropout = [accuracy_with(nn.Dropout, model, test) for _ in draws]
    return {
        "test_accuracy": evaluate(model, test).accuracy,
        "with_mirror_image": evaluate(AskedTwice(model), test).accuracy,
        "class_accuracy": recall_score(
            predictions.targets, predictions.predicted, average=None
        ).tolist(),
        "dropout_always_on": None if None in with_dropout else with_dropout,
        "augmented_test": {
            name: [evaluate(model, loader).accuracy for _ in draws]
            for name, loader in augmented.items()
        },
        "train_mode": {
            name: accuracy_with(nn.BatchNorm2d, model, loader)
            for name, loader in train_mode.items()
        },
    }


def main() -> None:
    """Measure every network, and keep the numbers and the shipped weights."""
    data = complete(load_cifar10())
    models = {}
    for name, file in SHIPPED.items():
        networks = [trained(name, seed) for seed in SEEDS]
        print(save_weights(networks[0], file))
        runs = [
            measure(as_trained(network, ENTRIES[name]), data, seed)
            for network, seed in zip(networks, SEEDS)
        ]
        models[name] = together(runs)
        print(name, models[name]["test_accuracy"], flush=True)
    result = {"seeds": SEEDS, "draws": DRAWS, "models": models}
    print(write_result(result, data=data.source))


if __name__ == "__main__":
    main()
