"""Do files of CPython's own test suite pass in a page?

Each file runs in a page of its own, with the package ``python-regr-testsuite`` of the channel, and
has to agree with the lists of recipes/python-tests. Ten files run here. With
``CPYTHON_SUITE_IN_PAGES=all``, all files of ``page_files.txt`` run, which takes some minutes; the
variable can also name files: ``CPYTHON_SUITE_IN_PAGES="test_json test_re"``.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.page import Page
from tests.harness.tabs import PAGES, OpenTab, start_page

_RUNNER = ROOT / "recipes" / "python-tests" / "tests"
#: Files of the language, the standard library, its C modules, and of the test modules in C.
_TEN = (
    "test_bisect",
    "test_buffer",
    "test_call",
    "test_contextlib",
    "test_fractions",
    "test_generators",
    "test_heapq",
    "test_struct",
    "test_textwrap",
    "test_unicodedata",
)


def _files() -> list[str]:
    chosen = os.environ.get("CPYTHON_SUITE_IN_PAGES", "")
    if chosen == "all":
        return (_RUNNER / "page_files.txt").read_text(encoding="utf-8").split()
    return chosen.split() or list(_TEN)


@pytest.fixture(scope="module")
def expectations() -> Iterator[ModuleType]:
    """The runner's module that compares a run with the lists."""
    sys.path.insert(0, str(_RUNNER))
    yield importlib.import_module("expectations")
    sys.path.remove(str(_RUNNER))
    for name in ("expectations", "processes"):
        sys.modules.pop(name, None)


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium_tabs: OpenTab, site: str) -> Iterator[Page]:
    """A page of its own with the suite."""
    packages = (BUILD_DIR / "channel").glob("*/python-regr-testsuite-*.conda")
    require(any(packages), "no python-regr-testsuite in build/channel: run make quickstart")
    opened = start_page(chromium_tabs, site)
    request.node.stash.setdefault(PAGES, []).append(opened)
    opened.run_js("await pyodide.loadPackage('python-regr-testsuite');")
    yield opened
    opened.close()


@pytest.mark.parametrize("file", _files())
def test_a_file_of_the_suite_agrees_with_the_lists_in_a_page(
    page: Page, expectations: ModuleType, file: str
) -> None:
    source = (_RUNNER / "run_file.py").read_text(encoding="utf-8")
    reports = page.run_python(f"""
        import json, os, sys, types

        runner = types.ModuleType("run_file")
        sys.modules["run_file"] = runner
        exec(json.loads({json.dumps(json.dumps(source))}), runner.__dict__)
        os.makedirs("/tmp/suite", exist_ok=True)
        os.chdir("/tmp/suite")
        reports = []
        runner.run({file!r}, reports.append, {json.dumps(_left_out(expectations, file))})
        json.dumps([report for report in reports if "outcome" in report])
    """)
    ended = [
        expectations.Ended(file, each["test"], each["outcome"], each["why"])
        for each in json.loads(reports)
    ]
    failures = expectations.read_failures(_RUNNER / "known_failures.txt")
    skips = expectations.read_skips(_RUNNER / "known_skips.txt")
    assert expectations.disagreements(ended, failures, skips, whole=False) == []
    assert sum(each.outcome == "passed" for each in ended if each.test) > 0


def _left_out(expectations: ModuleType, file: str) -> list[str]:
    """The names of the file's tests that are not run anywhere."""
    failures = expectations.read_failures(_RUNNER / "known_failures.txt")
    start = f"{file}::"
    return [
        line.pattern.removeprefix(start)
        for line in failures
        if not line.run and line.pattern.startswith(start)
    ]
