"""A pytest plugin for run.py: flags for a headless Chromium, and a file of outcomes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_pyodide import get_global_config  # type: ignore[import-not-found, unused-ignore]

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the file of outcomes."""
    parser.addoption("--outcomes", type=Path, required=True)


def pytest_configure(config: pytest.Config) -> None:
    """Add Chromium's flags to those of Pyodide's conftest.py."""
    browsers = get_global_config()
    browsers.set_flags("chrome", [*browsers.get_flags("chrome"), *FLAGS])
    config.pluginmanager.register(Outcomes(config.getoption("--outcomes")))


class Outcomes:
    """Appends a line of JSON for each phase of a test: setup, call and teardown."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a phase at once, so that the outcomes are there after a crash."""
        xfail = hasattr(report, "wasxfail") and report.skipped
        phase = {
            "test": report.nodeid.removeprefix("src/tests/"),
            "outcome": "xfailed" if xfail else report.outcome,
            "error": report.longreprtext,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(phase) + "\n")
