"""Does every call after a crash raise an error with the next step?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.built import BUILD_DIR
from tests.harness.node import node
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.tabs import OpenTab

CRASHED = r"Python has crashed and cannot go on \(.+\)\. Start it again"


@pytest.fixture(params=["chromium", "firefox", "node"])
def fresh(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """A new interpreter for each test, which the test may crash."""
    site: str = request.getfixturevalue("site")
    if request.param == "node":
        with node(BUILD_DIR / "dist" / "pyodide.mjs") as started:
            yield started
        return
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    page = open_tab(f"{site}/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    yield page
    page.close()


@pytest.mark.parametrize(
    ("crash", "reason"),
    [
        ("import ctypes; ctypes.string_at(0xfffffff0, 8)", "out of bounds"),
        ("import ctypes; ctypes.CFUNCTYPE(None)(0)()", ""),
        ("import ctypes; ctypes.CFUNCTYPE(None)(10**6)()", ""),
        ("import os; os.abort()", "unreachable"),
        ("import os; os._exit(3)", "exit(3)"),
    ],
)
def test_after_a_trap_every_call_says_what_to_do(fresh: Runtime, crash: str, reason: str) -> None:
    fresh.run_js("""
        pyodide.runPython("class C:\\n    def __call__(self): return 1\\nc = C()");
        globalThis.kept = pyodide.globals.c;
        globalThis.waiting = pyodide
            .runPythonAsync("import asyncio\\nawait asyncio.sleep(3600)")
            .catch((error) => error.message);
        await new Promise((next) => setTimeout(next, 50));
    """)
    with pytest.raises(JavaScriptError, match=CRASHED) as raised:
        fresh.run_python(crash)
    assert reason in str(raised.value)
    calls = [
        "pyodide.runPython('1')", "await pyodide.runPythonAsync('1')", "pyodide.globals.x",
        "pyodide.pyimport('c')", "pyodide.repr(1)", "kept()", "kept.x", "kept.x = 1",
        "`${kept}`", "kept.destroy()", "'x' in kept", "[...kept.ownKeys()]", "pyodide.version()",
        "await pyodide.loadPackage('six')", "pyodide.setInterruptBuffer(new Uint8Array(1))",
        "pyodide.globals.c = 1", "throw new Error(await waiting)",
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(JavaScriptError, match=CRASHED):
            fresh.run_js(call)
    assert fresh.run_js("""
        try { pyodide.runPython("1"); } catch (error) { return error.cause !== undefined; }
    """)
    # Another interpreter still works.
    assert (
        fresh.run_js("""
        const { loadPyodide } = globalThis.loadPyodide ? globalThis : await import("/pyodide.mjs");
        return (await loadPyodide({ api: "0.16" })).runPython("6 * 7");
    """)
        == 42
    )


def test_a_trap_that_javascript_swallows_does_not_lead_back_into_python(fresh: Runtime) -> None:
    fresh.run_js("""
        globalThis.swallow = (f) => { try { f(); } catch {} };
        globalThis.reached = false;
    """)
    with pytest.raises(JavaScriptError, match=CRASHED):
        fresh.run_python("""
            import ctypes, js
            js.swallow(lambda: ctypes.string_at(0xfffffff0, 8))
            js.reached = True
        """)
    assert fresh.run_js("return reached") is False


def test_a_crash_in_a_task_rejects_waiting_promises_and_ends_no_process(fresh: Runtime) -> None:
    for _ in range(2):
        with pytest.raises(JavaScriptError, match=CRASHED):
            fresh.run_python_async("""
                import asyncio, os
                asyncio.get_running_loop().call_later(0.3, print, "after the crash")
                await asyncio.sleep(0.01)
                os.abort()
            """)
    fresh.run_js("await new Promise((next) => setTimeout(next, 500));")
    console = "\n".join(fresh.read_console())
    assert "Python has crashed" in console
    assert "Uncaught" not in console and "after the crash" not in console


def test_objects_are_collected_without_errors_after_a_crash(fresh: Runtime) -> None:
    if not fresh.run_js("return typeof gc === 'function'"):
        pytest.skip(reason="Firefox has no flag for gc()")
    fresh.run_js("(() => { pyodide.runPython('object()'); pyodide.runPython('b\"x\"'); })();")
    with pytest.raises(JavaScriptError, match=CRASHED):
        fresh.run_python("import os; os.abort()")
    before = fresh.read_console()[:]
    fresh.run_js("""
        for (let i = 0; i < 20; i++) {
            gc();
            await new Promise((next) => setTimeout(next, 5));
        }
    """)
    assert fresh.read_console() == before


def test_a_stream_function_that_throws_is_an_oserror_in_python(fresh: Runtime) -> None:
    assert fresh.run_js("""
        const { loadPyodide } = globalThis.loadPyodide ? globalThis : await import("/pyodide.mjs");
        const fail = () => { throw new Error("in the page's function"); };
        const python = await loadPyodide({ api: "0.16", stdin: fail, stdout: fail });
        const attempt = (code) => {
            try { python.runPython(code); } catch (error) { return error.type; }
        };
        return [attempt("print('x')"), attempt("input()"), python.runPython("6 * 7")];
    """) == ["OSError", "OSError", 42]


def test_stream_functions_may_call_python(fresh: Runtime) -> None:
    assert fresh.run_js("""
        const { loadPyodide } = globalThis.loadPyodide ? globalThis : await import("/pyodide.mjs");
        let python;
        python = await loadPyodide({
            api: "0.16",
            stdout: (line) => python.globals.lines.append(line),
            stdin: () => python.runPython("answers.pop()"),
        });
        python.runPython("lines = []; answers = ['42']");
        python.globals.lines = python.runPython("from collections import deque\\ndeque()");
        return python.runPython(`
            print("one")
            print("two")
            lines.append("three")
            [list(lines), int(input()), 6 * 7]
        `);
    """) == [["one", "two", "three"], 42, 42]
