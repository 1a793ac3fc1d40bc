"""How does one test of a package run both in a browser and under Node?

This pytest plug-in is for the tests in ``recipes/<name>/page/``. ``<name>`` is the tested package.
``ALSO``, a list in the test module, names further packages that the tests import. If a package is
not in build/channel, the tests of the module are skipped: ``make quickstart`` builds few packages.
If the test module has ``SNAPSHOT = True``, its tests also run in interpreters that were started
from a snapshot of the imported package.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harness.built import ROOT, require_packages
from tests.harness.page import Page
from tests.harness.programs import Evaluate, source
from tests.harness.tabs import PAGES, OpenTab, start_page, start_restored
from tests.harness.wasm_python import WasmPython, create_environment

RECIPES = ROOT / "recipes"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test if a package is missing, before its fixtures run."""
    require_packages(*_packages(item))


def _packages(node: pytest.Item | pytest.Collector) -> list[str]:
    """The packages that the test's module needs; none if it is not in ``recipes/<name>/page/``."""
    module = node.getparent(pytest.Module)
    if module is None or not module.path.match(str(RECIPES / "*" / "page" / "*.py")):
        return []
    return [module.path.parent.parent.name, *getattr(module.obj, "ALSO", [])]


@pytest.fixture(scope="module")
def package_in_chromium(request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with an interpreter for the module's tests, which load the packages by importing."""
    yield from _page(request, "chromium")


@pytest.fixture(scope="module")
def package_in_firefox(request: pytest.FixtureRequest) -> Iterator[Page]:
    """Such a page in Firefox."""
    yield from _page(request, "firefox")


def _page(
    request: pytest.FixtureRequest, browser: str, *, restored: bool = False
) -> Iterator[Page]:
    open_tab: OpenTab = request.getfixturevalue(f"{browser}_tabs")
    site: str = request.getfixturevalue("site")
    names = _packages(request.node)
    page = start_restored(open_tab, site, names) if restored else start_page(open_tab, site)
    yield page
    page.close()


@pytest.fixture(scope="module")
def package_in_restored_chromium(request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page whose interpreter was started from a snapshot of the imported package."""
    yield from _page(request, "chromium", restored=True)


@pytest.fixture(scope="module")
def package_in_restored_firefox(request: pytest.FixtureRequest) -> Iterator[Page]:
    """Such a page in Firefox."""
    yield from _page(request, "firefox", restored=True)


@pytest.fixture(scope="module")
def package_in_node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> WasmPython:
    """The python of an environment with the packages."""
    names = _packages(request.node)
    return create_environment(tmp_path_factory.mktemp("env") / "wasm", "python", *names)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrises ``evaluate`` with the places where the test runs."""
    if "evaluate" in metafunc.fixturenames:
        places = ["chromium", "firefox", "node"]
        if getattr(metafunc.module, "SNAPSHOT", False):
            places += ["restored_chromium", "restored_firefox"]
        metafunc.parametrize("evaluate", places, indirect=True)


@pytest.fixture
def evaluate(request: pytest.FixtureRequest) -> Evaluate:
    """Calls a function in the interpreter with the packages; see ``tests.harness.programs``."""
    if request.param != "node":
        page: Page = request.getfixturevalue(f"package_in_{request.param}")
        request.node.stash.setdefault(PAGES, []).append(page)
        return lambda function, *arguments: json.loads(
            page.run_python_async("\n".join(source(function, *arguments)))
        )
    python: WasmPython = request.getfixturevalue("package_in_node")

    def run(function: Callable[..., Any], *arguments: Any) -> Any:
        definitions, call = source(function, *arguments)
        output = python.run("-c", f"{definitions}\nprint({call})").stdout
        return json.loads(output.splitlines()[-1])

    return run
