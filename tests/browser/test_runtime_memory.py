"""Is an object released when the other language no longer uses it?"""

from __future__ import annotations

import pytest

from tests.harness.node import NodeRuntime
from tests.harness.runtime import Runtime


def test_destroy_releases_the_python_object(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython("import weakref\\nclass C: pass\\nc = C()\\nalive = weakref.ref(c)");
        const c = pyodide.pyimport("c");
        pyodide.runPython("del c");
        const before = pyodide.runPython("alive() is not None");
        c.destroy();
        return [before, pyodide.runPython("alive() is None")];
    """) == [True, True]


def test_proxies_made_and_dropped_leave_nothing_behind(runtime: Runtime) -> None:
    """The references of 10,000 round trips are released with their owners."""
    assert runtime.run_python("""
        import gc, sys
        import js
        def trip():
            for _ in range(10_000):
                js.Array.of(js.Object.new(), "x")[0]
        trip()
        gc.collect()
        before = sys.getallocatedblocks()
        trip()
        gc.collect()
        abs(sys.getallocatedblocks() - before) < 100
    """)


def test_python_objects_live_until_javascript_has_collected_their_proxies(runtime: Runtime) -> None:
    if not runtime.run_js("return typeof gc === 'function'"):
        pytest.skip(reason="Firefox has no flag for gc()")
    assert runtime.run_js("""
        pyodide.runPython(`
            import weakref
            class C:
                def __del__(self):
                    deaths.append(self.n)
            deaths = []
            def make(n):
                c = C()
                c.n = n
                return c
        `);
        const { make } = pyodide.globals;
        const kept = make(1);
        (() => { make(2); make(3).n; })();
        const early = [...pyodide.globals.deaths];
        for (let i = 0; i < 50 && pyodide.globals.deaths.length < 2; i++) {
            gc();
            await new Promise((next) => setTimeout(next, 10));
        }
        return [early, pyodide.globals.deaths.sort(), kept.n];
    """) == [[], [2, 3], 1]


def test_an_exception_during_garbage_collection_is_not_raised(runtime: Runtime) -> None:
    if not runtime.run_js("return typeof gc === 'function'"):
        pytest.skip(reason="Firefox has no flag for gc()")
    runtime.run_js("""
        pyodide.runPython(`
            class Bad:
                def __del__(self):
                    raise ValueError("in __del__")
        `);
        (() => { pyodide.runPython("Bad()"); })();
        for (let i = 0; i < 50; i++) {
            gc();
            await new Promise((next) => setTimeout(next, 5));
        }
    """)
    assert "in __del__" in "\n".join(runtime.read_console())
    assert runtime.run_python("1 + 1") == 2


def test_a_million_calls_of_a_method_leave_nothing_behind(runtime: Runtime) -> None:
    """Each ``object.method`` is a new object in Python; no task of JavaScript comes in between."""
    assert (
        runtime.run_js("""
        pyodide.runPython(`
            import sys
            class C:
                def method(self, n): return n
            c = C()
        `);
        const { c } = pyodide.globals;
        const call = (count) => { for (let i = 0; i < count; i++) c.method(i); };
        const blocks = () => pyodide.runPython("sys.getallocatedblocks()");
        call(100);
        const before = blocks();
        call(1_000_000);
        return blocks() - before < 50;
    """)
        is True
    )


def test_a_million_round_trips_leave_nothing_behind(runtime: Runtime) -> None:
    """JavaScript objects through Python and back, Python objects through JavaScript and back."""
    figures = """
        import gc, sys
        import js
        gc.collect()
        [len(gc.get_objects()), sys.getallocatedblocks()]
    """
    runtime.run_js("""
        pyodide.runPython(`
            class C:
                pass
            def same(value):
                return value
            def through_javascript(function, count):
                for _ in range(count):
                    function(C())
        `);
        globalThis.there = (count) => {
            const { same } = pyodide.globals;
            for (let i = 0; i < count; i++) same({ i });
        };
        globalThis.back = (count) =>
            pyodide.globals.through_javascript((object) => object.destroy(), count);
        there(1000);
        back(1000);
    """)
    before = runtime.run_python(figures)
    runtime.run_js("there(500_000); back(500_000);")
    after = runtime.run_python(figures)
    # The objects of earlier tests may be collected meanwhile.
    assert all(b - a < 50 for a, b in zip(before, after, strict=True)), (before, after)


def test_a_million_round_trips_leave_javascripts_heap_as_it_was(
    pyodide_in_node: NodeRuntime,
) -> None:
    growth = pyodide_in_node.run_js("""
        pyodide.runPython("def same(value): return value\\nclass C: pass");
        const { same, C } = pyodide.globals;
        const trips = async (count) => {
            for (let i = 0; i < count; i++) {
                same({ i });
                C().destroy();
                if (i % 10_000 === 0) await new Promise(setImmediate);
            }
        };
        const heap = async () => {
            for (let i = 0; i < 5; i++) {
                gc();
                await new Promise((next) => setTimeout(next, 10));
            }
            return process.memoryUsage().heapUsed;
        };
        await trips(20_000);
        const before = await heap();
        await trips(500_000);
        return (await heap()) - before;
    """)
    assert growth < 500_000  # bytes: less than one for each trip


def test_round_trips_without_destroy_leave_nothing_once_javascript_has_collected(
    runtime: Runtime,
) -> None:
    if not runtime.run_js("return typeof gc === 'function'"):
        pytest.skip(reason="Firefox has no flag for gc()")
    growth = runtime.run_js("""
        pyodide.runPython("import gc, sys\\ndef make(): return lambda: None");
        const { make } = pyodide.globals;
        const blocks = () => pyodide.runPython("gc.collect(); sys.getallocatedblocks()");
        const settle = async () => {
            for (let i = 0; i < 5; i++) {
                gc();
                await new Promise((next) => setTimeout(next, 20));
            }
        };
        for (let i = 0; i < 100; i++) make();
        await settle();
        const before = blocks();
        for (let i = 0; i < 50_000; i++) make();
        await settle();
        return blocks() - before;
    """)
    assert growth < 100
