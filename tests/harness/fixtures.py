"""Which fixtures do all tests share?

This module is a pytest plug-in, for ``tests/`` and for ``recipes/*/page/``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest

from tests.harness import chromium, firefox, server
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.chromium import ChromiumPage
from tests.harness.firefox import FirefoxPage
from tests.harness.node import node
from tests.harness.page import Page
from tests.harness.runtime import Runtime
from tests.harness.server import running
from tests.harness.tabs import PAGES, OpenTab, start_page, start_today
from tests.harness.wasm_python import WasmPython, create_environment


@pytest.fixture(scope="session")
def wasm_python(tmp_path_factory: pytest.TempPathFactory) -> WasmPython:
    """An environment with python and numpy, made by ``conda-emscripten env create``."""
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    require(any(packages.glob("numpy-*.conda")), "no numpy in build/channel: run make quickstart")
    return create_environment(tmp_path_factory.mktemp("env") / "wasm", "python", "numpy")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a local server of the site, the channel and, at /pages/, the test pages."""
    require((BUILD_DIR / "dist" / "pyodide.js").is_file(), "no build/dist: run make quickstart")
    pages = ROOT / "tests" / "browser" / "pages"
    with running(server.site(BUILD_DIR, pages=pages)) as address:
        yield address


@pytest.fixture(scope="session")
def chromium_tabs() -> Iterator[OpenTab]:
    """Opens an address in a tab of one headless Chromium with a fresh profile."""
    missing = " and ".join(chromium.missing())
    require(not missing, f"no {missing} in PATH: apt-get install chromium chromium-driver")
    with chromium.chromium() as driver:
        yield lambda url: ChromiumPage(driver, url)


@pytest.fixture(scope="session")
def firefox_tabs() -> Iterator[OpenTab]:
    """Opens an address in a tab of one headless Firefox with a fresh profile."""
    missing = "".join(firefox.missing())
    require(not missing, f"no {missing} in PATH: apt-get install {missing}")
    with firefox.firefox() as browser:
        yield lambda url: FirefoxPage(browser, url)


@pytest.fixture(params=["chromium", "firefox"])
def open_url(request: pytest.FixtureRequest) -> Iterator[OpenTab]:
    """Opens an address in a new tab, which is closed at the end of the test."""
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    shown = request.node.stash.setdefault(PAGES, [])
    pages: list[Page] = []

    def open_address(url: str) -> Page:
        page = open_tab(url)
        pages.append(page)
        shown.append(page)
        return page

    yield open_address
    for page in pages:
        page.close()


@pytest.fixture
def open_page(open_url: OpenTab, site: str) -> Callable[[str], Page]:
    """Opens a path of the site; as ``open_url``."""
    return lambda path: open_url(site + path)


@pytest.fixture(scope="session")
def pyodide_in_chromium(chromium_tabs: OpenTab, site: str) -> Page:
    """A page in which ``languagePluginLoader`` has resolved; all tests share its interpreter."""
    return start_page(chromium_tabs, site)


@pytest.fixture(scope="session")
def pyodide_in_firefox(firefox_tabs: OpenTab, site: str) -> Page:
    """The same page in Firefox."""
    return start_page(firefox_tabs, site)


@pytest.fixture(params=["chromium", "firefox"])
def pyodide(request: pytest.FixtureRequest) -> Page:
    """``pyodide_in_chromium``, then ``pyodide_in_firefox``."""
    page: Page = request.getfixturevalue(f"pyodide_in_{request.param}")
    request.node.stash.setdefault(PAGES, []).append(page)
    return page


@pytest.fixture(scope="session")
def pyodide_in_node() -> Iterator[Runtime]:
    """An interpreter in a Node process, which all tests share."""
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    with node(script) as started:
        yield started


@pytest.fixture(params=["chromium", "firefox", "node"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Like ``pyodide``, and then in Node: for tests that need no page."""
    started: Runtime = request.getfixturevalue(f"pyodide_in_{request.param}")
    request.node.stash.setdefault(PAGES, []).append(started)
    return started


@pytest.fixture(scope="module")
def today_in_chromium(chromium_tabs: OpenTab, site: str) -> Iterator[Page]:
    """A page in which ``loadPyodide`` has resolved; the tests of a module share its interpreter.

    Not all tests: the page keeps the interpreters that tests start in it, and Firefox has no memory
    left for the code of some dozens of them.
    """
    page = start_today(chromium_tabs, site)
    yield page
    page.close()


@pytest.fixture(scope="module")
def today_in_firefox(firefox_tabs: OpenTab, site: str) -> Iterator[Page]:
    """The same page in Firefox."""
    page = start_today(firefox_tabs, site)
    yield page
    page.close()


@pytest.fixture(scope="session")
def today_in_node() -> Iterator[Runtime]:
    """The same interpreter in a Node process."""
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    with node(script, api="314") as started:
        yield started


@pytest.fixture(params=["chromium", "firefox", "node"])
def today(request: pytest.FixtureRequest) -> Runtime:
    """A running Python with the API of Pyodide 314, in Chromium, in Firefox and in Node."""
    started: Runtime = request.getfixturevalue(f"today_in_{request.param}")
    request.node.stash.setdefault(PAGES, []).append(started)
    return started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the consoles of a failed test's pages to the report."""
    report = yield
    if report.failed:
        for page in item.stash.get(PAGES, []):
            report.sections.append(("Console", "\n".join(page.read_console())))
    return report
