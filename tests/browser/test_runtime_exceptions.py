"""Does an error reach the caller in the other language as an exception?"""

from __future__ import annotations

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


def test_a_javascript_exception_is_caught_in_python_with_the_error_inside(runtime: Runtime) -> None:
    runtime.run_js(
        "globalThis.fail = () => { throw Object.assign(new TypeError('no'), { code: 7 }); };"
    )
    assert runtime.run_python("""
        import js
        from pyodide import JsException
        try:
            js.fail()
        except JsException as error:
            result = [str(error), error.js_error.code, error.js_error.name, type(error).__name__]
        result
    """) == ["TypeError: no", 7, "TypeError", "JsException"]


@pytest.mark.parametrize(
    ("thrown", "js_error"),
    [
        ("'text'", "'text'"),
        ("undefined", "None"),
        ("null", "None"),
        ("42", "42"),
        ("10n ** 30n", "10**30"),
        ("new Uint8Array([1])", "memoryview(b'\\1')"),
    ],
)
def test_any_value_that_javascript_throws_is_inside_a_js_exception(
    runtime: Runtime, thrown: str, js_error: str
) -> None:
    runtime.run_js(f"globalThis.fail = () => {{ throw {thrown}; }};")
    assert (
        runtime.run_python(f"""
        import js
        from pyodide import JsException
        try:
            js.fail()
        except JsException as error:
            result = error.js_error == {js_error} and len(error.args) == 1
        result
    """)
        is True
    )


def test_a_js_exception_that_python_does_not_catch_has_the_javascript_error_as_cause(
    runtime: Runtime,
) -> None:
    assert runtime.run_js("""
        const thrown = new SyntaxError("mine");
        globalThis.fail = () => { throw thrown; };
        try {
            pyodide.runPython("import js\\ndef f():\\n    js.fail()\\nf()");
        } catch (error) {
            const { message } = error;
            return [error.cause === thrown, error.type, error instanceof Error,
                    message.includes("line 3, in f"), message.includes("SyntaxError: mine")];
        }
    """) == [True, "JsException", True, True, True]


def test_a_js_exception_is_an_exception_of_its_own_in_python(runtime: Runtime) -> None:
    assert runtime.run_js("""
        try {
            pyodide.runPython(`
                from pyodide import JsException
                import js
                raise JsException(js.RangeError.new("made in Python"))
            `);
        } catch (error) {
            return [error.type, error.cause.name, error.cause.message];
        }
    """) == ["JsException", "RangeError", "made in Python"]


def test_a_python_exception_passes_through_javascript_unchanged(runtime: Runtime) -> None:
    runtime.run_js("""
        globalThis.call = (f) => f();
        globalThis.rethrow = (f) => { try { f(); } catch (error) { throw error; } };
        globalThis.throwPython = (f) => { try { f(); } catch (error) { throw error.exception; } };
    """)
    assert runtime.run_python("""
        import js
        class Mine(Exception):
            pass
        original = Mine("mine")
        def fail():
            raise original
        caught = []
        for through in (js.call, js.rethrow, js.throwPython):
            try:
                through(fail)
            except Mine as error:
                caught.append(error is original and error.__traceback__ is not None)
        caught
    """) == [True, True, True]


def test_javascript_can_catch_a_python_exception_and_use_it(runtime: Runtime) -> None:
    assert runtime.run_js("""
        try {
            pyodide.runPython("raise KeyError('key', 2) from OSError('cause')");
        } catch (error) {
            const { exception } = error;
            return [error.name, error.type, [...exception.args], exception.__cause__.toString(),
                    pyodide.runPython("isinstance")(exception, pyodide.globals.LookupError)];
        }
    """) == ["PythonError", "KeyError", ["key", 2], "OSError('cause')", True]


def test_a_getter_that_throws_is_an_exception(runtime: Runtime) -> None:
    runtime.run_js("globalThis.object = { get attribute() { throw new Error('in the getter'); } };")
    with pytest.raises(JavaScriptError, match="JsException: Error: in the getter"):
        runtime.run_python("from js import object as o\no.attribute")


@pytest.mark.parametrize("exception", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()"])
def test_exceptions_that_end_a_program_leave_the_interpreter_running(
    runtime: Runtime, exception: str
) -> None:
    kind = exception.partition("(")[0]
    raises = f"try {{ pyodide.runPython('raise {exception}') }} catch (e) {{ return e.type }}"
    assert runtime.run_js(raises) == kind
    assert runtime.run_python("'still here'") == "still here"


def test_system_exit_goes_through_javascript_and_gives_its_code(runtime: Runtime) -> None:
    assert runtime.run_js("""
        globalThis.call = (f) => f();
        try {
            pyodide.runPython("import js, sys\\njs.call(lambda: sys.exit(3))");
        } catch (error) {
            return [error.type, error.exception.code];
        }
    """) == ["SystemExit", 3]


def test_an_interrupt_ends_a_loop_in_python(runtime: Runtime) -> None:
    """A JavaScript function writes to the interrupt buffer, in place of another thread."""
    assert runtime.run_js("""
        const buffer = new Uint8Array(1);
        pyodide.setInterruptBuffer(buffer);
        globalThis.interrupt = () => { buffer[0] = 2; };
        try {
            pyodide.runPython(`
                import js
                js.interrupt()
                n = 0
                while n < 10**8:
                    n += 1
            `);
            return "ran to its end";
        } catch (error) {
            return [error.type, buffer[0], pyodide.runPython("1 + 1")];
        } finally {
            pyodide.setInterruptBuffer(undefined);
        }
    """) == ["KeyboardInterrupt", 0, 2]


@pytest.mark.parametrize(
    "fails",
    [
        "pyodide.runPython('1 / 0')",
        "pyodide.runPython('def')",
        "thing.fails",
        "thing.locked = {}",
        "delete thing.missing",
        "thing({}, [], 'text', destroyed)",
        "thing({}, detached)",
        "thing(2n ** 100n, Symbol('s'), hostile)",
        "`${thing}`",
        "[...thing]",
        "Reflect.ownKeys(thing)",
        "through(() => { throw new Error('x'); })",
        "through(() => { throw hostile; })",
        "through(() => destroyed)",
        "through(() => detached)",
        "through(() => ({ get length() { throw 1; } }))",
        "pyodide.runPython('[1, {2: bad_key}, (bytes(3), [object()])]')",
        "await pyodide.runPythonAsync('await js.Promise.reject(1)')",
        "await pyodide.globals.failing_coroutine()",
        "pyodide.runPython('as_nested_list(js.hostile_array)')",
    ],
)
def test_failed_calls_leave_no_references(runtime: Runtime, fails: str) -> None:
    if not runtime.run_js("return typeof gc === 'function'"):
        pytest.skip(reason="Firefox has no flag for gc()")
    growth = runtime.run_js(f"""
        globalThis.hostile = new Proxy({{}}, {{ get() {{ throw new Error("hostile"); }} }});
        globalThis.hostile_array = [1, [2, {{}}, hostile], Object.defineProperty([3, 4], 1, {{
            get() {{ throw new Error("in the getter"); }},
        }})];
        pyodide.runPython(`
            import gc, sys, js
            from pyodide import as_nested_list
            class Key:
                def __str__(self):
                    raise ValueError("no string")
            bad_key = {{Key(): 1}}
            class Thing:
                @property
                def fails(self):
                    raise OSError
                @property
                def locked(self):
                    return 1
                def __call__(self, *args):
                    raise TypeError(len(args))
                def __repr__(self):
                    return 1
                def __iter__(self):
                    yield {{}}
                    raise ValueError
                def __dir__(self):
                    return 1
            thing = Thing()
            def through(function):
                return len(function())
            async def failing_coroutine():
                raise ValueError
        `);
        const {{ thing, through }} = pyodide.globals;
        const destroyed = pyodide.runPython("object()");
        destroyed.destroy();
        const detached = new Uint8Array(8);
        structuredClone(detached.buffer, {{ transfer: [detached.buffer] }});

        const fail = async (count) => {{
            for (let i = 0; i < count; i++) {{
                let failed = false;
                try {{ {fails}; }} catch {{ failed = true; }}
                if (!failed) throw new Error("it worked");
            }}
        }};
        const blocks = async () => {{
            for (let i = 0; i < 4; i++) {{
                gc();
                await new Promise((next) => setTimeout(next, 20));
            }}
            return pyodide.runPython("gc.collect(); sys.getallocatedblocks()");
        }};
        await fail(500); // caches of Python's library fill up
        const before = await blocks();
        await fail(1000);
        return (await blocks()) - before;
    """)
    assert growth < 500, growth
