"""Which tests are known to fail here, and why?

``pytest --known-failures FILE`` reads a file with one test a line::

    test_process.py::test_fork                  # subprocess: WebAssembly has no fork
    test_big.py::TestBig::test_sort[*]          # memory: wants 3 GB
    ! test_threads.py::test_many                # threads: it would wait for ever

A test is named by its node id, in which ``*`` stands for any characters; the reason is not
optional. Such a test is run and has to fail (``xfail``, strict); with ``!`` it is not run. A line
that stands for no test of a file that was collected is an error, as is one whose test passes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

_LINE = re.compile(r"(?P<skip>! *)?(?P<test>\S.*?)\s+# *(?P<reason>\S.*)")


@dataclass(frozen=True)
class KnownFailure:
    """A line of the file: a pattern of node ids, whether to run these tests, and the reason."""

    number: int
    test: str
    run: bool
    reason: str

    def matches(self, node_id: str) -> bool:
        """Whether the line stands for the test with this node id."""
        parts = map(re.escape, self.test.split("*"))
        return re.fullmatch(".*".join(parts), node_id, re.DOTALL) is not None


def read(path: Path) -> list[KnownFailure]:
    """Read a file of known failures.

    Raises:
        pytest.UsageError: it is not there, or a line has no reason.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise pytest.UsageError(f"--known-failures: {error}") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if not match:
            raise pytest.UsageError(f"{path}:{number}: wanted 'test  # reason', found {line!r}")
        found.append(KnownFailure(number, match["test"], not match["skip"], match["reason"]))
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--known-failures``."""
    parser.addoption("--known-failures", metavar="FILE", type=Path, help="tests that fail, and why")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what the file names."""
    path = config.getoption("known_failures")
    if path is None:
        return
    collected = {item.nodeid.partition("::")[0] for item in items}
    for known in read(path):
        named = [item for item in items if known.matches(item.nodeid)]
        for item in named:
            item.add_marker(pytest.mark.xfail(reason=known.reason, run=known.run, strict=True))
        if not named and known.test.partition("::")[0] in collected:
            raise pytest.UsageError(f"{path}:{known.number}: there is no test {known.test}")
