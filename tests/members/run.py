"""Counts the members of today's API: a test fails when a stub replaces the member.

Usage: ``python -m tests.members.run [--jobs N] [WORD...]``, after ``make quickstart``. With words,
only rows with one of them in their name, or in that of their group, are tried again.

For each stub of members.py, the command makes a copy of the built site and runs the tests of
today's API whose source has the member's name on the copy, until one fails.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import datetime
import io
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

import tests.harness.fixtures  # noqa: F401 - before the processes start, which takes long
from tests.harness.built import BUILD_DIR, ROOT
from tests.members.members import MEMBERS
from tests.members.stubs import Stub

Key = tuple[str, str, str]
STUBS: dict[Key, Stub] = {
    (group, row, stub.name): stub
    for group, rows in MEMBERS.items()
    for row, stubs in rows.items()
    for stub in stubs
}
RESULTS = Path(__file__).with_name("results.json")
CONTROL = "tests/members/control.py"


def copy_site(build: Path, folder: Path) -> Path:
    """Make a build folder with a site whose texts can be changed.

    Returns:
        The folder of the site.
    """
    site = folder / "dist"
    site.mkdir(parents=True)
    for entry in build.iterdir():
        if entry.name != "dist":
            (folder / entry.name).symlink_to(entry.resolve())
    for entry in (build / "dist").resolve().iterdir():
        if entry.is_dir():
            (site / entry.name).symlink_to(entry)
        elif entry.suffix == ".wasm":
            os.link(entry, site / entry.name)  # modules find their folder by their real path
        else:
            shutil.copy(entry, site)
    return site


def select_tests(stub: Stub) -> list[str]:
    """The tests whose source, or a table for it, has a word of the stub, as arguments of pytest."""
    found = []
    paths = [ROOT / tests for tests in stub.tests]
    files = [
        file for path in paths for file in ([path] if path.is_file() else path.glob("test_*.py"))
    ]
    for path in sorted(files):
        source = path.read_text()
        body = ast.parse(source).body
        words = {*stub.words}
        for node in body:
            if isinstance(node, ast.Assign) and has_word(source, node, words):
                words.update(each.id for each in node.targets if isinstance(each, ast.Name))
        found += [
            f"{path.relative_to(ROOT)}::{node.name}"
            for node in body
            if isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")
            and has_word(source, node, words)
        ]
    return found


def has_word(source: str, node: ast.Assign | ast.FunctionDef, words: set[str]) -> bool:
    """Whether the source of a statement, with decorators, has one of the words."""
    nodes: list[ast.AST] = [node, *getattr(node, "decorator_list", [])]
    text = "\n".join(ast.get_source_segment(source, each) or "" for each in nodes)
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words)


def run_tests(build: Path, stub: Stub, tests: list[str]) -> str | None:
    """Run tests until one fails.

    Returns:
        The failed test.

    Raises:
        ValueError: the interpreter does not start with the stub.
    """
    other = "node" if stub.chromium else "chromium"
    failures = Failures()
    # In this process: to import pytest and the harness takes longer than most tests.
    real = BUILD_DIR
    for module in list(sys.modules.values()):
        if getattr(module, "BUILD_DIR", None) == real:
            vars(module)["BUILD_DIR"] = build
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = pytest.main(
            [
                *("-x", "-q", "--tb=line", "-p", "no:cacheprovider"),
                *("-k", f"not firefox and not {other}"),
                *([CONTROL] if stub.starts else []),
                *tests,
            ],
            plugins=[failures],
        )
    if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return None
    if failures.failed is None or failures.failed.startswith(CONTROL):
        raise ValueError(f"{stub.name}: the tests do not run:\n{output.getvalue()[-3000:]}")
    return failures.failed


class Failures:
    """Plug-in of pytest. ``failed`` is the test that has failed, and not in its fixtures."""

    failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.when == "call":
            self.failed = report.nodeid


def try_stub(key: Key) -> tuple[Key, str | None]:
    """A key, and the first test that fails with its stub; None if none does. Prints errors."""
    stub = STUBS[key]
    with tempfile.TemporaryDirectory(dir=BUILD_DIR.parent, prefix=".members-") as work:
        build = Path(work) / "build"
        try:
            stub.edit(copy_site(BUILD_DIR, build))
            selected = select_tests(stub)
            return key, run_tests(build, stub, selected) if selected else None
        except ValueError as error:
            print(error, file=sys.stderr)
            return key, None


def write_results(rows: dict[str, dict[str, dict[str, str | None]]]) -> dict[str, Any]:
    """Write results.json.

    Args:
        rows: group -> row -> name of the stub -> failed test.

    Returns:
        The contents.
    """
    tests = {  # in the order of members.py, without stubs that are gone
        group: {
            row: {stub.name: rows.get(group, {}).get(row, {}).get(stub.name) for stub in stubs}
            for row, stubs in each.items()
        }
        for group, each in MEMBERS.items()
    }
    all_rows = {f"{group}: {row}": each for group in tests for row, each in tests[group].items()}
    results = {
        "command": "python -m tests.members.run",
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        "members": len(all_rows),
        "have": sum(bool(each) and all(each.values()) for each in all_rows.values()),
        "not in the API": [row for row, each in all_rows.items() if not each],
        "without a failed test": {
            row: [name for name, test in each.items() if not test]
            for row, each in all_rows.items()
            if not all(each.values())
        },
        "failed tests": tests,
    }
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    return results


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2, help="stubs that are tried at a time")
    parser.add_argument("--missing", action="store_true", help="only those without a failed test")
    parser.add_argument("words", nargs="*", metavar="WORD")
    args = parser.parse_args()

    rows = json.loads(RESULTS.read_text())["failed tests"] if RESULTS.exists() else {}
    keys = [
        (group, row, name)
        for group, row, name in STUBS
        if any(word in f"{group}: {row}" for word in args.words or [""])
        and not (args.missing and rows.get(group, {}).get(row, {}).get(name))
    ]
    keys.sort(key=lambda key: len(MEMBERS[key[0]][key[1]]))
    # Each stub has a process of its own.
    with multiprocessing.get_context("fork").Pool(args.jobs, maxtasksperchild=1) as pool:
        for (group, row, name), test in pool.imap_unordered(try_stub, keys):
            print(f"{group}: {row}: {name}: {test}", flush=True)
            rows.setdefault(group, {}).setdefault(row, {})[name] = test
            write_results(rows)
    results = write_results(rows)
    print(f"{results['have']} of {results['members']}")


if __name__ == "__main__":
    main()
