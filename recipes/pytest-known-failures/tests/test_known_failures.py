"""Does pytest treat the tests of a list as it should?"""

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import pytest

def test_good(): pass
def test_bad(): assert False
def test_fatal(): raise SystemExit(3)

@pytest.mark.parametrize("number", [1, 2])
def test_each(number): assert number == 3
"""


def run(pytester: pytest.Pytester, known: str) -> pytest.RunResult:
    pytester.makepyfile(test_suite=SUITE)
    pytester.makefile(".txt", known=known)
    return pytester.runpytest_inprocess("--known-failures", "known.txt", "-p", "no:cacheprovider")


def test_known_failures_do_not_fail_a_run(pytester: pytest.Pytester) -> None:
    known = """
# a comment
test_suite.py::test_bad  # reason: one
! test_suite.py::test_fatal  # it would end the process
test_suite.py::test_each[*]  # both
"""
    result = run(pytester, known)
    result.assert_outcomes(passed=1, xfailed=4)
    assert result.ret == 0


def test_a_failure_that_is_not_listed_fails_the_run(pytester: pytest.Pytester) -> None:
    known = "! test_suite.py::test_fatal  # no\ntest_suite.py::test_each[1]  # no"
    result = run(pytester, known)
    result.assert_outcomes(passed=1, failed=2, xfailed=2)


def test_a_listed_test_that_passes_fails_the_run(pytester: pytest.Pytester) -> None:
    known = "test_suite.py::*a*  # no\n! test_suite.py::test_fatal  # no\n"
    known += "test_suite.py::test_good  # no"
    result = run(pytester, known)
    result.assert_outcomes(failed=1, xfailed=4)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ("test_suite.py::test_bad", "*known.txt:1: wanted*"),
        ("test_suite.py::test_gone  # gone", "*known.txt:1: there is no test*"),
    ],
)
def test_a_line_without_reason_or_test_is_an_error(
    pytester: pytest.Pytester, known: str, message: str
) -> None:
    result = run(pytester, known)
    result.stderr.fnmatch_lines([message])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
