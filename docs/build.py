"""Build the site from the committed notebooks; no cell is run.

python docs/build.py [FOLDER]     build/site, if no folder is named
"""

import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PAGES = (
    "README.md",
    "WORDS.md",
    "TEACHING.md",
    "CONTRIBUTING.md",
    ".github/explorer.png",
)


def build(folder: Path) -> int:
    """Write the site; 0 if nothing complains."""
    shutil.rmtree(folder, ignore_errors=True)
    sys.path[:0] = map(str, (DOCS, ROOT))  # where conf.py finds the rest
    with tempfile.TemporaryDirectory() as source:
        # The pages stand as they do in the repository, so that their links hold.
        files = [*map(ROOT.joinpath, PAGES), *ROOT.glob("notebooks/*.ipynb")]
        for file in [*files, *DOCS.glob("*.md")]:
            copy = source / file.relative_to(DOCS if file.parent == DOCS else ROOT)
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(file, copy)
        options = ["-q", "-E", "-W", "--keep-going", "-j", "auto", "-c", str(DOCS)]
        return build_main([*options, "-d", f"{source}/.read", source, str(folder)])


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "site"))
