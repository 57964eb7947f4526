"""Predictions stay with their targets; maps and gradients are the network's own."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_utils import evaluation
from course_utils.data import Loader
from course_utils.evaluation import Predictions, class_heat_maps, feature_maps, predict
from course_utils.training import evaluate


class Brightness(nn.Module):
    """Says class 1 for bright images; dropout would show if it were on."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(4.0))
        self.dropout = nn.Dropout(0.99)

    def forward(self, images):
        bright = self.dropout(images).mean(dim=(1, 2, 3))
        return torch.stack([0 * bright, self.weight * (bright - 0.5)], dim=1)


@pytest.fixture
def loader():
    images = torch.tensor([0, 255, 200, 10, 90]).to(torch.uint8)[:, None, None, None]
    targets = torch.tensor([0, 1, 0, 0, 1])
    generator = torch.Generator().manual_seed(1)
    return Loader(images, targets, batch_size=2, shuffle=True, generator=generator)


def test_targets_belong_to_predictions_even_when_shuffled(loader):
    model = Brightness().train()
    predictions = predict(model, loader)
    pairs = sorted(zip(predictions.targets, predictions.predicted))
    assert pairs == [(0, 0), (0, 0), (0, 1), (1, 0), (1, 1)]
    assert predictions.accuracy == 0.6
    assert model.training and model.dropout.training
    with pytest.raises(ValueError, match="no batch"):
        predict(model, [])


PIXELS = torch.randint(256, (60, 3, 4, 4), generator=torch.Generator().manual_seed(0))
PIXELS = PIXELS.byte() // torch.tensor([1, 1, 20]).byte().view(3, 1, 1)  # little blue
TARGETS = torch.arange(60) % 5
LOOK = nn.Sequential(nn.Flatten(), nn.Linear(48, 5))


@pytest.mark.parametrize("mean_and_std", [None, ([0.4, 0.5, 0.0], [0.3, 0.2, 0.01])])
@pytest.mark.parametrize("count", [1, 2, 60])
def test_predictions_know_the_images_they_are_of(mean_and_std, count):
    mean, std = mean_and_std or (None, None)
    given = Loader(PIXELS[:count], TARGETS[:count], batch_size=7, mean=mean, std=std)
    predictions = predict(LOOK, given)
    predictions.check_images(PIXELS[:count].numpy())
    for other in (PIXELS[:count].flip(0), PIXELS[-count:], 255 - PIXELS[:count]):
        if count > 1 and not torch.equal(other, PIXELS[:count]):
            with pytest.raises(ValueError, match="in another order.*shuffle=False"):
                predictions.check_images(other.numpy())
    with pytest.raises(ValueError, match=f"{count + 1} images but {count} predictions"):
        predictions.check_images(np.zeros((count + 1, 3, 4, 4), np.uint8))


def test_a_shuffling_loader_is_told_by_its_images():
    shuffled = predict(LOOK, Loader(PIXELS, TARGETS, shuffle=True))
    with pytest.raises(ValueError, match="neither shuffles nor augments"):
        shuffled.check_images(PIXELS.numpy())


@pytest.mark.parametrize("axes", [(0, 2, 3, 1), (0, 2, 1)])
def test_images_of_another_layout_are_refused(axes):
    images = PIXELS if len(axes) == 4 else PIXELS[:, 0]
    with pytest.raises(ValueError, match=r"expected \(N, C, H, W\)"):
        predict(LOOK, Loader(PIXELS, TARGETS)).check_images(images.permute(*axes))


def test_predictions_know_grey_images_without_channels():
    grey = PIXELS[:, 0] / 255
    look = nn.Sequential(nn.Flatten(), nn.Linear(16, 5))
    predictions = predict(look, [(grey, TARGETS)])
    predictions.check_images(PIXELS[:, :1].numpy())
    with pytest.raises(ValueError, match="in another order"):
        predictions.check_images(PIXELS[:, :1].flip(0).numpy())


def test_images_that_are_all_alike_or_flat_are_taken():
    grey = torch.full((5, 3, 4, 4), 9, dtype=torch.uint8)
    predict(LOOK, Loader(grey, TARGETS[:5])).check_images(grey.numpy())
    rows = [(PIXELS[:5].flatten(1) / 255, TARGETS[:5])]
    predict(LOOK[1], rows).check_images(PIXELS[:5].numpy())


def test_predictions_pass_over_empty_batches(loader):
    batches, nothing = list(loader), (torch.zeros(0, 1, 1, 1), torch.arange(0))
    found = predict(Brightness(), [nothing, *batches, nothing])
    assert found.targets.tolist() == torch.cat([y for _, y in batches]).tolist()


def test_confidence_after_a_softmax_is_said(loader):
    model = nn.Sequential(Brightness(), nn.Softmax(dim=1))
    with pytest.warns(UserWarning, match="Is its last layer a softmax"):
        predict(model, loader)


@pytest.mark.parametrize("made", [list, np.array, torch.tensor])
def test_predictions_may_be_given_as_any_sequence(made):
    predictions = Predictions(made([0, 1, 1]), made([0, 1, 0]), made([0.9, 0.8, 0.7]))
    assert predictions.accuracy == pytest.approx(2 / 3)
    assert predictions.mistakes().tolist() == [2]


@pytest.mark.parametrize(
    ("targets", "words"), [([[0], [1]], r"shape \(2, 1\)"), ([0], r"not \[1, 2, 2\]")]
)
def test_predictions_that_do_not_belong_together_are_refused(targets, words):
    with pytest.raises(ValueError, match=words):
        Predictions(targets, [0, 1], [0.9, 0.8])


def test_mistakes_are_the_wrong_ones_the_surest_first():
    targets, predicted = np.array([[0, 1, 1, 0], [0, 0, 0, 1]])
    predictions = Predictions(targets, predicted, np.array([0.9, 0.6, 0.8, 0.7]))
    assert predictions.mistakes().tolist() == [2, 3, 1]


def test_confusion_matrix_has_true_classes_in_rows_even_those_without_images():
    matrix = partial(evaluation.confusion_matrix, [0, 0, 1], [0, 1, 1], num_classes=3)
    assert matrix().tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert matrix(normalize=True).tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 0]]


@given(*[st.integers(1, 30)] * 2, st.integers(2, 6), st.integers(0, 99))
def test_metrics_are_those_of_all_images_however_they_are_batched(
    count, batch_size, classes, seed
):
    draws = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(count, classes, 1, 1, generator=draws)
    targets = torch.randint(classes, (count,), generator=draws)
    batches = list(zip(logits.split(batch_size), targets.split(batch_size)))
    rule = nn.Flatten()  # what has no weights is measured, too
    found, result = predict(rule, batches), evaluate(rule, batches)
    logits, true = logits.flatten(1), targets.numpy()
    sure, predicted = (of_each.numpy() for of_each in logits.softmax(1).max(1))
    assert np.array_equal([found.targets, found.predicted], [true, predicted])
    np.testing.assert_allclose(found.confidence, sure, rtol=1e-5)
    loss = nn.functional.cross_entropy(logits, targets).item()
    assert (result.loss, result.samples) == (pytest.approx(loss, rel=1e-4), count)
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (true, predicted), 1)
    matrix = evaluation.confusion_matrix(true, predicted, num_classes=classes)
    assert np.array_equal(matrix, counts), "scikit-learn counts otherwise"
    assert found.accuracy == result.accuracy == np.trace(counts) / count


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.uint64])
def test_the_largest_confusions_are_named(dtype):
    matrix = np.array([[5, 3, 0], [1, 9, 0], [4, 0, 6]], dtype)
    assert evaluation.largest_confusions(matrix, list("ABC"), count=2) == [
        "C taken for A: 4 of 10 (40.0%)",
        "A taken for B: 3 of 8 (37.5%)",
    ]
    assert len(evaluation.largest_confusions(matrix, list("ABC"), count=9)) == 3
    assert evaluation.largest_confusions(np.eye(3, dtype=int), list("ABC")) == []


def network(*, inplace=False):
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace)),
        *(nn.Dropout2d(0.5), nn.Conv2d(4, 6, 3), nn.ReLU(inplace=inplace)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)),
    )


IMAGES = torch.rand(3, 3, 9, 9, generator=torch.Generator().manual_seed(1))
CLASSES = torch.tensor([4, 0, 2])
BOTH = [
    feature_maps,
    lambda model, images, layer: class_heat_maps(model, images, CLASSES, layer),
]


def test_grad_cam_by_hand():
    # Weights 3 and -1: 3·1 - 4 < 0, 3·2 - 0 = 6.
    maps = torch.tensor([[[[1.0, 2.0]], [[4.0, 0.0]]]])
    gradients = torch.tensor([[[[2.0, 4.0]], [[-3.0, 1.0]]]])
    assert evaluation.grad_cam(maps, gradients).tolist() == [[[0.0, 6.0]]]


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("number", range(7))
def test_feature_maps_are_what_the_first_layers_return(number, inplace):
    model = network(inplace=inplace).eval()
    with torch.no_grad():
        expected = copy.deepcopy(model)[: number + 1](IMAGES)
    for layer in (model[number], str(number)):
        maps = feature_maps(model, IMAGES, layer)
        torch.testing.assert_close(maps, expected)
        assert not maps.requires_grad


@pytest.mark.parametrize("number", range(7))
def test_heat_maps_agree_with_gradients_taken_image_by_image(number):
    model = network().eval()
    found = class_heat_maps(model, IMAGES, CLASSES, str(number))
    for image, wanted, heat in zip(IMAGES, CLASSES, found, strict=True):
        maps = model[: number + 1](image[None]).detach()
        tail = model[number + 1 :]
        jacobian = torch.autograd.functional.jacobian(tail, maps)[0, wanted, 0]
        weights = jacobian.mean(dim=(1, 2))
        expected = torch.einsum("k,khw->hw", weights, maps[0]).clamp(min=0)
        torch.testing.assert_close(heat, expected)


def test_works_in_place_or_frozen_or_without_gradients_alike():
    model, expected = network(), class_heat_maps(network(), IMAGES, CLASSES, "4")
    frozen = network(inplace=True).requires_grad_(False)
    with torch.no_grad():
        found = class_heat_maps(frozen, IMAGES, CLASSES.tolist(), frozen[4])
    torch.testing.assert_close(found, expected)
    with torch.inference_mode():
        found = class_heat_maps(model, 1 * IMAGES, CLASSES, "4")
    torch.testing.assert_close(found, expected)


def test_maps_of_a_network_that_was_compiled_and_used():
    model = network().eval()
    compiled = torch.compile(model, backend="eager")
    with torch.no_grad():
        compiled(IMAGES)
    for look in BOTH:
        expected = look(network(), IMAGES, "4")
        for name in ("4", "_orig_mod.4", model[4]):
            torch.testing.assert_close(look(compiled, IMAGES, name), expected)
    listed = [evaluation.layers_with_maps(net, IMAGES) for net in (compiled, model)]
    assert listed[0] == listed[1]


def test_heat_maps_of_answers_in_a_dict_are_refused():
    model = network()
    model.register_forward_hook(lambda *call: {"logits": call[-1]})
    with pytest.raises(ValueError, match=r'\["logits"\] of a dict'):
        class_heat_maps(model, IMAGES, CLASSES, "4")


@pytest.mark.parametrize("look", [*BOTH, evaluation.layers_with_maps])
def test_the_model_and_the_random_state_stay_as_they_were(look):
    model = network()
    model[1].eval()
    model(IMAGES).sum().backward()
    modes = [module.training for module in model.modules()]
    gradients = [parameter.grad.clone() for parameter in model.parameters()]
    weights, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    look(model, IMAGES, *(["4"] if look is not evaluation.layers_with_maps else []))
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(torch.get_rng_state(), state)
    torch.testing.assert_close([p.grad for p in model.parameters()], gradients)
    torch.testing.assert_close(dict(model.state_dict()), dict(weights))


@pytest.mark.parametrize("look", BOTH)
def test_a_layer_without_maps_is_refused_and_no_hook_stays(look):
    model, not_maps = network(), r"'7' returns torch.Size\(\[3, 6\]\); expected maps"
    unknown = ("4x", "no layer '4x'.*0, 1, 2"), (nn.ReLU(), "no layer ReLU")
    for layer, words in (*unknown, ("7", not_maps)):
        with pytest.raises(ValueError, match=words):
            look(model, IMAGES, layer)
    assert not any(module._forward_hooks for module in model.modules())
    assert all(module.training for module in model.modules())
    relu = nn.ReLU()
    model = nn.Sequential(relu, model, relu)
    with pytest.raises(ValueError, match="2 times"):
        look(model, IMAGES, relu)


def test_layers_are_listed_in_the_order_in_which_they_are_called():
    model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU()), nn.Flatten())
    shapes = evaluation.layers_with_maps(model, IMAGES)
    assert list(shapes.items()) == [("0.0", (2, 7, 7)), ("0.1", (2, 7, 7))]
    for name, shape in shapes.items():
        assert feature_maps(model, IMAGES, name).shape[1:] == shape


def test_a_layer_called_twice_is_not_on_offer():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu = nn.Conv2d(3, 2, 3), nn.ReLU()

        def forward(self, images):
            return self.relu(self.conv(self.relu(images))).mean((2, 3))

    assert evaluation.layers_with_maps(Shared(), IMAGES) == {"conv": (2, 7, 7)}
