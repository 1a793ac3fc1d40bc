"""Do the object ``pyodide`` and the Python package ``pyodide`` follow the API document?"""

from __future__ import annotations

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


def test_run_python_returns_the_value_of_the_last_expression(runtime: Runtime) -> None:
    assert str(runtime.run_python("import sys\nsys.version")).startswith("3.13.")
    assert runtime.run_js("return pyodide.runPython('x = 1') === undefined")
    assert runtime.run_js("return pyodide.runPython('') === undefined")


@pytest.mark.parametrize("code", ["1 + 1;", "1 + 1 ; \n", "x = 1"])
def test_code_that_ends_in_a_semicolon_or_a_statement_has_no_value(
    runtime: Runtime, code: str
) -> None:
    assert runtime.run_python(code) is None


def test_code_may_be_indented_as_a_whole(runtime: Runtime) -> None:
    assert runtime.run_js("return pyodide.runPython(`\n    x = 2\n    x * 3\n  `)") == 6


def test_globals_reads_sets_and_deletes_variables(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython("x = 5\\ndef double(n): return 2 * n");
        const { globals } = pyodide;
        const seen = [globals.x, globals.double(21), "x" in globals, globals.nobody === undefined];
        globals.x = "x will be now string";
        globals.square = (x) => x * x;
        seen.push(pyodide.runPython("x"), pyodide.runPython("square(7)"));
        seen.push(globals.sum([1, 2].values()));
        delete globals.x;
        return [...seen, "x" in globals];
    """) == [5, 42, True, True, "x will be now string", 49, 3, False]


def test_pyimport_gives_variables_and_builtins_and_raises_for_others(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.runPython("import sys\\nvalues = [1, 2]");
        const [values, sys, abs] = ["values", "sys", "abs"].map(pyodide.pyimport);
        return [values, sys.maxsize, abs(-1)];
    """) == [[1, 2], 2**31 - 1, 1]
    with pytest.raises(JavaScriptError, match="NameError: name 'nobody' is not defined"):
        runtime.run_js("pyodide.pyimport('nobody')")


def test_repr_and_version_are_strings(runtime: Runtime) -> None:
    assert runtime.run_js("return pyodide.repr('a\\n')") == r"'a\n'"
    assert runtime.run_js("return pyodide.repr(pyodide.runPython('{1, 2}'))") == "{1, 2}"
    assert runtime.run_js("return /^\\d+\\.\\d+\\.\\d+/.test(pyodide.version())")


def test_methods_work_without_their_object(runtime: Runtime) -> None:
    assert runtime.run_js("const { runPython } = pyodide; return runPython('1 + 1');") == 2


@pytest.mark.parametrize("call", ["runPython()", "pyimport(3)", "runPython(null)"])
def test_an_argument_of_the_wrong_type_is_a_type_error(runtime: Runtime, call: str) -> None:
    with pytest.raises(JavaScriptError, match="needs a string"):
        runtime.run_js(f"pyodide.{call}")


def test_an_unknown_package_rejects_and_calls_the_error_callback(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const errors = [];
        const loading = pyodide.loadPackage("no-such-package", undefined, (e) => errors.push(e));
        const reason = await loading.catch((error) => error.message);
        return reason.includes("no-such-package") && errors.includes(reason);
    """)
    assert "no-such-package" not in runtime.run_js("return Object.keys(pyodide.loadedPackages)")


def test_loaded_packages_names_the_channel_of_each_package(runtime: Runtime) -> None:
    assert runtime.run_js("return pyodide.loadedPackages.python") == "default channel"


def test_an_exception_is_an_error_with_the_traceback(runtime: Runtime) -> None:
    message = runtime.run_js("""
        try {
            pyodide.runPython("def f():\\n    1 / 0\\nf()");
        } catch (error) {
            return [error instanceof Error, error.name, error.type, error.message.split("\\n")];
        }
    """)
    assert message == [
        True,
        "PythonError",
        "ZeroDivisionError",
        [
            "Traceback (most recent call last):",
            '  File "<exec>", line 3, in <module>',
            '  File "<exec>", line 2, in f',
            "ZeroDivisionError: division by zero",
            "",
        ],
    ]


def test_an_exception_whose_str_fails_is_an_error(runtime: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="Bad"):
        runtime.run_python("""
            class Bad(Exception):
                def __str__(self):
                    raise RuntimeError("in __str__")
            raise Bad()
        """)


def test_eval_code_and_find_imports_can_be_replaced(runtime: Runtime) -> None:
    runtime.run_python("""
        import pyodide
        old_eval_code = pyodide.eval_code
        def eval_code(code, ns):
            extra_info = None
            result = old_eval_code(code, ns)
            return [ns["extra_info"], result]
        pyodide.eval_code = eval_code
    """)
    try:
        assert runtime.run_python("extra_info='hello' ; 2 + 2") == ["hello", 4]
    finally:
        runtime.run_python("pyodide.eval_code = old_eval_code")
    assert runtime.run_python("2 + 7") == 9


def test_find_imports_finds_top_level_modules_everywhere(runtime: Runtime) -> None:
    assert runtime.run_python("""
        from pyodide import find_imports
        find_imports('''
            import numpy as np; import scipy.stats
            from . import sibling
            def f():
                from os.path import join
        ''')
    """) == ["numpy", "os", "scipy"]


def test_as_nested_list_converts_nested_arrays(runtime: Runtime) -> None:
    runtime.run_js("globalThis.nested = [1, ['two', [3]], new Float32Array([1.5])];")
    assert runtime.run_python("""
        from js import nested
        from pyodide import as_nested_list
        result = as_nested_list(nested)
        [type(result).__name__, type(result[1]).__name__, result]
    """) == ["list", "list", [1, ["two", [3]], [1.5]]]


def test_open_url_fetches_text_and_raises_for_a_missing_file(pyodide: Page) -> None:
    assert "<title>Pyodide" in pyodide.run_python(
        "from pyodide import open_url\nopen_url('/pages/pyodide.html').read()"
    )
    with pytest.raises(JavaScriptError, match=r"OSError: /nothing-here .*404"):
        pyodide.run_python("open_url('/nothing-here')")


def test_python_knows_where_it_runs(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import platform, sys, os
        ["pyodide" in sys.modules, platform.system(), sys.platform, sys.prefix, os.getcwd()]
    """) == [True, "Emscripten", "emscripten", "/", "/home/pyodide"]


def test_files_are_shared_through_fs(runtime: Runtime) -> None:
    runtime.run_js("pyodide.FS.writeFile('/home/pyodide/note.txt', 'from JavaScript')")
    assert runtime.run_python("open('note.txt').read()") == "from JavaScript"


def test_printed_text_goes_to_the_console_line_by_line(runtime: Runtime) -> None:
    runtime.run_python("print('one ☃', end=''); print(' line')")
    runtime.run_python("import sys; print('a warning', file=sys.stderr)")
    console = "\n".join(runtime.read_console())
    assert "one ☃ line" in console
    assert "a warning" in console
