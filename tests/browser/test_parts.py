"""Do files of late parts of bundles open before the parts arrive?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.page import Page
from tests.harness.server import Counter, running, site
from tests.harness.tabs import OpenTab

SOURCES = "inspect.getsource(decimal.getcontext)"


class Gate:
    """Holds the answers for late parts of Python's bundle, except for ranges, or refuses them.

    Attributes:
        is_open: whether all is answered at once.
        refuses: whether the requests for these parts fail.
        held: the numbers of these parts.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.is_open = False
        self.refuses = False
        self.held = "234"
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_late(scope["path"]):
            if self.refuses:
                await PlainTextResponse("", status_code=503)(scope, receive, send)
                return
            while not self.is_open and "range" not in Headers(scope=scope):  # noqa: ASYNC110
                await anyio.sleep(0.02)  # the test sets it in another thread
        await self._app(scope, receive, send)

    def _is_late(self, path: str) -> bool:
        return "/python-3" in path and path.split(".")[-2] in self.held


@contextmanager
def served() -> Iterator[tuple[str, Gate, Counter]]:
    require((BUILD_DIR / "dist" / "pyodide.js").is_file(), "no build/dist: run make quickstart")
    gate = Gate(site(BUILD_DIR, pages=ROOT / "tests" / "browser" / "pages"))
    counter = Counter(gate)
    with running(counter) as address:
        try:
            yield address, gate, counter
        finally:
            gate.is_open = True


def start(open_url: OpenTab, address: str, options: str = "{}") -> Page:
    page = open_url(f"{address}/pages/blank.html")
    page.run_js(f"""
        globalThis.warnings = [];
        globalThis.failures = [];
        console.warn = (text) => warnings.push(text);
        console.error = (text) => failures.push(text);
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        globalThis.pyodide = await loadPyodide({options});
        return null;
    """)
    return page


def run(page: Page, code: str) -> Any:
    return page.run_js(f"return pyodide.runPython({json.dumps(code)})")


def parts(counter: Counter) -> list[str]:
    """The numbers of the requested parts of Python's bundle, with a star for ranges."""
    return [
        path.split(".")[-2] + ("*" if asked else "")
        for path, asked, _ in counter.sent
        if "/python-3" in path
    ]


def test_python_starts_with_the_first_part_and_the_others_follow(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        page = start(open_url, address)
        assert run(page, "import asyncio, json, traceback, typing; 1 + 1") == 2
        assert parts(counter) == ["1"]
        gate.is_open = True
        page.run_js("await pyodide.packageCache.size(); return null")
        assert parts(counter) == ["1", "2", "3", "4"]
        assert "def getcontext" in run(
            page,
            f"import decimal, _pydecimal, inspect; {SOURCES}".replace(
                "decimal.getcontext", "_pydecimal.getcontext"
            ),
        )
        assert parts(counter) == ["1", "2", "3", "4"]
        assert page.run_js("return warnings") == []


def test_a_page_waits_with_a_warning_if_a_program_cannot(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        page = start(open_url, address)
        assert run(page, "import fractions; str(fractions.Fraction(1, 3))") == "1/3"
        assert set(parts(counter)) == {"1", "2*"}
        warnings = page.run_js("return warnings")
        assert warnings
        assert "The page waits for a part of" in warnings[0]
        assert ".2.lz4b" in warnings[0]
        gate.is_open = True
        page.run_js("await pyodide.loadPackage([]); warnings.length = 0; return null")
        assert run(page, "import statistics; statistics.mean([1, 3])") == 2
        assert page.run_js("return warnings") == []


def test_side_modules_of_the_standard_library_are_in_late_parts(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        page = start(open_url, address)
        assert run(page, "'\\N{GREEK SMALL LETTER ALPHA}'") == "α"
        assert run(page, "import decimal, sys; '_pydecimal' in sys.modules") is False
        assert set(parts(counter)) == {"1", "2*"}
        assert run(page, "'日本'.encode('shift_jis') == b'\\x93\\xfa\\x96\\x7b'") is True
        assert set(parts(counter)) == {"1", "2*", "3*"}
        gate.is_open = True
        page.run_js("await pyodide.packageCache.size(); warnings.length = 0; return null")
        query = "sqlite3.connect(':memory:').execute('select 42').fetchone()[0]"
        assert run(page, f"import sqlite3; {query}") == 42
        assert page.run_js("return warnings") == []


def test_an_unreachable_side_module_is_an_error_of_the_file_and_the_network(
    open_url: OpenTab,
) -> None:
    with served() as (address, gate, _):
        gate.refuses = True
        page = start(open_url, address)
        code = """
            try:
                import unicodedata
                outcome = unicodedata.name("a")
            except ImportError as error:
                outcome = str(error)
            outcome
        """
        outcome = run(page, code)
        assert "/lib-dynload/unicodedata." in outcome
        assert "of the package python" in outcome
        assert "Network unreachable" in outcome
        gate.refuses = False
        gate.is_open = True
        assert run(page, code) == "LATIN SMALL LETTER A"


def test_a_load_waits_for_the_standard_library(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        page = start(open_url, address)
        page.run_js("""
            globalThis.load = pyodide.loadPackagesFromImports("import statistics, six");
            return null;
        """)
        page.wait_until("'six' in pyodide.loadedPackages")
        assert parts(counter) == ["1"]
        gate.is_open = True
        page.run_js("await load; return null")
        assert run(page, "import statistics; statistics.mean([1, 3])") == 2
        assert page.run_js("return warnings") == []


def test_a_load_does_not_wait_for_rarely_imported_modules(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        gate.held = "34"
        page = start(open_url, address)
        page.run_js("await pyodide.loadPackage('six'); return null")
        assert run(page, "import statistics; statistics.mean([1, 3])") == 2
        assert set(parts(counter)) <= {"1", "2", "3"}
        assert page.run_js("return warnings") == []
        assert run(page, "import mailbox; mailbox.Mailbox.__name__") == "Mailbox"
        assert "3*" in parts(counter)
        assert ".3.lz4b" in page.run_js("return warnings")[0]


def test_an_unreachable_part_is_an_error_of_the_file_and_the_network(open_url: OpenTab) -> None:
    with served() as (address, gate, _):
        gate.refuses = True
        page = start(open_url, address)
        code = """
            try:
                import statistics
                outcome = "imported"
            except Exception as error:
                outcome = repr(error)
            outcome
        """
        outcome = run(page, code)
        assert outcome.startswith("OSError(")
        assert "Network" in outcome or "network" in outcome
        assert page.run_js("return failures.join()").count(".lz4b cannot be read any more") >= 1
        gate.refuses = False
        gate.is_open = True
        assert run(page, code) == "imported"


@pytest.mark.parametrize("kind", ["module", "classic"])
def test_a_worker_waits_without_a_warning(open_url: OpenTab, kind: str) -> None:
    with served() as (address, gate, counter):
        page = open_url(f"{address}/pages/blank.html")
        page.run_js(f"""
            globalThis.worker = new Worker("/pages/options-worker.js", {{ type: "{kind}" }});
            globalThis.answer = new Promise((resolve) => {{
                worker.onmessage = ({{ data }}) => resolve(data);
            }});
            const code = "import statistics; statistics.mean([1, 3])";
            worker.postMessage({{ options: {{}}, code }});
            return null;
        """)
        page.wait_until("true")
        while not any(part == "2*" for part in parts(counter)):
            page.wait_until("true")
        gate.is_open = True  # the worker answers when its cache has all parts
        answer = page.run_js("const found = await answer; worker.terminate(); return found;")
    assert answer["value"][0] == 2


def test_a_snapshot_needs_no_late_part(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        page = start(open_url, address)
        run(page, "import json; answer = [42]")
        answer = page.run_js("""
            const { loadPyodide } = await import("/pyodide.mjs");
            const snapshot = await pyodide.snapshot();
            globalThis.pyodide = await loadPyodide({ snapshot });
            return pyodide.runPython("json.dumps(answer)");
        """)
        assert answer == "[42]"
        assert set(parts(counter)) == {"1"}
        gate.is_open = True
        page.run_js("await pyodide.loadPackage([]); return null")
        assert run(page, "import statistics; statistics.mean([1, 3])") == 2
        assert page.run_js("return warnings") == []


def test_a_snapshot_with_side_modules_of_the_standard_library(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        gate.is_open = True
        page = start(open_url, address)
        run(page, "import decimal, unicodedata")
        page.run_js("globalThis.snapshot = await pyodide.snapshot(); return null")
        page.run_js("await pyodide.packageCache.clear(); warnings.length = 0; return null")
        gate.is_open, gate.held = False, "34"
        counter.sent.clear()
        answer = page.run_js("""
            const { loadPyodide } = await import("/pyodide.mjs");
            globalThis.pyodide = await loadPyodide({ snapshot });
            return pyodide.runPython("unicodedata.name('a') + str(decimal.Decimal(1) / 4)");
        """)
        assert answer == "LATIN SMALL LETTER A0.25"
        assert parts(counter)[:2] == ["1", "2"]
        assert page.run_js("return warnings") == []


def test_the_browser_makes_a_snapshot_when_all_parts_are_there(open_url: OpenTab) -> None:
    with served() as (address, gate, counter):
        gate.held = "34"  # the start waits for the second part
        page = start(open_url, address, '{ packages: ["six"], snapshot: "auto" }')
        run(page, "import six")
        page.run_js("await new Promise((resolve) => setTimeout(resolve, 8_000)); return null")
        assert page.run_js("return pyodide.packageCache.snapshotSize()") == 0
        gate.is_open = True
        page.wait_until("(await pyodide.packageCache.snapshotSize()) > 0")
        assert sorted(parts(counter)) == ["1", "2", "3", "4"]
        assert page.run_js("return warnings") == []
