"""Are packages cached for the next visit, restored from a lock, and can a load be stopped?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conda_emscripten.serve import create_app
from tests.harness import chromium
from tests.harness.built import BUILD_DIR, require
from tests.harness.chromium import ChromiumPage
from tests.harness.node import node
from tests.harness.page import INSECURE_HOST, Page
from tests.harness.runtime import Runtime
from tests.harness.server import running
from tests.harness.tabs import OpenTab

OpenPage = Callable[[str], Page]

VISIT = """
    const { loadPyodide } = await import("/pyodide.mjs");
    const python = await loadPyodide({ api: "0.16", channels: [CHANNEL], packages: ["six"] });
    const size = await python.packageCache.size();
    return [python.runPython("import six; six.__name__"), size, python.loadedPackages.six];
"""


def test_the_second_visit_needs_no_channel(open_page: OpenPage) -> None:
    """Between the visits, the server of the channel is stopped; the server of the page runs."""
    with running(create_app(BUILD_DIR)) as address:
        visit = VISIT.replace("CHANNEL", f'"{address}/channel/"')
        first = open_page("/pages/blank.html").run_js(visit)
    assert first[0] == "six"
    assert first[1] > 5_000_000  # python's bundle
    second = open_page("/pages/blank.html").run_js(visit)
    assert second == first


def test_the_cache_can_be_emptied_and_left_out(open_page: OpenPage) -> None:
    with running(create_app(BUILD_DIR)) as address:
        page = open_page("/pages/blank.html")
        sizes = page.run_js(f"""
            const {{ loadPyodide }} = await import("/pyodide.mjs");
            const channels = ["{address}/channel/"];
            const python = await loadPyodide({{ api: "0.16", channels }});
            await python.packageCache.clear();
            const empty = await python.packageCache.size();
            const without = await loadPyodide({{ api: "0.16", channels, packageCache: false }});
            await without.packageCache.clear();
            return [
                empty,
                await without.packageCache.size(),
                await python.packageCache.size(),
                python.packageCache.persist() instanceof Promise,
            ];
        """)
    assert sizes == [0, 0, 0, True]  # in Firefox, the user decides what the promise resolves to


def test_two_tabs_at_once_share_the_cache(open_page: OpenPage) -> None:
    start = "window.visit = (async () => { VISIT })(); return null;"
    with running(create_app(BUILD_DIR)) as address:
        visit = VISIT.replace("CHANNEL", f'"{address}/channel/"')
        tabs = [open_page("/pages/blank.html") for _ in range(2)]
        for tab in tabs:
            tab.run_js(start.replace("VISIT", visit))
        results = [tab.run_js("return await window.visit;") for tab in tabs]
        # Both tabs empty and fill the cache at the same time.
        for tab in tabs:
            again = f"await caches.delete('conda-emscripten'); {visit}"
            tab.run_js(start.replace("VISIT", again))
        results += [tab.run_js("return await window.visit;") for tab in tabs]
    assert [name for name, *_ in results] == ["six"] * 4
    name, size, _ = open_page("/pages/blank.html").run_js(visit)  # without the server
    assert name == "six"
    assert size > 5_000_000


def test_a_page_without_a_cache_works(open_url: OpenTab, site: str) -> None:
    """As in a private window: without Cache API, crypto.subtle and SharedArrayBuffer."""
    insecure = site.replace("127.0.0.1", INSECURE_HOST)
    page = open_url(f"{insecure}/pages/blank.html")
    trusted, *kept, name = page.run_js("""
        const { loadPyodide } = await import("/pyodide.mjs");
        const python = await loadPyodide({ api: "0.16", packages: ["six"] });
        await python.packageCache.clear();
        return [
            isSecureContext || "caches" in globalThis && await caches.keys().catch(() => false),
            await python.packageCache.size(),
            await python.packageCache.persist(),
            python.runPython("import six; six.__name__"),
        ];
    """)
    assert trusted is False
    assert kept == [0, False]
    assert name == "six"


def test_the_cache_has_a_limit(open_page: OpenPage) -> None:
    with running(create_app(BUILD_DIR)) as address:
        size, before = open_page("/pages/blank.html").run_js(f"""
            const {{ loadPyodide }} = await import("/pyodide.mjs");
            const channels = ["{address}/channel/"];
            const all = await loadPyodide({{ api: "0.16", channels, packages: ["pytz"] }});
            const before = await all.packageCache.size();
            const packageCacheLimit = 500_000;
            const python = await loadPyodide({{
                api: "0.16", channels, packages: ["six"], packageCacheLimit,
            }});
            return [await python.packageCache.size(), before];
        """)
    assert before > 5_000_000
    assert 0 < size <= 500_000


def test_a_full_disk_costs_a_download_and_nothing_else(site: str) -> None:
    require(not chromium.missing(), "no Chromium in PATH: apt-get install chromium chromium-driver")
    visit = VISIT.replace("CHANNEL", f'"{site}/channel/"')
    with chromium.chromium() as driver:
        page = ChromiumPage(driver, f"{site}/pages/blank.html")
        quota = {"origin": site, "quotaSize": 1_000_000}
        driver.execute_cdp_cmd("Storage.overrideQuotaForOrigin", quota)
        name, size, _ = page.run_js(visit)
        assert name == "six"
        assert size < 1_000_000
        assert page.run_js(visit)[0] == "six"


def test_node_keeps_packages_in_a_folder(tmp_path: Path) -> None:
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    code = (
        "return [pyodide.runPython('import six; six.__name__'), await pyodide.packageCache.size()]"
    )
    with running(create_app(BUILD_DIR)) as address:
        options = {
            "channels": [f"{address}/channel/"],
            "packages": ["six"],
            "packageCacheDir": str(tmp_path / "cache"),
        }
        with node(script, **options) as first:
            name, size = first.run_js(code)
    assert name == "six"
    assert size == sum(path.stat().st_size for path in (tmp_path / "cache").iterdir())
    with node(script, **options) as second:
        assert second.run_js(code) == [name, size]


@pytest.fixture(params=["chromium", "firefox", "node"])
def fresh(request: pytest.FixtureRequest) -> Iterator[tuple[Runtime, str]]:
    """A page or Node, in which a program can start interpreters, and the module's address there."""
    if request.param == "node":
        script = BUILD_DIR / "dist" / "pyodide.mjs"
        require(script.is_file(), "no build/dist: run make quickstart")
        with node(script) as started:
            yield started, script.as_uri()
        return
    tabs = request.getfixturevalue(f"{request.param}_tabs")
    page = tabs(request.getfixturevalue("site") + "/pages/blank.html")
    yield page, "/pyodide.mjs"
    page.close()


def test_a_lock_restores_the_loaded_packages(fresh: tuple[Runtime, str]) -> None:
    runtime, module = fresh
    specs, files, same, value, nothing = runtime.run_js(f"""
        const {{ loadPyodide }} = await import("{module}");
        const first = await loadPyodide({{ api: "0.16", packages: ["pytz"] }});
        const lock = JSON.parse(JSON.stringify(first.lock()));
        const second = await loadPyodide({{ api: "0.16", lock }});
        const value = second.runPython("import pytz; str(pytz.utc)");
        const messages = [];
        await second.loadPackage("pytz", (line) => messages.push(line));
        const same = JSON.stringify(second.lock().packages) === JSON.stringify(lock.packages);
        return [lock.specs, lock.packages.map(({{ name }}) => name), same, value, messages];
    """)
    assert specs == ["python", "pytz"]
    assert {"python", "pytz"} <= set(files)
    assert (same, value, nothing) == (True, "UTC", [])


def test_a_load_reports_progress_and_can_be_stopped(fresh: tuple[Runtime, str]) -> None:
    runtime, module = fresh
    last, phases, error, missing, found = runtime.run_js(f"""
        const {{ loadPyodide }} = await import("{module}");
        const python = await loadPyodide({{ api: "0.16" }});
        const stop = new AbortController();
        const stopped = python.loadPackage("pytz", {{ signal: stop.signal }});
        stop.abort();
        const error = await stopped.catch((error) => error.name);
        const found = () => python.runPython(
            "import importlib.util; importlib.util.find_spec('pytz') is not None");
        const missing = found();
        const seen = [];
        const onProgress = (progress) => seen.push(progress);
        await python.runPythonAsync("import pytz", {{ onProgress }});
        const phases = [...new Set(seen.map(({{ phase }}) => phase))];
        return [seen.at(-1), phases, error, missing, found()];
    """)
    assert (error, missing, found) == ("AbortError", False, True)
    assert phases == ["download", "mount", "done"]
    assert last["bytes"] == last["totalBytes"] > 100_000
    assert last["files"] == last["totalFiles"] > 0
