"""Do pages open without their server after a first visit?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conda_emscripten.serve import create_app
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.console import Console
from tests.harness.package_cache import wait_until_cached
from tests.harness.page import Page
from tests.harness.server import Counter, running, site
from tests.harness.tabs import OpenTab

KEPT = "await navigator.serviceWorker.ready; return null;"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A copy of the build whose files a test can change."""
    require((BUILD_DIR / "dist" / "pyodide.js").is_file(), "no build/dist: run make quickstart")
    (tmp_path / "channel").symlink_to(BUILD_DIR / "channel")
    shutil.copytree(BUILD_DIR / "dist", tmp_path / "dist", symlinks=True)
    return tmp_path


def test_the_console_opens_while_its_server_is_stopped(open_url: OpenTab) -> None:
    require((BUILD_DIR / "dist" / "pyodide.js").is_file(), "no build/dist: run make quickstart")
    counter = Counter(create_app(BUILD_DIR))
    with running(counter) as address:
        first = Console(open_url(f"{address}/console.html"))
        first.run("import six")
        first.page.run_js(KEPT)
        wait_until_cached(first.page, counter, BUILD_DIR)
    page = open_url(f"{address}/console.html?package=six")
    second = Console(page)
    assert second.run("import six; six.PY3").endswith("True")
    assert second.run("import pytz").endswith("ModuleNotFoundError: No module named 'pytz'")
    assert page.run_js("return crossOriginIsolated")


def test_a_page_of_one_s_own_can_be_cached(open_url: OpenTab) -> None:
    visit = """
        const { loadPyodide } = await import("/pyodide.mjs");
        const python = await loadPyodide({ api: "0.16", packages: ["six"] });
        await python.packageCache.size();
        return python.runPython("import six; six.__name__");
    """
    app = site(BUILD_DIR, pages=ROOT / "tests" / "browser" / "pages")
    with running(app) as address:
        page = open_url(f"{address}/pages/blank.html")
        page.run_js("await navigator.serviceWorker.register('/pyodide-sw.js'); return null;")
        page.run_js(KEPT)
        assert page.run_js(visit) == "six"
        again = open_url(f"{address}/pages/blank.html")  # the service worker answers
        assert again.run_js("return navigator.serviceWorker.controller !== null")
    assert again.run_js(visit) == "six"


def test_a_new_build_is_seen_at_once(open_url: OpenTab, build: Path) -> None:
    def title(page: Page) -> str:
        return str(page.run_js("return document.title;"))

    console = build / "dist" / "console.html"
    with running(create_app(build)) as address:
        first = Console(open_url(f"{address}/console.html"))
        first.page.run_js(KEPT)
        console.write_text(console.read_text().replace("Python console", "A new build"))
        assert title(open_url(f"{address}/console.html")) == "A new build"
    # The service worker only caches a complete new build, not a single changed file.
    assert title(open_url(f"{address}/console.html")) == "Python console"
