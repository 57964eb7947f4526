"""What a run is made of: another run has another fingerprint, and the same has not."""

import functools
import logging
import operator
import re
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL.ImageFilter import BoxBlur
from test_checkpoint import CLASSES, EPOCH, FIXED, PIXELS, loader, run, sampled
from test_stepping import Looking
from torch import nn
from torch.nn.utils import prune
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim import SGD, Adam, NAdam, Optimizer, lr_scheduler
from tqdm import tqdm

from course_utils.data.loader import Loader
from course_utils.fingerprint import Fingerprint


def texts(thing):
    return Fingerprint({"x": thing}).texts


@dataclass(slots=True)
class Setting:
    gain: float


def own(module=__name__, **parts):
    return type("Own", (nn.Module,), parts | {"__module__": module})()


def one_and_two(make):
    return make(1), make(2)


def hooked(name, number):
    layer = nn.Linear(3, 2)
    sgd = SGD(layer.parameters())
    owner = next(x for x in (layer, layer.weight, sgd) if hasattr(x, name))
    getattr(owner, name)(lambda *found: number)
    return layer, sgd


HOOKS = "forward_ forward_pre_ full_backward_ full_backward_pre_ step_pre_"
HOOKS += " step_post_ post_accumulate_grad_"
HOOKS = [f"register_{name}hook" for name in ["", *HOOKS.split()]]
FORMATS = [torch.float8_e4m3fn, torch.bfloat16]
DIFFERENT = {
    **{f"{d}": one_and_two(lambda n, d=d: torch.full([], n).to(d)) for d in FORMATS},
    "sparse": one_and_two(lambda n: (n * torch.eye(2)).to_sparse()),
    "conjugated": one_and_two(lambda n: torch.tensor([n * 1j]).conj()),
    "what pickles in its own way": one_and_two(lambda n: type("D", (deque,), {})([n])),
    "frozen": one_and_two(
        lambda n: nn.ParameterList([torch.ones(1) / n]).requires_grad_(False)
    ),
    "own rates": one_and_two(lambda n: Optimizer([torch.ones(1)], {"rate": n})),
    **{name: one_and_two(functools.partial(hooked, name)) for name in HOOKS},
    "functions of torch": (torch.tanh, torch.sigmoid),
    "functions of torch.nn": (nn.functional.gelu, torch.relu),
    "bound functions": one_and_two(lambda n: [n].index),
    "slots": one_and_two(Setting),
    "deques": one_and_two(lambda n: deque([n])),
    "complex numbers": one_and_two(lambda n: n + 0j),
    "getters": one_and_two(operator.itemgetter),
    "patterns": one_and_two(lambda n: re.compile(f"{n}")),
    "numbers of a class": one_and_two(lambda n: own(gain=n)),
    "properties": (own(a=property(lambda m: 1)), own(a=property(lambda m: 2))),
    "a file called torch_nets.py": (
        own("torch_nets", forward=lambda self, x: x.tanh()),
        own("torch_nets", forward=lambda self, x: x.relu()),
    ),
    "arrays of texts": one_and_two(lambda n: np.array([f"{n}"], object)),
    "arrays without rows": one_and_two(lambda n: np.ones((0, n))),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_another_thing_has_another_fingerprint(one, other):
    assert texts(one) != texts(other)


def test_the_code_of_libraries_does_not_count_but_the_courses_does():
    found = texts([BoxBlur(2), Loader(PIXELS, CLASSES), bytes(999)])
    assert "x.0.class" not in found and "x.1.class" in found
    assert found["x.0.radius"] == "2" and len(found["x.2"]) < 99


FACTOR = 2


def test_what_a_function_inside_a_function_uses_counts(monkeypatch):
    def brighter(images):
        return [(lambda: image * FACTOR)() for image in images]

    before = texts(brighter)
    monkeypatch.setitem(globals(), "FACTOR", 3)
    assert (before["x.FACTOR"], texts(brighter)["x.FACTOR"]) == ("2", "3")


def test_an_attribute_is_no_global_of_its_name():
    assert "x.FACTOR" not in texts(lambda thing: thing.FACTOR)


SAME = {
    "a hook": lambda: hooked("register_hook", 1),
    "a logger": lambda: logging.getLogger("mine"),
    "a bar": lambda: tqdm([1, 2]),
    "spectral_norm": lambda: spectral_norm(nn.Linear(3, 2)),
    "weight_norm": lambda: nn.utils.weight_norm(nn.Linear(3, 2)),
    "an array of texts": lambda: np.array([f"{1.5}", 1], object),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_the_same_thing_has_the_same_fingerprint(make, request):
    before = texts(make())
    logging.getLogger(f"made meanwhile for {request.node.name}")
    assert texts(make()) == before


def test_a_compiled_model_counts_without_its_compiler():
    compiled = texts(torch.compile(nn.Linear(3, 2), backend="eager"))
    assert compiled["x._orig_mod.in_features"] == "3"
    assert not [path for path in compiled if path.startswith("x.dynamo_ctx.")]


ONE_BRIGHTER = PIXELS.clone()
ONE_BRIGHTER[0, 0, 0, 0] ^= 1
BRIGHTER = 2.0


def darker(images):
    return images / BRIGHTER


def with_layer(layer):
    return lambda: nn.Sequential(nn.Flatten(), layer(), nn.Linear(32, 2))


class Bent(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(32, 2)

    def forward(self, images):
        return self.last(torch.relu(images.flatten(1)))


class Otherwise(Bent):
    def forward(self, images):
        return self.last(torch.tanh(images.flatten(1)))


def bent(kind):
    kind.__qualname__ = "Bent"
    return kind


def groups(parameters, lr):
    first, *rest = parameters
    return SGD([{"params": [first], "lr": lr / 2}, {"params": rest}], lr=lr)


def step(**options):
    return {"schedule": lambda sgd: lr_scheduler.StepLR(sgd, **options)}


CHANGED = {  # what is changed → how the first call differs from `run`, and the second
    "images": ({}, {"train": lambda: loader(255 - PIXELS)}),
    "one pixel": ({}, {"train": lambda: loader(ONE_BRIGHTER)}),
    "targets": ({}, {"train": lambda: loader(targets=1 - CLASSES)}),
    "fewer images": ({}, {"train": lambda: loader(PIXELS[:18], CLASSES[:18])}),
    "batch size": ({}, {"train": lambda: loader(batch_size=7)}),
    "order": ({}, {"train": lambda: loader(shuffle=False)}),
    "seed of the order": ({}, {"train": lambda: loader(seed=6)}),
    "mean": ({}, {"train": lambda: loader(mean=[0.5, 0.4], std=[1.0, 1.0])}),
    "augmentation": ({}, {"train": lambda: loader(augment=lambda x: x.flip(3))}),
    "its code": (
        {"train": lambda: loader(augment=lambda x: x.flip(2))},
        {"train": lambda: loader(augment=lambda x: x.flip(3))},
    ),
    "its settings": (
        {"train": lambda: loader(augment=nn.Dropout2d(0.1))},
        {"train": lambda: loader(augment=nn.Dropout2d(0.2))},
    ),
    "kind of loader": ({}, {"train": lambda: sampled()}),
    "validation images": ({}, {"val_loader": loader(255 - PIXELS, shuffle=False)}),
    "no validation": ({}, {"val_loader": None}),
    "learning rate": (FIXED, {"lr": 0.2}),
    "momentum": (FIXED, {"optimizer": functools.partial(SGD, momentum=0.8)}),
    "weight decay": ({}, {"optimizer": functools.partial(SGD, weight_decay=0.1)}),
    "optimizer": ({}, {"optimizer": Adam}),
    "groups": ({"optimizer": SGD}, {"optimizer": groups}),
    "rate of a group": (FIXED | {"optimizer": groups}, {"lr": 0.2}),
    "no schedule": ({}, {"schedule": lambda sgd: None}),
    "peak": ({}, {"schedule": lambda s: lr_scheduler.OneCycleLR(s, 0.2, 12)}),
    "length": ({}, {"schedule": lambda s: lr_scheduler.OneCycleLR(s, 0.1, 24)}),
    "step size": (step(step_size=2) | EPOCH, step(step_size=3) | EPOCH),
    "what it counts": (
        step(step_size=2) | EPOCH,
        step(step_size=2) | {"step_scheduler": "batch"},
    ),
    "rule": (
        EPOCH | {"schedule": lambda s: lr_scheduler.LambdaLR(s, lambda n: 0.9**n)},
        EPOCH | {"schedule": lambda s: lr_scheduler.LambdaLR(s, lambda n: 0.8**n)},
    ),
    "class weights": ({}, {"loss_fn": nn.CrossEntropyLoss(torch.tensor([1.0, 9]))}),
    "smoothing": ({}, {"loss_fn": nn.CrossEntropyLoss(label_smoothing=0.1)}),
    "loss": ({}, {"loss_fn": nn.functional.cross_entropy}),
    "precision": ({}, {"precision": "float16"}),
    "seed": ({}, {"seed": 6}),
    "fewer epochs": ({}, {"epochs": 1}),
    "longer cycle": (
        {},
        {"epochs": 5, "schedule": lambda s: lr_scheduler.OneCycleLR(s, 0.1, 15)},
    ),
    "dropout": (
        {"model": with_layer(lambda: nn.Dropout(0.1))},
        {"model": with_layer(lambda: nn.Dropout(0.2))},
    ),
    "activation": ({"model": with_layer(nn.ReLU)}, {"model": with_layer(nn.Tanh)}),
    "forward": ({"model": bent(Bent)}, {"model": bent(Otherwise)}),
}


@pytest.mark.parametrize(("first", "changed"), CHANGED.values(), ids=CHANGED)
def test_a_changed_call_on_the_same_path_is_refused(tmp_path, first, changed):
    path = tmp_path / "run.pt"
    with pytest.raises(InterruptedError):
        run(path, stop_after=2, **first)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"another run: [\w.]+ was .+ and is .+delete"):
        run(path, **first | changed)
    assert path.read_bytes() == before


def test_a_global_that_an_augmentation_uses_is_part_of_the_call(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    with pytest.raises(InterruptedError):
        run(path, stop_after=1, train=lambda: loader(augment=darker))
    monkeypatch.setitem(globals(), "BRIGHTER", 3.0)
    with pytest.raises(ValueError, match=r"augment\.BRIGHTER was 2\.0 and is 3\.0"):
        run(path, train=lambda: loader(augment=darker))


def test_another_version_of_the_course_is_said(tmp_path, monkeypatch):
    run(tmp_path / "run.pt", epochs=1, **FIXED)
    monkeypatch.setattr(Loader.__len__, "__code__", (lambda self: 3).__code__)
    with pytest.raises(ValueError, match=r"version of the course, .*Loader\.__len__"):
        run(tmp_path / "run.pt", epochs=1, **FIXED)


pruned = functools.partial(prune.random_unstructured, name="weight", amount=0.5)


@pytest.mark.parametrize("norm", [old_spectral_norm, pruned])
def test_weights_that_are_computed_of_kept_ones_are_none_themselves(tmp_path, norm):
    def made(evaluated):
        model = nn.Sequential(nn.Flatten(), norm(nn.Linear(32, 2)))
        with torch.set_grad_enabled(not evaluated):
            model.eval()(PIXELS / 255)
        return model.train()

    for epochs in (1, 2):
        model = functools.partial(made, epochs == 1)
        run(tmp_path / "run.pt", epochs=epochs, model=model, **FIXED)


class Wrapped:
    def __init__(self, weights, lr):
        inside = SGD(weights, lr, momentum=0.9)
        names = "param_groups", "zero_grad", "state_dict", "load_state_dict"
        vars(self).update({name: getattr(inside, name) for name in names})
        self.inside = inside

    def step(self):
        self.inside.step()


class Sparse(Looking):
    def forward(self, images):
        return self.numbers((9 * images.flatten(1)).long()).mean(1)


class Odd(nn.Linear):
    """Computes in float64, has buffers of odd formats, and moves a frozen weight."""

    def __init__(self):
        super().__init__(32, 2, dtype=torch.float64)
        self.mean = nn.Parameter(torch.zeros(()).double(), requires_grad=False)
        self.register_buffer("sparse", torch.eye(32).double().to_sparse())
        self.register_buffer("small", torch.ones(2, dtype=torch.float8_e4m3fn))

    def forward(self, images):
        rows = (self.sparse @ images.flatten(1).T.double()).T
        if self.training:
            self.mean.lerp_(rows.mean(), 0.1)
        return super().forward(rows - self.mean) * self.small.float()


ODD = [
    {"model": Odd, "optimizer": NAdam, "precision": "float32"},
    {"model": Sparse, "optimizer": functools.partial(SGD, momentum=0.9)},
    {"optimizer": Wrapped},
    {"each": lambda sgd: sgd.state.update(calls=1), "epochs": np.int64(4)},
]


@pytest.mark.filterwarnings("ignore:Sparse invariant checks", "error:.*does not keep")
@pytest.mark.parametrize("options", ODD, ids=range(4))
def test_what_is_built_otherwise_goes_on_as_well(tmp_path, options):
    with pytest.raises(InterruptedError):
        run(tmp_path / "run.pt", stop_after=2, **FIXED | options)
    resumed, whole = (run(p, **FIXED | options) for p in (tmp_path / "run.pt", None))
    assert torch.equal(resumed[1], whole[1])
