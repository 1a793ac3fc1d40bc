"""How does one test of a package run both in a browser and under Node?"""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from tests.conftest import WasmPython
from tests.harness.page import Page


@pytest.fixture(params=["chromium", "firefox", "node"])
def evaluate(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Runs Python code that leaves its outcome in `result`, and gives that back by way of JSON."""
    if request.param != "node":
        page: Page = request.getfixturevalue(f"pyodide_in_{request.param}")
        return lambda code: json.loads(
            page.run_python_async(f"{dedent(code)}\nimport json\njson.dumps(result)")
        )
    python: WasmPython = request.getfixturevalue("wasm_python")

    def run(code: str) -> Any:
        output = python.run("-c", f"{dedent(code)}\nimport json\nprint(json.dumps(result))").stdout
        return json.loads(output.splitlines()[-1])

    return run
