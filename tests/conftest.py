"""Which fixtures do all tests share?

Tests of things that have to be built are skipped, with the command that builds them, on a machine
where they are not. With `CONDA_EMSCRIPTEN_REQUIRE_BUILD=1`, as `make test` sets it after a
quickstart, they fail.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness import chromium, firefox, server
from tests.harness.chromium import ChromiumPage
from tests.harness.firefox import FirefoxPage
from tests.harness.node import node
from tests.harness.page import Page
from tests.harness.runtime import Runtime
from tests.harness.server import running

ROOT = Path(__file__).resolve().parent.parent
BUILD_DIR = ROOT / "build"
PAGES = pytest.StashKey[list[Runtime]]()

OpenTab = Callable[[str], Page]


def require(condition: bool, missing: str) -> None:
    """Skip the test for want of `missing`, or fail it where everything must have been built."""
    if condition:
        return
    if os.environ.get("CONDA_EMSCRIPTEN_REQUIRE_BUILD") == "1":
        pytest.fail(missing)
    pytest.skip(reason=missing)


@dataclass(frozen=True)
class WasmPython:
    """The `python` of an emscripten-wasm32 environment, run by Node on the real file system."""

    prefix: Path

    def run(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002  (subprocess's word)
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run `python *arguments`; with `check`, a failure fails the test with its stderr."""
        done = subprocess.run(
            [self.prefix / "bin" / "python", *arguments],
            input=input,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if check and done.returncode != 0:
            pytest.fail(f"python {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return done


@pytest.fixture(scope="session")
def wasm_python(tmp_path_factory: pytest.TempPathFactory) -> WasmPython:
    """An environment with python and numpy, made by `conda-emscripten env create`."""
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    require(any(packages.glob("numpy-*.conda")), "no numpy in build/channel: run make quickstart")
    return create_environment(tmp_path_factory.mktemp("env") / "wasm", "python", "numpy")


def create_environment(prefix: Path, *specs: str) -> WasmPython:
    """An environment of build/channel's packages, made by `conda-emscripten env create`."""
    done = subprocess.run(
        [sys.executable, "-m", "conda_emscripten", "env", "create", prefix, *specs],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.fail(f"env create failed:\n{done.stdout}{done.stderr}")
    return WasmPython(prefix)


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
    """Opens an address in a tab of its own, closed at the end of the test."""
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
    """Opens a path of the site; as `open_url`."""
    return lambda path: open_url(site + path)


@pytest.fixture(scope="session")
def pyodide_in_chromium(chromium_tabs: OpenTab, site: str) -> Page:
    """A page in which `languagePluginLoader` has resolved; all tests share its interpreter."""
    return start_page(chromium_tabs, site)


@pytest.fixture(scope="session")
def pyodide_in_firefox(firefox_tabs: OpenTab, site: str) -> Page:
    """The same in Firefox."""
    return start_page(firefox_tabs, site)


def start_page(open_tab: OpenTab, site: str) -> Page:
    """A new page in which `languagePluginLoader` has resolved."""
    page = open_tab(f"{site}/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    return page


@pytest.fixture(params=["chromium", "firefox"])
def pyodide(request: pytest.FixtureRequest) -> Page:
    """`pyodide_in_chromium`, then `pyodide_in_firefox`."""
    page: Page = request.getfixturevalue(f"pyodide_in_{request.param}")
    request.node.stash.setdefault(PAGES, []).append(page)
    return page


@pytest.fixture(scope="session")
def pyodide_in_node() -> Iterator[Runtime]:
    """The same in a Node process."""
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    with node(script) as started:
        yield started


@pytest.fixture(params=["chromium", "firefox", "node"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Like `pyodide`, in Node, too: for what needs no page."""
    started: Runtime = request.getfixturevalue(f"pyodide_in_{request.param}")
    request.node.stash.setdefault(PAGES, []).append(started)
    return started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows the consoles of a failed test's pages."""
    report = yield
    if report.failed:
        for page in item.stash.get(PAGES, []):
            report.sections.append(("Console", "\n".join(page.read_console())))
    return report
