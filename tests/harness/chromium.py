"""How does a page run in a real, headless Chromium?"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

TIMEOUT = 120  # seconds a script may take; the first start on a busy machine is slow

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # containers run as root
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",  # tabs that are not in front run at full speed
    "--disable-renderer-backgrounding",
    "--window-size=1000,700",
)


class JavaScriptError(Exception):
    """A script in the page threw, or its promise was rejected; the text is the error's message."""


def missing() -> list[str]:
    """The names of those of the browser and its driver that are not in PATH."""
    return [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A Chromium with a fresh profile: nothing cached, nothing compiled."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or "chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver") or "chromedriver")
        )
        driver.set_script_timeout(TIMEOUT)
        driver.set_page_load_timeout(TIMEOUT)
        try:
            yield driver
        finally:
            driver.quit()


class Page:
    """One tab of a browser.

    Attributes:
        console: what the page wrote to its console, as of the last `read_console`.
    """

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.console: list[str] = []
        self._driver = driver
        driver.switch_to.new_window("tab")
        self._handle = driver.current_window_handle
        driver.get(url)

    def run_js(self, code: str) -> Any:
        """Run `code` as the body of an async function and give back what it returns, as JSON.

        Raises `JavaScriptError` if it throws.
        """
        self._driver.switch_to.window(self._handle)
        outcome = self._driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async () => {{ {dedent(code)}\n }})().then("
            "value => done({value: value === undefined ? null : value}),"
            "error => done({error: String(error?.message ?? error)}));"
        )
        if "error" in outcome:
            raise JavaScriptError(outcome["error"])
        return outcome["value"]

    def run_python(self, code: str) -> Any:
        """`pyodide.runPython(code)`, dedented. Raises `JavaScriptError` with Python's traceback."""
        return self.run_js(f"return pyodide.runPython({json.dumps(dedent(code))});")

    def run_python_async(self, code: str) -> Any:
        """`pyodide.runPythonAsync(code)`, which first loads the packages that `code` imports."""
        return self.run_js(f"return await pyodide.runPythonAsync({json.dumps(dedent(code))});")

    def read_console(self) -> list[str]:
        """All that the browser's console has shown so far."""
        self._driver.switch_to.window(self._handle)
        entries = self._driver.execute("getLog", {"type": "browser"})["value"]
        self.console += [f"{entry['level']}: {entry['message']}" for entry in entries]
        return self.console

    def screenshot(self, path: Path) -> None:
        """Save what the tab shows as a PNG."""
        self._driver.switch_to.window(self._handle)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._driver.get_screenshot_as_png())

    def close(self) -> None:
        """Close the tab."""
        self._driver.switch_to.window(self._handle)
        self._driver.close()
        self._driver.switch_to.window(self._driver.window_handles[0])
