"""Runs one file of CPython's test suite in this interpreter, and reports each test.

    python run_file.py FILE REPORT [LEFT-OUT]

FILE is the name of a module of the package ``test``, such as ``test_json`` or
``test_asyncio.test_events``. REPORT gets a JSON object a line, at once, so that a reader knows
which test ended the process: ``{"start": TEST}``, then ``{"test": TEST, "outcome": OUTCOME, "why":
TEXT}`` and, last, such an object of the file, whose ``test`` is empty. LEFT-OUT is a file with the
names of tests that are not run, one a line; ``*`` stands for any characters.

A test is named as in unittest, without the name of its file. The outcomes are ``passed``,
``failed``, ``skipped``, ``xfailed``, ``xpassed`` and ``deselected``; a file is ``passed`` when its
tests were run, however they ended.
"""

# ruff: noqa: N802 - unittest's names

from __future__ import annotations

import importlib
import importlib.machinery
import json
import os
import re
import sys
import traceback
import unittest
from collections.abc import Callable, Collection

#: Resources of regrtest that tests get. The others are a network, a display, disk space and time.
RESOURCES = ["curses", "subprocess"]

#: The end of a traceback that is reported, in characters.
LONGEST = 2000


#: Files with tests of Emscripten itself.
OF_EMSCRIPTEN = frozenset({"test_sys"})


def take_off_guards(file: str) -> None:
    """Let tests of a file run that CPython skips because the platform is Emscripten.

    What needs a process, a thread or a socket then fails, and known_failures.txt names it.
    """
    from test import support
    from test.support import threading_helper

    support.verbose = 0
    support.use_resources = RESOURCES
    support.is_emscripten = file in OF_EMSCRIPTEN
    support.has_fork_support = True
    support.has_subprocess_support = True
    support.has_socket_support = True
    threading_helper.can_start_thread = True
    # The package python is built without them; this package has them.
    support.TEST_MODULES_ENABLED = True


class Result(unittest.TestResult):
    """Reports the outcome of each test.

    A test with a failed subtest has failed. Fixtures of classes and modules are reported only if
    they fail or skip.
    """

    def __init__(self, file: str, report: Callable[[dict[str, str]], None]) -> None:
        super().__init__()
        self._file = file
        self._report = report
        self._outcome: tuple[str, str] | None = None

    def name(self, test: unittest.TestCase) -> str:
        """The name of a test within its file; of a fixture, ``Class.setUpClass``."""
        return short_name(self._file, _whole(test).id())

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._outcome = None
        self._report({"start": self.name(test)})

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        # None: all that there is to say are subtests without a test.
        outcome, why = self._outcome or ("passed", "")
        self._report({"test": self.name(test), "outcome": outcome, "why": why})
        self._outcome = None

    def _set(self, test: unittest.TestCase, outcome: str, why: str) -> None:
        if not isinstance(test, unittest.TestCase):
            # A fixture has neither start nor end.
            self._report({"test": self.name(test), "outcome": outcome, "why": why})
        elif self._outcome is None or self._outcome[0] != "failed":
            self._outcome = outcome, why

    def _failed(self, test, error) -> None:
        text = "".join(traceback.format_exception(*error))
        self._set(test, "failed", text[-LONGEST:])

    def addError(self, test, err) -> None:
        self._failed(test, err)

    def addFailure(self, test, err) -> None:
        self._failed(test, err)

    def addSubTest(self, test, subtest, err) -> None:
        if err is not None:
            self._failed(test, err)

    def addSkip(self, test, reason) -> None:
        self._set(_whole(test), "skipped", reason)

    def addExpectedFailure(self, test, err) -> None:
        self._set(test, "xfailed", "")

    def addUnexpectedSuccess(self, test) -> None:
        self._set(test, "xpassed", "")


def _whole(test):
    """The test of a subtest; any other test as it is."""
    return test.test_case if isinstance(test, unittest.case._SubTest) else test


def short_name(file: str, test_id: str) -> str:
    """The name of a test without that of its file.

    >>> short_name("test_json", "test.test_json.test_dump.TestC.test_dump")
    'test_dump.TestC.test_dump'
    >>> short_name("test_json", "setUpClass (test.test_json.test_dump.TestC)")
    'test_dump.TestC.setUpClass'
    """
    fixture = re.fullmatch(r"(\w+) \((.*)\)", test_id)
    if fixture:
        test_id = f"{fixture[2]}.{fixture[1]}"
    return test_id.removeprefix("test.").removeprefix(f"{file}.")


def select(
    suite: unittest.TestSuite, leave_out: Callable[[str], bool], file: str, deselected: list[str]
) -> unittest.TestSuite:
    """The suite without the tests that ``leave_out`` names; adds their names to ``deselected``."""
    kept = unittest.TestSuite()
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            kept.addTest(select(test, leave_out, file, deselected))
        elif leave_out(name := short_name(file, test.id())):
            deselected.append(name)
        else:
            kept.addTest(test)
    return kept


def run(
    file: str, report: Callable[[dict[str, str]], None], left_out: Collection[str] = ()
) -> None:
    """Run a file and report its tests and, last, the file."""
    take_off_guards(file)
    from test.support import gc_collect

    try:
        module = importlib.import_module(f"test.{file}")
        suite = unittest.TestLoader().loadTestsFromModule(module)
    except unittest.SkipTest as skip:
        report({"test": "", "outcome": "skipped", "why": str(skip)})
        return
    except BaseException:
        report({"test": "", "outcome": "failed", "why": traceback.format_exc()[-LONGEST:]})
        return
    patterns = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in left_out))
    deselected: list[str] = []
    suite = select(suite, patterns.fullmatch if left_out else lambda _: False, file, deselected)
    for name in deselected:
        report({"test": name, "outcome": "deselected", "why": ""})
    suite.run(Result(file, report))
    gc_collect()
    report({"test": "", "outcome": "passed", "why": ""})


def main() -> None:
    """The command line; also regrtest's set-up of a process."""
    file, path, *rest = sys.argv[1:]
    left_out = []
    if rest:
        with open(rest[0], encoding="utf-8") as names:
            left_out = names.read().splitlines()
    # As with "python -m test": the module has a spec, and its folder is not on the path.
    sys.modules["__main__"].__spec__ = importlib.machinery.ModuleSpec(
        "__main__", None, origin=__file__
    )
    sys.path[0] = os.getcwd()
    from test.libregrtest.setup import setup_process

    setup_process()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    # Tests may close any descriptor, change the folder and patch os.
    write = os.write

    def report(event: dict[str, str]) -> None:
        write(descriptor, json.dumps(event).encode() + b"\n")

    run(file, report, left_out)


if __name__ == "__main__":
    main()
