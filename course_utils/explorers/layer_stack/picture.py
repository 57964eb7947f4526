"""The picture of the layer-stack explorer: a pure function of its state."""

import math
import textwrap
from collections.abc import Sequence
from itertools import accumulate

from course_utils.colours import INK, PAPER, QUIET, SERIES, WINDOW
from course_utils.drawing import Box, Hover, Label, Resting, Scene, Shape
from course_utils.explorers.layer_stack.built import Layer, build, waiting
from course_utils.explorers.layer_stack.state import KINDS, ROWS, State

WIDTH, HEIGHT = 800, 578
LEFT, SLOT, MAPS_TOP, MAPS_HEIGHT = 8, 98, 26, 128
TABLE_TOP, LINE = 238, 24
WORDS_TOP = TABLE_TOP + (ROWS + 2) * LINE + 4
SUMMARY_TOP = WORDS_TOP + 2 * LINE + 4
COLUMNS = {"layer (point at one)": 34, "output": 330, "parameters": 570, "so far": 792}
BAR_LEFT, BAR_WIDTH = 580, 110
SCALE = (
    "A box is as high as a map has rows, and the wider the more channels (logarithmic)."
)
MAPS, NUMBERS = SERIES[5], SERIES[4]
"""Colours of what still has rows and columns, and of what is flat."""

Shapes = tuple[Box | Label, ...]


def scene(state: State) -> Scene:
    """Draw what flows through the layers, and a table of them.

    Parameters
    ----------
    state
        Any state.

    Returns
    -------
    Scene
        With one `Hover` for each layer, which shows how its numbers come about.
    """
    layers = build(state)
    summary = summarise(state, layers)
    last = (_explained(layers, len(layers) - 1),) if layers else ()
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        shapes=(
            *_volumes(state, layers),
            *_table_head(state),
            *_table(layers),
            *_waiting(state, layers),
            *map(Resting, last),
            *_lines(summary, SUMMARY_TOP, bold=True),
        ),
        description=" ".join([*_shape_texts(state, layers), *summary]),
    )


def summarise(state: State, layers: Sequence[Layer]) -> list[str]:
    """Say in a few lines what is to be seen.

    Parameters
    ----------
    state
        Any state.
    layers
        What `build` made of it.

    Returns
    -------
    list of str
        For a layer that does not fit: PyTorch's own words, and what they mean.
    """
    if layers and layers[-1].error:
        said = f"Layer {layers[-1].row} does not fit. PyTorch says: {layers[-1].error}"
        return [*textwrap.wrap(said, 92), _in_plain_words(layers[-1])]
    total = sum(layer.parameters for layer in layers)
    dense = sum(layer.parameters for layer in layers if layer.kind == "Linear")
    shape = layers[-1].after if layers else state.image
    if dense:
        share = f"{_percent(dense, total)} of them in the Linear layers"
        return [*_handed_on(layers), f"{total:,} parameters, {share}."]
    if len(shape) == 1:
        return [f"A Linear that follows must take {shape[0]:,} numbers."]
    return [f"Flattened, that would be {_product(shape)} numbers: the ? of a Linear."]


def _handed_on(layers: Sequence[Layer]) -> list[str]:
    first = [layer.kind for layer in layers].index("Linear")
    before = layers[first - 1].before if first else ()
    if len(before) < 3:
        return []
    return [f"Flatten hands on {_product(before)} numbers: the ? of the first Linear."]


def _in_plain_words(layer: Layer) -> str:
    slides, flat = layer.kind != "Linear", len(layer.before) == 1
    if slides and flat:
        return "What arrives is flat: it has no rows and columns to slide over."
    if slides:
        _, height, width = layer.before
        return f"The window is larger than the {height} × {width} cells that arrive."
    if flat:
        return f"{layer.before[0]:,} numbers arrive, but it is {layer.text}."
    return "Maps arrive, with rows and columns: Flatten must come before."


def _volumes(state: State, layers: Sequence[Layer]) -> Shapes:
    shapes: list[Box | Label] = []
    arrived = [state.image, *(layer.after for layer in layers)]
    for place, shape in enumerate(arrived):
        middle = LEFT + SLOT * (place + 0.5)
        name = f"{layers[place - 1].row}" if place else "image"
        shapes.append(Label(middle, 12, name, 12, QUIET))
        shapes.append(_volume(state, place, shape))
        for line, text in enumerate(_two_lines(shape)):
            y = MAPS_TOP + MAPS_HEIGHT + 14 + 17 * line
            shapes.append(Label(middle, y, text, 12))
    note = Label(LEFT, TABLE_TOP - 28, SCALE, 12, QUIET, anchor="start")
    return (*shapes, note)


def _volume(state: State, place: int, shape: Sequence[int] | None) -> Box:
    channels, rows = (shape or (1024,))[0], (shape or (0, 1))[1:2]
    height = MAPS_HEIGHT * (rows[0] / state.image[1] if rows else 0)
    height, width = max(height, 4), 4 + 4 * math.log2(channels)
    x = LEFT + SLOT * (place + 0.5) - width / 2
    y = MAPS_TOP + (MAPS_HEIGHT - height) / 2
    if shape is None:
        return Box(x, y - 10, width, 24, stroke=WINDOW, stroke_width=2, dashed=True)
    colour = MAPS if len(shape) == 3 else NUMBERS
    return Box(x, y, width, height, fill=colour, stroke=INK)


def _two_lines(shape: Sequence[int] | None) -> tuple[str, str]:
    if shape is None:
        return "does", "not fit"
    if len(shape) == 1:
        return f"{shape[0]:,}", "numbers"
    channels, height, width = shape
    return f"{channels} of", f"{height} × {width}"


def _table_head(state: State) -> Shapes:
    y = TABLE_TOP
    names = [
        Label(x, y, name, 12, QUIET, anchor=_anchor(name))
        for name, x in COLUMNS.items()
    ]
    layer, output, *_ = COLUMNS.values()
    shape = _with_batch(state.image)
    return (
        *names,
        Label(layer, y + LINE, "N images", 13, anchor="start"),
        Label(output, y + LINE, shape, 13, anchor="start"),
    )


def _table(layers: Sequence[Layer]) -> tuple[Shape, ...]:
    counts = [layer.parameters * (layer.after is not None) for layer in layers]
    lines = enumerate(zip(layers, counts, accumulate(counts), strict=True))
    total = max(sum(counts), 1)
    return tuple(
        Hover(
            target=_table_line(place, layer, count / total, running),
            shown=(*_frames(place), *_explained(layers, place)),
            description=" ".join(explain(layer)),
        )
        for place, (layer, count, running) in lines
    )


def _table_line(place: int, layer: Layer, share: float, running: int) -> Shapes:
    y = TABLE_TOP + (place + 2) * LINE
    colour = WINDOW if layer.error else INK
    fits = layer.after is not None
    cells = [layer.text, _with_batch(layer.after) if fits else "does not fit"]
    cells += [f"{layer.parameters:,}", f"{running:,}"] if fits else ["", ""]
    bar = Box(BAR_LEFT, y - 7, BAR_WIDTH * share, 14, fill=SERIES[0])
    return (
        Box(0, y - LINE / 2, WIDTH, LINE, fill=PAPER),
        Label(LEFT, y, f"{layer.row}", 13, QUIET, anchor="start"),
        *(
            Label(x, y, text, 13, colour, anchor=_anchor(name))
            for (name, x), text in zip(COLUMNS.items(), cells, strict=True)
        ),
        *([bar] if share else []),
    )


def _waiting(state: State, layers: Sequence[Layer]) -> Shapes:
    texts = waiting(state, layers)
    top = TABLE_TOP + (len(layers) + 2) * LINE
    layer, output, *_ = COLUMNS.values()
    return tuple(
        Label(x, top + LINE * place, text, 13, QUIET, anchor="start")
        for place, (row, words) in enumerate(texts)
        for x, text in ((LEFT, f"{row}"), (layer, words), (output, "waits"))
    )


def _anchor(column: str) -> str:
    return "end" if column in ("parameters", "so far") else "start"


def _frames(place: int) -> Shapes:
    x, y = LEFT + SLOT * (place + 1), TABLE_TOP + (place + 1.5) * LINE
    return (
        Box(x, 2, SLOT, TABLE_TOP - 44, stroke=WINDOW, stroke_width=2),
        Box(2, y + 1, WIDTH - 4, LINE - 2, stroke=WINDOW, stroke_width=2),
    )


def _explained(layers: Sequence[Layer], place: int) -> Shapes:
    return _lines(explain(layers[place]), WORDS_TOP, colour=QUIET)


def explain(layer: Layer) -> list[str]:
    """Say how a layer's numbers come about: its parameters, and the size it gives.

    Parameters
    ----------
    layer
        A layer that was built.

    Returns
    -------
    list of str
        At most two lines.
    """
    before, after, row = layer.before, layer.after, f"Layer {layer.row}"
    if after is None:
        return [f"{row} gets {_product(before)} numbers for each image."]
    if layer.kind == "Flatten":
        numbers = f"{_product(before)} numbers of each image"
        return [f"{row} learns nothing: it puts the {numbers} in one row."]
    if layer.kind == "Linear":
        return [_counted(layer, "outputs", f"{before[0]:,}")]
    kind = KINDS[layer.kind]
    room = f"{before[1]} + 2·{kind.padding} − {kind.kernel_size}"
    side = f"Output size: ⌊({room}) / {kind.stride}⌋ + 1 = {after[1]}."
    if not kind.has_outputs:
        return [f"{row} learns nothing: it keeps the largest of each window.", side]
    weights = f"{before[0]}·{kind.kernel_size}·{kind.kernel_size}"
    return [_counted(layer, "kernels", weights), side]


def _counted(layer: Layer, parts: str, weights: str) -> str:
    count = f"{layer.after[0]:,}"
    each = f"{count} {parts}, each with {weights} weights and a bias"
    return (
        f"Layer {layer.row}: {each}: ({weights} + 1) · {count} = {layer.parameters:,}."
    )


def _lines(
    texts: Sequence[str], y: float, *, colour: str = INK, bold: bool = False
) -> Shapes:
    return tuple(
        Label(LEFT, y + LINE * i, text, 13, colour, bold=bold, anchor="start")
        for i, text in enumerate(texts)
    )


def _shape_texts(state: State, layers: Sequence[Layer]) -> list[str]:
    texts = [f"{layer.text} gives {_with_batch(layer.after)}." for layer in layers]
    return [f"Images {_with_batch(state.image)}.", *texts]


def _with_batch(shape: Sequence[int] | None) -> str:
    return f"(N, {', '.join(map(str, shape))})" if shape else "nothing"


def _product(shape: Sequence[int]) -> str:
    product = " · ".join(map(str, shape))
    total = f"{math.prod(shape):,}"
    return f"{product} = {total}" if len(shape) > 1 else total


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
