"""What belongs together is compared before the first batch, and said in our words."""

import os
import signal
import subprocess
import sys

import pytest
import torch
from test_training import Interrupted, network, on_cpu, one_epoch, weights
from torch import nn
from torch.optim import SGD, lr_scheduler
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from course_utils.data import load_fashion_mnist
from course_utils.stepping import Finite
from course_utils.training import evaluate

IMAGES, CLASSES = torch.rand(20, 2, 4, 4), torch.arange(20) % 2
BATCHES = list(zip(IMAGES.split(8), CLASSES.split(8)))
SET = TensorDataset(IMAGES, CLASSES)
PLATEAU = lr_scheduler.ReduceLROnPlateau


class Streamed(IterableDataset):
    def __iter__(self):
        return iter(SET)


class Answering(nn.Linear):
    """Returns a dict, as networks of some libraries do."""

    def __init__(self):
        super().__init__(4, 2)

    def forward(self, images):
        return {"logits": super().forward(images)[:, 0, 0]}


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


REFUSED = {
    "optimizer of an old model": (
        {"optimizer": SGD(network().parameters(), lr=0.1)},
        r"holds 6 weights that are not the model's.*SGD\(model\.parameters",
    ),
    "replaced layer": (replaced(), "holds 2 weights that are not the model's"),
    "optimizer with a closure": (
        {"optimizer": torch.optim.LBFGS},
        "LBFGS needs a closure",
    ),
    "optimizer class": ({"optimizer": SGD}, "optimizer is the class SGD"),
    "frozen model": ({"model": network().requires_grad_(False)}, "no weights to train"),
    "model without weights": ({"model": nn.Flatten()}, "no weights to train"),
    "model class": ({"model": nn.Linear}, "model is the class Linear"),
    "schedule alone": (
        {"scheduler": lr_scheduler.StepLR(SGD(network().parameters(), lr=1), 1)},
        "another optimizer",
    ),
    "schedule that must be told": (
        with_schedule(lambda sgd: lr_scheduler.StepLR(sgd, 30)),
        "step_scheduler='epoch' if.*step_scheduler='batch'",
    ),
    "mistold": ({"step_scheduler": "step"}, "expected 'batch' or 'epoch'"),
    "short cycle": (
        with_schedule(lambda sgd: lr_scheduler.OneCycleLR(sgd, 0.1, 5), epochs=2),
        "5 of its 5 steps left, but 2 epochs take 6",
    ),
    "cycle in epochs": (
        with_schedule(
            lambda sgd: lr_scheduler.OneCycleLR(sgd, 0.1, 5),
            epochs=6,
            step_scheduler="epoch",
        ),
        "but 6 epochs take 6",
    ),
    "short cycle in a chain": (
        with_schedule(
            lambda sgd: lr_scheduler.SequentialLR(
                sgd,
                [
                    lr_scheduler.LinearLR(sgd, total_iters=2),
                    lr_scheduler.OneCycleLR(sgd, 0.1, 3),
                ],
                [2],
            ),
            epochs=8,
            step_scheduler="epoch",
        ),
        "a scheduler in SequentialLR ends before the run, which takes 8 steps",
    ),
    "plateau of nothing": (with_schedule(PLATEAU), "and a val_loader"),
    "plateau of accuracy": (
        with_schedule(lambda sgd: PLATEAU(sgd, "max"), val_loader=BATCHES),
        "expected mode='min'",
    ),
    "no schedule": ({"scheduler": "cosine"}, "scheduler is 'cosine'"),
    "epochs as text": ({"epochs": "3"}, "epochs is '3'"),
    "half an epoch": ({"epochs": 2.5}, "epochs is 2.5"),
    "a truth of epochs": ({"epochs": True}, "epochs is True"),
    "data set": ({"train_loader": SET}, r"DataLoader\(train_loader"),
    "ImageData": ({"train_loader": load_fashion_mnist()}, r'data\.loader\("train"\)'),
    "images alone": ({"train_loader": IMAGES}, "expected a loader"),
    "no validation batch": ({"val_loader": []}, "val_loader yields no batch"),
    "used up": ({"train_loader": iter(BATCHES), "epochs": 2}, "used up after one"),
    "three parts": ({"train_loader": [(*BATCHES[0], 1)]}, "yields a tuple, 3 parts"),
    "single images": ({"train_loader": [(IMAGES[0], 1)]}, "without a DataLoader"),
    "one image": (
        {"train_loader": [(IMAGES[0], CLASSES[0])]},
        "yields targets of torch",
    ),
    "bytes": ({"train_loader": [(IMAGES.byte(), CLASSES)]}, "expected float32"),
    "a column": ({"train_loader": [(IMAGES, CLASSES[:, None])]}, r"shape \(20, 1\)"),
    "yes or no": ({"train_loader": [(IMAGES, CLASSES.float())]}, "two logits"),
    "too few targets": ({"train_loader": [(IMAGES, CLASSES[:5])]}, r"shape \(5,\)"),
    "one logit": (flat_model(1), "has 1 logit"),
    "class weights": (
        {"loss_fn": nn.CrossEntropyLoss(torch.ones(3))},
        r"weights of shape \(3,\), but the model has 2 logits",
    ),
    "weights from NumPy": (
        {"loss_fn": nn.CrossEntropyLoss(torch.ones(2).double())},
        "weights of torch.float64; expected torch.float32",
    ),
    "channels last": (
        {"train_loader": [(torch.rand(20, 4, 4, 2), CLASSES)]},
        r"images\.permute\(0, 3, 1, 2\)",
    ),
    "half precision": (
        {"model": network().half()},
        r"Expected torch\.float16, as its weights are.*model\.float\(\)",
    ),
    "answers in a dict": ({"model": Answering()}, "the model returns {"),
    "loss class": ({"loss_fn": nn.CrossEntropyLoss}, r"expected CrossEntropyLoss\(\)"),
    "loss of each": ({"loss_fn": nn.CrossEntropyLoss(reduction="none")}, "'mean'"),
    "no loss": ({"loss_fn": "cross_entropy"}, "loss_fn is 'cross_entropy'"),
    "no flatten": ({"model": nn.Conv2d(2, 2, 3)}, "Is there a Flatten before"),
    "wrong size": (
        {"model": nn.Sequential(nn.Flatten(), nn.Linear(30, 2))},
        r"take images of .*shape \(8, 2, 4, 4\): .*mat1.*in_features",
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
    if call.get("optimizer") is torch.optim.LBFGS:
        call["optimizer"] = torch.optim.LBFGS(call["model"].parameters())
    with pytest.raises((ValueError, TypeError), match=words):
        on_cpu(**call)


@pytest.mark.parametrize("loop", [one_epoch, lambda m, data, _: evaluate(m, data)])
@pytest.mark.parametrize("batch", [(IMAGES, CLASSES[:, None]), (IMAGES[0], CLASSES[0])])
def test_the_taught_loops_refuse_what_they_would_count_wrongly(loop, batch):
    model = network()
    with pytest.raises(ValueError, match="expected class numbers"):
        loop(model, [batch], SGD(model.parameters(), lr=0.1))


def test_a_sum_as_loss_is_said():
    with pytest.warns(UserWarning, match="reduction='sum'"):
        evaluate(network(), BATCHES, loss_fn=nn.CrossEntropyLoss(reduction="sum"))


def test_a_layer_that_will_not_stay_frozen_is_said():
    model = network()
    model[1].eval()
    with pytest.warns(UserWarning, match="BatchNorm2d is in eval mode, but"):
        on_cpu(model, BATCHES, epochs=1)
    assert not model[1].training


def test_a_softmax_at_the_end_is_said():
    model = nn.Sequential(*network(), nn.Softmax(dim=1))
    with pytest.warns(UserWarning, match="Is its last layer a softmax"):
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


# -------------------------------------------------------------- what stops being finite


class RootOf(nn.Module):
    """Has a finite value and no finite gradient at zero."""

    def forward(self, logits):
        return logits + (logits[:, :1] * 0).sqrt()


@pytest.mark.parametrize("fault", ["image", "gradient"])
def test_weights_and_statistics_go_back_to_before_the_batch(fault):
    torch.manual_seed(1)
    model, seen = network(), []
    batches = [list(batch) for batch in BATCHES]
    if fault == "image":
        batches[1][0] = batches[1][0] * torch.nan
    state = {}

    class Watched(list):
        def __iter__(self):
            for number, batch in enumerate(batches):
                if number == 1:
                    state.update({k: v.clone() for k, v in model.state_dict().items()})
                    if fault == "gradient":
                        model.register_forward_hook(lambda *a: RootOf()(a[-1]))
                seen.append(number)
                yield batch

    words = "loss" if fault == "image" else "gradient"
    with pytest.raises(FloatingPointError, match=rf"the {words} became .*1, batch 2\."):
        on_cpu(model, Watched(batches), epochs=1, precision="float32")
    assert seen == [0, 1] and not torch.equal(weights(model), weights(network()))
    for name, value in model.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_where_questions_are_rare_the_last_good_weights_come_back():
    model = network()
    finite = Finite(model, on_cpu=False)
    finite.begin_epoch(1)
    for number in range(1, 101):
        finite.begin_batch()
        if number == 51:
            good = weights(model)
        finite.ask("loss", torch.tensor(torch.nan if number == 70 else 1.0))
        nn.init.normal_(model[0].weight)
        if number < 100:
            finite.end_batch()
    with pytest.raises(FloatingPointError, match=r"batch 70\..*before batch 51"):
        finite.end_batch()
    assert torch.equal(weights(model), good)


# ------------------------------------------------------------------------ the machine


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


def test_a_second_ctrl_c_raises(request):
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        on_cpu(network(), Interrupted(BATCHES, epoch=1, times=2), epochs=2)
    assert signal.getsignal(signal.SIGINT) is handler
