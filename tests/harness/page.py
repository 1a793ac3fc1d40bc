"""What can a test do with a page in any browser?"""

from __future__ import annotations

import json
import time
from abc import abstractmethod
from pathlib import Path

from tests.harness.runtime import TIMEOUT as TIMEOUT
from tests.harness.runtime import JavaScriptError as JavaScriptError
from tests.harness.runtime import Runtime

INSECURE_HOST = "insecure.test"
"""Leads to this machine; browsers do not trust pages from there as they do those from localhost."""


class Page(Runtime):
    """One tab of a browser.

    Attributes:
        console: the lines of the page's console up to the last ``read_console``.
    """

    console: list[str]

    def wait_until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true.

        Raises:
            TimeoutError: it is false after ``TIMEOUT``; the message has the page's text.
        """
        deadline = time.monotonic() + TIMEOUT
        while not self.run_js(f"return Boolean({condition});"):
            if time.monotonic() > deadline:
                text = self.run_js("return document.body.innerText;")
                raise TimeoutError(f"{condition} is false after {TIMEOUT} s in the page:\n{text}")
            time.sleep(0.05)

    def open_frame(self, path: str) -> None:
        """Open a path of this page's origin in a frame, as ``frames[0]``, and wait for its load.

        A page that leaves gives no answer to a running script, but its frame may leave.
        """
        self.run_js(f"""
            const frame = document.createElement("iframe");
            frame.src = {json.dumps(path)};
            const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
            document.body.append(frame);
            await loaded;
        """)

    @abstractmethod
    def press(self, keys: str, *, control: bool = False) -> None:
        """Press keys one by one; special keys are selenium's, for example ``Keys.ENTER``."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Save a screenshot of the tab as a PNG."""

    @abstractmethod
    def close(self) -> None:
        """Close the tab."""
