"""Stack layers, and see what flows through them, what they learn, and what breaks."""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, make_dataclass, replace
from functools import cached_property
from itertools import accumulate, chain
from math import log2, prod
from typing import NamedTuple

import torch
from ipywidgets import HBox, Widget
from torch import Tensor, nn
from torch.func import functional_call

from course_utils.colours import INK, PAPER, QUIET, SERIES, WINDOW
from course_utils.kit.explorer import Explorer, State, column, menu, wrapped
from course_utils.kit.page import LEFT, LINE, WIDTH, Page
from course_utils.kit.scene import Box, Label, Part, Scene
from course_utils.models import count_parameters

Shape = tuple[int, ...]

KINDS = {  # the code that is shown and run: {} are what arrives, and what comes out
    "Conv 3×3": "Conv2d({}, {}, 3)",
    "Conv 3×3, padding 1": "Conv2d({}, {}, 3, padding=1)",
    "Conv 3×3, stride 2": "Conv2d({}, {}, 3, stride=2)",
    "Conv 3×3, stride 2, padding 1": "Conv2d({}, {}, 3, stride=2, padding=1)",
    "Conv 5×5": "Conv2d({}, {}, 5)",
    "MaxPool 2": "MaxPool2d(2)",
    "Flatten": "Flatten()",
    "Linear": "Linear({}, {})",
}
NOTHING, OWN = "—", "your own"
FIXED = (NOTHING, "MaxPool 2", "Flatten")  # how much comes out is no choice
OUTPUTS = (10, 16, 20, 32, 50, 64, 128, 256, 512, 1024)
SIDES = ((1, 28), (3, 32), (3, 40), (3, 64), (3, 224))
IMAGES = {f"{c} × {side} × {side}": (c, side, side) for c, side in SIDES}
TAKEN = (320, 512, 784, 1152, 2048)  # what the first Linear may say it takes
IN_FEATURES = {"as many as arrive": None} | {f"{number}": number for number in TAKEN}
ROWS = range(1, 8)

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
STRIDED = [("Conv 3×3, stride 2", outputs) for outputs in (32, 64, 128)]
PADDED = [("Conv 3×3, stride 2, padding 1", outputs) for outputs in (32, 64, 128)]
POOL, FLAT, LAST = ("MaxPool 2", 10), ("Flatten", 10), ("Linear", 10)
POOLED = [("Conv 5×5", 10), POOL, ("Conv 5×5", 20), POOL, FLAT, ("Linear", 50), LAST]
NARROW, WIDE = [("Linear", 512), LAST], [("Linear", 1024), LAST]
PRESETS = {  # the images, what the first Linear takes, and each row
    "three convolutions, 32 × 32 colour": (COLOUR, 1152, [*STRIDED, FLAT, *WIDE]),
    "three convolutions, 28 × 28 grey": (GREY, 512, [*STRIDED, FLAT, *NARROW]),
    "two convolutions with pooling, 28 × 28 grey": (GREY, 320, POOLED),
    "no convolution, 28 × 28 grey": (GREY, None, [FLAT, ("Linear", 128), LAST]),
    "broken: padding came, 1152 stayed": (COLOUR, 1152, [*PADDED, FLAT, *WIDE]),
    "broken: Flatten is missing": (COLOUR, 1152, [*STRIDED, *WIDE]),
}

HEIGHT, SLOT, MAPS_TOP, MAPS_HEIGHT, TABLE_TOP = 578, 98, 26, 128, 238
WORDS_TOP = TABLE_TOP + (len(ROWS) + 2) * LINE + 4
SUMMARY_TOP = WORDS_TOP + 2 * LINE + 4
COLUMNS = {"layer (point at one)": 34, "output": 346, "parameters": 570, "so far": 792}
SCALE = "A box is as high as a map has rows, and the wider the more channels"
SITE_MOVES = "preset", "image"


def layer_stack_explorer() -> Explorer:
    """Show a stack of layers: shapes, parameters, and PyTorch's word on what breaks."""
    state = LayerStack().after("preset", next(iter(PRESETS)))
    return Explorer("Layer stack explorer", state, arrange=_arranged)


def _arranged(widgets: Mapping[str, Widget]) -> Widget:
    pairs = [HBox([widgets[f"kind_{row}"], widgets[f"outputs_{row}"]]) for row in ROWS]
    left = wrapped(widgets["preset"], widgets["image"], *pairs[:3], **column())
    return wrapped(left, wrapped(*pairs[3:], widgets["in_features"], **column()))


class Layer(NamedTuple):
    """A layer on "meta" (all shapes, no numbers); `after` is None where it fails."""

    row: int
    code: str
    module: nn.Module
    parameters: int
    before: Shape
    after: Shape | None
    error: str

    @property
    def window(self) -> tuple[int, int, int]:
        """Kernel size, stride and padding along one axis."""
        sizes = self.module.kernel_size, self.module.stride, self.module.padding
        return tuple(s[0] if isinstance(s, tuple) else s for s in sizes)

    def in_words(self) -> list[str]:
        """Say how its parameters and its size come about."""
        arriving, idle = _product(self.before), f"Layer {self.row} learns nothing: it"
        if self.after is None:
            return [f"Layer {self.row} gets {arriving} numbers for each image."]
        if isinstance(self.module, nn.Flatten):
            return [f"{idle} puts the {arriving} numbers of each image in one row."]
        if isinstance(self.module, nn.Linear):
            return [self.counted("outputs", f"{self.before[0]:,}")]
        k, stride, padding = self.window
        room = f"{self.before[1]} + 2·{padding} − {k}"
        size = f"Output size: ⌊({room}) / {stride}⌋ + 1 = {self.after[1]}."
        if isinstance(self.module, nn.MaxPool2d):
            return [f"{idle} keeps the largest of each window.", size]
        return [self.counted("kernels", f"{self.before[0]}·{k}·{k}"), size]

    def counted(self, parts: str, weights: str) -> str:
        count = f"{self.after[0]:,}"
        each = f"{count} {parts}, each with {weights} weights and a bias"
        total = f"({weights} + 1) · {count} = {self.parameters:,}"
        return f"Layer {self.row}: {each}: {total}."

    def failure_in_words(self) -> list[str]:
        said = f"Layer {self.row} does not fit. PyTorch says: {self.error}"
        first, *sides = self.before
        cells = " × ".join(map(str, sides))
        why = f"The window is larger than the {cells} cells that arrive."
        if isinstance(self.module, nn.Linear):
            why = "Maps arrive, with rows and columns: Flatten must come before."
            why = why if sides else f"{first:,} numbers arrive, but it is {self.code}."
        elif not sides:
            why = "What arrives is flat: it has no rows and columns to slide over."
        return [*textwrap.wrap(said, 92), why]


def _run(row: int, code: str, before: Shape) -> Layer:
    with torch.device("meta"), torch.no_grad():
        module = eval(f"nn.{code}")
        try:
            after = tuple(module(torch.zeros(1, *before)).shape[1:])
            after = after if all(after) else None  # PyTorch 2.6 fails on the CPU only
        except (RuntimeError, IndexError):
            after = None
    error = _error_on_cpu(module, before) if after is None else ""
    return Layer(row, code, module, count_parameters(module), before, after, error)


def _error_on_cpu(module: nn.Module, before: Shape) -> str:
    # "meta" words some errors in its own way, and learners will meet those of "cpu".
    zeros = {name: _zeros(p.shape) for name, p in module.named_parameters()}
    try:
        functional_call(module, zeros, _zeros((1, *before)))
    except (RuntimeError, IndexError) as error:
        return " ".join(str(error).split())
    raise AssertionError(f"{module} fails on meta only")


def _zeros(shape: Shape) -> Tensor:
    # There may be billions of them: then one zero stands for all.
    return torch.zeros(shape) if prod(shape) < 1e7 else torch.zeros(()).expand(shape)


def _row(row: int) -> list[tuple]:
    """Declare the two controls of a row: what it is, and how much comes out."""
    kind = menu(f"layer {row}", [NOTHING, *KINDS], start=NOTHING)
    name, look = f"outputs of layer {row}", {"width": 90, "is_named_only": True}
    outputs = menu(name, lambda state: state.gives(row), start=10, **look)
    return [(f"kind_{row}", str, kind), (f"outputs_{row}", int, outputs)]


Rows = make_dataclass("Rows", chain(*map(_row, ROWS)), bases=(State,), frozen=True)


@dataclass(frozen=True)
class LayerStack(Rows):
    preset: str = menu("network", [*PRESETS, OWN], start=OWN)
    image: tuple[int, ...] = menu("images", IMAGES, start=GREY)
    in_features: int | None = menu("first Linear ?", lambda s: s.takes(), start=None)

    def gives(self, row: int) -> tuple[int, ...]:
        fixed = getattr(self, f"kind_{row}") in FIXED
        return (getattr(self, f"outputs_{row}"),) if fixed else OUTPUTS

    def takes(self) -> dict[str, int | None]:
        free, now = any(kind == "Linear" for _, kind, _ in self.rows), self.in_features
        return {text: n for text, n in IN_FEATURES.items() if free or n == now}

    def settled(self, moved: str) -> "LayerStack":
        if moved != "preset" or self.preset == OWN:
            return replace(self, preset=OWN)
        image, in_features, rows = PRESETS[self.preset]
        values = {"image": image, "in_features": in_features}
        for row, (kind, outputs) in zip(ROWS, rows + [(NOTHING, 10)] * len(ROWS)):
            values |= {f"kind_{row}": kind, f"outputs_{row}": outputs}
        return replace(self, **values)

    @property
    def rows(self) -> list[tuple[int, str, int]]:
        """Number, kind and outputs of each row that holds a layer."""
        kinds = ((row, getattr(self, f"kind_{row}")) for row in ROWS)
        return [(r, k, getattr(self, f"outputs_{r}")) for r, k in kinds if k != NOTHING]

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers, built, up to the first that does not fit."""
        layers, shape, said = [], self.image, self.in_features
        for row, kind, outputs in self.rows:
            features = shape[0]
            if kind == "Linear":
                features, said = said or prod(shape), None
            layers.append(_run(row, KINDS[kind].format(features, outputs), shape))
            shape = layers[-1].after
            if shape is None:
                break
        return layers

    def scene(self) -> Scene:
        page, summary, images = Page(), self.summary(), _with_batch(self.image)
        page.add(self.flow(), _cells(TABLE_TOP, COLUMNS, QUIET, 12))
        page.add(_cells(TABLE_TOP + LINE, ["N images", images]))
        self.table(page)
        page.add(self.table_end())
        if self.layers:
            page.rest(_said(self.layers[-1]))
        page.put(summary, SUMMARY_TOP, size=13, bold=True)
        shapes = [f"{la.code} gives {_with_batch(la.after)}." for la in self.layers]
        said = " ".join([f"Images {images}.", *shapes, *summary])
        return page.scene(said, height=HEIGHT)

    def flow(self) -> list[Part]:
        shapes, y = [], MAPS_TOP + MAPS_HEIGHT + 14
        scale = f"{SCALE} (logarithmic)."
        flow = [("image", self.image), *((f"{la.row}", la.after) for la in self.layers)]
        for place, (name, shape) in enumerate(flow):
            x = LEFT + SLOT * (place + 0.5)
            box, above, below = _volume(x, shape, self.image[1])
            labels = Label(x, y, above, 12), Label(x, y + 17, below, 12)
            shapes += [Label(x, 12, name, 12, QUIET), box, *labels]
        return shapes + Page.text([scale], TABLE_TOP - 28, size=12, colour=QUIET)

    def table(self, page: Page) -> None:
        counts = [0 if layer.error else layer.parameters for layer in self.layers]
        total, look = max(sum(counts), 1), ("none", WINDOW, 2)
        lines = zip(self.layers, counts, accumulate(counts))
        for place, (layer, count, running) in enumerate(lines):
            y = TABLE_TOP + (place + 2) * LINE
            fits = [_with_batch(layer.after), f"{count:,}", f"{running:,}"]
            texts = [layer.code, *(["does not fit"] if layer.error else fits)]
            target = [
                Box(0, y - LINE / 2, WIDTH, LINE, PAPER),
                *Page.text([f"{layer.row}"], y, size=13, colour=QUIET),
                *_cells(y, texts, WINDOW if layer.error else INK),
            ]
            if count:
                target.append(Box(580, y - 7, 110 * count / total, 14, SERIES[0]))
            column = Box(LEFT + SLOT * (place + 1), 2, SLOT, TABLE_TOP - 44, *look)
            line = Box(2, y - LINE / 2 + 1, WIDTH - 4, LINE - 2, *look)
            page.hover(target, [column, line, *_said(layer)], *layer.in_words())

    def table_end(self) -> list[Label]:
        """List the rows that were not built, because one above does not fit."""
        said, labels = self.in_features, []
        for line, (row, kind, outputs) in enumerate(self.rows):
            words = kind if kind in FIXED else f"{kind}: {outputs} channels"
            if kind == "Linear":
                words, said = KINDS[kind].format(said or "?", outputs), None
            if line >= len(self.layers):
                y = TABLE_TOP + (line + 2) * LINE
                labels += Page.text([f"{row}"], y, size=13, colour=QUIET)
                labels += _cells(y, [words, "waits"], QUIET)
        return labels

    def summary(self) -> list[str]:
        layers = self.layers
        if layers and layers[-1].error:
            return layers[-1].failure_in_words()
        linear = [layer for layer in layers if isinstance(layer.module, nn.Linear)]
        if linear:
            total = sum(layer.parameters for layer in layers)
            dense = sum(layer.parameters for layer in linear) / total
            share = f"{100 * dense:.1f} % of them in the Linear layers"
            before = layers[layers.index(linear[0]) - 1].before
            flat = f"Flatten hands on {_product(before)} numbers"
            flat = [f"{flat}: the ? of the first Linear."] * (len(before) == 3)
            return [*flat, f"{total:,} parameters, {share}."]
        shape = layers[-1].after if layers else self.image
        if len(shape) == 1:
            return [f"A Linear that follows must take {shape[0]:,} numbers."]
        numbers = f"{_product(shape)} numbers"
        return [f"Flattened, that would be {numbers}: the ? of a Linear."]


def _volume(middle: float, shape: Shape | None, most: int) -> tuple[Box, str, str]:
    """Draw maps, `most` rows in all the height, and say in two lines what they are."""
    channels, *sides = shape or (1024,)
    width, y = 4 + 4 * log2(channels), MAPS_TOP + MAPS_HEIGHT / 2
    height, look, *words = 4, (SERIES[4], INK), f"{channels:,}", "numbers"
    if shape is None:
        height, look, *words = 24, ("none", WINDOW, 2, True), "does", "not fit"
    if sides:
        height, look = max(MAPS_HEIGHT * (sides[0] / most), 4), (SERIES[5], INK)
        words = f"{channels} of", f"{sides[0]} × {sides[1]}"
    return Box(middle - width / 2, y - height / 2, width, height, *look), *words


def _cells(y: float, texts: Iterable, colour: str = INK, size: int = 13) -> list:
    places = zip(COLUMNS.values(), ("start", "start", "end", "end"), texts)
    return [Label(x, y, t, size, colour, anchor=side) for x, side, t in places]


def _said(layer: Layer) -> list[Label]:
    return Page.text(layer.in_words(), WORDS_TOP, size=13, colour=QUIET)


def _with_batch(shape: Shape | None) -> str:
    return f"(N, {', '.join(map(str, shape))})" if shape else "nothing"


def _product(shape: Shape) -> str:
    total = f"{prod(shape):,}"
    return f"{' · '.join(map(str, shape))} = {total}" if len(shape) > 1 else total
