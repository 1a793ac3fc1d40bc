"""Calls that can wait for a promise, beside Pyodide's."""

from __future__ import annotations

from benchmarks.measure import BUILD_DIR, MEASUREMENT, in_chromium, in_node, in_turns, served
from benchmarks.peers import pyodide
from benchmarks.report import Row, both, microseconds, milliseconds, table

ROWS: list[Row] = [
    ("a plain call", "plain", microseconds),
    ("a call that can wait, awaited", "promising", microseconds),
    ("a call that waits once, awaited", "one_wait", microseconds),
    ("a wait of many in one call", "many_waits", microseconds),
    ("one of 300 calls that wait at once", "tasks", microseconds),
]


def measure() -> str:
    """Medians of our runtime and of Pyodide, and a page's frames while Python waits."""
    peer = pyodide()
    with served(peer=peer) as address:
        browser = in_turns(
            ours=lambda: in_chromium(address, "waiting", MEASUREMENT, index="/"),
            peer=lambda: in_chromium(address, "waiting", MEASUREMENT, index="/peer/"),
        )
        animation = in_turns(
            ours=lambda: in_chromium(address, "waiting", MEASUREMENT, index="/", animation="1")
        )
    # The tools of recipes have a Node with JavaScript promise integration.
    node = min(BUILD_DIR.glob("tools/*/bin/node"))
    flag = "--experimental-wasm-jspi"
    engine = in_turns(
        ours=lambda: in_node("waiting", BUILD_DIR / "dist", node=node, flags=[flag]),
        peer=lambda: in_node("waiting", peer, node=node, flags=[flag]),
    )
    calls = both("", ROWS, {"Chromium": browser, "Node": engine})
    frame = ["a frame of an animation", milliseconds(animation["ours"]["frame"])]
    return calls + "\n\n" + table(["", "ours, Chromium"], [frame])
