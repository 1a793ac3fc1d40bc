"""Calls and conversions between Python and JavaScript, beside Pyodide's."""

from __future__ import annotations

from benchmarks.measure import BUILD_DIR, MEASUREMENT, in_chromium, in_node, in_turns, served
from benchmarks.peers import pyodide
from benchmarks.report import Row, both, microseconds, short

ROWS: list[Row] = [
    ("Python calls a JavaScript function", "python_calls_function", microseconds),
    ("Python calls a JavaScript method", "python_calls_method", microseconds),
    ("JavaScript calls a Python function", "javascript_calls_function", microseconds),
    ("JavaScript calls a Python method", "javascript_calls_method", microseconds),
    ("a list of 10<sup>5</sup> ints to JavaScript", "list_to_javascript", short),
    ("an Array of 10<sup>5</sup> ints to Python", "list_to_python", short),
    ("a dict of 10<sup>4</sup> strings to JavaScript", "dict_to_javascript", short),
    ("10 MB to JavaScript, as a view", "memory_to_javascript", short),
    ("10 MB to JavaScript, copied", "memory_to_javascript_copied", short),
    ("10 MB to Python", "memory_to_python", short),
]


def measure() -> str:
    """Medians of our runtime and of Pyodide, as a Markdown table."""
    peer = pyodide()
    with served(peer=peer) as address:
        browser = in_turns(
            ours=lambda: in_chromium(address, "bridge", MEASUREMENT, index="/"),
            peer=lambda: in_chromium(address, "bridge", MEASUREMENT, index="/peer/"),
        )
    node = in_turns(
        ours=lambda: in_node("bridge", BUILD_DIR / "dist"), peer=lambda: in_node("bridge", peer)
    )
    return both("", ROWS, {"Chromium": browser, "Node": node})
