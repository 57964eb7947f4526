"""Build the site for tests, as `make site` does."""

import importlib.util
from pathlib import Path

import pytest
from notebook_reader import ROOT


def built(folder: Path) -> Path:
    """The folder, with the site in it; a skipped test where Sphinx is not installed."""
    if importlib.util.find_spec("myst_nb") is None:
        pytest.skip("`make site` installs Sphinx")
    spec = importlib.util.spec_from_file_location("build", ROOT / "docs" / "build.py")
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    assert builder.build(folder) == 0, "Sphinx says above what is wrong"
    return folder
