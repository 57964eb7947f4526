"""Print the exact versions of all that the course needs now, for constraints.txt.

    make constraints

Any Python of the course will do: uv resolves for the oldest. Nothing is installed but
uv, in a folder that goes again.
"""

import re
import subprocess
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = """\
# The exact versions that the course is tested with, on every supported Python.
# Made by `make constraints`; used by the Makefile (-c), never by requirements.txt.
# Names that exist on one system only (nvidia-*, triton) are ignored on others."""


def oldest_python() -> str:
    """The first version that pyproject.toml admits."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return re.search(r">=([\d.]+)", project["project"]["requires-python"])[1]


def resolved() -> str:
    """A line `name==version` for each library of the course and its tests."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        install = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "uv"]
        subprocess.run(install, check=True)
        compiled = [f"{folder}/bin/uv", "pip", "compile", "pyproject.toml", "--quiet"]
        compiled += ["--extra=test", "--extra=site"]
        compiled += [f"--python-version={oldest_python()}"]
        compiled += ["--python-platform=linux", "--no-header", "--no-annotate"]
        return subprocess.check_output(compiled, cwd=ROOT, text=True)


if __name__ == "__main__":
    print(HEADER, resolved(), sep="\n", end="")
