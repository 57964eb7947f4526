"""The measured runs are the committed ones; what is read from curves holds for them."""

import re
from dataclasses import replace

import pytest

from course_utils import measured
from course_utils.chapters.cifar10 import learning_curves as curves
from course_utils.training import History

Reading, MEASURED = curves.Reading, curves.measured_runs()


def history(train, val):
    rates = [[1 / (1 + loss) for loss in losses] for losses in (train, val)]
    return History(train, rates[0], val, rates[1], [1.0] * len(train))


BOUNCING = history([9, 8, 7, 6, 5, 4, 3], [99.5, 5, 120, 3, 88, 1, 2])
RUNS = {**MEASURED, "bouncing": (BOUNCING,), "short": (history([3, 2], [3, 2.5]),)}
STATES = [
    curves.LearningCurves(name, seed, epoch, 1 + epoch % 5, epoch % 7 == 0, runs=RUNS)
    for name, run in RUNS.items()
    for seed, one in enumerate(run)
    for epoch in range(1, len(one) + 1)
]
SAYS = [(curves.first_state(MEASURED), "Over-fitting since")]
REFUSED = [
    ("there is no run", [{}]),
    ("'a' has no history", [{"a": []}]),
    ("no finished epoch", [History()]),
    ("give fit a validation loader", [History([1.0], [0.5], [], [], [1.0])]),
    ("differ in length", [History([1.0], [0.5], [1.0], [], [1.0])]),
    ("not finite", [history([1.0], [float("nan")])]),
]


def test_the_runs_shown_are_the_committed_ones(monkeypatch, tmp_path):
    models = measured.read_result("fashion_mnist")["models"]
    for name, line in models.items():
        shown = [one.val_loss for one in MEASURED[f"FashionMNIST: {name}"]]
        assert shown == [one["val_loss"] for one in line["histories"]]
    file = measured.RESULTS / "fashion_mnist.json"
    (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(measured, "RESULTS", tmp_path)
    assert len(curves.measured_runs()) == len(models)


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        ([9, 8, 7], [9, 8, 7], "EARLY"),
        ([9, 8, 7, 6], [9, 8, 7, 6], "LEARNING"),
        ([9, 8, 7, 6, 5], [9, 8, 5, 6, 6.5], "LEARNING"),
        ([9, 8, 7, 9.5], [9, 8, 7, 6], "SLOW"),
        ([9, 8, 7, 6, 5], [9, 6, 6, 5, 9], "WOBBLE"),
        ([5, 4, 3, 2, 1], [6, 5, 5.02, 5.03, 5.04], "STALLED"),
        ([5, 4, 3, 2, 1], [6, 5, 6, 7, 8], "OVERFITTING"),
        ([9, 8.9, 8.8, 8.7, 8.6], [6, 5, 6, 7, 8], "STALLED"),
        ([5, 4, 4.1, 4.2, 4.3], [6, 5, 6, 7, 8], "STUCK"),
    ],
)
def test_reading_looks_at_nothing_that_comes_later(train, val, expected):
    for later in ([], [0.0], [99.0]):
        reading = curves.read_curves(train + later, val + later, len(train))
        assert reading.name == expected


def test_a_reading_holds_for_the_losses_beside_it():
    for state in (state for state in STATES if state.epoch > 3):
        said = " ".join(state.headline())
        numbers = re.findall(r"loss (\d+\.\d+) → (\d+\.\d+)", said)
        (a, b), (c, d) = (map(float, pair) for pair in numbers)
        if state.reading in (Reading.LEARNING, Reading.SLOW):
            assert c >= d and (a >= b) == (state.reading == Reading.LEARNING)
        else:
            assert f"poch {state.best}" in said and c <= d
            assert a >= b or state.reading in (Reading.WOBBLE, Reading.STUCK)


def test_early_stopping_is_told_as_it_is_computed():
    for state in STATES:
        said, (stop, kept, stopped) = " ".join(state.facts()), state.stopping
        losses, rates = state.curves[:, 1, : state.known]
        assert (f"stops after epoch {stop} and keeps" in said) == stopped
        if stopped:
            assert f"those of epoch {kept} ({losses[kept - 1]:.3f}" in said
            lower = any(losses[stop:] < losses[kept - 1])
            assert ("a loss lower by" in said) == lower
            best = f"{max(rates[stop:], default=0):.1%} accuracy"
            assert (best in said) == (stop < state.known)


def test_learning_curves_begin_where_over_fitting_shows_first():
    good = history([6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1])
    bad = history([6, 5, 4, 3, 2, 1], [5, 4, 5, 6, 7, 8])
    state = curves.first_state(curves.own_runs({"good": good, "bad": bad}))
    assert (state.run, state.epoch) == ("bad", 5)
    assert curves.first_state(curves.own_runs(good)).epoch == 6


def test_hidden_epochs_change_nothing_that_is_said():
    for state in (state for state in STATES if state.hidden):
        losses, rates = state.curves[:, :, : state.epoch].tolist()
        cut = History(losses[0], rates[0], losses[1], rates[1])
        alone = replace(state, run="cut", seed=0, runs={"cut": (cut,)}).facts()
        for one, other in zip(state.facts(), alone, strict=True):
            assert one.split(";")[0] == other.split(";")[0]
