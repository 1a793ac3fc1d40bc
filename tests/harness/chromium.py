"""How does a page run in a real, headless Chromium?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

from tests.harness.page import INSECURE_HOST, TIMEOUT, Page

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
    "--js-flags=--expose-gc",  # for tests of the garbage collection of proxies
    "--window-size=1000,700",
    f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1",
)


def missing() -> list[str]:
    """The programs, of the browser and its driver, that are not in PATH."""
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


class ChromiumPage(Page):
    """One tab of a Chromium."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.console = []
        self._driver = driver
        driver.execute("getLog", {"type": "browser"})  # drop the messages of other tabs
        driver.switch_to.new_window("tab")
        self._handle = driver.current_window_handle
        driver.get(url)

    def _settle(self, promise: str) -> str:
        self._driver.switch_to.window(self._handle)
        script = f"({promise}).then(arguments[arguments.length - 1])"
        return str(self._driver.execute_async_script(script))

    def read_console(self) -> list[str]:
        self._driver.switch_to.window(self._handle)
        entries = self._driver.execute("getLog", {"type": "browser"})["value"]
        self.console += [f"{entry['level']}: {entry['message']}" for entry in entries]
        return self.console

    def press(self, keys: str, *, control: bool = False) -> None:
        self._driver.switch_to.window(self._handle)
        actions = ActionChains(self._driver, duration=0)
        if control:
            actions.key_down(Keys.CONTROL).send_keys(keys).key_up(Keys.CONTROL)
        else:
            actions.send_keys(keys)
        actions.perform()

    def emulate(self, *, width: int, scheme: str, height: int = 900) -> None:
        """Show the page as on a screen of this size, in CSS pixels, light or dark."""
        self._driver.switch_to.window(self._handle)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def screenshot(self, path: Path) -> None:
        self._driver.switch_to.window(self._handle)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._driver.get_screenshot_as_png())

    def close(self) -> None:
        self._driver.switch_to.window(self._handle)
        self._driver.close()
        self._driver.switch_to.window(self._driver.window_handles[0])
