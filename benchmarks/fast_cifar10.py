"""How far CIFAR-10 goes in 1.5 times the training time of the notes' last network.

    python benchmarks/fast_cifar10.py steps [SEED ...]   one change after another
    python benchmarks/fast_cifar10.py final [SEED ...]   all of them, on 50,000 images
    python benchmarks/fast_cifar10.py times              an epoch's cost, and the notes'
    python benchmarks/fast_cifar10.py shipped            longer; its weights ship
    python benchmarks/fast_cifar10.py asked              those weights, in float32

`steps` are short trainings, compared on the 5,000 validation images, on which all was
chosen; the others also train on these, and look at the test images once for each seed.
`asked` looks at them once more, as learners ask the network, and trains nothing. Seeds
are 0, 1 and 2, of `shipped` 0; one that the JSON has by the same recipe is not trained
again. On one core with native bfloat16 a seed of `final` takes 40 minutes, one of
`steps` 20; without it, half as long again. `shipped` took two hours on two busy cores.
What is stopped is lost.

The recipe is that of Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (2024),
with fewer channels; with small pictures first, which Howard did before (Fast.ai's entry
to DAWNBench, 2018); and with Jordan's "Muon" (2024) for the convolutions.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from statistics import median

import torch
from cifar10 import ENTRIES
from ladder import SEEDS, with_validation_images
from report import complete, hardware, kept, write_result
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel
from torchvision.transforms.v2 import Resize

from course_utils.augment import (
    Cutout,
    RandomCrop,
    RandomHorizontalFlip,
    horizontal_flip,
)
from course_utils.data import ImageData, Loader, load_cifar10
from course_utils.fast import FastCifarCNN, Muon, whiten
from course_utils.measured import load_weights, save_weights
from course_utils.models import count_parameters
from course_utils.precision import InPrecision
from course_utils.runtime import autocast_dtype, best_device, set_seed
from course_utils.training import evaluate, fit

ENTRY = ENTRIES["DeepCifarCNN, final"]
MOMENTUM, RATE_OF_AN_IMAGE, WEIGHT_DECAY = 0.85, 0.001465, 0.00133
WEIGHTS = "fast_cifar_cnn"  # the name under which they ship
ORTHOGONAL = {"orthogonal": True, "lr": 0.12, "momentum": 0.6}  # the convolutions


@dataclass(frozen=True)
class Recipe:
    """Everything that is chosen. Small pictures come first, then those of 32 x 32."""

    epochs: int = 7
    small_epochs: int = 13
    images: int = 50_000
    batch_size: int = 500
    whitened: bool = True
    identity: bool = True
    bias_rate: float = 64.0
    label_smoothing: float = 0.2
    averaged: bool = True
    alternating: bool = True
    orthogonal: bool = True
    channels: tuple[int, ...] = (64, 128, 256)
    residual: bool = False
    moved: int = 2
    cutout: int = 0

    def network(self) -> FastCifarCNN:
        how = {"channels": self.channels, "residual": self.residual}
        return FastCifarCNN(identity=self.identity, **how)

    def pictures(self, kind: str) -> list[nn.Module]:
        """Return what moves and changes the pictures, ``"whole"`` or ``"small"``."""
        steps = [RandomCrop(32, padding=self.moved, padding_mode="reflect")]
        steps += [Cutout(self.cutout)] if self.cutout else []
        return steps + ([Resize(24)] if kind == "small" else [])


FINAL = Recipe()
SHIPPED = replace(
    FINAL,
    **{"epochs": 34, "small_epochs": 16, "channels": (88, 128, 160), "residual": True},
    **{"moved": 4, "cutout": 8},
)
SHORT = replace(FINAL, images=10_000, batch_size=250, epochs=4, small_epochs=0)
PLAIN = replace(
    SHORT,
    **{"whitened": False, "identity": False, "bias_rate": 1.0},
    **{"label_smoothing": 0.0, "averaged": False, "alternating": False},
    **{"orthogonal": False},
)
CHANGES = {
    "the network, plainly trained": {},
    "+ a first layer that whitens": {"whitened": True},
    "+ convolutions begin as copies": {"identity": True},
    "+ biases move 64 times as fast": {"bias_rate": 64.0},
    "+ label smoothing": {"label_smoothing": 0.2},
    "+ averaged weights": {"averaged": True},
    "+ each picture mirrored every other epoch": {"alternating": True},
    "+ small pictures first, in as much time": {"epochs": 2, "small_epochs": 4},
    "+ steps that are orthogonal": {"orthogonal": True},
}
STEPS = {
    name: replace(PLAIN, **changed)
    for name, changed in zip(CHANGES, accumulate(CHANGES.values(), lambda a, b: a | b))
}


def weight_groups(
    model: FastCifarCNN, lr: float, weight_decay: float, *, bias_rate: float = 64.0
) -> list[dict]:
    """Group weights by learning rate: biases move `bias_rate` times as fast.

    The last layer moves as if its logits were divided by 9. What a step decays is the
    same for all groups.
    """
    *_, last = model
    biases = [w for name, w in model.named_parameters() if name.endswith("bias")]
    named = {id(weight) for weight in (*biases, last.weight)}
    others = [w for w in model.parameters() if id(w) not in named and w.requires_grad]
    kinds = (others, 1.0), (biases, bias_rate), ([last.weight], 1 / 81)
    return [
        {"params": weights, "lr": lr * rate, "weight_decay": weight_decay / rate}
        for weights, rate in kinds
    ]


def train(recipe: Recipe, data: ImageData, seed: int) -> nn.Module:
    """Train by the recipe; return the network, with averaged weights if it says so."""
    generator = set_seed(seed)
    count, size = recipe.images, recipe.batch_size
    images, targets = data.train_images[:count], data.train_targets[:count]
    how = {"batch_size": size, "shuffle": True, "generator": generator}
    loader = Loader(images, targets, mean=data.mean, std=data.std, **how)
    model = recipe.network()
    if recipe.whitened:
        whiten(model[0], loader.batch(torch.arange(5_000))[0])
    rate, decay = RATE_OF_AN_IMAGE * size, WEIGHT_DECAY
    groups = weight_groups(model, rate, decay, bias_rate=recipe.bias_rate)
    if recipe.orthogonal:
        groups[0] |= ORTHOGONAL
    optimizer = Muon(groups, momentum=MOMENTUM)
    scheduler = OneCycleLR(
        optimizer,
        [group["lr"] for group in groups],
        total_steps=(recipe.small_epochs + recipe.epochs) * len(loader),
        **{"pct_start": 0.23, "div_factor": 5, "final_div_factor": 0.2 / 0.07},
        **{"anneal_strategy": "linear", "cycle_momentum": False},
    )
    mean_model = AveragedModel(model, avg_fn=moving_average, use_buffers=True)
    optimizer.register_step_post_hook(lambda *_: mean_model.update_parameters(model))

    def mirror_all(_: object) -> None:
        loader.images = loader.images.flip(3)

    if recipe.alternating:  # half of them begin as mirror images
        chosen = torch.rand(len(images), generator=generator) < 0.5
        loader.images = horizontal_flip(images, chosen)
    flip = [] if recipe.alternating else [RandomHorizontalFlip()]
    stages = ("small", recipe.small_epochs), ("whole", recipe.epochs)
    for kind, epochs in stages:
        if epochs == 0:
            continue
        loader.augment = nn.Sequential(*recipe.pictures(kind), *flip)
        fit(
            model,
            loader,
            epochs=epochs,
            optimizer=optimizer,
            scheduler=scheduler,
            loss_fn=nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing),
            on_epoch_end=mirror_all if recipe.alternating else None,
        )
    return mean_model.module if recipe.averaged else model


def moving_average(mean: Tensor, new: Tensor, count: Tensor) -> Tensor:
    """Keep 99 % of the mean, and less of it in the first steps."""
    kept = min(0.99, (1 + count.item()) / (10 + count.item()))
    return kept * mean + (1 - kept) * new


class SixViews(nn.Module):
    """Mean logits of an image, of two that are moved by a pixel, and of their mirrors.

    The image itself counts twice as much as each of the moved ones.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        padded = functional.pad(images, [1] * 4, "reflect")
        views = images, padded[:, :, :height, :width], padded[:, :, 2:, 2:]
        centre, one, other = (self.model(v) + self.model(v.flip(3)) for v in views)
        return (2 * centre + one + other) / 8


def accuracies(
    model: nn.Module, loader: Loader, dtype: torch.dtype | None = None
) -> dict[str, float]:
    """Measure the network alone and with six views, and the time that these take."""
    model = InPrecision(model, dtype or autocast_dtype("auto", best_device()))
    alone, began = evaluate(model, loader).accuracy, time.perf_counter()
    views = evaluate(SixViews(model), loader).accuracy
    return {
        "one_view": alone,
        "six_views": views,
        "seconds_of_six_views": time.perf_counter() - began,
    }


def measure_times(data: ImageData, rounds: int = 5) -> dict:
    """Time training on 2,000 images in turns, in seconds a thousand images."""
    some = data.train_images[:2_000], data.train_targets[:2_000]
    normal = {"mean": data.mean, "std": data.std, "shuffle": True}

    def run(kind: str) -> float:
        if kind == "notes":
            model, steps, size = ENTRY.model(), ENTRY.augment, ENTRY.batch_size
            how = ENTRY.settings | {"fused": True}
            optimizer = ENTRY.optimizer(model.parameters(), **how)
        else:
            model, size = FINAL.network(), 500
            steps = nn.Sequential(*FINAL.pictures(kind))
            whiten(model[0], torch.randn(50, 3, 32, 32))
            groups = weight_groups(model, 0.01, WEIGHT_DECAY)
            groups[0] |= ORTHOGONAL
            optimizer = Muon(groups)
        loader = Loader(*some, batch_size=size, augment=steps, **normal)
        began = time.perf_counter()
        fit(model, loader, epochs=1, optimizer=optimizer)
        return (time.perf_counter() - began) / 2

    taken = {kind: [] for kind in ("notes", "whole", "small")}
    for _ in range(rounds):
        for kind, seconds in taken.items():
            seconds.append(run(kind))
    notes, whole, small = (median(seconds) for seconds in taken.values())
    ours = FINAL.epochs * whole + FINAL.small_epochs * small
    return taken | {"training_over_notes": ours / (ENTRY.epochs * notes)}


def keep(section: str, found: dict, data: ImageData) -> None:
    """Write a section into the JSON, beside the others."""
    sections = {name: kept(name) for name in (*RECIPES, *OTHERS)}
    sections[section] = found
    runs = [run for name in RECIPES for run in sections[name].values()]
    seeds = sorted({int(seed) for run in runs for seed in run})
    print(write_result({"seeds": seeds} | sections, data=data.source))


def measure(what: str, recipes: dict[str, Recipe], data: ImageData, seed: int) -> None:
    """Train and test each recipe from one seed, where that has not been done."""
    is_choosing = what == "steps"
    training = data if is_choosing else with_validation_images(data)
    loader = data.loader("val" if is_choosing else "test", batch_size=500)
    for name, recipe in recipes.items():
        before = kept(what).get(name, {}).get(str(seed), {})
        if before.get("recipe") == json.loads(json.dumps(asdict(recipe))):
            continue
        began = time.perf_counter()
        model = train(recipe, training, seed)
        seconds = time.perf_counter() - began
        if what == "shipped":
            save_weights(model, WEIGHTS)
            model = load_weights(recipe.network(), WEIGHTS)
        found = accuracies(model, loader) | {"seconds": seconds}
        found |= {"parameters": count_parameters(model), "hardware": hardware()}
        dtype = str(autocast_dtype("auto", best_device())).removeprefix("torch.")
        found |= {"precision": dtype, "recipe": asdict(recipe)}
        print(f"{name}, seed {seed}: {found}", flush=True)
        done = kept(what)
        keep(what, done | {name: done.get(name, {}) | {str(seed): found}}, data)


RECIPES = {"steps": STEPS, "final": {"final": FINAL}, "shipped": {"shipped": SHIPPED}}
OTHERS = "asked", "times"


if __name__ == "__main__":
    what, *seeds = sys.argv[1:] or ["nothing"]
    if what not in (*RECIPES, *OTHERS):
        words = ", ".join((*RECIPES, *OTHERS))
        sys.exit(f"{what}? Say one of {words}, and which seeds")
    data = complete(load_cifar10())
    if what == "times":
        keep(what, {"hardware": hardware()} | measure_times(data), data)
    elif what == "asked":
        model = load_weights(SHIPPED.network(), WEIGHTS)
        loader = data.loader("test", batch_size=500)
        keep(what, accuracies(model, loader, torch.float32), data)
    else:
        for seed in map(int, seeds or SEEDS[: 1 if what == "shipped" else None]):
            measure(what, RECIPES[what], data, seed)
