"""Do the functions of `pyodide` that run code and hand over names do what Pyodide 314 documents?"""

from __future__ import annotations

import json

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

# Running code


def test_run_python_takes_globals_locals_and_a_file_name(today: Runtime) -> None:
    assert today.run_js("""
        const dict = pyodide.globals.get("dict");
        const globals = pyodide.toPy({ x: 5, y: 29 });
        const locals = pyodide.toPy({ x: 7 });
        const sum = pyodide.runPython("z = 13; x + y", { globals, locals });
        const z = [locals.get("z"), globals.has("z"), pyodide.globals.has("z")];
        const other = pyodide.runPython("del x; x + y", { globals, locals });
        return [sum, z, other, locals.has("x")];
    """) == [36, [13, False, False], 34, False]


@pytest.mark.parametrize("call", ["pyodide.runPython", "await pyodide.runPythonAsync"])
def test_a_traceback_shows_the_lines_of_a_named_file(today: Runtime, call: str) -> None:
    message = today.run_js(f"""
        try {{
            {call}("def f():\\n    raise ValueError(8)\\nf()", {{ filename: "a.py" }});
        }} catch (error) {{
            return error.message;
        }}
    """)
    assert 'File "a.py", line 2, in f\n    raise ValueError(8)\n' in message


@pytest.mark.parametrize("call", ["pyodide.runPython", "await pyodide.runPythonAsync"])
def test_code_keeps_its_indentation_if_it_says_so(today: Runtime, call: str) -> None:
    code = json.dumps("  x = 6\n  x * 7")
    assert today.run_js(f"return {call}({code});") == 42
    with pytest.raises(JavaScriptError, match="IndentationError"):
        today.run_js(f"return {call}({code}, {{ dedent: false }});")


def test_a_program_may_replace_the_functions_that_run_code(today: Runtime) -> None:
    assert today.run_js("""
        const code = pyodide.pyimport("pyodide.code");
        const { eval_code, eval_code_async } = code;
        pyodide.runPython(`
            import pyodide.code
            def replaced(source, globals=None, locals=None, **options):
                return "replaced: " + source
            async def replaced_async(source, globals=None, locals=None, **options):
                return "async: " + source
            pyodide.code.eval_code, pyodide.code.eval_code_async = replaced, replaced_async
        `);
        try {
            return [pyodide.runPython("1"), await pyodide.runPythonAsync("2")];
        } finally {
            Object.assign(code, { eval_code, eval_code_async });
        }
    """) == ["replaced: 1", "async: 2"]
    assert today.run_js("return pyodide.runPython('3');") == 3


def test_run_python_async_loads_nothing_by_itself(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="No module named 'snowballstemmer'"):
        today.run_js("await pyodide.runPythonAsync('import snowballstemmer');")


def test_run_python_async_awaits(today: Runtime) -> None:
    assert today.run_js("""
        globalThis.later = () => new Promise((done) => setTimeout(() => done(7), 5));
        return [
            await pyodide.runPythonAsync("from js import later\\nawait later() * 6"),
            await pyodide.runPythonAsync("import asyncio; asyncio.current_task() is not None"),
            await pyodide.runPythonAsync("[1]").then((list) => list.length),
        ];
    """) == [42, True, 1]


@pytest.mark.parametrize(
    "name", ["runPython", "runPythonAsync", "loadPackagesFromImports", "pyimport"]
)
def test_a_string_is_needed(today: Runtime, name: str) -> None:
    with pytest.raises(JavaScriptError, match=f"{name} needs a string, not number"):
        today.run_js(f"await pyodide.{name}(7);")


def test_methods_work_without_their_object(today: Runtime) -> None:
    assert today.run_js("const { runPython } = pyodide; return runPython('6 * 7');") == 42


# Names


def test_globals_is_a_dict_that_also_finds_builtins(today: Runtime) -> None:
    assert today.run_js("""
        const { globals } = pyodide;
        globals.set("x", 1);
        const found = [globals.get("x"), globals.has("x"), pyodide.runPython("x")];
        globals.delete("x");
        return [
            found, globals.has("x"), globals.get("x") === undefined,
            globals.has("len"), globals.get("len")("abc"),
            pyodide.runPython("d = {}; d").type, globals instanceof pyodide.ffi.PyDict,
            pyodide.runPython("same", { globals: pyodide.toPy({ same: 8 }) }),
        ];
    """) == [[1, True, 1], False, True, True, 3, "dict", True, 8]


def test_globals_is_pythons_dict_in_python(today: Runtime) -> None:
    assert (
        today.run_js("""
        const check = pyodide.runPython("import __main__; lambda d: d is __main__.__dict__");
        return check(pyodide.globals);
    """)
        is True
    )


def test_pyimport_imports(today: Runtime) -> None:
    assert today.run_js("""
        const platform = pyodide.pyimport("platform");
        return [
            platform.machine(), pyodide.globals.has("platform"),
            pyodide.pyimport("os.path").join("a", "b"), pyodide.pyimport("math.comb")(4, 2),
        ];
    """) == ["wasm32", False, "a/b", 6]
    with pytest.raises(JavaScriptError, match="ModuleNotFoundError: No module named 'platform;'"):
        today.run_js("pyodide.pyimport('platform;');")
    with pytest.raises(JavaScriptError, match=r"No module named 'math\.nothing'"):
        today.run_js("pyodide.pyimport('math.nothing');")


def test_pyodide_py_is_the_package(today: Runtime) -> None:
    assert today.run_js("""
        return [pyodide.pyodide_py.__name__, pyodide.pyodide_py === pyodide.pyodide_py];
    """) == ["pyodide", True]


def test_to_py_converts(today: Runtime) -> None:
    assert today.run_js("""
        const shape = pyodide.runPython(`
            def shape(x):
                return f"{type(x).__name__} {x}"
            shape
        `);
        class Point { constructor(x) { this.x = x; } }
        const point = new Point(3);
        const list = pyodide.runPython("[1]");
        return [
            shape(pyodide.toPy({ a: [1, new Map([["b", 2]])] })),
            shape(pyodide.toPy([[1, 2]], { depth: 1 }).get(0)),
            pyodide.toPy(7), pyodide.toPy("a"), pyodide.toPy(null), pyodide.toPy(point) === point,
            pyodide.toPy(list) === list,
            shape(pyodide.toPy(
                { p: point }, { defaultConverter: (value, convert, cache) => convert([value.x]) },
            )),
        ];
    """) == [
        "dict {'a': [1, {'b': 2}]}",
        "JsProxy 1,2",
        7,
        "a",
        None,
        True,
        True,
        "dict {'p': [3]}",
    ]


def test_javascript_modules_are_imported(today: Runtime) -> None:
    assert (
        today.run_js("""
        pyodide.registerJsModule("my_module", { answer: 42, inner: { deep: 7 } });
        return pyodide.runPython(`
            import my_module
            from my_module.inner import deep
            my_module.answer + deep
        `);
    """)
        == 49
    )
    today.run_js("""
        pyodide.unregisterJsModule("my_module");
        pyodide.runPython("import sys; del sys.modules['my_module']");
    """)
    with pytest.raises(JavaScriptError, match="No module named 'my_module'"):
        today.run_python("import my_module")
    with pytest.raises(JavaScriptError, match="ValueError"):
        today.run_js("pyodide.unregisterJsModule('my_module');")
    with pytest.raises(JavaScriptError, match="TypeError"):
        today.run_js("pyodide.registerJsModule('my_module', 7);")


def test_the_module_pyodide_js_is_the_interface(today: Runtime) -> None:
    today.run_js("globalThis.same = (value) => value === pyodide;")
    assert today.run_python("import js, pyodide_js; js.same(pyodide_js)") is True
    assert today.run_python("from pyodide_js import version; version") == "314.0.7"


def test_comlink_proxies_are_callable_objects_without_other_members(today: Runtime) -> None:
    assert today.run_js("""
        const createEndpoint = Symbol("endpoint");
        const remote = (path) => new Proxy(() => {}, {
            get(_, name) {
                if (name === createEndpoint) return true;
                if (name !== "then") return remote([...path, String(name)]);
                return path.length === 0 ? undefined : (done) => done(path.join("."));
            },
            apply: (_, __, args) => Promise.resolve([path.join("."), ...args].join(" ")),
        });
        pyodide.registerComlink({ createEndpoint });
        globalThis.remote = remote([]);
        return [
            pyodide._api._Comlink.createEndpoint === createEndpoint,
            await pyodide.runPythonAsync("from js import remote\\nawait remote.a.f(7)"),
        ];
    """) == [True, "a.f 7"]


# Interrupts, crashes


def test_check_interrupt_raises_what_the_handler_raises(today: Runtime) -> None:
    assert today.run_js("""
        pyodide.setInterruptBuffer(undefined);
        pyodide.checkInterrupt();
        const signals = new Uint8Array(1);
        pyodide.setInterruptBuffer(signals);
        signals[0] = 2;
        let type;
        try { pyodide.checkInterrupt(); } catch (error) { type = error.type; }
        pyodide.setInterruptBuffer();
        return [type, signals[0]];
    """) == ["KeyboardInterrupt", 0]


def test_set_interrupt_buffer_needs_integers(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="setInterruptBuffer needs a typed array of integers"):
        today.run_js("pyodide.setInterruptBuffer(new Float32Array(1));")


def test_set_debug_returns_the_value_before(today: Runtime) -> None:
    assert today.run_js("""
        const first = [pyodide.setDebug(true), pyodide._api.debug_ffi];
        const list = pyodide.runPython("[1, 2]");
        list.destroy();
        let message;
        try { list.length; } catch (error) { message = error.message; }
        const last = [pyodide.setDebug(false), pyodide.setDebug(false)];
        return [...first, message.includes("[1, 2]"), ...last];
    """) == [False, True, True, True, False]


@pytest.mark.parametrize("name", ["makeMemorySnapshot", "useNodeSockFS"])
def test_what_is_not_there_says_so(today: Runtime, name: str) -> None:
    with pytest.raises(JavaScriptError, match=f"pyodide.{name} does not work"):
        today.run_js(f"pyodide.{name}();")


def test_a_crash_is_reported(today: Runtime) -> None:
    assert today.run_js("""
        const python = await loadPyodide({ api: "314" });
        const causes = [];
        python._api.on_fatal = (cause) => causes.push(cause instanceof WebAssembly.RuntimeError);
        try {
            python.runPython("import ctypes; ctypes.string_at(0xfffffff0)");
        } catch {}
        return causes;
    """) == [True]


def test_the_end_of_the_process_is_an_error_of_its_own(today: Runtime) -> None:
    assert today.run_js("""
        const python = await loadPyodide();
        const errors = [];
        for (const code of ["import os; os._exit(3)", "1"]) {
            try { python.runPython(code); } catch (error) { errors.push(String(error)); }
        }
        return [errors[0], /has crashed and cannot go on/.test(errors[1])];
    """) == ["Exit: Program terminated with exit(3)", True]
