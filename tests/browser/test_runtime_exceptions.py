"""Does everything that goes wrong end in an exception on the side that called, in a clear state?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.built import BUILD_DIR
from tests.harness.node import node
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.tabs import OpenTab


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
def test_whatever_javascript_throws_is_inside_a_js_exception(
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
    """The buffer is what another thread writes to; here a JavaScript function does."""
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


# --- Full stacks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "def again(): return again()\nagain()",
        "class R:\n    def __repr__(self): return repr([self])\nrepr(R())",
        "class A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x",
        "nested = []\nfor _ in range(10**5): nested = [nested]\nrepr(nested)",
        "import js\ndef again(): js.call(again)\nagain()",
        "import js\ndef again(): js.call.call(None, again)\nagain()",
        "import js\nclass A:\n    @property\n    def again(self): js.get(self)\nA().again",
        "import js\nclass A:\n    def __repr__(self): return js.text(self)\nrepr(A())",
        "import js\njs.forever()",
        "import js\njs.back()",
    ],
)
def test_recursion_without_end_is_a_recursion_error(runtime: Runtime, code: str) -> None:
    runtime.run_js("""
        globalThis.call = (f) => f();
        globalThis.get = (object) => object.again;
        globalThis.text = (object) => `${object}`;
        globalThis.forever = () => forever() + 1;
        globalThis.back = () => pyodide.runPython("import js\\njs.back()");
    """)
    for _ in range(3):
        with pytest.raises(JavaScriptError, match="RecursionError"):
            runtime.run_python(code)
        assert runtime.run_python("sum(range(10)), [i for i in range(3)][2]") == [45, 2]
    assert runtime.run_python("def f(n): return n and f(n - 1)\nf(900)") == 0


def test_brackets_nested_too_deeply_are_an_error(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"RecursionError|MemoryError|too many nested"):
        runtime.run_python("eval('(' * 5000 + ')' * 5000)")
    assert runtime.run_python("1 + 1") == 2


@pytest.mark.parametrize(
    "enter",
    [
        "object.attribute", "object.computed", "object.computed = 1", "'computed' in object",
        "object.method()", "object()", "object.toString()", "object.ownKeys()", "[...object]",
        "pyodide.globals", "pyodide.globals.object", "pyodide.runPython('1')", "list()",
    ],
)  # fmt: skip
def test_python_survives_a_stack_that_was_filled_by_javascript(
    runtime: Runtime, enter: str
) -> None:
    """JavaScript enters Python at every depth of its stack, up to the last frame that fits."""
    runtime.run_python("""
        import gc
        class Thing:
            attribute = 1
            @property
            def computed(self):
                return [n for n in map(lambda n: n, range(10))]
            @computed.setter
            def computed(self, value):
                return [n for n in map(lambda n: n, range(10))]
            def method(self):
                return sum(n for n in range(10))
            __call__ = method
            def __repr__(self):
                return str(self.method())
            def __dir__(self):
                return [str(n) for n in range(10)]
            def __iter__(self):
                yield from range(3)
            def __getattr__(self, name):
                self.method()
                raise AttributeError(name)
        object_ = Thing()
        def make():
            return [[1, "two"], {"a": object_}]
    """)
    assert runtime.run_js(f"""
        const object = pyodide.globals.object_;
        const list = pyodide.globals.make;
        let reached = 0;
        const fill = (n) => {{
            reached = Math.max(reached, n);
            fill(n + 1);
            {enter};
        }};
        const names = new Set();
        for (let i = 0; i < 20; i++) {{
            // Another size of the first frame ends the stack elsewhere.
            try {{ fill.apply(null, [0, ...Array(i)]); }} catch (error) {{ names.add(error.name); }}
        }}
        const overflow = (name) => ["RangeError", "InternalError", "PythonError"].includes(name);
        return [reached > 1000, [...names].every(overflow)];
    """) == [True, True]
    assert runtime.run_python("""
        def depth(n):
            return n and depth(n - 1)
        gc.collect()
        [depth(900), object_.method(), repr(object_), [*object_]]
    """) == [0, 45, "45", [0, 1, 2]]


def test_converting_lists_nested_without_end_is_an_error(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r"stack|recursion"):
        runtime.run_python("""
            deep = []
            for _ in range(100_000):
                deep = [deep]
            deep
        """)
    with pytest.raises(JavaScriptError, match="RecursionError: JavaScript's stack is full"):
        runtime.run_python("import js\njs.Array.of(deep)")
    with pytest.raises(JavaScriptError, match="RecursionError: JavaScript's stack is full"):
        runtime.run_js("""
            globalThis.deep = [];
            for (let i = 0; i < 100_000; i++) deep = [deep];
            pyodide.runPython("import js, pyodide\\npyodide.as_nested_list(js.deep)");
        """)
    assert runtime.run_python("1 + 1") == 2


# --- Crashes ------------------------------------------------------------------------------------

CRASHED = r"Python has crashed and cannot go on \(.+\)\. Start it again"


@pytest.fixture(params=["chromium", "firefox", "node"])
def fresh(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """An interpreter of its own for each test, which may break it."""
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
    # Another interpreter is none the worse.
    assert (
        fresh.run_js("""
        const { loadPyodide } = globalThis.loadPyodide ? globalThis : await import("/pyodide.mjs");
        return (await loadPyodide()).runPython("6 * 7");
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


def test_a_crash_in_a_task_rejects_what_waits_and_ends_no_process(fresh: Runtime) -> None:
    for _ in range(2):
        with pytest.raises(JavaScriptError, match=CRASHED):
            fresh.run_python_async("""
                import asyncio, os
                asyncio.get_running_loop().call_later(0.03, print, "after the crash")
                await asyncio.sleep(0.01)
                os.abort()
            """)
    fresh.run_js("await new Promise((next) => setTimeout(next, 60));")
    console = "\n".join(fresh.read_console())
    assert "Python has crashed" in console
    assert "Uncaught" not in console and "after the crash" not in console


def test_objects_are_collected_in_silence_after_a_crash(fresh: Runtime) -> None:
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
        const python = await loadPyodide({ stdin: fail, stdout: fail });
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
def test_what_fails_leaves_nothing_behind(runtime: Runtime, fails: str) -> None:
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
