"""Read learning curves: which epoch was best, and where to stop."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from textwrap import wrap

import numpy as np

from course_utils.arguments import as_text, said
from course_utils.colours import INK, QUIET, SERIES
from course_utils.kit.charts import Chart, ticks
from course_utils.kit.explorer import Explorer, State, given, menu, slider, switch
from course_utils.kit.page import CLEAR, LINE, ROOM, Page
from course_utils.kit.scene import Box, Hover, Label, Line, Part, Resting, Scene
from course_utils.measured import read_result
from course_utils.training import History, early_stop

Histories = History | Sequence[History]
Named = Mapping[str, Histories]
Run = tuple[History, ...]  # one history for each seed

SPAN = 3  # epochs that are averaged: single ones wobble
RISE = 1.02  # how many times the lowest average counts as a rise
LONGEST = 15  # patience
TRAIN, VAL, KEPT, NOT_RUN = *SERIES[:3], "#EEEEEE"
LOSSES, ACCURACIES = 44, 448  # where the two charts begin
HEAD, TABLE, FACTS = 346, 412, 348  # the lines below: two tops, and a left end
SITE_MOVES = "run", "epoch"


class Reading(Enum):
    EARLY = f"Too early to tell: losses wobble, so {SPAN} epochs are averaged."
    LEARNING = "Still learning: both losses fall."
    SLOW = "The validation loss falls, the training loss does not."
    WOBBLE = "A wobble, or the turn? The lowest validation loss was in epoch {best}."
    STALLED = "Stalled since epoch {best}: only the training loss still falls."
    OVERFITTING = (
        "Over-fitting since epoch {best}: the training loss falls, "
        "the validation loss rises."
    )
    STUCK = "Neither loss is lower than in epoch {best}."


def learning_curve_explorer(histories: Named | Histories | None = None) -> Explorer:
    """Show loss and accuracy epoch by epoch, and what they say at each.

    histories: what `fit` returned: one history, several of one run that differ in their
    seed, or name → either. None are the runs that were measured for the course.
    ValueError if there is none, or one without an epoch or a validation loss. It begins
    where the run that over-fits most first shows that.
    """
    runs = measured_runs() if histories is None else own_runs(histories)
    return Explorer("Explorer of learning curves", first_state(runs))


def measured_runs() -> dict[str, Run]:
    runs, titles = {}, {"cifar10": "CIFAR-10", "fashion_mnist": "FashionMNIST"}
    for result, data_set in titles.items():
        with suppress(FileNotFoundError):
            for name, line in read_result(result)["models"].items():
                histories = tuple(History(**one) for one in line.get("histories", ()))
                # One that learnt from the validation images too is not validated.
                if histories and all(history.val_loss for history in histories):
                    runs[f"{data_set}: {name}"] = histories
    return runs


def own_runs(histories: Named | Histories) -> dict[str, Run]:
    named = histories if isinstance(histories, Mapping) else {"your run": histories}
    if not named:
        raise ValueError("there is no run; give at least one, such as {name: history}")
    runs = {}
    for name, one in named.items():
        name = as_text("a run's name", name)
        runs[name] = tuple(one) if isinstance(one, list | tuple) else (one,)
        if not runs[name]:
            raise ValueError(f"run {name!r} has no history; give at least one")
        for history in runs[name]:
            _check(f"run {name!r}", history)
    return runs


def _check(run: str, history: History) -> None:
    if not isinstance(history, History):
        raise TypeError(f"{run} is {said(history)}; expected what fit returned")
    if not history.train_loss:
        raise ValueError(f"{run} has no finished epoch; train it first")
    if not history.val_loss:
        raise ValueError(f"{run} has no validation loss; give fit a validation loader")
    names = "train_loss", "train_accuracy", "val_loss", "val_accuracy"
    curves = [getattr(history, name) for name in names]
    lengths = dict(zip(names, map(len, curves)))
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the curves of {run} differ in length: {lengths}")
    if not np.isfinite(curves).all():
        raise ValueError(f"{run} has numbers that are not finite")


def first_state(runs: Mapping[str, Run]) -> "LearningCurves":
    losses = {name: run[0].val_loss for name, run in runs.items()}
    worst = max(losses, key=lambda name: losses[name][-1] - min(losses[name]))
    state = LearningCurves(worst, runs=runs)
    states = [state.after("epoch", epoch) for epoch in state.choices("epoch")]
    return next((s for s in states if s.reading == Reading.OVERFITTING), states[-1])


def read_curves(train: Sequence[float], val: Sequence[float], epoch: int) -> Reading:
    """Read two losses as far as an epoch, and not beyond.

    The validation loss falls if it is lower than ever, alone or averaged over `SPAN`
    epochs; it rises if its lowest is at least `SPAN` epochs old, its average more than
    `RISE` times the lowest average, and above the training loss.
    """
    if epoch <= SPAN:
        return Reading.EARLY
    best = lowest(val[:epoch])
    means = np.convolve(val[:epoch], np.ones(SPAN) / SPAN, "valid")
    val_falls = best == epoch or means[-1] <= means.min()
    train_falls = train[epoch - 1] < train[(epoch - SPAN if val_falls else best) - 1]
    if val_falls:
        return Reading.LEARNING if train_falls else Reading.SLOW
    if epoch - best < SPAN:
        return Reading.WOBBLE
    if not train_falls:
        return Reading.STUCK
    rises = means[-1] > max(RISE * means.min(), train[epoch - 1])
    return Reading.OVERFITTING if rises else Reading.STALLED


def lowest(losses: Sequence[float]) -> int:
    """Return the epoch with the lowest loss, counted from 1; the first of several."""
    return int(np.argmin(losses)) + 1


@dataclass(frozen=True)
class LearningCurves(State):
    run: str = menu("run", lambda self: list(self.runs), start="")
    seed: int = slider("seed", lambda self: range(len(self.runs[self.run])))
    epoch: int = slider(
        "epoch", lambda self: self.epochs, start=1, play=500, hint="or point at a curve"
    )
    patience: int = slider(
        "patience", lambda self: self.epochs[:-1][:LONGEST] or self.epochs, start=3
    )
    hidden: bool = switch("hide later epochs")
    runs: Mapping[str, Run] = given()

    @cached_property
    def curves(self) -> np.ndarray:
        """Losses and accuracies, training and validation, shape (2, 2, epochs)."""
        past = self.runs[self.run][self.seed]
        accuracies = past.train_accuracy, past.val_accuracy
        return np.array([(past.train_loss, past.val_loss), accuracies])

    @property
    def epochs(self) -> range:
        return range(1, self.curves.shape[-1] + 1)

    @property
    def known(self) -> int:
        return self.epoch if self.hidden else self.epochs[-1]  # the last one shown

    @property
    def best(self) -> int:
        return lowest(self.curves[0, 1, : self.epoch])

    @property
    def reading(self) -> Reading:
        return read_curves(*self.curves[0], self.epoch)

    @cached_property
    def stopping(self) -> tuple[int, int, bool]:
        """After which epoch training ends, which it keeps, whether patience ran out."""
        stop, kept = early_stop(self.curves[0, 1, : self.known], self.patience)
        return stop, kept, stop - kept == self.patience

    def scene(self) -> Scene:
        page, said, facts = Page(), self.headline(), self.facts()
        title = self.run + f", seed {self.seed}" * (len(self.runs[self.run]) > 1)
        losses, percent = self.curves[0], 100 * self.curves[1]
        page.put([title], 14, size=15, bold=True, width=ROOM)
        page.add(self.drawn(LOSSES, "loss, mean per image", losses, 0))
        page.add(self.drawn(ACCURACIES, "accuracy in %", percent, percent.min()))
        page.add(*map(self.pointed_at, range(1, self.known + 1)), Resting(_legend()))
        page.put(said[:1], HEAD, size=16, bold=True)
        page.put(said[1:], HEAD + LINE)
        page.add(self.numbers())
        for number, row in enumerate(row for fact in facts for row in wrap(fact, 58)):
            page.put([row], TABLE + number * 19, FACTS, size=13)
        heads = [f"{title}.", f"{self.in_words(self.epoch)}."]
        return page.scene(" ".join([*heads, *said, *facts]), height=548)

    def drawn(self, x: float, name: str, curves: np.ndarray, low: float) -> list[Part]:
        """Draw two curves, the marked epoch on both, and the best one so far."""
        epoch, best, at = self.epoch, self.best, ticks(low, curves.max(), most=7)
        chart, now = self.chart(x, (at[0], at[-1])), curves[:, epoch - 1]
        whole = [n for n in ticks(*chart.x, 9, whole=True) if 1 <= n <= chart.x[1]]
        left, top = chart.across(best) - 7.5, chart.down(curves[1, best - 1]) - 7.5
        here = chart.across(epoch)
        return [
            *self.early_stop(chart),
            *chart.axes(whole, at, xlabel="epoch"),
            *Page.text([name], chart.top - 18, x, size=13, bold=True),
            *self.curve(chart, curves[0], TRAIN),
            *self.curve(chart, curves[1], VAL),
            Line(((here, chart.top), (here, chart.bottom))),
            *chart.points([epoch, epoch], now, colours=[TRAIN, VAL], side=9),
            Box(left, top, 15, 15, "none", INK, 1.5),
        ]

    def chart(self, left: float, y: tuple[float, float] = (0, 1)) -> Chart:
        return Chart(left, 88, 336, 200, (1, max(2, self.epochs[-1])), y)

    def curve(self, chart: Chart, values: Sequence[float], colour: str) -> list[Line]:
        """Draw a curve, pale where it lies after the marked epoch."""
        look, now = {"width": 2.5, "dashed": colour == TRAIN}, self.epoch - 1
        past = chart.curve(self.epochs[: now + 1], values, colour=colour, **look)
        xs, ys, pale = self.epochs[now : self.known], values[now:], f"{colour}55"
        later = chart.curve(xs, ys, colour=pale, **look)
        return [line for line in (past, later) if len(line.points) > 1]

    def early_stop(self, chart: Chart) -> list[Part]:
        """Shade what does not run, and mark the epoch that is kept."""
        stop, kept, stopped = self.stopping
        left, x = chart.across(stop), chart.across(kept)
        not_run = Box(left, chart.top, chart.right - left, chart.height, NOT_RUN)
        mark = Line(((x, chart.top), (x, chart.bottom)), KEPT, 3, dashed=True)
        return [not_run, mark] if stopped else []

    def pointed_at(self, epoch: int) -> Hover:
        strips, shown, said = [], [], self.in_words(epoch)
        for chart in map(self.chart, (LOSSES, ACCURACIES)):
            left, x, right = (chart.across(epoch + side) for side in (-0.5, 0, 0.5))
            strips.append(Box(left, chart.top, right - left, chart.height, CLEAR))
            shown.append(Line(((x, chart.top), (x, chart.bottom)), QUIET, dashed=True))
        return Hover(tuple(strips), (*shown, *Page.text([said], 40, size=13)), said)

    def numbers(self) -> list[Label]:
        """Draw the table of the marked epoch."""
        labels, columns = [], ((8, INK), (166, TRAIN), (262, VAL), (324, INK))
        for row, cells in enumerate(self.table(self.epoch)):
            for (x, colour), text in zip(columns, cells):
                look = 14, colour, not row or x == 8, "start" if x == 8 else "end"
                labels.append(Label(x, TABLE + row * LINE, text, *look))
        return labels

    def headline(self) -> list[str]:
        reading, best, now = self.reading, self.best, self.epoch
        said = reading.value.format(best=best)
        if reading == Reading.EARLY:
            predict = "Predict: after which epoch will the validation loss be lowest?"
            return [said, predict]
        falls = reading in (Reading.LEARNING, Reading.SLOW)
        ends = self.curves[0][:, [(now - SPAN if falls else best) - 1, now - 1]]
        train, val = (f"{start:.3f} → {end:.3f}" for start, end in ends)
        losses = f"training loss {train}, validation loss {val}."
        if not falls:
            return [said, f"Since epoch {best}: {losses}"]
        ended = now == self.epochs[-1]
        on = "Perhaps the run ended too early." if ended else "Train on."
        return [said, f"In {SPAN} epochs: {losses} {on}"]

    def table(self, epoch: int) -> list[tuple[str, ...]]:
        """Return the numbers of one epoch: head, loss, accuracy."""
        (train, val), (right, val_right) = self.curves[:, :, epoch - 1]
        gaps = f"{val - train:.3f}", f"{100 * (right - val_right):.1f}"
        loss_gap, gap = (text.replace("-", "−") for text in gaps)
        return [
            (f"epoch {epoch}", "training", "validation", "gap"),
            ("loss", f"{train:.3f}", f"{val:.3f}", loss_gap),
            ("accuracy", f"{right:.1%}", f"{val_right:.1%}", gap),
        ]

    def in_words(self, epoch: int) -> str:
        _, (_, train, val, gap), (_, right, val_right, _) = self.table(epoch)
        both = f"training {train}, {right}; validation {val}, {val_right}"
        return f"Epoch {epoch}: {both}; gap in loss {gap}"

    def facts(self) -> list[str]:
        """Say which epoch was best, and what early stopping makes of the run."""
        best, (train, val) = self.best, self.curves[0, :, self.epoch - 1]
        low = self.curves[0, 1, best - 1]
        said = [f"Lowest validation loss so far: {low:.3f}, epoch {best}."]
        if val < train:
            why = "averaged over the epoch, with dropout and augmentation, if any"
            said.append(f"Training is the higher one: {why}.")
        (stop, kept, stopped), patience = self.stopping, f"Patience {self.patience}"
        if stopped:
            loss, right = self.curves[:, 1, kept - 1]
            keeps = f"the best weights, those of epoch {kept} ({loss:.3f}, {right:.1%})"
            stops = f"{patience}: stops after epoch {stop} and keeps {keeps}."
            return [*said, stops, *self.missed()]
        new, ended = stop == kept, self.known == self.epochs[-1]
        wait = "a new lowest loss just now" if new else f"waited {stop - kept} so far"
        end = "the run ends before it stops." if ended else "trains on. Would you?"
        return [*said, f"{patience}: {wait}; {end}"]

    def missed(self) -> list[str]:
        """Say what the epochs after an early stop bring."""
        stop, kept, _ = self.stopping
        losses, rates = self.curves[:, 1, : self.known]
        if stop == self.known:
            return []
        best, sharpest = stop + lowest(losses[stop:]), stop + lowest(-rates[stop:])
        gain, rate = losses[kept - 1] - losses[best - 1], rates[sharpest - 1]
        lower = f"a loss lower by {gain:.2g} (epoch {best})"
        loss, rest = lower if gain > 0 else "no lower loss", self.known - stop
        after = f"{rest} epochs after it bring" if rest > 1 else "epoch after it brings"
        also = "and" if (gain > 0) == (rate > rates[kept - 1]) else "but"
        accuracy = f"at best {rate:.1%} accuracy (epoch {sharpest})"
        return [f"The {after} {loss}, {also} {accuracy}."]


def _legend() -> tuple[Part, ...]:
    y, names = 40, {8: "training", 120: "validation", 664: "does not run"}
    names |= {246: "lowest validation loss so far", 480: "early stopping keeps"}
    return (
        Line(((8, y), (30, y)), TRAIN, 2.5, dashed=True),
        Line(((120, y), (142, y)), VAL, 2.5),
        Box(250, y - 7, 14, 14, "none", INK, 1.5),
        Line(((480, y), (502, y)), KEPT, 3, dashed=True),
        Box(664, y - 7, 22, 14, NOT_RUN),
        *(Label(x + 28, y, text, 12, anchor="start") for x, text in names.items()),
    )
