"""The picture of the gradient steps explorer: a pure function of its state."""

from itertools import pairwise

from course_utils.colours import INK, QUIET, SERIES, WINDOW
from course_utils.drawing import Box, Label, Line, Scene
from course_utils.explorers.gradient_steps.state import (
    BEST,
    INPUT,
    TARGET,
    State,
    Step,
    seen,
    squared_error,
    walk,
)
from course_utils.explorers.writing import lines

WIDTH, HEIGHT = 800, 436
LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 46, 74, 336, 300
LOWEST, HIGHEST, LARGEST_LOSS = -2, 12, 200
"""What the plot shows: weights from lowest to highest, losses from zero."""

COLUMNS = (424, 504, 594, 688, 788)
"""Right ends of the table's columns."""

HEADS = ("step", "w", "loss", "w.grad", "η · w.grad")
ROWS, ROW = 9, 26
TABLE_TOP = 112
ENDS_TOP = TABLE_TOP + ROWS * ROW + 6
FAINT = "#DDDDDD"

Shapes = tuple[Box | Label | Line, ...]


def scene(state: State) -> Scene:
    """Draw the loss, the way down, and the numbers of the last steps.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
    """
    steps = walk(state)[: state.step + 1]
    heads = [seen(state), f"loss (w · {INPUT} − {TARGET})²: smallest at w = {BEST:g}"]
    ends = _next_step(steps, state)
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        shapes=(
            *lines(heads[:1], 8, 14, font_size=16, bold=True),
            *lines(heads[1:], LEFT, TOP - 22, font_size=13, colour=QUIET),
            *_axes(),
            *_curve(),
            *_way(steps),
            *_table(steps),
            *lines(ends, COLUMNS[0] - 30, ENDS_TOP, font_size=13),
        ),
        description=" ".join([*heads, *ends]),
    )


def _axes() -> Shapes:
    bottom = TOP + PLOT_HEIGHT
    shapes: list[Box | Label] = []
    for weight in range(LOWEST, HIGHEST + 1, 2):
        shapes.append(Box(_x(weight), bottom, 1, 5, INK))
        shapes.append(Label(_x(weight), bottom + 17, _written(weight), 13))
    for height in range(0, LARGEST_LOSS + 1, 50):
        shapes.append(Box(LEFT, _y(height), PLOT_WIDTH, 1, FAINT))
        shapes.append(Label(LEFT - 6, _y(height), f"{height}", 13, anchor="end"))
    name = Label(LEFT + PLOT_WIDTH / 2, bottom + 40, "weight w", 13, QUIET)
    return (*shapes, Box(LEFT, bottom, PLOT_WIDTH, 1, INK), name)


def _curve() -> Shapes:
    weights = [LOWEST + n / 4 for n in range(4 * (HIGHEST - LOWEST) + 1)]
    points = tuple((_x(weight), _y(squared_error(weight))) for weight in weights)
    return (Line(points, stroke=SERIES[0], stroke_width=2),)


def _way(steps: list[Step]) -> Shapes:
    """Join the points from step to step, where both lie in the plot."""
    shapes: list[Box | Label | Line] = []
    for one, other in pairwise(steps):
        if _is_inside(one) and _is_inside(other):
            ends = (_point(one), _point(other))
            shapes.append(Line(ends, stroke=QUIET, dashed=True))
    points = [_point(step) for step in steps if _is_inside(step)]
    shapes += [Box(x - 4, y - 4, 8, 8, fill=SERIES[5]) for x, y in points]
    return (*shapes, *_here(steps[-1]))


def _here(step: Step) -> Shapes:
    if _is_inside(step):
        x, y = _point(step)
        return (_slope(step), Box(x - 6, y - 6, 12, 12, fill=WINDOW))
    style = {"size": 15, "colour": WINDOW, "bold": True}
    text, y = f"w = {_written(step.weight)}", TOP + 30
    if step.weight > HIGHEST:
        return (Label(LEFT + PLOT_WIDTH - 30, y, f"{text} →", anchor="end", **style),)
    return (Label(LEFT + 30, y, f"← {text}", anchor="start", **style),)


def _slope(step: Step) -> Line:
    """Draw the tangent: its slope is the gradient."""
    # As long for every slope, in pixels.
    right, down = _x(1) - _x(0), _y(step.own) - _y(0)
    scale = 46 / (right**2 + down**2) ** 0.5
    (x, y), dx, dy = _point(step), scale * right, scale * down
    return Line(((x - dx, y - dy), (x + dx, y + dy)), WINDOW, stroke_width=3)


def _table(steps: list[Step]) -> Shapes:
    shapes = [
        Label(x, TABLE_TOP - ROW, head, 13, QUIET, anchor="end")
        for x, head in zip(COLUMNS, HEADS)
    ]
    first = max(0, len(steps) - ROWS)
    for row, step in enumerate(steps[first:]):
        number, y = first + row, TABLE_TOP + row * ROW
        is_last = number == len(steps) - 1
        colour = WINDOW if is_last else INK
        texts = (f"{number}", *map(_written, _numbers(step)))
        shapes += [
            Label(x, y, text, 14, colour, bold=is_last, anchor="end")
            for x, text in zip(COLUMNS, texts)
        ]
    return tuple(shapes)


def _numbers(step: Step) -> tuple[float, ...]:
    return step.weight, step.loss, step.gradient, step.move


def _next_step(steps: list[Step], state: State) -> list[str]:
    step = steps[-1]
    difference = f"{_written(step.weight)} − {_bracketed(step.move)}"
    is_exact = all(round(n, 3) == n for n in (step.weight, step.move))
    after = f"{'=' if is_exact else '≈'} {_written(step.after)}"
    texts = [f"next w = w − η · w.grad = {difference} {after}"]
    if state.forgets and state.step:
        old = step.gradient - step.own
        parts = f"{_written(old)} + {_bracketed(step.own)}"
        texts.append(f"w.grad = old + new = {parts} = {_written(step.gradient)}")
    return texts


def _bracketed(value: float) -> str:
    return f"({_written(value)})" if round(value, 3) < 0 else _written(value)


def _written(value: float) -> str:
    """Write a number with at most three decimals, large ones with fewer."""
    places = 3 if abs(value) < 100 else 1
    text = f"{round(value, places) + 0:,.{places}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def _is_inside(step: Step) -> bool:
    return LOWEST <= step.weight <= HIGHEST


def _point(step: Step) -> tuple[float, float]:
    return _x(step.weight), _y(step.loss)


def _x(weight: float) -> float:
    return LEFT + PLOT_WIDTH * (weight - LOWEST) / (HIGHEST - LOWEST)


def _y(height: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - height / LARGEST_LOSS)
