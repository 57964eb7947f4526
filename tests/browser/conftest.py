"""One JupyterLab and one browser for all notebooks."""

import json
import os
import sys
from pathlib import Path

import pytest
from chromium import CHROMIUM, MISSING, chromium, started, wait_for
from notebook_reader import ROOT

OWN = "JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"
RUNTIME = "JUPYTER_RUNTIME_DIR"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    if not CHROMIUM:
        pytest.skip(MISSING)
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="session")
def server(folder):
    """Start a JupyterLab with nothing of the user's; return how to open a copy."""
    own = {name: str(folder / name) for name in (*OWN, RUNTIME)}
    command = [sys.executable, "-m", "course_utils", "lab", "--no-browser"]
    command += ["--folder", folder / "copies", "--ServerApp.port=0"]
    command += ["--IdentityProvider.token=me", "--LabApp.expose_app_in_browser=True"]
    how = {"env": os.environ | own, "cwd": ROOT}
    with started(command, folder / "server.log", **how) as process:
        url = json.loads(wait_for(folder / RUNTIME / "jpserver-*.json", process))["url"]
        yield url + "lab/tree/copies/{}?reset&token=me"


@pytest.fixture(scope="session")
def page(folder, server):
    script = (Path(__file__).parent / "lab.js").read_text(encoding="utf-8")
    with chromium(folder / "profile") as page:
        page.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        yield page
