"""What a run is made of, in words that are the same in every process."""

import copyreg
import dis
import io
import logging
import random
import sys
import types
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.optim.lr_scheduler import LRScheduler
from tqdm.std import tqdm

PLAIN = type(None) | bool | int | float | str | Path
PLAIN |= torch.dtype | torch.device
DRAWS = torch.Generator | np.random.Generator | np.random.RandomState | random.Random
MANY = list | tuple | set | frozenset | range
FEW = 20  # parts of a list that are described one by one
# What a schedule changes while it goes on, and its optimizer, which speaks for itself.
PASSING = {"optimizer", "last_epoch", "best", "num_bad_epochs", "cooldown_counter"}
PASSING |= {"_step_count", "_last_lr", "_get_lr_called_within_step", "_is_initial"}
HOOKS = ["_forward_hooks", "_forward_pre_hooks", "_backward_hooks"]
HOOKS += ["_backward_pre_hooks", "_post_accumulate_grad_hooks"]
HOOKS += ["_optimizer_step_pre_hooks", "_optimizer_step_post_hooks"]


class Fingerprint:
    """All that things are made of, down to numbers, text and code.

    texts: path → what is there, such as ``"train_loader.batch_size": "128"``. draws:
    path → a source of random numbers that was met.
    """

    def __init__(self, things: Mapping[str, object]) -> None:
        self.texts: dict[str, str] = {}
        self.draws: dict[str, Any] = {}
        self.seen: dict[int, tuple[str, object]] = {}  # which keeps it, and so its id
        for name, thing in things.items():
            self.add(name, thing)

    def add(self, path: str, thing: object) -> None:
        if isinstance(thing, PLAIN):
            self.texts[path] = repr(thing)
        elif isinstance(thing, Tensor | bytes) or hasattr(thing, "__array_interface__"):
            self.texts[path] = of_array(thing)
        elif id(thing) in self.seen:
            self.texts[path] = f"the same as {self.seen[id(thing)][0]}"
        elif not isinstance(thing, types.ModuleType):
            self.seen[id(thing)] = path, thing
            if isinstance(thing, DRAWS):
                self.draws[path] = thing
            self.texts[path], parts = name_and_parts(thing)
            if isinstance(thing, MANY) and len(parts) > FEW:
                inside = Fingerprint(parts)
                self.draws |= {f"{path}.{k}": v for k, v in inside.draws.items()}
                self.texts[path] += f", {checksum(repr(inside.texts).encode())}"
                return
            for key, part in parts.items():
                self.add(f"{path}.{key}", part)


def name_and_parts(thing: object) -> tuple[str, Mapping[str, object]]:
    """Return what something is in a word or two, and what it is made of."""
    kind = type(thing)
    name = f"{kind.__module__}.{kind.__qualname__}"
    code = {} if of_library(name) else {"class": kind}
    match thing:
        case torch.Generator():
            return f"seed {thing.initial_seed()}", {}
        case _ if isinstance(thing, DRAWS | logging.Logger | io.IOBase):
            return name, {}
        case tqdm():
            return "tqdm", {"of": thing.iterable}
        case property():
            return name, {"get": thing.fget, "set": thing.fset}
        case type() | types.FunctionType():
            return of_code(thing)
        case set() | frozenset():
            return f"{name} of {len(thing)}", named(sorted(thing, key=repr))
        case list() | tuple() | range():
            return f"{name} of {len(thing)}", named(thing)
        case Mapping():
            return name, {f"{key}": value for key, value in thing.items()}
        case partial():
            return name, {"of": thing.func, "args": thing.args, **thing.keywords}
        case types.MethodType():
            return name, {"of": thing.__self__, "method": thing.__func__}
        case torch.optim.Optimizer():
            return name, named(map(of_group, thing.param_groups)) | hooks(thing)
        case nn.Module():
            return name, code | of_module(thing)
    if name.startswith("torch._dynamo."):  # what compiles a model, not what it is
        return name, {}
    # What pickles in its own way, as a DataFrame, may have no attributes that tell.
    ways = "__reduce__", "__reduce_ex__", "__getstate__"
    has_own = any(getattr(kind, way) is not getattr(object, way) for way in ways)
    own = as_pickled(thing) if has_own or not hasattr(thing, "__dict__") else {}
    own = own or getattr(thing, "__dict__", {})
    if isinstance(thing, torch.utils.data.DataLoader):
        own = {key: value for key, value in own.items() if key[0] != "_"}
    if isinstance(thing, LRScheduler):
        own = {key: value for key, value in own.items() if key not in PASSING}
    return name, code | own


def of_library(name: str) -> bool:
    """Say whether code is Python's own or installed, but for the course's own."""
    top = name.partition(".")[0]
    installed = "-packages" in (getattr(sys.modules.get(top), "__file__", None) or "")
    own = top in ("__main__", "course_utils")
    return top in sys.stdlib_module_names or (installed and not own)


def as_pickled(thing: object) -> dict[str, object]:
    """Return what pickle keeps of something without attributes."""
    try:
        reduce = copyreg.dispatch_table.get(type(thing))
        kept = reduce(thing) if reduce else thing.__reduce_ex__(4)
    except Exception:  # a lock, a generator: no more is known
        return {}
    if isinstance(kept, str):
        return {"name": f"{thing.__module__}.{kept}"}
    return named([*part] if isinstance(part, Iterator) else part for part in kept[1:])


def named(things: Any) -> dict[str, object]:
    return {f"{number}": thing for number, thing in enumerate(things)}


def hooks(thing: object) -> dict[str, object]:
    """Return the functions that hang on a layer, on weights or on an optimizer."""
    hung = {name: getattr(thing, name, None) for name in HOOKS}
    return {name: [*some.values()] for name, some in hung.items() if some}


def of_module(module: nn.Module) -> dict[str, object]:
    """Return settings, layers, and of what a run changes, only the shapes."""
    own = {k: v for k, v in vars(module).items() if k[0] != "_" and k != "training"}
    own = {k: v for k, v in own.items() if getattr(v, "grad_fn", None) is None}
    trained = dict(module.named_parameters(recurse=False))
    # What old spectral_norm, weight_norm and pruning compute is kept in its parts.
    own = {k: v for k, v in own.items() if not {f"{k}_orig", f"{k}_g"} & trained.keys()}
    for name, weights in trained.items():
        own[name] = f"{tuple(weights.shape)}, trained: {weights.requires_grad}"
        own |= {} if weights.requires_grad else {f"{name}.frozen": weights}
        own |= {f"{name}.{hook}": some for hook, some in hooks(weights).items()}
    if not isinstance(module, nn.modules.batchnorm._NormBase | _SpectralNorm):
        own |= module.named_buffers(recurse=False)
    return own | hooks(module) | dict(module.named_children())


def of_group(group: dict[str, Any]) -> dict[str, object]:
    """Return an optimizer's settings, with the learning rate that it began with."""
    shapes = [tuple(weights.shape) for weights in group["params"]]
    return group | {"params": shapes, "lr": group.get("initial_lr", group.get("lr"))}


def of_array(array: Any) -> str:
    if isinstance(array, Tensor):
        array = array.to_dense()
        try:
            array = array.numpy(force=True)
        except TypeError:  # NumPy has no bfloat16, nor float8
            array = array.reshape(-1).view(torch.uint8).numpy(force=True)
    values = np.ascontiguousarray(array)
    values = values.astype(str) if values.dtype.hasobject else values
    return f"{values.dtype} {values.shape}, {checksum(values.reshape(-1).view('u1'))}"


def of_code(thing: type | Callable) -> tuple[str, Mapping[str, object]]:
    """Return a class or function by name, with what its own code does and uses."""
    name = f"{thing.__module__}.{thing.__qualname__}"
    if of_library(name):
        return name, {}
    if isinstance(thing, type):
        bases = {f"base {base.__qualname__}": base for base in thing.__bases__}
        own = {k: v for k, v in vars(thing).items() if callable(v) or k[:2] != "__"}
        return name, own | bases
    codes = [thing.__code__]
    for code in codes:  # and those of functions inside
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    steps = [step for code in codes for step in dis.get_instructions(code)]
    names = [s.argval for s in steps if s.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    used = {k: thing.__globals__[k] for k in names if k in thing.__globals__}
    cells = zip(thing.__code__.co_freevars, thing.__closure__ or ())
    used |= {name: cell.cell_contents for name, cell in cells}
    defaults = {"defaults": thing.__defaults__, "named": thing.__kwdefaults__}
    return f"{name}, {checksum(b''.join(map(code_bytes, codes)))}", used | defaults


def code_bytes(code: types.CodeType) -> bytes:
    plain = [c for c in code.co_consts if isinstance(c, PLAIN | bytes | tuple)]
    return code.co_code + repr((plain, code.co_names)).encode()


def checksum(data: Any) -> str:
    return f"{zlib.crc32(data):08x}"
