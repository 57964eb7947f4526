"""Processes that take turns, so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection

Prepare = Callable[[str, "Turns"], Callable[[], object]]


class Turns:
    """Let one process run while the others wait, and count its own seconds only."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.seconds = 0.0

    def begin(self) -> bool:
        """Wait until it is this process's turn; return whether there is one."""
        go = self.pipe.recv()
        self.began = time.perf_counter()
        return go

    def end(self, *, epoch_over: bool) -> None:
        """Hand over, and with the end of an epoch report how long it took."""
        self.seconds += time.perf_counter() - self.began
        self.pipe.send(self.seconds if epoch_over else None)


class TurnsBetween:
    """Batches of a loader that hand over to the other processes now and then."""

    def __init__(self, loader: Iterable, turns: Turns, batches: int) -> None:
        self.loader, self.turns, self.batches = loader, turns, batches

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator:
        for number, batch in enumerate(self.loader, start=1):
            yield batch
            if number % self.batches == 0:
                self.turns.end(epoch_over=False)
                self.turns.begin()


def serve(prepare: Prepare, name: str, pipe: Connection) -> None:
    """Run an epoch whenever asked to, in turns with the others, and send what it found.

    Where that is a function, it is called when the clock has stopped.
    """
    turns = Turns(pipe)
    run = prepare(name, turns)
    while turns.begin():
        turns.seconds = 0.0
        found = run()
        turns.end(epoch_over=True)
        pipe.send(found() if callable(found) else found)


def take_turns(pipes: dict[str, Connection]) -> dict[str, tuple[float, object]]:
    """Let every process run one epoch, in turns; return its seconds and its result."""
    done: dict[str, tuple[float, object]] = {}
    while len(done) < len(pipes):
        for name, pipe in pipes.items():
            if name not in done:
                pipe.send(True)
                if (seconds := pipe.recv()) is not None:
                    done[name] = seconds, pipe.recv()
    return done


def in_turns(
    prepare: Prepare, names: Iterable[str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, object]]:
    """Return the seconds of each round, and the last result; one round warms up.

    prepare: in a process of its own for each name, returns what runs one epoch; a
    function of a module, since that process imports it.
    """
    spawn, pipes, processes = get_context("spawn"), {}, []
    for name in names:
        pipes[name], theirs = spawn.Pipe()
        process = spawn.Process(target=serve, args=(prepare, name, theirs), daemon=True)
        process.start()
        theirs.close()  # or a process that dies would leave us waiting
        processes.append(process)
    take_turns(pipes)
    done = [take_turns(pipes) for _ in range(rounds)]
    for pipe in pipes.values():
        pipe.send(False)
    for process in processes:
        process.join()
    seconds = {name: [turn[name][0] for turn in done] for name in pipes}
    return seconds, {name: done[-1][name][1] for name in pipes}
