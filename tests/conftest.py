"""What several test files need."""

import os
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
