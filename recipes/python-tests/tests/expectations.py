"""What is known of CPython's test suite here, and does a run agree with it?

``known_failures.txt`` has one test a line, as pytest-known-failures has::

    test_json::test_tool.TestTool.*         # process: json.tool is started
    test_math::MathTests.test_fma_zero      # libc: musl's fma() has another sign
    ! test_queue::QueueTest.test_many       # thread: it would wait for ever
    test_ttk                                # module: _tkinter, there is no window

``*`` stands for any characters. Such a test has to fail; with ``!`` it is not run. A line without a
test is a file that cannot be imported or that skips itself. ``known_skips.txt`` has the messages of
skipped tests, and how many tests each stands for (``?``: this depends on the machine)::

    12 requires Windows*                    # platform: not this one
    ? *CAP_DAC_OVERRIDE                     # root: the user may read every file

The first line of a message counts; ``(none)`` is an empty message.

The word before the colon is the kind of the reason. A run agrees with the files when each failure
and each skipped test is named, and each line is needed.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from processes import Ended

_LINE = re.compile(r"(?P<pattern>\S.*?)\s+# *(?P<kind>[\w-]+): *(?P<reason>\S.*)")

#: The outcomes of a test that did not do what it should.
BAD = frozenset({"crashed", "failed", "hung", "xpassed"})

#: Kinds of reasons that no program of this platform can do anything about.
ABSENT = frozenset({"process", "socket", "thread"})


@dataclass(frozen=True)
class Line:
    """A line of either file: where it is, what it stands for, and why."""

    place: str
    pattern: str
    kind: str
    reason: str
    #: For a test: whether it is run. For a message: how many tests have it, None if that depends.
    run: bool = True
    count: int | None = None

    def matches(self, name: str) -> bool:
        """Whether the line stands for this test or message."""
        return _compiled(self.pattern).fullmatch(name) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """``re`` keeps fewer patterns than the files have."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def read_failures(path: Path) -> list[Line]:
    """Read ``known_failures.txt``.

    Raises:
        ValueError: a line has no reason of a kind.
        OSError: the file cannot be read.
    """
    return [
        Line(place, pattern.lstrip("! "), kind, reason, run=not pattern.startswith("!"))
        for place, pattern, kind, reason in _lines(path)
    ]


def read_skips(path: Path) -> list[Line]:
    """Read ``known_skips.txt``.

    Raises:
        ValueError: a line has no number, or no reason of a kind.
        OSError: the file cannot be read.
    """
    found = []
    for place, text, kind, reason in _lines(path):
        number, _, pattern = text.partition(" ")
        if not (number.isdecimal() or number == "?") or not pattern:
            raise ValueError(f"{place}: wanted 'NUMBER MESSAGE  # kind: reason', found {text!r}")
        found.append(
            Line(place, pattern.strip(), kind, reason, count=int(number) if number != "?" else None)
        )
    return found


def _lines(path: Path) -> Iterator[tuple[str, str, str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if not match:
            raise ValueError(f"{path}:{number}: wanted '...  # kind: reason', found {line!r}")
        yield f"{path.name}:{number}", match["pattern"], match["kind"], match["reason"]


def full_name(ended: Ended) -> str:
    """The name of a test, or of a file, in ``known_failures.txt``."""
    return f"{ended.file}::{ended.test}" if ended.test else ended.file


def disagreements(
    ended: Collection[Ended], failures: Iterable[Line], skips: Iterable[Line], *, whole: bool
) -> list[str]:
    """What a run has that the files do not say, and the other way round.

    Args:
        ended: the tests and files of the run.
        failures: the lines of ``known_failures.txt``.
        skips: the lines of ``known_skips.txt``.
        whole: whether all files were run, so that the numbers of skipped tests have to be right.
    """
    found = []
    by_file: dict[str, list[Line]] = {}
    for line in failures:
        by_file.setdefault(line.pattern.partition("::")[0], []).append(line)
    used: set[Line] = set()
    for each in ended:
        name = full_name(each)
        lines = [line for line in by_file.get(each.file, []) if line.matches(name)]
        used.update(lines)
        if each.outcome == "deselected":
            continue
        if each.outcome in BAD or (each.outcome == "skipped" and not each.test):
            if not lines:
                last = each.why.strip().splitlines()[-1:] or [""]
                found.append(f"{name} {each.outcome}, and is not listed: {last[0]}")
        elif lines:
            found.append(f"{name} {each.outcome}, but {lines[0].place} lists it")
    found += [
        f"{line.place}: there is no test {line.pattern}"
        for file in sorted({each.file for each in ended})
        for line in by_file.get(file, [])
        if line not in used
    ]
    return found + _skips(ended, list(skips), whole=whole)


def _skips(ended: Iterable[Ended], skips: list[Line], *, whole: bool) -> Iterator[str]:
    counts: Counter[Line] = Counter()
    unknown = []
    for each in ended:
        if each.outcome == "skipped" and each.test:
            message = (each.why.strip().splitlines() or ["(none)"])[0]
            line = next((line for line in skips if line.matches(message)), None)
            if line is None:
                unknown.append(
                    f"{full_name(each)} is skipped; its message is not listed: {message}"
                )
            else:
                counts[line] += 1
    return unknown + [
        f"{line.place}: {counts[line]} tests are skipped with this message, not {line.count}"
        for line in skips
        if line.count is not None
        and (counts[line] != line.count if whole else counts[line] > line.count)
    ]


def counts(ended: Iterable[Ended], failures: Collection[Line]) -> dict[str, int]:
    """How many tests passed, were skipped and so on; the outcomes of pytest's summary.

    A listed failure is ``xfailed``.
    """
    found: Counter[str] = Counter()
    for each in ended:
        if not each.test:
            continue
        outcome = each.outcome
        if outcome in BAD:
            listed = any(line.matches(full_name(each)) for line in failures)
            outcome = "xfailed" if listed else "failed"
        found[outcome] += 1
    return dict(sorted(found.items()))


def files_by_result(ended: Iterable[Ended], failures: Collection[Line]) -> dict[str, set[str]]:
    """Which files have no failure, and which have?

    The keys are ``without failure``, ``without a process, thread or socket``: these files have only
    failures of those kinds, ``not run``: they were skipped, and ``with failures``.
    """
    kinds: dict[str, set[str]] = {}
    for each in ended:
        file = kinds.setdefault(each.file.partition(".")[0], set())
        if each.outcome in BAD | {"deselected"} or (each.outcome == "skipped" and not each.test):
            lines = [line.kind for line in failures if line.matches(full_name(each))]
            file.add("not run" if each.outcome == "skipped" else (lines or ["?"])[0])
        else:
            file.add("")
    found: dict[str, set[str]] = {}
    for name, reasons in kinds.items():
        if reasons == {"not run"}:
            result = "not run"
        elif not (reasons - {"", "not run"}):
            result = "without failure"
        elif reasons - {"", "not run"} <= ABSENT:
            result = "without a process, thread or socket"
        else:
            result = "with failures"
        found.setdefault(result, set()).add(name)
    return found
