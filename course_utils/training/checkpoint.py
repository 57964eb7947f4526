"""Save a training run after each epoch, and go on as if nothing had happened."""

import os
from pathlib import Path

import torch


class Checkpoint:
    """A file that holds all that the next epoch depends on.

    Parameters
    ----------
    path
        The file; None keeps nothing.
    parts
        Name → object with ``state_dict`` and ``load_state_dict``.
    generator
        A random generator beside the global one, such as a shuffling loader's.
    arguments
        Name → number or string: what must be the same for the run to go on.
    writes
        False in all but one of several processes.
    """

    def __init__(
        self,
        path: str | Path | None,
        *,
        parts: dict[str, object],
        generator: torch.Generator | None,
        arguments: dict[str, object],
        writes: bool = True,
    ) -> None:
        self.path = Path(path) if path is not None else None
        self.parts = parts
        self.generator = generator
        self.arguments = arguments
        self.writes = writes

    def save(self, history: dict[str, object]) -> None:
        """Write everything, or leave the file as it was.

        Parameters
        ----------
        history
            What was measured so far.
        """
        if self.path is None or not self.writes:
            return
        state = {
            "arguments": self.arguments,
            "history": history,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "random": self._random_state(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            torch.save(state, unfinished)
            unfinished.replace(self.path)
        finally:
            unfinished.unlink(missing_ok=True)

    def resume(self) -> dict[str, object]:
        """Put everything back as it was saved.

        Returns
        -------
        dict
            The saved history; empty if there is no file yet.

        Raises
        ------
        ValueError
            If the file is no checkpoint, or one of a run with other arguments.
        """
        if self.path is None or not self.path.exists():
            return {}
        state = self._read()
        self._compare(state["arguments"])
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        torch.set_rng_state(state["random"]["cpu"])
        torch.cuda.set_rng_state_all(state["random"]["cuda"])
        if self.generator is not None:
            self.generator.set_state(state["random"]["loader"])
        return state["history"]

    def _random_state(self) -> dict[str, object]:
        return {
            "cpu": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all(),
            "loader": self.generator and self.generator.get_state(),
        }

    def _read(self) -> dict:
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            if "arguments" not in state:
                raise KeyError("arguments")
        except Exception as error:
            raise ValueError(
                f"{self.path} is not a checkpoint of fit ({type(error).__name__}). "
                "Delete it to start over, or give another path."
            ) from error
        return state

    def _compare(self, saved: dict[str, object]) -> None:
        changed = [
            f"{name} was {saved.get(name)!r} and is {value!r}"
            for name, value in self.arguments.items()
            if saved.get(name) != value
        ]
        if changed:
            raise ValueError(
                f"{self.path} belongs to another run: {'; '.join(changed)}. "
                "Delete it to start over, or give another path."
            )


def describe(thing: object) -> str:
    """Name a thing's type and its plain settings, the same in every process.

    Parameters
    ----------
    thing
        A model, optimizer, scheduler, loss function, number, …

    Returns
    -------
    str

    Examples
    --------
    >>> describe(torch.nn.CrossEntropyLoss(label_smoothing=0.1))
    'CrossEntropyLoss(ignore_index=-100, label_smoothing=0.1, reduction=mean)'
    """
    if isinstance(thing, str | int | None):
        return str(thing)
    if isinstance(thing, torch.nn.Module) and any(thing.children()):
        return repr(thing)
    name = getattr(thing, "__qualname__", type(thing).__qualname__)
    settings = getattr(thing, "defaults", None) or getattr(thing, "__dict__", {})
    plain = [
        f"{key}={value}"
        for key, value in sorted(settings.items())
        if isinstance(value, bool | int | float | str)
        and not key.startswith("_")
        # What changes while training says nothing about the call.
        and key not in ("training", "last_epoch")
    ]
    return f"{name}({', '.join(plain)})"
