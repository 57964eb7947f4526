"""The explorer of learning curves: measured runs, true words, any history."""

import re

import numpy as np
import pytest
from explorer_moves import controls_of, settings_of
from text_room import labels_of, outside

from course_utils import results
from course_utils.drawing import Hover
from course_utils.explorers.learning_curves import learning_curve_explorer
from course_utils.explorers.learning_curves.picture import scene
from course_utils.explorers.learning_curves.state import (
    State,
    as_runs,
    change,
    choices,
    history_of,
    initial_state,
)
from course_utils.explorers.learning_curves.words import (
    Reading,
    facts,
    headline,
    lowest,
    read_curves,
    table,
)
from course_utils.results import read_result
from course_utils.training import History
from course_utils.training.stopping import early_stop

MEASURED = as_runs(None)
HISTORIES = [history for run in MEASURED.values() for history in run.histories]


def history(train: list[float], val: list[float]) -> History:
    rates = [[1 / (1 + loss) for loss in losses] for losses in (train, val)]
    return History(train, rates[0], val, rates[1], [1.0] * len(train))


SHORT = {f"{n} epochs": history([3, 2, 1.5][:n], [3, 2.5, 2.7][:n]) for n in (1, 2, 3)}
BOUNCING = history([9, 8, 7, 6, 5, 4, 3], [99.5, 5, 120, 3, 88, 1, 2])
RUNS = {**MEASURED, **as_runs({**SHORT, "bouncing": BOUNCING})}
STATES = [
    State(name, seed, epoch, min(patience, max(1, len(one) - 1)), hidden)
    for name, run in RUNS.items()
    for seed, one in enumerate(run.histories)
    for epoch in range(1, len(one) + 1)
    for patience, hidden in ((1 + epoch % 5, False), (3, True))
]


def test_the_runs_are_the_committed_ones():
    for name, title in (("fashion_mnist", "FashionMNIST"), ("cifar10", "CIFAR-10")):
        if not (results.FOLDER / f"{name}.json").is_file():
            continue
        for model, line in read_result(name)["models"].items():
            if not all(one["val_loss"] for one in line["histories"]):
                assert f"{title}: {model}" not in MEASURED
                continue
            shown = MEASURED[f"{title}: {model}"].histories
            assert [one.val_loss for one in shown] == [
                measured["val_loss"] for measured in line["histories"]
            ]
    assert any(name.startswith("FashionMNIST") for name in MEASURED)


def test_a_missing_result_is_a_shorter_menu(monkeypatch, tmp_path):
    file = "fashion_mnist.json"
    (tmp_path / file).write_bytes((results.FOLDER / file).read_bytes())
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert all(name.startswith("FashionMNIST: ") for name in as_runs(None))


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        ([9, 8, 7], [9, 8, 7], Reading.EARLY),
        ([9, 8, 7, 6], [9, 8, 7, 6], Reading.LEARNING),
        ([9, 8, 7, 6, 5], [9, 8, 5, 6, 6.5], Reading.LEARNING),
        ([9, 8, 7, 9.5], [9, 8, 7, 6], Reading.SLOW),
        ([9, 8, 7, 6, 5], [9, 6, 6, 5, 9], Reading.WOBBLE),
        ([5, 4, 3, 2, 1], [6, 5, 5.02, 5.03, 5.04], Reading.STALLED),
        ([5, 4, 3, 2, 1], [6, 5, 6, 7, 8], Reading.OVERFITTING),
        ([9, 8.9, 8.8, 8.7, 8.6], [6, 5, 6, 7, 8], Reading.STALLED),
        ([5, 4, 4.1, 4.2, 4.3], [6, 5, 6, 7, 8], Reading.STUCK),
    ],
)
def test_reading_of_small_curves(train, val, expected):
    assert read_curves(train, val, len(train)) == expected


def test_reading_looks_at_nothing_that_comes_later():
    for one in HISTORIES[::3]:
        for epoch in range(1, len(one) + 1):
            seen = one.train_loss[:epoch], one.val_loss[:epoch]
            whole = one.train_loss, one.val_loss
            assert read_curves(*seen, epoch) == read_curves(*whole, epoch)


def test_what_is_said_holds_for_the_numbers_beside_it():
    for one in [*HISTORIES, BOUNCING]:
        for epoch in range(4, len(one) + 1):
            reading = read_curves(one.train_loss, one.val_loss, epoch)
            said = " ".join(headline(one, epoch))
            numbers = re.findall(r"loss (\d+\.\d+) → (\d+\.\d+)", said)
            (a, b), (c, d) = [tuple(map(float, pair)) for pair in numbers]
            best = lowest(one.val_loss[:epoch])
            if reading in (Reading.LEARNING, Reading.SLOW):
                assert c >= d and (a >= b) == (reading == Reading.LEARNING)
                continue
            assert f"poch {best}" in said and c <= d
            assert c == pytest.approx(one.val_loss[best - 1], abs=6e-4)
            if reading in (Reading.OVERFITTING, Reading.STALLED):
                assert a >= b
            if reading == Reading.OVERFITTING:
                assert one.val_loss[epoch - 1] > one.val_loss[best - 1]


def test_measured_runs_are_read_as_a_teacher_would():
    def at_end(name: str) -> list[Reading]:
        runs = MEASURED[f"FashionMNIST: {name}"].histories
        return [read_curves(h.train_loss, h.val_loss, len(h)) for h in runs]

    assert at_end("FashionCNN") == [Reading.OVERFITTING] * 3
    assert at_end("ANN + dropout, 50 epochs") == [Reading.OVERFITTING] * 3
    assert at_end("SmallFashionCNN") == [Reading.LEARNING] * 3


def test_early_stopping_is_told_as_it_is_computed():
    for one in HISTORIES:
        for patience in (1, 2, 3, 5, 8):
            stop, kept = early_stop(one.val_loss, patience)
            said = " ".join(facts(one, 1, patience=patience, known=len(one)))
            if stop - kept < patience:
                assert "the run ends before it stops" in said
                continue
            assert f"stops after epoch {stop} and keeps" in said
            assert f"those of epoch {kept} ({one.val_loss[kept - 1]:.3f}" in said
            later = one.val_loss[stop:]
            lower = bool(later) and min(later) < one.val_loss[kept - 1]
            assert ("a loss lower by" in said) == lower
            if later:
                assert f"{max(one.val_accuracy[stop:]):.1%} accuracy" in said


def test_hidden_epochs_change_nothing():
    for one in HISTORIES[::3]:
        for epoch in range(1, len(one)):
            cut = History(
                one.train_loss[:epoch],
                one.train_accuracy[:epoch],
                one.val_loss[:epoch],
                one.val_accuracy[:epoch],
                one.seconds[:epoch],
            )
            hidden = facts(one, epoch, patience=3, known=epoch)
            known = facts(cut, epoch, patience=3, known=epoch)
            assert [text.split(";")[0] for text in hidden] == [
                text.split(";")[0] for text in known
            ]


def test_the_table_holds_the_epochs_numbers():
    head, loss, accuracy = table(history([0.5, 0.25], [0.5, 1]), 2)
    assert head == ("epoch 2", "training", "validation", "gap")
    assert loss == ("loss", "0.250", "1.000", "0.750")
    assert accuracy == ("accuracy", "80.0%", "50.0%", "30.0")
    assert table(history([1], [0.5]), 1)[1][-1] == "−0.500"


def test_everything_can_be_read():
    for state in STATES[::3]:
        picture = scene(state, RUNS)
        assert picture.width <= 800
        assert outside(picture) == []
        assert min(label.size for label in labels_of(picture)) >= 12


def test_every_epoch_that_is_shown_can_be_pointed_at():
    for state in STATES[::7]:
        picture, one = scene(state, RUNS), history_of(state, RUNS)
        hovers = [shape for shape in picture.shapes if isinstance(shape, Hover)]
        assert len(hovers) == (state.epoch if state.hidden else len(one))
        said = f"Epoch {len(hovers)}: training {one.train_loss[len(hovers) - 1]:.3f}"
        assert hovers[-1].description.startswith(said)


def test_it_begins_where_over_fitting_shows_first():
    good = history([6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1])
    bad = history([6, 5, 4, 3, 2, 1], [5, 4, 5, 6, 7, 8])
    state = initial_state(as_runs({"good": good, "bad": bad}))
    assert (state.run, state.seed, state.epoch) == ("bad", 0, 5)
    assert initial_state(as_runs(good)).epoch == 6
    assert "Over-fitting since" in scene(initial_state(MEASURED), MEASURED).description


def test_another_run_may_be_shorter():
    long = "FashionMNIST: ANN + dropout, 50 epochs"
    state = State(long, seed=2, epoch=50, patience=15)
    state = change(state, "run", "3 epochs", runs=RUNS)
    assert (state.seed, state.epoch, state.patience) == (0, 3, 2)
    assert choices(State("1 epochs"), "patience", runs=RUNS) == [1]


def test_own_histories():
    one = history([3, 2], [3, 2])
    assert list(learning_curve_explorer(one).widgets["run"].options) == ["your run"]
    assert len(as_runs([one, one])["your run"].histories) == 2
    explorer = learning_curve_explorer({"my run": one, "again": [one, one]})
    assert explorer.state.run == "my run" and explorer.widgets["seed"].disabled
    explorer.widgets["run"].value = "again"
    assert not explorer.widgets["seed"].disabled and explorer.error.value == ""


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({}, "there is no run"),
        ({"a": []}, "'a' has no history"),
        (History(), "no finished epoch"),
        (History([1.0], [0.5], [], [], [1.0]), "give fit a validation loader"),
        (History([1.0], [0.5], [1.0], [], [1.0]), "differ in length"),
        (history([1.0], [float("nan")]), "not finite"),
    ],
)
def test_unsuitable_histories_are_refused(given, match):
    with pytest.raises(ValueError, match=match):
        learning_curve_explorer(given)


def test_any_sequence_of_moves_keeps_the_controls_together():
    random, explorer = np.random.default_rng(1), learning_curve_explorer()
    controls = controls_of(explorer)
    for _ in range(120):
        widget = controls[random.choice(list(controls))]
        values = settings_of(widget)
        widget.value = values[random.integers(len(values))]
        assert explorer.error.value == ""
        for name, value in vars(explorer.state).items():
            assert controls[name].value == value
        assert controls["play"].value == explorer.state.epoch
