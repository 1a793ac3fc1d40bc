"""How many tests passed, failed and so on in this session of pytest?

``run-suite`` loads this plug-in. At the end of the session the plug-in writes the number of tests
by outcome, a JSON object, to the file that the variable ``RECIPE_TESTS_COUNTS`` names. The numbers
are those of pytest's summary, without warnings and subtests.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

#: pytest's categories, and their names in its summary.
OUTCOMES = {
    "passed": "passed",
    "failed": "failed",
    "error": "errors",
    "skipped": "skipped",
    "deselected": "deselected",
    "xfailed": "xfailed",
    "xpassed": "xpassed",
}

_FILE = Path(os.environ.pop("RECIPE_TESTS_COUNTS"))


def _leave_path() -> None:
    """Remove this plug-in's folder, the last of PYTHONPATH: some suites test their paths."""
    folder = str(Path(__file__).parent)
    paths = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    if paths[:-1]:
        os.environ["PYTHONPATH"] = os.pathsep.join(paths[:-1])
    sys.path[:] = [entry for entry in sys.path if entry != folder]


_leave_path()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the counts.

    Raises:
        pytest.exit.Exception: the file cannot be written, so that a suite is never without counts.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counts = {}
    for category, outcome in OUTCOMES.items():
        reports = reporter.stats.get(category, [])
        if number := sum(getattr(report, "count_towards_summary", True) for report in reports):
            counts[outcome] = number
    try:
        _FILE.write_text(json.dumps(counts) + "\n", encoding="utf-8")
    except OSError as error:
        pytest.exit(f"The counts of the tests cannot be written: {error}", returncode=1)
