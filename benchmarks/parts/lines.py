"""Slow lines: from navigation to Python's first answer, beside Pyodide, and to NumPy's import.

Pyodide's wheel of NumPy is neither in its npm package nor on PyPI.
"""

from __future__ import annotations

import functools

from benchmarks import peers
from benchmarks.measure import BUILD_DIR, MEASUREMENT, ROOT, Sample, in_chromium, in_turns
from benchmarks.report import beside, megabytes, milliseconds, table
from tests.harness.server import Line, running, site

MEGABITS = (4, 20, 100)
ROUND_TRIP = 0.04  # seconds
_ROWS = (
    ("ready", "ready", milliseconds),
    ("`numpy` imported", "imported", milliseconds),
    ("bytes until ready", "ready_bytes", megabytes),
    ("bytes until `numpy` is imported", "imported_bytes", megabytes),
)


def measure() -> str:
    """The medians of first visits with an empty cache, as a Markdown table of each line."""
    pages = ROOT / "benchmarks" / "pages"
    app = site(BUILD_DIR, pages=pages, peer=peers.pyodide())

    def sample(megabits: int, **query: str) -> Sample:
        line = Line(app, megabits=megabits, round_trip=ROUND_TRIP)
        with running(line) as address:
            found = in_chromium(address, "ready", MEASUREMENT, **query)
        taken = {"ready": found["ready"], "ready_bytes": line.size(found["date"] / 1000)}
        if "imported" in found:
            taken["imported"] = found["imported"]
            taken["imported_bytes"] = line.size(found["importedDate"] / 1000)
        return taken

    tables = []
    for megabits in MEGABITS:
        found = in_turns(
            ours=functools.partial(sample, megabits, index="/", packages="numpy", modules="numpy"),
            peer=functools.partial(sample, megabits, index="/peer/"),
        )
        ours, peer = found["ours"], found["peer"]
        rows = [
            [
                label,
                *(beside(ours[key], peer[key], show) if key in peer else [show(ours[key]), "", ""]),
            ]
            for label, key, show in _ROWS
        ]
        head = [f"{megabits} Mbit/s", "ours", f"Pyodide {peers.PYODIDE}", "ours / Pyodide"]
        tables.append(table(head, rows))
    return "\n\n".join(tables)
