"""What checks of networks and of loops know, beyond mistakes and right answers."""

import re
import sys
from functools import partial

import pytest
import torch
from torch import nn

from course_utils import training
from course_utils.chapters.building_blocks import checks as blocks
from course_utils.chapters.fashion_mnist import checks as fashion
from course_utils.chapters.training_loop import checks as loops
from course_utils.kit.networks import ClassCheck, Demand, wrong_dropout
from course_utils.kit.run import run
from course_utils.models import CifarCNN, FashionANN, FashionCNN, trace_shapes


def test_the_gaps_are_what_pytorch_leaves():
    left = []
    for network in blocks.networks_with_gaps().split("\n\n"):
        image, *lines, gap = [line.strip() for line in network.splitlines()]
        assert gap == "Flatten, Linear(?, 10)"
        layers = [eval("nn." + line.removesuffix(", ReLU")) for line in lines]
        pixels = torch.zeros(1, *map(int, re.findall(r"\d+", image)))
        left.append(nn.Sequential(*layers)(pixels).numel())
    assert blocks.check_linear_sizes(left).status == "right"


def test_the_size_to_flatten_is_that_of_the_padded_network():
    layers = [*FashionCNN()]
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            layer.padding = (1, 1)
    first_linear = next(i for i, x in enumerate(layers) if isinstance(x, nn.Linear))
    flat = nn.Sequential(*layers[:first_linear])(torch.zeros(1, 1, 28, 28))
    assert fashion.check_flatten_size(flat.shape[1]).status == "right"


def test_several_numbers_may_be_given_one_by_one():
    named = {"A": 2048, "B": 320, "C": 2304, "D": None}
    left = {"A, B, C, D": (None,) * 4, "B, D": [2048, None, 2304, None], "D": named}
    for names, answer in left.items():
        said = repr(blocks.check_linear_sizes(answer))
        done = ", ".join(name for name in "ABCD" if name not in names)
        assert said.endswith(f"replace the None for {names}, then run this cell again")
        assert said.startswith(f"to do: right so far: {done}; " if done else "to do: r")


def test_a_class_may_be_written_step_by_step():
    class HalfDone(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer1, self.layer2 = nn.Linear(784, 128), nn.Linear(128, 10)

        def forward(self, images):
            raise NotImplementedError

    words = "to do: finish ANN, which meets 5 of 19 demands so far, then"
    assert repr(blocks.check_ann(HalfDone)).startswith(words)


def test_a_stopped_line_of_the_learners_is_named():
    def of_another_loader(model, train_loader, val_loader, **options):
        model(torch.zeros(4, 1, 8, 8))

    message = loops.check_train_and_validate(of_another_loader).message
    assert re.search(r"not given, at line \d+: model\(torch.zeros", message), message


def reseeding(function):
    def careless(*args, **options):
        torch.manual_seed(1)
        return function(*args, **options)

    return careless


def accuracy(model, loader):
    return training.evaluate(model, loader).accuracy


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (blocks.check_ann, FashionANN),
        (blocks.check_cnn, CifarCNN),
        (blocks.check_trace_shapes, trace_shapes),
        (fashion.check_accuracy, accuracy),
        (loops.check_evaluate, training.evaluate),
    ],
)
def test_random_numbers_and_gradients_go_on_as_if_nothing_had_been(check, answer):
    before = torch.get_rng_state()
    with torch.no_grad():
        verdict = check(reseeding(answer))
        assert verdict.status == "right", verdict
        assert not torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), before)


def test_recorded_gradients_are_told_even_where_they_were_switched_off():
    def recording(model, loader):
        result = accuracy(model, loader)
        torch.set_grad_enabled(True)
        model.eval()(torch.zeros(1, 1, 1, 3))
        return result

    with torch.no_grad():
        assert "gradients were recorded" in repr(fashion.check_accuracy(recording))
        assert not torch.is_grad_enabled()


def test_a_lazy_layer_gets_its_size_from_a_first_batch():
    class Lazy(nn.Module):
        def __init__(self, hidden=128):
            super().__init__()
            self.layer1, self.layer2 = nn.LazyLinear(hidden), nn.LazyLinear(10)

        def forward(self, images):
            return self.layer2(torch.relu(self.layer1(images.flatten(1))))

    assert blocks.check_ann(Lazy).status == "right"
    said = "expected weights of shape (10, 128), it has (10, 64)"
    assert said in repr(blocks.check_ann(partial(Lazy, 64)))


def test_a_class_without_forward_is_told_so_and_nothing_of_its_lines():
    class Silent(nn.Module):
        pass

    demand = Demand("on a batch", lambda make: make()(torch.ones(1)) and "", "the axes")
    verdict = ClassCheck("Silent", lambda: [demand])(Silent)
    assert verdict.status == "wrong"
    assert verdict.message == "Silent has no forward"
    assert "indented" in verdict.look_at


def test_a_verdict_on_a_class_tells_a_librarys_function_from_ones_own():
    class Norm(nn.Module):
        def forward(self, rows):
            return nn.functional.batch_norm(rows, None, None, training=True)

    demands = [Demand("", lambda make: "", "")]
    for names, end in ((["batch_norm"], "batch_norm: write yours"), ([], "1 cases")):
        check = ClassCheck("N", lambda: demands, ready_made=names)
        assert repr(check(Norm)).startswith("right: 1 cases")
        assert repr(check(Norm)).endswith(end)


def ann_with(activation):
    layers = nn.Flatten(), nn.Linear(784, 128), activation, nn.Linear(128, 10)
    return lambda: nn.Sequential(*layers)


def test_another_activation_or_dropout_is_named():
    assert "it has Tanh, not ReLU" in repr(blocks.check_ann(ann_with(nn.Tanh())))
    assert "it has" not in repr(blocks.check_ann(ann_with(nn.ReLU())))
    dropped = partial(wrong_dropout, image=(1, 28, 28), expected=(0, 0.5, 0))
    assert "AlphaDropout, not Dropout" in dropped(ann_with(nn.AlphaDropout(0.5)))
    assert dropped(ann_with(nn.Dropout(0.5))) == ""


def test_training_inside_a_check_shows_no_bar_and_no_lines(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)  # somebody watches
    show = lambda: training.progress_bar([1, 2], 1).write("epoch 1")  # noqa: E731
    assert run(show).error is None
    assert "".join(capfd.readouterr()) == ""
    show()
    assert "epoch 1" in "".join(capfd.readouterr())
