"""Save a training run after each epoch, and go on as if nothing had happened."""

import copy
import random
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.serialization import get_unsafe_globals_in_checkpoint

from course_utils.arguments import instance_of, said
from course_utils.fingerprint import Fingerprint, of_array
from course_utils.interrupts import staging

# How each run began and was left in this process: a cell that is run again finds its
# optimizer, schedule and loaders as the first time left them.
LEFT: dict[Path, tuple[dict[str, str], dict[str, str]]] = {}


class Checkpoint:
    """A file that holds all that the next epoch depends on.

    parts: what has a ``state_dict``, by name, or None. call: all that the run is made
    of, which must be the same when it goes on. In a ``with`` block it notes how the run
    is left.
    """

    def __init__(
        self, path: str | Path, parts: dict[str, Any], call: dict[str, object]
    ) -> None:
        instance_of(str | Path, "the path of a file")("checkpoint", path)
        self.path, self.call = Path(path).expanduser().resolve(), call
        self.parts = {name: part for name, part in parts.items() if part is not None}
        if self.path.is_dir():
            raise ValueError(f"checkpoint is a folder, {path}; expected a file's path")
        loaders = call.get("train_loader"), call.get("val_loader")
        if any(getattr(loader, "persistent_workers", False) for loader in loaders):
            raise ValueError(
                "persistent workers draw random numbers that no checkpoint can hold; "
                "leave out persistent_workers, or the checkpoint"
            )
        for name, part in self.parts.items():
            if not hasattr(part, "load_state_dict"):
                expected = "expected one with state_dict() and load_state_dict()"
                raise TypeError(f"{name} is {said(part)}; {expected}, or no checkpoint")
        groups = getattr(self.parts.get("optimizer"), "param_groups", [])
        if "scheduler" not in self.parts and any("initial_lr" in g for g in groups):
            text = "optimizer has, or had, a scheduler, which fit must be given: else"
            warnings.warn(f"{text} {self.path.name} does not keep it", stacklevel=3)
        # What trains must be finite and remain so; a mask may hold -inf from the start.
        model = self.parts.get("model", nn.Module())
        self.finite = {k for k, v in model.named_parameters() if v.requires_grad}
        tensors = {k: v for k, v in model.state_dict().items() if torch.is_tensor(v)}
        self.finite |= {k for k, v in tensors.items() if v.to_dense().isfinite().all()}
        found = Fingerprint(self.call)
        self.written: tuple[int, ...] = ()  # by which the file is known again
        self.draws = found.draws | {"python": random, "numpy": np.random}
        self.found = now = found.texts
        began, left = LEFT.get(self.path, ({}, {}))
        # What is as the last run here left it began as it did there.
        self.began = {p: text for p, text in now.items() if text != left.get(p)}
        self.began |= {p: t for p, t in began.items() if now.get(p) == left.get(p)}

    def begin(self, history: dict[str, Any], done: int, epochs: int) -> None:
        """Say what is done already; or save the start, while nothing can be lost."""
        if not done:
            self.write(history)
        elif done < epochs:
            print(f"{self.path.name}: going on after epoch {done} of {epochs}")
        else:
            print(f"{self.path.name}: all {epochs} epochs were trained before")

    def save(self, history: dict[str, Any]) -> None:
        """Write everything; where that fails, say so, and let the run go on."""
        try:
            self.write(history)
        except OSError as error:
            text = "The run goes on, and the file is as it was."
            warnings.warn(f"{str(error).rstrip('.')}. {text}", stacklevel=2)
        if len(history["seconds"]) == 1:
            self.look_again()

    def look_again(self) -> dict[str, str]:
        """Return what the run is made of now; warn once if no file can keep it."""
        now = Fingerprint(self.call).texts
        lost = [p for p in self.found if p in now and not self.keeps(p, now[p])]
        if lost:
            words = f"{lost[0]} was {self.found[lost[0]]} and is {now[lost[0]]}"
            warnings.warn(
                f"{words}, but {self.path.name} does not keep it: a run that goes on "
                "from there may be another one. Buffers and torch.Generators are kept.",
                stacklevel=3,
            )
            self.found = {}
        return now

    def keeps(self, path: str, text: str) -> bool:
        part, _, name = path.partition(".")
        held = path.startswith(("optimizer.", "scheduler.", *self.draws))
        if (held and "_hooks." not in path) or text == self.found[path]:
            return True
        tensor = self.states().get(part, {}).get(name.removesuffix(".frozen"))
        return torch.is_tensor(tensor) and of_array(tensor) == text

    def stamp(self) -> tuple[int, ...]:
        found = self.path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns

    def states(self) -> dict[str, dict[str, Any]]:
        return {name: part.state_dict() for name, part in self.parts.items()}

    def write(self, history: dict[str, Any]) -> None:
        """Write everything, or leave the file as it was."""
        for name, values in self.parts["model"].state_dict().items():
            if name in self.finite and not values.to_dense().isfinite().all():
                text = f"{name} is not finite, so {self.path} was left as it was"
                raise FloatingPointError(f"{text}; look for a division by zero")
        try:
            state = {
                "arguments": self.began,
                "history": history,
                "parts": self.states(),
                "random": {
                    "cpu": torch.get_rng_state(),
                    "cuda": torch.cuda.get_rng_state_all(),
                    "draws": {k: state_of(v) for k, v in self.draws.items()},
                },
            }
            if self.path.exists() and self.stamp() != self.written:
                self.read()  # Somebody else's file is left alone.
            # A folder of its own, since another process may write to the same path.
            with staging(self.path.parent, ".fit-") as folder:
                unfinished = folder / self.path.name
                with unfinished.open("wb") as file:
                    torch.save(plain(state), file)
                if never_read := get_unsafe_globals_in_checkpoint(unfinished):
                    raise RuntimeError(f"no file gives a {never_read[0]} back")
                unfinished.replace(self.path)
            self.written = self.stamp()
        except Exception as error:
            first = error.__context__  # What the disk says PyTorch may not pass on.
            why = first if isinstance(first, OSError) else error
            words = f"checkpoint {self.path} can't be written, as it must: {why}"
            raise OSError(words) from error

    def resume(self) -> dict[str, Any]:
        """Put everything back as it was saved, and return the history; {} at first."""
        if not self.path.exists():
            return {}
        state, gone = self.read(), "not there"
        began, now = state["arguments"], self.began
        if int(began["epochs"]) < int(now["epochs"]):
            now = now | {"epochs": began["epochs"]}
        both = {p: (began.get(p, gone), now.get(p, gone)) for p in began | now}
        for a, b in both.values():
            name = a.partition(", ")[0]
            if a != b and name[:13] == "course_utils." and b.startswith(f"{name}, "):
                why = "is of another version of the course, or of Python"
                raise self.refusal(f"{why}, and goes on only there: {name} differs")
        changed = [f"{p} was {a} and is {b}" for p, (a, b) in both.items() if a != b]
        if changed and not state["history"]["seconds"]:
            return {}  # Of that run nothing was trained yet.
        if changed:
            more = f"; and {len(changed) - 3} more" if len(changed) > 3 else ""
            words = "; ".join(changed[:3])
            raise self.refusal(f"belongs to another run: {words}{more}")
        self.load(state["parts"])
        keep_as_saved(self.parts["optimizer"], state["parts"]["optimizer"])
        torch.set_rng_state(state["random"]["cpu"])
        drawn = state["random"]["cuda"]
        torch.cuda.set_rng_state_all(drawn[: torch.cuda.device_count()])
        for name, draw in self.draws.items():
            set_state(draw, state["random"]["draws"][name])
        return state["history"]

    def load(self, saved: dict[str, dict[str, Any]]) -> None:
        """Put all parts back as they were saved, or leave all as they are."""
        before = copy.deepcopy(self.states())
        try:
            for name, part in self.parts.items():
                part.load_state_dict(saved.get(name, {}))
        except Exception as error:
            for other, part in self.parts.items():
                part.load_state_dict(before[other])
            raise self.refusal(f"does not fit this {name}: {error}") from error

    def read(self) -> dict[str, Any]:
        try:
            # PyTorch itself takes no notice of the checksums in its files.
            with zipfile.ZipFile(self.path) as file:
                if damaged := file.testzip():
                    raise zipfile.BadZipFile(f"{damaged} is damaged")
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            state["arguments"]["epochs"], state["random"]["draws"]
        except Exception as error:
            # What torch says then may advise to run what is in the file.
            why = f"is no checkpoint of fit, or damaged ({type(error).__name__})"
            raise self.refusal(why) from error
        return state

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None:
        LEFT[self.path] = self.began, self.look_again()

    def refusal(self, why: str) -> ValueError:
        advice = "Give another path, or delete it to start over."
        return ValueError(f"{self.path} {why}. {advice}")


def state_of(draw: Any) -> Any:
    if isinstance(draw, np.random.Generator):
        return draw.bit_generator.state
    return (getattr(draw, "getstate", None) or draw.get_state)()


def set_state(draw: Any, state: Any) -> None:
    if isinstance(draw, np.random.Generator):
        draw.bit_generator.state = state
    else:
        (getattr(draw, "setstate", None) or draw.set_state)(state)


def plain(state: Any) -> Any:
    """Write NumPy's numbers as Python's, since a file without code holds none."""
    if isinstance(state, np.ndarray | np.generic):
        return state.tolist()
    if isinstance(state, dict):
        items = {plain(key): plain(value) for key, value in state.items()}
        state = copy.copy(state)  # a state_dict has attributes, too
        state.clear()
        state.update(items)
    return type(state)(map(plain, state)) if type(state) in (list, tuple) else state


def keep_as_saved(optimizer: Any, saved: dict[str, Any]) -> None:
    """Give averages back their format and their weight's strides.

    PyTorch loads them in the weight's format; and fused steps go by memory alone.
    """
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    for place, weight in enumerate(weights):
        kept = getattr(optimizer, "state", {}).get(weight, {})
        for name, loaded in kept.items():
            value = saved["state"].get(place, {}).get(name)
            if torch.is_tensor(value) and value.layout is torch.strided:
                like = weight if value.shape == weight.shape != () else value
                options = {"dtype": value.dtype, "device": loaded.device}
                kept[name] = torch.empty_like(like, **options).copy_(value)
