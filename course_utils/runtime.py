"""Seed, device, precision, and how much work this machine should do."""

import ctypes
import os
import platform
from dataclasses import dataclass

import torch

from course_utils.arguments import as_choice, as_count


@dataclass(frozen=True)
class Profile:
    """How much work this machine should do.

    ``"cpu"`` and ``"gpu"`` train in full, ``"ci"`` only shows that everything runs, and
    never downloads a data set. None: all training images, as many epochs as planned.
    """

    name: str
    max_images: int | None = None
    max_epochs: int | None = None
    download: bool = True

    def epochs(self, planned: int) -> int:
        """Return how many of the `planned` epochs to train.

        >>> PROFILES["ci"].epochs(15), PROFILES["cpu"].epochs(15)
        (1, 15)
        """
        planned = as_count("planned", planned)
        return planned if self.max_epochs is None else min(planned, self.max_epochs)


PROFILES = {
    "cpu": Profile("cpu"),
    "gpu": Profile("gpu"),
    "ci": Profile("ci", max_images=10_000, max_epochs=1, download=False),
}


def current_profile() -> Profile:
    """Return the profile that ``COURSE_PROFILE`` names, else the one for this device.

    ValueError if it names none.
    """
    default = "cpu" if best_device().type == "cpu" else "gpu"
    name = os.environ.get("COURSE_PROFILE") or default
    return PROFILES[as_choice("the variable COURSE_PROFILE", name, *PROFILES)]


def set_seed(seed: int) -> torch.Generator:
    """Seed PyTorch's global random state, which initialises weights and draws dropout.

    seed: 0, 1, 2, …; anything else is a ValueError. Returns a separate generator with
    the same seed, for a loader that shuffles.
    """
    seed = as_count("seed", seed, least=0)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def best_device() -> torch.device:
    """Return the fastest device here: ``cuda``, else ``mps``, else ``cpu``."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def as_device(name: str, device: torch.device | str) -> torch.device:
    """Return one of this machine's devices, or raise a ValueError."""
    counts = {"cuda": torch.cuda.device_count(), "cpu": 1, "meta": 1}
    counts["mps"] = int(torch.backends.mps.is_available())
    named = isinstance(device, str | torch.device)
    kind, _, number = str(device).partition(":") if named else ("", "", "")
    if not counts.get(kind) or number not in ("", *map(str, range(counts[kind]))):
        del counts["meta"]  # which holds shapes only, and so is no place to compute
        here = " or ".join(repr(kind) for kind, count in counts.items() if count)
        raise ValueError(f"{name} is {device!r}; expected one that is here: {here}")
    return torch.device(device)


def describe_device(device: torch.device | str) -> str:
    """Return one line that names the hardware behind a device; ValueError without."""
    device = as_device("device", device)
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return "mps: the GPU of this Mac"
    threads = torch.get_num_threads()
    count = f"{threads} thread{'s' if threads > 1 else ''}"
    return f"cpu: {count}; slower than a GPU, and enough here"


def autocast_dtype(precision: str, device: torch.device) -> torch.dtype:
    """Return the number format that `precision` stands for on a device.

    ``"float32"``, ``"bfloat16"``, ``"float16"``, or ``"auto"``: bfloat16 where the
    processor computes with it natively, else float16 on a GPU that has tensor cores for
    it, else float32; never an emulated format. ValueError if it is none of these.
    """
    as_choice("precision", precision, "float32", "bfloat16", "float16", "auto")
    if precision != "auto":
        return getattr(torch, precision)
    if has_native_bfloat16(device):
        return torch.bfloat16
    # Volta (7.0) and Turing, such as the T4 that Colab lends.
    if device.type == "cuda" and torch.cuda.get_device_capability(device) >= (7, 0):
        return torch.float16
    return torch.float32


def has_native_bfloat16(device: torch.device | str) -> bool:
    """Say whether a device computes in bfloat16 itself; ValueError without."""
    device = as_device("device", device)
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Releases before get_capabilities came in count as "no": float32 is always right.
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(capabilities.get("avx512_bf16", False))


def keep_freed_memory() -> None:
    """Let glibc keep freed memory for the next batch, instead of returning it at once.

    Source: ``man 3 mallopt``; the numbers of the options are from ``malloc.h``.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    trim_threshold, mmap_threshold = -1, -3
    libc = ctypes.CDLL(None)
    libc.mallopt(mmap_threshold, 32 * 2**20)  # The largest that glibc accepts.
    libc.mallopt(trim_threshold, 2**30)
