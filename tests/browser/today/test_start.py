"""How does `loadPyodide` start an interpreter with the API of Pyodide 314?"""

from __future__ import annotations

from tests.harness.runtime import Runtime


def test_python_knows_that_it_has_the_api_of_today(today: Runtime) -> None:
    assert today.run_python("import _pyodide_core; _pyodide_core.today") is True
    assert (
        today.run_js("""
        const python = await loadPyodide({ api: "0.16" });
        return python.runPython("import _pyodide_core; _pyodide_core.today");
    """)
        is False
    )
