"""Does recipes/python-tests report each test of a file, and does it compare strictly?

The runner is started with this Python and a package ``test`` of a few files, since the real suite
takes half an hour.
"""

from __future__ import annotations

import importlib
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_RUNNER = Path(__file__).parents[2] / "recipes" / "python-tests" / "tests"
_SUPPORT = {
    "__init__.py": "",
    "support/__init__.py": "is_emscripten = True\ndef gc_collect(): pass\n",
    "support/threading_helper.py": "can_start_thread = False\n",
    "libregrtest/__init__.py": "",
    "libregrtest/setup.py": "def setup_process(): pass\n",
    "libregrtest/findtests.py": 'SPLITTESTDIRS: set[str] = {\n    "test_split",\n}\n',
}
_TESTS = """
import os, unittest
from test import support
from test.support import threading_helper

class Outcomes(unittest.TestCase):
    def test_crash(self): os._exit(3)
    def test_fail(self): self.fail("as expected")
    def test_guard(self): self.assertTrue(threading_helper.can_start_thread)
    @unittest.skipIf(support.is_emscripten, "the platform")
    def test_guard_of_the_platform(self): pass
    def test_hang(self):
        while True: pass
    def test_pass(self): pass
    @unittest.skip("a reason")
    def test_skip(self): pass
    def test_subtest(self):
        for number in range(3):
            with self.subTest(number): self.assertNotEqual(number, 1)
    @unittest.expectedFailure
    def test_unexpected(self): pass

class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("no fixture")
    def test_never(self): pass
"""


@pytest.fixture(scope="module")
def runner() -> Iterator[dict[str, ModuleType]]:
    """The modules of the runner, which are not a package."""
    names = ("processes", "expectations")
    sys.path.insert(0, str(_RUNNER))
    yield {name: importlib.import_module(name) for name in names}
    sys.path.remove(str(_RUNNER))
    for name in names:
        del sys.modules[name]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A package ``test``, and beside it a program ``python``, which finds this package first."""
    for name, content in (_SUPPORT | {"test_all.py": _TESTS}).items():
        path = tmp_path / "test" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    python = tmp_path / "python"
    start = f"exec {shlex.quote(sys.executable)}"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(tmp_path))} {start} "$@"\n')
    python.chmod(0o755)
    return tmp_path / "test"


@pytest.fixture
def ended(runner: dict[str, ModuleType]) -> Callable[..., Any]:
    """Makes the record of a test."""
    record: Callable[..., Any] = runner["processes"].Ended
    return record


def test_each_test_of_a_file_is_reported_although_some_end_the_process(
    runner: dict[str, ModuleType], suite: Path
) -> None:
    found = runner["processes"].run_file(
        suite.with_name("python"), "test_all", limit=3, left_out=["Outcomes.test_p*"]
    )
    assert {each.test: each.outcome for each in found} == {
        "": "passed",
        "Fixture.setUpClass": "failed",
        "Outcomes.test_crash": "crashed",
        "Outcomes.test_fail": "failed",
        "Outcomes.test_guard": "passed",
        "Outcomes.test_guard_of_the_platform": "passed",
        "Outcomes.test_hang": "hung",
        "Outcomes.test_pass": "deselected",
        "Outcomes.test_skip": "skipped",
        "Outcomes.test_subtest": "failed",
        "Outcomes.test_unexpected": "xpassed",
    }
    assert len(found) == 11
    (skip,) = (each.why for each in found if each.outcome == "skipped")
    assert skip == "a reason"


def test_a_file_that_cannot_be_imported_or_skips_itself_is_reported(
    runner: dict[str, ModuleType], suite: Path
) -> None:
    (suite / "test_broken.py").write_text("import no_such_module\n")
    (suite / "test_skipped.py").write_text("import unittest\nraise unittest.SkipTest('why')\n")
    (suite / "test_gone.py").write_text("import os\nos._exit(4)\n")
    outcomes = {}
    for ended in runner["processes"].run_files(
        suite.with_name("python"),
        ["test_broken", "test_skipped", "test_gone"],
        limit=5,
        processes=2,
    ):
        outcomes.update({each.file: (each.test, each.outcome) for each in ended})
    assert outcomes == {
        "test_broken": ("", "failed"),
        "test_skipped": ("", "skipped"),
        "test_gone": ("", "crashed"),
    }


def test_files_are_found_as_regrtest_finds_them(runner: dict[str, ModuleType], suite: Path) -> None:
    (suite / "test_package").mkdir()
    (suite / "test_split").mkdir()
    (suite / "test_split" / "test_inner.py").write_text("")
    (suite / "test_data.txt").write_text("")
    assert set(runner["processes"].test_files(suite)) == {
        "test_all",
        "test_package",
        "test_split.test_inner",
    }


def _lists(runner: dict[str, ModuleType], folder: Path, failures: str, skips: str = "") -> Any:
    (folder / "known_failures.txt").write_text(failures)
    (folder / "known_skips.txt").write_text(skips)
    module = runner["expectations"]
    return (
        module.read_failures(folder / "known_failures.txt"),
        module.read_skips(folder / "known_skips.txt"),
    )


def test_a_run_that_the_lists_describe_agrees_with_them(
    runner: dict[str, ModuleType], tmp_path: Path, ended: Callable[..., Any]
) -> None:
    failures, skips = _lists(
        runner,
        tmp_path,
        "# A comment.\n\ntest_a::A.test_*  # process: none\n! test_a::B.slow  # time: an hour\n"
        "test_b  # module: no tkinter\n",
        "2 needs *  # platform: another\n",
    )
    run = [
        ended("test_a", "A.test_x", "failed"),
        ended("test_a", "A.test_y", "crashed"),
        ended("test_a", "B.slow", "deselected"),
        ended("test_a", "C.skip", "skipped", "needs this"),
        ended("test_a", "C.skip2", "skipped", "needs that"),
        ended("test_a", "C.test", "passed"),
        ended("test_a", "", "passed"),
        ended("test_b", "", "skipped", "No module named 'tkinter'"),
    ]
    module = runner["expectations"]
    assert module.disagreements(run, failures, skips, whole=True) == []
    assert module.counts(run, failures) == {
        "deselected": 1,
        "passed": 1,
        "skipped": 2,
        "xfailed": 2,
    }
    assert module.files_by_result(run, failures) == {
        "with failures": {"test_a"},
        "not run": {"test_b"},
    }


@pytest.mark.parametrize(
    ("test", "outcome", "line", "problem"),
    [
        ("A.t", "failed", "", "test_a::A.t failed, and is not listed: Error: x"),
        ("A.t", "hung", "", "test_a::A.t hung, and is not listed: Error: x"),
        ("A.t", "xpassed", "", "test_a::A.t xpassed, and is not listed: Error: x"),
        ("", "skipped", "", "test_a skipped, and is not listed: Error: x"),
        ("A.t", "passed", "test_a::A.*  # process: p", "test_a::A.t passed, but"),
        ("A.t", "skipped", "test_a::A.t  # process: p", "test_a::A.t skipped, but"),
        ("A.t", "passed", "test_a::B.t  # process: p", "there is no test test_a::B.t"),
        ("A.t", "skipped", "", "test_a::A.t is skipped; its message is not listed: "),
    ],
)
def test_each_difference_is_named(
    runner: dict[str, ModuleType],
    tmp_path: Path,
    ended: Callable[..., Any],
    test: str,
    outcome: str,
    line: str,
    problem: str,
) -> None:
    failures, skips = _lists(runner, tmp_path, line + "\n")
    run = [ended("test_a", test, outcome, "Traceback\nError: x\n")]
    (found, *_) = runner["expectations"].disagreements(run, failures, skips, whole=False)
    assert problem in found


def test_the_number_of_skipped_tests_has_to_be_right_in_a_whole_run(
    runner: dict[str, ModuleType], tmp_path: Path, ended: Callable[..., Any]
) -> None:
    text = "2 needs it  # platform: another\n? as root  # root: the user may do everything\n"
    failures, skips = _lists(runner, tmp_path, "", text)
    run = [ended("test_a", "A.t", "skipped", "needs it")]
    check = runner["expectations"].disagreements
    assert check(run, failures, skips, whole=False) == []
    assert check(run, failures, skips, whole=True) == [
        "known_skips.txt:1: 1 tests are skipped with this message, not 2"
    ]
    assert len(check(run * 3, failures, skips, whole=False)) == 1


@pytest.mark.parametrize("line", ["test_a::A.t", "test_a::A.t  # no kind", "test_a  #"])
def test_a_line_without_a_kind_and_a_reason_is_refused(
    runner: dict[str, ModuleType], tmp_path: Path, line: str
) -> None:
    with pytest.raises(ValueError, match=r"known_failures.txt:1: wanted '... +# kind: reason'"):
        _lists(runner, tmp_path, line)
