"""A learner's function may do anything; afterwards all is as before."""

import gc
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import IPython
import numpy as np
import pytest
import torch

from course_utils.kit.check import Check
from course_utils.kit.run import OutOfTime, run, where_it_stopped

PLAIN, DEEP_DOWN = "pass", "sum(1 for _ in iter(int, 1))"
SWALLOWING = "try: sum(range(100))\n  except: pass"
TWICE = "try:\n   try: time.sleep(10)\n   except: pass\n  except: pass"


@pytest.fixture(autouse=True)
def no_destructors():
    """Python only reports an exception that hits a destructor; pytest fails on it."""
    gc.disable()
    yield
    gc.enable()


def forever(body=PLAIN):
    names = {"time": time}
    exec(f"def forever():\n while True:\n  {body}", names)
    names["forever"]()


def in_another_thread(function, *args, **options):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *args, **options).result()


@pytest.mark.parametrize("body", [PLAIN, SWALLOWING, TWICE, DEEP_DOWN])
def test_a_loop_without_end_is_stopped(body):
    started = time.monotonic()
    outcomes = [run(forever, [body], seconds=0.2)]
    if body in (PLAIN, SWALLOWING):
        outcomes.append(in_another_thread(run, forever, [body], seconds=0.2))
    assert all(isinstance(outcome.error, OutOfTime) for outcome in outcomes)
    assert time.monotonic() - started < 10


def test_a_thread_survives_many_limits_that_almost_ran_out():
    def many():
        return [run(time.sleep, [0.01], seconds=0.01).error for _ in range(30)]

    errors = [*in_another_thread(many), *many()]
    assert all(error is None or isinstance(error, OutOfTime) for error in errors)
    assert in_another_thread(run, time.sleep, [0.05]).error is None


def test_a_verdict_says_that_the_time_for_all_cases_ran_out_and_where():
    verdict = Check("f", lambda: 0, (), seconds=0.2)(forever)
    said = "wrong: case 1 of 1, f(): still running after 0.2 seconds, at line"
    assert repr(verdict).startswith(said)
    assert verdict.look_at == "whether every loop ends"
    started = time.monotonic()
    check = Check("f", lambda seconds: None, *[(0.1,)] * 50, seconds=0.3)
    assert check(time.sleep).status == "wrong"
    assert time.monotonic() - started < 4


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals")
def test_the_signal_handler_and_its_timer_are_restored():
    run(lambda: 1, seconds=0.05)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    time.sleep(0.1)  # Nothing rings.
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


def test_only_ctrl_c_passes_through():
    def interrupted():
        raise KeyboardInterrupt

    def deeper():
        return deeper()

    with pytest.raises(KeyboardInterrupt):
        run(interrupted)
    for function in (sys.exit, lambda: 1 / 0, lambda: [][0], deeper):
        assert run(function).error is not None
    assert isinstance(run(len, [sys]).error, TypeError)  # It can't be copied.


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


def test_the_function_gets_copies_and_changes_are_told(capsys):
    def spoil(image, kernel, *, margins):
        print("printing is left alone")
        image[0] = 7
        margins.append(1)

    image, margins = np.zeros(3), []
    outcome = run(spoil, (image, np.ones(2)), {"margins": margins})
    assert outcome.changed == (0, "margins")
    assert not image.any()
    assert not margins
    assert capsys.readouterr().out == "printing is left alone\n"


def test_the_learners_own_line_is_named_not_the_librarys():
    def learners():
        return np.stack([])

    assert where_it_stopped(run(learners).error).endswith(": return np.stack([])")
    assert where_it_stopped(run(np.stack, [[]]).error) == ""


def test_what_a_function_sets_for_all_is_as_before(tmp_path):
    def spoil():
        os.chdir(tmp_path)
        sys.setrecursionlimit(50_000)
        sys.stdout = None
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(torch.get_num_threads() + 1)
        return True

    def settings():
        numbers = np.geterr(), np.get_printoptions(), torch.get_default_dtype()
        threads = torch.is_grad_enabled(), torch.get_num_threads()
        return os.getcwd(), sys.getrecursionlimit(), sys.stdout, *numbers, *threads

    before = settings()
    assert run(spoil).value
    assert settings() == before


def test_of_what_is_printed_for_ever_only_the_beginning_is_shown(capsys):
    def forever():
        while True:
            print("again " * 100)

    assert isinstance(run(forever, seconds=0.2).error, OutOfTime)
    said = capsys.readouterr().out
    assert said.startswith("again again") and said.endswith("(the rest is left out)\n")
    assert len(said) < 30_000
    print("and afterwards all")
    assert capsys.readouterr().out == "and afterwards all\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_forked_copy_of_the_kernel_ends_at_once(tmp_path):
    parent = os.getpid()

    def forks():
        children = [os.fork() for _ in range(3)]
        (tmp_path / str(os.getpid())).touch()
        return children

    assert len(run(forks).value) == 3
    for _ in range(3):
        os.wait()
    assert [path.name for path in tmp_path.iterdir()] == [str(parent)]


@pytest.mark.parametrize("where", [lambda f: f(), in_another_thread])
def test_an_import_may_take_longer_than_the_answer(where, tmp_path, monkeypatch):
    (tmp_path / "slow_import.py").write_text("import time\ntime.sleep(0.5)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow_import", raising=False)

    def answer():
        import slow_import

        return slow_import.time

    assert where(lambda: run(answer, seconds=0.2)).value is time


@pytest.mark.parametrize("somewhere", [run, partial(in_another_thread, run)])
def test_waiting_counts_less_than_computing(somewhere):
    assert somewhere(time.sleep, [0.3], seconds=0.1).error is None
    began = time.monotonic()
    error = somewhere(forever, ["time.sleep(0.01)"], seconds=0.1).error
    assert isinstance(error, OutOfTime)
    assert 0.4 < time.monotonic() - began < 3


def test_a_notebooks_exit_ends_no_kernel(monkeypatch):
    shell = SimpleNamespace(ask_exit=lambda: pytest.fail("the kernel would end"))
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    before = shell.ask_exit
    outcome = run(lambda: IPython.get_ipython().ask_exit())
    assert isinstance(outcome.error, SystemExit) and shell.ask_exit is before
