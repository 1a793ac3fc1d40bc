"""Test counts of the suites of NumPy, SciPy, pandas and astropy, from their last builds."""

from __future__ import annotations

import json

from benchmarks.measure import ROOT
from benchmarks.report import table

REPEATS = ""  # not a run on this machine
#: The outputs with these suites, and the folders of their known failures.
SUITES = (
    "numpy",
    "numpy-tests",
    "scipy",
    "scipy-tests",
    "pandas",
    "pandas-tests",
    "astropy-tests",
    "python-tests",
)
COUNTS = ("passed", "failed", "skipped", "deselected", "xfailed", "xpassed")


def measure() -> str:
    """The counts in recipes/results.json of the outputs in SUITES, as a Markdown table."""
    results = json.loads((ROOT / "recipes" / "results.json").read_text())
    rows = []
    for key, counts in results.items():
        if key.partition("=")[0] in SUITES:
            numbers = [f"{counts.get(count, 0):,}" for count in COUNTS]
            rows.append([f"{key.partition('=')[0]} {counts['version']}", *numbers])
    return table(["output", *COUNTS], rows)
