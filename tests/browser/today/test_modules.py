"""Which modules does Python have because it runs in JavaScript?"""

from __future__ import annotations

import pytest

from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime


def test_the_package_has_the_version_of_its_api(today: Runtime) -> None:
    assert today.run_python("import pyodide; pyodide.__version__") == today.run_js(
        "return pyodide.version;"
    )


@pytest.mark.parametrize("name", ["code", "console", "ffi", "http", "webloop"])
def test_submodules_need_no_import(today: Runtime, name: str) -> None:
    assert today.run_python(f"import pyodide; pyodide.{name}.__name__") == f"pyodide.{name}"


@pytest.mark.parametrize(
    ("name", "place"), [("eval_code", "code"), ("JsException", "ffi"), ("open_url", "http")]
)
def test_names_of_pyodide_0_16_say_where_they_are(today: Runtime, name: str, place: str) -> None:
    with pytest.raises(
        JavaScriptError, match=rf"has no attribute '{name}': it is in pyodide\.{place}"
    ):
        today.run_python(f"import pyodide; pyodide.{name}")
    today.run_python(f"from pyodide.{place} import {name}")


def test_libraries_find_the_runtime(today: Runtime) -> None:
    today.run_python("""
        import sys
        assert "_pyodide_core" in sys.modules
        from pyodide.ffi import IN_PYODIDE
        assert sys.platform == "emscripten" and IN_PYODIDE is True
    """)


def test_pyodide_js_is_the_api_of_javascript(today: Runtime) -> None:
    assert (
        today.run_js("""
        const same = pyodide.runPython("import pyodide_js; pyodide_js");
        return same === pyodide;
    """)
        is True
    )
    today.run_python_async("""
        import pyodide_js
        from pyodide_js import loadPackagesFromImports, FS
        from pyodide_js._api import config
        await loadPackagesFromImports("import six")
        import six
        assert pyodide_js.version == __import__("pyodide").__version__
        assert FS.cwd() == "/home/pyodide"
    """)


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_webbrowser_opens_a_tab(browser: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(f"today_in_{browser}")
    opened = page.run_js("""
        const { open } = globalThis;
        const opened = [];
        globalThis.open = (...values) => {
            const tab = open.apply(globalThis, values);
            opened.push([...values, tab !== null]);
            tab?.close();
            return tab;
        };
        try {
            const results = pyodide.runPython(`
                import webbrowser
                opening = webbrowser.open, webbrowser.open_new, webbrowser.open_new_tab
                sum(opened("about:blank") for opened in opening)
            `);
            return [results, opened];
        } finally {
            globalThis.open = open;
        }
    """)
    assert opened == [3, [["about:blank", "_blank", True]] * 3]


def test_node_has_no_browser(today_in_node: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="could not locate runnable browser"):
        today_in_node.run_python("import webbrowser; webbrowser.get()")
