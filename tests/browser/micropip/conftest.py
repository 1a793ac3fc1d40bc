"""Which fixtures do micropip's tests share?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conda_emscripten.errors import SourceError
from conda_emscripten.project import Project
from conda_emscripten.sources import Source, SourceFetcher
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.index import Index
from tests.harness.page import Page
from tests.harness.server import running
from tests.harness.tabs import OpenTab
from tests.harness.wheels import Wheel

# Real projects, under their names on PyPI.
REAL = {
    "snowballstemmer-3.1.1-py3-none-any.whl": (
        "7e207fa178741da09cdee59d3ecec3827ad5f92b1fc5c9ff3755b639f71f5752"
    ),
    "snowballstemmer-2.2.0-py2.py3-none-any.whl": (
        "c8e1716e83cc398ae16824e5572ae04e0d9fc2c6b985fb0f900f5f0c96ecba1a"
    ),
    "markdown_it_py-4.3.0-py3-none-any.whl": (
        "7aa1511a46c39138de78d9eba92ce47e63124d8003fc98b3a351909e04239efa"
    ),
    "mdurl-0.1.2-py3-none-any.whl": (
        "84008a41e51615a49fc9966191ff91509e3c40b939176e643fd50a5c2196b8f8"
    ),
}


@pytest.fixture(scope="session")
def index() -> Iterator[Index]:
    """An index on a separate origin. Each test adds projects with its own names."""
    found = Index()
    with running(found.app()) as address:
        found.address = address
        yield found


@pytest.fixture(scope="session")
def real() -> Callable[[str], Wheel]:
    """Returns wheels of real projects, from the cache or from the machine's pip."""
    project = Project.find(ROOT)
    fetcher = SourceFetcher(
        cache_dir=project.cache_dir, mirrors_file=ROOT / "channel" / "mirrors.yaml"
    )

    def fetch(file: str) -> Wheel:
        name = file.partition("-")[0].replace("_", "-")
        url = f"https://pypi.io/packages/py3/{name[0]}/{name}/{file}"
        try:
            path = fetcher.fetch(Source(urls=(url,), sha256=REAL[file]))
        except SourceError as error:
            require(False, str(error))
            raise
        return Wheel(file, path.read_bytes())

    return fetch


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    for name in ("micropip", "jedi", "pytz", "snowballstemmer"):
        require(
            any((BUILD_DIR / "channel" / "noarch").glob(f"{name}-*.conda")),
            f"no {name} in build/channel: run conda-emscripten build --with-deps {name}",
        )


@pytest.fixture
def page(pyodide: Page) -> Page:
    """A page with micropip that all tests share; each test installs its own projects."""
    pyodide.run_js("await pyodide.loadPackage('micropip');")
    return pyodide


@pytest.fixture
def fresh_page(open_page: OpenTab) -> Page:
    """A new page, for tests of the channel's packages."""
    fresh = open_page("/pages/pyodide.html")
    fresh.run_js("await languagePluginLoader; await pyodide.loadPackage('micropip');")
    return fresh
