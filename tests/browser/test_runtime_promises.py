"""Do Python and JavaScript await each other's promises and coroutines?"""

from __future__ import annotations

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


def test_javascript_awaits_python_coroutines_tasks_and_futures(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython(`
            import asyncio
            async def later(value):
                await asyncio.sleep(0.01)
                if value is None:
                    raise ValueError("no value")
                return value
            def task(value):
                return asyncio.create_task(later(value))
            def future(value):
                result = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_later(0.01, result.set_result, value)
                return result
        `);
        const { later, task, future } = pyodide.globals;
        const failed = await later(null).catch((error) => error.type);
        let finished = false;
        await later(1).finally(() => { finished = true; });
        const same = task(5);
        return [
            await later(1), await task(2), await future([3]),
            ...(await Promise.all([later(4), Promise.race([later(5), new Promise(() => {})])])),
            await later(6).then((value) => value + 1), failed, finished,
            (await same) + (await same),
        ];
    """) == [1, 2, [3], 4, 5, 7, "ValueError", True, 10]


def test_a_coroutine_that_was_awaited_cannot_be_awaited_again(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="cannot reuse already awaited coroutine"):
        runtime.run_js("""
            pyodide.runPython("async def f(): return 1");
            const coroutine = pyodide.globals.f();
            await coroutine;
            await coroutine;
        """)


def test_python_awaits_promises_and_thenables(runtime: Runtime) -> None:
    runtime.run_js("""
        globalThis.later = (value) => new Promise((next) => setTimeout(() => next(value), 10));
        globalThis.fail = async (reason) => { throw reason; };
        globalThis.thenable = { then(resolve) { resolve("of a thenable"); } };
    """)
    assert runtime.run_python_async("""
        import asyncio, js
        from pyodide import JsException
        seen = [await js.later(1), await js.thenable, await js.Promise.resolve(None)]
        seen.append(await asyncio.gather(js.later(2), js.later(3)))
        seen.append(await asyncio.wait_for(js.later(4), 5))
        for reason in (js.TypeError.new("no"), "text"):
            try:
                await js.fail(reason)
            except JsException as error:
                seen.append(str(error))
        try:
            await asyncio.wait_for(js.Promise.new(lambda resolve, reject: None), 0.01)
        except TimeoutError:
            seen.append("timeout")
        try:
            await js.Object.new()
        except TypeError as error:
            seen.append(str(error))
        seen
    """) == [
        1, "of a thenable", None, [2, 3], 4, "TypeError: no", "text", "timeout",
        "[object Object] is no promise and cannot be awaited",
    ]  # fmt: skip


def test_callbacks_of_a_promise_are_python_functions(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import asyncio, js
        seen = []
        def doubled(value):
            seen.append(value)
            return 2 * value
        def failed(error):
            seen.append(error.message)
        chain = js.Promise.resolve(1).then(doubled).then(doubled)
        rejected = js.Promise.reject(js.Error.new("no")).catch(failed)
        await asyncio.gather(chain, rejected)
        [seen, await chain]
    """) == [[1, "no", 2], 4]


def test_a_python_exception_passes_through_a_promise_unchanged(runtime: Runtime) -> None:
    assert runtime.run_python_async("""
        import js
        original = LookupError("mine")
        async def fail():
            raise original
        def fail_at_once(*args):
            raise original
        caught = []
        for promise in (js.Promise.resolve(fail()), js.Promise.new(fail_at_once),
                        js.Promise.resolve(1).then(fail_at_once)):
            try:
                await promise
            except LookupError as error:
                caught.append(error is original)
        caught
    """) == [True, True, True]


def test_ten_thousand_awaits_leave_nothing_once_javascript_has_collected(runtime: Runtime) -> None:
    if not runtime.run_js("return typeof gc === 'function'"):
        pytest.skip(reason="Firefox has no flag for gc()")
    growth = runtime.run_js("""
        pyodide.runPython("import asyncio, gc, sys, js\\nasync def same(value): return value");
        const blocks = async () => {
            for (let i = 0; i < 5; i++) {
                gc();
                await new Promise((next) => setTimeout(next, 20));
            }
            return pyodide.runPython("gc.collect(); sys.getallocatedblocks()");
        };
        const both = async (count) => {
            const { same } = pyodide.globals;
            for (let i = 0; i < count; i++) await same(i);
            await pyodide.runPythonAsync(`for i in range(${count}): await js.Promise.resolve(i)`);
        };
        await both(100);
        const before = await blocks();
        await both(5000);
        return (await blocks()) - before;
    """)
    assert growth < 200


def test_fetch_is_awaited_in_python(pyodide: Page) -> None:
    assert "<title>Pyodide" in pyodide.run_python_async("""
        from js import fetch
        response = await fetch("/pages/pyodide.html")
        await response.text()
    """)
