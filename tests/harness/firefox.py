"""How does a page run in a real, headless Firefox?

Debian has no geckodriver, so this module controls the browser directly with WebDriver BiDi:
https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver.common.keys import Keys
from websockets.sync.client import ClientConnection, connect

from tests.harness.page import INSECURE_HOST, TIMEOUT, JavaScriptError, Page

COMMAND = "firefox-esr"


def missing() -> list[str]:
    """The name of the browser if it is not in PATH."""
    return [] if shutil.which(COMMAND) else [COMMAND]


class Firefox:
    """A session with a running Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._consoles: dict[str, list[str]] = {}
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])

    def call(self, method: str, **params: Any) -> Any:
        """Send a command and return its result.

        Raises:
            JavaScriptError: the command failed.
        """
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=TIMEOUT))
            if message.get("method") == "log.entryAdded":
                entry = message["params"]
                line = f"{entry['level']}: {entry['text']}"
                self.console(entry["source"].get("context", "")).append(line)
            elif message.get("id") == number:
                if message["type"] == "error":
                    raise JavaScriptError(f"{method}: {message['message']}")
                return message["result"]

    def console(self, context: str) -> list[str]:
        """The console of a tab; a list that later calls extend."""
        return self._consoles.setdefault(context, [])


@contextmanager
def firefox(*, is_dark: bool = False) -> Iterator[Firefox]:
    """A Firefox with a fresh profile: nothing cached, nothing compiled.

    Args:
        is_dark: pages see the colour scheme ``dark``; no command of WebDriver BiDi changes it.
    """
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        command = [COMMAND, "--headless", "--no-remote", "--remote-debugging-port=0"]
        preferences = {
            "network.dns.localDomains": INSECURE_HOST,
            # Each tab has a process of its own. Many interpreters in one process run out of memory
            # for their compiled code, and a low limit also counts processes that are about to end.
            "dom.ipc.processCount.webIsolated": 1000,
            # Timers of tabs that are not in front run at full speed.
            "dom.min_background_timeout_value": 4,
            "dom.timeout.enable_budget_timer_throttling": False,
            "layout.css.prefers-color-scheme.content-override": 0 if is_dark else 1,
        }
        lines = [f'user_pref("{name}", {json.dumps(to)});\n' for name, to in preferences.items()]
        (Path(profile) / "user.js").write_text("".join(lines))
        log = Path(profile) / "stderr"
        with log.open("w") as stderr:
            browser = subprocess.Popen(
                [*command, "--profile", profile], env={**os.environ, "HOME": profile}, stderr=stderr
            )
        try:
            with connect(_address(browser, log), max_size=None) as socket:
                yield Firefox(socket)
        finally:
            browser.terminate()
            browser.wait()


def _address(browser: subprocess.Popen[bytes], log: Path) -> str:
    """The address of the browser, which it prints to stderr some seconds after its start."""
    deadline = time.monotonic() + TIMEOUT
    while browser.poll() is None and time.monotonic() < deadline:
        if match := re.search(r"WebDriver BiDi listening on (ws://\S+)\n", log.read_text()):
            return f"{match[1]}/session"
        time.sleep(0.1)
    raise RuntimeError(f"{COMMAND} did not start: {log.read_text()}")


class FirefoxPage(Page):
    """One tab of a Firefox."""

    def __init__(self, browser: Firefox, url: str) -> None:
        self._browser = browser
        self._context: str = browser.call("browsingContext.create", type="tab")["context"]
        self.console = browser.console(self._context)
        browser.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def _settle(self, promise: str) -> str:
        outcome = self._browser.call(
            "script.evaluate",
            expression=promise,
            target={"context": self._context},
            awaitPromise=True,
        )
        if outcome["type"] == "exception":
            raise JavaScriptError(outcome["exceptionDetails"]["text"])
        return str(outcome["result"]["value"])

    def read_console(self) -> list[str]:
        self._browser.call("session.status")  # all earlier events have arrived before the answer
        return self.console

    def press(self, keys: str, *, control: bool = False) -> None:
        presses = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        if control:
            held = {"value": Keys.CONTROL}
            presses = [{"type": "keyDown", **held}, *presses, {"type": "keyUp", **held}]
        self._browser.call("browsingContext.activate", context=self._context)
        self._browser.call(
            "input.performActions",
            context=self._context,
            actions=[{"type": "key", "id": "keyboard", "actions": presses}],
        )

    def resize(self, width: int, height: int = 900) -> None:
        """Show the page as in a window of this size, in CSS pixels."""
        size = {"width": width, "height": height}
        self._browser.call("browsingContext.setViewport", context=self._context, viewport=size)

    def screenshot(self, path: Path) -> None:
        shot = self._browser.call("browsingContext.captureScreenshot", context=self._context)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self._browser.call("browsingContext.close", context=self._context)
