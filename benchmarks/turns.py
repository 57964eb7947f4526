"""Processes that take turns, so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context, get_start_method, set_start_method
from multiprocessing.connection import Connection

# In a process of its own, for a name: what runs one epoch, and returns what to call
# when the clock has stopped. A function of a module, since that process imports it.
Prepare = Callable[[str], Callable[[], Callable[[], object]]]


def serve(prepare: Prepare, name: str, pipe: Connection, start_method: str) -> None:
    """Run an epoch whenever asked to; send its seconds, and what it found.

    start_method: for processes that the epoch starts, as in a script of its own.
    """
    set_start_method(start_method, force=True)
    run = prepare(name)
    while pipe.recv():
        began = time.perf_counter()
        look = run()
        seconds = time.perf_counter() - began
        pipe.send((seconds, look()))


def take_turns(pipes: dict[str, Connection]) -> dict[str, tuple[float, object]]:
    """Let one process after the other run an epoch; return its seconds and its find."""
    done = {}
    for name, pipe in pipes.items():
        pipe.send(True)
        try:
            done[name] = pipe.recv()
        except EOFError as error:
            raise RuntimeError(f"{name}: its process ended; see above") from error
    return done


def in_turns(
    prepare: Prepare, names: Iterable[str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, object]]:
    """Return the seconds of each round, and the last find; one round warms up."""
    spawn, pipes, processes = get_context("spawn"), {}, []
    try:
        for name in names:
            pipes[name], theirs = spawn.Pipe()
            args = (prepare, name, theirs, get_start_method())
            process = spawn.Process(target=serve, args=args)
            process.start()  # no daemon: those may have no loader's workers
            processes.append(process)
            theirs.close()  # or a process that dies would leave us waiting
        take_turns(pipes)
        done = [take_turns(pipes) for _ in range(rounds)]
    finally:
        for process in processes:
            process.terminate()
    seconds = {name: [turn[name][0] for turn in done] for name in pipes}
    return seconds, {name: done[-1][name][1] for name in pipes}
