"""Which fixtures do the tests of calls that wait share?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.built import BUILD_DIR, require
from tests.harness.node import node
from tests.harness.runtime import Runtime

# What the programs of the tests use.
PRELUDE = """
    globalThis.sleep = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
    globalThis.turns = async (count, value) => {
        for (let turn = 0; turn < count; turn++) await sleep(5);
        return value; // after as many timers of the page
    };
    globalThis.python = (code) => pyodide.runPython(code);
    globalThis.define = (code) => python(`
from pyodide.ffi import can_run_sync, run_sync
import js
${code}`);
"""


@pytest.fixture(scope="module")
def waiting_in_node() -> Iterator[Runtime]:
    """An interpreter in a Node that has JavaScript promise integration."""
    programs = sorted(Path(BUILD_DIR).glob("tools/*/bin/node"))
    require(bool(programs), "no Node 24 in build/tools: run make quickstart")
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    command = [str(programs[0]), "--experimental-wasm-jspi"]
    with node(script, command, api="314") as started:
        yield started


@pytest.fixture(params=["today_in_chromium", "today_in_firefox", "waiting_in_node"])
def waiting(request: pytest.FixtureRequest) -> Runtime:
    """A running Python that can wait, in Chromium, in Firefox and in Node."""
    started: Runtime = request.getfixturevalue(request.param)
    started.run_js(PRELUDE)
    return started


@pytest.fixture
def not_waiting(today_in_node: Runtime) -> Runtime:
    """A running Python that cannot wait."""
    today_in_node.run_js(PRELUDE)
    return today_in_node
