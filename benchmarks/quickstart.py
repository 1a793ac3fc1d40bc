"""Measures `make quickstart` in a new clone, and adds the rows to docs/benchmarks.md.

    python -m benchmarks.quickstart [COMMIT]

The first run has empty caches. The second run repeats the command in the same clone, where nothing
is left to do. The third run is in another clone, with the caches of the first run.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import report
from benchmarks.measure import ROOT

#: Variables that would point a clone to caches, or to files, outside of it.
_OUTER = ("CONDA_EMSCRIPTEN_CACHES", "MAKEFLAGS", "MAKELEVEL", "VIRTUAL_ENV")


def main(commit: str = "HEAD") -> None:
    """Measure a commit of this repository; each row is written as soon as it is measured."""
    for cells in measure(ROOT, commit):
        document = report.REPORT.read_text()
        machine, document = report.stamp(document)
        row = f"| {' | '.join([cells[0], cells[1], machine, *cells[2:]])} |"
        print(row, flush=True)
        report.REPORT.write_text(report.with_row(document, "quickstart", row))


def measure(repository: Path, commit: str) -> Iterator[list[str]]:
    """Run `make quickstart` three times, in clones below the folder for temporary files.

    Yields:
        The cells of a row: commit, caches, elapsed seconds, minutes of user and of system time of
        all processes.

    Raises:
        subprocess.CalledProcessError: git or make failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        short = _git("-C", str(repository), "rev-parse", "--short", commit)
        environment = {key: value for key, value in os.environ.items() if key not in _OUTER}
        environment["XDG_CACHE_HOME"] = f"{folder}/caches"
        for clone, caches in (
            ("first", "empty"),
            ("first", "same clone again"),
            ("second", "new clone, full caches"),
        ):
            checkout = Path(folder, clone)
            if not checkout.exists():
                _git("clone", "--quiet", "--no-checkout", str(repository), str(checkout))
                _git("-C", str(checkout), "checkout", "--quiet", short)
            yield [short, caches, *_timed(["make", "quickstart"], checkout, environment)]


def _timed(command: list[str], folder: Path, environment: dict[str, str]) -> list[str]:
    """Seconds, and minutes of processor time of the command and its descendants: getrusage(2)."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=sys.stderr)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return [f"{seconds:.0f}", f"{user / 60:.1f}", f"{system / 60:.1f}"]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
