"""What several test files need."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from course_utils.data import sources
from course_utils.data.folder import say_once

NOBODY = "http://127.0.0.1:9/"
EXAMPLES = int(os.environ.get("EXAMPLES", 100))  # `make properties` asks for 1,000

settings.register_profile(
    "course", max_examples=EXAMPLES, derandomize=True, deadline=None
)
settings.load_profile("course")


@pytest.fixture
def data_dir(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give the test an empty data folder and cache of its own, and no network."""
    folder = tmp_path_factory.mktemp("data")
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("COURSE_DATA_DIR", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("COURSE_PROFILE", "cpu")
    monkeypatch.setenv("no_proxy", "*")
    for name in ("FASHION_MNIST", "CIFAR10"):
        dataset = getattr(sources, name)
        monkeypatch.setattr(sources, name, dataset._replace(url=NOBODY))
    say_once.cache_clear()
    return folder


@pytest.fixture
def commit(monkeypatch):
    """A function that puts a folder into git, without the caller's settings."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)

    def commit(folder):
        who = ["-c", "user.name=me", "-c", "user.email=me@here"]
        for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "course"]):
            subprocess.run(["git", *words], cwd=folder, check=True)

    return commit


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built as `make site` does."""
    if importlib.util.find_spec("myst_nb") is None:
        pytest.skip("`make site` installs Sphinx")
    path = Path(__file__).parents[1] / "docs" / "build.py"
    spec = importlib.util.spec_from_file_location("build", path)
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    folder = tmp_path_factory.mktemp("site")
    assert builder.build(folder) == 0, "Sphinx says above what is wrong"
    return folder
