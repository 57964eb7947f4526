"""Save a training run after each epoch, and go on as if nothing had happened."""

import os
from pathlib import Path

import torch


class Checkpoint:
    """A file that holds all that the next epoch depends on.

    path: None keeps nothing. parts: what has a ``state_dict``, by name, or None.
    settings: what else must stay the same. loader: its random generator is kept, too.
    """

    def __init__(
        self,
        path: str | Path | None,
        parts: dict[str, object],
        settings: dict[str, object],
        loader: object,
    ) -> None:
        self.path = Path(path) if path is not None else None
        self.parts = {name: part for name, part in parts.items() if part is not None}
        self.generator = getattr(loader, "generator", None)
        batch_size = getattr(loader, "batch_size", None)
        batches = len(loader) if hasattr(loader, "__len__") else None
        call = parts | settings | {"batch_size": batch_size, "batches": batches}
        self.arguments = {name: describe(thing) for name, thing in call.items()}

    def save(self, history: dict[str, object]) -> None:
        """Write everything, or leave the file as it was."""
        if self.path is None:
            return
        state = {
            "arguments": self.arguments,
            "history": history,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "random": {
                "cpu": torch.get_rng_state(),
                "cuda": torch.cuda.get_rng_state_all(),
                "loader": self.generator and self.generator.get_state(),
            },
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            torch.save(state, unfinished)
            unfinished.replace(self.path)
        finally:
            unfinished.unlink(missing_ok=True)

    def resume(self) -> dict[str, object]:
        """Put everything back as it was saved, and return the history; {} at first."""
        if self.path is None or not self.path.exists():
            return {}
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            saved = state["arguments"]
        except Exception as error:
            why = f"is not a checkpoint of fit ({type(error).__name__})"
            raise self.refusal(why) from error
        changed = [
            f"{name} was {saved.get(name)!r} and is {value!r}"
            for name, value in self.arguments.items()
            if saved.get(name) != value
        ]
        if changed:
            raise self.refusal(f"belongs to another run: {'; '.join(changed)}")
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        lay_out_as_parameters(self.parts["optimizer"])
        torch.set_rng_state(state["random"]["cpu"])
        torch.cuda.set_rng_state_all(state["random"]["cuda"])
        if self.generator is not None:
            self.generator.set_state(state["random"]["loader"])
        return state["history"]

    def refusal(self, why: str) -> ValueError:
        advice = "Delete it to start over, or give another path."
        return ValueError(f"{self.path} {why}. {advice}")


def lay_out_as_parameters(optimizer: torch.optim.Optimizer) -> None:
    """Give each average its parameter's strides: fused steps go by memory alone."""
    for parameter, kept in optimizer.state.items():
        for name, value in kept.items():
            if torch.is_tensor(value) and value.shape == parameter.shape != ():
                kept[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def describe(thing: object) -> str:
    """Name a thing's type and its plain settings, the same in every process.

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
        and key not in ("training", "last_epoch")  # which say nothing about the call
    ]
    return f"{name}({', '.join(plain)})"
