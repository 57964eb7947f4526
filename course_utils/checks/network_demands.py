"""What is demanded of any network that classifies images."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from course_utils.checks.comparing import number_text, shown
from course_utils.checks.demanding import Demand, Make
from course_utils.models import count_parameters


def network_demands(
    reference: Make,
    image: tuple[int, int, int],
    other_sides: Sequence[int],
) -> list[Demand]:
    """Return what any classifier must do that is to be like a reference.

    Parameters
    ----------
    reference
        Makes a network with the layers, and so the weights, that are demanded.
    image
        Shape (C, H, W) of an image.
    other_sides
        Sides of square images that do not fit, but whose numbers fill whole rows.

    Returns
    -------
    list of Demand
    """
    with torch.random.fork_rng(devices=()):  # The learner's draws stay what they are.
        model = reference().eval()
    with torch.no_grad():
        classes = model(torch.zeros(1, *image)).shape[1]
    weights, total = _weights(model), count_parameters(model)
    flat = "flattening: there is an axis that it must leave alone"
    first = "what happens to the images before the first layer with weights"
    forward = "forward: self and images in its head, what each line calls, the shapes"
    table = [
        (
            "when it is made",
            _cannot_be_made,
            {},
            "the line that is named, and whether super().__init__() comes first",
        ),
        ("when it is made", _is_no_network, {}, "what the class inherits from"),
        ("when it is made", _lacks_forward, {}, "where forward is indented"),
        (
            "and its layers",
            _hides_layers,
            {"expected": len(weights)},
            "__init__: its spelling, and what each line stores; in a tuple, a list or "
            "forward a layer is hidden from PyTorch",
        ),
        (
            "and its layers",
            _other_layers,
            {"expected": weights},
            "how many layers there are, and for each what goes in and what comes out",
        ),
        (
            "and its parameters",
            _other_total,
            {"expected": total},
            "biases, and layers that were not asked for",
        ),
        *(
            (
                f"on {number} images",
                _other_shape,
                {"shape": (number, *image), "expected": (number, classes)},
                f"what is returned, and {flat}",
            )
            for number in (9, 1, 4)
        ),
        *(
            (
                f"on 9 images of {side} × {side}, which do not fit",
                _accepts,
                {"shape": (9, image[0], side, side)},
                flat,
            )
            for side in other_sides
        ),
    ]
    about_images = [
        ("in eval mode", _wavers, "what must be switched off after training"),
        ("and single images", _mixes, "what joins images: the first axis"),
        ("from layer to layer", _is_straight, "what follows each layer but the last"),
        ("at its beginning", _touches_images, first),
        ("at its end", touches_logits, "what the loss expects: logits"),
        (
            "in training",
            _forgets_weights,
            "whether forward calls every layer and lets gradients back",
        ),
    ]
    table += [(what, c, {"image": image}, at) for what, c, at in about_images]
    return [
        Demand(what, partial(c, **known), at, forward if known else "")
        for what, c, known, at in table
    ]


def touches_logits(
    make: Make, *, image: tuple[int, int, int], training: bool = False
) -> str:
    """Complain about a network that changes what its last layer gives.

    Parameters
    ----------
    make
        Makes a network.
    image
        Shape (C, H, W) of an image.
    training
        Whether to try it in train mode.

    Returns
    -------
    str
        Empty if all is well.
    """
    model = make().train(training)
    images = _images(2, image)
    last, values = _outputs(model, images)[-1]
    logits = torch.linspace(-3, 3, values.numel()).reshape(values.shape)
    with last.register_forward_hook(lambda *_: logits):
        returned = model(images)
    if torch.equal(returned, logits):
        return ""
    texts = [number_text(round(float(t.flatten()[0]), 3)) for t in (logits, returned)]
    return f"its last layer gave {texts[0]}, but it returned {texts[1]}"


def _touches_images(make: Make, *, image: tuple[int, ...]) -> str:
    model = make().eval()
    images, entering = torch.randn(2, *image), []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_pre_hook(lambda *call: entering.append(call[1][0]))
    model(images)
    same = torch.equal(entering[0].flatten(), images.flatten())  # Row by row.
    return "" if same else "its first layer does not get the images as they are"


def _cannot_be_made(make: Make) -> str:
    make()  # Its error, if there is one, is the complaint.
    return ""


def _is_no_network(make: Make) -> str:
    model = make()
    is_one, kind = isinstance(model, nn.Module), type(model).__name__
    return "" if is_one else f"it makes a {kind}, which is no nn.Module"


def _lacks_forward(make: Make) -> str:
    # PyTorch's own message is a NotImplementedError, like that of an untouched stub.
    missing = type(make()).forward is nn.Module.forward
    return "the class has no forward" if missing else ""


def _weights(model: nn.Module) -> list[tuple[int, ...]]:
    shapes = [tuple(layer.weight.shape) for layer in _weighted(model)]
    return sorted(shapes, key=lambda shape: (-len(shape), shape[::-1]))


def _weighted(model: nn.Module) -> list[nn.Module]:
    return [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]


def _hides_layers(make: Make, *, expected: int) -> str:
    found = len(_weighted(make()))
    return _other_count(expected, found) * (found < expected)


def _other_count(expected: int, found: int) -> str:
    return f"expected {expected} layers with weights, PyTorch finds {found}"


def _other_layers(make: Make, *, expected: list[tuple[int, ...]]) -> str:
    yours = _weights(make())
    if len(yours) > len(expected):
        return _other_count(len(expected), len(yours))
    missing = [shape for shape in expected if shape not in yours]
    extra = [shape for shape in yours if shape not in expected]
    if not missing:
        return ""
    return f"expected weights of shape {missing[0]}, it has {[*extra, *yours][0]}"


def _other_total(make: Make, *, expected: int) -> str:
    total = count_parameters(make())
    different = total != expected
    return f"expected {expected:,} parameters, it has {total:,}" * different


def _other_shape(make: Make, *, shape: tuple, expected: tuple) -> str:
    logits = make()(torch.zeros(shape))
    if not isinstance(logits, Tensor):
        return f"forward should return a tensor, got {shown(logits)}"
    different = tuple(logits.shape) != expected
    return f"expected shape {expected}, got {tuple(logits.shape)}" * different


def _accepts(make: Make, *, shape: tuple[int, ...]) -> str:
    model = make()
    try:
        logits = model(torch.zeros(shape))
    except Exception:
        return ""
    return f"expected an error, got {len(logits)} rows without a word"


def _images(count: int, image: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, *image, generator=generator)


def _wavers(make: Make, *, image: tuple[int, ...]) -> str:
    model = make().eval()
    images = _images(4, image)
    same = torch.equal(model(images), model(images))
    return "" if same else "the same images get other logits the second time"


def _mixes(make: Make, *, image: tuple[int, ...]) -> str:
    model = make().eval()
    images = _images(4, image)
    together = model(images)
    alone = torch.cat([model(one) for one in images.split(1)])
    same = torch.allclose(together, alone, atol=1e-4)
    return "" if same else "an image gets other logits alone than in a batch"


def _is_straight(make: Make, *, image: tuple[int, ...]) -> str:
    model = make().eval()
    images = _images(2, image)
    outputs = _outputs(model, images)
    for (first, values), (second, _) in pairwise(outputs):
        one, other = torch.randn_like(values), torch.randn_like(values)
        # For whatever only scales, adds and moves numbers around, this is zero.
        ends = [one, other, one + other, torch.zeros_like(values)]
        a, b, both, none = (_passed(model, images, first, second, v) for v in ends)
        if torch.allclose(a + b, both + none, atol=1e-4):
            return f"there is no activation between {_call(first)} and {_call(second)}"
    return ""


def _forgets_weights(make: Make, *, image: tuple[int, ...]) -> str:
    model = make()
    loss = model(_images(4, image)).square().sum()
    if not loss.requires_grad:
        return "no gradient flows back from the logits"
    loss.backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None]
    return f"no gradient reaches {idle[0]}" if idle else ""


def _outputs(model: nn.Module, images: Tensor) -> list[tuple[nn.Module, Tensor]]:
    found = []

    def note(layer: nn.Module, inputs: tuple, output: Tensor) -> None:
        found.append((layer, output.detach()))

    hooks = [layer.register_forward_hook(note) for layer in _weighted(model)]
    model(images)
    for hook in hooks:
        hook.remove()
    return found


def _passed(
    model: nn.Module,
    images: Tensor,
    first: nn.Module,
    second: nn.Module,
    values: Tensor,
) -> Tensor:
    """Return what reaches `second` if `first` gives `values`."""
    seen = []
    with (
        first.register_forward_hook(lambda *_: values),
        second.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0])),
    ):
        model(images)
    return seen[-1].detach()


def _call(layer: nn.Module) -> str:
    outputs, inputs = layer.weight.shape[:2]
    return f"{type(layer).__name__}({inputs}, {outputs})"
