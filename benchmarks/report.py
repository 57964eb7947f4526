"""What every benchmark does: take complete data, and keep numbers with their source."""

import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import Tensor

from course_utils.data import ImageData
from course_utils.lab import write_whole
from course_utils.measured import RESULTS


def complete(data: ImageData) -> ImageData:
    """Return the data, or end the script if they lack official images."""
    if not data.is_complete:
        message = f"this needs the complete data set, not {data.name}"
        sys.exit(f"{message}: set COURSE_DATA_DIR")
    return data


def chosen(data: ImageData, split: str, places: slice | Tensor) -> ImageData:
    """Return the data with only these images of a split, in this order."""
    names = f"{split}_images", f"{split}_targets"
    return replace(data, **{name: getattr(data, name)[places] for name in names})


def write_result(measured: dict[str, Any], *, data: str) -> Path:
    """Write ``course_utils/assets/results/<script>.json``; return its path.

    measured: numbers, strings, lists and dicts of them. data: where they come from, as
    the ``source`` of a data set says it.
    """
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    result = {
        "command": f"python benchmarks/{Path(sys.argv[0]).name}",
        "data": data,
        "hardware": hardware(),
        "versions": versions,
        **measured,
    }
    path = result_path()
    write_whole(path, f"{json.dumps(result, indent=1)}\n".encode())
    return path


def result_path() -> Path:
    """Return where the script that runs keeps what it measures."""
    return RESULTS / f"{Path(sys.argv[0]).stem}.json"


def kept(section: str) -> Any:
    """Return what the script's JSON has of a section: nothing, if there is none."""
    path = result_path()
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found.get(section, {})


def together(results: list, end: Callable[[list], Any] = list) -> Any:
    """Turn a list of equally nested dicts into one dict, whose ends are lists.

    end: what to make of these lists, such as their `median`.
    """
    if not isinstance(results[0], dict):
        return end(results)
    first = results[0]
    return {key: together([result[key] for result in results], end) for key in first}


def hardware() -> str:
    """Return one line about the processor, and the GPU if there is one."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
