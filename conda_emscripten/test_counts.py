"""How many tests of a recipe passed, failed and so on?

A suite's counts come from ``run-suite`` of the package ``recipe-tests``: each session of pytest
writes one JSON object to a folder. py-rattler-build 0.73 passes no variable of the engine to a test
but ``PATH`` (and a few that have other meanings). ``run-suite`` therefore writes to the folder of
``PATH`` that is called ``recipe-tests-counts``. Without such a folder, as in a plain
``conda build``, ``run-suite`` counts nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conda_emscripten.errors import PackageTestError

#: The name of the folder in ``PATH``.
_FOLDER = "recipe-tests-counts"


@contextmanager
def counting(parent: Path) -> Iterator[Path]:
    """Let the tests that run meanwhile write their counts; yields the folder for ``read_counts``.

    This changes ``PATH`` of the whole process.

    Args:
        parent: an existing folder, in which the folder of the counts is made. Its path has no
            colon.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = parent / _FOLDER
    folder.mkdir(exist_ok=True)
    before = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join((before, str(folder)))
    try:
        yield folder
    finally:
        os.environ["PATH"] = before


def read_counts(folder: Path) -> dict[str, int]:
    """The number of tests by outcome, summed over the sessions in ``folder``.

    The outcomes are those of pytest's summary: ``passed``, ``failed``, ``errors``, ``skipped``,
    ``deselected``, ``xfailed`` and ``xpassed``.

    Raises:
        PackageTestError: a file does not have the counts of a session.
        OSError: a file cannot be read.
    """
    counts: Counter[str] = Counter()
    for file in sorted(folder.glob("*.json")):
        try:
            found = json.loads(file.read_bytes())
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(
            isinstance(number, int) and number >= 0 for number in found.values()
        ):
            raise PackageTestError(
                f"{file} does not have the test counts of a session of pytest.",
                help="Run the command again; if it fails again, see run-suite's output in the log.",
            )
        counts.update(found)
    return dict(counts)
