"""Time and memory from the start until Python answers, beside Pyodide."""

from __future__ import annotations

from benchmarks.measure import BUILD_DIR, MEASUREMENT, in_chromium, in_node, in_turns, served
from benchmarks.peers import PYODIDE, pyodide
from benchmarks.report import beside, megabytes, milliseconds, table


def measure() -> str:
    """Medians of our runtime and of Pyodide, as a Markdown table."""
    peer = pyodide()
    with served(peer=peer) as address:
        browser = in_turns(
            ours=lambda: in_chromium(address, "ready", MEASUREMENT, index="/"),
            peer=lambda: in_chromium(address, "ready", MEASUREMENT, index="/peer/"),
        )
    node = in_turns(
        ours=lambda: in_node("ready", BUILD_DIR / "dist"), peer=lambda: in_node("ready", peer)
    )
    rows = [
        ("ready, Chromium, cold", "ready", browser, milliseconds),
        ("ready, Node", "ready", node, milliseconds),
        ("bytes received until ready, Chromium", "bytes", browser, megabytes),
        ("peak memory when ready, Node", "rss", node, megabytes),
    ]
    shown = [
        [label, *beside(found["ours"][key], found["peer"][key], show)]
        for label, key, found, show in rows
    ]
    return table(["", "ours", f"Pyodide {PYODIDE}", "ours / Pyodide"], shown)
