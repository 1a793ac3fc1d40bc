"""Runs CPython's test suite with an interpreter, and compares the run with what is known.

    python run_suite.py PYTHON [--processes N] [--limit SECONDS] [--results FILE] [FILE...]

This program runs on the build machine; PYTHON, ``bin/python`` of an environment with the package
``python-regr-testsuite``, runs each FILE of the suite (all, without any) in a process of its own.
The status is 1 if the run does not agree with ``known_failures.txt`` and ``known_skips.txt``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

import expectations
from processes import Ended, run_files, test_files

_HERE = Path(__file__).parent

#: The engine collects counts in a folder of this name in PATH, as run-suite's.
_COUNTS = "recipe-tests-counts"


def main() -> int:
    """The command line; returns the status."""
    parser = argparse.ArgumentParser(description="Runs CPython's test suite.")
    parser.add_argument("python", type=Path, help="bin/python of the environment")
    parser.add_argument("files", nargs="*", help="files of the suite; default: all")
    parser.add_argument("--processes", type=int, default=2, help="files at once; default: 2")
    parser.add_argument(
        "--limit", type=float, default=120, help="seconds of processor time of a test; default: 120"
    )
    parser.add_argument("--results", type=Path, help="write each test's outcome, JSON lines")
    # FILE may follow the options.
    arguments = parser.parse_intermixed_args()
    failures = expectations.read_failures(_HERE / "known_failures.txt")
    skips = expectations.read_skips(_HERE / "known_skips.txt")
    files = arguments.files or test_files(_suite(arguments.python))
    start = time.monotonic()
    ended: list[Ended] = []
    for number, tests in enumerate(
        run_files(
            arguments.python.absolute(),
            files,
            limit=arguments.limit,
            processes=arguments.processes,
            left_out=[line.pattern for line in failures if not line.run],
        ),
        1,
    ):
        ended += tests
        print(f"[{number}/{len(files)}] {tests[-1].file}: {_summary(tests, failures)}", flush=True)
    if arguments.results:
        lines = (json.dumps(asdict(each)) for each in ended)
        arguments.results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole = not arguments.files
    problems = expectations.disagreements(ended, failures, skips, whole=whole)
    _print_result(ended, failures, problems, time.monotonic() - start)
    _write_counts(expectations.counts(ended, failures))
    return 1 if problems else 0


def _suite(python: Path) -> Path:
    """The folder of the package ``test`` in the environment of an interpreter.

    Raises:
        SystemExit: it is not there.
    """
    folder = next(python.absolute().parent.parent.glob("lib/python3.*/test"), None)
    if folder is None:
        sys.exit(f"There is no test suite for {python}: install the package python-regr-testsuite.")
    return folder


def _summary(ended: Collection[Ended], failures: Collection[expectations.Line]) -> str:
    numbers = expectations.counts(ended, failures)
    if not numbers:
        return ended[-1].outcome
    return ", ".join(f"{number} {outcome}" for outcome, number in numbers.items())


def _print_result(
    ended: Collection[Ended],
    failures: Collection[expectations.Line],
    problems: Collection[str],
    seconds: float,
) -> None:
    for each in ended:
        if any(problem.startswith(f"{expectations.full_name(each)} ") for problem in problems):
            print(f"\n--- {expectations.full_name(each)}: {each.outcome}\n{each.why}")
    print()
    for result, names in sorted(expectations.files_by_result(ended, failures).items()):
        print(f"{len(names)} files {result}", end="")
        print(f": {' '.join(sorted(names))}" if result in {"not run", "with failures"} else "")
    print(f"{_summary(ended, failures)} in {seconds:.0f} s")
    if problems:
        print(f"\n{len(problems)} differences from known_failures.txt and known_skips.txt:")
        print("\n".join(problems))


def _write_counts(numbers: dict[str, int]) -> None:
    """Write the numbers of tests by outcome for the engine, if it asks for them."""
    for folder in os.environ["PATH"].split(os.pathsep):
        if Path(folder).name == _COUNTS:
            with tempfile.NamedTemporaryFile(
                "w", dir=folder, suffix=".json", delete=False, encoding="utf-8"
            ) as file:
                json.dump(numbers, file)


if __name__ == "__main__":
    sys.exit(main())
