"""What every benchmark does with its numbers: keep them, with where they come from."""

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import torch
import torchvision

from course_utils.measured import RESULTS


def write_result(measured: dict[str, Any], *, data: str) -> Path:
    """Write ``course_utils/assets/results/<script>.json``, whole or not at all.

    Parameters
    ----------
    measured
        Numbers, strings, lists and dicts of them.
    data
        The ``source`` of the data set.

    Returns
    -------
    Path
    """
    result = {
        "command": f"python benchmarks/{Path(sys.argv[0]).name}",
        "data": data,
        "hardware": hardware(),
        "versions": {
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
        **measured,
    }
    path = result_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
    return path


def result_path() -> Path:
    """Return where the script that runs keeps what it measures."""
    return RESULTS / f"{Path(sys.argv[0]).stem}.json"


def kept(section: str) -> dict[str, Any]:
    """Return what the script's JSON has of a section: nothing, if there is none."""
    path = result_path()
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found.get(section, {})


def together(results: list) -> list | dict:
    """Turn a list of equally nested dicts into one dict, whose ends are lists."""
    if not isinstance(results[0], dict):
        return results
    return {key: together([result[key] for result in results]) for key in results[0]}


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
