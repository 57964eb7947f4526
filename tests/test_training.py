"""The taught loop, and everything that fit puts around it."""

import contextlib
import copy
import signal
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_utils import training
from course_utils.data import Loader
from course_utils.models import ResidualBlock
from course_utils.training import early_stop, evaluate, fit

TOO_LARGE = torch.rand(2, 2, 9, 9), torch.tensor([0, 1])


@pytest.fixture
def data():
    """Images whose brightness is their class, 20 of them in batches of 8, 8 and 4."""
    targets = torch.arange(20) % 2
    images = targets[:, None, None, None] + 0.1 * torch.rand(20, 2, 4, 4)
    return list(zip(images.split(8), targets.split(8)))


def network(seed=0, dropout=0.0):
    torch.manual_seed(seed)
    layers = [nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3), nn.Flatten(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(27, 2))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def on_cpu(*args, **kwargs):
    return fit(*args, device="cpu", **kwargs)


def one_epoch(model, data, optimizer, loss_fn=nn.functional.cross_entropy):
    options = {"loss_fn": loss_fn, "device": torch.device("cpu")}
    return training.train_one_epoch(model, data, optimizer=optimizer, **options)


class Interrupted:
    """A loader during whose given epoch Ctrl-C is pressed before the second batch."""

    def __init__(self, batches, epoch, times=1):
        self.batches, self.epoch, self.times, self.begun = batches, epoch, times, 0

    def __iter__(self):
        self.begun += 1
        for number, batch in enumerate(self.batches):
            for _ in range(self.times * (self.begun == self.epoch and number == 1)):
                signal.raise_signal(signal.SIGINT)
            yield batch


def test_one_epoch_is_the_steps_written_out(data):
    model, by_hand = network(), network()
    result = one_epoch(model, data, torch.optim.SGD(model.parameters(), lr=0.1))
    losses, correct = [], 0
    sgd = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    for images, targets in data:
        logits = by_hand(images)
        loss = nn.functional.cross_entropy(logits, targets, reduction="sum")
        losses.append(loss.item())
        correct += (logits.argmax(1) == targets).sum().item()
        sgd.zero_grad()
        (loss / len(targets)).backward()
        sgd.step()
    assert torch.equal(weights(model), weights(by_hand))
    assert result.loss == pytest.approx(sum(losses) / 20)
    assert (result.accuracy, result.samples) == (correct / 20, 20)


def test_evaluate_changes_nothing(data):
    model = network(dropout=0.5).train()
    model[1].eval()
    before, random_state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    assert evaluate(model, data) == evaluate(model, data)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert [m.training for m in model] == [True, False, True, True, True]
    assert torch.equal(random_state, torch.get_rng_state())
    assert not any(p.grad is not None for p in model.parameters())


@given(st.lists(st.floats(0, 9), min_size=1, max_size=20), st.integers(1, 5))
def test_early_stop_waits_as_told_and_looks_at_nothing_later(losses, patience):
    stop, best = early_stop(losses, patience)
    seen = losses[:stop]
    assert seen.index(min(seen)) + 1 == best
    assert stop - best == patience or (stop == len(losses) and stop - best < patience)
    assert early_stop(seen, patience) == (stop, best)


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16", "float16"])
def test_fit_learns_in_every_precision(data, precision):
    model = network()
    adam = torch.optim.Adam(model.parameters(), lr=0.05)
    history = on_cpu(model, data, data, epochs=6, optimizer=adam, precision=precision)
    assert (history.val_accuracy[-1], history.interrupted) == (1, False)
    assert weights(model).dtype == torch.float32


def test_fit_takes_any_iterable_and_the_scheduler_moves_after_every_batch(data):
    model = network()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.1, total_steps=6)
    options = {"epochs": 2, "optimizer": sgd, "scheduler": schedule}
    history = on_cpu(model, Interrupted(data, epoch=None), **options)
    assert (len(history), history.val_loss, schedule.last_epoch) == (2, [], 6)


def test_after_each_epoch_a_line_is_printed_and_the_history_shown(data, capsys):
    seen = []
    options = {"epochs": 2, "on_epoch_end": lambda history: seen.append(len(history))}
    on_cpu(network(), data, data, **options)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in lines] == ["epoch  1/2 ", "epoch  2/2 "]
    assert all("train loss" in line and "val loss" in line for line in lines)
    assert seen == [1, 2]


def test_a_history_tells_its_last_epoch():
    assert repr(training.History()) == "History: finished 0 epochs"
    history = training.History([0.5], [0.75], [0.25], [0.875], [2.0], interrupted=True)
    assert "interrupted after 1 epoch;" in repr(history)
    assert "train loss 0.500 75.0% · val loss 0.250 87.5% · 2.0 s" in repr(history)


def test_ctrl_c_stops_after_the_batch_and_keeps_what_there_is(data):
    model = network()
    before = weights(model)
    history = on_cpu(model, Interrupted(data, epoch=2), data, epochs=5)
    assert (len(history), history.interrupted) == (1, True)
    assert not torch.equal(before, weights(model))


def test_a_wrong_val_loader_is_refused_before_a_step_where_a_look_costs_nothing(data):
    images, targets = data[0]
    pixels = (images.clamp(0, 1) * 255).byte()
    floats, shifted = (images, targets.float()), Loader(pixels, targets + 1)
    for wrong in ((images, targets), [floats], shifted):
        model = network()
        before = weights(model)
        with pytest.raises((ValueError, TypeError), match="^val_loader"):
            on_cpu(model, data, wrong, epochs=2)
        assert torch.equal(before, weights(model))


def test_a_val_loader_that_fails_is_named_and_what_became_of_the_epoch(data):
    images, targets = data[0]
    words = "^in epoch 1, whose training only the model keeps, val_loader failed: "
    for batch in ((images[:, :1], targets), (images, targets + 1), (images,)):
        with pytest.raises((ValueError, TypeError), match=words):
            on_cpu(network(), data, Interrupted([batch], epoch=None), epochs=2)


class Dying:
    """A DataLoader whose workers a Ctrl-C ends as well."""

    def __init__(self, batches, pressed=True):
        self.batches, self.pressed = batches, pressed

    def __iter__(self):
        yield self.batches[0]
        if self.pressed:
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly")


@pytest.mark.parametrize("name", ["train_loader", "val_loader"])
def test_workers_that_ctrl_c_ends_are_no_error(data, name):
    call = {"model": network(), "train_loader": data, "val_loader": data, "epochs": 2}
    assert on_cpu(**call | {name: Dying(data)}).interrupted
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        on_cpu(**call | {name: Dying(data, pressed=False)})


class Viewing(nn.Module):
    """Flattens as most tutorials do, which needs maps that lie channel by channel."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3)
        self.drop, self.last = nn.Dropout(), nn.Linear(27, 2)

    def forward(self, x):
        x = self.drop(self.norm(self.conv(x)))
        return self.last(x.view(x.size(0), -1))


class Overwriting(Viewing):
    """Writes into rows, and so into the map behind them, if they are no copy of it."""

    def forward(self, x):
        x = self.norm(self.conv(x))
        x.flatten(1).clamp_(min=0)
        return self.last(self.drop(x).flatten(1))


class Viewed(nn.Module):
    def forward(self, x):
        return x.view(-1).view(x.shape)


def chain(*last):
    maps = [nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout2d()]
    return nn.Sequential(nn.Sequential(*maps), *last, nn.Flatten(), nn.Linear(27, 2))


def residual():
    torch.manual_seed(0)
    blocks = [ResidualBlock(2, 3, 2), ResidualBlock(3, 4, shortcut="pad")]
    for block in blocks:  # or no image would pass through the branches at first
        nn.init.ones_(block.branch[-1].weight)
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(16, 2))


def watched(how):
    model, view = chain(), Viewed()
    conv = model[0][0]
    if how == "forward":
        conv.register_forward_hook(lambda layer, given, x: view(x))
    if how == "gradient":
        conv.weight.register_hook(view)
    if how == "replaced":
        forward = conv.forward
        conv.forward = lambda x: view(forward(x))
    return model


MODELS = {
    "chain": chain,
    "residual blocks": residual,
    "view": Viewing,
    "overwriting": Overwriting,
    "dropout of maps": lambda: chain(nn.Dropout()),
    "own layer": lambda: chain(nn.Sequential(nn.ReLU(), Viewed())),
    "flat in two steps": lambda: chain(nn.Flatten(2), Viewed()),
    "hook": lambda: watched("forward"),
    "hook on a gradient": lambda: watched("gradient"),
    "replaced forward": lambda: watched("replaced"),
    "channels last": lambda: chain().to(memory_format=torch.channels_last),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_fit_is_the_taught_loop(make, data):
    model, by_hand = make(), make()
    by_hand.load_state_dict(model.state_dict())
    momentum = {"lr": 0.1, "momentum": 0.9, "fused": True}
    ours = torch.optim.SGD(model.parameters(), **momentum)
    theirs = torch.optim.SGD(by_hand.parameters(), **momentum)
    # From here on the optimizers have averages, which lie as the weights do.
    for m, sgd in ((model, ours), (by_hand, theirs)):
        torch.manual_seed(1)
        one_epoch(m, data, sgd)
    torch.manual_seed(2)
    history = on_cpu(model, data, data, epochs=2, optimizer=ours, precision="float32")
    drawn = torch.get_rng_state()
    torch.manual_seed(2)
    for epoch in range(2):
        train, val = one_epoch(by_hand, data, theirs), evaluate(by_hand, data)
        # Where maps lie channels-last, sums are added up in another order.
        close = {"rel": 1e-5 if make in (chain, residual) else 0, "abs": 0}
        assert history.train_loss[epoch] == pytest.approx(train.loss, **close)
        assert history.val_loss[epoch] == pytest.approx(val.loss, **close)
    assert torch.equal(drawn, torch.get_rng_state())
    torch.testing.assert_close(weights(model), weights(by_hand))


def as_given(model):
    """All that fit must leave as it was, but for the weights' values."""
    named = [*model.named_parameters(), *model.named_buffers()]
    tensors = [(name, id(t), t.stride(), t.dtype) for name, t in named]
    hooks = [len(part._forward_hooks) for part in model.modules()]
    return tensors, hooks, [part.training for part in model.modules()]


@pytest.mark.parametrize("fault", ["none", "forward", "loss", "callback", "Ctrl-C"])
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_fit_gives_the_model_back_as_it_was(make, fault, data):
    def fail(*args):
        raise ZeroDivisionError

    error, changed = {
        "none": (None, {}),
        "forward": (ValueError, {"train_loader": [TOO_LARGE]}),
        "loss": (ZeroDivisionError, {"loss_fn": fail}),
        "callback": (ZeroDivisionError, {"on_epoch_end": fail}),
        "Ctrl-C": (KeyboardInterrupt, {"train_loader": Interrupted(data, 2, times=2)}),
    }[fault]
    model, handler = make(), signal.getsignal(signal.SIGINT)
    next(model.children()).eval()
    before = as_given(model)
    warnings.filterwarnings("ignore", "BatchNorm2d is in eval mode")
    with pytest.raises(error) if error else contextlib.nullcontext():
        on_cpu(**{"model": model, "train_loader": data, "epochs": 2} | changed)
    assert as_given(model) == before
    assert signal.getsignal(signal.SIGINT) is handler
    evaluate(model, data)
