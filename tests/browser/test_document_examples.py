"""Do the examples of the API document (1.2, 1.6, 1.7, 1.8) run as printed?

Complete pages are in test_runtime_start.py. Two examples cannot run as printed in any release:
``Float32Array([1, 2, 3])`` needs ``new``, and ``runPython(await fetch(…))`` the response's text.
"""

from __future__ import annotations

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


def test_1_2_1_startup(pyodide: Page) -> None:
    pyodide.run_js(r"""
        languagePluginLoader.then(() => {
          // pyodide is now ready to use...
          console.log(pyodide.runPython('import sys\nsys.version'));
        });
        await languagePluginLoader;
    """)
    assert "3.13." in "\n".join(pyodide.read_console())


def test_1_2_2_running_python_code(runtime: Runtime) -> None:
    assert runtime.run_js("""
        return pyodide.runPython(`
        import sys
        sys.version
        `);
    """).startswith("3.13.")


ROWS = """
    const rows = (x) => Array.isArray(x) && x.map((row) => [row.constructor.name, ...row]);
"""


def test_1_2_5_accessing_python_scope(runtime: Runtime) -> None:
    runtime.run_python_async("import numpy\nx = numpy.ones([3, 3])")
    ones = [["Float64Array", 1, 1, 1]] * 3
    assert runtime.run_js(f"{ROWS} return rows(pyodide.globals.x);") == ones
    assert (
        runtime.run_js(f"""{ROWS}
            // create the same 3x3 ndarray from js
            let x = pyodide.globals.numpy.ones(new Int32Array([3, 3]))
            return rows(x);
        """)
        == ones
    )
    assert runtime.run_js("""
        globalThis.shown = [];
        globalThis.alert = (message) => shown.push(message);

        // re-assign a new value to an existing variable
        pyodide.globals.x = 'x will be now string'

        // create a new js function that will be available from Python
        // this will show a browser alert if the function is called from Python
        pyodide.globals.alert = msg => alert(msg)

        // this new function will also be available in Python and will return the squared value.
        pyodide.globals.squer = x => x*x

        const seen = pyodide.runPython("alert('from Python'); [x, squer(7)]");
        return [...seen, ...shown];
    """) == ["x will be now string", 49, "from Python"]


def test_1_2_6_accessing_javascript_scope(pyodide: Page) -> None:
    pyodide.run_python("""
        import js

        div = js.document.createElement("div")
        div.innerHTML = "<h1>This element was created from Python</h1>"
        js.document.body.prepend(div)
    """)
    assert (
        pyodide.run_js("""
        const text = document.querySelector("div h1").textContent;
        document.querySelector("div").remove();
        return text;
    """)
        == "This element was created from Python"
    )


def test_1_6_2_typed_arrays(runtime: Runtime) -> None:
    runtime.run_js("globalThis.array = new Float32Array([1, 2, 3])")
    assert runtime.run_python_async("""
        from js import array
        import numpy as np
        numpy_array = np.asarray(array)
        [str(numpy_array.dtype), numpy_array.tolist()]
    """) == ["float32", [1, 2, 3]]


def test_1_6_3_class_instances(runtime: Runtime) -> None:
    runtime.run_python("class Foo:\n    def call_method(self): return 'called'\nfoo = Foo()")
    with pytest.raises(JavaScriptError, match="destroyed"):
        runtime.run_js("""
            var foo = pyodide.pyimport('foo');
            foo.call_method();
            foo.destroy();
            foo.call_method(); // This will raise an exception, since the object has been
                               // destroyed
        """)


def test_1_6_4_using_python_objects(runtime: Runtime) -> None:
    runtime.run_python("import sys")
    assert runtime.run_js("""
        var sys = pyodide.pyimport('sys');
        return [sys.maxsize, sys.version_info[0], typeof sys.getrecursionlimit()];
    """) == [2**31 - 1, 3, "number"]


def test_1_6_5_using_javascript_objects(pyodide: Page) -> None:
    pyodide.run_python("import js\njs.document.title = 'New window title'")
    assert pyodide.run_js("return document.title") == "New window title"


@pytest.mark.parametrize("imported", ["import js\nx = js.x", "from js import x"])
def test_1_6_5_performance_considerations(runtime: Runtime, imported: str) -> None:
    runtime.run_js("globalThis.x = new Array(1000).fill(0)")
    assert (
        runtime.run_python(f"""
{imported} # conversion happens once here
items = []
for i in range(len(x)):
    item = x[i] # we don't pay the conversion price each time here
    items.append(item)
items == [0] * 1000
    """)
        is True
    )


def test_1_7_1_find_imports(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import doctest
        report = []
        test = doctest.DocTestParser().get_doctest('''
        >>> from pyodide import find_imports
        >>> code = "import numpy as np; import scipy.stats"
        >>> find_imports(code)
        ['numpy', 'scipy']
        ''', {}, "find_imports", None, None)
        doctest.DocTestRunner(verbose=False).run(test, out=report.append)
        [len(test.examples), "".join(report)]
    """) == [3, ""]


def test_1_7_2_globals_and_pyimport(runtime: Runtime) -> None:
    runtime.run_python("foo = 'a Python object'")
    assert (
        runtime.run_js("""
        var foo = pyodide.pyimport('foo')
        return [foo, pyodide.globals.foo];
    """)
        == ["a Python object"] * 2
    )


def test_1_7_2_loaded_packages(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const package_name = "python";
        return [Object.keys(pyodide.loadedPackages).includes(package_name),
                pyodide.loadedPackages[package_name]];
    """) == [True, "default channel"]


def test_1_7_2_run_python_async(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const code = `
            import numpy as np
            x = np.array([1, 2, 3])
        `;
        const messageCallback = () => {};
        let handled = [];
        const handleOutput = (output) => handled.push(output);
        await pyodide.runPythonAsync(code, messageCallback)
          .then((output) => handleOutput(output))
        return [handled.length, handled[0] === undefined, [...pyodide.globals.x]];
    """) == [1, True, [1, 2, 3]]


def test_1_8_1_loading_external_python_files(pyodide: Page) -> None:
    assert (
        pyodide.run_js("""
        return pyodide.runPython(await (await fetch('/pages/external.py')).text())
    """)
        == "of an external file"
    )


def test_1_8_4_detecting_pyodide(runtime: Runtime) -> None:
    assert runtime.run_python("""
        import sys
        detected = []

        if "pyodide" in sys.modules:
            # running in Pyodide
            detected.append("pyodide")

        import platform

        if platform.system() == 'Emscripten':
            # running in Pyodide or other Emscripten based build
            detected.append("Emscripten")
        detected
    """) == ["pyodide", "Emscripten"]
