"""What is demanded of the two networks of notebook 05."""

from functools import partial

import torch

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
    return [*demands, _at_its_end(image), activation]


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
    return [*demands, _at_its_end(image)]


def _at_its_end(image: tuple[int, int, int]) -> Demand:
    behind = "what happens behind the last layer: the loss expects all logits"
    touches = partial(touches_logits, image=image, training=True)
    return Demand("at its end, in train mode", touches, behind)


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
