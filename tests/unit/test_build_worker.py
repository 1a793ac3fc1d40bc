"""Does the worker describe the failed test?"""

from __future__ import annotations

from typing import Any

import pytest

from conda_emscripten.build_worker import say_test


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
