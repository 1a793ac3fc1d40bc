"""Does synchronous Python code wait for promises while the page lives?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

MISSING = "WebAssembly stack switching not supported in this JavaScript runtime"
SYNCHRONOUS = "Cannot stack switch because JavaScript called this Python code synchronously"
BETWEEN = "Cannot stack switch because a JavaScript function is between"


def test_a_function_waits_for_a_promise_while_the_page_lives(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define("");
        return await python("lambda: run_sync(js.turns(10, 'slept'))").callPromising();
    """)
        == "slept"
    )


def test_the_c_stack_of_each_call_is_aligned(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        const { wasmExports } = pyodide._module;
        globalThis.surplus = () => wasmExports.emscripten_stack_get_current() % 16;
        define("");
        const waits = python("lambda promise: (js.surplus(), run_sync(promise))[0]");
        const between = [];
        const calls = Array.from({ length: 20 }, (_, i) => {
            between.push(wasmExports.malloc(600_000 + 8 * (i % 3))); // other alignments
            return waits.callPromising(sleep(50));
        });
        const found = await Promise.all(calls);
        for (const pointer of between) wasmExports.free(pointer);
        return found;
    """)
        == [0] * 20
    )


def test_a_rejection_is_raised_and_can_be_caught(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
def wait(promise):
    try:
        return run_sync(promise)
    except Exception as error:
        return type(error).__name__ + ": " + str(error.js_error.message)
`);
        const wait = python("wait");
        return await wait.callPromising(Promise.reject(new Error("no such file")));
    """)
        == "JsException: no such file"
    )


def test_a_function_waits_for_coroutines_and_tasks(waiting: Runtime) -> None:
    # The results do not pass through JavaScript, where 2.0 is 2.
    assert (
        waiting.run_js("""
        define(`
import asyncio
async def double(x):
    await asyncio.sleep(0.01)
    return x * 2
def waits():
    both = asyncio.gather(double(2), js.sleep(10, "slept"))
    done = asyncio.ensure_future(double(0))
    run_sync(done)
    return repr([run_sync(double(1.0)), run_sync(both), run_sync(done), run_sync(asyncio.sleep(0))])
`);
        return await python("waits").callPromising();
    """)
        == "[2.0, [4, 'slept'], 0, None]"
    )


def test_the_exception_of_a_coroutine_is_raised_itself(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"KeyError: 'missing'"):
        waiting.run_js("""
            define(`
async def fails():
    raise KeyError("missing")
def waits():
    run_sync(fails())
`);
            await python("waits").callPromising();
        """)


def test_what_is_not_awaitable_is_a_type_error(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
def refuses():
    names = []
    for value in 1, None, [1], iter([]), (x for x in [1]), js.Object.new():
        try:
            run_sync(value)
        except TypeError:
            names.append(type(value).__name__)
    return len(names)
`);
        return await python("refuses").callPromising();
    """)
        == 6
    )


def test_300_calls_wait_at_once_and_end_in_any_order(waiting: Runtime) -> None:
    assert waiting.run_js("""
        define(`
import contextvars, decimal, sys
name = contextvars.ContextVar("name", default=None)
def numbers():
    yield from range(3)
def waits(i, delay):
    name.set(i)
    decimal.getcontext().prec = 5 + i % 20
    steps = numbers()
    try:
        raise ValueError(i)
    except ValueError as error:
        for step in steps:
            run_sync(js.sleep(delay))
            assert sys.exception() is error and sys.exc_info()[1].args == (i,)
            assert name.get() == i
            assert len(str(decimal.Decimal(1) / 3)) == 2 + 5 + i % 20
    assert sys.exception() is None
    return i
`);
        const wait = python("waits");
        const delays = Array.from({ length: 300 }, (_, i) => (i * 7919) % 40);
        const results = await Promise.all(delays.map((delay, i) => wait.callPromising(i, delay)));
        return results.every((value, i) => value === i) && python("name.get() is None");
    """)


def test_the_page_calls_python_while_calls_wait(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
order = []
def waits(name, delay):
    order.append(name)
    run_sync(js.sleep(delay))
    order.append(name.upper())
`);
        const wait = python("waits");
        const both = [wait.callPromising("a", 40), wait.callPromising("b", 20)];
        python("order.append('page')");
        await Promise.all(both);
        return python("' '.join(order)");
    """)
        == "a b page B A"
    )


def test_a_call_that_can_wait_starts_at_once(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define("started = []");
        const promise = python("started.append").callPromising("at once");
        const now = python("' '.join(started)");
        await promise;
        return now;
    """)
        == "at once"
    )


def test_calls_that_wait_nest(waiting: Runtime) -> None:
    assert (
        waiting.run_js("""
        define(`
def inner():
    return "inner " + run_sync(js.sleep(10, "slept"))
def outer():
    return "outer " + run_sync(js.callInner())
`);
        globalThis.callInner = async () => "js " + (await python("inner").callPromising());
        return await python("outer").callPromising();
    """)
        == "outer js inner slept"
    )


def test_the_error_says_that_the_call_is_synchronous(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=SYNCHRONOUS):
        waiting.run_js("define('run_sync(js.sleep(1))')")
    assert waiting.run_js("return define('can_run_sync()')") is False


def test_the_error_says_that_javascript_is_on_the_stack(waiting: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=BETWEEN):
        waiting.run_js("""
            define("inner = lambda: run_sync(js.sleep(1))");
            globalThis.between = () => python("inner")();
            await define("lambda: js.between()").callPromising();
        """)


def test_the_error_of_frames_that_no_entry_shows_is_the_same(waiting: Runtime) -> None:
    # libffi's calls and closures are JavaScript.
    assert waiting.run_js("""
        define(`
import ctypes
def compares():
    errors = []
    function = ctypes.CFUNCTYPE(ctypes.c_int)
    def callback():
        try:
            run_sync(js.sleep(1))
        except RuntimeError as error:
            errors.append(str(error))
        return 7
    value = function(callback)()
    return f"{value} {errors[0]}"
`);
        return await python("compares").callPromising();
    """).startswith("7 " + BETWEEN)


def test_without_promise_integration_the_error_names_it(not_waiting: Runtime) -> None:
    for call in "define('run_sync(js.sleep(1))')", "await python('lambda: 1').callPromising()":
        with pytest.raises(JavaScriptError, match=MISSING + ".*Node 24"):
            not_waiting.run_js(call)
    assert not_waiting.run_js("return define('can_run_sync()')") is False
    assert not_waiting.run_js("return await pyodide.runPythonAsync('1 + 1')") == 2


def test_a_crash_rejects_the_promises_of_calls_that_wait(waiting: Runtime) -> None:
    failure, later = waiting.run_js("""
        const other = await loadPyodide({ api: "314" });
        const wait = other.runPython("import js; from pyodide.ffi import run_sync; "
            + "lambda: run_sync(js.sleep(50))");
        const promise = wait.callPromising().then(() => "done", (error) => error.message);
        try {
            other.runPython("import ctypes; ctypes.string_at(0xfffffff0, 8)");
        } catch {}
        await sleep(100);
        const call = async () => wait.callPromising();
        return [await promise, await call().catch((error) => error.message)];
    """)
    assert failure.startswith("Python has crashed")
    assert later.startswith("Python has crashed")


def test_a_call_leaves_nothing_behind(waiting: Runtime) -> None:
    change = waiting.run_js("""
        define(`
import asyncio, gc, sys
async def sleeps(ms):
    await asyncio.sleep(ms / 1000)
def waits(n):
    run_sync(js.sleep(1))
    run_sync(sleeps(1))
`);
        const wait = python("waits");
        const round = () =>
            Promise.all(Array.from({ length: 100 }, (_, i) => wait.callPromising(i)));
        const count = async () => {
            for (let i = 0; i < 5; i++) {
                await sleep(20);
                globalThis.gc?.();
            }
            return python("gc.collect(); len(gc.get_objects())");
        };
        await round();
        const before = await count();
        for (let i = 0; i < 5; i++) await round();
        return (await count()) - before;
    """)
    # 1000 waits. A browser decides itself when it collects what is left of the last ones.
    assert change < 1000


def test_a_call_that_waits_is_in_no_snapshot(waiting: Runtime) -> None:
    message, size = waiting.run_js("""
        define("");
        let go;
        globalThis.gate = new Promise((resolve) => { go = resolve; });
        const python = await loadPyodide();
        const wait = python.runPython(
            "import js; from pyodide.ffi import run_sync; lambda: run_sync(js.gate)",
        );
        const waits = wait.callPromising();
        const message = await python.snapshot().catch((error) => error.message);
        go();
        await waits;
        return [message, (await python.snapshot()).length];
    """)
    assert "1 calls of Python wait for JavaScript (run_sync)" in message
    assert size > 1_000_000
