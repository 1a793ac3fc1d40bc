"""Does a browser make a snapshot by itself, and start with it the next time?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.page import Page
from tests.harness.tabs import OpenTab

START = """
    const { loadPyodide } = await import("/pyodide.mjs");
    const start = async (snapshot) => {
        const pyodide = await loadPyodide({ packages: ["numpy"], snapshot });
        const isThere = pyodide.runPython("import sys; 'numpy' in sys.modules");
        pyodide.runPython(`
import numpy
import json
secret = "of the page"
`);
        return [pyodide, isThere];
    };
    const isMade = async ({ packageCache }) => {
        while ((await packageCache.snapshotSize()) === 0) {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return packageCache.snapshotSize();
    };
"""


@pytest.fixture(params=["chromium", "firefox"])
def page(request: pytest.FixtureRequest, site: str) -> Iterator[Page]:
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    page = open_tab(f"{site}/pages/blank.html")
    page.run_js("await caches.delete('conda-emscripten');")
    yield page
    page.close()


def test_the_next_start_has_the_imported_packages(page: Page) -> None:
    first, sizes, second, values = page.run_js(f"""
        {START}
        const [pyodide, first] = await start("auto");
        const before = await pyodide.packageCache.snapshotSize();
        const size = await isMade(pyodide);
        const [again, second] = await start("auto");
        const other = await loadPyodide({{ packages: ["six"], snapshot: "auto" }});
        return [first, [before, size], second, [
            again.runPython("int(numpy.arange(10).sum())"),
            again.runPython("sys.modules['json'].__name__"),
            other.runPython("import sys; 'numpy' in sys.modules"),
            again.loadedPackages.numpy,
            await again.packageCache.snapshotSize() - size,
        ]];
    """)
    assert (first, second) == (False, True)
    assert sizes[0] == 0
    assert 10_000_000 < sizes[1] < 30_000_000
    assert values == [45, "json", False, "default channel", 0]


def test_the_snapshot_has_nothing_of_the_page(page: Page) -> None:
    found = page.run_js(f"""
        {START}
        const [pyodide] = await start("auto");
        await isMade(pyodide);
        const next = await loadPyodide({{ packages: ["numpy"], snapshot: "auto" }});
        return next.runPython("'secret' in globals() or 'numpy' in globals()");
    """)
    assert found is False


def test_a_damaged_snapshot_is_replaced(page: Page) -> None:
    is_there, size = page.run_js(f"""
        {START}
        const [pyodide] = await start("auto");
        await isMade(pyodide);
        const cache = await caches.open("conda-emscripten");
        const [request] = (await cache.keys()).filter(({{ url }}) => url.includes("snapshot%3A"));
        const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
        bytes[bytes.length - 1] ^= 1;
        await cache.put(request, new Response(bytes));
        const [again, isThere] = await start("auto");
        return [isThere, await isMade(again)];
    """)
    assert is_there is False
    assert size > 10_000_000


def test_without_the_option_no_snapshot_is_made_or_used(page: Page) -> None:
    assert page.run_js(f"""
        {START}
        const [pyodide] = await start("auto");
        await isMade(pyodide);
        const [, isThere] = await start(undefined);
        await pyodide.packageCache.clear();
        return [isThere, await pyodide.packageCache.snapshotSize()];
    """) == [False, 0]
