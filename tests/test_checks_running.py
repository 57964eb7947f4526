"""A learner's function may do anything; afterwards all is as before."""

import gc
import random
import signal
import sys
import threading
import time

import numpy as np
import pytest
import torch

from course_utils.checks.judging import Case, judge_function
from course_utils.checks.running import OutOfTime, run, where_it_stopped

needs_timer = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer signals"
)


def forever():
    while True:
        pass


def forever_swallowing():
    while True:
        try:  # noqa: SIM105
            sum(range(100))
        except:  # noqa: E722
            pass


def forever_swallowing_twice():
    while True:
        try:
            try:  # noqa: SIM105
                time.sleep(10)
            except:  # noqa: E722
                pass
        except:  # noqa: E722
            pass


def forever_deep_down():
    def numbers():
        while True:
            yield 1

    return sum(numbers())


def in_another_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


@pytest.mark.parametrize(
    "function",
    [forever, forever_swallowing, forever_swallowing_twice, forever_deep_down],
)
def test_a_loop_without_end_is_stopped(function):
    started = time.monotonic()
    outcome = run(function, seconds=0.2)
    assert isinstance(outcome.error, OutOfTime)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("function", [forever, forever_swallowing])
def test_a_loop_without_end_is_stopped_in_another_thread(function):
    started = time.monotonic()
    outcome = in_another_thread(lambda: run(function, seconds=0.2))
    assert isinstance(outcome.error, OutOfTime)
    assert time.monotonic() - started < 5


@pytest.fixture
def no_garbage_collection():
    """Python only reports an exception that hits a destructor; pytest fails on it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
def test_a_thread_survives_many_limits_that_almost_ran_out():
    def many():
        return [run(time.sleep, [0.01], seconds=0.01).error for _ in range(30)]

    assert all(
        error is None or isinstance(error, OutOfTime)
        for error in [*in_another_thread(many), *many()]
    )
    assert in_another_thread(lambda: run(time.sleep, [0.05]).error) is None


def test_a_verdict_says_that_time_ran_out_and_where():
    verdict = judge_function(forever, lambda: 0, [Case(())], name="f", seconds=0.2)
    assert verdict.status == "wrong"
    assert "case 1 of 1, f(): still running after 0.2 seconds, at line" in repr(verdict)


def test_the_time_is_for_all_cases_together():
    started = time.monotonic()
    cases = [Case((0.1,))] * 50
    verdict = judge_function(
        time.sleep, lambda seconds: None, cases, name="f", seconds=0.3
    )
    assert verdict.status == "wrong"
    assert time.monotonic() - started < 2


@needs_timer
def test_the_signal_handler_and_its_timer_are_restored():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        handler = signal.getsignal(signal.SIGALRM)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        run(forever, seconds=0.1)
        assert signal.getsignal(signal.SIGALRM) is handler
        time.sleep(0.4)
        assert rung == [True]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@needs_timer
def test_nothing_rings_afterwards():
    run(lambda: 1, seconds=0.05)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    time.sleep(0.1)


def test_ctrl_c_passes_through():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted)


@pytest.mark.parametrize("function", [sys.exit, lambda: 1 / 0, lambda: [][0]])
def test_nothing_else_does(function):
    assert run(function).error is not None


def test_endless_recursion_is_an_error_like_any_other():
    def deeper():
        return deeper()

    assert isinstance(run(deeper).error, RecursionError)


def test_global_random_states_are_as_before():
    def seed(number):
        random.seed(number)
        np.random.seed(number)  # noqa: NPY002
        torch.manual_seed(number)

    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    seed(5)
    expected = draw()
    seed(5)
    assert run(draw).value == expected
    run(seed, [1])
    run(forever, seconds=0.01)
    assert draw() == expected


def test_the_function_gets_copies_and_changes_are_told():
    def spoil(image, kernel, *, margins):
        image[0] = 7
        margins.append(1)

    image, margins = np.zeros(3), []
    outcome = run(spoil, (image, np.ones(2)), {"margins": margins})
    assert outcome.changed == (0, "margins")
    assert not image.any()
    assert not margins


def test_printing_is_left_alone(capsys):
    run(print, ["hello"])
    assert capsys.readouterr().out == "hello\n"


def test_the_learners_own_line_is_named_not_the_librarys():
    def learners():
        return np.stack([])

    place = where_it_stopped(run(learners).error)
    assert place.endswith(": return np.stack([])")
    assert where_it_stopped(run(np.stack, [[]]).error) == ""
