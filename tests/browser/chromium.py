"""Drive one page of a headless Chromium through its DevTools protocol."""

import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from contextlib import contextmanager
from urllib.request import urlopen

from websocket import create_connection

NAMES = "chromium", "chromium-browser", "google-chrome"
FOUND = [path for name in NAMES if (path := shutil.which(name))]
CHROMIUM = os.environ.get("CHROMIUM") or next(iter(FOUND), "")
MISSING = "There is no Chromium: sudo apt install chromium, or CHROMIUM=/path/to/it"
OPTIONS = (
    "--headless",
    "--remote-debugging-port=0",
    "--enable-blink-features=ComputedAccessibilityInfo",
    *["--no-sandbox"] * (getattr(os, "geteuid", lambda: 1)() == 0),
)
KEYS = {"Enter": 13, " ": 32, "PageUp": 33, "End": 35, "Home": 36}
KEYS |= {"ArrowLeft": 37, "ArrowRight": 39}


@contextmanager
def started(command, log, **how):
    """Run a program until the end of the block."""
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **how)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait_for(file, process):
    """Return what a program writes into a file once it is ready."""
    end = time.monotonic() + 60
    while not any(text := [found.read_text() for found in file.parent.glob(file.name)]):
        assert process.poll() is None, f"{process.args} has ended"
        assert time.monotonic() < end, f"{process.args} is not ready after a minute"
        time.sleep(0.1)
    return text[0]


@contextmanager
def chromium(folder):
    """Start a browser whose profile is a new folder, and yield its one page."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder}", "about:blank"]
    with started(command, folder.parent / "chromium.log") as process:
        port = wait_for(folder / "DevToolsActivePort", process).split()[0]
        with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            (target,) = [t for t in json.load(answer) if t["type"] == "page"]
        yield Page(target["webSocketDebuggerUrl"])


class Page:
    """A page; `complaints` are the errors that its console has shown."""

    def __init__(self, address):
        self.socket = create_connection(address, suppress_origin=True, timeout=400)
        self.count, self.complaints = 0, []
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)

    def send(self, method, **parameters):
        """Give a command, and return its answer."""
        number = self.post(method, **parameters)
        answer = self.wait(lambda said: said.get("id") == number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def post(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        return self.count

    def wait(self, awaited):
        """Return the message that is waited for; note the events before it."""
        while not awaited(said := json.loads(self.socket.recv())):
            self.note(said.get("method"), said.get("params"))
        return said

    def note(self, event, said):
        match event:
            case "Page.javascriptDialogOpening":  # leave, though it is not saved?
                self.post("Page.handleJavaScriptDialog", accept=True)
            case "Runtime.exceptionThrown":
                self.complaints.append(said["exceptionDetails"])
            case "Runtime.consoleAPICalled" if said["type"] == "error":
                self.complaints.append(said["args"])
            case "Log.entryAdded" if said["entry"]["level"] == "error":
                self.complaints.append(said["entry"])

    def open(self, address):
        self.send("Page.navigate", url=address)
        self.wait(lambda said: said.get("method") == "Page.loadEventFired")

    def call(self, function, *arguments):
        """Return what a function of the page returns; promises are waited for."""
        script = f"{function}({', '.join(map(json.dumps, arguments))})"
        options = {"awaitPromise": True, "returnByValue": True}
        answer = self.send("Runtime.evaluate", expression=script, **options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key):
        look = {"key": key, "windowsVirtualKeyCode": KEYS[key]}
        look |= {"code": "Space", "text": " "} if key == " " else {"code": key}
        look |= {"text": "\r"} if key == "Enter" else {}
        for event in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=event, **look)

    def size(self, width, height, zoom):
        """Give the window a size in pixels of the screen, and the page a zoom."""
        size = {"width": round(width / zoom), "height": round(height / zoom)}
        where = {"deviceScaleFactor": zoom, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size, **where)

    def picture(self, path):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b64decode(self.send("Page.captureScreenshot")["data"]))


if __name__ == "__main__":  # for the Makefile
    sys.exit(None if shutil.which(CHROMIUM) else f"{MISSING}.")
