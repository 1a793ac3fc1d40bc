"""Does NumPy from the new channel run in a headless Chromium?

This module is the last step of ``make quickstart``. It prints versions and times, and saves a
screenshot of the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.harness.chromium import ChromiumPage, chromium
from tests.harness.page import JavaScriptError
from tests.harness.server import running, site

ROOT = Path(__file__).resolve().parent.parent
BUILD_DIR = ROOT / "build"
SCREENSHOT = BUILD_DIR / "quickstart.png"


def main() -> int:
    """Run the page. On failure, print its error and its console.

    Returns:
        The exit code of the command, 0 or 1.
    """
    app = site(BUILD_DIR, pages=ROOT / "tests" / "browser" / "pages")
    with running(app) as address, chromium() as driver:
        page = ChromiumPage(driver, f"{address}/pages/quickstart.html")
        try:
            result = page.run_js("return await window.quickstart;")
        except JavaScriptError as error:
            print(f"The page failed: {error}", *page.read_console(), sep="\n", file=sys.stderr)
            return 1
        finally:
            page.screenshot(SCREENSHOT)
    for step in result["steps"]:
        print(f"{step['milliseconds']:6d} ms  {step['name']}")
    print(f"\n{result['output']}\n\nScreenshot of the page: {SCREENSHOT.relative_to(ROOT)}")
    print("Try it yourself: .venv/bin/conda-emscripten serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
