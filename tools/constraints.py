"""Print the exact versions that pip resolves for the course now, for constraints.txt.

    make constraints

That runs this with the oldest Python of the course. Nothing is installed. Local
versions (the `+cu132` of a torch) are left out, for a package index has none.
"""

import json
import subprocess
import tempfile
import venv
from pathlib import Path

HEADER = """\
# The exact versions that the course is tested with, on every supported Python.
# Made by `make constraints`; used by the Makefile (-c), never by requirements.txt.
# Names that exist on one system only (nvidia-*, triton) are ignored on others."""


def resolved() -> dict[str, str]:
    """Name and version of all that the course and its tests need."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        report = Path(folder, "report.json")
        pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--dry-run", "--report", report, ".[test]"], check=True)
        packages = json.loads(report.read_text())["install"]
    return {
        package["metadata"]["name"]: package["metadata"]["version"].partition("+")[0]
        for package in packages
        if "dir_info" not in package["download_info"]  # the course itself
    }


if __name__ == "__main__":
    versions = sorted(resolved().items(), key=lambda item: item[0].lower())
    print(HEADER, *(f"{name}=={version}" for name, version in versions), sep="\n")
