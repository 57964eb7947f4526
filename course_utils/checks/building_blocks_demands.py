"""What is demanded of the two networks of notebook 05."""

from functools import partial

import torch
from torch import nn

from course_utils.checks.building_blocks_cases import reference_cnn
from course_utils.checks.demanding import Demand, Make
from course_utils.checks.network_demands import network_demands, touches_logits
from course_utils.models import FashionANN


def ann_demands() -> list[Demand]:
    """Return what an ANN must do that is to be like `FashionANN`.

    Returns
    -------
    list of Demand
    """
    image = (1, 28, 28)
    # Images of these sides hold 4 and 9 times as many pixels: `view(-1, 784)` makes 4
    # and 9 rows of each.
    demands = network_demands(FashionANN, image, other_sides=(56, 84))
    relu = "the activation: a ReLU makes negative numbers 0, and leaves the others"
    activation = Demand("and its activation", _other_activation, relu)
    return [*demands, *_about_both_ends(image), activation]


def cnn_demands() -> list[Demand]:
    """Return what a CNN must do that is to be like `reference_cnn`.

    Returns
    -------
    list of Demand
    """
    image = (3, 32, 32)
    # These sides leave maps of 4 and of 2 cells, whose 9 · 128 · 4 · 4 and
    # 9 · 128 · 2 · 2 numbers fill whole rows of 128 · 3 · 3.
    demands = network_demands(reference_cnn, image, other_sides=(40, 24))
    classes = "where num_classes belongs: it is not always 10"
    demands.insert(8, Demand("for 3 classes", _other_classes, classes))
    return [*demands, *_about_both_ends(image)]


def _about_both_ends(image: tuple[int, int, int]) -> list[Demand]:
    first = partial(_touches_images, image=image)
    last = partial(touches_logits, image=image, training=True)
    before = "what happens to the images before the first layer with weights"
    behind = "what happens behind the last layer: the loss expects all logits"
    return [
        Demand("at its beginning", first, before),
        Demand("at its end, in train mode", last, behind),
    ]


def _touches_images(make: Make, *, image: tuple[int, int, int]) -> str:
    model = make().eval()
    images, entering = torch.randn(2, *image), []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_pre_hook(lambda *call: entering.append(call[1][0]))
    model(images)
    same = torch.equal(entering[0].flatten(), images.flatten())  # Row by row.
    return "" if same else "its first layer does not get the images as they are"


@torch.no_grad()
def _other_activation(make: Make) -> str:
    yours, ours = make().eval(), FashionANN().eval()
    same_shape = {p.shape: p for p in yours.parameters()}
    for weights in ours.parameters():
        weights.copy_(same_shape[weights.shape])
    images = 10 * torch.randn(4, 1, 28, 28)  # Large, so that ReLU6 shows, too.
    same = torch.allclose(ours(images), yours(images), atol=1e-3)
    return "" if same else "a ReLU gives other logits with the same weights"


def _other_classes(make: Make) -> str:
    model = make(num_classes=3)
    shape = tuple(model(torch.zeros(2, 3, 32, 32)).shape)
    return "" if shape == (2, 3) else f"expected shape (2, 3), got {shape}"
