"""Does the interpreter start with a stub?

A stub with which it does not would let every test fail. run.py names this file; pytest does not
collect it by itself.
"""

from __future__ import annotations

import pytest

from tests.harness.runtime import Runtime


@pytest.mark.parametrize("engine", ["chromium", "node"])
def test_the_interpreter_starts(engine: str, request: pytest.FixtureRequest) -> None:
    today: Runtime = request.getfixturevalue(f"today_in_{engine}")
    assert today.run_js("return pyodide.runPython('6 * 7');") == 42
