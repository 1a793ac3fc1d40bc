"""Test counts of the suites of NumPy, SciPy, pandas and astropy, from their last builds."""

from __future__ import annotations

import json

from benchmarks.measure import ROOT
from benchmarks.report import table

REPEATS = ""  # not a run on this machine
RECIPES = (
    "numpy",
    "numpy-tests",
    "scipy",
    "scipy-tests",
    "pandas",
    "pandas-tests",
    "pandas-2.3",
    "astropy",
)
COUNTS = ("passed", "failed", "skipped", "deselected", "xfailed", "xpassed")


def measure() -> str:
    """The counts that the engine wrote to the recipes' tests/results.json, as a Markdown table."""
    rows = []
    for recipe in RECIPES:
        tests = ROOT / "recipes" / recipe / "tests"
        counts = json.loads((tests / "results.json").read_text())
        known = tests / "known_failures.txt"
        lines = len(known.read_text().splitlines()) if known.is_file() else 0
        row = [f"{counts.get(count, 0):,}" for count in COUNTS]
        rows.append([f"{recipe} {counts['version']}", *row, str(lines)])
    return table(["recipe", *COUNTS, "known failures"], rows)
