"""How does a test use console.html as its user does?"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from selenium.webdriver.common.keys import Keys

from tests.harness.page import TIMEOUT, Page


class Console:
    """A tab with console.html; made when Python is ready."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wait_until(lambda: self.state == "ready" and self.screen.endswith(">>>"))

    @property
    def state(self) -> str:
        return str(self.page.run_js("return document.getElementById('status').dataset.state;"))

    @property
    def screen(self) -> str:
        """The visible rows, without trailing spaces."""
        text = self.page.run_js("""
            const rows = document.querySelectorAll(".xterm-rows > div");
            return Array.from(rows, (row) => row.textContent.replaceAll("\\u00a0", " "));
        """)
        return "\n".join(line.rstrip() for line in text).rstrip()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"The console is {self.state} and shows:\n{self.screen}")
            time.sleep(0.05)

    def wait_for(self, text: str) -> None:
        """Wait until the screen ends in a text."""
        self.wait_until(lambda: self.screen.endswith(text))

    def enter(self, *lines: str) -> None:
        for line in lines:
            self.page.press(line + Keys.ENTER)

    def run(self, *lines: str) -> str:
        """Enter lines on a cleared screen; returns the resulting rows without the last prompt."""
        self.page.press("l", control=True)
        self.wait_until(lambda: self.screen == ">>>")
        self.enter(*lines)
        self.wait_until(lambda: self.state == "ready" and self.screen.endswith("\n>>>"))
        return self.screen.removesuffix("\n>>>")
