"""Does the worker read pytest's summaries from a log, and describe the failed test?"""

from __future__ import annotations

from typing import Any

import pytest

from conda_emscripten.build_worker import count_tests, say_test


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("=== 190 passed, 3 skipped, 12 warnings in 12.34s ===", {"passed": 190, "skipped": 3}),
        ("1 failed, 2 passed in 0.01s", {"failed": 1, "passed": 2}),
        ("7 passed, 1 xfailed in 75.20s (0:01:15)", {"passed": 7, "xfailed": 1}),
        ("1 passed, 1 error in 0.10s", {"passed": 1, "error": 1}),
        ("7 passed, 43 subtests passed in 0.52s", {"passed": 7}),
        ("no tests ran in 0.01s", {}),
        ("Built 3 wheels in 2.0s", {}),
        ("collected 190 items", {}),
    ],
)
def test_a_line_is_counted_if_it_is_a_summary(line: str, counts: dict[str, int]) -> None:
    assert count_tests([line]) == counts


def test_the_runs_of_one_log_are_added_up() -> None:
    assert count_tests(["5 passed in 1.0s", "x", "3 passed, 1 skipped in 2.0s"]) == {
        "passed": 8,
        "skipped": 1,
    }


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ({"python": {"imports": ["bz2", "zlib"], "pip_check": False}}, "imports of bz2, zlib"),
        ({"script": "bash tests/run.sh"}, "script: bash tests/run.sh"),
        ({"script": ["cd a", "./b"], "requirements": {}}, "script: cd a; ./b"),
        ({"script": {"interpreter": "bash", "file": "tests/run.sh"}}, "script: tests/run.sh"),
        (
            {"script": {"interpreter": "python", "content": "import a\nif a:\n    a.b()"}},
            "script: import a; if a:; a.b()",
        ),
        ({"script": "true " * 100}, f"script:{' true' * 38} …"),
    ],
)
def test_a_test_is_described_in_one_line(test: dict[str, Any], said: str) -> None:
    assert say_test(test) == said
