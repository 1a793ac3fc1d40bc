"""Durations of builds: a build with nothing to do, and the last build of each recipe."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

from benchmarks.measure import BUILD_DIR, ROOT, RUNS
from benchmarks.report import table

SHORT = 20  # seconds; recipes with shorter builds share a row
REPEATS = f"median of {RUNS} runs in the first row, the engine's last build in the others"


def measure() -> str:
    """A Markdown table; the durations of the recipes are the engine's, from build/records."""
    command = [sys.executable, "-m", "conda_emscripten", "build", "--with-deps", "numpy"]
    times = []
    for _ in range(RUNS):
        start = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        times.append(time.monotonic() - start)
    nothing = "`conda-emscripten build --with-deps numpy`, nothing to do"
    rows = [[nothing, f"{statistics.median(times):.1f} s"]]
    records = {
        path.stem: float(json.loads(path.read_text())["seconds"])
        for path in (BUILD_DIR / "records").glob("*.json")
    }
    for recipe, seconds in sorted(records.items(), key=lambda item: -item[1]):
        if seconds >= SHORT:
            rows.append([recipe, f"{seconds:.0f} s"])
    short = [seconds for seconds in records.values() if seconds < SHORT]
    rows.append([f"{len(short)} other recipes, together", f"{sum(short):.0f} s"])
    return table(["build", "time"], rows)
