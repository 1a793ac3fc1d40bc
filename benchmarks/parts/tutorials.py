"""Times of the tutorials of docs/tutorials, from the first command to the commit."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.report import table
from tests.harness import tutorial

REPEATS = "one run of each, in a clone with the packages of make quickstart"


def measure() -> str:
    """Minutes and seconds of each tutorial, as a table.

    Raises:
        SystemExit: a tutorial fails.
    """
    rows = []
    for name in tutorial.names():
        with tempfile.TemporaryDirectory() as folder:
            root = tutorial.checkout(name, Path(folder))
            start = time.monotonic()
            ended = tutorial.follow(name, root, timeout=3600)
            minutes, seconds = divmod(round(time.monotonic() - start), 60)
        if ended.returncode:
            raise SystemExit(f"docs/tutorials/{name}.md fails:\n{ended.stdout}")
        rows.append([f"[{name}](tutorials/{name}.md)", f"{minutes} min {seconds:02} s"])
    return table(["tutorial", "time"], rows)
