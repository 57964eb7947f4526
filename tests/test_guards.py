"""What belongs together is compared before the first batch, and said in our words."""

import os
import subprocess
import sys
from functools import partial

import pytest
import torch
from test_training import network, on_cpu, one_epoch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.nn.utils.parametrizations import weight_norm
from torch.optim import LBFGS, SGD, lr_scheduler
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from course_utils.data import load_fashion_mnist
from course_utils.training import evaluate
from course_utils.transfer import TransferNet

IMAGES, CLASSES = torch.rand(20, 2, 4, 4), torch.arange(20) % 2
BATCHES = list(zip(IMAGES.split(8), CLASSES.split(8)))
SET = TensorDataset(IMAGES, CLASSES)
PLATEAU = lr_scheduler.ReduceLROnPlateau
CYCLE = partial(lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=5)


class Streamed(IterableDataset):
    def __iter__(self):
        return iter(SET)


class Doing(nn.Module):
    """A network for whose forward something is done with its logits, or instead."""

    def __init__(self, done, network=None):
        super().__init__()
        self.network, self.done = network or flat_model()["model"], done

    def forward(self, images):
        return self.done(self.network(images))


class InParts(nn.Linear):
    """Computes some rows apart and writes them into a tensor, or looks with NumPy."""

    def __init__(self, how):
        super().__init__(32, 2)
        self.how = how

    def forward(self, images):
        logits = super().forward(images.flatten(1))
        if self.how == "numpy":
            logits.detach().numpy()
        if self.how == "scatter":
            torch.zeros(logits.shape).scatter(1, (logits > 0).long(), logits)
        rows, chosen = images.new_zeros(len(images), 2), logits[:, 0] > 0
        rows[chosen] = logits[chosen]
        return rows


class Once:
    """A loader that does not say that it is used up after one pass."""

    def __init__(self):
        self.left = iter(BATCHES)

    def __iter__(self):
        return self.left


class Steps:
    """An optimizer of one's own."""

    def zero_grad(self): ...

    def step(self): ...


def own_loss(logits, targets):
    """Picks by index, as many write it: a class of -1 is the last one."""
    return -logits.log_softmax(1)[torch.arange(len(targets)), targets].mean()


def yes_or_no(logits, targets):
    return binary_cross_entropy_with_logits(logits[:, 0], targets.float())


def mistakes(logits, targets):
    return (logits.argmax(1) != targets).float().mean()


def chained(sgd):
    parts = lr_scheduler.LinearLR(sgd, total_iters=2), CYCLE(sgd, total_steps=3)
    return lr_scheduler.SequentialLR(sgd, parts, [2])


def with_schedule(schedule, **options):
    model = network()
    sgd = SGD(model.parameters(), lr=0.1)
    return {"model": model, "optimizer": sgd, "scheduler": schedule(sgd)} | options


def replaced():
    model = network()
    sgd = SGD(model.parameters(), lr=0.1)
    model[-1] = nn.Linear(27, 2)
    return {"model": model, "optimizer": sgd}


def flat_model(count=2):
    return {"model": nn.Sequential(nn.Flatten(), nn.Linear(32, count))}


NO_GRADIENT = "no gradient comes from the loss"
REFUSED = {
    "optimizer of an old model": (
        {"optimizer": SGD(network().parameters(), lr=0.1)},
        r"holds 6 weights that are not the model's.*SGD\(model\.parameters",
    ),
    "replaced layer": (replaced(), "holds 2 weights that are not the model's"),
    "optimizer with a closure": ({"optimizer": LBFGS}, "LBFGS needs a closure"),
    "frozen model": ({"model": network().requires_grad_(False)}, "no weights to train"),
    "schedule alone": (
        {"scheduler": lr_scheduler.StepLR(SGD(network().parameters(), lr=1), 1)},
        "another optimizer than .*; give fit its optimizer, too",
    ),
    "schedule that must be told": (
        with_schedule(lambda sgd: lr_scheduler.StepLR(sgd, 30)),
        "step_scheduler='epoch' if.*step_scheduler='batch'",
    ),
    "short cycle": (
        with_schedule(CYCLE, epochs=2),
        "5 of its 5 steps left, but 2 epochs take 6",
    ),
    "cycle in epochs": (
        with_schedule(CYCLE, epochs=6, step_scheduler="epoch"),
        "but 6 epochs take 6",
    ),
    "short cycle in a chain": (
        with_schedule(chained, epochs=8, step_scheduler="epoch"),
        "a scheduler in SequentialLR ends before the run, which takes 8 steps",
    ),
    "plateau of nothing": (with_schedule(PLATEAU), "and a val_loader"),
    "plateau of accuracy": (
        with_schedule(lambda sgd: PLATEAU(sgd, "max"), val_loader=BATCHES),
        "expected mode='min'",
    ),
    "schedule as a rule": (
        {"scheduler": lambda epoch: 0.9**epoch, "step_scheduler": "epoch"},
        "scheduler is <function.*expected one of PyTorch's",
    ),
    "schedule of no optimizer": (
        {"scheduler": Steps(), "step_scheduler": "batch"},
        "scheduler is <test_guards.*expected one of PyTorch's",
    ),
    "own optimizer": ({"optimizer": Steps()}, r"expected a torch\.optim\.Optim"),
    "ImageData": ({"train_loader": load_fashion_mnist()}, r'data\.loader\("train"\)'),
    "used up": ({"train_loader": iter(BATCHES), "epochs": 2}, "used up after one"),
    "used up in silence": (
        {"train_loader": Once(), "epochs": 2},
        "in epoch 2, train_loader yielded no batch; .*an iterator used up",
    ),
    "validation used up": (
        {"val_loader": Once(), "epochs": 2},
        "in epoch 2, whose training.*val_loader yielded no batch",
    ),
    "nothing but empty batches": (
        {"train_loader": [(IMAGES[:0], CLASSES[:0])]},
        "train_loader yielded no batch; is the data set empty",
    ),
    "too few": (
        {"train_loader": DataLoader(SET, 21, drop_last=True)},
        "train_loader yields no batch; .*less than a batch",
    ),
    "three parts": ({"train_loader": [(*BATCHES[0], 1)]}, "yields Tensor of"),
    "single images": ({"train_loader": [(IMAGES[0], 1)]}, "a DataLoader join them"),
    "one logit": (flat_model(1), "has 1 logit"),
    "class weights": (
        {"loss_fn": nn.CrossEntropyLoss(torch.ones(3))},
        r"class numbers, .*\[3\].*CrossEntropyLoss\(\), with 2 weights of",
    ),
    "weights from NumPy": (
        {"loss_fn": nn.CrossEntropyLoss(torch.ones(2).double())},
        "but found Double. .*with 2 weights of torch.float32 or none",
    ),
    "channels last": (
        {"train_loader": [(torch.rand(20, 4, 4, 2), CLASSES)]},
        r"images\.permute\(0, 3, 1, 2\)",
    ),
    **{
        f"half weights, {precision}": (
            {"model": network().half(), "precision": precision},
            r"has weights of torch\.float16; expected model\.float\(\)",
        )
        for precision in ("float32", "bfloat16", "float16")
    },
    **{
        f"answers in a {kind}, {precision}": (
            {"model": Doing(done), "precision": precision},
            r"the model returns .*: \[0\] of a tuple, or \[\"logits\"\] of a dict",
        )
        for kind, done in {
            "dict": lambda x: {"logits": x},
            "tuple": lambda x: (x, x),
        }.items()
        for precision in ("float32", "bfloat16")
    },
    **{
        f"mixed formats, {how}": (
            {"model": InParts(how), "precision": "bfloat16"},
            '(BFloat16|dtype).*It may need precision="float32"',
        )
        for how in ("numpy", "put", "scatter")
    },
    "no gradient from the model": (
        {"model": Doing(torch.Tensor.detach)},
        f"{NO_GRADIENT}.*detach or argmax",
    ),
    "no gradient from the loss": ({"loss_fn": mistakes}, NO_GRADIENT),
    "no gradient in float16": (
        {"model": Doing(torch.Tensor.detach), "precision": "float16"},
        NO_GRADIENT,
    ),
    "no flatten": ({"model": nn.Conv2d(2, 2, 3)}, "Is there a Flatten before"),
    "wrong size": (
        {"model": nn.Sequential(nn.Flatten(), nn.Linear(30, 2))},
        r"take images of .*shape \(8, 2, 4, 4\): .*mat1.*in_features",
    ),
    "squeezed": (
        {"model": Doing(torch.squeeze), "train_loader": [(IMAGES[:1], CLASSES[:1])]},
        r"squeeze\(\) takes the batch's axis as well",
    ),
    "one left over": (
        {
            "model": nn.Sequential(nn.Flatten(), nn.Linear(32, 2), nn.BatchNorm1d(2)),
            "train_loader": [BATCHES[0], (IMAGES[:1], CLASSES[:1])],
        },
        "BatchNorm cannot train on one image.*drop_last=True",
    ),
}


@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_fit_refuses_in_words(changed, words):
    call = {"model": network(), "train_loader": BATCHES, "epochs": 1} | changed
    if call.get("optimizer") is LBFGS:
        call["optimizer"] = LBFGS(call["model"].parameters())
    with pytest.raises((ValueError, TypeError), match=words):
        on_cpu(**call)


@pytest.mark.parametrize("switch", [torch.no_grad, torch.inference_mode])
def test_fit_needs_gradients_switched_on(switch):
    with switch(), pytest.raises(ValueError, match=r"no_grad, .*set_grad_enabled\(F"):
        on_cpu(network(), BATCHES, epochs=1)


def train(model, data, loss_fn):
    return one_epoch(model, data, SGD(model.parameters(), lr=0.1), loss_fn)


def validate(model, data, loss_fn, precision="float32"):
    options = {"loss_fn": loss_fn, "precision": precision}
    return on_cpu(model, BATCHES, data, epochs=1, **options)


LOOPS = {
    "train": train,
    "evaluate": lambda m, data, loss_fn: evaluate(m, data, loss_fn=loss_fn),
    "validate": validate,
    "in bfloat16": partial(validate, precision="bfloat16"),
}
ODD = [(IMAGES[:0], CLASSES[:0]), (IMAGES[1:4], CLASSES[1:4])]
MISCOUNTED = {
    "-1": (network(), [*BATCHES, (IMAGES, CLASSES - 1)], own_loss, "from -1 to 0"),
    "ignored": (network(), [(IMAGES, -100 * CLASSES)], None, "from -100 to 0"),
    "one logit": (flat_model(1)["model"], BATCHES, yes_or_no, "has 1 logit"),
    "squeezed": (Doing(lambda x: x[:, 0]), BATCHES, yes_or_no, "network two logits"),
    "no rows": (
        nn.Conv2d(2, 2, 4),
        BATCHES,
        lambda logits, targets: cross_entropy(logits.flatten(1), targets),
        r"shape \(8, 2, 1, 1\).*Is there a Flatten",
    ),
    "a loss of each": (
        network(),
        BATCHES,
        lambda *pair: cross_entropy(*pair, reduction="none"),
        r"returns Tensor of shape \(8,\); expected .* one number",
    ),
    "no batch": (network(), [ODD[0]], None, "yielded no batch"),
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("case", MISCOUNTED.values(), ids=MISCOUNTED)
def test_the_loops_refuse_what_they_would_count_wrongly(loop, case):
    model, data, loss_fn, words = case
    with pytest.raises(ValueError, match=words):
        loop(model, data, loss_fn or nn.CrossEntropyLoss())


def test_what_a_model_returns_only_while_it_trains_is_looked_at():
    model = network()
    model.register_forward_hook(lambda m, _, y: (y, y) if m.training else y)
    with pytest.raises(ValueError, match=r"\[0\] of a tuple"):
        train(model, BATCHES, nn.CrossEntropyLoss())


def fitted(model, data, loss_fn):
    history = on_cpu(model, data, data, epochs=2, loss_fn=loss_fn)
    return history.train_loss, history.val_loss


@pytest.mark.parametrize("loop", [train, LOOPS["evaluate"], fitted])
def test_empty_batches_are_passed_over(loop):
    found, expected = (
        loop(network(), batches, nn.CrossEntropyLoss())
        for batches in ([*ODD, *BATCHES, ODD[0]], [ODD[1], *BATCHES])
    )
    assert found == expected


def test_a_layer_that_will_not_stay_frozen_is_said():
    model = network()
    model[1].eval()
    with pytest.warns(UserWarning, match="BatchNorm2d is in eval mode, but"):
        on_cpu(model, BATCHES, epochs=1)
    assert not model[1].training


class Kept(nn.BatchNorm2d):
    def train(self, mode=True):
        return self


def test_layers_that_stay_frozen_need_no_word():
    model, trunk = network(), network().eval()
    model[1] = Kept(3)
    model[1].training = False
    for frozen in (model, TransferNet(trunk, num_features=2, num_classes=2)):
        on_cpu(frozen, BATCHES, epochs=1)


LAYER = nn.Linear(4, 4)
HIDDEN = [[LAYER], (LAYER,), {"a": LAYER}, {"a": [[LAYER]]}, [LAYER.weight]]


@pytest.mark.parametrize("hidden", HIDDEN, ids=range(5))
def test_layers_in_a_list_or_the_like_are_said(hidden):
    model = network()
    model.hidden = hidden
    words = r"hidden is a plain (list|tuple|dict), .*nn\.ModuleList"
    with pytest.warns(UserWarning, match=words):
        on_cpu(model, BATCHES, epochs=1)
    model.hidden = around = [model[0], {"a": (model[0].weight,)}]
    around.append(around)
    model[0].lstm = weight_norm(nn.LSTM(4, 4), "weight_hh_l0")
    on_cpu(model, BATCHES, epochs=1)


def test_a_loader_may_not_know_its_length():
    history = on_cpu(network(), DataLoader(Streamed(), batch_size=8), epochs=2)
    assert len(history) == 2


def test_a_scheduler_is_stepped_as_it_is_told():
    call = with_schedule(lambda sgd: lr_scheduler.StepLR(sgd, 1, gamma=0.5))
    on_cpu(train_loader=BATCHES, epochs=2, step_scheduler="epoch", **call)
    assert call["scheduler"].get_last_lr() == [0.025]
    call = with_schedule(lambda sgd: PLATEAU(sgd, patience=0, threshold=9))
    on_cpu(train_loader=BATCHES, val_loader=BATCHES, epochs=3, **call)
    assert call["scheduler"].get_last_lr()[0] < 0.1


def test_one_variable_of_torchrun_alone_means_nothing(monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.warns(UserWarning, match="WORLD_SIZE is 2.*trains alone"):
        assert len(on_cpu(network(), BATCHES, epochs=1)) == 1
    assert "epoch  1/1" in capsys.readouterr().out


def test_ctrl_c_in_an_import_breaks_nothing(tmp_path):
    """Two of them, while the first fit imports what PyTorch needs."""
    (tmp_path / "slow.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n" * 2 + "done = True\n"
    )
    code = (
        "import torch\nfrom course_utils.interrupts import stop_after_batch\n"
        "with stop_after_batch() as stop:\n    import slow\n"
        "    print(slow.done, stop.is_set())\n"
    )
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    printed = subprocess.check_output(
        [sys.executable, "-c", code], text=True, env=os.environ | {"PYTHONPATH": paths}
    )
    assert printed.split() == ["True", "True"]
