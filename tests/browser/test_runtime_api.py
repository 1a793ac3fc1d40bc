"""Does the object `pyodide` do what the API document says, and the Python package of that name?"""

from __future__ import annotations

import pytest

from tests.harness.page import JavaScriptError, Page


def test_run_python_returns_the_value_of_the_last_expression(pyodide: Page) -> None:
    assert str(pyodide.run_python("import sys\nsys.version")).startswith("3.13.")
    assert pyodide.run_js("return pyodide.runPython('x = 1') === undefined")
    assert pyodide.run_js("return pyodide.runPython('') === undefined")


@pytest.mark.parametrize("code", ["1 + 1;", "1 + 1 ; \n", "x = 1"])
def test_code_that_ends_in_a_semicolon_or_a_statement_has_no_value(
    pyodide: Page, code: str
) -> None:
    assert pyodide.run_python(code) is None


def test_code_may_be_indented_as_a_whole(pyodide: Page) -> None:
    assert pyodide.run_js("return pyodide.runPython(`\n    x = 2\n    x * 3\n  `)") == 6


def test_globals_reads_sets_and_deletes_variables(pyodide: Page) -> None:
    assert pyodide.run_js("""
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


def test_pyimport_gives_variables_and_builtins_and_raises_for_others(pyodide: Page) -> None:
    assert pyodide.run_js("""
        pyodide.runPython("import sys\\nvalues = [1, 2]");
        const [values, sys, abs] = ["values", "sys", "abs"].map(pyodide.pyimport);
        return [values, sys.maxsize, abs(-1)];
    """) == [[1, 2], 2**31 - 1, 1]
    with pytest.raises(JavaScriptError, match="NameError: name 'nobody' is not defined"):
        pyodide.run_js("pyodide.pyimport('nobody')")


def test_repr_and_version_are_strings(pyodide: Page) -> None:
    assert pyodide.run_js("return pyodide.repr('a\\n')") == r"'a\n'"
    assert pyodide.run_js("return pyodide.repr(pyodide.runPython('{1, 2}'))") == "{1, 2}"
    assert pyodide.run_js("return /^\\d+\\.\\d+\\.\\d+/.test(pyodide.version())")


def test_methods_work_without_their_object(pyodide: Page) -> None:
    assert pyodide.run_js("const { runPython } = pyodide; return runPython('1 + 1');") == 2


@pytest.mark.parametrize("call", ["runPython()", "pyimport(3)", "runPython(null)"])
def test_an_argument_of_the_wrong_type_is_a_type_error(pyodide: Page, call: str) -> None:
    with pytest.raises(JavaScriptError, match="needs a string"):
        pyodide.run_js(f"pyodide.{call}")


def test_an_unknown_package_rejects_and_tells_the_error_callback(pyodide: Page) -> None:
    assert pyodide.run_js("""
        const errors = [];
        const loading = pyodide.loadPackage("no-such-package", undefined, (e) => errors.push(e));
        const reason = await loading.catch((error) => error.message);
        return reason.includes("no-such-package") && errors.includes(reason);
    """)
    assert "no-such-package" not in pyodide.run_js("return Object.keys(pyodide.loadedPackages)")


def test_loaded_packages_says_where_each_came_from(pyodide: Page) -> None:
    assert pyodide.run_js("return pyodide.loadedPackages.python") == "default channel"


def test_an_exception_is_an_error_with_the_traceback(pyodide: Page) -> None:
    message = pyodide.run_js("""
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


@pytest.mark.parametrize("exception", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()"])
def test_exceptions_that_end_a_program_leave_the_interpreter_running(
    pyodide: Page, exception: str
) -> None:
    kind = exception.partition("(")[0]
    assert (
        pyodide.run_js(
            f"try {{ pyodide.runPython('raise {exception}') }} catch (e) {{ return e.type }}"
        )
        == kind
    )
    assert pyodide.run_python("'still here'") == "still here"


def test_an_exception_whose_str_fails_is_an_error_all_the_same(pyodide: Page) -> None:
    with pytest.raises(JavaScriptError, match="Bad"):
        pyodide.run_python("""
            class Bad(Exception):
                def __str__(self):
                    raise RuntimeError("in __str__")
            raise Bad()
        """)


def test_endless_recursion_in_python_is_a_recursion_error(pyodide: Page) -> None:
    with pytest.raises(JavaScriptError, match="RecursionError"):
        pyodide.run_python("def again(): return again()\nagain()")
    with pytest.raises(JavaScriptError, match="RecursionError"):
        pyodide.run_python("class R:\n    def __repr__(self): return repr([self])\nrepr(R())")
    with pytest.raises(JavaScriptError, match=r"RecursionError|MemoryError|too many nested"):
        pyodide.run_python("eval('(' * 5000 + ')' * 5000)")
    assert pyodide.run_python("1 + 1") == 2


def test_eval_code_and_find_imports_can_be_replaced(pyodide: Page) -> None:
    pyodide.run_python("""
        import pyodide
        old_eval_code = pyodide.eval_code
        def eval_code(code, ns):
            extra_info = None
            result = old_eval_code(code, ns)
            return [ns["extra_info"], result]
        pyodide.eval_code = eval_code
    """)
    try:
        assert pyodide.run_python("extra_info='hello' ; 2 + 2") == ["hello", 4]
    finally:
        pyodide.run_python("pyodide.eval_code = old_eval_code")
    assert pyodide.run_python("2 + 7") == 9


def test_find_imports_finds_top_level_modules_everywhere(pyodide: Page) -> None:
    assert pyodide.run_python("""
        from pyodide import find_imports
        find_imports('''
            import numpy as np; import scipy.stats
            from . import sibling
            def f():
                from os.path import join
        ''')
    """) == ["numpy", "os", "scipy"]


def test_as_nested_list_converts_nested_arrays(pyodide: Page) -> None:
    pyodide.run_js("window.nested = [1, ['two', [3]], new Float32Array([1.5])];")
    assert pyodide.run_python("""
        from js import nested
        from pyodide import as_nested_list
        result = as_nested_list(nested)
        [type(result).__name__, type(result[1]).__name__, result]
    """) == ["list", "list", [1, ["two", [3]], [1.5]]]


def test_open_url_fetches_text_and_raises_for_what_is_missing(pyodide: Page) -> None:
    assert "<title>Pyodide" in pyodide.run_python(
        "from pyodide import open_url\nopen_url('/pages/pyodide.html').read()"
    )
    with pytest.raises(JavaScriptError, match=r"OSError: /nothing-here .*404"):
        pyodide.run_python("open_url('/nothing-here')")


def test_python_knows_where_it_runs(pyodide: Page) -> None:
    assert pyodide.run_python("""
        import platform, sys, os
        ["pyodide" in sys.modules, platform.system(), sys.platform, sys.prefix, os.getcwd()]
    """) == [True, "Emscripten", "emscripten", "/", "/home/pyodide"]


def test_files_are_shared_through_fs(pyodide: Page) -> None:
    pyodide.run_js("pyodide.FS.writeFile('/home/pyodide/note.txt', 'from JavaScript')")
    assert pyodide.run_python("open('note.txt').read()") == "from JavaScript"


def test_what_is_printed_goes_to_the_console_line_by_line(pyodide: Page) -> None:
    pyodide.run_python("print('one ☃', end=''); print(' line')")
    pyodide.run_python("import sys; print('a warning', file=sys.stderr)")
    console = "\n".join(pyodide.read_console())
    assert "one ☃ line" in console
    assert "a warning" in console
