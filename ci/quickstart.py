"""Does NumPy run in a headless Chromium, out of the channel that was just built?

The last step of `make quickstart`: prints versions and times, and saves what the page shows.
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
    """Run the page; 0 if it computed, 1 with its error and its console if not."""
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
    print(f"\n{result['output']}\n\nWhat the page shows: {SCREENSHOT.relative_to(ROOT)}")
    print("Try it yourself: .venv/bin/conda-emscripten serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
