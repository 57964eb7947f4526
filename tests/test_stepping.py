"""A loss is what it seems, and what stops being finite stops the run."""

import copy
import math
from functools import partial

import pytest
import torch
from test_guards import (
    BATCHES,
    CLASSES,
    IMAGES,
    LOOPS,
    Doing,
    flat_model,
    own_loss,
    train,
)
from test_training import network, on_cpu, weights
from torch import nn
from torch.nn.functional import cross_entropy, nll_loss, one_hot
from torch.optim import SGD, lr_scheduler
from torch.utils.data import DataLoader

from course_utils.checkpoint import Checkpoint
from course_utils.stepping import Finite
from course_utils.training import evaluate


def ending_in(layer):
    return nn.Sequential(*network(), layer)


SPOILT = IMAGES * torch.nan, CLASSES
SOFTMAX = "Is its last layer a softmax"
LOGS = r"NLLLoss takes log-probabilities: add LogSoftmax\(dim=1\)"
SUM = "adds up, as reduction='sum' does: losses will be no means"
ODD_LOSSES = {
    "softmax": (ending_in(nn.Softmax(1)), nn.CrossEntropyLoss(), SOFTMAX),
    "NLLLoss": (network(), nn.NLLLoss(torch.tensor([0.3, 0.7])), LOGS),
    "nll_loss": (network(), lambda *pair: nll_loss(*pair), LOGS),
    "softmax and NLLLoss": (ending_in(nn.Softmax(1)), nn.NLLLoss(), LOGS),
    "a sum": (network(), nn.CrossEntropyLoss(reduction="sum"), SUM),
    "another sum": (network(), nn.MultiMarginLoss(reduction="sum"), SUM),
    "a partial": (network(), partial(cross_entropy, reduction="sum"), SUM),
    "a rule": (network(), lambda *pair: cross_entropy(*pair, reduction="sum"), SUM),
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("case", ODD_LOSSES.values(), ids=ODD_LOSSES)
def test_a_loss_that_misleads_is_said(loop, case):
    model, loss_fn, words = case
    with pytest.warns(UserWarning, match=words) as caught:
        loop(copy.deepcopy(model), BATCHES, loss_fn)
    assert len({str(warning.message) for warning in caught}) == 1


class Mean(nn.CrossEntropyLoss):
    """Takes the mean itself."""

    def forward(self, logits, targets):
        found = super().forward(logits, targets)
        return found.mean() if self.reduction == "none" else found / len(targets)


class Weighing(nn.Module):
    weight = torch.tensor(0.5)

    def forward(self, logits, targets):
        return self.weight * cross_entropy(logits, targets)


def certainly(logits, how_much=99):
    return 0 * logits + how_much * one_hot(CLASSES[: len(logits)])


RIGHT = {
    "own mean": (network(), Mean(reduction="none")),
    "own mean of a sum": (network(), Mean(reduction="sum")),
    "own weight": (network(), Weighing()),
    "log-probabilities": (ending_in(nn.LogSoftmax(1)), nn.NLLLoss()),
    "all right already": (Doing(certainly), own_loss),
    "a one and zeros": (Doing(partial(certainly, how_much=1)), nn.CrossEntropyLoss()),
    "no loss": (Doing(partial(certainly, how_much=0)), lambda x, targets: 0 * x.sum()),
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_a_loss_that_is_right_is_taken_without_a_word(loop, case):
    model, loss_fn = case
    loop(copy.deepcopy(model), BATCHES[:2], loss_fn)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_losses_of_half_precision_are_added_up_in_full(dtype):
    model, half = flat_model()["model"].to(dtype), (IMAGES.to(dtype), CLASSES)
    found = evaluate(model, [half] * 2500)
    assert found.loss == pytest.approx(evaluate(model, [half]).loss, rel=1e-3)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_autocast_around_fit_changes_nothing(precision):
    options = {"val_loader": BATCHES, "epochs": 2, "precision": precision}
    expected = on_cpu(network(), BATCHES, **options)
    with torch.autocast("cpu", torch.bfloat16):
        found = on_cpu(network(), BATCHES, **options)
    assert found.train_loss == expected.train_loss
    assert found.val_loss == expected.val_loss


def test_in_an_autocast_the_loops_see_weights_as_they_are():
    model, untrained = network(), network()
    with torch.autocast("cpu", torch.bfloat16):
        before = evaluate(model, BATCHES)
        train(model, BATCHES, nn.CrossEntropyLoss())
        found = evaluate(model, BATCHES)
    with torch.autocast("cpu", torch.bfloat16):
        assert evaluate(model, BATCHES) == found
        assert evaluate(untrained, BATCHES) == before != found


class Complex(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(32, 2, dtype=torch.complex64))

    def forward(self, images):
        return (images.flatten(1).to(torch.complex64) @ self.weight).abs()


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize(
    "make",
    [
        Complex,
        lambda: torch.jit.script(network()),
        lambda: torch.jit.trace(network(), IMAGES),
    ],
    ids=["complex weights", "scripted", "traced"],
)
def test_fit_trains_by_default_what_is_built_otherwise(make):
    model = make()
    before = weights(model)
    on_cpu(model, BATCHES, BATCHES, epochs=1)
    assert not torch.equal(weights(model), before)


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

    words = "loss became nan" if fault == "image" else "gradient became"
    with pytest.raises(FloatingPointError, match=rf"{words} .*1, batch 2\..*learning"):
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


class Following(nn.Module):
    """Keeps a mean of brightness, each time in a new tensor."""

    def __init__(self):
        super().__init__()
        self.network = network()
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, images):
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * images.mean()
        return self.network(images - self.mean)


def test_statistics_in_a_new_tensor_go_back_too():
    model = Following()
    with pytest.raises(FloatingPointError, match=r"batch 2\..*before batch 2"):
        on_cpu(model, [BATCHES[0], SPOILT], epochs=1)
    assert model.mean == 0.1 * BATCHES[0][0].mean()


def test_what_is_refused_at_the_first_batch_leaves_no_statistics():
    model = network()
    with pytest.raises(ValueError, match="loss_fn returns"):
        on_cpu(model, BATCHES, epochs=1, loss_fn=lambda logits, targets: logits)
    assert not model[1].num_batches_tracked


class Looking(nn.Module):
    """Looks numbers up, with gradients only for those that were looked up."""

    def __init__(self):
        super().__init__()
        self.numbers = nn.Embedding(10, 2, sparse=True)

    def forward(self, images):
        return RootOf()(self.numbers((9 * images.flatten(1)).long()).mean(1))


@pytest.mark.parametrize("network", [Looking, lambda: Doing(RootOf())])
def test_a_gradient_that_is_nan_moves_nothing(network):
    model = network()
    sgd, before = SGD(model.parameters(), lr=0.1), weights(model)
    with pytest.raises(FloatingPointError, match=r"gradient .* 1, batch 1\. No step"):
        on_cpu(model, BATCHES, epochs=1, optimizer=sgd, precision="float32")
    assert torch.equal(weights(model), before)


def test_in_float16_it_stops_once_the_scale_is_no_reason_any_more():
    model = Doing(RootOf())
    with pytest.warns(UserWarning, match="no step was made in an epoch.*float16"):
        on_cpu(model, BATCHES, epochs=5, precision="float16")
    words = "gradient became .*epoch 6, batch 2"
    warned = pytest.warns(UserWarning, match="no step")
    with warned, pytest.raises(FloatingPointError, match=words):
        on_cpu(model, BATCHES, epochs=9, precision="float16")


def test_a_step_that_float16_skips_is_none_of_the_schedules():
    model = flat_model()["model"]
    sgd, made = SGD(model.parameters(), lr=1e-9), []
    sgd.register_step_post_hook(lambda *_: made.append(1))
    schedule = lr_scheduler.OneCycleLR(sgd, 1e-9, total_steps=60)
    options = {"optimizer": sgd, "scheduler": schedule, "precision": "float16"}
    with pytest.warns(UserWarning, match="no step was made"):
        on_cpu(model, [(x * 3e3, y) for x, y in BATCHES], epochs=20, **options)
    assert 30 < len(made) == schedule.last_epoch < 60


def test_a_first_step_that_is_skipped_leaves_no_averages():
    loud, found = [(x * 3e3, y) for x, y in BATCHES], []
    for fused in (True, False):
        model = flat_model()["model"]
        nn.init.constant_(model[1].weight, 0.01)
        nn.init.zeros_(model[1].bias)
        sgd = SGD(model.parameters(), lr=1e-9, momentum=0.9, fused=fused)
        with pytest.warns(UserWarning, match="no step was made"):
            on_cpu(model, loud, epochs=9, optimizer=sgd, precision="float16")
        found.append(
            [sgd.state[weight]["momentum_buffer"] for weight in model[1].parameters()]
        )
    for fused, plain in zip(*found, strict=True):
        torch.testing.assert_close(fused, plain)


@pytest.mark.parametrize(
    ("batches", "words"),
    [(1, "the largest weight became nan"), (2, "the loss became nan .*batch 2")],
)
def test_weights_that_a_step_spoils_are_said(batches, words):
    model = network()
    sgd = SGD(model.parameters(), lr=torch.nan)
    with pytest.raises(FloatingPointError, match=f"{words}.*A step has spoilt the w"):
        on_cpu(model, BATCHES[:batches], epochs=1, optimizer=sgd)


def test_a_validation_loss_that_is_not_finite_gets_into_no_history():
    model = network()
    with pytest.raises(FloatingPointError, match="loss in evaluation became nan"):
        on_cpu(model, BATCHES, [*BATCHES, SPOILT], epochs=1)
    assert weights(model).isfinite().all()


def test_evaluate_measures_a_network_that_has_diverged_and_says_so():
    with pytest.warns(UserWarning, match="loss in evaluation became nan"):
        result = evaluate(network(), [*BATCHES, SPOILT])
    assert math.isnan(result.loss) and 0 <= result.accuracy <= 1


@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
def test_only_what_stops_being_finite_never_overwrites_a_checkpoint(tmp_path, name):
    path, model = tmp_path / "run.pt", network()
    model.register_buffer("mask", torch.tensor(-torch.inf))
    assert len(on_cpu(model, BATCHES, epochs=1, checkpoint=path)) == 1
    before, saved = path.read_bytes(), Checkpoint(path, {"model": model}, {})
    model.state_dict()[name][0] = torch.inf
    with pytest.raises(FloatingPointError, match=f"{name} is not finite"):
        saved.write({})
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


def test_a_cosine_that_would_rise_again_is_told():
    sgd = SGD((model := network()).parameters(), lr=0.1)
    how = {"optimizer": sgd, "scheduler": lr_scheduler.CosineAnnealingLR(sgd, 3)}
    with pytest.warns(UserWarning, match="for its T_max=3 steps.*are to come"):
        on_cpu(model, BATCHES, epochs=5, step_scheduler="batch", **how)


def test_where_nothing_was_trained_another_run_takes_the_file(tmp_path):
    path = tmp_path / "run.pt"
    with pytest.raises(FloatingPointError):
        on_cpu(network(), [SPOILT], epochs=1, checkpoint=path)
    assert len(on_cpu(network(), BATCHES, epochs=2, checkpoint=path)) == 2
    with pytest.raises(ValueError, match="belongs to another run"):
        on_cpu(network(), [SPOILT], epochs=2, checkpoint=path)


class Timm:
    """Steps as timm's schedulers do."""

    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self, epoch): ...


def test_half_a_schedule_is_refused_before_the_first_batch():
    model = network()
    with pytest.raises(ValueError, match="is 'batch'; expected a scheduler beside it"):
        on_cpu(model, BATCHES, epochs=1, step_scheduler="batch")
    sgd = SGD(model.parameters(), lr=0.1)
    call = {"optimizer": sgd, "scheduler": Timm(sgd), "step_scheduler": "epoch"}
    before = weights(model)
    with pytest.raises(TypeError, match=r"takes nothing \(Timm: .*'epoch'"):
        on_cpu(model, BATCHES, epochs=1, **call)
    assert torch.equal(weights(model), before)


def test_an_infinite_loss_is_called_no_sum(recwarn):
    with pytest.raises(FloatingPointError, match="the loss became inf"):
        on_cpu(network(), BATCHES, epochs=1, loss_fn=lambda x, _: x.sum() * math.inf)
    assert not [w for w in recwarn if "adds up" in str(w.message)]


class Remembering(nn.Linear):
    def forward(self, images):
        self.state = super().forward(images.flatten(1)) + getattr(self, "state", 0)
        return self.state


PAIR, NONE = (IMAGES[0], 1), "returned None for an item"
UNTRAINABLE = {
    "kept": (
        Remembering(32, 2),
        BATCHES[:1] * 2,
        r"kept from the batch before.*detach\(\)",
    ),
    "first is None": (network(), DataLoader([None, PAIR], 2), NONE),
    "later is None": (network(), DataLoader([PAIR, None], 2), NONE),
    "grey": (network(), [(IMAGES[:, 0], CLASSES)], r"images\[:, None\] adds the axis"),
}


@pytest.mark.parametrize("case", UNTRAINABLE.values(), ids=UNTRAINABLE)
def test_what_cannot_be_trained_is_told(case):
    model, loader, words = case
    with pytest.raises(ValueError, match=words):
        on_cpu(model, loader, epochs=1)
