"""Right and wrong answers to the exercises of notebook 05.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import models
from course_utils.checks.building_blocks import (
    check_ann,
    check_cnn,
    check_collapse,
    check_linear_sizes,
    check_trace_shapes,
)

# The repaired ANN


class ANN(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(784, 128)
        self.relu = nn.ReLU()
        self.layer2 = nn.Linear(128, 10)

    def forward(self, images):
        values = self.relu(self.layer1(torch.flatten(images, 1)))
        return self.layer2(values)


class LayerInATuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = (nn.Linear(784, 128),)
        self.relu, self.layer2 = nn.ReLU(), nn.Linear(128, 10)

    def forward(self, images):
        values = self.relu(self.layer1[0](torch.flatten(images, 1)))
        return self.layer2(values)


class LayersInAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)]

    def forward(self, images):
        values = torch.flatten(images, 1)
        for layer in self.layers:
            values = layer(values)
        return values


class ForwardOutside(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1, self.layer2 = nn.Linear(784, 128), nn.Linear(128, 10)


class OtherWidth(ANN):
    def __init__(self):
        super().__init__()
        self.layer1, self.layer2 = nn.Linear(784, 100), nn.Linear(100, 10)


class WithoutBias(ANN):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(784, 128, bias=False)


class WithoutActivation(ANN):
    def forward(self, images):
        return self.layer2(self.layer1(torch.flatten(images, 1)))


class ViewOfPixels(ANN):
    def forward(self, images):
        return self.layer2(self.relu(self.layer1(images.view(-1, 784))))


class Softmax(ANN):
    def forward(self, images):
        return torch.softmax(super().forward(images), dim=1)


class LogSoftmax(ANN):
    def forward(self, images):
        return F.log_softmax(super().forward(images), dim=1)


class ReluAtTheEnd(ANN):
    def forward(self, images):
        return self.relu(super().forward(images))


class SoftmaxOverImages(ANN):
    def forward(self, images):
        return torch.softmax(super().forward(images), dim=0)


class TupleReturned(ANN):
    def forward(self, images):
        return (super().forward(images),)


class FirstImageOnly(ANN):
    def forward(self, images):
        return super().forward(images)[0]


class NoGradient(ANN):
    @torch.no_grad()
    def forward(self, images):
        return super().forward(images)


class ReluAtTheBeginning(ANN):
    def forward(self, images):
        return super().forward(self.relu(images))


class DropoutAtTheEnd(ANN):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout()

    def forward(self, images):
        return self.dropout(super().forward(images))


class Sigmoid(ANN):
    def __init__(self):
        super().__init__()
        self.relu = nn.Sigmoid()


class Tanh(ANN):
    def __init__(self):
        super().__init__()
        self.relu = nn.Tanh()


class Gelu(ANN):
    def __init__(self):
        super().__init__()
        self.relu = nn.GELU()


class LeakyRelu(ANN):
    def __init__(self):
        super().__init__()
        self.relu = nn.LeakyReLU()


class CutRelu(ANN):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU6()


class MisspeltInit(nn.Module):
    def __int__(self):
        super().__init__()
        self.layer1, self.layer2 = nn.Linear(784, 128), nn.Linear(128, 10)

    def forward(self, images):
        return self.layer2(torch.relu(self.layer1(torch.flatten(images, 1))))


class MadeInForward(nn.Module):
    def forward(self, images):
        values = torch.relu(nn.Linear(784, 128)(torch.flatten(images, 1)))
        return nn.Linear(128, 10)(values)


class ThirdLayer(ANN):
    def __init__(self):
        super().__init__()
        self.layer3 = nn.Linear(10, 10)

    def forward(self, images):
        return self.layer3(self.relu(super().forward(images)))


class PlainClass:
    def __init__(self):
        self.layer1, self.layer2 = nn.Linear(784, 128), nn.Linear(128, 10)


# The trace of shapes


def trace_shapes(model, images):
    return models.trace_shapes(model, images)


def loop_over_children(model, images):
    shapes = []
    with torch.no_grad():
        for layer in copy.deepcopy(model).eval().children():
            images = layer(images)
            shapes.append((type(layer).__name__, tuple(images.shape)))
    return shapes


def on_the_model_itself(model, images):
    shapes = []

    def note(layer, inputs, output):
        shapes.append((type(layer).__name__, tuple(output.shape)))

    hooks = [layer.register_forward_hook(note) for layer in model.children()]
    model(images)
    for hook in hooks:
        hook.remove()
    return shapes


def left_in_eval_mode(model, images):
    return on_the_model_itself(model.eval(), images)


def hooks_left(model, images):
    shapes = models.trace_shapes(model, images)
    for layer in model.children():
        layer.register_forward_hook(lambda *_: None)
    return shapes


def all_parts(model, images):
    shapes = []

    def note(layer, inputs, output):
        shapes.append((type(layer).__name__, tuple(output.shape)))

    hooks = [layer.register_forward_hook(note) for layer in model.modules()]
    with torch.no_grad():
        model(images)
    for hook in hooks:
        hook.remove()
    return shapes


def only_weighted(model, images):
    kinds = ("Linear", "Conv2d")
    return [pair for pair in models.trace_shapes(model, images) if pair[0] in kinds]


def shapes_alone(model, images):
    return [shape for _, shape in models.trace_shapes(model, images)]


def swapped(model, images):
    return [(shape, name) for name, shape in models.trace_shapes(model, images)]


def without_batch(model, images):
    return [(name, shape[1:]) for name, shape in models.trace_shapes(model, images)]


def input_shapes(model, images):
    pairs = models.trace_shapes(model, images)
    shapes = [tuple(images.shape), *(shape for _, shape in pairs)]
    return [(name, shape) for (name, _), shape in zip(pairs, shapes, strict=False)]


def as_dictionary(model, images):
    return dict(models.trace_shapes(model, images))


def gradients_left_off(model, images):
    torch.set_grad_enabled(False)
    return models.trace_shapes(model, images)


def images_emptied(model, images):
    return models.trace_shapes(model, images.zero_())


def first_image_alone(model, images):
    return models.trace_shapes(model, images[:1])


def hooks_on_a_network_that_rests(model, images):
    shapes = []
    for layer in copy.deepcopy(model).children():
        layer.register_forward_hook(lambda *_: shapes.append(_))
    copy.deepcopy(model).eval()(images)
    return shapes


def printed(model, images):
    models.trace_shapes(model, images)


# The collapsed kernel


def collapse(first, second):
    rows = first.shape[0] + second.shape[0] - 1
    columns = first.shape[1] + second.shape[1] - 1
    kernel = np.zeros((rows, columns), dtype=np.result_type(first, second))
    for m, n in np.ndindex(second.shape):
        place = (slice(m, m + first.shape[0]), slice(n, n + first.shape[1]))
        kernel[place] += second[m, n] * first
    return kernel


def turned(first, second):
    return collapse(first, second[::-1, ::-1])


def turned_result(first, second):
    return collapse(first, second)[::-1, ::-1]


def overwritten(first, second):
    kernel = np.zeros_like(collapse(first, second))
    for m, n in np.ndindex(second.shape):
        place = (slice(m, m + first.shape[0]), slice(n, n + first.shape[1]))
        kernel[place] = second[m, n] * first
    return kernel


def one_too_large(first, second):
    return np.pad(collapse(first, second), ((0, 1), (0, 1)))


def square(first, second):
    size = len(first) + len(second) - 1
    kernel = np.zeros((size, size), dtype=int)
    part = collapse(first, second)[:size, :size]
    kernel[: part.shape[0], : part.shape[1]] = part
    return kernel


def added(first, second):
    ones = np.ones_like(second)
    return collapse(first, ones) + collapse(np.ones_like(first), second)


def scaled_by_the_sum(first, second):
    return first * second.sum()


def transposed(first, second):
    return collapse(first.T, second.T)


def whole_numbers(first, second):
    return collapse(first, second).astype(int)


def kind_of_the_first(first, second):
    return collapse(first, second).astype(first.dtype)


def kind_of_the_second(first, second):
    return collapse(first, second).astype(second.dtype)


def decimals(first, second):
    return collapse(first, second) * 1.0


# The repaired CNN


class CNN(nn.Module):
    def __init__(self, num_classes=10, *, side=3):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, kernel_size=3, stride=2)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, stride=2)
        self.conv3 = nn.Conv2d(64, 128, kernel_size=3, stride=2)
        self.dense1 = nn.Linear(128 * side * side, 1024)
        self.dense2 = nn.Linear(1024, num_classes)

    def maps(self, images):
        for layer in (self.conv1, self.conv2, self.conv3):
            images = torch.relu(layer(images))
        return images

    def logits(self, values):
        return self.dense2(torch.relu(self.dense1(values)))

    def forward(self, images):
        return self.logits(torch.flatten(self.maps(images), 1))


class TwoChannels(CNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.conv1 = nn.Conv2d(2, 32, kernel_size=3, stride=2)


class ConvInATuple(CNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.hidden = (self.conv2,)
        del self.conv2

    def maps(self, images):
        self.conv2 = None
        return super().maps(images)


class SizeOfPadded(CNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes, side=4)


class PaddedAndViewed(CNN):
    """Sixteen rows for nine images: the notes' line, met by maps of 4 × 4."""

    def maps(self, images):
        for layer in (self.conv1, self.conv2, self.conv3):
            layer.padding = (1, 1)
        return super().maps(images)

    def forward(self, images):
        return self.logits(self.maps(images).view(-1, 128 * 3 * 3))


class Viewed(CNN):
    def forward(self, images):
        return self.logits(self.maps(images).view(-1, 128 * 3 * 3))


class FlattenedWithBatch(CNN):
    def forward(self, images):
        return self.logits(torch.flatten(self.maps(images)).view(-1, 128 * 3 * 3))


class ConvsWithoutActivation(CNN):
    def maps(self, images):
        return torch.relu(self.conv3(self.conv2(self.conv1(images))))


class LastConvWithoutActivation(CNN):
    def maps(self, images):
        return self.conv3(torch.relu(self.conv2(torch.relu(self.conv1(images)))))


class DenseWithoutActivation(CNN):
    def logits(self, values):
        return self.dense2(self.dense1(values))


class LogSoftmaxAtTheEnd(CNN):
    def forward(self, images):
        return F.log_softmax(super().forward(images), dim=1)


class AlwaysDropout(CNN):
    def logits(self, values):
        return super().logits(F.dropout(values, p=0.5))


class DropoutOfLogits(CNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.dense2 = nn.Sequential(self.dense2, nn.Dropout(0.5))


class DropoutAroundTheResult(CNN):
    def forward(self, images):
        return F.dropout(super().forward(images), training=self.training)


class ReluOnImages(CNN):
    def maps(self, images):
        return super().maps(torch.relu(images))


class AlwaysTen(CNN):
    def __init__(self, num_classes=10):
        super().__init__(10)


class WithBatchNorm(CNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.norm = nn.BatchNorm2d(32)


class BatchNormAlwaysOn(CNN):
    def maps(self, images):
        maps = super().maps(images)
        return maps - maps.mean(dim=0)


class UnusedLayer(CNN):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.extra = nn.Linear(10, 10)


class Detached(CNN):
    def maps(self, images):
        return super().maps(images).detach()


RIGHT = {
    check_linear_sizes: (2048, 320, 2304, 1600),
    check_ann: ANN,
    check_trace_shapes: trace_shapes,
    check_collapse: collapse,
    check_cnn: CNN,
}

WRONG = {
    check_linear_sizes: [
        ((1152, 320, 2304, 1600), "network A: it is not 1152\nlook at: the padding"),
        ((2048, 320, 1600, 1600), "network C: it is not 1600\nlook at: the padding"),
        ((2048, 320, 2304, 2304), "network D: it is not 2304\nlook at: the rounding"),
        ((16, 320, 2304, 1600), "network A: it is not 16\nlook at: the channels"),
        ((2048, 80, 2304, 1600), "network B: it is not 80\nlook at: both sides"),
        ((2048, 1280, 2304, 1600), "network B: it is not 1280\nlook at: the number"),
        ((2048, 8000, 2304, 1600), "network B: it is not 8000\nlook at: the pooling"),
        ((2048, None, 64 * 144, 1600), "network C: it is not 9216"),
        ((2048, 320, 3 * 36, 1600), "network C: it is not 108\nlook at: the channels"),
        ({"A": 2048, "B": 320, "C": 2304, "D": 64}, "network D: it is not 64"),
        (
            {"B": 320, "A": 2048, "C": 1600, "D": 1600},
            "network C: it is not 1600\nlook at: the padding",
        ),
        ({"A": 320, "B": 2048, "C": 2304, "D": 1600}, "network A: it is not 320"),
        (
            {"x": 2048, "y": 320, "z": 2304, "w": 1600},
            "the letters should be A, B, C, D, got dict",
        ),
        ((2048, 320, 2304), "should be four numbers, got tuple (2048, 320, 2304)"),
        (2048, "should be four numbers, got int 2048"),
        ((2048, 320, 2304, (64, 5, 5)), "network D: the answer should be one number"),
    ],
    check_ann: [
        (LayerInATuple, "expected 2 layers with weights, PyTorch finds 1\nlook at:"),
        (LayersInAList, "PyTorch finds 0\nlook at: __init__: its spelling"),
        (MisspeltInit, "PyTorch finds 0\nlook at: __init__: its spelling"),
        (MadeInForward, "or forward a layer is hidden from PyTorch"),
        (ThirdLayer, "PyTorch finds 3\nlook at: how many layers there are"),
        (ForwardOutside, "the class has no forward\nlook at: where forward is"),
        (OtherWidth, "expected weights of shape (10, 128), it has (10, 100)"),
        (WithoutBias, "expected 101,770 parameters, it has 101,642"),
        (WithoutActivation, "no activation between Linear(784, 128) and Linear(128"),
        (ViewOfPixels, "of 56 × 56, which do not fit: expected an error, got 36 rows"),
        (Softmax, "look at: what the loss expects: logits"),
        (LogSoftmax, "look at: what the loss expects: logits"),
        (ReluAtTheEnd, "its last layer gave -3, but it returned 0"),
        (SoftmaxOverImages, "an image gets other logits alone than in a batch"),
        (TupleReturned, "forward should return a tensor, got tuple"),
        (FirstImageOnly, "on 9 images: expected shape (9, 10), got (10,)"),
        (NoGradient, "no gradient flows back from the logits"),
        (ReluAtTheBeginning, "its first layer does not get the images as they are"),
        (DropoutAtTheEnd, "look at: what happens behind the last layer"),
        (Sigmoid, "look at: the activation: a ReLU makes negative numbers 0"),
        (Tanh, "look at: the activation: a ReLU"),
        (Gelu, "look at: the activation: a ReLU"),
        (LeakyRelu, "look at: the activation: a ReLU"),
        (CutRelu, "look at: the activation: a ReLU"),
        (PlainClass, "it makes a PlainClass, which is no nn.Module"),
        (ANN(), "give the class ANN itself"),
    ],
    check_trace_shapes: [
        (loop_over_children, "the order: that in which the layers are called"),
        (on_the_model_itself, "changed the model's 1.running_mean"),
        (left_in_eval_mode, "came in train mode, and was not left in it"),
        (hooks_left, "left a hook on the model"),
        (all_parts, "yours is 2\nlook at: the pairs: one for each direct"),
        (only_weighted, "look at: which layers are noted"),
        (shapes_alone, "expected ('Linear', (1, 2)), yours is tuple (1, 2)"),
        (swapped, "yours is tuple ((1, 2), 'Linear')"),
        (without_batch, "yours is tuple ('Linear', (2,))"),
        (input_shapes, "yours is tuple ('Linear', (1, 3))"),
        (as_dictionary, "expected a list of pairs, yours returned dict"),
        (gradients_left_off, "gradients stay switched off afterwards"),
        (images_emptied, "changed the images\nlook at: what must stay as it was"),
        (first_image_alone, "look at: the whole shape: its first number"),
        (hooks_on_a_network_that_rests, "the list is empty: no hook was called"),
        (printed, "returned None"),
    ],
    check_collapse: [
        (turned, "look at: where a pair adds"),
        (turned_result, "look at: where a pair adds"),
        (overwritten, "yours is 3\nlook at: the size, and the place where two"),
        (one_too_large, "expected shape (1, 1), yours has shape (2, 2)"),
        (square, "expected shape (1, 2), yours has shape (1, 1)"),
        (added, "expected 6, yours is 5"),
        (scaled_by_the_sum, "expected shape (1, 2), yours has shape (1, 1)"),
        (transposed, "expected shape (1, 2), yours has shape (2, 1)"),
        (whole_numbers, "what becomes of decimals"),
        (kind_of_the_first, "look at: what becomes of decimals in the result"),
        (kind_of_the_second, "look at: what becomes of decimals in the result"),
        (decimals, "should be whole numbers; yours are floating-point"),
    ],
    check_cnn: [
        (TwoChannels, "expected weights of shape (32, 3, 3, 3), it has (32, 2, 3, 3)"),
        (ConvInATuple, "expected 5 layers with weights, PyTorch finds 4"),
        (SizeOfPadded, "expected weights of shape (1024, 1152), it has (1024, 2048)"),
        (PaddedAndViewed, "on 9 images: expected shape (9, 10), got (16, 10)"),
        (Viewed, "of 40 × 40, which do not fit: expected an error, got 16 rows"),
        (FlattenedWithBatch, "expected an error, got 16 rows"),
        (ConvsWithoutActivation, "between Conv2d(3, 32) and Conv2d(32, 64)"),
        (LastConvWithoutActivation, "between Conv2d(64, 128) and Linear(1152, 1024)"),
        (DenseWithoutActivation, "between Linear(1152, 1024) and Linear(1024, 10)"),
        (LogSoftmaxAtTheEnd, "look at: what the loss expects: logits"),
        (AlwaysDropout, "the same images get other logits the second time"),
        (DropoutOfLogits, "at its end, in train mode: its last layer gave -3"),
        (DropoutAroundTheResult, "look at: what happens behind the last layer"),
        (ReluOnImages, "look at: what happens to the images before the first layer"),
        (AlwaysTen, "for 3 classes: expected shape (2, 3), got (2, 10)"),
        (WithBatchNorm, "expected 1,284,170 parameters, it has 1,284,234"),
        (BatchNormAlwaysOn, "an image gets other logits alone than in a batch"),
        (UnusedLayer, "expected 5 layers with weights, PyTorch finds 6"),
        (Detached, "no gradient reaches conv1.weight"),
    ],
}
