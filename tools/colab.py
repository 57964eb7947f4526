"""Run each notebook as Colab would: alone, in an empty folder, with Colab's versions.

    make colab [NB=notebooks/NAME.ipynb]

The bootstrap cell runs as it stands; git is told to find the course in this checkout,
at its last commit, and the kernel to be Colab's.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from tools.notebooks import BRANCH, REPOSITORY, ROOT, execute

COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('colab')"
PIP = [sys.executable, "-m", "pip"]
FORGET = [*PIP, "uninstall", "-qy", "convolution-by-hand", "torchsummary"]


def surroundings(folder: Path) -> dict[str, str]:
    """Environment variables that make of this machine, for a notebook, Colab's."""
    clone, startup = folder / "clone", folder / "ipython/profile_default/startup"
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, clone], check=True)
    here = ["git", "-C", clone, "update-ref", f"refs/heads/{BRANCH}", "HEAD"]
    subprocess.run(here, check=True)
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text(COLAB)
    return {
        "COURSE_PROFILE": "ci",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or each kernel writes six lines
        "IPYTHONDIR": str(startup.parents[1]),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{clone.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": REPOSITORY,
    }


def main() -> str | None:
    """Run notebooks, one after the other, and say which of them failed."""
    problems = []
    with TemporaryDirectory() as folder:
        os.environ.update(surroundings(Path(folder)))
        for name in sys.argv[1:] or sorted((ROOT / "notebooks").glob("*.ipynb")):
            path = ROOT / name
            subprocess.run(FORGET, check=True)
            with TemporaryDirectory() as empty:
                notebook = nbformat.read(path, as_version=4)
                problems.append(execute(notebook, Path(empty, path.name)))
            print(path.name, "fails" if problems[-1] else "runs", flush=True)
    return "\n\n".join(filter(None, problems)) or None


if __name__ == "__main__":
    sys.exit(main())
