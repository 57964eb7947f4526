"""The picture of the explorer of running statistics: a pure function of its state."""

from collections.abc import Sequence

from course_utils.colours import QUIET, SERIES, WINDOW
from course_utils.drawing import Box, Label, Line, Part, Scene
from course_utils.drawing.charts import Chart, axes, curve, points
from course_utils.explorers.running_statistics.state import (
    BATCHES,
    TRUE_MEAN,
    TRUE_VARIANCE,
    Result,
    State,
)
from course_utils.explorers.running_statistics.words import (
    facts,
    headline,
    mean_sum,
    variance_sum,
)
from course_utils.explorers.writing import lines

WIDTH, HEIGHT = 800, 628
PLOT = {"left": 44, "width": 640, "height": 155, "x": (0, BATCHES)}
MEANS = Chart(top=64, y=(-2, 8), **PLOT)
VARIANCES = Chart(top=274, y=(0, 16), **PLOT)
"""The same numbers at the edges whatever is set, or nothing could be compared."""

TEXT_LEFT, TEXT_TOP = 8, 488
RUNNING, BATCH = SERIES[0], WINDOW
FAINTEST = 56
"""How opaque a batch is that no longer counts, of 255."""

TENS = range(0, BATCHES + 1, 10)

Parts = tuple[Part, ...]


def scene(state: State) -> Scene:
    """Draw the batches up to a step, and what the layer remembers of them.

    Parameters
    ----------
    state
        A valid state.

    Returns
    -------
    Scene
    """
    result = Result(state)
    seen, known = headline(result), facts(result)
    sums = (
        f"running mean: {mean_sum(result)}",
        f"running variance: {variance_sum(result)}",
    )
    means, variances = result.means, result.variances
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        shapes=(
            *_legend(),
            *axes(MEANS, TENS, range(-2, 9, 2)),
            *_chart(result, MEANS, TRUE_MEAN, means, result.running_means),
            *lines(sums[:1], MEANS.left, MEANS.top - 18, bold=True),
            *axes(VARIANCES, TENS, range(0, 17, 4), xlabel="batches seen"),
            *_chart(
                result, VARIANCES, TRUE_VARIANCE, variances, result.running_variances
            ),
            *lines(sums[1:], VARIANCES.left, VARIANCES.top - 18, bold=True),
            *lines(seen, TEXT_LEFT, TEXT_TOP, font_size=15),
            *lines(known, TEXT_LEFT, TEXT_TOP + 52, font_size=13, colour=QUIET),
        ),
        description=". ".join([*sums, *seen, *known]),
    )


def _legend() -> Parts:
    left, y = MEANS.left, 16
    truth, running = (((x, y), (x + 24, y)) for x in (left + 500, left + 336))
    return (
        Box(left, y - 4, 8, 8, fill=BATCH),
        Line(running, RUNNING, 3),
        Line(truth, dashed=True),
        *lines(["a batch: the darker, the more it counts"], left + 16, y, font_size=13),
        *lines(["running statistic"], left + 366, y, font_size=13),
        *lines(["truth"], left + 530, y, font_size=13),
    )


def _chart(
    result: Result,
    chart: Chart,
    truth: float,
    seen: Sequence[float],
    running: Sequence[float],
) -> Parts:
    step = result.state.step
    seen, running = seen[:step], running[: step + 1]
    return (
        curve(chart, chart.x, (truth, truth), width=1, dashed=True),
        curve(chart, range(step + 1), running, colour=RUNNING, width=3),
        *points(chart, range(1, step + 1), seen, colours=_colours(result)),
        *points(chart, [step], [running[-1]], colours=[RUNNING], side=10),
        *_ends(chart, truth, running[-1]),
        *_beyond(chart, seen),
    )


def _colours(result: Result) -> list[str]:
    shades = (FAINTEST + (255 - FAINTEST) * count for count in result.counts)
    return [f"{BATCH}{round(shade):02X}" for shade in shades]


def _ends(chart: Chart, truth: float, value: float) -> Parts:
    """Name truth and running statistic at the right edge, neither upon the other."""
    x, y, at, room = chart.right + 8, chart.down(truth), chart.down(value), 18
    beside = min(at, y - room) if at < y else max(at, y + room)
    return (
        Label(x, y, f"true {truth}", 13, anchor="start"),
        Label(x, beside, f"running {value:.2f}", 13, RUNNING, True, "start"),
    )


def _beyond(chart: Chart, seen: Sequence[float]) -> Parts:
    count = sum(not chart.shows(value) for value in seen)
    if not count:
        return ()
    text = f"□ beyond the edge: {count}"
    return (Label(chart.right, chart.top - 18, text, 13, BATCH, anchor="end"),)
