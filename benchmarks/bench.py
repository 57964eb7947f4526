"""Time an epoch with evaluation: `fit`, the notes' loop, and what others would use.

    make bench
    python benchmarks/bench.py fashion --images 1280 --rounds 1

Two tasks on the CPU, batches of 128, Adam: FashionCNN on FashionMNIST, DeepCifarCNN
with augmentation on a tenth of CIFAR-10. Every way trains the same PyTorch network on
the same images, as its own introduction does it: where pictures are not augmented,
fastai, Keras and skorch get tensors that are ready; all else, and all that augment,
make each image by torchvision's transforms, in a `DataLoader` without workers unless
they are named.
Each way lives in a process of its own; they take turns, an epoch each, one to warm up.
A task that is not named keeps the numbers that it has. With --images (of training; a
fifth of them to test) nothing is kept.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import version
from multiprocessing import get_context, get_start_method, set_start_method
from statistics import median
from types import SimpleNamespace

import numpy as np
import torch
from cifar10 import AUGMENT
from PIL import Image
from report import hardware, kept, together, write_result
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision import transforms

from course_utils.data import ImageData, Loader, load_cifar10, load_fashion_mnist
from course_utils.models import DeepCifarCNN, FashionCNN
from course_utils.runtime import autocast_dtype, keep_freed_memory, set_seed
from course_utils.training import evaluate, fit

SEED, BATCH, RATE = 0, 128, 1e-3
CPU = torch.device("cpu")
PEERS = ("lightning", "fastai", "keras", "skorch", "accelerate")
Pair = tuple[object, object]  # what trains and what tests


class AsTorchvision(Dataset):
    """One image after the other, as torchvision's own data sets hand them out."""

    def __init__(self, images: Tensor, targets: Tensor, change: Callable) -> None:
        self.images, self.targets, self.change = images.numpy(), targets, change

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        image = np.moveaxis(self.images[place], 0, -1).squeeze()
        return self.change(Image.fromarray(image)), int(self.targets[place])


@dataclass(frozen=True)
class Task:
    network: type[nn.Module]
    load: Callable[..., ImageData]
    augment: nn.Module | None
    changes: tuple[Callable, ...]  # for single images, besides ToTensor
    images: int | None = None

    @cached_property
    def data(self) -> ImageData:
        return self.load(val_size=0)

    def part(self, split: str) -> tuple[Tensor, Tensor]:
        names = f"{split}_images", f"{split}_targets"
        images, targets = (getattr(self.data, name) for name in names)
        count = self.images and (self.images if split == "train" else self.images // 5)
        return images[:count], targets[:count]

    @property
    def normal(self) -> dict[str, Tensor]:
        """Return the mean and spread by which images are normalised, if they are."""
        return {"mean": self.data.mean, "std": self.data.std} if self.augment else {}

    def loaders(self) -> Pair:
        load = partial(Loader, batch_size=BATCH, **self.normal)
        train = load(*self.part("train"), shuffle=True, augment=self.augment)
        return train, load(*self.part("test"))

    def data_sets(self) -> Pair:
        normal = [transforms.Normalize(**self.normal)] if self.augment else []
        test = [transforms.ToTensor(), *normal]
        changes = {"train": [*self.changes, *test], "test": test}
        return tuple(
            AsTorchvision(*self.part(split), transforms.Compose(change))
            for split, change in changes.items()
        )

    def data_loaders(self, **how: int) -> Pair:
        train, test = self.data_sets()
        load = partial(DataLoader, batch_size=BATCH, **how)
        return load(train, shuffle=True), load(test)

    def ready(self) -> list[tuple[Tensor, Tensor]]:
        """Return all images as floats, for those who take tensors."""
        parts = [self.part(split) for split in ("train", "test")]
        return [(images / 255, targets) for images, targets in parts]


CROP = transforms.RandomCrop(32, padding=2, padding_mode="reflect")
TASKS = {
    "fashion": Task(FashionCNN, load_fashion_mnist, None, ()),
    "cifar": Task(
        DeepCifarCNN,
        load_cifar10,
        AUGMENT,
        (CROP, transforms.RandomHorizontalFlip()),
        images=5_000,
    ),
}

# ------------------------------------------------------------- ways through an epoch
# Each is given a task, gets ready, and returns what trains a new network for an epoch.

Way = Callable[[Task], Callable[[], nn.Module]]


def by_fit(task: Task, precision: str) -> Callable[[], nn.Module]:
    train, test = task.loaders()

    def run() -> nn.Module:
        model, how = task.network(), {"device": CPU, "precision": precision}
        fit(model, train, test, epochs=1, **how)
        return model

    return run


NOTHING_AROUND = SimpleNamespace(
    prepare=lambda *parts: parts,
    backward=Tensor.backward,
    gather_for_metrics=lambda logits: logits,
)


def plain(
    task: Task, loaders: Pair, augment: nn.Module | None = None, around=NOTHING_AROUND
) -> Callable[[], nn.Module]:
    """Train and evaluate as the notes do; around: an `Accelerator`, if anything."""

    def run() -> nn.Module:
        network, loss_fn = task.network(), nn.CrossEntropyLoss()
        optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
        model, optimizer = around.prepare(network, optimizer)
        for images, targets in loaders[0]:
            images = augment(images) if augment else images
            optimizer.zero_grad()
            loss = loss_fn(model(images), targets)
            around.backward(loss)
            optimizer.step()
            loss.item()
        model.eval()
        with torch.no_grad():
            for images, targets in loaders[1]:
                logits = around.gather_for_metrics(model(images))
                loss_fn(logits, targets).item()
                (logits.argmax(dim=1) == targets).sum().item()
        return network

    return run


def by_batches(task: Task) -> Callable[[], nn.Module]:
    keep_freed_memory()
    how = {"batch_size": BATCH, **task.normal}
    loaders = [Loader(*task.part(split), **how) for split in ("train", "test")]
    return plain(task, tuple(map(list, loaders)), task.augment)


def by_lightning(task: Task) -> Callable[[], nn.Module]:
    import lightning

    loaders = task.data_loaders()

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.loss_fn = task.network(), nn.CrossEntropyLoss()

        def training_step(self, batch: tuple, index: int) -> Tensor:
            images, targets = batch
            return self.loss_fn(self.model(images), targets)

        def validation_step(self, batch: tuple, index: int) -> None:
            images, targets = batch
            logits = self.model(images)
            self.log("loss", self.loss_fn(logits, targets))
            self.log("accuracy", (logits.argmax(dim=1) == targets).float().mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=RATE)

    quiet = ("enable_progress_bar", "enable_model_summary", "enable_checkpointing")
    how = dict.fromkeys(quiet, False) | {"logger": False, "num_sanity_val_steps": 0}

    def run() -> nn.Module:
        module = Module()
        lightning.Trainer(max_epochs=1, accelerator="cpu", **how).fit(module, *loaders)
        return module.model

    return run


def by_fastai(task: Task) -> Callable[[], nn.Module]:
    from fastai.basics import DataLoaders, Learner, accuracy

    sets = task.data_sets()
    if not task.augment:
        sets = tuple(TensorDataset(*part) for part in task.ready())
    loaders = DataLoaders.from_dsets(*sets, bs=BATCH, num_workers=0, device=CPU)

    def run() -> nn.Module:
        model = task.network()
        how = {"loss_func": nn.CrossEntropyLoss(), "metrics": accuracy}
        learner = Learner(loaders, model, **how)
        with learner.no_logging():
            learner.fit(1, lr=RATE)
        return model

    return run


def by_keras(task: Task) -> Callable[[], nn.Module]:
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    if task.augment:
        train, test = task.data_loaders()
        how = {"x": train, "validation_data": test}
    else:
        (images, targets), test = task.ready()
        test = tuple(part.numpy() for part in test)
        how = {"x": images.numpy(), "y": targets.numpy(), "validation_data": test}
        how["batch_size"] = BATCH

    def run() -> nn.Module:
        network = task.network()
        model = keras.Sequential([keras.layers.TorchModuleWrapper(network)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(RATE)
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
        model.fit(**how, epochs=1, verbose=0)
        return network

    return run


def by_skorch(task: Task) -> Callable[[], nn.Module]:
    from skorch import NeuralNetClassifier
    from skorch.helper import predefined_split

    train, test = task.data_sets()
    given = (train, None)
    if not task.augment:
        given, test = task.ready()
        test = TensorDataset(*test)

    def run() -> nn.Module:
        how = {"criterion": nn.CrossEntropyLoss, "optimizer": torch.optim.Adam}
        how |= {"lr": RATE, "batch_size": BATCH, "iterator_train__shuffle": True}
        how |= {"train_split": predefined_split(test), "classes": list(range(10))}
        net = NeuralNetClassifier(task.network, max_epochs=1, verbose=0, **how)
        return net.fit(*given).module_

    return run


def by_accelerate(task: Task) -> Callable[[], nn.Module]:
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    loaders = tuple(map(accelerator.prepare, task.data_loaders()))
    return plain(task, loaders, around=accelerator)


NOTES = "the notes' loop"
WAYS: dict[str, Way] = {
    NOTES: lambda task: plain(task, task.data_loaders()),
    "fit, float32": partial(by_fit, precision="float32"),
    "DataLoader with 2 workers": lambda task: plain(
        task, task.data_loaders(num_workers=2)
    ),
    "ready-made batches": by_batches,
    "Lightning": by_lightning,
    "fastai": by_fastai,
    "Keras": by_keras,
    "skorch": by_skorch,
    "accelerate": by_accelerate,
}
FAST = str(autocast_dtype("auto", CPU)).removeprefix("torch.")
if FAST != "float32":
    WAYS[f"fit, {FAST}"] = partial(by_fit, precision=FAST)

# --------------------------------------------------------------------------- in turns


def prepare(name: str, task: Task, start_method: str) -> None:
    """Get one way ready, in a process of its own.

    start_method: for a loader's workers, as in a script of its own.
    """
    global epoch, test
    set_start_method(start_method, force=True)
    warnings.filterwarnings("ignore")  # of frameworks, about workers that we want none
    set_seed(SEED)
    epoch, (_, test) = WAYS[name](task), task.loaders()


def timed() -> dict[str, float]:
    """Run an epoch there; look at its network when the clock has stopped."""
    began = time.perf_counter()
    model = epoch()
    seconds = time.perf_counter() - began
    weights = sum(weight.numel() for weight in model.parameters())
    accuracy = evaluate(model, test).accuracy
    return {"seconds": seconds, "weights": weights, "test_accuracy": accuracy}


def in_turns(task: Task, rounds: int) -> dict[str, dict[str, list]]:
    """Let one process after the other run an epoch; a round before those warms up."""
    with ExitStack() as stack:
        pools = {}
        for name in WAYS:
            given = prepare, (name, task, get_start_method())
            pool = ProcessPoolExecutor(1, get_context("spawn"), *given)
            pools[name] = stack.enter_context(pool)
        _, *done = [take_turns(pools) for _ in range(1 + rounds)]
    return together(done)


def take_turns(pools: dict[str, ProcessPoolExecutor]) -> dict[str, dict[str, float]]:
    done = {}
    for name, pool in pools.items():
        try:
            done[name] = pool.submit(timed).result()
        except Exception as error:
            raise RuntimeError(f"{name}: its process ended; see above") from error
    return done


def measure(task: Task, rounds: int) -> dict[str, object]:
    """Time all ways through one task, and compare each round with the notes' loop."""
    found, report = in_turns(task, rounds), {}
    for name, way in found.items():
        times = way["seconds"]
        ratios = [t / n for t, n in zip(times, found[NOTES]["seconds"])]
        report[name] = {"seconds": times, "median_ratio": median(ratios)}
        last = {key: way[key][-1] for key in ("weights", "test_accuracy")}
        print(f"{name:<26} {median(times):7.2f} s  {median(ratios):5.2f}  {last}")
    (weights,) = {way["weights"][-1] for way in found.values()}
    print(f"{weights:,} weights in each")
    return {"weights": weights, "ways": report}


def main() -> None:
    """Measure the tasks that are named, all by default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", default=[*TASKS], metavar="task")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int)
    options = parser.parse_args()
    peers = {peer: version(peer) for peer in PEERS}
    about = {"hardware": hardware(), "rounds": options.rounds, "peers": peers}
    for name in options.tasks:
        task = replace(TASKS[name], images=options.images or TASKS[name].images)
        found = measure(task, options.rounds)
        if options.images:
            continue
        about |= {"images": len(task.part("train")[0]), "data": task.data.source}
        tasks = kept("tasks") | {name: about | found}
        sources = "; ".join(task["data"] for task in tasks.values())
        print(write_result({"seed": SEED, "tasks": tasks}, data=sources))


if __name__ == "__main__":
    main()
