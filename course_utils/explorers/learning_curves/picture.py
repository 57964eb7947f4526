"""The picture of the explorer of learning curves: a pure function of its state."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from course_utils.colours import INK, QUIET, SERIES
from course_utils.drawing import Box, Hover, Label, Line, Part, Resting, Scene
from course_utils.drawing.charts import Chart, axes, curve, points, ticks
from course_utils.explorers.learning_curves.state import Runs, State, history_of
from course_utils.explorers.learning_curves.words import (
    facts,
    headline,
    lowest,
    one_line,
    table,
)
from course_utils.explorers.writing import LINE, lines
from course_utils.training import History
from course_utils.training.stopping import early_stop

WIDTH, HEIGHT = 800, 548
PLOT = {"top": 88, "width": 336, "height": 200}
LEFTS = (44, 448)
"""Where the two charts begin: loss, accuracy."""

HEAD, TABLE = 346, 412
COLUMNS = (8, 166, 262, 324)
"""Where the columns of the table begin, or end but for the first."""

FACTS_LEFT, FACTS_ROW = 348, 58
"""Where the sentences begin, and their characters on a line."""

TRAIN, VAL, KEPT = SERIES[0], SERIES[1], SERIES[2]
NOT_RUN, PALE, CLEAR = "#EEEEEE", "55", "#FFFFFF00"

Parts = tuple[Part, ...]


def scene(state: State, runs: Runs) -> Scene:
    """Draw a run's losses and accuracies, with one epoch marked and read.

    Parameters
    ----------
    state
        A valid state.
    runs
        All that can be chosen.

    Returns
    -------
    Scene
        With one `Hover` for each epoch that is shown.
    """
    sheet, run = _Sheet(state, history_of(state, runs)), runs[state.run]
    said = headline(sheet.history, state.epoch)
    sentences = facts(
        sheet.history, state.epoch, patience=state.patience, known=sheet.known
    )
    title = state.run + (f", seed {state.seed}" if len(run.histories) > 1 else "")
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        shapes=(
            *lines([title], 8, 14, font_size=15, bold=True),
            *(part for chart in sheet.charts for part in _chart(sheet, chart)),
            *(_pointed_at(sheet, epoch) for epoch in range(1, sheet.known + 1)),
            Resting(_legend()),
            *lines(said[:1], 8, HEAD, font_size=16, bold=True),
            *lines(said[1:], 8, HEAD + LINE, font_size=14),
            *_table(sheet),
            *_sentences(sentences),
        ),
        description=" ".join(
            [f"{title}.", f"{one_line(sheet.history, state.epoch)}.", *said, *sentences]
        ),
    )


@dataclass(frozen=True)
class _Sheet:
    state: State
    history: History

    @property
    def epochs(self) -> int:
        return len(self.history.val_loss)

    @property
    def known(self) -> int:
        """The last epoch that is shown."""
        return self.state.epoch if self.state.hidden else self.epochs

    @cached_property
    def stopping(self) -> tuple[int | None, int]:
        """After which epoch early stopping ends, if it does, and what it keeps."""
        losses, patience = self.history.val_loss[: self.known], self.state.patience
        stop, kept = early_stop(losses, patience)
        return (stop if stop - kept == patience else None), kept

    @cached_property
    def charts(self) -> tuple["_Pair", "_Pair"]:
        """Loss and accuracy."""
        past = self.history
        percent = [
            [100 * share for share in shares]
            for shares in (past.train_accuracy, past.val_accuracy)
        ]
        across = {"x": (1, max(2, self.epochs)), **PLOT}
        pairs = (
            ("loss, mean per image", past.train_loss, past.val_loss, 0),
            ("accuracy in %", *percent, min(map(min, percent))),
        )
        found = []
        for left, (name, train, val, low) in zip(LEFTS, pairs, strict=True):
            at = ticks(low, max(*train, *val), most=7)
            chart = Chart(left=left, y=(at[0], at[-1]), **across)
            found.append(_Pair(name, chart, at, train, val))
        return found[0], found[1]


@dataclass(frozen=True)
class _Pair:
    """A chart with the two curves in it."""

    name: str
    chart: Chart
    at: Sequence[float]
    train: Sequence[float]
    val: Sequence[float]


def _chart(sheet: _Sheet, pair: _Pair) -> Parts:
    chart, epoch = pair.chart, sheet.state.epoch
    first, last = chart.x
    at = [t for t in ticks(first, last, most=9, whole=True) if first <= t <= last]
    x, best = chart.across(epoch), lowest(sheet.history.val_loss[:epoch])
    both = (pair.train, TRAIN, True), (pair.val, VAL, False)
    marked = [values[epoch - 1] for values, *_ in both]
    return (
        *_early_stop(sheet, chart),
        *axes(chart, at, pair.at, xlabel="epoch"),
        *lines([pair.name], chart.left, chart.top - 18, font_size=13, bold=True),
        *(
            line
            for values, colour, dashed in both
            for line in _curves(sheet, chart, values, colour, dashed)
        ),
        Line(((x, chart.top), (x, chart.bottom)), INK),
        *points(chart, [epoch, epoch], marked, colours=[TRAIN, VAL], side=9),
        _ring(chart, best, pair.val[best - 1]),
    )


def _curves(
    sheet: _Sheet, chart: Chart, values: Sequence[float], colour: str, dashed: bool
) -> list[Line]:
    """Draw a curve, pale where it lies after the marked epoch."""
    epoch, known = sheet.state.epoch, sheet.known
    parts = ((1, epoch, colour), (epoch, known, f"{colour}{PALE}"))
    return [
        curve(
            chart,
            range(start, end + 1),
            values[start - 1 : end],
            colour=shade,
            width=2.5,
            dashed=dashed,
        )
        for start, end, shade in parts
        if end > start
    ]


def _early_stop(sheet: _Sheet, chart: Chart) -> Parts:
    stop, kept = sheet.stopping
    if stop is None:
        return ()
    x, left = chart.across(kept), chart.across(stop)
    return (
        Box(left, chart.top, chart.right - left, chart.height, fill=NOT_RUN),
        Line(((x, chart.top), (x, chart.bottom)), KEPT, 3, dashed=True),
    )


def _ring(chart: Chart, epoch: int, value: float, side: float = 15) -> Box:
    x, y = chart.across(epoch) - side / 2, chart.down(value) - side / 2
    return Box(x, y, side, side, stroke=INK, stroke_width=1.5)


def _pointed_at(sheet: _Sheet, epoch: int) -> Hover:
    strips, bars = [], []
    for pair in sheet.charts:
        chart = pair.chart
        edges = [chart.across(epoch + side) for side in (-0.5, 0.5)]
        x = chart.across(epoch)
        width = edges[1] - edges[0]
        strips.append(Box(edges[0], chart.top, width, chart.height, fill=CLEAR))
        bars.append(Line(((x, chart.top), (x, chart.bottom)), QUIET, dashed=True))
    said = one_line(sheet.history, epoch)
    text = lines([said], 8, 40, font_size=13)
    return Hover(target=tuple(strips), shown=(*bars, *text), description=said)


def _legend() -> Parts:
    y = 40
    entries = (
        (8, "training"),
        (120, "validation"),
        (246, "lowest validation loss so far"),
        (480, "early stopping keeps"),
        (664, "does not run"),
    )
    strokes = [((x, y), (x + 22, y)) for x, _ in entries]
    return (
        Line(strokes[0], TRAIN, 2.5, dashed=True),
        Line(strokes[1], VAL, 2.5),
        Box(entries[2][0] + 4, y - 7, 14, 14, stroke=INK, stroke_width=1.5),
        Line(strokes[3], KEPT, 3, dashed=True),
        Box(entries[4][0], y - 7, 22, 14, fill=NOT_RUN),
        *(Label(x + 28, y, text, 12, anchor="start") for x, text in entries),
    )


def _table(sheet: _Sheet) -> Parts:
    shapes = []
    for row, cells in enumerate(table(sheet.history, sheet.state.epoch)):
        for column, (x, text) in enumerate(zip(COLUMNS, cells, strict=True)):
            colour = (INK, TRAIN, VAL, INK)[column]
            anchor = "end" if column else "start"
            bold = not (row and column)
            y = TABLE + row * LINE
            shapes.append(Label(x, y, text, 14, colour, bold, anchor))
    return tuple(shapes)


def _sentences(sentences: Sequence[str]) -> Parts:
    rows = [row for said in sentences for row in textwrap.wrap(said, FACTS_ROW)]
    return tuple(
        Label(FACTS_LEFT, TABLE + number * 19, row, 13, anchor="start")
        for number, row in enumerate(rows)
    )
