"""Does a worker fetch only the opened files, if the host supports ranges?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.node import node
from tests.harness.page import Page
from tests.harness.server import Counter, running, site
from tests.harness.tabs import OpenTab

CODE = """
    import inspect, os, sys, zlib, numpy
    assert "def dedent" in inspect.getsource(__import__("textwrap").dedent)
    assert zlib.decompress(zlib.compress(b"parts")) == b"parts"
    int(numpy.linalg.det(numpy.eye(3)) + numpy.arange(10).sum())
"""
OPTIONS = {"api": "0.16", "packages": ["numpy"], "ranges": True}


@pytest.fixture
def served() -> Counter:
    require((BUILD_DIR / "dist" / "pyodide.js").is_file(), "no build/dist: run make quickstart")
    return Counter(site(BUILD_DIR, pages=ROOT / "tests" / "browser" / "pages"))


def in_worker(page: Page, kind: str, code: str = CODE, **options: Any) -> tuple[Any, int]:
    """The value of Python code in a new worker, and the bytes in its cache of packages."""
    result = page.run_js(f"""
        const worker = new Worker("/pages/options-worker.js", {{ type: "{kind}" }});
        const answer = new Promise((resolve, reject) => {{
            worker.onmessage = ({{ data }}) => resolve(data);
            worker.onerror = (event) => reject(new Error(event.message));
        }});
        worker.postMessage({json.dumps({"options": {**OPTIONS, **options}, "code": code})});
        const {{ value, error }} = await answer;
        worker.terminate();
        if (error) throw new Error(error);
        return value;
    """)
    return tuple(result)


def size(name: str) -> int:
    """The size of all parts of the bundle of a package's default version, in bytes."""
    lock = json.loads((BUILD_DIR / "channel" / "default-lock.json").read_text())
    (entry,) = (package for package in lock["packages"] if package["name"] == name)
    return sum([entry["bundle_size"], *(part["size"] for part in entry.get("bundle_parts", ()))])


@pytest.mark.parametrize("kind", ["module", "classic"])
def test_a_worker_fetches_the_opened_files(open_url: OpenTab, served: Counter, kind: str) -> None:
    with running(served) as address:
        value, kept = in_worker(open_url(f"{address}/pages/blank.html"), kind)
    assert value == 46
    assert 0 < served.size("python-3") < 0.6 * size("python")
    assert 0 < served.size("numpy-") < 0.8 * size("numpy")
    assert kept < size("python") / 4  # only the indexes and small packages
    ranges = [asked for path, asked, _ in served.sent if "/python-3" in path]
    assert len(ranges) > 2
    assert all(ranges)


def test_without_ranges_whole_parts_are_fetched(open_url: OpenTab, served: Counter) -> None:
    served.has_ranges = False
    with running(served) as address:
        value, kept = in_worker(open_url(f"{address}/pages/blank.html"), "module")
    assert value == 46
    assert kept > 0.5 * (size("python") + size("numpy"))  # the first parts, and smaller packages
    # What comes in place of the head is not waited for.
    assert served.size("numpy-") < 2 * size("numpy") + 1_000_000
    first = [asked for path, asked, _ in served.sent if "/numpy-" in path and ".1." in path]
    assert [asked is None for asked in first] == [False, True]


def test_a_page_fetches_whole_parts(open_url: OpenTab, served: Counter) -> None:
    with running(served) as address:
        page = open_url(f"{address}/pages/blank.html")
        value = page.run_js(f"""
            const {{ loadPyodide }} = await import("/pyodide.mjs");
            const python = await loadPyodide({json.dumps(OPTIONS)});
            const value = python.runPython({json.dumps(CODE)});
            await python.packageCache.size();
            return value;
        """)
    assert value == 46
    whole = [path for path, asked, _ in served.sent if "/numpy-" in path and not asked]
    assert len(whole) == len(set(whole)) > 1


def test_a_cached_package_is_used(open_url: OpenTab, served: Counter) -> None:
    with running(served) as address:
        page = open_url(f"{address}/pages/blank.html")
        in_worker(page, "module", ranges=False)
        served.sent.clear()
        assert in_worker(page, "module")[0] == 46
    assert served.size("numpy-") == served.size("python-3") == 0


def test_an_unreachable_server_is_an_error_of_the_file(open_url: OpenTab, served: Counter) -> None:
    code = """
        import importlib.util, os
        from js import XMLHttpRequest
        XMLHttpRequest.prototype.send = XMLHttpRequest.prototype.abort  # no connection any more
        folder = os.path.dirname(importlib.util.find_spec("numpy").origin)
        try:
            outcome = open(os.path.join(folder, "polynomial", "polynomial.py")).read()
        except OSError as error:
            outcome = error.strerror
        outcome
    """
    with running(served) as address:
        value, _ = in_worker(open_url(f"{address}/pages/blank.html"), "module", code)
    assert value == "Network unreachable"


def test_node_reads_parts_of_a_channel_on_the_disk() -> None:
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    with node(script, **OPTIONS) as started:
        assert started.run_python(CODE) == 46
